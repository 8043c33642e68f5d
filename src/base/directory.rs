//! The directory of a segmented hash table (extendible hashing): the first bits of a hash name its
//! segment. A full segment is split in two, so that a table never grows all at once.

/// The segments of a table, by the first bits of hashes.
#[derive(Clone, Debug)]
pub struct Directory {
    /// The number of the segment for each value of the first `depth` bits.
    segments: Vec<u32>,
    depth: u32,
}

impl Default for Directory {
    /// The directory of a table with one segment, number 0.
    fn default() -> Self {
        Self { segments: vec![0], depth: 0 }
    }
}

/// The first `count` bits of a hash, at most 63, as a number.
#[inline]
#[must_use]
pub const fn first_bits(hash: u64, count: u32) -> usize {
    (hash >> 1 >> (63 - count)) as usize
}

impl Directory {
    /// The directory of a table with a segment for each value of the first `depth` bits.
    #[must_use]
    pub fn of_depth(depth: u32) -> Self {
        Self { segments: (0..1 << depth).collect(), depth }
    }

    /// The number of a hash's segment.
    #[inline]
    #[must_use]
    pub fn find(&self, hash: u64) -> usize {
        self.segments.get(first_bits(hash, self.depth)).map_or(0, |segment| *segment as usize)
    }

    /// Splits the segment of a hash, whose hashes share their first `depth` bits: those whose next
    /// bit [is 1](Self::is_one) move to the segment `ones`.
    pub fn split(&mut self, hash: u64, depth: u32, ones: u32) {
        if depth == self.depth {
            self.segments = self.segments.iter().flat_map(|segment| [*segment; 2]).collect();
            self.depth += 1;
        }
        let half = 1 << (self.depth - depth - 1);
        let start = first_bits(hash, depth) * 2 * half;
        self.segments[start + half..start + 2 * half].fill(ones);
    }

    /// True if the bit of a hash after its first `depth` bits is 1.
    #[must_use]
    pub const fn is_one(hash: u64, depth: u32) -> bool {
        first_bits(hash, depth + 1) & 1 == 1
    }

    /// The bytes of memory that it takes.
    #[must_use]
    pub const fn bytes(&self) -> usize {
        self.segments.capacity() * size_of::<u32>()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        /// However segments are split, each hash belongs to the one whose bits it begins with.
        #[test]
        fn a_hash_belongs_to_the_segment_that_it_begins_like(
            hashes in prop::collection::vec(any::<u64>(), 1..60),
        ) {
            let mut directory = Directory::default();
            // For each segment how its hashes begin, and with how many bits.
            let mut begins = vec![(0, 0)];
            for hash in &hashes {
                let number = directory.find(*hash);
                let (bits, depth) = begins[number];
                directory.split(*hash, depth, begins.len() as u32);
                begins[number] = (2 * bits, depth + 1);
                begins.push((2 * bits + 1, depth + 1));
                for hash in &hashes {
                    let (bits, depth) = begins[directory.find(*hash)];
                    prop_assert_eq!(first_bits(*hash, depth), bits);
                    prop_assert_eq!(Directory::is_one(*hash, depth.max(1) - 1), bits & 1 == 1);
                }
            }
        }
    }
}
