//! Going on from what an earlier session has kept: a store waits until the log is read up to its
//! position, and its states are then taken in, in slices.

use std::sync::Arc;

use crate::base::{Deadline, Step, Task, quantity};
use crate::engine::{RestoreTask, RestoredEngine, StoreHeader};
use crate::plan::Plan;
use crate::store::{Store, StoreError};

use super::Worker;
use crate::session::persistence::writer_thread::StoreWriter;
use crate::session::snapshot::Tone;

/// A store whose states are to be taken in.
pub(in crate::session) struct Recovery {
    saved: StoreHeader,
    store: Box<dyn Store>,
    /// The task, and the fraction of it that is done.
    restoring: Option<(RestoreTask, f32)>,
}

impl Recovery {
    pub(in crate::session) const fn new(saved: StoreHeader, store: Box<dyn Store>) -> Self {
        Self { saved, store, restoring: None }
    }

    /// Whether its states are being taken in.
    pub(in crate::session) const fn is_under_way(&self) -> bool {
        self.restoring.is_some()
    }

    /// How many of them are, 0 to 1.
    pub(in crate::session) fn done(&self) -> Option<f64> {
        self.restoring.as_ref().map(|(_, done)| f64::from(*done))
    }
}

impl Worker {
    /// Begins to go on from the store, under a plan whose keys the replay has, once the log is
    /// read up to the store's position.
    pub(in crate::session) fn try_to_resume(&mut self, plan: &Arc<Plan>) {
        // Until the log has ended its events may still be sorted into another order: they may
        // not be the store's yet.
        if !self.stands() {
            return;
        }
        let Some(resuming) = &mut self.storing.resuming else { return };
        if resuming.restoring.is_none() {
            resuming.restoring =
                resuming.saved.begin_restore(plan, self.replay.tape()).map(|task| (task, 0.0));
        }
    }

    /// The log has ended, or another plan is taken up: begins to go on from the store anew. One
    /// that still waits is of another log.
    pub(in crate::session) fn resume_or_replay(&mut self, plan: &Arc<Plan>) {
        if let Some(resuming) = &mut self.storing.resuming {
            resuming.restoring = None;
        }
        self.try_to_resume(plan);
        let waits = |resuming: &mut Recovery| !resuming.is_under_way();
        let Some(Recovery { saved, store, .. }) = self.storing.resuming.take_if(waits) else {
            return;
        };
        let events = quantity::grouped(saved.position.events as u64);
        self.notify(
            Tone::Note,
            format!(
                "the log changed before event {events}, where the store ends: replaying the log"
            ),
        );
        self.storing.keeping = Some(StoreWriter::new(store));
    }

    /// Takes states in until the deadline, and goes on from them once all are there.
    pub(in crate::session) fn resume(&mut self, deadline: &Deadline) {
        self.dirty = true;
        if self.take_in(deadline) && self.loading.is_none() {
            self.go_to_start();
        }
    }

    /// Takes all states in, and goes on from where they are true.
    pub(in crate::session) fn resume_at_once(&mut self) {
        while self.storing.is_restoring() && !self.take_in(&Deadline::never()) {}
    }

    /// Returns whether that is over.
    fn take_in(&mut self, deadline: &Deadline) -> bool {
        let index = self.replay.index();
        let Some(Recovery { saved, store, restoring: Some((mut restoring, _)) }) =
            self.storing.resuming.take()
        else {
            return true;
        };
        match restoring.step((&*store, index), deadline) {
            Step::Done(Ok(restored)) => {
                self.go_on_from(&saved, restored);
                self.storing.keeping = Some(StoreWriter::new(store));
            }
            Step::Pending(done) => {
                let restoring = Some((restoring, done));
                self.storing.resuming = Some(Recovery { saved, store, restoring });
                return false;
            }
            Step::Done(Err(error)) => self.cannot_resume(&error),
        }
        true
    }

    fn go_on_from(&mut self, saved: &StoreHeader, restored: Option<RestoredEngine>) {
        let Some(RestoredEngine { engine, missing, writer }) = restored else {
            self.notify(
                Tone::Warning,
                "the store holds records that cannot be read: replaying the log".to_owned(),
            );
            return;
        };
        let events = quantity::grouped(saved.position.events as u64);
        self.notify(
            Tone::Good,
            if missing.is_empty() {
                format!("resumed at event {events}")
            } else {
                format!("resumed at event {events}; computing new features")
            },
        );
        self.storing.saver = writer;
        // Unless somebody has sent it elsewhere, the cursor stays there.
        let is_sent =
            !self.replay.is_filling() && (!self.replay.is_idle() || self.replay.moment().is_some());
        self.replay.resume(engine, missing);
        if !is_sent {
            self.replay.seek_to(saved.position.events);
        }
    }

    fn cannot_resume(&mut self, error: &StoreError) {
        self.notify(Tone::Error, format!("{error}; nothing is written"));
    }
}
