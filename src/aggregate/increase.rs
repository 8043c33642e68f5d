//! The increase of a counter that only grows: the sum of the differences between its values, where
//! a value that is smaller than the one before means that the counter began anew at 0.
//!
//! A key remembers its newest value, whatever its shape; what a sample adds to it is summed in the
//! shape, at the sample's own time. So the difference counts where the later of two events lies, and
//! a window does not lose what grew between the last event before it and its first one. A sample
//! that is older than the newest adds nothing: what the counter had grown by until then is in the
//! difference that was counted already.

use crate::base::Millis;
use crate::base::bytes::{Bytes, put_f64, put_i64};

use super::adapted::{self, Adapter};
use super::decay::FadingSum;
use super::packed::{Float, Moment};
use super::sum::Sum;
use super::{Sample, Shape, StateTable};

/// An empty table in any shape but decay, with a time to live.
pub(super) fn table(shape: Shape, ttl: Millis) -> Option<Box<dyn StateTable>> {
    adapted::table::<Increase, Sum>(shape, ttl)
}

/// An empty decaying table.
pub(super) fn fading(half_life: Millis, ttl: Millis) -> Box<dyn StateTable> {
    adapted::fading::<Increase, FadingSum>(half_life, ttl)
}

/// What a counter grew by from one value to the next.
fn growth(from: f64, to: f64) -> f64 {
    if to < from { to } else { to - from }
}

/// Turns values into what the counter grew by: 0 for the first one, and for one that is late.
#[derive(Clone, Copy, Debug)]
struct Increase {
    /// The time and the value of the newest sample; NaN, which no sample is, marks "no sample".
    time: Moment,
    newest: Float,
}

impl Default for Increase {
    fn default() -> Self {
        Self { time: Moment::new(0), newest: Float::new(f64::NAN) }
    }
}

impl Adapter for Increase {
    const PASSES: bool = false;

    fn sample(&mut self, sample: Sample) -> Sample {
        let newest = self.newest.get();
        let is_late = !newest.is_nan() && sample.time < self.time.get();
        let grown = if newest.is_nan() || is_late { 0.0 } else { growth(newest, sample.number()) };
        if !is_late {
            self.time = Moment::new(sample.time);
            self.newest = Float::new(sample.number());
        }
        Sample::of_number(sample.time, sample.clock, grown)
    }

    fn encode(&self, out: &mut Vec<u8>) {
        put_i64(out, self.time.get());
        put_f64(out, self.newest.get());
    }

    fn decode(bytes: &mut Bytes<'_>) -> Option<Self> {
        let (time, newest) = (Moment::exact(bytes.i64()?)?, Float::new(bytes.f64()?));
        Some(Self { time, newest })
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Extent, Span};
    use super::*;

    fn read(shape: Shape, samples: &[(i64, i64, f64)], span: Span) -> Option<f64> {
        let mut table = table(shape, Millis(1_000)).unwrap();
        let samples = samples.iter();
        let samples = samples.map(|(time, clock, value)| Sample::of_number(*time, *clock, *value));
        table.add(&samples.map(|sample| (0, sample)).collect::<Vec<_>>(), 1);
        table.read(0, span)
    }

    #[test]
    fn a_reset_counts_by_the_new_value() {
        let of = |values: &[f64]| {
            let samples: Vec<_> = (0..).zip(values).map(|(time, v)| (time, time, *v)).collect();
            read(Shape::Lifetime, &samples, Span::whole(10)).unwrap()
        };
        assert_eq!(of(&[100.0]).to_bits(), 0_f64.to_bits());
        assert_eq!(of(&[100.0, 130.0, 130.0]).to_bits(), 30_f64.to_bits());
        assert_eq!(of(&[100.0, 130.0, 5.0, 12.0]).to_bits(), 42_f64.to_bits());
    }

    #[test]
    fn a_window_counts_from_the_event_before_it() {
        let ring = Shape::Ring { buckets: crate::base::Buckets::of(Millis(10)), held: 2 };
        let samples = [(5, 5, 10.0), (12, 12, 25.0), (41, 41, 27.0)];
        let over = |extent| Span { extent, ..Span::whole(45) };
        let buckets = |first, last| over(Extent::Buckets { first, last });
        assert_eq!(read(ring, &samples, buckets(4, 4)), Some(2.0));
        assert_eq!(read(ring, &samples, buckets(3, 3)), Some(0.0));
        let times = over(Extent::Times { from: 35, to: 46 });
        assert_eq!(read(Shape::Rolling { span: Millis(10) }, &samples, times), Some(2.0));
    }

    #[test]
    fn what_comes_too_late_adds_nothing() {
        let samples = [(5, 5, 10.0), (20, 20, 30.0), (12, 20, 4.0), (20, 20, 31.0)];
        assert_eq!(read(Shape::Lifetime, &samples, Span::whole(20)), Some(21.0));
    }

    #[test]
    fn a_key_that_expired_starts_afresh() {
        let samples = [(5, 5, 10.0), (1_005, 1_005, 30.0)];
        assert_eq!(read(Shape::Lifetime, &samples, Span::whole(1_005)), Some(0.0));
    }
}
