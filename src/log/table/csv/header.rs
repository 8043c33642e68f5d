//! The header of a CSV table: names, and the separator between them.

use xxhash_rust::xxh3::xxh3_64;

use crate::base::events::{Dialect, EventSettings, Quote};

use crate::log::flat::Members;

use super::splitter::{Split, Splitter};

/// The separators recognised.
const SEPARATORS: [&str; 4] = [",", ";", "\t", "|"];

/// The header of a table.
#[derive(Debug)]
pub(in crate::log) struct Head {
    pub(super) separator: String,
    pub(super) quote: Quote,
    pub(super) names: Vec<String>,
    pub(in crate::log) members: Members,
    pub(super) hash: u64,
    /// True if names have blanks around them; cells are then trimmed.
    pub(super) is_padded: bool,
    /// True if the config names the columns, so that the first line is a record.
    pub(in crate::log) is_named: bool,
}

impl Head {
    /// Recognises a table by its first line: one that names the members of an event, with a
    /// separator between them, or any that is not JSON if the config names them.
    pub(in crate::log) fn of(settings: &EventSettings, line: &str) -> Option<Self> {
        let dialect = &settings.dialect;
        if let Some(names) = &dialect.columns {
            return Self::named(settings, names, line);
        }
        if begins_as_json(line) {
            return None;
        }
        separators(dialect).iter().find_map(|separator| {
            let splitter = split(line, separator, dialect.quote)?;
            let names: Vec<String> = splitter.cells().map(|name| name.trim().to_owned()).collect();
            let has = |path: &str| names.iter().any(|name| name == path);
            Some(Self {
                members: Members::of(settings, has)?,
                separator: (*separator).to_owned(),
                quote: dialect.quote,
                hash: xxh3_64(line.as_bytes()),
                is_padded: splitter.cells().any(|name| name.trim() != name),
                is_named: false,
                names,
            })
        })
    }

    /// The header that the config gives to a table without one.
    fn named(settings: &EventSettings, names: &[String], line: &str) -> Option<Self> {
        if is_json(line) {
            return None;
        }
        let dialect = &settings.dialect;
        let members = Members::of(settings, |path| names.iter().any(|name| name == path))?;
        let separators = separators(dialect);
        let fits = |separator: &&&str| {
            split(line, separator, dialect.quote).is_some_and(|s| s.count() == names.len())
        };
        let separator = separators.iter().find(fits).or(separators.first())?;
        Some(Self {
            members,
            separator: (*separator).to_owned(),
            quote: dialect.quote,
            hash: xxh3_64(names.join("\n").as_bytes()),
            is_padded: false,
            is_named: true,
            names: names.to_vec(),
        })
    }
}

/// True if a line is an object or begins with one, or is a list that is whole. A cell such as
/// `{a}` is none.
fn is_json(line: &str) -> bool {
    let line = line.trim_start();
    let is_object = line.strip_prefix('{').is_some_and(|inner| {
        matches!(inner.trim_start().chars().next(), None | Some('"' | '\'' | '}'))
    });
    is_object
        || (line.starts_with('[') && serde_json::from_str::<serde::de::IgnoredAny>(line).is_ok())
}

/// The separators that a table may have.
fn separators(dialect: &Dialect) -> Vec<&str> {
    dialect.separator.as_deref().map_or_else(|| SEPARATORS.to_vec(), |separator| vec![separator])
}

/// A line split into cells, if it is a whole record.
fn split(line: &str, separator: &str, quote: Quote) -> Option<Splitter> {
    let mut splitter = Splitter::new(separator, quote, line.len() + 1);
    (splitter.split(line) == Split::Whole).then_some(splitter)
}

/// The cells of a line, with the separator that splits it into the most of them, two at least: the
/// header of a table without events.
pub(in crate::log) fn cells(line: &str, dialect: &Dialect) -> Option<(String, Vec<String>)> {
    let cells_by = |separator: &str| {
        let splitter = split(line, separator, dialect.quote)?;
        let cells = || splitter.cells().map(|cell| cell.trim().to_owned()).collect();
        (splitter.count() > 1).then(|| (separator.to_owned(), cells()))
    };
    // Of equal counts the first separator wins; `max_by_key` takes the last.
    let found = separators(dialect).into_iter().rev().filter_map(cells_by);
    found.max_by_key(|(_, cells): &(String, Vec<String>)| cells.len())
}

