//! The first and the last value, by event time.

use std::fmt::Debug;
use std::marker::PhantomData;

use crate::base::bytes::{Bytes, put_f64, put_i64};

use super::Aggregate;
use super::packed::{Float, Moment};

/// The sample with the oldest event time; at equal time the one added first. Missing over nothing.
pub(super) type First = End<Oldest>;

/// The sample with the newest event time; at equal time the one added last. Missing over nothing.
pub(super) type Last = End<Newest>;

/// The sample at one end of the past, and its event time; NaN, which no sample is, marks "no
/// sample".
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct End<P> {
    time: Moment,
    value: Float,
    side: PhantomData<P>,
}

/// Which end of the past.
pub(super) trait Side: Clone + Copy + Debug + PartialEq + Send + Sync + 'static {
    /// True if a sample added at a time takes the place of one that is held of another.
    fn replaces(time: i64, held: i64) -> bool;
}

/// The begin of the past.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Oldest;

/// The end of the past.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Newest;

impl Side for Oldest {
    fn replaces(time: i64, held: i64) -> bool {
        time < held
    }
}

impl Side for Newest {
    fn replaces(time: i64, held: i64) -> bool {
        time >= held
    }
}

impl<P> End<P> {
    fn new(time: Moment, value: f64) -> Self {
        Self { time, value: Float::new(value), side: PhantomData }
    }
}

impl<P> Default for End<P> {
    fn default() -> Self {
        Self::new(Moment::new(0), f64::NAN)
    }
}

impl<P: Side> Aggregate for End<P> {
    type Kept = Float;

    fn add(&mut self, time: i64, value: f64) {
        if self.read().is_none() || P::replaces(time, self.time.get()) {
            *self = Self::new(Moment::new(time), value);
        }
    }

    fn merge(&mut self, other: &Self) {
        if let Some(value) = other.read() {
            self.add(other.time.get(), value);
        }
    }

    fn read(&self) -> Option<f64> {
        Some(self.value.get()).filter(|value| !value.is_nan())
    }

    fn keep(value: f64) -> Float {
        Float::new(value)
    }

    fn value(kept: Float) -> f64 {
        kept.get()
    }

    fn encode(&self, out: &mut Vec<u8>) {
        put_i64(out, self.time.get());
        put_f64(out, self.value.get());
    }

    fn decode(bytes: &mut Bytes<'_>) -> Option<Self> {
        let (time, value) = (Moment::exact(bytes.i64()?)?, bytes.f64()?);
        Some(if value.is_nan() { Self::default() } else { Self::new(time, value) })
    }
}
