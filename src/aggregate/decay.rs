//! Exponential decay: `Σ vᵢ · 2^(−(t − tsᵢ) / half_life)`, stored as one total at the clock of the
//! last sample and decayed to `t` when read.

use std::fmt::Debug;

use crate::base::bytes::{Bytes, put_f64};

use super::packed::Float;
use super::pool::Pool;
use super::sum::{finite, put_sum};
use super::{Cell, Sample, Span};

/// A total that decays.
pub(super) trait Fading: Copy + Default + PartialEq + Debug + Send + Sync + 'static {
    /// Multiplies the total by `factor`.
    fn fade(&mut self, factor: f64);
    /// Adds a sample at `factor` of its weight.
    fn add(&mut self, value: f64, factor: f64);
    /// The value after a further decay by `factor`.
    fn read(&self, factor: f64) -> Option<f64>;
    fn encode(&self, out: &mut Vec<u8>);
    fn decode(bytes: &mut Bytes<'_>) -> Option<Self>;
}

/// A decayed count; 0 over nothing.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct FadingCount(Float);

/// A decayed sum; 0 over nothing. A sum that has overflowed stays so, and reads as missing.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct FadingSum(Float);

/// A decayed sum over a decayed count; missing over nothing, and if the sum is missing.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct FadingMean {
    sum: Float,
    count: Float,
}

/// A decayed total, as of the key's last write.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Decay<F>(F);

/// The decay factor after `elapsed` milliseconds.
fn factor(elapsed: i64, half_life: i64) -> f64 {
    if elapsed == 0 { 1.0 } else { (-(elapsed as f64) / half_life as f64).exp2() }
}

impl<F: Fading> Cell for Decay<F> {
    /// The half-life in milliseconds.
    type Form = i64;
    type Part = ();
    type Memo = ();

    fn add(
        &mut self,
        _pool: &mut Pool<()>,
        half_life: i64,
        (): &mut (),
        written: Option<i64>,
        sample: Sample,
    ) {
        if let Some(elapsed) = written.map(|at| sample.clock - at).filter(|elapsed| *elapsed != 0) {
            self.0.fade(factor(elapsed, half_life));
        }
        self.0.add(sample.number(), factor(sample.clock - sample.time, half_life));
    }

    fn read(&self, _pool: &Pool<()>, half_life: i64, written: i64, span: Span) -> Option<f64> {
        self.0.read(factor(span.as_of - written, half_life))
    }

    fn encode(&self, _pool: &Pool<()>, _half_life: i64, _written: i64, out: &mut Vec<u8>) {
        self.0.encode(out);
    }

    fn decode(
        _pool: &mut Pool<()>,
        _half_life: i64,
        _written: i64,
        bytes: &mut Bytes<'_>,
    ) -> Option<Self> {
        F::decode(bytes).map(Self)
    }
}

impl Fading for FadingCount {
    fn fade(&mut self, factor: f64) {
        self.0 = Float::new(self.0.get() * factor);
    }

    fn add(&mut self, _value: f64, factor: f64) {
        self.0 = Float::new(self.0.get() + factor);
    }

    fn read(&self, factor: f64) -> Option<f64> {
        Some(self.0.get() * factor)
    }

    fn encode(&self, out: &mut Vec<u8>) {
        put_f64(out, self.0.get());
    }

    fn decode(bytes: &mut Bytes<'_>) -> Option<Self> {
        bytes.f64().map(|count| Self(Float::new(count)))
    }
}

impl Fading for FadingSum {
    fn fade(&mut self, factor: f64) {
        self.0 = Float::new(self.0.get() * factor);
    }

    fn add(&mut self, value: f64, factor: f64) {
        self.0 = Float::new(self.0.get() + value * factor);
    }

    fn read(&self, factor: f64) -> Option<f64> {
        finite(self.0.get() * factor)
    }

    fn encode(&self, out: &mut Vec<u8>) {
        put_sum(out, self.0.get());
    }

