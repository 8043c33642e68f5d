//! Keeping states between sessions: going on from the store, and writing behind.

use std::sync::Arc;
use std::time::Duration;

use crate::base::{clock, quantity};
use crate::engine::Restored;
use crate::plan::Plan;

use super::keeping::Keeping;
use super::snapshot::Tone;
use super::worker::Worker;

/// How often states are written behind, at most, while event time runs at its own speed.
const CALM: Duration = Duration::from_millis(1500);
/// How often they are while the replay runs as fast as it can: what a kill costs is this much
/// work, and the commit that was under way.
const PRESSED: Duration = Duration::from_millis(250);
/// Gathering what changed holds the replay up. It is left this many times as long in peace.
const SHARE: u32 = 16;

impl Worker {
    /// Goes on from the store, under a plan whose keys the replay has, once the log is read up to
    /// the store's position.
    pub(super) fn try_to_resume(&mut self, plan: &Arc<Plan>) {
        // Until the log has ended its events may still be sorted into another order: they may
        // not be the store's yet.
        let (tape, stands) = (self.replay.tape(), self.stands());
        let Some((saved, store)) = self.resuming.take_if(|(saved, _)| stands && saved.is_of(tape))
        else {
            return;
        };
        match saved.restore(&*store, plan, self.replay.tape(), self.replay.index()) {
            Ok(Some(Restored { engine, missing, saver })) => {
                let events = quantity::grouped(saved.position.events as u64);
                self.say(Tone::Good, if missing.is_empty() {
                    format!("resumed from the store at event {events}")
                } else {
                    format!("resumed from the store at event {events}; filling what the config changed")
                });
                self.saver = saver;
                self.replay.resume(engine, missing);
                self.replay.aim(saved.position.events);
            }
            Ok(None) => self.say(
                Tone::Warning,
                "the store holds records that cannot be read: values are replayed".to_owned(),
            ),
            Err(error) => {
                self.say(Tone::Error, format!("{error}; nothing is written"));
                return;
            }
        }
        self.keeping = Some(Keeping::new(store));
    }

    /// The log has ended: a store that still waits is of another log.
    pub(super) fn resume_or_replay(&mut self, plan: &Arc<Plan>) {
        self.try_to_resume(plan);
        let Some((saved, store)) = self.resuming.take() else { return };
        let events = quantity::grouped(saved.position.events as u64);
        self.say(
            Tone::Note,
            format!(
                "the log changed before event {events}, where the store stands: values are replayed"
            ),
        );
        self.keeping = Some(Keeping::new(store));
    }

    /// Whether the store lacks something.
    pub(super) fn is_behind(&self) -> bool {
        self.keeping.is_some()
            && !self.replay.is_filling()
            && self.saver.position().is_none_or(|kept| self.replay.cursor() > kept)
    }

    /// Writes behind what is due; all that is not yet written if this is the `last` time.
    pub(super) fn keep(&mut self, last: bool) {
        let Some(keeping) = &mut self.keeping else { return };
        let was_busy = keeping.is_busy();
        let failure = if last { keeping.wait() } else { keeping.poll() };
        let ready = keeping.is_ready();
        if was_busy && !keeping.is_busy() {
            // The pause is between the end of a commit and the next one.
            self.kept_at = clock::instant();
        }
        if let Some(error) = failure {
            self.say(Tone::Error, format!("{error}; nothing more is written"));
        }
        let pressed = self.loading.is_some() || !self.replay.is_settled();
        let pause = (if pressed { PRESSED } else { CALM }).max(self.keeping_took * SHARE);
        let due = last || self.kept_at.elapsed() >= pause;
        if !ready || !due || !self.is_behind() || !self.stands() {
            return;
        }
        let began = clock::instant();
        let fingerprint = self.replay.tape().fingerprint(self.replay.cursor());
        let batch = self.saver.save(self.replay.engine(), self.replay.index(), fingerprint);
        self.kept_at = clock::instant();
        self.keeping_took = self.kept_at - began;
        if let Some(keeping) = &mut self.keeping {
            keeping.write(batch);
            if last {
                keeping.wait();
            }
        }
    }

    /// Keeps the log's events beside the store, once they are all there and nothing else is to
    /// be done.
    pub(super) fn keep_columns(&mut self) {
        let Some(columns) = &mut self.columns else { return };
        if let Some(error) = columns.poll() {
            self.say(Tone::Warning, error);
            return;
        }
        // Reading the log comes before writing what it says.
        if self.loading.is_none()
            && self.rereading.is_none()
            && self.replay.is_settled()
            && let Some(name) = self.name.take_if(|_| columns.is_ready())
        {
            let plan = Arc::clone(self.replay.plan());
            columns.write(name, Arc::clone(self.replay.tape()), plan);
        }
    }

    /// Whether the events up to the cursor are likely to stand. A log that turned out to be
    /// unsorted is arranged anew at its end; what was written until then would be of no use.
    fn stands(&self) -> bool {
        let tape = self.replay.tape();
        tape.is_finished() || tape.reordered() == 0
    }
}
