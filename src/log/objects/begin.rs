//! Whether a log is of objects that do not stand one on a line, by its first bytes.

use crate::log::LogError;
use crate::log::lines::{LONGEST_LINE, has_returns_alone};
use crate::log::source::Source;

use super::CHUNK;
use super::extent::{BREAK, Extent, extent, is_json, unify};

/// The byte order mark that some programs write.
pub(super) const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// True if a log begins with a list of objects, with an object over several lines, or with several
/// objects on a line. Reads ahead, as far as it takes to see the end of the first object.
pub(in crate::log) fn are_in(source: &mut Source) -> Result<bool, LogError> {
    let mut most = CHUNK;
    loop {
        let opening = source.peek(most)?;
        match begins(opening) {
            Some(told) => return Ok(told),
            None if opening.len() < most || most > LONGEST_LINE => return Ok(false),
            None => most *= 2,
        }
    }
}

/// Whether the first bytes of a log are objects that do not stand one on a line; `None` if more
/// bytes may tell.
pub(in crate::log) fn begins(opening: &[u8]) -> Option<bool> {
    let text = opening.strip_prefix(BYTE_ORDER_MARK).unwrap_or(opening).trim_ascii_start();
    match text.first() {
        Some(b'[') => {
            let first = text[1..].trim_ascii_start().first();
            Some(matches!(first, None | Some(b'{' | b']')))
        }
        Some(b'{') => begins_with_object(text),
        _ => Some(false),
    }
}

fn begins_with_object(text: &[u8]) -> Option<bool> {
    let mut text = text.to_vec();
    let returns = has_returns_alone(&text);
    unify(&mut text, returns);
    let first_break = memchr::memchr(BREAK, &text);
    match extent(&text) {
        Extent::Whole(end) => {
            let (object, behind) = text.split_at(end);
            let is_spread = first_break.is_some_and(|at| at < end);
            let next = behind.iter().find(|byte| !matches!(byte, b' ' | b'\t'));
            // A line that is cut off may close with brackets of the next lines.
            let is_object = || std::str::from_utf8(object).is_ok_and(is_json);
            Some((is_spread || matches!(next, Some(b'{' | b','))) && is_object())
        }
        Extent::Broken(_) => Some(false),
        Extent::Open => {
            let line = text[..first_break?].trim_ascii_end();
            if line.ends_with(b"{") || line.ends_with(b"[") || line.ends_with(b",") {
                None
            } else {
                Some(false)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_of_objects_are_told_from_other_objects() {
        for (text, want) in [
            ("{\"a\":1}\n{\"a\":2}\n", Some(false)),
            ("{\"a\":1}", Some(false)),
            ("{\"a\":1} oops\n", Some(false)),
            ("{\"a\":1}\r{\"a\":2}\r", Some(false)),
            ("\u{feff} [{\"a\":1}]", Some(true)),
            ("[\r\n  {\r\n", Some(true)),
            ("[]", Some(true)),
            ("[", Some(true)),
            ("[1,2]\n[3,4]\n", Some(false)),
            ("[[1]]", Some(false)),
            ("[info] {\"a\":1}", Some(false)),
            ("{\"a\":1}{\"a\":2}", Some(true)),
            ("{\"a\":1}, {\"a\":2}", Some(true)),
            ("{\"a\":1},\n{\"a\":2}\n", Some(true)),
            ("{\n\"a\": NaN\n}\n", Some(true)),
            ("{\r\"a\": 1\r}\r{", Some(true)),
            ("{\"a\":1,\n\"b\":2}", Some(true)),
            // A line that was cut off.
            ("{\"a\":\"b\n{\"a\":1}\n", Some(false)),
            ("{\"a\":\n{\"a\":1}\n{\"a\":2}\n", Some(false)),
            // What only more bytes tell.
            ("{\"a\":{\n{\"a\":1}}\n", None),
            ("{\n\"a\": 1,\n", None),
            ("{\"events\": [\n{\"a\": 1},\n", None),
            ("{\"a\":1", None),
            ("ts,type\n", Some(false)),
            ("", Some(false)),
        ] {
            assert_eq!(begins(text.as_bytes()), want, "{text:?}");
        }
    }
}
