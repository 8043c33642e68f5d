//! The last events before the cursor and what they did, so that they can be taken back one by
//! one. It must not know how it is filled.

use std::collections::VecDeque;

use crate::engine::{RecordedEvent, ValueChange};

/// How many are watched at most.
const MOST: usize = 4096;
/// How many bytes they may take.
const BYTES: usize = 64 << 20;
/// How many must stay known when events are taken back.
const STAY_KNOWN: usize = 32;

/// A run of events that ends at the cursor.
#[derive(Debug, Default)]
pub(in crate::session) struct UndoLog {
    first: usize,
    events: VecDeque<RecordedEvent>,
    bytes: usize,
}

fn bytes(observed: &RecordedEvent) -> usize {
    observed.undo.bytes() + observed.changes.capacity() * size_of::<ValueChange>()
}

impl UndoLog {
    /// The first event that is watched; the cursor where none is.
    pub(in crate::session) const fn first(&self) -> usize {
        self.first
    }

    /// How many are.
    pub(in crate::session) fn len(&self) -> usize {
        self.events.len()
    }

    /// The bytes of memory held.
    pub(in crate::session) const fn bytes(&self) -> usize {
        self.bytes
    }

    /// Forgets all; the cursor stands at `cursor`.
    pub(in crate::session) fn clear(&mut self, cursor: usize) {
        self.events.clear();
        self.first = cursor;
        self.bytes = 0;
    }

    /// What an event changed, if it is known.
    pub(in crate::session) fn effects(&self, event: usize) -> Option<&[ValueChange]> {
        let observed = self.events.get(event.checked_sub(self.first)?)?;
        Some(&observed.changes)
    }

    /// Whether the cursor can be brought back to a position, and what is shown before it stays
    /// known.
    pub(in crate::session) const fn reaches(&self, position: usize) -> bool {
        self.first == 0 || position >= self.first + STAY_KNOWN
    }

    /// Takes in the event that the cursor has passed.
    pub(in crate::session) fn push(&mut self, observed: RecordedEvent) {
        self.bytes += bytes(&observed);
        self.events.push_back(observed);
        while self.events.len() > MOST || (self.bytes > BYTES && self.events.len() > STAY_KNOWN) {
            let Some(oldest) = self.events.pop_front() else { break };
            self.bytes -= bytes(&oldest);
            self.first += 1;
        }
    }

    /// Gives the last one, to be taken back.
    pub(in crate::session) fn pop(&mut self) -> Option<RecordedEvent> {
        let newest = self.events.pop_back()?;
        self.bytes -= bytes(&newest);
        Some(newest)
    }

    /// How many more there is room for, if they are like those that are known.
    pub(in crate::session) fn room(&self) -> usize {
        let most = match self.events.len() {
            0 => MOST,
            known => BYTES / (self.bytes / known).max(1),
        };
        most.min(MOST).saturating_sub(self.events.len())
    }

    /// Takes in a run of events, the last of which is the one before the first.
    pub(in crate::session) fn prepend(&mut self, run: Vec<RecordedEvent>) {
        self.first = self.first.saturating_sub(run.len());
        for observed in run.into_iter().rev() {
            self.bytes += bytes(&observed);
            self.events.push_front(observed);
        }
    }
}
