//! Replay: a tape, the engine at the cursor, and what makes moving the cursor fast. It does not know
//! the log's threads, files or what is shown.
//!
//! [`Replay::work`] alone moves the cursor, in slices that end at a deadline. How it gets to an event
//! changes no bit of the states there. Time is read from the replay's clock, for the size of batches
//! and the cost of an event; by a manual clock and with one thread all goes the same way each time.
//!
//! * **Undo log** (`undo_log`). For the last events before the cursor it keeps what each wrote as it
//!   was before, so that a step back takes microseconds. In idle time, and with each step back,
//!   `prefetch` extends it backwards with a second engine, from a checkpoint.
//! * **Seek** (`seek`). Copies the last checkpoint before the target and replays the rest, if that is
//!   less work than replaying on from the cursor.
//! * **Checkpoints** (`checkpointing`). They share a budget of 512 MiB. A replay takes them so far
//!   apart that copying costs a quarter of its time; in idle time `prefetch` bisects the widest gap
//!   until the budget is used or gaps are 8,192 events.
//! * **Partitions** (`job`, `partition_replay`, `parallel`). A replay of more than some thirty
//!   milliseconds is partitioned by input, into up to sixteen tasks. The session's thread and the
//!   worker pool take them from one list, whoever is free. It pays on one thread too, since the
//!   states of a partition stay in the cache. When all are done they replace the engine at the
//!   cursor in one swap; until then the old states are shown. If a task panics, the replay is
//!   repeated undivided. While event time plays nothing is divided.
//! * **Backfill** (`backfill`). After a save, states whose identity is still wanted migrate, in the
//!   engine and in every checkpoint; a wider state that means the same is truncated. The others are
//!   filled by an engine that holds nothing else, and installed; then checkpoints are completed.
//! * **Batch size** (`batch_size`). Events are applied in batches of about a millisecond, whatever one
//!   costs; copies are made a megabyte at a time, states dropped a table at a time (`recycler`).
//! * **Moment** (`moment`). The cursor is on an event or at a moment between events, before the first
//!   or after the last. A moment changes no state: it sets the time as of which values are read.
//!
//! A plan that needs more attributes of the same events has the log read again for these alone, into
//! a second tape, whose columns are added if it has the same rows. Where a copy of the states would
//! exceed the budget there are no checkpoints: going far back replays from the first event.
//!
//! Policy constants are in `tuning`.

mod backfill;
mod backfill_task;
mod batch_size;
mod checkpointing;
mod job;
mod memory;
mod migration;
mod moment;
mod parallel;
mod partition_replay;
mod prefetch;
mod readers;
mod recycler;
mod seek;
mod tuning;
mod undo_log;

use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use crate::base::Clock;
use crate::engine::{Checkpoints, Engine, KeyIndex, Limits, ValueChange};
use crate::plan::Plan;
use crate::tape::{Arrangement, Batch, BufferPool, Demand, Tape, TapeWriter};

use backfill::Backfill;
use batch_size::AdaptiveBatch;
use checkpointing::Checkpointing;
use job::ParallelReplay;
use parallel::Parallel;
use partition_replay::ReplayInput;
use prefetch::Prefetcher;
use recycler::Recycler;
use seek::Seek;
use tuning::{BatchTuning, PoolTuning};
use undo_log::UndoLog;

use super::threads::worker_pool::{Computation, WorkerPool};

/// A tape and the states at the cursor.
pub struct Replay {
    /// A reader that holds the tape keeps its version when events are appended.
    tape: TapeWriter,
    index: Arc<KeyIndex>,
    /// The engine at the cursor.
    engine: Engine,
    checkpointing: Checkpointing,
    undo_log: UndoLog,
    seek: Seek,
    backfill: Option<Backfill>,
    prefetcher: Option<Prefetcher>,
    parallel: Parallel,
    /// The batch size of engines that hold all states.
    batch_size: AdaptiveBatch,
    recycler: Recycler,
    clock: Clock,
}

impl Replay {
    /// A replay of a log that is about to be read.
    #[must_use]
    pub fn new(plan: Arc<Plan>, demand: Demand) -> Self {
        Self::paged(plan, demand, None)
    }

    /// The same; with a buffer pool, which limits the memory of events and keys.
    #[must_use]
    pub fn paged(plan: Arc<Plan>, demand: Demand, pool: Option<Arc<BufferPool>>) -> Self {
        let tape = TapeWriter::paged(demand, pool);
        let index = KeyIndex::new(&plan, &tape, None);
        Self::with(plan, tape, index)
    }

