//! Distinct: the number of different values, exact up to 1,024 of them, beyond that an estimate
//! from a `HyperLogLog` sketch of 2^14 registers.
//!
//! A value is the 64-bit hash of its identity. A total depends on the set of its values alone, not
//! on their order or on how it was merged: the exact values are sorted, and the sketch is read by
//! its registers (`composite_estimate`), not by the history of its updates.

use std::sync::Arc;

use datasketches::hash::value::raw_bytes;
use datasketches::hll::{HllSketch, HllType, HllUnion};

use crate::base::bytes::{Bytes, put_f64, put_u64};

use super::simple::SimpleAggregate;
use super::{Approximation, ErrorKind, Sample};

/// The most values that are counted exactly.
const EXACT: usize = 1024;

/// The logarithm of the number of registers.
const LG_REGISTERS: u8 = 14;
const REGISTERS: usize = 1 << LG_REGISTERS;

/// How exact a value is. The standard error of a sketch is 1.04 / √registers.
pub(super) const APPROXIMATION: Approximation =
    Approximation { exact_to: EXACT as f64, error: 1.04 / 128.0, kind: ErrorKind::Standard };

/// The different values; 0 over nothing.
#[derive(Clone, Debug)]
pub(super) enum Distinct {
    /// At most [`EXACT`] values, sorted.
    Exact(Vec<u64>),
    /// More of them, shared until it is written.
    Estimated(Arc<Sketch>),
}

/// The registers of more than [`EXACT`] values.
#[derive(Clone, Debug)]
pub(super) struct Sketch(HllUnion);

impl Default for Distinct {
    fn default() -> Self {
        Self::Exact(Vec::new())
    }
}

impl Distinct {
    fn add_value(&mut self, value: u64) {
        match self {
            Self::Exact(values) => {
                let Err(place) = values.binary_search(&value) else { return };
                values.insert(place, value);
                self.estimate_if_many();
            }
            Self::Estimated(sketch) => Arc::make_mut(sketch).add(value),
        }
    }

    /// Changes over to a sketch once there are too many values.
    fn estimate_if_many(&mut self) {
        if let Self::Exact(values) = self
            && values.len() > EXACT
            && let Some(sketch) = Sketch::of_values(values)
        {
            *self = Self::Estimated(Arc::new(sketch));
        }
    }
}

impl SimpleAggregate for Distinct {
    const MOST_BYTES: Option<usize> = Some(size_of::<Sketch>() + REGISTERS);

    fn add(&mut self, sample: Sample) {
        self.add_value(sample.payload);
    }

    fn merge(&mut self, other: &Self) {
        match (&mut *self, other) {
            (Self::Exact(values), Self::Exact(others)) => {
                values.extend_from_slice(others);
                #[expect(clippy::stable_sort_primitive, reason = "two runs, which it only merges")]
                values.sort();
                values.dedup();
                self.estimate_if_many();
            }
            (Self::Estimated(sketch), Self::Exact(others)) => {
                if !others.is_empty() {
                    let sketch = Arc::make_mut(sketch);
                    others.iter().for_each(|value| sketch.add(*value));
                }
            }
            (Self::Estimated(sketch), Self::Estimated(other)) => {
                Arc::make_mut(sketch).merge(other);
            }
            (Self::Exact(values), Self::Estimated(other)) => {
                let mut sketch = Arc::clone(other);
                if !values.is_empty() {
                    let own = Arc::make_mut(&mut sketch);
                    values.iter().for_each(|value| own.add(*value));
                }
                *self = Self::Estimated(sketch);
            }
        }
    }

    fn value(&self) -> Option<f64> {
        Some(match self {
            Self::Exact(values) => values.len() as f64,
            // There are more than can be counted exactly, whatever the registers say.
            Self::Estimated(sketch) => sketch.estimate().round().max(EXACT as f64 + 1.0),
        })
    }

    fn is_exact(&self) -> bool {
        matches!(self, Self::Exact(_))
    }

    fn encode(&self, out: &mut Vec<u8>) {
        match self {
            Self::Exact(values) => {
                put_u64(out, values.len() as u64);
                values.iter().for_each(|value| out.extend_from_slice(&value.to_le_bytes()));
            }
            Self::Estimated(sketch) => {
                put_u64(out, EXACT as u64 + 1);
                sketch.encode(out);
            }
        }
    }

