//! Which slots of a segment are held, and where: slots that nothing was written to cost two bytes
//! at most. It must not know what is kept at a slot.

/// How many slots a segment has; also the unit in which states are stored.
pub const SEGMENT: usize = 1024;

/// For each slot of a segment the place of what it holds in a list without gaps, which grows as
/// slots come to hold something.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Places {
    /// One more than the place; 0 for none. As long as the last slot that is held asks for.
    of: Vec<u16>,
    held: u16,
}

impl Clone for Places {
    fn clone(&self) -> Self {
        Self { of: self.of.clone(), held: self.held }
    }

    fn clone_from(&mut self, source: &Self) {
        self.of.clone_from(&source.of);
        self.held = source.held;
    }
}

impl Places {
    /// No slot holds anything.
    pub const EMPTY: Self = Self { of: Vec::new(), held: 0 };

    /// The place of a slot, if it holds something.
    #[must_use]
    pub fn get(&self, slot: usize) -> Option<usize> {
        usize::from(*self.of.get(slot)?).checked_sub(1)
    }

    /// The place of a slot, and whether it is a new one, at the list's end. The slot must be one
    /// of the segment's.
    pub fn hold(&mut self, slot: usize) -> (usize, bool) {
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

    /// Lets a slot go, whose place the last one takes: what is returned is to be swapped out of
    /// the list.
    pub fn release(&mut self, slot: usize) -> Option<usize> {
        let place = self.get(slot)?;
        self.of[slot] = 0;
        if let Some(last) = self.of.iter().position(|held| *held == self.held) {
            self.of[last] = place as u16 + 1;
        }
        self.held -= 1;
        Some(place)
    }

    /// The slots that hold something, ascending, with their places.
    pub fn iter(&self) -> impl Iterator<Item = (usize, usize)> {
        let held = self.of.iter().enumerate().filter(|(_, place)| **place > 0);
        held.map(|(slot, place)| (slot, usize::from(*place) - 1))
    }

    /// The bytes of memory that it holds besides itself.
    #[must_use]
    pub fn bytes(&self) -> usize {
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
            let mut places = Places::default();
            let mut list: Vec<usize> = Vec::new();
            let mut set = BTreeSet::new();
            for (slot, holds) in steps {
                if holds {
                    let (place, is_new) = places.hold(slot);
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
