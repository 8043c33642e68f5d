//! One value over time: read at a grid of moments, straight from the rows that can change it.

use std::sync::Arc;

use crate::aggregate::{Sample, StateTable};
use crate::base::{Timestamp, Value};
use crate::plan::{OutputId, Plan, StateId};
use crate::tape::Tape;

use super::index::Index;
use super::program::{takes, terms};
use super::read::{At, Reader};
use super::tables;

/// The live value of an output at a key as of each of `moments` (ascending), each after all
/// events until then; `None` where there is no value, or no event yet.
#[must_use]
pub fn history(
    plan: &Arc<Plan>,
    tape: &Tape,
    index: &mut Index,
    output: OutputId,
    slot: u32,
    moments: &[Timestamp],
) -> Vec<Option<f64>> {
    let own = plan.scope_of(output);
    let terms = terms(plan, output);
    let states: Vec<StateId> = terms.iter().map(|(term, _)| term.state).collect();
    // A side that counts beyond the key (a global one, or one of fewer attributes) needs all rows.
    let local = terms.iter().all(|(term, global)| {
        !global && plan.inputs[plan.states[term.state.0].input.0].scope == own
    });
    let postings = local.then(|| index.postings(own));
    let index = &*index;
    let mut all = 0..tape.rows() as u32;
    let mut some = postings.iter().flat_map(|postings| postings.rows(slot).iter().copied());
    let rows: &mut dyn Iterator<Item = u32> = if local { &mut some } else { &mut all };

    let mut tables: Vec<Option<Box<dyn StateTable>>> = tables(plan)
        .into_iter()
        .enumerate()
        .map(|(number, table)| states.contains(&StateId(number)).then_some(table))
        .collect();
    let mut values = Vec::with_capacity(moments.len());
    let mut moments = moments.iter().copied().peekable();
    let first = tape.clock(1);
    let read = |tables: &[Option<Box<dyn StateTable>>], as_of: Timestamp| {
        let reader = Reader { plan, index, tables, as_of: as_of.0 };
        first.filter(|first| *first <= as_of).and_then(|_| reader.output(output, At::Slot(slot)))
    };
    for row in rows.map(|row| row as usize) {
        let Some(kind) = tape.type_id(row) else { continue };
        let Some(clock) = tape.clock(tape.row_event(row) + 1) else { continue };
        while let Some(moment) = moments.next_if(|moment| *moment < clock) {
            values.push(read(&tables, moment));
        }
        let name = &tape.type_names()[usize::from(kind)];
        for state in &states {
            let declared = &plan.states[state.0];
            let input = &plan.inputs[declared.input.0];
            let value = |attribute| {
                let column = tape.column(index.column(attribute));
                column.value(column.ids()[row])
            };
            let passes = takes(plan, declared.input, name)
                && input.filter.is_none_or(|filter| plan.filters[filter].passes(&value));
            let number = match input.value {
                None => Some(1.0),
                Some(attribute) => value(attribute).and_then(Value::as_number),
            };
            let (true, Some(value), Some(table)) = (passes, number, &mut tables[state.0]) else {
                continue;
            };
            let sample = Sample { time: tape.times()[row], clock: clock.0, value };
            for key in index.slots(input.scope, row) {
                table.add(&[(if input.rolled_up { 0 } else { *key }, sample)], 0);
            }
        }
    }
    values.extend(moments.map(|moment| read(&tables, moment)));
    values
}
