//! Where the cursor stands: on an event, or at a moment between two of them, before the first or
//! after the last. It must not know how the cursor gets there.

use crate::base::Timestamp;
use crate::engine::nth_change;
use crate::plan::OutputId;

use super::Replay;

impl Replay {
    /// Sends the cursor to a moment: after the last event at or before it.
    pub fn stand_at(&mut self, moment: Timestamp) {
        self.seek_to(self.tape.events_at(moment));
        self.moment = Some(moment);
    }

    /// The events have changed: finds the place of the moment among them again.
    pub(in crate::session) fn find_moment(&mut self) {
        if let Some(moment) = self.moment {
            self.target = self.tape.events_at(moment);
        }
    }

    /// The moment at which the cursor stands, or to which it is on its way; `None` on an event.
    #[must_use]
    pub fn moment(&self) -> Option<Timestamp> {
        self.moment.filter(|moment| self.tape.clock(self.target) != Some(*moment))
    }

    /// The moment as of which values are read: where the cursor stands, or else the clock. `None`
    /// before the first event.
    #[must_use]
    pub fn as_of(&self) -> Option<Timestamp> {
        let moment = self.moment.filter(|_| self.cursor() == self.target);
        self.engine.clock().max(moment)
    }

    /// The moment from which event time runs on: before the first event that is its time.
    pub(in crate::session) fn runs_from(&self) -> Option<Timestamp> {
        let clock = self.tape.clock(self.target);
        clock.max(self.moment.filter(|_| clock.is_some())).or_else(|| self.tape.clock(1))
    }

    /// Where the cursor gets by so many events from where it is going. From a moment between two
    /// events the one before it is a step back, and after the last there is none forward.
    pub(in crate::session) fn step(&self, events: i64) -> Option<usize> {
        let stands = self.moment().is_some();
        if stands && events > 0 && self.target == self.tape.events() {
            return None;
        }
        let from = self.target as i64 + i64::from(stands && events < 0);
        Some((from + events).max(0) as usize)
    }

    /// The cursor just after the next event that changed an output at a key, `forward` or back
    /// from where the cursor is going; `None` where there is none on that side.
    #[must_use]
    pub fn next_change(&self, output: OutputId, slot: u32, forward: bool) -> Option<usize> {
        self.nth_change(output, slot, if forward { 1 } else { -1 })
    }

    /// The same for so many events on, or back if negative; as far as there are any.
    #[must_use]
    pub fn nth_change(&self, output: OutputId, slot: u32, events: i64) -> Option<usize> {
        let forward = events > 0;
        let from = self.target + usize::from(!forward && self.moment().is_some());
        let way = (forward, events.unsigned_abs());
        nth_change(self.plan(), &self.tape, &self.index, (output, slot), from, way)
    }
}
