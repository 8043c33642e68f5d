//! Write-behind: what the replay has changed is committed to the store, in slices that the screen
//! does not feel.
//!
//! What is written is true at one position. While the replay runs that is a checkpoint's, which
//! nobody changes; where it rests, that of a copy made for it. Both are encoded where they are
//! committed. Only states that are too large for copies are encoded here, and hold the replay up.

use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::base::{Clock, Deadline, Step, Task};
use crate::engine::{BatchBuilder, CopyTask, Engine, IncrementalWriter, StoreHeader, TooLarge};
use crate::plan::Plan;
use crate::store::Store;
use crate::tape::Tape;

use super::commit::Commit;
use super::recovery::{Recovered, Recovery};
use super::tuning::TUNING;
use crate::session::replay::Replay;
use crate::session::snapshot::Tone;

/// The store of a session, and what is on its way there.
pub(in crate::session) struct WriteBehind {
    store: StoreState,
    /// What is on its way to it.
    saving: Option<Saving>,
    writer: IncrementalWriter,
    /// When the last commit was over.
    committed_at: Instant,
    /// How long the last batch took to encode, and to commit.
    encoding_took: Duration,
    commit_took: Duration,
}

/// What becomes of the store.
enum StoreState {
    /// There is none, or it cannot be read.
    Absent,
    /// Its states wait to be taken in.
    Recovering(Box<Recovery>),
    /// It can be written.
    Ready,
    /// A commit is on its way, since then.
    Committing(Instant),
    /// A commit failed: nothing is written any more.
    Failed,
}

/// A batch in the making.
enum Saving {
    /// The states at the cursor, being copied.
    Copying(Box<CopyTask>),
    /// What has changed, being encoded.
    Encoding(Box<BatchBuilder>),
}

/// What a step of the store asks for.
pub(in crate::session) enum StoreRequest {
    /// From now on this store is written.
    Open(Box<dyn Store>),
    /// Commit this.
    Commit(Commit),
}

impl WriteBehind {
    /// Of a session without a store.
    pub(in crate::session) fn new(now: Instant) -> Self {
        Self {
            store: StoreState::Absent,
            saving: None,
            writer: IncrementalWriter::new(),
            committed_at: now,
            encoding_took: Duration::ZERO,
            commit_took: Duration::ZERO,
        }
    }

    /// The store is open, and holds this if it is not empty.
    pub(in crate::session) fn open(
        &mut self,
        store: Box<dyn Store>,
        saved: Option<StoreHeader>,
    ) -> Option<StoreRequest> {
        if let Some(saved) = saved {
            self.store = StoreState::Recovering(Box::new(Recovery::new(saved, store)));
            return None;
        }
        self.store = StoreState::Ready;
        Some(StoreRequest::Open(store))
    }

    /// The states or their numbers are other ones now: everything is written again.
    pub(in crate::session) fn start_over(&mut self) {
        self.writer = IncrementalWriter::new();
        self.saving = None;
    }

    /// Whether something is being encoded or taken in, and goes on at once.
    pub(in crate::session) fn is_at_work(&self) -> bool {
        self.saving.is_some() || self.is_restoring()
    }

    /// Whether there are states that wait to be taken in, or are.
    pub(in crate::session) const fn is_recovering(&self) -> bool {
        matches!(self.store, StoreState::Recovering(_))
    }

    /// Whether the store's states are being taken in.
    pub(in crate::session) fn is_restoring(&self) -> bool {
        matches!(&self.store, StoreState::Recovering(recovery) if recovery.is_under_way())
    }

    /// The share of states that are taken in, 0 to 1, while they are.
    pub(in crate::session) fn restored(&self) -> Option<f64> {
        match &self.store {
            StoreState::Recovering(recovery) => recovery.done(),
            _ => None,
        }
    }

    /// Whether event time should stand still, for a few slices.
    pub(in crate::session) const fn slows(&self) -> bool {
        matches!(self.saving, Some(Saving::Copying(_)))
    }

    /// Whether the cursor must stay where it is.
    pub(in crate::session) const fn holds_cursor(&self) -> bool {
        matches!(&self.saving, Some(Saving::Encoding(batch)) if batch.needs_engine())
    }

    /// Gives up what holds the cursor: someone wants to move it.
    pub(in crate::session) fn release_cursor(&mut self) {
        if self.holds_cursor() {
            self.saving = None;
        }
    }

