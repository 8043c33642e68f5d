//! Taking a saved config up: reading it, reading the log again if it needs more of it, and
//! telling what it changed.

use std::sync::Arc;

use crate::engine::demand;

use crate::engine::covers;
use crate::plan::Plan;
use crate::tape::{Demand, Tape};

use super::Worker;
use super::log_report::Known;
use super::log_watch::{LogWatch, Stamps};
use crate::session::config::state::{Events, Reading};
use crate::session::ingest::column_cache::CacheKey;
use crate::session::ingest::reader_thread::{self, LogReader, ReaderEvent};
use crate::session::replay::Replay;
use crate::session::snapshot::Tone;
use crate::session::view::source::source;

/// A log that is read again for a config that needs more of it.
pub(in crate::session) struct Reingest {
    pub(in crate::session) loading: LogReader,
    /// It takes the events in.
    pub(in crate::session) replay: Replay,
    /// The logs as they were just before.
    stamps: Stamps,
    /// Where only what the events in use lack is read, what both together will serve.
    whole: Option<Demand>,
}

impl Reingest {
    /// Whether what will be there serves a demand.
    fn covers(&self, wanted: &Demand) -> bool {
        covers(self.whole.as_ref().unwrap_or_else(|| self.replay.tape().demand()), wanted)
    }
}

impl Worker {
    /// Takes what the log brings for a config that needs more of it.
    pub(in crate::session) fn take_again(&mut self, loaded: ReaderEvent) {
        self.dirty = true;
        let Some(Reingest { replay, .. }) = &mut self.rereading else { return };
        match loaded {
            ReaderEvent::Batch(batch) => {
                replay.extend(*batch);
                if let Some(words) = self.look_at_batch_again() {
                    self.cannot_read_again(&words);
                }
            }
            ReaderEvent::Failed(error) => self.cannot_read_again(&error),
            // A log that is read again is not asked for among what is kept.
            ReaderEvent::CachedColumns(_) | ReaderEvent::Damaged(_) | ReaderEvent::Idle => {}
            ReaderEvent::End(name, known) => {
                let Some(Reingest { mut replay, stamps, whole, .. }) = self.rereading.take() else {
                    return;
                };
                replay.finish();
                self.has_read_again(replay.into_tape(), (stamps, known), whole, name);
            }
        }
    }

    /// The log was read again: all of it, or what the events in use lack of the whole.
    fn has_read_again(
        &mut self,
        tape: Arc<Tape>,
        (stamps, known): (Stamps, Box<Known>),
        whole: Option<Demand>,
        name: Option<CacheKey>,
    ) {
        let is_same = !self.log_watch.read().differ(&stamps);
        let events = match whole {
            None => Events::All(tape, stamps, known, name),
            Some(whole) => match Arc::try_unwrap(tape) {
                Ok(tape) if is_same && self.replay.tape().has_same_rows_as(&tape) => {
                    Events::ColumnCache(Box::new(tape), name)
                }
                // The log is no longer what it was: all of it is needed.
                _ => {
                    self.rereading = Some(self.read_again(whole, None));
                    return;
                }
            },
        };
        if let Some(next) = &mut self.configuring.next {
            next.events = Some(events);
            next.is_ready = true;
        }
        self.apply_config();
    }

    /// Starts to read the log again for a demand: all that is wanted, or a part of the whole.
    fn read_again(&self, demand: Demand, whole: Option<Demand>) -> Reingest {
        let stamps = Stamps::of(&self.log);
        let named = whole.clone().unwrap_or_else(|| demand.clone());
        let loading = reader_thread::start_again(self.log.clone(), demand.clone(), named);
        let pager = self.memory.pager().cloned();
        let replay = Replay::paged(Arc::new(Plan::default()), demand, pager);
        Reingest { loading, replay, stamps, whole }
    }

    fn cannot_read_again(&mut self, words: &str) {
        self.rereading = None;
        self.configuring.give_up();
        self.notify(Tone::Error, format!("the config was not applied: {words}"));
    }

