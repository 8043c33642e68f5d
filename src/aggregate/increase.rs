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

use super::decay::{Decay, FadingSum};
use super::lifetime::Lifetime;
use super::packed::{Float, Moment};
use super::pool::Pool;
use super::ring::{Ring, RingForm};
use super::rolling::Rolling;
use super::sum::Sum;
use super::table::Table;
use super::{Cell, Sample, Shape, Span, StateTable};

/// An empty table in any shape but decay, with a time to live.
pub(super) fn table(shape: Shape, ttl: Millis) -> Option<Box<dyn StateTable>> {
    Some(match shape {
        Shape::Lifetime => Box::new(Table::<Increase<Lifetime<Sum>>>::new((), ttl)),
        Shape::Ring { buckets, held } => {
            let form = RingForm::new(buckets, held.into());
            Box::new(Table::<Increase<Ring<Sum>>>::new(form, ttl))
        }
        Shape::Rolling { span } => Box::new(Table::<Increase<Rolling<Sum>>>::new(span.0, ttl)),
        Shape::Decay { .. } => return None,
    })
}

/// An empty decaying table.
pub(super) fn fading(half_life: Millis, ttl: Millis) -> Box<dyn StateTable> {
    Box::new(Table::<Increase<Decay<FadingSum>>>::new(half_life.0, ttl))
}

/// What a counter grew by from one value to the next.
fn growth(from: f64, to: f64) -> f64 {
    if to < from { to } else { to - from }
}

/// A cell of sums that is fed with differences; 0 over nothing, and after a single event.
#[derive(Clone, Copy, Debug)]
struct Increase<C> {
    /// The time and the value of the newest sample; NaN, which no sample is, marks "no sample".
    time: Moment,
    newest: Float,
    sums: C,
}

impl<C: Default> Default for Increase<C> {
    fn default() -> Self {
        Self { time: Moment::new(0), newest: Float::new(f64::NAN), sums: C::default() }
    }
}

impl<C: Cell> Cell for Increase<C> {
    type Form = C::Form;
    type Part = C::Part;
    type Memo = C::Memo;

    fn parts(form: C::Form) -> Option<u64> {
        C::parts(form)
    }

    fn shorter(form: C::Form, shape: Shape) -> Option<C::Form> {
        C::shorter(form, shape)
    }

    fn fetch(
        &self,
        pool: &Pool<C::Part>,
        form: C::Form,
        memo: &mut C::Memo,
        sample: Sample,
    ) -> i64 {
        self.sums.fetch(pool, form, memo, sample)
    }

    fn fetch_all(&self, pool: &Pool<C::Part>) -> i64 {
        self.sums.fetch_all(pool)
    }

    /// A sample that adds nothing is added all the same: what a shape holds follows the clock.
    fn add(
        &mut self,
        pool: &mut Pool<C::Part>,
        form: C::Form,
        memo: &mut C::Memo,
        written: Option<i64>,
        sample: Sample,
    ) {
        let newest = self.newest.get();
        let is_late = !newest.is_nan() && sample.time < self.time.get();
        let grown = if newest.is_nan() || is_late { 0.0 } else { growth(newest, sample.number()) };
        if !is_late {
            self.time = Moment::new(sample.time);
            self.newest = Float::new(sample.number());
        }
        let grown = Sample::of_number(sample.time, sample.clock, grown);
        self.sums.add(pool, form, memo, written, grown);
    }

    fn read(&self, pool: &Pool<C::Part>, form: C::Form, written: i64, span: Span) -> Option<f64> {
        self.sums.read(pool, form, written, span)
    }

    fn buckets(
        &self,
        pool: &Pool<C::Part>,
        form: C::Form,
        written: i64,
        visit: &mut dyn FnMut(i64, f64),
    ) {
        self.sums.buckets(pool, form, written, visit);
    }

    fn release(&mut self, pool: &mut Pool<C::Part>) {
        self.sums.release(pool);
        *self = Self::default();
    }

    fn encode(&self, pool: &Pool<C::Part>, form: C::Form, written: i64, out: &mut Vec<u8>) {
        put_i64(out, self.time.get());
        put_f64(out, self.newest.get());
        self.sums.encode(pool, form, written, out);
    }

    fn decode(
        pool: &mut Pool<C::Part>,
        form: C::Form,
        written: i64,
        bytes: &mut Bytes<'_>,
    ) -> Option<Self> {
        let (time, newest) = (Moment::exact(bytes.i64()?)?, Float::new(bytes.f64()?));
        let sums = C::decode(pool, form, written, bytes)?;
        Some(Self { time, newest, sums })
    }
}

#[cfg(test)]
mod tests {
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
        let window = |from, to| Span { from, to, ..Span::whole(45) };
        assert_eq!(read(ring, &samples, window(40, 50)), Some(2.0));
        assert_eq!(read(ring, &samples, window(30, 40)), Some(0.0));
        assert_eq!(read(Shape::Rolling { span: Millis(10) }, &samples, window(35, 46)), Some(2.0));
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
