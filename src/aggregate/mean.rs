//! Means: the sum of the samples over their number.

use crate::base::bytes::{Bytes, put_f64, put_u64};

use super::Aggregate;
use super::sum::bounded;

/// A sum and a count; missing over nothing.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Mean {
    sum: f64,
    count: u64,
}

impl Aggregate for Mean {
    fn add(&mut self, _time: i64, value: f64) {
        self.sum = bounded(self.sum + value);
        self.count += 1;
    }

    fn merge(&mut self, other: &Self) {
        self.sum = bounded(self.sum + other.sum);
        self.count += other.count;
    }

    fn read(&self) -> Option<f64> {
        (self.count > 0).then(|| self.sum / self.count as f64)
    }

    fn encode(&self, out: &mut Vec<u8>) {
        put_f64(out, self.sum);
        put_u64(out, self.count);
    }

    fn decode(bytes: &mut Bytes<'_>) -> Option<Self> {
        Some(Self { sum: bytes.f64()?, count: bytes.u64()? })
    }
}
