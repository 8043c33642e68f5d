//! What a plan's states take in memory once a log is replayed.

use crate::plan::{ScopeId, StateId};

use super::Run;

/// What is held after the last event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Footprint {
    /// What each state of the plan holds.
    pub states: Vec<Held>,
    /// The bytes of all served values.
    pub served: usize,
    /// How many keys of each scope of the plan the log has.
    pub keys: Vec<usize>,
}

/// What one state holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Held {
    /// The keys that were ever written to it.
    pub keys: usize,
    /// The bytes of memory that it takes, the room for more keys included.
    pub bytes: usize,
}

/// Replays the log and measures.
#[must_use]
pub fn footprint(run: &Run) -> Footprint {
    let mut engine = run.engine();
    engine.apply(&run.tape, &run.index, run.tape.events());
    let held = |state| {
        let (bytes, keys) = engine.held(StateId(state));
        Held { keys, bytes }
    };
    let states: Vec<Held> = (0..run.plan.states.len()).map(held).collect();
    let in_states: usize = states.iter().map(|held| held.bytes).sum();
    Footprint {
        served: engine.bytes() - in_states,
        states,
        keys: (0..run.plan.scopes.len()).map(|scope| run.index.keys(ScopeId(scope))).collect(),
    }
}
