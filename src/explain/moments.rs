//! The moments at which the samples of a side enter its window, or leave it.

use std::ops::Range;

use crate::base::Timestamp;
use crate::engine::CountedRows;
use crate::plan::{Window, WindowKind};

/// The first moments that are looked at for changes.
pub(super) const MOMENTS: usize = 4096;
/// The last moments among which the last change is looked for.
pub(super) const TAIL: usize = 64;

/// The moments after that of reading at which samples enter a window or leave it: the first ones and
/// the last ones.
pub(super) struct Moments {
    window: Window,
    as_of: Timestamp,
    /// The times whose samples enter and leave together with the one before: its bucket's.
    same: Range<i64>,
    found: Vec<i64>,
    /// How many of them are kept without putting them in order.
    most: usize,
}

impl Moments {
    pub(super) const fn new(window: Window, as_of: Timestamp) -> Self {
        let most = 2 * (MOMENTS + TAIL);
        Self { window, as_of, same: 0..0, found: Vec::new(), most }
    }

    /// Adds those of rows that a count takes.
    pub(super) fn add_all(&mut self, rows: CountedRows<'_>) {
        let (first, last) = rows.span();
        if !(self.same.contains(&first) && self.same.contains(&last)) {
            rows.times().for_each(|time| self.add(time));
        }
    }

    /// Adds those of a sample of some time.
    #[inline]
    pub(super) fn add(&mut self, time: i64) {
        if !self.same.contains(&time) {
            self.add_other(time);
        }
    }

    /// Adds those of a sample that does not enter and leave together with the one before.
    fn add_other(&mut self, time: i64) {
        self.same = match self.window {
            Window::Whole => i64::MIN..i64::MAX,
            Window::Buckets { kind: WindowKind::Rolling, .. } => 0..0,
            Window::Buckets { buckets, .. } => {
                let number = buckets.number(time);
                buckets.start(number)..buckets.start(number + 1)
            }
        };
        let changes = self.window.changes(time).into_iter().flatten();
        self.found.extend(changes.filter(|moment| *moment > self.as_of.0));
        if self.found.len() > self.most {
            self.found.sort_unstable();
            self.found.dedup();
            if self.found.len() > MOMENTS + TAIL {
                drop(self.found.drain(MOMENTS..self.found.len() - TAIL));
            }
        }
    }

    /// Those that were found.
    pub(super) fn found(&self) -> &[i64] {
        &self.found
    }

    /// The bytes that are held.
    pub(super) fn bytes(&self) -> usize {
        self.found.capacity() * size_of::<i64>()
    }
}
