//! Seek: brings the cursor to its target. It undoes recorded events, copies the last checkpoint
//! before the target, or replays on from the cursor, whichever is least work; in idle time it
//! prefetches what the next seek may need.
//!
//! However the cursor came to an event, the states there are the same, bit for bit.

use std::sync::Arc;

use crate::base::{Deadline, Step, Task, Timestamp};
use crate::engine::{CopyTask, Engine};

use super::Replay;
use super::job::{MergedReplay, ParallelReplay, StartState};
use super::recycler::Recycler;
use super::tuning::SeekTuning;

/// The target of the cursor, and the copy of the checkpoint that a seek starts from.
pub(in crate::session) struct Seek {
    target: usize,
    /// The moment of the target, if it is not an event: after the last event at or before it.
    moment: Option<Timestamp>,
    restore_copy: Option<CopyTask>,
    /// True if the values before the target are shown on the way.
    shows_progress: bool,
    tuning: SeekTuning,
}

/// The start of the replay to the target.
enum SeekStart {
    /// The cursor.
    Cursor,
    /// The first event.
    Start,
    /// The checkpoint at a position.
    Checkpoint(usize),
    /// A checkpoint that lacks states.
    Incomplete,
}

impl Seek {
    pub(in crate::session) fn new() -> Self {
        Self {
            target: 0,
            moment: None,
            restore_copy: None,
            shows_progress: false,
            tuning: SeekTuning::default(),
        }
    }

    /// The target.
    pub(in crate::session) const fn target(&self) -> usize {
        self.target
    }

    /// The moment of the target, if it was set by one.
    pub(in crate::session) const fn moment(&self) -> Option<Timestamp> {
        self.moment
    }

    /// The policy.
    pub(in crate::session) const fn tuning(&self) -> &SeekTuning {
        &self.tuning
    }

    /// Sets the target, and its moment if it is not an event.
    pub(in crate::session) const fn set_target(
        &mut self,
        target: usize,
        moment: Option<Timestamp>,
    ) {
        self.target = target;
        self.moment = moment;
    }

    /// Sets whether the values before the target are shown on the way.
    pub(in crate::session) const fn set_shows_progress(&mut self, shows_progress: bool) {
        self.shows_progress = shows_progress;
    }

    /// The copy of the checkpoint at a position: the one in progress, or a new one into recycled
    /// tables.
    fn restore_copy(&mut self, at: usize, of: &Engine, recycler: &mut Recycler) -> CopyTask {
        match self.restore_copy.take() {
            Some(copy) if copy.events() == at => return copy,
            Some(other) => recycler.recycle(other.cancel()),
            None => {}
        }
        match recycler.take() {
            Some(recycled) => CopyTask::reusing(of, recycled),
            None => CopyTask::new(of),
        }
    }

    /// Cancels the copy in progress; its tables are recycled.
    pub(in crate::session) fn cancel(&mut self, recycler: &mut Recycler) {
        if let Some(copy) = self.restore_copy.take() {
            recycler.recycle(copy.cancel());
        }
    }

    /// Drops the copy in progress at once: memory is short.
    pub(in crate::session) fn release(&mut self) {
        self.restore_copy = None;
    }
}

impl Replay {
    /// Sends the cursor to an event; [`Replay::work`] brings it there.
    pub fn seek_to(&mut self, events: usize) {
        self.seek.set_target(events.min(self.tape.events()), None);
        if self.target() == self.cursor() {
            self.parallel.cancel(&mut self.recycler);
            self.seek.cancel(&mut self.recycler);
        }
    }

    /// Works towards the target until the deadline, or until it is reached. Returns whether anything
    /// was done.
    pub fn work(&mut self, deadline: &Deadline) -> bool {
        if self.is_filling() {
            self.step_backfill(deadline);
            return true;
        }
        if self.target() == self.cursor() {
            return false;
        }
        let back = self.target() < self.cursor();
        if self.position_near_target(deadline) {
            self.apply_to_target(deadline);
        }
        let tuning = self.seek.tuning;
        if back && self.is_idle() && self.undo_log.len() < tuning.urgent_below_events {
            // Steps that follow each other without a pause leave no idle time.
            self.prepare(&deadline.within(tuning.urgent_prefetch_time));
        }
        true
    }

