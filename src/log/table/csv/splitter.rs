//! Records of CSV, split into cells line by line.

use csv_core::{ReadRecordResult, ReaderBuilder, Terminator};

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
    text: Vec<u8>,
    length: usize,
    ends: Vec<usize>,
    count: usize,
}

impl Splitter {
    /// A splitter for records of at most `width` cells, and one more.
    pub(super) fn new(delimiter: u8, width: usize) -> Self {
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

    pub(super) fn clear(&mut self) {
        self.core.reset();
        self.length = 0;
        self.count = 0;
    }

    /// Splits a line. After a complete or too wide record, call [`clear`](Self::clear) first.
    pub(super) fn split(&mut self, line: &str) -> Split {
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

    pub(super) const fn count(&self) -> usize {
        self.count
    }

    /// The cells of the record.
    pub(super) fn cells(&self) -> impl Iterator<Item = &str> {
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
