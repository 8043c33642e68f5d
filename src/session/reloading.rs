//! Taking a saved config up: reading it, reading the log again if it needs more of it, and
//! telling what it changed.

use std::sync::Arc;

use crate::engine::{demand, serves};
use crate::plan::Plan;

use super::loading::{self, Loaded};
use super::replay::Replay;
use super::scene::source::source;
use super::snapshot::Tone;
use super::worker::Worker;

impl Worker {
    /// Takes what the log brings for a config that needs more of it.
    pub(super) fn take_again(&mut self, loaded: Loaded) {
        let Some((_, replay)) = &mut self.rereading else { return };
        match loaded {
            Loaded::Batch(batch) => {
                replay.extend(*batch);
                if let Some(words) = self.look_at_batch_again() {
                    self.cannot_read_again(&words);
                }
            }
            Loaded::Failed(error) => self.cannot_read_again(&error),
            // A log that is read again is not asked for among what is kept.
            Loaded::Kept(_) | Loaded::Damaged(_) => {}
            Loaded::End(name) => {
                let Some((_, mut replay)) = self.rereading.take() else { return };
                replay.finish();
                self.name = name;
                if let Some(next) = &mut self.configuring.next {
                    next.tape = Some(replay.into_tape());
                    next.is_ready = true;
                }
                self.apply_config();
            }
        }
        self.dirty = true;
    }

    fn cannot_read_again(&mut self, words: &str) {
        self.rereading = None;
        self.configuring.give_up();
        self.say(Tone::Error, format!("the config was not applied: {words}"));
    }

    pub(super) fn read_config(&mut self, asked: bool) {
        if let Some(watch) = &mut self.watch
            && let Err(error) = watch.follow()
        {
            self.say(Tone::Warning, format!("saves may not be seen ({error}): press r to reload"));
        }
        match self.configuring.read(asked) {
            None => {}
            Some(Err(notice)) => self.say(Tone::Error, notice),
            Some(Ok(())) => self.prepare_config(),
        }
    }

    /// Sees to the events that the next config needs.
    fn prepare_config(&mut self) {
        self.dirty = true;
        let Some(next) = &mut self.configuring.next else { return };
        let wanted = demand(&next.plan, false);
        if self.loading.is_none() && serves(self.replay.tape().demand(), &wanted) {
            next.is_ready = true;
            self.rereading = None;
            self.apply_config();
        } else {
            // What is being read no longer serves: read it again with what the new config needs.
            let loading = loading::start(self.log.clone(), wanted.clone(), None);
            let pager = self.memory.pager().cloned();
            let replay = Replay::paged(Arc::new(Plan::default()), wanted, pager);
            self.rereading = Some((loading, replay));
        }
    }

    /// Takes the next config up if it is ready and nothing else is being taken up.
    fn apply_config(&mut self) {
        if self.replay.is_filling() {
            return;
        }
        let Some(mut next) = self.configuring.next.take_if(|next| next.is_ready) else { return };
        let tape = next.tape.take();
        let ends_loading = tape.is_some() && self.loading.take().is_some();
        let cursor = self.replay.cursor();
        self.configuring.begin(&self.replay, &next, tape.is_none());
        self.replay.adopt(&next.plan, tape);
        self.storing.start_over();
        let resumes = self.storing.resuming.is_some();
        self.resume_or_replay(&next.plan);
        self.resume_at_once();
        if ends_loading {
            self.go_to_start();
        } else if self.player.follows() {
            self.replay.aim(self.replay.tape().events());
        } else if resumes {
            self.replay.aim(cursor);
        }
        if !self.replay.is_filling() {
            self.config_is_applied();
        }
    }

    /// The new plan's values are there: tells what changed.
    pub(super) fn config_is_applied(&mut self) {
        self.source = Arc::new(source(self.replay.plan(), &self.source));
        if let Some(words) = self.configuring.finish(&self.replay) {
            self.scene.mark_reload(&self.replay);
            self.say(Tone::Good, words);
        }
        self.scene.forget();
        self.dirty = true;
        // Another one may have come in meanwhile.
        self.apply_config();
    }
}
