//! Duplicates: events whose id was there before, within the span of `events.dedup`, with the event
//! that was there first.

use crate::base::{Millis, Timestamp};
use crate::tape::AcceptedIds;

/// The most pairs that are kept.
const PAIRS: usize = 5;
/// The bytes that an id takes.
pub(super) const ID_BYTES: usize = 96;

/// A duplicate beside its original.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pair {
    /// The line of the duplicate, from 0, counted through all logs.
    pub line: u64,
    /// The line of the event that has the id first.
    pub original: u64,
    /// The time of the duplicate.
    pub time: Timestamp,
    /// The time of the original.
    pub original_time: Timestamp,
}

#[derive(Debug)]
pub(super) struct Duplicates {
    /// The events that are no duplicates, with their lines.
    first: AcceptedIds<u64>,
    most: usize,
    newest: i64,
    /// The newest period of which an id is forgotten.
    forgotten: i64,
    /// The line and the first event of it that shared the last id, and whether it is a duplicate.
    judged: Option<(u64, u32, bool)>,
    pub(super) count: u64,
    pub(super) pairs: Vec<Pair>,
    /// True if an event may have the id of one that is forgotten.
    pub(super) is_partial: bool,
}

impl Duplicates {
    /// At most so many ids are remembered.
    pub(super) fn new(span: Millis, most: usize) -> Self {
        Self {
            first: AcceptedIds::new(span),
            most: most.max(2),
            newest: i64::MIN,
            forgotten: i64::MIN,
            judged: None,
            count: 0,
            pairs: Vec::new(),
            is_partial: false,
        }
    }

    /// Takes an event with an id. Events of a line that share it are judged once.
    pub(super) fn take(&mut self, (id, shares): (u128, u32), time: Timestamp, line: u64) {
        if let Some((judged, of, is_duplicate)) = self.judged
            && (judged, of) == (line, shares)
        {
            self.count += u64::from(is_duplicate);
            return;
        }
        let original = self.first.judge(id, time.0, line);
        self.judged = Some((line, shares, original.is_some()));
        if let Some((original_time, original)) = original {
            self.count += 1;
            if self.pairs.len() < PAIRS {
                let original_time = Timestamp(original_time);
                self.pairs.push(Pair { line, original, time, original_time });
            }
            return;
        }
        let period = self.first.period(time.0);
        self.is_partial |= period - 1 <= self.forgotten;
        self.newest = self.newest.max(period);
        if self.first.len() > self.most {
            self.forget();
        }
    }

    /// Forgets the ids that are older than the span, or all if that is too few.
    fn forget(&mut self) {
        let latest = self.first.forget_before(self.newest - 1);
        self.forgotten = self.forgotten.max(latest.unwrap_or(i64::MIN));
        if self.first.len() > self.most / 2 {
            self.first.clear();
            self.forgotten = self.newest;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(duplicates: &Duplicates) -> Vec<(u64, u64)> {
        duplicates.pairs.iter().map(|pair| (pair.line, pair.original)).collect()
    }

    #[test]
    fn a_duplicate_stands_beside_its_original() {
        let mut duplicates = Duplicates::new(Millis(100), 100);
        for (line, id, time) in [(0, 1, 0), (1, 2, 50), (2, 1, 99), (3, 1, 100), (4, 2, -40)] {
            duplicates.take((id, 0), Timestamp(time), line);
        }
        // Of one line two events share an id.
        duplicates.take((2, 7), Timestamp(60), 5);
        duplicates.take((2, 7), Timestamp(60), 5);
        assert_eq!(lines(&duplicates), [(2, 0), (4, 1), (5, 1)]);
        assert_eq!((duplicates.count, duplicates.is_partial), (4, false));
    }

    #[test]
    fn ids_that_are_too_many_are_forgotten_and_that_is_told() {
        let mut duplicates = Duplicates::new(Millis(10), 8);
        for time in 0..100 {
            duplicates.take((time as u128, 0), Timestamp(time * 10), time as u64);
        }
        assert!(!duplicates.is_partial, "they were too old");
        for id in 0..10 {
            duplicates.take((1000 + id, 0), Timestamp(1000), id as u64);
        }
        assert!(duplicates.is_partial);
    }

    #[test]
    fn an_event_whose_original_may_be_forgotten_is_told() {
        // One event is late, or one is far ahead of all others.
        for (ahead, late) in [(90, 0), (1_000_000, 80)] {
            let mut duplicates = Duplicates::new(Millis(10), 8);
            for time in 0..9 {
                duplicates.take((time as u128, 0), Timestamp(time * 10), time as u64);
            }
            duplicates.take((100, 0), Timestamp(ahead), 9);
            for time in 10..16 {
                duplicates.take((time as u128, 0), Timestamp(ahead), time as u64);
            }
            assert!(!duplicates.is_partial);
            duplicates.take((late as u128 / 10, 0), Timestamp(late), 16);
            assert!(duplicates.is_partial && duplicates.count == 0);
        }
    }
}
