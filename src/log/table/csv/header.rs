//! The header of a CSV table: names, and the delimiter between them.

use xxhash_rust::xxh3::xxh3_64;

use crate::base::events::EventSettings;

use crate::log::flat::Members;

use super::splitter::{Split, Splitter};

/// The delimiters recognised.
const DELIMITERS: [u8; 4] = *b",;\t|";

/// The header of a table.
#[derive(Debug)]
pub(in crate::log) struct Head {
    pub(super) delimiter: u8,
    pub(super) names: Vec<String>,
    pub(in crate::log) members: Members,
    pub(super) hash: u64,
    /// True if names have blanks around them; cells are then trimmed.
    pub(super) is_padded: bool,
}

impl Head {
    /// Recognises a header: a line that names the members of an event, with one delimiter between
    /// them.
    pub(in crate::log) fn of(settings: &EventSettings, line: &str) -> Option<Self> {
        if line.trim_start().starts_with(['{', '[']) {
            return None;
        }
        DELIMITERS.into_iter().find_map(|delimiter| {
            let mut splitter = Splitter::new(delimiter, line.len() + 1);
            if splitter.split(line) != Split::Whole {
                return None;
            }
            let names: Vec<String> = splitter.cells().map(|name| name.trim().to_owned()).collect();
            let is_padded = splitter.cells().any(|name| name.trim() != name);
            let has = |path: &str| names.iter().any(|name| name == path);
            let members = Members::of(settings, has)?;
            Some(Self { delimiter, names, members, hash: xxh3_64(line.as_bytes()), is_padded })
        })
    }
}

/// The cells of a line, with the delimiter that splits it into the most of them, two at least: the
/// header of a table without events.
pub(in crate::log) fn cells(line: &str) -> Option<(char, Vec<String>)> {
    let split = |delimiter| {
        let mut splitter = Splitter::new(delimiter, line.len() + 1);
        let is_whole = splitter.split(line) == Split::Whole && splitter.count() > 1;
        let cells = || splitter.cells().map(|cell| cell.trim().to_owned()).collect();
        is_whole.then(|| (char::from(delimiter), cells()))
    };
    // Of equal counts the first delimiter wins; `max_by_key` takes the last.
    let found = DELIMITERS.into_iter().rev().filter_map(split);
    found.max_by_key(|(_, cells): &(char, Vec<String>)| cells.len())
}

/// The delimiter and the number of cells of a line that may be the header of a table without events:
/// several names, none of which is a number.
pub(in crate::log) fn names(line: &str) -> Option<(char, usize)> {
    if line.trim_start().starts_with(['{', '[']) {
        return None;
    }
    let (delimiter, cells) = cells(line)?;
    let is_name = |cell: &String| !cell.is_empty() && cell.parse::<f64>().is_err();
    cells.iter().all(is_name).then_some((delimiter, cells.len()))
}

/// True if a line is a record of a table whose header has this delimiter and number of cells.
pub(in crate::log) fn is_record(line: &str, (delimiter, count): (char, usize)) -> bool {
    let is_json = line.trim_start().starts_with(['{', '[']);
    !is_json && cells(line).is_some_and(|(own, cells)| own == delimiter && cells.len() == count)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_head_names_the_members_of_an_event() {
        let plain = EventSettings::default();
        for (line, delimiter) in [
            ("user,ts,event", b','),
            ("user;ts;event", b';'),
            ("ts\ttype\ta,b", b'\t'),
            ("\"ts\"| type ", b'|'),
        ] {
            let head = Head::of(&plain, line).map(|head| head.delimiter);
            assert_eq!(head, Some(delimiter), "{line}");
        }
        for line in ["user,ts", "ts type", "", "{\"ts\":1,\"type\":2}", "ts,\"type", "1,2,3"] {
            assert!(Head::of(&plain, line).is_none(), "{line}");
        }
        let named = EventSettings {
            timestamp: Some("when".into()),
            kind: Some("what.kind".into()),
            ..EventSettings::default()
        };
        let head = Head::of(&named, "when,what.kind,ts").unwrap();
        assert_eq!(head.members.kind.as_deref(), Some("what.kind"));
        assert!(Head::of(&named, "ts,type").is_none());
    }
}
