//! Migration at the cursor: to another plan, another tape, more columns, or stored states.

use std::sync::Arc;

use crate::base::{Deadline, Step, Task};
use crate::engine::{Engine, KeyIndex, Migration, MissingStates};
use crate::plan::Plan;
use crate::tape::{Tape, TapeWriter};

use super::Replay;
use super::backfill::{Backfill, BackfillContext};

impl Replay {
    /// Migrates to another plan at the cursor, and to another tape if the plan needs one. States that
    /// kept their identity are kept; [`Replay::work`] backfills the others.
    pub fn adopt(&mut self, plan: &Arc<Plan>, tape: Option<Arc<Tape>>) {
        let target = self.cursor();
        self.cancel_all();
        let kept = tape.is_none_or(|tape| self.replace_tape(tape));
        let missing = if kept {
            MissingStates::between(self.engine.plan(), plan)
        } else {
            MissingStates::new(plan, &[], &[])
        };
        let old = Arc::unwrap_or_clone(std::mem::take(&mut self.index));
        self.index = Arc::new(KeyIndex::new(plan, &self.tape, Some(old)));
        self.find_moment();
        self.start_backfill(plan, missing, target.min(self.tape.events()));
    }

    /// Adds the columns of another tape with the same rows, for a plan that is to be
    /// [adopted](Self::adopt) now. Returns whether that is possible, as [`Tape::add_columns`] says.
    /// A reader that holds the tape keeps the version without them.
    pub fn add_columns(&mut self, columns: Tape, wanted: &[String]) -> bool {
        self.parallel.cancel_and_join(None, &mut self.recycler);
        self.tape.add_columns(columns, wanted)
    }

    /// Continues from stored states, and backfills what they lack. Their plan must be the one of the
    /// [keys](Self::index).
    pub fn resume(&mut self, engine: Engine, missing: MissingStates) {
        let plan = Arc::clone(engine.plan());
        let target = engine.position().events;
        self.engine = engine;
        self.reset_checkpoints();
        self.reset_undo();
        self.start_backfill(&plan, missing, target);
    }

    /// Replaces the tape. If it has the same events up to the cursor, the states are kept and their
    /// slots remapped; otherwise they are dropped. Returns whether they are kept.
    fn replace_tape(&mut self, tape: Arc<Tape>) -> bool {
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
        self.reset_checkpoints();
        self.tape = TapeWriter::complete(tape);
        self.undo_log.clear(self.cursor());
        same
    }

    /// Migrates to a plan, after a backfill of the states that the engine lacks for it, up to `stop`.
    fn start_backfill(&mut self, plan: &Arc<Plan>, missing: MissingStates, stop: usize) {
        let target = self.target().min(self.tape.events());
        self.seek.set_target(target, self.seek.moment());
        let migration = Migration::between(self.engine.plan(), plan);
        if missing.is_empty() && self.cursor() == stop {
            self.migrate(&migration);
            if !migration.same_numbers() {
                self.undo_log.clear(stop);
            }
            return;
        }
        self.undo_log.clear(self.cursor());
        let input = self.input();
        let work = (&self.parallel, input);
        self.backfill = Some(Backfill::new(plan, (migration, missing), stop, work));
    }

    fn migrate(&mut self, migration: &Migration) {
        self.checkpointing.migrate(migration, &mut self.recycler);
        self.engine.migrate(migration, self.recycler.drops());
    }

    /// Continues the backfill until the deadline, and installs its states when it is done.
    pub(in crate::session) fn step_backfill(&mut self, deadline: &Deadline) {
        let Some(mut backfill) = self.backfill.take() else { return };
        let input = self.input();
        let parallel = &mut self.parallel;
        let context = BackfillContext { parallel, cursor: &self.engine, input: &input };
        match backfill.step(context, deadline) {
            Step::Pending(_) => self.backfill = Some(backfill),
            Step::Done(filled) => {
                let (migration, missing) = backfill.into_parts();
                self.migrate(&migration);
                self.engine.install(filled, &missing, self.recycler.drops());
                self.undo_log.clear(self.cursor());
            }
        }
    }

    /// The fraction of the backfill that is done, 0 to 1.
    #[must_use]
    pub fn filled(&self) -> f64 {
        self.backfill.as_ref().map_or(1.0, Backfill::progress)
    }
}
