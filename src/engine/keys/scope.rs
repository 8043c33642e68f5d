//! The keys of one scope on a tape: for each row its slots, and from a key's names to its slot.
//! Many rows are taken in at a time, stage by stage. It must not know plans, nor what is counted.

use std::ops::Range;
use std::sync::{Arc, Mutex};

use crate::tape::{BufferPool, Column, PagedColumn};

use super::dictionary::{KeyDictionary, NONE};
use super::lookup::{Keys, Lookup, slot_of};
use super::pair_interner::pair;
use super::postings::KnownRows;
use super::slots::{RowSlots, SlotsOf};

/// A slot that stands for a key which no row that was taken in has: nothing is ever written there.
pub(in crate::engine) const UNKNOWN: u32 = u32::MAX - 1;

/// The keys of one scope.
#[derive(Debug)]
pub(in crate::engine) struct Scope {
    /// The places of its attributes among those of the index.
    pub(in crate::engine) attributes: Vec<usize>,
    pub(in crate::engine) explode: bool,
    slots: Slots,
    keys: Keys,
    lookup: Lookup,
    rows: usize,
    /// The rows of keys, once they were asked for.
    pub(in crate::engine) known: Mutex<KnownRows>,
    /// The hash of each run of keys as the store has it, where that is known.
    pub(in crate::engine) hashes: Vec<u64>,
    scratch: Scratch,
}

/// Room for what lies between the stages.
#[derive(Debug, Default)]
struct Scratch {
    /// The rows that have every attribute of the key, as offsets.
    whole: Vec<u32>,
    /// For each of them the name, or the number of the pairs so far.
    heads: Vec<u32>,
    pairs: Vec<u64>,
}

/// The slots of each row.
#[derive(Debug)]
enum Slots {
    /// All rows have slot 0: the global scope.
    Global,
    /// At most one a row; [`NONE`] where the row lacks an attribute of the key.
    One(PagedColumn<u32>),
    /// Several a row: row `r` has `slots[ends[r − 1]..ends[r]]`.
    Many { ends: PagedColumn<u32>, slots: PagedColumn<u32> },
}

/// For each attribute of the scope the names of its values, and the number of the value of each
/// row of a block.
pub(in crate::engine) type Parts<'a> = [(&'a KeyDictionary, &'a [u32])];

impl Scope {
    /// Nothing is taken in. Slots lie where the pager has room, if there is one.
    pub(in crate::engine) fn new(
        attributes: Vec<usize>,
        explode: bool,
        pager: Option<&Arc<BufferPool>>,
    ) -> Self {
        let paged = |blank| PagedColumn::new(pager.cloned(), blank);
        let slots = match (attributes.len(), explode) {
            (0, _) => Slots::Global,
            (_, true) => Slots::Many { ends: paged(0), slots: paged(UNKNOWN) },
            (_, false) => Slots::One(paged(NONE)),
        };
        Self {
            explode,
            slots,
            keys: Keys::new(attributes.len()),
            lookup: Lookup::new(attributes.len()),
            attributes,
            rows: 0,
            known: Mutex::default(),
            hashes: Vec::new(),
            scratch: Scratch::default(),
        }
    }

    /// How many keys it has.
    pub(in crate::engine) const fn keys(&self) -> usize {
        self.keys.len()
    }

    /// How many rows it has taken in.
    pub(in crate::engine) const fn rows(&self) -> usize {
        self.rows
    }

    /// The names of a slot's key.
    pub(in crate::engine) fn tuple(&self, slot: u32) -> &[u32] {
        self.keys.tuple(slot)
    }

    /// The slot of a key's names, if it has one.
    pub(in crate::engine) fn find(&self, tuple: &[u32]) -> Option<u32> {
        self.lookup.find(&self.keys, tuple)
    }

    /// The slots of a row.
    #[inline]
    pub(in crate::engine) fn slots(&self, row: usize) -> RowSlots<'_> {
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

    /// The slots of some rows.
    pub(in crate::engine) fn slots_of(&self, rows: Range<usize>) -> SlotsOf<'_> {
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

    /// Takes in all rows of a tape at once, whose slots are known, and all slots in the order of
    /// their names. `None` where they cannot be those of the rows. `parts` has the names of each
    /// attribute's values, and its column.
    pub(in crate::engine) fn adopt(
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
            for slot in slots {
                if *slot != NONE && *slot as usize >= keys.len() {
                    // A key's first row is where its slot is first met.
                    fits = fits
                        && *slot as usize == keys.len()
                        && names(parts.iter().map(|(n, column)| (*n, column.id(row))), &mut tuple);
                    keys.push(tuple.iter().copied());
                }
                row += 1;
            }
        });
        let keys = self.keys.len();
        if !fits || sorted.len() != keys || sorted.iter().any(|slot| *slot as usize >= keys) {
            return None;
        }
        self.lookup = Lookup::Sorted(sorted);
        *slots = known;
        self.rows = rows;
        Some(())
    }

    /// Takes in the rows that have come. Of those, `taken` get slots for their keys; they are given
    /// as offsets, ascending. Of the rows `read`, ascending, the first key is looked up: it is
    /// [`UNKNOWN`] where it has no slot. All others have no keys.
    pub(in crate::engine) fn extend(
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

    /// Gives rows slots, or looks them up, which have one at most.
    fn take(&mut self, rows: Range<usize>, parts: &Parts<'_>, taken: &[u32], read: &[usize]) {
        let Self { slots: Slots::One(slots), keys, lookup, scratch, .. } = self else { return };
        let slots = slots.grow(rows.len(), NONE);
        if !taken.is_empty() {
            lookup.open(keys);
        }
        match (&mut *lookup, parts) {
            (Lookup::Single(known), [(names, ids)]) => {
                for row in taken.iter().map(|row| *row as usize) {
                    let name = names.first(ids[row]);
                    if name == NONE {
                        continue;
                    }
                    let next = keys.len() as u32;
                    let slot = slot_of(known, name, next);
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

    /// Gives rows slots, or looks them up, where one may have several.
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

    /// Forgets the rows, but not the keys.
    pub(in crate::engine) fn pass(&mut self) {
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

    /// The bytes of memory held, besides those of pages.
    pub(in crate::engine) fn bytes(&self) -> usize {
        let slots = match &self.slots {
            Slots::Global => 0,
            Slots::One(slots) => slots.bytes(),
            Slots::Many { ends, slots } => ends.bytes() + slots.bytes(),
        };
        slots + self.keys.bytes() + self.lookup.bytes()
    }
}

/// Writes the names of a row's key to `tuple`: for each attribute, the names of its values and the
/// number of the row's value. `false` where the row lacks an attribute of the key.
fn names<'n>(parts: impl Iterator<Item = (&'n KeyDictionary, u32)>, tuple: &mut [u32]) -> bool {
    tuple.iter_mut().zip(parts).all(|(name, (names, id))| {
        *name = names.first(id);
        *name != NONE
    })
}

/// The same of a row of a block.
fn names_at(parts: &Parts<'_>, row: usize, tuple: &mut [u32]) -> bool {
    names(parts.iter().map(|(names, ids)| (*names, ids[row])), tuple)
}

/// Calls `found` with every tuple of names that a row has, lists taken apart.
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
