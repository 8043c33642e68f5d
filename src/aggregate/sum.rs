//! Sums, in 64-bit floats.

use crate::base::bytes::{Bytes, put_f64};

use super::Aggregate;
use super::packed::Float;

/// A sum of samples; 0 over nothing. Never larger than the largest float, never NaN.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Sum(Float);

impl Aggregate for Sum {
    type Kept = Float;

    fn add(&mut self, _time: i64, value: f64) {
        self.0 = Float::new(bounded(self.0.get() + value));
    }

    fn merge(&mut self, other: &Self) {
        self.add(0, other.0.get());
    }

    fn read(&self) -> Option<f64> {
        Some(self.0.get())
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
        bytes.f64().map(|sum| Self(Float::new(sum)))
    }
}

/// A sum kept among the finite numbers, so that no value is ever ∞ or NaN.
pub(super) const fn bounded(sum: f64) -> f64 {
    sum.clamp(f64::MIN, f64::MAX)
}
