//! JSON lines at the speed of memory: a scanner that knows from the lines before where the wanted
//! members are likely to be. It must not know formats, nor what becomes of a value.
//!
//! The scanner and the readers that `serde_json` drives read every line alike. What the scanner
//! does not do itself — names and values with escapes, lists, numbers with many digits — it hands
//! over, and so it does with every line that is [`Unusual`] for it: what is wrong with a line is
//! for the parser to say.

mod chain;
mod cursor;

use serde::de::DeserializeSeed;

use crate::tape::Datum;

use super::json::{Plain, Value};

pub(super) use chain::{Chain, Place, START, UNWANTED};
pub(super) use cursor::Cursor;

use cursor::Number;

/// The scanner leaves a line to the parser.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Unusual;

/// A value in a line: where its text is, or what it is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Raw {
    /// A text, from here to there.
    Text(u32, u32),
    Integer(i64),
    Float(f64),
    Bool(bool),
    /// One of those that the parser has read.
    Parsed(u32),
}

/// The values of a line that the parser has read, because they are unusual.
#[derive(Debug, Default)]
pub(super) struct Parsed(Vec<Datum<'static>>);

impl Parsed {
    /// Forgets those of the line before.
    pub(super) fn clear(&mut self) {
        self.0.clear();
    }
}

impl Raw {
    /// The value, in the line from which it was read.
    #[inline]
    pub(super) fn datum<'a>(self, block: &'a str, parsed: &Parsed) -> Option<Datum<'a>> {
        Some(match self {
            Self::Text(start, end) => Datum::text(block.get(start as usize..end as usize)?),
            Self::Integer(whole) => Datum::Integer(whole.into()),
            Self::Float(number) => return Datum::number(number),
            Self::Bool(flag) => Datum::Bool(flag),
            Self::Parsed(place) => return parsed.0.get(place as usize).cloned(),
        })
    }
}

/// Reads a value; `None` for null, and for an object.
#[inline]
pub(super) fn value(
    cursor: &mut Cursor<'_>,
    block: &str,
    parsed: &mut Parsed,
) -> Result<Option<Raw>, Unusual> {
    let start = cursor.at();
    match cursor.byte() {
        Some(b'"') => {
            let text = cursor.text()?;
            if !text.escaped {
                return Ok(Some(Raw::Text(text.range.start as u32, text.range.end as u32)));
            }
        }
        Some(b'-' | b'0'..=b'9') => match cursor.number()? {
            Number::Integer(whole) => return Ok(Some(Raw::Integer(whole))),
            Number::Float(number) => return Ok(Some(Raw::Float(number))),
            Number::Long => {}
        },
        Some(b't') => return cursor.word(b"true").map(|()| Some(Raw::Bool(true))),
        Some(b'f') => return cursor.word(b"false").map(|()| Some(Raw::Bool(false))),
        Some(b'n') => return cursor.word(b"null").map(|()| None),
        _ => cursor.skip()?,
    }
    parse(block.get(start..cursor.at()).unwrap_or_default(), parsed)
}

/// Has the parser read a value.
#[cold]
fn parse(text: &str, parsed: &mut Parsed) -> Result<Option<Raw>, Unusual> {
    let mut json = serde_json::Deserializer::from_str(text);
    let datum = Value(Plain).deserialize(&mut json).map_err(|_| Unusual)?;
    Ok(datum.map(|datum| {
        parsed.0.push(datum.into_owned());
        Raw::Parsed(parsed.0.len() as u32 - 1)
    }))
}

/// Ends a line, of which there must be no more.
#[inline]
pub(super) fn end(cursor: &mut Cursor<'_>, length: usize) -> Result<(), Unusual> {
    if cursor.at() < length {
        cursor.space();
    }
    // The carriage return of a line end may have been passed over as well.
    if cursor.at() >= length { Ok(()) } else { Err(Unusual) }
}
