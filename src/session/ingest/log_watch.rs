//! The watch on the logs: whether the files are still what was read, by their stamps. It asks for
//! new stamps once a second, and looks at nothing in the files.

use std::time::Instant;

use crate::base::quantity;
use crate::session::snapshot::LogChange;

use super::stamps::Stamps;
use super::tuning::TUNING;

/// The logs of a session, as they were read.
pub(in crate::session) struct LogWatch {
    read: Stamps,
    change: Option<LogChange>,
    due: Instant,
}

impl LogWatch {
    /// Watches logs from when their stamps were taken.
    pub(in crate::session) fn new(read: Stamps, now: Instant) -> Self {
        Self { read, change: None, due: now + TUNING.stamp_interval }
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
        (!self.read.is_empty()).then_some(self.due)
    }

    /// Puts the next look off.
    pub(in crate::session) fn put_off(&mut self, now: Instant) {
        self.due = now + TUNING.stamp_interval;
    }

    /// Compares with the stamps of now; returns in words what is new about that.
    pub(in crate::session) fn compare(&mut self, now: &Stamps) -> Option<String> {
        let before = self.change;
        let found = self.read.first_change(now);
        self.change = found.as_ref().map(|found| found.change);
        let found = found.filter(|_| self.change != before)?;
        let words = match found.change {
            LogChange::Grown => format!("grew by {} bytes", quantity::grouped(found.grown)),
            LogChange::Cut => "became shorter".to_owned(),
            LogChange::Rewritten => "rewritten".to_owned(),
            LogChange::Replaced => "replaced".to_owned(),
            LogChange::Deleted => "deleted".to_owned(),
        };
        // Of one file the header has the name.
        let which = if self.read.files().len() > 1 {
            let name = found.path.file_name().unwrap_or(found.path.as_os_str());
            name.to_string_lossy().into_owned()
        } else {
            "log".to_owned()
        };
        let next = match found.change {
            LogChange::Deleted => "a save of the config may need it",
            _ => "quit and start again to read it",
        };
        Some(format!("{which} {words}: values are as read before · {next}"))
    }
}
