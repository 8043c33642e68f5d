//! The events around the cursor: all of them, or those that a filter lets through (`matches`, by
//! `filter`, with the values that they contribute to, `value`); and one of them as a whole (`open`).

mod filter;
mod matches;
mod open;
mod value;

use crate::base::{Deadline, Task as _, Timestamp};
use crate::tape::{RowKind, Tape};

use crate::session::ingest::line_reading::{LineRequest, ReadMembers};
use crate::session::protocol::EventsViewport;
use crate::session::replay::Replay;
use crate::session::snapshot::{Effect, EventRow, Events, Mark, Rejected};
use matches::Matches;
use open::Opened;

/// How many effects of an event are listed.
const LISTED: usize = 12;

/// The list of events, and what is looked for in it.
#[derive(Default)]
pub(super) struct EventList {
    matches: Option<Matches>,
    /// The step to a match that is not yet found.
    step: Option<StepOfMatch>,
    /// How many steps led to an event.
    reached: usize,
    opened: Opened,
    /// An attribute that cannot be read of the log, and why.
    unreadable: Option<(String, String)>,
}

/// A step to an event that matches a filter.
struct StepOfMatch {
    text: String,
    /// The event from which it goes, and how many matches on; negative for back.
    from: usize,
    by: i64,
}

/// Where a step of matches leads.
pub(in crate::session) enum FoundMatch {
    /// To an event, by its number.
    Event(usize),
    /// Nowhere; the words say so.
    Nowhere(String),
}

impl EventList {
    /// Goes so many matches of a filter on from an event, as soon as they are found.
    pub(super) fn go(&mut self, text: String, from: usize, by: i64) {
        self.step = Some(StepOfMatch { text, from, by });
    }

    /// The filter is another one: what was looked for with the one before is given up.
    pub(super) fn filter_changed(&mut self) {
        self.step = None;
    }

    /// Looks for matches of the filter that is shown, or of the step that waits, until the deadline;
    /// returns where a step leads, and whether more is to be looked for. `rejected` marks the
    /// rejected lines.
    pub(super) fn work(
        &mut self,
        replay: &Replay,
        shown: &str,
        rejected: impl FnOnce() -> Vec<Mark>,
        deadline: &Deadline,
    ) -> (Option<FoundMatch>, bool) {
        let text = self.step.as_ref().map_or(shown, |step| step.text.as_str());
        if text.trim().is_empty() {
            self.step = None;
            return (None, false);
        }
        if !self.matches.as_ref().is_some_and(|matches| matches.are_of(replay, text)) {
            self.matches = Some(Matches::new(replay, text));
        }
        let Some(matches) = &mut self.matches else { return (None, false) };
        if let (Some(unread), Some((name, words))) = (matches.unread(), &self.unreadable)
            && unread == name
        {
            matches.give_up(name, words);
        }
        if !matches.are_all_found(replay) {
            if matches.lacks_rejected(replay) {
                matches.take_rejected(replay, &rejected());
            }
            let _ = matches.step(replay, deadline);
        }
        let found = self.step.as_ref().and_then(|step| {
            let to = matches.from(replay, step.from, step.by).ok()?;
            Some(to.map_or_else(|| matches.nowhere(replay, step.by), FoundMatch::Event))
        });
        if let Some(found) = &found {
            self.step = None;
            self.reached += usize::from(matches!(found, FoundMatch::Event(_)));
        }
        // While the log is read again there is nothing to look at.
        (found, !matches.are_all_found(replay) && matches.unread().is_none())
    }

    /// The attribute for which the log is to be read again.
    pub(super) fn wanted_field(&self) -> Option<&str> {
        self.matches.as_ref().and_then(Matches::unread)
    }

    /// An attribute cannot be read of the log, in words.
    pub(super) fn set_unreadable(&mut self, field: String, words: String) {
        self.unreadable = Some((field, words));
    }

    /// Forgets what was read of a log or found under a plan that is not in use any more.
    pub(super) fn forget(&mut self) {
        self.matches = None;
        self.opened = Opened::default();
        self.unreadable = None;
    }

    /// How many steps to matches led to an event so far.
    pub(super) const fn reached(&self) -> usize {
        self.reached
    }

    /// The bytes that matches take.
    pub(super) fn held(&self) -> usize {
        self.matches.as_ref().map_or(0, Matches::bytes)
    }

    /// The line that is to be read back for the event that is shown as a whole, once.
    pub(super) fn line_wanted(
        &mut self,
        replay: &Replay,
        open: Option<usize>,
    ) -> Option<LineRequest> {
        self.opened.wanted(replay, open?)
    }

    /// A line was read back.
    pub(super) fn take_members(&mut self, of: &LineRequest, members: ReadMembers) {
        self.opened.take(of, members);
    }

    /// The events in view, and the one that is shown as a whole.
    pub(super) fn draw(&mut self, replay: &Replay, look: &EventsViewport) -> Events {
        let open = look.open.and_then(|number| self.opened.draw(replay, number));
        Events { open, ..self.list(replay, look) }
    }

