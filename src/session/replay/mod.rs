//! The replay: a tape, the states at the cursor, and what makes moving the cursor fast. It must not
//! know threads of the session, files or what is shown.
//!
//! `Replay::work` alone moves the cursor, in slices that end at a deadline. How it gets to an event
//! changes no bit of the states there.
//!
//! * **Undo log** (`undo_log`). For the last events before the cursor it keeps what each wrote as it
//!   was before, so that a step back takes microseconds. In idle time, and with each step back,
//!   `prefetch` extends it from a checkpoint with a second engine.
//! * **Seek** (`seek`). Copies the last checkpoint before the target and replays the rest, if that is
//!   less work than going on from the cursor. Checkpoints share a budget of 512 MiB. A replay takes
//!   them so far apart that copying costs a quarter of its time; in idle time `prefetch` bisects the
//!   widest gap until the budget is used or gaps are 8,192 events.
//! * **Partitions** (`job`, `parallel`). A replay of more than some thirty milliseconds is split by
//!   inputs into up to sixteen partitions, which the worker and a pool take from one queue. It pays
//!   on one thread too, since the states of a partition stay in the cache. When all have arrived
//!   they replace the engine at the cursor in one swap; until then the old states are shown. A task
//!   whose thread panicked is replayed by the worker. While event time runs nothing is split.
//! * **Backfill** (`backfill`). After a save, states whose identity is still wanted are moved over, in
//!   the engine and in every checkpoint; a wider state that means the same is cut down. The others
//!   are filled by an engine that holds nothing else, and shown; then the checkpoints get what they
//!   lack.
//! * **Batch size** (`batch_size`). Events are applied in units of about a millisecond, whatever one
//!   costs; copies are made a megabyte at a time, states freed a table at a time.
//! * **Moment** (`moment`). The cursor stands on an event or at a moment between events, before the
//!   first or after the last. A moment changes no state: it sets the time that values are read as of.
//!
//! A plan that needs more attributes of the same events has the log read again for these alone, into
//! a second tape, whose columns are added if it has the same rows. Where a copy of the states would
//! exceed the budget there are no checkpoints: going far back replays from the start.

pub(in crate::session) mod backfill;
pub(in crate::session) mod batch_size;
pub(in crate::session) mod job;
mod migration;
pub(in crate::session) mod moment;
pub(in crate::session) mod parallel;
pub(in crate::session) mod prefetch;
pub(in crate::session) mod seek;
pub(in crate::session) mod undo_log;

use std::sync::Arc;
use std::time::Duration;

use crate::base::Timestamp;
use crate::engine::{
    BackfillEngine, Checkpoints, CopyTask, DropQueue, Engine, KeyIndex, Limits, ValueChange,
};
use crate::plan::Plan;
use crate::tape::{Arrangement, Batch, BufferPool, Demand, Tape};

use backfill::Backfill;
use batch_size::AdaptiveBatch;
use job::{ParallelReplay, WorkerPool};
use prefetch::Prefetcher;
use undo_log::UndoLog;

/// A tape and the states at the cursor.
pub struct Replay {
    /// Who reads it meanwhile keeps the version that there was.
    pub(super) tape: Arc<Tape>,
    pub(super) index: Arc<KeyIndex>,
    pub(super) engine: Engine,
    pub(super) checkpoints: Checkpoints,
    /// The last events before the cursor and what they did.
    pub(super) undo_log: UndoLog,
    pub(super) target: usize,
    /// Where the cursor is to stand if not on an event: after the one at the goal.
    pub(super) moment: Option<Timestamp>,
    pub(super) filling: Option<Backfill>,
    /// The checkpoint that the cursor is to go on from, being copied.
    pub(super) restoring: Option<CopyTask>,
    /// The states at the cursor, being copied for a checkpoint.
    pub(super) leaving: Option<CopyTask>,
    /// What gives checkpoints the states that they lack.
    pub(super) mending: Option<BackfillEngine>,
    pub(super) prefetcher: Option<Prefetcher>,
    /// The pace of engines that hold all states, and of those that mend checkpoints.
    pub(super) batch_size: AdaptiveBatch,
    pub(super) mending_pace: AdaptiveBatch,
    /// The bytes of the copies that were left, and the nanoseconds that they took.
    pub(super) left: (f64, f64),
    pub(super) leftovers: DropQueue,
    /// States that were left last, in whose room the next ones are copied.
    pub(super) spare: Option<Engine>,
    /// A long way that is being gone.
    pub(super) job: Option<ParallelReplay>,
    /// Others that were given up, until nobody is at them any more.
    pub(super) cancelled: Vec<ParallelReplay>,
    pub(super) pool: WorkerPool,
    /// Whether values are watched on the way.
    pub(super) is_watched: bool,
}

