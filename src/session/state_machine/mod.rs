//! The session as a state machine: inputs go in one at a time, each step does a slice of a few
//! milliseconds of work, and what is to be done outside comes out as effects. It knows no thread, no
//! file and no channel, and reads no clock but its own, so that a test can drive it input by input.
//!
//! A session is made of parts that know as little of each other as they can: the replay, playback,
//! the config and its reload, the log, the store, the memory limit, what is shown, queries. What one
//! part has to say to another is an event, which goes through a `match` here.

mod inputs;
pub(in crate::session) mod message;
pub(in crate::session) mod publisher;
mod tuning;
mod writes;

use std::time::{Duration, Instant};

use crate::base::{Clock, Deadline};

use super::config::checks::Checks;
use super::config::reload::{Reload, ReloadContext};
use super::config::state::ConfigState;
use super::ingest::log_state::Log;
use super::memory::MemoryLimit;
use super::persistence::write_behind::WriteBehind;
use super::playback::Player;
use super::protocol::Target;
use super::query::QueryQueue;
use super::replay::Replay;
use super::snapshot::Tone;
use super::view::events::FoundMatch;
use super::view::explanation;
pub use message::{Effect, Input, Step};
use publisher::{Publisher, Shown};
use tuning::TUNING;
use writes::effect_of;

/// A session.
pub struct Session {
    clock: Clock,
    phase: Phase,
    replay: Replay,
    player: Player,
    config: ConfigState,
    reload: Reload,
    checks: Checks,
    log: Log,
    store: WriteBehind,
    memory: MemoryLimit,
    publisher: Publisher,
    queries: QueryQueue,
}

/// Whether a session goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    /// It works; and whether idle-time work is left.
    Running { works_ahead: bool },
    /// It was told to quit, and what is not yet written is being written.
    Closing,
    /// It is over.
    Closed,
}

/// The parts of a session before its first step.
pub(in crate::session) struct Parts {
    pub(in crate::session) clock: Clock,
    pub(in crate::session) replay: Replay,
    pub(in crate::session) player: Player,
    pub(in crate::session) config: ConfigState,
    pub(in crate::session) log: Log,
    pub(in crate::session) store: WriteBehind,
    pub(in crate::session) memory: MemoryLimit,
    pub(in crate::session) publisher: Publisher,
}

impl Session {
    /// A session whose first reader is about to start.
    pub(in crate::session) fn new(parts: Parts) -> Self {
        let Parts { clock, replay, player, config, log, store, memory, publisher } = parts;
        Self {
            clock,
            phase: Phase::Running { works_ahead: false },
            replay,
            player,
            config,
            reload: Reload::Idle,
            checks: Checks::default(),
            log,
            store,
            memory,
            publisher,
            queries: QueryQueue::default(),
        }
    }

    /// Takes an input, and does a slice of what is to be done; `now` is the clock's present moment.
    pub fn step(&mut self, input: Input, now: Instant) -> Step {
        let mut effects = Vec::new();
        self.take(input, now, &mut effects);
        if matches!(self.phase, Phase::Running { .. }) {
            self.work(now, &mut effects);
        }
        if self.phase == Phase::Closing {
            self.close(now, &mut effects);
        }
        let due = self.due();
        Step { effects, due }
    }

    /// Whether it is over.
    #[must_use]
    pub const fn has_ended(&self) -> bool {
        matches!(self.phase, Phase::Closed)
    }

    /// Does a slice of what is to be done, of each thing in its turn.
    fn work(&mut self, now: Instant, effects: &mut Vec<Effect>) {
        if !self.memory.has_failed() {
            let works_on = self.move_cursor(now, effects);
            self.advance_reload(now, effects);
            if works_on {
                self.work_ahead(effects);
            }
            self.find_events(now);
            // A filter may need more of the log.
            self.advance_reload(now, effects);
            let line = self.publisher.line_wanted(&self.replay);
            effects.extend(line.map(|request| Effect::ReadLine(Box::new(request))));
            self.read_profile(effects);
            self.save_test(effects);
        }
        effects.extend(self.checks.stops_lints().then_some(Effect::StopLints));
        self.enforce_memory();
        if self.log.is_look_due(self.reload.is_reading(), now) {
            effects.push(Effect::StampFiles(self.log.watch().read().files()));
        }
        if !self.memory.has_failed() {
            self.write_behind(effects);
            self.write_columns(effects);
        }
        let answers = self.queries.answer(&self.replay, self.memory.has_failed());
        effects.extend(answers.into_iter().map(|(ticket, answer)| Effect::Answer(ticket, answer)));
        self.publish(effects);
    }

