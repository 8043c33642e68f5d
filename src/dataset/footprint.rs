//! The memory footprint of a plan's states after a log.

use crate::plan::{ScopeId, StateId};

use super::Run;

/// The memory after the last event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Footprint {
    /// Per state of the plan.
    pub states: Vec<Held>,
    /// The bytes of all served values.
    pub served: usize,
    /// Per scope of the plan, the number of its keys.
    pub keys: Vec<usize>,
}

/// The footprint of one state.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Held {
    /// The number of keys ever written.
    pub keys: usize,
    /// The bytes of memory, allocations for further keys included.
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
