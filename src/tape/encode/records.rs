//! Records: the text of what a batch was read from, for a profile of the log. An encoder keeps it on
//! request only.

use std::ops::Range;

use crate::base::Timestamp;
use crate::tape::rejection::{EXAMPLES, Reason};
use crate::tape::row_kind::RowKind;

/// The most bytes of a rejected line that are kept.
const REJECTED_BYTES: usize = 64 * 1024;

/// The texts of a batch.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(in crate::tape) struct Records {
    pub(super) text: String,
    pub(super) kept: Vec<Kept>,
    /// Per event, its element of the list of events; empty if the events are no elements.
    pub(super) elements: Vec<u32>,
    pub(super) rejected: Vec<Rejected>,
}

/// The ranges of an object: its text, and its events.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::tape) struct Kept {
    pub(super) text: Range<usize>,
    pub(super) events: Range<usize>,
}

/// Stands for no element.
pub(super) const NO_ELEMENT: u32 = u32::MAX;

/// An object of the log that yielded events, as JSON.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record<'b> {
    /// Its text; of a row of a table the object that it stands for.
    pub text: &'b str,
    /// Its events, by their numbers in the batch.
    pub events: Range<usize>,
}

/// An event as it was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReadEvent {
    /// Its time; [`TIMELESS`](crate::tape::TIMELESS) for metadata without one.
    pub time: Timestamp,
    /// Its line, from 0.
    pub line: u32,
    /// What it is.
    pub kind: RowKind,
    /// The number of its type.
    pub type_id: usize,
    /// The element that it is of the list of events.
    pub element: Option<usize>,
    /// The hash of its id, and the first event of its line that shares it; only for deduplication.
    pub id: Option<(u128, u32)>,
}

/// A rejected line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rejected {
    /// The reason.
    pub reason: Reason,
    /// The line, from 0.
    pub line: u32,
    /// As much of it as is available.
    pub text: Vec<u8>,
}

impl Records {
    /// The objects, in order.
    pub(super) fn iter(&self) -> impl Iterator<Item = Record<'_>> {
        self.kept.iter().map(|Kept { text, events }| Record {
            text: self.text.get(text.clone()).unwrap_or_default(),
            events: events.clone(),
        })
    }

    /// The element that an event is of the list of events.
    pub(super) fn element(&self, event: usize) -> Option<usize> {
        let element = self.elements.get(event).filter(|element| **element != NO_ELEMENT);
        element.map(|element| *element as usize)
    }

    /// Keeps a rejected line, if it is one of the first with this reason.
    pub(super) fn reject(&mut self, reason: Reason, line: u32, text: &[u8]) {
        let of_reason = self.rejected.iter().filter(|known| known.reason == reason);
        if of_reason.count() < EXAMPLES as usize {
            let text = text[..text.len().min(REJECTED_BYTES)].to_vec();
            self.rejected.push(Rejected { reason, line, text });
        }
    }
}
