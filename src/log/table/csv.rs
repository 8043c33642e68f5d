//! CSV: a header that names the columns, then one record per event.
//!
//! Cells are untyped, so each is typed by its look. A quoted cell may span lines; a record that
//! turns out invalid costs its first line only, and the others are read again, so that an unclosed
//! quote does not swallow what follows it.

use std::collections::VecDeque;

use csv_core::{ReadRecordResult, ReaderBuilder, Terminator};
use xxhash_rust::xxh3::{Xxh3, xxh3_64};

use crate::base::events::EventSettings;
use crate::base::time::TimeUnit;
use crate::tape::{BatchEncoder, Datum, Layout, Reason};

use crate::log::flat::{Members, Wanted};
use crate::log::line::{Origin, unit_of};

/// The delimiters recognised.
const DELIMITERS: [u8; 4] = *b",;\t|";
/// The most bytes of a record of several lines.
const LONGEST_RECORD: usize = 1024 * 1024;
/// The overhead of a buffered line in bytes.
const LINE_COST: usize = 64;

/// The header of a table.
#[derive(Debug)]
pub(in crate::log) struct Head {
    delimiter: u8,
    names: Vec<String>,
    pub(in crate::log) members: Members,
    hash: u64,
    /// True if names have blanks around them; cells are then trimmed.
    is_padded: bool,
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

/// Whether a line may be the head of a table that lacks what makes events: several names, none of
/// which is a number. How it is parted, if so.
pub(in crate::log) fn names(line: &str) -> Option<(char, usize)> {
    if line.trim_start().starts_with(['{', '[']) {
        return None;
    }
    let (delimiter, cells) = cells(line)?;
    let is_name = |cell: &String| !cell.is_empty() && cell.parse::<f64>().is_err();
    cells.iter().all(is_name).then_some((delimiter, cells.len()))
}

/// Whether a line is a record of a table whose head is parted like this.
pub(in crate::log) fn is_record(line: &str, (delimiter, count): (char, usize)) -> bool {
    let is_json = line.trim_start().starts_with(['{', '[']);
    !is_json && cells(line).is_some_and(|(own, cells)| own == delimiter && cells.len() == count)
}

/// Reads the records of a table.
pub(in crate::log) struct Table {
    splitter: Splitter,
    /// Per column, the values that its cells set.
    columns: Vec<Vec<usize>>,
    wanted: Wanted,
    /// The hash of the header, which is part of each record's hash.
    head: u64,
    is_padded: bool,
    /// The lines of a record that is not complete yet.
    open: Vec<Line>,
    open_bytes: usize,
    /// The unit inferred from the first numeric time.
    unit: Option<TimeUnit>,
}

/// A line that may be read again.
struct Line {
    number: u32,
    bytes: Vec<u8>,
    fault: Option<Reason>,
}

impl Table {
    pub(in crate::log) fn new(head: &Head, settings: &EventSettings, layout: &Layout) -> Self {
        let wanted = Wanted::new(settings, &head.members, layout);
        let of = |name: &String| {
            wanted.paths().filter(|(_, path)| path == name).map(|(number, _)| number).collect()
        };
        Self {
            splitter: Splitter::new(head.delimiter, head.names.len()),
            columns: head.names.iter().map(of).collect(),
            wanted,
            head: head.hash,
            is_padded: head.is_padded,
            open: Vec::new(),
            open_bytes: 0,
            unit: None,
        }
    }

    /// The unit of numeric times, once one was read.
    pub(in crate::log) const fn unit(&self) -> Option<TimeUnit> {
        self.unit
    }

    /// Reads the next line: its bytes, and the reason if they are not text.
    pub(in crate::log) fn line(
        &mut self,
        number: u32,
        bytes: &[u8],
        fault: Option<Reason>,
        settings: &EventSettings,
        encoder: &mut BatchEncoder,
    ) {
        let mut again = VecDeque::new();
        self.take(number, bytes, fault, &mut again, settings, encoder);
        self.take_all(again, settings, encoder);
    }

    /// Ends the log, and an open record with it.
    pub(in crate::log) fn end(&mut self, settings: &EventSettings, encoder: &mut BatchEncoder) {
        while !self.open.is_empty() {
            let again = self.reject_first(encoder);
            self.take_all(again, settings, encoder);
        }
    }

    fn take_all(
        &mut self,
        mut lines: VecDeque<Line>,
        settings: &EventSettings,
        encoder: &mut BatchEncoder,
    ) {
        while let Some(Line { number, bytes, fault }) = lines.pop_front() {
            self.take(number, &bytes, fault, &mut lines, settings, encoder);
        }
    }