    /// When to look again: for a commit that is late, or for one that is due.
    pub(in crate::session) fn due(&self, replay: &Replay, now: Instant) -> Option<Instant> {
        match self.store {
            StoreState::Committing(since) => Some(since + TUNING.commit_timeout),
            StoreState::Ready if self.is_behind(replay) => Some(now + TUNING.retry_interval),
            _ => None,
        }
    }

    /// Begins to take the store's states in, if so much of the log is there.
    pub(in crate::session) fn try_to_recover(&mut self, plan: &Arc<Plan>, replay: &Replay) {
        // Until the log has ended its events may still be sorted into another order: they may
        // not be the store's yet.
        if let StoreState::Recovering(recovery) = &mut self.store
            && order_is_final(replay.tape())
        {
            recovery.try_to_begin(plan, replay);
        }
    }

    /// The log has ended, or another plan is in use: begins to take the store's states in anew. A
    /// store that still waits is of another log, and is written anew.
    pub(in crate::session) fn recover_or_replay(
        &mut self,
        plan: &Arc<Plan>,
        replay: &Replay,
    ) -> Option<Recovered> {
        if let StoreState::Recovering(recovery) = &mut self.store {
            recovery.start_over();
        }
        self.try_to_recover(plan, replay);
        if self.is_restoring() {
            return None;
        }
        match std::mem::replace(&mut self.store, StoreState::Absent) {
            StoreState::Recovering(recovery) => Some(recovery.give_up()),
            other => {
                self.store = other;
                None
            }
        }
    }

    /// Takes states in until the deadline. Returns what came of it once that is over.
    pub(in crate::session) fn restore(
        &mut self,
        replay: &mut Replay,
        deadline: &Deadline,
    ) -> Option<Recovered> {
        match std::mem::replace(&mut self.store, StoreState::Absent) {
            StoreState::Recovering(recovery) => match recovery.work(replay, deadline) {
                Ok(recovered) => Some(recovered),
                Err(recovery) => {
                    self.store = StoreState::Recovering(recovery);
                    None
                }
            },
            other => {
                self.store = other;
                None
            }
        }
    }

    /// The recovery is over: from now on the store is written, if it can be. Returns what to say.
    pub(in crate::session) fn recovered(
        &mut self,
        recovered: Recovered,
    ) -> ((Tone, String), Option<StoreRequest>) {
        let Recovered { store, writer, notice } = recovered;
        if let Some(writer) = writer {
            self.writer = writer;
        }
        if store.is_some() {
            self.store = StoreState::Ready;
        }
        (notice, store.map(StoreRequest::Open))
    }

    /// A commit has come to its outcome. Returns in words what went wrong; nothing is written then.
    pub(in crate::session) fn committed(
        &mut self,
        outcome: Result<(), String>,
        now: Instant,
    ) -> Option<String> {
        let StoreState::Committing(since) = self.store else { return None };
        self.commit_took = now - since;
        // The pause is between the end of a commit and the next one.
        self.committed_at = now;
        match outcome {
            Ok(()) => {
                self.store = StoreState::Ready;
                None
            }
            Err(words) => {
                self.store = StoreState::Failed;
                Some(format!("{words}; nothing more is written"))
            }
        }
    }

    /// Gives a commit up that has not come to its outcome in time. Returns that in words.
    pub(in crate::session) fn check_timeout(&mut self, now: Instant) -> Option<String> {
        match self.store {
            StoreState::Committing(since) if now - since >= TUNING.commit_timeout => {
                let seconds = TUNING.commit_timeout.as_secs();
                self.committed(Err(format!("the store has not answered for {seconds} s")), now)
            }
            _ => None,
        }
    }

    /// Whether the store lacks something.
    fn is_behind(&self, replay: &Replay) -> bool {
        !matches!(self.store, StoreState::Absent | StoreState::Recovering(_))
            && !replay.is_filling()
            && self.writer.position().is_none_or(|written| replay.cursor() > written)
    }

    /// Whether a batch could be written now.
    fn can_write(&self, replay: &Replay) -> bool {
        matches!(self.store, StoreState::Ready)
            && self.is_behind(replay)
            && order_is_final(replay.tape())
    }

