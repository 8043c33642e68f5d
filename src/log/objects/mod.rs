//! Splits a log of JSON objects that do not stand one on a line: a list of them, several on a line,
//! one over several lines.
//!
//! As lines are, they are read in blocks, in bounded memory. Line breaks become carriage returns,
//! which JSON takes for blanks and lines may have, so that the scanners and parsers of lines read
//! such objects as well. Where an object has no end, or is not JSON and runs over several lines,
//! reading goes on at the next line that begins with one.

mod begin;
mod extent;

use super::LogError;
use super::lines::{Block, Ending, LONGEST_LINE, RawLine, has_returns_alone};
use super::source::{Chunk, Source};

pub(super) use begin::{are_in, begins};
use extent::{BREAK, Extent, Restart, extent_and_fault, is_json, junk, neighbour, restart, unify};
pub(super) use extent::{breaks, objects, several};

/// The bytes per read.
const CHUNK: usize = 256 * 1024;
/// The bytes kept of what is too long or cut off.
const KEPT: usize = 1024;
/// The bytes that may be scanned for the end of objects that have none, and then be scanned
/// again; and the longest object from then on.
const MOST_RESCANNED: usize = 64 * 1024 * 1024;
const LONGEST_AMONG_BROKEN: usize = 64 * 1024;

/// A splitter of a source into objects.
pub(super) struct Objects {
    pub(super) source: Source,
    block: Block,
    /// What is not read yet of the block.
    start: usize,
    end: usize,
    /// The begin of a character that ends in the next block.
    rest: Vec<u8>,
    before: LineBefore,
    ending: Option<Ending>,
    is_begun: bool,
    /// True within a list of objects.
    in_list: bool,
    /// While it looks for a line that begins with an object: its last column.
    skipping: Option<usize>,
    /// The last byte that was skipped, blanks aside.
    skipped: u8,
    /// Line breaks passed that were not [taken](Self::take_breaks).
    passed: u32,
    /// The last byte read.
    last: u8,
    rescanned: usize,
    /// True if lines end with a carriage return alone.
    returns: bool,
    /// The longest object; shorter in tests.
    longest: usize,
    /// The bytes per read; fewer in tests.
    pub(super) chunk: usize,
}

/// What the first line of a block has before it: bytes, and more than the begin of a list.
#[derive(Clone, Copy, Default)]
struct LineBefore {
    column: usize,
    has_more: bool,
}

/// The next object, or what stands in its place.
pub(super) struct Object<'a> {
    /// The line breaks before it, since the one before began.
    pub(super) breaks: u32,
    pub(super) text: RawLine<'a>,
}

/// A part of the block, and where reading goes on.
struct Part {
    kind: Kind,
    start: usize,
    end: usize,
    next: usize,
}

#[derive(Clone, Copy)]
enum Kind {
    Text,
    TooLong,
    Damaged,
}

impl Objects {
    pub(super) fn new(source: Source) -> Self {
        Self {
            source,
            block: Block::Bytes(Vec::new()),
            start: 0,
            end: 0,
            rest: Vec::new(),
            before: LineBefore::default(),
            ending: None,
            is_begun: false,
            in_list: false,
            skipping: None,
            skipped: b' ',
            passed: 0,
            last: BREAK,
            rescanned: 0,
            returns: false,
            longest: LONGEST_LINE,
            chunk: CHUNK,
        }
    }

    /// Text in memory that may begin with objects, which a scanner may read. Those that are read
    /// must be [consumed](Self::consume).
    pub(super) fn ahead(&self) -> Option<&str> {
        match &self.block {
            Block::Text(text) if self.skipping.is_none() => text.get(self.start..self.end),
            _ => None,
        }
    }

    /// Consumes objects that were [ahead](Self::ahead).
    pub(super) fn consume(&mut self, bytes: usize) {
        self.start = (self.start + bytes).min(self.end);
    }

    /// The line breaks passed since they were taken, those of consumed objects aside.
    pub(super) fn take_breaks(&mut self) -> u32 {
        std::mem::take(&mut self.passed)
    }

    /// Ends the log: the lines that were not counted by their breaks.
    pub(super) fn end(&mut self) -> u32 {
        self.block = Block::Bytes(Vec::new());
        (self.start, self.end) = (0, 0);
        self.take_breaks() + u32::from(self.last != BREAK)
    }

