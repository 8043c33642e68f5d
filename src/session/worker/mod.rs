//! The worker: one thread that owns tape, engine and store of a session and does one thing at a
//! time, in slices of a few milliseconds, so that a command never waits.
//!
//! Each file is one of its duties. `reload` takes a saved config from its text to new values.
//! `write_behind` commits to the store what changed since the last batch, about four times a second
//! while the replay runs: a batch is true at one position of the log, that of a checkpoint or of a
//! copy made at the cursor, and is encoded and committed by the store's own thread. `recovery` goes
//! on from what an earlier session stored, as soon as so much of the log is read and found to be the
//! same. `memory` enforces `--max-memory`. `log_watch` looks once a second whether the logs are still
//! the files that were read. `coverage` holds config and log against each other in idle time.

pub(in crate::session) mod commands;
pub(in crate::session) mod coverage;
pub(in crate::session) mod log_report;
pub(in crate::session) mod log_watch;
pub(in crate::session) mod memory;
pub(in crate::session) mod recovery;
pub(in crate::session) mod reload;
pub(in crate::session) mod waiting;
pub(in crate::session) mod write_behind;

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, Sender, never, select};

use crate::base::{Clock, Deadline, clock};
use crate::log::Member;
use crate::tape::Arrangement;

use super::config::state::ConfigState;
use super::config::watch::Watch;
use super::ingest::column_cache::{CacheKey, ColumnCache};
use super::ingest::reader_thread::{LogReader, LogSource, ReaderEvent};
use super::memory_budget::{MemoryBudget, MemoryUsage};
use super::playback::Player;
use super::protocol::{Command, Target, Viewport};
use super::replay::Replay;
use super::snapshot::{Notice, Snapshot, Source, Tone};
use super::view::{ViewBuilder, ViewInput};
use log_report::Known;
use log_watch::LogWatch;
use recovery::Recovery;
use reload::Reingest;
use waiting::BUSY_FRAME;
use write_behind::WriteBehind;

/// How long a slice of work may take before commands are looked at.
const SLICE: Duration = Duration::from_millis(4);

/// Everything that a session has.
pub(super) struct Worker {
    pub(super) commands: Receiver<Command>,
    pub(super) newest: Arc<Mutex<Option<Arc<Snapshot>>>>,
    pub(super) ping: Sender<()>,
    pub(super) replay: Replay,
    pub(super) player: Player,
    pub(super) configuring: ConfigState,
    pub(super) log: LogSource,
    pub(super) log_watch: LogWatch,
    pub(super) loading: Option<LogReader>,
    pub(super) memory: MemoryBudget,
    /// The bytes that something else than the replay may take for a while.
    pub(super) reserved: usize,
    /// Whether events could not be read again: what would follow from them is not done.
    pub(super) has_failed: bool,
    /// Where to go once the log is read, and whether to play from there.
    pub(super) start: Option<(Target, bool)>,
    /// A log being read again for a config that needs more of it.
    pub(super) rereading: Option<Reingest>,
    /// The store, if there is one.
    pub(super) storing: WriteBehind,
    /// The file that keeps the log's events beside the store.
    pub(super) columns: Option<ColumnCache>,
    /// The name under which the events of the tape can be kept, once the log is read.
    pub(super) name: Option<CacheKey>,
    /// The members of the first events of the log, once it is read.
    pub(super) members: Vec<Member>,
    pub(super) look: Viewport,
    pub(super) scene: ViewBuilder,
    pub(super) notice: Option<Notice>,
    pub(super) source: Arc<Source>,
    pub(super) watch: Option<Watch>,
    /// The snapshot that was published last.
    pub(super) last: Option<Arc<Snapshot>>,
    pub(super) shown_at: Instant,
    pub(super) dirty: bool,
    /// Whether there may be something to work ahead.
    pub(super) prepares: bool,
}

/// What comes in from outside.
enum Incoming {
    Command(Command),
    Touched,
    ReaderEvent(ReaderEvent),
    Reread(ReaderEvent),
    Nothing,
}

