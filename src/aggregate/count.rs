//! Counts: how many samples there were.

use crate::base::bytes::{Bytes, put_u64};

use super::Aggregate;

/// A number of samples; 0 over nothing.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Count(u64);

impl Aggregate for Count {
    fn add(&mut self, _time: i64, _value: f64) {
        self.0 += 1;
    }

    fn merge(&mut self, other: &Self) {
        self.0 += other.0;
    }

    fn read(&self) -> Option<f64> {
        Some(self.0 as f64)
    }

    fn encode(&self, out: &mut Vec<u8>) {
        put_u64(out, self.0);
    }

    fn decode(bytes: &mut Bytes<'_>) -> Option<Self> {
        bytes.u64().map(Self)
    }
}
