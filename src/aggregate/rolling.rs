//! The rolling shape: the single samples of the last span, exact to the millisecond.

use crate::base::bytes::{Bytes, put_f64, put_u64};

use super::packed::Moment;
use super::pool::{Pool, Run};
use super::{Aggregate, Cell, Sample, Shape, Span};

/// The samples held, by time, then order of arrival. Expired samples stay until their room is
/// needed; no value and no encoding shows them.
#[derive(Clone, Copy, Debug)]
pub(super) struct Rolling<A> {
    samples: Run,
    aggregate: std::marker::PhantomData<A>,
}

/// The stored part of a sample.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Held<K> {
    time: Moment,
    kept: K,
}

impl<A> Default for Rolling<A> {
    fn default() -> Self {
        Self { samples: Run::default(), aggregate: std::marker::PhantomData }
    }
}

/// The number of samples before a time.
fn before<K>(samples: &[Held<K>], time: i64) -> usize {
    samples.partition_point(|sample| sample.time.get() < time)
}

impl<A: Aggregate> Cell for Rolling<A> {
    /// The span in milliseconds.
    type Form = i64;
    type Part = Held<A::Kept>;
    type Memo = ();

    fn parts(_span: i64) -> Option<u64> {
        None
    }

    fn shorter(_span: i64, shape: Shape) -> Option<i64> {
        let Shape::Rolling { span } = shape else { return None };
        Some(span.0)
    }

    fn fetch(&self, pool: &Pool<Held<A::Kept>>, _span: i64, (): &mut (), _sample: Sample) -> i64 {
        self.samples.last(pool).map_or(0, |last| last.time.get())
    }

    fn fetch_all(&self, pool: &Pool<Held<A::Kept>>) -> i64 {
        self.samples.last(pool).map_or(0, |last| last.time.get())
    }

    fn add(
        &mut self,
        pool: &mut Pool<Held<A::Kept>>,
        span: i64,
        (): &mut (),
        _written: Option<i64>,
        sample: Sample,
    ) {
        let oldest = sample.clock - span;
        if sample.time < oldest {
            return;
        }
        let new = Held { time: Moment::new(sample.time), kept: A::keep(sample.number()) };
        let stale = |samples: &[Held<A::Kept>]| before(samples, oldest);
        if self.samples.last(pool).is_some_and(|last| last.time.get() > sample.time) {
            let place = before(self.samples.parts(pool), sample.time + 1);
            self.samples.insert(pool, usize::MAX, place, stale, new);
        } else {
            self.samples.push(pool, usize::MAX, stale, new);
        }
    }

    fn read(
        &self,
        pool: &Pool<Held<A::Kept>>,
        _span: i64,
        _written: i64,
        span: Span,
    ) -> Option<f64> {
        let samples = self.samples.parts(pool);
        let (from, to) = span.extent.times();
        let window = &samples[before(samples, from)..before(samples, to)];
        A::of(window.iter().map(|held| (held.time.get(), A::value(held.kept)))).read()
    }

    fn release(&mut self, pool: &mut Pool<Held<A::Kept>>) {
        self.samples.release(pool);
    }

    fn encode(&self, pool: &Pool<Held<A::Kept>>, span: i64, written: i64, out: &mut Vec<u8>) {
        let samples = self.samples.parts(pool);
        let held = &samples[before(samples, written - span)..];
        put_u64(out, held.len() as u64);
        let mut step_from = written - span;
        for sample in held {
            put_u64(out, sample.time.get().abs_diff(step_from));
            step_from = sample.time.get();
            if size_of::<A::Kept>() > 0 {
                put_f64(out, A::value(sample.kept));
            }
        }
    }

    fn decode(
        pool: &mut Pool<Held<A::Kept>>,
        span: i64,
        written: i64,
        bytes: &mut Bytes<'_>,
    ) -> Option<Self> {
        let mut rolling = Self::default();
        let mut read = |samples: &mut Run| {
            let mut time = written - span;
            for place in 0..bytes.u64()? {
                time = time.checked_add(i64::try_from(bytes.u64()?).ok()?)?;
                if time > written {
                    return None;
                }
                let value = if size_of::<A::Kept>() > 0 { bytes.f64()? } else { 1.0 };
                let held = Held { time: Moment::exact(time)?, kept: A::keep(value) };
                samples.insert(pool, usize::MAX, usize::try_from(place).ok()?, |_| 0, held);
            }
            Some(())
        };
        if read(&mut rolling.samples).is_none() {
            rolling.release(pool);
            return None;
        }
        Some(rolling)
    }
}

#[cfg(test)]
mod tests {
    use super::super::Extent;
    use super::super::count::Count;
    use super::super::sum::Sum;
    use super::*;

    fn filled<A: Aggregate>(pool: &mut Pool<Held<A::Kept>>) -> Rolling<A> {
        let mut rolling = Rolling::default();
        for (time, clock, value) in [(5, 5, 1.0), (9, 9, 2.0), (9, 30, 8.0), (20, 30, 4.0)] {
            rolling.add(pool, 25, &mut (), None, Sample::of_number(time, clock, value));
        }
        rolling
    }

    #[test]
    fn windows_are_exact_to_the_millisecond() {
        let mut pool = Pool::default();
        let rolling = filled::<Sum>(&mut pool);
        let read = |from, to| {
            let span = Span { extent: Extent::Times { from, to }, ..Span::whole(30) };
            rolling.read(&pool, 25, 30, span)
        };
        assert_eq!(read(5, 31), Some(15.0));
        assert_eq!(read(6, 20), Some(10.0));
        assert_eq!(read(21, 31), Some(0.0));
    }

    #[test]
    fn stored_samples_come_back_and_broken_ones_do_not() {
        let mut pool = Pool::default();
        let rolling = filled::<Count>(&mut pool);
        let mut out = Vec::new();
        rolling.encode(&pool, 25, 30, &mut out);
        assert_eq!(out, [4, 0, 4, 0, 11], "a count needs no values");
        let back = Rolling::<Count>::decode(&mut pool, 25, 30, &mut Bytes(&out)).unwrap();
        assert_eq!(back.read(&pool, 25, 30, Span::whole(30)), Some(4.0));
        let mut decode =
            |bytes: &[u8]| Rolling::<Count>::decode(&mut pool, 25, 30, &mut Bytes(bytes));
        assert!((0..out.len()).all(|end| decode(&out[..end]).is_none()));
        assert!(decode(&[1, 26]).is_none(), "a sample after the last write");
    }
}
