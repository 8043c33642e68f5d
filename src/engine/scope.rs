//! The keys of one scope on a tape: for each row its slots, and from a key's names to its slot.
//! It must not know plans, nor what is counted.

use std::hash::BuildHasher;
use std::sync::Arc;

use foldhash::fast::FixedState;

use super::names::{NONE, Names};
use super::numbers::Numbers;
use super::postings::Postings;

/// A slot that stands for a key which no row that was taken in has: nothing is ever written there.
pub(super) const UNKNOWN: u32 = u32::MAX - 1;

/// The keys of one scope.
#[derive(Debug)]
pub(super) struct Scope {
    /// The places of its attributes among those of the index.
    pub(super) attributes: Vec<usize>,
    pub(super) explode: bool,
    slots: Slots,
    /// The keys' names, one run of `attributes.len()` a slot.
    names: Vec<u32>,
    keys: usize,
    lookup: Lookup,
    rows: usize,
    pub(super) postings: Option<Arc<Postings>>,
    /// The hash of each run of keys as the store has it, where that is known.
    pub(super) hashes: Vec<u64>,
}

/// The slots of each row.
#[derive(Debug)]
enum Slots {
    /// All rows have slot 0: the global scope.
    Global,
    /// At most one a row; [`NONE`] where the row lacks an attribute of the key.
    One(Vec<u32>),
    /// Several a row: row `r` has `slots[ends[r − 1]..ends[r]]`.
    Many { ends: Vec<u32>, slots: Vec<u32> },
}

/// From names to slots.
#[derive(Debug)]
enum Lookup {
    Global,
    /// The slot of each name.
    Single(Vec<u32>),
    /// The slot of a tuple of names.
    Tuple(Numbers),
    /// All slots, in the order of their names: for keys that are complete, ready at once.
    Sorted(Vec<u32>),
}

/// What is to be done for a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Wish {
    /// Its keys get slots.
    Take,
    /// Its first key is looked up: [`UNKNOWN`] where it has no slot.
    Find,
    /// Nothing.
    Pass,
}

/// For each attribute of the scope the names of its values, and the number of each row's value.
pub(super) type Parts<'a> = [(&'a Names, &'a [u32])];

impl Scope {
    pub(super) fn new(attributes: Vec<usize>, explode: bool) -> Self {
        let (slots, lookup) = match (attributes.len(), explode) {
            (0, _) => (Slots::Global, Lookup::Global),
            (arity, explode) => (
                if explode {
                    Slots::Many { ends: Vec::new(), slots: Vec::new() }
                } else {
                    Slots::One(Vec::new())
                },
                if arity == 1 {
                    Lookup::Single(Vec::new())
                } else {
                    Lookup::Tuple(Numbers::default())
                },
            ),
        };
        let keys = usize::from(attributes.is_empty());
        Self {
            attributes,
            explode,
            slots,
            names: Vec::new(),
            keys,
            lookup,
            rows: 0,
            postings: None,
            hashes: Vec::new(),
        }
    }

    /// How many keys it has.
    pub(super) const fn keys(&self) -> usize {
        self.keys
    }

    /// The names of a slot's key.
    pub(super) fn tuple(&self, slot: u32) -> &[u32] {
        let arity = self.attributes.len();
        &self.names[slot as usize * arity..][..arity]
    }

    /// The slot of a key's names, if it has one.
    pub(super) fn find(&self, tuple: &[u32]) -> Option<u32> {
        self.lookup.find(&self.names, tuple)
    }

    /// The slots of a row.
    pub(super) fn slots(&self, row: usize) -> &[u32] {
        match &self.slots {
            Slots::Global => &[0],
            Slots::One(slots) if slots[row] == NONE => &[],
            Slots::One(slots) => std::slice::from_ref(&slots[row]),
            Slots::Many { ends, slots } => {
                let from = if row == 0 { 0 } else { ends[row - 1] };
                &slots[from as usize..ends[row] as usize]
            }
        }
    }

    /// Takes in so many rows at once, whose slots are known, and all slots in the order of their
    /// names. `None` where they cannot be those of the rows.
    pub(super) fn adopt(
        &mut self,
        rows: usize,
        parts: &Parts<'_>,
        known: Vec<u32>,
        sorted: Vec<u32>,
    ) -> Option<()> {
        let Slots::One(slots) = &mut self.slots else { return None };
        if known.len() != rows {
            return None;
        }
        for (row, slot) in known.iter().enumerate() {
            if *slot == NONE || (*slot as usize) < self.keys {
                continue;
            }
            // A key's first row is where its slot is first met.
            let before = self.names.len();
            self.names.extend(parts.iter().map(|(names, ids)| names.first(ids[row])));
            if *slot as usize != self.keys || self.names[before..].contains(&NONE) {
                return None;
            }
            self.keys += 1;
        }
        if sorted.len() != self.keys || sorted.iter().any(|slot| *slot as usize >= self.keys) {
            return None;
        }
        self.lookup = Lookup::Sorted(sorted);
        *slots = known;
        self.rows = rows;
        Some(())
    }

