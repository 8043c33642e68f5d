//! The watch on the config file: its parent directory is watched, so that every way of saving
//! (in place, by renaming, by deleting and creating, through a link) is seen.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use crossbeam_channel::{Receiver, Sender, unbounded};
use notify::{RecommendedWatcher, RecursiveMode};
use notify_debouncer_full::{DebounceEventResult, Debouncer, RecommendedCache, new_debouncer};

/// How long a file must be quiet before it is read: long enough for a save in two writes, too
/// short to be felt.
const QUIET: Duration = Duration::from_millis(60);

/// A watch; ends when it is dropped.
pub(super) struct Watch {
    /// A message whenever something happened in the file's directory that may concern it.
    pub(super) touched: Receiver<()>,
    _debouncers: Vec<Debouncer<RecommendedWatcher, RecommendedCache>>,
}

/// Watches a file. The file may be absent for a while, its directory may not.
pub(super) fn watch(file: &Path) -> Result<Watch, notify::Error> {
    let (outgoing, touched) = unbounded();
    let mut directories = vec![parent(file)];
    // A link's target lies elsewhere, and is what an editor that follows links writes.
    if let Ok(target) = fs::canonicalize(file) {
        let directory = parent(&target);
        if fs::canonicalize(&directories[0]).ok() != Some(directory.clone()) {
            directories.push(directory);
        }
    }
    let debouncers = directories.iter().map(|directory| watch_directory(directory, &outgoing));
    Ok(Watch { touched, _debouncers: debouncers.collect::<Result<_, _>>()? })
}

fn parent(file: &Path) -> PathBuf {
    match file.parent() {
        Some(directory) if !directory.as_os_str().is_empty() => directory.to_owned(),
        _ => PathBuf::from("."),
    }
}

fn watch_directory(
    directory: &Path,
    outgoing: &Sender<()>,
) -> Result<Debouncer<RecommendedWatcher, RecommendedCache>, notify::Error> {
    let outgoing = outgoing.clone();
    let report = move |result: DebounceEventResult| {
        let reads_only =
            result.is_ok_and(|events| events.iter().all(|event| event.kind.is_access()));
        if !reads_only {
            // The session is gone if nobody listens: nothing to report to.
            let _ = outgoing.send(());
        }
    };
    let mut debouncer = new_debouncer(QUIET, None, report)?;
    debouncer.watch(directory, RecursiveMode::NonRecursive)?;
    Ok(debouncer)
}

/// The text of a config file. Bytes that are no UTF-8 are replaced, so that the reader of the
/// config can point at them.
pub(super) fn read(file: &Path) -> io::Result<Arc<str>> {
    Ok(String::from_utf8_lossy(&fs::read(file)?).into())
}
