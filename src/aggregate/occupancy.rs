//! Occupancy of a segment: which slots are written, and their indices in a dense list. An unwritten
//! slot costs two bytes at most.

/// The slots of a segment, which is also the unit of storage.
pub const SEGMENT: usize = 1024;

/// Per slot the index in a dense list, which grows as slots are written.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Occupancy {
    /// The index plus one; 0 for none. As long as the last occupied slot requires.
    of: Vec<u16>,
    held: u16,
}

impl Clone for Occupancy {
    fn clone(&self) -> Self {
        Self { of: self.of.clone(), held: self.held }
    }

    fn clone_from(&mut self, source: &Self) {
        self.of.clone_from(&source.of);
        self.held = source.held;
    }
}

impl Occupancy {
    /// No slot is occupied.
    pub(super) const EMPTY: Self = Self { of: Vec::new(), held: 0 };

    /// The index of a slot, if it is occupied.
    pub(super) fn get(&self, slot: usize) -> Option<usize> {
        usize::from(*self.of.get(slot)?).checked_sub(1)
    }

    /// Occupies a slot: its index, and whether it is new, at the end of the list. The slot must be
    /// below [`SEGMENT`].
    pub(super) fn occupy(&mut self, slot: usize) -> (usize, bool) {
        match self.of.get(slot) {
            Some(&place) if place > 0 => (usize::from(place) - 1, false),
            _ => (self.add(slot), true),
        }
    }

    #[cold]
    fn add(&mut self, slot: usize) -> usize {
        if slot >= self.of.len() {
            if slot >= self.of.capacity() {
                let room = (slot + 1).next_power_of_two();
                self.of.reserve_exact(room - self.of.len());
            }
            self.of.resize(slot + 1, 0);
        }
        self.held += 1;
        self.of[slot] = self.held;
        usize::from(self.held) - 1
    }

    /// Releases a slot. The last index moves to its place: the caller must `swap_remove` at the
    /// returned index.
    pub(super) fn release(&mut self, slot: usize) -> Option<usize> {
        let place = self.get(slot)?;
        self.of[slot] = 0;
        if let Some(last) = self.of.iter().position(|held| *held == self.held) {
            self.of[last] = place as u16 + 1;
        }
        self.held -= 1;
        Some(place)
    }

    /// The occupied slots, ascending, with their indices.
    pub(super) fn iter(&self) -> impl Iterator<Item = (usize, usize)> {
        let held = self.of.iter().enumerate().filter(|(_, place)| **place > 0);
        held.map(|(slot, place)| (slot, usize::from(*place) - 1))
    }

    /// The heap bytes held.
    pub(super) fn bytes(&self) -> usize {
        self.of.capacity() * size_of::<u16>()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn places_are_a_set(steps in proptest::collection::vec((0..SEGMENT, any::<bool>()), 0..300)) {
            let mut places = Occupancy::default();
            let mut list: Vec<usize> = Vec::new();
            let mut set = BTreeSet::new();
            for (slot, holds) in steps {
                if holds {
                    let (place, is_new) = places.occupy(slot);
                    prop_assert_eq!(is_new, set.insert(slot));
                    if is_new {
                        prop_assert_eq!(place, list.len());
                        list.push(slot);
                    }
                } else {
                    let released = places.release(slot);
                    prop_assert_eq!(released.is_some(), set.remove(&slot));
                    if let Some(place) = released {
                        list.swap_remove(place);
                    }
                }
                prop_assert!(places.iter().map(|(slot, _)| slot).eq(set.iter().copied()));
                prop_assert!(places.iter().all(|(slot, place)| list[place] == slot));
            }
        }
    }
}
