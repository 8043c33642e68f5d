//! The config on disk and in use, what its last save changed, and what is worth saying. Plain
//! data.

use std::sync::Arc;
use std::time::Duration;

use crate::base::quantity;
use crate::diagnostic::Report;

use super::Effect;

pub use crate::coverage::{EntryCount, Instead};

/// The config on disk and in use.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Config {
    /// The path, as the user gave it; `None` for the built-in one, which is not watched.
    pub path: Option<String>,
    /// The version in use: 1 at the start, one more with each save that was applied.
    pub version: u32,
    /// The text on disk (which is the text in use unless `stale`).
    pub text: Arc<str>,
    /// Whether what is on disk is not in use, so that an older version is.
    pub stale: bool,
    /// Why it is not, where that is not for faults in its text.
    pub unused: Option<Unused>,
    /// The faults of the text on disk: the errors that made it stale, or warnings and notes, those
    /// included that the log gives rise to once it is read.
    pub report: Arc<Report>,
    /// What the features of each entry counted of the whole log, and what not; empty until that is
    /// known.
    pub counted: Arc<[EntryCount]>,
    /// How far the values are judged, of which there may be problems.
    pub judged: LintProgress,
    /// What the last applied save changed.
    pub change: Option<Change>,
    /// Whether a test is being made of a value, which is written to it.
    pub saves_test: bool,
}

/// How far the values of the log are judged by lints.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum LintProgress {
    /// They are, at the end of the log.
    #[default]
    Done,
    /// Lints are running.
    UnderWay,
    /// Not before the cursor is at the end of the log.
    Elsewhere,
    /// Not at all: the log is not all there.
    Open,
}

impl LintProgress {
    /// What is to be said of it beside the problems.
    #[must_use]
    pub const fn words(self) -> Option<&'static str> {
        match self {
            Self::Done => None,
            Self::UnderWay => Some("lints are running"),
            Self::Elsewhere => Some("values are judged at the end of the log"),
            Self::Open => Some("values of an open log are not judged"),
        }
    }
}

impl Config {
    /// Whether there is no config in use: the one on disk has had errors from the start.
    #[must_use]
    pub const fn is_missing(&self) -> bool {
        self.stale && self.version == 0
    }
}

/// Why what is on disk is not in use, faults in its text apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unused {
    /// There is no file.
    Deleted,
    /// It cannot be read as a file.
    Unreadable,
    /// It needs more of the log, and that cannot be read.
    LogUnreadable,
}

/// What a save of the config changed.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Change {
    /// Outputs that are new.
    pub added: Vec<String>,
    /// Outputs whose meaning changed.
    pub changed: Vec<String>,
    /// Outputs that are gone.
    pub removed: Vec<String>,
    /// Lines that differ between the old and the new text, as a unified diff without headers.
    pub diff: Vec<(DiffLine, String)>,
    /// How many values are others, live or served, at keys that have values before and after.
    pub values_changed: usize,
    /// How many keys have the first of these values, and how many have none any more.
    pub keys_new: usize,
    /// See [`keys_new`](Self::keys_new).
    pub keys_gone: usize,
    /// The values that were not compared, since there are too many.
    pub not_compared: usize,
    /// Whether the log was another one when it was read for this version: values are not compared.
    pub other_log: bool,
    /// The largest move, by what lies between both values.
    pub largest: Option<Effect>,
    /// Wall time from reading the file to the new values.
    pub took: Duration,
}

impl Change {
    /// Whether no output was added, changed or removed.
    #[must_use]
    pub fn leaves_outputs(&self) -> bool {
        [&self.added, &self.changed, &self.removed].into_iter().all(Vec::is_empty)
    }

    /// How many values moved, in words: `3 values changed, 1 key new`; behind a label that says
    /// "values" without that word.
    #[must_use]
    pub fn moved(&self, is_labelled: bool) -> String {
        let mut parts = Vec::new();
        if self.values_changed > 0 {
            let count = if is_labelled {
                quantity::grouped(self.values_changed as u64)
            } else {
                quantity::counted(self.values_changed, "value")
            };
            parts.push(format!("{count} changed"));
        }
        for (keys, what) in [(self.keys_new, "new"), (self.keys_gone, "gone")] {
            if keys > 0 {
                parts.push(format!("{} {what}", quantity::counted(keys, "key")));
            }
        }
        if self.not_compared > 0 {
            parts.push(format!("{} not compared", quantity::counted(self.not_compared, "value")));
        }
        if !parts.is_empty() {
            return parts.join(", ");
        }
        (if is_labelled { "unchanged" } else { "values unchanged" }).to_owned()
    }
}

/// What a line of a diff is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DiffLine {
    /// In both texts.
    Same,
    /// Only in the new text.
    Added,
    /// Only in the old text.
    Removed,
}

/// Something worth saying.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notice {
    /// Counts up, so that the same words twice are seen as two notices.
    pub number: u64,
    /// How it is meant.
    pub tone: Tone,
    /// The words.
    pub text: String,
    /// The feature that it leads to.
    pub feature: Option<String>,
}

/// How a notice is meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tone {
    /// Something worked.
    Good,
    /// Something to know.
    Note,
    /// Something to look at.
    Warning,
    /// Something failed.
    Error,
}
