//! Changes: the events that change an output at a key, from the posting lists of the keys of its
//! states. Global sides of a quotient are left out.

use crate::plan::{InputId, OutputId, Plan, ScopeId};
use crate::tape::Tape;

use crate::engine::keys::KeyIndex;
use crate::engine::keys::postings::RowsOf;
use crate::engine::program::input_rows::InputRows;
use crate::engine::program::terms;

/// The rows of a key, ascending.
#[derive(Clone)]
pub(in crate::engine) enum Rows {
    /// A posting list.
    Postings(RowsOf),
    /// The first so many rows of the tape: the global key has all of them.
    All(usize),
}

impl Rows {
    /// The rows of a key.
    pub(in crate::engine) fn new(
        plan: &Plan,
        tape: &Tape,
        index: &KeyIndex,
        scope: ScopeId,
        slot: u32,
    ) -> Self {
        if plan.scopes[scope.0].attributes.is_empty() {
            Self::All(tape.rows())
        } else {
            Self::Postings(index.rows_of(scope, slot))
        }
    }

    pub(in crate::engine) fn get(&self, place: usize) -> Option<usize> {
        match self {
            Self::Postings(rows) => rows.get(place).map(|row| *row as usize),
            Self::All(rows) => (place < *rows).then_some(place),
        }
    }

    /// The number of them before a row.
    pub(in crate::engine) fn before(&self, row: usize) -> usize {
        match self {
            Self::Postings(rows) => rows.partition_point(|known| (*known as usize) < row),
            Self::All(rows) => row.min(*rows),
        }
    }
}

/// The cursor just after the `count`-th event that changed an output at a key, forward or backward
/// from `events`, or the last there is; `None` if there is none on that side. However many events
/// that is, each row is looked at once.
#[must_use]
pub fn nth_change(
    plan: &Plan,
    tape: &Tape,
    index: &KeyIndex,
    (output, slot): (OutputId, u32),
    events: usize,
    (forward, count): (bool, u64),
) -> Option<usize> {
    let own = plan.scope_of(output);
    let mut inputs: Vec<InputId> = terms(plan, output)
        .into_iter()
        .filter(|(_, is_global)| !is_global)
        .map(|(term, _)| plan.states[term.state.0].input)
        .collect();
    inputs.sort_unstable();
    inputs.dedup();
    let of_input = |id: InputId| {
        let scope = plan.inputs[id.0].scope;
        let rows = Rows::new(plan, tape, index, scope, index.project(own, slot, scope)?);
        let rows: Box<dyn Iterator<Item = usize>> = if forward {
            let first = rows.before(tape.end_row(events));
            Box::new((first..).map_while(move |place| rows.get(place)))
        } else {
            let end = rows.before(tape.end_row(events.saturating_sub(1)));
            Box::new((0..end).rev().filter_map(move |place| rows.get(place)))
        };
        let of = InputRows { plan, tape, index };
        let counted = rows.filter(move |row| of.payload(id, *row).is_ok());
        Some(counted.map(|row| tape.row_event(row) + 1).peekable())
    };
    let mut found: Vec<_> = inputs.into_iter().filter_map(of_input).collect();
    let mut last = None;
    for _ in 0..count {
        if let Some(last) = last {
            found.iter_mut().for_each(|events| while events.next_if_eq(&last).is_some() {});
        }
        let heads = found.iter_mut().filter_map(|events| events.peek().copied());
        let Some(next) = (if forward { heads.min() } else { heads.max() }) else { break };
        last = Some(next);
    }
    last
}
