//! Percentiles: the value of which so many percent of the samples are at most as large, exact up to
//! 256 samples, beyond that from a histogram at most 0.8 % off.
//!
//! The histogram is the sketch of Masson, Rim and Lee (`DDSketch`, VLDB 2019) with its piecewise
//! linear mapping: between two powers of two lie 64 bins of equal width, so that the bin of a float
//! is its leading bits. A bin from `a` to `b` is read as `2ab / (a + b)`, which is off by at most
//! `(b − a) / (b + a)`, or 1/129. No logarithm takes part: the same samples make the same bins on
//! every platform, in whatever order they come or are merged. What is too small for a normal float,
//! below 2.3e-308, shares the bin of 0.

use std::sync::Arc;

use crate::base::bytes::{Bytes, put_f64, put_i64, put_u64};

use super::simple::SimpleAggregate;
use super::{Approximation, ErrorKind, Sample};

/// A percentile in thousandths: 50,000 is the median.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Percentile(pub u32);

impl Percentile {
    /// The median.
    pub const MEDIAN: Self = Self(50_000);
    /// The largest.
    pub const MOST: u32 = 100_000;

    /// The rank, from 1, of the sample that it is among some: the first of which so many percent are
    /// at or before it.
    #[must_use]
    pub fn rank(self, samples: u64) -> u64 {
        let rank = (u128::from(self.0) * u128::from(samples)).div_ceil(Self::MOST.into());
        u64::try_from(rank).unwrap_or(samples).clamp(1, samples.max(1))
    }
}

/// The most samples that are kept as they are.
const EXACT: usize = 256;

/// The bits of a float below those that name its bin, and the bins between two powers of two.
const FINE: u32 = 46;
const BINS: i64 = 64;

/// How exact a value is: rounding included.
pub(super) const APPROXIMATION: Approximation =
    Approximation { exact_to: EXACT as f64, error: 1.0 / 128.0, kind: ErrorKind::Largest };

/// The samples; missing over nothing.
#[derive(Clone, Debug)]
pub(super) enum Percentiles {
    /// At most [`EXACT`] samples, ascending.
    Exact(Vec<f64>),
    /// The number of samples in each bin that has any, ascending; shared until it is written.
    Binned(Arc<Vec<(i64, u64)>>),
}

impl Default for Percentiles {
    fn default() -> Self {
        Self::Exact(Vec::new())
    }
}

/// The bin of a number: 0 for 0 and for what is too small for a normal float.
fn bin(number: f64) -> i64 {
    let magnitude = (number.abs().to_bits() >> FINE) as i64;
    match magnitude {
        0..BINS => 0,
        _ if number < 0.0 => -magnitude,
        _ => magnitude,
    }
}

/// The number that stands for those of a bin.
fn middle(bin: i64) -> f64 {
    let magnitude = bin.unsigned_abs();
    let part = 129 + 2 * (magnitude % BINS as u64);
    let middle = f64::from_bits(magnitude << FINE) * (1.0 + 1.0 / part as f64);
    if bin < 0 { -middle } else { middle }
}

fn count(bins: &mut Vec<(i64, u64)>, bin: i64, samples: u64) {
    match bins.binary_search_by_key(&bin, |(known, _)| *known) {
        Ok(place) => bins[place].1 = bins[place].1.saturating_add(samples),
        Err(place) => bins.insert(place, (bin, samples)),
    }
}

impl Percentiles {
    fn take(&mut self, number: f64) {
        match self {
            Self::Exact(samples) => {
                let place = samples.partition_point(|known| *known <= number);
                samples.insert(place, number);
                self.bin_if_many();
            }
            Self::Binned(bins) => count(Arc::make_mut(bins), bin(number), 1),
        }
    }

    /// Changes over to bins once there are too many samples.
    fn bin_if_many(&mut self) {
        if let Self::Exact(samples) = self
            && samples.len() > EXACT
        {
            let mut bins = Vec::new();
            samples.iter().for_each(|sample| count(&mut bins, bin(*sample), 1));
            *self = Self::Binned(Arc::new(bins));
        }
    }
}

