//! Payload texts: the texts of an attribute's values by their payloads, where values are listed.

use xxhash_rust::xxh3::xxh3_64;

use crate::aggregate::identity_payload;
use crate::base::Value;
use crate::tape::Column;

use super::hash_index::HashIndex;
use super::string_arena::StringArena;

/// The texts of one attribute's values. Values that are the same key share one.
#[derive(Clone, Debug, Default)]
pub(in crate::engine) struct PayloadTexts {
    texts: StringArena,
    /// By payload, which is the hash of the text.
    numbers: HashIndex,
    /// The number of values of the column that are known.
    known: usize,
}

impl PayloadTexts {
    /// Extends the texts to the values that the column has gained.
    pub(super) fn extend(&mut self, column: &Column) {
        for value in column.values().slices_from(self.known).flatten() {
            self.known += 1;
            let Some((payload, text)) = identity_payload(value).zip(Value::as_key(value)) else {
                continue;
            };
            let texts = &self.texts;
            let is = |number| xxh3_64(texts.get(number).as_bytes()) == payload;
            if self.numbers.intern(payload, is) as usize == texts.len() {
                self.texts.push(&text);
            }
        }
    }

    /// The text of a payload; empty if no value has it.
    pub(in crate::engine) fn get(&self, payload: u64) -> &str {
        let is = |number| xxh3_64(self.texts.get(number).as_bytes()) == payload;
        self.numbers.find(payload, is).map_or("", |number| self.texts.get(number))
    }

    /// Freezes the tables, so that versions share them.
    pub(super) fn freeze(&mut self) {
        self.numbers.freeze();
    }

    /// The bytes of memory held.
    pub(super) fn bytes(&self) -> usize {
        self.texts.bytes() + self.numbers.bytes()
    }
}
