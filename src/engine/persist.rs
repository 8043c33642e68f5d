//! Engines as stored records, and back. States lie under their identity, in segments of slots;
//! keys lie beside them, so that a stored slot is found again whatever number its key has now.
//!
//! Records: `M` the manifest; `k` + scope + number, texts of the keys of a segment; `t` + state
//! identity + number, a segment of a state; `s` + feature identity + number, a segment of what
//! is served. All of one batch are true at the manifest's position.

use std::ops::Range;
use std::sync::Arc;

use xxhash_rust::xxh3::{xxh3_64, xxh3_128};

use crate::aggregate::SEGMENT;
use crate::base::bytes::{Bytes, put_i64, put_text, put_u64};
use crate::plan::{Identity, Input, Plan, ScopeId, Types};
use crate::store::{Batch, Store, StoreError};
use crate::tape::Tape;

use super::index::Index;
use super::{Engine, InputTally, Missing, Position};

/// The version of the records' layout; records of another one are not read.
const VERSION: u64 = 1;
const MANIFEST: &[u8] = b"M";

/// What a store says of itself: where on the log its states are true, and which it holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Saved {
    /// Where on the tape the states are true.
    pub position: Position,
    /// The tape's fingerprint of the events applied.
    pub fingerprint: u64,
    applied: u64,
    late: u64,
    impressions: u64,
    states: Vec<(Identity, InputTally)>,
    served: Vec<Identity>,
}

/// Stored states that are in use again.
pub struct Restored {
    /// The states, where they were.
    pub engine: Engine,
    /// What the plan needs beyond them.
    pub missing: Missing,
    /// A saver that goes on from what the store holds.
    pub saver: Saver,
}

/// Turns engines into batches of what changed since the last one.
#[derive(Clone, Debug, Default)]
pub struct Saver {
    /// The position of the last batch, and how many keys of each scope it had; `None` before
    /// the first, which holds everything.
    last: Option<(usize, Vec<usize>)>,
}

impl Saver {
    /// A saver for a store that holds nothing, or nothing that can be kept.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The position of the last batch; `None` before the first.
    #[must_use]
    pub fn position(&self) -> Option<usize> {
        self.last.as_ref().map(|(events, _)| *events)
    }

    /// The records that bring a store from the last batch's engine to this one. The second value
    /// tells whether all else that the store holds is to go.
    pub fn save(&mut self, engine: &Engine, index: &Index, fingerprint: u64) -> (Batch, bool) {
        let plan = &engine.plan;
        let mut puts = Vec::new();
        for (number, scope) in plan.scopes.iter().enumerate() {
            let known = self.last.as_ref().map_or(0, |(_, keys)| keys[number]);
            let keys = index.keys(ScopeId(number));
            let name = scope_identity(plan, ScopeId(number));
            if scope.attributes.is_empty() || known == keys {
                continue;
            }
            for segment in known / SEGMENT..keys.div_ceil(SEGMENT) {
                let slots = segment * SEGMENT..keys.min((segment + 1) * SEGMENT);
                let mut value = Vec::new();
                put_keys(&mut value, index, ScopeId(number), slots);
                puts.push((record(b'k', name, segment), value));
            }
        }
        let since = self.last.as_ref().map_or(0, |(events, _)| *events);
        for (state, table) in plan.states.iter().zip(&engine.tables) {
            let Some(table) = table else { continue };
            for segment in table.changed_since(since) {
                let mut value = Vec::new();
                table.encode(segment, &mut value);
                // A segment whose only writes were taken back is no segment.
                if !value.is_empty() {
                    puts.push((record(b't', state.identity, segment), value));
                }
            }
        }
        for (feature, served) in plan.features.iter().zip(&engine.served) {
            let Some(served) = served else { continue };
            for segment in served.changed_since(since) {
                let mut value = Vec::new();
                served.encode(segment, &mut value);
                if !value.is_empty() {
                    puts.push((record(b's', feature.identity, segment), value));
                }
            }
        }
        puts.push((MANIFEST.to_vec(), Saved::of(engine, fingerprint).encode()));
        let replaces = self.last.is_none();
        self.last = Some((engine.position.events, key_counts(plan, index)));
        (Batch { puts, deletes: Vec::new() }, replaces)
    }
}

pub(super) fn put_keys(out: &mut Vec<u8>, index: &Index, scope: ScopeId, slots: Range<usize>) {
    for slot in slots {
        index.key_texts(scope, slot as u32, |text| put_text(out, text));
    }
}

fn key_counts(plan: &Plan, index: &Index) -> Vec<usize> {
    (0..plan.scopes.len()).map(|scope| index.keys(ScopeId(scope))).collect()
}

fn record(kind: u8, identity: Identity, segment: usize) -> Vec<u8> {
    let mut key = vec![kind];
    key.extend_from_slice(&identity.0.to_be_bytes());
    key.extend_from_slice(&(segment as u32).to_be_bytes());
    key
}

