//! Taking an event back: what the slots that it wrote held before it.

use std::collections::HashSet;

use foldhash::fast::FixedState;

use crate::base::bytes::Bytes;
use crate::plan::{FeatureId, StateId};
use crate::tape::Tape;

use crate::engine::keys::KeyIndex;
use crate::engine::program::takes;
use crate::engine::{Engine, InputId, Position, Tallies};

/// What an event will change of an engine's states, as it was before. It undoes that event and
/// no other.
#[derive(Clone, Debug)]
pub struct Undo {
    position: Position,
    tallies: Tallies,
    slots: Vec<Before>,
    known: HashSet<Before, FixedState>,
    /// What they held, one behind the other.
    bytes: Vec<u8>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Before {
    State(StateId, u32),
    Served(FeatureId, u32),
}

impl Undo {
    /// The bytes of memory that it holds.
    #[must_use]
    pub fn bytes(&self) -> usize {
        size_of::<Self>()
            + self.slots.capacity() * size_of::<Before>()
            + self.bytes.capacity()
            + self.tallies.inputs.len() * size_of::<crate::engine::InputTally>()
    }
}

impl Engine {
    /// What the next event may change, as it is now.
    pub(in crate::engine) fn journal(&self, tape: &Tape, index: &KeyIndex) -> Undo {
        let mut undo = Undo {
            position: self.position,
            tallies: self.tallies.clone(),
            slots: Vec::new(),
            known: HashSet::default(),
            bytes: Vec::new(),
        };
        for row in self.position.rows..tape.end_row(self.position.events + 1) {
            let Some(kind) = tape.type_id(row) else { continue };
            let name = &tape.type_names()[usize::from(kind)];
            for input in (0..self.plan.inputs.len()).map(InputId) {
                if takes(&self.plan, input, name) {
                    self.journal_input(index, row, input, &mut undo);
                }
            }
        }
        undo.known = HashSet::default();
        undo
    }

    fn journal_input(&self, index: &KeyIndex, row: usize, input: InputId, undo: &mut Undo) {
        let declared = &self.plan.inputs[input.0];
        for slot in &*index.slots(declared.scope, row) {
            let slot = if declared.rolled_up { 0 } else { *slot };
            for state in &self.program.states[input.0] {
                let place = Before::State(*state, slot);
                if let (Some(table), false) = (&self.tables[state.0], undo.known.contains(&place)) {
                    undo.slots.push(place);
                    undo.known.insert(place);
                    table.save(slot, &mut undo.bytes);
                }
            }
        }
        for feature in &self.program.refreshed[input.0] {
            let Some(served) = &self.served[feature.0] else { continue };
            for slot in &*index.slots(self.plan.features[feature.0].scope, row) {
                let place = Before::Served(*feature, *slot);
                if undo.known.insert(place) {
                    undo.slots.push(place);
                    served.save(*slot, &mut undo.bytes);
                }
            }
        }
    }

    /// Takes the last event back: `undo` is what [`Engine::observe`] gave for it. Afterwards the
    /// engine is, bit for bit, what it was before that event.
    pub fn undo(&mut self, undo: &Undo) {
        let mut bytes = Bytes(&undo.bytes);
        for place in &undo.slots {
            match *place {
                Before::State(state, slot) => {
                    if let Some(table) = &mut self.tables[state.0] {
                        table.restore(slot, &mut bytes);
                    }
                }
                Before::Served(feature, slot) => {
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
