//! Holding the config in use against the log once both are there: a slice at a time, while nothing
//! else is to be done.

use std::sync::Arc;

use crate::base::{Deadline, Task};
use crate::coverage::Coverage;

use super::Worker;

impl Worker {
    /// The plan in use or the log is another one: what was found before does not hold.
    pub(in crate::session) fn cover_again(&mut self) {
        let is_there = self.loading.is_none() && self.configuring.is_in_use();
        self.configuring.coverage = is_there.then(|| {
            let document = Arc::clone(self.configuring.document());
            // How Metarank refreshes rates is a note of `check`: beside its own log and config it
            // would stand before what a save changed.
            Coverage::new(document, self.replay.plan(), None).beside(&self.members)
        });
    }

    /// Goes on with that for a slice. Returns whether there is more to do.
    pub(in crate::session) fn cover(&mut self, deadline: &Deadline) -> bool {
        let is_ready = self.replay.is_idle() && self.replay.tape().is_finished();
        let coverage = self.configuring.coverage.as_mut().filter(|_| is_ready);
        let Some(coverage) = coverage else { return false };
        let (plan, tape) = (Arc::clone(self.replay.plan()), self.replay.tape());
        let found = coverage.step((&plan, tape, self.replay.index()), deadline).done();
        let is_done = found.is_some();
        if let Some(found) = found {
            self.configuring.set_found(&plan, found);
            if let Some((tone, words)) = self.configuring.heard() {
                self.notify_applied(tone, words);
            }
            self.dirty = true;
        }
        !is_done
    }
}
