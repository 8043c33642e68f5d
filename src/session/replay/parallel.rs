//! Parallelism of a replay: whether dividing it pays, and what becomes of it when the target
//! changes.

use std::sync::atomic::AtomicBool;
use std::time::Duration;

use crate::base::{Deadline, Step, Task};
use crate::engine::{Checkpoints, Engine};

use super::job::{MergedReplay, ParallelContext, ParallelReplay};
use super::partition_replay::ReplayInput;
use super::readers::Readers;
use super::recycler::Recycler;
use super::tuning::PoolTuning;
use crate::session::threads::worker_pool::{Computation, Panicked, WorkerPool};

/// The worker pool of a replay, the parallel replay under way, and those that were cancelled.
pub(in crate::session) struct Parallel {
    pool: WorkerPool,
    tuning: PoolTuning,
    job: Option<ParallelReplay>,
    /// Those of which tasks may still be on the pool.
    cancelled: Vec<ParallelReplay>,
    readers: Readers,
}

impl Parallel {
    pub(in crate::session) fn new(threads: usize, tuning: PoolTuning) -> Self {
        let (pool, readers) = (WorkerPool::new(threads), Readers::default());
        Self { pool, tuning, job: None, cancelled: Vec::new(), readers }
    }

    /// The worker pool.
    pub(in crate::session) const fn pool(&self) -> &WorkerPool {
        &self.pool
    }

    /// The policy.
    pub(in crate::session) const fn tuning(&self) -> &PoolTuning {
        &self.tuning
    }

    /// Divides nothing from here on.
    pub(in crate::session) fn disable(&mut self) {
        self.tuning = PoolTuning::undivided();
    }

    /// The replay under way.
    pub(in crate::session) const fn job(&self) -> Option<&ParallelReplay> {
        self.job.as_ref()
    }

    /// Sets the replay under way.
    pub(in crate::session) fn start(&mut self, job: ParallelReplay) {
        self.job = Some(job);
    }

    /// Whether it pays to divide a replay of so many events that takes so many nanoseconds, after
    /// so many bytes of state are copied from a checkpoint.
    pub(in crate::session) fn pays(&self, events: usize, nanos: f64, copied_bytes: usize) -> bool {
        let copy_nanos = copied_bytes as f64 / self.tuning.copied_bytes_per_nano;
        events > 0 && nanos + copy_nanos >= self.tuning.min_replay_time.as_nanos() as f64
    }

    /// Whether it pays to copy the states at the cursor for a replay of so many events.
    pub(in crate::session) const fn pays_to_copy_cursor(
        &self,
        events: usize,
        checkpoints: &Checkpoints,
        bytes: usize,
    ) -> bool {
        events >= self.tuning.min_replay_per_copy * checkpoints.break_even_events(bytes)
    }

    /// Whether it pays to divide a backfill of so many states over so many events; the partitions
    /// are counted only if that matters.
    pub(in crate::session) fn pays_to_backfill(
        &self,
        (events, states): (usize, usize),
        partitions: impl FnOnce() -> usize,
    ) -> bool {
        let nanos = events as f64 * self.tuning.backfill_state_nanos * states as f64;
        events > 0
            && nanos >= self.tuning.min_replay_time.as_nanos() as f64
            && partitions() >= self.tuning.min_backfill_partitions
    }

    /// Continues a replay or backfill until the deadline. `cursor` is the engine at the cursor.
    pub(in crate::session) fn step(
        &self,
        job: &mut ParallelReplay,
        cursor: &Engine,
        deadline: &Deadline,
    ) -> Step<Result<MergedReplay, Panicked>> {
        let context = ParallelContext { pool: &self.pool, tuning: &self.tuning, cursor };
        job.step(context, deadline)
    }

    /// Continues the replay under way until the deadline, if there is one.
    pub(in crate::session) fn poll(
        &mut self,
        cursor: &Engine,
        deadline: &Deadline,
    ) -> Option<Step<Result<MergedReplay, Panicked>>> {
        let mut job = self.job.take()?;
        let step = self.step(&mut job, cursor, deadline);
        if let Step::Pending(_) | Step::Done(Err(_)) = step {
            self.job = Some(job);
        }
        Some(step)
    }

    /// Cancels the replay under way; its states are recycled.
    pub(in crate::session) fn cancel(&mut self, recycler: &mut Recycler) {
        self.cancelled.retain_mut(|job| !job.join(Duration::ZERO, recycler));
        if let Some(mut job) = self.job.take() {
            if let Some(states) = job.cancel() {
                recycler.recycle(states);
            }
            self.cancelled.push(job);
        }
    }

    /// Begins to read events and keys on the pool, which must have threads. `read` is to return soon
    /// after the flag is set.
    pub(in crate::session) fn spawn_reader<T: Send + 'static>(
        &self,
        input: ReplayInput,
        read: impl FnOnce(&ReplayInput, &AtomicBool) -> T + Send + 'static,
    ) -> Computation<T> {
        self.readers.spawn(&self.pool, input, read)
    }

    /// Cancels the replay under way, a backfill and all readers, and waits for what is on the pool:
    /// when this returns nobody else reads events, keys and checkpoints.
    pub(in crate::session) fn cancel_and_join(
        &mut self,
        backfill: Option<ParallelReplay>,
        recycler: &mut Recycler,
    ) {
        self.cancel(recycler);
        if let Some(mut job) = backfill {
            if let Some(states) = job.cancel() {
                recycler.drop_later(states);
            }
            self.cancelled.push(job);
        }
        let wait = self.tuning.join_wait;
        self.readers.cancel_and_join(wait);
        self.cancelled.drain(..).for_each(|mut job| _ = job.join(wait, recycler));
    }

    /// Cancels the replay under way and drops its states at once: memory is short.
    pub(in crate::session) fn release(&mut self) {
        if let Some(mut job) = self.job.take() {
            drop(job.cancel());
            self.cancelled.push(job);
        }
    }

    /// The bytes of memory that the states of the replay under way take.
    pub(in crate::session) fn bytes(&self) -> usize {
        self.job.as_ref().map_or(0, ParallelReplay::bytes)
    }
}
