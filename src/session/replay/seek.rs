//! Moving the cursor: back over the events that are watched, on from a checkpoint, or forward
//! event by event; and what is worked ahead in idle time, so that the next move is a short one.
//! Pure but for the deadlines of its slices; it must not know threads, files or what is shown.
//!
//! However the cursor came to an event, the states there are the same, bit for bit.

use crate::base::{Deadline, clock};
use std::time::Duration;

use crate::engine::{BackfillEngine, CopyTask, Progress};

use super::Replay;
use super::backfill::task::{Way, fill};
use super::prefetch::{Outcome, PrefetchGoal, Prefetcher};

/// How many events before the goal are watched on the way there.
const WATCHED: usize = 128;
/// Where states are too large for checkpoints, so that going back further is a replay from the
/// start, more are.
const WATCHED_ALONE: usize = 1024;
/// With fewer than so many watched events, those before them are watched ahead of time.
const LOW: usize = 1024;
/// With fewer than so many, a step back does not leave that to idle time alone.
const SCARCE: usize = 256;
/// How many events are watched ahead of time in one go.
const STRETCH: usize = 1024;
/// From how far away the scout leaves a checkpoint on its way, and how far before its errand.
const FAR: usize = 32_768;
/// How long a step back may work for the steps that will follow.
const AHEAD: Duration = Duration::from_millis(1);

/// Where the way to the goal begins.
pub(in crate::session) enum SeekStart {
    /// At the cursor.
    Cursor,
    /// Before the first event.
    Start,
    /// At a checkpoint.
    Checkpoint(usize),
    /// At a checkpoint that still lacks something.
    Broken,
}

impl Replay {
    /// Sends the cursor to an event; [`Replay::work`] brings it there.
    pub fn seek_to(&mut self, events: usize) {
        self.target = events.min(self.tape.events());
        self.moment = None;
        if self.target == self.cursor() {
            self.give_flight_up();
            if let Some(copying) = self.restoring.take() {
                self.spare = Some(copying.finish().0);
            }
        }
    }

    /// Works towards the goal until the deadline, or until it is reached. Returns whether
    /// anything was done.
    pub fn work(&mut self, deadline: &Deadline) -> bool {
        if self.filling.is_some() {
            self.fill(deadline);
            return true;
        }
        if self.target == self.cursor() {
            return false;
        }
        let back = self.target < self.cursor();
        if self.position_near_target(deadline) {
            self.go_on(deadline);
        }
        if back && self.is_idle() && self.undo_log.len() < SCARCE {
            // Steps that follow each other without a pause leave no other time for it.
            self.prepare(&deadline.within(AHEAD));
        }
        true
    }

