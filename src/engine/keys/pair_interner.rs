//! The pair interner: numbers pairs of numbers in the order of their first appearance.
//!
//! Extendible hashing: segments are found by the first bits of a hash, hold five pairs per cache
//! line, and split in two when full, so that nothing grows as a whole. Versions share frozen segments: an
//! insertion copies the segment if a version still holds it.

use std::sync::Arc;

use crate::base::CopyOnWrite;
use crate::base::directory::Directory;

/// Numbers of pairs.
#[derive(Clone, Debug)]
pub(super) struct PairInterner {
    directory: Arc<Directory>,
    segments: Vec<Segment>,
    count: u32,
}

/// A segment: pairs whose hashes share their first bits.
#[derive(Clone, Debug)]
struct Segment {
    /// A power of two of buckets. A pair lies in the bucket of its hash or, if those are full, in
    /// the next one behind (linear probing).
    buckets: CopyOnWrite<Box<[Bucket]>>,
    used: usize,
    /// The number of shared first bits.
    depth: u32,
}

/// A bucket: one cache line, filled from its first place on.
#[derive(Clone, Debug)]
#[repr(align(64))]
struct Bucket {
    pairs: [u64; BUCKET],
    numbers: [u32; BUCKET],
}

const BUCKET: usize = 5;
/// The mark of a free place.
const FREE: u64 = u64::MAX;
/// The buckets of a new segment, and those at which it splits instead of growing.
const MIN_BUCKETS: usize = 2;
const MAX_BUCKETS: usize = 256;
/// At this depth the directory does not double any more; segments grow instead.
const MAX_DEPTH: u32 = 24;

/// The pairs that are prefetched together: about as many misses as a processor keeps in flight.
const PREFETCHED: usize = 32;

/// A pair as one number; not both halves may be [`u32::MAX`].
pub(super) const fn pair(first: u32, second: u32) -> u64 {
    (first as u64) << 32 | second as u64
}

/// A hash without collisions: distinct pairs have distinct hashes.
const fn hash(pair: u64) -> u64 {
    let mixed = (pair ^ pair >> 32).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    (mixed ^ mixed >> 29).wrapping_mul(0xbf58_476d_1ce4_e5b9)
}

/// The home bucket of a hash: from bits that the directory does not use and the product has mixed.
const fn bucket(hash: u64, buckets: usize) -> usize {
    (hash >> 24) as usize & (buckets - 1)
}

impl Default for PairInterner {
    fn default() -> Self {
        let segments = vec![Segment::new(MIN_BUCKETS, 0)];
        Self { directory: Arc::default(), segments, count: 0 }
    }
}

impl PairInterner {
    /// Interns a pair: its number, or the next one.
    pub(super) fn intern(&mut self, pair: u64) -> u32 {
        let hash = hash(pair);
        self.find_hashed(hash, pair).unwrap_or_else(|| self.insert(hash, pair))
    }

    /// The number of a pair, if it exists.
    pub(super) fn find(&self, pair: u64) -> Option<u32> {
        self.find_hashed(hash(pair), pair)
    }

    /// Interns many pairs: calls `numbered` with the place in `pairs` and the number of each. Cache
    /// misses overlap.
    pub(super) fn intern_all(&mut self, pairs: &[u64], mut numbered: impl FnMut(usize, u32)) {
        let mut hashes = [0; PREFETCHED];
        for (group, pairs) in pairs.chunks(PREFETCHED).enumerate() {
            // These loads are independent of each other.
            let mut fetched = 0;
            for (hashed, pair) in hashes.iter_mut().zip(pairs) {
                *hashed = hash(*pair);
                fetched ^= self.prefetch(*hashed);
            }
            std::hint::black_box(fetched);
            for (place, (hash, pair)) in hashes.iter().zip(pairs).enumerate() {
                let number = match self.find_hashed(*hash, *pair) {
                    Some(number) => number,
                    None => self.insert(*hash, *pair),
                };
                numbered(group * PREFETCHED + place, number);
            }
        }
    }

    #[inline]
    fn find_hashed(&self, hash: u64, pair: u64) -> Option<u32> {
        let buckets = &self.segments.get(self.directory.find(hash))?.buckets;
        let mut place = bucket(hash, buckets.len());
        loop {
            let bucket = buckets.get(place)?;
            if let Some(found) = bucket.pairs.iter().position(|known| *known == pair) {
                return Some(bucket.numbers[found]);
            }
            if bucket.pairs[BUCKET - 1] == FREE {
                return None;
            }
            place = (place + 1) & (buckets.len() - 1);
        }
    }

    /// Loads the home bucket of a hash.
    #[inline]
    fn prefetch(&self, hash: u64) -> u64 {
        let segment = self.segments.get(self.directory.find(hash));
        let bucket = segment.and_then(|it| it.buckets.get(bucket(hash, it.buckets.len())));
        bucket.map_or(0, |bucket| bucket.pairs[0])
    }

    /// Inserts a pair that is new.
    fn insert(&mut self, hash: u64, pair: u64) -> u32 {
        loop {
            let number = self.directory.find(hash);
            let segment = &mut self.segments[number];
            // A fifth stays free, so that most lookups end in one bucket.
            if segment.used < segment.buckets.len() * (BUCKET - 1) {
                segment.insert(hash, pair, self.count);
                self.count += 1;
                return self.count - 1;
            }
            if segment.buckets.len() < MAX_BUCKETS || segment.depth == MAX_DEPTH {
                let double = Segment::new(2 * segment.buckets.len(), segment.depth);
                let old = std::mem::replace(segment, double);
                for (pair, number) in old.entries() {
                    segment.insert(self::hash(pair), pair, number);
                }
            } else {
                self.split(number, hash);
            }
        }
    }

