//! Rejected lines: the place in them.

use serde::de::IgnoredAny;
use serde_json::Value as Json;

use crate::tape::{Reason, Rejected};

/// The most characters of a value that is shown.
const LONGEST: usize = 40;

/// A place in a rejected line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// The byte, from 1, if it is one.
    pub byte: Option<usize>,
    /// What is wrong there.
    pub what: String,
}

/// The place that a line is rejected for; `timestamp` is the member with the time. `None` if it is
/// no single place.
pub(super) fn fault(rejected: &Rejected, timestamp: &str) -> Option<Fault> {
    match rejected.reason {
        Reason::InvalidJson => {
            let text = std::str::from_utf8(&rejected.text).ok()?;
            let error = serde_json::from_str::<IgnoredAny>(text).err()?;
            let said = error.to_string();
            let what = said.split(" at line ").next().unwrap_or_default().to_owned();
            Some(Fault { byte: Some(error.column()), what })
        }
        Reason::NotUtf8 => {
            let valid = std::str::from_utf8(&rejected.text).err()?.valid_up_to();
            let what = "not part of a character".to_owned();
            Some(Fault { byte: Some(valid + 1), what })
        }
        Reason::UnreadableTime | Reason::TimeOutOfRange | Reason::DateAsNumber => {
            let object: Json = serde_json::from_slice(&rejected.text).ok()?;
            let value = member(&object, timestamp)?.to_string();
            let is_cut = value.chars().nth(LONGEST).is_some();
            let value: String = value.chars().take(LONGEST).collect();
            let end = if is_cut { "…" } else { "" };
            Some(Fault { byte: None, what: format!("`{timestamp}` is {value}{end}") })
        }
        _ => None,
    }
}

/// The value at a dotted path.
fn member<'j>(object: &'j Json, path: &str) -> Option<&'j Json> {
    object.get(path).or_else(|| {
        let (outer, inner) = path.split_once('.')?;
        member(object.get(outer)?, inner)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_place_is_told_where_there_is_one() {
        let told = |reason, text: &[u8]| {
            let fault = fault(&Rejected { reason, line: 0, text: text.to_vec() }, "at.ts")?;
            Some((fault.byte, fault.what))
        };
        for (reason, text, want) in [
            (Reason::InvalidJson, &br#"{"a":1,}"#[..], Some((Some(8), "key must be a string"))),
            (Reason::NotUtf8, b"{\"a\":\"\xff\"}", Some((Some(7), "not part of a character"))),
            (
                Reason::UnreadableTime,
                br#"{"at":{"ts":"yesterday"}}"#,
                Some((None, "`at.ts` is \"yesterday\"")),
            ),
            (Reason::UnreadableTime, b"a,b", None),
            (Reason::NoType, b"{}", None),
        ] {
            let want = want.map(|(byte, what)| (byte, what.to_owned()));
            assert_eq!(told(reason, text), want, "{reason}");
        }
    }
}
