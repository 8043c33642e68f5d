//! The watch on the config file: its parent directory is watched, so that every way of saving
//! (in place, by renaming, by deleting and creating, through a link) is seen.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use crossbeam_channel::{Receiver, unbounded};
use notify::{RecommendedWatcher, RecursiveMode};
use notify_debouncer_full::{DebounceEventResult, Debouncer, RecommendedCache, new_debouncer};

/// How long a file must be quiet before it is read: long enough for a save in two writes, too
/// short to be felt.
const QUIET: Duration = Duration::from_millis(60);

/// How many links are followed: a ring of links has no end.
const LINKS: usize = 40;

/// A watch; ends when it is dropped.
pub(super) struct Watch {
    /// A message whenever something happened in the file's directory that may concern it.
    pub(super) touched: Receiver<()>,
    file: PathBuf,
    debouncer: Debouncer<RecommendedWatcher, RecommendedCache>,
    directories: Vec<PathBuf>,
}

/// Watches a file. The file may be absent for a while, its directory may not.
pub(super) fn watch(file: &Path) -> Result<Watch, notify::Error> {
    let (outgoing, touched) = unbounded();
    let report = move |result: DebounceEventResult| {
        let reads_only =
            result.is_ok_and(|events| events.iter().all(|event| event.kind.is_access()));
        if !reads_only {
            // The session is gone if nobody listens: nothing to report to.
            let _ = outgoing.send(());
        }
    };
    let debouncer = new_debouncer(QUIET, None, report)?;
    let mut watch = Watch { touched, file: file.to_owned(), debouncer, directories: Vec::new() };
    watch.follow()?;
    Ok(watch)
}

impl Watch {
    /// Watches the directories where the file, the links on the way to it and its target lie now:
    /// an editor that follows links writes the target, another one replaces a link. Call it when
    /// the file may have become a link, or a link to something else.
    pub(super) fn follow(&mut self) -> Result<(), notify::Error> {
        let directories = directories(&self.file);
        for gone in self.directories.extract_if(.., |watched| !directories.contains(watched)) {
            // A directory that was removed is not watched any more.
            let _ = self.debouncer.unwatch(gone);
        }
        for directory in directories {
            if !self.directories.contains(&directory) {
                self.debouncer.watch(&directory, RecursiveMode::NonRecursive)?;
                self.directories.push(directory);
            }
        }
        Ok(())
    }
}

/// The directories of a file, and of everything that it links to. A directory that is not there
/// is left out, but for the file's own.
fn directories(file: &Path) -> Vec<PathBuf> {
    let own = parent(file);
    let mut directories = vec![fs::canonicalize(&own).unwrap_or(own)];
    let mut hop = file.to_owned();
    for _ in 0..LINKS {
        let Ok(target) = fs::read_link(&hop) else { break };
        hop = parent(&hop).join(target);
        match fs::canonicalize(parent(&hop)) {
            Ok(directory) if !directories.contains(&directory) => directories.push(directory),
            _ => {}
        }
    }
    directories
}

fn parent(file: &Path) -> PathBuf {
    match file.parent() {
        Some(directory) if !directory.as_os_str().is_empty() => directory.to_owned(),
        _ => PathBuf::from("."),
    }
}

/// The text of a config file. Bytes that are no UTF-8 are replaced, so that the reader of the
/// config can point at them.
pub(super) fn read(file: &Path) -> io::Result<Arc<str>> {
    Ok(String::from_utf8_lossy(&fs::read(file)?).into())
}
