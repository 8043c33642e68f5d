//! Which rows of a batch each input looks at: by their types first, then by its filter. A row
//! costs what takes its type; what nothing takes costs next to nothing. It must not know keys or
//! states.

use crate::plan::Plan;
use crate::tape::Tape;

use crate::engine::keys::KeyIndex;
use crate::engine::program::filters::Filters;
use crate::engine::program::{PhysicalPlan, Selection, takes_type};

/// With so many sets of types at most, each looks at all rows: that takes a nanosecond a row. With
/// more of them, each row goes to those that take it.
const FEW: usize = 6;

/// The rows that each of a program's selections comes to, batch by batch.
#[derive(Debug, Default)]
pub(in crate::engine) struct Select {
    /// For each type of the tape, the sets that take it and are in use.
    routes: Vec<Vec<usize>>,
    /// The sets that are in use.
    used: Vec<usize>,
    /// For each of these and each type of the tape, whether it takes it; and for rows without a
    /// type that it does not.
    takes: Vec<Vec<bool>>,
    /// For each set of types, the rows of the batch, as offsets.
    sets: Vec<Vec<u32>>,
    /// For each selection, the rows that pass its filter; empty where there is no filter.
    passed: Vec<Vec<u32>>,
    filters: Filters,
}

impl Select {
    /// Finds the rows of each set of types of a batch of rows. Which sets are in use must be the
    /// same from batch to batch.
    pub(in crate::engine) fn begin(
        &mut self,
        program: &PhysicalPlan,
        used: &[bool],
        tape: &Tape,
        types: &[u16],
    ) {
        self.learn(program, used, tape);
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
            // Which rows are taken is hard to guess: no branch.
            for (row, kind) in types.iter().enumerate() {
                rows[count] = row as u32;
                count += usize::from(takes[usize::from(*kind).min(untyped)]);
            }
            rows.truncate(count);
        }
    }

    /// Gets to know the types that the tape has gained.
    fn learn(&mut self, program: &PhysicalPlan, used: &[bool], tape: &Tape) {
        let known = self.routes.len();
        if self.sets.is_empty() {
            self.sets.resize_with(program.sets.len(), Vec::new);
            self.used = (0..used.len()).filter(|set| used[*set]).collect();
            self.takes = vec![vec![false]; self.used.len()];
        }
        for name in &tape.type_names()[known..] {
            let mut route = Vec::new();
            for (set, takes) in self.used.iter().zip(&mut self.takes) {
                let is_taken = takes_type(&program.sets[*set], name);
                takes.insert(takes.len() - 1, is_taken);
                route.extend(is_taken.then_some(*set));
            }
            self.routes.push(route);
        }
    }

    /// The rows of the batch that begins at `first` that a selection comes to, as offsets, ascending.
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

    /// The rows of the batch that are of a selection's types, whatever its filter.
    pub(in crate::engine) fn of_types(&self, selection: &Selection) -> &[u32] {
        &self.sets[selection.set]
    }

    /// The [`rows`](Self::rows) of a selection that was asked for them in this batch.
    pub(in crate::engine) fn known(&self, selection: &Selection, number: usize) -> &[u32] {
        let of_types = self.of_types(selection);
        match selection.filter {
            Some(_) if !of_types.is_empty() => &self.passed[number],
            _ => of_types,
        }
    }
}
