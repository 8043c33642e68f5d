//! The most frequent values: how often each value came, exactly up to 1,024 different values, beyond
//! that from a summary whose counts are off by at most 0.2 % of all values.
//!
//! The summary is that of Misra and Gries (Science of Computer Programming 2, 1982), merged as
//! Agarwal et al. do (Mergeable Summaries, PODS 2012): of more than 1,024 counts, the 513th largest
//! is taken off all of them, and what is left with nothing goes. That takes it off at least 513
//! counts, so that all that is ever taken off one value is at most a 513th of what came.
//!
//! A value is the 64-bit hash of its identity. Which values are the most frequent is decided where
//! it is read, since values of equal counts are told apart by their texts.

use std::cmp::{Ordering, Reverse};
use std::sync::Arc;

use crate::base::bytes::{Bytes, put_u64};

use super::simple::SimpleAggregate;
use super::{Approximation, ErrorKind, Sample};

/// The most values that are counted.
const MOST: usize = 1024;
/// The values that are left with a count, at most, when there were more.
const LEFT: usize = MOST / 2;

/// How exact the counts are.
pub(super) const APPROXIMATION: Approximation =
    Approximation { exact_to: MOST as f64, error: 1.0 / (LEFT + 1) as f64, kind: ErrorKind::OfAll };

/// A value and its count.
type Counted = (u64, u64);

/// The counts of values.
#[derive(Clone, Debug, Default)]
pub(super) struct TopK {
    /// By value; shared until it is written.
    counts: Arc<Vec<Counted>>,
    /// What was taken off every count; 0 while they are exact.
    taken: u64,
}

fn count(counts: &mut Vec<Counted>, value: u64, more: u64) {
    match counts.binary_search_by_key(&value, |(known, _)| *known) {
        Ok(place) => counts[place].1 = counts[place].1.saturating_add(more),
        Err(place) => counts.insert(place, (value, more)),
    }
}

/// The counts of two lists, in one pass over both.
fn merged(one: &[Counted], other: &[Counted]) -> Vec<Counted> {
    let mut counts = Vec::with_capacity(one.len().max(other.len()));
    let (mut one, mut other) = (one, other);
    while let ([(value, count), rest @ ..], [(own, more), others @ ..]) = (one, other) {
        let (low, sum) = match value.cmp(own) {
            Ordering::Less => (value, *count),
            Ordering::Greater => (own, *more),
            Ordering::Equal => (value, count.saturating_add(*more)),
        };
        counts.push((*low, sum));
        one = if value <= own { rest } else { one };
        other = if own <= value { others } else { other };
    }
    counts.extend_from_slice(one);
    counts.extend_from_slice(other);
    counts
}

impl TopK {
    /// Takes so much off all counts that few values are left, if there are too many.
    fn shorten(&mut self) {
        if self.counts.len() <= MOST {
            return;
        }
        let counts = Arc::make_mut(&mut self.counts);
        let mut sizes: Vec<u64> = counts.iter().map(|(_, count)| *count).collect();
        let (_, least, _) = sizes.select_nth_unstable_by_key(LEFT, |count| Reverse(*count));
        let least = *least;
        counts.retain_mut(|(_, count)| {
            *count = count.saturating_sub(least);
            *count > 0
        });
        counts.shrink_to(MOST);
        self.taken = self.taken.saturating_add(least);
    }
}

impl SimpleAggregate for TopK {
    /// The room of a list may be twice what it holds.
    const MOST_BYTES: Option<usize> =
        Some(size_of::<Vec<Counted>>() + 2 * (MOST + 1) * size_of::<Counted>());

    fn add(&mut self, sample: Sample) {
        count(Arc::make_mut(&mut self.counts), sample.payload, 1);
        self.shorten();
    }

    fn merge(&mut self, other: &Self) {
        if self.counts.is_empty() && self.taken == 0 {
            *self = other.clone();
            return;
        }
        if !other.counts.is_empty() {
            self.counts = Arc::new(merged(&self.counts, &other.counts));
        }
        self.taken = self.taken.saturating_add(other.taken);
        self.shorten();
    }

    /// The number of different values that are counted; that of a list itself is its texts.
    fn value(&self) -> Option<f64> {
        Some(self.counts.len() as f64)
    }

    fn counts(&self) -> &[Counted] {
        &self.counts
    }

    fn is_exact(&self) -> bool {
        self.taken == 0
    }

    fn encode(&self, out: &mut Vec<u8>) {
        put_u64(out, self.taken);
        put_u64(out, self.counts.len() as u64);
        for (value, count) in self.counts.iter() {
            out.extend_from_slice(&value.to_le_bytes());
            put_u64(out, *count);
        }
    }

