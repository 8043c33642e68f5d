//! Near keys: those that are most similar to a key that no event has.

use crate::base::Key;
use crate::diagnostic::distance;
use crate::engine::KeyIndex;
use crate::plan::ScopeId;

/// The keys of a scope that are most similar to a key, the most similar first, at most three.
#[must_use]
pub fn near_keys(index: &KeyIndex, scope: ScopeId, key: &Key) -> Vec<Key> {
    const MOST: usize = 3;
    let mut near: Vec<(usize, u32)> = Vec::new();
    for slot in 0..index.keys(scope) as u32 {
        let (mut part, mut sum) = (0, Some(0));
        index.key_texts(scope, slot, |text| {
            let wanted = key.0.get(part).map_or("", String::as_str);
            let distance = if wanted == text { Some(0) } else { distance(wanted, text) };
            sum = sum.zip(distance).map(|(sum, distance)| sum + distance);
            part += 1;
        });
        let Some(distance) = sum else { continue };
        let place = near.partition_point(|(known, _)| *known <= distance);
        if place < MOST {
            near.insert(place, (distance, slot));
            near.truncate(MOST);
        }
    }
    near.into_iter().map(|(_, slot)| index.key(scope, slot)).collect()
}
