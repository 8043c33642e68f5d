//! A cell of the simple tier: the totals of one key, in one shape.

use crate::aggregate::{Sample, Shape, Span};
use crate::base::Buckets;
use crate::base::bytes::{Bytes, put_u64};

use super::SimpleAggregate;

/// The totals of a key, with the bytes that they hold outside of the cell.
#[derive(Debug)]
pub(super) struct SimpleCell<A> {
    totals: Totals<A>,
    heap: usize,
}

/// The totals of a key by shape.
#[derive(Clone, Debug)]
enum Totals<A> {
    /// One total of all samples.
    Lifetime(A),
    /// A total per bucket that has samples, by its number.
    Buckets(Vec<(i64, A)>),
    /// Single samples, by time, then order of arrival, with their payloads.
    Samples(Vec<(i64, u64)>),
}

impl<A: SimpleAggregate> Clone for SimpleCell<A> {
    fn clone(&self) -> Self {
        Self::holding(self.totals.clone())
    }
}

/// The number of the oldest bucket held as of a time.
fn oldest(of: Buckets, held: u32, time: i64) -> i64 {
    of.number(time) - i64::from(held) + 1
}

impl<A: SimpleAggregate> SimpleCell<A> {
    /// An empty cell in a shape; one that decays holds nothing.
    pub(super) fn new(shape: Shape) -> Self {
        let totals = match shape {
            Shape::Lifetime => Totals::Lifetime(A::default()),
            Shape::Ring { .. } => Totals::Buckets(Vec::new()),
            Shape::Rolling { .. } | Shape::Decay { .. } => Totals::Samples(Vec::new()),
        };
        Self::holding(totals)
    }

    fn holding(totals: Totals<A>) -> Self {
        let heap = totals.bytes();
        Self { totals, heap }
    }

    /// The bytes of memory held, the cell included.
    pub(super) const fn bytes(&self) -> usize {
        size_of::<Self>() + self.heap
    }

    /// Adds a sample, unless the shape does not hold its time any more.
    pub(super) fn add(&mut self, shape: Shape, sample: Sample) {
        match (&mut self.totals, shape) {
            (Totals::Lifetime(total), _) => {
                let before = total.bytes();
                total.add(sample);
                self.heap = self.heap + total.bytes() - before;
            }
            (Totals::Buckets(buckets), Shape::Ring { buckets: of, held }) => {
                let oldest = oldest(of, held, sample.clock);
                let stale = buckets.partition_point(|(number, _)| *number < oldest);
                let released = buckets.drain(..stale).map(|(_, total)| total.bytes());
                self.heap -= released.sum::<usize>();
                let number = of.number(sample.time);
                if number < oldest {
                    return;
                }
                let place = buckets.partition_point(|(known, _)| *known < number);
                if buckets.get(place).is_none_or(|(known, _)| *known != number) {
                    let capacity = buckets.capacity();
                    let total = A::default();
                    self.heap += total.bytes();
                    buckets.insert(place, (number, total));
                    self.heap += (buckets.capacity() - capacity) * size_of::<(i64, A)>();
                }
                let total = &mut buckets[place].1;
                let before = total.bytes();
                total.add(sample);
                self.heap = self.heap + total.bytes() - before;
            }
            (Totals::Samples(samples), Shape::Rolling { span }) => {
                let oldest = sample.clock - span.0;
                samples.drain(..before(samples, oldest));
                if sample.time < oldest {
                    return;
                }
                let capacity = samples.capacity();
                samples.insert(before(samples, sample.time + 1), (sample.time, sample.payload));
                self.heap += (samples.capacity() - capacity) * size_of::<(i64, u64)>();
            }
            (Totals::Buckets(_) | Totals::Samples(_), _) => {}
        }
    }

