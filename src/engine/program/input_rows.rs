//! Input rows: which rows an input counts, and the reason why it does not count the others.
//!
//! An input's [`Conditions`] are its types, its filter, its key and its value, tested in this order;
//! the first that fails is the reason. [`InputRows`] tests them row by row. In batches, `selection`
//! computes the selection vectors of the first two ([`SelectionVectors`]), with compiled `filters`,
//! and [`InputColumns`] tests the last two of the rows that are left. Both forms agree, which a
//! property test holds.
//!
//! A row that an input counts may still have no part in a value that is read from its states, as of
//! a moment: see [`TermRows`].
//!
//! [`SelectionVectors`]: super::selection::SelectionVectors
//! [`TermRows`]: crate::engine::TermRows

use std::ops::Range;

use crate::aggregate::{Sample, Takes, identity_payload, number_payload};
use crate::base::Value;
use crate::plan::{AttributeId, Filter, InputId, OutputId, Plan, ScopeId, State, Types};
use crate::tape::{Column, PageGuard, Tape};

use super::not_counted::NotCounted;
use super::terms;
use crate::engine::keys::KeyIndex;
use crate::engine::keys::dictionary::NONE;
use crate::engine::keys::row_slots::SlotsOf;

/// The conditions under which an input counts a row.
#[derive(Clone, Copy)]
pub(in crate::engine) struct Conditions<'p> {
    plan: &'p Plan,
    /// The types.
    pub(in crate::engine) types: &'p Types,
    /// The filter, an index into [`Plan::filters`].
    pub(in crate::engine) filter: Option<usize>,
    /// The scope of the key.
    key: ScopeId,
    value: Option<AttributeId>,
    takes: Takes,
}

impl<'p> Conditions<'p> {
    /// The conditions of an input.
    pub(in crate::engine) fn new(plan: &'p Plan, input: InputId) -> Self {
        let declared = &plan.inputs[input.0];
        Self {
            plan,
            types: &declared.types,
            filter: declared.filter,
            key: declared.scope,
            value: declared.value,
            takes: declared.takes,
        }
    }

    /// The same under the keys of another scope, of which an output is read from the input.
    pub(in crate::engine) const fn under(self, key: ScopeId) -> Self {
        Self { key, ..self }
    }

    /// The conditions of the filter.
    pub(in crate::engine) fn filter(&self) -> Option<&'p Filter> {
        self.filter.map(|filter| &self.plan.filters[filter])
    }

    /// The attributes that are tested, ascending.
    pub(in crate::engine) fn attributes(&self) -> Vec<AttributeId> {
        let mut attributes = self.plan.scopes[self.key.0].attributes.clone();
        attributes.extend(self.value);
        if let Some(filter) = self.filter() {
            filter.attributes(&mut |attribute| attributes.push(attribute));
        }
        attributes.sort_unstable();
        attributes.dedup();
        attributes
    }
}

/// Per scope, the inputs that count rows under its keys: those of the scope, and those that an
/// output of the scope is read from.
pub(in crate::engine) fn inputs_by_scope(plan: &Plan) -> Vec<Vec<InputId>> {
    let mut inputs = vec![Vec::new(); plan.scopes.len()];
    for (number, input) in plan.inputs.iter().enumerate() {
        inputs[input.scope.0].push(InputId(number));
    }
    for output in (0..plan.outputs.len()).map(OutputId) {
        let inputs: &mut Vec<InputId> = &mut inputs[plan.scope_of(output).0];
        for (term, _) in terms(plan, output) {
            let input = plan.states[term.state.0].input;
            if !inputs.contains(&input) {
                inputs.push(input);
            }
        }
    }
    inputs
}

/// The rows of a tape, as the inputs of a plan see them.
#[derive(Clone, Copy)]
pub struct InputRows<'t> {
    /// The plan.
    pub plan: &'t Plan,
    /// The tape.
    pub tape: &'t Tape,
    /// The index of the plan's keys on the tape.
    pub index: &'t KeyIndex,
}

/// The types that an input takes, by their number on a tape.
#[derive(Clone, Debug, Default)]
pub struct TakenTypes(Vec<bool>);

impl TakenTypes {
    /// These types and others of the same tape.
    #[must_use]
    pub fn with(mut self, others: Self) -> Self {
        self.0.resize(self.0.len().max(others.0.len()), false);
        self.0.iter_mut().zip(others.0).for_each(|(own, other)| *own |= other);
        self
    }

    /// Whether it takes a type, by its number.
    #[must_use]
    pub fn has(&self, kind: u16) -> bool {
        self.0.get(usize::from(kind)).copied().unwrap_or_default()
    }
}

