//! Which rows an input counts, and why not the others. A row is asked for its type first, then for
//! the filter, for the key, for the value: the first that fails is the reason. It must not know
//! states.

use std::ops::Range;

use crate::base::{Kinds, Value};
use crate::plan::{AttributeId, InputId, Plan, Test};
use crate::tape::{Column, Tape};

use crate::engine::apply::selection::SelectionVectors;
use crate::engine::keys::KeyIndex;
use crate::engine::keys::slots::View;
use crate::engine::program::{PhysicalPlan, takes};

/// Why an input does not count a row.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Loss<'t> {
    /// The input takes no events of its type; or it is no event that counts.
    Type,
    /// It does not pass the filter.
    Filter,
    /// It lacks an attribute of the key.
    Key,
    /// The aggregated attribute is missing, or is this, which is no number.
    Value(Option<&'t Value>),
}

/// The number that a row brings to each of its keys in an input, or the reason why there is none.
pub fn input_number<'t>(
    plan: &Plan,
    tape: &'t Tape,
    index: &KeyIndex,
    input: InputId,
    row: usize,
) -> Result<f64, Loss<'t>> {
    let declared = &plan.inputs[input.0];
    let name = tape.type_id(row).map(|kind| &tape.type_names()[usize::from(kind)]);
    if !name.is_some_and(|name| takes(plan, input, name)) {
        return Err(Loss::Type);
    }
    let value = |attribute| {
        let column = tape.column(index.column(attribute));
        column.value(column.id(row))
    };
    if !declared.filter.is_none_or(|filter| plan.filters[filter].passes(&value)) {
        return Err(Loss::Filter);
    }
    if index.slots(declared.scope, row).is_empty() {
        return Err(Loss::Key);
    }
    let Some(attribute) = declared.value else { return Ok(1.0) };
    let value = value(attribute);
    value.and_then(Value::as_number).ok_or(Loss::Value(value))
}

/// What became of the rows of an input's types: how many it counted, and how many it did not for
/// each reason.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct InputCount {
    /// Rows that were counted, each once, whatever many keys it has.
    pub counted: u64,
    /// Rows that do not pass the filter.
    pub filtered: u64,
    /// Of them, those of which the filter compares an attribute with values of another kind.
    pub unlike: Unlike,
    /// Rows that pass the filter and lack an attribute of the key.
    pub no_key: u64,
    /// Rows with a key whose value is missing or no number.
    pub no_value: u64,
    /// Of them, those that have a value.
    pub no_number: Unlike,
}

/// Rows that have a value of another kind than is asked for.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Unlike {
    /// How many.
    pub rows: u64,
    /// The kinds that their values are of.
    pub kinds: Kinds,
    /// The first of these values, and its attribute.
    pub example: Option<(AttributeId, Value)>,
}

impl InputCount {
    /// All rows of the input's types.
    #[must_use]
    pub const fn rows(&self) -> u64 {
        self.counted + self.filtered + self.no_key + self.no_value
    }

    /// Adds what became of other rows.
    pub fn add(&mut self, other: &Self) {
        self.counted += other.counted;
        self.filtered += other.filtered;
        self.unlike.add(&other.unlike);
        self.no_key += other.no_key;
        self.no_value += other.no_value;
        self.no_number.add(&other.no_number);
    }
}

impl Unlike {
    fn add(&mut self, other: &Self) {
        self.rows += other.rows;
        self.kinds = self.kinds.or(other.kinds);
        if self.example.is_none() {
            self.example.clone_from(&other.example);
        }
    }

    fn note(&mut self, attribute: AttributeId, value: &Value) {
        self.rows += 1;
        self.kinds = self.kinds.or(Kinds::of_value(value));
        if self.example.is_none() {
            self.example = Some((attribute, value.clone()));
        }
    }
}

/// How many rows are gone through together: few enough to stay in the processor's cache.
const PIECE: usize = 1 << 14;
/// After how many rows, each counted once for each input, the time is looked at.
const LOOK: usize = 1 << 16;

/// Counts what becomes of the rows of a tape, for all inputs of a plan; no state is touched.
pub struct Counting {
    program: PhysicalPlan,
    /// That every set of types is in use.
    used: Vec<bool>,
    select: SelectionVectors,
    /// For each filter, what it compares with values of certain kinds.
    compared: Vec<Vec<(AttributeId, Kinds)>>,
    /// What is done with each piece of the tape: for each selection its filter, then its inputs.
    steps: Vec<(usize, Option<InputId>)>,
    /// The piece that is being gone through, and the next step.
    piece: Range<usize>,
    step: usize,
    /// The rows of the piece that the last filter did not let pass.
    filtered: (u64, Unlike),
    counts: Vec<InputCount>,
}