    /// Brings the cursor near the target without applying events: undoes recorded events, or
    /// restores a checkpoint if that is closer. Returns whether events may now be applied.
    fn position_near_target(&mut self, deadline: &Deadline) -> bool {
        if self.target() < self.cursor() && self.undo_log.reaches(self.target()) {
            self.parallel.cancel(&mut self.recycler);
            while self.target() < self.cursor() {
                let Some(recorded) = self.undo_log.pop() else { break };
                self.engine.undo(&recorded.undo);
                if deadline.has_passed() {
                    break;
                }
            }
            return false;
        }
        if let Some(has_arrived) = self.poll_parallel(deadline) {
            return has_arrived;
        }
        loop {
            let start = self.seek_start();
            if self.try_parallel(&start) {
                return false;
            }
            match start {
                SeekStart::Cursor => return true,
                SeekStart::Start => {
                    let first = self.engine.at_start();
                    self.recycler.drop_later(std::mem::replace(&mut self.engine, first));
                    self.undo_log.clear(0);
                    return true;
                }
                SeekStart::Incomplete => {
                    if !self.complete_checkpoints(deadline) || deadline.has_passed() {
                        return false;
                    }
                }
                SeekStart::Checkpoint(at) => return self.restore_checkpoint(at, deadline),
            }
        }
    }

    /// Restores a checkpoint at the cursor, until the deadline. Returns whether it is there.
    fn restore_checkpoint(&mut self, at: usize, deadline: &Deadline) -> bool {
        // What the last seek replaced is freed first, for the memory of the next copy.
        while self.recycler.drop_one() {
            if deadline.has_passed() {
                return false;
            }
        }
        let Some(of) = self.checkpointing.checkpoints().at(at) else { return false };
        let mut copy = self.seek.restore_copy(at, of, &mut self.recycler);
        let Step::Done(Ok((restored, _))) = copy.step(of, deadline) else {
            self.seek.restore_copy = Some(copy);
            return false;
        };
        self.recycler.recycle(std::mem::replace(&mut self.engine, restored));
        self.undo_log.clear(at);
        true
    }

    /// The start from which the target is reached with the least work.
    fn seek_start(&self) -> SeekStart {
        let checkpoints = self.checkpointing.checkpoints();
        let near = self.target().saturating_sub(self.recorded_events());
        let back = self.target() < self.cursor();
        let from = if back { 0 } else { self.cursor() };
        let pays = |at: usize, bytes: usize| at > from + checkpoints.break_even_events(bytes);
        let any = checkpoints.last_before(near).filter(|(at, bytes)| pays(*at, *bytes));
        let complete = checkpoints.last_complete_before(near);
        match any {
            Some((at, _)) if complete.is_some_and(|(it, _)| it.position().events == at) => {
                SeekStart::Checkpoint(at)
            }
            Some(_) => SeekStart::Incomplete,
            None if back => SeekStart::Start,
            None => SeekStart::Cursor,
        }
    }

    /// The events before the target that are recorded in the undo log.
    const fn recorded_events(&self) -> usize {
        let tuning = &self.seek.tuning;
        if self.checkpointing.checkpoints().too_large() {
            tuning.recorded_events_without_checkpoints
        } else {
            tuning.recorded_events
        }
    }

    /// Applies events up to the target, and takes checkpoints on the way.
    fn apply_to_target(&mut self, deadline: &Deadline) {
        let recorded = self.recorded_events();
        while self.cursor() < self.target() {
            let (cursor, target) = (self.cursor(), self.target());
            let due = self.checkpointing.checkpoints().due_in(cursor, target);
            if due == 0
                && let Step::Pending(_) = self.checkpointing.take_checkpoint(&self.engine, deadline)
            {
                break;
            }
            if target - cursor <= recorded {
                let Some(event) = self.engine.apply_recorded(&self.tape, &self.index) else {
                    break;
                };
                self.undo_log.push(event);
            } else {
                let stop = (target - recorded).min(cursor.saturating_add(due.max(1)));
                self.batch_size.apply(&mut self.engine, (&self.tape, &self.index), stop);
                self.report_cost();
                self.undo_log.clear(self.engine.position().events);
            }
            if deadline.has_passed() {
                break;
            }
        }
    }

