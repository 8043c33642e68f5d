//! What the log is, once it is read.

use crate::base::Timestamp;

/// What is known of the log. Nothing, until it is read to its end.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Log {
    /// How it is written: `flat, CSV, gzip`; `None` where nothing told, or events were kept.
    pub form: Option<String>,
    /// The unit of its times, if they are numbers: `ms`.
    pub unit: Option<&'static str>,
    /// The oldest time and the newest.
    pub span: Option<(Timestamp, Timestamp)>,
    /// The most frequent types of its own events with their counts.
    pub types: Vec<(String, u64)>,
    /// How many other types there are.
    pub more_types: usize,
    /// How many events it has, where lines of metadata stand among them.
    pub events: Option<u64>,
    /// What events are joined with: how many lines there are about each kind of entity.
    pub metadata: Vec<(String, u64)>,
    /// The files that these lines are from, if they are of files of their own.
    pub metadata_files: Vec<MetadataFile>,
    /// How much of it there is to be seen.
    pub extent: Extent,
    /// What is wrong with it as a whole, the gravest first.
    pub problems: Vec<LogProblem>,
}

/// A file of metadata.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MetadataFile {
    /// Its name.
    pub name: String,
    /// Whether it has no times, so that all of it is known from the beginning.
    pub is_timeless: bool,
    /// The reasons for which lines are rejected, with their counts and the numbers of the first
    /// lines, from 1.
    pub rejected: Vec<(String, u64, Vec<u64>)>,
}

/// How much of a log was read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Extent {
    /// All that there is, or as much as is read so far.
    #[default]
    Whole,
    /// Not all: the rest is damaged, or found no room.
    Cut,
    /// Nothing, although it holds lines.
    Nothing,
}

/// Something that is wrong with a log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogProblem {
    /// What, in a sentence.
    pub text: String,
    /// What to do.
    pub help: Option<String>,
}

impl Log {
    /// Why nothing of it can be seen, if so, and what to do.
    #[must_use]
    pub fn nothing(&self) -> Option<&LogProblem> {
        self.problems.first().filter(|_| self.extent == Extent::Nothing)
    }
}
