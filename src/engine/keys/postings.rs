//! Posting lists: the rows of each key of a scope, so that one key's history is read without the
//! others'. Both builders are tasks.

use std::mem::take;
use std::ops::{Deref, Range};
use std::sync::Arc;

use crate::base::{Deadline, Step, Task};
use crate::plan::ScopeId;

use super::row_slots::SlotsOf;

/// The posting list of one key, ascending.
#[derive(Clone, Debug)]
pub enum RowsOf {
    /// One of the posting lists of a scope.
    Of(Arc<Postings>, u32),
    /// A posting list on its own.
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

/// Posting lists of a scope, by slot.
#[derive(Debug)]
pub struct Postings {
    /// Slot `s` has `rows[starts[s]..starts[s + 1]]`.
    starts: Vec<u32>,
    rows: Vec<u32>,
    tape_rows: usize,
}

/// The cached posting lists of a scope.
#[derive(Clone, Debug, Default)]
pub(super) struct RowsCache {
    /// Those of all keys.
    pub(super) postings: Option<Arc<Postings>>,
    /// That of one key (slot, rows of the tape, list), where those of all keys would take too much
    /// memory.
    pub(super) found: Option<(u32, usize, Arc<[u32]>)>,
}

/// Searches for the rows of keys, under way in slices.
#[derive(Debug, Default)]
pub(super) struct RowSearches {
    /// Posting lists of a scope.
    pub(super) build: Option<(ScopeId, BuildPostings)>,
    /// The rows of one key.
    pub(super) scan: Option<(ScopeId, ScanForKey)>,
}

/// Builds all posting lists of a scope in two passes: counts, then places.
#[derive(Debug)]
pub(super) struct BuildPostings {
    starts: Vec<u32>,
    /// In the second pass, where the next row of each slot goes.
    next: Vec<u32>,
    rows: Vec<u32>,
    tape_rows: usize,
    /// The next row of the current pass.
    at: usize,
    counts: bool,
}

/// The rows between two checks of the deadline.
const STRETCH: usize = 4096;

impl BuildPostings {
    /// A build over `keys` slots.
    pub(super) fn new(keys: usize, tape_rows: usize) -> Self {
        let starts = vec![0u32; keys + 1];
        Self { starts, next: Vec::new(), rows: Vec::new(), tape_rows, at: 0, counts: true }
    }

    /// True if it was begun for these numbers of keys and rows.
    pub(super) const fn is_of(&self, keys: usize, tape_rows: usize) -> bool {
        self.starts.len() == keys + 1 && self.tape_rows == tape_rows
    }

    /// Ends the first pass: turns counts into offsets.
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
}

/// The slots of a range of rows.
type SlotsOfRows<'s> = dyn Fn(Range<usize>) -> SlotsOf<'s> + 's;

impl Task for BuildPostings {
    type Context<'s> = &'s SlotsOfRows<'s>;
    type Output = Postings;

    fn step(&mut self, slots: Self::Context<'_>, deadline: &Deadline) -> Step<Postings> {
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
                    let (starts, rows) = (take(&mut self.starts), take(&mut self.rows));
                    return Step::Done(Postings { starts, rows, tape_rows: self.tape_rows });
                }
                self.place();
            }
            if deadline.has_passed() {
                let passed = if self.counts { self.at } else { self.tape_rows + self.at };
                return Step::Pending(passed as f32 / (2 * self.tape_rows).max(1) as f32);
            }
        }
    }
}

/// Scans a tape for the rows of one key.
#[derive(Debug)]
pub(super) struct ScanForKey {
    slot: u32,
    found: Vec<u32>,
    tape_rows: usize,
    /// The next row.
    at: usize,
}

impl ScanForKey {
    /// A scan for a slot.
    pub(super) const fn new(slot: u32, tape_rows: usize) -> Self {
        Self { slot, found: Vec::new(), tape_rows, at: 0 }
    }

    /// True if it was begun for this slot and number of rows.
    pub(super) const fn is_of(&self, slot: u32, tape_rows: usize) -> bool {
        self.slot == slot && self.tape_rows == tape_rows
    }
}

impl Task for ScanForKey {
    type Context<'s> = &'s SlotsOfRows<'s>;
    type Output = Vec<u32>;

    fn step(&mut self, slots: Self::Context<'_>, deadline: &Deadline) -> Step<Vec<u32>> {
        while self.at < self.tape_rows {
            let end = self.tape_rows.min(self.at + STRETCH);
            let slots = slots(self.at..end);
            let slots = slots.view();
            let has_key = |row: &usize| slots.get(row - self.at).contains(&self.slot);
            self.found.extend((self.at..end).filter(has_key).map(|row| row as u32));
            self.at = end;
            if end < self.tape_rows && deadline.has_passed() {
                return Step::Pending(self.at as f32 / self.tape_rows as f32);
            }
        }
        Step::Done(take(&mut self.found))
    }
}

impl Postings {
    /// The rows of a slot, ascending.
    #[must_use]
    pub fn rows(&self, slot: u32) -> &[u32] {
        let slot = slot as usize;
        match (self.starts.get(slot), self.starts.get(slot + 1)) {
            (Some(from), Some(to)) => &self.rows[*from as usize..*to as usize],
            _ => &[],
        }
    }

    /// The number of rows that are indexed.
    pub(super) const fn tape_rows(&self) -> usize {
        self.tape_rows
    }
}
