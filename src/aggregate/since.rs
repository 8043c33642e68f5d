//! The time since the last event, in seconds: from the newest event time to the moment of reading.
//!
//! A cell holds the newest time, in any shape, and an adapter subtracts it where it is read.

use crate::base::Millis;
use crate::base::bytes::{Bytes, put_i64};

use super::adapted::{self, Adapter};
use super::packed::Moment;
use super::{Aggregate, Shape, StateTable};

/// An empty table in any shape but decay, with a time to live.
pub(super) fn table(shape: Shape, ttl: Millis) -> Option<Box<dyn StateTable>> {
    adapted::table::<Since, Newest>(shape, ttl)
}

/// The newest event time; the smallest there is, which no event has, marks "no sample".
#[derive(Clone, Copy, Debug, PartialEq)]
struct Newest(Moment);

impl Newest {
    const NONE: i64 = i64::MIN >> 16;
}

impl Default for Newest {
    fn default() -> Self {
        Self(Moment::new(Self::NONE))
    }
}

impl Aggregate for Newest {
    type Kept = ();

    fn add(&mut self, time: i64, _value: f64) {
        self.0 = Moment::new(self.0.get().max(time));
    }

    fn merge(&mut self, other: &Self) {
        self.add(other.0.get(), 0.0);
    }

    /// The time itself: 48 bits, which a float holds.
    fn read(&self) -> Option<f64> {
        Some(self.0.get()).filter(|time| *time > Self::NONE).map(|time| time as f64)
    }

    fn keep(_value: f64) {}

    fn value((): ()) -> f64 {
        0.0
    }

    fn encode(&self, out: &mut Vec<u8>) {
        put_i64(out, self.0.get());
    }

    fn decode(bytes: &mut Bytes<'_>) -> Option<Self> {
        Moment::exact(bytes.i64()?).map(Self)
    }
}

/// Reads the newest time as the seconds since then.
#[derive(Clone, Copy, Debug, Default)]
struct Since;

impl Adapter for Since {
    const PASSES: bool = true;

    fn value(time: f64, moment: i64) -> f64 {
        (moment as f64 - time) / 1000.0
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Sample, Span};
    use super::*;

    #[test]
    fn the_value_grows_until_the_key_expires() {
        let mut table = table(Shape::Lifetime, Millis(60_000)).unwrap();
        table.add(&[(3, Sample::one(5_000, 5_000)), (3, Sample::one(1_000, 7_000))], 1);
        let read = |as_of| table.read(3, Span::whole(as_of));
        assert_eq!(read(7_000), Some(2.0));
        assert_eq!(read(7_500), Some(2.5));
        assert_eq!(read(66_999), Some(61.999));
        assert_eq!(read(67_000), None);
        assert_eq!(table.read(4, Span::whole(7_000)), None);
    }

    #[test]
    fn no_event_has_the_mark_of_none() {
        assert_eq!(Newest::default().read(), None);
        assert_eq!(Newest::default().0.get(), Newest::NONE);
        let mut merged = Newest::default();
        merged.merge(&Newest::default());
        assert_eq!(merged, Newest::default());
    }
}
