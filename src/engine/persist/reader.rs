//! Restores an engine from a store's records, in slices: first maps stored slots to present ones,
//! then decodes state by state.

use std::sync::Arc;

use xxhash_rust::xxh3::xxh3_64;

use crate::aggregate::SEGMENT;
use crate::base::bytes::Bytes;
use crate::base::{Deadline, Step, Task};
use crate::plan::{Identity, Input, Plan, ScopeId, Types};
use crate::store::{Store, StoreError};
use crate::tape::Tape;

use super::format::{StoreHeader, prefix, put_keys, scope_identity, segment_of};
use crate::engine::keys::KeyIndex;
use crate::engine::{Engine, IncrementalWriter, InputTally, MissingStates, Position};

/// The result of a restore.
pub struct RestoredEngine {
    /// The states, at the stored position.
    pub engine: Engine,
    /// What the plan needs beyond them.
    pub missing: MissingStates,
    /// A writer that continues from what the store holds.
    pub writer: IncrementalWriter,
}

/// A restore in progress.
pub struct RestoreTask {
    engine: Engine,
    missing: MissingStates,
    reused: Vec<(Identity, InputTally)>,
    /// The served features that are restored.
    served: Vec<Identity>,
    /// Per scope, for each stored slot the present slot of its key; `None` for keys that the log no
    /// longer has, which then were not written before the stored position.
    places: Vec<Vec<Option<u32>>>,
    stage: Stage,
    /// The last record read in this stage; empty at its start.
    last: Vec<u8>,
    /// True while every record was valid.
    is_intact: bool,
}

/// The stage of a restore.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    Keys(usize),
    State(usize),
    Served(usize),
    Done,
}

impl StoreHeader {
    /// Begins to restore the stored states under a plan. `None` if the store [is not
    /// of](Self::is_of) the tape.
    #[must_use]
    pub fn begin_restore(&self, plan: &Arc<Plan>, tape: &Tape) -> Option<RestoreTask> {
        let events = self.position.events;
        if !self.is_of(tape) {
            return None;
        }
        // Impressions may differ: then states that count them are computed anew.
        let same_rows = tape.end_row(events) == self.position.rows;
        let reused: Vec<(Identity, InputTally)> = self
            .states
            .iter()
            .copied()
            .filter(|(identity, _)| {
                let mut states = plan.states.iter().filter(|state| state.identity == *identity);
                same_rows
                    || states.all(|state| !counts_impressions(plan, &plan.inputs[state.input.0]))
            })
            .collect();
        let identities: Vec<Identity> = reused.iter().map(|(identity, _)| *identity).collect();
        let served = if same_rows { self.served.clone() } else { Vec::new() };
        let missing = MissingStates::new(plan, &identities, &served);

        let mut engine = Engine::new(Arc::clone(plan));
        engine.position = Position { rows: tape.end_row(events), ..self.position };
        engine.tallies.applied = self.applied;
        engine.tallies.late = self.late;
        engine.tallies.impressions = self.impressions;
        if !same_rows {
            engine.reposition(tape);
        }
        Some(RestoreTask {
            engine,
            missing,
            reused,
            served,
            places: Vec::new(),
            stage: Stage::Keys(0),
            last: Vec::new(),
            is_intact: true,
        })
    }

    /// Restores at once. `None` if nothing can be reused: the store [is not of](Self::is_of) the
    /// tape, or a record is invalid.
    pub fn restore(
        &self,
        store: &dyn Store,
        plan: &Arc<Plan>,
        tape: &Tape,
        index: &KeyIndex,
    ) -> Result<Option<RestoredEngine>, StoreError> {
        let Some(mut task) = self.begin_restore(plan, tape) else { return Ok(None) };
        task.step((store, index), &Deadline::never()).done().unwrap_or(Ok(None))
    }
}

impl Task for RestoreTask {
    /// The store, and the index of the plan on the tape of the start; it may have grown.
    type Context<'c> = (&'c dyn Store, &'c KeyIndex);
    /// `None` if a record was invalid.
    type Output = Result<Option<RestoredEngine>, StoreError>;

    fn step(
        &mut self,
        (store, index): Self::Context<'_>,
        deadline: &Deadline,
    ) -> Step<Self::Output> {
        match self.read(store, index, deadline) {
            Ok(true) => Step::Done(Ok(self.finish(index))),
            Ok(false) => Step::Pending(self.progress()),
            Err(error) => Step::Done(Err(error)),
        }
    }
}

impl RestoreTask {
    /// Reads records until the deadline, at least one. Returns whether all are read.
    fn read(
        &mut self,
        store: &dyn Store,
        index: &KeyIndex,
        deadline: &Deadline,
    ) -> Result<bool, StoreError> {
        while self.is_intact && self.stage != Stage::Done {
            let plan = Arc::clone(&self.engine.plan);
            let mut ends = true;
            let mut last = std::mem::take(&mut self.last);
            if let Some(prefix) = self.prefix(&plan, index) {
                let from = last.clone();
                store.scan_from(&prefix, &from, &mut |key, value| {
                    // A scan may begin with the last record read.
                    if key == from {
                        return true;
                    }
                    self.is_intact &= self.take(&plan, index, segment_of(key), value).is_some();
                    ends = !deadline.has_passed();
                    if !ends {
                        last = key.to_vec();
                    }
                    ends && self.is_intact
                })?;
            }
            if !ends {
                self.last = last;
                return Ok(false);
            }
            self.stage = match self.stage {
                Stage::Keys(scope) if scope + 1 < plan.scopes.len() => Stage::Keys(scope + 1),
                Stage::Keys(_) => Stage::State(0),
                Stage::State(state) if state + 1 < plan.states.len() => Stage::State(state + 1),
                Stage::State(_) => Stage::Served(0),
                Stage::Served(feature) if feature + 1 < plan.features.len() => {
                    Stage::Served(feature + 1)
                }
                Stage::Served(_) | Stage::Done => Stage::Done,
            };
        }
        Ok(true)
    }

