//! What the worker publishes: the newest state of what is in view, as plain data. Names are
//! resolved and numbers are read; nothing in here needs a plan or an engine to be shown.

mod config;
mod detail;
mod events;
mod explained;
mod log;
mod profile;
mod values;

use std::sync::Arc;
use std::time::Duration;

use crate::base::Timestamp;

use super::speed::Speed;

pub use crate::log::Difference as LogChange;
pub use config::{
    Change, Config, DiffLine, EntryCount, Instead, LintProgress, Notice, Tone, Unused,
};
pub use detail::{
    Approximation, Bucket, Detail, ErrorKind, Exactness, History, Part, Served, WindowView,
};
pub use events::{
    Effect, EventRow, Events, FilteredEvents, Mark, MarkKind, Members, OpenEvent, Rejected,
    Timeline, Verdict, cell,
};
pub use explained::{
    CONTRIBUTORS, CellKind, Explained, GroupRef, MOST_EVENTS, Moments, Node, NodeTone, Outline,
    OutlineCell, OutlinePart, Waits, outline_text,
};
pub use log::{Extent, Log, LogProblem, MetadataFile};
pub use profile::{LogField, LogProfile, Profile, ProfileEntry, ProfileSection};
pub use values::{Cell, LongOutput, OutputValue, Reading, Row, Values};

/// All that the screen shows.
#[derive(Clone, Debug, PartialEq)]
pub struct Snapshot {
    /// The generation of the look that this answers.
    pub generation: u64,
    /// What is loaded.
    pub source: Arc<Source>,
    /// Where the replay stands.
    pub transport: Transport,
    /// What became of the events up to the cursor, and of the log's lines.
    pub tallies: Tallies,
    /// The values in view.
    pub values: Values,
    /// The selected cell; `None` while there is none.
    pub detail: Option<Detail>,
    /// The value that is explained; `None` while none is.
    pub explained: Option<Arc<Explained>>,
    /// The events in view.
    pub events: Events,
    /// What is in the log, once that is asked for.
    pub profile: Profile,
    /// The whole log at a glance.
    pub timeline: Arc<Timeline>,
    /// The config, its faults, and what the last save changed.
    pub config: Arc<Config>,
    /// The last thing worth saying, for the line above the footer.
    pub notice: Option<Notice>,
}

/// What is loaded. Changes only with a reload, and once the log is read.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Source {
    /// The config's file name.
    pub config: String,
    /// The log's file name, or how many logs.
    pub log: String,
    /// What is known of the log, once it is read.
    pub about_log: Arc<Log>,
    /// Where the store lies, or `None` for an ephemeral one.
    pub store: Option<String>,
    /// How many features are declared.
    pub features: usize,
    /// The scopes that have outputs, in the config's order. Hidden outputs are no columns of
    /// theirs.
    pub scopes: Vec<ScopeInfo>,
    /// How many outputs are hidden.
    pub hidden: usize,
    /// The config's entries that have outputs, in its order; hidden outputs included.
    pub entries: Arc<[EntryInfo]>,
    /// The attributes that were read of events, by name.
    pub fields: Arc<[String]>,
}

/// An entry of the config, and what it became: one feature, or those of its matrix.
#[derive(Clone, Debug, PartialEq)]
pub struct EntryInfo {
    /// Its name, as it is written: `{event}_by_{by}`.
    pub name: String,
    /// The line of the config on which it starts, from 1.
    pub line: usize,
    /// Whether it has a matrix.
    pub is_matrix: bool,
    /// The kind of its features, in the language's word.
    pub kind: &'static str,
    /// The distinct states that its outputs are read from.
    pub states: usize,
    /// Its outputs, in the config's order.
    pub outputs: Vec<EntryOutput>,
}

/// An output of an entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EntryOutput {
    /// Its name.
    pub name: String,
    /// Its scope, an index into [`Source::scopes`].
    pub scope: usize,
}

/// A scope that has outputs.
#[derive(Clone, Debug, PartialEq)]
pub struct ScopeInfo {
    /// As the config writes it: `item`, `[user, author]`, `global`.
    pub name: String,
    /// Its attributes.
    pub attributes: Vec<String>,
    /// Its outputs, in the config's order.
    pub columns: Vec<Column>,
}

/// An output as a column of the wide layout.
#[derive(Clone, Debug, PartialEq)]
pub struct Column {
    /// The output's name: `clicks_7`.
    pub output: String,
    /// The feature's name: `clicks`.
    pub feature: String,
    /// The feature's kind, in the language's word: `window_count`.
    pub kind: &'static str,
    /// True if its values are lists.
    pub is_list: bool,
    /// The event types that it counts; empty if it counts all.
    pub types: Vec<String>,
    /// The feature's description.
    pub description: Option<String>,
}

/// Where the replay stands.
#[derive(Clone, Debug, PartialEq)]
pub struct Transport {
    /// What it is doing.
    pub state: State,
    /// How fast it plays.
    pub speed: Speed,
    /// How many events are applied.
    pub cursor: usize,
    /// How many events the log has (so far, while it loads).
    pub total: usize,
    /// The clock: the newest event time applied; `None` before the first event.
    pub clock: Option<Timestamp>,
    /// The moment as of which values are read: the clock, or where the cursor stands apart from
    /// any event. `None` before the first event.
    pub as_of: Option<Timestamp>,
    /// The wall time that the last seek or step took.
    pub took: Option<Duration>,
    /// Events applied a second of wall time, while playing or loading.
    pub rate: Option<f64>,
    /// What became of the log on disk since it was read.
    pub log: Option<LogChange>,
    /// How many steps to matches of a filter led to an event.
    pub matches_reached: usize,
}

impl Transport {
    /// The moment at which the cursor stands apart from any event: between two of them, before
    /// the first or after the last.
    #[must_use]
    pub fn moment(&self) -> Option<Timestamp> {
        self.as_of.filter(|_| self.as_of != self.clock)
    }
}

/// What the replay is doing.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum State {
    /// Reading the log; values are shown for what is there.
    Loading {
        /// The share that is read, 0 to 1.
        done: f64,
    },
    /// On the way to another event.
    Seeking {
        /// The share of the way, 0 to 1.
        done: f64,
    },
    /// Filling what a save changed.
    Reloading {
        /// The share that is filled, 0 to 1.
        done: f64,
    },
    /// Event time runs.
    Playing,
    /// Standing still.
    Paused,
    /// Standing after the last event.
    Ended,
}

/// What became of events.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Tallies {
    /// Counted rows up to the cursor, impressions included.
    pub applied: u64,
    /// Of them, events that were older than the clock.
    pub late: u64,
    /// Synthetic impressions made up to the cursor.
    pub impressions: u64,
    /// Lines of the log that could not be read as events, by reason; most frequent first.
    pub rejected: Vec<(String, u64)>,
    /// Of them, lines that were no events in themselves: all but repeated ones.
    pub unreadable: u64,
    /// Lines that were out of place and have been sorted.
    pub reordered: u64,
}

impl Tallies {
    /// All rejected lines.
    #[must_use]
    pub fn rejected_total(&self) -> u64 {
        self.rejected.iter().map(|(_, n)| n).sum()
    }
}
