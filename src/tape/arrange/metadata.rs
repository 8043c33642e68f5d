//! Metadata as known at the moment: the newest fields of each item, user and ranking. It must not
//! know events or time.

use std::collections::HashMap;

use foldhash::fast::FixedState;

/// The newest fields of every entity of one kind.
#[derive(Clone, Debug, Default)]
pub(in crate::tape) struct MetadataJoin {
    width: usize,
    /// The fields of entity 1, then those of entity 2, …; as far as any is known.
    cells: Vec<u32>,
    /// The text's number of identities that are written otherwise than as text.
    text_aliases: HashMap<u32, u32, FixedState>,
}

impl MetadataJoin {
    /// Nothing is known yet; `width` fields will be.
    pub(in crate::tape) fn new(width: usize) -> Self {
        Self { width, ..Self::default() }
    }

    /// From now on `id` means the entity that `text` means.
    pub(in crate::tape) fn same(&mut self, id: u32, text: u32) {
        self.text_aliases.insert(id, text);
    }

    /// The number by which an identity is joined: that of its text.
    pub(in crate::tape) fn key(&self, id: u32) -> u32 {
        if self.text_aliases.is_empty() {
            id
        } else {
            self.text_aliases.get(&id).copied().unwrap_or(id)
        }
    }

    /// Forgets all fields.
    pub(in crate::tape) fn clear(&mut self) {
        self.cells.clear();
    }

    /// Takes an entity's fields; those that are 0 stay as they were.
    pub(in crate::tape) fn update(&mut self, id: u32, fields: &[u32]) {
        for (cell, field) in self.fields_mut(id).iter_mut().zip(fields) {
            if *field != 0 {
                *cell = *field;
            }
        }
    }

    /// Takes an entity's fields in place of all that was known of it.
    pub(in crate::tape) fn replace(&mut self, id: u32, fields: &[u32]) {
        self.fields_mut(id).copy_from_slice(fields);
    }

    /// The fields of an entity; shorter than the width where nothing is known of it.
    pub(in crate::tape) fn fields(&self, id: u32) -> &[u32] {
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
        known.same(1, 2);
        known.update(1, &[9]);
        assert_eq!(known.fields(2), [9]);
        assert_eq!(known.key(1), known.key(2));
    }
}
