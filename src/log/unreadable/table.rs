//! Unreadable tables: without a time or a type, without a head, with other cells than the config
//! says.

use std::fmt::Write as _;

use crate::base::Timestamp;
use crate::base::escape::yaml;
use crate::base::events::{Dialect, EventSettings};
use crate::base::quantity::{counted, listed};
use crate::log::flat;
use crate::log::table::csv;
use crate::tape::{Reason, Rejections};

use super::excerpts::{excerpt, lines};
use super::members::Members;
use super::{Columns, Unreadable};

/// Separators that are not recognised, and are only offered.
const OFFERED: [&str; 2] = ["::", "\u{1}"];
/// The most cells of which the help says what they are, and the most characters of one.
const CELLS: usize = 6;
const LONGEST: usize = 24;
/// A number with fewer digits is hardly a time.
const DIGITS: usize = 9;

/// Describes a text that may be a table.
pub(super) fn describe(
    text: &str,
    settings: &EventSettings,
    rejections: &Rejections,
) -> Unreadable {
    let dialect = &settings.dialect;
    let mut lines = lines(text);
    let first = lines.next().unwrap_or_default();
    let cells = cells(first, dialect);
    if let Some(names) = &dialect.columns {
        return named(names, (first, cells), settings, rejections);
    }
    let second = lines.next().and_then(|line| self::cells(line, dialect));
    let is_table = match (&cells, &second) {
        (Some((by, cells)), Some((second_by, second))) => {
            by == second_by && cells.len() == second.len()
        }
        (Some(_), None) => true,
        (None, _) => false,
    };
    let Some((by, cells)) = cells.filter(|_| is_table) else {
        return Unreadable::new(
            format!("text that is neither JSON nor a table: it begins with `{}`", excerpt(first)),
            "a log has one JSON object per line, or is a CSV table or a Parquet file",
        );
    };
    let is_value = |cell: &String| cell.parse::<f64>().is_ok() || is_time(cell);
    if cells.iter().any(is_value) || OFFERED.contains(&by.as_str()) {
        return without_head(first, &by, &cells, settings);
    }
    let values = second.map_or_else(Vec::new, |(_, values)| values);
    let value = |place: usize| values.get(place).cloned().unwrap_or_default();
    let samples = cells.into_iter().enumerate().map(|(place, name)| (name, value(place)));
    let members = Members::new("column", "row", samples.collect(), settings);
    members.describe("a CSV table with the columns", rejections)
}

/// The cells of a line and the separator between them.
fn cells(line: &str, dialect: &Dialect) -> Option<(String, Vec<String>)> {
    let offered = OFFERED.iter().filter(|_| dialect.separator.is_none());
    let by = |separator: &&str| {
        let separator = Some((*separator).to_owned());
        csv::cells(line, &Dialect { separator, ..dialect.clone() })
    };
    csv::cells(line, dialect).or_else(|| offered.into_iter().find_map(by))
}

/// Describes a table whose columns the config names.
fn named(
    names: &[String],
    (first, cells): (&str, Option<(String, Vec<String>)>),
    settings: &EventSettings,
    rejections: &Rejections,
) -> Unreadable {
    let count = cells.as_ref().map_or(1, |(_, cells)| cells.len());
    if 2 * rejections.count(Reason::WrongCells) > rejections.total() {
        let help = match (&cells, &settings.dialect.separator) {
            (Some((by, _)), None) => format!(
                "it has {} by the separator {by}: name as many columns and write `separator: {by}`; or \
                 write the one that it has",
                counted(count, "cell"),
                by = quoted(by)
            ),
            (_, said) => format!(
                "it has {} by the separator {}: name as many columns, or write another `separator`",
                counted(count, "cell"),
                quoted(said.as_deref().unwrap_or(","))
            ),
        };
        let what = format!(
            "a table without lines of the {} that `columns` names; its first line is `{}`",
            counted(names.len(), "cell"),
            excerpt(first)
        );
        return Unreadable::new(what, help);
    }
    let values = cells.map_or_else(|| vec![first.to_owned()], |(_, cells)| cells);
    let value = |place: usize| values.get(place).cloned().unwrap_or_default();
    let samples = names.iter().enumerate().map(|(place, name)| (name.clone(), value(place)));
    let members = Members::new("column", "row", samples.collect(), settings);
    members.describe("a CSV table whose columns the config calls", rejections)
}

/// Describes a table without a head, with the columns that a config could name.
fn without_head(first: &str, by: &str, cells: &[String], settings: &EventSettings) -> Unreadable {
    let timestamp = settings.timestamp.as_deref().unwrap_or("timestamp");
    let time = cells.iter().position(|cell| is_time(cell));
    let name = |place: usize| {
        if Some(place) == time { timestamp.to_owned() } else { format!("c{}", place + 1) }
    };
    let names: Vec<String> = (0..cells.len()).map(name).collect();
    let written: Vec<_> = names.iter().map(|name| yaml(name)).collect();
    let mut said = format!("columns: [{}]", written.join(", "));
    let is_offered = OFFERED.contains(&by);
    if is_offered {
        let _ = write!(said, ", separator: {}", quoted(by));
    }
    let needs_type = flat::needs_type(settings) && settings.kind.is_none();
    if needs_type {
        said.push_str(", type: {const: view}");
    }
    let mut help = format!("name its columns in the config: `events: {{{said}}}`");
    let others = cells.iter().enumerate().filter(|(place, _)| Some(*place) != time);
    let others = others.map(|(place, cell)| {
        let cell: String = cell.chars().take(LONGEST).collect();
        format!("c{} (`{cell}`)", place + 1)
    });
    let others: Vec<String> = others.collect();
    if !others.is_empty() {
        let _ = write!(help, ", with names of your own for {}", listed(&others, CELLS));
    }
    if time.is_none() {
        let _ = write!(help, "; the column with the time is called `{timestamp}`");
    }
    if needs_type {
        help.push_str("; a column that has the type is called `type`, in place of the constant");
    }
    let separator = is_offered.then(|| by.to_owned());
    let columns = time.map(|_| Columns { names, separator });
    let what = format!("a table without a head: its first line is `{}`", excerpt(first));
    Unreadable { columns, ..Unreadable::new(what, help) }
}

/// True if a cell looks like a time.
fn is_time(cell: &str) -> bool {
    Timestamp::parse(cell, None).is_ok() && (cell.parse::<f64>().is_err() || cell.len() >= DIGITS)
}

/// A separator as a value of the config.
fn quoted(separator: &str) -> String {
    // YAML reads what JSON writes.
    serde_json::Value::from(separator).to_string()
}
