//! The events around the cursor, and the whole log at a glance. Plain data.

use std::sync::Arc;

use crate::base::{Key, Millis, Timestamp};
use crate::engine::OutputValue;
pub use crate::explain::Verdict;

/// The events in view.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Events {
    /// The events, in applied order.
    pub rows: Vec<EventRow>,
    /// What is found of the filter that they pass; `None` if there is none.
    pub filtered: Option<FilteredEvents>,
    /// The event that is shown as a whole.
    pub open: Option<Arc<OpenEvent>>,
}

/// An event as a whole.
#[derive(Clone, Debug, PartialEq)]
pub struct OpenEvent {
    /// What the list shows of it, with all of its effects.
    pub row: EventRow,
    /// Whether its effects are known: it is applied, and not far from the cursor.
    pub knows_effects: bool,
    /// The members of its line, used or not.
    pub members: Members,
    /// What became of it in every feature.
    pub verdicts: Vec<Verdict>,
}

/// The members of a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Members {
    /// They are being read back from the log.
    Reading,
    /// Their paths and values, as they are written.
    Read(Vec<(String, String)>),
    /// They cannot be read, for this reason.
    Unreadable(String),
}

/// The events that a filter lets through.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct FilteredEvents {
    /// How many are found.
    pub found: usize,
    /// How many of them are at or before the cursor.
    pub before: usize,
    /// How many events there are, or lines that were rejected.
    pub of: usize,
    /// Whether they are rejected lines.
    pub is_of_lines: bool,
    /// The place of the one that was asked for, or of the one nearest to it, once it is found.
    pub nearest: Option<usize>,
    /// How many events were behind a later one in the log and are none here, since events are sorted
    /// by time; 0 unless late ones are looked for.
    pub sorted: u64,
    /// The share that is looked at, 0 to 1, while they are looked for.
    pub searched: Option<f64>,
    /// The attribute for which the log is read again before they can be looked for, once the filter is
    /// no longer typed.
    pub reading: Option<String>,
    /// The attribute that was read and has the most similar name.
    pub similar: Option<String>,
    /// Why the filter cannot be understood.
    pub error: Option<String>,
}

/// A line that was rejected.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rejected {
    /// The reason in a few words.
    pub reason: &'static str,
    /// The begin of the line.
    pub excerpt: String,
}

/// One event.
#[derive(Clone, Debug, PartialEq)]
pub struct EventRow {
    /// Its place in the list, from 1: its number, if there is no filter.
    pub place: usize,
    /// Its number in applied order, from 1: the cursor after it.
    pub number: usize,
    /// Its line in the log, from 1.
    pub line: u64,
    /// Its time.
    pub time: Timestamp,
    /// The time since the event above it in the list; negative for a late one.
    pub gap: Option<Millis>,
    /// What it is: the interaction's type, `item`, `user`, `ranking`.
    pub kind: String,
    /// The attributes in use that it has, name and value.
    pub attributes: Vec<(String, String)>,
    /// Whether it is applied.
    pub applied: bool,
    /// How far behind the clock it was, if it was.
    pub late: Option<Millis>,
    /// How many impressions it released, of rankings that were closed when it came.
    pub released: usize,
    /// Whether the log ends with it, which closes the rankings that are still open.
    pub is_last: bool,
    /// What it changed; known for applied events near the cursor.
    pub effects: Vec<Effect>,
    /// Whether it is applied and too far from the cursor for that to be known.
    pub is_far: bool,
    /// How many more effects there are than are listed.
    pub more_effects: usize,
    /// The rejected line that stands here in place of the event before it.
    pub rejected: Option<Rejected>,
}

/// A change of a value by an event.
#[derive(Clone, Debug, PartialEq)]
pub struct Effect {
    /// The output.
    pub output: String,
    /// The key.
    pub key: Key,
    /// The value before.
    pub before: Option<OutputValue>,
    /// The value after.
    pub after: Option<OutputValue>,
}

/// The whole log at a glance.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Timeline {
    /// Events in each of the cells, which share the log's time evenly.
    pub density: Vec<u32>,
    /// The first event time.
    pub start: Option<Timestamp>,
    /// The last event time.
    pub end: Option<Timestamp>,
    /// What happened, by place.
    pub marks: Vec<Mark>,
}

impl Timeline {
    /// Which of so many cells a moment lies in.
    #[must_use]
    pub fn cell(&self, at: Timestamp, cells: usize) -> Option<usize> {
        Some(cell((self.start?, self.end?), at, cells))
    }
}

/// Which of so many cells, which share a span of time evenly, a moment lies in; one outside lies in
/// the nearest.
#[must_use]
pub fn cell((start, end): (Timestamp, Timestamp), at: Timestamp, cells: usize) -> usize {
    let span = end.since(start).0.max(1) as f64;
    let share = (at.since(start).0 as f64 / span).clamp(0.0, 1.0);
    ((share * cells as f64) as usize).min(cells.saturating_sub(1))
}

/// Something marked on the timeline.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Mark {
    /// The event time at which it happened.
    pub at: Timestamp,
    /// What happened.
    pub kind: MarkKind,
}

/// What a mark stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MarkKind {
    /// A save of the config was applied while the cursor was here.
    Reload,
    /// A line of the log was rejected near here.
    Rejected {
        /// The line, from 1.
        line: u64,
        /// The reason in a few words.
        reason: &'static str,
    },
    /// An event was late here, by so much.
    Late {
        /// By how much.
        by: Millis,
    },
}
