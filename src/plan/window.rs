//! Windows: the part of a state's past that a value covers, and its interval as of a moment.

use crate::base::{Millis, Timestamp};

/// The part of the past that is read from a state.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Window {
    /// All that the state holds: a lifetime or a decay.
    Whole,
    /// The last `count` buckets.
    Buckets {
        /// The alignment of the window to the buckets.
        kind: WindowKind,
        /// The number of buckets.
        count: u32,
        /// The length of a bucket.
        bucket: Millis,
    },
}

/// The alignment of a window of N buckets to the buckets, which start at the epoch: `b(t) = floor(t
/// / bucket)`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum WindowKind {
    /// The current, unfinished bucket and the N−1 before it.
    #[default]
    Bucketed,
    /// N whole buckets and the unfinished one.
    Sawtooth,
    /// N whole buckets, without the unfinished one.
    Hopping,
    /// The last N · bucket milliseconds, exactly.
    Rolling,
}

impl WindowKind {
    /// The name in the config.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Bucketed => "bucketed",
            Self::Sawtooth => "sawtooth",
            Self::Hopping => "hopping",
            Self::Rolling => "rolling",
        }
    }

    /// The buckets that a ring must hold for a window of `count`, including the current one.
    #[must_use]
    pub const fn held(self, count: u32) -> u32 {
        match self {
            Self::Bucketed => count,
            Self::Sawtooth | Self::Hopping | Self::Rolling => count + 1,
        }
    }
}

impl Window {
    /// The half-open interval of event times `[from, to)` that the window covers as of `as_of`, in
    /// milliseconds; `None` for the whole past. An event at `as_of` is inside, except in a hopping
    /// window, so `to` is at most one millisecond after it.
    #[must_use]
    pub fn interval(self, as_of: Timestamp) -> Option<(Timestamp, Timestamp)> {
        let Self::Buckets { kind, count, bucket } = self else { return None };
        let current = as_of.bucket(bucket);
        let count = i64::from(count);
        let start = |number: i64| Timestamp(number.saturating_mul(bucket.0));
        let now = Timestamp(as_of.0 + 1);
        Some(match kind {
            WindowKind::Bucketed => (start(current - count + 1), now),
            WindowKind::Sawtooth => (start(current - count), now),
            WindowKind::Hopping => (start(current - count), start(current)),
            WindowKind::Rolling => (Timestamp(as_of.0 - count * bucket.0), now),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_kind_has_its_interval() {
        let hour = Millis(3_600_000);
        let at = Timestamp(10 * hour.0 + 90_000);
        let interval =
            |kind| Window::Buckets { kind, count: 2, bucket: hour }.interval(at).unwrap();
        assert_eq!(interval(WindowKind::Bucketed), (Timestamp(9 * hour.0), Timestamp(at.0 + 1)));
        assert_eq!(interval(WindowKind::Sawtooth), (Timestamp(8 * hour.0), Timestamp(at.0 + 1)));
        assert_eq!(interval(WindowKind::Hopping), (Timestamp(8 * hour.0), Timestamp(10 * hour.0)));
        assert_eq!(
            interval(WindowKind::Rolling),
            (Timestamp(at.0 - 2 * hour.0), Timestamp(at.0 + 1))
        );
        assert_eq!(Window::Whole.interval(at), None);
    }
}
