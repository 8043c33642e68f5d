//! The inputs of a session, and the events of its parts: what each means to the others.

use std::sync::Arc;
use std::time::Instant;

use crate::base::Deadline;
use crate::plan::Plan;
use crate::tape::Arrangement;

use super::message::{Effect, Input};
use super::{Phase, Session, effect_of};
use crate::session::config::edits::Refused;
use crate::session::config::reload::{Adopted, ReloadContext, ReloadEvent};
use crate::session::config::source::ConfigRead;
use crate::session::config::state::Reading;
use crate::session::ingest::log_report::Known;
use crate::session::ingest::reader_event::{ReaderEvent, ReaderId};
use crate::session::ingest::stamps::Stamps;
use crate::session::memory::budget::BudgetNotice;
use crate::session::persistence::recovery::Recovered;
use crate::session::protocol::{Command, ConfigEdit};
use crate::session::snapshot::Tone;

impl Session {
    /// Takes an input.
    pub(super) fn take(&mut self, input: Input, now: Instant, effects: &mut Vec<Effect>) {
        match input {
            Input::Committed(outcome) => {
                if let Some(words) = self.store.committed(outcome, now) {
                    self.publisher.notify((Tone::Error, words));
                }
            }
            // After Quit other inputs are ignored.
            _ if !matches!(self.phase, Phase::Running { .. }) => {}
            Input::Nothing => {
                if self.config.due().is_some_and(|due| now >= due) {
                    effects.push(self.read_config(false));
                }
            }
            Input::Command(command) => self.obey(command, now, effects),
            Input::Query(ticket, query) => self.queries.push(ticket, query),
            Input::ConfigWritten(outcome) => self.config_written(outcome, effects),
            Input::ConfigTouched => effects.push(self.read_config(false)),
            Input::Config(read, stamps) => self.take_config(read, &stamps, now, effects),
            Input::Unwatched(error) => {
                let words = format!("the config cannot be watched ({error}): press r after a save");
                self.publisher.notify((Tone::Warning, words));
            }
            Input::Reader(ReaderId::First, event) => self.take_events(event, now, effects),
            Input::Reader(id, event) => self.take_events_again(id, event, now, effects),
            Input::Line(request, members) => self.publisher.take_members(&request, members),
            Input::Profile(event) => {
                self.log.profiled(event);
                self.publisher.outdate();
            }
            Input::Linted(linted) => {
                match self.checks.found(linted.number, linted.found) {
                    Some(Ok(found)) => self.config.set_lints(found),
                    Some(Err(words)) => self.publisher.notify((Tone::Error, words.to_owned())),
                    None => return,
                }
                self.publisher.outdate();
            }
            Input::Stamps(stamps) => self.take_stamps(&stamps),
            Input::ColumnsWritten(outcome) => {
                self.log.cached(outcome.is_ok());
                self.memory.release();
                if let Err(words) = outcome {
                    self.publisher.notify((Tone::Warning, words));
                }
            }
        }
    }

    fn obey(&mut self, command: Command, now: Instant, effects: &mut Vec<Effect>) {
        self.publisher.outdate();
        let (player, replay) = (&mut self.player, &mut self.replay);
        match command {
            Command::Play => player.play(replay, self.log.is_open()),
            Command::Cancel if self.config.give_up_test() => {
                self.publisher.notify((Tone::Note, "no test was written".to_owned()));
            }
            Command::Pause | Command::Cancel => player.pause(replay),
            Command::Step(events) => {
                self.store.release_cursor();
                player.step(replay, events, now);
            }
            Command::StepOfKey { output, key, events } => {
                self.store.release_cursor();
                if let Some(words) = player.step_of_key(replay, (&output, &key), events, now) {
                    self.publisher.notify((Tone::Note, words));
                }
            }
            Command::StepOfMatch { filter, from, events } => {
                self.publisher.go_to_match(filter, from, events);
            }
            Command::Seek(target) => {
                self.store.release_cursor();
                player.seek(replay, target, now);
            }
            Command::SetSpeed(speed) => player.set_speed(replay, speed),
            Command::Viewport(viewport) => self.publisher.look_at(viewport),
            Command::Reload => effects.push(self.read_config(true)),
            Command::EditConfig(ConfigEdit::SaveTest { .. }) if self.log.is_reading() => {
                let words = "the log is being read: a test can be made once it is there";
                self.publisher.notify((Tone::Note, words.to_owned()));
            }
            Command::EditConfig(edit) => match self.config.begin_edit(&edit, &self.replay) {
                Ok(write) => effects.extend(write.map(Effect::WriteConfig)),
                Err(Refused { words, feature }) => {
                    self.publisher.notify_of(feature, (Tone::Warning, words));
                }
            },
            Command::Quit => self.phase = Phase::Closing,
        }
    }