    /// Brings the cursor near the goal without applying events: takes back those that are
    /// watched, or goes on from a checkpoint if that is closer. Returns whether events may now be
    /// applied.
    fn position_near_target(&mut self, deadline: &Deadline) -> bool {
        if self.target < self.cursor() && self.undo_log.reaches(self.target) {
            self.give_flight_up();
            while self.target < self.cursor() {
                let Some(observed) = self.undo_log.pop() else { break };
                self.engine.undo(&observed.undo);
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
            let base = self.base();
            if self.try_parallel(&base) {
                return false;
            }
            match base {
                SeekStart::Cursor => return true,
                SeekStart::Start => {
                    let fresh = self.engine.at_start();
                    self.leftovers.take(std::mem::replace(&mut self.engine, fresh));
                    self.undo_log.clear(0);
                    return true;
                }
                SeekStart::Broken => {
                    if !self.mend(deadline) || deadline.has_passed() {
                        return false;
                    }
                }
                SeekStart::Checkpoint(at) => {
                    // What the last jump left makes room for the next copy.
                    while self.leftovers.drop_one() {
                        if deadline.has_passed() {
                            return false;
                        }
                    }
                    let Some(of) = self.checkpoints.at(at) else { return false };
                    let known = match self.restoring.take() {
                        Some(known) if known.events() == at => Some(known),
                        other => {
                            self.spare = other.map(|other| other.finish().0).or(self.spare.take());
                            None
                        }
                    };
                    let spare = &mut self.spare;
                    let mut copying = known.unwrap_or_else(|| match spare.take() {
                        Some(spare) => CopyTask::reusing(of, spare),
                        None => CopyTask::new(of),
                    });
                    if copying.go_on(of, usize::MAX, deadline) == Progress::Going {
                        self.restoring = Some(copying);
                        return false;
                    }
                    let copy = copying.finish().0;
                    self.spare = Some(std::mem::replace(&mut self.engine, copy));
                    self.undo_log.clear(at);
                    return true;
                }
            }
        }
    }

    /// Where the way to the goal is best begun.
    fn base(&self) -> SeekStart {
        let near = self.target.saturating_sub(self.watches());
        let back = self.target < self.cursor();
        let from = if back { 0 } else { self.cursor() };
        let pays = |at: usize, bytes: usize| at > from + self.checkpoints.break_even_events(bytes);
        let any = self.checkpoints.last_before(near).filter(|(at, bytes)| pays(*at, *bytes));
        let whole =
            self.checkpoints.last_complete_before(near).map(|(kept, _)| kept.position().events);
        match any {
            Some((at, _)) if whole == Some(at) => SeekStart::Checkpoint(at),
            Some(_) => SeekStart::Broken,
            None if back => SeekStart::Start,
            None => SeekStart::Cursor,
        }
    }

    /// How many events before the goal are watched.
    pub(in crate::session) const fn watches(&self) -> usize {
        if self.checkpoints.too_large() { WATCHED_ALONE } else { WATCHED }
    }

    /// Applies events up to the goal.
    fn go_on(&mut self, deadline: &Deadline) {
        let watches = self.watches();
        while self.cursor() < self.target {
            let cursor = self.cursor();
            let due = self.checkpoints.due_in(cursor, self.target);
            if due == 0 && !self.leave(deadline) {
                break;
            }
            if self.target - cursor <= watches {
                let Some(observed) = self.engine.apply_recorded(&self.tape, &self.index) else {
                    break;
                };
                self.undo_log.push(observed);
            } else {
                let stop = (self.target - watches).min(cursor.saturating_add(due.max(1)));
                self.batch_size.apply(&mut self.engine, &self.tape, &self.index, stop);
                self.measured();
                self.undo_log.clear(self.engine.position().events);
            }
            if deadline.has_passed() {
                break;
            }
        }
    }

    /// Tells the checkpoints what an event was found to cost.
    pub(in crate::session) fn measured(&mut self) {
        if let Some(nanos) = self.batch_size.price() {
            let (bytes, took) = self.left;
            self.checkpoints.set_costs(nanos, (took > 0.0).then(|| bytes / took));
        }
    }

    /// Leaves a checkpoint at the cursor. Returns whether that is done.
    fn leave(&mut self, deadline: &Deadline) -> bool {
        let known = self.leaving.take().filter(|known| known.events() == self.cursor());
        let mut copying = known.unwrap_or_else(|| CopyTask::new(&self.engine));
        let began = clock::instant();
        let progress = copying.go_on(&self.engine, self.checkpoints.limits().bytes, deadline);
        self.left.1 += began.elapsed().as_nanos() as f64;
        match progress {
            Progress::Going => {
                self.leaving = Some(copying);
                return false;
            }
            Progress::TooLarge => self.checkpoints.mark_too_large(),
            Progress::Done => {
                let (engine, bytes) = copying.finish();
                // The last few tell most of what the next one will take.
                self.left = (f64::midpoint(self.left.0, bytes as f64), self.left.1 / 2.0);
                self.checkpoints.insert(engine, bytes);
            }
        }
        true
    }

    /// Gives checkpoints what they lack since the plan changed: a piece of the way to the next
    /// one that lacks something. Returns whether any does, and so whether anything was done.
    fn mend(&mut self, deadline: &Deadline) -> bool {
        let Some(first) = self.checkpoints.first_incomplete() else {
            self.mending = None;
            return false;
        };
        if self.mending.as_ref().is_none_or(|mending| mending.events() > first) {
            let Some((missing, _)) = self.checkpoints.missing() else { return false };
            self.mending = Some(BackfillEngine::new(self.engine.plan(), &missing));
        }
        let Some(mending) = &mut self.mending else { return false };
        let way = Way { tape: &self.tape, index: &self.index, stop: first };
        if !fill(mending, &mut self.mending_pace, way, deadline) {
            return true;
        }
        self.checkpoints.backfill_from(mending.engine());
        true
    }

    /// Works ahead of what may be asked for next, until the deadline: watches earlier events, so
    /// that they can be taken back, mends checkpoints and leaves more of them. Call it while
    /// [nothing else](Self::is_idle) is to be done. Returns whether there was anything to do.
    pub fn prepare(&mut self, deadline: &Deadline) -> bool {
        let mut worked = false;
        while self.is_idle() && self.prepare_piece(deadline) {
            worked = true;
            if deadline.has_passed() {
                break;
            }
        }
        worked
    }

    fn prepare_piece(&mut self, deadline: &Deadline) -> bool {
        if self.leftovers.drop_one() || self.checkpoints.measure() || self.mend(deadline) {
            return true;
        }
        let first = self.undo_log.first();
        let prefetcher = self.prefetcher.take().filter(|prefetcher| prefetcher.serves(first));
        let Some(mut prefetcher) = prefetcher.or_else(|| self.send_out()) else { return false };
        let ground = (&*self.tape, &*self.index);
        match prefetcher.go_on(ground, &mut self.checkpoints, &mut self.batch_size, deadline) {
            Outcome::Going => {
                self.prefetcher = Some(prefetcher);
                return true;
            }
            Outcome::UndoLog(run) => self.undo_log.prepend(run),
            Outcome::Done => {}
        }
        prefetcher.give_up(&mut self.leftovers);
        true
    }

    /// Sends the scout out, if there is something for it to do.
    fn send_out(&self) -> Option<Prefetcher> {
        if self.checkpoints.too_large() {
            // A second engine of that size is no help.
            return None;
        }
        let until = self.undo_log.first();
        let (known, room) = (self.undo_log.len(), self.undo_log.room());
        let errand = if until > 0 && known < LOW.min(usize::midpoint(known, room)) {
            let from = until.saturating_sub(room.min(STRETCH));
            let base = self
                .checkpoints
                .last_complete_before(from)
                .map_or(0, |(kept, _)| kept.position().events);
            if from - base > FAR && self.checkpoints.has_room_near(&self.engine) {
                PrefetchGoal::Leave { at: from - FAR / 2, near: true }
            } else {
                PrefetchGoal::Watch { from, until, seen: Vec::new() }
            }
        } else {
            PrefetchGoal::Leave { at: self.checkpoints.next_gap(self.tape.events())?, near: false }
        };
        Some(Prefetcher::new(errand, &self.engine, &self.checkpoints))
    }
}
