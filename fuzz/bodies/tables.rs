//! Tables in CSV of any dialect: cells come out as they were put in, whatever stands between them,
//! and each line of a table without quotes is an event or a rejection.

use std::fmt::Write as _;

use counterscope::base::events::{Dialect, EventSettings, Quote, Yields};
use serde_json::Value as Json;

use super::reading::{Choices, START, read};

const NAMES: [&str; 3] = ["t", "a", "b"];
const SEPARATORS: [&str; 14] =
    [",", ";", "\t", "|", "::", " ", ":", "¦", "->", "\u{1}", "||", "é→", "aba", "'"];

/// Writes a table of the first bytes' dialect, and compares what it tells with what others do; or
/// takes the rest of the bytes for a table.
pub(crate) fn run(data: &[u8]) {
    let mut choices = Choices(data);
    let separator = choices.of(&SEPARATORS);
    let quote = match choices.below(4) {
        0 => Quote::None,
        1 if separator != "'" => Quote::Other(b'\''),
        2 => Quote::Other(b'$'),
        _ => Quote::Double,
    };
    let is_named = choices.is();
    let columns = is_named.then(|| NAMES.map(str::to_owned).to_vec());
    let dialect = Dialect { columns, separator: Some(separator.to_owned()), quote };
    if choices.is() {
        lines(choices.0, dialect);
    } else {
        cells(&mut choices, dialect);
    }
}

fn settings(dialect: Dialect) -> EventSettings {
    EventSettings {
        timestamp: Some("t".to_owned()),
        yields: Yields { constant: Some("row".to_owned()), ..Yields::default() },
        dialect,
        ..EventSettings::default()
    }
}

/// Any bytes behind a head, or behind a first record.
fn lines(data: &[u8], dialect: Dialect) {
    let separator = dialect.separator.clone().unwrap_or_default();
    let (is_named, quote) = (dialect.columns.is_some(), dialect.quote);
    let first = if is_named { [&*START.to_string(), "x", "y"] } else { NAMES };
    let log = [format!("{}\n", first.join(&separator)).as_bytes(), data].concat();
    let told = read(&log, &settings(dialect), &["a", "b"]).expect("a table");
    let accounted = told.events.len() as u64 + told.rejections();
    assert!(accounted <= told.lines && (!is_named || accounted > 0));
    if quote == Quote::None && !data.contains(&b'\r') {
        let is_blank = |line: &&[u8]| line.trim_ascii().is_empty();
        let rows = data.split(|byte| *byte == b'\n').filter(|line| !is_blank(line)).count();
        assert_eq!(accounted, rows as u64 + u64::from(is_named), "events and rejections");
    }
}

/// A table of cells in this dialect, in the usual one, and as lines of JSON.
fn cells(choices: &mut Choices<'_>, dialect: Dialect) {
    let separator = dialect.separator.clone().unwrap_or_default();
    let (mut table, mut usual, mut lines) = (String::new(), String::new(), String::new());
    if dialect.columns.is_none() {
        writeln!(table, "{}", NAMES.join(&separator)).unwrap();
    }
    writeln!(usual, "{}", NAMES.join(",")).unwrap();
    let mut rows = 0;
    while !choices.0.is_empty() && rows < 40 {
        let time = START + i64::from(choices.byte());
        let of = |text: String| cell(&text, &separator, dialect.quote);
        let values = [choices.text(), choices.text()].map(of);
        let all = [time.to_string(), values[0].clone(), values[1].clone()];
        let quotes = choices.byte();
        let line = |separator: &str, quote: Quote| {
            let cells = all.iter().enumerate();
            let cells =
                cells.map(|(n, cell)| written(cell, separator, quote, quotes >> n & 1 == 1));
            cells.collect::<Vec<_>>().join(separator)
        };
        let ending = if quotes >> 3 & 1 == 1 { "\r\n" } else { "\n" };
        write!(table, "{}{ending}", line(&separator, dialect.quote)).unwrap();
        writeln!(usual, "{}", line(",", Quote::Double)).unwrap();
        let [a, b] = values.map(|cell| json(&cell));
        writeln!(lines, "{{\"t\":{time},\"a\":{a},\"b\":{b}}}").unwrap();
        rows += 1;
    }
    if rows == 0 {
        return;
    }
    let names = ["a", "b"];
    let told = read(table.as_bytes(), &settings(dialect), &names).expect("a table");
    assert_eq!((told.events.len(), told.rejections()), (rows, 0), "{table:?}");
    let usual = read(usual.as_bytes(), &settings(Dialect::default()), &names).expect("a table");
    assert_eq!(told.events, usual.events, "{table:?}");
    let lines = read(lines.as_bytes(), &settings(Dialect::default()), &names).expect("lines");
    assert_eq!(told.events, lines.events, "{table:?}");
}

/// A text that a cell of the dialect can hold, and of which it is plain whether it is a number.
fn cell(text: &str, separator: &str, quote: Quote) -> String {
    let holds = |sign: char| {
        sign != '\r' && (quote != Quote::None || (sign != '\n' && !separator.contains(sign)))
    };
    let cell: String = text.chars().filter(|sign| holds(*sign)).collect();
    if is_number(&cell) && cell.contains(['e', 'E']) { format!("x{cell}") } else { cell }
}

fn is_number(cell: &str) -> bool {
    !cell.contains(char::is_whitespace)
        && serde_json::from_str::<Json>(cell).is_ok_and(|json| json.is_number())
}

fn written(cell: &str, separator: &str, quote: Quote, quotes_all: bool) -> String {
    let Some(quote) = quote.byte().map(char::from) else { return cell.to_owned() };
    let is_special = |sign: char| sign == quote || sign == '\n' || separator.contains(sign);
    if !quotes_all && !cell.contains(is_special) {
        return cell.to_owned();
    }
    let doubled = cell.replace(quote, &format!("{quote}{quote}"));
    format!("{quote}{doubled}{quote}")
}

/// What a cell is, as JSON.
fn json(cell: &str) -> String {
    match cell {
        "" => "null".to_owned(),
        "true" | "True" | "TRUE" => "true".to_owned(),
        "false" | "False" | "FALSE" => "false".to_owned(),
        number if is_number(number) => number.to_owned(),
        text => Json::from(text).to_string(),
    }
}
