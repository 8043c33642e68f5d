//! Filters, compiled: each test is made once for each distinct value of its attribute, whatever
//! many rows have it and filters share it. It must not know what is counted.

use crate::plan::{Condition, Filter, Plan, Test};
use crate::tape::{Column, Tape};

/// The filters of a plan over one tape.
#[derive(Debug, Default)]
pub(in crate::engine) struct Filters {
    /// For each filter of the plan; empty for those that were not asked yet.
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

impl Filters {
    /// Keeps the rows that pass a filter of the plan, whose attributes lie in these columns of the
    /// tape. Rows are given as offsets from `first`.
    pub(in crate::engine) fn narrow(
        &mut self,
        (plan, filter): (&Plan, usize),
        columns: &[usize],
        tape: &Tape,
        first: usize,
        rows: &mut Vec<u32>,
    ) {
        self.prepare(plan, filter, columns);
        for check in &self.filters[filter] {
            check.narrow(&mut self.leaves, tape, first, rows);
        }
    }

    fn prepare(&mut self, plan: &Plan, filter: usize, columns: &[usize]) {
        if self.filters.is_empty() {
            self.filters.resize_with(plan.filters.len(), Vec::new);
        }
        if self.filters[filter].is_empty() {
            self.filters[filter] = self.compile(&plan.filters[filter], columns);
        }
    }

    fn compile(&mut self, filter: &Filter, columns: &[usize]) -> Vec<Check> {
        let compiled = filter.0.iter().map(|condition| match condition {
            Condition::Attribute(attribute, test) => {
                let column = columns[attribute.0];
                let known =
                    self.leaves.iter().position(|leaf| leaf.column == column && leaf.test == *test);
                Check::Leaf(known.unwrap_or_else(|| {
                    self.leaves.push(Leaf { column, test: test.clone(), verdicts: Vec::new() });
                    self.leaves.len() - 1
                }))
            }
            Condition::Any(filters) => {
                Check::Any(filters.iter().map(|filter| self.compile(filter, columns)).collect())
            }
            Condition::Not(filter) => Check::Not(self.compile(filter, columns)),
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
        leaf.foresee(column, rows.len());
        let Some(last) = rows.last() else { return };
        let ids = column.ids(first..=first + *last as usize);
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
                let id = column.id(row);
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
    /// Makes room for the verdicts on a column's values. Where no more of them are new than will
    /// be asked for, they are made at once, value by value as these lie in memory.
    fn foresee(&mut self, column: &Column, asked: usize) {
        let known = self.verdicts.len();
        if known > 0 && column.values().len() + 1 - known <= asked {
            let new = &column.values()[known - 1..];
            self.verdicts.extend(new.iter().map(|value| u8::from(self.test.holds(Some(value)))));
        }
        self.reach(column);
    }

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