    fn decode(bytes: &mut Bytes<'_>) -> Option<Self> {
        let length = usize::try_from(bytes.u64()?).ok()?;
        if length > EXACT {
            let sketch = if length == EXACT + 1 { Sketch::decode(bytes) } else { None };
            return sketch.map(|sketch| Self::Estimated(Arc::new(sketch)));
        }
        let mut values = Vec::with_capacity(length);
        for _ in 0..length {
            let (value, rest) = bytes.0.split_first_chunk::<8>()?;
            bytes.0 = rest;
            values.push(u64::from_le_bytes(*value));
        }
        values.is_sorted_by(|one, next| one < next).then_some(Self::Exact(values))
    }

    fn bytes(&self) -> usize {
        match self {
            Self::Exact(values) => values.capacity() * size_of::<u64>(),
            Self::Estimated(sketch) => size_of::<Sketch>() + sketch.0.estimated_size(),
        }
    }
}

impl Sketch {
    /// The header of a sketch that is an array of one byte a register and knows no history, as the
    /// `DataSketches` of all languages store it: ten words of header, version, family, logarithm of
    /// the registers, a byte unused, the flag of no history, a byte unused, the mode.
    const HEADER: [u8; 8] = [10, 1, 7, LG_REGISTERS, 0, 16, 0, 10];

    fn of_values(values: &[u64]) -> Option<Self> {
        let mut sketch = sketch_of(&[0; REGISTERS])?;
        values.iter().for_each(|value| sketch.update(raw_bytes::from_slice(&value.to_le_bytes())));
        Self::of(&sketch)
    }

    fn of(sketch: &HllSketch) -> Option<Self> {
        let mut union = HllUnion::new(LG_REGISTERS).ok()?;
        union.update(sketch);
        Some(Self(union))
    }

    fn add(&mut self, value: u64) {
        self.0.update_value(raw_bytes::from_slice(&value.to_le_bytes()));
    }

    fn merge(&mut self, other: &Self) {
        self.0.update(&other.0.to_sketch(HllType::Hll8));
    }

    fn estimate(&self) -> f64 {
        self.0.composite_estimate()
    }

    /// Encodes the registers: those that are not 0, each behind its distance to the one before, or
    /// all of them if that is shorter.
    fn encode(&self, out: &mut Vec<u8>) {
        let image = self.0.to_sketch(HllType::Hll8).serialize();
        let registers = &image[image.len().saturating_sub(REGISTERS)..];
        let set = registers.iter().filter(|register| **register != 0).count();
        if set >= REGISTERS / 2 {
            put_u64(out, 0);
            out.extend_from_slice(registers);
            return;
        }
        put_u64(out, set as u64);
        let mut next = 0;
        for (place, register) in registers.iter().enumerate().filter(|(_, set)| **set != 0) {
            put_u64(out, (place - next) as u64);
            out.push(*register);
            next = place + 1;
        }
    }

    fn decode(bytes: &mut Bytes<'_>) -> Option<Self> {
        let set = bytes.u64()?;
        let mut sparse = [0; REGISTERS];
        let registers = if set == 0 {
            let (registers, rest) = bytes.0.split_at_checked(REGISTERS)?;
            bytes.0 = rest;
            registers
        } else {
            let mut next = 0usize;
            for _ in 0..set {
                let place = next.checked_add(usize::try_from(bytes.u64()?).ok()?)?;
                let (register, rest) = bytes.0.split_first()?;
                bytes.0 = rest;
                *sparse.get_mut(place)? = *register;
                next = place + 1;
            }
            &sparse
        };
        // A register has six bits.
        let is_valid = registers.iter().all(|register| *register < 64);
        Self::of(&sketch_of(registers).filter(|_| is_valid)?)
    }
}

