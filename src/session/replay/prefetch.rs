//! Idle-time prefetch: a second engine extends the undo log backwards, and takes checkpoints where
//! the gaps between them are widest.

use crate::base::{Deadline, Step, Task};
use crate::engine::{Checkpoints, CopyTask, DropQueue, Engine, KeyIndex, RecordedEvent};
use crate::tape::Tape;

use super::Replay;
use super::batch_size::AdaptiveBatch;

/// What is prefetched.
pub(in crate::session) enum PrefetchGoal {
    /// The undo log of the events from one to just before another.
    UndoLog { from: usize, until: usize, recorded: Vec<RecordedEvent> },
    /// A checkpoint: near the cursor, or in the middle of a gap.
    Checkpoint { at: usize, near: bool },
}

/// A prefetch in progress.
pub(in crate::session) struct Prefetcher {
    goal: PrefetchGoal,
    stage: Stage,
}

enum Stage {
    /// A checkpoint is copied.
    Copy(CopyTask),
    /// The copy is replayed.
    Replay(Engine),
}

/// The events of an undo log, the last of which precedes the log; none if a checkpoint was taken.
pub(in crate::session) type Prefetched = Vec<RecordedEvent>;

impl Prefetcher {
    /// A prefetch from the last checkpoint before its goal. `any` is an engine of the plan, at any
    /// position.
    pub(in crate::session) fn new(
        goal: PrefetchGoal,
        any: &Engine,
        checkpoints: &Checkpoints,
    ) -> Self {
        let begin = match goal {
            PrefetchGoal::UndoLog { from, .. } => from,
            PrefetchGoal::Checkpoint { at, .. } => at,
        };
        let stage = match checkpoints.last_complete_before(begin) {
            Some((engine, _)) => Stage::Copy(CopyTask::new(engine)),
            None => Stage::Replay(any.at_start()),
        };
        Self { goal, stage }
    }

    /// True while its result is of use to an undo log that begins at `first`.
    pub(in crate::session) const fn is_useful_for(&self, first: usize) -> bool {
        match self.goal {
            PrefetchGoal::UndoLog { until, .. } => until == first,
            PrefetchGoal::Checkpoint { .. } => true,
        }
    }

    /// The engine, once the checkpoint is copied.
    pub(in crate::session) const fn engine(&self) -> Option<&Engine> {
        match &self.stage {
            Stage::Copy(_) => None,
            Stage::Replay(engine) => Some(engine),
        }
    }

    /// Cancels the prefetch; its engine is dropped later.
    pub(in crate::session) fn cancel(self, drops: &mut DropQueue) {
        if let Stage::Replay(engine) = self.stage {
            drops.take(engine);
        }
    }
}

/// What a [`Prefetcher`] works on.
pub(in crate::session) struct PrefetchContext<'c> {
    pub(in crate::session) input: (&'c Tape, &'c KeyIndex),
    pub(in crate::session) checkpoints: &'c mut Checkpoints,
    pub(in crate::session) batch_size: &'c mut AdaptiveBatch,
}

impl Task for Prefetcher {
    type Context<'c> = PrefetchContext<'c>;
    type Output = Prefetched;

