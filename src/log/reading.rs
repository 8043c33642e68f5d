//! How lines of any format are read: by a scanner as long as they are written like those before,
//! by a parser otherwise. It must not know any format.

use xxhash_rust::xxh3::xxh3_64;

use crate::tape::BatchEncoder;

use super::json::scan::{Cursor, NeedsParser};
use super::line::{LineError, Origin};
use super::lines::{Ahead, trim};

/// A way of writing events as JSON objects.
pub(super) trait LineReader: Send {
    /// Reads the lines ahead as far as they are written like those before, `most` of them at
    /// most. What is left is to be [read](Self::read).
    fn run(&mut self, ahead: Ahead<'_>, first: ScanLimit, recorder: &mut BatchEncoder) -> ScanEnd;

    /// Reads a line into the recorder, or says why it is no event.
    fn read(
        &mut self,
        text: &str,
        line: Origin,
        recorder: &mut BatchEncoder,
    ) -> Result<(), LineError>;
}

/// Which lines may be read at once.
#[derive(Clone, Copy, Debug)]
pub(super) struct ScanLimit {
    /// What is known of the first; the number of each is one more than that of the line before.
    pub(super) first: Origin,
    /// How many.
    pub(super) most: u32,
    /// Whether lines get hashes.
    pub(super) hashes: bool,
}

/// How far was read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct ScanEnd {
    /// Bytes, with the ends of lines.
    pub(super) bytes: usize,
    /// Lines, all of which were recorded.
    pub(super) lines: u32,
}

/// Reads objects that are written like those before.
pub(super) trait Scanner: Send {
    /// Reads the object at the cursor and keeps what is wanted of it, in place of what was kept.
    fn scan(&mut self, cursor: &mut Cursor<'_>, block: &str) -> Result<(), NeedsParser>;

    /// Records what is kept; of a line that is unusual nothing is.
    fn record(
        &self,
        block: &str,
        line: Origin,
        recorder: &mut BatchEncoder,
    ) -> Result<(), NeedsParser>;
}

/// Reads any line, and is the judge of it.
pub(super) trait Parser: Send {
    /// Reads a line into the recorder, or says why it is no event.
    fn read(&self, text: &str, line: Origin, recorder: &mut BatchEncoder) -> Result<(), LineError>;
}

/// A parser, with a scanner in front of it or without: what is read is the same.
pub(super) struct Scanned<S, P> {
    pub(super) scanner: Option<S>,
    pub(super) parser: P,
}

impl<S: Scanner, P: Parser> LineReader for Scanned<S, P> {
    fn run(&mut self, ahead: Ahead<'_>, lot: ScanLimit, recorder: &mut BatchEncoder) -> ScanEnd {
        let mut ran = ScanEnd::default();
        let Some(scanner) = &mut self.scanner else { return ran };
        let Ahead { block, length } = ahead;
        let mut cursor = Cursor::new(block.as_bytes());
        while ran.lines < lot.most && ran.bytes < length {
            cursor.space();
            if scanner.scan(&mut cursor, block).is_err() {
                break;
            }
            cursor.space();
            // Behind the last line there may be spaces without end.
            let end = cursor.at().min(length);
            if end < length && cursor.byte() != Some(b'\n') {
                break;
            }
            let mut line = Origin { number: lot.first.number + ran.lines, ..lot.first };
            if lot.hashes {
                let bytes = block.as_bytes().get(ran.bytes..end).unwrap_or_default();
                line.hash = xxh3_64(trim(bytes));
            }
            if scanner.record(block, line, recorder).is_err() {
                break;
            }
            cursor.advance(1);
            ran = ScanEnd { bytes: (end + 1).min(length), lines: ran.lines + 1 };
        }
        ran
    }

    fn read(
        &mut self,
        text: &str,
        line: Origin,
        recorder: &mut BatchEncoder,
    ) -> Result<(), LineError> {
        self.parser.read(text, line, recorder)
    }
}
