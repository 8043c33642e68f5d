//! Which rows an input counts, and why not the others. A row is asked for its type first, then for
//! the filter, for the key, for the value: the first that fails is the reason. It must not know
//! states.

use std::ops::Range;

use crate::base::{Kinds, Value};
use crate::plan::{AttributeId, InputId, Plan, Test};
use crate::tape::{Column, Tape};

use super::index::Index;
use super::program::{Program, takes};
use super::select::Select;
use super::slots::View;

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
    index: &Index,
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

/// How many rows of inputs are looked at between two looks at the time, about.
const PIECE: usize = 1 << 18;

/// Counts what becomes of the rows of a tape, for all inputs of a plan; no state is touched.
pub struct Counting {
    program: Program,
    /// That every set of types is in use.
    used: Vec<bool>,
    select: Select,
    /// For each filter, what it compares with values of certain kinds.
    compared: Vec<Vec<(AttributeId, Kinds)>>,
    /// How many rows are gone through.
    rows: usize,
    counts: Vec<InputCount>,
}

impl Counting {
    /// No rows are counted yet.
    #[must_use]
    pub fn new(plan: &Plan) -> Self {
        let program = Program::new(plan);
        let compared = plan.filters.iter().map(|filter| {
            let mut compared = Vec::new();
            filter.tests(&mut |attribute, test: &Test| {
                compared.extend(test.kinds().map(|kinds| (attribute, kinds)));
            });
            compared
        });
        Self {
            compared: compared.collect(),
            used: vec![true; program.sets.len()],
            program,
            select: Select::default(),
            rows: 0,
            counts: vec![InputCount::default(); plan.inputs.len()],
        }
    }

    /// Goes through the rows until `end`, or until it is `late`. Returns whether it got there.
    pub fn count(
        &mut self,
        plan: &Plan,
        tape: &Tape,
        index: &Index,
        end: usize,
        late: &mut dyn FnMut() -> bool,
    ) -> bool {
        let most = (PIECE / plan.inputs.len().max(1)).max(1);
        while self.rows < end {
            let first = self.rows;
            let stop = end.min(first + most).min(tape.together(first));
            self.piece(plan, tape, index, first..stop);
            self.rows = stop;
            if late() {
                break;
            }
        }
        self.rows >= end
    }

    /// The tape has forgotten the rows that were gone through: they are counted from 0 again.
    pub const fn pass(&mut self) {
        self.rows = 0;
    }

    /// What became of the rows so far, for each input of the plan.
    #[must_use]
    pub fn counts(&self) -> &[InputCount] {
        &self.counts
    }

    fn piece(&mut self, plan: &Plan, tape: &Tape, index: &Index, rows: Range<usize>) {
        let Self { program, used, select, compared, counts, .. } = self;
        let first = rows.start;
        select.begin(program, used, tape, &tape.type_ids(rows.clone()));
        for (number, selection) in program.selections.iter().enumerate() {
            let passed = select.rows(program, plan, tape, index, number, first).len();
            let filtered = select.of_types(selection).len() - passed;
            let mut unlike = Unlike::default();
            if let (Some(filter), true) = (selection.filter, filtered > 0)
                && !compared[filter].is_empty()
            {
                let lost = lost(select.of_types(selection), select.known(selection, number));
                note_unlike(&compared[filter], tape, index, first, lost, &mut unlike);
            }
            let passed = select.known(selection, number);
            for input in &selection.inputs {
                let count = &mut counts[input.0];
                count.filtered += filtered as u64;
                count.unlike.add(&unlike);
                count_passed(plan, tape, index, *input, rows.clone(), passed, count);
            }
        }
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
    index: &Index,
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
    index: &Index,
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
