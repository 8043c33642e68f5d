//! Encoding of metadata of flat logs, and of the names by which events are joined with them.

use super::batch::Mark;
use super::encoder::BatchEncoder;
use crate::tape::columns::dictionary::{AsDatum, DatumRef};
use crate::tape::demand::NO_TYPE;
use crate::tape::rejection::Reason;
use crate::tape::row_kind::RowKind;

impl BatchEncoder {
    /// Encodes the names of the entities of a flat event.
    pub(super) fn entities<D: AsDatum>(&mut self, fields: impl Iterator<Item = (usize, D)>) {
        let entities = &self.batch.layout.entities;
        let start = self.batch.cells.len();
        self.batch.cells.resize(start + entities.len(), 0);
        for (field, datum) in fields {
            for (number, entity) in entities.iter().enumerate() {
                if entity.on == field && datum.as_datum().is_key() {
                    let cell = start + number;
                    self.pending.push(datum.as_datum(), entity.dictionary, cell, true);
                }
            }
        }
    }

    /// Encodes metadata of a flat log about the entity that `key` names.
    pub fn metadata<D: AsDatum>(
        &mut self,
        mark: Mark,
        entity: usize,
        key: Option<DatumRef<'_>>,
        fields: impl IntoIterator<Item = (usize, D)>,
    ) -> Result<(), Reason> {
        let key = key.filter(|key| key.is_key()).ok_or(Reason::NoMetadataKey)?;
        let dictionary = self.batch.layout.entities[entity].dictionary;
        self.batch.cells.push(u32::try_from(entity).unwrap_or(u32::MAX));
        self.identity(dictionary, Some(&key));
        self.fields(|layout| &layout.entities[entity].fields, fields);
        self.close(mark, RowKind::Metadata, NO_TYPE);
        Ok(())
    }
}
