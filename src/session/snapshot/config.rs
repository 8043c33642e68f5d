//! The config on disk and in use, what its last save changed, and what is worth saying. Plain
//! data.

use std::sync::Arc;
use std::time::Duration;

use crate::diagnostic::Report;

use super::Effect;

/// The config on disk and in use.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Config {
    /// The path, as the user gave it; `None` for the built-in one, which is not watched.
    pub path: Option<String>,
    /// The version in use: 1 at the start, one more with each save that was applied.
    pub version: u32,
    /// The text on disk (which is the text in use unless `stale`).
    pub text: Arc<str>,
    /// Whether the text on disk was rejected, so that an older version is in use.
    pub stale: bool,
    /// The faults of the text on disk: the errors that made it stale, or warnings and notes.
    pub report: Arc<Report>,
    /// What the last applied save changed.
    pub change: Option<Change>,
}

impl Config {
    /// Whether there is no config in use: the one on disk has had errors from the start.
    #[must_use]
    pub const fn is_missing(&self) -> bool {
        self.stale && self.version == 0
    }
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
    /// How many keys have a value that moved.
    pub keys_moved: usize,
    /// The largest move, relative to the old value.
    pub largest: Option<Effect>,
    /// Wall time from reading the file to the new values.
    pub took: Duration,
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