    pub(in crate::session) fn read_config(&mut self, asked: bool) {
        if let Some(watch) = &mut self.watch
            && let Err(error) = watch.follow()
        {
            self.notify(
                Tone::Warning,
                format!("the config cannot be watched ({error}): press r after a save"),
            );
        }
        match self.configuring.read(asked) {
            Reading::Nothing => {}
            Reading::PendingPlan => self.prepare_config(),
            Reading::InUse(notice) => {
                self.rereading = None;
                self.notify(Tone::Good, notice);
            }
            Reading::Refused(notice) => self.notify(Tone::Error, notice),
        }
    }

    /// Sees to the events that the next config needs.
    fn prepare_config(&mut self) {
        self.dirty = true;
        let Some(next) = &mut self.configuring.next else { return };
        let wanted = demand(&next.plan, false);
        if self.loading.is_none() && covers(self.replay.tape().demand(), &wanted) {
            next.is_ready = true;
            self.rereading = None;
            self.apply_config();
        } else if !self.rereading.as_ref().is_some_and(|again| again.covers(&wanted)) {
            // What is there, or is being read, does not serve: read again what the config needs of
            // the log. Where only attributes are missing, what is there stays.
            let stays = self.loading.is_none() && !self.log_watch.read().have_changed();
            let lacking = self.replay.tape().missing_columns(&wanted).filter(|_| stays);
            self.rereading = Some(match lacking {
                Some(lacking) => self.read_again(lacking, Some(wanted)),
                None => self.read_again(wanted, None),
            });
        }
    }

    /// Takes the next config up if it is ready and nothing else is being taken up.
    pub(in crate::session) fn apply_config(&mut self) {
        if self.replay.is_filling() || self.configuring.waits() {
            return;
        }
        let Some(mut next) = self.configuring.next.take_if(|next| next.is_ready) else { return };
        let (mut other_log, mut known) = (false, None);
        let tape = match next.events.take() {
            None => None,
            Some(Events::All(tape, stamps, of_log, name)) => {
                self.name = name;
                known = Some(of_log);
                other_log = self.log_watch.read().differ(&stamps) && self.loading.is_none();
                self.log_watch = LogWatch::new(stamps);
                Some(tape)
            }
            Some(Events::ColumnCache(columns, name)) => {
                if !self.replay.add_columns(*columns, &next.plan) {
                    let wanted = demand(&next.plan, false);
                    next.is_ready = false;
                    self.configuring.next = Some(next);
                    self.rereading = Some(self.read_again(wanted, None));
                    return;
                }
                self.name = name;
                None
            }
        };
        let ends_loading = tape.is_some() && self.loading.take().is_some();
        let cursor = self.replay.cursor();
        self.configuring.begin(&self.replay, &next, tape.is_none(), other_log);
        self.replay.adopt(&next.plan, tape);
        if let Some(known) = known {
            self.tell_log(&known);
        }
        self.storing.start_over();
        let resumes = self.storing.resuming.is_some();
        self.resume_or_replay(&next.plan);
        self.resume_at_once();
        if ends_loading {
            self.go_to_start();
        } else if self.player.follows() {
            self.replay.seek_to(self.replay.tape().events());
        } else if resumes && self.replay.moment().is_none() {
            self.replay.seek_to(cursor);
        }
        if !self.replay.is_filling() {
            self.config_is_applied();
        }
    }

    /// The new plan is the replay's: tells what changed, as soon as that can be known.
    pub(in crate::session) fn config_is_applied(&mut self) {
        self.source = Arc::new(source(self.replay.plan(), &self.source));
        self.configuring.coverage = None;
        self.scene.forget();
        self.dirty = true;
        self.tell_change();
    }

    /// Tells what the config that was taken up changed, once its values are there.
    pub(in crate::session) fn tell_change(&mut self) {
        if self.configuring.waits() && !self.replay.is_idle() {
            return;
        }
        if let Some((tone, words)) = self.configuring.finish(&self.replay) {
            self.scene.mark_reload(&self.replay);
            self.notify_applied(tone, words);
        }
        self.cover_again();
        // Another one may have come in meanwhile.
        self.apply_config();
    }
}
