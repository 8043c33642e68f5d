//! Keeping states between sessions: going on from the store, and writing behind.

use std::sync::Arc;
use std::time::Duration;

use crate::base::{clock, quantity};
use crate::engine::{Saved, Saver};

use super::keeping::Keeping;
use super::snapshot::Tone;
use super::worker::Worker;

/// How often state is written behind, at most.
const KEEP: Duration = Duration::from_millis(1500);

impl Worker {
    /// Goes on from the store once the log is read up to its position.
    pub(super) fn try_to_resume(&mut self) {
        let tape = self.replay.tape();
        // An unsorted log changes its order up to the end.
        let settled = tape.is_finished() || tape.reordered() == 0;
        let reached = |saved: &Saved| tape.events() >= saved.position.events && settled;
        let Some((saved, store)) = self.resuming.take_if(|(saved, _)| reached(saved)) else {
            return;
        };
        let plan = Arc::clone(self.replay.plan());
        match saved.restore(&*store, &plan, self.replay.tape(), self.replay.index()) {
            Ok(Some((engine, missing))) => {
                let events = quantity::grouped(saved.position.events as u64);
                self.say(Tone::Good, if missing.is_empty() {
                    format!("resumed from the store at event {events}")
                } else {
                    format!("resumed from the store at event {events}; filling what the config changed")
                });
                if missing.is_empty() {
                    self.saver = Saver::resumed(&engine, self.replay.index());
                }
                self.replay.resume(engine, missing);
                self.replay.aim(saved.position.events);
            }
            Ok(None) => self.say(
                Tone::Note,
                "the log changed before the store's position: values are replayed".to_owned(),
            ),
            Err(error) => self.say(Tone::Warning, error.to_string()),
        }
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
        let failure = if last { keeping.wait() } else { keeping.poll() };
        let ready = keeping.is_ready();
        if let Some(error) = failure {
            self.say(Tone::Error, format!("{error}; nothing more is written"));
        }
        let due = last || (self.kept_at.elapsed() >= KEEP && self.loading.is_none());
        if !ready || !due || !self.is_behind() || !self.replay.tape().is_finished() {
            return;
        }
        let fingerprint = self.replay.tape().fingerprint(self.replay.cursor());
        let batch = self.saver.save(self.replay.engine(), self.replay.index(), fingerprint);
        if let Some(keeping) = &mut self.keeping {
            keeping.write(batch);
            if last {
                keeping.wait();
            }
        }
        self.kept_at = clock::instant();
    }
}
