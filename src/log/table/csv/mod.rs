//! CSV: a header that names the columns, unless the config does, then one record per event.
//!
//! Cells are untyped, so each is typed by its look (`value`). A quoted cell may span lines; a record
//! that turns out invalid costs its first line only, and the others are read again, so that an
//! unclosed quote does not swallow what follows it.

mod header;
mod object;
mod splitter;
mod value;

use std::collections::VecDeque;

use xxhash_rust::xxh3::Xxh3;

use crate::base::events::EventSettings;
use crate::base::time::TimeUnit;
use crate::tape::{BatchEncoder, Layout, Reason};

use crate::log::flat::Wanted;
use crate::log::line::{Origin, unit_of};

pub(in crate::log) use header::{Head, begins_as_json, cells, is_record, names};
use object::ObjectWriter;
use splitter::{Split, Splitter};
use value::{formatted, value};

/// The most bytes of a record of several lines.
const LONGEST_RECORD: usize = 1024 * 1024;
/// The overhead of a buffered line in bytes.
const LINE_COST: usize = 64;

/// Reads the records of a table.
pub(in crate::log) struct Table {
    splitter: Splitter,
    /// Per column, the values that its cells set.
    columns: Vec<Vec<usize>>,
    wanted: Wanted,
    /// The hash of the header, which is part of each record's hash.
    head: u64,
    is_padded: bool,
    /// Writes records as objects, if they are kept.
    objects: Option<ObjectWriter>,
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
            splitter: Splitter::new(&head.separator, head.quote, head.names.len()),
            columns: head.names.iter().map(of).collect(),
            wanted,
            head: head.hash,
            is_padded: head.is_padded,
            objects: None,
            open: Vec::new(),
            open_bytes: 0,
            unit: None,
        }
    }

    /// Keeps the records, as the objects that they stand for.
    pub(in crate::log) fn keep_records(&mut self, head: &Head) {
        self.objects = Some(ObjectWriter::new(&head.names));
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
        let has_format = settings.times.format.is_some();
        for (cell, targets) in self.splitter.cells().zip(&self.columns) {
            let Some((last, others)) = targets.split_last() else { continue };
            let cell = if self.is_padded { cell.trim() } else { cell };
            let Some(value) = value(cell) else { continue };
            let of = |target: usize, value| {
                let is_formatted = has_format && self.wanted.is_time(target);
                if is_formatted { formatted(cell, value) } else { value }
            };
            for target in others {
                found.set(*target, of(*target, value.clone()));
            }
            found.set(*last, of(*last, value));
        }
        if self.unit.is_none() {
            self.unit = found.time_and_type()[0].and_then(|time| unit_of(time, &settings.times));
        }
        let origin = Origin {
            number,
            hash: hash.digest(),
            times: &settings.times,
            arrivals: &settings.times,
            dedup: settings.dedup.is_some(),
            sub: 0,
            shares: 0,
        };
        let first = encoder.len();
        found.record(&self.wanted, None, (origin, last), encoder)?;
        if let Some(objects) = &mut self.objects {
            encoder.keep_record(objects.write(self.splitter.cells(), self.is_padded), first);
        }
        Ok(())
    }
}
