//! Keeping states between sessions: writing behind, in slices that the screen does not feel.
//!
//! What is written is true at one position. While the replay runs that is a checkpoint's, which
//! nobody changes; where it rests, that of a copy made for it. Both become records on the store's
//! thread. Only states that are too large for copies are gathered here, and hold the replay up.

use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::base::{Clock, Deadline, Step, Task, clock};
use crate::engine::{BatchBuilder, CopyTask, Engine, IncrementalWriter, TooLarge};

use super::Worker;
use super::recovery::Recovery;
use crate::session::persistence::writer_thread::StoreWriter;
use crate::session::snapshot::Tone;

/// How often states are written behind, at most, while event time runs at its own speed.
const CALM: Duration = Duration::from_millis(1500);
/// How often they are while the replay runs as fast as it can: what a kill costs is this much
/// work, and the commit that was under way.
const PRESSED: Duration = Duration::from_millis(250);
/// Gathering what changed takes time from the replay. It is left this many times as long in peace.
const SHARE: u32 = 16;
/// A commit takes time from whatever else there is to do; so much for it, and the rest is idle.
const COMMITS: u32 = 2;
/// How long a slice of gathering may take.
const SLICE: Duration = Duration::from_millis(2);

/// The store of a session, and what is on its way there.
pub(in crate::session) struct WriteBehind {
    /// A store that waits until the log is read up to its position.
    pub(in crate::session) resuming: Option<Recovery>,
    /// The store that is written.
    pub(in crate::session) keeping: Option<StoreWriter>,
    /// What is on its way to it.
    saving: Option<Pending>,
    pub(in crate::session) saver: IncrementalWriter,
    /// When the last commit was over.
    kept_at: Instant,
    /// How long it took to gather, and to commit.
    took: (Duration, Duration),
}

/// What is being gathered.
enum Pending {
    /// The states at the cursor, being copied.
    CopyTask(Box<CopyTask>),
    /// What has changed.
    BatchBuilder(Box<BatchBuilder>),
}

impl WriteBehind {
    /// With a store that waits, or one that is written; or none.
    pub(in crate::session) fn new(
        resuming: Option<Recovery>,
        keeping: Option<StoreWriter>,
    ) -> Self {
        Self {
            resuming,
            keeping,
            saving: None,
            saver: IncrementalWriter::new(),
            kept_at: clock::instant(),
            took: (Duration::ZERO, Duration::ZERO),
        }
    }

    /// The states or their numbers are other ones now: everything is written again.
    pub(in crate::session) fn start_over(&mut self) {
        self.saver = IncrementalWriter::new();
        self.saving = None;
    }

    /// Whether something is being gathered or taken in, and goes on at once.
    pub(in crate::session) fn is_at_work(&self) -> bool {
        self.saving.is_some() || self.is_restoring()
    }

    /// Whether the store's states are being taken in.
    pub(in crate::session) fn is_restoring(&self) -> bool {
        self.resuming.as_ref().is_some_and(Recovery::is_under_way)
    }

    /// Whether a commit is on its way.
    pub(in crate::session) fn is_busy(&self) -> bool {
        self.keeping.as_ref().is_some_and(StoreWriter::is_busy)
    }

    /// Whether what is gathered can be written.
    pub(in crate::session) fn is_ready(&self) -> bool {
        self.keeping.as_ref().is_some_and(StoreWriter::is_ready)
    }

    /// Whether event time should stand still, for a few slices.
    pub(in crate::session) const fn slows(&self) -> bool {
        matches!(self.saving, Some(Pending::CopyTask(_)))
    }

    /// Whether the cursor must stay where it is.
    pub(in crate::session) const fn holds(&self) -> bool {
        matches!(&self.saving, Some(Pending::BatchBuilder(gathering)) if gathering.needs_engine())
    }

    /// Gives up what holds the cursor: someone wants to move it.
    pub(in crate::session) fn release_cursor(&mut self) {
        if self.holds() {
            self.saving = None;
        }
    }

    /// Looks at the commit that is on its way, and waits for it if this is the `last` time. What
    /// went wrong is returned once.
    fn settle(&mut self, last: bool) -> Option<String> {
        let keeping = self.keeping.as_mut()?;
        let was_busy = keeping.is_busy();
        let failure = if last { keeping.wait() } else { keeping.poll() };
        if was_busy && !keeping.is_busy() {
            // The pause is between the end of a commit and the next one.
            let now = clock::instant();
            self.took.1 = now - self.kept_at;
            self.kept_at = now;
        }
        failure
    }

    /// Hands over what is gathered.
    fn write(&mut self, gathering: BatchBuilder) {
        self.saver.mark_written(&gathering);
        self.kept_at = clock::instant();
        if let Some(keeping) = &mut self.keeping {
            keeping.write(move || gathering.finish());
        }
    }
}

impl Worker {
    /// Whether the store lacks something.
    pub(in crate::session) fn is_behind(&self) -> bool {
        self.storing.keeping.is_some()
            && !self.replay.is_filling()
            && self.storing.saver.position().is_none_or(|kept| self.replay.cursor() > kept)
    }

