//! The time since the last event, in seconds: from the newest event time to the moment of reading.
//!
//! A cell holds the newest time in one of the shapes of [`Newest`], and [`Since`] subtracts it where
//! it is read.

use std::ops::Range;

use crate::base::Millis;
use crate::base::bytes::{Bytes, put_i64};

use super::lifetime::Lifetime;
use super::packed::Moment;
use super::pool::Pool;
use super::ring::{Ring, RingForm};
use super::rolling::Rolling;
use super::table::Table;
use super::{Aggregate, Cell, Sample, Samples, Shape, Span, StateTable};

/// An empty table in any shape but decay, with a time to live.
pub(super) fn table(shape: Shape, ttl: Millis) -> Option<Box<dyn StateTable>> {
    Some(match shape {
        Shape::Lifetime => Box::new(Table::<Since<Lifetime<Newest>>>::new((), ttl)),
        Shape::Ring { buckets, held } => {
            let form = RingForm::new(buckets, held.into());
            Box::new(Table::<Since<Ring<Newest>>>::new(form, ttl))
        }
        Shape::Rolling { span } => Box::new(Table::<Since<Rolling<Newest>>>::new(span.0, ttl)),
        Shape::Decay { .. } => return None,
    })
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

/// A cell that holds the newest time, read as the time since then.
#[derive(Clone, Copy, Debug, Default)]
struct Since<C>(C);

/// The seconds from a time to a moment.
fn seconds(time: f64, moment: i64) -> f64 {
    (moment as f64 - time) / 1000.0
}

impl<C: Cell> Cell for Since<C> {
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
        self.0.fetch(pool, form, memo, sample)
    }

    fn fetch_all(&self, pool: &Pool<C::Part>) -> i64 {
        self.0.fetch_all(pool)
    }

    fn add(
        &mut self,
        pool: &mut Pool<C::Part>,
        form: C::Form,
        memo: &mut C::Memo,
        written: Option<i64>,
        sample: Sample,
    ) {
        self.0.add(pool, form, memo, written, sample);
    }

    fn add_all(
        &mut self,
        pool: &mut Pool<C::Part>,
        form: C::Form,
        memo: &mut C::Memo,
        written: Option<i64>,
        samples: &Samples,
        range: Range<usize>,
    ) {
        self.0.add_all(pool, form, memo, written, samples, range);
    }

    fn read(&self, pool: &Pool<C::Part>, form: C::Form, written: i64, span: Span) -> Option<f64> {
        self.0.read(pool, form, written, span).map(|time| seconds(time, span.as_of))
    }

    /// The value of a bucket is that as of the last write.
    fn buckets(
        &self,
        pool: &Pool<C::Part>,
        form: C::Form,
        written: i64,
        visit: &mut dyn FnMut(i64, f64),
    ) {
        self.0
            .buckets(pool, form, written, &mut |start, time| visit(start, seconds(time, written)));
    }

    fn release(&mut self, pool: &mut Pool<C::Part>) {
        self.0.release(pool);
    }

    fn encode(&self, pool: &Pool<C::Part>, form: C::Form, written: i64, out: &mut Vec<u8>) {
        self.0.encode(pool, form, written, out);
    }

    fn decode(
        pool: &mut Pool<C::Part>,
        form: C::Form,
        written: i64,
        bytes: &mut Bytes<'_>,
    ) -> Option<Self> {
        C::decode(pool, form, written, bytes).map(Self)
    }
}

#[cfg(test)]
mod tests {
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
