//! Extremes: the smallest and the largest sample.

use crate::base::bytes::{Bytes, put_f64};

use super::Aggregate;
use super::packed::Float;

/// NaN, which no sample is, stands for nothing.
const NOTHING: Float = Float::new(f64::NAN);

/// The smallest sample; missing over nothing.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Min(Float);

/// The largest sample; missing over nothing.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Max(Float);

impl Default for Min {
    fn default() -> Self {
        Self(NOTHING)
    }
}

impl Aggregate for Min {
    type Kept = Float;

    fn add(&mut self, _time: i64, value: f64) {
        // The other side wins over NaN.
        self.0 = Float::new(self.0.get().min(value));
    }

    fn merge(&mut self, other: &Self) {
        if let Some(value) = other.read() {
            self.add(0, value);
        }
    }

    fn read(&self) -> Option<f64> {
        Some(self.0.get()).filter(|value| !value.is_nan())
    }

    fn keep(value: f64) -> Float {
        Float::new(value)
    }

    fn value(kept: Float) -> f64 {
        kept.get()
    }

    fn encode(&self, out: &mut Vec<u8>) {
        put_f64(out, self.0.get());
    }

    fn decode(bytes: &mut Bytes<'_>) -> Option<Self> {
        bytes
            .f64()
            .map(|value| if value.is_nan() { Self::default() } else { Self(Float::new(value)) })
    }
}

impl Default for Max {
    fn default() -> Self {
        Self(NOTHING)
    }
}

impl Aggregate for Max {
    type Kept = Float;

    fn add(&mut self, _time: i64, value: f64) {
        // The other side wins over NaN.
        self.0 = Float::new(self.0.get().max(value));
    }

    fn merge(&mut self, other: &Self) {
        if let Some(value) = other.read() {
            self.add(0, value);
        }
    }

    fn read(&self) -> Option<f64> {
        Some(self.0.get()).filter(|value| !value.is_nan())
    }

    fn keep(value: f64) -> Float {
        Float::new(value)
    }

    fn value(kept: Float) -> f64 {
        kept.get()
    }

    fn encode(&self, out: &mut Vec<u8>) {
        put_f64(out, self.0.get());
    }

    fn decode(bytes: &mut Bytes<'_>) -> Option<Self> {
        bytes
            .f64()
            .map(|value| if value.is_nan() { Self::default() } else { Self(Float::new(value)) })
    }
}