    fn list(&self, replay: &Replay, look: &EventsViewport) -> Events {
        if look.filter.trim().is_empty() {
            let (first, last) = around(replay.cursor(), replay.tape().events(), look);
            let above = |event: usize| event.checked_sub(1);
            let of = |event| row(replay, event, (event + 1, above(event)), LISTED);
            let rows = (first..last).map(of).collect();
            return Events { rows, filtered: None, open: None };
        }
        let matches = self.matches.as_ref().filter(|it| it.are_of(replay, &look.filter));
        let Some(matches) = matches else {
            let filtered = Matches::new(replay, &look.filter).told(replay, replay.cursor());
            return Events { rows: Vec::new(), filtered: Some(filtered), open: None };
        };
        let mut filtered = matches.told(replay, replay.cursor());
        filtered.nearest = look.keep.and_then(|event| matches.nearest(replay, event));
        if look.is_typed && filtered.reading.is_some() {
            filtered.searched = None;
        }
        let (first, last) = around(filtered.before, filtered.found, look);
        let of = |place: usize| {
            let number = matches.found[place] as usize;
            if let Some(line) = matches.lines.get(place) {
                return rejected_row(replay, number, place + 1, *line);
            }
            let above = place.checked_sub(1).map(|above| matches.found[above] as usize - 1);
            row(replay, number - 1, (place + 1, above), LISTED)
        };
        Events { rows: (first..last).map(of).collect(), filtered: Some(filtered), open: None }
    }
}

impl Matches {
    /// Why a step leads nowhere.
    fn nowhere(&self, replay: &Replay, by: i64) -> FoundMatch {
        let told = self.told(replay, 0);
        let which = if by > 0 { "later" } else { "earlier" };
        let words = told.error.unwrap_or_else(|| format!("no {which} match of /{}", self.text));
        FoundMatch::Nowhere(words)
    }
}

/// The first and the end of the rows in view, of so many, around the one behind so many.
fn around(behind: usize, rows: usize, look: &EventsViewport) -> (usize, usize) {
    let middle = (behind as i64 + look.offset).clamp(0, rows as i64) as usize;
    (middle.saturating_sub(look.before), (middle + look.after).min(rows))
}

/// The word for what a row is: its type, or the kind of a line that has none.
fn kind(tape: &Tape, row: usize) -> &str {
    match (tape.kind(row), tape.type_id(row)) {
        (_, Some(id)) => &tape.type_names()[usize::from(id)],
        (RowKind::Item, _) => "item",
        (RowKind::User, _) => "user",
        (RowKind::Ranking, _) => "ranking",
        (RowKind::Metadata, _) => "metadata",
        _ => "event",
    }
}

/// A rejected line behind an event.
fn rejected_row(replay: &Replay, number: usize, place: usize, line: u64) -> EventRow {
    let examples = replay.tape().rejections().examples();
    let example = examples.iter().find(|example| example.line + 1 == line);
    let rejected = example.map(|example| Rejected {
        reason: example.reason.words(),
        excerpt: example.excerpt.clone(),
    });
    let event = row(replay, number - 1, (place, None), 0);
    EventRow {
        line,
        late: None,
        kind: String::new(),
        attributes: Vec::new(),
        released: 0,
        effects: Vec::new(),
        is_far: false,
        more_effects: 0,
        rejected,
        ..event
    }
}

/// An event, by its number from 0, at a place in the list and behind another event of it, with so many
/// of its effects.
fn row(
    replay: &Replay,
    event: usize,
    (place, above): (usize, Option<usize>),
    listed: usize,
) -> EventRow {
    let tape = replay.tape();
    let (first, end) = (tape.end_row(event), tape.end_row(event + 1));
    let time = Timestamp(tape.time(first));
    let gap = above.map(|above| time.since(Timestamp(tape.time(tape.end_row(above)))));
    let late = tape.clock(event).map(|clock| clock.since(time)).filter(|late| late.is_positive());
    let attributes = tape.demand().attributes.iter().enumerate().filter_map(|(number, name)| {
        let column = tape.column(number);
        let value = column.value(column.id(first))?;
        Some((name.clone(), value.to_string()))
    });
    let attributes = attributes.collect();
    let is_applied = event < replay.cursor();
    let known = replay.effects(event).unwrap_or_default();
    let effects = known.iter().take(listed).map(|effect| {
        let plan = replay.plan();
        Effect {
            output: plan.outputs[effect.output.0].name.clone(),
            key: replay.index().key(plan.scope_of(effect.output), effect.slot),
            before: effect.before.clone(),
            after: effect.after.clone(),
        }
    });
    EventRow {
        place,
        number: event + 1,
        line: tape.line(first) + 1,
        time,
        gap,
        kind: kind(tape, first).to_owned(),
        attributes,
        applied: is_applied,
        late,
        released: (first..end).filter(|row| tape.kind(*row) == RowKind::Impression).count(),
        is_last: tape.is_finished() && event + 1 == tape.events(),
        effects: effects.collect(),
        is_far: is_applied && replay.effects(event).is_none(),
        more_effects: known.len().saturating_sub(listed),
        rejected: None,
    }
}
