//! One value over time: read at a grid of moments, straight from the rows that can change it. The
//! states of the key itself take only its own rows; those that all keys share are replayed alone.

use std::sync::Arc;

use crate::aggregate::{Sample, StateTable};
use crate::base::Timestamp;
use crate::plan::{OutputId, Plan, ScopeId, StateId};
use crate::tape::Tape;

use super::index::Index;
use super::input_rows::input_number;
use super::postings::RowsOf;
use super::program::{tables, terms};
use super::read::At;
use super::{Filler, Missing};

/// A state of the key itself.
struct Own {
    state: StateId,
    /// Not here while the engine reads it.
    table: Option<Box<dyn StateTable>>,
    /// The key's slot in the state's scope; none where no event ever had that key.
    slot: Option<u32>,
    /// The rows of the key, of which the state's input may take only some.
    rows: Option<RowsOf>,
    /// How many of them are taken in.
    next: usize,
}

/// Finds the rows of the keys that an output's [`history`] at a key is read from, until it is
/// `late`: that is most of the work the first time. Returns whether all are found.
#[must_use]
pub fn prepare_history(
    plan: &Plan,
    index: &Index,
    output: OutputId,
    slot: u32,
    late: &mut dyn FnMut() -> bool,
) -> bool {
    let own = plan.scope_of(output);
    terms(plan, output).into_iter().all(|(term, _)| {
        let input = &plan.inputs[plan.states[term.state.0].input.0];
        let is_shared = input.rolled_up || plan.scopes[input.scope.0].attributes.is_empty();
        if is_shared {
            return true;
        }
        let Some(slot) = index.project(own, slot, input.scope) else { return true };
        index.prepare_rows(input.scope, slot, late).is_some()
    })
}

/// The live value of an output at a key as of each of `moments` (ascending), each after all
/// events until then; `None` where there is no value, or no event yet.
#[must_use]
pub fn history(
    plan: &Arc<Plan>,
    tape: &Tape,
    index: &Index,
    output: OutputId,
    slot: u32,
    moments: &[Timestamp],
) -> Vec<Option<f64>> {
    let own = plan.scope_of(output);
    let mut shared = Vec::new();
    let mut keyed: Vec<(StateId, ScopeId)> = Vec::new();
    for (term, _) in terms(plan, output) {
        let input = &plan.inputs[plan.states[term.state.0].input.0];
        if input.rolled_up || plan.scopes[input.scope.0].attributes.is_empty() {
            shared.push(term.state);
        } else if keyed.iter().all(|(state, _)| *state != term.state) {
            keyed.push((term.state, input.scope));
        }
    }
    let mut empty = tables(plan);
    let mut owns = Vec::with_capacity(keyed.len());
    // From the last to the first, so that those that are still to be taken keep their places.
    keyed.sort_unstable_by_key(|(state, _)| std::cmp::Reverse(state.0));
    for (state, scope) in keyed {
        let slot = index.project(own, slot, scope);
        let rows = slot.map(|slot| index.rows_of(scope, slot));
        let table = empty.swap_remove(state.0);
        owns.push(Own { state, table: Some(table), slot, rows, next: 0 });
    }

    let mut engine =
        Filler::new(plan, &Missing { states: shared, served: Vec::new() }).into_engine();
    let replays = engine.tables.iter().any(Option::is_some);
    let first = tape.clock(1);
    let mut values = Vec::with_capacity(moments.len());
    for moment in moments {
        if first.is_none_or(|first| *moment < first) {
            values.push(None);
            continue;
        }
        let events = tape.events_at(*moment);
        if replays {
            engine.apply(tape, index, events);
        }
        // The engine holds the key's own states while it is read, and only then.
        for own in &mut owns {
            own.take_in(plan, tape, index, tape.end_row(events));
            engine.tables[own.state.0] = own.table.take();
        }
        values.push(engine.live(index, output, At::Slot(slot), *moment));
        for own in &mut owns {
            own.table = engine.tables[own.state.0].take();
        }
    }
    values
}

impl Own {
    /// Takes in the key's rows before `end`.
    fn take_in(&mut self, plan: &Plan, tape: &Tape, index: &Index, end: usize) {
        let (Some(slot), Some(rows), Some(table)) = (self.slot, &self.rows, &mut self.table) else {
            return;
        };
        let input = plan.states[self.state.0].input;
        for row in rows[self.next..].iter().map(|row| *row as usize) {
            if row >= end {
                break;
            }
            self.next += 1;
            let clock = tape.clock(tape.row_event(row) + 1);
            if let (Ok(value), Some(clock)) = (input_number(plan, tape, index, input, row), clock) {
                let sample = Sample { time: tape.time(row), clock: clock.0, value };
                table.add(&[(slot, sample)], 0);
            }
        }
    }
}

/// The cursor just after the next event of a key, `forward` from where `events` are applied or
/// back from there; `None` where the key has no event on that side.
#[must_use]
pub fn next_event(
    tape: &Tape,
    index: &Index,
    scope: ScopeId,
    slot: u32,
    events: usize,
    forward: bool,
) -> Option<usize> {
    let rows = index.rows_of(scope, slot);
    let after = |row: &u32| tape.row_event(*row as usize) + 1;
    if forward {
        let place = rows.partition_point(|row| after(row) <= events);
        rows.get(place).map(after)
    } else {
        let place = rows.partition_point(|row| after(row) < events);
        place.checked_sub(1).map(|place| after(&rows[place]))
    }
}