    fn decode(bytes: &mut Bytes<'_>) -> Option<Self> {
        bytes.f64().map(|sum| Self(Float::new(sum)))
    }
}

impl Fading for FadingMean {
    fn fade(&mut self, factor: f64) {
        self.sum = Float::new(self.sum.get() * factor);
        self.count = Float::new(self.count.get() * factor);
    }

    fn add(&mut self, value: f64, factor: f64) {
        self.sum = Float::new(self.sum.get() + value * factor);
        self.count = Float::new(self.count.get() + factor);
    }

    /// Both sides decay alike, so the quotient is constant: it does not become 0 / 0 with age.
    fn read(&self, _factor: f64) -> Option<f64> {
        let count = self.count.get();
        if count > 0.0 { finite(self.sum.get() / count) } else { None }
    }

    fn encode(&self, out: &mut Vec<u8>) {
        put_sum(out, self.sum.get());
        put_f64(out, self.count.get());
    }

    fn decode(bytes: &mut Bytes<'_>) -> Option<Self> {
        Some(Self { sum: Float::new(bytes.f64()?), count: Float::new(bytes.f64()?) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A cell with the clock of its last write, as a table stores it.
    #[derive(Default)]
    struct Kept<F>(Decay<F>, Option<i64>);

    impl<F: Fading> Kept<F> {
        fn add(&mut self, half_life: i64, time: i64, clock: i64, value: f64) {
            let sample = Sample::of_number(time, clock, value);
            self.0.add(&mut Pool::default(), half_life, &mut (), self.1, sample);
            self.1 = Some(clock);
        }

        fn read(&self, half_life: i64, as_of: i64) -> Option<f64> {
            self.0.read(&Pool::default(), half_life, self.1.unwrap_or(as_of), Span::whole(as_of))
        }
    }

    #[test]
    fn a_value_halves_in_its_half_life() {
        let mut decay = Kept::<FadingSum>::default();
        decay.add(100, 1000, 1000, 8.0);
        assert!((decay.read(100, 1100).unwrap() - 4.0).abs() < 1e-12);
        decay.add(100, 1100, 1100, 1.0);
        assert!((decay.read(100, 1200).unwrap() - 2.5).abs() < 1e-12);
    }

    #[test]
    fn a_late_sample_is_scaled_down() {
        let mut decay = Kept::<FadingCount>::default();
        decay.add(100, 1100, 1100, 1.0);
        decay.add(100, 1000, 1100, 1.0);
        assert!((decay.read(100, 1100).unwrap() - 1.5).abs() < 1e-12);
    }

    #[test]
    fn a_mean_outlives_its_weights() {
        let mut decay = Kept::<FadingMean>::default();
        decay.add(1, 0, 0, 3.0);
        assert_eq!(decay.read(1, 1_000_000), Some(3.0));
        assert_eq!(Kept::<FadingMean>::default().read(1, 10), None);
        decay.add(1, 2_000_000, 2_000_000, 5.0);
        assert_eq!(decay.read(1, 2_000_000), Some(5.0), "the old one weighs nothing");
    }

    #[test]
    fn a_decay_whose_parts_overflow_is_missing_while_it_is_held() {
        let (mut sum, mut mean) = (Kept::<FadingSum>::default(), Kept::<FadingMean>::default());
        for (time, value) in [(0, 1e308), (0, 1e308), (5, -1e308), (2_000_000, 1.0)] {
            sum.add(1, time, time, value);
            mean.add(1, time, time, value);
            let held = (time, value) == (0, 1e308) && sum.read(1, 0) == Some(1e308);
            let want = held.then_some(1e308);
            assert_eq!(sum.read(1, time), want, "{value}");
            assert_eq!(mean.read(1, time), want, "{value}");
            assert_eq!(sum.read(1, time + 9_999_999), want.map(|_| 0.0), "{value}");
        }
    }
}
