//! A walk through an object that was accepted: all of its members and elements, one by one.

use std::borrow::Cow;

use crate::tape::Datum;

use super::scan::{Cursor, Number};

/// A value: a scalar, or the begin of a list or an object.
#[derive(Clone, Debug, PartialEq)]
pub enum Token<'a> {
    /// `null`.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A whole number, also one that is written with a fraction of zeros.
    Integer(i128),
    /// Any other number, which is finite.
    Number(f64),
    /// A text; also a number that is too long for any other.
    Text(Cow<'a, str>),
    /// A list, whose [elements](Walk::element) follow.
    List,
    /// An object, whose [members](Walk::member) follow.
    Object,
}

/// A walk through JSON that is known to be valid. It ends early where it is not.
#[derive(Clone, Debug)]
pub struct Walk<'a> {
    text: &'a str,
    cursor: Cursor<'a>,
}

impl<'a> Walk<'a> {
    /// A walk that begins at the value that a text is.
    #[must_use]
    pub fn new(text: &'a str) -> Self {
        let mut cursor = Cursor::new(text.as_bytes());
        cursor.space();
        Self { text, cursor }
    }

    /// The place in the text.
    #[must_use]
    pub const fn at(&self) -> usize {
        self.cursor.at()
    }

    /// The next value, at which the walk must be. `None` where there is none.
    #[expect(clippy::inline_always, reason = "a token that lies on the stack is waited for")]
    #[inline(always)]
    pub fn value(&mut self) -> Option<Token<'a>> {
        let start = self.cursor.at();
        Some(match self.cursor.byte()? {
            b'"' => Token::Text(self.quoted()?),
            b'-' | b'0'..=b'9' => match self.cursor.number().ok()? {
                Number::Integer(whole) => Token::Integer(whole.into()),
                Number::Float(bits) => number(f64::from_bits(bits)),
                Number::Long => long(self.text.get(start..self.cursor.at())?),
            },
            b't' => self.word(b"true", Token::Bool(true))?,
            b'f' => self.word(b"false", Token::Bool(false))?,
            b'n' => self.word(b"null", Token::Null)?,
            b'[' => self.open(Token::List),
            b'{' => self.open(Token::Object),
            _ => return None,
        })
    }

    /// The name of the next member of an object, whose value follows; `None` at its end.
    #[inline]
    pub fn member(&mut self) -> Option<Cow<'a, str>> {
        self.follows(b'}')?;
        let name = self.quoted()?;
        self.cursor.space();
        self.cursor.expect(b':').ok()?;
        self.cursor.space();
        Some(name)
    }

    /// True if another element of a list follows.
    pub fn element(&mut self) -> bool {
        self.follows(b']').is_some()
    }

    /// Passes over the next value.
    pub fn skip(&mut self) -> Option<()> {
        self.cursor.skip().ok()
    }

    /// The text of the next value, which the walk does not pass over.
    #[must_use]
    pub fn ahead(&self) -> &'a str {
        let mut cursor = self.cursor.clone();
        let start = cursor.at();
        match cursor.skip() {
            Ok(()) => self.text.get(start..cursor.at()).unwrap_or_default(),
            Err(_) => "",
        }
    }

    /// Passes over what is between two members or elements; `None` behind the last one.
    #[inline]
    fn follows(&mut self, end: u8) -> Option<()> {
        self.cursor.space();
        match self.cursor.byte()? {
            b',' => {
                self.cursor.advance(1);
                self.cursor.space();
                Some(())
            }
            byte if byte == end => {
                self.cursor.advance(1);
                None
            }
            _ => Some(()),
        }
    }

    fn open(&mut self, token: Token<'a>) -> Token<'a> {
        self.cursor.advance(1);
        token
    }

    fn word(&mut self, word: &[u8], token: Token<'a>) -> Option<Token<'a>> {
        self.cursor.word(word).ok()?;
        Some(token)
    }

    #[inline]
    fn quoted(&mut self) -> Option<Cow<'a, str>> {
        let quoted = self.cursor.text().ok()?;
        if !quoted.escaped {
            return self.text.get(quoted.range).map(Cow::Borrowed);
        }
        let with_quotes = self.text.get(quoted.range.start - 1..=quoted.range.end)?;
        // An escape that is half a character stays as it is written.
        let plain = || with_quotes.get(1..with_quotes.len() - 1).map(Cow::Borrowed);
        serde_json::from_str(with_quotes).ok().map(Cow::Owned).or_else(plain)
    }
}

/// A number that is not written as a whole one.
fn number(number: f64) -> Token<'static> {
    match Datum::number(number) {
        Some(Datum::Integer(whole)) => Token::Integer(whole),
        _ => Token::Number(number),
    }
}

/// A number of many digits, or with an exponent.
#[cold]
fn long(text: &str) -> Token<'_> {
    match Datum::of_number(text) {
        Some(Datum::Integer(whole)) => Token::Integer(whole),
        Some(Datum::Float(number)) => Token::Number(number),
        _ => Token::Text(Cow::Borrowed(text)),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Map, Value as Json, json};

    use super::*;

    fn read(walk: &mut Walk<'_>) -> Json {
        match walk.value().unwrap() {
            Token::Null => Json::Null,
            Token::Bool(flag) => flag.into(),
            Token::Integer(whole) => i64::try_from(whole).unwrap().into(),
            Token::Number(number) => number.into(),
            Token::Text(text) => text.into(),
            Token::List => {
                let mut list = Vec::new();
                while walk.element() {
                    list.push(read(walk));
                }
                list.into()
            }
            Token::Object => {
                let mut object = Map::new();
                while let Some(name) = walk.member() {
                    object.insert(name.into_owned(), read(walk));
                }
                object.into()
            }
        }
    }

    #[test]
    fn a_walk_meets_every_value() {
        for (text, want) in [
            (r" { } ", json!({})),
            (
                r#"{"a":[],"b":[1 , 2.50,36.0,-1e2,[null]]}"#,
                json!({"a": [], "b": [1, 2.5, 36, -100, [null]]}),
            ),
            (
                r#"{ "ä\"b" : "c\n" , "d":{"e":true,"f":false}}"#,
                json!({"ä\"b": "c\n", "d": {"e": true, "f": false}}),
            ),
            (r#"{"a":"\ud800"}"#, json!({"a": "\\ud800"})),
            ("{\"a\":\r[\r1\r]\r}", json!({"a": [1]})),
        ] {
            assert_eq!(read(&mut Walk::new(text)), want, "{text}");
        }
    }

    #[test]
    fn long_numbers_are_exact_or_texts() {
        let nines = "9".repeat(39);
        for (text, want) in [
            ("18446744073709551617", Token::Integer((1 << 64) + 1)),
            ("1e999", Token::Text("1e999".into())),
            (nines.as_str(), Token::Text(nines.as_str().into())),
        ] {
            assert_eq!(Walk::new(text).value(), Some(want));
        }
    }

    #[test]
    fn what_is_ahead_is_not_passed_over() {
        let mut walk = Walk::new(r#"{"a":{"b":[1]},"c":2}"#);
        assert_eq!(walk.value(), Some(Token::Object));
        assert_eq!(walk.member().as_deref(), Some("a"));
        assert_eq!(walk.ahead(), r#"{"b":[1]}"#);
        assert_eq!(walk.skip(), Some(()));
        assert_eq!(walk.member().as_deref(), Some("c"));
    }
}