    /// A replay of the events of a tape, whose keys under the plan are in the index.
    #[must_use]
    pub fn over(plan: Arc<Plan>, tape: Arc<Tape>, index: KeyIndex) -> Self {
        Self::with(plan, TapeWriter::complete(tape), index)
    }

    fn with(plan: Arc<Plan>, tape: TapeWriter, index: KeyIndex) -> Self {
        let clock = Clock::default();
        Self {
            tape,
            index: Arc::new(index),
            engine: Engine::new(plan),
            checkpointing: Checkpointing::new(Limits::default(), clock.clone()),
            undo_log: UndoLog::default(),
            seek: Seek::new(),
            backfill: None,
            prefetcher: None,
            parallel: Parallel::new(1, PoolTuning::default()),
            batch_size: AdaptiveBatch::new(BatchTuning::REPLAY, clock.clone()),
            recycler: Recycler::default(),
            clock,
        }
    }

    /// The same, by another clock. With a manual clock and one thread, the replay never reads the
    /// system's, and does the same each time.
    #[must_use]
    pub fn with_clock(self, clock: Clock) -> Self {
        Self {
            checkpointing: Checkpointing::new(self.checkpoints().limits(), clock.clone()),
            batch_size: AdaptiveBatch::new(BatchTuning::REPLAY, clock.clone()),
            clock,
            ..self
        }
    }

    /// Sets the number of threads for long replays and backfills; with `min_time`, whatever takes
    /// longer is divided among them. The states are the same with any number.
    pub fn set_threads(&mut self, threads: usize, min_time: Option<Duration>) {
        self.parallel.cancel_and_join(None, &mut self.recycler);
        let tuning = min_time.map_or_else(PoolTuning::default, PoolTuning::dividing_from);
        self.parallel = Parallel::new(threads, tuning);
    }

    /// Sets whether the values before the target are shown on the way, however long that takes.
    pub const fn set_watched(&mut self, is_watched: bool) {
        self.seek.set_shows_progress(is_watched);
    }

    /// Starts over with other events and keys, for the same plan.
    pub fn start_over(&mut self, tape: Tape, index: KeyIndex) {
        self.cancel_all();
        let parallel =
            std::mem::replace(&mut self.parallel, Parallel::new(1, PoolTuning::default()));
        let moment = self.seek.moment();
        let fresh = Self::over(Arc::clone(self.plan()), Arc::new(tape), index);
        *self = Self { parallel, ..fresh.with_clock(self.clock.clone()) };
        moment.into_iter().for_each(|moment| self.seek_to_moment(moment));
    }

    /// Appends events of the log. Who reads the tape or the index meanwhile keeps the version that
    /// there was.
    pub fn extend(&mut self, batch: Batch) {
        self.tape.extend(batch);
        Arc::make_mut(&mut self.index).extend(&self.tape);
        self.find_moment();
    }

    /// Ends the log. If that changed the order of events, the replay starts over, and goes to
    /// the event number where it was.
    pub fn finish(&mut self) -> Arrangement {
        let arrangement = self.tape.finish();
        if arrangement == Arrangement::Reordered {
            let target = self.target().max(self.cursor()).min(self.tape.events());
            self.seek.set_target(target, self.seek.moment());
            self.restart();
        }
        Arc::make_mut(&mut self.index).extend(&self.tape);
        self.freeze_index();
        self.find_moment();
        arrangement
    }

    fn restart(&mut self) {
        let plan = Arc::clone(self.plan());
        self.index = Arc::new(KeyIndex::new(&plan, &self.tape, None));
        self.engine = Engine::new(plan);
        self.reset_checkpoints();
        self.reset_undo();
    }

    /// Drops all checkpoints.
    fn reset_checkpoints(&mut self) {
        self.checkpointing.reset(self.checkpoints().limits());
    }

    /// Cancels all that is in progress and clears the undo log: the states were replaced.
    fn reset_undo(&mut self) {
        self.cancel_all();
        self.undo_log.clear(self.engine.position().events);
    }

    /// Cancels all that is in progress.
    fn cancel_all(&mut self) {
        self.cancel_parallel();
        self.seek.cancel(&mut self.recycler);
        self.checkpointing.cancel(&mut self.recycler);
        self.recycler.retire();
        if let Some(prefetcher) = self.prefetcher.take() {
            prefetcher.cancel(self.recycler.drops());
        }
    }

