//! Batches: accepted lines as numbers, self-contained, from the encoder to the tape.

use std::ops::Range;

use crate::base::{Timestamp, Value};

use crate::tape::demand::Layout;
use crate::tape::rejection::{Reason, Rejections};
use crate::tape::row_kind::RowKind;

use super::records::{ReadEvent, Record, Records, Rejected};

/// The time, position and hashes of an accepted line.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Mark {
    /// The event's time.
    pub time: Timestamp,
    /// The line number, from 0; over several logs, counted through.
    pub line: u32,
    /// The hash of the line's bytes.
    pub hash: u64,
    /// The hash of the event's id; used only for deduplication.
    pub id: Option<u128>,
    /// The number of the event among those of its line, from 0.
    pub sub: u32,
    /// The first event of those that share the id, and are a duplicate only together; the greatest
    /// number if all of the line may.
    pub shares: u32,
}

/// The time of metadata that are known before all events.
pub const TIMELESS: Timestamp = Timestamp(i64::MIN);

/// The item, user, session and ranking of an interaction or a ranking.
#[derive(Clone, Debug, PartialEq)]
pub struct Parties<D> {
    /// The item.
    pub item: Option<D>,
    /// The user.
    pub user: Option<D>,
    /// The session.
    pub session: Option<D>,
    /// The ranking.
    pub ranking: Option<D>,
}

impl<D> Default for Parties<D> {
    fn default() -> Self {
        Self { item: None, user: None, session: None, ranking: None }
    }
}

/// When a line was there, as it says itself.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Arrival {
    /// At this time.
    Time(Timestamp),
    /// It does not say.
    #[default]
    Missing,
    /// What it says is no time.
    Unreadable,
}

// The cells of an interaction are its item, user, session and ranking, then its own fields; those of
// a flat event the names of its entities, then its own fields.

/// The index of the first field in the cells of an item or user event: behind the item or user.
pub(in crate::tape) const ENTITY_FIELDS: usize = 1;
/// The index of the first field in the cells of metadata: behind the number and the name of the
/// entity.
pub(in crate::tape) const METADATA_FIELDS: usize = 2;
/// The index of the first field in the cells of a ranking: behind the ranking, its user and
/// session.
const RANKING_FIELDS: usize = 3;

/// An accepted line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::tape) struct Line {
    pub(in crate::tape) time: i64,
    pub(in crate::tape) hash: u64,
    pub(in crate::tape) number: u32,
    /// The end of its cells in [`Batch::cells`], where those of the next line begin.
    pub(super) end: u32,
    /// Its number among the events of the line.
    pub(in crate::tape) sub: u32,
    pub(in crate::tape) kind: RowKind,
    pub(in crate::tape) type_id: u16,
}

/// Lines of one log as numbers, with the new dictionary entries. Batches must reach the tape in the
/// order in which one encoder made them.
#[derive(Clone, Debug, PartialEq)]
pub struct Batch {
    pub(in crate::tape) layout: Layout,
    pub(in crate::tape) source: usize,
    /// True if the lines are of a file of metadata, which is no log of events.
    pub(in crate::tape) is_of_file: bool,
    pub(in crate::tape) sources: usize,
    pub(in crate::tape) lines: Vec<Line>,
    pub(in crate::tape) cells: Vec<u32>,
    /// Per line; empty without deduplication.
    pub(in crate::tape) ids: Vec<Option<u128>>,
    /// Per line, the first event of those that share its id; empty unless lines yield several
    /// events, and without deduplication.
    pub(in crate::tape) shares: Vec<u32>,
    /// Per line, when it was there; empty unless that is asked for.
    pub(in crate::tape) arrivals: Vec<Arrival>,
    /// New dictionary entries, each with its dictionary.
    pub(in crate::tape) values: Vec<(usize, Value)>,
    /// Aliases of identities that are not written as text: dictionary, id, id of the text.
    pub(in crate::tape) text_aliases: Vec<(usize, u32, u32)>,
    /// New event types.
    pub(in crate::tape) types: Vec<String>,
    pub(in crate::tape) rejections: Rejections,
    /// The texts of what was read, if they are kept.
    pub(in crate::tape) records: Option<Box<Records>>,
}

impl Batch {
    /// The number of accepted lines.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.lines.len()
    }

    /// True if no line was accepted or rejected.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.lines.is_empty() && self.rejections.total() == 0
    }

    /// The lines that were rejected.
    #[must_use]
    pub const fn rejections(&self) -> &Rejections {
        &self.rejections
    }

    /// The cells of a line.
    pub(in crate::tape) fn cells(&self, line: usize) -> &[u32] {
        let start = if line == 0 { 0 } else { self.lines[line - 1].end as usize };
        &self.cells[start..self.lines[line].end as usize]
    }

    pub(super) fn new(layout: Layout, source: usize, sources: usize) -> Self {
        Self {
            layout,
            source,
            is_of_file: false,
            sources,
            lines: Vec::new(),
            cells: Vec::new(),
            ids: Vec::new(),
            shares: Vec::new(),
            arrivals: Vec::new(),
            values: Vec::new(),
            text_aliases: Vec::new(),
            types: Vec::new(),
            rejections: Rejections::default(),
            records: None,
        }
    }
}

impl Batch {
    /// The objects that were read, if the encoder keeps them.
    pub fn records(&self) -> impl Iterator<Item = Record<'_>> {
        self.records.iter().flat_map(|records| records.iter())
    }

    /// The first rejected lines with their texts, if the encoder keeps them.
    #[must_use]
    pub fn rejected(&self) -> &[Rejected] {
        self.records.as_ref().map_or(&[], |records| &records.rejected)
    }

    /// An event by its number.
    #[must_use]
    pub fn event(&self, number: usize) -> Option<ReadEvent> {
        let Line { time, number: line, kind, type_id, .. } = *self.lines.get(number)?;
        let shares = self.shares.get(number).copied().unwrap_or_default();
        Some(ReadEvent {
            time: Timestamp(time),
            line,
            kind,
            type_id: type_id.into(),
            element: self.records.as_ref().and_then(|records| records.element(number)),
            id: self.ids.get(number).copied().flatten().map(|id| (id, shares)),
        })
    }

    /// The names of the types that no batch before had.
    #[must_use]
    pub fn new_types(&self) -> &[String] {
        &self.types
    }

    /// The number of its log.
    #[must_use]
    pub const fn log(&self) -> usize {
        self.source
    }

    /// True if it is of a file of metadata, which is no log of events.
    #[must_use]
    pub const fn is_metadata_file(&self) -> bool {
        self.is_of_file
    }

    /// Counts a rejected line.
    pub(super) fn reject(&mut self, reason: Reason, line: u32, text: &[u8]) {
        self.rejections.add(reason, line.into(), text);
        if let Some(records) = &mut self.records {
            records.reject(reason, line, text);
        }
    }
}

/// The ranges of a ranking's cells: its fields, and the items it lists.
pub(in crate::tape) fn ranking_parts(
    layout: &Layout,
) -> (Range<usize>, std::ops::RangeFrom<usize>) {
    let end = RANKING_FIELDS + layout.ranking.dictionaries.len();
    (RANKING_FIELDS..end, end..)
}

#[cfg(test)]
impl Line {
    /// A line without cells.
    pub(in crate::tape) const fn stub(time: i64, hash: u64) -> Self {
        Self { time, hash, number: 0, end: 0, sub: 0, kind: RowKind::Event, type_id: 0 }
    }
}
