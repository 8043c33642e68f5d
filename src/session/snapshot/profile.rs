//! What is in the log, type by type and field by field, as lists that fold. Plain data.

use std::sync::Arc;

/// The profile of the log, as far as it is known.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Profile {
    /// It is not looked for.
    #[default]
    Unknown,
    /// It waits until the log is read.
    Waiting,
    /// The log is read for it; the share that is done, 0 to 1.
    Reading(f64),
    /// It is there.
    Read(Arc<LogProfile>),
    /// There is none, for this reason.
    Unreadable(String),
}

/// What is in a log.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LogProfile {
    /// Its parts.
    pub sections: Vec<ProfileSection>,
    /// The fields of all types, in the order of their paths.
    pub fields: Vec<LogField>,
}

/// A field of a log.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LogField {
    /// Its path.
    pub path: String,
    /// The types whose events have it; events without a type have none.
    pub types: Vec<String>,
    /// Whether it has values, and is no object alone.
    pub has_values: bool,
}

/// A part of a profile.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ProfileSection {
    /// Its title.
    pub title: String,
    /// What is said of it as a whole.
    pub said: String,
    /// Its entries.
    pub entries: Vec<ProfileEntry>,
}

/// An entry of a profile: a type, a field, a value, a reason.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ProfileEntry {
    /// What it is.
    pub name: String,
    /// Its numbers and kinds, in columns that it shares with its neighbours.
    pub cells: Vec<String>,
    /// What else is said of it.
    pub words: String,
    /// What it is made of; folded at first.
    pub entries: Vec<ProfileEntry>,
}
