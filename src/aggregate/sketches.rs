//! The totals of `distinct` and `percentile` on their own, for whoever sums up values that no state
//! counts.

use super::Sample;
use super::distinct::Distinct;
use super::percentile::{Percentile, Percentiles};
use super::simple::SimpleAggregate;

/// The number of different values, by their hashes: exact for as many as `distinct` counts exactly.
#[derive(Clone, Debug, Default)]
pub struct DistinctValues(Distinct);

impl DistinctValues {
    /// Adds a value.
    pub fn add(&mut self, hash: u64) {
        self.0.add(Sample { payload: hash, ..Sample::one(0, 0) });
    }

    /// The number of different values so far.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.0.value().unwrap_or_default() as u64
    }
}

/// The percentiles of numbers, as exact as those of `percentile`.
#[derive(Clone, Debug, Default)]
pub struct Quantiles(Percentiles);

impl Quantiles {
    /// Adds a number, which is finite.
    pub fn add(&mut self, number: f64) {
        self.0.add(Sample::of_number(0, 0, number));
    }

    /// The number at a percentile; `None` over nothing.
    #[must_use]
    pub fn at(&self, percentile: Percentile) -> Option<f64> {
        self.0.percentile(percentile)
    }

    /// True if the percentiles are exact.
    #[must_use]
    pub fn is_exact(&self) -> bool {
        self.0.is_exact()
    }
}
