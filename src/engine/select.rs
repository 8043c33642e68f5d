//! Which rows of a batch each input looks at: by their types first, then by its filter. A row
//! costs what takes its type; what nothing takes costs next to nothing. It must not know keys or
//! states.

use crate::plan::{Condition, Filter, Plan, Test};
use crate::tape::{Column, Tape};

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
    /// For each filter of the plan; empty for those that are not in use.
    filters: Vec<Vec<Check>>,
    leaves: Vec<Leaf>,
}

/// A condition, compiled.
#[derive(Debug)]
enum Check {
    Leaf(usize),
    Any(Vec<Vec<Check>>),
    Not(Vec<Check>),
}

/// A test of an attribute, made once for each distinct value, whatever many filters share it.
#[derive(Debug)]
struct Leaf {
    column: usize,
    test: Test,
    /// For each value: how it came out, or [`OPEN`].
    verdicts: Vec<u8>,
}

/// A verdict that is not known yet; otherwise 0 is failed, 1 passed.
const OPEN: u8 = 2;

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
        if self.filters.is_empty() {
            self.filters.resize_with(plan.filters.len(), Vec::new);
            self.passed.resize_with(program.selections.len(), Vec::new);
        }
        if self.filters[filter].is_empty() {
            self.filters[filter] = self.compile(&plan.filters[filter], index);
        }
        let (leaves, rows) = (&mut self.leaves, &mut self.passed[selection]);
        rows.clone_from(&self.sets[chosen.set]);
        for check in &self.filters[filter] {
            check.narrow(leaves, tape, first, rows);
        }
        rows
    }

    fn compile(&mut self, filter: &Filter, index: &Index) -> Vec<Check> {
        let compiled = filter.0.iter().map(|condition| match condition {
            Condition::Attribute(attribute, test) => {
                let column = index.column(*attribute);
                let known =
                    self.leaves.iter().position(|leaf| leaf.column == column && leaf.test == *test);
                Check::Leaf(known.unwrap_or_else(|| {
                    self.leaves.push(Leaf { column, test: test.clone(), verdicts: Vec::new() });
                    self.leaves.len() - 1
                }))
            }
            Condition::Any(filters) => {
                Check::Any(filters.iter().map(|filter| self.compile(filter, index)).collect())
            }
            Condition::Not(filter) => Check::Not(self.compile(filter, index)),
        });
        compiled.collect()
    }
}

impl Check {
    /// Keeps the rows for which it holds.
    fn narrow(&self, leaves: &mut [Leaf], tape: &Tape, first: usize, rows: &mut Vec<u32>) {
        let Self::Leaf(leaf) = self else {
            rows.retain(|row| self.holds(leaves, tape, first + *row as usize));
            return;
        };
        let leaf = &mut leaves[*leaf];
        let column = tape.column(leaf.column);
        leaf.reach(column);
        let ids = &column.ids()[first..];
        let mut kept = 0;
        // Most rows come to a known verdict, and which way it goes is hard to guess: no branch.
        for place in 0..rows.len() {
            let row = rows[place];
            let id = ids[row as usize];
            let mut verdict = leaf.verdicts[id as usize];
            if verdict == OPEN {
                verdict = leaf.ask(column, id);
            }
            rows[kept] = row;
            kept += usize::from(verdict);
        }
        rows.truncate(kept);
    }

    fn holds(&self, leaves: &mut [Leaf], tape: &Tape, row: usize) -> bool {
        let mut all = |checks: &[Self]| checks.iter().all(|check| check.holds(leaves, tape, row));
        match self {
            Self::Leaf(leaf) => {
                let leaf = &mut leaves[*leaf];
                let column = tape.column(leaf.column);
                leaf.reach(column);
                let id = column.ids()[row];
                match leaf.verdicts[id as usize] {
                    OPEN => leaf.ask(column, id) == 1,
                    verdict => verdict == 1,
                }
            }
            Self::Any(filters) => filters.iter().any(|filter| all(filter)),
            Self::Not(filter) => !all(filter),
        }
    }
}

impl Leaf {
    /// Makes room for the verdicts on a column's values.
    fn reach(&mut self, column: &Column) {
        let values = column.values().len() + 1;
        if self.verdicts.len() < values {
            self.verdicts.resize(values, OPEN);
        }
    }

    #[cold]
    fn ask(&mut self, column: &Column, id: u32) -> u8 {
        let verdict = u8::from(self.test.holds(column.value(id)));
        self.verdicts[id as usize] = verdict;
        verdict
    }
}
