//! Clocks that are not those of the others: events whose time is ahead of that of most events right
//! after them in the log, or behind that of most right before them.
//!
//! That says nothing of how far apart events are, so a log in order has none, and neither has one that
//! has pauses.

use std::collections::VecDeque;

use crate::aggregate::{Percentile, Quantiles};
use crate::base::{Millis, Timestamp};

use super::marks::Marks;

/// The neighbours before an event, and as many after it.
const BESIDE: usize = 16;
/// Of them, how many must disagree: most, so that one that is wrong itself says nothing.
const MOST: usize = BESIDE / 2 + 1;
/// How far times may be apart: networks and queues delay events by less.
const TOLERANCE: i64 = 60_000;

/// Events of one kind of wrong clocks.
#[derive(Clone, Debug, Default)]
pub struct Skewed {
    /// The events.
    pub marks: Marks,
    /// By how much half of them are off, at least.
    pub by: Millis,
}

#[derive(Debug, Default)]
struct Found {
    marks: Marks,
    by: Quantiles,
}

#[derive(Debug, Default)]
pub(super) struct Clocks {
    /// The last events, and the numbers of them.
    window: VecDeque<(i64, u64)>,
    log: Option<usize>,
    /// For how many events it is still worth a look: none if the last ones came in order.
    worth: usize,
    newest: i64,
    ahead: Found,
    behind: Found,
}

impl Clocks {
    /// Takes the next event of a log.
    #[inline]
    pub(super) fn take(&mut self, log: usize, time: Timestamp, event: u64) {
        if self.log != Some(log) {
            self.log = Some(log);
            self.window.clear();
            (self.worth, self.newest) = (0, i64::MIN);
        }
        if self.window.len() > 2 * BESIDE {
            self.window.pop_front();
        }
        self.window.push_back((time.0, event));
        if time.0 >= self.newest.saturating_sub(TOLERANCE) {
            self.newest = self.newest.max(time.0);
            self.worth = self.worth.saturating_sub(1);
        } else {
            self.worth = 2 * BESIDE + 1;
        }
        if self.worth > 0 && self.window.len() == 2 * BESIDE + 1 {
            self.judge();
        }
    }

    /// Judges the event in the middle of the window.
    #[cold]
    fn judge(&mut self) {
        let times = self.window.make_contiguous();
        let (time, event) = times[BESIDE];
        let (before, after) = (&times[..BESIDE], &times[BESIDE + 1..]);
        let off = |other: i64| other.abs_diff(time).cast_signed();
        let is_later = |other: &&(i64, u64)| other.0 > time && off(other.0) > TOLERANCE;
        let is_earlier = |other: &&(i64, u64)| other.0 < time && off(other.0) > TOLERANCE;
        let (found, mut others) = if after.iter().filter(is_earlier).count() >= MOST {
            let others = after.iter().filter(is_earlier).map(|other| off(other.0));
            (&mut self.ahead, others.collect::<Vec<i64>>())
        } else if before.iter().filter(is_later).count() >= MOST {
            let others = before.iter().filter(is_later).map(|other| off(other.0));
            (&mut self.behind, others.collect())
        } else {
            return;
        };
        others.sort_unstable();
        found.marks.add(event);
        found.by.add(others[others.len() / 2] as f64);
    }

    /// The events that are ahead, and those that are behind.
    pub(super) fn end(self) -> [Skewed; 2] {
        [self.ahead, self.behind].map(|found| Skewed {
            by: Millis(found.by.at(Percentile::MEDIAN).unwrap_or_default().round() as i64),
            marks: found.marks,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The numbers of events ahead and behind, and by how much: an event a minute, of which each
    /// fifth is off by so much, and arrives all the same.
    fn found(off: i64) -> [(u64, i64); 2] {
        let mut clocks = Clocks::default();
        for event in 0..1000 {
            let time = event * 60_000 + if event % 5 == 4 { off } else { 0 };
            clocks.take(0, Timestamp(time), event as u64);
        }
        clocks.end().map(|skewed| (skewed.marks.count(), skewed.by.0))
    }

    #[test]
    fn clocks_that_are_off_are_found_and_no_others() {
        assert_eq!(found(0), [(0, 0), (0, 0)]);
        // Two hours; only those with neighbours on both sides.
        let [ahead, behind] = found(7_200_000);
        assert!((180..=200).contains(&ahead.0), "{ahead:?}");
        assert!((6_500_000..7_300_000).contains(&ahead.1), "{ahead:?}");
        assert_eq!(behind.0, 0);
        let [ahead, behind] = found(-7_200_000);
        assert!((180..=200).contains(&behind.0), "{behind:?}");
        assert_eq!(ahead.0, 0);
    }

    #[test]
    fn pauses_and_other_logs_are_no_skew() {
        let mut clocks = Clocks::default();
        for event in 0..200_u64 {
            let pause = if event >= 100 { 86_400_000 } else { 0 };
            clocks.take(0, Timestamp(event as i64 * 1000 + pause), event);
        }
        for event in 200..400_u64 {
            clocks.take(1, Timestamp(event as i64), event);
        }
        assert!(clocks.end().iter().all(|skewed| skewed.marks.count() == 0));
    }
}
