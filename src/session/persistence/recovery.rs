//! Recovery: going on from what an earlier session has stored. A store waits until the log is read
//! up to its position, and its states are then taken in, in slices.

use std::sync::Arc;

use crate::base::{Deadline, Step, Task, quantity};
use crate::engine::{IncrementalWriter, RestoreTask, RestoredEngine, StoreHeader};
use crate::plan::Plan;
use crate::store::Store;

use crate::session::replay::Replay;
use crate::session::snapshot::Tone;

/// A store whose states are to be taken in.
pub(in crate::session) struct Recovery {
    saved: StoreHeader,
    store: Box<dyn Store>,
    /// The task, and the share of it that is done.
    restoring: Option<(RestoreTask, f32)>,
}

/// The end of a recovery.
pub(in crate::session) struct Recovered {
    /// The store, which is written from now on; `None` where it could not be read.
    pub(in crate::session) store: Option<Box<dyn Store>>,
    /// The writer that goes on after what was taken in, if anything was.
    pub(in crate::session) writer: Option<IncrementalWriter>,
    /// What to say of it.
    pub(in crate::session) notice: (Tone, String),
}

impl Recovery {
    /// A recovery from a store that holds this.
    pub(in crate::session) const fn new(saved: StoreHeader, store: Box<dyn Store>) -> Self {
        Self { saved, store, restoring: None }
    }

    /// Whether states are being taken in.
    pub(in crate::session) const fn is_under_way(&self) -> bool {
        self.restoring.is_some()
    }

    /// The share of states that are taken in, 0 to 1, if that has begun.
    pub(in crate::session) fn done(&self) -> Option<f64> {
        self.restoring.as_ref().map(|(_, done)| f64::from(*done))
    }

    /// Begins to take states in, if the log is read up to the store's position and is the same
    /// until there. The replay must have the plan's keys.
    pub(in crate::session) fn try_to_begin(&mut self, plan: &Arc<Plan>, replay: &Replay) {
        if self.restoring.is_none() {
            self.restoring = self.saved.begin_restore(plan, replay.tape()).map(|task| (task, 0.0));
        }
    }

    /// Forgets what was taken in: the plan or the log is another one.
    pub(in crate::session) fn start_over(&mut self) {
        self.restoring = None;
    }

    /// The store is of another log: it is written anew.
    pub(in crate::session) fn give_up(self) -> Recovered {
        let events = quantity::grouped(self.saved.position.events as u64);
        let words = format!(
            "the log changed before event {events}, where the store ends: replaying the log"
        );
        Recovered { store: Some(self.store), writer: None, notice: (Tone::Note, words) }
    }

    /// Takes states in until the deadline, and lets the replay go on from them once all are there.
    /// Returns itself while they are not.
    pub(in crate::session) fn work(
        mut self: Box<Self>,
        replay: &mut Replay,
        deadline: &Deadline,
    ) -> Result<Recovered, Box<Self>> {
        let Some((task, done)) = &mut self.restoring else { return Err(self) };
        match task.step((&*self.store, replay.index()), deadline) {
            Step::Pending(share) => {
                *done = share;
                Err(self)
            }
            Step::Done(Ok(restored)) => {
                let Self { saved, store, .. } = *self;
                let (writer, notice) = go_on_from(replay, &saved, restored);
                Ok(Recovered { store: Some(store), writer, notice })
            }
            Step::Done(Err(error)) => {
                let notice = (Tone::Error, format!("{error}; nothing is written"));
                Ok(Recovered { store: None, writer: None, notice })
            }
        }
    }
}

fn go_on_from(
    replay: &mut Replay,
    saved: &StoreHeader,
    restored: Option<RestoredEngine>,
) -> (Option<IncrementalWriter>, (Tone, String)) {
    let Some(RestoredEngine { engine, missing, writer }) = restored else {
        let words = "the store holds records that cannot be read: replaying the log";
        return (None, (Tone::Warning, words.to_owned()));
    };
    let events = quantity::grouped(saved.position.events as u64);
    let words = if missing.is_empty() {
        format!("resumed at event {events}")
    } else {
        format!("resumed at event {events}; computing new features")
    };
    // Unless somebody has sent it elsewhere, the cursor stays there.
    let is_sent = !replay.is_filling() && (!replay.is_idle() || replay.moment().is_some());
    replay.resume(engine, missing);
    if !is_sent {
        replay.seek_to(saved.position.events);
    }
    (Some(writer), (Tone::Good, words))
}