impl Replay {
    /// A replay of a log that is about to be read.
    #[must_use]
    pub fn new(plan: Arc<Plan>, demand: Demand) -> Self {
        Self::paged(plan, demand, None)
    }

    /// The same; of the events and their keys, only so many are in memory as the pager allows, if
    /// there is one.
    #[must_use]
    pub fn paged(plan: Arc<Plan>, demand: Demand, pager: Option<Arc<BufferPool>>) -> Self {
        let tape = Tape::paged(demand, pager);
        let index = KeyIndex::new(&plan, &tape, None);
        Self::over(plan, Arc::new(tape), index)
    }

    /// A replay of events that are there, and of their keys under the plan.
    #[must_use]
    pub fn over(plan: Arc<Plan>, tape: Arc<Tape>, index: KeyIndex) -> Self {
        Self {
            tape,
            index: Arc::new(index),
            engine: Engine::new(plan),
            checkpoints: Checkpoints::new(Limits::default()),
            undo_log: UndoLog::default(),
            target: 0,
            moment: None,
            filling: None,
            restoring: None,
            leaving: None,
            mending: None,
            prefetcher: None,
            batch_size: AdaptiveBatch::new(),
            mending_pace: AdaptiveBatch::new(),
            left: (0.0, 0.0),
            leftovers: DropQueue::default(),
            spare: None,
            job: None,
            cancelled: Vec::new(),
            pool: WorkerPool::new(1, None),
            is_watched: false,
        }
    }

    /// Lets so many threads work on long ways, on those that take longer than `least` if that is
    /// given. The states are the same with any number.
    pub fn set_threads(&mut self, threads: usize, least: Option<Duration>) {
        self.pool = WorkerPool::new(threads, least);
    }

    /// Whether the values on the way to the goal are watched: then they are shown, however long
    /// that takes.
    pub const fn set_watched(&mut self, is_watched: bool) {
        self.is_watched = is_watched;
    }

    /// Takes other events and keys, for the same plan, and starts over.
    pub fn start_over(&mut self, tape: Tape, index: KeyIndex) {
        self.call_off();
        let pool = std::mem::replace(&mut self.pool, WorkerPool::new(1, None));
        let moment = self.moment;
        *self = Self { pool, ..Self::over(Arc::clone(self.plan()), Arc::new(tape), index) };
        moment.into_iter().for_each(|moment| self.stand_at(moment));
    }

    /// Sets what checkpoints may cost, and forgets those that there are.
    pub fn limit_checkpoints(&mut self, limits: Limits) {
        self.checkpoints = Checkpoints::new(limits);
    }

    /// The same, and forgets other copies of the states.
    pub(super) fn limit_copies(&mut self, limits: Limits) {
        self.limit_checkpoints(limits);
        if limits.bytes == 0 {
            self.checkpoints.mark_too_large();
        }
        self.restoring = None;
        self.leaving = None;
        self.spare = None;
        self.prefetcher = None;
        self.job = None;
    }

    /// Appends events of the log. Who reads the tape or the index meanwhile keeps the version that
    /// there was.
    pub fn extend(&mut self, batch: Batch) {
        let tape = Arc::make_mut(&mut self.tape);
        tape.extend(batch);
        Arc::make_mut(&mut self.index).extend(tape);
        self.find_moment();
    }

    /// Ends the log. If that changed the order of events, the replay starts over, and goes to
    /// the event number where it was.
    pub fn finish(&mut self) -> Arrangement {
        let arrangement = Arc::make_mut(&mut self.tape).finish();
        if arrangement == Arrangement::Reordered {
            self.target = self.target.max(self.cursor()).min(self.tape.events());
            self.restart();
        }
        Arc::make_mut(&mut self.index).extend(&self.tape);
        self.find_moment();
        arrangement
    }

