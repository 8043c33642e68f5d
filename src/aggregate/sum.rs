//! Sum, as a 64-bit float.

use crate::base::bytes::{Bytes, put_f64};

use super::Aggregate;
use super::packed::Float;

/// A sum of samples; 0 over nothing. A sum that has overflowed is ∞ or NaN, stays so whatever is
/// added, and reads as missing.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Sum(Float);

impl Aggregate for Sum {
    type Kept = Float;

    fn add(&mut self, _time: i64, value: f64) {
        self.0 = Float::new(self.0.get() + value);
    }

    fn merge(&mut self, other: &Self) {
        self.add(0, other.0.get());
    }

    fn read(&self) -> Option<f64> {
        finite(self.0.get())
    }

    fn keep(value: f64) -> Float {
        Float::new(value)
    }

    fn value(kept: Float) -> f64 {
        kept.get()
    }

    fn encode(&self, out: &mut Vec<u8>) {
        put_sum(out, self.0.get());
    }

    fn decode(bytes: &mut Bytes<'_>) -> Option<Self> {
        bytes.f64().map(|sum| Self(Float::new(sum)))
    }
}

/// The value of a sum; missing if a partial sum overflowed, since later values were not added to
/// the real sum.
pub(super) fn finite(sum: f64) -> Option<f64> {
    sum.is_finite().then_some(sum)
}

/// Appends a sum to stored bytes; every sum that overflowed has the same ones.
pub(super) fn put_sum(out: &mut Vec<u8>, sum: f64) {
    put_f64(out, if sum.is_finite() { sum } else { f64::NAN });
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sum(values: &[f64]) -> Sum {
        Sum::of(values.iter().map(|value| (0, *value)))
    }

    #[test]
    fn a_sum_whose_parts_overflow_is_missing_from_then_on() {
        for (values, want) in [
            (&[1e308, 1e308][..], None),
            (&[-1e308, -1e308], None),
            (&[1e308, 1e308, -1e308, -1e308], None),
            (&[1.7e308, 1.7e308, -1.7e308, 1.0], None),
            (&[1e308, -1e308, 1e308], Some(1e308)),
            (&[f64::MAX], Some(f64::MAX)),
        ] {
            assert_eq!(sum(values).read(), want, "{values:?}");
            let mut bytes = Vec::new();
            sum(values).encode(&mut bytes);
            let back = Sum::decode(&mut Bytes(&bytes)).unwrap();
            assert_eq!(back.read(), want, "{values:?} restored");
        }
        let mut merged = sum(&[1e308]);
        merged.merge(&sum(&[1e308]));
        merged.merge(&sum(&[-1e308]));
        assert_eq!(merged.read(), None);
        let stored = [&[1e308, 1e308][..], &[-1e308, -1e308], &[1e308, 1e308, f64::MIN, f64::MIN]];
        let stored = stored.map(|values| {
            let mut bytes = Vec::new();
            sum(values).encode(&mut bytes);
            bytes
        });
        assert!(stored.iter().all(|bytes| *bytes == stored[0]), "{stored:?}");
    }
}
