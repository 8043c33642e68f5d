//! Windows: the part of a state's past that a value covers, and its interval as of a moment.

use crate::aggregate::Extent;
use crate::base::{Buckets, Millis, Timestamp};

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
        /// The division of time into buckets.
        buckets: Buckets,
        /// How far the window is moved back: by so many buckets, a rolling one by so many
        /// milliseconds.
        offset: i64,
    },
}

/// The alignment of a window of N buckets to the buckets.
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
    /// Its length in milliseconds, an unfinished bucket counted whole; `None` for the whole past.
    #[must_use]
    pub const fn length(&self) -> Option<Millis> {
        match self {
            Self::Whole => None,
            Self::Buckets { count, buckets, .. } => {
                Some(Millis(buckets.length().0.saturating_mul(*count as i64)))
            }
        }
    }

    /// The half-open interval of event times `[from, to)` that the window covers as of `as_of`, in
    /// milliseconds; `None` for the whole past. An event at `as_of` is inside, except in a hopping
    /// window or one that is moved back, so `to` is at most one millisecond after it.
    #[must_use]
    pub fn interval(&self, as_of: Timestamp) -> Option<(Timestamp, Timestamp)> {
        let &Self::Buckets { kind, count, buckets, offset } = self else { return None };
        let count = i64::from(count);
        if kind == WindowKind::Rolling {
            let last = as_of.0 - offset;
            return Some((Timestamp(last - count * buckets.length().0), Timestamp(last + 1)));
        }
        let last = buckets.number(as_of.0) - offset;
        let start = |number: i64| Timestamp(buckets.start(number));
        // Of buckets that are over, the last one is inside as a whole.
        let end = || if offset > 0 { start(last + 1) } else { Timestamp(as_of.0 + 1) };
        Some(match kind {
            WindowKind::Bucketed => (start(last - count + 1), end()),
            WindowKind::Sawtooth => (start(last - count), end()),
            WindowKind::Hopping | WindowKind::Rolling => (start(last - count), start(last)),
        })
    }

    /// What the window covers as of a moment, in what its state is made of: the same events as
    /// [`interval`](Self::interval).
    #[inline]
    #[must_use]
    pub fn extent(&self, as_of: Timestamp) -> Extent {
        let &Self::Buckets { kind, count, buckets, offset } = self else { return Extent::Whole };
        let count = i64::from(count);
        if kind == WindowKind::Rolling {
            let last = as_of.0 - offset;
            return Extent::Times { from: last - count * buckets.length().0, to: last + 1 };
        }
        let current = buckets.number(as_of.0) - offset;
        match kind {
            WindowKind::Bucketed => Extent::Buckets { first: current - count + 1, last: current },
            WindowKind::Sawtooth => Extent::Buckets { first: current - count, last: current },
            WindowKind::Hopping | WindowKind::Rolling => {
                Extent::Buckets { first: current - count, last: current - 1 }
            }
        }
    }

    /// The moments at which an event at a time enters the window, if that is later than its time,
    /// and leaves it.
    #[must_use]
    pub fn changes(self, time: i64) -> [Option<i64>; 2] {
        let Self::Buckets { kind, count, buckets, offset } = self else { return [None, None] };
        let edge = |after: i64| buckets.start(buckets.number(time) + offset + after);
        let count = i64::from(count);
        let enters = |at: i64| (offset > 0).then_some(at);
        match kind {
            WindowKind::Bucketed => [enters(edge(0)), Some(edge(count))],
            WindowKind::Sawtooth => [enters(edge(0)), Some(edge(count + 1))],
            WindowKind::Hopping => [Some(edge(1)), Some(edge(count + 1))],
            WindowKind::Rolling => {
                let enters_at = time + offset;
                [enters(enters_at), Some(enters_at + count * buckets.length().0 + 1)]
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::base::Millis;

    const HOUR: Millis = Millis(3_600_000);

    fn window(kind: WindowKind, count: u32, offset: i64) -> Window {
        Window::Buckets { kind, count, buckets: Buckets::of(HOUR), offset }
    }

    #[test]
    fn each_kind_has_its_interval() {
        use WindowKind::{Bucketed, Hopping, Rolling, Sawtooth};
        let at = Timestamp(10 * HOUR.0 + 90_000);
        let interval = |kind, offset| window(kind, 2, offset).interval(at).unwrap();
        let hours = |from: i64, to: i64| (Timestamp(from * HOUR.0), Timestamp(to * HOUR.0));
        assert_eq!(interval(Bucketed, 0), (Timestamp(9 * HOUR.0), Timestamp(at.0 + 1)));
        assert_eq!(interval(Sawtooth, 0), (Timestamp(8 * HOUR.0), Timestamp(at.0 + 1)));
        assert_eq!(interval(Hopping, 0), hours(8, 10));
        assert_eq!(interval(Rolling, 0), (Timestamp(at.0 - 2 * HOUR.0), Timestamp(at.0 + 1)));
        assert_eq!(interval(Bucketed, 1), hours(8, 10));
        assert_eq!(interval(Sawtooth, 1), hours(7, 10));
        assert_eq!(interval(Hopping, 1), hours(7, 9));
        let later = (Timestamp(at.0 - 2 * HOUR.0 - 5), Timestamp(at.0 - 4));
        assert_eq!(interval(Rolling, 5), later);
        assert_eq!(Window::Whole.interval(at), None);
    }

    proptest! {
        /// An event is inside from when it enters until it leaves, and at no other moment.
        #[test]
        fn an_event_is_inside_between_its_changes(
            kind in 0usize..4,
            (count, offset) in (1u32..4, 0i64..3),
            name in prop::sample::select(vec!["UTC", "Europe/Berlin", "Australia/Lord_Howe"]),
            days in 1i64..9,
            time in 1_711_000_000_000i64..1_712_500_000_000,
            moments in prop::collection::vec(0i64..2_000_000_000, 1..20),
        ) {
            use WindowKind::{Bucketed, Hopping, Rolling, Sawtooth};
            let kind = [Bucketed, Sawtooth, Hopping, Rolling][kind];
            let zone = crate::base::Zone::named(name).unwrap();
            let buckets = Buckets::of(Millis(days * Millis::DAY.0)).in_zone(zone);
            let window = Window::Buckets { kind, count, buckets, offset };
            let [enters, leaves] = window.changes(time);
            let (enters, leaves) = (enters.unwrap_or(time), leaves.unwrap());
            let near = [enters - 1, enters, leaves - 1, leaves];
            for moment in moments.iter().map(|later| time + later).chain(near) {
                let (from, to) = window.interval(Timestamp(moment)).unwrap();
                let is_inside = from.0 <= time && time < to.0;
                prop_assert_eq!(is_inside, (enters..leaves).contains(&moment), "{}", moment);
                if time > moment {
                    continue;
                }
                let is_covered = match window.extent(Timestamp(moment)) {
                    Extent::Whole => true,
                    Extent::Buckets { first, last } => {
                        (first..=last).contains(&buckets.number(time))
                    }
                    Extent::Times { from, to } => (from..to).contains(&time),
                };
                prop_assert_eq!(is_covered, is_inside, "{}", moment);
            }
        }
    }
}