impl<'t> InputRows<'t> {
    /// The payload that an input aggregates of a row, or the reason why it does not count the row.
    pub fn payload(self, input: InputId, row: usize) -> Result<u64, NotCounted<'t>> {
        let conditions = Conditions::new(self.plan, input);
        let name = self.type_name(row);
        if !name.is_some_and(|name| conditions.types.contains(name)) {
            return Err(NotCounted::Type(name));
        }
        self.payload_of_type(conditions, row)
    }

    /// The same of a row whose type the input takes.
    fn payload_of_type(
        self,
        conditions: Conditions<'t>,
        row: usize,
    ) -> Result<u64, NotCounted<'t>> {
        let value = |attribute| self.value(attribute, row);
        if let Some(failing) = conditions.filter().and_then(|filter| filter.failing(&value)) {
            let value = failing.attribute().and_then(value);
            return Err(NotCounted::Filter(failing, value));
        }
        if self.index.slots(conditions.key, row).is_empty() {
            let attributes = &self.plan.scopes[conditions.key.0].attributes;
            let has_key = |attribute| value(attribute).is_some_and(|it| it.as_key().is_some());
            let missing = attributes.iter().find(|attribute| !has_key(**attribute));
            if let Some(missing) = missing.or(attributes.first()) {
                return Err(NotCounted::Key(*missing));
            }
        }
        let Some(attribute) = conditions.value else { return Ok(Sample::one(0, 0).payload) };
        let value = value(attribute);
        let payload = value.and_then(|value| conditions.takes.payload(value));
        payload.ok_or(NotCounted::Value(attribute, value))
    }

    /// The name of a row's type; `None` if no input counts the row, since it is metadata.
    fn type_name(self, row: usize) -> Option<&'t str> {
        let kind = self.tape.type_id(row);
        kind.map(|kind| self.tape.type_names()[usize::from(kind)].as_str())
    }

    /// The types that an input takes, by their number on the tape.
    #[must_use]
    pub fn types(self, input: InputId) -> TakenTypes {
        let types = &self.plan.inputs[input.0].types;
        TakenTypes(self.tape.type_names().iter().map(|name| types.contains(name)).collect())
    }

    /// Whether a row is of one of these types.
    #[must_use]
    pub fn is_of(self, types: &TakenTypes, row: usize) -> bool {
        self.tape.type_id(row).is_some_and(|kind| types.has(kind))
    }

    /// Whether an input takes a row by its type, which is one of `types`, and its filter, whatever
    /// the key and the value.
    #[must_use]
    pub fn takes(self, input: InputId, types: &TakenTypes, row: usize) -> bool {
        self.is_of(types, row) && self.passes(input, row)
    }

    /// Whether a row passes an input's filter, whatever its type, its key and its value.
    #[must_use]
    pub fn passes(self, input: InputId, row: usize) -> bool {
        let filter = Conditions::new(self.plan, input).filter();
        filter.is_none_or(|filter| filter.passes(&|attribute| self.value(attribute, row)))
    }

    /// The sample that an input takes of a row, or the reason why it does not count the row.
    pub fn sample(self, input: InputId, row: usize) -> Result<Sample, NotCounted<'t>> {
        self.payload(input, row).map(|payload| self.sample_of(row, payload))
    }

    /// The same, where the types that the input takes are known.
    pub(in crate::engine) fn sample_by(
        self,
        input: InputId,
        types: &TakenTypes,
        row: usize,
    ) -> Result<Sample, NotCounted<'t>> {
        if !self.tape.type_id(row).is_some_and(|kind| types.has(kind)) {
            return Err(NotCounted::Type(self.type_name(row)));
        }
        let payload = self.payload_of_type(Conditions::new(self.plan, input), row)?;
        Ok(self.sample_of(row, payload))
    }

    fn sample_of(self, row: usize, payload: u64) -> Sample {
        let time = self.tape.time(row);
        Sample { time, clock: self.tape.row_clock(row, time), payload }
    }

    /// The sample that a state takes of a row, whatever the key and the moment of reading, or the
    /// reason why it does not.
    pub fn taken(self, state: &State, row: usize) -> Result<Sample, NotCounted<'t>> {
        let sample = self.sample(state.input, row)?;
        NotCounted::late(state.shape, sample).map_or(Ok(sample), Err)
    }

    /// Appends the rows of a range that have no key of a scope.
    pub fn keyless(self, scope: ScopeId, rows: Range<usize>, found: &mut Vec<usize>) {
        let slots = self.index.slots_of(scope, rows.clone());
        let slots = slots.view();
        if let Some(slots) = slots.single() {
            let keyless = rows.zip(slots).filter(|(_, slot)| **slot == NONE);
            found.extend(keyless.map(|(row, _)| row));
        } else {
            let first = rows.start;
            found.extend(rows.filter(|row| slots.get(row - first).is_empty()));
        }
    }

    /// The value of an attribute in a row.
    #[must_use]
    pub fn value(self, attribute: AttributeId, row: usize) -> Option<&'t Value> {
        let column = self.tape.column(self.index.column(attribute));
        column.value(column.id(row))
    }
}

/// The keys and the values of an input over a range of rows: the last two conditions, in batches.
pub(in crate::engine) struct InputColumns<'t> {
    slots: SlotsOf<'t>,
    values: Option<(AttributeId, &'t Column, PageGuard<'t, u32>)>,
    takes: Takes,
}

