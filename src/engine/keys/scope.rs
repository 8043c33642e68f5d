//! A scope on a tape: per row its slots, and the lookup from a key's names to its slot.

use std::ops::Range;
use std::sync::{Arc, Mutex, PoisonError};

use crate::tape::{Column, PagedColumn, Storage};

use super::dictionary::{KeyDictionary, NONE};
use super::lookup::{Keys, Lookup};
use super::pair_interner::pair;
use super::postings::RowsCache;
use super::row_slots::{RowSlots, SlotsOf};

/// The slot of a key that is read but never written: no state holds it.
pub(super) const UNKNOWN: u32 = u32::MAX - 1;

/// The keys of one scope.
#[derive(Debug)]
pub(super) struct Scope {
    /// Its attributes, as places among those of the index.
    pub(super) attributes: Vec<usize>,
    pub(super) explode: bool,
    slots: Slots,
    keys: Keys,
    /// How many of the keys, the last ones, no row has.
    unseen: u32,
    lookup: Lookup,
    rows: usize,
    /// The cached posting lists.
    pub(super) known: Mutex<RowsCache>,
    /// The hash of each segment of keys as the store has it, where known.
    pub(super) hashes: Arc<[u64]>,
    scratch: Scratch,
}

/// Buffers between the stages, recycled.
#[derive(Debug, Default)]
struct Scratch {
    /// The rows that have every attribute of the key, as offsets.
    whole: Vec<u32>,
    /// Per such row its first name, later the number of its pair so far.
    heads: Vec<u32>,
    pairs: Vec<u64>,
}

/// The slots of all rows.
#[derive(Clone, Debug)]
enum Slots {
    /// All rows have slot 0: the global scope.
    Global,
    /// At most one a row; [`NONE`] where the row lacks an attribute of the key.
    One(PagedColumn<u32>),
    /// Several a row: row `r` has `slots[ends[r − 1]..ends[r]]`.
    Many { ends: PagedColumn<u32>, slots: PagedColumn<u32> },
}

/// Per attribute of the scope: its dictionary, and the value ids of a block's rows.
pub(super) type Parts<'a> = [(&'a KeyDictionary, &'a [u32])];

impl Clone for Scope {
    fn clone(&self) -> Self {
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        Self {
            attributes: self.attributes.clone(),
            explode: self.explode,
            slots: self.slots.clone(),
            keys: self.keys.clone(),
            unseen: self.unseen,
            lookup: self.lookup.clone(),
            rows: self.rows,
            known: Mutex::new(known.clone()),
            hashes: Arc::clone(&self.hashes),
            scratch: Scratch::default(),
        }
    }
}

impl Scope {
    /// A scope of no rows.
    pub(super) fn new(attributes: Vec<usize>, explode: bool, storage: &Storage) -> Self {
        let paged = |blank| PagedColumn::new(storage, blank);
        let slots = match (attributes.len(), explode) {
            (0, _) => Slots::Global,
            (_, true) => Slots::Many { ends: paged(0), slots: paged(UNKNOWN) },
            (_, false) => Slots::One(paged(NONE)),
        };
        Self {
            explode,
            slots,
            keys: Keys::new(attributes.len()),
            unseen: 0,
            lookup: Lookup::new(attributes.len()),
            attributes,
            rows: 0,
            known: Mutex::default(),
            hashes: Arc::default(),
            scratch: Scratch::default(),
        }
    }

    /// The number of keys.
    pub(super) const fn keys(&self) -> usize {
        self.keys.len()
    }

    /// The number of indexed rows.
    pub(super) const fn rows(&self) -> usize {
        self.rows
    }

    /// The names of a slot's key.
    pub(super) fn tuple(&self, slot: u32) -> &[u32] {
        self.keys.tuple(slot)
    }

    /// The slot of a key, if it exists.
    pub(super) fn find(&self, tuple: &[u32]) -> Option<u32> {
        self.lookup.find(&self.keys, tuple)
    }

    /// The slot of a key, which is added if it is not there; then no row has it, and it is not found.
    /// No rows can be indexed afterwards.
    pub(super) fn add_unseen(&mut self, tuple: &[u32]) -> u32 {
        let next = self.keys.len() as u32;
        let mut unseen = next - self.unseen..next;
        let known =
            self.find(tuple).or_else(|| unseen.find(|slot| self.keys.tuple(*slot) == tuple));
        known.unwrap_or_else(|| {
            self.keys.push(tuple.iter().copied());
            self.unseen += 1;
            next
        })
    }

