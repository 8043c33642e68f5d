//! Values as small numbers: data as it is read, the interner that numbers it, and the column that
//! keeps the numbers. It must not know where data comes from.

use std::borrow::Cow;
use std::collections::HashMap;

use foldhash::fast::FixedState;
use xxhash_rust::xxh3::xxh3_128_with_seed;

use crate::base::Value;

/// A value as it is read, its text borrowed from the line where that is possible.
#[derive(Clone, Debug, PartialEq)]
pub enum Datum<'a> {
    /// Text.
    Text(Cow<'a, str>),
    /// A whole number.
    Integer(i128),
    /// Any other number; neither NaN nor infinite.
    Float(f64),
    /// `true` or `false`.
    Bool(bool),
    /// A list of scalars.
    List(Vec<Datum<'a>>),
}

impl<'a> Datum<'a> {
    /// Text that is borrowed.
    #[must_use]
    pub const fn text(text: &'a str) -> Self {
        Self::Text(Cow::Borrowed(text))
    }

    /// A number as it is kept; see [`Value::number`].
    #[must_use]
    pub fn number(number: f64) -> Option<Self> {
        Value::number(number).map(|value| match value {
            Value::Integer(whole) => Self::Integer(whole),
            _ => Self::Float(number),
        })
    }

    /// The value, owned.
    #[must_use]
    pub fn to_value(&self) -> Value {
        match self {
            Self::Text(text) => Value::Text(text.as_ref().to_owned()),
            Self::Integer(whole) => Value::Integer(*whole),
            Self::Float(number) => Value::Float(*number),
            Self::Bool(flag) => Value::Bool(*flag),
            Self::List(elements) => Value::List(elements.iter().map(Self::to_value).collect()),
        }
    }

    /// Writes the datum so that two are equal exactly if what is written is.
    fn encode(&self, bytes: &mut Vec<u8>) {
        match self {
            Self::Text(text) => {
                bytes.push(b't');
                bytes.extend((text.len() as u64).to_le_bytes());
                bytes.extend(text.as_bytes());
            }
            Self::Integer(whole) => {
                bytes.push(b'i');
                bytes.extend(whole.to_le_bytes());
            }
            Self::Float(number) => {
                bytes.push(b'f');
                bytes.extend(number.to_bits().to_le_bytes());
            }
            Self::Bool(flag) => bytes.extend([b'b', u8::from(*flag)]),
            Self::List(elements) => {
                bytes.push(b'l');
                bytes.extend((elements.len() as u64).to_le_bytes());
                for element in elements {
                    element.encode(bytes);
                }
            }
        }
    }
}

impl<'a> From<&'a Value> for Datum<'a> {
    fn from(value: &'a Value) -> Self {
        match value {
            Value::Text(text) => Self::text(text),
            Value::Integer(whole) => Self::Integer(*whole),
            Value::Float(number) => Self::Float(*number),
            Value::Bool(flag) => Self::Bool(*flag),
            Value::List(elements) => Self::List(elements.iter().map(Self::from).collect()),
        }
    }
}

/// Gives equal data equal numbers, counting from 1.
///
/// It keeps 128 bits of hash in place of the data, so that texts lie in memory once, in the
/// column; two of a billion distinct values share a number with a chance below 1e-20.
#[derive(Clone, Debug, Default)]
pub(super) struct Interner {
    ids: HashMap<u128, u32, FixedState>,
    scratch: Vec<u8>,
}

/// Seeds that keep texts apart from encoded data.
const TEXT: u64 = 1;
const ENCODED: u64 = 2;

impl Interner {
    /// The number of a datum, and whether it is a new one.
    pub(super) fn intern(&mut self, datum: &Datum<'_>) -> (u32, bool) {
        let hash = if let Datum::Text(text) = datum {
            xxh3_128_with_seed(text.as_bytes(), TEXT)
        } else {
            self.scratch.clear();
            datum.encode(&mut self.scratch);
            xxh3_128_with_seed(&self.scratch, ENCODED)
        };
        let next = u32::try_from(self.ids.len() + 1).unwrap_or(u32::MAX);
        let id = *self.ids.entry(hash).or_insert(next);
        (id, id == next)
    }
}

/// The values of one attribute: a number for each row, and what the numbers stand for.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Column {
    pub(super) ids: Vec<u32>,
    pub(super) values: Vec<Value>,
}

impl Column {
    /// For each row the number of its value; 0 where the attribute is missing.
    #[must_use]
    pub fn ids(&self) -> &[u32] {
        &self.ids
    }

    /// What a number stands for; `None` for 0 and for numbers that were never given.
    #[must_use]
    pub fn value(&self, id: u32) -> Option<&Value> {
        self.values.get((id as usize).checked_sub(1)?)
    }

    /// The distinct values: number 1 first. `Integer(36)` and `Text("36")` are two of them.
    #[must_use]
    pub fn values(&self) -> &[Value] {
        &self.values
    }

    /// Memory held, in bytes.
    pub(super) fn bytes(&self) -> usize {
        self.ids.capacity() * size_of::<u32>()
            + self.values.capacity() * size_of::<Value>()
            + self.values.iter().map(heap).sum::<usize>()
    }
}

/// Memory that a value holds besides itself, in bytes.
fn heap(value: &Value) -> usize {
    match value {
        Value::Text(text) => text.capacity(),
        Value::List(elements) => {
            elements.capacity() * size_of::<Value>() + elements.iter().map(heap).sum::<usize>()
        }
        Value::Integer(_) | Value::Float(_) | Value::Bool(_) => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_that_read_alike_stay_apart() {
        let text = |t: &'static str| Datum::text(t);
        let data = [
            text("36"),
            Datum::Integer(36),
            Datum::Float(36.5),
            text("true"),
            Datum::Bool(true),
            Datum::List(vec![text("a"), text("b")]),
            Datum::List(vec![text("ab")]),
            Datum::List(vec![]),
            text("[a, b]"),
            text(""),
        ];
        let mut interner = Interner::default();
        for (i, datum) in data.iter().enumerate() {
            assert_eq!(interner.intern(datum), (i as u32 + 1, true), "{datum:?}");
        }
        for (i, datum) in data.iter().enumerate() {
            assert_eq!(interner.intern(datum), (i as u32 + 1, false), "{datum:?}");
        }
    }

    #[test]
    fn a_datum_survives_being_owned() {
        for value in [
            Value::Text("x".into()),
            Value::Float(0.5),
            Value::List(vec![Value::Bool(false), Value::Integer(-7)]),
        ] {
            assert_eq!(Datum::from(&value).to_value(), value);
        }
    }
}
