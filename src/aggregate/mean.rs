//! Mean: the sum of the samples divided by their number.

use crate::base::bytes::{Bytes, put_u64};

use super::Aggregate;
use super::packed::{Float, Whole48};
use super::sum::{finite, put_sum};

/// A sum and a count; missing over nothing, and if the sum is missing.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Mean {
    sum: Float,
    count: Whole48,
}

impl Mean {
    fn take(&mut self, sum: f64, count: u64) {
        self.sum = Float::new(self.sum.get() + sum);
        self.count = Whole48::new(self.count.get() + count);
    }
}

impl Aggregate for Mean {
    type Kept = Float;

    fn add(&mut self, _time: i64, value: f64) {
        self.take(value, 1);
    }

    fn merge(&mut self, other: &Self) {
        self.take(other.sum.get(), other.count.get());
    }

    fn read(&self) -> Option<f64> {
        let count = self.count.get();
        if count > 0 { finite(self.sum.get() / count as f64) } else { None }
    }

    fn keep(value: f64) -> Float {
        Float::new(value)
    }

    fn value(kept: Float) -> f64 {
        kept.get()
    }

    fn encode(&self, out: &mut Vec<u8>) {
        put_sum(out, self.sum.get());
        put_u64(out, self.count.get());
    }

    fn decode(bytes: &mut Bytes<'_>) -> Option<Self> {
        let (sum, count) = (bytes.f64()?, bytes.u64()?);
        (count <= Whole48::MAX).then(|| Self { sum: Float::new(sum), count: Whole48::new(count) })
    }
}
