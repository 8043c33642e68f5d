//! The JSON scanner: predicts from earlier lines where the required members are.
//!
//! Scanner and parser accept the same lines with the same result. What the scanner does not do
//! itself (escapes in names and values, lists, long numbers) it passes to `serde_json`; a line for
//! which it returns [`NeedsParser`] is left to the parser, which decides on it.

mod cursor;
mod predictor;
mod simd16;

use std::ops::Range;

use crate::tape::{Datum, DatumRef};

use super::value;

pub(in crate::log) use cursor::{Cursor, NeedsParser};
pub(in crate::log) use predictor::{MemberPredictor, START, Step, UNWANTED};

pub(in crate::log) use cursor::Number;

/// A value in a line: the range of its text, or its bits. Two words, copied as such: an enum would
/// be copied in overlapping pieces, each waiting for the one before.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(in crate::log) struct Raw {
    what: What,
    bits: u64,
}

/// The meaning of the bits.
#[derive(Clone, Copy, Debug, PartialEq)]
#[repr(u64)]
enum What {
    /// No value: null, or an object.
    Missing,
    /// The range of a text.
    Text,
    /// An integer.
    Integer,
    /// A float.
    Float,
    Bool,
    /// An index into [`Parsed`].
    Parsed,
}

/// The values of a line that `serde_json` has read.
#[derive(Debug, Default)]
pub(in crate::log) struct Parsed(Vec<Datum<'static>>);

impl Parsed {
    /// Clears the values of the line before.
    pub(in crate::log) fn clear(&mut self) {
        self.0.clear();
    }

    /// Adds a value.
    fn push(&mut self, datum: Datum<'static>) -> Raw {
        self.0.push(datum);
        Raw { what: What::Parsed, bits: self.0.len() as u64 - 1 }
    }

    /// Adds the list of some values, of which those that are lists are taken apart.
    pub(in crate::log) fn list(&mut self, values: &[Raw], block: &str) -> Raw {
        let mut list = Vec::with_capacity(values.len());
        for datum in values.iter().filter_map(|value| value.datum(block, self)) {
            match datum {
                DatumRef::Other(Datum::List(elements)) => {
                    list.extend(elements.iter().map(|element| element.clone().into_owned()));
                }
                datum => list.push(datum.to_owned()),
            }
        }
        self.push(Datum::List(list))
    }
}

impl Raw {
    /// No value.
    pub(in crate::log) const MISSING: Self = Self { what: What::Missing, bits: 0 };

    #[inline]
    const fn text(range: &Range<usize>) -> Self {
        Self { what: What::Text, bits: (range.end as u64) << 32 | range.start as u64 }
    }

    const fn bool(flag: bool) -> Self {
        Self { what: What::Bool, bits: flag as u64 }
    }

    /// True if there is no value.
    #[inline]
    pub(in crate::log) const fn is_missing(self) -> bool {
        matches!(self.what, What::Missing)
    }

    /// The datum, in the block that the value was read from.
    #[inline]
    pub(in crate::log) fn datum<'a>(
        self,
        block: &'a str,
        parsed: &'a Parsed,
    ) -> Option<DatumRef<'a>> {
        let bits = self.bits;
        Some(match self.what {
            What::Missing => return None,
            What::Text => DatumRef::Text(block.get(bits as u32 as usize..(bits >> 32) as usize)?),
            What::Integer => DatumRef::Integer(bits as i64),
            What::Float => DatumRef::Float(f64::from_bits(bits)),
            What::Bool => DatumRef::Bool(bits != 0),
            What::Parsed => parsed.0.get(bits as usize)?.borrowed(),
        })
    }
}

/// Scans the elements of a list.
#[inline]
pub(in crate::log) fn elements<'a>(
    cursor: &mut Cursor<'a>,
    mut element: impl FnMut(&mut Cursor<'a>) -> Result<(), NeedsParser>,
) -> Result<(), NeedsParser> {
    cursor.expect(b'[')?;
    cursor.space();
    if cursor.byte() == Some(b']') {
        return cursor.expect(b']');
    }
    loop {
        element(cursor)?;
        cursor.space();
        if cursor.byte() == Some(b']') {
            return cursor.expect(b']');
        }
        cursor.expect(b',')?;
        cursor.space();
    }
}

/// Skips the value of a member.
#[inline]
pub(in crate::log) fn expect_step(cursor: &mut Cursor<'_>, step: Step) -> Result<(), NeedsParser> {
    if step.is_text {
        cursor.skip_text();
        return Ok(());
    }
    if cursor.whole().is_some() {
        return Ok(());
    }
    cursor.detached(Cursor::skip)
}

/// Reads the value of a member.
#[expect(clippy::inline_always, reason = "nearly all members are texts, which are read here")]
#[inline(always)]
pub(in crate::log) fn member(
    cursor: &mut Cursor<'_>,
    step: Step,
    block: &str,
    parsed: &mut Parsed,
) -> Result<Raw, NeedsParser> {
    if !step.is_text {
        return match cursor.whole() {
            Some(whole) => Ok(Raw { what: What::Integer, bits: whole }),
            None => cursor.detached(|cursor| value(cursor, block, parsed)),
        };
    }
    let text = cursor.rest_of_text()?;
    if text.escaped {
        return parse(block.get(text.range.start - 1..=cursor.at()).unwrap_or_default(), parsed);
    }
    Ok(Raw::text(&text.range))
}

/// Reads a value.
pub(in crate::log) fn value(
    cursor: &mut Cursor<'_>,
    block: &str,
    parsed: &mut Parsed,
) -> Result<Raw, NeedsParser> {
    let start = cursor.at();
    match cursor.byte() {
        Some(b'"') => {
            let text = cursor.text()?;
            if !text.escaped {
                return Ok(Raw::text(&text.range));
            }
        }
        Some(b'-' | b'0'..=b'9') => match cursor.number()? {
            Number::Integer(whole) => return Ok(Raw { what: What::Integer, bits: whole as u64 }),
            Number::Float(bits) => {
                // With so few digits an integer is exact.
                let number = f64::from_bits(bits);
                let whole = number as i64;
                return Ok(if number - whole as f64 == 0.0 {
                    Raw { what: What::Integer, bits: whole as u64 }
                } else {
                    Raw { what: What::Float, bits }
                });
            }
            Number::Long => {}
        },
        Some(b't') => return cursor.word(b"true").map(|()| Raw::bool(true)),
        Some(b'f') => return cursor.word(b"false").map(|()| Raw::bool(false)),
        Some(b'n') => return cursor.word(b"null").map(|()| Raw::MISSING),
        _ => cursor.skip()?,
    }
    parse(block.get(start..cursor.at()).unwrap_or_default(), parsed)
}

/// Reads a value by `serde_json`.
#[cold]
fn parse(text: &str, parsed: &mut Parsed) -> Result<Raw, NeedsParser> {
    let datum = value::value(text).map_err(|_| NeedsParser)?;
    Ok(datum.map_or(Raw::MISSING, |datum| parsed.push(datum.into_owned())))
}
