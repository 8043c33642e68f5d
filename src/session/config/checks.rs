//! The check of the config in use against the whole log once both are there: a slice at a time,
//! while nothing else is to be done.

use std::sync::Arc;

use crate::base::{Deadline, Task};
use crate::config::Document;
use crate::coverage::{Coverage, Findings};

use crate::session::ingest::log_state::Log;
use crate::session::replay::Replay;

/// The check that is under way, if one is.
#[derive(Default)]
pub(in crate::session) struct CoverageCheck(Option<Coverage>);

impl CoverageCheck {
    /// The plan in use is another one: what is found does not hold.
    pub(in crate::session) fn cancel(&mut self) {
        self.0 = None;
    }

    /// The plan in use or the log is another one: checks anew. `document` is the config in use, if
    /// one is; a log that is not all there is not checked.
    pub(in crate::session) fn start_over(
        &mut self,
        document: Option<&Arc<Document>>,
        replay: &Replay,
        log: &Log,
    ) {
        let document = document.filter(|_| !log.is_open()).cloned();
        // How Metarank refreshes rates is a note of `check`: beside its own log and config it
        // would stand before what a save changed.
        self.0 = document
            .map(|document| Coverage::new(document, replay.plan(), None).beside(log.members()));
    }

    /// Goes on until the deadline. Returns what was found once it is complete, and whether there
    /// is more to do.
    pub(in crate::session) fn work(
        &mut self,
        replay: &Replay,
        deadline: &Deadline,
    ) -> (Option<Findings>, bool) {
        let is_ready = replay.is_idle() && replay.tape().is_finished();
        let Some(coverage) = self.0.as_mut().filter(|_| is_ready) else { return (None, false) };
        let found = coverage.step((replay.plan(), replay.tape(), replay.index()), deadline).done();
        if found.is_some() {
            self.0 = None;
        }
        let is_under_way = self.0.is_some();
        (found, is_under_way)
    }
}
