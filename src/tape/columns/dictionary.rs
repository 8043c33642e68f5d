//! Dictionary encoding: data as read, and the column of value ids with its dictionary.

use std::borrow::Cow;
use std::ops::RangeBounds;

use crate::base::Value;
use crate::base::segmented::SegmentedVec;

use super::page::PageGuard;
use super::paged::{PagedColumn, Storage};

/// A value as read, its text borrowed from the line where possible.
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

/// A borrowed value: a [`Datum`] that is cheap to pass on.
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

/// Anything that is, or holds, a value.
pub trait AsDatum {
    /// The value.
    fn as_datum(&self) -> DatumRef<'_>;
}

impl AsDatum for DatumRef<'_> {
    #[inline]
    fn as_datum(&self) -> DatumRef<'_> {
        *self
    }
}

impl AsDatum for Datum<'_> {
    fn as_datum(&self) -> DatumRef<'_> {
        self.borrowed()
    }
}

impl<G: AsDatum> AsDatum for &G {
    fn as_datum(&self) -> DatumRef<'_> {
        (**self).as_datum()
    }
}

impl DatumRef<'_> {
    /// True unless it is an empty list, which names nothing.
    #[must_use]
    pub const fn is_key(self) -> bool {
        !matches!(self, Self::Other(Datum::List(elements)) if elements.is_empty())
    }

    /// The datum, owned.
    #[must_use]
    pub fn to_owned(self) -> Datum<'static> {
        match self {
            Self::Text(text) => Datum::Text(Cow::Owned(text.to_owned())),
            Self::Integer(whole) => Datum::Integer(whole.into()),
            Self::Float(number) => Datum::Float(number),
            Self::Bool(flag) => Datum::Bool(flag),
            Self::Other(datum) => datum.clone().into_owned(),
        }
    }

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
    /// The datum, borrowed.
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

    /// Borrowed text.
    #[must_use]
    pub const fn text(text: &'a str) -> Self {
        Self::Text(Cow::Borrowed(text))
    }

    /// An integer of an optional sign and digits. One of more than [`Value::DIGITS`] digits stays
    /// text, so that no two of them are one key.
    #[must_use]
    pub fn whole(text: &'a str) -> Self {
        let digits = text.strip_prefix('-').unwrap_or(text).len();
        let whole = if digits > Value::DIGITS { None } else { text.parse().ok() };
        whole.map_or(Self::text(text), Self::Integer)
    }

    /// The number that a text is in JSON's grammar. `007`, `+1`, `1e999` and `NaN` are not numbers.
    #[must_use]
    pub fn of_number(text: &'a str) -> Option<Self> {
        let digits = |part: &str| part.bytes().take_while(u8::is_ascii_digit).count();
        let unsigned = text.strip_prefix('-').unwrap_or(text);
        let whole = digits(unsigned);
        if whole == 0 || (whole > 1 && unsigned.starts_with('0')) {
            return None;
        }
        let mut rest = &unsigned[whole..];
        if rest.is_empty() {
            return Some(Self::whole(text));
        }
        if let Some(fraction) = rest.strip_prefix('.') {
            let length = digits(fraction);
            rest = fraction.get(length..).filter(|_| length > 0)?;
        }
        if let Some(exponent) = rest.strip_prefix(['e', 'E']) {
            let exponent = exponent.strip_prefix(['+', '-']).unwrap_or(exponent);
            let length = digits(exponent);
            rest = exponent.get(length..).filter(|_| length > 0)?;
        }
        if rest.is_empty() { text.parse().ok().and_then(Self::number) } else { None }
    }

    /// A number in its stored form; see [`Value::number`].
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

    /// The datum with numbers for texts that are numbers in JSON's grammar, in lists too.
    #[must_use]
    pub fn with_numbers(datum: DatumRef<'a>) -> Self {
        match datum {
            DatumRef::Text(text) => Self::of_number(text).unwrap_or(Self::text(text)),
            DatumRef::Integer(whole) => Self::Integer(whole.into()),
            DatumRef::Float(number) => Self::Float(number),
            DatumRef::Bool(flag) => Self::Bool(flag),
            DatumRef::Other(Datum::List(elements)) => {
                let elements = elements.iter().map(|element| element.borrowed());
                Self::List(elements.map(Self::with_numbers).collect())
            }
            DatumRef::Other(other) => other.clone(),
        }
    }

    /// The datum, owned.
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

    /// Encodes the datum injectively: equal bytes mean equal data.
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

/// The column of one attribute: a value id per row, and the dictionary.
#[derive(Clone, Debug)]
pub struct Column {
    pub(in crate::tape) ids: PagedColumn<u32>,
    values: SegmentedVec<Value>,
    /// The heap bytes of the values.
    heap: usize,
}

impl Column {
    /// No rows and no values.
    pub(in crate::tape) fn new(storage: &Storage) -> Self {
        Self { ids: PagedColumn::new(storage, 0), values: SegmentedVec::new(), heap: 0 }
    }

    /// The value ids of a range of rows; 0 where the attribute is missing. The rows must exist.
    #[must_use]
    pub fn ids(&self, rows: impl RangeBounds<usize>) -> PageGuard<'_, u32> {
        self.ids.slice(rows)
    }

    /// The value id of a row; 0 where the attribute is missing. The row must exist.
    #[must_use]
    pub fn id(&self, row: usize) -> u32 {
        self.ids.get(row)
    }

    /// The value of an id; `None` for 0 and for ids that are not assigned.
    #[inline]
    #[must_use]
    pub fn value(&self, id: u32) -> Option<&Value> {
        self.values.get((id as usize).checked_sub(1)?)
    }

    /// The distinct values, from id 1 on. `Integer(36)` and `Text("36")` are distinct.
    #[must_use]
    pub const fn values(&self) -> &SegmentedVec<Value> {
        &self.values
    }

    /// Appends a distinct value.
    #[inline]
    pub(in crate::tape) fn push(&mut self, value: Value) {
        self.heap += match &value {
            Value::Text(text) => allocated(text.capacity()),
            other => heap(other),
        };
        self.values.push(value);
    }

    /// Appends distinct values that get the next ids.
    pub(in crate::tape) fn append(&mut self, values: Vec<Value>) {
        self.heap += values.iter().map(heap).sum::<usize>();
        self.values.append(values);
    }

    /// Releases reserved memory.
    pub(in crate::tape) fn shrink(&mut self) {
        self.ids.shrink();
        self.values.shrink();
    }

    /// The bytes of memory held, besides pages.
    pub(in crate::tape) const fn bytes(&self) -> usize {
        self.ids.bytes() + self.values.bytes() + self.heap
    }
}

impl PartialEq for Column {
    fn eq(&self, other: &Self) -> bool {
        self.ids == other.ids && self.values == other.values
    }
}

/// The bytes that an allocation takes: allocators round up, and keep a word per block.
const fn allocated(bytes: usize) -> usize {
    match bytes {
        0 => 0,
        1..=24 => 32,
        _ => (bytes + 8).next_multiple_of(16),
    }
}

/// The heap bytes of a value.
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
