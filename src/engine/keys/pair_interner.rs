//! Pairs of numbers, numbered from 0 in the order in which they are first met. It must not know
//! what the numbers stand for.
//!
//! Pairs lie a line of the cache at a time in segments that are found by the first bits of a hash.
//! A segment that is full is split in two: nothing ever grows as a whole.

use crate::base::directory::Directory;

/// The numbers of pairs.
#[derive(Debug)]
pub(in crate::engine) struct PairInterner {
    directory: Directory,
    segments: Vec<Segment>,
    count: u32,
}

/// Pairs whose hashes begin with the same bits.
#[derive(Debug)]
struct Segment {
    /// A power of two of them. A pair is in the one that its hash tells or, while that and those
    /// between are full, in one behind.
    buckets: Vec<Bucket>,
    used: usize,
    /// How many bits the hashes begin with.
    depth: u32,
}

/// What lies in one line of the processor's cache, filled from its first place on.
#[derive(Clone, Debug)]
#[repr(align(64))]
struct Bucket {
    pairs: [u64; BUCKET],
    numbers: [u32; BUCKET],
}

const BUCKET: usize = 5;
/// Stands for no pair: two times the number that is none.
const FREE: u64 = u64::MAX;
/// How many buckets a segment has at first, and with how many it is split.
const FEWEST: usize = 2;
const MOST: usize = 256;
/// With this many first bits a directory is not doubled any more; its segments are.
const DEEPEST: u32 = 24;

/// How many pairs are fetched together: about as many as the processor keeps under way.
const TOGETHER: usize = 32;

/// Two numbers, not both [`u32::MAX`], as one.
pub(in crate::engine) const fn pair(first: u32, second: u32) -> u64 {
    (first as u64) << 32 | second as u64
}

/// Distinct pairs have distinct hashes.
const fn hash(pair: u64) -> u64 {
    let mixed = (pair ^ pair >> 32).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    (mixed ^ mixed >> 29).wrapping_mul(0xbf58_476d_1ce4_e5b9)
}

/// The bucket among so many in which a hash is looked for first: told by bits that neither the
/// directory looks at nor a product leaves as they were.
const fn bucket(hash: u64, buckets: usize) -> usize {
    (hash >> 24) as usize & (buckets - 1)
}

impl Default for PairInterner {
    fn default() -> Self {
        let segments = vec![Segment::new(FEWEST, 0)];
        Self { directory: Directory::default(), segments, count: 0 }
    }
}

impl PairInterner {
    /// The number of a pair, the next one where it has none.
    pub(in crate::engine) fn intern(&mut self, pair: u64) -> u32 {
        let hash = hash(pair);
        self.find_hashed(hash, pair).unwrap_or_else(|| self.insert(hash, pair))
    }

    /// The number of a pair, if it has one.
    pub(in crate::engine) fn find(&self, pair: u64) -> Option<u32> {
        self.find_hashed(hash(pair), pair)
    }

    /// Calls `numbered` with the place among `pairs` and the number of each, the next number for
    /// those that have none. Many are fetched from memory at once.
    pub(in crate::engine) fn intern_all(
        &mut self,
        pairs: &[u64],
        mut numbered: impl FnMut(usize, u32),
    ) {
        let mut hashes = [0; TOGETHER];
        for (group, pairs) in pairs.chunks(TOGETHER).enumerate() {
            // None of these loads waits for another.
            let mut fetched = 0;
            for (hashed, pair) in hashes.iter_mut().zip(pairs) {
                *hashed = hash(*pair);
                fetched ^= self.touch(*hashed);
            }
            std::hint::black_box(fetched);
            for (place, (hash, pair)) in hashes.iter().zip(pairs).enumerate() {
                let number = match self.find_hashed(*hash, *pair) {
                    Some(number) => number,
                    None => self.insert(*hash, *pair),
                };
                numbered(group * TOGETHER + place, number);
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

    /// Fetches what finding a hash will look at.
    #[inline]
    fn touch(&self, hash: u64) -> u64 {
        let segment = self.segments.get(self.directory.find(hash));
        let bucket = segment.and_then(|it| it.buckets.get(bucket(hash, it.buckets.len())));
        bucket.map_or(0, |bucket| bucket.pairs[0])
    }

    /// Gives a pair that has none the next number.
    fn insert(&mut self, hash: u64, pair: u64) -> u32 {
        loop {
            let number = self.directory.find(hash);
            let segment = &mut self.segments[number];
            // A fifth stays free, so that what is looked for is mostly found in one bucket.
            if segment.used < segment.buckets.len() * (BUCKET - 1) {
                segment.insert(hash, pair, self.count);
                self.count += 1;
                return self.count - 1;
            }
            if segment.buckets.len() < MOST || segment.depth == DEEPEST {
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
        self.directory.split(hash, depth, self.segments.len() as u32);
        let [mut zeros, mut ones] = [0, 1].map(|_| Segment::new(MOST, depth + 1));
        for (pair, number) in self.segments[number].entries() {
            let hash = self::hash(pair);
            let is_one = Directory::is_one(hash, depth);
            if is_one { &mut ones } else { &mut zeros }.insert(hash, pair, number);
        }
        self.segments[number] = zeros;
        self.segments.push(ones);
    }

    /// The bytes of memory held.
    pub(in crate::engine) fn bytes(&self) -> usize {
        let buckets: usize = self.segments.iter().map(|segment| segment.buckets.capacity()).sum();
        buckets * size_of::<Bucket>()
            + self.segments.capacity() * size_of::<Segment>()
            + self.directory.bytes()
    }
}

impl Segment {
    fn new(buckets: usize, depth: u32) -> Self {
        let free = Bucket { pairs: [FREE; BUCKET], numbers: [0; BUCKET] };
        Self { buckets: vec![free; buckets], used: 0, depth }
    }

    /// Puts in a pair for which there is room.
    fn insert(&mut self, hash: u64, pair: u64, number: u32) {
        let mut place = bucket(hash, self.buckets.len());
        loop {
            let bucket = &mut self.buckets[place];
            if let Some(free) = bucket.pairs.iter().position(|known| *known == FREE) {
                bucket.pairs[free] = pair;
                bucket.numbers[free] = number;
                self.used += 1;
                return;
            }
            place = (place + 1) & (self.buckets.len() - 1);
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
        assert!(pairs.segments.iter().all(|segment| segment.buckets.len() <= MOST));
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