    /// What `ask` reads of the total over a span; of that over nothing if the shape holds none.
    pub(super) fn over<R>(&self, shape: Shape, span: Span, ask: impl FnOnce(&A) -> R) -> R {
        match (&self.totals, shape) {
            (Totals::Lifetime(total), _) => ask(total),
            (Totals::Buckets(buckets), Shape::Ring { .. }) => {
                let (first, last) = span.extent.buckets();
                let first = buckets.partition_point(|(number, _)| *number < first);
                let end = buckets.partition_point(|(number, _)| *number <= last).max(first);
                match &buckets[first..end] {
                    [] => ask(&A::default()),
                    [(_, only)] => ask(only),
                    [(_, first), rest @ ..] => {
                        let mut union = first.clone();
                        rest.iter().for_each(|(_, total)| union.merge(total));
                        ask(&union)
                    }
                }
            }
            (Totals::Samples(samples), _) => {
                let mut total = A::default();
                let (from, to) = span.extent.times();
                let (first, end) = (before(samples, from), before(samples, to));
                for (time, payload) in samples.get(first..end).unwrap_or_default() {
                    total.add(Sample { time: *time, clock: *time, payload: *payload });
                }
                ask(&total)
            }
            (Totals::Buckets(_), _) => ask(&A::default()),
        }
    }

    /// Visits the start and value of each bucket that is held as of the last write, oldest first.
    pub(super) fn buckets(&self, shape: Shape, written: i64, visit: &mut dyn FnMut(i64, f64)) {
        let Shape::Ring { buckets: of, .. } = shape else { return };
        for (number, total) in self.held_buckets(shape, written) {
            if let Some(value) = total.value() {
                visit(of.start(*number), value);
            }
        }
    }

    /// The buckets that are held as of the last write. After the retention was truncated there may
    /// be others.
    fn held_buckets(&self, shape: Shape, written: i64) -> &[(i64, A)] {
        let (Totals::Buckets(buckets), Shape::Ring { buckets: of, held }) = (&self.totals, shape)
        else {
            return &[];
        };
        let oldest = oldest(of, held, written);
        &buckets[buckets.partition_point(|(number, _)| *number < oldest)..]
    }

    /// Encodes the cell into `out`, canonically: what is no longer held as of the last write is
    /// left out.
    pub(super) fn encode(&self, shape: Shape, written: i64, out: &mut Vec<u8>) {
        match (&self.totals, shape) {
            (Totals::Lifetime(total), _) => total.encode(out),
            (Totals::Buckets(_), Shape::Ring { buckets: of, held }) => {
                let buckets = self.held_buckets(shape, written);
                put_u64(out, buckets.len() as u64);
                let mut step_from = oldest(of, held, written);
                for (number, total) in buckets {
                    put_u64(out, number.abs_diff(step_from));
                    step_from = *number;
                    total.encode(out);
                }
            }
            (Totals::Samples(samples), Shape::Rolling { span }) => {
                let mut step_from = written - span.0;
                let held = &samples[before(samples, step_from)..];
                put_u64(out, held.len() as u64);
                for (time, payload) in held {
                    put_u64(out, time.abs_diff(step_from));
                    step_from = *time;
                    out.extend_from_slice(&payload.to_le_bytes());
                }
            }
            (Totals::Buckets(_) | Totals::Samples(_), _) => {}
        }
    }

    /// Decodes; `None` for bytes that [`SimpleCell::encode`] did not write.
    pub(super) fn decode(shape: Shape, written: i64, bytes: &mut Bytes<'_>) -> Option<Self> {
        let step =
            |bytes: &mut Bytes<'_>, from: i64| from.checked_add(i64::try_from(bytes.u64()?).ok()?);
        let totals = match shape {
            Shape::Lifetime => Totals::Lifetime(A::decode(bytes)?),
            Shape::Ring { buckets: of, held } => {
                let (mut number, newest) = (oldest(of, held, written), of.number(written));
                let mut buckets: Vec<(i64, A)> = Vec::new();
                for _ in 0..bytes.u64()? {
                    number = step(bytes, number)?;
                    if number > newest || buckets.last().is_some_and(|(last, _)| *last == number) {
                        return None;
                    }
                    buckets.push((number, A::decode(bytes)?));
                }
                Totals::Buckets(buckets)
            }
            Shape::Rolling { span } => {
                let mut time = written - span.0;
                let mut samples = Vec::new();
                for _ in 0..bytes.u64()? {
                    time = step(bytes, time).filter(|time| *time <= written)?;
                    let (payload, rest) = bytes.0.split_first_chunk::<8>()?;
                    bytes.0 = rest;
                    samples.push((time, u64::from_le_bytes(*payload)));
                }
                Totals::Samples(samples)
            }
            Shape::Decay { .. } => return None,
        };
        Some(Self::holding(totals))
    }
}