    fn restart(&mut self) {
        let plan = Arc::clone(self.plan());
        self.index = Arc::new(KeyIndex::new(&plan, &self.tape, None));
        self.engine = Engine::new(plan);
        self.limit_checkpoints(self.checkpoints.limits());
        self.set_down();
    }

    /// Forgets all that was on its way, and what was watched: the states are other ones now.
    fn set_down(&mut self) {
        self.call_off();
        self.undo_log.clear(self.engine.position().events);
    }

    /// Forgets all that was on its way.
    fn call_off(&mut self) {
        self.cancel_and_join();
        let copies = [self.restoring.take(), self.leaving.take()];
        let copies = copies.into_iter().flatten().map(|copying| copying.finish().0);
        copies.chain(self.spare.take()).for_each(|engine| self.leftovers.take(engine));
        if let Some(mending) = self.mending.take() {
            self.leftovers.take(mending.into_engine());
        }
        if let Some(prefetcher) = self.prefetcher.take() {
            prefetcher.give_up(&mut self.leftovers);
        }
    }

    /// The plan whose values can be read.
    #[must_use]
    pub const fn plan(&self) -> &Arc<Plan> {
        self.engine.plan()
    }

    /// The events.
    #[must_use]
    pub const fn tape(&self) -> &Arc<Tape> {
        &self.tape
    }

    /// The events alone, for another replay.
    #[must_use]
    pub fn into_tape(self) -> Arc<Tape> {
        self.tape
    }

    /// The keys. While the replay [is filling](Self::is_filling) they are those of the next plan.
    #[must_use]
    pub fn index(&self) -> &KeyIndex {
        &self.index
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
        self.target
    }

    /// Whether the cursor is where it is going, and all states are there.
    #[must_use]
    pub const fn is_idle(&self) -> bool {
        self.filling.is_none() && self.cursor() == self.target
    }

    /// Whether states are being filled; until then values cannot be read.
    #[must_use]
    pub const fn is_filling(&self) -> bool {
        self.filling.is_some()
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

    /// The bytes of memory that events and keys take, pages apart.
    #[must_use]
    pub fn fixed_bytes(&self) -> usize {
        self.tape.bytes() + self.tape.reorder_bytes() + self.index.bytes()
    }

    /// The bytes of memory that all states take, copies that are kept for long apart.
    #[must_use]
    pub fn state_bytes(&self) -> usize {
        let filling = self.filling.as_ref().map_or(0, Backfill::bytes);
        let job = self.job.as_ref().map_or(0, ParallelReplay::bytes);
        let fillers = filling + job + self.mending.as_ref().map_or(0, BackfillEngine::bytes);
        let others = [self.prefetcher.as_ref().and_then(Prefetcher::engine), self.spare.as_ref()];
        let others: usize = others.into_iter().flatten().map(Engine::bytes).sum();
        self.engine.bytes() + fillers + others + self.undo_log.bytes()
    }

    /// The bytes of memory that checkpoints take.
    #[must_use]
    pub fn checkpoint_bytes(&self) -> usize {
        self.checkpoints.bytes()
    }

    /// The last checkpoint after a position (any, where there is none) and at or before `events`,
    /// to be read at leisure: nobody changes it while it is held.
    #[must_use]
    pub fn left_between(&self, after: Option<usize>, events: usize) -> Option<Arc<Engine>> {
        self.checkpoints.last_between(after.unwrap_or(0), events)
    }

    /// The most bytes that a copy of the states may take.
    #[must_use]
    pub const fn most_to_copy(&self) -> usize {
        self.checkpoints.limits().bytes
    }

    /// Whether the states are known to take more.
    #[must_use]
    pub const fn is_too_large_to_copy(&self) -> bool {
        self.checkpoints.too_large()
    }

    /// Takes states that are no longer needed, to be freed when there is time.
    pub fn leave_over(&mut self, engine: Engine) {
        self.leftovers.take(engine);
    }
}
