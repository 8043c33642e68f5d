//! When a replay goes a long way share by share: whether that pays, and what becomes of it when
//! the goal changes. It must not know threads.

use crate::base::Deadline;
use std::sync::Arc;

use crate::engine::Engine;

use super::Replay;
use super::backfill::Backfill;
use super::job::{ParallelReplay, ReplayInput, StartState};
use super::seek::SeekStart;

/// What an event is taken to cost, in nanoseconds, until that is measured.
const PRICE: f64 = 100.0;
/// How many bytes of states are copied in a nanosecond.
const COPIED: f64 = 4.0;
/// The states at the cursor, which are shown, are copied for a way that takes so many times longer.
const PAYS: usize = 3;

impl Replay {
    /// The event next to the goal to which states have come; the cursor follows when all have.
    #[must_use]
    pub fn nearest(&self) -> usize {
        self.job.as_ref().map_or(self.cursor(), ParallelReplay::events)
    }

    /// Goes on with a way that is being gone share by share. Returns whether it has come to its
    /// end, and so events may be applied; `None` if there is no such way.
    pub(in crate::session) fn poll_parallel(&mut self, deadline: &Deadline) -> Option<bool> {
        let job = self.job.as_mut()?;
        let is_lost = job.is_lost();
        if is_lost {
            self.pool.disable_parallelism();
        }
        if is_lost || self.is_watched || !job.serves(self.target) {
            self.give_flight_up();
            return None;
        }
        let Some(engine) = job.go_on(&self.pool, &self.engine, deadline) else {
            return Some(false);
        };
        let (events, took) = job.flown();
        self.job = None;
        self.batch_size.learn(events, took);
        self.measured();
        self.undo_log.clear(engine.position().events);
        let left = std::mem::replace(&mut self.engine, engine);
        self.put_by(Some(left));
        Some(true)
    }

    /// Keeps states that are not needed any more as room for others; those that were kept before
    /// are left over.
    fn put_by(&mut self, states: Option<Engine>) {
        let Some(states) = states else { return };
        if let Some(before) = self.spare.replace(states) {
            self.leftovers.take(before);
        }
    }

    /// Sets out from a base, if what lies between it and the goal is worth being gone share by
    /// share. Returns whether it is.
    pub(in crate::session) fn try_parallel(&mut self, base: &SeekStart) -> bool {
        let nothing = self.plan().inputs.is_empty();
        if nothing || self.is_watched || !self.tape.is_finished() || self.checkpoints.too_large() {
            return false;
        }
        let from = match base {
            SeekStart::Cursor => self.cursor(),
            SeekStart::Start => 0,
            SeekStart::Checkpoint(at) => *at,
            SeekStart::Broken => return false,
        };
        let near = self.target.saturating_sub(self.watches());
        let stop = near.min(from.saturating_add(self.checkpoints.due_in(from, self.target)));
        let events = stop.saturating_sub(from);
        let nanos = events as f64 * self.batch_size.price().unwrap_or(PRICE);
        let least = self.pool.least().as_nanos() as f64;
        let (origin, bytes) = match base {
            SeekStart::Checkpoint(at) => {
                let bytes = self.checkpoints.last_before(*at).map_or(0, |(_, bytes)| bytes);
                let Some(of) = self.checkpoints.at(*at) else { return false };
                if events == 0 || nanos + (bytes as f64 / COPIED) < least {
                    return false;
                }
                (StartState::Checkpoint(Arc::clone(of)), bytes)
            }
            _ if events == 0 || nanos < least => return false,
            SeekStart::Start | SeekStart::Broken => {
                let fresh = self.engine.at_start();
                (StartState::Parts(fresh.split(self.engine.plan(), &self.engine.partitions())), 0)
            }
            SeekStart::Cursor => {
                let bytes = self.engine.bytes();
                if events < PAYS * self.checkpoints.break_even_events(bytes) {
                    return false;
                }
                (StartState::Cursor, bytes)
            }
        };
        let ground = self.ground();
        let restored = self.restoring.take().map(|restoring| restoring.finish().0);
        self.put_by(restored);
        // What sets out with nothing has no use for room.
        let room = if bytes > 0 { self.spare.take() } else { None };
        let from = (&self.engine, origin, bytes);
        self.job =
            Some(ParallelReplay::new(&mut self.pool, ground, from, room, (stop, self.target)));
        true
    }

    /// The events and their keys, to be looked at by others.
    pub(in crate::session) fn ground(&self) -> ReplayInput {
        ReplayInput { tape: Arc::clone(&self.tape), index: Arc::clone(&self.index) }
    }

    /// Gives a way up that is being gone, if there is one.
    pub(in crate::session) fn give_flight_up(&mut self) {
        self.cancelled.retain_mut(|job| !job.is_home(false));
        if let Some(mut job) = self.job.take() {
            let states = job.call_off(&self.pool);
            self.put_by(states);
            self.cancelled.push(job);
        }
    }

    /// The same; nobody else looks at events, keys and checkpoints any more when it returns.
    pub(in crate::session) fn cancel_and_join(&mut self) {
        self.give_flight_up();
        if let Some(mut job) = self.filling.take().and_then(Backfill::into_flight) {
            if let Some(states) = job.call_off(&self.pool) {
                self.leftovers.take(states);
            }
            self.cancelled.push(job);
        }
        self.cancelled.drain(..).for_each(|mut job| _ = job.is_home(true));
    }
}
