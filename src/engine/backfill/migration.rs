//! Migration to another plan on the same tape: states whose identity is still wanted move over, one
//! that holds more of the past than a new one may be truncated to it, all others are missing until
//! they are backfilled.

use std::collections::HashMap;
use std::sync::Arc;

use foldhash::fast::FixedState;

use crate::aggregate::StateTable;
use crate::base::Kinds;
use crate::plan::{FeatureId, Identity, Plan, Shape, State, StateId, identity};
use crate::tape::{RowKind, Tape};

use crate::engine::keys::KeyIndex;
use crate::engine::{Engine, PhysicalPlan, program};

/// The states and served features that an engine lacks for its plan.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MissingStates {
    /// States to backfill.
    pub states: Vec<StateId>,
    /// Features whose served values to backfill.
    pub served: Vec<FeatureId>,
}

impl MissingStates {
    /// What `plan` needs beyond these states and served features.
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

    /// What `new` needs beyond what engines of `old` hold.
    #[must_use]
    pub fn between(old: &Plan, new: &Plan) -> Self {
        let had = sources(old, new).into_iter().zip(&new.states);
        let had = had.filter(|(source, _)| source.is_some());
        let states: Vec<Identity> = had.map(|(_, state)| state.identity).collect();
        let refreshed = old.features.iter().filter(|feature| feature.refresh.is_positive());
        let served: Vec<Identity> = refreshed.map(|feature| feature.identity).collect();
        Self::new(new, &states, &served)
    }

    /// The union.
    #[must_use]
    pub fn and(mut self, other: &Self) -> Self {
        self.states.extend_from_slice(&other.states);
        self.states.sort_unstable();
        self.states.dedup();
        self.served.extend_from_slice(&other.served);
        self.served.sort_unstable();
        self.served.dedup();
        self
    }

    /// Whether nothing is missing.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.states.is_empty() && self.served.is_empty()
    }
}

/// The mapping from the parts of one plan's engines to those of another.
pub struct Migration {
    plan: Arc<Plan>,
    program: Arc<PhysicalPlan>,
    states: Vec<Option<Source>>,
    /// Per state of the new plan, the input of its source in the old one.
    inputs: Vec<Option<usize>>,
    /// Per feature, the old feature whose served values it takes over; no two take the same.
    served: Vec<Option<usize>>,
    keeps_all: bool,
    same_numbers: bool,
}

impl Migration {
    /// The migration from one plan to another.
    #[must_use]
    pub fn between(old: &Plan, plan: &Arc<Plan>) -> Self {
        let states = sources(old, plan);
        let inputs = states.iter().map(|from| Some(old.states[from.as_ref()?.state].input.0));
        let inputs = inputs.collect();
        let program = Arc::new(PhysicalPlan::new(plan));
        let known = places(old.features.iter().map(|feature| feature.identity));
        // In either plan, the first of the features that serve the same holds the values.
        let held = program::served_by(old);
        let find = |(number, feature): (usize, &crate::plan::Feature)| {
            let takes = feature.refresh.is_positive() && program.keeps_served(number);
            known.get(&feature.identity).filter(|_| takes).map(|from| held[*from].0)
        };
        let served: Vec<Option<usize>> = plan.features.iter().enumerate().map(find).collect();
        let mut taken = vec![false; old.features.len()];
        served.iter().flatten().for_each(|from| taken[*from] = true);
        let keeps_all = states.iter().flatten().count() == old.states.len()
            && old
                .features
                .iter()
                .zip(&held)
                .all(|(f, at)| taken[at.0] || !f.refresh.is_positive());
        Self {
            plan: Arc::clone(plan),
            program,
            states,
            inputs,
            served,
            keeps_all,
            same_numbers: same_numbers(old, plan),
        }
    }

    /// True if every state and served feature of the old plan is kept.
    #[must_use]
    pub const fn keeps_all(&self) -> bool {
        self.keeps_all
    }

    /// True if every state, served feature, output and key keeps its number: the plans differ in
    /// names at most.
    #[must_use]
    pub const fn same_numbers(&self) -> bool {
        self.same_numbers
    }

    /// True if no state of the old plan is kept.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.states.iter().all(Option::is_none)
    }
}

