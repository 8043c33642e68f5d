//! JSON lines at the speed of memory: a scanner that knows from the lines before where the wanted
//! members are likely to be. It must not know formats, nor what becomes of a value.
//!
//! The scanner and the readers that `serde_json` drives read every line alike. What the scanner
//! does not do itself — names and values with escapes, lists, numbers with many digits — it hands
//! over, and so it does with every line that is [`NeedsParser`] for it: what is wrong with a line is
//! for the parser to say.

pub(in crate::log) mod chain;
pub(in crate::log) mod cursor;
pub(in crate::log) mod simd16;

use std::ops::Range;

use crate::tape::{Datum, DatumRef};

use super::value;

pub(in crate::log) use chain::{MemberPredictor, START, Step, UNWANTED};
pub(in crate::log) use cursor::Cursor;

use cursor::Number;

/// The scanner leaves a line to the parser.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::log) struct NeedsParser;

/// A value in a line: where its text is, or what it is. Two words, which are copied as such: an
/// enum of these would be copied in pieces that overlap, and each copy be waited for.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(in crate::log) struct Raw {
    what: What,
    bits: u64,
}

/// What the bits of a value are.
#[derive(Clone, Copy, Debug, PartialEq)]
#[repr(u64)]
enum What {
    /// Nothing: the value is null, or an object.
    Missing,
    /// A text, from the lower half to the upper.
    Text,
    /// A whole number.
    Integer,
    /// A number that is not whole.
    Float,
    Bool,
    /// The place of one of those that the parser has read.
    Parsed,
}

/// The values of a line that the parser has read, because they are unusual.
#[derive(Debug, Default)]
pub(in crate::log) struct Parsed(Vec<Datum<'static>>);

impl Parsed {
    /// Forgets those of the line before.
    pub(in crate::log) fn clear(&mut self) {
        self.0.clear();
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

    /// Whether there is no value.
    #[inline]
    pub(in crate::log) const fn is_missing(self) -> bool {
        matches!(self.what, What::Missing)
    }

    /// The value, in the block from which it was read.
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

/// Passes over the value of a member.
#[inline]
pub(in crate::log) fn pass(cursor: &mut Cursor<'_>, step: Step) -> Result<(), NeedsParser> {
    if step.is_text {
        cursor.pass_text();
        return Ok(());
    }
    if cursor.whole().is_some() {
        return Ok(());
    }
    cursor.aside(Cursor::skip)
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
            None => cursor.aside(|cursor| value(cursor, block, parsed)),
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
                // It has so few digits that a whole one is exactly this.
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

/// Has the parser read a value.
#[cold]
fn parse(text: &str, parsed: &mut Parsed) -> Result<Raw, NeedsParser> {
    let datum = value::value(text).map_err(|_| NeedsParser)?;
    Ok(datum.map_or(Raw::MISSING, |datum| {
        parsed.0.push(datum.into_owned());
        Raw { what: What::Parsed, bits: parsed.0.len() as u64 - 1 }
    }))
}
