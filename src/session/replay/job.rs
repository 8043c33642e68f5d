//! Parallel replay: the states are partitioned by input, each partition is copied from a checkpoint
//! and replayed to the target independently, by the session's thread or the worker pool. When all
//! are done they are merged into one engine.
//!
//! The partitions that nobody has begun lie in a shared list. The session's thread takes from it as
//! the pool does, and works in slices; it never waits for the pool longer than
//! [`PoolTuning::result_wait`].

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use crossbeam_channel::{Receiver, Sender, unbounded};

use crate::base::{Deadline, Step, Task};
use crate::engine::{BackfillEngine, CopyTask, Engine, Partition};

use super::backfill_task::BackfillTask;
use super::batch_size::AdaptiveBatch;
use super::partition_replay::{PartitionReplay, PoolRun, ReplayInput, Replayed, Stage};
use super::recycler::Recycler;
use super::tuning::{BatchTuning, PoolTuning};
use crate::session::threads::worker_pool::{Panicked, WorkerPool, catch_panic};

/// The states from which partitions are replayed.
pub(in crate::session) enum StartState {
    /// These engines, one per partition.
    Parts(Vec<Engine>),
    /// A checkpoint, of which each task copies its partition.
    Checkpoint(Arc<Engine>),
    /// The engine at the cursor, which only the session's thread can copy.
    Cursor,
}

/// What the session's thread and the pool share.
#[derive(Default)]
struct Shared {
    /// The partitions that nobody has begun.
    waiting: Mutex<VecDeque<PartitionReplay>>,
    is_cancelled: AtomicBool,
}

impl Shared {
    fn push(&self, task: PartitionReplay) {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner).push_back(task);
    }

    /// Takes the next partition.
    fn take(&self) -> Option<PartitionReplay> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner).pop_front()
    }
}

/// A result of the pool; `None` if the task was cancelled.
type PoolResult = Result<Option<Replayed>, Panicked>;

/// All partitions of a replay, under way.
pub(in crate::session) struct ParallelReplay {
    from: usize,
    stop: usize,
    /// The target of the seek, at or after `stop`.
    target: usize,
    /// The bytes that the states take.
    bytes: usize,
    partitions: usize,
    /// The partitions still to be copied from the engine at the cursor.
    copies: Vec<(CopyTask, Arc<Partition>)>,
    /// The partition that the session's thread replays.
    own: Option<PartitionReplay>,
    /// The partitions that were submitted to the pool and neither taken back nor returned.
    submitted: usize,
    replayed: Vec<Replayed>,
    shared: Arc<Shared>,
    results: (Sender<PoolResult>, Receiver<PoolResult>),
    input: ReplayInput,
}

impl ParallelReplay {
    /// A replay of the events up to `stop`, on the way to `target`. `any` is an engine of the plan;
    /// at the start its states take so many bytes. The tables of `recycled` are used again.
    pub(in crate::session) fn new(
        pool: &WorkerPool,
        input: ReplayInput,
        (any, start, bytes): (&Engine, StartState, usize),
        recycled: Option<Engine>,
        (stop, target): (usize, usize),
    ) -> Self {
        let partitions = any.partitions();
        let mut job = Self::of(partitions.len(), input, stop);
        (job.bytes, job.target) = (bytes, target);
        let mut recycled = recycled.map_or_else(Vec::new, |old| old.split(any.plan(), &partitions));
        recycled.reverse();
        match start {
            StartState::Parts(parts) => {
                for (part, partition) in parts.into_iter().zip(partitions) {
                    job.submit(pool, Stage::Replay(part), partition);
                }
            }
            StartState::Checkpoint(of) => {
                job.from = of.position().events;
                for partition in partitions {
                    let copy = CopyTask::of_partition(&of, Arc::clone(&partition), recycled.pop());
                    job.submit(pool, Stage::Copy(copy, Arc::clone(&of)), partition);
                }
            }
            StartState::Cursor => {
                job.from = any.position().events;
                let copy = |partition: Arc<Partition>| {
                    let old = recycled.pop();
                    (CopyTask::of_partition(any, Arc::clone(&partition), old), partition)
                };
                job.copies = partitions.into_iter().map(copy).collect();
                job.copies.reverse();
            }
        }
        job
    }