    /// Reads a line; lines to read again go in front of `again`.
    fn take(
        &mut self,
        number: u32,
        bytes: &[u8],
        fault: Option<Reason>,
        again: &mut VecDeque<Line>,
        settings: &EventSettings,
        encoder: &mut BatchEncoder,
    ) {
        let text = match fault {
            Some(fault) => Err(fault),
            None => std::str::from_utf8(bytes).map_err(|_| Reason::NotUtf8),
        };
        if self.open.is_empty() && text.is_ok_and(|text| text.trim_ascii().is_empty()) {
            return;
        }
        let read = text.and_then(|text| match self.splitter.split(text) {
            Split::Whole if self.splitter.count() == self.columns.len() => Ok(true),
            Split::Open if self.open_bytes + bytes.len() <= LONGEST_RECORD => Ok(false),
            _ => Err(Reason::WrongCells),
        });
        match read {
            Ok(true) => {
                let first = self.open.first().map_or(number, |line| line.number);
                if let Err(reason) = self.record(first, bytes, settings, encoder) {
                    encoder.reject(reason, first, bytes);
                }
                self.close();
            }
            Ok(false) => {
                self.open_bytes += bytes.len() + LINE_COST;
                self.open.push(Line { number, bytes: bytes.to_vec(), fault });
            }
            Err(reason) if self.open.is_empty() => {
                self.close();
                encoder.reject(reason, number, bytes);
            }
            Err(_) => {
                // The line before may be at fault: this one is to be read on its own.
                self.open.push(Line { number, bytes: bytes.to_vec(), fault });
                for line in self.reject_first(encoder).into_iter().rev() {
                    again.push_front(line);
                }
            }
        }
    }

    /// Rejects the first line of the open record, and returns the others.
    fn reject_first(&mut self, encoder: &mut BatchEncoder) -> VecDeque<Line> {
        let mut lines = VecDeque::from(std::mem::take(&mut self.open));
        if let Some(Line { number, bytes, .. }) = lines.pop_front() {
            encoder.reject(Reason::WrongCells, number, &bytes);
        }
        self.close();
        lines
    }

    fn close(&mut self) {
        self.splitter.clear();
        self.open.clear();
        self.open_bytes = 0;
    }

    /// Encodes the split cells, the last line of which is current.
    fn record(
        &mut self,
        number: u32,
        last: &[u8],
        settings: &EventSettings,
        encoder: &mut BatchEncoder,
    ) -> Result<(), Reason> {
        let mut hash = Xxh3::with_seed(self.head);
        for line in &self.open {
            hash.update(&line.bytes);
            hash.update(b"\n");
        }
        hash.update(last);
        let mut found = self.wanted.nothing();
        for (cell, targets) in self.splitter.cells().zip(&self.columns) {
            let Some((last, others)) = targets.split_last() else { continue };
            let cell = if self.is_padded { cell.trim() } else { cell };
            let Some(value) = value(cell) else { continue };
            for target in others {
                found.set(*target, value.clone());
            }
            found.set(*last, value);
        }
        if self.unit.is_none() {
            let time = found.time_and_type()[0].as_ref();
            self.unit = time.and_then(|time| unit_of(time, settings.unit));
        }
        let origin = Origin {
            number,
            hash: hash.digest(),
            unit: settings.unit,
            dedup: settings.dedup.is_some(),
        };
        found.record(origin, encoder)
    }
}

/// The effect of a line on a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Split {
    /// The record is complete.
    Whole,
    /// The record continues in the next line.
    Open,
    /// The record has too many cells.
    TooWide,
}

/// Splits records into cells, line by line.
#[derive(Debug)]
struct Splitter {
    core: Box<csv_core::Reader>,
    text: Vec<u8>,
    length: usize,
    ends: Vec<usize>,
    count: usize,
}

impl Splitter {
    /// A splitter for records of at most `width` cells, and one more.
    fn new(delimiter: u8, width: usize) -> Self {
        // Lines are already split; a carriage return within one is text.
        let core =
            ReaderBuilder::new().delimiter(delimiter).terminator(Terminator::Any(b'\n')).build();
        Self {
            core: Box::new(core),
            text: Vec::new(),
            length: 0,
            ends: vec![0; width + 2],
            count: 0,
        }
    }

    fn clear(&mut self) {
        self.core.reset();
        self.length = 0;
        self.count = 0;
    }

    /// Splits a line. After a complete or too wide record, call [`clear`](Self::clear) first.
    fn split(&mut self, line: &str) -> Split {
        for mut input in [line.as_bytes(), b"\n"] {
            // Empty input would mean the end of the table.
            while !input.is_empty() {
                if self.text.len() < self.length + input.len() {
                    self.text.resize(self.length + input.len(), 0);
                }
                let (result, read, written, ended) = self.core.read_record(
                    input,
                    &mut self.text[self.length..],
                    &mut self.ends[self.count..],
                );
                input = &input[read..];
                self.length += written;
                self.count += ended;
                match result {
                    ReadRecordResult::InputEmpty => {}
                    ReadRecordResult::Record => return Split::Whole,
                    // There was space for all bytes, so there are too many cells.
                    ReadRecordResult::OutputFull
                    | ReadRecordResult::OutputEndsFull
                    | ReadRecordResult::End => return Split::TooWide,
                }
            }
        }
        Split::Open
    }

