//! The interner: equal data, equal ids. Keeps hashes, not data.

use wide::u8x16;
use xxhash_rust::xxh3::xxh3_128_with_seed;

use crate::base::directory::Directory;

use crate::tape::columns::dictionary::Datum;

/// Assigns ids to distinct data, from 1.
///
/// It keeps 96 bits of hash per datum, so that texts lie in memory once, in the column; among a
/// billion distinct values the chance of any collision is below 1e-11.
///
/// Extendible hashing: segments are found by the first bits of a hash and split in two when full,
/// so that growth moves the hashes of one segment only.
#[derive(Clone, Debug)]
pub(super) struct Interner {
    directory: Directory,
    segments: Vec<Segment>,
    count: u32,
}

/// The hash of a datum.
#[derive(Clone, Copy, Debug)]
pub(super) struct Hash(u128);

/// The place of a hash: its bucket, until an insertion.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Place {
    segment: u32,
    bucket: u32,
}

/// A segment: hashes that share their first bits.
#[derive(Clone, Debug)]
struct Segment {
    /// A power of two of buckets. A hash lies in its home bucket or, if those are full, in the next
    /// one behind (linear probing).
    buckets: Vec<Bucket>,
    used: usize,
    /// The number of shared first bits.
    depth: u32,
}

/// A bucket: one cache line. An entry is 0, or the upper bits of a hash above its id.
#[derive(Clone, Debug, Default)]
#[repr(align(64))]
struct Bucket([u128; BUCKET]);

const BUCKET: usize = 4;
/// The buckets of a new segment, and those at which it splits instead of growing.
const MIN_BUCKETS: usize = 4;
const MAX_BUCKETS: usize = 512;
/// At this depth the directory does not double any more; segments grow instead.
const MAX_DEPTH: u32 = 22;
/// The bits of a hash that are kept.
const KEPT: u128 = !(u32::MAX as u128);

/// Seeds that separate texts, encoded data and plain numbers.
const TEXT: u64 = 1;
const ENCODED: u64 = 2;
const INTEGER: u64 = 0x9e37_79b9_7f4a_7c15;
const FLOAT: u64 = 0xd1b5_4a32_d192_ed03;

/// An inline string: a text of at most 15 bytes as one 128-bit number, its bytes from the lowest up
/// and its length in the highest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct InlineStr(u128);

