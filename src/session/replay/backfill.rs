//! Backfill of the states that a new plan lacks, beside the engine that is shown: by the session's
//! thread, or in partitions on the worker pool.

use std::sync::Arc;

use crate::base::{Clock, Deadline, Step, Task};
use crate::engine::{BackfillEngine, Engine, Migration, MissingStates};
use crate::plan::Plan;

use super::backfill_task::BackfillTask;
use super::batch_size::AdaptiveBatch;
use super::job::ParallelReplay;
use super::parallel::Parallel;
use super::partition_replay::ReplayInput;
use super::tuning::BatchTuning;

/// A backfill in progress.
pub(in crate::session) struct Backfill {
    plan: Arc<Plan>,
    migration: Migration,
    missing: MissingStates,
    work: Work,
    stop: usize,
}

enum Work {
    /// On the session's thread.
    Whole(Box<BackfillTask>),
    /// In partitions, on the pool too.
    Partitioned(Box<ParallelReplay>),
}

impl Backfill {
    /// A backfill of the missing states up to `stop`, in partitions if that pays.
    pub(in crate::session) fn new(
        plan: &Arc<Plan>,
        (migration, missing): (Migration, MissingStates),
        stop: usize,
        (parallel, input): (&Parallel, ReplayInput),
    ) -> Self {
        let engine = BackfillEngine::new(plan, &missing);
        // A memory limit leaves nothing for the sample buffers of several partitions.
        let may_divide = input.tape.is_finished() && input.tape.pool().is_none();
        let size = (stop, missing.states.len());
        let work = if may_divide && parallel.pays_to_backfill(size, || engine.partitions()) {
            let engines = engine.split();
            let job = ParallelReplay::backfill(parallel.pool(), input, engines, stop);
            Work::Partitioned(Box::new(job))
        } else {
            whole(engine, &input.clock, stop)
        };
        Self { plan: Arc::clone(plan), migration, missing, work, stop }
    }

    /// Restarts the backfill undivided: a task of the pool panicked.
    fn restart_undivided(&mut self, clock: &Clock) {
        self.work = whole(BackfillEngine::new(&self.plan, &self.missing), clock, self.stop);
    }

    /// The bytes of memory that its states hold, as far as the session's thread has them.
    pub(in crate::session) fn bytes(&self) -> usize {
        match &self.work {
            Work::Whole(task) => task.bytes(),
            Work::Partitioned(_) => 0,
        }
    }

    /// The fraction that is done, 0 to 1.
    pub(in crate::session) fn progress(&self) -> f64 {
        let events = match &self.work {
            Work::Whole(task) => task.events(),
            Work::Partitioned(job) => job.events(),
        };
        if self.stop > 0 { events as f64 / self.stop as f64 } else { 1.0 }
    }

    /// The partitions, if they are on the pool.
    pub(in crate::session) fn into_partitioned(self) -> Option<ParallelReplay> {
        match self.work {
            Work::Whole(_) => None,
            Work::Partitioned(job) => Some(*job),
        }
    }

    /// What an engine of the old plan needs beside the backfilled states: its migration, and which
    /// states it lacks.
    pub(in crate::session) fn into_parts(self) -> (Migration, MissingStates) {
        (self.migration, self.missing)
    }
}

/// What a [`Backfill`] works with.
pub(in crate::session) struct BackfillContext<'c> {
    pub(in crate::session) parallel: &'c mut Parallel,
    /// The engine at the cursor.
    pub(in crate::session) cursor: &'c Engine,
    pub(in crate::session) input: &'c ReplayInput,
}

impl Task for Backfill {
    type Context<'c> = BackfillContext<'c>;
    /// The engine that holds the missing states.
    type Output = Engine;

    fn step(&mut self, context: BackfillContext<'_>, deadline: &Deadline) -> Step<Engine> {
        let BackfillContext { parallel, cursor, input } = context;
        match &mut self.work {
            Work::Whole(task) => match task.step((&input.tape, &input.index), deadline) {
                Step::Pending(done) => Step::Pending(done),
                Step::Done(()) => Step::Done(task.take_engine()),
            },
            Work::Partitioned(job) => match parallel.step(job, cursor, deadline) {
                Step::Pending(done) => Step::Pending(done),
                Step::Done(Ok(merged)) => Step::Done(merged.engine),
                Step::Done(Err(_)) => {
                    parallel.disable();
                    self.restart_undivided(&input.clock);
                    Step::Pending(0.0)
                }
            },
        }
    }
}

fn whole(engine: BackfillEngine, clock: &Clock, stop: usize) -> Work {
    let batch_size = AdaptiveBatch::new(BatchTuning::BACKFILL, clock.clone());
    Work::Whole(Box::new(BackfillTask::new(engine, batch_size, stop)))
}