impl SimpleAggregate for Percentiles {
    /// Both signs, 2,046 powers of two; the room of a list may be twice what it holds.
    const MOST_BYTES: Option<usize> = Some(2 * 2 * 2046 * BINS as usize * size_of::<(i64, u64)>());

    fn add(&mut self, sample: Sample) {
        // Of the two zeros there is one.
        self.take(sample.number() + 0.0);
    }

    fn merge(&mut self, other: &Self) {
        match (&mut *self, other) {
            (Self::Exact(samples), Self::Exact(others)) => {
                samples.extend_from_slice(others);
                samples.sort_by(f64::total_cmp);
                self.bin_if_many();
            }
            (Self::Binned(_), Self::Exact(others)) => {
                others.iter().for_each(|number| self.take(*number));
            }
            (Self::Binned(bins), Self::Binned(others)) => {
                let bins = Arc::make_mut(bins);
                others.iter().for_each(|(bin, samples)| count(bins, *bin, *samples));
            }
            (Self::Exact(samples), Self::Binned(others)) => {
                let own = std::mem::take(samples);
                *self = Self::Binned(Arc::clone(others));
                own.iter().for_each(|number| self.take(*number));
            }
        }
    }

    /// The median.
    fn value(&self) -> Option<f64> {
        self.percentile(Percentile::MEDIAN)
    }

    fn percentile(&self, percentile: Percentile) -> Option<f64> {
        match self {
            Self::Exact(samples) => {
                let rank = percentile.rank(samples.len() as u64);
                samples.get(usize::try_from(rank).ok()? - 1).copied()
            }
            Self::Binned(bins) => {
                let all = bins.iter().map(|(_, samples)| samples).sum();
                let mut left = percentile.rank(all);
                let found = bins.iter().find(|(_, samples)| {
                    let is_here = left <= *samples;
                    left = left.saturating_sub(*samples);
                    is_here
                });
                found.map(|(bin, _)| middle(*bin))
            }
        }
    }

    fn is_exact(&self) -> bool {
        matches!(self, Self::Exact(_))
    }

    fn encode(&self, out: &mut Vec<u8>) {
        match self {
            Self::Exact(samples) => {
                put_u64(out, samples.len() as u64);
                samples.iter().for_each(|sample| put_f64(out, *sample));
            }
            Self::Binned(bins) => {
                put_u64(out, EXACT as u64 + 1);
                put_u64(out, bins.len() as u64);
                for (bin, samples) in bins.iter() {
                    put_i64(out, *bin);
                    put_u64(out, *samples);
                }
            }
        }
    }

    fn decode(bytes: &mut Bytes<'_>) -> Option<Self> {
        let length = usize::try_from(bytes.u64()?).ok()?;
        if length <= EXACT {
            let samples: Vec<f64> = (0..length).map(|_| bytes.f64()).collect::<Option<_>>()?;
            let is_valid = samples.is_sorted() && samples.iter().all(|sample| sample.is_finite());
            return is_valid.then_some(Self::Exact(samples));
        }
        let mut bins: Vec<(i64, u64)> = Vec::new();
        let (mut all, most) = (0u64, bin(f64::MAX));
        for _ in 0..bytes.u64()? {
            let (bin, samples) = (bytes.i64()?, bytes.u64()?);
            all = all.checked_add(samples)?;
            let is_bin = bin == 0 || (BINS..=most).contains(&bin.abs());
            let follows = bins.last().is_none_or(|(last, _)| *last < bin);
            if samples == 0 || !is_bin || !follows {
                return None;
            }
            bins.push((bin, samples));
        }
        (length == EXACT + 1 && all > EXACT as u64).then(|| Self::Binned(Arc::new(bins)))
    }

