//! The watch on the logs: whether the files are still what was read. It looks at what the system
//! says of them, and at nothing in them.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use crate::base::{clock, quantity};
use crate::log::Stamp;

use super::Worker;
use crate::session::ingest::reader_thread::LogSource;
use crate::session::snapshot::{LogChange, Tone};

/// How often it is looked.
const PAUSE: Duration = Duration::from_secs(1);

/// What the system said of each log just before it was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::session) struct Stamps(Vec<(PathBuf, Stamp)>);

impl Stamps {
    /// Those of logs that are about to be read. A log that is no regular file has none.
    pub(in crate::session) fn of(log: &LogSource) -> Self {
        let paths = match log {
            LogSource::Files(paths) => paths.as_slice(),
            LogSource::Embedded { .. } => &[],
        };
        let stamp = |path: &PathBuf| Some((path.clone(), Stamp::of(path)?));
        Self(paths.iter().filter_map(stamp).collect())
    }

    /// The first log that is not what it was, what became of it, and its stamp now.
    fn changed(&self) -> Option<(&(PathBuf, Stamp), LogChange, Option<Stamp>)> {
        self.0.iter().find_map(|log| log.1.change(&log.0).map(|(change, now)| (log, change, now)))
    }

    /// Whether a log was not what it was any more when these other stamps were taken of the logs.
    pub(in crate::session) fn differ(&self, later: &Self) -> bool {
        let find = |path| later.0.iter().find(|(other, _)| other == path).map(|(_, stamp)| *stamp);
        self.0.iter().any(|(path, stamp)| stamp.difference(find(path)).is_some())
    }

    /// Whether a log is not what it was.
    pub(in crate::session) fn have_changed(&self) -> bool {
        self.changed().is_some()
    }
}

/// The logs of a session, as they were read.
pub(in crate::session) struct LogWatch {
    read: Stamps,
    change: Option<LogChange>,
    due: Instant,
}

impl LogWatch {
    /// Watches logs from when their stamps were taken.
    pub(in crate::session) fn new(read: Stamps) -> Self {
        Self { read, change: None, due: clock::instant() + PAUSE }
    }

    /// The logs as they were read.
    pub(in crate::session) const fn read(&self) -> &Stamps {
        &self.read
    }

    /// What became of the logs since they were read.
    pub(in crate::session) const fn change(&self) -> Option<LogChange> {
        self.change
    }

    /// When to look next; `None` where there is nothing to watch.
    pub(in crate::session) fn due(&self) -> Option<Instant> {
        (!self.read.0.is_empty()).then_some(self.due)
    }

    /// Looks later.
    fn put_off(&mut self) {
        self.due = clock::instant() + PAUSE;
    }

    /// Looks whether the logs are still what was read; tells in words what is new about that.
    fn look(&mut self) -> Option<String> {
        self.put_off();
        let before = self.change;
        let found = self.read.changed();
        self.change = found.map(|(_, change, _)| change);
        let ((path, known), change, now) = found.filter(|_| self.change != before)?;
        let name = path.file_name().unwrap_or(path.as_os_str()).to_string_lossy();
        let grown = now.map_or(0, |now| now.size.saturating_sub(known.size));
        let words = match change {
            LogChange::Grown => format!("grew by {} bytes", quantity::grouped(grown)),
            LogChange::Cut => "became shorter".to_owned(),
            LogChange::Rewritten => "rewritten".to_owned(),
            LogChange::Replaced => "replaced".to_owned(),
            LogChange::Deleted => "deleted".to_owned(),
        };
        // Of one log the header has the name.
        let which = if self.read.0.len() > 1 { format!("log {name}") } else { "log".to_owned() };
        let next = match change {
            LogChange::Deleted => "a save of the config may need it",
            _ => "quit and start again to read it",
        };
        Some(format!("{which} {words}: values are as read before · {next}"))
    }
}

impl Worker {
    /// Looks after the logs, when that is due and they are not being read.
    pub(in crate::session) fn look_at_log(&mut self) {
        let is_due = self.log_watch.due().is_some_and(|due| clock::instant() >= due);
        if !is_due {
            return;
        }
        if self.loading.is_some() || self.rereading.is_some() {
            // What is due is not waited for.
            self.log_watch.put_off();
            return;
        }
        let before = self.log_watch.change();
        if let Some(words) = self.log_watch.look() {
            self.notify(Tone::Warning, words);
        }
        self.dirty |= self.log_watch.change() != before;
    }
}
