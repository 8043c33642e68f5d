//! The events that a filter lets through: found in slices from the first event on, and kept until
//! the filter, the plan or the order of the events changes. What is added to the log while it is
//! read is looked at in its turn.

use std::sync::Arc;

use crate::base::{Deadline, Step, Task};
use crate::engine::InputRows;
use crate::plan::Plan;

use super::filter::{self, Condition, Fault, Filter};
use crate::session::replay::Replay;
use crate::session::snapshot::{FilteredEvents, Mark, MarkKind};

/// The events between two looks at the deadline.
const UNIT: usize = 512;

/// The events that match a filter, as far as they are found.
pub(super) struct Matches {
    pub(super) text: String,
    of: Of,
    filter: Result<Filter, Fault>,
    /// The numbers of the events, from 1, ascending; of rejected lines those of the events before
    /// them.
    pub(super) found: Vec<u32>,
    /// The rejected lines, from 1, beside `found`.
    pub(super) lines: Vec<u64>,
    /// How many events were looked at.
    looked_at: usize,
    /// Whether rejected lines were taken.
    has_rejected: bool,
}

/// What matches are of.
struct Of {
    plan: Arc<Plan>,
    /// Whether the order of the events was final.
    is_finished: bool,
    /// How many attributes were read of events: more may come.
    attributes: usize,
}

impl Of {
    fn is_current(&self, replay: &Replay) -> bool {
        let tape = replay.tape();
        let is_in_order = self.is_finished || !tape.is_finished() || tape.reordered() == 0;
        let has_same_attributes = self.attributes == tape.demand().attributes.len();
        Arc::ptr_eq(&self.plan, replay.plan()) && is_in_order && has_same_attributes
    }
}

/// The rows of a replay, as its plan's inputs see them.
pub(super) fn rows(replay: &Replay) -> InputRows<'_> {
    InputRows { plan: replay.plan(), tape: replay.tape(), index: replay.index() }
}

impl Matches {
    pub(super) fn new(replay: &Replay, text: &str) -> Self {
        let tape = replay.tape();
        let of = Of {
            plan: Arc::clone(replay.plan()),
            is_finished: tape.is_finished(),
            attributes: tape.demand().attributes.len(),
        };
        Self {
            text: text.to_owned(),
            of,
            filter: Filter::read(text, rows(replay)),
            found: Vec::new(),
            lines: Vec::new(),
            looked_at: 0,
            has_rejected: false,
        }
    }

    /// Whether they are those of a filter of this text, of the events as they are.
    pub(super) fn are_of(&self, replay: &Replay, text: &str) -> bool {
        let is_within = self.looked_at <= replay.tape().events();
        self.text == text && is_within && self.of.is_current(replay)
    }

    /// Whether all events that are there were looked at.
    pub(super) fn are_all_found(&self, replay: &Replay) -> bool {
        match &self.filter {
            Err(Fault::Words(_)) => true,
            Err(Fault::Unread(_)) => false,
            // Their places are known once the log is read.
            Ok(Filter::Rejected) => !self.lacks_rejected(replay),
            Ok(Filter::Events(_)) => self.looked_at == replay.tape().events(),
        }
    }

    /// Whether they must be late.
    fn asks_for_late(&self) -> bool {
        let Ok(Filter::Events(conditions)) = &self.filter else { return false };
        conditions.iter().any(|condition| matches!(condition, Condition::Late))
    }

    /// The attribute that they wait for: no event was read with it.
    pub(super) fn unread(&self) -> Option<&str> {
        match &self.filter {
            Err(Fault::Unread(name)) => Some(name),
            _ => None,
        }
    }

    /// The log cannot be read again for the attribute that they wait for, for this reason.
    pub(super) fn give_up(&mut self, name: &str, words: &str) {
        self.filter = Err(Fault::Words(format!("`{name}` cannot be read: {words}")));
    }

    /// Whether rejected lines are to be taken.
    pub(super) fn lacks_rejected(&self, replay: &Replay) -> bool {
        let is_of_rejected = matches!(self.filter, Ok(Filter::Rejected));
        is_of_rejected && !self.has_rejected && replay.tape().is_finished()
    }

