//! Watching one event: which values it changed, from what to what.

use crate::base::Timestamp;
use crate::plan::OutputId;
use crate::tape::Tape;

use super::undo::Undo;
use crate::engine::keys::KeyIndex;
use crate::engine::program::input_rows::input_number;
use crate::engine::read::At;
use crate::engine::{Engine, InputId};

/// A value that an event changed. Both sides are read at the clock once the event's time is
/// taken in, so that what time alone changes is not counted as the event's doing.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ValueChange {
    /// The output.
    pub output: OutputId,
    /// The key: a slot of the output's scope.
    pub slot: u32,
    /// The value without the event.
    pub before: Option<f64>,
    /// The value with it.
    pub after: Option<f64>,
}

/// What an event did, and how it is taken back.
#[derive(Clone, Debug)]
pub struct RecordedEvent {
    /// The values that it changed.
    pub effects: Vec<ValueChange>,
    /// Takes it back; see [`Engine::undo`].
    pub undo: Undo,
}

/// How many values are compared at most, so that an event of thousands of outputs stays cheap.
const COMPARED: usize = 512;

impl Engine {
    /// Applies the next event, and tells what it changed at its own keys (and at those of the
    /// impressions that it released). `None` after the last event.
    pub fn observe(&mut self, tape: &Tape, index: &KeyIndex) -> Option<RecordedEvent> {
        let event = self.position.events;
        if event >= tape.events() {
            return None;
        }
        let rows = self.position.rows..tape.end_row(event + 1);
        let clock = tape.clock(event + 1)?;
        let undo = self.journal(tape, index);
        let mut effects = Vec::new();
        for row in rows {
            self.candidates(tape, index, row, clock, &mut effects);
        }
        self.apply(tape, index, event + 1);
        for effect in &mut effects {
            effect.after = self.live(index, effect.output, At::Slot(effect.slot), clock);
        }
        effects.retain(|effect| effect.before != effect.after);
        Some(RecordedEvent { effects, undo })
    }

    /// The values that a row may change, as they are before it.
    fn candidates(
        &self,
        tape: &Tape,
        index: &KeyIndex,
        row: usize,
        clock: Timestamp,
        found: &mut Vec<ValueChange>,
    ) {
        for (input, outputs) in self.program.outputs.iter().enumerate() {
            if outputs.is_empty()
                || input_number(&self.plan, tape, index, InputId(input), row).is_err()
            {
                continue;
            }
            for output in outputs {
                for slot in &*index.slots(self.plan.scope_of(*output), row) {
                    let known = found.iter().any(|e| e.output == *output && e.slot == *slot);
                    if !known && found.len() < COMPARED {
                        let before = self.live(index, *output, At::Slot(*slot), clock);
                        found.push(ValueChange {
                            output: *output,
                            slot: *slot,
                            before,
                            after: None,
                        });
                    }
                }
            }
        }
    }
}