/// A scope's identity in the store: the hash of its attributes' names.
pub(super) fn scope_identity(plan: &Plan, scope: ScopeId) -> Identity {
    let mut bytes = vec![u8::from(plan.scopes[scope.0].explode)];
    for name in plan.key_attributes(scope) {
        put_text(&mut bytes, name);
    }
    Identity(xxh3_128(&bytes))
}

impl Saved {
    fn of(engine: &Engine, fingerprint: u64) -> Self {
        let tallies = &engine.tallies;
        let states = engine.plan.states.iter().map(|s| (s.identity, tallies.inputs[s.input.0]));
        let refreshed = engine.plan.features.iter().filter(|f| f.refresh.is_positive());
        Self {
            position: engine.position,
            fingerprint,
            applied: tallies.applied,
            late: tallies.late,
            impressions: tallies.impressions,
            states: states.collect(),
            served: refreshed.map(|feature| feature.identity).collect(),
        }
    }

    fn encode(&self) -> Vec<u8> {
        let mut out = Vec::new();
        put_u64(&mut out, VERSION);
        put_u64(&mut out, self.position.events as u64);
        put_u64(&mut out, self.position.rows as u64);
        put_i64(&mut out, self.position.clock);
        out.extend_from_slice(&self.fingerprint.to_le_bytes());
        for tally in [self.applied, self.late, self.impressions] {
            put_u64(&mut out, tally);
        }
        put_u64(&mut out, self.states.len() as u64);
        for (identity, tally) in &self.states {
            out.extend_from_slice(&identity.0.to_le_bytes());
            for number in [tally.taken, tally.no_key, tally.no_value] {
                put_u64(&mut out, number);
            }
        }
        put_u64(&mut out, self.served.len() as u64);
        for identity in &self.served {
            out.extend_from_slice(&identity.0.to_le_bytes());
        }
        out
    }

    fn decode(bytes: &mut Bytes<'_>) -> Option<Self> {
        if bytes.u64()? != VERSION {
            return None;
        }
        let events = usize::try_from(bytes.u64()?).ok()?;
        let rows = usize::try_from(bytes.u64()?).ok()?;
        let position = Position { events, rows, clock: bytes.i64()? };
        let fingerprint = u64::from_le_bytes(chunk(bytes)?);
        let (applied, late, impressions) = (bytes.u64()?, bytes.u64()?, bytes.u64()?);
        let mut states = Vec::new();
        for _ in 0..bytes.u64()? {
            let identity = Identity(u128::from_le_bytes(chunk(bytes)?));
            let tally =
                InputTally { taken: bytes.u64()?, no_key: bytes.u64()?, no_value: bytes.u64()? };
            states.push((identity, tally));
        }
        let mut served = Vec::new();
        for _ in 0..bytes.u64()? {
            served.push(Identity(u128::from_le_bytes(chunk(bytes)?)));
        }
        Some(Self { position, fingerprint, applied, late, impressions, states, served })
    }

    /// What a store holds; `None` if that is nothing, or of another version.
    pub fn read(store: &dyn Store) -> Result<Option<Self>, StoreError> {
        Ok(store.get(MANIFEST)?.and_then(|bytes| Self::decode(&mut Bytes(&bytes))))
    }

    /// Whether a tape holds the events that the states are made of, in their order.
    #[must_use]
    pub fn is_of(&self, tape: &Tape) -> bool {
        let events = self.position.events;
        tape.events() >= events && tape.fingerprint(events) == self.fingerprint
    }

