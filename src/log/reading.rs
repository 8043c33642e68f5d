//! Reading lines of any format: a scanner while they look like those before, a parser otherwise.

use std::ops::Range;

use xxhash_rust::xxh3::xxh3_64;

use crate::tape::BatchEncoder;

use super::json::scan::{Cursor, NeedsParser};
use super::line::{LineError, Origin};
use super::lines::{Ahead, trim};
use super::numbering::Numbering;
use super::objects::breaks;

/// The reader of a format.
pub(super) trait LineReader: Send {
    /// Scans the lines ahead while they look like those before. The rest must be
    /// [read](Self::read).
    fn run(&mut self, ahead: Ahead<'_>, limit: ScanLimit, encoder: &mut BatchEncoder) -> ScanEnd;

    /// Scans the objects ahead, with blanks and commas between them, while they look like those
    /// before.
    fn run_objects(
        &mut self,
        ahead: &str,
        limit: ScanLimit,
        numbering: &mut Numbering,
        encoder: &mut BatchEncoder,
    ) -> ScanEnd;

    /// Encodes a line, or rejects it.
    fn read(
        &mut self,
        text: &str,
        line: Origin,
        encoder: &mut BatchEncoder,
    ) -> Result<(), LineError>;
}

/// The lines that may be scanned.
#[derive(Clone, Copy, Debug)]
pub(super) struct ScanLimit<'r> {
    /// The origin of the first; line numbers ascend by one.
    pub(super) first: Origin<'r>,
    /// The events in the encoder that end a batch.
    pub(super) events: usize,
    /// True to hash lines.
    pub(super) hashes: bool,
}

/// The end of a scan.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct ScanEnd {
    /// Bytes scanned, with line breaks.
    pub(super) bytes: usize,
    /// Lines scanned, all of them encoded; of objects the line breaks passed.
    pub(super) lines: u32,
}

/// Scans objects that look like those before.
pub(super) trait Scanner: Send {
    /// Scans the object at the cursor, and keeps the required values of it alone.
    fn scan(&mut self, cursor: &mut Cursor<'_>, block: &str) -> Result<(), NeedsParser>;

    /// Encodes the values kept, or rejects the line, whose text is in this range; does nothing about
    /// one that needs the parser.
    fn record(
        &self,
        block: &str,
        line: (Origin<'_>, Range<usize>),
        encoder: &mut BatchEncoder,
    ) -> Result<(), NeedsParser>;
}

/// Parses any line, and decides on its rejection.
pub(super) trait Parser: Send {
    /// Encodes a line, or rejects it.
    fn read(&self, text: &str, line: Origin, encoder: &mut BatchEncoder) -> Result<(), LineError>;
}

/// A parser, with or without a scanner in front: the result is the same.
pub(super) struct Scanned<S, P> {
    pub(super) scanner: Option<S>,
    pub(super) parser: P,
}

impl<S: Scanner, P: Parser> LineReader for Scanned<S, P> {
    fn run(&mut self, ahead: Ahead<'_>, limit: ScanLimit, encoder: &mut BatchEncoder) -> ScanEnd {
        let mut ran = ScanEnd::default();
        let Some(scanner) = &mut self.scanner else { return ran };
        let Ahead { block, length } = ahead;
        let mut cursor = Cursor::new(block.as_bytes());
        while ran.bytes < length && encoder.len() < limit.events {
            cursor.space();
            if scanner.scan(&mut cursor, block).is_err() {
                break;
            }
            cursor.space();
            // Behind the last line there may be any number of spaces.
            let end = cursor.at().min(length);
            if end < length && cursor.byte() != Some(b'\n') {
                break;
            }
            let mut line = Origin { number: limit.first.number + ran.lines, ..limit.first };
            if limit.hashes {
                let bytes = block.as_bytes().get(ran.bytes..end).unwrap_or_default();
                line.hash = xxh3_64(trim(bytes));
            }
            if scanner.record(block, (line, ran.bytes..end), encoder).is_err() {
                break;
            }
            cursor.advance(1);
            ran = ScanEnd { bytes: (end + 1).min(length), lines: ran.lines + 1 };
        }
        ran
    }

    fn run_objects(
        &mut self,
        ahead: &str,
        limit: ScanLimit,
        numbering: &mut Numbering,
        encoder: &mut BatchEncoder,
    ) -> ScanEnd {
        let mut ran = ScanEnd::default();
        let Some(scanner) = &mut self.scanner else { return ran };
        let bytes = ahead.as_bytes();
        let mut cursor = Cursor::new(bytes);
        while encoder.len() < limit.events {
            cursor.space();
            while cursor.byte() == Some(b',') {
                cursor.advance(1);
                cursor.space();
            }
            let start = cursor.at();
            if cursor.byte() != Some(b'{') || scanner.scan(&mut cursor, ahead).is_err() {
                break;
            }
            let Some(object) = bytes.get(start..cursor.at()) else { break };
            let before = ran.lines + breaks(&bytes[ran.bytes..start]);
            // Line numbers must not overflow.
            let Some(number) = limit.first.number.checked_add(before) else { break };
            let mut line = numbering.origin(Origin { number, ..limit.first });
            if limit.hashes {
                line.hash = xxh3_64(object);
            }
            let events = encoder.len();
            if scanner.record(ahead, (line, start..cursor.at()), encoder).is_err() {
                break;
            }
            numbering.add(number, encoder.len() - events);
            ran = ScanEnd { bytes: cursor.at(), lines: before + breaks(object) };
        }
        ran
    }

    fn read(
        &mut self,
        text: &str,
        line: Origin,
        encoder: &mut BatchEncoder,
    ) -> Result<(), LineError> {
        self.parser.read(text, line, encoder)
    }
}