    /// Cancels what the worker pool works on, and waits for it: a unit of work at most. Nobody else
    /// reads events, keys and checkpoints then.
    fn cancel_parallel(&mut self) {
        let backfill = self.backfill.take().and_then(Backfill::into_partitioned);
        self.parallel.cancel_and_join(backfill, &mut self.recycler);
    }

    /// The events and their keys, shared with tasks.
    fn input(&mut self) -> ReplayInput {
        self.freeze_index();
        self.frozen_input()
    }

    /// Freezes the index before it is shared, so that a version of it costs little.
    fn freeze_index(&mut self) {
        if let Some(index) = Arc::get_mut(&mut self.index) {
            index.freeze();
        }
    }

    fn frozen_input(&self) -> ReplayInput {
        let (tape, index) = (Arc::clone(&self.tape), Arc::clone(&self.index));
        ReplayInput { tape, index, clock: self.clock.clone() }
    }

    /// The clock that slices are measured by.
    pub(in crate::session) const fn clock(&self) -> &Clock {
        &self.clock
    }

    /// The worker pool.
    pub(in crate::session) const fn pool(&self) -> &WorkerPool {
        self.parallel.pool()
    }

    /// Begins to read the events and keys of a log that has ended on the worker pool, which must have
    /// threads. `read` is to return soon after the flag is set: events or keys are about to change.
    pub(in crate::session) fn spawn_reader<T: Send + 'static>(
        &self,
        read: impl FnOnce(&Tape, &KeyIndex, &AtomicBool) -> T + Send + 'static,
    ) -> Computation<T> {
        let read = |input: &ReplayInput, flag: &AtomicBool| read(&input.tape, &input.index, flag);
        self.parallel.spawn_reader(self.frozen_input(), read)
    }

    const fn checkpoints(&self) -> &Checkpoints {
        self.checkpointing.checkpoints()
    }

    /// The plan whose values can be read.
    #[must_use]
    pub const fn plan(&self) -> &Arc<Plan> {
        self.engine.plan()
    }

    /// The events.
    #[must_use]
    pub fn tape(&self) -> &Arc<Tape> {
        &self.tape
    }

    /// The events alone, for another replay.
    #[must_use]
    pub fn into_tape(self) -> Arc<Tape> {
        self.tape.into_tape()
    }

    /// The keys. While the replay [is filling](Self::is_filling) they are those of the next plan.
    #[must_use]
    pub fn index(&self) -> &KeyIndex {
        &self.index
    }

    /// The same, to be read elsewhere: this version of them stays as it is.
    pub(in crate::session) fn shared_index(&self) -> Arc<KeyIndex> {
        Arc::clone(&self.index)
    }

    /// The states at the cursor.
    #[must_use]
    pub const fn engine(&self) -> &Engine {
        &self.engine
    }

    /// How many events are applied.
    #[must_use]
    pub const fn cursor(&self) -> usize {
        self.engine.position().events
    }

    /// Where the cursor is going.
    #[must_use]
    pub const fn target(&self) -> usize {
        self.seek.target()
    }

    /// The position to which states are replayed: that of a parallel replay under way, or the
    /// cursor.
    #[must_use]
    pub fn nearest(&self) -> usize {
        self.parallel.job().map_or(self.cursor(), ParallelReplay::events)
    }

    /// Whether the cursor is where it is going, and all states are there.
    #[must_use]
    pub const fn is_idle(&self) -> bool {
        self.backfill.is_none() && self.cursor() == self.target()
    }

    /// Whether states are being filled; until then values cannot be read.
    #[must_use]
    pub const fn is_filling(&self) -> bool {
        self.backfill.is_some()
    }

    /// What an applied event changed, if it is known: the index of the event, from 0.
    #[must_use]
    pub fn effects(&self, event: usize) -> Option<&[ValueChange]> {
        self.undo_log.effects(event)
    }

    /// The first event whose [effects](Self::effects) are known, and of which all later ones up
    /// to the cursor are; the cursor where there is none.
    #[must_use]
    pub const fn known_from(&self) -> usize {
        self.undo_log.first()
    }

    /// The last complete checkpoint after a position (any, where there is none) and at or before
    /// `events`; it does not change while it is held.
    #[must_use]
    pub fn checkpoint_between(&self, after: Option<usize>, events: usize) -> Option<Arc<Engine>> {
        self.checkpoints().last_between(after.unwrap_or(0), events)
    }

    /// Drops states that are no longer needed, when there is time.
    pub fn drop_later(&mut self, engine: Engine) {
        self.recycler.drop_later(engine);
    }
}
