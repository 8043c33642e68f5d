//! Count: the number of samples.

use crate::base::bytes::{Bytes, put_u64};

use super::Aggregate;
use super::packed::Whole48;

/// A number of samples; 0 over nothing.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Count(Whole48);

impl Aggregate for Count {
    type Kept = ();
    const RUNS: bool = true;

    fn add(&mut self, _time: i64, _value: f64) {
        self.0 = Whole48::new(self.0.get() + 1);
    }

    fn merge(&mut self, other: &Self) {
        self.0 = Whole48::new(self.0.get() + other.0.get());
    }

    fn since(&self, before: &Self) -> Self {
        Self(Whole48::new(self.0.get().saturating_sub(before.0.get())))
    }

    fn read(&self) -> Option<f64> {
        Some(self.0.get() as f64)
    }

    fn keep(_value: f64) {}

    fn value((): ()) -> f64 {
        1.0
    }

    fn of(samples: impl ExactSizeIterator<Item = (i64, f64)>) -> Self {
        Self(Whole48::new(samples.len() as u64))
    }

    fn encode(&self, out: &mut Vec<u8>) {
        put_u64(out, self.0.get());
    }

    fn decode(bytes: &mut Bytes<'_>) -> Option<Self> {
        bytes.u64().filter(|count| *count <= Whole48::MAX).map(|count| Self(Whole48::new(count)))
    }
}