/// The condition that a row does not meet, of the last two.
pub(in crate::engine) enum Lacks<'t> {
    Key,
    Value(AttributeId, Option<&'t Value>),
}

impl<'t> InputColumns<'t> {
    pub(in crate::engine) fn new(of: InputRows<'t>, input: InputId, rows: Range<usize>) -> Self {
        let conditions = Conditions::new(of.plan, input);
        let values = conditions.value.map(|attribute| {
            let column = of.tape.column(of.index.column(attribute));
            (attribute, column, column.ids(rows.clone()))
        });
        let slots = of.index.slots_of(conditions.key, rows);
        Self { slots, values, takes: conditions.takes }
    }

    /// True if every row meets both conditions.
    pub(in crate::engine) const fn are_whole(&self) -> bool {
        matches!(self.slots, SlotsOf::Global) && self.values.is_none()
    }

    /// Calls `take` with each of these rows (offsets in the range), its slots and its payload, or
    /// what it lacks.
    #[inline]
    pub(in crate::engine) fn each(
        &self,
        rows: &[u32],
        mut take: impl FnMut(u32, Result<(&[u32], u64), Lacks<'t>>),
    ) {
        let slots_of = self.slots.view();
        let single = slots_of.single();
        let values = self.values.as_ref().map(|(of, column, ids)| (*of, *column, &**ids));
        let takes_any = self.takes == Takes::Any;
        let payload = |value: &Value| {
            if takes_any { identity_payload(value) } else { number_payload(value) }
        };
        for row in rows {
            let offset = *row as usize;
            let slots = match single {
                Some(slots) if slots[offset] == NONE => &[],
                Some(slots) => std::slice::from_ref(&slots[offset]),
                None => slots_of.get(offset),
            };
            let found = match values {
                _ if slots.is_empty() => Err(Lacks::Key),
                None => Ok((slots, Sample::one(0, 0).payload)),
                Some((attribute, column, ids)) => {
                    let value = column.value(ids[offset]);
                    let payload = value.and_then(payload);
                    payload.map(|payload| (slots, payload)).ok_or(Lacks::Value(attribute, value))
                }
            };
            // One call, so that it is compiled in place.
            take(*row, found);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use proptest::prelude::*;

    use super::*;
    use crate::engine::Engine;
    use crate::engine::program::PhysicalPlan;
    use crate::engine::program::selection::SelectionVectors;
    use crate::engine::random::{configs, load, logs};

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        /// In batches of any size, rows are counted, and not counted for the reason, as one by one;
        /// and the engine tallies them so.
        #[test]
        fn batches_agree_with_rows(config in configs(), log in logs(), batch in 1usize..50) {
            let run = load(&config, &log);
            let (plan, tape, index) = (run.plan(), run.tape(), run.index());
            let of = InputRows { plan, tape, index };
            let program = PhysicalPlan::new(plan);
            let mut select = SelectionVectors::default();
            let mut engine = Engine::new(Arc::new(plan.clone()));
            let mut tallies = vec![(0, 0, 0); plan.inputs.len()];
            for first in (0..tape.rows()).step_by(batch) {
                let block = first..tape.rows().min(first + batch);
                let used = vec![true; program.sets.len()];
                select.begin(&program, &used, tape, &tape.type_ids(block.clone()));
                for (number, selection) in program.selections.iter().enumerate() {
                    let passed = select.rows(&program, plan, tape, index, number, first).to_vec();
                    for input in &selection.inputs {
                        let mut batched = vec![None; block.len()];
                        InputColumns::new(of, *input, block.clone()).each(&passed, |row, found| {
                            batched[row as usize] = Some(match found {
                                Ok((slots, payload)) => Ok((slots.to_vec(), payload)),
                                Err(Lacks::Key) => Err(None),
                                Err(Lacks::Value(attribute, value)) => Err(Some((attribute, value))),
                            });
                        });
                        let (taken, no_key, no_value) = &mut tallies[input.0];
                        for (row, batched) in block.clone().zip(batched) {
                            match of.payload(*input, row) {
                                Ok(payload) => {
                                    let slots = index.slots(plan.inputs[input.0].scope, row);
                                    prop_assert_eq!(batched, Some(Ok((slots.to_vec(), payload))));
                                    *taken += slots.len() as u64;
                                }
                                Err(NotCounted::Type(_) | NotCounted::Filter(..)) => {
                                    prop_assert_eq!(batched, None);
                                }
                                Err(NotCounted::Key(_)) => {
                                    prop_assert_eq!(batched, Some(Err(None)));
                                    *no_key += 1;
                                }
                                Err(NotCounted::Value(attribute, value)) => {
                                    prop_assert_eq!(batched, Some(Err(Some((attribute, value)))));
                                    *no_value += 1;
                                }
                                Err(other) => prop_assert!(false, "{:?}", other),
                            }
                        }
                    }
                }
            }
            engine.apply(tape, index, tape.events());
            let told = engine.tallies().inputs.iter();
            let told: Vec<_> = told.map(|it| (it.taken, it.no_key, it.no_value)).collect();
            prop_assert_eq!(told, tallies);
        }
    }
}
