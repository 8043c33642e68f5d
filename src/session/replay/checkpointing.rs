//! Checkpointing: takes checkpoints while a replay goes on, and completes those that lack states
//! since the plan changed.

use crate::base::{Clock, Deadline, Step, Task};
use crate::engine::{
    BackfillEngine, Checkpoints, CopyTask, Engine, KeyIndex, Limits, Migration, TooLarge,
};
use crate::tape::Tape;

use super::backfill_task::BackfillTask;
use super::batch_size::AdaptiveBatch;
use super::recycler::Recycler;
use super::tuning::BatchTuning;

/// The checkpoints of a replay, and the one in progress.
pub(in crate::session) struct Checkpointing {
    checkpoints: Checkpoints,
    /// The copy that becomes the next checkpoint.
    checkpoint_copy: Option<CopyTask>,
    copy_rate: CopyRate,
    /// The backfill of the states that checkpoints lack.
    backfill: Option<BackfillTask>,
    clock: Clock,
}

/// The rate at which states were copied for the last few checkpoints.
#[derive(Clone, Copy, Default)]
struct CopyRate {
    bytes: f64,
    nanos: f64,
}

impl CopyRate {
    fn bytes_per_nano(self) -> Option<f64> {
        (self.nanos > 0.0).then(|| self.bytes / self.nanos)
    }
}

impl Checkpointing {
    pub(in crate::session) fn new(limits: Limits, clock: Clock) -> Self {
        Self {
            checkpoints: Checkpoints::new(limits),
            checkpoint_copy: None,
            copy_rate: CopyRate::default(),
            backfill: None,
            clock,
        }
    }

    /// The set of checkpoints.
    pub(in crate::session) const fn checkpoints(&self) -> &Checkpoints {
        &self.checkpoints
    }

    /// The set of checkpoints, to insert one.
    pub(in crate::session) const fn checkpoints_mut(&mut self) -> &mut Checkpoints {
        &mut self.checkpoints
    }

    /// Drops all checkpoints, and sets what others may cost.
    pub(in crate::session) fn reset(&mut self, limits: Limits) {
        self.checkpoints = Checkpoints::new(limits);
    }

    /// Takes a checkpoint of the engine at the cursor, until the deadline.
    pub(in crate::session) fn take_checkpoint(
        &mut self,
        engine: &Engine,
        deadline: &Deadline,
    ) -> Step<()> {
        let begun = self.checkpoint_copy.take();
        let begun = begun.filter(|copy| copy.events() == engine.position().events);
        let mut copy = begun
            .unwrap_or_else(|| CopyTask::new(engine).with_limit(self.checkpoints.limits().bytes));
        let began = self.clock.now();
        let step = copy.step(engine, deadline);
        let took = self.clock.now().saturating_duration_since(began);
        self.copy_rate.nanos += took.as_nanos() as f64;
        match step {
            Step::Pending(done) => {
                self.checkpoint_copy = Some(copy);
                return Step::Pending(done);
            }
            Step::Done(Err(TooLarge)) => self.checkpoints.mark_too_large(),
            Step::Done(Ok((engine, bytes))) => {
                // The last few predict best what the next one will take.
                let CopyRate { bytes: before, nanos } = self.copy_rate;
                let bytes_before = f64::midpoint(before, bytes as f64);
                self.copy_rate = CopyRate { bytes: bytes_before, nanos: nanos / 2.0 };
                self.checkpoints.insert(engine, bytes);
            }
        }
        Step::Done(())
    }

    /// Records the measured cost of an event, in nanoseconds.
    pub(in crate::session) fn set_cost_per_event(&mut self, nanos: f64) {
        self.checkpoints.set_costs(nanos, self.copy_rate.bytes_per_nano());
    }

    /// Completes checkpoints that lack states since the plan changed, until the deadline or until
    /// the next one is complete. Returns whether any lacks something. `engine` is one of the plan.
    pub(in crate::session) fn complete(
        &mut self,
        engine: &Engine,
        input: (&Tape, &KeyIndex),
        deadline: &Deadline,
    ) -> bool {
        let Some(first) = self.checkpoints.first_incomplete() else {
            self.backfill = None;
            return false;
        };
        let begun = self.backfill.take().filter(|backfill| backfill.events() <= first);
        let mut backfill = if let Some(begun) = begun {
            begun
        } else {
            let Some((missing, _)) = self.checkpoints.missing() else { return false };
            let batch_size = AdaptiveBatch::new(BatchTuning::REPLAY, self.clock.clone());
            BackfillTask::new(BackfillEngine::new(engine.plan(), &missing), batch_size, first)
        };
        backfill.continue_to(first);
        if let Step::Done(()) = backfill.step(input, deadline) {
            self.checkpoints.backfill_from(backfill.engine());
        }
        self.backfill = Some(backfill);
        true
    }

    /// Migrates all checkpoints to another plan.
    pub(in crate::session) fn migrate(&mut self, migration: &Migration, recycler: &mut Recycler) {
        self.checkpoints.migrate(migration, recycler.drops());
    }

    /// Cancels what is in progress.
    pub(in crate::session) fn cancel(&mut self, recycler: &mut Recycler) {
        if let Some(copy) = self.checkpoint_copy.take() {
            recycler.drop_later(copy.cancel());
        }
        if let Some(backfill) = self.backfill.take() {
            recycler.drop_later(backfill.into_engine());
        }
    }

    /// Drops the copy in progress at once: memory is short.
    pub(in crate::session) fn release(&mut self) {
        self.checkpoint_copy = None;
    }

    /// The bytes of memory that a backfill of checkpoints takes.
    pub(in crate::session) fn backfill_bytes(&self) -> usize {
        self.backfill.as_ref().map_or(0, BackfillTask::bytes)
    }
}
