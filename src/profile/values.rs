//! The values of a field: how many different ones there are, and the most frequent ones.
//!
//! Up to 1,024 different values are counted exactly. Beyond that their number is an estimate, and some
//! 1,800 of them are counted: once there are more, the median of their counts is taken off all
//! of them, and those without a rest are dropped (Misra and Gries 1982). A count is then too low by
//! at most what was taken off in all.

use hashbrown::HashTable;
use hashbrown::hash_table::Entry;

use crate::aggregate::DistinctValues;

/// The most different values that are counted exactly.
const EXACT: usize = 1024;
/// The most that are counted at all: as many as 2,048 places of a table are for.
const MOST: usize = 1791;

/// A scalar, as far as it is kept.
#[derive(Clone, Debug, PartialEq)]
pub enum Scalar {
    /// The begin of a text.
    Text(Box<str>),
    /// A whole number.
    Integer(i128),
    /// Any other number.
    Number(f64),
    /// `true` or `false`.
    Bool(bool),
}

/// A value with its counts.
#[derive(Clone, Copy, Debug)]
pub(super) struct Counted<'v> {
    /// What tells it from the other values of the field.
    pub(super) hash: u64,
    pub(super) count: u64,
    /// Of these, how many were in late events.
    pub(super) late: u64,
    pub(super) value: &'v Scalar,
}

/// The counts of a value, apart from the value itself: most of the time they alone are needed.
#[derive(Clone, Copy, Debug)]
struct Count {
    hash: u64,
    times: u64,
    late: u32,
    /// Its place among the scalars; [`ONCE`] until it comes again.
    place: u32,
}

/// The place of a value that came once, among many.
const ONCE: u32 = u32::MAX;

/// The number of different values, to which their hashes are added many at a time: so it is near in
/// the processor's caches.
#[derive(Clone, Debug, Default)]
struct Sketch {
    values: DistinctValues,
    pending: Vec<u64>,
}

/// The hashes that are added to a sketch at a time.
const PENDING: usize = 64;

impl Sketch {
    #[inline]
    fn add(&mut self, hash: u64) {
        self.pending.push(hash);
        if self.pending.len() == PENDING {
            self.settle();
        }
    }

    #[inline(never)]
    fn settle(&mut self) {
        self.pending.drain(..).for_each(|hash| self.values.add(hash));
    }

    fn count(&self) -> u64 {
        let mut whole = self.clone();
        whole.settle();
        whole.values.count()
    }
}

#[derive(Debug, Default)]
pub(super) struct Values {
    table: HashTable<Count>,
    scalars: Vec<Scalar>,
    /// True once there are too many to count them all.
    is_many: bool,
    /// Then, if their number is wanted.
    sketch: Option<Box<Sketch>>,
    /// True if nothing is wanted but the counts.
    counts_only: bool,
    taken_off: u64,
}

impl Values {
    /// No values yet, of which nothing is wanted but how many events have each.
    pub(super) fn counts_only() -> Self {
        Self { counts_only: true, ..Self::default() }
    }

    /// True if nothing is wanted but how many events have each.
    pub(super) const fn are_counts_only(&self) -> bool {
        self.counts_only
    }

    #[inline]
    pub(super) fn add(&mut self, hash: u64, is_late: bool, value: impl FnOnce() -> Scalar) {
        let late = u32::from(is_late);
        match self.table.entry(hash, |known| known.hash == hash, |known| known.hash) {
            Entry::Occupied(mut known) => {
                let known = known.get_mut();
                known.times += 1;
                known.late = known.late.saturating_add(late);
                if known.place == ONCE {
                    known.place = self.scalars.len() as u32;
                    self.scalars.push(value());
                }
            }
            Entry::Vacant(place) => {
                let mut count = Count { hash, times: 1, late, place: ONCE };
                if self.is_many {
                    // Those in the table are in the sketch.
                    if let Some(sketch) = &mut self.sketch {
                        sketch.add(hash);
                    }
                } else {
                    count.place = self.scalars.len() as u32;
                    self.scalars.push(value());
                }
                place.insert(count);
                if self.table.len() > EXACT {
                    self.bound();
                }
            }
        }
    }

    #[cold]
    fn bound(&mut self) {
        if !self.is_many {
            self.is_many = true;
            if !self.counts_only {
                let mut sketch = Box::<Sketch>::default();
                self.table.iter().for_each(|known| sketch.add(known.hash));
                self.sketch = Some(sketch);
            }
        }
        if self.table.len() < MOST {
            return;
        }
        let off = self.median();
        self.taken_off += off;
        let (mut scalars, mut left) = (Vec::new(), Vec::new());
        for known in self.table.iter().filter(|known| known.times > off) {
            let mut known = Count { times: known.times - off, ..*known };
            if let Some(scalar) = self.scalars.get_mut(known.place as usize) {
                known.place = scalars.len() as u32;
                scalars.push(std::mem::replace(scalar, Scalar::Bool(false)));
            }
            left.push(known);
        }
        self.scalars = scalars;
        // Mostly few are left: they are put into an empty table sooner than the others are taken out.
        self.table.clear();
        for known in left {
            self.table.insert_unique(known.hash, known, |known| known.hash);
        }
    }

