//! The physical plan: what a [`Plan`] requires per event, worked out once.
//!
//! A logical plan lists inputs (types, filter, key, value), the states that aggregate them, and the
//! outputs that read states. [`PhysicalPlan`] holds the reverse edges that `apply`, `read` and
//! `checkpoint` need per batch:
//!
//! * which distinct sets of event types exist, and which inputs select the same rows (same types,
//!   same filter), so that each selection vector is computed once;
//! * which states an input updates, which outputs an event of it may change, and which features it
//!   may refresh;
//! * which inputs feed a feature with a `refresh`. A served value is the live value at its
//!   refreshing write, so the samples of these inputs are queued until a refresh is due
//!   (`apply::refresh`). All others are added a batch at a time.
//!
//! Features with equal identity serve the same values: only the first of them holds any
//! (`served_by`).
//!
//! `input_rows` is the definition of which rows an input counts, `not_counted` has the reasons why it
//! does not count the others; `selection` and `filters` are its compiled form, a batch at a time, and
//! `input_counts` counts rows by reason, and `key_spread` by key. `pushdown` derives what must be
//! read of a log at all: the [`Demand`](crate::tape::Demand) of a plan, and, for a single replay,
//! projection and predicate pushdown: which columns of which event types are required, and which
//! attribute values can pass a filter. In common configs that leaves out half of a flat log's values.

pub(super) mod filters;
pub(super) mod input_counts;
pub(super) mod input_rows;
pub(super) mod key_spread;
pub(super) mod not_counted;
pub(super) mod pushdown;
pub(super) mod selection;

use std::collections::HashMap;

use foldhash::fast::FixedState;

use crate::aggregate::{self, StateTable};
use crate::plan::{
    Feature, FeatureId, Identity, InputId, Operand, OutputId, Plan, ScopeId, State, StateId, Term,
    Types,
};

/// A compiled plan.
#[derive(Debug, Default)]
pub struct PhysicalPlan {
    /// Per input, its states.
    pub(super) states: Vec<Vec<StateId>>,
    /// The distinct sets of event types.
    pub(super) sets: Vec<Types>,
    /// The distinct selections: a set of types and a filter.
    pub(super) selections: Vec<Selection>,
    /// Per feature, the feature that holds its served values: the first with the same identity.
    pub(super) served_by: Vec<FeatureId>,
    /// Per feature that holds served values, the inputs that it is read from.
    pub(super) feeds: Vec<Vec<InputId>>,
    /// Per input, the features (those that hold served values) that a write to it may refresh.
    pub(super) refreshed: Vec<Vec<FeatureId>>,
    /// Per input, the outputs whose value at its own key an event may change.
    pub(super) outputs: Vec<Vec<OutputId>>,
    /// Per output, the [`terms`] that it is read from.
    pub(super) terms: Vec<Vec<(Term, bool)>>,
    /// Per state, the features that read it, in the config's order.
    pub(super) readers: Vec<Vec<FeatureId>>,
    /// Per input, whether it feeds a feature with a refresh: then its samples are queued until a
    /// refresh is due.
    pub(super) refreshing: Vec<bool>,
}

/// A selection: events of some types that pass a filter, and the inputs that take exactly these.
#[derive(Debug)]
pub(super) struct Selection {
    /// The types, an index into [`PhysicalPlan::sets`].
    pub(super) set: usize,
    /// The filter, an index into [`Plan::filters`].
    pub(super) filter: Option<usize>,
    pub(super) inputs: Vec<InputId>,
}

