//! Minimum and maximum.

use std::fmt::Debug;
use std::marker::PhantomData;

use crate::base::bytes::{Bytes, put_f64};

use super::Aggregate;
use super::packed::Float;

/// NaN, which no sample is, marks "no sample".
const NOTHING: Float = Float::new(f64::NAN);

/// The smallest sample; missing over nothing.
pub(super) type Min = Extreme<Smallest>;

/// The largest sample; missing over nothing.
pub(super) type Max = Extreme<Largest>;

/// The most extreme sample.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Extreme<P> {
    sample: Float,
    preference: PhantomData<P>,
}

/// The preference between two samples.
pub(super) trait Preference:
    Clone + Copy + Debug + PartialEq + Send + Sync + 'static
{
    /// The preferred one; any number wins over NaN.
    fn of(one: f64, other: f64) -> f64;
}

/// Prefers the smaller sample.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Smallest;

/// Prefers the larger sample.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Largest;

impl Preference for Smallest {
    fn of(one: f64, other: f64) -> f64 {
        one.min(other)
    }
}

impl Preference for Largest {
    fn of(one: f64, other: f64) -> f64 {
        one.max(other)
    }
}

impl<P> Extreme<P> {
    const fn new(sample: Float) -> Self {
        Self { sample, preference: PhantomData }
    }
}

impl<P> Default for Extreme<P> {
    fn default() -> Self {
        Self::new(NOTHING)
    }
}

impl<P: Preference> Aggregate for Extreme<P> {
    type Kept = Float;

    fn add(&mut self, _time: i64, value: f64) {
        self.sample = Float::new(P::of(self.sample.get(), value));
    }

    fn merge(&mut self, other: &Self) {
        if let Some(value) = other.read() {
            self.add(0, value);
        }
    }

    fn read(&self) -> Option<f64> {
        Some(self.sample.get()).filter(|value| !value.is_nan())
    }

    fn keep(value: f64) -> Float {
        Float::new(value)
    }

    fn value(kept: Float) -> f64 {
        kept.get()
    }

    fn encode(&self, out: &mut Vec<u8>) {
        put_f64(out, self.sample.get());
    }

    fn decode(bytes: &mut Bytes<'_>) -> Option<Self> {
        let sample = bytes.f64()?;
        Some(if sample.is_nan() { Self::default() } else { Self::new(Float::new(sample)) })
    }
}
