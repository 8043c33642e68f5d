//! Undo log: the last events before the cursor, with what each wrote as it was before.

use std::collections::VecDeque;

use crate::engine::{RecordedEvent, ValueChange};

/// The most events recorded.
const MAX_EVENTS: usize = 4096;
/// The most bytes that they may take.
const MAX_BYTES: usize = 64 << 20;
/// The least events that stay recorded when events are undone: the newest ones are shown.
const MIN_EVENTS: usize = 32;

/// The recorded events, the last of which precedes the cursor.
#[derive(Debug, Default)]
pub(in crate::session) struct UndoLog {
    first: usize,
    events: VecDeque<RecordedEvent>,
    bytes: usize,
}

fn bytes(recorded: &RecordedEvent) -> usize {
    recorded.undo.bytes() + recorded.changes.capacity() * size_of::<ValueChange>()
}

impl UndoLog {
    /// The first recorded event; the cursor if there is none.
    pub(in crate::session) const fn first(&self) -> usize {
        self.first
    }

    /// The number of recorded events.
    pub(in crate::session) fn len(&self) -> usize {
        self.events.len()
    }

    /// The bytes of memory held.
    pub(in crate::session) const fn bytes(&self) -> usize {
        self.bytes
    }

    /// Clears the log; the cursor is at `cursor`.
    pub(in crate::session) fn clear(&mut self, cursor: usize) {
        self.events.clear();
        self.first = cursor;
        self.bytes = 0;
    }

    /// What an event changed, if it is recorded.
    pub(in crate::session) fn effects(&self, event: usize) -> Option<&[ValueChange]> {
        let recorded = self.events.get(event.checked_sub(self.first)?)?;
        Some(&recorded.changes)
    }

    /// Whether the cursor can be brought back to a position with enough recorded events before it.
    pub(in crate::session) const fn reaches(&self, position: usize) -> bool {
        self.first == 0 || position >= self.first + MIN_EVENTS
    }

    /// Records the event that the cursor has passed.
    pub(in crate::session) fn push(&mut self, recorded: RecordedEvent) {
        self.bytes += bytes(&recorded);
        self.events.push_back(recorded);
        while self.events.len() > MAX_EVENTS
            || (self.bytes > MAX_BYTES && self.events.len() > MIN_EVENTS)
        {
            let Some(oldest) = self.events.pop_front() else { break };
            self.bytes -= bytes(&oldest);
            self.first += 1;
        }
    }

    /// Takes the last event out, to be undone.
    pub(in crate::session) fn pop(&mut self) -> Option<RecordedEvent> {
        let newest = self.events.pop_back()?;
        self.bytes -= bytes(&newest);
        Some(newest)
    }

    /// The number of events that can still be recorded, if they are like those recorded so far.
    pub(in crate::session) fn capacity(&self) -> usize {
        let most = match self.events.len() {
            0 => MAX_EVENTS,
            known => MAX_BYTES / (self.bytes / known).max(1),
        };
        most.min(MAX_EVENTS).saturating_sub(self.events.len())
    }

    /// Prepends events, the last of which precedes the first recorded one.
    pub(in crate::session) fn prepend(&mut self, run: Vec<RecordedEvent>) {
        self.first = self.first.saturating_sub(run.len());
        for recorded in run.into_iter().rev() {
            self.bytes += bytes(&recorded);
            self.events.push_front(recorded);
        }
    }
}
