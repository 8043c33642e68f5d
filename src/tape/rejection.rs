//! Rejections: why lines are no events. A closed list of reasons, counted, with the first few lines
//! of each as examples.

use std::borrow::Cow;
use std::fmt;

use crate::base::bytes::{Bytes, put_text, put_u64};
use crate::base::escape;

/// The reason of a rejection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Reason {
    /// Invalid JSON, or nested too deeply.
    InvalidJson,
    /// The JSON is a number, a text or a list.
    NotAnObject,
    /// Invalid UTF-8.
    NotUtf8,
    /// The line exceeds the maximal length.
    LineTooLong,
    /// The member with the time is missing.
    NoTimestamp,
    /// The time is neither ISO 8601 nor a number.
    UnreadableTime,
    /// The time lies outside 1971–2099.
    TimeOutOfRange,
    /// The time is a number whose digits are a date, and no unit is given.
    DateAsNumber,
    /// The member with the type is missing.
    NoType,
    /// No flag of the line is set, and the line itself is no event.
    NoFlag,
    /// A flag has a value that is neither true nor false.
    UnclearFlag,
    /// The list of which each element is an event is missing, or is no list.
    NoList,
    /// The list of which each element is an event is empty.
    EmptyList,
    /// An element of that list is no object.
    ElementNotAnObject,
    /// The line yields more events than a line may.
    TooManyEvents,
    /// More distinct types than there are type ids: the type member is probably an id.
    TooManyTypes,
    /// A Metarank event whose `event` is missing or unknown.
    UnknownEventKind,
    /// An interaction or item event without an item.
    NoItem,
    /// A user event without a user.
    NoUser,
    /// A ranking without an id.
    NoRankingId,
    /// A ranking without a list of items.
    NoItems,
    /// Metadata that do not name the entity they are about.
    NoMetadataKey,
    /// A record of a table with more or fewer cells than the header, or with an unclosed quote.
    WrongCells,
    /// A member of Metarank's schema has another shape: `fields` that is no list.
    WrongShape,
    /// The id was accepted before, within `events.dedup`.
    DuplicateId,
    /// The compressed stream or Parquet file is truncated or damaged: nothing behind that place was
    /// read.
    DamagedStream,
}

impl Reason {
    /// Every reason, in the order of declaration.
    pub const ALL: [Self; 26] = [
        Self::InvalidJson,
        Self::NotAnObject,
        Self::NotUtf8,
        Self::LineTooLong,
        Self::NoTimestamp,
        Self::UnreadableTime,
        Self::TimeOutOfRange,
        Self::DateAsNumber,
        Self::NoType,
        Self::NoFlag,
        Self::UnclearFlag,
        Self::NoList,
        Self::EmptyList,
        Self::ElementNotAnObject,
        Self::TooManyEvents,
        Self::TooManyTypes,
        Self::UnknownEventKind,
        Self::NoItem,
        Self::NoUser,
        Self::NoRankingId,
        Self::NoItems,
        Self::NoMetadataKey,
        Self::WrongCells,
        Self::WrongShape,
        Self::DuplicateId,
        Self::DamagedStream,
    ];

    /// The reason in a few words: `no timestamp`.
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            Self::InvalidJson => "invalid JSON",
            Self::NotAnObject => "not an object",
            Self::NotUtf8 => "not UTF-8",
            Self::LineTooLong => "line too long",
            Self::NoTimestamp => "no timestamp",
            Self::UnreadableTime => "unreadable time",
            Self::TimeOutOfRange => "time out of range",
            Self::DateAsNumber => "date written as a number",
            Self::NoType => "no type",
            Self::NoFlag => "no flag set",
            Self::UnclearFlag => "flag neither true nor false",
            Self::NoList => "no list of events",
            Self::EmptyList => "empty list of events",
            Self::ElementNotAnObject => "element not an object",
            Self::TooManyEvents => "too many events in a line",
            Self::TooManyTypes => "too many types",
            Self::UnknownEventKind => "unknown event kind",
            Self::NoItem => "no item",
            Self::NoUser => "no user",
            Self::NoRankingId => "ranking without id",
            Self::NoItems => "ranking without items",
            Self::NoMetadataKey => "metadata without a key",
            Self::WrongCells => "wrong number of cells",
            Self::WrongShape => "wrong shape",
            Self::DuplicateId => "duplicate id",
            Self::DamagedStream => "damaged or cut off",
        }
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.words())
    }
}