    fn decode(bytes: &mut Bytes<'_>) -> Option<Self> {
        let taken = bytes.u64()?;
        let length = usize::try_from(bytes.u64()?).ok().filter(|length| *length <= MOST)?;
        let mut counts: Vec<Counted> = Vec::with_capacity(length);
        for _ in 0..length {
            let (value, rest) = bytes.0.split_first_chunk::<8>()?;
            bytes.0 = rest;
            let (value, count) = (u64::from_le_bytes(*value), bytes.u64()?);
            if count == 0 || counts.last().is_some_and(|(last, _)| *last >= value) {
                return None;
            }
            counts.push((value, count));
        }
        Some(Self { counts: Arc::new(counts), taken })
    }

    fn bytes(&self) -> usize {
        size_of::<Vec<Counted>>() + self.counts.capacity() * size_of::<Counted>()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;

    fn total(values: impl IntoIterator<Item = u64>) -> TopK {
        let mut total = TopK::default();
        for payload in values {
            total.add(Sample { time: 0, clock: 0, payload });
        }
        total
    }

    fn encoded(total: &TopK) -> Vec<u8> {
        let mut out = Vec::new();
        total.encode(&mut out);
        out
    }

    fn exact(values: &[u64]) -> BTreeMap<u64, u64> {
        let mut counts = BTreeMap::new();
        values.iter().for_each(|value| *counts.entry(*value).or_default() += 1);
        counts
    }

    /// No count is too large, or smaller by more than its bound.
    fn check(found: &TopK, values: &[u64]) {
        let bound = (APPROXIMATION.error * values.len() as f64) as u64;
        assert!(found.taken <= bound, "{} of {}", found.taken, values.len());
        assert!(found.counts.len() <= MOST && found.bytes() <= TopK::MOST_BYTES.unwrap());
        let known: BTreeMap<u64, u64> = found.counts.iter().copied().collect();
        for (value, count) in exact(values) {
            let told = known.get(&value).copied().unwrap_or(0);
            assert!(told <= count && count <= told + found.taken, "{value}: {told} of {count}");
        }
    }

    #[test]
    fn up_to_1024_values_are_exact() {
        let values: Vec<u64> = (0..3000).map(|number| number * number % 1024).collect();
        let found = total(values.iter().copied());
        assert!(found.is_exact());
        assert_eq!(found.counts().to_vec(), exact(&values).into_iter().collect::<Vec<_>>());
        let mut many = total(0..1024);
        assert!(many.is_exact());
        many.add(Sample { time: 0, clock: 0, payload: 1024 });
        assert!(!many.is_exact());
    }

    #[test]
    fn frequent_values_stay_however_many_others_come() {
        // A fifth of all are one value, a tenth another one.
        let values: Vec<u64> = (0..100_000)
            .map(|number| match number % 10 {
                0 | 5 => 7,
                3 => 8,
                _ => 1_000 + number,
            })
            .collect();
        let found = total(values.iter().copied());
        check(&found, &values);
        let mut counts = found.counts().to_vec();
        counts.sort_by_key(|(_, count)| Reverse(*count));
        assert_eq!(counts[..2].iter().map(|(value, _)| *value).collect::<Vec<_>>(), [7, 8]);
    }

    #[test]
    fn broken_bytes_are_refused() {
        let out = encoded(&total((0..2000).map(|number| number % 1100)));
        for end in (0..out.len()).step_by(7) {
            assert!(TopK::decode(&mut Bytes(&out[..end])).is_none(), "{end}");
        }
        let entry = |value: u64, count: u8| [&value.to_le_bytes()[..], &[count]].concat();
        let of = |entries: &[Vec<u8>]| [&[0, entries.len() as u8][..], &entries.concat()].concat();
        assert!(TopK::decode(&mut Bytes(&of(&[entry(1, 2), entry(3, 1)]))).is_some());
        assert!(TopK::decode(&mut Bytes(&of(&[entry(3, 2), entry(1, 1)]))).is_none(), "order");
        assert!(TopK::decode(&mut Bytes(&of(&[entry(1, 0)]))).is_none(), "counted never");
    }

    proptest! {
        #[test]
        fn merged_counts_are_within_their_bound(
            values in prop::collection::vec(prop_oneof![0u64..9, 0u64..3000], 0..6000),
            cut: prop::sample::Index,
        ) {
            check(&total(values.iter().copied()), &values);
            let (one, other) = values.split_at(cut.index(values.len() + 1));
            let mut merged = total(one.iter().copied());
            merged.merge(&total(other.iter().copied()));
            check(&merged, &values);
            if exact(&values).len() <= MOST {
                prop_assert_eq!(encoded(&merged), encoded(&total(values)));
            }
            let out = encoded(&merged);
            let mut bytes = Bytes(&out);
            let back = TopK::decode(&mut bytes).unwrap();
            prop_assert!(bytes.is_empty());
            prop_assert_eq!(encoded(&back), out);
        }
    }
}
