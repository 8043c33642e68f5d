//! Equal data, equal numbers. It must not know where data comes from, nor keep it.

use wide::u8x16;
use xxhash_rust::xxh3::xxh3_128_with_seed;

use crate::base::directory::Directory;

use crate::tape::columns::dictionary::Datum;

/// Gives equal data equal numbers, counting from 1.
///
/// It keeps 96 bits of hash in place of the data, so that texts lie in memory once, in the
/// column; among a billion distinct values any two share a number with a chance below 1e-11.
///
/// The hashes lie in segments, found by the first bits of a hash. A segment that is full is split
/// in two, so that no growth moves more than one segment's hashes.
#[derive(Clone, Debug)]
pub(in crate::tape) struct Interner {
    directory: Directory,
    segments: Vec<Segment>,
    count: u32,
}

/// The hash of a datum.
#[derive(Clone, Copy, Debug)]
pub(in crate::tape) struct Hash(u128);

/// A place among hashes.
#[derive(Clone, Copy, Debug, Default)]
pub(in crate::tape) struct Place {
    segment: u32,
    bucket: u32,
}

/// Hashes that begin with the same bits.
#[derive(Clone, Debug)]
struct Segment {
    /// A power of two of buckets. A hash is in the one that its own bits tell or, while that and
    /// those between are full, in one behind.
    buckets: Vec<Bucket>,
    used: usize,
    /// How many bits its hashes begin with.
    depth: u32,
}

/// What lies in one line of the processor's cache: each 0, or the upper bits of a hash with its
/// number below.
#[derive(Clone, Debug, Default)]
#[repr(align(64))]
struct Bucket([u128; BUCKET]);

const BUCKET: usize = 4;
/// How many buckets a segment has at first, and with how many it is split.
const FEWEST: usize = 4;
const MOST: usize = 512;
/// With this many first bits a directory is not doubled any more; its segments are.
const DEEPEST: u32 = 22;
/// The bits of a hash that are kept.
const KEPT: u128 = !(u32::MAX as u128);

/// Seeds that keep texts, encoded data and plain numbers apart.
const TEXT: u64 = 1;
const ENCODED: u64 = 2;
const INTEGER: u64 = 0x9e37_79b9_7f4a_7c15;
const FLOAT: u64 = 0xd1b5_4a32_d192_ed03;

/// A text of at most 15 bytes as a number that tells it from all others: its bytes, the first the
/// lowest, and its length above them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::tape) struct InlineStr(u128);

impl InlineStr {
    /// `None` for a longer text.
    #[inline]
    pub(in crate::tape) fn of(text: &str) -> Option<Self> {
        let text = text.as_bytes();
        let length = text.len();
        let bits = if let (Some(first), Some(last)) =
            (text.first_chunk::<8>(), text.last_chunk::<8>())
        {
            if length > 15 {
                return None;
            }
            // The two overlap where both say the same.
            let [first, last] = [first, last].map(|half| u128::from(u64::from_le_bytes(*half)));
            first | last << (8 * (length - 8))
        } else if let (Some(first), Some(last)) = (text.first_chunk::<4>(), text.last_chunk::<4>())
        {
            let [first, last] = [first, last].map(|half| u64::from(u32::from_le_bytes(*half)));
            u128::from(first | last << (8 * (length - 4)))
        } else {
            text.iter().rev().fold(0, |bits, byte| bits << 8 | u128::from(*byte))
        };
        Some(Self(bits | (length as u128) << 120))
    }

    /// The text.
    pub(in crate::tape) fn text(self) -> String {
        let bytes = self.0.to_le_bytes();
        let text = bytes.get(..usize::from(bytes[15])).unwrap_or_default();
        String::from_utf8_lossy(text).into_owned()
    }

    /// The number, in two halves: the lower one first.
    #[inline]
    pub(in crate::tape) const fn halves(self) -> [u64; 2] {
        [self.0 as u64, (self.0 >> 64) as u64]
    }