    /// The slots of a row.
    #[inline]
    pub(super) fn slots(&self, row: usize) -> RowSlots<'_> {
        match &self.slots {
            Slots::Global => RowSlots::One([0]),
            Slots::One(slots) => match slots.get(row) {
                NONE => RowSlots::None,
                slot => RowSlots::One([slot]),
            },
            Slots::Many { ends, slots } => {
                let from = if row == 0 { 0 } else { ends.get(row - 1) };
                RowSlots::Many(slots.slice(from as usize..ends.get(row).max(from) as usize))
            }
        }
    }

    /// The slots of a range of rows.
    pub(super) fn slots_of(&self, rows: Range<usize>) -> SlotsOf<'_> {
        match &self.slots {
            Slots::Global => SlotsOf::Global,
            Slots::One(slots) => SlotsOf::One(slots.slice(rows)),
            Slots::Many { ends, slots } => {
                let first = if rows.start == 0 { 0 } else { ends.get(rows.start - 1) };
                let ends = ends.slice(rows);
                let last = ends.last().map_or(first, |last| first.max(*last));
                SlotsOf::Many { slots: slots.slice(first as usize..last as usize), ends, first }
            }
        }
    }

    /// Installs the slots of all rows, read from the column cache, and all slots sorted by their
    /// names. `None` if they cannot be those of the rows. `parts` has the dictionary and column of
    /// each attribute.
    pub(super) fn install(
        &mut self,
        rows: usize,
        parts: &[(&KeyDictionary, &Column)],
        known: PagedColumn<u32>,
        sorted: Vec<u32>,
    ) -> Option<()> {
        let Slots::One(slots) = &mut self.slots else { return None };
        if known.len() != rows {
            return None;
        }
        let mut tuple = vec![NONE; parts.len()];
        let (keys, mut row, mut fits) = (&mut self.keys, 0, true);
        known.visit(0..rows, |slots| {
            let end = row + slots.len();
            let ids: Vec<_> = parts.iter().map(|(_, column)| column.ids(row..end)).collect();
            for (at, slot) in slots.iter().enumerate() {
                if *slot != NONE && *slot as usize >= keys.len() {
                    // The first row of a key is where its slot first appears.
                    fits = fits
                        && *slot as usize == keys.len()
                        && names(
                            parts.iter().zip(&ids).map(|((n, _), ids)| (*n, ids[at])),
                            &mut tuple,
                        );
                    keys.push(tuple.iter().copied());
                }
            }
            row = end;
        });
        let keys = self.keys.len();
        if !fits || sorted.len() != keys || sorted.iter().any(|slot| *slot as usize >= keys) {
            return None;
        }
        self.lookup = Lookup::Sorted(sorted.into());
        *slots = known;
        self.rows = rows;
        Some(())
    }

    /// Indexes a block of rows. The rows `taken` (offsets, ascending) are assigned slots. For the
    /// rows `read` (ascending) the first key is looked up: [`UNKNOWN`] if it has no slot. All
    /// others have no key.
    pub(super) fn extend(
        &mut self,
        rows: Range<usize>,
        parts: &Parts<'_>,
        taken: &[u32],
        read: &[usize],
    ) {
        debug_assert_eq!(rows.start, self.rows);
        match self.slots {
            Slots::Global => {}
            Slots::One(_) => {
                self.take(rows.clone(), parts, taken, read);
            }
            Slots::Many { .. } => self.explode(rows.clone(), parts, taken, read),
        }
        self.rows = rows.end;
    }

    /// Assigns and looks up slots, where a row has at most one.
    fn take(&mut self, rows: Range<usize>, parts: &Parts<'_>, taken: &[u32], read: &[usize]) {
        let Self { slots: Slots::One(slots), keys, lookup, scratch, .. } = self else { return };
        let slots = slots.grow(rows.len(), NONE);
        if !taken.is_empty() {
            lookup.make_mutable(keys);
        }
        match (&mut *lookup, parts) {
            (Lookup::Single(known), [(names, ids)]) => {
                for row in taken.iter().map(|row| *row as usize) {
                    let name = names.first(ids[row]);
                    if name == NONE {
                        continue;
                    }
                    let next = keys.len() as u32;
                    let slot = known.intern(name, next);
                    if slot == next {
                        keys.push([name]);
                    }
                    slots[row] = slot;
                }
            }
            (Lookup::Chain(links), [(names, ids), rest @ ..]) => {
                let Scratch { whole, heads, pairs } = scratch;
                let name = |(names, ids): &(&KeyDictionary, &[u32]), row: u32| {
                    names.first(ids[row as usize])
                };
                let has_all = |row: &u32| parts.iter().all(|part| name(part, *row) != NONE);
                whole.clear();
                whole.extend(taken.iter().copied().filter(has_all));
                heads.clear();
                heads.extend(whole.iter().map(|row| name(&(names, ids), *row)));
                for (link, part) in links.iter_mut().zip(rest) {
                    pairs.clear();
                    let second = whole.iter().map(|row| name(part, *row));
                    pairs.extend(heads.iter().zip(second).map(|(head, name)| pair(*head, name)));
                    link.intern_all(pairs, |place, number| heads[place] = number);
                }
                for (row, slot) in whole.iter().zip(heads) {
                    if *slot as usize == keys.len() {
                        keys.push(parts.iter().map(|part| name(part, *row)));
                    }
                    slots[*row as usize] = *slot;
                }
            }
            _ => {}
        }
        let mut tuple = vec![NONE; parts.len()];
        for row in read.iter().map(|row| row - rows.start) {
            if slots[row] == NONE && names_at(parts, row, &mut tuple) {
                slots[row] = lookup.find(keys, &tuple).unwrap_or(UNKNOWN);
            }
        }
    }

    /// Assigns and looks up slots, where a row may have several.
    fn explode(&mut self, rows: Range<usize>, parts: &Parts<'_>, taken: &[u32], read: &[usize]) {
        let Self { slots: Slots::Many { ends, slots }, keys, lookup, .. } = self else { return };
        let first = rows.start;
        let mut taken = taken.iter().map(|row| first + *row as usize).peekable();
        let mut read = read.iter().copied().peekable();
        let mut tuple = vec![NONE; parts.len()];
        for row in rows {
            let (is_taken, is_read) =
                (taken.next_if_eq(&row).is_some(), read.next_if_eq(&row).is_some());
            if is_taken {
                combinations(parts, row - first, &mut tuple, 0, &mut |tuple| {
                    slots.push(lookup.intern(keys, tuple));
                });
            } else if is_read {
                let before = slots.len();
                combinations(parts, row - first, &mut tuple, 0, &mut |tuple| {
                    if slots.len() == before {
                        slots.push(lookup.find(keys, tuple).unwrap_or(UNKNOWN));
                    }
                });
            }
            ends.push(slots.len() as u32);
        }
    }

    /// Clears the rows; keys stay.
    pub(super) fn clear_rows(&mut self) {
        self.rows = 0;
        match &mut self.slots {
            Slots::Global => {}
            Slots::One(slots) => slots.clear(),
            Slots::Many { ends, slots } => {
                ends.clear();
                slots.clear();
            }
        }
    }

    /// Freezes the tables, so that versions share them.
    pub(super) fn freeze(&mut self) {
        self.lookup.freeze();
    }

    /// The bytes of memory held, besides those of pages.
    pub(super) fn bytes(&self) -> usize {
        let slots = match &self.slots {
            Slots::Global => 0,
            Slots::One(slots) => slots.bytes(),
            Slots::Many { ends, slots } => ends.bytes() + slots.bytes(),
        };
        slots + self.keys.bytes() + self.lookup.bytes()
    }
}