/// The end of a slice of work that begins now.
fn slice() -> Deadline {
    Deadline::after(&Clock::System, SLICE)
}

fn is_past(moment: Instant) -> bool {
    clock::instant() >= moment
}

impl Worker {
    /// Works until told to quit.
    pub(super) fn run(mut self) {
        loop {
            match self.wait() {
                Incoming::Command(Command::Quit) => break,
                Incoming::Command(command) => self.obey(command),
                Incoming::Touched => self.read_config(false),
                Incoming::ReaderEvent(loaded) => self.take(loaded),
                Incoming::Reread(loaded) => self.take_again(loaded),
                Incoming::Nothing if self.configuring.due().is_some_and(is_past) => {
                    self.read_config(false);
                }
                Incoming::Nothing => {}
            }
            self.work();
            self.look_at_pages();
            self.look_at_log();
            if !self.has_failed {
                self.keep(false);
                self.keep_columns();
            }
            self.publish();
        }
        if !self.has_failed {
            self.keep(true);
        }
        self.columns = None;
    }

    /// Takes what has come in; waits for it if there is nothing else to do.
    fn wait(&self) -> Incoming {
        let busy = !self.has_failed && (!self.replay.is_idle() || self.storing.is_at_work());
        let at_once = busy || self.dirty || self.prepares;
        let timeout = if at_once { self.until_frame(busy) } else { self.idle() };
        let never_loaded = never();
        let never_touched = never();
        let loaded = self.loading.as_ref().map_or(&never_loaded, |loading| &loading.incoming);
        let reread = self.rereading.as_ref().map_or(&never_loaded, |again| &again.loading.incoming);
        let touched = self.watch.as_ref().map_or(&never_touched, |watch| &watch.touched);
        // Commands first, whatever else has come in.
        if let Ok(command) = self.commands.try_recv() {
            return Incoming::Command(command);
        }
        select! {
            recv(self.commands) -> command => command.map_or(Incoming::Command(Command::Quit), Incoming::Command),
            recv(touched) -> _ => {
                touched.try_iter().for_each(drop);
                Incoming::Touched
            }
            recv(loaded) -> loaded => Incoming::ReaderEvent(loaded.unwrap_or_else(|_| ReaderEvent::lost())),
            recv(reread) -> loaded => Incoming::Reread(loaded.unwrap_or_else(|_| ReaderEvent::lost())),
            default(timeout) => Incoming::Nothing,
        }
    }

    /// Does a slice of what is to be done.
    fn work(&mut self) {
        let deadline = &slice();
        if self.has_failed {
            return;
        }
        if self.storing.is_restoring() {
            self.prepares = false;
            self.resume(deadline);
            return;
        }
        if self.storing.holds() {
            return;
        }
        // A seek back that is under way comes first, and a store that waits to be taken up.
        let target = self.replay.target();
        let resumes = self.storing.resuming.is_some() && self.loading.is_some();
        if target >= self.replay.cursor() && !resumes && !self.storing.slows() {
            let there = self.replay.is_idle();
            let from = self.replay.runs_from();
            let tape = self.replay.tape();
            let was_playing = self.player.is_playing();
            let due = self.player.due(tape, from, target, there, self.loading.is_some());
            // At the end of the log event time stands.
            self.dirty |= was_playing && !self.player.is_playing();
            if let Some(events) = due.filter(|events| *events != target) {
                self.replay.seek_to(events);
            }
        }
        let was_filling = self.replay.is_filling();
        let before = self.replay.nearest();
        self.replay.set_watched(self.player.runs());
        if self.replay.work(deadline) {
            self.dirty = true;
            self.player.moved(before, self.replay.nearest());
        }
        if self.replay.is_idle() {
            self.player.arrived();
        }
        if was_filling && !self.replay.is_filling() {
            self.config_is_applied();
        } else if self.configuring.waits() {
            self.tell_change();
        }
        self.prepare();
        self.read_history();
        self.prepares |= self.cover(&slice());
    }