    /// Takes rejected lines from the marks of the timeline, which has looked for their places.
    pub(super) fn take_rejected(&mut self, replay: &Replay, marks: &[Mark]) {
        let mut found: Vec<(u64, u32)> = marks
            .iter()
            .filter_map(|mark| match mark.kind {
                MarkKind::Rejected { line, .. } => {
                    Some((line, replay.tape().events_at(mark.at).max(1) as u32))
                }
                MarkKind::Reload | MarkKind::Late { .. } => None,
            })
            .collect();
        found.sort_unstable_by_key(|(line, event)| (*event, *line));
        self.lines = found.iter().map(|(line, _)| *line).collect();
        self.found = found.into_iter().map(|(_, event)| event).collect();
        self.has_rejected = true;
    }

    /// How many of them are at or before an event.
    pub(super) fn until(&self, event: usize) -> usize {
        self.found.partition_point(|number| *number as usize <= event)
    }

    /// The place, from 1, of an event or of the nearest one; `None` until it is found.
    pub(super) fn nearest(&self, replay: &Replay, event: usize) -> Option<usize> {
        let behind = self.until(event);
        let distance = |place: &usize| self.found[*place - 1].abs_diff(event as u32);
        if !self.are_all_found(replay) && behind == self.found.len() {
            return None;
        }
        [behind, behind + 1]
            .into_iter()
            .filter(|place| (1..=self.found.len()).contains(place))
            .min_by_key(distance)
    }

    /// The match so many further on than an event, or back, or else the last on the way;
    /// `Ok(None)` if there is none, and an error while it may still be found.
    pub(super) fn from(&self, replay: &Replay, event: usize, by: i64) -> Result<Option<usize>, ()> {
        let (before, behind) = (self.until(event.saturating_sub(1)), self.until(event));
        let is_found = self.are_all_found(replay);
        let steps = by.unsigned_abs() as usize;
        let place = if by > 0 {
            if !is_found && self.found.len() - behind < steps {
                return Err(());
            }
            (behind + steps).min(self.found.len()).checked_sub(1).filter(|place| *place >= behind)
        } else {
            if !is_found && self.looked_at < event {
                return Err(());
            }
            let place = before.saturating_sub(steps);
            (place < before).then_some(place)
        };
        Ok(place.map(|place| self.found[place] as usize))
    }

    /// What is said of them; `cursor` is the number of events applied.
    pub(super) fn told(&self, replay: &Replay, cursor: usize) -> FilteredEvents {
        let is_rejected = matches!(self.filter, Ok(Filter::Rejected));
        let rejected = replay.tape().rejections().total();
        let events = replay.tape().events();
        FilteredEvents {
            found: self.found.len(),
            before: self.until(cursor),
            of: if is_rejected { rejected as usize } else { events },
            is_of_lines: is_rejected,
            nearest: None,
            sorted: if self.asks_for_late() { replay.tape().reordered() } else { 0 },
            searched: (!self.are_all_found(replay))
                .then(|| self.looked_at as f64 / events.max(1) as f64),
            reading: self.unread().map(str::to_owned),
            similar: self.unread().and_then(|name| filter::similar(name, rows(replay))),
            error: match &self.filter {
                Err(Fault::Words(words)) => Some(words.clone()),
                _ => None,
            },
        }
    }

    /// The bytes that they take.
    pub(super) fn bytes(&self) -> usize {
        let conditions = match &self.filter {
            Ok(Filter::Events(conditions)) => conditions.iter().map(Condition::bytes).sum(),
            Ok(Filter::Rejected) | Err(_) => 0,
        };
        self.found.capacity() * size_of::<u32>()
            + self.lines.capacity() * size_of::<u64>()
            + conditions
    }
}

impl Task for Matches {
    type Context<'c> = &'c Replay;
    type Output = ();

    fn step(&mut self, replay: &Replay, deadline: &Deadline) -> Step<()> {
        let (of, events) = (rows(replay), replay.tape().events());
        let Ok(Filter::Events(conditions)) = &mut self.filter else { return Step::Done(()) };
        if !filter::prepare(conditions, of, deadline) {
            return Step::Pending(0.0);
        }
        while self.looked_at < events {
            let end = events.min(self.looked_at + UNIT);
            for event in self.looked_at..end {
                if filter::passes(conditions, of, event) {
                    self.found.push(event as u32 + 1);
                }
            }
            self.looked_at = end;
            if deadline.has_passed() {
                break;
            }
        }
        if self.looked_at == events {
            Step::Done(())
        } else {
            Step::Pending(self.looked_at as f32 / events as f32)
        }
    }
}