impl Counting {
    /// No rows are counted yet.
    #[must_use]
    pub fn new(plan: &Plan) -> Self {
        let program = PhysicalPlan::new(plan);
        let compared = plan.filters.iter().map(|filter| {
            let mut compared = Vec::new();
            filter.tests(&mut |attribute, test: &Test| {
                compared.extend(test.kinds().map(|kinds| (attribute, kinds)));
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
            piece: 0..0,
            step: steps.len(),
            steps,
            filtered: <(u64, Unlike)>::default(),
            counts: vec![InputCount::default(); plan.inputs.len()],
        }
    }

    /// Goes through the rows until `end`, or until it is `late`. Returns whether it got there.
    pub fn count(
        &mut self,
        plan: &Plan,
        tape: &Tape,
        index: &KeyIndex,
        end: usize,
        late: &mut dyn FnMut() -> bool,
    ) -> bool {
        let mut looked = 0;
        loop {
            if self.step == self.steps.len() {
                let first = self.piece.end;
                if first >= end {
                    return true;
                }
                self.piece = first..end.min(first + PIECE).min(tape.page_end(first));
                self.step = 0;
                let types = tape.type_ids(self.piece.clone());
                self.select.begin(&self.program, &self.used, tape, &types);
            }
            while let Some((selection, input)) = self.steps.get(self.step).copied() {
                match input {
                    None => self.filter(plan, tape, index, selection),
                    Some(input) => self.input(plan, tape, index, selection, input),
                }
                self.step += 1;
                looked += self.piece.len();
                if looked >= LOOK {
                    looked = 0;
                    if late() {
                        return self.step == self.steps.len() && self.piece.end >= end;
                    }
                }
            }
        }
    }

    /// The tape has forgotten the rows that were gone through: they are counted from 0 again.
    pub const fn rebase(&mut self) {
        self.piece = 0..0;
    }

    /// What became of the rows so far, for each input of the plan.
    #[must_use]
    pub fn counts(&self) -> &[InputCount] {
        &self.counts
    }

    /// Finds the rows of the piece that a selection comes to.
    fn filter(&mut self, plan: &Plan, tape: &Tape, index: &KeyIndex, number: usize) {
        let Self { program, select, compared, piece, .. } = self;
        let passed = select.rows(program, plan, tape, index, number, piece.start).len();
        let selection = &program.selections[number];
        let filtered = select.of_types(selection).len() - passed;
        let mut unlike = Unlike::default();
        if let (Some(filter), true) = (selection.filter, filtered > 0)
            && !compared[filter].is_empty()
        {
            let lost = lost(select.of_types(selection), select.known(selection, number));
            note_unlike(&compared[filter], tape, index, piece.start, lost, &mut unlike);
        }
        self.filtered = (filtered as u64, unlike);
    }

    /// Counts them for one of its inputs.
    fn input(&mut self, plan: &Plan, tape: &Tape, index: &KeyIndex, number: usize, input: InputId) {
        let passed = self.select.known(&self.program.selections[number], number);
        let count = &mut self.counts[input.0];
        count.filtered += self.filtered.0;
        count.unlike.add(&self.filtered.1);
        count_passed(plan, tape, index, input, self.piece.clone(), passed, count);
    }
}

/// The rows of some types that do not pass a filter; both ascend.
fn lost<'r>(all: &'r [u32], passed: &'r [u32]) -> impl Iterator<Item = u32> + 'r {
    let mut passed = passed.iter().copied().peekable();
    all.iter().copied().filter(move |row| passed.next_if_eq(row).is_none())
}

/// Notes the rows of which an attribute is compared with values of another kind.
fn note_unlike(
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
            unlike.note(attribute, value);
        }
    }
}

/// Counts rows that pass the filter: offsets in a piece of the tape.
fn count_passed(
    plan: &Plan,
    tape: &Tape,
    index: &KeyIndex,
    input: InputId,
    piece: Range<usize>,
    passed: &[u32],
    count: &mut InputCount,
) {
    let declared = &plan.inputs[input.0];
    let slots = index.slots_of(declared.scope, piece.clone());
    let slots = slots.view();
    if let (View::Global, None) = (slots, declared.value) {
        count.counted += passed.len() as u64;
        return;
    }
    let values = declared.value.map(|attribute| {
        let column = tape.column(index.column(attribute));
        (attribute, column, column.ids(piece))
    });
    for row in passed.iter().map(|row| *row as usize) {
        if slots.get(row).is_empty() {
            count.no_key += 1;
            continue;
        }
        let value =
            values.as_ref().map(|(attribute, column, ids)| (*attribute, column.value(ids[row])));
        match value {
            Some((_, None)) => count.no_value += 1,
            Some((attribute, Some(value))) if value.as_number().is_none() => {
                count.no_value += 1;
                count.no_number.note(attribute, value);
            }
            _ => count.counted += 1,
        }
    }
}