    #[inline]
    pub(in crate::tape) const fn from_halves([low, high]: [u64; 2]) -> Self {
        Self((high as u128) << 64 | low as u128)
    }
}

impl Hash {
    /// The hash of a short text: distinct ones have distinct hashes, before these are cut.
    #[inline]
    pub(in crate::tape) const fn of_short(text: InlineStr) -> Self {
        // Both steps can be undone, and so lose nothing: an odd factor spreads what differs
        // upwards, and the upper half goes down again.
        const FACTORS: [u128; 2] =
            [0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c835, 0xd1b5_4a32_d192_ed03_c2b2_ae3d_27d4_eb4f];
        let mixed = text.0.wrapping_mul(FACTORS[0]);
        Self((mixed ^ mixed >> 64).wrapping_mul(FACTORS[1]))
    }

    /// The hash of a whole number.
    #[inline]
    pub(in crate::tape) const fn of_integer(whole: i64) -> Self {
        Self(scatter(whole as u64, INTEGER))
    }

    /// The hash of any other number.
    #[inline]
    pub(in crate::tape) const fn of_float(number: f64) -> Self {
        Self(scatter(number.to_bits(), FLOAT))
    }

    /// The hash of a text that is not [`InlineStr`].
    #[inline]
    pub(in crate::tape) fn of_long(text: &str) -> Self {
        Self(xxh3_128_with_seed(text.as_bytes(), TEXT))
    }

    /// The hash of a datum that is neither text nor such a number.
    pub(in crate::tape) fn of_other(datum: &Datum<'_>) -> Self {
        let mut bytes = Vec::new();
        datum.encode(&mut bytes);
        Self(xxh3_128_with_seed(&bytes, ENCODED))
    }

    /// The hash of a text.
    pub(in crate::tape) fn of_text(text: &str) -> Self {
        InlineStr::of(text).map_or_else(|| Self::of_long(text), Self::of_short)
    }

    /// It as two halves, the lower one first.
    pub(in crate::tape) const fn halves(self) -> [u64; 2] {
        InlineStr(self.0).halves()
    }

    #[inline]
    pub(in crate::tape) const fn from_halves(halves: [u64; 2]) -> Self {
        Self(InlineStr::from_halves(halves).0)
    }

    /// Its upper half, the first bits of which tell its segment.
    #[inline]
    const fn upper(self) -> u64 {
        (self.0 >> 64) as u64
    }

    /// The bucket among so many in which it is looked for first.
    #[inline]
    const fn bucket(self, buckets: usize) -> usize {
        self.upper() as usize & (buckets - 1)
    }
}

impl Default for Interner {
    fn default() -> Self {
        let segments = vec![Segment::new(FEWEST, 0)];
        Self { directory: Directory::default(), segments, count: 0 }
    }
}

impl Interner {
    /// The number of the datum that has this hash, and whether it is a new one.
    #[inline]
    pub(in crate::tape) fn intern(&mut self, hash: Hash) -> (u32, bool) {
        self.intern_at(self.place(hash), hash)
    }

    /// The number of the datum that has this hash, whose [`place`](Self::place) is known.
    #[inline]
    pub(in crate::tape) fn intern_at(&mut self, place: Place, hash: Hash) -> (u32, bool) {
        if let Some(Segment { buckets, .. }) = self.segments.get(place.segment as usize) {
            let mut place = place.bucket as usize;
            while let Some(bucket) = buckets.get(place) {
                let id = bucket.find(hash);
                if id != 0 {
                    return (id, false);
                }
                if bucket.0[BUCKET - 1] == 0 {
                    break;
                }
                place = (place + 1) & (buckets.len() - 1);
            }
        }
        (self.insert(hash), true)
    }

