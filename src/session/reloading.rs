//! Taking a saved config up: reading it, reading the log again if it needs more of it, and
//! telling what it changed.

use std::sync::Arc;

use crate::base::clock;
use crate::engine::{Saver, demand, serves};
use crate::plan::Plan;
use crate::tape::Tape;

use super::keeping::Keeping;
use super::loading::{self, Loaded};
use super::replay::Replay;
use super::scene::source::source;
use super::snapshot::Tone;
use super::worker::{SLICE, Worker};

impl Worker {
    /// Takes what the log brings for a config that needs more of it.
    pub(super) fn take_again(&mut self, loaded: Loaded) {
        let Some((_, replay)) = &mut self.rereading else { return };
        match loaded {
            Loaded::Batch(batch) => replay.extend(*batch),
            Loaded::Failed(error) => {
                self.rereading = None;
                self.say(Tone::Error, format!("the config was not applied: {error}"));
            }
            Loaded::End => {
                let Some((_, mut replay)) = self.rereading.take() else { return };
                replay.finish();
                self.apply_config(Some(replay.into_tape()));
            }
        }
        self.dirty = true;
    }

    pub(super) fn read_config(&mut self, asked: bool) {
        let found = self.configuring.read(asked);
        self.dirty |= found.is_some();
        match found {
            None => {}
            Some(Err(notice)) => self.say(Tone::Error, notice),
            Some(Ok(plan)) => self.configuring.next = Some(Arc::new(plan)),
        }
        let Some(next) = &self.configuring.next else { return };
        let wanted = demand(next, false);
        if self.loading.is_none() && serves(self.replay.tape().demand(), &wanted) {
            self.rereading = None;
            self.apply_config(None);
        } else {
            // What is being read no longer serves: read it again with what the new config needs.
            let loading = loading::start(self.log.clone(), wanted.clone());
            self.rereading = Some((loading, Replay::new(Arc::new(Plan::default()), wanted)));
        }
    }

    /// Takes the next plan up, with another tape if it needs one.
    pub(super) fn apply_config(&mut self, tape: Option<Tape>) {
        let Some(plan) = self.configuring.next.take() else { return };
        if self.replay.is_filling() {
            // One after the other: finish what the save before asked for.
            while self.replay.is_filling() {
                self.replay.work(clock::instant() + SLICE);
            }
            self.config_is_applied();
        }
        if tape.is_some() {
            self.loading = None;
        }
        self.configuring.begin(&self.replay, &plan);
        self.replay.adopt(&plan, tape);
        self.saver = Saver::new();
        if let Some((_, store)) = self.resuming.take() {
            self.keeping = Some(Keeping::new(store));
        }
        if self.player.follows() {
            self.replay.aim(self.replay.tape().events());
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
    }
}
