//! What the worker publishes: the newest state of what is in view, as plain data. Names are
//! resolved and numbers are read; nothing in here needs a plan or an engine to be shown.

use std::sync::Arc;
use std::time::Duration;

use crate::base::{Key, Millis, Timestamp};
use crate::diagnostic::Report;

use super::protocol::{Layout, Speed};

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
    /// The events in view.
    pub events: Events,
    /// The whole log at a glance.
    pub timeline: Arc<Timeline>,
    /// The config, its faults, and what the last save changed.
    pub config: Arc<Config>,
    /// The last thing worth saying, for the line above the footer.
    pub notice: Option<Notice>,
}

/// What is loaded. Changes only with a reload.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Source {
    /// The config's file name.
    pub config: String,
    /// The log's file name, or how many logs.
    pub log: String,
    /// Where the store lies, or `None` for an ephemeral one.
    pub store: Option<String>,
    /// How many features are declared.
    pub features: usize,
    /// The scopes that have outputs, in the config's order.
    pub scopes: Vec<ScopeInfo>,
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
    /// The wall time that the last seek or step took.
    pub took: Option<Duration>,
    /// Events applied a second of wall time, while playing or loading.
    pub rate: Option<f64>,
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

/// The values in view.
#[derive(Clone, Debug, PartialEq)]
pub struct Values {
    /// The layout that the rows are of.
    pub layout: Layout,
    /// The index of the first row here, in the current order.
    pub first_row: usize,
    /// How many rows pass the filter.
    pub total_rows: usize,
    /// How many rows there are without the filter.
    pub unfiltered_rows: usize,
    /// The index (in the scope's outputs) of the first column of the rows' cells (wide layout).
    pub first_column: usize,
    /// Where the selected row is in the current order.
    pub selected_row: usize,
    /// The rows.
    pub rows: Vec<Row>,
}

/// A row of values.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    /// The key.
    pub key: Key,
    /// The key's last write, as of the cursor.
    pub last_write: Option<Timestamp>,
    /// Wide: a cell for each column in view. Long: a single cell.
    pub cells: Vec<Cell>,
    /// Long layout: which output this row is.
    pub output: Option<LongOutput>,
}

/// Which output a row of the long layout is.
#[derive(Clone, Debug, PartialEq)]
pub struct LongOutput {
    /// The output's name.
    pub name: String,
    /// The feature's kind, in the language's word.
    pub kind: &'static str,
    /// The scope, as the config writes it.
    pub scope: String,
    /// The served value.
    pub served: Reading,
    /// The value over the replayed time, oldest first; empty where it is not computed.
    pub history: Vec<Option<f64>>,
}

/// A live value, and how the last move (step, seek, reload, slice of playing) changed it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Cell {
    /// The live value.
    pub reading: Reading,
    /// New value minus old one, where both were values and differ.
    pub change: Option<f64>,
}

/// What is read for a key: a number, or one of the ways in which there is none.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Reading {
    /// A number; zero is a number.
    Value(f64),
    /// The key was written, but there is no value: no divisor, nothing to average.
    NoData,
    /// The key was written once, and its time to live has passed.
    Expired,
    /// No event of the feature has had this key.
    NeverSeen,
}

impl Reading {
    /// The number, if it is one.
    #[must_use]
    pub const fn number(self) -> Option<f64> {
        match self {
            Self::Value(number) => Some(number),
            Self::NoData | Self::Expired | Self::NeverSeen => None,
        }
    }
}

/// The selected cell.
#[derive(Clone, Debug, PartialEq)]
pub struct Detail {
    /// The names of the key's attributes.
    pub attributes: Vec<String>,
    /// The key.
    pub key: Key,
    /// The output, its feature and kind.
    pub column: Column,
    /// The line of the config that declares the feature, from 1.
    pub line: usize,
    /// The definition in words: `click per item, 7 buckets of 1d`.
    pub definition: String,
    /// The live value.
    pub live: Reading,
    /// What a store that follows `refresh` would answer.
    pub served: Served,
    /// The time to live, and what is left of it; `None` before the first write.
    pub ttl: Millis,
    /// What is left of it: `None` before the first write, zero or less when it has passed.
    pub ttl_left: Option<Millis>,
    /// The key's last write.
    pub last_write: Option<Timestamp>,
    /// The parts that the value is read from: one, or two for a rate or ratio, more with a
    /// global side.
    pub parts: Vec<Part>,
    /// The value over the replayed time, oldest first; `None` where there is no value.
    pub history: Vec<Option<f64>>,
    /// The times of the first and last point of `history`.
    pub history_span: Option<(Timestamp, Timestamp)>,
}

/// The served value.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Served {
    /// The value.
    pub reading: Reading,
    /// How long ago it was refreshed, in event time; `None` where served is live.
    pub age: Option<Millis>,
    /// The feature's `refresh`; zero: served is live.
    pub refresh: Millis,
}

/// One state that a value is read from.
#[derive(Clone, Debug, PartialEq)]
pub struct Part {
    /// What it is: `click`, `top: click`, `bottom: impression`, `bottom, all keys: impression`.
    pub role: String,
    /// Its own value over the window.
    pub reading: Reading,
    /// The window, for windowed states.
    pub window: Option<WindowView>,
    /// The names of the features that share this state, this one left out.
    pub shared_with: Vec<String>,
}

/// A window and the buckets around it.
#[derive(Clone, Debug, PartialEq)]
pub struct WindowView {
    /// `7 buckets of 1d, the current one included`.
    pub words: String,
    /// The interval of event times that the window covers, `[from, to)`.
    pub from: Timestamp,
    /// The end of the interval.
    pub to: Timestamp,
    /// The length of a bucket.
    pub bucket: Millis,
    /// The held buckets, oldest first; the last one is the current, unfinished one.
    pub buckets: Vec<Bucket>,
}

/// One bucket of a ring.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bucket {
    /// Its start.
    pub start: Timestamp,
    /// What it holds; 0 where nothing was written.
    pub value: f64,
    /// Whether the window covers it.
    pub inside: bool,
}

/// The events in view.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Events {
    /// The events, in applied order.
    pub rows: Vec<EventRow>,
}

/// One event.
#[derive(Clone, Debug, PartialEq)]
pub struct EventRow {
    /// Its number in applied order, from 1: the cursor after it.
    pub number: usize,
    /// Its line in the log, from 1.
    pub line: u64,
    /// Its time.
    pub time: Timestamp,
    /// The time since the event before it, in applied order; negative for a late one.
    pub gap: Option<Millis>,
    /// What it is: the interaction's type, `item`, `user`, `ranking`.
    pub kind: String,
    /// The attributes in use that it has, name and value.
    pub attributes: Vec<(String, String)>,
    /// Whether it is applied.
    pub applied: bool,
    /// How far behind the clock it was, if it was.
    pub late: Option<Millis>,
    /// How many impressions it released.
    pub released: usize,
    /// What it changed; known for applied events near the cursor.
    pub effects: Vec<Effect>,
    /// How many more effects there are than are listed.
    pub more_effects: usize,
}

/// A change of a value by an event.
#[derive(Clone, Debug, PartialEq)]
pub struct Effect {
    /// The output.
    pub output: String,
    /// The key.
    pub key: Key,
    /// The value before.
    pub before: Option<f64>,
    /// The value after.
    pub after: Option<f64>,
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
    Rejected,
    /// An event was late here.
    Late,
}

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
