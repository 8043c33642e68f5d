//! Upcoming changes: how a value changes if no event comes any more, since samples enter and leave
//! windows, decays fade, and the key expires.

use crate::base::{Deadline, Timestamp};
use crate::engine::{At, Reading};
use crate::plan::{OutputId, Shape};

use super::Position;
use super::moments::{MOMENTS, TAIL};
use super::side::SideTask;

/// The most changes that are told.
const CHANGES: usize = 5;
/// The moments between two checks of the deadline.
const STRETCH: usize = 32;
/// The moments of a value that changes with each: in a minute, an hour, a day.
const AGES: [i64; 3] = [60_000, 3_600_000, 86_400_000];

/// A change of a value.
#[derive(Clone, Debug, PartialEq)]
pub struct Change {
    /// True if it follows the one before it at once; false if others that are not told may lie
    /// between.
    pub is_next: bool,
    /// When.
    pub at: Timestamp,
    /// The reading from then on.
    pub reading: Reading,
}

/// The next changes of an output at a key, and its last one, while they are looked for.
pub(super) struct Upcoming {
    output: OutputId,
    slot: u32,
    moments: Vec<Timestamp>,
    next: usize,
    last: Reading,
    found: Vec<Change>,
}

impl Upcoming {
    /// Looks for the changes of a value with these sides, of which all is known.
    pub(super) fn new(
        at: Position<'_>,
        (output, slot): (OutputId, u32),
        sides: &[SideTask],
    ) -> Self {
        let last = at.engine.reading(at.rows.index, output, slot, at.as_of);
        let moments = moments(at, (output, slot), sides);
        Self { output, slot, moments, next: 0, last, found: Vec::new() }
    }

    /// Goes on until the deadline; in each call from the same position. Returns whether all are
    /// found.
    pub(super) fn step(&mut self, at: Position<'_>, deadline: &Deadline) -> bool {
        let reading = |moment| at.engine.reading(at.rows.index, self.output, self.slot, moment);
        while self.found.len() < CHANGES
            && self.next < MOMENTS
            && let Some(moment) = self.moments.get(self.next).copied()
        {
            self.next += 1;
            let now = reading(moment);
            if now != self.last {
                self.last = now.clone();
                self.found.push(Change { is_next: true, at: moment, reading: now });
            }
            if self.next.is_multiple_of(STRETCH) && deadline.has_passed() {
                return false;
            }
        }
        let Some(end) = self.moments.last().copied() else { return true };
        let now = reading(end);
        if now != self.last {
            // The value may have been the same for a while then.
            let last = self.moments.iter().rev().take(TAIL);
            let earlier = last.take_while(|moment| reading(**moment) == now).last();
            let since = earlier.copied().unwrap_or(end);
            self.last = now.clone();
            self.found.push(Change { is_next: false, at: since, reading: now });
        }
        true
    }

    pub(super) fn into_changes(self) -> Vec<Change> {
        self.found
    }
}

/// The moments after that of reading at which the value may change, ascending.
fn moments(
    at: Position<'_>,
    (output, slot): (OutputId, u32),
    sides: &[SideTask],
) -> Vec<Timestamp> {
    let (plan, index) = (at.plan(), at.rows.index);
    let scope = plan.scope_of(output);
    let mut moments: Vec<i64> = Vec::new();
    for side in sides {
        let state = &plan.states[side.term().state.0];
        if let Shape::Decay { half_life } = state.shape {
            moments.extend((1..=4).map(|times| at.as_of.0.saturating_add(times * half_life.0)));
        } else if state.drifts() {
            moments.extend(AGES.map(|age| at.as_of.0.saturating_add(age)));
        }
        let last = at.engine.last_write_of(index, side.term(), scope, At::Slot(slot));
        moments.extend(last.map(|last| last.0.saturating_add(state.ttl.0)));
        moments.extend(side.moments().found());
    }
    let ttl = plan.features[plan.outputs[output.0].feature.0].ttl;
    if let Some(last) = at.engine.last_write(index, output, slot) {
        moments.push(last.0.saturating_add(ttl.0));
    }
    moments.retain(|moment| *moment > at.as_of.0);
    moments.sort_unstable();
    moments.dedup();
    moments.into_iter().map(Timestamp).collect()
}
