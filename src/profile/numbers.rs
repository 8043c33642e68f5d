//! The numbers among the values of a field: the least, the greatest, and percentiles between.

use crate::aggregate::{Percentile, Quantiles};

use super::values::Values;

/// The percentiles that are told, besides the least and the greatest.
pub const PERCENTILES: [Percentile; 3] =
    [Percentile(5_000), Percentile::MEDIAN, Percentile(95_000)];

/// The numbers among the values of a field.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Numbers {
    /// The least.
    pub least: f64,
    /// At [`PERCENTILES`].
    pub at: [f64; PERCENTILES.len()],
    /// The greatest.
    pub most: f64,
    /// True if the percentiles are exact.
    pub is_exact: bool,
}

/// The numbers so far.
#[derive(Debug)]
pub(super) struct Totals {
    least: f64,
    most: f64,
    quantiles: Quantiles,
}

impl Default for Totals {
    fn default() -> Self {
        Self { least: f64::INFINITY, most: f64::NEG_INFINITY, quantiles: Quantiles::default() }
    }
}

impl Totals {
    #[inline]
    pub(super) fn add(&mut self, number: f64) {
        self.least = self.least.min(number);
        self.most = self.most.max(number);
        self.quantiles.add(number);
    }

    /// The numbers; `values` has them among all values of the field.
    pub(super) fn numbers(&self, values: &Values) -> Numbers {
        // As long as all values are counted, so are the numbers.
        let exact = values.is_exact().then(|| values.numbers());
        let count = exact.iter().flatten().map(|(_, count)| count).sum();
        let at = |percentile: Percentile| match &exact {
            Some(numbers) => nth(numbers, percentile.rank(count)),
            None => self.quantiles.at(percentile),
        };
        Numbers {
            least: self.least,
            // An estimate is never outside of what was there.
            at: PERCENTILES.map(|percentile| {
                at(percentile).unwrap_or(self.least).clamp(self.least, self.most)
            }),
            most: self.most,
            is_exact: exact.is_some() || self.quantiles.is_exact(),
        }
    }
}

/// The n-th number, from 1, of those with these counts, ascending.
fn nth(numbers: &[(f64, u64)], rank: u64) -> Option<f64> {
    let mut left = rank;
    let found = numbers.iter().find(|(_, count)| {
        let is_here = left <= *count;
        left = left.saturating_sub(*count);
        is_here
    });
    found.map(|(number, _)| *number)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_ranks_among_all() {
        let numbers = [(1.0, 3), (2.0, 1), (9.0, 6)];
        let at = |percent: u32| nth(&numbers, Percentile(percent * 1000).rank(10));
        assert_eq!([1, 30, 31, 40, 41, 100].map(at), [1.0, 1.0, 2.0, 2.0, 9.0, 9.0].map(Some));
        assert_eq!(nth(&[], 1), None);
    }
}