/// One rejected line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Example {
    /// The reason.
    pub reason: Reason,
    /// Its line, from 0.
    pub line: u64,
    /// The begin of the line, with unprintable characters escaped and `…` where it goes on; empty if
    /// the text is not available.
    pub excerpt: String,
}

/// A line that repeats the id of another one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Duplicate {
    /// Its number, from 0.
    pub line: u32,
    /// That of the line that has the id first.
    pub original: u32,
    /// Its time in milliseconds.
    pub time: i64,
}

/// All rejected lines: a count for each reason, and the first few of each as examples.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rejections {
    counts: [u64; Reason::ALL.len()],
    examples: Vec<Example>,
    /// The duplicates, as many as are told apart.
    duplicates: Vec<Duplicate>,
}

/// The most duplicates that are told apart.
const DUPLICATES: usize = 65_536;

/// Examples per reason.
pub(super) const EXAMPLES: u64 = 3;
/// Characters per example.
const EXCERPT: usize = 120;

impl Rejections {
    /// Counts a line. `text` may be the whole line; an example keeps its beginning.
    pub fn add(&mut self, reason: Reason, line: u64, text: &[u8]) {
        let count = &mut self.counts[reason as usize];
        *count += 1;
        if *count <= EXAMPLES {
            // At most four bytes per character, so that a long line is not decoded whole.
            let head = &text[..text.len().min(4 * EXCERPT)];
            let goes_on = text.len() > head.len();
            let head = on_one_line(String::from_utf8_lossy(head));
            let is_cut = goes_on || head.chars().nth(EXCERPT).is_some();
            let kept: String = head.chars().take(EXCERPT - usize::from(is_cut)).collect();
            let mut excerpt = escape::printable(kept.trim_end()).into_owned();
            if is_cut {
                excerpt.push('…');
            }
            self.examples.push(Example { reason, line, excerpt });
        }
    }

    /// Counts a line that repeats the id of another one.
    pub(super) fn add_duplicate(&mut self, line: u32, original: u32, time: i64) {
        self.add(Reason::DuplicateId, line.into(), b"");
        if self.duplicates.len() < DUPLICATES {
            self.duplicates.push(Duplicate { line, original, time });
        }
    }

    /// The duplicates, in the order in which they were found; of very many only the first.
    #[must_use]
    pub fn duplicates(&self) -> &[Duplicate] {
        &self.duplicates
    }

    /// Adds the rejections of another part of the same log.
    pub fn merge(&mut self, other: Self) {
        self.duplicates.extend(other.duplicates);
        self.duplicates.truncate(DUPLICATES);
        for example in other.examples {
            if self.count(example.reason) < EXAMPLES
                && self.examples_of(example.reason).count() < EXAMPLES as usize
            {
                self.examples.push(example);
            }
        }
        for (mine, theirs) in self.counts.iter_mut().zip(other.counts) {
            *mine += theirs;
        }
    }

    /// Resets the count of a reason.
    pub fn forget(&mut self, reason: Reason) {
        self.counts[reason as usize] = 0;
        if reason == Reason::DuplicateId {
            self.duplicates.clear();
        }
        self.examples.retain(|example| example.reason != reason);
    }

    /// The number of lines rejected for a reason.
    #[must_use]
    pub const fn count(&self, reason: Reason) -> u64 {
        self.counts[reason as usize]
    }

