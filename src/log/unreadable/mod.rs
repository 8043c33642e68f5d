//! What a log is of which no line could be read, told from how it begins: the kind of file, what was
//! taken for the time, the type and the id, and what to do. It must not know how logs are read.

mod lists;
mod members;
mod signatures;
mod text;

use crate::base::events::EventSettings;
use crate::tape::{Reason, Rejections};

pub use lists::ListOfObjects;
pub(super) use lists::lists;

use members::Members;

/// What a log is that cannot be read, and what to do with it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unreadable {
    /// What it is, to follow "it is": `a ZIP archive`.
    pub what: String,
    /// What to do.
    pub help: String,
}

impl Unreadable {
    fn new(what: impl Into<String>, help: impl Into<String>) -> Self {
        Self { what: what.into(), help: help.into() }
    }
}

/// How a log begins.
pub(super) enum Opening<'o> {
    /// Its first bytes, unpacked.
    Bytes(&'o [u8]),
    /// The columns of a Parquet file, and those of them that are lists of objects.
    #[cfg(feature = "parquet")]
    Columns { names: Vec<String>, lists: Vec<String> },
}

/// Tells what a log is, of whose lines none is an event for the reasons given.
pub(super) fn describe(
    opening: &Opening<'_>,
    settings: &EventSettings,
    rejections: &Rejections,
) -> Unreadable {
    match opening {
        Opening::Bytes(bytes) => of_bytes(bytes, settings, rejections),
        #[cfg(feature = "parquet")]
        Opening::Columns { names, .. } => {
            let samples = names.iter().map(|name| (name.clone(), String::new())).collect();
            let members = Members::new("column", "row", samples, settings);
            members.told("a Parquet file with the columns", rejections)
        }
    }
}

fn of_bytes(bytes: &[u8], settings: &EventSettings, rejections: &Rejections) -> Unreadable {
    if rejections.total() > 0
        && rejections.count(Reason::DamagedStream) == rejections.total()
        && bytes.is_empty()
    {
        return Unreadable::new("packed, and damaged from its begin", "get the file again");
    }
    if let Some((what, help)) = signatures::told(bytes) {
        return Unreadable::new(what, help);
    }
    if signatures::is_utf_16(bytes) {
        let help = "convert it to UTF-8: `iconv -f UTF-16 -t UTF-8 FILE > NEW`";
        return Unreadable::new("text in UTF-16", help);
    }
    if bytes.contains(&0) {
        return Unreadable::new(
            "a binary file of an unknown kind",
            "write it as NDJSON, CSV or Parquet",
        );
    }
    // The last letter may be cut off.
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
    text::describe(text, settings, rejections)
}
