//! Values that wait for their numbers. It must not know lines.
//!
//! The numbers of values lie all over memory. Asked for one at a time, each would be waited for;
//! asked for by the hundred, the processor fetches several at once. So a value's number is asked
//! for only when enough of them have come together.

use std::borrow::Cow;

use crate::base::Value;

use super::dictionary::Datum;
use super::interner::{Hash, Interner};

/// How many values are asked for at once.
const MANY: usize = 1024;
/// How many are fetched together: about as many as the processor keeps under way.
const TOGETHER: usize = 32;

/// Values that wait, in the order in which they came.
#[derive(Clone, Debug, Default)]
pub(super) struct Pending {
    values: Vec<Waiting>,
    /// The texts of those that are texts, one behind the other.
    texts: String,
    /// Those that are lists or large numbers.
    others: Vec<Datum<'static>>,
}

/// A value that waits.
#[derive(Clone, Copy, Debug)]
struct Waiting {
    hash: Hash,
    shape: Shape,
    dictionary: u32,
    /// The cell that its number goes to.
    cell: u32,
    /// Whether things are joined by its text, so that a number needs a twin that is text.
    is_identity: bool,
}

/// What a value is, should it be new.
#[derive(Clone, Copy, Debug)]
enum Shape {
    Text { start: u32, length: u32 },
    Integer(i64),
    Float(f64),
    Other(u32),
}

/// Where numbers and what they stand for go to.
pub(super) struct Sink<'s> {
    pub(super) interners: &'s mut [Interner],
    pub(super) cells: &'s mut [u32],
    pub(super) values: &'s mut Vec<(usize, Value)>,
    pub(super) twins: &'s mut Vec<(usize, u32, u32)>,
}

impl Pending {
    /// Puts a value behind those that wait.
    #[inline]
    pub(super) fn push(
        &mut self,
        datum: &Datum<'_>,
        dictionary: usize,
        cell: usize,
        is_identity: bool,
    ) {
        let shape = match datum {
            Datum::Text(text) => {
                let start = self.texts.len() as u32;
                self.texts.push_str(text);
                Shape::Text { start, length: text.len() as u32 }
            }
            Datum::Float(number) => Shape::Float(*number),
            Datum::Integer(whole) if i64::try_from(*whole).is_ok() => Shape::Integer(*whole as i64),
            other => {
                self.others.push(other.clone().into_owned());
                Shape::Other(self.others.len() as u32 - 1)
            }
        };
        let (dictionary, cell) = (dictionary as u32, cell as u32);
        self.values.push(Waiting { hash: Hash::of(datum), shape, dictionary, cell, is_identity });
    }

    /// Whether it is time to ask for the numbers.
    #[inline]
    pub(super) const fn is_full(&self) -> bool {
        self.values.len() >= MANY
    }

    /// Gives all their numbers.
    pub(super) fn settle(&mut self, sink: Sink<'_>) {
        let Sink { interners, cells, values, twins } = sink;
        for (number, waiting) in self.values.iter().enumerate() {
            if number % TOGETHER == 0 {
                // All are fetched at once: none of these loads waits for another.
                let next = self.values[number..].iter().take(TOGETHER);
                let fetched = next.fold(0, |sum, waiting| {
                    sum ^ interners[waiting.dictionary as usize].touch(waiting.hash)
                });
                std::hint::black_box(fetched);
            }
            let dictionary = waiting.dictionary as usize;
            let (id, is_new) = interners[dictionary].intern(waiting.hash);
            cells[waiting.cell as usize] = id;
            if is_new {
                let value = self.value(waiting.shape);
                let text = match &value {
                    Value::Text(_) => None,
                    value if waiting.is_identity => value.key_text(),
                    _ => None,
                };
                values.push((dictionary, value));
                if let Some(text) = text {
                    let hash = Hash::of(&Datum::Text(Cow::Borrowed(&text)));
                    let (twin, is_new) = interners[dictionary].intern(hash);
                    if is_new {
                        values.push((dictionary, Value::Text(text)));
                    }
                    twins.push((dictionary, id, twin));
                }
            }
        }
        self.values.clear();
        self.texts.clear();
        self.others.clear();
    }

    fn value(&self, shape: Shape) -> Value {
        match shape {
            Shape::Text { start, length } => {
                let (start, end) = (start as usize, start as usize + length as usize);
                Value::Text(self.texts.get(start..end).unwrap_or_default().to_owned())
            }
            Shape::Integer(whole) => Value::Integer(whole.into()),
            Shape::Float(number) => Value::Float(number),
            Shape::Other(place) => self.others[place as usize].to_value(),
        }
    }
}
