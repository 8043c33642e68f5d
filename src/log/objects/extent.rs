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
    extent_and_fault(bytes).0
}

/// The extent of the object or list at the start, and the first place that tells that it holds
/// others which stand behind it: a bracket of the other kind closes what is open, an object is
/// where a name must be, or a text ends with the begin of an object. Of these a text may mean it.
pub(super) fn extent_and_fault(bytes: &[u8]) -> (Extent, Option<usize>) {
    let (mut depth, mut at) = (0_usize, 0);
    // The innermost levels, a bit each: set for a list.
    let mut lists = 0_u64;
    let mut last = 0;
    let mut fault = None;
    while let Some(byte) = bytes.get(at).copied() {
        let mut next = at + 1;
        match byte {
            b'"' => match text(bytes, at) {
                Extent::Whole(end) => {
                    if ends_with_begin(&bytes[at + 1..end - 1]) {
                        fault.get_or_insert(at);
                    }
                    next = end;
                }
                other => return (other, fault),
            },
            b'{' | b'[' => {
                if last == b',' && (1..=64).contains(&depth) && lists & 1 == 0 {
                    fault.get_or_insert(at);
                }
                depth += 1;
                lists = lists << 1 | u64::from(byte == b'[');
            }
            b'}' | b']' => {
                if depth <= 64 && (lists & 1 == 1) != (byte == b']') {
                    fault.get_or_insert(at);
                }
                depth = depth.saturating_sub(1);
                lists >>= 1;
                if depth == 0 {
                    return (Extent::Whole(at + 1), fault);
                }
            }
            _ => {}
        }
        if !is_blank(byte) {
            last = byte;
        }
        at = next;
    }
    (Extent::Open, fault)
}

const fn is_blank(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | BREAK)
}

/// True if a text ends as where quotes are those between texts: with a comma and a bracket.
fn ends_with_begin(text: &[u8]) -> bool {
    let before = text.trim_ascii_end().strip_suffix(b"{");
    before.is_some_and(|before| before.trim_ascii_end().ends_with(b","))
}

/// The next object on a line in which one is not JSON and seems to hold it, by the place that tells
/// so. Where an object is open, only its end or that of the log tells; `ends` if there is no more.
pub(super) fn neighbour(bytes: &[u8], found: Extent, at: usize, ends: bool) -> Option<usize> {
    if memchr::memchr(BREAK, &bytes[..at]).is_some() {
        return None;
    }
    match found {
        // What is behind its end it does not hold.
        Extent::Whole(length) => {
            let object = &bytes[..length];
            let is_valid = std::str::from_utf8(object).is_ok_and(is_json);
            (!is_valid).then(|| next_on_line(object, at))?
        }
        Extent::Open if !ends => None,
        Extent::Open | Extent::Broken(_) => next_on_line(bytes, at),
    }
}

/// The next object on the line of a place: behind a comma, with a name. One whose first name is that
/// of the object at the start is taken before another, which may lie in a list within that.
fn next_on_line(bytes: &[u8], from: usize) -> Option<usize> {
    let line = memchr::memchr(BREAK, &bytes[from..]).map_or(bytes, |end| &bytes[..from + end]);
    let own = first_name(bytes);
    let begins = |at: &usize| line[..*at].trim_ascii_end().ends_with(b",");
    let begins = memchr::memchr_iter(b'{', &line[from..]).map(|at| from + at).filter(begins);
    let mut other = None;
    for at in begins {
        let Some(name) = first_name(&line[at..]) else { continue };
        if Some(name) == own {
            return Some(at);
        }
        other.get_or_insert(at);
    }
    other
}

/// The first name in an object.
fn first_name(object: &[u8]) -> Option<&[u8]> {
    let inner = object.get(1..)?.trim_ascii_start();
    let Extent::Whole(end) = inner.first().filter(|byte| **byte == b'"').map(|_| text(inner, 0))?
    else {
        return None;
    };
    inner[end..].trim_ascii_start().starts_with(b":").then(|| &inner[..end])
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
    fn an_object_that_holds_its_neighbours_is_told() {
        let next = |text: &str| {
            let (_, fault) = extent_and_fault(text.as_bytes());
            next_on_line(text.as_bytes(), fault?).map(|at| text[at..].to_owned())
        };
        for (text, want) in [
            ("{\"a\":\"x},{\"a\":2},{\"a\":3}]", "{\"a\":2},{\"a\":3}]"),
            ("{\"a\":\"x}, {\"a\":\"y\"}", "{\"a\":\"y\"}"),
            ("{\"a\":[1},{\"a\":2}]", "{\"a\":2}]"),
            ("{\"a\":{\"b\":1} , {\"a\":2}]", "{\"a\":2}]"),
            // What lies in a list is none, unless there is no other.
            ("{\"a\":[1},\"l\":[{\"p\":1},{\"p\":2}]},{\"a\":2}]", "{\"a\":2}]"),
            ("{\"a\":[1},{\"b\":2}]", "{\"b\":2}]"),
        ] {
            assert_eq!(next(text).as_deref(), Some(want), "{text}");
        }
        for text in [
            "{\"a\":[{\"b\":1},{\"b\":[]}],\"c\":{}},{\"a\":2}",
            "{\"a\":oops},{\"a\":2}",
            "{\"a\":[1}\r,{\"a\":2}]",
            "[{\"a\":1},{\"a\":2}]",
        ] {
            assert_eq!(next(text), None, "{text}");
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
