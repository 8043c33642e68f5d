//! The as-of join of metadata: the newest fields of each item, user and ranking.

use std::collections::HashMap;

use foldhash::fast::FixedState;

/// The newest fields of all entities of one kind.
#[derive(Clone, Debug, Default)]
pub(super) struct MetadataJoin {
    width: usize,
    /// The fields of entity 1, then of entity 2, …
    cells: Vec<u32>,
    /// Per entity, whether anything was said of it; as long as the last one.
    is_known: Vec<bool>,
    /// Per identity that is not written as text, the id of its text.
    text_aliases: HashMap<u32, u32, FixedState>,
}

impl MetadataJoin {
    /// No entities yet; `width` fields each.
    pub(super) fn new(width: usize) -> Self {
        Self { width, ..Self::default() }
    }

    /// Makes `id` an alias of `text`.
    pub(super) fn alias(&mut self, id: u32, text: u32) {
        self.text_aliases.insert(id, text);
    }

    /// The key of an identity in the join: the id of its text.
    pub(super) fn key(&self, id: u32) -> u32 {
        if self.text_aliases.is_empty() {
            id
        } else {
            self.text_aliases.get(&id).copied().unwrap_or(id)
        }
    }

    /// Drops all fields.
    pub(super) fn clear(&mut self) {
        self.cells.clear();
        self.is_known.clear();
    }

    /// Updates an entity's fields; those that are 0 stay.
    pub(super) fn update(&mut self, id: u32, fields: &[u32]) {
        for (cell, field) in self.fields_mut(id).iter_mut().zip(fields) {
            if *field != 0 {
                *cell = *field;
            }
        }
    }

    /// Notes that something was said of an entity, if only that it exists.
    pub(super) fn note(&mut self, id: u32) {
        let place = self.key(id) as usize;
        if self.is_known.len() <= place {
            self.is_known.resize(place + 1, false);
        }
        self.is_known[place] = true;
    }

    /// True if something was said of an entity.
    pub(super) fn is_known(&self, id: u32) -> bool {
        self.is_known.get(self.key(id) as usize).copied().unwrap_or(false)
    }

    /// The bytes of memory of fields and aliases.
    pub(super) fn bytes(&self) -> usize {
        self.cells.capacity() * size_of::<u32>()
            + self.is_known.capacity()
            + self.text_aliases.capacity() * size_of::<(u32, u32)>()
    }

    /// Replaces all fields of an entity.
    pub(super) fn replace(&mut self, id: u32, fields: &[u32]) {
        self.fields_mut(id).copy_from_slice(fields);
    }

    /// The fields of an entity; shorter than the width if it is unknown.
    pub(super) fn fields(&self, id: u32) -> &[u32] {
        let Some(place) = (self.key(id) as usize).checked_sub(1) else { return &[] };
        self.cells.get(place * self.width..(place + 1) * self.width).unwrap_or(&[])
    }

    fn fields_mut(&mut self, id: u32) -> &mut [u32] {
        let Some(place) = (self.key(id) as usize).checked_sub(1) else { return &mut [] };
        let end = (place + 1) * self.width;
        if self.cells.len() < end {
            self.cells.resize(end, 0);
        }
        &mut self.cells[place * self.width..end]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_an_update_does_not_name_stays() {
        let mut known = MetadataJoin::new(2);
        known.update(3, &[5, 0]);
        known.update(3, &[0, 6]);
        assert_eq!(known.fields(3), [5, 6]);
        known.replace(3, &[0, 7]);
        assert_eq!(known.fields(3), [0, 7]);
        assert!(known.fields(4).is_empty());
        assert!(known.fields(0).is_empty(), "nobody");
    }

    #[test]
    fn twins_are_one_entity() {
        let mut known = MetadataJoin::new(1);
        known.alias(1, 2);
        known.update(1, &[9]);
        assert_eq!(known.fields(2), [9]);
        assert_eq!(known.key(1), known.key(2));
        let before = known.bytes();
        (0..1000).for_each(|id| known.alias(id, id));
        assert!(known.bytes() >= before + 8_000 - 64, "aliases take memory");
        known.alias(1, 2);
        known.note(2);
        assert!(known.is_known(1) && !known.is_known(3));
        known.clear();
        assert!(!known.is_known(1));
    }
}
