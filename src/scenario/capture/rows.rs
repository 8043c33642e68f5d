//! The rows that count for a value.

use crate::base::{Deadline, Millis, Step, Timestamp};
use crate::explain::Position;
use crate::plan::{InputId, OutputId, ScopeId};

use super::MOST;

/// The rows between two checks of the deadline.
const STRETCH: usize = 4096;

/// The rows before a position that count for a side of an output, while they are looked for. Of a
/// window those inside and the last one before.
pub(super) struct Rows {
    sides: Vec<Side>,
    /// The side that is looked at, and how far.
    side: usize,
    row: usize,
    end: usize,
    /// The last row of the side that is before its window.
    before: Option<usize>,
    found: Vec<usize>,
}

struct Side {
    input: InputId,
    /// The key whose rows are looked at; `None` for all rows.
    key: Option<(ScopeId, u32)>,
    /// Samples that are older do not matter.
    from: Timestamp,
}

impl Rows {
    pub(super) fn new(at: Position<'_>, output: OutputId, slot: u32) -> Self {
        let (plan, index) = (at.rows.plan, at.rows.index);
        let scope = plan.scope_of(output);
        let refresh = plan.features[plan.outputs[output.0].feature.0].refresh;
        let side = |side: crate::plan::Side| {
            let number = plan.states[side.term.state.0].input;
            let input = &plan.inputs[number.0];
            let own = index.project(scope, slot, input.scope);
            let is_all = side.is_global || plan.scopes[input.scope.0].attributes.is_empty();
            if own.is_none() && !is_all {
                return None;
            }
            let window = side.term.window.interval(at.as_of);
            // What is served may be as old as the refresh, and one more of its windows.
            let from = window.map_or(Timestamp(i64::MIN), |(from, to)| {
                let served = if refresh.is_positive() { refresh.0 + (to.0 - from.0) } else { 0 };
                from.plus(Millis(-served))
            });
            let key = own.filter(|_| !is_all).map(|own| (input.scope, own));
            Some(Side { input: number, key, from })
        };
        let sides = plan.sides(output).into_iter().filter_map(side).collect();
        let end = at.rows.tape.end_row(at.engine.position().events);
        Self { sides, side: 0, row: 0, end, before: None, found: Vec::new() }
    }

    /// The rows in their order; `None` if they are too many.
    pub(super) fn step(
        &mut self,
        at: Position<'_>,
        deadline: &Deadline,
    ) -> Step<Option<Vec<usize>>> {
        loop {
            let of_key;
            let done = self.side as f32 / self.sides.len().max(1) as f32;
            let Some(Side { input, key, from }) = self.sides.get(self.side) else {
                self.found.sort_unstable();
                self.found.dedup();
                let found = std::mem::take(&mut self.found);
                return Step::Done((found.len() <= MOST).then_some(found));
            };
            let (first, end) = (self.row, self.end);
            let rows: &mut dyn Iterator<Item = usize> = match key {
                Some((scope, slot)) => match at.rows.index.prepare_rows(*scope, *slot, deadline) {
                    Step::Pending(_) => return Step::Pending(done),
                    Step::Done(known) => {
                        of_key = known;
                        let rest = of_key.get(first..).unwrap_or_default();
                        &mut rest.iter().map(|row| *row as usize)
                    }
                },
                None => &mut (first..end),
            };
            let mut rows = rows.take_while(|row| *row < end);
            for row in rows.by_ref().take(STRETCH) {
                self.row += 1;
                if at.rows.payload(*input, row).is_ok() {
                    if at.rows.tape.time(row) >= from.0 {
                        self.found.push(row);
                    } else {
                        self.before = Some(row);
                    }
                }
            }
            let is_over = self.row < first + STRETCH;
            if self.found.len() > MOST * self.sides.len() {
                return Step::Done(None);
            }
            if is_over {
                self.found.extend(self.before.take());
                (self.side, self.row) = (self.side + 1, 0);
            }
            if deadline.has_passed() {
                return Step::Pending(done);
            }
        }
    }
}