/// The number of samples before a time.
fn before(samples: &[(i64, u64)], time: i64) -> usize {
    samples.partition_point(|(known, _)| *known < time)
}

impl<A: SimpleAggregate> Totals<A> {
    /// The bytes of memory held outside.
    fn bytes(&self) -> usize {
        match self {
            Self::Lifetime(total) => total.bytes(),
            Self::Buckets(buckets) => {
                let totals: usize = buckets.iter().map(|(_, total)| total.bytes()).sum();
                totals + buckets.capacity() * size_of::<(i64, A)>()
            }
            Self::Samples(samples) => samples.capacity() * size_of::<(i64, u64)>(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::Listed;
    use super::*;
    use crate::base::Millis;

    fn cell(shape: Shape, samples: &[(i64, i64)]) -> SimpleCell<Listed> {
        let mut cell = SimpleCell::new(shape);
        for (number, (time, clock)) in samples.iter().enumerate() {
            let payload = number as u64 + 1;
            cell.add(shape, Sample { time: *time, clock: *clock, payload });
            assert_eq!(cell.heap, cell.totals.bytes(), "the bytes are counted on the way");
        }
        cell
    }

    fn encoded(cell: &SimpleCell<Listed>, shape: Shape, written: i64) -> Vec<u8> {
        let mut out = Vec::new();
        cell.encode(shape, written, &mut out);
        out
    }

    const TEN: Buckets = Buckets::of(Millis(10));
    const RING: Shape = Shape::Ring { buckets: TEN, held: 3 };
    const ROLLING: Shape = Shape::Rolling { span: Millis(25) };

    #[test]
    fn stored_cells_come_back_and_broken_ones_do_not() {
        let samples = [(5, 5), (12, 12), (9, 12), (31, 31), (22, 31), (2, 31)];
        for shape in [Shape::Lifetime, RING, ROLLING] {
            let cell = cell(shape, &samples);
            let out = encoded(&cell, shape, 31);
            let decode = |bytes: &[u8]| SimpleCell::<Listed>::decode(shape, 31, &mut Bytes(bytes));
            let back = decode(&out).unwrap();
            assert_eq!(encoded(&back, shape, 31), out);
            assert!((0..out.len()).all(|end| decode(&out[..end]).is_none()), "{shape:?}");
            assert!(back.bytes() <= cell.bytes());
        }
        let decode = |bytes: &[u8]| SimpleCell::<Listed>::decode(RING, 31, &mut Bytes(bytes));
        assert!(decode(&[1, 3, 0]).is_none(), "a bucket after the last write");
        assert!(decode(&[2, 1, 0, 0, 0]).is_none(), "one bucket twice");
    }

    #[test]
    fn a_cell_of_a_truncated_table_is_a_shorter_one() {
        let samples = [(5, 5), (18, 18), (27, 27), (31, 31)];
        for (long, short) in [
            (RING, Shape::Ring { buckets: TEN, held: 2 }),
            (ROLLING, Shape::Rolling { span: Millis(9) }),
        ] {
            let (mut cut, mut always) = (cell(long, &samples), cell(short, &samples));
            assert_eq!(encoded(&cut, short, 31), encoded(&always, short, 31));
            let late = Sample { time: 26, clock: 33, payload: 9 };
            cut.add(short, late);
            always.add(short, late);
            assert_eq!(encoded(&cut, short, 33), encoded(&always, short, 33));
        }
    }
}
