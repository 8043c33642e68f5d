//! Moments: the cursor is on an event, or at a moment between two events, before the first or after
//! the last. A moment changes no state; it is the time as of which values are read.

use crate::base::Timestamp;
use crate::engine::nth_change;
use crate::plan::OutputId;

use super::Replay;

impl Replay {
    /// Sends the cursor to a moment: after the last event at or before it.
    pub fn seek_to_moment(&mut self, moment: Timestamp) {
        self.seek_to(self.tape.events_at(moment));
        self.seek.set_target(self.target(), Some(moment));
    }

    /// Finds the target of a moment again, after the events have changed.
    pub(in crate::session) fn find_moment(&mut self) {
        if let Some(moment) = self.seek.moment() {
            self.seek.set_target(self.tape.events_at(moment), Some(moment));
        }
    }

    /// The moment of the cursor, or of its target; `None` on an event.
    #[must_use]
    pub fn moment(&self) -> Option<Timestamp> {
        self.seek.moment().filter(|moment| self.tape.clock(self.target()) != Some(*moment))
    }

    /// The moment as of which values are read: that of the cursor, or else the clock. `None` before
    /// the first event.
    #[must_use]
    pub fn as_of(&self) -> Option<Timestamp> {
        let moment = self.seek.moment().filter(|_| self.cursor() == self.target());
        self.engine.clock().max(moment)
    }

    /// The moment from which event time plays on: before the first event, that event's time.
    pub(in crate::session) fn runs_from(&self) -> Option<Timestamp> {
        let clock = self.tape.clock(self.target());
        clock.max(self.seek.moment().filter(|_| clock.is_some())).or_else(|| self.tape.clock(1))
    }

    /// The position so many events from the target. From a moment between two events the one before
    /// it is a step back, and after the last there is none forward.
    pub(in crate::session) fn step(&self, events: i64) -> Option<usize> {
        let between = self.moment().is_some();
        if between && events > 0 && self.target() == self.tape.events() {
            return None;
        }
        let from = self.target() as i64 + i64::from(between && events < 0);
        Some((from + events).max(0) as usize)
    }

    /// The position just after the next event that changed an output at a key, `forward` or back from
    /// the target; `None` if there is none on that side.
    #[must_use]
    pub fn next_change(&self, output: OutputId, slot: u32, forward: bool) -> Option<usize> {
        self.nth_change(output, slot, if forward { 1 } else { -1 })
    }

    /// The same for so many events on, or back if negative; as far as there are any.
    #[must_use]
    pub fn nth_change(&self, output: OutputId, slot: u32, events: i64) -> Option<usize> {
        let forward = events > 0;
        let from = self.target() + usize::from(!forward && self.moment().is_some());
        let steps = (forward, events.unsigned_abs());
        nth_change(self.plan(), &self.tape, &self.index, (output, slot), from, steps)
    }
}
