//! How time is divided into buckets, by the date that clocks show: each time is looked up by itself.

use chrono::{DateTime, Datelike as _};
use chrono_tz::Tz;

pub(super) const DAY: i64 = 24 * 3_600_000;
/// The epoch's number among the days since the year 0.
const EPOCH: i64 = 719_163;

/// Buckets of a length, in a zone if they are days, from a weekday on (0 is Monday) if they are
/// weeks.
#[derive(Clone, Copy, Debug)]
pub(super) struct Division {
    pub(super) length: i64,
    pub(super) zone: Option<&'static str>,
    pub(super) align: Option<usize>,
}

impl Division {
    /// The number of the bucket in which a time lies.
    pub(super) fn number(self, time: i64) -> i64 {
        if self.length % DAY != 0 {
            return time.div_euclid(self.length);
        }
        let zone: Tz = self.zone.unwrap_or("UTC").parse().unwrap();
        let local = DateTime::from_timestamp_millis(time).unwrap().with_timezone(&zone);
        let day = i64::from(local.num_days_from_ce()) - EPOCH;
        // The epoch was a Thursday.
        let is_first = |day: &i64| Some((day + 3).rem_euclid(7) as usize) == self.align;
        let weeks = self.length % (7 * DAY) == 0;
        let first = (-6..=0).find(is_first).filter(|_| weeks).unwrap_or(0);
        (day - first).div_euclid(self.length / DAY)
    }
}
