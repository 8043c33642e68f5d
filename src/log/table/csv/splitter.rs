//! Records of CSV, split into cells line by line.

use csv_core::{ReadRecordResult, ReaderBuilder, Terminator};
use memchr::memmem::Finder;

use crate::base::events::Quote;

/// Stands for a separator that is no single byte: no text has this one.
const STAND_IN: u8 = 0xff;

/// The effect of a line on a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Split {
    /// The record is complete.
    Whole,
    /// The record continues in the next line.
    Open,
    /// The record has too many cells.
    TooWide,
}

/// Splits records into cells, line by line.
#[derive(Debug)]
pub(super) struct Splitter {
    core: Box<csv_core::Reader>,
    /// The separator, if it is no single byte.
    long: Option<Box<Long>>,
    text: Vec<u8>,
    length: usize,
    ends: Vec<usize>,
    count: usize,
}

/// A separator of several bytes.
#[derive(Debug)]
struct Long {
    finder: Finder<'static>,
    /// The current line, with the stand-in for each separator.
    line: Vec<u8>,
}

impl Long {
    /// Takes a line over.
    fn take(&mut self, line: &[u8]) {
        self.line.clear();
        let mut rest = line;
        while let Some(at) = self.finder.find(rest) {
            self.line.extend_from_slice(&rest[..at]);
            self.line.push(STAND_IN);
            rest = &rest[at + self.finder.needle().len()..];
        }
        self.line.extend_from_slice(rest);
    }
}

impl Splitter {
    /// A splitter for records of at most `width` cells, and one more. The separator is not empty.
    pub(super) fn new(separator: &str, quote: Quote, width: usize) -> Self {
        let (delimiter, long) = match separator.as_bytes() {
            [byte] => (*byte, None),
            bytes => {
                let finder = Finder::new(bytes).into_owned();
                (STAND_IN, Some(Box::new(Long { finder, line: Vec::new() })))
            }
        };
        let mut core = ReaderBuilder::new();
        core.delimiter(delimiter).quoting(quote.byte().is_some());
        if let Some(byte) = quote.byte() {
            core.quote(byte);
        }
        // Lines are already split; a carriage return within one is text.
        core.terminator(Terminator::Any(b'\n'));
        Self {
            core: Box::new(core.build()),
            long,
            text: Vec::new(),
            length: 0,
            ends: vec![0; width + 2],
            count: 0,
        }
    }

    pub(super) fn clear(&mut self) {
        self.core.reset();
        self.length = 0;
        self.count = 0;
    }

    /// Splits a line. After a complete or too wide record, call [`clear`](Self::clear) first.
    pub(super) fn split(&mut self, line: &str) -> Split {
        let Some(mut long) = self.long.take() else { return self.split_bytes(line.as_bytes()) };
        long.take(line.as_bytes());
        let split = self.split_bytes(&long.line);
        if split == Split::Whole {
            self.restore(long.finder.needle());
        }
        self.long = Some(long);
        split
    }

    fn split_bytes(&mut self, line: &[u8]) -> Split {
        for mut input in [line, b"\n"] {
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

    /// Puts separators back that stand in quotes, and so are parts of cells.
    fn restore(&mut self, separator: &[u8]) {
        if memchr::memchr(STAND_IN, &self.text[..self.length]).is_none() {
            return;
        }
        let mut text = Vec::with_capacity(2 * self.length);
        let mut start = 0;
        for end in &mut self.ends[..self.count] {
            for byte in &self.text[start..*end] {
                match *byte {
                    STAND_IN => text.extend_from_slice(separator),
                    byte => text.push(byte),
                }
            }
            start = *end;
            *end = text.len();
        }
        self.length = text.len();
        self.text = text;
    }

    pub(super) const fn count(&self) -> usize {
        self.count
    }

    /// The cells of the record.
    pub(super) fn cells(&self) -> impl Iterator<Item = &str> {
        // Lines are text and separators are whole characters, so cells are text.
        let text = std::str::from_utf8(&self.text[..self.length]).unwrap_or_default();
        let mut start = 0;
        self.ends[..self.count].iter().map(move |end| {
            let cell = text.get(start..*end).unwrap_or_default();
            start = *end;
            cell
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_split_into_cells() {
        for (line, want) in [
            ("a,b,c", &["a", "b", "c"][..]),
            (",,", &["", "", ""]),
            ("\"a,\"\"b\",é\"x", &["a,\"b", "é\"x"]),
            ("a\rb,", &["a\rb", ""]),
        ] {
            let mut splitter = Splitter::new(",", Quote::Double, 3);
            assert_eq!(splitter.split(line), Split::Whole, "{line}");
            assert_eq!(splitter.cells().collect::<Vec<_>>(), want, "{line}");
        }
        let mut splitter = Splitter::new(",", Quote::Double, 2);
        assert_eq!(splitter.split(&",".repeat(1000)), Split::TooWide);
        splitter.clear();
        for (line, split) in [("a,\"b", Split::Open), ("", Split::Open), ("c\"", Split::Whole)] {
            assert_eq!(splitter.split(line), split, "{line}");
        }
        assert_eq!(splitter.cells().collect::<Vec<_>>(), ["a", "b\n\nc"]);
    }
    #[test]
    fn separators_and_quotes_are_those_that_were_said() {
        let single = Quote::Other(b'\'');
        for (separator, quote, line, want) in [
            ("::", Quote::Double, "1::\"a::b\"::::x:y", &["1", "a::b", "", "x:y"][..]),
            ("::", Quote::None, "1::\"a::b\"", &["1", "\"a", "b\""]),
            ("::", Quote::Double, ":::", &["", ":"]),
            ("¦", Quote::Double, "é¦\"¦\"", &["é", "¦"]),
            (" ", Quote::Double, "a \"b c\"  d", &["a", "b c", "", "d"]),
            ("\t", single, "it\t'is\tso'\t\"", &["it", "is\tso", "\""]),
            ("|", single, "'it''s'|\"a|b", &["it's", "\"a", "b"]),
            (",", Quote::None, "\"a,b\"", &["\"a", "b\""]),
        ] {
            let mut splitter = Splitter::new(separator, quote, 4);
            assert_eq!(splitter.split(line), Split::Whole, "{line}");
            assert_eq!(splitter.cells().collect::<Vec<_>>(), want, "{line}");
        }
        // Over lines, too.
        let mut splitter = Splitter::new("::", Quote::Double, 2);
        assert_eq!(splitter.split("\"a::"), Split::Open);
        assert_eq!(splitter.split("b\"::c"), Split::Whole);
        assert_eq!(splitter.cells().collect::<Vec<_>>(), ["a::\nb", "c"]);
    }
}
