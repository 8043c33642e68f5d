//! Selection vectors of a batch: per set of event types the offsets of its rows, then per filter
//! those that pass. They are the first two conditions of `input_rows`, in batches. A row costs one
//! step per set that takes its type.

use crate::plan::Plan;
use crate::tape::Tape;

use super::filters::Filters;
use super::{PhysicalPlan, Selection};
use crate::engine::keys::KeyIndex;

/// Up to this many sets each scan all rows (a nanosecond per row); with more, each row is routed to
/// the sets that take it.
const FEW: usize = 6;

/// The selection vectors of a program's selections, batch by batch.
#[derive(Debug, Default)]
pub(in crate::engine) struct SelectionVectors {
    /// Per type of the tape, the used sets that take it.
    routes: Vec<Vec<usize>>,
    /// The used sets.
    used: Vec<usize>,
    /// Per used set and type of the tape, whether the set takes it; the last entry (rows without a
    /// type) is false.
    takes: Vec<Vec<bool>>,
    /// Per set, the rows of the batch, as offsets.
    sets: Vec<Vec<u32>>,
    /// Per selection, the rows that pass its filter; empty if it has none.
    passed: Vec<Vec<u32>>,
    filters: Filters,
}

impl SelectionVectors {
    /// Computes the rows of each set for a batch. The used sets must not change between batches.
    pub(in crate::engine) fn begin(
        &mut self,
        program: &PhysicalPlan,
        used: &[bool],
        tape: &Tape,
        types: &[u16],
    ) {
        self.extend(program, used, tape);
        self.sets.iter_mut().for_each(Vec::clear);
        if self.used.len() > FEW {
            for (row, kind) in types.iter().enumerate() {
                // Rows that are not counted have a type beyond all others.
                for set in self.routes.get(usize::from(*kind)).into_iter().flatten() {
                    self.sets[*set].push(row as u32);
                }
            }
            return;
        }
        for (set, takes) in self.used.iter().zip(&self.takes) {
            let rows = &mut self.sets[*set];
            rows.resize(types.len(), 0);
            let untyped = takes.len() - 1;
            let mut count = 0;
            // The type is unpredictable per row: no branch.
            for (row, kind) in types.iter().enumerate() {
                rows[count] = row as u32;
                count += usize::from(takes[usize::from(*kind).min(untyped)]);
            }
            rows.truncate(count);
        }
    }

    /// Extends the routes to the types that the tape has gained.
    fn extend(&mut self, program: &PhysicalPlan, used: &[bool], tape: &Tape) {
        let known = self.routes.len();
        if self.sets.is_empty() {
            self.sets.resize_with(program.sets.len(), Vec::new);
            self.used = (0..used.len()).filter(|set| used[*set]).collect();
            self.takes = vec![vec![false]; self.used.len()];
        }
        for name in &tape.type_names()[known..] {
            let mut route = Vec::new();
            for (set, takes) in self.used.iter().zip(&mut self.takes) {
                let is_taken = program.sets[*set].contains(name);
                takes.insert(takes.len() - 1, is_taken);
                route.extend(is_taken.then_some(*set));
            }
            self.routes.push(route);
        }
    }

    /// The selection vector of a selection: offsets from `first`, ascending.
    pub(in crate::engine) fn rows(
        &mut self,
        program: &PhysicalPlan,
        plan: &Plan,
        tape: &Tape,
        index: &KeyIndex,
        selection: usize,
        first: usize,
    ) -> &[u32] {
        let chosen = &program.selections[selection];
        let Some(filter) = chosen.filter else { return &self.sets[chosen.set] };
        if self.sets[chosen.set].is_empty() {
            return &[];
        }
        if self.passed.is_empty() {
            self.passed.resize_with(program.selections.len(), Vec::new);
        }
        let rows = &mut self.passed[selection];
        rows.clone_from(&self.sets[chosen.set]);
        self.filters.narrow((plan, filter), index.columns(), tape, first, rows);
        rows
    }

    /// The rows of a selection's types in the batch, before its filter.
    pub(in crate::engine) fn of_types(&self, selection: &Selection) -> &[u32] {
        &self.sets[selection.set]
    }

    /// The selection vector of a selection whose [`rows`](Self::rows) were computed for the batch.
    pub(in crate::engine) fn known(&self, selection: &Selection, number: usize) -> &[u32] {
        let of_types = self.of_types(selection);
        match selection.filter {
            Some(_) if !of_types.is_empty() => &self.passed[number],
            _ => of_types,
        }
    }
}