    /// Writes behind what is due, a slice of it. `rests` says that nothing moves the cursor or
    /// brings more of the log.
    pub(in crate::session) fn work(
        &mut self,
        replay: &mut Replay,
        rests: bool,
        clock: &Clock,
    ) -> Option<StoreRequest> {
        let now = clock.now();
        if self.saving.is_none() && self.is_due(replay, rests, now) {
            self.encoding_took = Duration::ZERO;
            self.saving = self.begin(replay, rests);
        }
        self.saving.as_ref()?;
        let request = self.go_on(replay, now, &Deadline::at(clock.clone(), now + TUNING.slice));
        self.encoding_took += clock.now() - now;
        request
    }

    fn is_due(&self, replay: &Replay, rests: bool, now: Instant) -> bool {
        if !self.can_write(replay) {
            return false;
        }
        let interval = if rests { TUNING.paced_interval } else { TUNING.full_speed_interval };
        let pause = interval
            .max(self.encoding_took * TUNING.pause_per_encoding)
            .max(self.commit_took * TUNING.pause_per_commit);
        now - self.committed_at >= pause
    }

    /// `None` where nothing can be saved just now.
    fn begin(&self, replay: &Replay, rests: bool) -> Option<Saving> {
        let cursor = replay.cursor();
        let checkpoint = replay.checkpoint_between(self.writer.position(), cursor);
        if let Some(copy) = checkpoint.filter(|copy| !rests || copy.position().events == cursor) {
            return Some(self.encode(replay, copy));
        }
        if replay.is_too_large_to_copy() {
            return Some(self.encode_live(replay));
        }
        rests.then(|| {
            let copy = CopyTask::new(replay.engine()).with_limit(replay.copy_limit());
            Saving::Copying(Box::new(copy))
        })
    }

    fn encode(&self, replay: &Replay, copy: Arc<Engine>) -> Saving {
        let fingerprint = replay.tape().fingerprint(copy.position().events);
        Saving::Encoding(Box::new(self.writer.begin(copy, replay.index(), fingerprint)))
    }

    fn encode_live(&self, replay: &Replay) -> Saving {
        let fingerprint = replay.tape().fingerprint(replay.cursor());
        let batch = self.writer.begin_borrowed(replay.engine(), replay.index(), fingerprint);
        Saving::Encoding(Box::new(batch))
    }

    fn go_on(
        &mut self,
        replay: &mut Replay,
        now: Instant,
        deadline: &Deadline,
    ) -> Option<StoreRequest> {
        self.saving = match self.saving.take()? {
            Saving::Copying(copying) if copying.events() != replay.cursor() => {
                // The cursor has gone on; another time.
                replay.drop_later(copying.cancel());
                None
            }
            Saving::Copying(mut copying) => match copying.step(replay.engine(), deadline) {
                Step::Pending(_) => Some(Saving::Copying(copying)),
                Step::Done(Ok((copy, _))) => Some(self.encode(replay, Arc::new(copy))),
                Step::Done(Err(TooLarge)) => Some(self.encode_live(replay)),
            },
            Saving::Encoding(mut batch) => {
                match batch.step((replay.engine(), replay.index()), deadline) {
                    Step::Pending(_) => Some(Saving::Encoding(batch)),
                    Step::Done(()) => {
                        self.writer.mark_written(&batch);
                        self.store = StoreState::Committing(now);
                        return Some(StoreRequest::Commit(Commit::new(batch)));
                    }
                }
            }
        };
        None
    }

    /// The end of a session: writes all that is not yet written. Returns whether nothing is on its
    /// way any more.
    pub(in crate::session) fn close(
        &mut self,
        replay: &mut Replay,
        now: Instant,
    ) -> (bool, Option<StoreRequest>) {
        if matches!(self.store, StoreState::Committing(_)) {
            return (self.check_timeout(now).is_some(), None);
        }
        self.saving = None;
        if !self.can_write(replay) {
            return (true, None);
        }
        self.saving = Some(self.encode_live(replay));
        (false, self.go_on(replay, now, &Deadline::never()))
    }
}

/// Whether the order of the events up to the cursor is likely to be final. A log that turned out to
/// be unsorted is arranged anew at its end; what was written until then would be of no use.
fn order_is_final(tape: &Tape) -> bool {
    tape.is_finished() || tape.reordered() == 0
}