    /// An edit of the config was written, or not.
    fn config_written(&mut self, outcome: Result<(), String>, effects: &mut Vec<Effect>) {
        let is_written = outcome.is_ok();
        self.publisher.outdate();
        self.publisher.notify(self.config.edit_written(outcome));
        if is_written {
            effects.push(self.read_config(false));
        }
    }

    /// What reads the config.
    fn read_config(&self, asked: bool) -> Effect {
        Effect::ReadConfig { asked, files: self.log.watch().read().files() }
    }

    fn take_config(
        &mut self,
        read: ConfigRead,
        stamps: &Stamps,
        now: Instant,
        effects: &mut Vec<Effect>,
    ) {
        let event = match self.config.take(read, self.reload.is_applying(), now) {
            Reading::Nothing => None,
            Reading::PendingPlan(plan) => {
                self.publisher.outdate();
                let (replay, log) = (&mut self.replay, &mut self.log);
                self.reload.submit(plan, stamps, &mut ReloadContext { replay, log })
            }
            Reading::InUse(notice) => {
                self.publisher.notify((Tone::Good, notice));
                self.reload.cancel()
            }
            Reading::Refused(notice) => {
                self.publisher.notify((Tone::Error, notice));
                None
            }
        };
        if let Some(event) = event {
            self.reloaded(event, now, effects);
        }
    }

    /// Takes what the first reader of the log brings.
    fn take_events(&mut self, event: ReaderEvent, now: Instant, effects: &mut Vec<Effect>) {
        if !self.log.is_open() {
            return;
        }
        self.publisher.outdate();
        match event {
            ReaderEvent::Started(stamps) => self.log.started(stamps, now),
            ReaderEvent::Damaged(words) => self.publisher.notify((Tone::Note, words)),
            ReaderEvent::Batch(batch, progress) => {
                self.replay.extend(*batch);
                self.log.extended(progress);
                self.try_to_recover();
                let others = self.held_by_others();
                match self.memory.after_batch(&mut self.replay, others, self.log.share()) {
                    Some(BudgetNotice::Note(words)) => self.publisher.notify((Tone::Note, words)),
                    Some(BudgetNotice::Full(words)) => {
                        effects.push(Effect::StopReading(ReaderId::First));
                        self.break_off(&words, now, effects);
                    }
                    None => {}
                }
            }
            ReaderEvent::Idle => {
                if self.log.caught_up() {
                    self.memory.allow_copies(&mut self.replay, self.log.held());
                    self.try_to_recover();
                    if !self.store.is_restoring() {
                        self.go_to_start(now);
                    }
                }
            }
            ReaderEvent::CachedColumns(cached) => {
                let (tape, index) = *cached;
                self.replay.start_over(tape, index);
                let known = Known::default();
                self.log.ended(None, &known);
                let others = self.held_by_others();
                if let Some(words) = self.memory.after_columns(&mut self.replay, others) {
                    self.publisher.notify((Tone::Note, words));
                }
                self.end_of_log(Arrangement::Unchanged, now, effects);
                self.report_log(&known);
            }
            ReaderEvent::End(key, known) => {
                self.log.ended(key, &known);
                self.finish(&known, now, effects);
            }
            ReaderEvent::Failed(error) => self.break_off(&error, now, effects),
        }
    }

    /// The log is not read on.
    fn break_off(&mut self, words: &str, now: Instant, effects: &mut Vec<Effect>) {
        self.publisher.notify((Tone::Error, words.to_owned()));
        let known = Known::broken_off(words);
        self.log.ended(None, &known);
        self.finish(&known, now, effects);
    }

    fn finish(&mut self, known: &Known, now: Instant, effects: &mut Vec<Effect>) {
        let arrangement = self.replay.finish();
        self.end_of_log(arrangement, now, effects);
        self.report_log(known);
    }

    fn end_of_log(&mut self, arrangement: Arrangement, now: Instant, effects: &mut Vec<Effect>) {
        let others = self.held_by_others();
        self.memory.allow_copies(&mut self.replay, others);
        self.check_coverage();
        if arrangement == Arrangement::Reordered {
            self.store.start_over();
        }
        // What a store holds is of no use while no config is valid; the next save may be.
        if self.config.is_in_use() {
            let plan = Arc::clone(self.replay.plan());
            self.recover_or_replay(&plan, effects);
        }
        if !self.store.is_restoring() {
            self.go_to_start(now);
        }
    }

    fn report_log(&mut self, known: &Known) {
        let log = known.log(self.replay.tape());
        self.publisher.report_log(log, known.broken_off.is_some());
    }

    /// Goes where the session was to start, now that the events are there.
    pub(super) fn go_to_start(&mut self, now: Instant) {
        self.store.release_cursor();
        self.player.go_to_start(&mut self.replay, now);
    }

    fn try_to_recover(&mut self) {
        if self.config.is_in_use() {
            let plan = Arc::clone(self.replay.plan());
            self.store.try_to_recover(&plan, &self.replay);
        }
    }

