//! Stamps of the logs, and of the files of metadata: what the system says of each file at one moment, so that two moments can be
//! compared without a look at the files.

use std::path::{Path, PathBuf};

use crate::log::Stamp;
use crate::session::snapshot::LogChange;

/// What the system said of each file at a moment.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Stamps(Vec<(PathBuf, Found)>);

/// What was found at a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Found {
    Regular(Stamp),
    /// A pipe, a device or a directory.
    Other,
    Missing,
}

/// A log that is no longer what it was.
pub(in crate::session) struct ChangedLog<'s> {
    pub(in crate::session) path: &'s Path,
    pub(in crate::session) change: LogChange,
    /// The bytes by which it is longer now.
    pub(in crate::session) grown: u64,
}

impl Stamps {
    /// The stamps of files now: of logs, and of the metadata that they are joined with.
    #[must_use]
    pub fn of(files: &[PathBuf]) -> Self {
        let found = |path: &PathBuf| match Stamp::of(path) {
            Some(stamp) => Found::Regular(stamp),
            None if path.metadata().is_ok() => Found::Other,
            None => Found::Missing,
        };
        Self(files.iter().map(|path| (path.clone(), found(path))).collect())
    }

    /// The files, of which other stamps can be taken.
    #[must_use]
    pub fn files(&self) -> Vec<PathBuf> {
        self.0.iter().map(|(path, _)| path.clone()).collect()
    }

    /// Whether no log is a regular file: of others a change cannot be seen.
    pub(in crate::session) fn is_empty(&self) -> bool {
        !self.0.iter().any(|(_, found)| matches!(found, Found::Regular(_)))
    }

    /// The first regular file that is no longer what it was, by the stamps of a later moment.
    /// Nothing is known of a file of which no other stamp was taken.
    pub(in crate::session) fn first_change(&self, later: &Self) -> Option<ChangedLog<'_>> {
        self.0.iter().find_map(|(path, found)| {
            let Found::Regular(known) = found else { return None };
            let (_, now) = later.0.iter().find(|(other, _)| other == path)?;
            let stamp = match now {
                Found::Regular(stamp) => Some(*stamp),
                _ => None,
            };
            let change = match known.difference(stamp)? {
                LogChange::Deleted if *now == Found::Other => LogChange::Replaced,
                change => change,
            };
            let grown = stamp.map_or(0, |now| now.size.saturating_sub(known.size));
            Some(ChangedLog { path, change, grown })
        })
    }

    /// Whether a log was no longer what it was when the later stamps were taken.
    pub(in crate::session) fn differ(&self, later: &Self) -> bool {
        self.first_change(later).is_some()
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn a_folder_in_the_place_of_a_log_has_replaced_it() {
        let place = tempfile::tempdir().unwrap();
        let path = place.path().join("log");
        fs::write(&path, "abc").unwrap();
        let log = [path.clone()];
        let before = Stamps::of(&log);
        let change = || before.first_change(&Stamps::of(&log)).map(|changed| changed.change);
        assert_eq!(change(), None);
        fs::remove_file(&path).unwrap();
        assert_eq!(change(), Some(LogChange::Deleted));
        fs::create_dir(&path).unwrap();
        assert_eq!(change(), Some(LogChange::Replaced));
    }
}