    fn step(&mut self, context: PrefetchContext<'_>, deadline: &Deadline) -> Step<Prefetched> {
        let PrefetchContext { input: (tape, index), checkpoints, batch_size } = context;
        if let Stage::Copy(copy) = &mut self.stage {
            // Without its checkpoint it has nothing to start from.
            let Some(of) = checkpoints.at(copy.events()) else { return Step::Done(Vec::new()) };
            match copy.step(of, deadline) {
                Step::Pending(done) => return Step::Pending(done / 2.0),
                Step::Done(Ok((engine, _))) => self.stage = Stage::Replay(engine),
                Step::Done(Err(_)) => return Step::Done(Vec::new()),
            }
        }
        let Stage::Replay(engine) = &mut self.stage else { return Step::Done(Vec::new()) };
        let pending = |engine: &Engine, stop: usize| {
            Step::Pending(0.5 + engine.position().events as f32 / stop.max(1) as f32 / 2.0)
        };
        match &mut self.goal {
            PrefetchGoal::Checkpoint { at, near } => {
                while engine.position().events < *at {
                    batch_size.apply(engine, (tape, index), *at);
                    if deadline.has_passed() {
                        return pending(engine, *at);
                    }
                }
                let bytes = engine.bytes();
                let checkpoint = std::mem::replace(engine, engine.without_state());
                if *near {
                    checkpoints.insert_near(checkpoint, bytes);
                } else {
                    checkpoints.fill_gap(checkpoint, bytes);
                }
                Step::Done(Vec::new())
            }
            PrefetchGoal::UndoLog { from, until, recorded } => {
                while engine.position().events < *until {
                    if engine.position().events < *from {
                        batch_size.apply(engine, (tape, index), *from);
                    } else if let Some(event) = engine.apply_recorded(tape, index) {
                        recorded.push(event);
                    } else {
                        return Step::Done(Vec::new());
                    }
                    if deadline.has_passed() {
                        return pending(engine, *until);
                    }
                }
                Step::Done(std::mem::take(recorded))
            }
        }
    }
}

impl Replay {
    /// Prefetches until the deadline: extends the undo log backwards, completes checkpoints and takes
    /// more of them. Call it while the replay [is idle](Self::is_idle). Returns whether there was
    /// anything to do.
    pub fn prepare(&mut self, deadline: &Deadline) -> bool {
        let mut worked = false;
        while self.is_idle() && self.prefetch(deadline) {
            worked = true;
            if deadline.has_passed() {
                break;
            }
        }
        worked
    }

    fn prefetch(&mut self, deadline: &Deadline) -> bool {
        if self.recycler.drop_one()
            || self.checkpointing.checkpoints_mut().measure()
            || self.complete_checkpoints(deadline)
        {
            return true;
        }
        let first = self.undo_log.first();
        let begun = self.prefetcher.take().filter(|prefetcher| prefetcher.is_useful_for(first));
        let Some(mut prefetcher) = begun.or_else(|| self.start_prefetch()) else { return false };
        let context = PrefetchContext {
            input: (&self.tape, &self.index),
            checkpoints: self.checkpointing.checkpoints_mut(),
            batch_size: &mut self.batch_size,
        };
        match prefetcher.step(context, deadline) {
            Step::Pending(_) => self.prefetcher = Some(prefetcher),
            Step::Done(recorded) => {
                self.undo_log.prepend(recorded);
                prefetcher.cancel(self.recycler.drops());
            }
        }
        true
    }

    /// The next prefetch, if there is anything to prefetch.
    fn start_prefetch(&self) -> Option<Prefetcher> {
        let (checkpoints, tuning) = (self.checkpointing.checkpoints(), self.seek.tuning());
        if checkpoints.too_large() {
            // There is no memory for a second engine of that size.
            return None;
        }
        let until = self.undo_log.first();
        let (known, capacity) = (self.undo_log.len(), self.undo_log.capacity());
        let wanted = tuning.prefetch_below_events.min(usize::midpoint(known, capacity));
        let goal = if until > 0 && known < wanted {
            let from = until.saturating_sub(capacity.min(tuning.prefetch_events));
            let last = checkpoints.last_complete_before(from);
            let base = last.map_or(0, |(checkpoint, _)| checkpoint.position().events);
            let near = tuning.near_checkpoint_events;
            if from - base > near && checkpoints.has_room_near(&self.engine) {
                PrefetchGoal::Checkpoint { at: from - near / 2, near: true }
            } else {
                PrefetchGoal::UndoLog { from, until, recorded: Vec::new() }
            }
        } else {
            let at = checkpoints.next_gap(self.tape.events())?;
            PrefetchGoal::Checkpoint { at, near: false }
        };
        Some(Prefetcher::new(goal, &self.engine, checkpoints))
    }
}
