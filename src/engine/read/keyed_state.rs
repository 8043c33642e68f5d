//! A keyed state of a history: it takes the rows of one key, and knows when its samples enter and
//! leave windows.

use std::collections::BTreeSet;

use crate::aggregate::StateTable;
use crate::engine::keys::KeyIndex;
use crate::plan::{InputId, Plan, ScopeId, StateId, Window};
use crate::tape::Tape;

use super::changes::Rows;
use crate::engine::program::input_rows::InputRows;

/// A keyed state of the history.
pub(super) struct KeyedState {
    pub(super) state: StateId,
    input: InputId,
    /// The windows over which the state is read.
    pub(super) windows: Vec<Window>,
    ttl: i64,
    /// When the key expires, unless an event comes before.
    pub(super) expires: Option<i64>,
    /// The key's slot in the state's scope, and its rows; `None` if no event has that key.
    rows: Option<(u32, Rows)>,
    /// How many of the rows are applied.
    next: usize,
}

impl KeyedState {
    pub(super) fn new(
        plan: &Plan,
        tape: &Tape,
        index: &KeyIndex,
        (own, slot): (ScopeId, u32),
        id: StateId,
        window: Window,
    ) -> Self {
        let state = &plan.states[id.0];
        let scope = plan.inputs[state.input.0].scope;
        let slot = index.project(own, slot, scope);
        let rows = slot.map(|slot| (slot, Rows::new(plan, tape, index, scope, slot)));
        let (input, ttl) = (state.input, state.ttl.0);
        Self { state: id, input, windows: vec![window], ttl, expires: None, rows, next: 0 }
    }

    /// The event of the next row that is not applied.
    pub(super) fn next_event(&self, tape: &Tape) -> Option<usize> {
        let (_, rows) = self.rows.as_ref()?;
        rows.get(self.next).map(|row| tape.row_event(row))
    }

    /// Applies the key's rows up to and including an event. Returns whether the input counted any.
    pub(super) fn apply(
        &mut self,
        (plan, tape, index): (&Plan, &Tape, &KeyIndex),
        event: usize,
        table: &mut dyn StateTable,
        due: &mut BTreeSet<i64>,
    ) -> bool {
        let Some((slot, rows)) = &self.rows else { return false };
        let mut is_counted = false;
        while let Some(row) = rows.get(self.next).filter(|row| tape.row_event(*row) <= event) {
            self.next += 1;
            let of = InputRows { plan, tape, index };
            let Ok(sample) = of.sample(self.input, row) else { continue };
            is_counted = true;
            table.add(&[(*slot, sample)], 0);
            self.expires = Some(sample.clock.saturating_add(self.ttl));
            for window in &self.windows {
                let moments = window.changes(sample.time);
                due.extend(moments.into_iter().flatten().filter(|at| *at > sample.clock));
            }
        }
        is_counted
    }
}
