//! What a visit of term rows brings: rows one by one, and rows that are alike together.

use crate::aggregate::Sample;
use crate::base::{Millis, Timestamp};

use crate::engine::program::input_rows::TakenTypes;
use crate::engine::program::not_counted::NotCounted;

/// What a visit brings.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Visited<'v, 't> {
    /// A row that the input does not count, with the reason.
    Other(usize, NotCounted<'t>),
    /// Rows of a type that the input does not take, in place of a visit for each.
    OtherType(OtherType),
    /// A row that the input counts, with its sample, and the reason why that has no part in the
    /// value, if it has none.
    Sample(usize, Sample, Option<NotCounted<'static>>),
    /// Rows that a count takes, each once, in place of a visit for each.
    Counted(CountedRows<'v>),
    /// The key expired before the next row that the input counts, or before the moment of reading:
    /// all samples so far have no part, for this reason; those that were late have none for that.
    /// Its time to live had passed by so much.
    Expired(Millis),
}

/// Rows of one type.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct OtherType {
    /// The type, by its number on the tape; `None` for rows that no input counts.
    pub id: Option<u16>,
    /// The number of rows.
    pub count: u64,
    newest: [usize; Self::NEWEST],
}

impl OtherType {
    /// How many of the rows are named.
    pub const NEWEST: usize = 3;

    /// The newest rows, ascending.
    #[must_use]
    pub fn newest(&self) -> &[usize] {
        let most = usize::try_from(self.count).unwrap_or(usize::MAX).min(Self::NEWEST);
        &self.newest[Self::NEWEST - most..]
    }
}

/// The rows of some types that an input does not take, while they are counted.
pub(super) struct OtherTypes(Vec<OtherType>);

impl OtherTypes {
    /// Counts the rows of a range that are of other types than are taken: their types by their
    /// numbers, of so many, and those beyond for rows that no input counts.
    pub(super) fn new(
        types: &TakenTypes,
        known: usize,
        rows: impl DoubleEndedIterator<Item = (usize, u16)> + Clone,
    ) -> Self {
        let place = |id: u16| usize::from(id).min(known);
        let mut counts = vec![0_u32; known + 1];
        rows.clone().for_each(|(_, id)| counts[place(id)] += 1);
        let others = counts.iter().enumerate().map(|(place, count)| {
            let id = u16::try_from(place).ok().filter(|_| place < known);
            let is_taken = id.is_some_and(|id| types.has(id));
            let count = if is_taken { 0 } else { u64::from(*count) };
            OtherType { id, count, newest: [0; OtherType::NEWEST] }
        });
        let mut others: Vec<OtherType> = others.collect();
        let named = |other: &OtherType| (other.count as usize).min(OtherType::NEWEST);
        let mut missing: Vec<usize> = others.iter().map(named).collect();
        let mut left: usize = missing.iter().sum();
        for (row, id) in rows.rev() {
            if left == 0 {
                break;
            }
            let place = place(id);
            if missing[place] > 0 {
                // The last ones first, and those of fewer stand at the end as well.
                let behind = named(&others[place]) - missing[place];
                others[place].newest[OtherType::NEWEST - 1 - behind] = row;
                missing[place] -= 1;
                left -= 1;
            }
        }
        others.retain(|other| other.count > 0);
        Self(others)
    }

    /// One for each type of which there are rows.
    pub(super) fn into_iter(self) -> impl Iterator<Item = OtherType> {
        self.0.into_iter()
    }
}

/// Rows that a count takes, each once: none of them is late, and they are all in the window or all
/// before it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct CountedRows<'v> {
    /// The first row of a range, the times of its rows, and the offsets of those that are taken.
    pub(super) first: usize,
    pub(super) times: &'v [i64],
    pub(super) offsets: &'v [u32],
    /// The earliest and the latest of the times.
    pub(super) span: (i64, i64),
    /// The begin of the window, if they are before it.
    pub(super) before: Option<Timestamp>,
}

impl<'v> CountedRows<'v> {
    /// How many there are: one at least.
    #[must_use]
    pub const fn count(&self) -> usize {
        self.offsets.len()
    }

    /// The rows, ascending.
    #[must_use]
    pub fn rows(self) -> impl DoubleEndedIterator<Item = usize> + use<'v> {
        self.offsets.iter().map(move |offset| self.first + *offset as usize)
    }

    /// Their times, in the same order.
    pub fn times(self) -> impl Iterator<Item = i64> + use<'v> {
        self.offsets.iter().map(move |offset| self.times[*offset as usize])
    }

    /// The earliest and the latest of their times.
    #[must_use]
    pub const fn span(&self) -> (i64, i64) {
        self.span
    }

    /// By how much they are before the window, the least and the most; `None` if they are in it.
    #[must_use]
    pub fn before_window(&self) -> Option<(Millis, Millis)> {
        let miss = |from: Timestamp, time: i64| Millis(from.0 - time);
        self.before.map(|from| (miss(from, self.span.1), miss(from, self.span.0)))
    }
}
