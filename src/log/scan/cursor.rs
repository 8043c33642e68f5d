//! A place in a line, and the grammar of JSON from there on, several bytes at a time. It must not
//! know what a line is read for.
//!
//! All that is passed over is checked as strictly as `serde_json` checks what it ignores. A line
//! never holds a line break, and none is ever passed over, so nothing is taken from behind it.

use std::ops::Range;

use super::Unusual;

/// How deep values may nest: as many as there are bits to remember what they are in.
const DEEPEST: u32 = u64::BITS;

/// A place in a line.
#[derive(Clone, Debug)]
pub(in crate::log) struct Cursor<'a> {
    /// The line, and anything behind it.
    bytes: &'a [u8],
    at: usize,
}

/// A text between its quotes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Quoted {
    pub(super) range: Range<usize>,
    /// Whether it means something else than it says.
    pub(super) escaped: bool,
}

/// A number.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Number {
    Integer(i64),
    Float(f64),
    /// One with an exponent or many digits, which takes more care.
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

    /// What lies between two places.
    #[inline]
    pub(super) fn slice(&self, range: Range<usize>) -> &'a [u8] {
        self.bytes.get(range).unwrap_or_default()
    }

    /// What lies ahead.
    #[inline]
    pub(super) fn ahead(&self) -> &'a [u8] {
        self.bytes.get(self.at..).unwrap_or_default()
    }

    #[inline]
    pub(super) const fn advance(&mut self, bytes: usize) {
        self.at += bytes;
    }

    /// The next 16 bytes as a number, the first the lowest; zeros behind the last.
    #[inline]
    pub(super) fn sixteen(&self) -> u128 {
        match self.ahead().first_chunk() {
            Some(bytes) => u128::from_le_bytes(*bytes),
            None => u128::from_le_bytes(padded(self.ahead())),
        }
    }

    /// Whether these are the bytes that lie ahead.
    #[cold]
    pub(super) fn is_at(&self, bytes: &[u8]) -> bool {
        self.ahead().starts_with(bytes)
    }

    /// The eight bytes from a place on as a number; zeros behind the last.
    #[inline]
    fn eight(&self, at: usize) -> u64 {
        let ahead = self.bytes.get(at..).unwrap_or_default();
        match ahead.first_chunk() {
            Some(bytes) => u64::from_le_bytes(*bytes),
            None => u64::from_le_bytes(padded(ahead)),
        }
    }

    /// Passes over what may stand between all signs.
    #[inline]
    pub(in crate::log) fn space(&mut self) {
        while let Some(b' ' | b'\t' | b'\r') = self.byte() {
            self.at += 1;
        }
    }

    #[inline]
    pub(in crate::log) fn expect(&mut self, byte: u8) -> Result<(), Unusual> {
        if self.byte() != Some(byte) {
            return Err(Unusual);
        }
        self.at += 1;
        Ok(())
    }

    /// A text, from its opening quote on.
    #[inline]
    pub(super) fn text(&mut self) -> Result<Quoted, Unusual> {
        self.expect(b'"')?;
        let start = self.at;
        let escaped = self.close()?;
        Ok(Quoted { range: start..self.at - 1, escaped })
    }

    /// Goes behind the quote that closes the text that this is a place in; whether there were
    /// escapes.
    #[inline]
    fn close(&mut self) -> Result<bool, Unusual> {
        let mut escaped = false;
        loop {
            let bytes = self.eight(self.at);
            // Eight where there is nothing special.
            let length = special(bytes).trailing_zeros() / 8;
            self.at += length as usize;
            match bytes.checked_shr(8 * length).map(|rest| rest as u8) {
                None => {}
                Some(b'"') => {
                    self.at += 1;
                    return Ok(escaped);
                }
                Some(b'\\') => {
                    self.at += self.escape(self.at + 1)?;
                    escaped = true;
                }
                Some(_) => return Err(Unusual),
            }
        }
    }

    /// A text that means what it says, in the `block` that this is a place in.
    #[inline]
    pub(in crate::log) fn plain_text<'b>(&mut self, block: &'b str) -> Result<&'b str, Unusual> {
        let text = self.text()?;
        block.get(text.range).filter(|_| !text.escaped).ok_or(Unusual)
    }

    /// The length of an escape, the second sign of which is here.
    #[cold]
    fn escape(&self, at: usize) -> Result<usize, Unusual> {
        match self.bytes.get(at) {
            Some(b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't') => Ok(2),
            Some(b'u') => {
                let digits = self.slice(at + 1..at + 5);
                let is_hex = digits.len() == 4 && digits.iter().all(u8::is_ascii_hexdigit);
                if is_hex { Ok(6) } else { Err(Unusual) }
            }
            _ => Err(Unusual),
        }
    }

    /// A number, from its first sign on.
    #[inline]
    pub(super) fn number(&mut self) -> Result<Number, Unusual> {
        let is_negative = self.byte() == Some(b'-');
        self.at += usize::from(is_negative);
        let start = self.at;
        let mut digits = 0;
        let whole = self.digits(&mut digits);
        if whole == 0 || whole > 1 && self.bytes[start] == b'0' {
            return Err(Unusual);
        }
        let mut fraction = 0;
        let has_fraction = self.byte() == Some(b'.');
        if has_fraction {
            self.at += 1;
            fraction = self.digits(&mut digits);
            if fraction == 0 {
                return Err(Unusual);
            }
        }
        if let Some(b'e' | b'E') = self.byte() {
            self.at += 1;
            if let Some(b'+' | b'-') = self.byte() {
                self.at += 1;
            }
            return if self.digits(&mut 0) > 0 { Ok(Number::Long) } else { Err(Unusual) };
        }
        // With more digits the sum of them would not be exact.
        if whole + fraction > 18 {
            return Ok(Number::Long);
        }
        if !has_fraction {
            let whole = digits as i64;
            return Ok(Number::Integer(if is_negative { -whole } else { whole }));
        }
        match TENS.get(fraction) {
            // Both are exact, so that the quotient is the nearest to what is written.
            Some(tens) if digits < 1 << f64::MANTISSA_DIGITS => {
                let number = digits as f64 / tens;
                Ok(Number::Float(if is_negative { -number } else { number }))
            }
            _ => Ok(Number::Long),
        }
    }

    /// Passes over digits, adding them to those before; how many there were.
    #[inline]
    fn digits(&mut self, sum: &mut u64) -> usize {
        let start = self.at;
        while let Some(value) = eight_digits(self.eight(self.at)) {
            *sum = sum.wrapping_mul(100_000_000).wrapping_add(value);
            self.at += 8;
        }
        while let Some(digit @ b'0'..=b'9') = self.byte() {
            *sum = sum.wrapping_mul(10).wrapping_add(u64::from(digit - b'0'));
            self.at += 1;
        }
        self.at - start
    }

    /// `true`, `false` or `null`.
    #[inline]
    pub(super) fn word(&mut self, word: &[u8]) -> Result<(), Unusual> {
        if !self.ahead().starts_with(word) {
            return Err(Unusual);
        }
        self.at += word.len();
        Ok(())
    }

    /// Passes over a value.
    #[inline]
    pub(in crate::log) fn skip(&mut self) -> Result<(), Unusual> {
        if self.byte() == Some(b'"') {
            self.at += 1;
            return self.close().map(|_| ());
        }
        self.skip_other()
    }

    /// Passes over a value that is no text.
    fn skip_other(&mut self) -> Result<(), Unusual> {
        match self.byte() {
            Some(b'{' | b'[') => self.skip_nested(),
            _ => self.skip_scalar(),
        }
    }

    #[inline]
    fn skip_scalar(&mut self) -> Result<(), Unusual> {
        match self.byte() {
            Some(b'"') => self.text().map(|_| ()),
            Some(b'-' | b'0'..=b'9') => self.number().map(|_| ()),
            Some(b't') => self.word(b"true"),
            Some(b'f') => self.word(b"false"),
            Some(b'n') => self.word(b"null"),
            _ => Err(Unusual),
        }
    }

    /// Passes over a list or an object.
    fn skip_nested(&mut self) -> Result<(), Unusual> {
        // For each value that is open, the innermost in the lowest bit, whether it is an object.
        let mut objects: u64 = 0;
        let mut depth = 0;
        loop {
            let is_object = self.byte() == Some(b'{');
            if is_object || self.byte() == Some(b'[') {
                if depth == DEEPEST {
                    return Err(Unusual);
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
                    _ => return Err(Unusual),
                }
                self.at += 1;
                objects >>= 1;
                depth -= 1;
            }
        }
    }

    /// A member's name, up to its value.
    pub(super) fn name(&mut self) -> Result<Quoted, Unusual> {
        let name = self.text()?;
        self.space();
        self.expect(b':')?;
        self.space();
        Ok(name)
    }
}