    /// Moves the cursor, or takes states in from the store. Returns whether the cursor is free.
    fn move_cursor(&mut self, now: Instant, effects: &mut Vec<Effect>) -> bool {
        let deadline = Deadline::at(self.clock.clone(), now + TUNING.slice);
        if self.store.is_restoring() {
            self.phase = Phase::Running { works_ahead: false };
            self.publisher.outdate();
            if let Some(recovered) = self.store.restore(&mut self.replay, &deadline) {
                self.recovered(recovered, effects);
                if !self.log.is_reading() {
                    self.go_to_start(now);
                }
            }
            return false;
        }
        if self.store.holds_cursor() {
            return false;
        }
        // A seek back that is under way comes first, and a store whose states wait to be taken in.
        let is_back = self.replay.target() < self.replay.cursor();
        let waits = self.store.is_recovering() && self.log.is_reading();
        if !is_back
            && !waits
            && !self.store.slows()
            && self.player.advance(&mut self.replay, self.log.is_open(), now)
        {
            self.publisher.outdate();
        }
        let was_filling = self.replay.is_filling();
        let before = self.replay.nearest();
        self.replay.set_watched(self.player.runs());
        if self.replay.work(&deadline) {
            self.publisher.outdate();
            let now = self.clock.now();
            self.player.moved(before, self.replay.nearest(), now);
        }
        if self.replay.is_idle() {
            self.player.arrived(self.clock.now());
        }
        if was_filling && !self.replay.is_filling() {
            self.plan_in_use();
        }
        true
    }

    /// Works ahead while nothing else is to be done or to be shown: of the history and of the
    /// explanation that are shown; and while none is made, of the cursor, and of what the log has to
    /// say to the config.
    fn work_ahead(&mut self, effects: &mut Vec<Effect>) {
        let is_idle = self.replay.is_idle() && !self.log.is_reading();
        let is_outdated = self.publisher.is_outdated();
        let explains = self.publisher.explains();
        let mut works_ahead = explains || (is_idle && is_outdated);
        if !explains && !self.log.is_reading() && !self.player.is_playing() && !is_outdated {
            let known = self.replay.known_from();
            works_ahead |= self.replay.prepare(&self.slice());
            // Effects of more events may be shown.
            if self.replay.known_from() != known {
                self.publisher.outdate();
            }
        }
        if is_idle {
            let now = self.clock.now();
            works_ahead |= self.publisher.read_history(&self.replay, &self.slice(), now);
        }
        let cx = explanation::Context {
            replay: &self.replay,
            config: self.config.used(),
            is_reading: self.log.is_reading(),
        };
        works_ahead |= self.publisher.explain(cx, &self.slice(), self.clock.now());
        self.phase = Phase::Running { works_ahead };
        if explains {
            return;
        }
        let checks_on = self.check(effects);
        self.phase = Phase::Running { works_ahead: works_ahead || checks_on };
    }

    /// Goes on with what the log has to say to the config. Returns whether there is more to do.
    fn check(&mut self, effects: &mut Vec<Effect>) -> bool {
        let slice = self.slice();
        let (found, checks_on) = self.checks.work(self.config.document(), &self.replay, &slice);
        if let Some(found) = found {
            self.config.set_found(self.replay.plan(), found);
            if let Some(notice) = self.config.notice_with_findings() {
                self.publisher.notify_applied(notice);
            }
            self.publisher.outdate();
        }
        let room = || self.memory.room_for_profile(&self.replay, self.held_by_others());
        let memory = self.checks.are_measured().then(room).flatten();
        let request = self.checks.request(self.config.in_use_with_text(), &self.replay, memory);
        effects.extend(request.map(|request| Effect::Lint(Box::new(request))));
        if self.config.set_judged(self.checks.judged(&self.replay, &self.log)) {
            self.publisher.outdate();
        }
        checks_on
    }

    /// Looks for the events that the screen is to show, and goes to those that were asked for.
    fn find_events(&mut self, now: Instant) {
        let deadline = self.slice();
        match self.publisher.find_events(&self.replay, &deadline, now).0 {
            Some(FoundMatch::Event(number)) => {
                self.store.release_cursor();
                self.player.seek(&mut self.replay, Target::Event(number), now);
                self.publisher.outdate();
            }
            Some(FoundMatch::Nowhere(words)) => self.publisher.notify((Tone::Note, words)),
            None => {}
        }
    }

