//! Extremes: the smallest and the largest sample.

use crate::base::bytes::{Bytes, put_f64};

use super::Aggregate;

/// The smallest sample; missing over nothing.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Min(Option<f64>);

/// The largest sample; missing over nothing.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Max(Option<f64>);

impl Aggregate for Min {
    fn add(&mut self, _time: i64, value: f64) {
        self.0 = Some(self.0.map_or(value, |held| held.min(value)));
    }

    fn merge(&mut self, other: &Self) {
        if let Some(value) = other.0 {
            self.add(0, value);
        }
    }

    fn read(&self) -> Option<f64> {
        self.0
    }

    fn encode(&self, out: &mut Vec<u8>) {
        // NaN, which no sample is, stands for nothing.
        put_f64(out, self.0.unwrap_or(f64::NAN));
    }

    fn decode(bytes: &mut Bytes<'_>) -> Option<Self> {
        bytes.f64().map(|value| Self((!value.is_nan()).then_some(value)))
    }
}

impl Aggregate for Max {
    fn add(&mut self, _time: i64, value: f64) {
        self.0 = Some(self.0.map_or(value, |held| held.max(value)));
    }

    fn merge(&mut self, other: &Self) {
        if let Some(value) = other.0 {
            self.add(0, value);
        }
    }

    fn read(&self) -> Option<f64> {
        self.0
    }

    fn encode(&self, out: &mut Vec<u8>) {
        // NaN, which no sample is, stands for nothing.
        put_f64(out, self.0.unwrap_or(f64::NAN));
    }

    fn decode(bytes: &mut Bytes<'_>) -> Option<Self> {
        bytes.f64().map(|value| Self((!value.is_nan()).then_some(value)))
    }
}