    /// The next object; `None` at the end.
    pub(super) fn next(&mut self) -> Result<Option<Object<'_>>, LogError> {
        let Some(Part { kind, start, end, next }) = self.part()? else { return Ok(None) };
        let breaks = self.take_breaks();
        self.passed = extent::breaks(&self.block.bytes()[start..next]);
        self.start = next;
        let kept = end.min(start + KEPT);
        let text = match (kind, &self.block) {
            (Kind::TooLong, block) => RawLine::TooLong(&block.bytes()[start..kept]),
            (Kind::Damaged, block) => RawLine::Damaged(&block.bytes()[start..kept]),
            (Kind::Text, Block::Text(text)) => RawLine::Text(&text[start..end]),
            (Kind::Text, Block::Bytes(bytes)) => match std::str::from_utf8(&bytes[start..end]) {
                Ok(text) => RawLine::Text(text),
                Err(_) => RawLine::Bytes(&bytes[start..end]),
            },
        };
        Ok(Some(Object { breaks, text }))
    }

    /// The next object or what stands in its place, from `self.start` on.
    fn part(&mut self) -> Result<Option<Part>, LogError> {
        loop {
            let may_begin = self.skip();
            if may_begin {
                self.pass_separators();
            }
            if self.start == self.end || !may_begin {
                if self.ending.is_some() {
                    self.skip_to(self.end);
                    return self.finish();
                }
                self.fill();
                continue;
            }
            let start = self.start;
            let most = self.end.min(start + self.longest + 1);
            let bytes = &self.block.bytes()[start..most];
            let is_value = matches!(bytes.first(), Some(b'{' | b'['));
            let (found, fault) =
                if is_value { extent_and_fault(bytes) } else { (junk(bytes, self.in_list), None) };
            let ends = self.ending.is_some() || bytes.len() > self.longest;
            if let Some(next) = fault.and_then(|at| neighbour(bytes, found, at, ends)) {
                self.note_rescanned(next);
                return Ok(Some(self.restart_at(start + next, start + next, Kind::Text)));
            }
            match found {
                Extent::Whole(length) if length <= self.longest => {
                    let end = start + length;
                    let text = &bytes[..length];
                    let first_break = memchr::memchr(BREAK, text);
                    let is_valid = || std::str::from_utf8(text).is_ok_and(is_json);
                    if let Some(at) = first_break
                        && !is_valid()
                        && let Restart::At(again) =
                            restart(&self.block.bytes()[start..end], at, self.column_of(start))
                    {
                        self.note_rescanned(length);
                        return Ok(Some(self.restart_at(start + again, end, Kind::Text)));
                    }
                    return Ok(Some(Part { kind: Kind::Text, start, end, next: end }));
                }
                Extent::Whole(length) => {
                    let end = start + length;
                    return Ok(Some(Part { kind: Kind::TooLong, start, end, next: end }));
                }
                Extent::Open if self.ending.is_none() && bytes.len() <= self.longest => self.fill(),
                Extent::Open if matches!(self.ending, Some(Ending::IoFault(_))) => {
                    self.start = self.end;
                }
                Extent::Open if self.ending.is_some() && !is_value => {
                    let (end, next) = (self.trimmed(self.end), self.end);
                    return Ok(Some(Part { kind: Kind::Text, start, end, next }));
                }
                Extent::Open if self.ending.is_none() || bytes.len() > self.longest => {
                    let kind =
                        if self.rescanned > MOST_RESCANNED { Kind::Text } else { Kind::TooLong };
                    return Ok(Some(self.without_end(kind, most)));
                }
                Extent::Open => return Ok(Some(self.without_end(Kind::Damaged, self.end))),
                Extent::Broken(at) => return Ok(Some(self.without_end(Kind::Text, start + at))),
            }
        }
    }

    /// A part that has no end up to `end`: reading goes on at the next line that begins with an
    /// object.
    fn without_end(&mut self, kind: Kind, end: usize) -> Part {
        let start = self.start;
        let column = self.column_of(start);
        let is_first_look = self.rescanned < self.longest;
        self.note_rescanned(end - start);
        let next = match restart(&self.block.bytes()[start..self.end], 0, column) {
            Restart::At(at) => {
                // What others follow is not the end that is missing, nor is one long object after
                // the other.
                let is_one = matches!(kind, Kind::TooLong) && is_first_look;
                let kind = if is_one { kind } else { Kind::Text };
                return self.restart_at(start + at, end, kind);
            }
            Restart::Unclear(at) if self.ending.is_none() => start + at,
            _ => self.end,
        };
        if matches!(kind, Kind::Damaged) {
            // This tells the loss.
            self.in_list = false;
            self.ending = Some(Ending::Complete);
        } else {
            self.skipping = Some(column);
            self.note_skipped(next);
        }
        Part { kind, start, end: self.trimmed(end), next }
    }

    /// A part behind which reading goes on at the begin of an object or a list.
    fn restart_at(&mut self, next: usize, end: usize, kind: Kind) -> Part {
        if self.block.bytes().get(next) == Some(&b'[') {
            self.in_list = false;
        }
        Part { kind, start: self.start, end: self.trimmed(end.min(next)), next }
    }

    /// The end of a part, without the blanks before it.
    fn trimmed(&self, end: usize) -> usize {
        self.start + self.block.bytes()[self.start..end].trim_ascii_end().len()
    }

    /// Counts bytes that are scanned again. Where these are many, objects must be shorter.
    fn note_rescanned(&mut self, bytes: usize) {
        self.rescanned = self.rescanned.saturating_add(bytes);
        if self.rescanned > MOST_RESCANNED {
            self.longest = self.longest.min(LONGEST_AMONG_BROKEN);
        }
    }

    /// Skips, if it must, to the next line that begins with an object; true if it is there.
    fn skip(&mut self) -> bool {
        let Some(column) = self.skipping else { return true };
        let (start, end) = (self.start, self.end);
        let bytes = &self.block.bytes()[start..end];
        let next = match restart(bytes, 0, column) {
            Restart::At(at) => {
                self.skipping = None;
                if bytes[at] == b'[' {
                    self.in_list = false;
                }
                start + at
            }
            Restart::Unclear(at) if bytes.len() - at <= self.longest => start + at,
            _ => end,
        };
        self.skip_to(next);
        self.skipping.is_none()
    }

    fn skip_to(&mut self, next: usize) {
        self.note_skipped(next);
        self.passed += breaks(&self.block.bytes()[self.start..next]);
        self.start = next;
    }

    fn note_skipped(&mut self, next: usize) {
        let skipped = self.block.bytes()[self.start..next].trim_ascii_end();
        self.skipped = skipped.last().copied().unwrap_or(self.skipped);
    }

    /// Passes blanks, commas, and the brackets of a list of objects.
    fn pass_separators(&mut self) {
        while self.start < self.end {
            match self.block.bytes()[self.start] {
                BREAK => self.passed += 1,
                b' ' | b'\t' | b',' => {}
                b'[' if !self.in_list => self.in_list = true,
                b']' if self.in_list => self.in_list = false,
                _ => return,
            }
            self.start += 1;
        }
    }

    /// The ending of the log: a list that is not closed is cut off.
    fn finish(&mut self) -> Result<Option<Part>, LogError> {
        let is_cut = match self.ending.replace(Ending::Complete) {
            Some(Ending::IoFault(fault)) => return Err(fault),
            Some(Ending::Damaged) => true,
            // What is skipped to the end may close the list.
            _ if self.skipping.is_some() && self.skipped == b']' => false,
            Some(Ending::Complete) | None => {
                if self.in_list && self.is_within_line(self.end) {
                    // The bracket is missing behind this line, which was read.
                    self.passed += 1;
                    self.last = BREAK;
                }
                self.in_list
            }
        };
        self.in_list = false;
        let (start, end) = (self.start, self.end);
        Ok(is_cut.then_some(Part { kind: Kind::Damaged, start, end, next: end }))
    }

    /// True if the line that a place is on has more before it than the begin of a list.
    fn is_within_line(&self, at: usize) -> bool {
        let bytes = &self.block.bytes()[..at];
        let has_more =
            |line: &[u8]| line.iter().any(|it| !matches!(it, b' ' | b'\t' | b',' | b'['));
        match memchr::memrchr(BREAK, bytes) {
            Some(found) => has_more(&bytes[found + 1..]),
            None => self.before.has_more || has_more(bytes),
        }
    }

    /// The column of a place in the block.
    fn column_of(&self, at: usize) -> usize {
        let before = &self.block.bytes()[..at];
        memchr::memrchr(BREAK, before).map_or(self.before.column + at, |found| at - found - 1)
    }

    /// Reads on, behind what is not read yet of the block.
    fn fill(&mut self) {
        let is_first = !std::mem::replace(&mut self.is_begun, true);
        let start = self.start;
        let has_more = self.is_within_line(start);
        self.before = LineBefore { column: self.column_of(start), has_more };
        let mut bytes = self.block.take();
        bytes.truncate(self.end);
        bytes.drain(..self.start);
        bytes.append(&mut self.rest);
        let mut filled = bytes.len();
        bytes.resize(self.chunk.max(2 * filled), 0);
        bytes.shrink_to(4 * bytes.len());
        let read = filled;
        while filled < bytes.len() && self.ending.is_none() {
            match self.source.read(&mut bytes[filled..]) {
                Ok(Chunk::Bytes(0)) => self.ending = Some(Ending::Complete),
                Ok(Chunk::Bytes(count)) => filled += count,
                Ok(Chunk::Damaged) => self.ending = Some(Ending::Damaged),
                Err(fault) => self.ending = Some(Ending::IoFault(fault)),
            }
        }
        bytes.truncate(filled);
        self.returns |= is_first && has_returns_alone(&bytes);
        unify(&mut bytes[read..], self.returns);
        self.last = bytes[read..].last().copied().unwrap_or(self.last);
        if is_first && bytes.starts_with(begin::BYTE_ORDER_MARK) {
            bytes.drain(..begin::BYTE_ORDER_MARK.len());
        }
        self.block = match String::from_utf8(bytes) {
            Ok(text) => Block::Text(text),
            Err(error) => {
                let valid = error.utf8_error().valid_up_to();
                let is_cut = error.utf8_error().error_len().is_none() && self.ending.is_none();
                let mut bytes = error.into_bytes();
                if is_cut {
                    self.rest = bytes.split_off(valid);
                }
                String::from_utf8(bytes)
                    .map_or_else(|error| Block::Bytes(error.into_bytes()), Block::Text)
            }
        };
        (self.start, self.end) = (0, self.block.bytes().len());
    }
}

#[cfg(test)]
mod tests;
