//! The events of each hour.

use std::collections::HashMap;

use foldhash::fast::FixedState;

use crate::base::Timestamp;

/// The milliseconds of an hour.
pub const HOUR: i64 = 3_600_000;
/// The most hours that are counted: a century and more.
const MOST: usize = 1 << 20;

/// The hours so far, by their number since 1970.
#[derive(Debug, Default)]
pub struct Hours {
    counts: HashMap<i64, u64, FixedState>,
    /// The hour of the last events, and how many.
    last: (i64, u64),
}

impl Hours {
    /// Takes the time of an event.
    #[inline]
    pub fn take(&mut self, time: Timestamp) {
        let hour = time.0.div_euclid(HOUR);
        if self.last.0 != hour {
            self.keep(hour);
        }
        self.last.1 += 1;
    }

    /// Keeps the count of the last hour, and begins that of another.
    fn keep(&mut self, next: i64) {
        let (hour, count) = std::mem::replace(&mut self.last, (next, 0));
        if count > 0 && (self.counts.len() < MOST || self.counts.contains_key(&hour)) {
            *self.counts.entry(hour).or_default() += count;
        }
    }

    /// The hours that have events, ascending, with their numbers.
    #[must_use]
    pub fn end(mut self) -> Vec<(i64, u64)> {
        self.keep(0);
        let mut hours: Vec<(i64, u64)> = self.counts.into_iter().collect();
        hours.sort_unstable();
        hours
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hours_are_counted_in_whatever_order() {
        let mut hours = Hours::default();
        for time in [-1, 0, HOUR - 1, HOUR, 5, 3 * HOUR, HOUR] {
            hours.take(Timestamp(time));
        }
        assert_eq!(hours.end(), [(-1, 1), (0, 3), (1, 2), (3, 1)]);
    }
}
