//! Adapted cells: a cell in any shape behind an adapter, which changes samples on their way in and
//! values on their way out. The shape needs to know nothing of it.

use std::fmt::Debug;
use std::ops::Range;

use crate::base::Millis;
use crate::base::bytes::Bytes;

use super::decay::{Decay, Fading};
use super::lifetime::Lifetime;
use super::pool::Pool;
use super::ring::{Ring, RingForm};
use super::rolling::Rolling;
use super::table::Table;
use super::{Aggregate, Cell, Sample, Samples, Shape, Span, StateTable};

/// What lies between a key's samples and its cell.
pub(super) trait Adapter: Copy + Default + Debug + Send + Sync + 'static {
    /// True if samples pass as they are.
    const PASSES: bool;

    /// The sample that is added in place of another. What a shape holds follows the clock, so one
    /// that adds nothing is added all the same.
    fn sample(&mut self, sample: Sample) -> Sample {
        sample
    }
    /// The value in place of that of the cell, as of a moment.
    fn value(value: f64, _moment: i64) -> f64 {
        value
    }
    /// Encodes what the adapter remembers of a key into `out`.
    fn encode(&self, _out: &mut Vec<u8>) {}
    /// Decodes; `None` for bytes that [`Adapter::encode`] did not write.
    fn decode(_bytes: &mut Bytes<'_>) -> Option<Self> {
        Some(Self::default())
    }
}

/// A cell behind an adapter.
#[derive(Clone, Copy, Debug, Default)]
struct Adapted<F, C> {
    adapter: F,
    cell: C,
}

/// An empty table of an adapted aggregate in any shape but decay, with a time to live.
pub(super) fn table<F: Adapter, A: Aggregate>(
    shape: Shape,
    ttl: Millis,
) -> Option<Box<dyn StateTable>> {
    Some(match shape {
        Shape::Lifetime => Box::new(Table::<Adapted<F, Lifetime<A>>>::new((), ttl)),
        Shape::Ring { buckets, held } => {
            let form = RingForm::new(buckets, held.into());
            Box::new(Table::<Adapted<F, Ring<A>>>::new(form, ttl))
        }
        Shape::Rolling { span } => Box::new(Table::<Adapted<F, Rolling<A>>>::new(span.0, ttl)),
        Shape::Decay { .. } => return None,
    })
}

/// An empty decaying table of an adapted aggregate.
pub(super) fn fading<F: Adapter, D: Fading>(half_life: Millis, ttl: Millis) -> Box<dyn StateTable> {
    Box::new(Table::<Adapted<F, Decay<D>>>::new(half_life.0, ttl))
}

impl<F: Adapter, C: Cell> Cell for Adapted<F, C> {
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
        self.cell.fetch(pool, form, memo, sample)
    }

    fn fetch_all(&self, pool: &Pool<C::Part>) -> i64 {
        self.cell.fetch_all(pool)
    }

    fn add(
        &mut self,
        pool: &mut Pool<C::Part>,
        form: C::Form,
        memo: &mut C::Memo,
        written: Option<i64>,
        sample: Sample,
    ) {
        let sample = self.adapter.sample(sample);
        self.cell.add(pool, form, memo, written, sample);
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
        if F::PASSES {
            self.cell.add_all(pool, form, memo, written, samples, range);
        } else {
            self.add_each(pool, form, memo, written, samples, range);
        }
    }

    fn read(&self, pool: &Pool<C::Part>, form: C::Form, written: i64, span: Span) -> Option<f64> {
        self.cell.read(pool, form, written, span).map(|value| F::value(value, span.as_of))
    }

    /// The value of a bucket is that as of the last write.
    fn buckets(
        &self,
        pool: &Pool<C::Part>,
        form: C::Form,
        written: i64,
        visit: &mut dyn FnMut(i64, f64),
    ) {
        let mut adapted = |start, value| visit(start, F::value(value, written));
        self.cell.buckets(pool, form, written, &mut adapted);
    }

    fn release(&mut self, pool: &mut Pool<C::Part>) {
        self.cell.release(pool);
        *self = Self::default();
    }

    fn encode(&self, pool: &Pool<C::Part>, form: C::Form, written: i64, out: &mut Vec<u8>) {
        self.adapter.encode(out);
        self.cell.encode(pool, form, written, out);
    }

    fn decode(
        pool: &mut Pool<C::Part>,
        form: C::Form,
        written: i64,
        bytes: &mut Bytes<'_>,
    ) -> Option<Self> {
        let adapter = F::decode(bytes)?;
        Some(Self { adapter, cell: C::decode(pool, form, written, bytes)? })
    }
}
