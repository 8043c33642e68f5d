//! A hash index: numbers things in the order of their first appearance, and finds them by hash; the
//! caller compares them.
//!
//! The numbers lie in many small tables, each of which grows on its own, so that no single
//! insertion moves them all.

use hashbrown::HashTable;

/// The number of tables: a power of two.
const TABLES: usize = 64;

/// Numbers by hash.
#[derive(Clone, Debug)]
pub(super) struct HashIndex {
    tables: Box<[HashTable<Entry>]>,
    count: u32,
}

#[derive(Clone, Copy, Debug)]
struct Entry {
    /// The lower half of the hash, from which a growing table rehashes the entry.
    hash: u32,
    number: u32,
}

impl Default for HashIndex {
    fn default() -> Self {
        Self { tables: vec![HashTable::new(); TABLES].into(), count: 0 }
    }
}

impl HashIndex {
    /// The number with this hash for which `is` holds.
    pub(super) fn find(&self, hash: u64, is: impl Fn(u32) -> bool) -> Option<u32> {
        let short = hash as u32;
        let is = |entry: &Entry| entry.hash == short && is(entry.number);
        self.tables[table(hash)].find(spread(short), is).map(|entry| entry.number)
    }

    /// The number with this hash for which `is` holds; a new one if there is none.
    pub(super) fn intern(&mut self, hash: u64, is: impl Fn(u32) -> bool) -> u32 {
        let short = hash as u32;
        let is = |entry: &Entry| entry.hash == short && is(entry.number);
        let count = self.count;
        let entry = self.tables[table(hash)]
            .entry(spread(short), is, |entry| spread(entry.hash))
            .or_insert(Entry { hash: short, number: count })
            .get()
            .number;
        self.count += u32::from(entry == count);
        entry
    }

    /// The count of numbers.
    pub(super) const fn len(&self) -> u32 {
        self.count
    }

    /// The bytes of memory held.
    pub(super) fn bytes(&self) -> usize {
        self.tables.iter().map(HashTable::allocation_size).sum()
    }
}

/// The table of a hash: chosen by its upper bits, since the lower half chooses the bucket.
const fn table(hash: u64) -> usize {
    (hash >> 32) as usize % TABLES
}

/// The hash within a table, from half a hash: spreads it to the upper bits, which tag buckets.
const fn spread(hash: u32) -> u64 {
    (hash as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_things_have_equal_numbers_even_where_hashes_collide() {
        let mut numbers = HashIndex::default();
        let things: Vec<u64> = (0..1000).map(|i| i * 7 % 500).collect();
        let mut known: Vec<u64> = Vec::new();
        for thing in &things {
            let number = numbers.intern(thing % 3, |number| known[number as usize] == *thing);
            if number as usize == known.len() {
                known.push(*thing);
            }
            assert_eq!(known[number as usize], *thing);
        }
        assert_eq!(known.len(), 500);
        assert_eq!(
            numbers.find(8 % 3, |number| known[number as usize] == 8),
            Some(known.iter().position(|t| *t == 8).unwrap() as u32)
        );
        assert_eq!(numbers.find(1, |_| false), None);
    }
}
