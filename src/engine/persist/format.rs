//! The format of an engine's records in a store: record keys and the header.
//!
//! Records: `M`, the header; `k` + scope + segment, the texts of a segment of keys; `t` + state
//! identity + segment, a segment of a state; `s` + feature identity + segment, a segment of served
//! values. All records of a batch are true at the header's position.

use std::ops::Range;

use xxhash_rust::xxh3::xxh3_128;

use crate::base::bytes::{Bytes, put_i64, put_text, put_u64};
use crate::plan::{Identity, Plan, ScopeId};
use crate::store::{Store, StoreError};
use crate::tape::Tape;

use crate::engine::keys::KeyIndex;
use crate::engine::{Engine, InputTally, Position};

/// The version of the format; other versions are not read.
const VERSION: u64 = 1;
/// The key of the header.
pub(super) const HEADER: &[u8] = b"M";

/// The header of a store: the position at which its states are true, and which states it holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoreHeader {
    /// The position of the states.
    pub position: Position,
    /// The tape's fingerprint up to the position.
    pub fingerprint: u64,
    pub(in crate::engine) applied: u64,
    pub(in crate::engine) late: u64,
    pub(in crate::engine) impressions: u64,
    pub(in crate::engine) states: Vec<(Identity, InputTally)>,
    pub(in crate::engine) served: Vec<Identity>,
}

/// Appends the texts of the keys of a range of slots.
pub(in crate::engine) fn put_keys(
    out: &mut Vec<u8>,
    index: &KeyIndex,
    scope: ScopeId,
    slots: Range<usize>,
) {
    for slot in slots {
        index.key_texts(scope, slot as u32, |text| put_text(out, text));
    }
}

/// The key of a record.
pub(super) fn record(kind: u8, identity: Identity, segment: usize) -> Vec<u8> {
    let mut key = vec![kind];
    key.extend_from_slice(&identity.0.to_be_bytes());
    key.extend_from_slice(&(segment as u32).to_be_bytes());
    key
}

/// The identity of a scope in the store: the hash of its attributes' names.
pub(in crate::engine) fn scope_identity(plan: &Plan, scope: ScopeId) -> Identity {
    let mut bytes = vec![u8::from(plan.scopes[scope.0].explode)];
    for name in plan.key_attributes(scope) {
        put_text(&mut bytes, name);
    }
    Identity(xxh3_128(&bytes))
}

impl StoreHeader {
    pub(in crate::engine) fn of(engine: &Engine, fingerprint: u64) -> Self {
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

    pub(in crate::engine) fn encode(&self) -> Vec<u8> {
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

    /// Reads the header; `None` if the store is empty or of another version.
    pub fn read(store: &dyn Store) -> Result<Option<Self>, StoreError> {
        Ok(store.get(HEADER)?.and_then(|bytes| Self::decode(&mut Bytes(&bytes))))
    }

    /// True if a tape begins with the events of which the states are made, in that order.
    #[must_use]
    pub fn is_of(&self, tape: &Tape) -> bool {
        let events = self.position.events;
        tape.events() >= events && tape.fingerprint(events) == self.fingerprint
    }
}

/// The common prefix of a kind of records of an identity.
pub(super) fn prefix(kind: u8, identity: Identity) -> Vec<u8> {
    let mut prefix = vec![kind];
    prefix.extend_from_slice(&identity.0.to_be_bytes());
    prefix
}

/// The segment number in a record's key.
pub(super) fn segment_of(key: &[u8]) -> usize {
    key.last_chunk::<4>().map_or(0, |number| u32::from_be_bytes(*number) as usize)
}

fn chunk<const N: usize>(bytes: &mut Bytes<'_>) -> Option<[u8; N]> {
    let (chunk, rest) = bytes.0.split_first_chunk::<N>()?;
    bytes.0 = rest;
    Some(*chunk)
}
