//! Lines on their way to the tape: self-contained batches of them, as numbers. It must not know how
//! lines are written, nor what becomes of them.

use std::ops::Range;

use crate::base::{Timestamp, Value};

use crate::tape::RowKind;
use crate::tape::demand::Layout;
use crate::tape::rejection::Rejections;

/// What every accepted line has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mark {
    /// The event's time.
    pub time: Timestamp,
    /// The line, from 0; over several logs, counted through in their order.
    pub line: u32,
    /// The hash of the line's bytes.
    pub hash: u64,
    /// The hash of the event's id; used only where duplicates are rejected.
    pub id: Option<u128>,
}

/// Who and what an interaction or a ranking is about.
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

// The cells of an interaction are its item, user, session and ranking, then its own fields.

/// Where the fields begin among the cells of an item or user event: behind the item or user.
pub(in crate::tape) const ENTITY_FIELDS: usize = 1;
/// Where the fields begin among the cells of a ranking: behind the ranking, its user and session.
const RANKING_FIELDS: usize = 3;

/// An accepted line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::tape) struct Line {
    pub(in crate::tape) time: i64,
    pub(in crate::tape) hash: u64,
    pub(in crate::tape) number: u32,
    /// Where its cells end in [`Batch::cells`]; they begin where those of the line before end.
    pub(in crate::tape) end: u32,
    pub(in crate::tape) kind: RowKind,
    pub(in crate::tape) type_id: u16,
}

/// Lines of one log, as numbers, with what the new numbers stand for. Batches must reach the tape
/// in the order in which one recorder made them.
#[derive(Clone, Debug, PartialEq)]
pub struct Batch {
    pub(in crate::tape) layout: Layout,
    pub(in crate::tape) source: usize,
    pub(in crate::tape) sources: usize,
    pub(in crate::tape) lines: Vec<Line>,
    pub(in crate::tape) cells: Vec<u32>,
    /// For each line; empty where no duplicates are looked for.
    pub(in crate::tape) ids: Vec<Option<u128>>,
    /// New values, each with its dictionary.
    pub(in crate::tape) values: Vec<(usize, Value)>,
    /// Numbers of identities that are written otherwise than as text, with the number of their
    /// text: a dictionary, a number, the text's number.
    pub(in crate::tape) text_aliases: Vec<(usize, u32, u32)>,
    /// New event types.
    pub(in crate::tape) types: Vec<String>,
    pub(in crate::tape) rejections: Rejections,
}

impl Batch {
    /// How many lines were accepted.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.lines.len()
    }

    /// Whether no line was accepted and none was rejected.
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

    pub(in crate::tape) fn new(layout: Layout, source: usize, sources: usize) -> Self {
        Self {
            layout,
            source,
            sources,
            lines: Vec::new(),
            cells: Vec::new(),
            ids: Vec::new(),
            values: Vec::new(),
            text_aliases: Vec::new(),
            types: Vec::new(),
            rejections: Rejections::default(),
        }
    }
}

/// The type of made impressions, where any are to be made.
pub(in crate::tape) const IMPRESSION: u16 = 0;
/// Stands for no type.
pub(in crate::tape) const NO_TYPE: u16 = u16::MAX;

/// The fields among a ranking's cells, and the items that it lists behind them.
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
        Self { time, hash, number: 0, end: 0, kind: RowKind::Event, type_id: 0 }
    }
}
