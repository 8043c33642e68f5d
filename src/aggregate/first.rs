//! The first value: the sample with the oldest event time; at equal time the one added first.

use crate::base::bytes::{Bytes, put_f64, put_i64};

use super::Aggregate;
use super::packed::{Float, Moment};

/// The oldest sample and its event time; NaN, which no sample is, marks "no sample".
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct First {
    time: Moment,
    value: Float,
}

impl Default for First {
    fn default() -> Self {
        Self { time: Moment::new(0), value: Float::new(f64::NAN) }
    }
}

impl Aggregate for First {
    type Kept = Float;

    fn add(&mut self, time: i64, value: f64) {
        if self.read().is_none() || time < self.time.get() {
            *self = Self { time: Moment::new(time), value: Float::new(value) };
        }
    }

    fn merge(&mut self, other: &Self) {
        if let Some(value) = other.read() {
            self.add(other.time.get(), value);
        }
    }

    fn read(&self) -> Option<f64> {
        Some(self.value.get()).filter(|value| !value.is_nan())
    }

    fn keep(value: f64) -> Float {
        Float::new(value)
    }

    fn value(kept: Float) -> f64 {
        kept.get()
    }

    fn encode(&self, out: &mut Vec<u8>) {
        put_i64(out, self.time.get());
        put_f64(out, self.value.get());
    }

    fn decode(bytes: &mut Bytes<'_>) -> Option<Self> {
        let (time, value) = (Moment::exact(bytes.i64()?)?, bytes.f64()?);
        Some(if value.is_nan() { Self::default() } else { Self { time, value: Float::new(value) } })
    }
}