    /// Writes behind what is due, a slice of it; all that is not yet written if this is the
    /// `last` time.
    pub(in crate::session) fn keep(&mut self, last: bool) {
        if let Some(error) = self.storing.settle(last) {
            self.notify(Tone::Error, format!("{error}; nothing more is written"));
        }
        if last {
            self.keep_all();
            return;
        }
        if self.storing.saving.is_none() && self.is_save_due() {
            self.storing.took.0 = Duration::ZERO;
            self.storing.saving = self.begin_to_save();
        }
        if self.storing.saving.is_some() {
            let began = clock::instant();
            self.go_on_saving(&Deadline::at(Clock::System, began + SLICE));
            self.storing.took.0 += began.elapsed();
        }
    }

    fn is_save_due(&self) -> bool {
        if !self.storing.is_ready() || !self.is_behind() || !self.stands() {
            return false;
        }
        let pressed = self.loading.is_some() || !self.replay.is_idle();
        let (gathering, commit) = self.storing.took;
        let pause =
            (if pressed { PRESSED } else { CALM }).max(gathering * SHARE).max(commit * COMMITS);
        self.storing.kept_at.elapsed() >= pause
    }

    /// `None` where nothing can be saved just now.
    fn begin_to_save(&self) -> Option<Pending> {
        let cursor = self.replay.cursor();
        let rests = self.replay.is_idle() && self.loading.is_none();
        let after = self.storing.saver.position();
        let left = self.replay.checkpoint_between(after, cursor);
        if let Some(copy) = left.filter(|copy| !rests || copy.position().events == cursor) {
            return Some(self.gather(copy));
        }
        if self.replay.is_too_large_to_copy() {
            return Some(self.gather_held());
        }
        rests.then(|| {
            let copy = CopyTask::new(self.replay.engine());
            Pending::CopyTask(Box::new(copy.with_limit(self.replay.copy_limit())))
        })
    }

    fn gather(&self, copy: Arc<Engine>) -> Pending {
        let fingerprint = self.replay.tape().fingerprint(copy.position().events);
        let saver = &self.storing.saver;
        Pending::BatchBuilder(Box::new(saver.begin(copy, self.replay.index(), fingerprint)))
    }

    fn gather_held(&self) -> Pending {
        let (engine, index) = (self.replay.engine(), self.replay.index());
        let fingerprint = self.replay.tape().fingerprint(self.replay.cursor());
        Pending::BatchBuilder(Box::new(self.storing.saver.begin_borrowed(
            engine,
            index,
            fingerprint,
        )))
    }

    fn go_on_saving(&mut self, deadline: &Deadline) {
        let engine = self.replay.engine();
        self.storing.saving = match self.storing.saving.take() {
            None => None,
            Some(Pending::CopyTask(copying)) if copying.events() != self.replay.cursor() => {
                // The cursor has gone on; another time.
                self.replay.drop_later(copying.cancel());
                None
            }
            Some(Pending::CopyTask(mut copying)) => match copying.step(engine, deadline) {
                Step::Pending(_) => Some(Pending::CopyTask(copying)),
                Step::Done(Ok((copy, _))) => Some(self.gather(Arc::new(copy))),
                Step::Done(Err(TooLarge)) => Some(self.gather_held()),
            },
            Some(Pending::BatchBuilder(mut gathering)) => {
                match gathering.step((engine, self.replay.index()), deadline) {
                    Step::Pending(_) => Some(Pending::BatchBuilder(gathering)),
                    Step::Done(()) => {
                        self.storing.write(*gathering);
                        None
                    }
                }
            }
        };
    }

    /// Writes all that is not yet written, and waits for it.
    fn keep_all(&mut self) {
        self.storing.saving = None;
        if self.storing.is_ready() && self.is_behind() && self.stands() {
            self.storing.saving = Some(self.gather_held());
            self.go_on_saving(&Deadline::never());
            if let Some(keeping) = &mut self.storing.keeping {
                keeping.wait();
            }
        }
    }

    /// Keeps the log's events beside the store, once they are all there and nothing else is to
    /// be done.
    pub(in crate::session) fn keep_columns(&mut self) {
        let Some(columns) = &mut self.columns else { return };
        let was_busy = columns.is_busy();
        let error = columns.poll();
        if was_busy && !columns.is_busy() {
            // A config may wait for the tape.
            self.apply_config();
        }
        if let Some(error) = error {
            self.notify(Tone::Warning, error);
            return;
        }
        let Some(columns) = &mut self.columns else { return };
        // Reading the log comes before writing what it says.
        if self.loading.is_none()
            && self.rereading.is_none()
            && self.replay.is_idle()
            && let Some(name) = self.name.take_if(|_| columns.is_ready())
        {
            if !self.reserve_for_columns() {
                self.notify(
                    Tone::Note,
                    "--max-memory leaves no room to save the columns of the log: the next start \
                     reads the log again"
                        .to_owned(),
                );
                return;
            }
            let plan = Arc::clone(self.replay.plan());
            if let Some(columns) = &mut self.columns {
                columns.write(name, Arc::clone(self.replay.tape()), plan);
            }
        }
    }

    /// Whether the events up to the cursor are likely to stand. A log that turned out to be
    /// unsorted is arranged anew at its end; what was written until then would be of no use.
    pub(in crate::session) fn stands(&self) -> bool {
        let tape = self.replay.tape();
        tape.is_finished() || tape.reordered() == 0
    }
}