    /// The number of rejected lines.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.counts.iter().sum()
    }

    /// The reasons that occurred, with counts, the most frequent first.
    #[must_use]
    pub fn by_count(&self) -> Vec<(Reason, u64)> {
        let mut counts: Vec<_> = Reason::ALL
            .into_iter()
            .map(|reason| (reason, self.count(reason)))
            .filter(|(_, count)| *count > 0)
            .collect();
        counts.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
        counts
    }

    /// The examples, in order of appearance.
    #[must_use]
    pub fn examples(&self) -> &[Example] {
        &self.examples
    }

    /// Encodes the counts and examples.
    pub(super) fn put(&self, out: &mut Vec<u8>) {
        self.counts.iter().for_each(|count| put_u64(out, *count));
        put_u64(out, self.examples.len() as u64);
        for example in &self.examples {
            put_u64(out, example.reason as u64);
            put_u64(out, example.line);
            put_text(out, &example.excerpt);
        }
        put_u64(out, self.duplicates.len() as u64);
        for duplicate in &self.duplicates {
            put_u64(out, duplicate.line.into());
            put_u64(out, duplicate.original.into());
            put_u64(out, duplicate.time as u64);
        }
    }

    /// Decodes rejections; `None` if the bytes are invalid.
    pub(super) fn read(bytes: &mut Bytes<'_>) -> Option<Self> {
        let mut counts = [0; Reason::ALL.len()];
        for count in &mut counts {
            *count = bytes.u64()?;
        }
        let mut examples = Vec::new();
        for _ in 0..bytes.u64()? {
            let reason = *Reason::ALL.get(usize::try_from(bytes.u64()?).ok()?)?;
            let line = bytes.u64()?;
            examples.push(Example { reason, line, excerpt: bytes.text()?.to_owned() });
        }
        let mut duplicates = Vec::new();
        for _ in 0..bytes.u64()? {
            let (line, original) = (bytes.u64()?, bytes.u64()?);
            let (line, original) = (u32::try_from(line).ok()?, u32::try_from(original).ok()?);
            duplicates.push(Duplicate { line, original, time: bytes.u64()? as i64 });
        }
        Some(Self { counts, examples, duplicates })
    }

    fn examples_of(&self, reason: Reason) -> impl Iterator<Item = &Example> {
        self.examples.iter().filter(move |example| example.reason == reason)
    }
}

/// A text with a blank for each line break in it and the blanks behind.
fn on_one_line(text: Cow<'_, str>) -> Cow<'_, str> {
    if !text.contains('\r') {
        return text;
    }
    let mut parts = text.split('\r').map(str::trim_ascii_start);
    let mut line = parts.next().unwrap_or_default().to_owned();
    for part in parts.filter(|part| !part.is_empty()) {
        line.push(' ');
        line.push_str(part);
    }
    line.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_reason_is_listed_at_its_own_place() {
        for (i, reason) in Reason::ALL.into_iter().enumerate() {
            assert_eq!(reason as usize, i, "{reason}");
        }
    }

    #[test]
    fn keeps_the_first_few_examples_of_each_reason() {
        let mut all = Rejections::default();
        for part in 0..3_u64 {
            let mut some = Rejections::default();
            some.add(Reason::NoType, 10 * part, b"{}");
            some.add(Reason::NoType, 10 * part + 1, b"{}");
            some.add(Reason::NotUtf8, 10 * part + 2, b"\xff");
            all.merge(some);
        }
        let lines: Vec<_> = all.examples().iter().map(|e| (e.reason, e.line)).collect();
        assert_eq!(
            lines,
            [
                (Reason::NoType, 0),
                (Reason::NoType, 1),
                (Reason::NotUtf8, 2),
                (Reason::NoType, 10),
                (Reason::NotUtf8, 12),
                (Reason::NotUtf8, 22),
            ]
        );
        assert_eq!(all.by_count(), [(Reason::NoType, 6), (Reason::NotUtf8, 3)]);
        all.forget(Reason::NoType);
        assert_eq!(all.total(), 3);
        assert_eq!(all.examples().len(), 3);
    }

    #[test]
    fn an_excerpt_is_short_whatever_the_line_holds() {
        let mut rejections = Rejections::default();
        rejections.add(Reason::InvalidJson, 0, "ä".repeat(5_000).as_bytes());
        rejections.add(Reason::NotUtf8, 1, &[0xff; 5_000]);
        assert!(rejections.examples().iter().all(|e| e.excerpt.chars().count() == EXCERPT));
        assert!(rejections.examples().iter().all(|e| e.excerpt.ends_with('…')), "it is cut");
        rejections.add(Reason::NoType, 2, b"{\"a\x1b[2J\tb\"}");
        assert_eq!(rejections.examples()[2].excerpt, "{\"a\\u{1b}[2J\\tb\"}");
        // An object over several lines, whose breaks are carriage returns.
        let object = format!("{{\r  \"ts\": 1,\r\r\t\"a\": \"{}\"\r}}", "b".repeat(500));
        rejections.add(Reason::NoType, 3, object.as_bytes());
        let excerpt = &rejections.examples()[3].excerpt;
        assert!(excerpt.starts_with("{ \"ts\": 1, \"a\": \"bb"), "{excerpt}");
        assert!(excerpt.ends_with('…'));
    }
}
