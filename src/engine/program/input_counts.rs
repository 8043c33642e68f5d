//! Input counts: how many rows each input counts, and how many it does not count, by the reason.

use std::ops::Range;

use crate::aggregate::Takes;
use crate::base::{Comparison, Deadline, Kinds, Step, Task, Value};
use crate::plan::{AttributeId, InputId, Plan};
use crate::tape::{Column, Tape};

use super::PhysicalPlan;
use super::input_rows::{InputColumns, InputRows, Lacks};
use super::selection::SelectionVectors;
use crate::engine::keys::KeyIndex;

/// The counts of an input's rows of its types: counted, and not counted per reason.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct InputCount {
    /// Rows that are counted, each once, however many keys it has.
    pub counted: u64,
    /// Rows that do not pass the filter.
    pub filtered: u64,
    /// Of them, rows in which an attribute is of another kind than the filter compares it with.
    pub unlike: Unlike,
    /// Rows that pass the filter and lack an attribute of the key.
    pub no_key: u64,
    /// Rows with a key whose value is missing or not one that the aggregate takes.
    pub no_value: u64,
    /// Of them, rows that have a value where the aggregate takes a number. An aggregate of values of
    /// any kind does not take an empty list, which is no value.
    pub no_number: Unlike,
}

/// Rows with a value of another kind than is required.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Unlike {
    /// The number of rows.
    pub rows: u64,
    /// The kinds of their values.
    pub kinds: Kinds,
    /// The first such value, with its attribute.
    pub example: Option<(AttributeId, Value)>,
}

impl InputCount {
    /// The number of rows of the input's types.
    #[must_use]
    pub const fn rows(&self) -> u64 {
        self.counted + self.filtered + self.no_key + self.no_value
    }

    /// True if none of its values is a number where numbers are taken, and some are texts.
    #[must_use]
    pub const fn is_always_text(&self) -> bool {
        is_always_text(self.counted, self.no_number.kinds)
    }

    /// Adds the counts of other rows.
    pub fn add(&mut self, other: &Self) {
        self.counted += other.counted;
        self.filtered += other.filtered;
        self.unlike.add(&other.unlike);
        self.no_key += other.no_key;
        self.no_value += other.no_value;
        self.no_number.add(&other.no_number);
    }
}

/// True if nothing was counted where numbers are taken, and of the values some are texts.
#[must_use]
pub const fn is_always_text(counted: u64, refused: Kinds) -> bool {
    counted == 0 && refused.meets(Kinds::TEXT)
}

impl Unlike {
    fn add(&mut self, other: &Self) {
        self.rows += other.rows;
        self.kinds = self.kinds.or(other.kinds);
        if self.example.is_none() {
            self.example.clone_from(&other.example);
        }
    }

    fn record(&mut self, attribute: AttributeId, value: &Value) {
        self.rows += 1;
        self.kinds = self.kinds.or(Kinds::of_value(value));
        if self.example.is_none() {
            self.example = Some((attribute, value.clone()));
        }
    }
}

/// The rows per block: few enough to stay in the processor's cache.
const BLOCK: usize = 1 << 14;
/// The row tests, one per row and input, between two checks of the time.
const CHECK: usize = 1 << 16;

/// A counter of the rows that each input of a plan counts and does not count; it reads no state.
pub struct InputCounter {
    program: PhysicalPlan,
    /// Per set of types, true: all are in use.
    used: Vec<bool>,
    select: SelectionVectors,
    /// Per filter, the attributes it compares, with the kinds of the values.
    compared: Vec<Vec<(AttributeId, Kinds)>>,
    /// The steps per block: for each selection its filter (`None`), then its inputs.
    steps: Vec<(usize, Option<InputId>)>,
    /// The current block, and the next step.
    block: Range<usize>,
    step: usize,
    /// The rows of the block that do not pass the current filter.
    filtered: (u64, Unlike),
    counts: Vec<InputCount>,
}

impl Task for InputCounter {
    /// The rows before a position are counted; the task may be continued with a later one.
    type Context<'c> = (&'c Plan, &'c Tape, &'c KeyIndex, usize);
    type Output = ();

    fn step(
        &mut self,
        (plan, tape, index, end): Self::Context<'_>,
        deadline: &Deadline,
    ) -> Step<()> {
        let mut tested = 0;
        loop {
            if self.step == self.steps.len() {
                let first = self.block.end;
                if first >= end {
                    return Step::Done(());
                }
                self.block = first..end.min(first + BLOCK).min(tape.page_end(first));
                self.step = 0;
                let types = tape.type_ids(self.block.clone());
                self.select.begin(&self.program, &self.used, tape, &types);
            }
            while let Some((selection, input)) = self.steps.get(self.step).copied() {
                match input {
                    None => self.filter(plan, tape, index, selection),
                    Some(input) => self.input(plan, tape, index, selection, input),
                }
                self.step += 1;
                tested += self.block.len();
                let is_done = self.step == self.steps.len() && self.block.end >= end;
                if tested >= CHECK && !is_done {
                    tested = 0;
                    if deadline.has_passed() {
                        return Step::Pending(self.block.start as f32 / end as f32);
                    }
                }
            }
        }
    }
}

