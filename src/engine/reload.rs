//! Another plan for the same tape: states that kept their identity keep everything, the others
//! are filled by an engine that holds nothing else.

use std::collections::HashMap;
use std::sync::Arc;

use foldhash::fast::FixedState;

use crate::plan::{FeatureId, Identity, Plan, StateId};
use crate::tape::{RowKind, Tape};

use super::index::Index;
use super::program::terms;
use super::{Engine, Program, new_served, program};

/// What a plan needs that another one does not have.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Missing {
    /// States to be filled.
    pub states: Vec<StateId>,
    /// Features whose served values are to be filled.
    pub served: Vec<FeatureId>,
}

impl Missing {
    /// What `plan` needs beyond the states and served features that are known.
    #[must_use]
    pub fn new(plan: &Plan, states: &[Identity], served: &[Identity]) -> Self {
        let (states, served) = (places(states.iter().copied()), places(served.iter().copied()));
        let states = (0..plan.states.len())
            .map(StateId)
            .filter(|state| !states.contains_key(&plan.states[state.0].identity));
        let served = (0..plan.features.len()).map(FeatureId).filter(|feature| {
            let declared = &plan.features[feature.0];
            declared.refresh.is_positive() && !served.contains_key(&declared.identity)
        });
        Self { states: states.collect(), served: served.collect() }
    }

    /// What `new` needs beyond what an engine of `old` has.
    #[must_use]
    pub fn between(old: &Plan, new: &Plan) -> Self {
        let states: Vec<Identity> = old.states.iter().map(|state| state.identity).collect();
        let refreshed = old.features.iter().filter(|feature| feature.refresh.is_positive());
        let served: Vec<Identity> = refreshed.map(|feature| feature.identity).collect();
        Self::new(new, &states, &served)
    }

    /// Whether nothing is missing.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.states.is_empty() && self.served.is_empty()
    }
}

/// Where each identity stands.
fn places(identities: impl Iterator<Item = Identity>) -> HashMap<Identity, usize, FixedState> {
    identities.enumerate().map(|(place, identity)| (identity, place)).collect()
}

impl Engine {
    /// An engine before the first event that holds only what is missing, and what that needs.
    #[must_use]
    pub fn filler(plan: &Arc<Plan>, missing: &Missing) -> Self {
        let mut wanted = vec![false; plan.states.len()];
        for state in &missing.states {
            wanted[state.0] = true;
        }
        for feature in &missing.served {
            for output in plan.features[feature.0].outputs.clone() {
                for (term, _) in terms(plan, crate::plan::OutputId(output)) {
                    wanted[term.state.0] = true;
                }
            }
        }
        let tables = program::tables(plan)
            .into_iter()
            .zip(&wanted)
            .map(|(table, wanted)| wanted.then_some(table));
        let served = (0..plan.features.len()).map(|number| {
            let wanted = missing.served.contains(&FeatureId(number));
            new_served(&plan.features[number]).filter(|_| wanted)
        });
        Self::with(
            Arc::clone(plan),
            Arc::new(Program::new(plan)),
            tables.collect(),
            served.collect(),
        )
    }

    /// This engine's states under another plan, at the same place; what the plan does not know
    /// is dropped, what it misses is left out until [`Engine::adopt`].
    #[must_use]
    pub fn inherit(mut self, plan: &Arc<Plan>) -> Self {
        let old = Arc::clone(&self.plan);
        let mut heir = Self::filler(plan, &Missing::default());
        heir.position = self.position;
        heir.tallies.applied = self.tallies.applied;
        heir.tallies.late = self.tallies.late;
        heir.tallies.impressions = self.tallies.impressions;
        let places_of_states = places(old.states.iter().map(|state| state.identity));
        for (number, state) in plan.states.iter().enumerate() {
            if let Some(&from) = places_of_states.get(&state.identity) {
                heir.tables[number] = self.tables[from].take();
                heir.tallies.inputs[state.input.0] = self.tallies.inputs[old.states[from].input.0];
            }
        }
        let refreshed = places(old.features.iter().map(|feature| feature.identity));
        for (number, feature) in plan.features.iter().enumerate() {
            if !feature.refresh.is_positive() {
                continue;
            }
            if let Some(&from) = refreshed.get(&feature.identity) {
                heir.served[number].clone_from(&self.served[from]);
            }
        }
        heir
    }

    /// Takes over from a filler at the same place what was missing.
    pub fn adopt(&mut self, filler: &Self, missing: &Missing) {
        self.position = filler.position;
        self.tallies.applied = filler.tallies.applied;
        self.tallies.late = filler.tallies.late;
        self.tallies.impressions = filler.tallies.impressions;
        for state in &missing.states {
            self.tables[state.0] = filler.tables[state.0].as_ref().map(|table| table.copy());
            let input = self.plan.states[state.0].input.0;
            self.tallies.inputs[input] = filler.tallies.inputs[input];
        }
        for feature in &missing.served {
            self.served[feature.0].clone_from(&filler.served[feature.0]);
        }
    }

    /// Stands at the same event of another tape, whose rows up to it may be other ones (with or
    /// without impressions).
    pub(super) fn stand_on(&mut self, tape: &Tape) {
        let rows = tape.end_row(self.position.events);
        let (mut applied, mut late, mut impressions) = (0, 0, 0);
        let mut clock = i64::MIN;
        for row in 0..rows {
            let kind = tape.kind(row);
            applied += u64::from(kind.is_counted());
            impressions += u64::from(kind == RowKind::Impression);
            late += u64::from(kind != RowKind::Impression && tape.times()[row] < clock);
            clock = clock.max(tape.times()[row]);
        }
        self.position.rows = rows;
        self.tallies.applied = applied;
        self.tallies.late = late;
        self.tallies.impressions = impressions;
    }

    /// Goes over to a tape that was read again, where keys may have other numbers: moves every
    /// state to the slots that its keys have in the new index. The first events must be the same.
    pub fn rearrange(&mut self, old: &Index, new: &Index, tape: &Tape) {
        self.stand_on(tape);
        let plan = Arc::clone(&self.plan);
        let position = self.position.events;
        let place = |scope| {
            move |slot: u32| {
                let key = old.key(scope, slot);
                new.find(scope, key.0.iter().map(String::as_str))
            }
        };
        for (state, table) in plan.states.iter().zip(&mut self.tables) {
            let input = &plan.inputs[state.input.0];
            if let (Some(table), false) = (table, input.rolled_up) {
                table.rearrange(position, &place(input.scope));
            }
        }
        for (feature, served) in plan.features.iter().zip(&mut self.served) {
            if let Some(served) = served {
                served.rearrange(position, &place(feature.scope));
            }
        }
    }
}
