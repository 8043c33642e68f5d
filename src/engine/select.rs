//! Which rows of a batch each input looks at: by their types first, then by its filter. A row
//! costs what takes its type; what nothing takes costs next to nothing. It must not know keys or
//! states.

use crate::plan::Plan;
use crate::tape::Tape;

use super::filters::Filters;
use super::index::Index;
use super::program::{Program, takes_type};

/// The rows that each of a program's selections comes to, batch by batch.
#[derive(Debug, Default)]
pub(super) struct Select {
    /// For each type of the tape, the sets that take it and are in use.
    routes: Vec<Vec<usize>>,
    /// For each set of types, the rows of the batch, as offsets.
    sets: Vec<Vec<u32>>,
    /// For each selection, the rows that pass its filter; empty where there is no filter.
    passed: Vec<Vec<u32>>,
    filters: Filters,
}

impl Select {
    /// Finds the rows of each set of types of a batch of rows.
    pub(super) fn begin(&mut self, program: &Program, used: &[bool], tape: &Tape, types: &[u16]) {
        for name in &tape.type_names()[self.routes.len()..] {
            let taking = program.sets.iter().zip(used).enumerate();
            let taking = taking.filter(|(_, (set, used))| **used && takes_type(set, name));
            self.routes.push(taking.map(|(number, _)| number).collect());
        }
        self.sets.resize_with(program.sets.len(), Vec::new);
        self.sets.iter_mut().for_each(Vec::clear);
        for (row, kind) in types.iter().enumerate() {
            // Rows that are not counted have a type beyond all others.
            for set in self.routes.get(usize::from(*kind)).into_iter().flatten() {
                self.sets[*set].push(row as u32);
            }
        }
    }

    /// The rows of the batch that begins at `first` that a selection comes to, as offsets, ascending.
    pub(super) fn rows(
        &mut self,
        program: &Program,
        plan: &Plan,
        tape: &Tape,
        index: &Index,
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
}
