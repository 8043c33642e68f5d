//! Recorded events: applies one event and records which values it changed, and how to undo it.

use crate::base::Timestamp;
use crate::plan::OutputId;
use crate::tape::Tape;

use super::undo_record::Undo;
use crate::engine::keys::KeyIndex;
use crate::engine::program::input_rows::InputRows;
use crate::engine::read::{At, Freshness};
use crate::engine::{Engine, InputId, OutputValue};

/// A value that an event changed. Both sides are read at the clock including the event's own time,
/// so that what time alone changes is not attributed to the event.
#[derive(Clone, Debug, PartialEq)]
pub struct ValueChange {
    /// The output.
    pub output: OutputId,
    /// The key: a slot of the output's scope.
    pub slot: u32,
    /// The value without the event.
    pub before: Option<OutputValue>,
    /// The value with it.
    pub after: Option<OutputValue>,
}

/// The record of an applied event.
#[derive(Clone, Debug)]
pub struct RecordedEvent {
    /// The values that it changed, at most 512.
    pub changes: Vec<ValueChange>,
    /// Its undo record; see [`Engine::undo`].
    pub undo: Undo,
}

/// The most values compared per event, so that an event of thousands of outputs stays cheap.
const COMPARED: usize = 512;

impl Engine {
    /// Applies the next event and records the values it changed, at its own keys and at those of
    /// the impressions it released. `None` after the last event.
    pub fn apply_recorded(&mut self, tape: &Tape, index: &KeyIndex) -> Option<RecordedEvent> {
        let event = self.position.events;
        if event >= tape.events() {
            return None;
        }
        let rows = self.position.rows..tape.end_row(event + 1);
        let clock = tape.clock(event + 1)?;
        let of = InputRows { plan: &self.plan, tape, index };
        let inputs = || (0..self.plan.inputs.len()).map(InputId);
        let counted: Vec<(usize, InputId)> = rows
            .flat_map(|row| inputs().map(move |input| (row, input)))
            .filter(|(row, input)| of.payload(*input, *row).is_ok())
            .collect();
        let undo = self.record_undo(index, &counted);
        let mut changes = Vec::new();
        for (row, input) in counted {
            self.candidates(index, (row, input), clock, &mut changes);
        }
        self.apply(tape, index, event + 1);
        for change in &mut changes {
            change.after =
                self.value(index, change.output, At::Slot(change.slot), clock, Freshness::Live);
        }
        changes.retain(|change| change.before != change.after);
        Some(RecordedEvent { changes, undo })
    }

    /// Collects the values that a row may change, read before it, by way of an input that counts it.
    fn candidates(
        &self,
        index: &KeyIndex,
        (row, input): (usize, InputId),
        clock: Timestamp,
        found: &mut Vec<ValueChange>,
    ) {
        for output in &self.program.outputs[input.0] {
            for slot in &*index.slots(self.plan.scope_of(*output), row) {
                let known = found.iter().any(|e| e.output == *output && e.slot == *slot);
                if !known && found.len() < COMPARED {
                    let before =
                        self.value(index, *output, At::Slot(*slot), clock, Freshness::Live);
                    found.push(ValueChange { output: *output, slot: *slot, before, after: None });
                }
            }
        }
    }
}
