//! The event that is shown as a whole: its line is read back from the log once.

use std::sync::Arc;

use crate::base::Timestamp;
use crate::explain::verdicts;
use crate::plan::Plan;

use super::matches::rows;
use super::row;
use crate::session::ingest::line_reading::{LineRequest, ReadMembers};
use crate::session::replay::Replay;
use crate::session::snapshot::{Members, OpenEvent, Verdict};

/// The event that was opened last.
#[derive(Default)]
pub(super) struct Opened {
    /// The line that is read back, and what it has.
    line: Option<(LineRequest, Members)>,
    /// What became of the event, by its number, under a plan.
    verdicts: Option<(usize, Arc<Plan>, Vec<Verdict>)>,
}

/// The line of an event, by its number from 1.
fn request(replay: &Replay, number: usize) -> Option<LineRequest> {
    let tape = replay.tape();
    let event = number.checked_sub(1).filter(|event| *event < tape.events())?;
    let row = tape.end_row(event);
    Some(LineRequest {
        demand: tape.demand().clone(),
        line: tape.line(row),
        sub: tape.sub(row).unwrap_or_default(),
        time: Timestamp(tape.time(row)),
    })
}

impl Opened {
    /// The line that is to be read back for an event, once.
    pub(super) fn wanted(&mut self, replay: &Replay, number: usize) -> Option<LineRequest> {
        let request = request(replay, number)?;
        let is_same = |known: &LineRequest| {
            (known.line, known.sub, known.time) == (request.line, request.sub, request.time)
        };
        if self.line.as_ref().is_some_and(|(known, _)| is_same(known)) {
            return None;
        }
        self.line = Some((request.clone(), Members::Reading));
        Some(request)
    }

    /// A line was read back.
    pub(super) fn take(&mut self, of: &LineRequest, read: ReadMembers) {
        if let Some((_, members)) = self.line.as_mut().filter(|(known, _)| known == of) {
            *members = read.map_or_else(Members::Unreadable, Members::Read);
        }
    }

    /// The event as a whole, at a place in the list.
    pub(super) fn draw(&mut self, replay: &Replay, number: usize) -> Option<Arc<OpenEvent>> {
        let event = number.checked_sub(1).filter(|event| *event < replay.tape().events())?;
        let plan = replay.plan();
        let is_known =
            |(known, of, _): &(usize, Arc<Plan>, _)| *known == number && Arc::ptr_eq(of, plan);
        if !self.verdicts.as_ref().is_some_and(is_known) {
            self.verdicts = Some((number, Arc::clone(plan), verdicts(rows(replay), event)));
        }
        let verdicts = self.verdicts.as_ref().map(|(.., verdicts)| verdicts.clone());
        let members = self.line.as_ref().map_or(Members::Reading, |(_, members)| members.clone());
        Some(Arc::new(OpenEvent {
            row: row(replay, event, (number, event.checked_sub(1)), usize::MAX),
            knows_effects: replay.effects(event).is_some(),
            members,
            verdicts: verdicts.unwrap_or_default(),
        }))
    }
}
