//! What is told of a log: plain data.

use crate::base::{Millis, Timestamp};
use crate::tape::Reason;

use super::clocks::Skewed;
use super::duplicates::Pair;
use super::field::Kind;
use super::late::Shared;
use super::numbers::{Numbers, PERCENTILES};
use super::rejected::Fault;
use super::repeats::RepeatedIds;
use super::times::Jump;
use super::values::Scalar;

/// The profile of one or several logs.
#[derive(Clone, Debug, Default)]
pub struct Profile {
    /// The logs, in the order in which they were given.
    pub logs: Vec<LogPart>,
    /// The events, metadata and rankings among them.
    pub events: u64,
    /// The first and the last time.
    pub span: Option<(Timestamp, Timestamp)>,
    /// The late events.
    pub late: Option<Late>,
    /// The largest jumps of the clock ahead, the largest first.
    pub ahead: Vec<Jump>,
    /// The largest steps back from one event to the next.
    pub back: Vec<Jump>,
    /// The hours that have events, by their numbers since 1970, ascending, with how many.
    pub hours: Vec<(i64, u64)>,
    /// The events that are ahead of those after them in the log.
    pub clocks_ahead: Skewed,
    /// The events that are behind those before them in the log.
    pub clocks_behind: Skewed,
    /// The types, the most frequent first.
    pub types: Vec<Type>,
    /// The reasons of rejections, the most frequent first.
    pub rejected: Vec<RejectedLines>,
    /// The duplicates, if the config has events told apart by an id.
    pub duplicates: Option<DuplicateEvents>,
    /// The events whose ids were there before, if the config does not say what becomes of them.
    pub repeats: Option<RepeatedIds>,
    /// The values of fields beyond the bound, which are left out.
    pub left_out: u64,
    /// The most fields that were kept, of all types together.
    pub most_fields: usize,
}

/// One of the logs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogPart {
    /// The log, as it was given.
    pub name: String,
    /// The number of its first line, counted through all logs.
    pub first_line: u64,
}

/// The events that are earlier than another one before them in their log.
#[derive(Clone, Debug)]
pub struct Late {
    /// How many.
    pub events: u64,
    /// By how much, at [`PERCENTILES`].
    pub by: [Millis; PERCENTILES.len()],
    /// The latest: by how much, and its line, counted through all logs.
    pub most: (Millis, u64),
    /// The values that most of them share.
    pub shared: Vec<Shared>,
}

/// The events of a type.
#[derive(Clone, Debug)]
pub struct Type {
    /// Its name; `None` if no member holds a type.
    pub name: Option<String>,
    /// True for what is counted: neither metadata nor rankings.
    pub is_counted: bool,
    /// How many.
    pub events: u64,
    /// The first and the last time.
    pub span: Option<(Timestamp, Timestamp)>,
    /// Its fields: those that most events have first, then in the order of their appearance.
    pub fields: Vec<Field>,
}

/// A field of a type.
#[derive(Clone, Debug)]
pub struct Field {
    /// Its path.
    pub path: String,
    /// The events that have it, `null` aside.
    pub events: u64,
    /// The kinds of its values, with counts; several of an event if it is in a list.
    pub kinds: Vec<(Kind, u64)>,
    /// The number of different scalars.
    pub distinct: u64,
    /// True if that is exact.
    pub is_exact: bool,
    /// The most frequent values with counts, which are too low by at most [`Self::off`].
    pub top: Vec<(Scalar, u64)>,
    /// By how much they may be too low; 0 if they are exact.
    pub off: u64,
    /// Of its numbers the least, [`PERCENTILES`] and the greatest.
    pub numbers: Option<Numbers>,
    /// The first and the last time of an event that has it.
    pub seen: Option<(Timestamp, Timestamp)>,
    /// Its first value as JSON, cut if it is long.
    pub example: Option<String>,
}

/// The lines that were rejected for a reason.
#[derive(Clone, Debug)]
pub struct RejectedLines {
    /// The reason.
    pub reason: Reason,
    /// How many.
    pub lines: u64,
    /// The first few.
    pub examples: Vec<RejectedLine>,
}

/// A rejected line.
#[derive(Clone, Debug)]
pub struct RejectedLine {
    /// Its number, from 0, counted through all logs.
    pub line: u64,
    /// The begin of it.
    pub excerpt: String,
    /// The place in it.
    pub fault: Option<Fault>,
}

/// The events whose ids were there before.
#[derive(Clone, Debug)]
pub struct DuplicateEvents {
    /// How many, in the order of the log.
    pub events: u64,
    /// The first few, beside their originals.
    pub pairs: Vec<Pair>,
    /// True if not all ids could be remembered: there may be more.
    pub is_partial: bool,
}

impl Profile {
    /// The log of a line that is counted through all logs, and its number in it, from 1.
    #[must_use]
    pub fn place(&self, line: u64) -> (&str, u64) {
        let of = self.logs.iter().rev().find(|log| log.first_line <= line);
        let of = of.or_else(|| self.logs.first());
        of.map_or(("", line + 1), |log| {
            (log.name.as_str(), line.saturating_sub(log.first_line) + 1)
        })
    }
}
