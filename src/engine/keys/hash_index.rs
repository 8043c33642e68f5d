//! A hash index: numbers things in the order of their first appearance, and finds them by hash; the
//! caller compares them.
//!
//! The numbers lie in small tables, found by the first bits of a hash, each of which splits in two
//! when it is full (extendible hashing): no insertion moves them all, and a version that is held
//! shares every frozen table that was not inserted into since.

use std::sync::Arc;

use hashbrown::HashTable;

use crate::base::CopyOnWrite;
use crate::base::directory::Directory;

/// The numbers at which a table splits.
const MOST: usize = 1024;
/// At this depth the directory does not double any more; tables grow instead. Entries keep 32 bits
/// of their hashes, the first of which choose the table.
const MAX_DEPTH: u32 = 20;

/// Numbers by hash.
#[derive(Clone, Debug)]
pub(super) struct HashIndex {
    directory: Arc<Directory>,
    tables: Vec<Table>,
    count: u32,
}

/// A table of the numbers whose hashes share their first bits.
#[derive(Clone, Debug, Default)]
struct Table {
    entries: CopyOnWrite<HashTable<Entry>>,
    /// The number of shared bits.
    depth: u32,
}

#[derive(Clone, Copy, Debug)]
struct Entry {
    /// The upper half of the hash, from which tables are split and rehashed.
    hash: u32,
    number: u32,
}

impl Default for HashIndex {
    fn default() -> Self {
        Self { directory: Arc::default(), tables: vec![Table::default()], count: 0 }
    }
}

impl HashIndex {
    /// An index with room for so many numbers, so that few of its tables are split.
    pub(super) fn with_capacity(count: usize) -> Self {
        let depth = count.div_ceil(MOST * 3 / 4).next_power_of_two().ilog2().min(MAX_DEPTH);
        // Hashes are not spread quite evenly.
        let each = (count >> depth) * 9 / 8;
        let entries = || CopyOnWrite::Owned(HashTable::with_capacity(each));
        let table = || Table { entries: entries(), depth };
        let tables = std::iter::repeat_with(table).take(1 << depth).collect();
        Self { directory: Arc::new(Directory::of_depth(depth)), tables, count: 0 }
    }

    /// The number with this hash for which `is` holds.
    pub(super) fn find(&self, hash: u64, is: impl Fn(u32) -> bool) -> Option<u32> {
        let short = short(hash);
        let is = |entry: &Entry| entry.hash == short && is(entry.number);
        let table = self.tables.get(self.directory.find(first(short)))?;
        table.entries.find(spread(short), is).map(|entry| entry.number)
    }

    /// The number with this hash for which `is` holds; a new one if there is none.
    pub(super) fn intern(&mut self, hash: u64, is: impl Fn(u32) -> bool) -> u32 {
        self.find(hash, is).unwrap_or_else(|| self.insert(short(hash)))
    }

    /// Gives the next number to a thing with this hash, which must be new.
    pub(super) fn push(&mut self, hash: u64) {
        self.insert(short(hash));
    }

    /// Inserts the next number.
    fn insert(&mut self, short: u32) -> u32 {
        let entry = Entry { hash: short, number: self.count };
        self.count += 1;
        loop {
            let number = self.directory.find(first(short));
            let table = &mut self.tables[number];
            if table.entries.len() < MOST || table.depth == MAX_DEPTH {
                table
                    .entries
                    .make_mut()
                    .insert_unique(spread(short), entry, |entry| spread(entry.hash));
                return entry.number;
            }
            self.split(number, short);
        }
    }

    /// Splits a table by one more bit.
    fn split(&mut self, number: usize, short: u32) {
        let Table { entries, depth } = std::mem::take(&mut self.tables[number]);
        let ones = self.tables.len() as u32;
        Arc::make_mut(&mut self.directory).split(first(short), depth, ones);
        let mut halves = [0, 1].map(|_| HashTable::with_capacity(MOST));
        for entry in &*entries {
            let is_one = Directory::is_one(first(entry.hash), depth);
            halves[usize::from(is_one)]
                .insert_unique(spread(entry.hash), *entry, |entry| spread(entry.hash));
        }
        let [zeros, ones] =
            halves.map(|half| Table { entries: CopyOnWrite::Owned(half), depth: depth + 1 });
        self.tables[number] = zeros;
        self.tables.push(ones);
    }

    /// Freezes the tables, so that versions share them.
    pub(super) fn freeze(&mut self) {
        self.tables.iter_mut().for_each(|table| table.entries.freeze());
    }

    /// The count of numbers.
    pub(super) const fn len(&self) -> u32 {
        self.count
    }

    /// The bytes of memory held.
    pub(super) fn bytes(&self) -> usize {
        let entries: usize = self.tables.iter().map(|table| table.entries.allocation_size()).sum();
        entries + self.tables.capacity() * size_of::<Table>() + self.directory.bytes()
    }
}

/// The part of a hash that an entry keeps.
const fn short(hash: u64) -> u32 {
    (hash >> 32) as u32
}

/// The hash by which a table is chosen.
const fn first(short: u32) -> u64 {
    (short as u64) << 32
}

/// The hash within a table: spreads the bits that its entries do not share to the upper ones, which
/// tag buckets.
const fn spread(short: u32) -> u64 {
    (short as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15)
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

    #[test]
    fn numbers_are_found_while_tables_split_and_versions_keep_theirs() {
        // Half of the hashes begin alike, so that one table is split often.
        let hash = |number: u32| {
            let mixed = u64::from(number).wrapping_mul(0x9e37_79b9_7f4a_7c15);
            if number.is_multiple_of(2) { mixed } else { mixed >> 12 }
        };
        let mut numbers = HashIndex::default();
        let mut held = numbers.clone();
        for number in 0..50_000 {
            if number == 20_000 {
                numbers.freeze();
                held = numbers.clone();
            }
            assert_eq!(numbers.intern(hash(number), |known| known == number), number);
        }
        let mut roomy = HashIndex::with_capacity(20_000);
        for number in 0..50_000 {
            assert_eq!(roomy.intern(hash(number), |known| known == number), number);
        }
        for number in 0..50_000 {
            let is = |known| known == number;
            assert_eq!(roomy.find(hash(number), is), Some(number));
            assert_eq!(numbers.find(hash(number), is), Some(number));
            assert_eq!(held.find(hash(number), is), (number < 20_000).then_some(number));
        }
        assert!(numbers.tables.len() > 50, "{} tables", numbers.tables.len());
    }
}