/// The separator and the number of cells of a line that may be the header of a table without events:
/// several names, none of which is a number.
pub(in crate::log) fn names(line: &str, dialect: &Dialect) -> Option<(String, usize)> {
    if begins_as_json(line) {
        return None;
    }
    let (separator, cells) = cells(line, dialect)?;
    let is_name = |cell: &String| !cell.is_empty() && cell.parse::<f64>().is_err();
    cells.iter().all(is_name).then_some((separator, cells.len()))
}

/// True if a line begins as JSON does, be it with the separator of records in a text sequence. A
/// first cell such as `{a}` or `[a]` does not.
pub(in crate::log) fn begins_as_json(line: &str) -> bool {
    let line = line.trim_start();
    if let Some(inner) = line.strip_prefix('{') {
        let first = inner.trim_start().chars().next();
        return matches!(first, None | Some('"' | '\'' | '}' | '{')) || !is_cell(line, '}');
    }
    if let Some(inner) = line.strip_prefix('[') {
        let first = inner.trim_start().chars().next();
        let is_value = first.is_none_or(|c| c.is_ascii_digit() || "\"'[]{-".contains(c));
        return is_value || !is_cell(line, ']');
    }
    line.starts_with('\u{1e}')
}

/// True if the bracket that a line begins with is closed within the first cell, and names nothing.
fn is_cell(line: &str, closing: char) -> bool {
    let Some((inner, behind)) = line.split_once(closing) else { return false };
    let is_end = |separator: &&str| behind.starts_with(*separator);
    !inner.contains([':', ',']) && SEPARATORS.iter().any(|separator| is_end(separator))
}

/// True if a line is a record of a table whose header has this separator and number of cells.
pub(in crate::log) fn is_record(line: &str, head: &(String, usize), dialect: &Dialect) -> bool {
    let (separator, count) = head;
    !begins_as_json(line)
        && cells(line, dialect)
            .is_some_and(|(own, cells)| own == *separator && cells.len() == *count)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_head_names_the_members_of_an_event() {
        let plain = EventSettings::default();
        for (line, separator) in [
            ("user,ts,event", ","),
            ("user;ts;event", ";"),
            ("ts\ttype\ta,b", "\t"),
            ("\"ts\"| type ", "|"),
        ] {
            let head = Head::of(&plain, line).map(|head| head.separator);
            assert_eq!(head.as_deref(), Some(separator), "{line}");
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
    #[test]
    fn a_config_that_names_the_columns_makes_every_line_a_record() {
        let names = |names: &[&str]| Some(names.iter().map(|name| (*name).to_owned()).collect());
        let of = |dialect: Dialect, line: &str| {
            Head::of(&EventSettings { dialect, ..EventSettings::default() }, line)
        };
        let three = || Dialect { columns: names(&["ts", "type", "a"]), ..Dialect::default() };
        for (line, separator) in [
            ("1,click,x;y", ","),
            ("1;click;x,y", ";"),
            ("1\tclick\tx", "\t"),
            ("ts|type|a", "|"),
            ("[1;2];3", ";"),
            ("one cell", ","),
            ("", ","),
        ] {
            let head = of(three(), line).unwrap();
            assert_eq!((head.separator.as_str(), head.is_named), (separator, true), "{line}");
        }
        let said = Dialect { separator: Some("::".to_owned()), ..three() };
        assert_eq!(of(said, "1,click,x").unwrap().separator, "::");
        for line in ["{\"ts\":1}", "{", "[1, 2, 3]", "[\"a\"]"] {
            assert!(of(three(), line).is_none(), "{line}");
        }
        let untimed = Dialect { columns: names(&["a", "type"]), ..Dialect::default() };
        assert!(of(untimed, "1,click").is_none());
    }
}
