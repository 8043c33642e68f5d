//! What a plan asks to be done for an event, worked out once: which inputs take a type, which
//! states and outputs hang on an input, which inputs must go event by event.

pub(in crate::engine) mod filters;
pub(in crate::engine) mod input_rows;
pub(in crate::engine) mod pushdown;

use std::collections::HashMap;

use foldhash::fast::FixedState;

use crate::aggregate::{self, StateTable};
use crate::plan::{
    Feature, FeatureId, Identity, InputId, Operand, OutputId, Plan, Prior, Read, Rule, ScopeId,
    State, StateId, Term, Types,
};

/// A plan, compiled.
#[derive(Debug, Default)]
pub struct PhysicalPlan {
    /// The states of each input.
    pub(super) states: Vec<Vec<StateId>>,
    /// The distinct sets of event types that inputs take.
    pub(super) sets: Vec<Types>,
    /// The distinct pairs of such a set and a filter.
    pub(super) selections: Vec<Selection>,
    /// For each feature the first one that serves the same: only that one's served values are
    /// kept. Itself for most.
    pub(super) serves: Vec<FeatureId>,
    /// The inputs that a feature is read from, for each feature that serves its own values.
    pub(super) feeds: Vec<Vec<InputId>>,
    /// The features with a refresh that a write to the input may refresh, for each input; of
    /// those that serve the same the first.
    pub(super) refreshed: Vec<Vec<FeatureId>>,
    /// The outputs whose value at its own key an event of the input may change, for each input.
    pub(super) outputs: Vec<Vec<OutputId>>,
    /// For each output the [`terms`] that it is read from.
    pub(super) terms: Vec<Vec<(Term, bool)>>,
    /// The features that read each state, in the config's order.
    pub(super) readers: Vec<Vec<FeatureId>>,
    /// Inputs that feed a feature with a refresh. What is served is the live value at the moment
    /// of a write, so their samples wait for it; all others are added a batch at a time.
    pub(super) lockstep: Vec<bool>,
}

/// Events of some types that pass a filter, and the inputs that look at just these.
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
            serves: serves(plan),
            feeds: vec![Vec::new(); plan.features.len()],
            refreshed: vec![Vec::new(); plan.inputs.len()],
            outputs: vec![Vec::new(); plan.inputs.len()],
            terms: (0..plan.outputs.len()).map(|output| terms(plan, OutputId(output))).collect(),
            readers: vec![Vec::new(); plan.states.len()],
            lockstep: vec![false; plan.inputs.len()],
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
                program.lockstep[input] |= refreshes;
                // Outputs come in order, those of a feature together: only the last can be the
                // same.
                push_other(&mut program.readers[term.state.0], feature);
                if !rolled_up {
                    push_other(&mut program.outputs[input], output);
                }
                if refreshes && program.serves[feature.0] == feature {
                    push_new(&mut program.feeds[feature.0], InputId(input));
                    if !rolled_up {
                        push_other(&mut program.refreshed[input], feature);
                    }
                }
            }
        }
        program
    }

    /// Finds the distinct sets of types, and the distinct selections.
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

    /// Whether a feature's served values are kept under it.
    pub(super) fn serves_own(&self, feature: usize) -> bool {
        self.serves[feature].0 == feature
    }
}

/// For each feature the first one that serves the same values.
pub(super) fn serves(plan: &Plan) -> Vec<FeatureId> {
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

/// The states that an output is read from, its own and those of the outputs it divides; with
/// each whether it is a global side.
pub(super) fn terms(plan: &Plan, output: OutputId) -> Vec<(Term, bool)> {
    let mut found = Vec::new();
    gather(plan, output, &mut found);
    found
}

fn gather(plan: &Plan, output: OutputId, found: &mut Vec<(Term, bool)>) {
    match &plan.outputs[output.0].read {
        Read::State(term) => push_new(found, (*term, false)),
        Read::Quotient(quotient) => {
            for side in [quotient.top, quotient.bottom] {
                match side {
                    Operand::Term(term) => push_new(found, (term, false)),
                    Operand::Output(output) => gather(plan, output, found),
                }
            }
            if let Rule::Normalized { top_all, bottom_all, .. }
            | Rule::Smoothed { prior: Prior::Global { top_all, bottom_all }, .. } = quotient.rule
            {
                push_new(found, (top_all, true));
                push_new(found, (bottom_all, true));
            }
        }
    }
}

/// The scope of an operand's own key, within a quotient whose key has the scope `own`.
pub(super) fn operand_scope(plan: &Plan, operand: Operand, own: ScopeId) -> ScopeId {
    match operand {
        Operand::Term(term) => {
            let input = &plan.inputs[plan.states[term.state.0].input.0];
            if input.rolled_up { own } else { input.scope }
        }
        Operand::Output(output) => plan.scope_of(output),
    }
}

/// Whether an input takes events of a type.
pub(super) fn takes(plan: &Plan, input: InputId, name: &str) -> bool {
    takes_type(&plan.inputs[input.0].types, name)
}

/// Whether a type is among some.
pub(super) fn takes_type(types: &Types, name: &str) -> bool {
    match types {
        Types::All => true,
        Types::Only(names) => names.iter().any(|known| known == name),
    }
}

/// Empty tables for all states of a plan. A plan is valid by construction, so each of its
/// aggregates is in the registry; one that is not is counted.
pub(super) fn tables(plan: &Plan) -> Vec<Box<dyn StateTable>> {
    plan.states.iter().filter_map(table).collect()
}

/// An empty table for one of them.
pub(super) fn table(state: &State) -> Option<Box<dyn StateTable>> {
    aggregate::table(state.aggregate, state.shape, state.ttl)
        .or_else(|| aggregate::table("count", crate::plan::Shape::Lifetime, state.ttl))
}