    /// The median of the counts.
    fn median(&self) -> u64 {
        let middle = self.table.len() / 2;
        if self.table.iter().filter(|known| known.times == 1).count() > middle {
            return 1;
        }
        let mut counts: Vec<u64> = self.table.iter().map(|known| known.times).collect();
        *counts.select_nth_unstable(middle).1
    }

    /// The number of different values.
    pub(super) fn distinct(&self) -> u64 {
        match &self.sketch {
            None => self.table.len() as u64,
            Some(sketch) => sketch.count(),
        }
    }

    /// True if the number of different values is exact.
    pub(super) const fn is_exact(&self) -> bool {
        !self.is_many
    }

    /// The most by which a count is too low.
    pub(super) const fn taken_off(&self) -> u64 {
        self.taken_off
    }

    /// The values that are counted, those aside that came once among many.
    pub(super) fn counted(&self) -> impl Iterator<Item = Counted<'_>> + Clone {
        self.table.iter().filter_map(|known| {
            let Count { hash, times: count, late, place } = *known;
            let value = self.scalars.get(place as usize)?;
            Some(Counted { hash, count, late: late.into(), value })
        })
    }

    /// The numbers that are counted, ascending.
    pub(super) fn numbers(&self) -> Vec<(f64, u64)> {
        let number = |known: Counted<'_>| match known.value {
            Scalar::Integer(whole) => Some((*whole as f64, known.count)),
            Scalar::Number(number) => Some((*number, known.count)),
            Scalar::Text(_) | Scalar::Bool(_) => None,
        };
        let mut numbers: Vec<(f64, u64)> = self.counted().filter_map(number).collect();
        numbers.sort_unstable_by(|one, other| one.0.total_cmp(&other.0));
        numbers
    }

    /// The values that are counted, the most frequent first; of equal counts in the order of their
    /// kinds, then of the values themselves.
    pub(super) fn by_count(&self) -> Vec<Counted<'_>> {
        let mut all: Vec<Counted<'_>> = self.counted().collect();
        all.sort_unstable_by(|one, other| {
            let by_value = || one.value.cmp_value(other.value).then(one.hash.cmp(&other.hash));
            other.count.cmp(&one.count).then_with(by_value)
        });
        all
    }
}

impl Scalar {
    /// The order of their kinds, then of the values themselves.
    pub(super) fn cmp_value(&self, other: &Self) -> std::cmp::Ordering {
        match (self, other) {
            (Self::Text(one), Self::Text(other)) => one.cmp(other),
            (Self::Integer(one), Self::Integer(other)) => one.cmp(other),
            (Self::Number(one), Self::Number(other)) => one.total_cmp(other),
            (Self::Bool(one), Self::Bool(other)) => one.cmp(other),
            (one, other) => one.rank().cmp(&other.rank()),
        }
    }

    const fn rank(&self) -> u8 {
        match self {
            Self::Text(_) => 0,
            Self::Integer(_) => 1,
            Self::Number(_) => 2,
            Self::Bool(_) => 3,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn add(values: &mut Values, number: u64) {
        let hash = xxhash_rust::xxh3::xxh3_64(&number.to_le_bytes());
        values.add(hash, false, || Scalar::Integer(number.into()));
    }

    #[test]
    fn few_values_are_counted_exactly() {
        let mut values = Values::default();
        for number in 0..1024 {
            (0..=number % 7).for_each(|_| add(&mut values, number));
        }
        assert!(values.is_exact());
        assert_eq!((values.distinct(), values.taken_off()), (1024, 0));
        let top: Vec<_> =
            values.by_count()[..2].iter().map(|known| (known.value.clone(), known.count)).collect();
        assert_eq!(top, [(Scalar::Integer(6), 7), (Scalar::Integer(13), 7)]);
    }

    #[test]
    fn of_many_values_the_frequent_ones_stay() {
        let mut values = Values::default();
        for number in 0..100_000_u64 {
            add(&mut values, 1_000_000 + number % 3);
            add(&mut values, number);
        }
        assert!(!values.is_exact());
        let distinct = values.distinct();
        assert!((97_000..103_000).contains(&distinct), "{distinct}");
        let top = values.by_count();
        assert!(top.len() <= MOST);
        for known in &top[..3] {
            let exact = 100_000 / 3;
            assert!(known.count <= exact + 1, "{known:?}");
            assert!(known.count + values.taken_off() >= exact, "{known:?}");
        }
        assert!(values.taken_off() < 200, "{}", values.taken_off());
    }
}
