//! The shape of windows: a total for each of the last epoch-aligned buckets that has samples.
//! Every window that lies on whole buckets is read from the same ring.

use crate::base::bytes::{Bytes, put_i64, put_u64};

use super::{Aggregate, Cell, Sample, Span};

/// The buckets that hold samples, oldest first: the number of each, and its total. Most keys
/// have few, so none is kept for a bucket without samples.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Ring<A>(Vec<(i64, A)>);

/// How long a bucket is, and how many are held.
#[derive(Clone, Copy, Debug)]
pub(super) struct RingForm {
    /// The length of a bucket in milliseconds.
    pub(super) bucket: i64,
    /// How many are held, the current one included.
    pub(super) held: i64,
}

impl<A> Default for Ring<A> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<A: Aggregate> Cell for Ring<A> {
    type Form = RingForm;
    const PART: usize = size_of::<(i64, A)>();

    fn parts(form: RingForm) -> Option<u64> {
        u64::try_from(form.held).ok()
    }

    /// A sample older than the oldest held bucket is not kept: no window covers it any more.
    fn add(&mut self, form: RingForm, sample: Sample) {
        let number = sample.time.div_euclid(form.bucket);
        let oldest = sample.clock.div_euclid(form.bucket) - form.held + 1;
        if number < oldest {
            return;
        }
        let gone = self.0.iter().take_while(|(held, _)| *held < oldest).count();
        if gone > 0 {
            self.0.drain(..gone);
        }
        let place = match self.0.last() {
            Some((newest, _)) if *newest == number => self.0.len() - 1,
            Some((newest, _)) if *newest > number => {
                match self.0.binary_search_by_key(&number, |(held, _)| *held) {
                    Ok(place) => place,
                    Err(place) => {
                        self.0.insert(place, (number, A::default()));
                        place
                    }
                }
            }
            _ => {
                if self.0.capacity() == 0 {
                    self.0.reserve_exact(1);
                }
                self.0.push((number, A::default()));
                self.0.len() - 1
            }
        };
        self.0[place].1.add(sample.time, sample.value);
    }

    fn read(&self, form: RingForm, span: Span) -> Option<f64> {
        let from = span.from.div_euclid(form.bucket);
        let to = span.to.saturating_sub(1).div_euclid(form.bucket);
        let mut total = A::default();
        let first = self.0.partition_point(|(number, _)| *number < from);
        for (_, bucket) in self.0[first..].iter().take_while(|(number, _)| *number <= to) {
            total.merge(bucket);
        }
        total.read()
    }

    fn buckets(&self, form: RingForm, visit: &mut dyn FnMut(i64, f64)) {
        for (number, total) in &self.0 {
            if let Some(value) = total.read() {
                visit(number * form.bucket, value);
            }
        }
    }

    fn heap(&self) -> usize {
        self.0.capacity() * Self::PART
    }

    /// Numbers are stored as steps from the bucket before, which are small.
    fn encode(&self, out: &mut Vec<u8>) {
        put_u64(out, self.0.len() as u64);
        let mut before = 0;
        for (number, total) in &self.0 {
            put_i64(out, number - before);
            before = *number;
            total.encode(out);
        }
    }

    fn decode(bytes: &mut Bytes<'_>) -> Option<Self> {
        let length = bytes.u64()?;
        let mut ring = Vec::with_capacity(length.min(1 << 16) as usize);
        let mut before = 0i64;
        for _ in 0..length {
            before = before.checked_add(bytes.i64()?)?;
            ring.push((before, A::decode(bytes)?));
        }
        Some(Self(ring))
    }
}

#[cfg(test)]
mod tests {
    use super::super::count::Count;
    use super::*;

    const FORM: RingForm = RingForm { bucket: 10, held: 3 };

    fn sample(time: i64, clock: i64) -> Sample {
        Sample { time, clock, value: 1.0 }
    }

    fn read(ring: &Ring<Count>, from: i64, to: i64) -> f64 {
        ring.read(FORM, Span { from, to, as_of: to }).unwrap()
    }

    #[test]
    fn windows_are_read_by_their_buckets() {
        let mut ring = Ring::default();
        for time in [0, 5, 12, 25] {
            ring.add(FORM, sample(time, time));
        }
        assert!((read(&ring, 0, 26) - 4.0).abs() < 1e-12);
        assert!((read(&ring, 10, 26) - 2.0).abs() < 1e-12);
        assert!((read(&ring, 20, 26) - 1.0).abs() < 1e-12);
        assert!((read(&ring, 30, 36) - 0.0).abs() < 1e-12);
    }

    #[test]
    fn a_late_sample_goes_to_its_bucket_while_it_is_held() {
        let mut ring = Ring::default();
        ring.add(FORM, sample(25, 25));
        ring.add(FORM, sample(3, 25));
        assert!((read(&ring, 0, 10) - 1.0).abs() < 1e-12);
        ring.add(FORM, sample(35, 35));
        ring.add(FORM, sample(4, 35));
        assert!((read(&ring, 0, 10) - 0.0).abs() < 1e-12, "bucket 0 is no longer held");
    }

    #[test]
    fn stored_rings_come_back() {
        let mut ring = Ring::<Count>::default();
        for time in [-15, 5, 12] {
            ring.add(RingForm { bucket: 10, held: 100 }, sample(time, 12));
        }
        let mut out = Vec::new();
        ring.encode(&mut out);
        assert_eq!(Ring::decode(&mut Bytes(&out)), Some(ring));
        assert_eq!(Ring::<Count>::decode(&mut Bytes(&out[..2])), None);
    }
}
