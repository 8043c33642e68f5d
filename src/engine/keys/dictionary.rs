//! Key dictionaries: number the texts of an attribute's values. Values that are the same key (`36`
//! and `"36"`, a list and its first element) share a number, called their *name*.

use std::collections::HashMap;
use std::hash::BuildHasher;
use std::sync::Arc;

use foldhash::fast::FixedState;

use crate::base::Value;
use crate::base::segmented::SegmentedVec;
use crate::tape::Column;

use super::hash_index::HashIndex;
use super::string_arena::StringArena;

/// No name: a value that is missing, or an empty list.
pub(in crate::engine) const NONE: u32 = u32::MAX;

/// Per list value, the names of its elements.
type Lists = HashMap<u32, Arc<[u32]>, FixedState>;

/// The value ids of a map of lists.
const LISTS: usize = 4096;

/// The names of one attribute's values.
#[derive(Clone, Debug, Default)]
pub(super) struct KeyDictionary {
    texts: StringArena,
    /// The names by the hashes of their texts; trailing ones may be absent until a lookup needs
    /// them.
    numbers: HashIndex,
    /// Per value id of the column, its name; id 0 is the missing value.
    first: SegmentedVec<u32>,
    /// True if any value is not text. While false, a value's name is its id minus one, and `first`
    /// is not consulted.
    is_mixed: bool,
    /// Per list value, the distinct names of its elements; a map for every [`LISTS`] value ids.
    lists: Vec<Arc<Lists>>,
}

impl KeyDictionary {
    /// Extends the dictionary to the values that the column has gained. With `findable` false,
    /// texts are not hashed, which costs less.
    pub(super) fn extend(&mut self, column: &Column, findable: bool) {
        if self.first.is_empty() {
            self.first.push(NONE);
        }
        if findable {
            if self.numbers.len() == 0 {
                self.numbers = HashIndex::with_capacity(column.values().len());
            }
            self.number();
        }
        let known = self.first.len() - 1;
        for (value, id) in column.values().slices_from(known).flatten().zip(known as u32 + 1..) {
            self.is_mixed |= !matches!(value, Value::Text(_));
            let name = match value {
                Value::List(elements) => {
                    let mut names: Vec<u32> = Vec::with_capacity(elements.len());
                    for text in elements.iter().filter_map(Value::key_text) {
                        let name = self.intern(&text);
                        if !names.contains(&name) {
                            names.push(name);
                        }
                    }
                    let first = names.first().copied().unwrap_or(NONE);
                    self.insert_list(id, names.into());
                    first
                }
                // Distinct text values are distinct texts.
                Value::Text(text) if !findable && !self.is_mixed => {
                    self.texts.push(text);
                    id - 1
                }
                Value::Text(text) => self.intern(text),
                scalar => self.intern(&scalar.to_string()),
            };
            self.first.push(name);
        }
    }

    /// Indexes all names by their texts.
    fn number(&mut self) {
        for name in self.numbers.len()..self.texts.len() as u32 {
            self.numbers.push(hash(self.texts.get(name)));
        }
    }

    fn insert_list(&mut self, id: u32, names: Arc<[u32]>) {
        let map = id as usize / LISTS;
        if self.lists.len() <= map {
            self.lists.resize_with(map + 1, Arc::default);
        }
        Arc::make_mut(&mut self.lists[map]).insert(id, names);
    }

    fn intern(&mut self, text: &str) -> u32 {
        self.number();
        let texts = &self.texts;
        let name = self.numbers.intern(hash(text), |name| texts.get(name) == text);
        if name as usize == self.texts.len() {
            self.texts.push(text);
        }
        name
    }

    /// The name of a value, for a list that of its first element; [`NONE`] if there is none.
    #[inline]
    pub(super) fn first(&self, value: u32) -> u32 {
        if self.is_mixed {
            return self.first.get(value as usize).copied().unwrap_or(NONE);
        }
        // The missing value, id 0, wraps to `NONE`.
        if (value as usize) < self.first.len() { value.wrapping_sub(1) } else { NONE }
    }

    /// All names of a value: one for a scalar, one per distinct element for a list.
    pub(super) fn each<'n>(&'n self, value: u32, one: &'n mut [u32; 1]) -> &'n [u32] {
        if let Some(names) = self.lists.get(value as usize / LISTS).and_then(|it| it.get(&value)) {
            return names;
        }
        match self.first(value) {
            NONE => &[],
            name => {
                *one = [name];
                one
            }
        }
    }

    /// Freezes the tables, so that versions share them.
    pub(super) fn freeze(&mut self) {
        self.numbers.freeze();
    }

    /// The bytes of memory held.
    pub(super) fn bytes(&self) -> usize {
        self.numbers.bytes()
            + self.texts.bytes()
            + self.first.bytes()
            + self
                .lists
                .iter()
                .flat_map(|it| it.values())
                .map(|it| size_of_val(&**it))
                .sum::<usize>()
    }

    /// The text of a name.
    pub(super) fn text(&self, name: u32) -> &str {
        self.texts.get(name)
    }

    /// The name of a text, if any value has it.
    pub(super) fn find(&self, text: &str) -> Option<u32> {
        let is = |name: &u32| self.texts.get(*name) == text;
        let found = self.numbers.find(hash(text), |name| is(&name));
        found.or_else(|| (self.numbers.len()..self.texts.len() as u32).find(is))
    }
}

fn hash(text: &str) -> u64 {
    FixedState::with_seed(0).hash_one(text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::events::Format;
    use crate::tape::{BatchEncoder, Datum, Demand, Mark, Tape, TapeWriter};

    /// A column with these values, in this order.
    fn tape(values: &[Datum<'_>]) -> Tape {
        let demand = Demand { attributes: vec!["a".into()], ..Demand::default() };
        let mut encoder = BatchEncoder::new(&demand, Format::Flat, 1);
        for value in values {
            let mark = Mark::default();
            encoder.event(mark, "e", [(0, value)]).unwrap();
        }
        let mut tape = TapeWriter::new(demand);
        tape.extend(encoder.take(0));
        Tape::clone(&tape)
    }

    #[test]
    fn names_are_the_same_whether_they_can_be_found_or_not() {
        let text = |text: &'static str| Datum::text(text);
        let list = Datum::List(vec![text("c"), text("b"), text("c")]);
        let texts = [text("a"), text("b"), text("7"), text("")];
        let mixed = [text("a"), text("7"), Datum::Integer(7), list, Datum::List(vec![]), text("d")];
        let aliases = [Datum::Integer(7), text("7"), Datum::List(vec![text("a")]), text("a")];
        for values in [
            &texts[..],
            &aliases[..],
            &aliases[2..],
            &mixed[..],
            &mixed[1..],
            &mixed[2..],
            &mixed[3..],
            &mixed[4..],
        ] {
            let tape = tape(values);
            let (mut found, mut unfound) = (KeyDictionary::default(), KeyDictionary::default());
            found.extend(tape.column(0), true);
            unfound.extend(tape.column(0), false);
            let mut late = unfound.clone();
            late.extend(tape.column(0), true);
            for names in [&unfound, &late] {
                for value in 0..values.len() as u32 + 2 {
                    assert_eq!(names.first(value), found.first(value));
                    let mut one = [[NONE]; 2];
                    let [a, b] = &mut one;
                    assert_eq!(names.each(value, a), found.each(value, b));
                }
                for text in ["a", "b", "c", "d", "7", "", "e"] {
                    assert_eq!(names.find(text), found.find(text), "{text}");
                    assert!(names.find(text).is_none_or(|name| names.text(name) == text));
                }
            }
        }
    }
}