    /// Splits the segment of a hash by one more bit.
    fn split(&mut self, number: usize, hash: u64) {
        let depth = self.segments[number].depth;
        let ones = self.segments.len() as u32;
        Arc::make_mut(&mut self.directory).split(hash, depth, ones);
        let [mut zeros, mut ones] = [0, 1].map(|_| Segment::new(MAX_BUCKETS, depth + 1));
        for (pair, number) in self.segments[number].entries() {
            let hash = self::hash(pair);
            let is_one = Directory::is_one(hash, depth);
            if is_one { &mut ones } else { &mut zeros }.insert(hash, pair, number);
        }
        self.segments[number] = zeros;
        self.segments.push(ones);
    }

    /// Freezes the segments, so that versions share them.
    pub(super) fn freeze(&mut self) {
        self.segments.iter_mut().for_each(|segment| segment.buckets.freeze());
    }

    /// The bytes of memory held.
    pub(super) fn bytes(&self) -> usize {
        let buckets: usize = self.segments.iter().map(|segment| segment.buckets.len()).sum();
        buckets * size_of::<Bucket>()
            + self.segments.capacity() * size_of::<Segment>()
            + self.directory.bytes()
    }
}

impl Segment {
    fn new(buckets: usize, depth: u32) -> Self {
        let free = Bucket { pairs: [FREE; BUCKET], numbers: [0; BUCKET] };
        let buckets = CopyOnWrite::Owned(std::iter::repeat_n(free, buckets).collect());
        Self { buckets, used: 0, depth }
    }

    /// Inserts a pair into a segment that has room.
    #[inline]
    fn insert(&mut self, hash: u64, pair: u64, number: u32) {
        let buckets = self.buckets.make_mut();
        let mut place = bucket(hash, buckets.len());
        loop {
            let bucket = &mut buckets[place];
            if let Some(free) = bucket.pairs.iter().position(|known| *known == FREE) {
                bucket.pairs[free] = pair;
                bucket.numbers[free] = number;
                self.used += 1;
                return;
            }
            place = (place + 1) & (buckets.len() - 1);
        }
    }

    fn entries(&self) -> impl Iterator<Item = (u64, u32)> {
        let each = |bucket: &Bucket| bucket.pairs.into_iter().zip(bucket.numbers);
        self.buckets.iter().flat_map(each).filter(|(pair, _)| *pair != FREE)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use proptest::prelude::*;

    use super::*;
    use crate::base::directory::first_bits;

    #[test]
    fn a_million_pairs_keep_their_numbers_while_segments_split() {
        let mut pairs = PairInterner::default();
        let all: Vec<u64> = (0..1000).flat_map(|a| (0..1000).map(move |b| pair(a, b))).collect();
        pairs.intern_all(&all, |place, number| assert_eq!(number as usize, place));
        pairs.intern_all(&all, |place, number| assert_eq!(number as usize, place));
        assert_eq!(pairs.count as usize, all.len());
        assert_eq!(pairs.find(pair(1000, 0)), None);
        assert!(pairs.segments.iter().all(|segment| segment.buckets.len() <= MAX_BUCKETS));
    }

    #[test]
    fn hashes_that_begin_alike_have_room_too() {
        // Pairs of one segment however often it is split.
        let alike = |pair: &u64| first_bits(hash(*pair), 12) == 5;
        let all: Vec<u64> = (0..).filter(alike).take(5000).collect();
        let mut pairs = PairInterner::default();
        all.iter().zip(0..).for_each(|(pair, number)| assert_eq!(pairs.intern(*pair), number));
        all.iter().zip(0..).for_each(|(pair, number)| assert_eq!(pairs.find(*pair), Some(number)));
    }

    #[test]
    fn a_version_finds_exactly_its_pairs_while_others_are_added() {
        let all: Vec<u64> = (0..30_000).map(|n| pair(n % 300, n / 300)).collect();
        let mut pairs = PairInterner::default();
        all[..20_000].iter().for_each(|pair| {
            pairs.intern(*pair);
        });
        pairs.freeze();
        let held = pairs.clone();
        all[20_000..].iter().for_each(|pair| {
            pairs.intern(*pair);
        });
        for (pair, number) in all.iter().zip(0..) {
            assert_eq!(pairs.find(*pair), Some(number));
            assert_eq!(held.find(*pair), (number < 20_000).then_some(number));
        }
    }

    proptest! {
        #[test]
        fn pairs_are_a_map(
            batches in proptest::collection::vec(
                proptest::collection::vec((0u32..60, prop_oneof![0u32..60, Just(u32::MAX)]), 0..200),
                1..8,
            ),
        ) {
            let mut pairs = PairInterner::default();
            let mut map: HashMap<u64, u32> = HashMap::new();
            for batch in batches {
                let batch: Vec<u64> = batch.into_iter().map(|(a, b)| pair(a, b)).collect();
                let mut numbers = Vec::new();
                pairs.intern_all(&batch, |place, number| numbers.push((place, number)));
                for (place, pair) in batch.iter().enumerate() {
                    let next = map.len() as u32;
                    let number = *map.entry(*pair).or_insert(next);
                    prop_assert_eq!(numbers[place], (place, number));
                    prop_assert_eq!(pairs.find(*pair), Some(number));
                }
            }
            prop_assert_eq!(pairs.count as usize, map.len());
        }
    }
}
