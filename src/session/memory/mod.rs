//! The memory of a session: after each batch of a log, and as often as the session works, pages of
//! events get the memory that nothing else takes. `budget` forecasts and decides; what is held is
//! gathered here.

pub(in crate::session) mod budget;

use std::sync::Arc;

use crate::profile::Limits;
use crate::tape::{BufferPool, Tape};

use crate::session::replay::Replay;
use crate::session::snapshot::Tone;
use budget::{BudgetNotice, MemoryBudget, MemoryUsage};

pub(in crate::session) use budget::Read;

/// The memory limit of a session.
pub(in crate::session) struct MemoryLimit {
    budget: MemoryBudget,
    /// The bytes that something else than the replay may take for a while.
    reserved: usize,
    /// Whether events could not be read again: what would follow from them is not done.
    has_failed: bool,
}

impl Read {
    /// How far a log is read, from its events and the share of its bytes.
    pub(in crate::session) fn of(tape: &Tape, done: f64) -> Self {
        let waiting = if tape.needs_reorder() { tape.reorder_bytes() } else { 0 };
        Self {
            done,
            events: tape.events(),
            reorder_exceeds_memory: tape.reorder_exceeds_memory(),
            waiting,
        }
    }
}

/// The least memory that a profile of the log is worth reading with.
const LEAST_PROFILE: u64 = 8 << 20;

impl MemoryLimit {
    pub(in crate::session) const fn new(budget: MemoryBudget) -> Self {
        Self { budget, reserved: 0, has_failed: false }
    }

    /// Limits the copies of the states of a log of which nothing is read yet.
    pub(in crate::session) fn limit_first_copies(&self, replay: &mut Replay) {
        replay.limit_checkpoints(self.budget.checkpoints(MemoryUsage::default()));
    }

    /// Where events are that find no room; `None` where there is no bound.
    pub(in crate::session) fn pager(&self) -> Option<&Arc<BufferPool>> {
        self.budget.pager()
    }

    /// Whether events could not be read again.
    pub(in crate::session) const fn has_failed(&self) -> bool {
        self.has_failed
    }

    /// What is held: by the replay, and so many bytes by others.
    fn usage(&self, replay: &Replay, others: usize) -> MemoryUsage {
        MemoryUsage {
            fixed: replay.fixed_bytes() + others + self.reserved,
            engine: replay.engine().bytes(),
            states: replay.state_bytes(),
            checkpoints: replay.checkpoint_bytes(),
        }
    }

    /// A batch of the log was taken in: what is to be said of the memory that all of it will take.
    pub(in crate::session) fn after_batch(
        &mut self,
        replay: &mut Replay,
        others: usize,
        done: f64,
    ) -> Option<BudgetNotice> {
        if !self.budget.is_due() {
            return None;
        }
        let read = Read::of(replay.tape(), done);
        let usage = self.limit_copies(replay, others);
        self.budget.grown(read, usage)
    }

    /// The same of a log that is read again, so far.
    pub(in crate::session) fn after_batch_again(
        &mut self,
        replay: &Replay,
        others: usize,
        read: Read,
    ) -> Option<BudgetNotice> {
        if !self.budget.is_due() {
            return None;
        }
        let usage = self.usage(replay, others);
        self.budget.grown(read, usage)
    }

    /// The same of events that came at once, from the column cache.
    pub(in crate::session) fn after_columns(
        &mut self,
        replay: &mut Replay,
        others: usize,
    ) -> Option<String> {
        self.limit_first_copies(replay);
        let usage = self.usage(replay, others);
        self.budget.came(replay.tape().events(), usage)
    }

    /// Enforces the limit, and tells once what went wrong with pages. Where one could not be read
    /// again, nothing more is done: it would not be right.
    pub(in crate::session) fn enforce(
        &mut self,
        replay: &mut Replay,
        others: usize,
        is_reading: bool,
    ) -> Option<(Tone, String)> {
        if self.budget.pager().is_none() || self.has_failed {
            return None;
        }
        let usage = self.limit_copies(replay, others);
        self.budget.balance(usage);
        // While the log is read, it is the reading that ends.
        let fault = self.budget.fault();
        let (words, is_wrong) = fault.filter(|(_, is_wrong)| *is_wrong || !is_reading)?;
        self.has_failed = is_wrong;
        Some((if is_wrong { Tone::Error } else { Tone::Warning }, words))
    }

    /// Allows fewer copies of the states where there is no longer memory for as many. Returns what
    /// is held then.
    fn limit_copies(&self, replay: &mut Replay, others: usize) -> MemoryUsage {
        let usage = self.usage(replay, others);
        let (known, limits) = (replay.copy_limit(), self.budget.checkpoints(usage));
        if limits.bytes < known && (usage.checkpoints > limits.bytes || limits.bytes == 0) {
            replay.limit_copies(limits);
            return self.usage(replay, others);
        }
        usage
    }

    /// The log is read: what its lines took is free, maybe for copies of the states.
    pub(in crate::session) fn allow_copies(&self, replay: &mut Replay, others: usize) {
        let limits = self.budget.checkpoints(self.usage(replay, others));
        if limits.bytes > replay.copy_limit() {
            replay.limit_checkpoints(limits);
        }
    }

    /// Whether there is memory to write the column cache, which takes another index; then so much
    /// is reserved for it.
    pub(in crate::session) fn reserve_for_columns(
        &mut self,
        replay: &Replay,
        others: usize,
    ) -> bool {
        let needed = replay.index().bytes();
        if !self.budget.has_room(self.usage(replay, others), needed) {
            return false;
        }
        self.reserved = needed;
        true
    }

    /// The memory that the profile of the log may take; `None` if there is none for it.
    pub(in crate::session) fn room_for_profile(
        &self,
        replay: &Replay,
        others: usize,
    ) -> Option<u64> {
        let usage = self.usage(replay, others);
        let halves = std::iter::successors(Some(Limits::MEMORY), |memory| Some(memory / 2));
        let mut enough = halves.take_while(|memory| *memory >= LEAST_PROFILE);
        enough.find(|memory| {
            usize::try_from(*memory).is_ok_and(|memory| self.budget.has_room(usage, memory))
        })
    }

    /// Nothing is reserved any more.
    pub(in crate::session) const fn release(&mut self) {
        self.reserved = 0;
    }
}
