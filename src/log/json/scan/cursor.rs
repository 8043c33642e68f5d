//! A cursor in a line, and the grammar of JSON from there, several bytes at a time.
//!
//! Everything skipped is validated as strictly as `serde_json` validates what it ignores. A line
//! contains no line break, and none is skipped, so nothing is read from behind it.

use std::ops::Range;

use super::simd16::{self, WIDTH};

/// The deepest nesting: a bit per level.
const MAX_DEPTH: u32 = u64::BITS;

/// The error of a scanner: the line needs the parser.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::log) struct NeedsParser;

/// A position in a line.
#[derive(Clone, Debug)]
pub(in crate::log) struct Cursor<'a> {
    /// The line, and anything behind it.
    bytes: &'a [u8],
    at: usize,
}

/// A text between its quotes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::log) struct Quoted {
    pub(in crate::log) range: Range<usize>,
    /// True if it contains escapes.
    pub(in crate::log) escaped: bool,
}

/// A number.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(in crate::log) enum Number {
    Integer(i64),
    /// The bits of a float.
    Float(u64),
    /// A number with an exponent or many digits.
    Long,
}

impl<'a> Cursor<'a> {
    pub(in crate::log) const fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, at: 0 }
    }

    pub(in crate::log) const fn at(&self) -> usize {
        self.at
    }

    #[inline]
    pub(in crate::log) fn byte(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    /// The byte at an offset.
    #[inline]
    pub(super) fn byte_at(&self, behind: usize) -> Option<u8> {
        self.bytes.get(self.at + behind).copied()
    }

    /// The bytes of a range.
    #[inline]
    pub(super) fn slice(&self, range: Range<usize>) -> &'a [u8] {
        self.bytes.get(range).unwrap_or_default()
    }

    /// The bytes ahead.
    #[inline]
    pub(super) fn ahead(&self) -> &'a [u8] {
        self.bytes.get(self.at..).unwrap_or_default()
    }

    #[inline]
    pub(in crate::log) const fn advance(&mut self, bytes: usize) {
        self.at += bytes;
    }

    /// The next 16 bytes; zeros behind the end.
    #[inline]
    pub(super) fn next16(&self) -> [u8; WIDTH] {
        match self.ahead().first_chunk() {
            Some(bytes) => *bytes,
            None => padded(self.ahead()),
        }
    }

    /// Runs a rare or long step on a copy, so that the cursor itself stays in registers.
    #[inline]
    pub(in crate::log) fn detached<T>(
        &mut self,
        act: impl FnOnce(&mut Self) -> Result<T, NeedsParser>,
    ) -> Result<T, NeedsParser> {
        let mut copy = self.clone();
        let done = act(&mut copy);
        *self = copy;
        done
    }

    /// Skips whitespace.
    #[inline]
    pub(in crate::log) fn space(&mut self) {
        while let Some(b' ' | b'\t' | b'\r') = self.byte() {
            self.at += 1;
        }
    }

    #[inline]
    pub(in crate::log) fn expect(&mut self, byte: u8) -> Result<(), NeedsParser> {
        if self.byte() != Some(byte) {
            return Err(NeedsParser);
        }
        self.at += 1;
        Ok(())
    }

    /// A text, from its opening quote to behind its closing one.
    #[inline]
    pub(in crate::log) fn text(&mut self) -> Result<Quoted, NeedsParser> {
        self.expect(b'"')?;
        let text = self.rest_of_text()?;
        self.at += 1;
        Ok(text)
    }

    /// A text, from behind its opening quote to its closing one.
    #[inline]
    pub(super) fn rest_of_text(&mut self) -> Result<Quoted, NeedsParser> {
        let start = self.at;
        self.skip_text();
        let escaped = self.byte() != Some(b'"');
        if escaped {
            self.detached(Self::close)?;
        }
        Ok(Quoted { range: start..self.at, escaped })
    }

    /// Skips to the next byte that ends a text, begins an escape or is invalid in a text.
    #[inline]
    pub(super) fn skip_text(&mut self) {
        loop {
            let plain = simd16::plain(self.next16());
            self.at += plain;
            if plain < WIDTH {
                return;
            }
        }
    }

    /// Skips to the closing quote, over escapes.
    #[cold]
    pub(super) fn close(&mut self) -> Result<(), NeedsParser> {
        loop {
            self.skip_text();
            match self.byte() {
                Some(b'"') => return Ok(()),
                Some(b'\\') => self.at += self.escape(self.at + 1)?,
                _ => return Err(NeedsParser),
            }
        }
    }

    /// The length of an escape, whose second byte is at `at`.
    fn escape(&self, at: usize) -> Result<usize, NeedsParser> {
        match self.bytes.get(at) {
            Some(b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't') => Ok(2),
            Some(b'u') => {
                let digits = self.slice(at + 1..at + 5);
                let is_hex = digits.len() == 4 && digits.iter().all(u8::is_ascii_hexdigit);
                if is_hex { Ok(6) } else { Err(NeedsParser) }
            }
            _ => Err(NeedsParser),
        }
    }

    /// An integer without a sign, behind which a member ends; otherwise `None`, and the cursor
    /// stays.
    #[expect(clippy::inline_always, reason = "what is not wanted of it need not be computed")]
    #[inline(always)]
    pub(super) fn whole(&mut self) -> Option<u64> {
        let bytes = self.next16();
        let digits = simd16::digits(bytes);
        // A leading zero is invalid.
        let is_number = digits == 1 || digits > 1 && digits < WIDTH && self.byte() != Some(b'0');
        if !is_number || !matches!(self.byte_at(digits), Some(b',' | b'}')) {
            return None;
        }
        self.at += digits;
        Some(simd16::number(bytes, digits))
    }

    /// A number.
    #[expect(clippy::inline_always, reason = "what is not wanted of it need not be computed")]
    #[inline(always)]
    pub(in crate::log) fn number(&mut self) -> Result<Number, NeedsParser> {
        let first = self.byte();
        let is_negative = first == Some(b'-');
        self.at += usize::from(is_negative);
        let start = self.at;
        let first_digit = self.byte();
        let bytes = self.next16();
        let whole = simd16::digits(bytes);
        if whole == 0 {
            return Err(NeedsParser);
        }
        self.at += whole;
        let digits = simd16::number(bytes, whole.min(WIDTH));
        // A leading zero is invalid.
        let is_plain = whole == 1 || whole < WIDTH && first_digit != Some(b'0');
        match self.byte() {
            Some(b'.' | b'e' | b'E' | b'0'..=b'9') => {}
            _ if is_plain => {
                let whole = digits as i64;
                return Ok(Number::Integer(if is_negative { -whole } else { whole }));
            }
            _ => {}
        }
        if !is_plain || self.byte() != Some(b'.') {
            return self.long_number(start);
        }
        self.at += 1;
        let bytes = self.next16();
        let fraction = simd16::digits(bytes);
        if fraction == 0 {
            return Err(NeedsParser);
        }
        self.at += fraction;
        // With more digits than a float is exact for, the quotient would be inexact.
        if whole + fraction >= WIDTH || matches!(self.byte(), Some(b'e' | b'E')) {
            return self.long_number(start);
        }
        let (scale, tens) = TENS[fraction];
        let digits = digits * scale + simd16::number(bytes, fraction);
        // Both are exact, so that the quotient is correctly rounded.
        let number = digits as f64 / tens;
        Ok(Number::Float(if is_negative { -number } else { number }.to_bits()))
    }

    /// A number that needs care, whose first digit is at `start`.
    #[cold]
    fn long_number(&mut self, start: usize) -> Result<Number, NeedsParser> {
        self.at = start;
        self.digits()?;
        if self.at > start + 1 && self.bytes.get(start) == Some(&b'0') {
            return Err(NeedsParser);
        }
        if self.byte() == Some(b'.') {
            self.at += 1;
            self.digits()?;
        }
        if let Some(b'e' | b'E') = self.byte() {
            self.at += 1;
            if let Some(b'+' | b'-') = self.byte() {
                self.at += 1;
            }
            self.digits()?;
        }
        Ok(Number::Long)
    }

    /// Skips digits, at least one.
    fn digits(&mut self) -> Result<(), NeedsParser> {
        let start = self.at;
        while let Some(b'0'..=b'9') = self.byte() {
            self.at += 1;
        }
        if self.at > start { Ok(()) } else { Err(NeedsParser) }
    }

    /// `true`, `false` or `null`.
    #[inline]
    pub(in crate::log) fn word(&mut self, word: &[u8]) -> Result<(), NeedsParser> {
        if !self.ahead().starts_with(word) {
            return Err(NeedsParser);
        }
        self.at += word.len();
        Ok(())
    }

    /// Skips a value.
    pub(in crate::log) fn skip(&mut self) -> Result<(), NeedsParser> {
        match self.byte() {
            Some(b'{' | b'[') => self.skip_nested(),
            _ => self.skip_scalar(),
        }
    }

    #[inline]
    fn skip_scalar(&mut self) -> Result<(), NeedsParser> {
        match self.byte() {
            Some(b'"') => self.text().map(|_| ()),
            Some(b'-' | b'0'..=b'9') => self.number().map(|_| ()),
            Some(b't') => self.word(b"true"),
            Some(b'f') => self.word(b"false"),
            Some(b'n') => self.word(b"null"),
            _ => Err(NeedsParser),
        }
    }

    /// Skips a list or an object.
    fn skip_nested(&mut self) -> Result<(), NeedsParser> {
        // Per open level, the innermost in the lowest bit: 1 for an object.
        let mut objects: u64 = 0;
        let mut depth = 0;
        loop {
            let is_object = self.byte() == Some(b'{');
            if is_object || self.byte() == Some(b'[') {
                if depth == MAX_DEPTH {
                    return Err(NeedsParser);
                }
                self.at += 1;
                objects = objects << 1 | u64::from(is_object);
                depth += 1;
                self.space();
                if self.byte() != Some(if is_object { b'}' } else { b']' }) {
                    if is_object {
                        self.name()?;
                    }
                    continue;
                }
            } else {
                self.skip_scalar()?;
            }
            loop {
                if depth == 0 {
                    return Ok(());
                }
                self.space();
                let in_object = objects & 1 == 1;
                match self.byte() {
                    Some(b',') => {
                        self.at += 1;
                        self.space();
                        if in_object {
                            self.name()?;
                        }
                        break;
                    }
                    Some(b'}') if in_object => {}
                    Some(b']') if !in_object => {}
                    _ => return Err(NeedsParser),
                }
                self.at += 1;
                objects >>= 1;
                depth -= 1;
            }
        }
    }

    /// The name of a member, up to its value.
    pub(super) fn name(&mut self) -> Result<Quoted, NeedsParser> {
        let name = self.text()?;
        self.space();
        self.expect(b':')?;
        self.space();
        Ok(name)
    }
}