    /// Goes on with a test of a value, and has it written.
    fn save_test(&mut self, effects: &mut Vec<Effect>) {
        let slice = self.slice();
        match self.config.save_test(&self.replay, &slice) {
            Some(Ok(write)) => effects.push(Effect::WriteConfig(write)),
            Some(Err(notice)) => self.publisher.notify(notice),
            None => return,
        }
        self.publisher.outdate();
    }

    /// Reads the profile of the log, if the screen shows it.
    fn read_profile(&mut self, effects: &mut Vec<Effect>) {
        let demand = self.replay.tape().demand();
        let is_wanted = self.publisher.wants_profile() && !self.reload.is_reading();
        if !is_wanted || !self.log.lacks_profile(&demand.settings) {
            return;
        }
        let memory = self.memory.room_for_profile(&self.replay, self.held_by_others());
        let request = self.log.profiling(demand, memory);
        effects.extend(request.map(|request| Effect::ReadProfile(Box::new(request))));
        self.publisher.outdate();
    }

    /// The end of a slice of work that begins now.
    fn slice(&self) -> Deadline {
        Deadline::after(&self.clock, TUNING.slice)
    }

    /// Lets the reload go on as far as it can.
    fn advance_reload(&mut self, now: Instant, effects: &mut Vec<Effect>) {
        loop {
            let (replay, log) = (&mut self.replay, &mut self.log);
            let mut cx = ReloadContext { replay, log };
            let event = self.reload.advance(&mut cx).or_else(|| {
                let field = self.publisher.wanted_field(cx.replay)?;
                self.reload.widen(field, &mut cx)
            });
            let Some(event) = event else { return };
            self.reloaded(event, now, effects);
        }
    }

    /// The bytes of memory that others than the replay hold.
    fn held_by_others(&self) -> usize {
        self.log.held() + self.reload.held() + self.publisher.held() + self.checks.held()
    }

    fn enforce_memory(&mut self) {
        let (others, is_reading) = (self.held_by_others(), self.log.is_reading());
        if let Some(notice) = self.memory.enforce(&mut self.replay, others, is_reading) {
            self.publisher.notify(notice);
        }
    }

    /// Whether nothing moves the cursor or brings more of the log.
    fn rests(&self) -> bool {
        self.replay.is_idle() && !self.log.is_reading()
    }

    fn publish(&mut self, effects: &mut Vec<Effect>) {
        let frame = self.frame();
        let mut shown = Shown {
            replay: &mut self.replay,
            player: &self.player,
            config: self.config.config(),
            loading: self.log.done().or_else(|| self.store.restored()),
            rereading: self.reload.done(),
            log: self.log.watch().change(),
            profile: self.log.profile(),
            document: self.config.used(),
        };
        let snapshot = self.publisher.publish(&mut shown, frame, &self.clock);
        effects.extend(snapshot.map(Effect::Publish));
    }

    /// The least time between two snapshots.
    fn frame(&self) -> Duration {
        let is_quiet = self.rests() && !self.store.is_restoring() && !self.player.is_playing();
        if is_quiet { Duration::ZERO } else { TUNING.busy_frame_interval }
    }

    /// When the next step is due if nothing comes in.
    fn due(&self) -> Option<Instant> {
        let now = self.clock.now();
        let works_ahead = match self.phase {
            Phase::Running { works_ahead } => works_ahead,
            Phase::Closing => return self.store.due(&self.replay, now),
            Phase::Closed => return None,
        };
        let has_failed = self.memory.has_failed();
        let is_at_work = works_ahead
            || self.publisher.finds_events()
            || self.config.is_saving_test()
            || self.store.is_at_work();
        if !has_failed && (is_at_work || !self.replay.is_idle()) {
            return Some(now);
        }
        if self.publisher.is_outdated() {
            return Some(self.publisher.due(self.frame()));
        }
        let is_moving =
            self.player.is_playing() || self.log.is_reading() || self.reload.is_reading();
        let frame = is_moving.then(|| now + TUNING.busy_frame_interval);
        let store = self.store.due(&self.replay, now).filter(|_| !has_failed);
        [frame, store, self.config.due(), self.log.watch().due()].into_iter().flatten().min()
    }
}
