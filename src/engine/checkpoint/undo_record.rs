//! Undo records: what the slots that an event writes held before it.

use std::collections::HashSet;

use foldhash::fast::FixedState;

use crate::base::bytes::Bytes;
use crate::plan::{FeatureId, StateId};

use crate::engine::keys::KeyIndex;
use crate::engine::{Engine, InputId, Position, Tallies};

/// The undo record of one event: the slots that it writes, as they were before it.
#[derive(Clone, Debug)]
pub struct Undo {
    position: Position,
    tallies: Tallies,
    slots: Vec<Target>,
    recorded: HashSet<Target, FixedState>,
    /// What the slots held, concatenated.
    bytes: Vec<u8>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Target {
    State(StateId, u32),
    Served(FeatureId, u32),
}

impl Undo {
    /// The bytes of memory that it holds.
    #[must_use]
    pub fn bytes(&self) -> usize {
        size_of::<Self>()
            + self.slots.capacity() * size_of::<Target>()
            + self.bytes.capacity()
            + self.tallies.inputs.len() * size_of::<crate::engine::InputTally>()
    }
}

impl Engine {
    /// Records what the next event will write, before it is applied: `counted` has its rows, each
    /// with the inputs that count it.
    pub(super) fn record_undo(&self, index: &KeyIndex, counted: &[(usize, InputId)]) -> Undo {
        let mut undo = Undo {
            position: self.position,
            tallies: self.tallies.clone(),
            slots: Vec::new(),
            recorded: HashSet::default(),
            bytes: Vec::new(),
        };
        for (row, input) in counted {
            self.record_input(index, *row, *input, &mut undo);
        }
        undo.recorded = HashSet::default();
        undo
    }

    fn record_input(&self, index: &KeyIndex, row: usize, input: InputId, undo: &mut Undo) {
        let declared = &self.plan.inputs[input.0];
        for slot in &*index.slots(declared.scope, row) {
            let slot = if declared.rolled_up { 0 } else { *slot };
            for state in &self.program.states[input.0] {
                let target = Target::State(*state, slot);
                if let (Some(table), false) =
                    (&self.tables[state.0], undo.recorded.contains(&target))
                {
                    undo.slots.push(target);
                    undo.recorded.insert(target);
                    table.save(slot, &mut undo.bytes);
                }
            }
        }
        for feature in &self.program.refreshed[input.0] {
            let Some(served) = &self.served[feature.0] else { continue };
            for slot in &*index.slots(self.plan.features[feature.0].scope, row) {
                let target = Target::Served(*feature, *slot);
                if undo.recorded.insert(target) {
                    undo.slots.push(target);
                    served.save(*slot, &mut undo.bytes);
                }
            }
        }
    }

    /// Undoes the last event, with the record that [`Engine::apply_recorded`] returned for it. The
    /// engine is then, bit for bit, what it was before.
    pub fn undo(&mut self, undo: &Undo) {
        let mut bytes = Bytes(&undo.bytes);
        for target in &undo.slots {
            match *target {
                Target::State(state, slot) => {
                    if let Some(table) = &mut self.tables[state.0] {
                        table.restore(slot, &mut bytes);
                    }
                }
                Target::Served(feature, slot) => {
                    if let Some(served) = &mut self.served[feature.0] {
                        served.restore(slot, &mut bytes);
                    }
                }
            }
        }
        self.position = undo.position;
        self.tallies.clone_from(&undo.tallies);
    }
}
