//! What a session writes: states, behind the replay, and the columns of its log.

use std::sync::Arc;
use std::time::Instant;

use super::message::Effect;
use super::{Phase, Session};
use crate::session::ingest::column_cache::Columns;
use crate::session::persistence::write_behind::StoreRequest;
use crate::session::snapshot::Tone;

impl Session {
    /// Writes states to the store, behind what is replayed.
    pub(super) fn write_behind(&mut self, effects: &mut Vec<Effect>) {
        if let Some(words) = self.store.check_timeout(self.clock.now()) {
            self.publisher.notify((Tone::Error, words));
        }
        let rests = self.rests();
        let request = self.store.work(&mut self.replay, rests, &self.clock);
        effects.extend(request.map(effect_of));
    }

    /// Writes the column cache, once the log's events are all there and nothing else is to be done.
    pub(super) fn write_columns(&mut self, effects: &mut Vec<Effect>) {
        if self.reload.is_reading() || !self.replay.is_idle() {
            return;
        }
        let Some(key) = self.log.take_cache_key() else { return };
        let others = self.held_by_others();
        if !self.memory.reserve_for_columns(&self.replay, others) {
            let words = "--max-memory leaves no room to save the columns of the log: the next \
                         start reads the log again";
            self.publisher.notify((Tone::Note, words.to_owned()));
            return;
        }
        self.log.caching();
        let (tape, plan) = (Arc::clone(self.replay.tape()), Arc::clone(self.replay.plan()));
        effects.push(Effect::WriteColumns(Columns { key, tape, plan }));
    }

    /// The end of a session: writes what is not yet written, and waits for it.
    pub(super) fn close(&mut self, now: Instant, effects: &mut Vec<Effect>) {
        let (is_over, request) = if self.memory.has_failed() {
            (true, None)
        } else {
            self.store.close(&mut self.replay, now)
        };
        effects.extend(request.map(effect_of));
        if is_over {
            self.phase = Phase::Closed;
            effects.push(Effect::Quit);
        }
    }
}

/// The effect of a request of the store.
pub(super) fn effect_of(request: StoreRequest) -> Effect {
    match request {
        StoreRequest::Open(store) => Effect::OpenStore(store),
        StoreRequest::Commit(commit) => Effect::Commit(commit),
    }
}
