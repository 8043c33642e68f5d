//! The standard deviation of a sample: √(Σ (v − mean)² / (n − 1)).
//!
//! The mean and the sum of squared deviations from it are kept up to date sample by sample
//! (Welford, Technometrics 4, 1962) and merged by their difference (Chan, Golub and `LeVeque`, The
//! American Statistician 37, 1983): large values close together lose no digits, as they would in a
//! difference of sums of squares.

use crate::base::bytes::{Bytes, put_u64};

use super::Aggregate;
use super::packed::{Float, Whole48};
use super::sum::{finite, put_sum};

/// The mean of the samples, the sum of their squared deviations from it, and their number. What has
/// overflowed is ∞ or NaN, stays so whatever is added, and reads as missing.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Stddev {
    mean: Float,
    squares: Float,
    count: Whole48,
}

impl Aggregate for Stddev {
    type Kept = Float;

    fn add(&mut self, _time: i64, value: f64) {
        let count = self.count.get() + 1;
        let before = value - self.mean.get();
        let mean = self.mean.get() + before / count as f64;
        *self = Self {
            mean: Float::new(mean),
            squares: Float::new(self.squares.get() + before * (value - mean)),
            count: Whole48::new(count),
        };
    }

    fn merge(&mut self, other: &Self) {
        if self.count.get() == 0 {
            *self = *other;
            return;
        }
        let (own, others) = (self.count.get() as f64, other.count.get() as f64);
        let (all, apart) = (own + others, other.mean.get() - self.mean.get());
        let squares = self.squares.get() + other.squares.get();
        *self = Self {
            mean: Float::new(self.mean.get() + apart * (others / all)),
            squares: Float::new(squares + apart * apart * (own * others / all)),
            count: Whole48::new(self.count.get() + other.count.get()),
        };
    }

    fn read(&self) -> Option<f64> {
        let count = self.count.get();
        if count < 2 { None } else { finite((self.squares.get() / (count - 1) as f64).sqrt()) }
    }

    fn keep(value: f64) -> Float {
        Float::new(value)
    }

    fn value(kept: Float) -> f64 {
        kept.get()
    }

    fn encode(&self, out: &mut Vec<u8>) {
        put_sum(out, self.mean.get());
        put_sum(out, self.squares.get());
        put_u64(out, self.count.get());
    }

    fn decode(bytes: &mut Bytes<'_>) -> Option<Self> {
        let (mean, squares, count) = (bytes.f64()?, bytes.f64()?, bytes.u64()?);
        let (mean, squares) = (Float::new(mean), Float::new(squares));
        (count <= Whole48::MAX).then(|| Self { mean, squares, count: Whole48::new(count) })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn total(values: &[f64]) -> Stddev {
        Stddev::of(values.iter().map(|value| (0, *value)))
    }

    #[test]
    fn large_values_close_together_keep_their_digits() {
        for offset in [0.0, 1e6, 1e9, 1e12] {
            let values = [4.0, 7.0, 13.0, 16.0].map(|value| value + offset);
            let found = total(&values).read().unwrap();
            assert!((found - 30_f64.sqrt()).abs() < 1e-9, "{offset}: {found}");
        }
    }

    #[test]
    fn two_samples_are_needed_and_equal_ones_do_not_deviate() {
        assert_eq!(total(&[]).read(), None);
        assert_eq!(total(&[0.1]).read(), None);
        assert_eq!(total(&[0.1; 7]).read(), Some(0.0));
        assert_eq!(total(&[3.0, 5.0]).read(), Some(2_f64.sqrt()));
    }

    #[test]
    fn an_overflow_is_missing_for_good() {
        for values in [&[1e300, -1e300][..], &[f64::MAX, f64::MIN, 1.0], &[1e200, 0.0, 0.0]] {
            let mut total = total(values);
            total.merge(&Stddev::of([(0, 1.0), (0, 2.0)].into_iter()));
            assert_eq!(total.read(), None, "{values:?}");
        }
    }

    proptest! {
        #[test]
        fn parts_merge_to_the_whole(
            values in prop::collection::vec(-1e3..1e3f64, 2..60),
            cut: prop::sample::Index,
        ) {
            let (one, other) = values.split_at(cut.index(values.len() + 1));
            let mut merged = total(one);
            merged.merge(&total(other));
            let whole = total(&values).read().unwrap();
            prop_assert!((merged.read().unwrap() - whole).abs() <= 1e-9 * (1.0 + whole));
            let count = values.len() as f64;
            let mean = values.iter().sum::<f64>() / count;
            let squares = values.iter().map(|value| (value - mean).powi(2)).sum::<f64>();
            prop_assert!(((squares / (count - 1.0)).sqrt() - whole).abs() <= 1e-9 * (1.0 + whole));
        }
    }
}
