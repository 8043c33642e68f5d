//! Splits a log into lines, in bounded memory.
//!
//! A log is read in blocks that end at a line break, and UTF-8 is validated once per block: that
//! costs a fraction of validating each line.

use std::borrow::Cow;

use super::LogError;
use super::source::{Chunk, Source};

/// The longest line that is read, in bytes.
pub const LONGEST_LINE: usize = 16 * 1024 * 1024;
/// The bytes per read: a block should stay cached until its lines are read.
const CHUNK: usize = 256 * 1024;
/// The bytes kept of a line that is too long.
const KEPT: usize = 1024;

/// A line without its line break.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum RawLine<'a> {
    /// A line of text, which may be blank.
    Text(&'a str),
    /// A line with invalid UTF-8.
    Bytes(&'a [u8]),
    /// The begin of a line that is too long; the rest is skipped.
    TooLong(&'a [u8]),
    /// The begin of the line in which the compressed stream is damaged: the last one.
    Damaged(&'a [u8]),
}

/// Consecutive lines of text in memory, which a scanner splits itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Ahead<'a> {
    /// The lines, and anything behind them. Only line breaks end a line.
    pub(super) block: &'a str,
    /// The bytes of the lines, line breaks included.
    pub(super) length: usize,
}

/// A splitter of a source into lines.
pub(super) struct Lines {
    pub(super) source: Source,
    block: Block,
    /// The begin of the next line in the block, and the end of its last one.
    start: usize,
    end: usize,
    /// The begin of a line that ends in the next block.
    rest: Vec<u8>,
    /// The begin of a line that was too long.
    head: Vec<u8>,
    /// What follows instead of a next block, once known.
    next: Option<Next>,
    /// The ending of the log, once known. Lines come before it.
    ending: Option<Ending>,
    is_begun: bool,
    /// True if lines end with a carriage return alone, as the first of them do.
    returns: bool,
    /// The longest line; shorter in tests.
    longest: usize,
    /// The bytes per read; fewer in tests.
    pub(super) chunk: usize,
}

/// A block of lines, with anything behind the last one.
pub(super) enum Block {
    Text(String),
    /// Not all of it is valid UTF-8.
    Bytes(Vec<u8>),
}

impl Block {
    pub(super) fn bytes(&self) -> &[u8] {
        match self {
            Self::Text(text) => text.as_bytes(),
            Self::Bytes(bytes) => bytes,
        }
    }

    /// Takes the buffer out.
    pub(super) fn take(&mut self) -> Vec<u8> {
        match std::mem::replace(self, Self::Bytes(Vec::new())) {
            Self::Text(text) => text.into_bytes(),
            Self::Bytes(bytes) => bytes,
        }
    }
}

/// The ending of a log.
pub(super) enum Ending {
    /// The end of the stream.
    Complete,
    Damaged,
    IoFault(LogError),
}

/// What follows instead of lines.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Next {
    /// A line that is too long; its start is in `rest`.
    TooLong,
    End,
}

impl Lines {
    pub(super) fn new(source: Source) -> Self {
        Self {
            source,
            block: Block::Bytes(Vec::new()),
            start: 0,
            end: 0,
            rest: Vec::new(),
            head: Vec::new(),
            next: None,
            ending: None,
            is_begun: false,
            returns: false,
            longest: LONGEST_LINE,
            chunk: CHUNK,
        }
    }

    /// True if anything was read.
    pub(super) const fn is_begun(&self) -> bool {
        self.is_begun
    }

    /// Takes the source out, for another reader.
    pub(super) fn take_source(&mut self) -> Source {
        std::mem::replace(&mut self.source, Source::in_memory("", Cow::default()))
    }

    /// Releases the buffers, after the end.
    pub(super) fn release(&mut self) {
        self.block = Block::Bytes(Vec::new());
        self.rest = Vec::new();
        self.start = 0;
        self.end = 0;
    }

    /// The lines of text ahead; `None` if the next line is not text, or there is none. Those that
    /// are read must be [consumed](Self::consume).
    pub(super) fn ahead(&mut self) -> Option<Ahead<'_>> {
        self.fill_if_empty();
        let length = self.end - self.start;
        match &self.block {
            _ if length == 0 => None,
            Block::Text(text) if length <= self.longest => {
                Some(Ahead { block: text.get(self.start..)?, length })
            }
            block => {
                let lines = block.bytes().get(self.start..self.end)?;
                let length = memchr::memchr(b'\n', lines).map_or(length, |end| end + 1);
                let line = lines.get(..length).filter(|line| line.len() <= self.longest)?;
                Some(Ahead { block: std::str::from_utf8(line).ok()?, length })
            }
        }
    }

    /// Consumes lines that were [ahead](Self::ahead), in bytes with their line breaks.
    pub(super) fn consume(&mut self, bytes: usize) {
        self.start = (self.start + bytes).min(self.end);
    }

    fn fill_if_empty(&mut self) {
        if self.start == self.end && self.next.is_none() {
            self.next = self.fill();
        }
    }

    /// The next line; `None` at the end. What follows the last line break is a line unless it is
    /// empty.
    pub(super) fn next(&mut self) -> Result<Option<RawLine<'_>>, LogError> {
        self.fill_if_empty();
        match self.next.take() {
            None => {}
            Some(Next::TooLong) => {
                self.skip_line();
                return Ok(Some(RawLine::TooLong(&self.head)));
            }
            Some(Next::End) => {
                return match self.ending.replace(Ending::Complete) {
                    Some(Ending::IoFault(fault)) => Err(fault),
                    Some(Ending::Damaged) => Ok(Some(RawLine::Damaged(&self.rest))),
                    Some(Ending::Complete) | None => Ok(None),
                };
            }
        }
        let (start, end) = (self.start, self.end);
        let bytes = self.block.bytes();
        let length = memchr::memchr(b'\n', &bytes[start..end]).unwrap_or(end - start);
        self.start = (start + length + 1).min(end);
        let line = &bytes[start..start + length];
        Ok(Some(if length > self.longest {
            RawLine::TooLong(&line[..line.len().min(KEPT)])
        } else {
            match &self.block {
                Block::Text(text) => {
                    let line = &text[start..start + length];
                    RawLine::Text(line.strip_suffix('\r').unwrap_or(line))
                }
                Block::Bytes(_) => match std::str::from_utf8(trim(line)) {
                    Ok(line) => RawLine::Text(line),
                    Err(_) => RawLine::Bytes(trim(line)),
                },
            }
        }))
    }

    /// Reads until there are complete lines; returns what follows if there are none.
    fn fill(&mut self) -> Option<Next> {
        let is_first = !std::mem::replace(&mut self.is_begun, true);
        if self.ending.is_some() {
            return Some(Next::End);
        }
        let mut bytes = self.block.take();
        let mut filled = self.rest.len();
        // No line break is before this. Behind a line that was too long there may be complete ones
        // already.
        let mut looked = 0;
        bytes.resize(filled + self.chunk, 0);
        bytes.shrink_to(2 * bytes.len());
        bytes[..filled].copy_from_slice(&self.rest);
        let end = loop {
            while filled < bytes.len() && self.ending.is_none() {
                match self.read(&mut bytes[filled..]) {
                    Ok(Chunk::Bytes(0)) => self.ending = Some(Ending::Complete),
                    Ok(Chunk::Bytes(count)) => filled += count,
                    Ok(Chunk::Damaged) => {
                        // The last line is whole, with or without a line break.
                        if self.source.has_trailing() && filled > 0 && bytes[filled - 1] != b'\n' {
                            bytes[filled] = b'\n';
                            filled += 1;
                        }
                        self.ending = Some(Ending::Damaged);
                    }
                    Err(fault) => self.ending = Some(Ending::IoFault(fault)),
                }
            }
            if is_first && looked == 0 && has_returns_alone(&bytes[..filled]) {
                self.returns = true;
                end_lines(&mut bytes[..filled]);
            }
            if matches!(self.ending, Some(Ending::Complete)) {
                break filled;
            }
            if let Some(found) = memchr::memrchr(b'\n', &bytes[looked..filled]) {
                break looked + found + 1;
            }
            if self.ending.is_some() {
                break 0;
            }
            if filled > self.longest {
                self.rest.clear();
                self.rest.extend_from_slice(&bytes[..KEPT.min(filled)]);
                self.block = Block::Bytes(bytes);
                (self.start, self.end) = (0, 0);
                return Some(Next::TooLong);
            }
            looked = filled;
            bytes.resize(2 * filled, 0);
        };
        self.rest.clear();
        self.rest.extend_from_slice(&bytes[end..filled]);
        // Behind the lines there may be half a character: make it valid text.
        bytes[end..].fill(b' ');
        self.block = match String::from_utf8(bytes) {
            Ok(text) => Block::Text(text),
            Err(error) => Block::Bytes(error.into_bytes()),
        };
        (self.start, self.end) = (0, end);
        (end == 0).then_some(Next::End)
    }

    fn read(&mut self, buffer: &mut [u8]) -> Result<Chunk, LogError> {
        let chunk = self.source.read(buffer)?;
        if let Chunk::Bytes(count) = chunk
            && self.returns
        {
            end_lines(&mut buffer[..count]);
        }
        Ok(chunk)
    }

    /// Skips the rest of a line that is too long; its start goes to `head`.
    fn skip_line(&mut self) {
        std::mem::swap(&mut self.head, &mut self.rest);
        self.rest.clear();
        let mut bytes = self.block.take();
        while self.ending.is_none() {
            match self.read(&mut bytes) {
                Ok(Chunk::Bytes(count @ 1..)) => {
                    if let Some(found) = memchr::memchr(b'\n', &bytes[..count]) {
                        self.rest.extend_from_slice(&bytes[found + 1..count]);
                        break;
                    }
                }
                Ok(Chunk::Bytes(_) | Chunk::Damaged) => self.ending = Some(Ending::Complete),
                Err(fault) => self.ending = Some(Ending::IoFault(fault)),
            }
        }
        self.block = Block::Bytes(bytes);
    }
}

