//! The extents of values in a block of JSON, by brackets and texts alone: whether a value is valid
//! is for the parser to say.
//!
//! Line breaks are carriage returns here, which JSON takes for blanks ([`unify`]).

use serde::de::IgnoredAny;

use crate::log::json::scan::Cursor;
use crate::log::json::value::without_nan;

/// The line break within a block.
pub(super) const BREAK: u8 = b'\r';

/// The extent of a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Extent {
    /// Its length.
    Whole(usize),
    /// A text in it is not closed before this line break.
    Broken(usize),
    /// It goes on behind the block.
    Open,
}

/// The next place at which reading can go on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Restart {
    /// The begin of an object, or of a list with one.
    At(usize),
    /// None, but the line behind this break may be one.
    Unclear(usize),
    None,
}

/// Makes all line breaks [`BREAK`]s. `returns`: lines end with a carriage return alone.
pub(super) fn unify(bytes: &mut [u8], returns: bool) {
    if !returns {
        for byte in bytes {
            *byte = match *byte {
                b'\n' => BREAK,
                b'\r' => b' ',
                other => other,
            };
        }
    }
}

/// The number of line breaks.
pub(in crate::log) fn breaks(bytes: &[u8]) -> u32 {
    memchr::memchr_iter(BREAK, bytes).count() as u32
}

/// The extent of the object or list at the start.
pub(super) fn extent(bytes: &[u8]) -> Extent {
    let mut depth = 0_usize;
    let mut at = 0;
    while let Some(byte) = bytes.get(at) {
        match byte {
            b'"' => match text(bytes, at) {
                Extent::Whole(end) => {
                    at = end;
                    continue;
                }
                other => return other,
            },
            b'{' | b'[' => depth += 1,
            b'}' | b']' => {
                depth = depth.saturating_sub(1);
                if depth == 0 {
                    return Extent::Whole(at + 1);
                }
            }
            _ => {}
        }
        at += 1;
    }
    Extent::Open
}

/// The end of the text whose opening quote is at `start`.
fn text(bytes: &[u8], start: usize) -> Extent {
    let mut at = start + 1;
    loop {
        let ahead = bytes.get(at..).unwrap_or_default();
        let Some(found) = memchr::memchr3(b'"', b'\\', BREAK, ahead) else { return Extent::Open };
        at += found;
        match (ahead[found], ahead.get(found + 1)) {
            (b'"', _) => return Extent::Whole(at + 1),
            (b'\\', Some(&BREAK)) => return Extent::Broken(at + 1),
            (b'\\', _) => at += 2,
            _ => return Extent::Broken(at),
        }
    }
}

/// The extent of what is no object and, in a list, no list: up to the next separator, object or
/// line break.
pub(super) fn junk(bytes: &[u8], in_list: bool) -> Extent {
    let mut at = 0;
    while let Some(byte) = bytes.get(at) {
        match byte {
            b'"' => match text(bytes, at) {
                Extent::Whole(end) => {
                    at = end;
                    continue;
                }
                Extent::Broken(end) => return Extent::Whole(end),
                Extent::Open => return Extent::Open,
            },
            b',' | b'{' | &BREAK => return Extent::Whole(at),
            b']' if in_list => return Extent::Whole(at),
            _ => {}
        }
        at += 1;
    }
    Extent::Open
}

/// The first line behind `from` that begins with an object, in a column of at most `column`: what
/// lies within an object is written further to the right, mostly.
pub(super) fn restart(bytes: &[u8], mut from: usize, column: usize) -> Restart {
    while let Some(found) = memchr::memchr(BREAK, bytes.get(from..).unwrap_or_default()) {
        let line = from + found + 1;
        let is_blank = |byte: &&u8| matches!(byte, b' ' | b'\t' | b',');
        let behind_blanks = |at: usize| {
            at + bytes.get(at..).unwrap_or_default().iter().take_while(is_blank).count()
        };
        let begin = behind_blanks(line);
        match (bytes.get(begin), bytes.get(behind_blanks(begin + 1))) {
            (None, _) | (Some(b'['), None) => return Restart::Unclear(line - 1),
            (Some(b'{'), _) | (Some(b'['), Some(b'{')) if begin - line <= column => {
                return Restart::At(begin);
            }
            _ => from = line,
        }
    }
    Restart::None
}

/// True if a text is one JSON value, be some of its numbers what Python writes of numbers that are
/// none.
pub(super) fn is_json(text: &str) -> bool {
    let mut cursor = Cursor::new(text.as_bytes());
    if cursor.skip().is_ok() && cursor.at() == text.len() {
        return true;
    }
    let is_valid = |text: &str| serde_json::from_str::<IgnoredAny>(text).is_ok();
    is_valid(text) || without_nan(text).is_some_and(|text| is_valid(&text))
}