/// The sketch of an array of registers.
fn sketch_of(registers: &[u8]) -> Option<HllSketch> {
    let mut image = Vec::with_capacity(40 + REGISTERS);
    image.extend_from_slice(&Sketch::HEADER);
    // The sums of the estimator are made anew by the union.
    (0..3).for_each(|_| put_f64(&mut image, 0.0));
    let zeros = REGISTERS - registers.iter().filter(|register| **register != 0).count();
    image.extend_from_slice(&(zeros as u32).to_le_bytes());
    image.extend_from_slice(&0u32.to_le_bytes());
    image.extend_from_slice(registers);
    HllSketch::deserialize(&image).ok()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Different values with a fixed seed: `splitmix64` of the numbers of a range.
    fn values(range: std::ops::Range<u64>) -> impl Iterator<Item = u64> {
        range.map(|number| {
            let mut mixed = number.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
            mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
            mixed ^ (mixed >> 31)
        })
    }

    fn total(values: impl Iterator<Item = u64>) -> Distinct {
        let mut total = Distinct::default();
        values.for_each(|value| total.add_value(value));
        total
    }

    fn encoded(total: &Distinct) -> Vec<u8> {
        let mut out = Vec::new();
        total.encode(&mut out);
        out
    }

    #[test]
    fn up_to_1024_values_are_exact() {
        let mut total = total(values(0..1024));
        values(0..1024).for_each(|value| total.add_value(value));
        assert_eq!(total.value(), Some(1024.0));
        total.add_value(7);
        assert!(matches!(total, Distinct::Estimated(_)));
        assert!(total.value().unwrap() >= 1025.0);
        assert_eq!(Distinct::default().value(), Some(0.0));
    }

    #[test]
    fn estimates_are_within_five_standard_errors() {
        const { assert!(APPROXIMATION.error <= 0.01) };
        for many in [1_025u64, 1_500, 3_000, 20_000, 45_000, 80_000, 100_000] {
            for seed in 0..4u64 {
                let first = seed << 40;
                let found = total(values(first..first + many)).value().unwrap();
                let error = (found - many as f64).abs() / many as f64;
                assert!(error <= 5.0 * APPROXIMATION.error, "{many}: {found}");
            }
        }
    }

    #[test]
    fn a_merged_total_is_that_of_the_union() {
        let ranges = [0..10u64, 5..1000, 0..0, 900..2500, 2000..9000, 0..1024, 90_000..120_000];
        for one in &ranges {
            for other in &ranges {
                let mut merged = total(values(one.clone()));
                merged.merge(&total(values(other.clone())));
                let union = total(values(other.clone()).chain(values(one.clone())));
                assert_eq!(encoded(&merged), encoded(&union), "{one:?} {other:?}");
                assert_eq!(merged.value(), union.value());
            }
        }
    }

    #[test]
    fn stored_totals_come_back_and_broken_ones_do_not() {
        for many in [0, 1, 1024, 1025, 3000, 100_000] {
            let total = total(values(0..many));
            let out = encoded(&total);
            let mut bytes = Bytes(&out);
            let mut back = Distinct::decode(&mut bytes).unwrap();
            assert!(bytes.is_empty());
            assert_eq!(back.value(), total.value(), "{many}");
            assert_eq!(encoded(&back), out, "{many}");
            assert!(back.bytes() <= Distinct::MOST_BYTES.unwrap());
            let mut on = total.clone();
            for value in values(many..many + 2000) {
                on.add_value(value);
                back.add_value(value);
            }
            assert_eq!(encoded(&back), encoded(&on), "{many}, and more");
            for end in (0..out.len()).step_by(1 + out.len() / 50) {
                assert!(Distinct::decode(&mut Bytes(&out[..end])).is_none(), "{many} {end}");
            }
        }
        let two = [2u64.to_le_bytes(), 1u64.to_le_bytes()].concat();
        assert!(Distinct::decode(&mut Bytes(&[&[2], two.as_slice()].concat())).is_none(), "order");
        assert!(Distinct::decode(&mut Bytes(&[0x82, 0x08])).is_none(), "no such length");
    }

    proptest! {
        #[test]
        fn a_total_depends_on_the_set_of_its_values(
            mut numbers in prop::collection::vec(0u64..2600, 0..4000),
            cut: prop::sample::Index,
        ) {
            let straight = total(numbers.iter().flat_map(|n| values(*n..n + 1)));
            let cut = cut.index(numbers.len() + 1);
            let (one, other) = numbers.split_at(cut);
            let parts = [one, other].map(|part| total(part.iter().flat_map(|n| values(*n..n + 1))));
            let mut merged = parts[1].clone();
            merged.merge(&parts[0]);
            prop_assert_eq!(encoded(&merged), encoded(&straight));
            numbers.sort_unstable();
            numbers.dedup();
            if numbers.len() <= EXACT {
                prop_assert_eq!(straight.value(), Some(numbers.len() as f64));
            }
        }
    }
}
