//! The simple tier: aggregates whose total is an ordinary Rust value. It costs an allocation per
//! key and per bucket, and asks for little in return: an implementation of [`SimpleAggregate`] gets
//! lifetimes, windows of buckets and rolling ones, late samples, the time to live, undo,
//! checkpoints, storage and the count of its memory from [`SimpleTable`].
//!
//! A cell is shared by the copies of a table until one of them writes it (`Arc`), so that a copy is
//! cheap. The fast tier (`Aggregate`) packs its totals instead.

mod cell;
mod table;

use std::fmt::Debug;

use crate::base::bytes::Bytes;

use super::{Percentile, Sample};

pub(super) use table::SimpleTable;

/// A total of samples that is an ordinary value.
///
/// A total of samples must not depend on how they were divided into totals that were merged. It
/// may depend on their order only where their times are equal.
pub(super) trait SimpleAggregate: Clone + Default + Debug + Send + Sync + 'static {
    /// The most bytes that a total holds outside of itself; `None` if there is no bound.
    const MOST_BYTES: Option<usize>;

    /// Adds a sample.
    fn add(&mut self, sample: Sample);
    /// Merges another total.
    fn merge(&mut self, other: &Self);
    /// The value; `None` if there is none over nothing.
    fn value(&self) -> Option<f64>;
    /// The value at a percentile, of an aggregate that has one for each.
    fn percentile(&self, _percentile: Percentile) -> Option<f64> {
        self.value()
    }
    /// Each value with its count, of an aggregate whose value is a list of the most frequent ones.
    fn counts(&self) -> &[(u64, u64)] {
        &[]
    }
    /// Whether the value is exact, and not an estimate.
    fn is_exact(&self) -> bool {
        true
    }
    /// Encodes the total into `out`, canonically: equal content, equal bytes.
    fn encode(&self, out: &mut Vec<u8>);
    /// Decodes; `None` for bytes that [`SimpleAggregate::encode`] did not write.
    fn decode(bytes: &mut Bytes<'_>) -> Option<Self>;
    /// The bytes of memory that the total holds outside of itself.
    fn bytes(&self) -> usize;
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::base::bytes::{put_i64, put_u64};

    /// The samples themselves, in the order of their times: the most that a total can tell.
    #[derive(Clone, Debug, Default, PartialEq)]
    pub(in crate::aggregate) struct Listed(Vec<(i64, u64)>);

    impl SimpleAggregate for Listed {
        const MOST_BYTES: Option<usize> = None;

        fn add(&mut self, sample: Sample) {
            let place = self.0.partition_point(|(time, _)| *time <= sample.time);
            self.0.insert(place, (sample.time, sample.payload));
        }

        fn merge(&mut self, other: &Self) {
            for (time, payload) in &other.0 {
                self.add(Sample { time: *time, clock: *time, payload: *payload });
            }
        }

        /// A number that tells lists apart.
        fn value(&self) -> Option<f64> {
            let mix = |sum: u64, (time, payload): &(i64, u64)| {
                (sum.wrapping_mul(31) ^ (*time as u64).wrapping_mul(7) ^ payload) % (1 << 40)
            };
            (!self.0.is_empty()).then(|| self.0.iter().fold(1, mix) as f64)
        }

        fn encode(&self, out: &mut Vec<u8>) {
            put_u64(out, self.0.len() as u64);
            for (time, payload) in &self.0 {
                put_i64(out, *time);
                put_u64(out, *payload);
            }
        }

        fn decode(bytes: &mut Bytes<'_>) -> Option<Self> {
            let samples = (0..bytes.u64()?).map(|_| Some((bytes.i64()?, bytes.u64()?)));
            samples.collect::<Option<_>>().map(Self)
        }

        fn bytes(&self) -> usize {
            self.0.capacity() * size_of::<(i64, u64)>()
        }
    }
}
