//! The replay or backfill of one partition: a task for the session's thread or the worker pool.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use crate::base::{Clock, Deadline, Step, Task};
use crate::engine::{CopyTask, Engine, KeyIndex, Partition};
use crate::tape::Tape;

use super::backfill_task::BackfillTask;
use super::batch_size::AdaptiveBatch;
use super::tuning::BatchTuning;

/// The events and their keys, shared with the pool, and the clock that batches are measured by.
#[derive(Clone)]
pub(in crate::session) struct ReplayInput {
    pub(in crate::session) tape: Arc<Tape>,
    pub(in crate::session) index: Arc<KeyIndex>,
    pub(in crate::session) clock: Clock,
}

/// A partition at the target.
pub(in crate::session) struct Replayed {
    pub(in crate::session) engine: Engine,
    pub(in crate::session) partition: Arc<Partition>,
    /// The time that applying events took.
    pub(in crate::session) took: Duration,
}

/// The replay of one partition.
pub(in crate::session) struct PartitionReplay {
    partition: Arc<Partition>,
    stage: Stage,
    stop: usize,
    input: ReplayInput,
    batch_size: AdaptiveBatch,
    took: Duration,
}

/// The result of a task on the pool.
pub(in crate::session) enum PoolRun {
    Replayed(Replayed),
    /// The states as they were then.
    Cancelled(Engine),
}

/// What is done with a partition.
pub(in crate::session) enum Stage {
    /// The partition of a checkpoint is copied.
    Copy(CopyTask, Arc<Engine>),
    /// The partition is replayed.
    Replay(Engine),
    /// The partition is backfilled.
    Backfill(Box<BackfillTask>),
}

impl Task for PartitionReplay {
    type Context<'c> = ();
    type Output = Replayed;

    fn step(&mut self, (): (), deadline: &Deadline) -> Step<Replayed> {
        let ReplayInput { tape, index, .. } = &self.input;
        loop {
            let done = match &mut self.stage {
                Stage::Copy(copy, of) => match copy.step(of, deadline) {
                    Step::Done(Ok((engine, _))) => {
                        self.stage = Stage::Replay(engine);
                        None
                    }
                    // A copy of a partition has no limit in bytes.
                    Step::Done(Err(_)) | Step::Pending(_) => None,
                },
                Stage::Replay(engine) => {
                    self.took += self.batch_size.apply(engine, (tape, index), self.stop);
                    let is_done = engine.position().events >= self.stop;
                    is_done.then(|| std::mem::replace(engine, engine.without_state()))
                }
                Stage::Backfill(backfill) => match backfill.step((tape, index), deadline) {
                    Step::Done(()) => Some(backfill.take_engine()),
                    Step::Pending(_) => None,
                },
            };
            if let Some(engine) = done {
                let partition = Arc::clone(&self.partition);
                return Step::Done(Replayed { engine, partition, took: self.took });
            }
            if deadline.has_passed() {
                return Step::Pending(self.progress());
            }
        }
    }
}

impl PartitionReplay {
    /// The replay of a partition up to an event.
    pub(in crate::session) fn new(
        partition: Arc<Partition>,
        stage: Stage,
        stop: usize,
        input: ReplayInput,
    ) -> Self {
        let batch_size = AdaptiveBatch::new(BatchTuning::REPLAY, input.clock.clone());
        Self { partition, stage, stop, input, batch_size, took: Duration::ZERO }
    }

    fn progress(&self) -> f32 {
        let events = match &self.stage {
            Stage::Copy(..) => return 0.0,
            Stage::Replay(engine) => engine.position().events,
            Stage::Backfill(backfill) => backfill.events(),
        };
        events as f32 / self.stop.max(1) as f32
    }

    /// Replays the partition to the end, in units of about a millisecond. Returns the states as they
    /// are if it is cancelled.
    pub(in crate::session) fn run(mut self, is_cancelled: &AtomicBool) -> PoolRun {
        while !is_cancelled.load(Ordering::Relaxed) {
            if let Step::Done(replayed) = self.step((), &Deadline::passed()) {
                return PoolRun::Replayed(replayed);
            }
        }
        PoolRun::Cancelled(self.cancel().0)
    }

    /// The states, wherever they are.
    pub(in crate::session) fn cancel(self) -> (Engine, Arc<Partition>) {
        let engine = match self.stage {
            Stage::Copy(copy, _) => copy.cancel(),
            Stage::Replay(engine) => engine,
            Stage::Backfill(backfill) => backfill.into_engine(),
        };
        (engine, self.partition)
    }
}
