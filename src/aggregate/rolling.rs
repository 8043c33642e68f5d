//! The shape of exact windows: the single samples of the last span, to the millisecond.

use crate::base::bytes::{Bytes, put_f64, put_i64, put_u64};

use super::{Aggregate, Cell, Sample, Span};

/// The held samples, by time; those of one time in the order in which they came.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Rolling<A> {
    samples: Vec<(i64, f64)>,
    aggregate: std::marker::PhantomData<A>,
}

impl<A> Default for Rolling<A> {
    fn default() -> Self {
        Self { samples: Vec::new(), aggregate: std::marker::PhantomData }
    }
}

impl<A: Aggregate> Cell for Rolling<A> {
    /// How far back samples are held, in milliseconds.
    type Form = i64;
    const PART: usize = size_of::<(i64, f64)>();

    fn parts(_span: i64) -> Option<u64> {
        None
    }

    fn add(&mut self, span: i64, sample: Sample) {
        let oldest = sample.clock - span;
        if sample.time < oldest {
            return;
        }
        let gone = self.samples.partition_point(|(time, _)| *time < oldest);
        // Let some gather before they are moved out, so that a busy key is not moved each time.
        if gone > 32 && gone * 2 > self.samples.len() {
            self.samples.drain(..gone);
        }
        let place = self.samples.partition_point(|(time, _)| *time <= sample.time);
        self.samples.insert(place, (sample.time, sample.value));
    }

    fn read(&self, _span: i64, span: Span) -> Option<f64> {
        let first = self.samples.partition_point(|(time, _)| *time < span.from);
        let mut total = A::default();
        for (time, value) in self.samples[first..].iter().take_while(|(time, _)| *time < span.to) {
            total.add(*time, *value);
        }
        total.read()
    }

    fn heap(&self) -> usize {
        self.samples.capacity() * Self::PART
    }

    fn encode(&self, out: &mut Vec<u8>) {
        put_u64(out, self.samples.len() as u64);
        let mut before = 0;
        for (time, value) in &self.samples {
            put_i64(out, time - before);
            before = *time;
            put_f64(out, *value);
        }
    }

    fn decode(bytes: &mut Bytes<'_>) -> Option<Self> {
        let length = bytes.u64()?;
        let mut samples = Vec::with_capacity(length.min(1 << 16) as usize);
        let mut before = 0i64;
        for _ in 0..length {
            before = before.checked_add(bytes.i64()?)?;
            samples.push((before, bytes.f64()?));
        }
        Some(Self { samples, ..Self::default() })
    }
}
