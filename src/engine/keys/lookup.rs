//! Lookup: from the names of a key to its slot.

use super::dictionary::NONE;
use super::pair_interner::{PairInterner, pair};

/// The keys of one scope, by their names.
#[derive(Clone, Debug)]
pub(super) enum Lookup {
    /// The global scope: one key without names.
    Global,
    /// Keys of one name: the slot per name.
    Single(Vec<u32>),
    /// Keys of several names, as a chain of pairs: the first two names are a pair, its number and
    /// the third name another, and so on; the number of the last pair is the slot.
    Chain(Vec<PairInterner>),
    /// All slots sorted by their names: for a complete set of keys, ready at once.
    Sorted(Vec<u32>),
}

/// Keys in the order of their slots.
#[derive(Clone, Debug, Default)]
pub(super) struct Keys {
    /// Names per key.
    arity: usize,
    /// The names of all keys, `arity` per key.
    names: Vec<u32>,
    count: usize,
}

impl Keys {
    /// No keys; with arity 0, the one key of the global scope.
    pub(super) fn new(arity: usize) -> Self {
        Self { arity, names: Vec::new(), count: usize::from(arity == 0) }
    }

    /// The count of keys.
    pub(super) const fn len(&self) -> usize {
        self.count
    }

    /// The names of a key. The slot must exist.
    pub(super) fn tuple(&self, slot: u32) -> &[u32] {
        &self.names[slot as usize * self.arity..][..self.arity]
    }

    /// Appends a key.
    pub(super) fn push(&mut self, names: impl IntoIterator<Item = u32>) {
        self.names.extend(names);
        self.count += 1;
    }

    /// The bytes of memory held.
    pub(super) fn bytes(&self) -> usize {
        self.names.capacity() * size_of::<u32>()
    }
}

impl Lookup {
    /// An empty lookup.
    pub(super) fn new(arity: usize) -> Self {
        match arity {
            0 => Self::Global,
            1 => Self::Single(Vec::new()),
            _ => Self::Chain(chain(arity)),
        }
    }

    /// Makes room for new keys: a sorted lookup becomes a mutable one.
    pub(super) fn make_mutable(&mut self, keys: &Keys) {
        if let Self::Sorted(_) = self {
            *self = Self::new(keys.arity);
            for slot in 0..keys.len() as u32 {
                self.slot(keys.tuple(slot), slot);
            }
        }
    }

    /// Interns a key: its slot, or a new one.
    pub(super) fn intern(&mut self, keys: &mut Keys, tuple: &[u32]) -> u32 {
        self.make_mutable(keys);
        let next = keys.len() as u32;
        let slot = self.slot(tuple, next);
        if slot == next {
            keys.push(tuple.iter().copied());
        }
        slot
    }

    fn slot(&mut self, tuple: &[u32], next: u32) -> u32 {
        match self {
            Self::Global | Self::Sorted(_) => 0,
            Self::Single(slots) => slot_of(slots, tuple[0], next),
            Self::Chain(links) => links
                .iter_mut()
                .zip(&tuple[1..])
                .fold(tuple[0], |head, (pairs, name)| pairs.intern(pair(head, *name))),
        }
    }

    /// The slot of a key, if it exists.
    pub(super) fn find(&self, keys: &Keys, tuple: &[u32]) -> Option<u32> {
        match self {
            Self::Global => Some(0),
            Self::Single(slots) => {
                slots.get(*tuple.first()? as usize).copied().filter(|slot| *slot != NONE)
            }
            Self::Chain(links) => {
                let (first, rest) = tuple.split_first()?;
                let link =
                    |head, (pairs, name): (&PairInterner, &u32)| pairs.find(pair(head, *name));
                links.iter().zip(rest).try_fold(*first, link)
            }
            Self::Sorted(slots) => {
                let place = slots.binary_search_by(|slot| keys.tuple(*slot).cmp(tuple)).ok()?;
                Some(slots[place])
            }
        }
    }

    /// The bytes of memory held.
    pub(super) fn bytes(&self) -> usize {
        match self {
            Self::Global => 0,
            Self::Single(slots) | Self::Sorted(slots) => slots.capacity() * size_of::<u32>(),
            Self::Chain(links) => links.iter().map(PairInterner::bytes).sum(),
        }
    }
}

/// The slot of a name; `next` if it has none yet.
#[inline]
pub(super) fn slot_of(slots: &mut Vec<u32>, name: u32, next: u32) -> u32 {
    let name = name as usize;
    if name >= slots.len() {
        slots.resize(name + 1, NONE);
    }
    if slots[name] == NONE {
        slots[name] = next;
    }
    slots[name]
}

fn chain(arity: usize) -> Vec<PairInterner> {
    std::iter::repeat_with(PairInterner::default).take(arity - 1).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_of_any_number_of_names_are_found_again_by_all_of_them() {
        for arity in 0..5 {
            let tuples: Vec<Vec<u32>> = (0..200u32)
                .map(|n| (0..arity).map(|place| n / 6u32.pow(place) % 6).collect())
                .collect();
            let (mut lookup, mut keys) = (Lookup::new(arity as usize), Keys::new(arity as usize));
            for tuple in &tuples {
                assert_eq!(lookup.find(&keys, tuple).is_some(), {
                    let known = keys.len() as u32;
                    (0..known).any(|slot| keys.tuple(slot) == tuple)
                });
                let slot = lookup.intern(&mut keys, tuple);
                assert_eq!(keys.tuple(slot), tuple);
                assert_eq!(lookup.find(&keys, tuple), Some(slot));
            }
            assert_eq!(keys.len(), 6usize.pow(arity).min(200));
        }
    }

    #[test]
    fn keys_that_were_complete_can_grow() {
        let tuples = [[3, 1], [1, 2], [2, 2]];
        let mut keys = Keys::new(2);
        tuples.iter().for_each(|tuple| keys.push(*tuple));
        let mut lookup = Lookup::Sorted(vec![1, 2, 0]);
        assert_eq!(lookup.find(&keys, &[2, 2]), Some(2));
        assert_eq!(lookup.find(&keys, &[2, 1]), None);
        assert_eq!(lookup.intern(&mut keys, &[2, 1]), 3);
        for (slot, tuple) in tuples.iter().chain(&[[2, 1]]).enumerate() {
            assert_eq!(lookup.find(&keys, tuple), Some(slot as u32));
        }
    }
}
