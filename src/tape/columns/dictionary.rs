//! Values as small numbers: data as it is read, and the column that keeps the numbers. It must
//! not know where data comes from.

use std::borrow::Cow;
use std::ops::RangeBounds;
use std::sync::Arc;

use crate::base::Value;

use super::buffer_pool::BufferPool;
use super::paged::{PageGuard, PagedColumn};

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

/// A value as it is given to be kept: a [`Datum`] that is quick to hand on.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum DatumRef<'a> {
    /// Text.
    Text(&'a str),
    /// A whole number.
    Integer(i64),
    /// A number that is not whole; neither NaN nor infinite.
    Float(f64),
    /// `true` or `false`.
    Bool(bool),
    /// Anything else.
    Other(&'a Datum<'a>),
}

/// What is, or holds, a value to be kept.
pub trait Given {
    /// The value.
    fn given(&self) -> DatumRef<'_>;
}

impl Given for DatumRef<'_> {
    #[inline]
    fn given(&self) -> DatumRef<'_> {
        *self
    }
}

impl Given for Datum<'_> {
    fn given(&self) -> DatumRef<'_> {
        self.borrowed()
    }
}

impl<G: Given> Given for &G {
    fn given(&self) -> DatumRef<'_> {
        (**self).given()
    }
}

impl DatumRef<'_> {
    /// The value, owned.
    #[must_use]
    pub fn to_value(self) -> Value {
        match self {
            Self::Text(text) => Value::Text(text.to_owned()),
            Self::Integer(whole) => Value::Integer(whole.into()),
            Self::Float(number) => Value::Float(number),
            Self::Bool(flag) => Value::Bool(flag),
            Self::Other(datum) => datum.to_value(),
        }
    }
}

impl<'a> Datum<'a> {
    /// The datum, to be handed on.
    #[must_use]
    pub fn borrowed(&self) -> DatumRef<'_> {
        match self {
            Self::Text(text) => DatumRef::Text(text),
            Self::Integer(whole) => match i64::try_from(*whole) {
                Ok(whole) => DatumRef::Integer(whole),
                Err(_) => DatumRef::Other(self),
            },
            Self::Float(number) => DatumRef::Float(*number),
            Self::Bool(flag) => DatumRef::Bool(*flag),
            Self::List(_) => DatumRef::Other(self),
        }
    }

    /// Text that is borrowed.
    #[must_use]
    pub const fn text(text: &'a str) -> Self {
        Self::Text(Cow::Borrowed(text))
    }

    /// The whole number that a sign, if there is one, and digits are. One of more than
    /// [`Value::DIGITS`] digits stays text, so that no two of them are one key.
    #[must_use]
    pub fn whole(text: &'a str) -> Self {
        let digits = text.strip_prefix('-').unwrap_or(text).len();
        let whole = if digits > Value::DIGITS { None } else { text.parse().ok() };
        whole.map_or(Self::text(text), Self::Integer)
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

    /// The datum with a text of its own.
    #[must_use]
    pub fn into_owned(self) -> Datum<'static> {
        match self {
            Self::Text(text) => Datum::Text(Cow::Owned(text.into_owned())),
            Self::Integer(whole) => Datum::Integer(whole),
            Self::Float(number) => Datum::Float(number),
            Self::Bool(flag) => Datum::Bool(flag),
            Self::List(elements) => {
                Datum::List(elements.into_iter().map(Datum::into_owned).collect())
            }
        }
    }

    /// Writes the datum so that two are equal exactly if what is written is.
    pub(in crate::tape) fn encode(&self, bytes: &mut Vec<u8>) {
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

/// The values of one attribute: a number for each row, and what the numbers stand for.
#[derive(Clone, Debug)]
pub struct Column {
    pub(in crate::tape) ids: PagedColumn<u32>,
    values: Vec<Value>,
    /// The bytes of memory that values hold besides themselves.
    heap: usize,
}

impl Column {
    /// No rows and no values.
    pub(in crate::tape) const fn new(pager: Option<Arc<BufferPool>>) -> Self {
        Self { ids: PagedColumn::new(pager, 0), values: Vec::new(), heap: 0 }
    }

    /// For some rows the numbers of their values; 0 where the attribute is missing. The rows must
    /// exist.
    #[must_use]
    pub fn ids(&self, rows: impl RangeBounds<usize>) -> PageGuard<'_, u32> {
        self.ids.slice(rows)
    }

    /// The number of a row's value; 0 where the attribute is missing. The row must exist.
    #[must_use]
    pub fn id(&self, row: usize) -> u32 {
        self.ids.get(row)
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

    /// Takes in another distinct value.
    #[inline]
    pub(in crate::tape) fn push(&mut self, value: Value) {
        self.heap += match &value {
            Value::Text(text) => allocated(text.capacity()),
            other => heap(other),
        };
        self.values.push(value);
    }

    /// Gives back memory that was reserved for rows and values to come.
    pub(in crate::tape) fn shrink(&mut self) {
        self.ids.shrink();
        self.values.shrink_to_fit();
    }

    /// Memory held, in bytes, besides that of pages.
    pub(in crate::tape) const fn bytes(&self) -> usize {
        self.ids.bytes() + self.values.capacity() * size_of::<Value>() + self.heap
    }
}

impl PartialEq for Column {
    fn eq(&self, other: &Self) -> bool {
        self.ids == other.ids && self.values == other.values
    }
}

/// What so many bytes take in memory: allocators give whole pieces, and keep a word about each.
const fn allocated(bytes: usize) -> usize {
    match bytes {
        0 => 0,
        1..=24 => 32,
        _ => (bytes + 8).next_multiple_of(16),
    }
}

/// Memory that a value holds besides itself, in bytes.
fn heap(value: &Value) -> usize {
    match value {
        Value::Text(text) => allocated(text.capacity()),
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
    fn a_datum_survives_being_owned() {
        for value in [
            Value::Text("x".into()),
            Value::Float(0.5),
            Value::List(vec![Value::Bool(false), Value::Integer(-7)]),
        ] {
            assert_eq!(Datum::from(&value).to_value(), value);
            assert_eq!(Datum::from(&value).into_owned().to_value(), value);
        }
    }
}