    /// Works ahead in what is left of a slice, while nothing else is to be done or to be shown.
    fn prepare(&mut self) {
        let idle = self.loading.is_none() && !self.player.is_playing() && !self.dirty;
        self.prepares = self.replay.is_idle() && self.loading.is_none() && self.dirty;
        if idle {
            let known = self.replay.known_from();
            self.prepares = self.replay.prepare(&slice());
            // Effects of more events may be shown.
            self.dirty |= self.replay.known_from() != known;
        }
    }

    /// Reads on in the history that is shown. What was read is shown with the next frame.
    fn read_history(&mut self) {
        let is_idle = self.replay.is_idle() && self.loading.is_none();
        if is_idle && self.scene.reads_history() {
            let is_read = self.scene.read_history(&self.replay, &slice());
            self.prepares |= !is_read;
            self.dirty |= is_read || self.shown_at.elapsed() >= BUSY_FRAME;
        }
    }

    /// Takes what the log brings.
    pub(super) fn take(&mut self, loaded: ReaderEvent) {
        self.dirty = true;
        match loaded {
            ReaderEvent::Batch(batch) => {
                self.replay.extend(*batch);
                if self.configuring.is_in_use() {
                    let plan = Arc::clone(self.replay.plan());
                    self.try_to_resume(&plan);
                }
                self.look_at_batch();
            }
            ReaderEvent::CachedColumns(kept) => {
                self.loading = None;
                let (tape, index) = *kept;
                self.replay.start_over(tape, index);
                let copies = self.memory.checkpoints(MemoryUsage::default());
                self.replay.limit_checkpoints(copies);
                self.look_at_kept();
                self.end_of_log(Arrangement::Unchanged);
                self.tell_log(&Known::default());
            }
            ReaderEvent::Damaged(words) => self.notify(Tone::Note, words),
            ReaderEvent::Idle => {}
            ReaderEvent::End(name, known) => {
                self.loading = None;
                self.name = name;
                self.finish(&known);
            }
            ReaderEvent::Failed(error) => {
                self.loading = None;
                self.notify(Tone::Error, error.clone());
                self.finish(&Known::broken_off(&error));
            }
        }
    }

    fn finish(&mut self, known: &Known) {
        self.members = known.outcomes.iter().flat_map(|it| it.members.iter().cloned()).collect();
        let arrangement = self.replay.finish();
        self.end_of_log(arrangement);
        self.tell_log(known);
    }

    fn end_of_log(&mut self, arrangement: Arrangement) {
        self.allow_copies();
        self.cover_again();
        if arrangement == Arrangement::Reordered {
            self.storing.start_over();
        }
        // What a store holds is of no use to a config that says nothing; it may be mended.
        if self.configuring.is_in_use() {
            let plan = Arc::clone(self.replay.plan());
            self.resume_or_replay(&plan);
        }
        if !self.storing.is_restoring() {
            self.go_to_start();
        }
    }

    /// Shows where things stand, if there is something new and a frame has passed.
    fn publish(&mut self) {
        if !self.dirty || self.shown_at.elapsed() < self.frame() {
            return;
        }
        let restoring = self.storing.resuming.as_ref().and_then(Recovery::done);
        let snapshot = Arc::new(self.scene.draw(&mut ViewInput {
            replay: &mut self.replay,
            player: &self.player,
            look: &self.look,
            source: &self.source,
            config: self.configuring.config(),
            notice: &self.notice,
            loading: self.loading.as_ref().map(LogReader::done).or(restoring),
            rereading: self.rereading.as_ref().map(|again| again.loading.done()),
            log: self.log_watch.change(),
            last: self.last.take(),
        }));
        self.last = Some(Arc::clone(&snapshot));
        *self.newest.lock().unwrap_or_else(PoisonError::into_inner) = Some(snapshot);
        // A ping that is not yet taken stands for this snapshot too.
        let _ = self.ping.try_send(());
        self.shown_at = clock::instant();
        self.dirty = self.scene.is_unfinished();
    }
}