/// Writes the names of a row's key to `tuple`, from pairs of a dictionary and a value id. False if
/// the row lacks an attribute of the key.
fn names<'n>(parts: impl Iterator<Item = (&'n KeyDictionary, u32)>, tuple: &mut [u32]) -> bool {
    tuple.iter_mut().zip(parts).all(|(name, (names, id))| {
        *name = names.first(id);
        *name != NONE
    })
}

/// The same for a row of a block.
fn names_at(parts: &Parts<'_>, row: usize, tuple: &mut [u32]) -> bool {
    names(parts.iter().map(|(names, ids)| (*names, ids[row])), tuple)
}

/// Calls `found` with every combination of names of a row, lists exploded.
fn combinations(
    parts: &Parts<'_>,
    row: usize,
    tuple: &mut Vec<u32>,
    depth: usize,
    found: &mut impl FnMut(&[u32]),
) {
    let Some((names, ids)) = parts.get(depth) else { return found(tuple) };
    let mut one = [NONE];
    for name in names.each(ids[row], &mut one) {
        tuple[depth] = *name;
        combinations(parts, row, tuple, depth + 1, found);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_that_no_row_has_is_added_once() {
        let mut scope = Scope::new(vec![0, 1], false, &Storage::default());
        let seen = scope.lookup.intern(&mut scope.keys, &[3, 4]);
        let unseen = scope.add_unseen(&[3, UNKNOWN]);
        assert_eq!(scope.add_unseen(&[3, 4]), seen);
        assert_eq!(scope.clone().add_unseen(&[3, UNKNOWN]), unseen);
        assert_ne!(scope.add_unseen(&[4, 3]), unseen);
        assert_eq!((scope.keys(), scope.find(&[3, UNKNOWN])), (3, None));
        assert_eq!(scope.tuple(unseen), [3, UNKNOWN]);
    }
}