/// True if there are carriage returns and no line feed. The last byte may be the first half of a
/// Windows line break.
pub(super) fn has_returns_alone(bytes: &[u8]) -> bool {
    let but_last = &bytes[..bytes.len().saturating_sub(1)];
    memchr::memchr(b'\n', bytes).is_none() && memchr::memchr(b'\r', but_last).is_some()
}

/// Replaces carriage returns by line feeds.
fn end_lines(bytes: &mut [u8]) {
    bytes.iter_mut().filter(|byte| **byte == b'\r').for_each(|byte| *byte = b'\n');
}

/// A line without the carriage return of a Windows line break.
pub(super) fn trim(line: &[u8]) -> &[u8] {
    line.strip_suffix(b"\r").unwrap_or(line)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The lines of a log that is read in chunks of this size: what each is called, and its bytes.
    /// Of those that lie ahead, so many are taken from there each time.
    fn lines(
        log: &[u8],
        chunk: usize,
        longest: usize,
        ahead: usize,
    ) -> Vec<(&'static str, Vec<u8>)> {
        let source = Source::in_memory("log", log.to_vec().into());
        let mut lines = Lines { longest, chunk, ..Lines::new(source) };
        let mut all = Vec::new();
        loop {
            if let Some(Ahead { block, length }) = lines.ahead() {
                let taken: Vec<&str> = block[..length].split_inclusive('\n').take(ahead).collect();
                all.extend(taken.iter().map(|line| {
                    let line = line.strip_suffix('\n').unwrap_or(line);
                    ("text", trim(line.as_bytes()).to_vec())
                }));
                let bytes = taken.concat().len();
                lines.consume(bytes);
            }
            let Some(line) = lines.next().unwrap() else { break };
            all.push(match line {
                RawLine::Text(text) => ("text", text.as_bytes().to_vec()),
                RawLine::Bytes(bytes) => ("bytes", bytes.to_vec()),
                RawLine::TooLong(bytes) => ("long", bytes.to_vec()),
                RawLine::Damaged(bytes) => ("damaged", bytes.to_vec()),
            });
        }
        assert_eq!(lines.next().unwrap(), None);
        all
    }

    proptest! {
        #[test]
        fn lines_are_those_of_the_log(
            parts in prop::collection::vec(
                prop::sample::select(vec![&b"a"[..], b"\n", b"\r\n", b"\xc3\xa4", b"\xff", b"long ", b""]),
                0..60,
            ),
            chunk in 1..40usize,
            ahead in 0..4usize,
        ) {
            let log = parts.concat();
            let mut want: Vec<&[u8]> = log.split(|byte| *byte == b'\n').collect();
            if want.last().is_some_and(|line| line.is_empty()) {
                want.pop();
            }
            let named = |line: &[u8]| match std::str::from_utf8(trim(line)) {
                _ if line.len() > 30 => ("long", line.to_vec()),
                Ok(text) => ("text", text.into()),
                Err(_) => ("bytes", trim(line).to_vec()),
            };
            let want: Vec<_> = want.into_iter().map(named).collect();
            let got = lines(&log, chunk, 30, ahead);
            prop_assert_eq!(got.len(), want.len());
            for (got, want) in got.iter().zip(&want) {
                prop_assert_eq!(got.0, want.0);
                // Of a long line there is as much as had been read.
                let is_it = if got.0 == "long" { want.1.starts_with(&got.1) } else { got == want };
                prop_assert!(is_it, "{:?} for {:?}", got, want);
            }
        }
    }

    #[test]
    fn a_carriage_return_ends_a_line_where_nothing_else_does() {
        for (log, want) in [
            (&b"a,b\r1,2\r3,4"[..], &["a,b", "1,2", "3,4"][..]),
            (b"a,b\r1,2\r", &["a,b", "1,2"]),
            (b"a\rb\nc\r", &["a\rb", "c"]),
            (b"a\r\nb\r\n", &["a", "b"]),
            (b"a\r", &["a"]),
        ] {
            let found: Vec<_> = lines(log, 64, 30, 0).into_iter().map(|(_, line)| line).collect();
            assert_eq!(found, want.iter().map(|line| line.as_bytes()).collect::<Vec<_>>());
        }
        // The line break of the first block holds for all.
        let found = lines(&b"abc\r".repeat(100), 10, 30, 1);
        assert_eq!(found.len(), 100);
        assert!(found.iter().all(|(kind, line)| (*kind, line.as_slice()) == ("text", b"abc")));
    }

    #[test]
    fn short_lines_behind_a_long_one_are_not_taken_for_a_part_of_the_next() {
        let log = [&[b'x'; 34][..], b"\na\nb\n", &[b'y'; 29], b"\nc\n"].concat();
        for chunk in 1..40 {
            let found: Vec<_> =
                lines(&log, chunk, 30, chunk % 3).into_iter().map(|(kind, _)| kind).collect();
            assert_eq!(found, ["long", "text", "text", "text", "text"], "{chunk}");
        }
    }
}
