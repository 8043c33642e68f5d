//! Lookup: from the names of a key to its slot.

use std::sync::Arc;

use crate::base::CopyOnWrite;

use super::dictionary::NONE;
use super::pair_interner::{PairInterner, pair};

/// The keys of one scope, by their names.
#[derive(Clone, Debug)]
pub(super) enum Lookup {
    /// The global scope: one key without names.
    Global,
    /// Keys of one name: the slot per name.
    Single(NameSlots),
    /// Keys of several names, as a chain of pairs: the first two names are a pair, its number and
    /// the third name another, and so on; the number of the last pair is the slot.
    Chain(Vec<PairInterner>),
    /// All slots sorted by their names: for a complete set of keys, ready at once.
    Sorted(Arc<[u32]>),
}

/// The slot per name, in segments that versions share once they are frozen.
#[derive(Clone, Debug, Default)]
pub(super) struct NameSlots {
    segments: Vec<CopyOnWrite<Vec<u32>>>,
}

/// The names of a segment of slots, and the keys of a segment of names.
const SEGMENT: usize = 1024;

impl NameSlots {
    /// The slot of a name; [`NONE`] if it has none.
    #[inline]
    fn get(&self, name: u32) -> u32 {
        let name = name as usize;
        self.segments.get(name / SEGMENT).map_or(NONE, |segment| segment[name % SEGMENT])
    }

    /// The slot of a name; `next` if it has none yet.
    #[inline]
    pub(super) fn intern(&mut self, name: u32, next: u32) -> u32 {
        let known = self.get(name);
        if known == NONE {
            self.insert(name as usize, next);
            return next;
        }
        known
    }

    #[inline]
    fn insert(&mut self, name: usize, slot: u32) {
        if self.segments.len() <= name / SEGMENT {
            let free = || CopyOnWrite::Owned(vec![NONE; SEGMENT]);
            self.segments.resize_with(name / SEGMENT + 1, free);
        }
        self.segments[name / SEGMENT].make_mut()[name % SEGMENT] = slot;
    }

    const fn bytes(&self) -> usize {
        self.segments.len() * SEGMENT * size_of::<u32>()
    }
}

/// Keys in the order of their slots. Full segments are shared by versions.
#[derive(Clone, Debug, Default)]
pub(super) struct Keys {
    /// Names per key.
    arity: usize,
    /// The names of all keys, `arity` per key, in segments of [`SEGMENT`] keys.
    full: Vec<Arc<[u32]>>,
    /// The names of the keys behind the full segments.
    last: Vec<u32>,
    count: usize,
}

impl Keys {
    /// No keys; with arity 0, the one key of the global scope.
    pub(super) fn new(arity: usize) -> Self {
        Self { arity, count: usize::from(arity == 0), ..Self::default() }
    }

    /// The count of keys.
    pub(super) const fn len(&self) -> usize {
        self.count
    }

    /// The names of a key. The slot must exist.
    #[inline]
    pub(super) fn tuple(&self, slot: u32) -> &[u32] {
        let slot = slot as usize;
        let names = self.full.get(slot / SEGMENT).map_or(&*self.last, |names| &**names);
        &names[slot % SEGMENT * self.arity..][..self.arity]
    }

    /// Appends a key.
    pub(super) fn push(&mut self, names: impl IntoIterator<Item = u32>) {
        self.last.extend(names);
        self.count += 1;
        if self.count.is_multiple_of(SEGMENT) {
            let next = Vec::with_capacity(SEGMENT * self.arity);
            self.full.push(std::mem::replace(&mut self.last, next).into());
        }
    }

    /// The bytes of memory held.
    pub(super) const fn bytes(&self) -> usize {
        (self.full.len() * SEGMENT * self.arity + self.last.capacity()) * size_of::<u32>()
    }
}

impl Lookup {
    /// An empty lookup.
    pub(super) fn new(arity: usize) -> Self {
        match arity {
            0 => Self::Global,
            1 => Self::Single(NameSlots::default()),
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
            Self::Single(slots) => slots.intern(tuple[0], next),
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
            Self::Single(slots) => Some(slots.get(*tuple.first()?)).filter(|slot| *slot != NONE),
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

    /// Freezes the tables, so that versions share them.
    pub(super) fn freeze(&mut self) {
        match self {
            Self::Global | Self::Sorted(_) => {}
            Self::Single(slots) => slots.segments.iter_mut().for_each(CopyOnWrite::freeze),
            Self::Chain(links) => links.iter_mut().for_each(PairInterner::freeze),
        }
    }

    /// The bytes of memory held.
    pub(super) fn bytes(&self) -> usize {
        match self {
            Self::Global => 0,
            Self::Single(slots) => slots.bytes(),
            Self::Sorted(slots) => size_of_val(&**slots),
            Self::Chain(links) => links.iter().map(PairInterner::bytes).sum(),
        }
    }
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
        let mut lookup = Lookup::Sorted([1, 2, 0].into());
        assert_eq!(lookup.find(&keys, &[2, 2]), Some(2));
        assert_eq!(lookup.find(&keys, &[2, 1]), None);
        assert_eq!(lookup.intern(&mut keys, &[2, 1]), 3);
        for (slot, tuple) in tuples.iter().chain(&[[2, 1]]).enumerate() {
            assert_eq!(lookup.find(&keys, tuple), Some(slot as u32));
        }
    }
}
