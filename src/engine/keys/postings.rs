//! The rows of each key of a scope, so that one key's history is read without the others'.

use std::ops::{Deref, Range};
use std::sync::Arc;

use super::slots::SlotsOf;

/// The rows of one key, in order.
#[derive(Clone, Debug)]
pub enum RowsOf {
    /// Among those of all keys.
    Of(Arc<Postings>, u32),
    /// Alone.
    Found(Arc<[u32]>),
}

impl Deref for RowsOf {
    type Target = [u32];

    fn deref(&self) -> &[u32] {
        match self {
            Self::Of(postings, slot) => postings.rows(*slot),
            Self::Found(rows) => rows,
        }
    }
}

/// For each slot its rows, in order.
#[derive(Debug)]
pub struct Postings {
    /// Slot `s` has `rows[starts[s]..starts[s + 1]]`.
    starts: Vec<u32>,
    rows: Vec<u32>,
    tape_rows: usize,
}

/// What was found of the rows of a scope's keys.
#[derive(Debug, Default)]
pub(in crate::engine) struct KnownRows {
    /// Those of each key.
    pub(in crate::engine) postings: Option<Arc<Postings>>,
    /// Those of one key, of so many rows of the tape, where those of all keys would take too much
    /// memory.
    pub(in crate::engine) found: Option<(u32, usize, Arc<[u32]>)>,
}

/// Rows of keys being gathered, in slices.
#[derive(Debug)]
pub(in crate::engine) struct GatherRows {
    starts: Vec<u32>,
    /// Once rows are counted, where each slot's next one goes.
    next: Vec<u32>,
    rows: Vec<u32>,
    tape_rows: usize,
    /// The row to go on with, while they are counted, and while they are put in their places.
    at: usize,
    counts: bool,
}

/// How many rows are gathered between two looks at the time.
const STRETCH: usize = 4096;

impl GatherRows {
    /// Begins to gather the rows of `keys` slots.
    pub(in crate::engine) fn new(keys: usize, tape_rows: usize) -> Self {
        let starts = vec![0u32; keys + 1];
        Self { starts, next: Vec::new(), rows: Vec::new(), tape_rows, at: 0, counts: true }
    }

    /// Whether it is of so many slots and rows.
    pub(in crate::engine) const fn is_of(&self, keys: usize, tape_rows: usize) -> bool {
        self.starts.len() == keys + 1 && self.tape_rows == tape_rows
    }

    /// Gathers on until it is `late`; `slots` tells those of some rows. Returns whether all is
    /// gathered.
    pub(in crate::engine) fn go_on<'s>(
        &mut self,
        slots: impl Fn(Range<usize>) -> SlotsOf<'s>,
        late: &mut dyn FnMut() -> bool,
    ) -> bool {
        loop {
            let end = self.tape_rows.min(self.at + STRETCH);
            let slots = slots(self.at..end);
            let slots = slots.view();
            for row in self.at..end {
                for slot in slots.get(row - self.at) {
                    if self.counts {
                        self.starts[*slot as usize + 1] += 1;
                    } else {
                        let place = &mut self.next[*slot as usize];
                        self.rows[*place as usize] = row as u32;
                        *place += 1;
                    }
                }
            }
            self.at = end;
            if end == self.tape_rows {
                if !self.counts {
                    return true;
                }
                self.place();
            }
            if late() {
                return false;
            }
        }
    }

    /// All rows are counted: finds where those of each slot will lie.
    fn place(&mut self) {
        let keys = self.starts.len() - 1;
        for slot in 0..keys {
            self.starts[slot + 1] += self.starts[slot];
        }
        self.next = self.starts.clone();
        self.rows = vec![0; self.starts[keys] as usize];
        self.at = 0;
        self.counts = false;
    }

    /// The rows, once all are gathered.
    pub(in crate::engine) fn finish(self) -> Postings {
        Postings { starts: self.starts, rows: self.rows, tape_rows: self.tape_rows }
    }
}

/// The rows of one key being looked for, in slices.
#[derive(Debug)]
pub(in crate::engine) struct SeekRows {
    slot: u32,
    found: Vec<u32>,
    tape_rows: usize,
    /// The row to go on with.
    at: usize,
}

impl SeekRows {
    /// Begins to look for the rows of a slot.
    pub(in crate::engine) const fn new(slot: u32, tape_rows: usize) -> Self {
        Self { slot, found: Vec::new(), tape_rows, at: 0 }
    }

    /// Whether it is of this slot and so many rows.
    pub(in crate::engine) const fn is_of(&self, slot: u32, tape_rows: usize) -> bool {
        self.slot == slot && self.tape_rows == tape_rows
    }

    /// Looks on until it is `late`; `slots` tells those of some rows. Returns whether all are
    /// found.
    pub(in crate::engine) fn go_on<'s>(
        &mut self,
        slots: impl Fn(Range<usize>) -> SlotsOf<'s>,
        late: &mut dyn FnMut() -> bool,
    ) -> bool {
        while self.at < self.tape_rows {
            let end = self.tape_rows.min(self.at + STRETCH);
            let slots = slots(self.at..end);
            let slots = slots.view();
            let has_key = |row: &usize| slots.get(row - self.at).contains(&self.slot);
            self.found.extend((self.at..end).filter(has_key).map(|row| row as u32));
            self.at = end;
            if end < self.tape_rows && late() {
                return false;
            }
        }
        true
    }

    /// The rows, once all are found.
    pub(in crate::engine) fn finish(self) -> Vec<u32> {
        self.found
    }
}

impl Postings {
    /// The rows of a slot, in order.
    #[must_use]
    pub fn rows(&self, slot: u32) -> &[u32] {
        let slot = slot as usize;
        match (self.starts.get(slot), self.starts.get(slot + 1)) {
            (Some(from), Some(to)) => &self.rows[*from as usize..*to as usize],
            _ => &[],
        }
    }

    /// How many rows the tape had.
    pub(in crate::engine) const fn tape_rows(&self) -> usize {
        self.tape_rows
    }
}