    /// Takes in the rows that have come, up to `rows` of them.
    pub(super) fn extend(
        &mut self,
        rows: usize,
        parts: &Parts<'_>,
        mut wish: impl FnMut(usize) -> Wish,
    ) {
        let mut tuple = vec![NONE; parts.len()];
        for row in self.rows..rows {
            match &mut self.slots {
                Slots::Global => break,
                Slots::One(slots) => {
                    let wish = wish(row);
                    let is_whole = wish != Wish::Pass
                        && tuple.iter_mut().zip(parts).all(|(name, (names, ids))| {
                            *name = names.first(ids[row]);
                            *name != NONE
                        });
                    slots.push(match wish {
                        _ if !is_whole => NONE,
                        Wish::Take => self.lookup.intern(&mut self.names, &mut self.keys, &tuple),
                        Wish::Find => self.lookup.find(&self.names, &tuple).unwrap_or(UNKNOWN),
                        Wish::Pass => NONE,
                    });
                }
                Slots::Many { ends, slots } => {
                    let (wish, before) = (wish(row), slots.len());
                    let mut found = |tuple: &[u32]| match wish {
                        Wish::Take => {
                            slots.push(self.lookup.intern(&mut self.names, &mut self.keys, tuple));
                        }
                        Wish::Find if slots.len() == before => {
                            slots.push(self.lookup.find(&self.names, tuple).unwrap_or(UNKNOWN));
                        }
                        Wish::Find | Wish::Pass => {}
                    };
                    if wish != Wish::Pass {
                        combinations(parts, row, &mut tuple, 0, &mut found);
                    }
                    ends.push(slots.len() as u32);
                }
            }
        }
        self.rows = rows;
    }

    /// Forgets the rows, but not the keys.
    pub(super) fn pass(&mut self) {
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

    /// The bytes of memory held.
    pub(super) fn bytes(&self) -> usize {
        let slots = match &self.slots {
            Slots::Global => 0,
            Slots::One(slots) => slots.capacity(),
            Slots::Many { ends, slots } => ends.capacity() + slots.capacity(),
        };
        let lookup = match &self.lookup {
            Lookup::Global => 0,
            Lookup::Single(slots) | Lookup::Sorted(slots) => slots.capacity() * size_of::<u32>(),
            Lookup::Tuple(numbers) => numbers.bytes(),
        };
        (slots + self.names.capacity()) * size_of::<u32>() + lookup
    }
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

impl Lookup {
    /// The slot of a tuple, a new one where it was not known.
    fn intern(&mut self, names: &mut Vec<u32>, keys: &mut usize, tuple: &[u32]) -> u32 {
        let next = *keys as u32;
        if let Self::Sorted(_) = self {
            // Keys that were complete are to grow.
            let mut numbers = Numbers::default();
            for known in names.chunks_exact(tuple.len()) {
                numbers.intern(hash(known), |slot| is(names, slot, known));
            }
            *self = Self::Tuple(numbers);
        }
        let slot = match self {
            // Sorted slots have given way to a table.
            Self::Global | Self::Sorted(_) => 0,
            Self::Single(slots) => {
                let name = tuple[0] as usize;
                if name >= slots.len() {
                    slots.resize(name + 1, NONE);
                }
                if slots[name] == NONE {
                    slots[name] = next;
                }
                slots[name]
            }
            Self::Tuple(numbers) => numbers.intern(hash(tuple), |slot| is(names, slot, tuple)),
        };
        if slot == next {
            names.extend_from_slice(tuple);
            *keys += 1;
        }
        slot
    }

    fn find(&self, names: &[u32], tuple: &[u32]) -> Option<u32> {
        match self {
            Self::Global => Some(0),
            Self::Single(slots) => {
                slots.get(*tuple.first()? as usize).copied().filter(|slot| *slot != NONE)
            }
            Self::Tuple(numbers) => numbers.find(hash(tuple), |slot| is(names, slot, tuple)),
            Self::Sorted(slots) => {
                let of = |slot: &u32| &names[*slot as usize * tuple.len()..][..tuple.len()];
                let place = slots.binary_search_by(|slot| of(slot).cmp(tuple)).ok()?;
                Some(slots[place])
            }
        }
    }
}

/// Whether a slot's key has these names.
fn is(names: &[u32], slot: u32, tuple: &[u32]) -> bool {
    names[slot as usize * tuple.len()..][..tuple.len()] == *tuple
}

fn hash(tuple: &[u32]) -> u64 {
    const HASHER: FixedState = FixedState::with_seed(0);
    match *tuple {
        [a, b] => HASHER.hash_one(u64::from(a) << 32 | u64::from(b)),
        _ => HASHER.hash_one(tuple),
    }
}