    fn bytes(&self) -> usize {
        match self {
            Self::Exact(samples) => samples.capacity() * size_of::<f64>(),
            Self::Binned(bins) => {
                size_of::<Vec<(i64, u64)>>() + bins.capacity() * size_of::<(i64, u64)>()
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn total(numbers: &[f64]) -> Percentiles {
        let mut total = Percentiles::default();
        numbers.iter().for_each(|number| total.add(Sample::of_number(0, 0, *number)));
        total
    }

    fn encoded(total: &Percentiles) -> Vec<u8> {
        let mut out = Vec::new();
        total.encode(&mut out);
        out
    }

    fn read(total: &Percentiles, percent: u32) -> Option<f64> {
        total.percentile(Percentile(percent * 1000))
    }

    #[test]
    fn few_samples_are_exact() {
        let hundred = total(&(1..=100).map(f64::from).collect::<Vec<_>>());
        for percent in 1..=100 {
            assert_eq!(read(&hundred, percent), Some(f64::from(percent)));
        }
        assert_eq!(read(&hundred, 0), Some(1.0));
        assert_eq!(hundred.percentile(Percentile(99_001)), Some(100.0));
        assert_eq!(read(&total(&[3.0, 1.0]), 50), Some(1.0));
        assert_eq!(read(&total(&[]), 50), None);
        assert_eq!(total(&[-0.0]).value().map(f64::to_bits), Some(0));
    }

    #[test]
    fn every_bin_is_read_within_its_error() {
        for magnitude in BINS..=bin(f64::MAX) {
            let lowest = f64::from_bits((magnitude as u64) << FINE);
            let highest = f64::from_bits(((magnitude as u64 + 1) << FINE) - 1);
            for number in [lowest, highest] {
                for number in [number, -number] {
                    let found = middle(bin(number));
                    assert!(((found - number) / number).abs() <= APPROXIMATION.error, "{number}");
                }
            }
        }
        assert_eq!(middle(bin(0.0)).to_bits(), 0);
        const { assert!(APPROXIMATION.error < 0.01) };
    }

    #[test]
    fn broken_bytes_are_refused() {
        for many in [0, 5, 256, 257, 5_000] {
            let numbers: Vec<f64> = (0..many).map(|n| f64::from(n * n) - 700.0).collect();
            let out = encoded(&total(&numbers));
            for end in 0..out.len() {
                assert!(Percentiles::decode(&mut Bytes(&out[..end])).is_none(), "{many} {end}");
            }
        }
    }

    proptest! {
        #[test]
        fn a_total_depends_on_its_samples_alone(
            numbers in prop::collection::vec(
                prop_oneof![-1e3..1e3f64, Just(0.0), -1e300..1e300f64, -1e-5..1e-5f64],
                0..700,
            ),
            cut: prop::sample::Index,
            percent in 0u32..=100,
        ) {
            let whole = total(&numbers);
            let (one, other) = numbers.split_at(cut.index(numbers.len() + 1));
            let mut merged = total(other);
            merged.merge(&total(one));
            prop_assert_eq!(encoded(&merged), encoded(&whole));
            let out = encoded(&whole);
            let mut bytes = Bytes(&out);
            let back = Percentiles::decode(&mut bytes).unwrap();
            prop_assert!(bytes.is_empty());
            prop_assert_eq!(encoded(&back), out);
            prop_assert!(whole.bytes() <= Percentiles::MOST_BYTES.unwrap());
            let mut sorted = numbers.clone();
            sorted.sort_by(f64::total_cmp);
            let rank = (f64::from(percent) * numbers.len() as f64 / 100.0).ceil().max(1.0);
            let expected = sorted.get(rank as usize - 1).copied();
            let found = read(&whole, percent);
            prop_assert_eq!(found.is_some(), expected.is_some());
            if let Some((found, expected)) = found.zip(expected) {
                let most = if numbers.len() > EXACT { APPROXIMATION.error } else { 0.0 };
                prop_assert!((found - expected).abs() <= most * expected.abs(), "{} {}", found, expected);
            }
        }
    }
}
