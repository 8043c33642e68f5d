//! The texts by which an attribute's values are known as keys, numbered. Values that are the
//! same key (`36` and `"36"`, a list and its first element) have the same number.

use std::collections::HashMap;
use std::hash::BuildHasher;

use foldhash::fast::FixedState;

use crate::base::Value;
use crate::tape::Column;

use super::numbers::Numbers;
use super::texts::Texts;

/// No name: a value that is missing, or an empty list.
pub(super) const NONE: u32 = u32::MAX;

/// The names of one attribute's values.
#[derive(Clone, Debug, Default)]
pub(super) struct Names {
    texts: Texts,
    numbers: Numbers,
    /// The name of each value of the column, by value id; id 0 is the missing value.
    first: Vec<u32>,
    /// The distinct names of each list's elements.
    lists: HashMap<u32, Box<[u32]>, FixedState>,
}

impl Names {
    /// Takes in the values that the column has gained since the last call.
    pub(super) fn extend(&mut self, column: &Column) {
        if self.first.is_empty() {
            self.first.push(NONE);
        }
        let known = self.first.len() - 1;
        for (offset, value) in column.values()[known..].iter().enumerate() {
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
                    self.lists.insert((known + offset + 1) as u32, names.into());
                    first
                }
                Value::Text(text) => self.intern(text),
                scalar => self.intern(&scalar.to_string()),
            };
            self.first.push(name);
        }
    }

    fn intern(&mut self, text: &str) -> u32 {
        let texts = &self.texts;
        let name = self.numbers.intern(hash(text), |name| texts.get(name) == text);
        if name as usize == self.texts.len() {
            self.texts.push(text);
        }
        name
    }

    /// The name of a value; a list's is its first element's. [`NONE`] where there is none.
    #[inline]
    pub(super) fn first(&self, value: u32) -> u32 {
        self.first.get(value as usize).copied().unwrap_or(NONE)
    }

    /// All names of a value: one for a scalar, each distinct element's for a list.
    pub(super) fn each<'n>(&'n self, value: u32, one: &'n mut [u32; 1]) -> &'n [u32] {
        if let Some(names) = self.lists.get(&value) {
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

    /// The bytes of memory held.
    pub(super) fn bytes(&self) -> usize {
        self.numbers.bytes()
            + self.texts.bytes()
            + self.first.capacity() * size_of::<u32>()
            + self.lists.values().map(|names| size_of_val(&**names)).sum::<usize>()
    }

    /// The text of a name.
    pub(super) fn text(&self, name: u32) -> &str {
        self.texts.get(name)
    }

    /// The name of a text, if any value has it.
    pub(super) fn find(&self, text: &str) -> Option<u32> {
        self.numbers.find(hash(text), |name| self.texts.get(name) == text)
    }
}

fn hash(text: &str) -> u64 {
    FixedState::with_seed(0).hash_one(text)
}
