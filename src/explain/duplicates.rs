//! Lines that repeat the id of an event that a side takes: they are no events, and count nothing.

use std::collections::HashMap;

use foldhash::fast::FixedState;

use crate::base::Timestamp;
use crate::engine::InputRows;
use crate::plan::AttributeId;

use super::event::EventRef;

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

/// The lines that repeat events of a side, as its rows are looked at.
pub(super) struct Repeated {
    /// The lines and times of those that repeat an event, by its line.
    by_original: HashMap<u64, Vec<(u64, i64)>, FixedState>,
    /// The line, its time, and the row of the event.
    found: Vec<(u64, i64, usize)>,
}

impl Repeated {
    /// Those until a moment.
    pub(super) fn new(of: InputRows<'_>, as_of: Timestamp) -> Self {
        let known = of.tape.rejections().duplicates();
        // They move no clock: those behind the last event are there at the end of the log.
        let is_end = of.tape.clock(of.tape.events()).is_none_or(|last| last == as_of);
        let known = known.iter().filter(|duplicate| is_end || duplicate.time <= as_of.0);
        let mut by_original = HashMap::<u64, Vec<(u64, i64)>, FixedState>::default();
        for it in known {
            by_original.entry(it.original.into()).or_default().push((it.line.into(), it.time));
        }
        Self { by_original, found: Vec::new() }
    }

    /// Adds those that repeat a row which the input counts.
    #[inline]
    pub(super) fn add(&mut self, of: InputRows<'_>, row: usize) {
        if self.by_original.is_empty() {
            return;
        }
        if let Some(repeated) = self.by_original.get(&of.tape.line(row)) {
            self.found.extend(repeated.iter().map(|(line, time)| (*line, *time, row)));
        }
    }

    /// What is told of them once all rows are looked at.
    pub(super) fn told(
        mut self,
        of: InputRows<'_>,
        looked_at: &[AttributeId],
    ) -> Option<Duplicates> {
        self.found.sort_unstable();
        let last = self.found.iter().rev().take(EXAMPLES);
        let examples = last.map(|(line, time, row)| DuplicateRef {
            line: line + 1,
            time: Timestamp(*time),
            of: EventRef::new(of, *row, looked_at),
        });
        let examples: Vec<DuplicateRef> = examples.collect();
        let count = self.found.len() as u64;
        (count > 0).then_some(Duplicates { count, examples })
    }
}