impl InlineStr {
    /// `None` for a longer text.
    #[inline]
    pub(super) fn of(text: &str) -> Option<Self> {
        let text = text.as_bytes();
        let length = text.len();
        let bits = if let (Some(first), Some(last)) =
            (text.first_chunk::<8>(), text.last_chunk::<8>())
        {
            if length > 15 {
                return None;
            }
            // Where the halves overlap they agree.
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
    pub(super) fn text(self) -> String {
        let bytes = self.0.to_le_bytes();
        let text = bytes.get(..usize::from(bytes[15])).unwrap_or_default();
        String::from_utf8_lossy(text).into_owned()
    }

    /// The lower and the upper half.
    #[inline]
    pub(super) const fn halves(self) -> [u64; 2] {
        [self.0 as u64, (self.0 >> 64) as u64]
    }

    #[inline]
    pub(super) const fn from_halves([low, high]: [u64; 2]) -> Self {
        Self((high as u128) << 64 | low as u128)
    }
}

impl Hash {
    /// The hash of an inline string: without collisions before it is cut to 96 bits.
    #[inline]
    pub(super) const fn of_short(text: InlineStr) -> Self {
        // Both steps are invertible, so distinct inputs stay distinct: an odd factor spreads
        // differences upwards, the shift brings the upper half down.
        const FACTORS: [u128; 2] =
            [0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c835, 0xd1b5_4a32_d192_ed03_c2b2_ae3d_27d4_eb4f];
        let mixed = text.0.wrapping_mul(FACTORS[0]);
        Self((mixed ^ mixed >> 64).wrapping_mul(FACTORS[1]))
    }

    /// The hash of an integer.
    #[inline]
    pub(super) const fn of_integer(whole: i64) -> Self {
        Self(scatter(whole as u64, INTEGER))
    }

    /// The hash of a float.
    #[inline]
    pub(super) const fn of_float(number: f64) -> Self {
        Self(scatter(number.to_bits(), FLOAT))
    }

    /// The hash of a text that is not [`InlineStr`].
    #[inline]
    pub(super) fn of_long(text: &str) -> Self {
        Self(xxh3_128_with_seed(text.as_bytes(), TEXT))
    }

    /// The hash of a datum that is neither text nor a 64-bit number.
    pub(super) fn of_other(datum: &Datum<'_>) -> Self {
        let mut bytes = Vec::new();
        datum.encode(&mut bytes);
        Self(xxh3_128_with_seed(&bytes, ENCODED))
    }

    /// The hash of a text.
    pub(super) fn of_text(text: &str) -> Self {
        InlineStr::of(text).map_or_else(|| Self::of_long(text), Self::of_short)
    }

    /// The lower and the upper half.
    pub(super) const fn halves(self) -> [u64; 2] {
        InlineStr(self.0).halves()
    }

    #[inline]
    pub(super) const fn from_halves(halves: [u64; 2]) -> Self {
        Self(InlineStr::from_halves(halves).0)
    }

    /// The upper half, whose first bits select the segment.
    #[inline]
    const fn upper(self) -> u64 {
        (self.0 >> 64) as u64
    }

    /// The home bucket.
    #[inline]
    const fn bucket(self, buckets: usize) -> usize {
        self.upper() as usize & (buckets - 1)
    }
}

impl Default for Interner {
    fn default() -> Self {
        let segments = vec![Segment::new(MIN_BUCKETS, 0)];
        Self { directory: Directory::default(), segments, count: 0 }
    }
}

impl Interner {
    /// The id of a datum by its hash, and whether it is new.
    #[inline]
    pub(super) fn intern(&mut self, hash: Hash) -> (u32, bool) {
        self.intern_at(self.place(hash), hash)
    }

    /// The id of a datum by its hash and [`place`](Self::place).
    #[inline]
    pub(super) fn intern_at(&mut self, place: Place, hash: Hash) -> (u32, bool) {
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

    /// The place of a hash; valid until the next insertion.
    #[inline]
    pub(super) fn place(&self, hash: Hash) -> Place {
        let segment = self.directory.find(hash.upper());
        let buckets = self.segments.get(segment).map_or(1, |segment| segment.buckets.len());
        Place { segment: segment as u32, bucket: hash.bucket(buckets) as u32 }
    }

    /// The bytes of memory held.
    pub(super) fn bytes(&self) -> usize {
        let buckets: usize = self.segments.iter().map(|segment| segment.buckets.len()).sum();
        let segments = self.segments.capacity() * size_of::<Segment>();
        self.directory.bytes() + segments + buckets * size_of::<Bucket>()
    }

    /// Loads a place. The result is meaningless, but must be used, or the load is optimized away.
    #[inline]
    pub(super) fn prefetch(&self, place: Place) -> u32 {
        let segment = self.segments.get(place.segment as usize);
        let bucket = segment.and_then(|it| it.buckets.get(place.bucket as usize));
        bucket.map_or(0, |bucket| bucket.0[0] as u32)
    }

    /// Inserts a new hash.
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
            if segment.buckets.len() < MAX_BUCKETS || segment.depth == MAX_DEPTH {
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
        let [mut zeros, mut ones] = [0, 1].map(|_| Segment::new(MAX_BUCKETS, depth + 1));
        for entry in self.segments[number].entries() {
            let is_one = Directory::is_one(Hash(entry).upper(), depth);
            if is_one { &mut ones } else { &mut zeros }.insert(entry);
        }
        self.segments[number] = zeros;
        self.segments.push(ones);
    }
}

impl Bucket {
    /// The id of a hash; 0 if absent.
    #[inline]
    fn find(&self, hash: Hash) -> u32 {
        // The match is unpredictable: no branch per entry. The id's four bytes may differ.
        let wanted = u8x16::new(hash.0.to_le_bytes());
        let found = self.0.iter().enumerate().fold(0, |found, (place, entry)| {
            let alike = u8x16::new(entry.to_le_bytes()).simd_eq(wanted).to_bitmask();
            found | ((alike | 0xf) + 1) >> 16 << place
        });
        // A free entry is all zeros, and so is its id.
        self.0.get(found.trailing_zeros() as usize).map_or(0, |entry| *entry as u32)
    }
}

impl Segment {
    fn new(buckets: usize, depth: u32) -> Self {
        Self { buckets: vec![Bucket::default(); buckets], used: 0, depth }
    }

    /// Inserts an entry into a segment that has room.
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

/// A hash of 64 bits without collisions.
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
        assert!(interner.segments.iter().all(|segment| segment.buckets.len() <= MAX_BUCKETS));
        let used: usize = interner.segments.iter().map(|segment| segment.used).sum();
        assert_eq!(used, 3 * all as usize);
        let least = used * size_of::<u128>();
        assert!((least..4 * least).contains(&interner.bytes()), "{}", interner.bytes());
    }
}