    /// A backfill from the first event, by one engine per partition.
    pub(in crate::session) fn backfill(
        pool: &WorkerPool,
        input: ReplayInput,
        engines: Vec<(BackfillEngine, Arc<Partition>)>,
        stop: usize,
    ) -> Self {
        let mut job = Self::of(engines.len(), input, stop);
        for (engine, partition) in engines {
            let batch_size = AdaptiveBatch::new(BatchTuning::BACKFILL, job.input.clock.clone());
            let task = BackfillTask::new(engine, batch_size, stop);
            job.submit(pool, Stage::Backfill(Box::new(task)), partition);
        }
        job
    }

    fn of(partitions: usize, input: ReplayInput, stop: usize) -> Self {
        Self {
            from: 0,
            stop,
            target: stop,
            bytes: 0,
            partitions,
            copies: Vec::new(),
            own: None,
            submitted: 0,
            replayed: Vec::new(),
            shared: Arc::default(),
            results: unbounded(),
            input,
        }
    }

    /// Puts a partition on the list, and has the pool take one.
    fn submit(&mut self, pool: &WorkerPool, stage: Stage, partition: Arc<Partition>) {
        let input = self.input.clone();
        self.shared.push(PartitionReplay::new(partition, stage, self.stop, input));
        self.submitted += 1;
        let (shared, results) = (Arc::clone(&self.shared), self.results.0.clone());
        pool.spawn(move || {
            let Some(task) = shared.take() else { return };
            let (result, cancelled) = match catch_panic(|| task.run(&shared.is_cancelled)) {
                Ok(PoolRun::Replayed(replayed)) => (Ok(Some(replayed)), None),
                Ok(PoolRun::Cancelled(engine)) => (Ok(None), Some(engine)),
                Err(panicked) => (Err(panicked), None),
            };
            // Nobody waits for it if the replay was dropped.
            let _ = results.send(result);
            // Dropping a large engine takes long: nobody is to wait for that.
            drop(cancelled);
        });
    }

    /// Whether it is of use to a seek: it was begun for it, or has most of its events in common.
    pub(in crate::session) const fn is_useful_for(&self, target: usize) -> bool {
        target == self.target
            || (self.stop <= target && target - self.stop <= self.stop - self.from)
    }

    /// About how many events are applied.
    pub(in crate::session) const fn events(&self) -> usize {
        self.from + (self.stop - self.from) * self.replayed.len() / self.partitions
    }

    fn progress(&self) -> f32 {
        self.replayed.len() as f32 / self.partitions.max(1) as f32
    }

    /// The bytes that its states take.
    pub(in crate::session) const fn bytes(&self) -> usize {
        self.bytes
    }

    /// Takes the next partition that nobody has begun.
    fn take(&mut self) -> Option<PartitionReplay> {
        let task = self.shared.take()?;
        self.submitted -= 1;
        Some(task)
    }

    /// Collects a result of the pool.
    fn collect(&mut self, result: PoolResult) -> Result<(), Panicked> {
        self.submitted -= 1;
        self.replayed.extend(result?);
        Ok(())
    }

    /// Does a piece of work on the session's thread. Returns whether there was any.
    fn work(&mut self, pool: &WorkerPool, cursor: &Engine, deadline: &Deadline) -> bool {
        if let Some((copy, _)) = self.copies.last_mut() {
            if let Step::Done(Ok((engine, _))) = copy.step(cursor, deadline)
                && let Some((_, partition)) = self.copies.pop()
            {
                self.submit(pool, Stage::Replay(engine), partition);
            }
            return true;
        }
        let Some(mut task) = self.own.take().or_else(|| self.take()) else { return false };
        match task.step((), deadline) {
            Step::Done(replayed) => self.replayed.push(replayed),
            Step::Pending(_) => self.own = Some(task),
        }
        true
    }

    /// Merges the partitions, all of which are replayed.
    fn merge(&mut self) -> Option<MergedReplay> {
        let parts = std::mem::take(&mut self.replayed);
        let took = parts.iter().map(|part| part.took).sum();
        let parts = parts.into_iter().map(|part| (part.engine, part.partition)).collect();
        Some(MergedReplay { engine: Engine::merge(parts)?, events: self.stop - self.from, took })
    }