    const fn count(&self) -> usize {
        self.count
    }

    /// The cells of the record.
    fn cells(&self) -> impl Iterator<Item = &str> {
        // Lines are text and delimiters ASCII, so cells are text.
        let text = std::str::from_utf8(&self.text[..self.length]).unwrap_or_default();
        let mut start = 0;
        self.ends[..self.count].iter().map(move |end| {
            let cell = text.get(start..*end).unwrap_or_default();
            start = *end;
            cell
        })
    }
}

/// The datum that a cell looks like; `None` for an empty one.
fn value(cell: &str) -> Option<Datum<'_>> {
    match cell {
        "" => None,
        "true" | "True" | "TRUE" => Some(Datum::Bool(true)),
        "false" | "False" | "FALSE" => Some(Datum::Bool(false)),
        _ => Some(number(cell).unwrap_or(Datum::text(cell))),
    }
}

/// A number in JSON's grammar. `007`, `+1`, `1e999` and `NaN` are none.
fn number(cell: &str) -> Option<Datum<'_>> {
    let digits = |text: &str| text.bytes().take_while(u8::is_ascii_digit).count();
    let unsigned = cell.strip_prefix('-').unwrap_or(cell);
    let whole = digits(unsigned);
    if whole == 0 || (whole > 1 && unsigned.starts_with('0')) {
        return None;
    }
    let mut rest = &unsigned[whole..];
    if rest.is_empty() {
        return Some(Datum::whole(cell));
    }
    if let Some(fraction) = rest.strip_prefix('.') {
        let length = digits(fraction);
        rest = fraction.get(length..).filter(|_| length > 0)?;
    }
    if let Some(exponent) = rest.strip_prefix(['e', 'E']) {
        let exponent = exponent.strip_prefix(['+', '-']).unwrap_or(exponent);
        let length = digits(exponent);
        rest = exponent.get(length..).filter(|_| length > 0)?;
    }
    if rest.is_empty() { cell.parse().ok().and_then(Datum::number) } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::Value;

    #[test]
    fn a_cell_is_what_it_looks_like() {
        let text = |text: &str| Some(Value::Text(text.to_owned()));
        for (cell, want) in [
            ("", None),
            ("36", Some(Value::Integer(36))),
            ("-7", Some(Value::Integer(-7))),
            ("0", Some(Value::Integer(0))),
            ("36.0", Some(Value::Integer(36))),
            ("0.5", Some(Value::Float(0.5))),
            ("-1.5e-3", Some(Value::Float(-0.0015))),
            ("18446744073709551616", Some(Value::Integer(1 << 64))),
            ("True", Some(Value::Bool(true))),
            ("false", Some(Value::Bool(false))),
            ("yes", text("yes")),
            ("007", text("007")),
            ("+1", text("+1")),
            ("1.", text("1.")),
            (".5", text(".5")),
            ("1e", text("1e")),
            ("-", text("-")),
            ("1e999", text("1e999")),
            ("NaN", text("NaN")),
            ("inf", text("inf")),
            ("1 ", text("1 ")),
            ("12ab", text("12ab")),
            ("12é", text("12é")),
        ] {
            assert_eq!(value(cell).map(|datum| datum.to_value()), want, "{cell:?}");
        }
        let nines = |count| "9".repeat(count);
        let most = Value::Integer(10_i128.pow(38) - 1);
        assert_eq!(value(&nines(38)).map(|datum| datum.to_value()), Some(most));
        for long in [nines(39), format!("-{}", nines(39)), nines(60)] {
            assert_eq!(value(&long).map(|datum| datum.to_value()), text(&long));
        }
    }

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
        assert_eq!(head.members.kind, "what.kind");
        assert!(Head::of(&named, "ts,type").is_none());
    }

    #[test]
    fn a_line_is_split_into_cells() {
        for (line, want) in [
            ("a,b,c", &["a", "b", "c"][..]),
            (",,", &["", "", ""]),
            ("\"a,\"\"b\",é\"x", &["a,\"b", "é\"x"]),
            ("a\rb,", &["a\rb", ""]),
        ] {
            let mut splitter = Splitter::new(b',', 3);
            assert_eq!(splitter.split(line), Split::Whole, "{line}");
            assert_eq!(splitter.cells().collect::<Vec<_>>(), want, "{line}");
        }
        let mut splitter = Splitter::new(b',', 2);
        assert_eq!(splitter.split(&",".repeat(1000)), Split::TooWide);
        splitter.clear();
        for (line, split) in [("a,\"b", Split::Open), ("", Split::Open), ("c\"", Split::Whole)] {
            assert_eq!(splitter.split(line), split, "{line}");
        }
        assert_eq!(splitter.cells().collect::<Vec<_>>(), ["a", "b\n\nc"]);
    }
}