fn same_numbers(old: &Plan, new: &Plan) -> bool {
    let states =
        |plan: &Plan| -> Vec<Identity> { plan.states.iter().map(|s| s.identity).collect() };
    let features = |plan: &Plan| -> Vec<_> {
        let number = |f: &crate::plan::Feature| (f.identity, f.scope, f.refresh, f.outputs.clone());
        plan.features.iter().map(number).collect()
    };
    let outputs = old.outputs.iter().zip(&new.outputs);
    old.attributes == new.attributes
        && old.scopes == new.scopes
        && old.inputs == new.inputs
        && states(old) == states(new)
        && features(old) == features(new)
        && old.outputs.len() == new.outputs.len()
        && { outputs }.all(|(old, new)| old.feature == new.feature && old.read == new.read)
}

/// The source of a state in the old plan.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Source {
    state: usize,
    /// The shape to [truncate](StateTable::truncate_retention) the state to, if it holds more.
    shorter: Option<Shape>,
}

/// Per state of a new plan its source in the old one; none is used twice. A source has the same
/// identity, or is unused otherwise and differs only in holding more of the past.
fn sources(old: &Plan, new: &Plan) -> Vec<Option<Source>> {
    let known = places(old.states.iter().map(|state| state.identity));
    let same = |state: &State| known.get(&state.identity).copied();
    let mut sources: Vec<Option<Source>> = new
        .states
        .iter()
        .map(|state| same(state).map(|state| Source { state, shorter: None }))
        .collect();
    let mut taken = vec![false; old.states.len()];
    sources.iter().flatten().for_each(|source| taken[source.state] = true);
    let lasts = |state: &State| matches!(state.shape, Shape::Ring { .. } | Shape::Rolling { .. });
    // Unused states, by their identity apart from the shape.
    let mut unused = HashMap::<Identity, Vec<usize>, FixedState>::default();
    for (number, state) in old.states.iter().enumerate() {
        if !taken[number] && lasts(state) {
            unused.entry(identity::but_for_shape(old, StateId(number))).or_default().push(number);
        }
    }
    if unused.is_empty() {
        return sources;
    }
    for (number, state) in new.states.iter().enumerate() {
        if sources[number].is_some() || !lasts(state) {
            continue;
        }
        let like = unused.get_mut(&identity::but_for_shape(new, StateId(number)));
        sources[number] = like.and_then(|like| {
            let longer =
                |old_state: &usize| old.states[*old_state].shape.is_longer_than(state.shape);
            let place = like.iter().position(longer)?;
            Some(Source { state: like.swap_remove(place), shorter: Some(state.shape) })
        });
    }
    sources
}

/// Deferred drops: frees one table per call, because dropping a large one would overrun a slice.
#[derive(Default)]
pub struct DropQueue(Vec<Box<dyn StateTable>>);

impl DropQueue {
    /// Queues all states of an engine.
    pub fn take(&mut self, engine: Engine) {
        self.0.extend(engine.tables.into_iter().flatten());
    }

    /// Drops a table. Returns whether there was one.
    pub fn drop_one(&mut self) -> bool {
        self.0.pop().is_some()
    }
}

/// The place of each identity.
fn places(identities: impl Iterator<Item = Identity>) -> HashMap<Identity, usize, FixedState> {
    identities.enumerate().map(|(place, identity)| (identity, place)).collect()
}

impl Engine {
    /// Migrates to another plan at the same position. States that it does not need are queued in
    /// `drops`; those that it lacks are [missing](Self::missing) until backfilled.
    pub fn migrate(&mut self, migration: &Migration, drops: &mut DropQueue) {
        let mut tables: Vec<_> = std::mem::take(&mut self.tables);
        let inputs = std::mem::take(&mut self.tallies.inputs);
        self.tallies.inputs =
            vec![crate::engine::InputTally::default(); migration.plan.inputs.len()];
        self.refused = vec![Kinds::default(); migration.plan.inputs.len()];
        let take = |source: &Option<Source>| {
            let source = source.as_ref()?;
            let mut table = tables[source.state].take()?;
            let fits = source.shorter.is_none_or(|shape| table.truncate_retention(shape));
            fits.then_some(table)
        };
        self.tables = migration.states.iter().map(take).collect();
        drops.0.extend(tables.into_iter().flatten());
        for (state, from) in migration.plan.states.iter().zip(&migration.inputs) {
            if let Some(from) = from {
                self.tallies.inputs[state.input.0] = inputs[*from];
            }
        }
        let mut served = std::mem::take(&mut self.served);
        self.served = migration.served.iter().map(|from| served[(*from)?].take()).collect();
        self.plan = Arc::clone(&migration.plan);
        self.program = Arc::clone(&migration.program);
        self.scratch = crate::engine::apply::Scratch::default();
    }

