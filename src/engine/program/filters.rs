//! Compiled filters. Each test is evaluated once per distinct attribute value, not per row, and
//! filters share the verdicts.

use crate::base::Comparison;
use crate::plan::{Condition, Filter, Plan};
use crate::tape::{Column, Tape};

/// The filters of a plan over one tape.
#[derive(Clone, Debug, Default)]
pub(in crate::engine) struct Filters {
    /// Per filter of the plan; empty until the filter is first used.
    filters: Vec<Vec<Check>>,
    leaves: Vec<AttributeTest>,
}

/// A condition, compiled.
#[derive(Clone, Debug)]
enum Check {
    AttributeTest(usize),
    Any(Vec<Vec<Check>>),
    Not(Vec<Check>),
}

/// A test of an attribute, with one verdict per distinct value; shared by filters.
#[derive(Clone, Debug)]
struct AttributeTest {
    column: usize,
    test: Comparison,
    /// Per value: 0 failed, 1 passed, or [`UNKNOWN`].
    verdicts: Vec<u8>,
}

/// A verdict that is not known yet.
const UNKNOWN: u8 = 2;

impl Filters {
    /// Narrows `rows` to those that pass a filter of the plan. `columns` maps the plan's attributes
    /// to the tape's columns; rows are offsets from `first`.
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
                Check::AttributeTest(known.unwrap_or_else(|| {
                    self.leaves.push(AttributeTest {
                        column,
                        test: test.clone(),
                        verdicts: Vec::new(),
                    });
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
    /// Narrows `rows` to those for which the check holds.
    fn narrow(&self, leaves: &mut [AttributeTest], tape: &Tape, first: usize, rows: &mut Vec<u32>) {
        let Self::AttributeTest(leaf) = self else {
            rows.retain(|row| self.holds(leaves, tape, first + *row as usize));
            return;
        };
        let leaf = &mut leaves[*leaf];
        let column = tape.column(leaf.column);
        leaf.evaluate_new(column, rows.len());
        let Some(last) = rows.last() else { return };
        let ids = column.ids(first..=first + *last as usize);
        let mut kept = 0;
        // The verdict is unpredictable per row: no branch.
        for place in 0..rows.len() {
            let row = rows[place];
            let id = ids[row as usize];
            let mut verdict = leaf.verdicts[id as usize];
            if verdict == UNKNOWN {
                verdict = leaf.evaluate(column, id);
            }
            rows[kept] = row;
            kept += usize::from(verdict);
        }
        rows.truncate(kept);
    }

    fn holds(&self, leaves: &mut [AttributeTest], tape: &Tape, row: usize) -> bool {
        let mut all = |checks: &[Self]| checks.iter().all(|check| check.holds(leaves, tape, row));
        match self {
            Self::AttributeTest(leaf) => {
                let leaf = &mut leaves[*leaf];
                let column = tape.column(leaf.column);
                leaf.resize_verdicts(column);
                let id = column.id(row);
                match leaf.verdicts[id as usize] {
                    UNKNOWN => leaf.evaluate(column, id) == 1,
                    verdict => verdict == 1,
                }
            }
            Self::Any(filters) => filters.iter().any(|filter| all(filter)),
            Self::Not(filter) => !all(filter),
        }
    }
}

impl AttributeTest {
    /// Prepares verdicts for a column. If there are no more new values than `asked` rows, evaluates
    /// all of them now, in memory order.
    fn evaluate_new(&mut self, column: &Column, asked: usize) {
        let known = self.verdicts.len();
        if known > 0 && column.values().len() + 1 - known <= asked {
            let new = column.values().slices_from(known - 1).flatten();
            self.verdicts.extend(new.map(|value| u8::from(self.test.holds(Some(value)))));
        }
        self.resize_verdicts(column);
    }

    /// Extends the verdicts to all values of a column.
    fn resize_verdicts(&mut self, column: &Column) {
        let values = column.values().len() + 1;
        if self.verdicts.len() < values {
            self.verdicts.resize(values, UNKNOWN);
        }
    }

    #[cold]
    fn evaluate(&mut self, column: &Column, id: u32) -> u8 {
        let verdict = u8::from(self.test.holds(column.value(id)));
        self.verdicts[id as usize] = verdict;
        verdict
    }
}