/// The powers of ten that a float holds exactly.
const TENS: [f64; 23] = [
    1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16,
    1e17, 1e18, 1e19, 1e20, 1e21, 1e22,
];

/// The first bytes of a slice that is too short, and zeros.
#[cold]
fn padded<const N: usize>(bytes: &[u8]) -> [u8; N] {
    let mut padded = [0; N];
    for (to, from) in padded.iter_mut().zip(bytes) {
        *to = *from;
    }
    padded
}

const ONES: u64 = u64::MAX / 255;
const HIGHS: u64 = ONES << 7;

/// Marks the highest bit of bytes that end a text, begin an escape or may not be in a text. Only
/// the lowest mark is to be relied on.
#[inline]
const fn special(bytes: u64) -> u64 {
    let quote = bytes ^ (ONES * b'"' as u64);
    let escape = bytes ^ (ONES * b'\\' as u64);
    let quote = quote.wrapping_sub(ONES) & !quote;
    let escape = escape.wrapping_sub(ONES) & !escape;
    let control = bytes.wrapping_sub(ONES * 0x20) & !bytes;
    (quote | escape | control) & HIGHS
}

/// The number that eight digits are, if they are all digits.
#[inline]
const fn eight_digits(bytes: u64) -> Option<u64> {
    const ZEROS: u64 = ONES * b'0' as u64;
    let values = bytes ^ ZEROS;
    // A digit is below 10, and stays below 16 with 6 added.
    if (values | values.wrapping_add(ONES * 6)) & (ONES * 0xf0) != 0 {
        return None;
    }
    let pairs = values.wrapping_mul(10).wrapping_add(values >> 8);
    let low = (pairs & 0x0000_00ff_0000_00ff).wrapping_mul(0x000f_4240_0000_0064);
    let high = (pairs >> 16 & 0x0000_00ff_0000_00ff).wrapping_mul(0x0000_2710_0000_0001);
    Some(low.wrapping_add(high) >> 32)
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
                Number::Float(float) => assert_eq!(float.to_bits(), want.to_bits(), "{text}"),
                Number::Long => assert!(text.len() > 15 || text.contains('e'), "{text}"),
            }
        }
    }

    #[test]
    fn eight_digits_at_once() {
        let of = |text: &[u8; 8]| eight_digits(u64::from_le_bytes(*text));
        assert_eq!(of(b"12345678"), Some(12_345_678));
        assert_eq!(of(b"00000000"), Some(0));
        assert_eq!(of(b"99999999"), Some(99_999_999));
        for byte in (0..=255).filter(|byte: &u8| !byte.is_ascii_digit()) {
            for place in 0..8 {
                let mut text = *b"90909090";
                text[place] = byte;
                assert_eq!(of(&text), None, "{byte} in {place}");
            }
        }
    }
}