    /// The states and served values that the plan needs and this engine does not hold.
    #[must_use]
    pub fn missing(&self) -> MissingStates {
        let states = (0..self.tables.len()).filter(|state| self.tables[*state].is_none());
        let served = (0..self.served.len()).filter(|feature| {
            self.served[*feature].is_none()
                && self.plan.features[*feature].refresh.is_positive()
                && self.program.keeps_served(*feature)
        });
        MissingStates {
            states: states.map(StateId).collect(),
            served: served.map(FeatureId).collect(),
        }
    }

    /// Copies the missing states from a backfill of the same plan at the same position.
    pub fn backfill_from(&mut self, backfill: &Self) {
        let missing = self.missing();
        for state in &missing.states {
            self.tables[state.0] = backfill.tables[state.0].as_ref().map(|table| table.copy());
        }
        for feature in &missing.served {
            self.served[feature.0].clone_from(&backfill.served[feature.0]);
        }
        self.copy_tallies(backfill, &missing);
    }

    /// Installs the states that a backfill of the same plan has made, and takes over its position.
    pub fn install(&mut self, mut backfill: Self, missing: &MissingStates, drops: &mut DropQueue) {
        for state in &missing.states {
            std::mem::swap(&mut self.tables[state.0], &mut backfill.tables[state.0]);
        }
        for feature in &missing.served {
            self.served[feature.0] = backfill.served[feature.0].take();
        }
        self.copy_tallies(&backfill, missing);
        drops.take(backfill);
    }

    fn copy_tallies(&mut self, backfill: &Self, missing: &MissingStates) {
        self.position = backfill.position;
        self.tallies.applied = backfill.tallies.applied;
        self.tallies.late = backfill.tallies.late;
        self.tallies.impressions = backfill.tallies.impressions;
        for state in &missing.states {
            let input = self.plan.states[state.0].input.0;
            self.tallies.inputs[input] = backfill.tallies.inputs[input];
        }
        self.scratch = crate::engine::apply::Scratch::default();
    }

    /// Repositions to the same event of another tape, whose rows before it may differ (with or
    /// without impressions), and counts the tallies anew.
    pub(in crate::engine) fn reposition(&mut self, tape: &Tape) {
        let rows = tape.end_row(self.position.events);
        let (mut applied, mut late, mut impressions) = (0, 0, 0);
        let mut clock = i64::MIN;
        for row in 0..rows {
            let kind = tape.kind(row);
            applied += u64::from(kind.is_counted());
            impressions += u64::from(kind == RowKind::Impression);
            late += u64::from(kind != RowKind::Impression && tape.time(row) < clock);
            clock = clock.max(tape.time(row));
        }
        self.position.rows = rows;
        self.tallies.applied = applied;
        self.tallies.late = late;
        self.tallies.impressions = impressions;
    }

    /// Moves to a tape that was read anew, on which keys may have other slots: remaps every state
    /// to the slots of the new index. The events up to the position must be the same.
    pub fn remap_slots(&mut self, old: &KeyIndex, new: &KeyIndex, tape: &Tape) {
        self.reposition(tape);
        let plan = Arc::clone(&self.plan);
        let position = self.position.events;
        let place = |scope| move |slot: u32| new.find(scope, &old.key(scope, slot).0);
        for (state, table) in plan.states.iter().zip(&mut self.tables) {
            let input = &plan.inputs[state.input.0];
            if let (Some(table), false) = (table, input.rolled_up) {
                table.remap_slots(position, &place(input.scope));
            }
        }
        for (feature, served) in plan.features.iter().zip(&mut self.served) {
            if let Some(served) = served {
                served.remap_slots(position, &place(feature.scope));
            }
        }
    }
}
