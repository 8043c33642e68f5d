//! A log's lines, in bounded memory. It must not know what lines mean.

#[cfg(feature = "parquet")]
use std::borrow::Cow;

use super::LogError;
use super::source::{Piece, Source};

/// The longest line that is read, in bytes.
pub const LONGEST_LINE: usize = 16 * 1024 * 1024;
/// How much is read at a time.
const CHUNK: usize = 256 * 1024;

/// A line without its end.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum RawLine<'a> {
    /// A line, which may be blank.
    Whole(&'a [u8]),
    /// The beginning of a line that is too long; the rest is skipped.
    TooLong(&'a [u8]),
    /// The beginning of a line in which the packed stream is damaged: the last one.
    Damaged(&'a [u8]),
}

/// Cuts a source into lines.
pub(super) struct Lines {
    pub(super) source: Source,
    buffer: Vec<u8>,
    /// What of the buffer is read and not yet handed out.
    start: usize,
    end: usize,
    finished: bool,
    /// The longest line; smaller in tests.
    longest: usize,
}

impl Lines {
    pub(super) fn new(source: Source) -> Self {
        Self {
            source,
            buffer: Vec::new(),
            start: 0,
            end: 0,
            finished: false,
            longest: LONGEST_LINE,
        }
    }

    /// Whether anything was read.
    pub(super) const fn is_begun(&self) -> bool {
        self.end > 0 || self.finished
    }

    /// The source, for whoever reads it otherwise; nothing is left here.
    #[cfg(feature = "parquet")]
    pub(super) fn take_source(&mut self) -> Source {
        std::mem::replace(&mut self.source, Source::in_memory("", Cow::default()))
    }

    /// Gives back the memory, once the end was reached.
    pub(super) fn release(&mut self) {
        self.buffer = Vec::new();
        self.start = 0;
        self.end = 0;
    }

    /// The next line; `None` at the end. What follows the last line break is a line unless it is
    /// empty.
    pub(super) fn next(&mut self) -> Result<Option<RawLine<'_>>, LogError> {
        // How far the line is known to hold no line break.
        let mut looked = self.start;
        loop {
            if let Some(found) = memchr::memchr(b'\n', &self.buffer[looked..self.end]) {
                let line = self.start..looked + found;
                self.start = looked + found + 1;
                return Ok(Some(RawLine::Whole(trim(&self.buffer[line]))));
            }
            if self.finished {
                let line = self.start..self.end;
                self.start = self.end;
                return Ok((!line.is_empty()).then(|| RawLine::Whole(trim(&self.buffer[line]))));
            }
            if self.end - self.start >= self.longest {
                return self.skip_line().map(|head| Some(RawLine::TooLong(&self.buffer[head])));
            }
            let known = self.end - self.start;
            match self.fill()? {
                Piece::Bytes(0) => self.finished = true,
                Piece::Bytes(_) => {}
                Piece::Damaged => {
                    self.finished = true;
                    let line = self.start..self.end;
                    self.start = self.end;
                    return Ok(Some(RawLine::Damaged(&self.buffer[line])));
                }
            }
            looked = self.start + known;
        }
    }

    /// Reads more behind what is there, moving it to the front or growing the buffer as needed.
    fn fill(&mut self) -> Result<Piece, LogError> {
        if self.start > 0 && (self.start == self.end || self.buffer.len() - self.end < CHUNK) {
            self.buffer.copy_within(self.start..self.end, 0);
            self.end -= self.start;
            self.start = 0;
        }
        if self.buffer.len() - self.end < CHUNK / 2 {
            self.buffer.resize((2 * self.buffer.len()).max(2 * CHUNK), 0);
        }
        let piece = self.source.read(&mut self.buffer[self.end..])?;
        if let Piece::Bytes(count) = piece {
            self.end += count;
        }
        Ok(piece)
    }

    /// Passes over the rest of a line that is too long; what is kept of it is the range returned.
    fn skip_line(&mut self) -> Result<std::ops::Range<usize>, LogError> {
        const KEPT: usize = 1024;
        let head = self.buffer[self.start..(self.start + KEPT).min(self.end)].to_vec();
        self.start = self.end;
        loop {
            // The head is put back in front of what is read, where nothing will overwrite it
            // before the caller has seen it.
            self.buffer[..head.len()].copy_from_slice(&head);
            self.start = head.len();
            self.end = head.len();
            let piece = self.source.read(&mut self.buffer[head.len()..])?;
            let Piece::Bytes(count @ 1..) = piece else {
                self.finished = true;
                return Ok(0..head.len());
            };
            self.end += count;
            if let Some(found) = memchr::memchr(b'\n', &self.buffer[self.start..self.end]) {
                self.start += found + 1;
                return Ok(0..head.len());
            }
        }
    }
}

/// The line without the carriage return of a Windows line end.
fn trim(line: &[u8]) -> &[u8] {
    line.strip_suffix(b"\r").unwrap_or(line)
}
