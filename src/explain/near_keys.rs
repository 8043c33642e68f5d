//! Near keys: those that are most similar to a key that no event has.

use crate::base::{Deadline, Key, Step, Task};
use crate::diagnostic::distance;
use crate::engine::KeyIndex;
use crate::plan::ScopeId;

/// The most keys that are told.
const MOST: usize = 3;
/// The keys between two checks of the deadline.
const STRETCH: u32 = 256;

/// The other keys of a scope that are most similar to a key, the most similar first, at most three.
#[must_use]
pub fn near_keys(index: &KeyIndex, scope: ScopeId, key: &Key) -> Vec<Key> {
    let mut task = NearKeys::new(scope, key.clone());
    loop {
        if let Step::Done(near) = task.step(index, &Deadline::never()) {
            return near;
        }
    }
}

/// Similar keys, while they are looked for.
pub struct NearKeys {
    scope: ScopeId,
    key: Key,
    next: u32,
    /// How far a key is from the one that is wanted, and its slot; the nearest first.
    near: Vec<(usize, u32)>,
}

impl NearKeys {
    /// Looks for keys of a scope.
    #[must_use]
    pub const fn new(scope: ScopeId, key: Key) -> Self {
        Self { scope, key, next: 0, near: Vec::new() }
    }

    fn look_at(&mut self, index: &KeyIndex, slot: u32) {
        let (mut part, mut sum, mut is_own) = (0, Some(0), true);
        index.key_texts(self.scope, slot, |text| {
            let wanted = self.key.0.get(part).map_or("", String::as_str);
            is_own &= wanted == text;
            let distance = if wanted == text { Some(0) } else { distance(wanted, text) };
            sum = sum.zip(distance).map(|(sum, distance)| sum + distance);
            part += 1;
        });
        // The index knows a key before its first event, too.
        let Some(distance) = sum.filter(|_| !is_own) else { return };
        let place = self.near.partition_point(|(known, _)| *known <= distance);
        if place < MOST {
            self.near.insert(place, (distance, slot));
            self.near.truncate(MOST);
        }
    }
}

impl Task for NearKeys {
    type Context<'c> = &'c KeyIndex;
    type Output = Vec<Key>;

    fn step(&mut self, index: &KeyIndex, deadline: &Deadline) -> Step<Vec<Key>> {
        let keys = index.keys(self.scope) as u32;
        while self.next < keys {
            let end = keys.min(self.next + STRETCH);
            (self.next..end).for_each(|slot| self.look_at(index, slot));
            self.next = end;
            if end < keys && deadline.has_passed() {
                return Step::Pending(end as f32 / keys as f32);
            }
        }
        let near = std::mem::take(&mut self.near).into_iter();
        Step::Done(near.map(|(_, slot)| index.key(self.scope, slot)).collect())
    }
}