    /// The stored states as an engine under a plan. `None` where nothing can be kept: the store
    /// [is not of](Self::is_of) the tape, or a record is not what was written.
    pub fn restore(
        &self,
        store: &dyn Store,
        plan: &Arc<Plan>,
        tape: &Tape,
        index: &Index,
    ) -> Result<Option<Restored>, StoreError> {
        let events = self.position.events;
        if !self.is_of(tape) {
            return Ok(None);
        }
        // With other impressions the rows differ; what counts them has to be made anew.
        let same_rows = tape.end_row(events) == self.position.rows;
        let kept: Vec<(Identity, InputTally)> = self
            .states
            .iter()
            .copied()
            .filter(|(identity, _)| {
                let mut states = plan.states.iter().filter(|state| state.identity == *identity);
                same_rows
                    || states.all(|state| !counts_impressions(plan, &plan.inputs[state.input.0]))
            })
            .collect();
        let identities: Vec<Identity> = kept.iter().map(|(identity, _)| *identity).collect();
        let served = if same_rows { self.served.as_slice() } else { &[] };
        let missing = Missing::new(plan, &identities, served);

        let mut engine = Engine::new(Arc::clone(plan));
        engine.position = Position { rows: tape.end_row(events), ..self.position };
        engine.tallies.applied = self.applied;
        engine.tallies.late = self.late;
        engine.tallies.impressions = self.impressions;
        if !same_rows {
            engine.stand_on(tape);
        }
        let mut places = Vec::with_capacity(plan.scopes.len());
        for scope in 0..plan.scopes.len() {
            let Some(slots) = places_of(store, plan, ScopeId(scope), index)? else {
                return Ok(None);
            };
            places.push(slots);
        }
        let mut whole = true;
        for (number, state) in plan.states.iter().enumerate() {
            let Some((_, tally)) = kept.iter().find(|(identity, _)| *identity == state.identity)
            else {
                continue;
            };
            engine.tallies.inputs[state.input.0] = *tally;
            let input = &plan.inputs[state.input.0];
            let Some(table) = &mut engine.tables[number] else { continue };
            let slots = &places[input.scope.0];
            let place =
                |slot: u32| if input.rolled_up { Some(slot) } else { *slots.get(slot as usize)? };
            store.scan(&prefix(b't', state.identity), &mut |key, value| {
                let segment = segment_of(key);
                whole &= table.decode(segment, &mut Bytes(value), events, &place).is_some();
            })?;
        }
        for (number, feature) in plan.features.iter().enumerate() {
            let Some(table) = &mut engine.served[number] else { continue };
            if !served.contains(&feature.identity) {
                continue;
            }
            let slots = &places[feature.scope.0];
            let place = |slot: u32| *slots.get(slot as usize)?;
            store.scan(&prefix(b's', feature.identity), &mut |key, value| {
                whole &= table.decode(segment_of(key), &mut Bytes(value), events, &place).is_some();
            })?;
        }
        let known = places
            .iter()
            .enumerate()
            .map(|(scope, slots)| known_keys(slots, index.keys(ScopeId(scope))));
        let known: Option<Vec<usize>> = known.collect();
        let saver = Saver { last: known.filter(|_| missing.is_empty()).map(|keys| (events, keys)) };
        Ok(whole.then_some(Restored { engine, missing, saver }))
    }
}

/// How many keys of a scope are stored under the slots that they have now. `None` if one is
/// stored under another slot: then what is written next must be everything, or the store would
/// hold states under two numberings.
fn known_keys(stored: &[Option<u32>], keys: usize) -> Option<usize> {
    let stays = |(slot, place): (usize, &Option<u32>)| match place {
        Some(place) => *place as usize == slot,
        // Not yet read, or no longer there; nothing may take its slot.
        None => slot >= keys,
    };
    stored.iter().enumerate().all(stays).then(|| stored.len().min(keys))
}

/// For each stored slot of a scope the slot that its key has now; `None` for unreadable records.
/// Keys that the log no longer holds cannot have been written before the stored position.
fn places_of(
    store: &dyn Store,
    plan: &Plan,
    scope: ScopeId,
    index: &Index,
) -> Result<Option<Vec<Option<u32>>>, StoreError> {
    let arity = plan.scopes[scope.0].attributes.len();
    if arity == 0 {
        return Ok(Some(vec![Some(0)]));
    }
    let mut places = Vec::new();
    let mut whole = true;
    let mut same = Vec::new();
    store.scan(&prefix(b'k', scope_identity(plan, scope)), &mut |_, value| {
        // Mostly a log has the same keys in the same order as before: comparing them is many
        // times cheaper than looking each one up.
        let known = places.len()..index.keys(scope).min(places.len() + SEGMENT);
        let is_run_known = index
            .keys_hash(scope, places.len() / SEGMENT)
            .is_some_and(|hash| hash == xxh3_64(value));
        same.clear();
        if !is_run_known {
            put_keys(&mut same, index, scope, known.clone());
        }
        if !known.is_empty() && (is_run_known || same == value) {
            places.extend(known.map(|slot| Some(slot as u32)));
            return;
        }
        let mut bytes = Bytes(value);
        while whole && !bytes.is_empty() {
            let texts: Option<Vec<&str>> = (0..arity).map(|_| bytes.text()).collect();
            let Some(texts) = texts else {
                whole = false;
                return;
            };
            places.push(index.find(scope, texts));
        }
    })?;
    Ok(whole.then_some(places))
}

fn counts_impressions(plan: &Plan, input: &Input) -> bool {
    match &input.types {
        Types::All => true,
        Types::Only(names) => names.contains(&plan.events.impressions.name),
    }
}

fn prefix(kind: u8, identity: Identity) -> Vec<u8> {
    let mut prefix = vec![kind];
    prefix.extend_from_slice(&identity.0.to_be_bytes());
    prefix
}

fn segment_of(key: &[u8]) -> usize {
    key.last_chunk::<4>().map_or(0, |number| u32::from_be_bytes(*number) as usize)
}

fn chunk<const N: usize>(bytes: &mut Bytes<'_>) -> Option<[u8; N]> {
    let (chunk, rest) = bytes.0.split_first_chunk::<N>()?;
    bytes.0 = rest;
    Some(*chunk)
}
