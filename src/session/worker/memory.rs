//! A session whose memory is bounded: after each batch of a log, and as often as it works, it gives
//! pages of events the memory that nothing else takes, and says what is to be said of that.

use crate::tape::Tape;

use super::Worker;
use super::reload::Reingest;
use crate::session::config::state::PendingPlan;
use crate::session::ingest::reader_thread::{LogReader, ReaderEvent};
use crate::session::memory_budget::{BudgetNotice, MemoryUsage, Read};
use crate::session::replay::Replay;
use crate::session::snapshot::Tone;

impl Worker {
    /// What is held, by the replay and by one that is being read anew, and by who reads them.
    fn held(&self) -> MemoryUsage {
        let others = self.rereading.as_ref().map(|again| &again.replay);
        let again = self.rereading.as_ref().map(|again| &again.loading);
        let readers = self.loading.iter().chain(again).map(LogReader::held);
        let next = self.configuring.next.as_ref().and_then(PendingPlan::tape);
        MemoryUsage {
            fixed: self.replay.fixed_bytes()
                + others.map_or(0, Replay::fixed_bytes)
                + next.map_or(0, Tape::bytes)
                + readers.sum::<usize>()
                + self.reserved,
            engine: self.replay.engine().bytes(),
            states: self.replay.state_bytes(),
            checkpoints: self.replay.checkpoint_bytes(),
        }
    }

    /// A batch was taken in: says what all of the log will take, and ends the reading where it may
    /// take no more.
    pub(in crate::session) fn look_at_batch(&mut self) {
        if !self.memory.is_due() {
            return;
        }
        let read = read(self.loading.as_ref(), &self.replay);
        let held = self.limit_copies();
        match self.memory.grown(read, held) {
            Some(BudgetNotice::Note(words)) => self.notify(Tone::Note, words),
            Some(BudgetNotice::Full(words)) => self.take(ReaderEvent::Failed(words)),
            None => {}
        }
    }

    /// The same of events that were kept.
    pub(in crate::session) fn look_at_kept(&mut self) {
        let events = self.replay.tape().events();
        if let Some(words) = self.memory.came(events, self.held()) {
            self.notify(Tone::Note, words);
        }
    }

    /// The same of a log that is read again: why it cannot be read on, if it cannot.
    pub(in crate::session) fn look_at_batch_again(&mut self) -> Option<String> {
        if !self.memory.is_due() {
            return None;
        }
        let Reingest { loading, replay, .. } = self.rereading.as_ref()?;
        let read = read(Some(loading), replay);
        match self.memory.grown(read, self.held())? {
            BudgetNotice::Note(words) => {
                self.notify(Tone::Note, words);
                None
            }
            BudgetNotice::Full(words) => Some(words),
        }
    }

    /// Keeps to the bound, and tells once what went wrong with pages. Where one could not be read
    /// again, nothing more is done: it would not be right.
    pub(in crate::session) fn look_at_pages(&mut self) {
        if self.memory.pager().is_none() || self.has_failed {
            return;
        }
        if self.columns.as_ref().is_none_or(|columns| !columns.is_busy()) {
            self.reserved = 0;
        }
        let held = self.limit_copies();
        self.memory.balance(held);
        // While the log is read, it is the reading that ends.
        if let Some((words, is_wrong)) = self.memory.fault()
            && (is_wrong || self.loading.is_none())
        {
            self.has_failed = is_wrong;
            self.notify(if is_wrong { Tone::Error } else { Tone::Warning }, words);
        }
    }

    /// Allows fewer copies of the states where there is no longer memory for as many. Returns what
    /// is held then.
    fn limit_copies(&mut self) -> MemoryUsage {
        let held = self.held();
        let (known, limits) = (self.replay.copy_limit(), self.memory.checkpoints(held));
        if limits.bytes < known && (held.checkpoints > limits.bytes || limits.bytes == 0) {
            self.replay.limit_copies(limits);
            return self.held();
        }
        held
    }

    /// The log is read: what its lines took is free, maybe for copies of the states.
    pub(in crate::session) fn allow_copies(&mut self) {
        let limits = self.memory.checkpoints(self.held());
        if limits.bytes > self.replay.copy_limit() {
            self.replay.limit_checkpoints(limits);
        }
    }

    /// Whether there is memory to write the file of columns, which takes another index; then so
    /// much is set aside for it.
    pub(in crate::session) fn reserve_for_columns(&mut self) -> bool {
        let needed = self.replay.index().bytes();
        if !self.memory.has_room(self.held(), needed) {
            return false;
        }
        self.reserved = needed;
        true
    }
}

fn read(loading: Option<&LogReader>, replay: &Replay) -> Read {
    let tape = replay.tape();
    let done = loading.map_or(1.0, LogReader::done);
    let waiting = if tape.needs_reorder() { tape.reorder_bytes() } else { 0 };
    Read {
        done,
        events: tape.events(),
        reorder_exceeds_memory: tape.reorder_exceeds_memory(),
        waiting,
    }
}
