//! Another plan for the same tape: states that kept their identity keep everything, the others
//! are filled by an engine that holds nothing else.

use std::collections::HashMap;
use std::sync::Arc;

use foldhash::fast::FixedState;

use crate::aggregate::StateTable;
use crate::plan::{FeatureId, Identity, Plan, Shape, State, StateId, identity};
use crate::tape::{RowKind, Tape};

use crate::engine::keys::KeyIndex;
use crate::engine::{Engine, PhysicalPlan, program};

/// What a plan needs that another one does not have.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MissingStates {
    /// States to be filled.
    pub states: Vec<StateId>,
    /// Features whose served values are to be filled.
    pub served: Vec<FeatureId>,
}

impl MissingStates {
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
        let had = sources(old, new).into_iter().zip(&new.states);
        let had = had.filter(|(source, _)| source.is_some());
        let states: Vec<Identity> = had.map(|(_, state)| state.identity).collect();
        let refreshed = old.features.iter().filter(|feature| feature.refresh.is_positive());
        let served: Vec<Identity> = refreshed.map(|feature| feature.identity).collect();
        Self::new(new, &states, &served)
    }

    /// Both together.
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

/// How engines of one plan become engines of another: for each part of the new one, where it
/// lies in the old one.
pub struct Migration {
    plan: Arc<Plan>,
    program: Arc<PhysicalPlan>,
    states: Vec<Option<Source>>,
    /// For each state of the new plan, its input in the old one.
    inputs: Vec<Option<usize>>,
    /// For each feature what is served of it; none takes what another one takes.
    served: Vec<Option<usize>>,
    keeps_all: bool,
    same_numbers: bool,
}