    /// The fraction that is read, by the count of tables.
    fn progress(&self) -> f32 {
        let plan = &self.engine.plan;
        let (scopes, states, features) =
            (plan.scopes.len(), plan.states.len(), plan.features.len());
        let done = match self.stage {
            Stage::Keys(scope) => scope,
            Stage::State(state) => scopes + state,
            Stage::Served(feature) => scopes + states + feature,
            Stage::Done => return 1.0,
        };
        done as f32 / (scopes + states + features).max(1) as f32
    }

    /// The key prefix of this stage's records; `None` if there are none. Sets the stage up on its
    /// first call.
    fn prefix(&mut self, plan: &Plan, index: &KeyIndex) -> Option<Vec<u8>> {
        match self.stage {
            Stage::Keys(number) => {
                let scope = ScopeId(number);
                let has_keys = !plan.scopes.get(number)?.attributes.is_empty();
                if self.places.len() == number {
                    self.places.push(if has_keys {
                        Vec::with_capacity(index.keys(scope))
                    } else {
                        vec![Some(0)]
                    });
                }
                has_keys.then(|| prefix(b'k', scope_identity(plan, scope)))
            }
            Stage::State(number) => {
                let state = plan.states.get(number)?;
                let (_, tally) =
                    self.reused.iter().find(|(identity, _)| *identity == state.identity)?;
                self.engine.tallies.inputs[state.input.0] = *tally;
                Some(prefix(b't', state.identity))
            }
            Stage::Served(number) => {
                let identity = plan.features.get(number)?.identity;
                let is_held = self.engine.served[number].is_some();
                (is_held && self.served.contains(&identity)).then(|| prefix(b's', identity))
            }
            Stage::Done => None,
        }
    }

    /// Decodes a record; `None` if it is invalid.
    fn take(&mut self, plan: &Plan, index: &KeyIndex, segment: usize, value: &[u8]) -> Option<()> {
        let events = self.engine.position.events;
        match self.stage {
            Stage::Keys(scope) => {
                read_keys(plan, index, ScopeId(scope), self.places.last_mut()?, value)
            }
            Stage::State(number) => {
                let input = &plan.inputs[plan.states[number].input.0];
                let slots = &self.places[input.scope.0];
                let place = |slot: u32| {
                    if input.rolled_up { Some(slot) } else { *slots.get(slot as usize)? }
                };
                let table = self.engine.tables[number].as_mut()?;
                table.decode(segment, &mut Bytes(value), events, &place)
            }
            Stage::Served(number) => {
                let slots = &self.places[plan.features[number].scope.0];
                let place = |slot: u32| *slots.get(slot as usize)?;
                let table = self.engine.served[number].as_mut()?;
                table.decode(segment, &mut Bytes(value), events, &place)
            }
            Stage::Done => None,
        }
    }

    /// Takes the restored states out, once all is read. `None` if a record was invalid.
    fn finish(&mut self, index: &KeyIndex) -> Option<RestoredEngine> {
        let events = self.engine.position.events;
        let known = self
            .places
            .iter()
            .enumerate()
            .map(|(scope, slots)| known_keys(slots, index.keys(ScopeId(scope))));
        let known: Option<Vec<usize>> = known.collect();
        let known = known.filter(|_| self.missing.is_empty());
        let writer = known
            .map_or_else(IncrementalWriter::new, |keys| IncrementalWriter::after(events, keys));
        let without_state = self.engine.without_state();
        self.is_intact.then(|| RestoredEngine {
            engine: std::mem::replace(&mut self.engine, without_state),
            missing: std::mem::take(&mut self.missing),
            writer,
        })
    }
}

/// The number of stored keys whose slots are unchanged. `None` if a key has another slot: then the
/// next batch must be complete, or the store would mix two numberings.
fn known_keys(stored: &[Option<u32>], keys: usize) -> Option<usize> {
    let stays = |(slot, place): (usize, &Option<u32>)| match place {
        Some(place) => *place as usize == slot,
        // Not read yet, or gone from the log; no other key may take the slot.
        None => slot >= keys,
    };
    stored.iter().enumerate().all(stays).then(|| stored.len().min(keys))
}

/// Appends the present slots of a segment of stored keys; `None` for an invalid record.
fn read_keys(
    plan: &Plan,
    index: &KeyIndex,
    scope: ScopeId,
    places: &mut Vec<Option<u32>>,
    value: &[u8],
) -> Option<()> {
    // Usually a log has the same keys in the same order: comparing a segment is much cheaper than
    // looking each key up.
    let known = places.len()..index.keys(scope).min(places.len() + SEGMENT);
    let is_run_known =
        index.keys_hash(scope, places.len() / SEGMENT).is_some_and(|hash| hash == xxh3_64(value));
    let mut same = Vec::new();
    if !is_run_known {
        put_keys(&mut same, index, scope, known.clone());
    }
    if !known.is_empty() && (is_run_known || same == value) {
        places.extend(known.map(|slot| Some(slot as u32)));
        return Some(());
    }
    let arity = plan.scopes[scope.0].attributes.len();
    let mut bytes = Bytes(value);
    while !bytes.is_empty() {
        let texts: Option<Vec<&str>> = (0..arity).map(|_| bytes.text()).collect();
        places.push(index.find(scope, &texts?));
    }
    Some(())
}

fn counts_impressions(plan: &Plan, input: &Input) -> bool {
    match &input.types {
        Types::All => true,
        Types::Only(names) => names.contains(&plan.events.impressions.name),
    }
}