    fn recover_or_replay(&mut self, plan: &Arc<Plan>, effects: &mut Vec<Effect>) {
        if let Some(recovered) = self.store.recover_or_replay(plan, &self.replay) {
            self.recovered(recovered, effects);
        }
    }

    /// A recovery is over.
    pub(super) fn recovered(&mut self, recovered: Recovered, effects: &mut Vec<Effect>) {
        let (notice, request) = self.store.recovered(recovered);
        self.publisher.notify(notice);
        effects.extend(request.map(effect_of));
    }

    /// Takes what a reader brings that reads the log again.
    fn take_events_again(
        &mut self,
        id: ReaderId,
        event: ReaderEvent,
        now: Instant,
        effects: &mut Vec<Effect>,
    ) {
        self.publisher.outdate();
        let is_batch = matches!(event, ReaderEvent::Batch(..));
        let (replay, log) = (&mut self.replay, &mut self.log);
        let mut event = self.reload.take(id, event, &mut ReloadContext { replay, log });
        if let (true, None, Some(read)) = (is_batch, &event, self.reload.read()) {
            let others = self.held_by_others();
            match self.memory.after_batch_again(&self.replay, others, read) {
                Some(BudgetNotice::Note(words)) => self.publisher.notify((Tone::Note, words)),
                Some(BudgetNotice::Full(words)) => event = self.reload.give_up(&words),
                None => {}
            }
        }
        if let Some(event) = event {
            self.reloaded(event, now, effects);
        }
    }

    fn take_stamps(&mut self, stamps: &Stamps) {
        let before = self.log.watch().change();
        if let Some(words) = self.log.compare(stamps) {
            self.publisher.notify((Tone::Warning, words));
        }
        if self.log.watch().change() != before {
            self.publisher.outdate();
        }
    }

    /// The reload has come to something.
    pub(super) fn reloaded(&mut self, event: ReloadEvent, now: Instant, effects: &mut Vec<Effect>) {
        match event {
            ReloadEvent::Read(request) => effects.push(Effect::ReadLog(request)),
            ReloadEvent::StopReading(id) => effects.push(Effect::StopReading(id)),
            ReloadEvent::GaveUp(id, words) => {
                effects.push(Effect::StopReading(id));
                self.config.give_up();
                self.publisher.notify((Tone::Error, words));
            }
            ReloadEvent::Widened => self.publisher.fields_read(&self.replay),
            ReloadEvent::NotWidened { id, field, words } => {
                effects.push(Effect::StopReading(id));
                self.publisher.cannot_read_field(field, words);
            }
            ReloadEvent::PlanAdopted { plan, cursor, with } => {
                self.adopted(&plan, cursor, with, now, effects);
            }
            ReloadEvent::Applied(applied) => {
                let now = self.clock.now();
                if let Some(notice) = self.config.applied(applied, &self.replay, now) {
                    self.publisher.mark_reload(&self.replay);
                    self.publisher.notify_applied(notice);
                }
                self.check_coverage();
            }
        }
    }

    /// Another plan is the replay's, maybe over other events. Its cursor was here before.
    fn adopted(
        &mut self,
        plan: &Arc<Plan>,
        cursor: usize,
        with: Adopted,
        now: Instant,
        effects: &mut Vec<Effect>,
    ) {
        let was_restoring = self.store.is_restoring();
        let mut ends_reading = false;
        match with {
            Adopted::Plan => {}
            Adopted::Columns(key) => self.log.widened(key),
            Adopted::Events(read) => {
                ends_reading = self.log.replaced(read.stamps, read.key, now);
                if ends_reading {
                    effects.push(Effect::StopReading(ReaderId::First));
                }
                self.report_log(&read.known);
            }
        }
        self.store.start_over();
        let was_recovering = self.store.is_recovering();
        self.recover_or_replay(plan, effects);
        while self.store.is_restoring() {
            let recovered = self.store.restore(&mut self.replay, &Deadline::never());
            recovered.into_iter().for_each(|recovered| self.recovered(recovered, effects));
        }
        // The end of a restore, which is here, is where the session starts.
        if ends_reading || (was_restoring && !self.log.is_reading()) {
            self.go_to_start(now);
        } else if self.player.follows() {
            self.replay.seek_to(self.replay.tape().events());
        } else if was_recovering && self.replay.moment().is_none() {
            self.replay.seek_to(cursor);
        }
        if !self.replay.is_filling() {
            self.plan_in_use();
        }
    }

    /// Another plan is the replay's, with all of its states.
    pub(super) fn plan_in_use(&mut self) {
        self.publisher.plan_changed(self.replay.plan());
        self.checks.cancel();
        if !self.reload.is_applying() {
            self.check_coverage();
        }
    }

    /// Checks the config in use against the log anew.
    fn check_coverage(&mut self) {
        let document = self.config.is_in_use().then(|| self.config.document());
        self.checks.start_over(document, &self.replay, &self.log);
    }
}
