//! The selected cell, down to the buckets that it is read from. Plain data.

use crate::base::{Key, Millis, Timestamp};
pub use crate::plan::{Approximation, ErrorKind};

use super::{Column, Reading};

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
    /// What the features of its entry counted of the whole log and what not, once that is known.
    pub counted: Option<String>,
    /// The live value.
    pub live: Reading,
    /// How exact the live value is; `None` if such values always are.
    pub exactness: Option<Exactness>,
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
    /// The value over the replayed time.
    pub history: History,
}

/// How exact a value is of an aggregate that may estimate.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Exactness {
    /// How exact its values are.
    pub approximation: Approximation,
    /// Whether this one is exact.
    pub is_exact: bool,
}

/// A value over the replayed time.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct History {
    /// The lowest and the highest value in each column of a chart, whose columns share the log's
    /// time evenly, as the timeline's cells do: from the first column to the one that the cursor is
    /// in, whose last value is the live one.
    pub columns: Vec<Option<(f64, f64)>>,
    /// How many columns the whole log has.
    pub cells: usize,
    /// The lowest and the highest of all values until the cursor, whatever the columns.
    pub extremes: Option<(f64, f64)>,
    /// When the first value was there.
    pub since: Option<Timestamp>,
    /// When the value last became another one; `None` for one that changes all the time.
    pub changed: Option<Timestamp>,
    /// The times of the chart's ends: those of the log.
    pub span: Option<(Timestamp, Timestamp)>,
    /// Whether values are still being read.
    pub is_unfinished: bool,
}

/// The served value.
#[derive(Clone, Debug, PartialEq)]
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
    /// The interval of event times that the window covers, `[from, to)`, as clocks show them in
    /// the zone of its buckets.
    pub from: Timestamp,
    /// The end of the interval.
    pub to: Timestamp,
    /// True if it ends at the moment of reading.
    pub ends_now: bool,
    /// The length of a bucket.
    pub bucket: Millis,
    /// The held buckets, oldest first; the last one is the current, unfinished one.
    pub buckets: Vec<Bucket>,
}

/// One bucket of a ring.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bucket {
    /// Its start, as clocks show it in the zone of the buckets.
    pub start: Timestamp,
    /// What it holds; 0 where nothing was written.
    pub value: f64,
    /// Whether the window covers it.
    pub inside: bool,
}