    /// Tells the checkpoints the measured cost of an event.
    fn report_cost(&mut self) {
        if let Some(nanos) = self.batch_size.cost_per_event() {
            self.checkpointing.set_cost_per_event(nanos);
        }
    }

    /// Continues the parallel replay under way. Returns whether it is done, and so events may be
    /// applied; `None` if there is none, or none of use.
    fn poll_parallel(&mut self, deadline: &Deadline) -> Option<bool> {
        let job = self.parallel.job()?;
        if self.seek.shows_progress || !job.is_useful_for(self.target()) {
            self.parallel.cancel(&mut self.recycler);
            return None;
        }
        match self.parallel.poll(&self.engine, deadline)? {
            Step::Pending(_) => Some(false),
            Step::Done(Ok(MergedReplay { engine, events, took })) => {
                self.batch_size.record(events, took);
                self.report_cost();
                self.undo_log.clear(engine.position().events);
                self.recycler.recycle(std::mem::replace(&mut self.engine, engine));
                Some(true)
            }
            Step::Done(Err(_)) => {
                // A task panicked: the events are replayed undivided, which tells more.
                self.parallel.disable();
                self.parallel.cancel(&mut self.recycler);
                None
            }
        }
    }

    /// Begins a parallel replay from the start, if that pays. Returns whether it does.
    fn try_parallel(&mut self, start: &SeekStart) -> bool {
        let checkpoints = self.checkpointing.checkpoints();
        let may_divide = self.tape.is_finished() && !self.plan().inputs.is_empty();
        if !may_divide || self.seek.shows_progress || checkpoints.too_large() {
            return false;
        }
        let from = match start {
            SeekStart::Cursor => self.cursor(),
            SeekStart::Start => 0,
            SeekStart::Checkpoint(at) => *at,
            SeekStart::Incomplete => return false,
        };
        let near = self.target().saturating_sub(self.recorded_events());
        let stop = near.min(from.saturating_add(checkpoints.due_in(from, self.target())));
        let events = stop.saturating_sub(from);
        let cost = self.batch_size.cost_per_event();
        let nanos = events as f64 * cost.unwrap_or(self.parallel.tuning().assumed_event_nanos);
        let (state, bytes) = match start {
            SeekStart::Checkpoint(at) => {
                let bytes = checkpoints.last_before(*at).map_or(0, |(_, bytes)| bytes);
                let Some(of) = checkpoints.at(*at) else { return false };
                if !self.parallel.pays(events, nanos, bytes) {
                    return false;
                }
                (StartState::Checkpoint(Arc::clone(of)), bytes)
            }
            _ if !self.parallel.pays(events, nanos, 0) => return false,
            SeekStart::Start | SeekStart::Incomplete => {
                let first = self.engine.at_start();
                let parts = first.split(self.engine.plan(), &self.engine.partitions());
                (StartState::Parts(parts), 0)
            }
            SeekStart::Cursor => {
                let bytes = self.engine.bytes();
                if !self.parallel.pays_to_copy_cursor(events, checkpoints, bytes) {
                    return false;
                }
                (StartState::Cursor, bytes)
            }
        };
        self.seek.cancel(&mut self.recycler);
        // A replay from the first event copies nothing into recycled tables.
        let recycled = if bytes > 0 { self.recycler.take() } else { None };
        let input = self.input();
        let (from, to) = ((&self.engine, state, bytes), (stop, self.target()));
        let job = ParallelReplay::new(self.parallel.pool(), input, from, recycled, to);
        self.parallel.start(job);
        true
    }

    /// Completes checkpoints that lack states since the plan changed, until the deadline. Returns
    /// whether any does.
    pub(in crate::session) fn complete_checkpoints(&mut self, deadline: &Deadline) -> bool {
        self.checkpointing.complete(&self.engine, (&self.tape, &self.index), deadline)
    }
}
