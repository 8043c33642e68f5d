//! Unreadable logs: what a log without any accepted line is, judged by its first bytes, and what to
//! do.
//!
//! * `signatures`: files of another kind, recognized by magic bytes.
//! * `text`: JSON without an event, other text.
//! * `table`: tables without an event, without a head, or with other cells than the config says.
//! * `members`: which members were taken for time, type and id, and how to name the missing ones.
//! * `excerpts`: lines, and as much of one as a message quotes.
//! * `jq`: paths in the jq commands that are offered.
//! * `lists`: lists of objects, also in logs that can be read.
//! * `spread`: an object with a list over many lines, of which a line or two can be read.

mod excerpts;
mod jq;
mod lists;
mod members;
mod samples;
mod signatures;
mod spread;
mod table;
mod text;

use crate::base::events::EventSettings;
use crate::tape::{Reason, Rejections};

pub use lists::ListOfObjects;
pub(super) use lists::lists;
pub use samples::Member;
pub(super) use samples::members;
pub(super) use spread::spread;

/// The description of an unreadable log, with the remedy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unreadable {
    /// What the log is, to follow "it is": `a ZIP archive`.
    pub what: String,
    /// The remedy.
    pub help: String,
    /// The time, where it can be guessed.
    pub guess: Option<Guess>,
    /// The columns of a table without a head, where one of them has the time.
    pub columns: Option<Columns>,
}

/// How a config could name the columns of a table without a head.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Columns {
    /// The names: that of the time, and `c1`, `c2`, … for the others.
    pub names: Vec<String>,
    /// What stands between cells, if it would not be found.
    pub separator: Option<String>,
}

/// What a config could say of a log of which nothing can be read without.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Guess {
    /// The member with the time.
    pub timestamp: String,
    /// How times are written, in the words of strftime.
    pub time_format: Option<&'static str>,
}

impl Unreadable {
    fn new(what: impl Into<String>, help: impl Into<String>) -> Self {
        Self { what: what.into(), help: help.into(), guess: None, columns: None }
    }
}

/// The opening of a log.
pub(super) enum Opening<'o> {
    /// The first bytes, decompressed.
    Bytes(&'o [u8]),
    /// The columns of a Parquet file, and which of them are lists of objects.
    #[cfg(feature = "parquet")]
    Columns { names: Vec<String>, lists: Vec<ListOfObjects> },
}

/// Describes a log without any accepted line, by its opening and the reasons of the rejections.
pub(super) fn describe(
    opening: &Opening<'_>,
    settings: &EventSettings,
    rejections: &Rejections,
) -> Unreadable {
    match opening {
        Opening::Bytes(bytes) => of_bytes(bytes, settings, rejections),
        #[cfg(feature = "parquet")]
        Opening::Columns { names, lists } => {
            let samples = names.iter().map(|name| (name.clone(), String::new())).collect();
            let members =
                members::Members::new("column", "row", samples, settings).with_lists(lists.clone());
            members.describe("a Parquet file with the columns", rejections)
        }
    }
}

fn of_bytes(bytes: &[u8], settings: &EventSettings, rejections: &Rejections) -> Unreadable {
    if let Some((what, help)) = signatures::describe(bytes) {
        return Unreadable::new(what, help);
    }
    // A part of a line is no evidence, but where an object or a list begins.
    let total = rejections.total();
    if total > 0 && rejections.count(Reason::DamagedStream) == total {
        let text = bytes.trim_ascii_start();
        if text.starts_with(b"[") {
            let what = "a JSON list that is cut off or damaged before its first object ends";
            return Unreadable::new(what, "get the file again");
        }
        if !text.contains(&b'\n') {
            return Unreadable::new("compressed, and damaged from its start", "get the file again");
        }
    }
    if signatures::is_utf_32(bytes) {
        let help = "convert it to UTF-8: `iconv -f UTF-32 -t UTF-8 FILE > NEW`";
        return Unreadable::new("text in UTF-32", help);
    }
    if signatures::is_utf_16(bytes) {
        let help = "convert it to UTF-8: `iconv -f UTF-16 -t UTF-8 FILE > NEW`";
        return Unreadable::new("text in UTF-16", help);
    }
    if signatures::is_unknown_binary(bytes) {
        return Unreadable::new(
            "a binary file of an unknown kind",
            "write it as NDJSON, CSV or Parquet",
        );
    }
    // The last character may be truncated.
    let text = match std::str::from_utf8(bytes) {
        Ok(text) => text,
        Err(error) if error.error_len().is_none() => {
            std::str::from_utf8(&bytes[..error.valid_up_to()]).unwrap_or_default()
        }
        Err(_) => {
            let help = "convert it, for example `iconv -f WINDOWS-1252 -t UTF-8 FILE > NEW`";
            return Unreadable::new("text that is not UTF-8", help);
        }
    };
    text::describe(text, settings, rejections, lists(&Opening::Bytes(text.as_bytes())))
}
