//! The shape of exponential decay: `Σ vᵢ · 2^(−(t − tsᵢ) / half_life)`, kept as one total at the
//! clock of the last sample and decayed to `t` when read.

use std::fmt::Debug;

use crate::base::bytes::{Bytes, put_f64, put_i64};

use super::{Cell, Sample, Span};

/// A total that can fade.
pub(super) trait Fading:
    Clone + Default + PartialEq + Debug + Send + Sync + 'static
{
    /// Multiplies all that it has by `factor`.
    fn fade(&mut self, factor: f64);
    /// Takes a sample in at `factor` of its weight.
    fn add(&mut self, value: f64, factor: f64);
    /// The value once all of it has faded by `factor` more.
    fn read(&self, factor: f64) -> Option<f64>;
    fn encode(&self, out: &mut Vec<u8>);
    fn decode(bytes: &mut Bytes<'_>) -> Option<Self>;
}

/// A decayed number of samples; 0 over nothing.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct FadingCount(f64);

/// A decayed sum; 0 over nothing.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct FadingSum(f64);

/// A decayed sum over a decayed count; missing over nothing.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct FadingMean {
    sum: f64,
    count: f64,
}

/// A fading total and the clock at which it is true.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Decay<F> {
    total: F,
    at: i64,
}

/// What is left of a weight after `elapsed` milliseconds.
fn factor(elapsed: i64, half_life: i64) -> f64 {
    if elapsed == 0 { 1.0 } else { (-(elapsed as f64) / half_life as f64).exp2() }
}

impl<F: Fading> Cell for Decay<F> {
    /// The half-life in milliseconds.
    type Form = i64;

    fn add(&mut self, half_life: i64, sample: Sample) {
        if sample.clock != self.at {
            self.total.fade(factor(sample.clock - self.at, half_life));
            self.at = sample.clock;
        }
        self.total.add(sample.value, factor(sample.clock - sample.time, half_life));
    }

    fn read(&self, half_life: i64, span: Span) -> Option<f64> {
        self.total.read(factor(span.as_of - self.at, half_life))
    }

    fn encode(&self, out: &mut Vec<u8>) {
        put_i64(out, self.at);
        self.total.encode(out);
    }

    fn decode(bytes: &mut Bytes<'_>) -> Option<Self> {
        Some(Self { at: bytes.i64()?, total: F::decode(bytes)? })
    }
}

impl Fading for FadingCount {
    fn fade(&mut self, factor: f64) {
        self.0 *= factor;
    }

    fn add(&mut self, _value: f64, factor: f64) {
        self.0 += factor;
    }

    fn read(&self, factor: f64) -> Option<f64> {
        Some(self.0 * factor)
    }

    fn encode(&self, out: &mut Vec<u8>) {
        put_f64(out, self.0);
    }

    fn decode(bytes: &mut Bytes<'_>) -> Option<Self> {
        bytes.f64().map(Self)
    }
}

impl Fading for FadingSum {
    fn fade(&mut self, factor: f64) {
        self.0 *= factor;
    }

    fn add(&mut self, value: f64, factor: f64) {
        self.0 = super::sum::bounded(self.0 + value * factor);
    }

    fn read(&self, factor: f64) -> Option<f64> {
        Some(self.0 * factor)
    }

    fn encode(&self, out: &mut Vec<u8>) {
        put_f64(out, self.0);
    }

    fn decode(bytes: &mut Bytes<'_>) -> Option<Self> {
        bytes.f64().map(Self)
    }
}

impl Fading for FadingMean {
    fn fade(&mut self, factor: f64) {
        self.sum *= factor;
        self.count *= factor;
    }

    fn add(&mut self, value: f64, factor: f64) {
        self.sum = super::sum::bounded(self.sum + value * factor);
        self.count += factor;
    }

    /// Both sides fade alike, so their quotient stays: it does not become 0 / 0 with age.
    fn read(&self, _factor: f64) -> Option<f64> {
        (self.count > 0.0).then(|| self.sum / self.count)
    }

    fn encode(&self, out: &mut Vec<u8>) {
        put_f64(out, self.sum);
        put_f64(out, self.count);
    }

    fn decode(bytes: &mut Bytes<'_>) -> Option<Self> {
        Some(Self { sum: bytes.f64()?, count: bytes.f64()? })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample(time: i64, clock: i64, value: f64) -> Sample {
        Sample { time, clock, value }
    }

    #[test]
    fn a_value_halves_in_its_half_life() {
        let mut decay = Decay::<FadingSum>::default();
        decay.add(100, sample(1000, 1000, 8.0));
        assert!((decay.read(100, Span::whole(1100)).unwrap() - 4.0).abs() < 1e-12);
        decay.add(100, sample(1100, 1100, 1.0));
        assert!((decay.read(100, Span::whole(1200)).unwrap() - 2.5).abs() < 1e-12);
    }

    #[test]
    fn a_late_sample_is_scaled_down() {
        let mut decay = Decay::<FadingCount>::default();
        decay.add(100, sample(1100, 1100, 1.0));
        decay.add(100, sample(1000, 1100, 1.0));
        assert!((decay.read(100, Span::whole(1100)).unwrap() - 1.5).abs() < 1e-12);
    }

    #[test]
    fn a_mean_outlives_its_weights() {
        let mut decay = Decay::<FadingMean>::default();
        decay.add(1, sample(0, 0, 3.0));
        assert_eq!(decay.read(1, Span::whole(1_000_000)), Some(3.0));
        assert_eq!(Decay::<FadingMean>::default().read(1, Span::whole(10)), None);
        decay.add(1, sample(2_000_000, 2_000_000, 5.0));
        assert_eq!(decay.read(1, Span::whole(2_000_000)), Some(5.0), "the old one weighs nothing");
    }
}