/// The objects of a line that is nothing but two objects or more.
pub(in crate::log) fn several(line: &str) -> Option<Vec<&str>> {
    let mut objects = Vec::new();
    let mut rest = line;
    loop {
        rest = rest.trim_start_matches([' ', '\t', '\r', ',']);
        if rest.is_empty() {
            break;
        }
        let Extent::Whole(end) = extent(rest.as_bytes()) else { return None };
        if !rest.starts_with('{') {
            return None;
        }
        let (object, behind) = rest.split_at_checked(end)?;
        objects.push(object);
        rest = behind;
    }
    (objects.len() > 1).then_some(objects)
}

/// The objects at the begin of a text, up to the first that is not whole, also those in a list.
pub(in crate::log) fn objects(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = text;
    std::iter::from_fn(move || {
        loop {
            let at = rest.find(['{', '"'])?;
            let value = &rest[at..];
            let is_object = value.starts_with('{');
            let extent =
                if is_object { extent(value.as_bytes()) } else { junk(value.as_bytes(), false) };
            let Extent::Whole(end) = extent else { return None };
            let (object, behind) = value.split_at_checked(end)?;
            rest = behind;
            if is_object {
                return Some(object);
            }
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_ends_with_its_bracket() {
        for (text, want) in [
            ("{}", Extent::Whole(2)),
            ("{\"a\":{\"b\":[1,{}]}}, {}", Extent::Whole(18)),
            ("[[1],[2]]]", Extent::Whole(9)),
            ("{\"}\":\"\\\"}\\\\\"}x", Extent::Whole(13)),
            ("{\"a\":1", Extent::Open),
            ("{\"a\\", Extent::Open),
            ("{\"a", Extent::Open),
            ("{\"a\":\"b\r\"}", Extent::Broken(7)),
            ("{\"a\":\"b\\\r\"}", Extent::Broken(8)),
            ("{\r\"a\":\r1}", Extent::Whole(9)),
            ("{\"ä\":\"}é\"}", Extent::Whole(12)),
        ] {
            assert_eq!(extent(text.as_bytes()), want, "{text:?}");
        }
    }

    #[test]
    fn what_is_no_object_ends_at_the_next_separator() {
        for (text, in_list, want) in [
            ("1, 2]", true, Extent::Whole(1)),
            ("2]", true, Extent::Whole(1)),
            ("2] x\r", false, Extent::Whole(4)),
            ("\"a, {b\" : 1, x", true, Extent::Whole(11)),
            ("oops {\"a\":1}", true, Extent::Whole(5)),
            ("\"a\r\"", true, Extent::Whole(2)),
            ("}\r{", false, Extent::Whole(1)),
            ("nul", true, Extent::Open),
        ] {
            assert_eq!(junk(text.as_bytes(), in_list), want, "{text:?}");
        }
    }

    #[test]
    fn reading_goes_on_where_a_line_begins_with_an_object() {
        for (text, column, want) in [
            ("x}\r{}", 0, Restart::At(3)),
            ("x}\r  {}", 0, Restart::None),
            ("x}\r  {}\r{", 0, Restart::At(8)),
            ("x}\r  , {}", 4, Restart::At(7)),
            ("x}\r\r[ {}", 1, Restart::At(4)),
            ("x}\r[1,{}]", 1, Restart::None),
            ("{}, {}", 9, Restart::None),
            ("x\r  ", 9, Restart::Unclear(1)),
            ("x\r[ ", 9, Restart::Unclear(1)),
            ("x\r[", 9, Restart::Unclear(1)),
        ] {
            assert_eq!(restart(text.as_bytes(), 0, column), want, "{text:?}");
        }
    }

    #[test]
    fn several_objects_on_a_line_are_told_apart() {
        for (line, want) in [
            ("{\"a\":1}{\"b\":\"}\"}", Some(vec!["{\"a\":1}", "{\"b\":\"}\"}"])),
            (" {} , {\"a\":oops}, ", Some(vec!["{}", "{\"a\":oops}"])),
            ("{}", None),
            ("{} oops", None),
            ("{} [1]", None),
            ("[{}] {}", None),
            ("{} {", None),
            ("", None),
        ] {
            assert_eq!(several(line), want, "{line}");
        }
        let found: Vec<_> = objects("[ {\"a\":[{}]},\n1, \"{\", {\"b\":2}]{\"c").collect();
        assert_eq!(found, ["{\"a\":[{}]}", "{\"b\":2}"]);
    }
}