/// The powers of ten for exact conversion, as integers and floats.
const TENS: [(u64, f64); WIDTH] = {
    let mut tens = [(1, 1.0); WIDTH];
    let mut place = 1;
    while place < WIDTH {
        let scale = tens[place - 1].0 * 10;
        tens[place] = (scale, scale as f64);
        place += 1;
    }
    tens
};

/// The first bytes of a slice that is too short, padded with zeros.
#[cold]
fn padded<const N: usize>(bytes: &[u8]) -> [u8; N] {
    let mut padded = [0; N];
    for (to, from) in padded.iter_mut().zip(bytes) {
        *to = *from;
    }
    padded
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;
    use serde::de::IgnoredAny;

    use super::*;

    fn skips(text: &str) -> bool {
        let mut cursor = Cursor::new(text.as_bytes());
        cursor.skip().is_ok() && cursor.at() == text.len()
    }

    #[test]
    fn passes_over_exactly_what_is_a_value() {
        let deep = |depth: usize| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
        for text in [
            r#""""#,
            r#""a\"b\\""#,
            r#""\u00e4\ud800""#,
            r#""\u00g0""#,
            r#""\x""#,
            r#""\"#,
            "\"a\tb\"",
            "\"ä\u{7f}\u{1f600} long enough for several steps\"",
            r#""open"#,
            "0",
            "-0",
            "-",
            "01",
            "1.",
            ".5",
            "1.5e",
            "1.5e+7",
            "1E999",
            "1e",
            "123456789012345678901234567890",
            "true",
            "tru",
            "truer",
            "null",
            "[]",
            "{}",
            "[1,]",
            "[,1]",
            "[1 2]",
            "[1}",
            r#"{"a":1]"#,
            r#"{"a" : [ { "b" : null } , "x" ] }"#,
            r#"{"a"}"#,
            r#"{"a":}"#,
            "{a:1}",
            r#"{"a":1,}"#,
            r#"{"a":1 "b":2}"#,
            &deep(64),
            "",
            "nan",
        ] {
            assert_eq!(skips(text), serde_json::from_str::<IgnoredAny>(text).is_ok(), "{text}");
        }
        assert!(!skips(&deep(65)), "deeper than it can follow");
    }

    #[test]
    fn numbers_are_bit_for_bit_those_of_serde_json() {
        for text in [
            "0",
            "-0",
            "7",
            "-7",
            "12345678",
            "123456789",
            "1704067201479",
            "0.1",
            "5.922",
            "-0.0635",
            "0.0",
            "-0.0",
            "1.10",
            "123456789.123456789",
            "9007199254740991.5",
            "900719925474099.1",
            "0.00000000000000001",
            "999999999999999999",
            "1e3",
        ] {
            let mut cursor = Cursor::new(text.as_bytes());
            let number = cursor.number().unwrap();
            let mut json = serde_json::Deserializer::from_str(text);
            let want = f64::deserialize(&mut json).unwrap();
            assert_eq!(cursor.at(), text.len(), "{text}");
            match number {
                Number::Integer(whole) => assert!((whole as f64 - want).abs() == 0.0, "{text}"),
                Number::Float(float) => assert_eq!(float, want.to_bits(), "{text}"),
                Number::Long => assert!(text.len() > 15 || text.contains('e'), "{text}"),
            }
        }
    }
}
