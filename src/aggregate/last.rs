//! The last value: the sample with the newest event time; of samples of one time the one that
//! came last.

use crate::base::bytes::{Bytes, put_f64, put_i64};

use super::Aggregate;

/// The newest sample and its event time; missing over nothing.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Last(Option<(i64, f64)>);

impl Aggregate for Last {
    fn add(&mut self, time: i64, value: f64) {
        if self.0.is_none_or(|(newest, _)| time >= newest) {
            self.0 = Some((time, value));
        }
    }

    fn merge(&mut self, other: &Self) {
        if let Some((time, value)) = other.0 {
            self.add(time, value);
        }
    }

    fn read(&self) -> Option<f64> {
        self.0.map(|(_, value)| value)
    }

    /// NaN, which no sample is, stands for nothing.
    fn encode(&self, out: &mut Vec<u8>) {
        let (time, value) = self.0.unwrap_or((0, f64::NAN));
        put_i64(out, time);
        put_f64(out, value);
    }

    fn decode(bytes: &mut Bytes<'_>) -> Option<Self> {
        let (time, value) = (bytes.i64()?, bytes.f64()?);
        Some(Self((!value.is_nan()).then_some((time, value))))
    }
}