impl InputCounter {
    /// A counter before the first row.
    #[must_use]
    pub fn new(plan: &Plan) -> Self {
        let program = PhysicalPlan::new(plan);
        let compared = plan.filters.iter().map(|filter| {
            let mut compared = Vec::new();
            filter.tests(&mut |attribute, test: &Comparison| {
                compared.extend(test.kinds().map(|kinds| (*attribute, kinds)));
            });
            compared
        });
        let selections = program.selections.iter().enumerate();
        let steps = selections.flat_map(|(number, selection)| {
            let inputs = selection.inputs.iter().map(|input| Some(*input));
            std::iter::once(None).chain(inputs).map(move |input| (number, input))
        });
        let steps: Vec<_> = steps.collect();
        Self {
            compared: compared.collect(),
            used: vec![true; program.sets.len()],
            program,
            select: SelectionVectors::default(),
            block: 0..0,
            step: steps.len(),
            steps,
            filtered: <(u64, Unlike)>::default(),
            counts: vec![InputCount::default(); plan.inputs.len()],
        }
    }

    /// Rebases after the tape has dropped the counted rows: rows count from 0 again.
    pub const fn rebase(&mut self) {
        self.block = 0..0;
    }

    /// The counts so far, per input of the plan.
    #[must_use]
    pub fn counts(&self) -> &[InputCount] {
        &self.counts
    }

    /// Computes the rows of the block that a selection selects, and those its filter rejects.
    fn filter(&mut self, plan: &Plan, tape: &Tape, index: &KeyIndex, number: usize) {
        let Self { program, select, compared, block, .. } = self;
        let passed = select.rows(program, plan, tape, index, number, block.start).len();
        let selection = &program.selections[number];
        let filtered = select.of_types(selection).len() - passed;
        let mut unlike = Unlike::default();
        if let (Some(filter), true) = (selection.filter, filtered > 0)
            && !compared[filter].is_empty()
        {
            let rejected = rejected(select.of_types(selection), select.known(selection, number));
            record_unlike(&compared[filter], tape, index, block.start, rejected, &mut unlike);
        }
        self.filtered = (filtered as u64, unlike);
    }

    /// Counts the rows of a selection for one of its inputs.
    fn input(&mut self, plan: &Plan, tape: &Tape, index: &KeyIndex, number: usize, input: InputId) {
        let passed = self.select.known(&self.program.selections[number], number);
        let count = &mut self.counts[input.0];
        count.filtered += self.filtered.0;
        count.unlike.add(&self.filtered.1);
        let columns = InputColumns::new(InputRows { plan, tape, index }, input, self.block.clone());
        if columns.are_whole() {
            count.counted += passed.len() as u64;
            return;
        }
        let needs_number = plan.inputs[input.0].takes == Takes::Number;
        columns.each(passed, |_, found| match found {
            Ok(_) => count.counted += 1,
            Err(Lacks::Key) => count.no_key += 1,
            Err(Lacks::Value(attribute, value)) => {
                count.no_value += 1;
                if let (Some(value), true) = (value, needs_number) {
                    count.no_number.record(attribute, value);
                }
            }
        });
    }
}

/// The rows that do not pass a filter, from all and those that pass, both ascending.
fn rejected<'r>(all: &'r [u32], passed: &'r [u32]) -> impl Iterator<Item = u32> + 'r {
    let mut passed = passed.iter().copied().peekable();
    all.iter().copied().filter(move |row| passed.next_if_eq(row).is_none())
}

/// Records the rows in which an attribute is of another kind than it is compared with.
fn record_unlike(
    compared: &[(AttributeId, Kinds)],
    tape: &Tape,
    index: &KeyIndex,
    first: usize,
    rows: impl Iterator<Item = u32>,
    unlike: &mut Unlike,
) {
    let columns: Vec<(AttributeId, Kinds, &Column)> = compared
        .iter()
        .map(|(attribute, kinds)| (*attribute, *kinds, tape.column(index.column(*attribute))))
        .collect();
    for row in rows {
        let value_of = |column: &&Column| column.id(first + row as usize);
        let other = columns.iter().find_map(|(attribute, kinds, column)| {
            let value = column.value(value_of(column))?;
            (!kinds.meets(Kinds::of_value(value))).then_some((*attribute, value))
        });
        if let Some((attribute, value)) = other {
            unlike.record(attribute, value);
        }
    }
}
