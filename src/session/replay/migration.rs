//! Migration: another plan, another tape, more columns, or states that were stored, taken over at the
//! cursor.

use std::sync::Arc;

use crate::engine::{Engine, KeyIndex, MissingStates};
use crate::plan::Plan;
use crate::tape::Tape;

use super::Replay;

impl Replay {
    /// Migrates to another plan at the cursor, and to another tape if the plan needs one. States that
    /// kept their identity are kept; [`Replay::work`] backfills the others.
    pub fn adopt(&mut self, plan: &Arc<Plan>, tape: Option<Arc<Tape>>) {
        let target = self.cursor();
        self.call_off();
        let kept = tape.is_none_or(|tape| self.take_tape(tape));
        let missing = if kept {
            MissingStates::between(self.engine.plan(), plan)
        } else {
            MissingStates::new(plan, &[], &[])
        };
        let old = Arc::unwrap_or_clone(std::mem::take(&mut self.index));
        self.index = Arc::new(KeyIndex::new(plan, &self.tape, Some(old)));
        self.find_moment();
        self.start_filling(plan, missing, target.min(self.tape.events()));
    }

    /// Adds to the tape the columns of another one with the same rows, for a plan that needs them
    /// and is to be [adopted](Self::adopt) now. Returns whether that can be, as
    /// [`Tape::add_columns`] says. Who reads the tape meanwhile keeps the version without them.
    pub fn add_columns(&mut self, columns: Tape, plan: &Plan) -> bool {
        Arc::make_mut(&mut self.tape).add_columns(columns, &plan.attributes)
    }

    /// Goes on from states that were kept elsewhere, and fills what they miss. Their plan must be
    /// the one whose [keys](Self::index) there are.
    pub fn resume(&mut self, engine: Engine, missing: MissingStates) {
        let plan = Arc::clone(engine.plan());
        let target = engine.position().events;
        self.engine = engine;
        self.limit_checkpoints(self.checkpoints.limits());
        self.set_down();
        self.start_filling(&plan, missing, target);
    }

    /// Puts another tape in the place of this one. Where the events up to the cursor are the
    /// same ones, the states are kept and find their keys again; otherwise they are dropped.
    /// Returns whether they are kept.
    fn take_tape(&mut self, tape: Arc<Tape>) -> bool {
        let plan = Arc::clone(self.plan());
        let cursor = self.cursor();
        let same =
            plan.attributes.iter().all(|attribute| tape.demand().attributes.contains(attribute))
                && tape.events() >= cursor
                && tape.fingerprint(cursor) == self.tape.fingerprint(cursor);
        if same {
            let index = KeyIndex::new(&plan, &tape, None);
            self.engine.remap_slots(&self.index, &index, &tape);
            self.index = Arc::new(index);
        } else {
            self.engine = Engine::new(plan);
            self.index = Arc::default();
        }
        self.limit_checkpoints(self.checkpoints.limits());
        self.tape = tape;
        self.undo_log.clear(self.cursor());
        same
    }
}
