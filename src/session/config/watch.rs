//! The watch on the config file: its parent directory is watched, so that every way of saving
//! (in place, by renaming, by deleting and creating, through a link) is seen.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::SystemTime;

use crossbeam_channel::{Receiver, unbounded};
use notify::{RecommendedWatcher, RecursiveMode};
use notify_debouncer_full::{DebounceEventResult, Debouncer, RecommendedCache, new_debouncer};

use crate::config;

use super::tuning::TUNING;

/// A watch; ends when it is dropped.
pub(in crate::session) struct Watch {
    /// A message whenever something happened in the file's directory that may concern it.
    pub(in crate::session) touched: Receiver<()>,
    file: PathBuf,
    debouncer: Debouncer<RecommendedWatcher, RecommendedCache>,
    directories: Vec<Directory>,
}

/// A directory, and when it was made where the system tells: one that is removed and made again has
/// the same name, and is another one.
type Directory = (PathBuf, Option<SystemTime>);

/// Watches a file. It and its directory may be absent for a while.
pub(in crate::session) fn watch(file: &Path) -> Result<Watch, notify::Error> {
    let (outgoing, touched) = unbounded();
    let report = move |result: DebounceEventResult| {
        let reads_only =
            result.is_ok_and(|events| events.iter().all(|event| event.kind.is_access()));
        if !reads_only {
            // The session is gone if nobody listens: nothing to report to.
            let _ = outgoing.send(());
        }
    };
    let debouncer = new_debouncer(TUNING.quiet_interval, None, report)?;
    let mut watch = Watch { touched, file: file.to_owned(), debouncer, directories: Vec::new() };
    watch.follow()?;
    Ok(watch)
}

impl Watch {
    /// Watches the directories where the file, the links on the way to it and its target lie now:
    /// an editor that follows links writes the target, another one replaces a link. Where a
    /// directory is gone, what is left above it is watched until it is there again. Call it when
    /// the file may have become a link, or a link to something else, or its directory another one.
    pub(in crate::session) fn follow(&mut self) -> Result<(), notify::Error> {
        // What was made while a watch was being set up is not seen by it: look again.
        for _ in 0..TUNING.max_links {
            let directories = directories(&self.file);
            if directories == self.directories {
                break;
            }
            for (gone, _) in self.directories.extract_if(.., |known| !directories.contains(known)) {
                // A directory that was removed is not watched any more.
                let _ = self.debouncer.unwatch(gone);
            }
            for directory in &directories {
                if !self.directories.contains(directory) {
                    self.debouncer.watch(&directory.0, RecursiveMode::NonRecursive)?;
                }
            }
            self.directories = directories;
        }
        Ok(())
    }
}

/// The directories of a file, and of everything that it links to. A directory that is not there
/// is left out; in the place of the file's own stands the next one above it that is there.
fn directories(file: &Path) -> Vec<Directory> {
    let own = parent(file);
    let above = own.ancestors().find_map(|directory| {
        let named = if directory.as_os_str().is_empty() { Path::new(".") } else { directory };
        fs::canonicalize(named).ok()
    });
    let mut directories = vec![above.unwrap_or(own)];
    let mut hop = file.to_owned();
    for _ in 0..TUNING.max_links {
        let Ok(target) = fs::read_link(&hop) else { break };
        hop = parent(&hop).join(target);
        match fs::canonicalize(parent(&hop)) {
            Ok(directory) if !directories.contains(&directory) => directories.push(directory),
            _ => {}
        }
    }
    let made = |directory: &PathBuf| fs::metadata(directory).and_then(|it| it.created()).ok();
    directories.into_iter().map(|directory| (directory.clone(), made(&directory))).collect()
}

fn parent(file: &Path) -> PathBuf {
    match file.parent() {
        Some(directory) if !directory.as_os_str().is_empty() => directory.to_owned(),
        _ => PathBuf::from("."),
    }
}

/// The text of a config file. Bytes that are not UTF-8 are replaced, so that the reader of the
/// config can point at them.
pub(in crate::session) fn read(file: &Path) -> io::Result<Arc<str>> {
    Ok(String::from_utf8_lossy(&config::file::read(file)?).into())
}