impl PhysicalPlan {
    /// Compiles a plan.
    #[must_use]
    pub fn new(plan: &Plan) -> Self {
        let mut program = Self {
            states: vec![Vec::new(); plan.inputs.len()],
            sets: Vec::new(),
            selections: Vec::new(),
            served_by: served_by(plan),
            feeds: vec![Vec::new(); plan.features.len()],
            refreshed: vec![Vec::new(); plan.inputs.len()],
            outputs: vec![Vec::new(); plan.inputs.len()],
            terms: (0..plan.outputs.len()).map(|output| terms(plan, OutputId(output))).collect(),
            readers: vec![Vec::new(); plan.states.len()],
            refreshing: vec![false; plan.inputs.len()],
        };
        program.select(plan);
        for (number, state) in plan.states.iter().enumerate() {
            program.states[state.input.0].push(StateId(number));
        }
        for number in 0..plan.outputs.len() {
            let output = OutputId(number);
            let feature = plan.outputs[number].feature;
            let refreshes = plan.features[feature.0].refresh.is_positive();
            for (term, rolled_up) in program.terms[number].iter().copied() {
                let input = plan.states[term.state.0].input.0;
                program.refreshing[input] |= refreshes;
                // Outputs are ordered by feature, so only the last entry can be equal.
                push_other(&mut program.readers[term.state.0], feature);
                if !rolled_up {
                    push_other(&mut program.outputs[input], output);
                }
                if refreshes && program.served_by[feature.0] == feature {
                    push_new(&mut program.feeds[feature.0], InputId(input));
                    if !rolled_up {
                        push_other(&mut program.refreshed[input], feature);
                    }
                }
            }
        }
        program
    }

    /// Collects the distinct sets of types and the distinct selections.
    fn select(&mut self, plan: &Plan) {
        let mut sets = HashMap::<&Types, usize, FixedState>::default();
        let mut selections = HashMap::<(usize, Option<usize>), usize, FixedState>::default();
        for (number, input) in plan.inputs.iter().enumerate() {
            let set = *sets.entry(&input.types).or_insert_with(|| {
                self.sets.push(input.types.clone());
                self.sets.len() - 1
            });
            let selection = *selections.entry((set, input.filter)).or_insert_with(|| {
                self.selections.push(Selection { set, filter: input.filter, inputs: Vec::new() });
                self.selections.len() - 1
            });
            self.selections[selection].inputs.push(InputId(number));
        }
    }

    /// True if a feature holds its own served values.
    pub(super) fn keeps_served(&self, feature: usize) -> bool {
        self.served_by[feature].0 == feature
    }
}

/// Per feature, the first feature that serves the same values.
pub(super) fn served_by(plan: &Plan) -> Vec<FeatureId> {
    let mut first = HashMap::<Identity, FeatureId, FixedState>::default();
    let same = |(number, feature): (usize, &Feature)| {
        if feature.refresh.is_positive() {
            *first.entry(feature.identity).or_insert(FeatureId(number))
        } else {
            FeatureId(number)
        }
    };
    plan.features.iter().enumerate().map(same).collect()
}

fn push_other<T: PartialEq>(list: &mut Vec<T>, item: T) {
    if list.last() != Some(&item) {
        list.push(item);
    }
}

fn push_new<T: PartialEq>(list: &mut Vec<T>, item: T) {
    if !list.contains(&item) {
        list.push(item);
    }
}

/// The terms that an output is read from, nested outputs included; each with whether it is a global
/// side.
pub(super) fn terms(plan: &Plan, output: OutputId) -> Vec<(Term, bool)> {
    let mut found = Vec::new();
    plan.sides(output).iter().for_each(|side| push_new(&mut found, (side.term, side.is_global)));
    found
}

/// The scope of an operand's key within a quotient whose key has the scope `own`.
pub(super) fn operand_scope(plan: &Plan, operand: Operand, own: ScopeId) -> ScopeId {
    match operand {
        Operand::Term(term) => {
            let input = &plan.inputs[plan.states[term.state.0].input.0];
            if input.rolled_up { own } else { input.scope }
        }
        Operand::Output(output) => plan.scope_of(output),
    }
}

/// Empty tables for all states of a plan. A valid plan names registered aggregates only; any other
/// one is counted.
pub(super) fn tables(plan: &Plan) -> Vec<Box<dyn StateTable>> {
    plan.states.iter().filter_map(table).collect()
}

/// The empty table of a state.
pub(super) fn table(state: &State) -> Option<Box<dyn StateTable>> {
    aggregate::table(state.aggregate, state.shape, state.ttl)
        .or_else(|| aggregate::table("count", crate::plan::Shape::Lifetime, state.ttl))
}
