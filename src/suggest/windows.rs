//! Windows, buckets and half-lives that fit the span of a log: at most a quarter of it, so that
//! they move within it.

use crate::base::Millis;

const SECOND: i64 = 1_000;
const MINUTE: i64 = 60 * SECOND;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;
/// What people choose.
const LENGTHS: [i64; 18] = [
    10 * SECOND,
    30 * SECOND,
    MINUTE,
    5 * MINUTE,
    15 * MINUTE,
    30 * MINUTE,
    HOUR,
    3 * HOUR,
    6 * HOUR,
    12 * HOUR,
    DAY,
    3 * DAY,
    7 * DAY,
    14 * DAY,
    30 * DAY,
    90 * DAY,
    180 * DAY,
    365 * DAY,
];

/// What fits a log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Windows {
    pub(super) bucket: Millis,
    /// The windows, the shorter first.
    pub(super) lengths: Vec<Millis>,
    /// The half-life; `None` for a log of less than a day.
    pub(super) half_life: Option<Millis>,
}

impl Windows {
    /// What fits a span; `None` if it is too short for any window.
    pub(super) fn of(span: Millis) -> Option<Self> {
        let longest = LENGTHS.into_iter().rev().find(|length| *length <= span.0 / 4)?;
        let bucket = match longest {
            _ if span.0 >= 7 * DAY => DAY,
            longest if longest >= HOUR => HOUR,
            longest if longest >= 5 * MINUTE => MINUTE,
            _ => 10 * SECOND,
        };
        let shorter = LENGTHS
            .into_iter()
            .rev()
            .find(|length| *length * 3 <= longest && *length >= bucket && *length % bucket == 0);
        let lengths = shorter.into_iter().chain([longest]).map(Millis).collect();
        let half_life = (span.0 >= DAY).then_some(Millis(longest));
        Some(Self { bucket: Millis(bucket), lengths, half_life })
    }

    /// The longest window.
    pub(super) fn longest(&self) -> Millis {
        self.lengths.last().copied().unwrap_or(self.bucket)
    }

    /// The windows in buckets.
    pub(super) fn periods(&self) -> Vec<i64> {
        self.lengths.iter().map(|length| length.0 / self.bucket.0).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn windows_fit_the_span() {
        for (span, bucket, lengths) in [
            (40 * SECOND, 10 * SECOND, vec![10 * SECOND]),
            (2 * HOUR + 38 * MINUTE, MINUTE, vec![5 * MINUTE, 30 * MINUTE]),
            (2 * DAY, HOUR, vec![3 * HOUR, 12 * HOUR]),
            (7 * DAY, DAY, vec![DAY]),
            (17 * DAY, DAY, vec![DAY, 3 * DAY]),
            (5_000 * DAY, DAY, vec![90 * DAY, 365 * DAY]),
        ] {
            let found = Windows::of(Millis(span)).unwrap();
            let lengths: Vec<_> = lengths.into_iter().map(Millis).collect();
            assert_eq!((found.bucket, &found.lengths), (Millis(bucket), &lengths));
            assert!(found.longest().0 * 4 <= span);
        }
        assert_eq!(Windows::of(Millis(39 * SECOND)), None);
    }
}
