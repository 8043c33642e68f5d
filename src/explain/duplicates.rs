//! Lines that repeat the id of an event that a side takes: they are no events, and count nothing.

use std::collections::HashMap;

use foldhash::fast::FixedState;

use crate::base::Timestamp;
use crate::engine::InputRows;
use crate::plan::AttributeId;

use super::event::EventRef;
use super::rows::SideRows;

/// The most that are told.
const EXAMPLES: usize = 3;

/// The lines that repeat an event of the key which the input counts.
#[derive(Clone, Debug, PartialEq)]
pub struct Duplicates {
    /// How many there are.
    pub count: u64,
    /// The last of them in the log.
    pub examples: Vec<DuplicateRef>,
}

/// A line that repeats the id of an event.
#[derive(Clone, Debug, PartialEq)]
pub struct DuplicateRef {
    /// The line in the log, from 1; over several logs, lines are counted through.
    pub line: u64,
    /// Its time.
    pub time: Timestamp,
    /// The event that has the id first.
    pub of: EventRef,
}

/// The lines until the moment that repeat what the input counts of the rows.
pub(super) fn duplicates(
    of: InputRows<'_>,
    rows: &SideRows,
    looked_at: &[AttributeId],
) -> Option<Duplicates> {
    let known = of.tape.rejections().duplicates();
    // They move no clock: those behind the last event are there at the end of the log.
    let is_end = of.tape.clock(of.tape.events()).is_none_or(|last| last == rows.as_of);
    let known = known.iter().filter(|duplicate| is_end || duplicate.time <= rows.as_of.0);
    let mut by_original = HashMap::<u64, Vec<(u64, i64)>, FixedState>::default();
    for it in known {
        by_original.entry(it.original.into()).or_default().push((it.line.into(), it.time));
    }
    if by_original.is_empty() {
        return None;
    }
    let mut found: Vec<(u64, i64, usize)> = Vec::new();
    for row in rows.taken().iter().map(super::rows::Taken::row) {
        if let Some(repeated) = by_original.get(&of.tape.line(row)) {
            found.extend(repeated.iter().map(|(line, time)| (*line, *time, row)));
        }
    }
    found.sort_unstable();
    let examples = found.iter().rev().take(EXAMPLES).map(|(line, time, row)| DuplicateRef {
        line: line + 1,
        time: Timestamp(*time),
        of: EventRef::new(of, *row, looked_at),
    });
    let examples: Vec<DuplicateRef> = examples.collect();
    (!found.is_empty()).then_some(Duplicates { count: found.len() as u64, examples })
}