    /// Where a hash is or will be, until a new hash comes.
    #[inline]
    pub(in crate::tape) fn place(&self, hash: Hash) -> Place {
        let segment = self.directory.find(hash.upper());
        let buckets = self.segments.get(segment).map_or(1, |segment| segment.buckets.len());
        Place { segment: segment as u32, bucket: hash.bucket(buckets) as u32 }
    }

    /// The bytes of memory held.
    pub(in crate::tape) fn bytes(&self) -> usize {
        let buckets: usize = self.segments.iter().map(|segment| segment.buckets.len()).sum();
        let segments = self.segments.capacity() * size_of::<Segment>();
        self.directory.bytes() + segments + buckets * size_of::<Bucket>()
    }

    /// Fetches a place. What it returns means nothing, but must be used, or nothing is fetched.
    #[inline]
    pub(in crate::tape) fn touch(&self, place: Place) -> u32 {
        let segment = self.segments.get(place.segment as usize);
        let bucket = segment.and_then(|it| it.buckets.get(place.bucket as usize));
        bucket.map_or(0, |bucket| bucket.0[0] as u32)
    }

    /// Gives a hash that is not known the next number.
    #[cold]
    fn insert(&mut self, hash: Hash) -> u32 {
        self.count = self.count.saturating_add(1);
        loop {
            let number = self.directory.find(hash.upper());
            let segment = &mut self.segments[number];
            if segment.used < segment.buckets.len() * BUCKET / 4 * 3 {
                segment.insert(hash.0 & KEPT | u128::from(self.count));
                return self.count;
            }
            if segment.buckets.len() < MOST || segment.depth == DEEPEST {
                let double = Segment::new(2 * segment.buckets.len(), segment.depth);
                let old = std::mem::replace(segment, double);
                old.entries().for_each(|entry| segment.insert(entry));
            } else {
                self.split(number, hash);
            }
        }
    }

    /// Splits the segment of a hash by one more bit.
    fn split(&mut self, number: usize, hash: Hash) {
        let depth = self.segments[number].depth;
        self.directory.split(hash.upper(), depth, self.segments.len() as u32);
        let [mut zeros, mut ones] = [0, 1].map(|_| Segment::new(MOST, depth + 1));
        for entry in self.segments[number].entries() {
            let is_one = Directory::is_one(Hash(entry).upper(), depth);
            if is_one { &mut ones } else { &mut zeros }.insert(entry);
        }
        self.segments[number] = zeros;
        self.segments.push(ones);
    }
}

impl Bucket {
    /// The number of a hash; 0 if it is not here.
    #[inline]
    fn find(&self, hash: Hash) -> u32 {
        // Which entry it is cannot be guessed, so there is no branch for each. The number takes
        // four bytes, which may differ.
        let wanted = u8x16::new(hash.0.to_le_bytes());
        let found = self.0.iter().enumerate().fold(0, |found, (place, entry)| {
            let alike = u8x16::new(entry.to_le_bytes()).simd_eq(wanted).to_bitmask();
            found | ((alike | 0xf) + 1) >> 16 << place
        });
        // Where nothing is, all bits of an entry are 0, and so is its number.
        self.0.get(found.trailing_zeros() as usize).map_or(0, |entry| *entry as u32)
    }
}

impl Segment {
    fn new(buckets: usize, depth: u32) -> Self {
        Self { buckets: vec![Bucket::default(); buckets], used: 0, depth }
    }

    /// Puts in an entry for which there is room.
    fn insert(&mut self, entry: u128) {
        let mut place = Hash(entry).bucket(self.buckets.len());
        loop {
            if let Some(free) = self.buckets[place].0.iter_mut().find(|entry| **entry == 0) {
                *free = entry;
                self.used += 1;
                return;
            }
            place = (place + 1) & (self.buckets.len() - 1);
        }
    }

    fn entries(&self) -> impl Iterator<Item = u128> {
        self.buckets.iter().flat_map(|bucket| bucket.0).filter(|entry| *entry != 0)
    }
}