    /// Cancels the replay. Returns the states at hand, to be recycled; tasks on the pool end after
    /// the unit of work that they are at.
    pub(in crate::session) fn cancel(&mut self) -> Option<Engine> {
        self.shared.is_cancelled.store(true, Ordering::Relaxed);
        let mut parts: Vec<(Engine, Arc<Partition>)> =
            self.replayed.drain(..).map(|part| (part.engine, part.partition)).collect();
        while let Some(task) = self.own.take().or_else(|| self.take()) {
            parts.push(task.cancel());
        }
        parts.extend(self.copies.drain(..).map(|(copy, partition)| (copy.cancel(), partition)));
        Engine::merge(parts)
    }

    /// Waits for the tasks on the pool of a cancelled replay, for each so long at most. Returns
    /// whether all have ended, and so nobody reads events, keys and the checkpoint for it.
    pub(in crate::session) fn join(&mut self, wait: Duration, recycler: &mut Recycler) -> bool {
        while self.submitted > 0 {
            let Ok(result) = self.results.1.recv_timeout(wait) else { return false };
            self.submitted -= 1;
            if let Ok(Some(replayed)) = result {
                recycler.drop_later(replayed.engine);
            }
        }
        true
    }
}

/// The engine at the end of a parallel replay, and what it cost.
pub(in crate::session) struct MergedReplay {
    pub(in crate::session) engine: Engine,
    /// The events that were applied.
    pub(in crate::session) events: usize,
    /// The time that took, on all threads together.
    pub(in crate::session) took: Duration,
}

/// What a [`ParallelReplay`] works with.
pub(in crate::session) struct ParallelContext<'c> {
    pub(in crate::session) pool: &'c WorkerPool,
    pub(in crate::session) tuning: &'c PoolTuning,
    /// The engine at the cursor, which stays the same meanwhile.
    pub(in crate::session) cursor: &'c Engine,
}

impl Task for ParallelReplay {
    type Context<'c> = ParallelContext<'c>;
    type Output = Result<MergedReplay, Panicked>;

    fn step(&mut self, context: ParallelContext<'_>, deadline: &Deadline) -> Step<Self::Output> {
        let ParallelContext { pool, tuning, cursor } = context;
        loop {
            let rest_is_on_pool = !self.work(pool, cursor, deadline);
            if rest_is_on_pool && self.replayed.len() < self.partitions {
                let Ok(result) = self.results.1.recv_timeout(tuning.result_wait) else {
                    return Step::Pending(self.progress());
                };
                if let Err(panicked) = self.collect(result) {
                    return Step::Done(Err(panicked));
                }
            }
            while let Ok(result) = self.results.1.try_recv() {
                if let Err(panicked) = self.collect(result) {
                    return Step::Done(Err(panicked));
                }
            }
            if self.replayed.len() == self.partitions {
                return Step::Done(self.merge().ok_or(Panicked));
            }
            if deadline.has_passed() {
                return Step::Pending(self.progress());
            }
        }
    }
}

impl Drop for ParallelReplay {
    fn drop(&mut self) {
        self.shared.is_cancelled.store(true, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use crate::base::Clock;
    use crate::plan::lower::compile;
    use crate::tape::{Demand, TapeWriter};

    use super::*;

    #[test]
    fn a_panic_on_the_pool_ends_the_replay() {
        let text = "features:\n  - {name: a, type: interaction_count, interaction: a, scope: item}\n  - {name: b, type: interaction_count, interaction: b, scope: user}\n";
        let plan = Arc::new(compile("config", text).0.unwrap());
        let tape = TapeWriter::new(Demand::default()).into_tape();
        let input = ReplayInput { tape, index: Arc::default(), clock: Clock::default() };
        let (engine, pool, tuning) = (Engine::new(plan), WorkerPool::new(1), PoolTuning::default());
        let parts = engine.at_start().split(engine.plan(), &engine.partitions());
        let from = (&engine, StartState::Parts(parts), 0);
        let mut job = ParallelReplay::new(&pool, input, from, None, (0, 0));
        assert_eq!(job.partitions, 2);
        let lost = job.shared.take().unwrap();
        let results = job.results.0.clone();
        let panicked = catch_panic(|| -> Option<Replayed> {
            drop(lost);
            panic!("a fault of the program");
        });
        results.send(panicked).unwrap();
        let context = ParallelContext { pool: &pool, tuning: &tuning, cursor: &engine };
        assert!(matches!(job.step(context, &Deadline::never()), Step::Done(Err(Panicked))));
        assert!(job.cancel().is_some(), "the other partition is at hand");
        assert!(job.join(Duration::ZERO, &mut Recycler::default()));
    }
}