impl Migration {
    /// From one plan to another.
    #[must_use]
    pub fn between(old: &Plan, plan: &Arc<Plan>) -> Self {
        let states = sources(old, plan);
        let inputs = states.iter().map(|from| Some(old.states[from.as_ref()?.state].input.0));
        let inputs = inputs.collect();
        let program = Arc::new(PhysicalPlan::new(plan));
        let known = places(old.features.iter().map(|feature| feature.identity));
        // Of features that serve the same the first has it, in either plan.
        let held = program::serves(old);
        let find = |(number, feature): (usize, &crate::plan::Feature)| {
            let takes = feature.refresh.is_positive() && program.serves_own(number);
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

    /// Whether everything that the old plan's engines hold is of use to the new one.
    #[must_use]
    pub const fn keeps_all(&self) -> bool {
        self.keeps_all
    }

    /// Whether every state, served feature, output and key has the number that it had: the plans
    /// differ in names at most.
    #[must_use]
    pub const fn same_numbers(&self) -> bool {
        self.same_numbers
    }

    /// Whether nothing of the old plan's engines is of use to the new one.
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

/// The state of an old plan that becomes one of a new plan.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Source {
    state: usize,
    /// The shape to which it is to be [cut down](StateTable::shorten), if it held more.
    shorter: Option<Shape>,
}

/// For each state of a new plan the one of the old plan that it goes on from; none is taken twice.
/// It is one that means the same, or one that nobody needs any more and that differs in nothing
/// but that it holds more of the past.
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
    // Those that nobody needs, by what they mean but for how much they hold.
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

/// States that are no longer needed. To free large ones takes its time, so they are freed a
/// table at a time, when there is time.
#[derive(Default)]
pub struct DropQueue(Vec<Box<dyn StateTable>>);

impl DropQueue {
    /// Takes all states of an engine.
    pub fn take(&mut self, engine: Engine) {
        self.0.extend(engine.tables.into_iter().flatten());
    }

    /// Frees a table. Returns whether there was one.
    pub fn free_one(&mut self) -> bool {
        self.0.pop().is_some()
    }
}

/// Where each identity stands.
fn places(identities: impl Iterator<Item = Identity>) -> HashMap<Identity, usize, FixedState> {
    identities.enumerate().map(|(place, identity)| (identity, place)).collect()
}

impl Engine {
    /// Goes over to another plan at the same place. What the plan does not know is left to
    /// `leftovers`, what it misses is [lacking](Self::lacking) until it is taken from a filler.
    pub fn inherit(&mut self, heritage: &Migration, leftovers: &mut DropQueue) {
        let mut tables: Vec<_> = std::mem::take(&mut self.tables);
        let inputs = std::mem::take(&mut self.tallies.inputs);
        self.tallies.inputs =
            vec![crate::engine::InputTally::default(); heritage.plan.inputs.len()];
        let take = |source: &Option<Source>| {
            let source = source.as_ref()?;
            let mut table = tables[source.state].take()?;
            let fits = source.shorter.is_none_or(|shape| table.shorten(shape));
            fits.then_some(table)
        };
        self.tables = heritage.states.iter().map(take).collect();
        leftovers.0.extend(tables.into_iter().flatten());
        for (state, from) in heritage.plan.states.iter().zip(&heritage.inputs) {
            if let Some(from) = from {
                self.tallies.inputs[state.input.0] = inputs[*from];
            }
        }
        let mut served = std::mem::take(&mut self.served);
        self.served = heritage.served.iter().map(|from| served[(*from)?].take()).collect();
        self.plan = Arc::clone(&heritage.plan);
        self.program = Arc::clone(&heritage.program);
        self.scratch = crate::engine::apply::Scratch::default();
    }

    /// What the plan asks for and this engine does not hold.
    #[must_use]
    pub fn lacking(&self) -> MissingStates {
        let states = (0..self.tables.len()).filter(|state| self.tables[*state].is_none());
        let served = (0..self.served.len()).filter(|feature| {
            self.served[*feature].is_none()
                && self.plan.features[*feature].refresh.is_positive()
                && self.program.serves_own(*feature)
        });
        MissingStates {
            states: states.map(StateId).collect(),
            served: served.map(FeatureId).collect(),
        }
    }

    /// Takes copies of what it lacks from a filler of the same plan at the same place.
    pub fn mend(&mut self, filler: &Self) {
        let missing = self.lacking();
        for state in &missing.states {
            self.tables[state.0] = filler.tables[state.0].as_ref().map(|table| table.copy());
        }
        for feature in &missing.served {
            self.served[feature.0].clone_from(&filler.served[feature.0]);
        }
        self.copy_tallies(filler, &missing);
    }

    /// Takes over what a filler of the same plan has made; it stands where the filler stands.
    pub fn adopt(&mut self, mut filler: Self, missing: &MissingStates, leftovers: &mut DropQueue) {
        for state in &missing.states {
            std::mem::swap(&mut self.tables[state.0], &mut filler.tables[state.0]);
        }
        for feature in &missing.served {
            self.served[feature.0] = filler.served[feature.0].take();
        }
        self.copy_tallies(&filler, missing);
        leftovers.take(filler);
    }

    fn copy_tallies(&mut self, filler: &Self, missing: &MissingStates) {
        self.position = filler.position;
        self.tallies.applied = filler.tallies.applied;
        self.tallies.late = filler.tallies.late;
        self.tallies.impressions = filler.tallies.impressions;
        for state in &missing.states {
            let input = self.plan.states[state.0].input.0;
            self.tallies.inputs[input] = filler.tallies.inputs[input];
        }
        self.scratch = crate::engine::apply::Scratch::default();
    }

    /// Stands at the same event of another tape, whose rows up to it may be other ones (with or
    /// without impressions).
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

    /// Goes over to a tape that was read again, where keys may have other numbers: moves every
    /// state to the slots that its keys have in the new index. The first events must be the same.
    pub fn rearrange(&mut self, old: &KeyIndex, new: &KeyIndex, tape: &Tape) {
        self.reposition(tape);
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