/// The hash of 64 bits: distinct ones have distinct ones.
#[inline]
const fn scatter(bits: u64, seed: u64) -> u128 {
    let mut mixed = bits ^ seed;
    mixed = (mixed ^ mixed >> 33).wrapping_mul(0xff51_afd7_ed55_8ccd);
    mixed = (mixed ^ mixed >> 33).wrapping_mul(0xc4ce_b9fe_1a85_ec53);
    mixed ^= mixed >> 33;
    let upper = (mixed.wrapping_add(seed)).wrapping_mul(INTEGER);
    ((upper ^ upper >> 32) as u128) << 96 | (mixed as u128) << 32
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hash(datum: &Datum<'_>) -> Hash {
        match datum {
            Datum::Text(text) => Hash::of_text(text),
            Datum::Integer(whole) => Hash::of_integer(*whole as i64),
            Datum::Float(number) => Hash::of_float(*number),
            other => Hash::of_other(other),
        }
    }

    #[test]
    fn short_texts_are_told_apart_and_found_again() {
        let letters = "aä\0b😀cdefghijklmno";
        let mut seen = std::collections::HashSet::new();
        for (start, _) in letters.char_indices() {
            for (end, _) in letters.char_indices().filter(|(end, _)| *end >= start) {
                let text = &letters[start..end];
                match InlineStr::of(text) {
                    Some(short) => {
                        assert_eq!(short.text(), text);
                        assert_eq!(InlineStr::from_halves(short.halves()), short);
                        assert!(text.is_empty() || seen.insert(Hash::of_short(short).0 & KEPT));
                    }
                    None => assert!(text.len() > 15),
                }
            }
        }
        assert_ne!(InlineStr::of("a"), InlineStr::of("a\0"));
    }

    #[test]
    fn values_that_read_alike_stay_apart() {
        let text = |t: &'static str| Datum::text(t);
        let data = [
            text("36"),
            Datum::Integer(36),
            Datum::Float(36.5),
            text("true"),
            Datum::Bool(true),
            Datum::List(vec![text("a"), text("b")]),
            Datum::List(vec![text("ab")]),
            Datum::List(vec![]),
            text("[a, b]"),
            text(""),
        ];
        let mut interner = Interner::default();
        for (i, datum) in data.iter().enumerate() {
            assert_eq!(interner.intern(hash(datum)), (i as u32 + 1, true), "{datum:?}");
        }
        for (i, datum) in data.iter().enumerate() {
            assert_eq!(interner.intern(hash(datum)), (i as u32 + 1, false), "{datum:?}");
        }
    }

    #[test]
    fn a_million_values_keep_their_numbers_while_segments_split() {
        let mut interner = Interner::default();
        let text = |n: u32| Datum::Text(format!("v{n}").into());
        let all = 300_000;
        for n in 0..all {
            assert_eq!(interner.intern(hash(&text(n))), (3 * n + 1, true));
            assert_eq!(interner.intern(hash(&Datum::Integer(n.into()))), (3 * n + 2, true));
            assert_eq!(interner.intern(hash(&Datum::Float(f64::from(n) + 0.5))), (3 * n + 3, true));
        }
        for n in 0..all {
            assert_eq!(interner.intern(hash(&text(n))), (3 * n + 1, false));
            assert_eq!(interner.intern(hash(&Datum::Integer(n.into()))), (3 * n + 2, false));
            assert_eq!(
                interner.intern(hash(&Datum::Float(f64::from(n) + 0.5))),
                (3 * n + 3, false)
            );
        }
        assert!(interner.segments.iter().all(|segment| segment.buckets.len() <= MOST));
        let used: usize = interner.segments.iter().map(|segment| segment.used).sum();
        assert_eq!(used, 3 * all as usize);
        let least = used * size_of::<u128>();
        assert!((least..4 * least).contains(&interner.bytes()), "{}", interner.bytes());
    }
}
