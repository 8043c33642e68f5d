//! The numbering of the events of a line.

use super::line::Origin;

/// The numbering of the events of a line: those of its next object follow those of the ones before.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Numbering {
    line: u32,
    /// The events of this line so far.
    events: u32,
}

impl Numbering {
    /// The origin of the next object of a line.
    pub(super) const fn origin(self, line: Origin<'_>) -> Origin<'_> {
        let events = if self.line == line.number { self.events } else { 0 };
        Origin { sub: events, shares: events, ..line }
    }

    /// Counts the events of an object of a line.
    pub(super) const fn add(&mut self, line: u32, events: usize) {
        let before = if self.line == line { self.events } else { 0 };
        *self = Self { line, events: before.saturating_add(events as u32) };
    }
}
