//! What the log has to say to the config in use, once both are there: how they fit together, and what
//! lints find. Looking is done a slice at a time, while nothing else is to be done. Values are
//! measured at the end of the log, while the cursor is there; what is left is read from the log
//! itself, outside.

use std::sync::Arc;

use crate::base::{Deadline, Step, Task};
use crate::config::Document;
use crate::coverage::{Coverage, Findings};
use crate::diagnostic::Diagnostic;
use crate::engine::InputCount;
use crate::lint::{Measures, Measuring, Replayed};

use crate::session::ingest::linting::LintRequest;
use crate::session::ingest::log_state::Log;
use crate::session::replay::Replay;
use crate::session::snapshot::LintProgress;

/// The checks that are under way, if any are.
#[derive(Default)]
pub(in crate::session) struct Checks {
    stage: Stage,
    /// The number of the newest request.
    requests: u32,
    /// The lints that look at the log.
    looking: Option<Looking>,
}

/// Lints that look at the log on their thread. What they hold is held until the thread has ended.
struct Looking {
    /// The bytes of memory that they have.
    memory: u64,
    /// Whether they were told to stop.
    is_stopped: bool,
}

#[derive(Default)]
enum Stage {
    /// There is nothing to check, or all is.
    #[default]
    None,
    /// How the config and the log fit together.
    Coverage(Box<Coverage>),
    /// What lints have to know of the values.
    Measuring(Box<Measuring>, Vec<InputCount>),
    /// The log is to be read for lints.
    Measured(Box<Measures>, Vec<InputCount>),
    /// It is being read.
    Reading,
}

impl Checks {
    /// The plan in use is another one: what is found does not hold.
    pub(in crate::session) fn cancel(&mut self) {
        self.stage = Stage::None;
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
        self.stage = document.map_or(Stage::None, |document| {
            let coverage = Coverage::new(document, replay.plan(), None).beside(log.members());
            Stage::Coverage(Box::new(coverage))
        });
    }

    /// How far the values are judged.
    pub(in crate::session) fn judged(&self, replay: &Replay, log: &Log) -> LintProgress {
        match self.stage {
            _ if log.is_open() => LintProgress::Open,
            // Without events there are none.
            _ if replay.tape().events() == 0 => LintProgress::Done,
            Stage::None => LintProgress::Done,
            Stage::Measuring(..) if !is_at_end(replay) => LintProgress::Elsewhere,
            _ => LintProgress::UnderWay,
        }
    }

    /// Goes on until the deadline. Returns what was found of how the config and the log fit, once
    /// that is known, and whether there is more to do.
    pub(in crate::session) fn work(
        &mut self,
        document: &Document,
        replay: &Replay,
        deadline: &Deadline,
    ) -> (Option<Findings>, bool) {
        if !replay.is_idle() || !replay.tape().is_finished() {
            return (None, false);
        }
        match &mut self.stage {
            Stage::None | Stage::Measured(..) | Stage::Reading => (None, false),
            Stage::Coverage(coverage) => {
                let context = (&**replay.plan(), &**replay.tape(), replay.index());
                let Step::Done(found) = coverage.step(context, deadline) else {
                    return (None, true);
                };
                let measuring = Box::new(Measuring::new(replay.plan()));
                self.stage = Stage::Measuring(measuring, found.counts.clone());
                (Some(found), true)
            }
            // The values as of another moment are not those that lints are about.
            Stage::Measuring(..) if !is_at_end(replay) => (None, false),
            Stage::Measuring(measuring, counts) => {
                let replayed = Replayed {
                    plan: replay.plan(),
                    tape: replay.tape(),
                    index: replay.index(),
                    engine: replay.engine(),
                };
                if let Step::Done(found) = measuring.step((replayed, &document.lints), deadline) {
                    self.stage = Stage::Measured(Box::new(found), std::mem::take(counts));
                    return (None, false);
                }
                (None, true)
            }
        }
    }

    /// Whether lints look at what is not in use any more, and are to be told so now.
    pub(in crate::session) fn stops_lints(&mut self) -> bool {
        let is_old = !matches!(self.stage, Stage::Reading);
        let looking = self.looking.as_mut().filter(|looking| is_old && !looking.is_stopped);
        looking.is_some_and(|looking| !std::mem::replace(&mut looking.is_stopped, true))
    }

    /// Whether the values are measured, and the log is to be read next.
    pub(in crate::session) const fn are_measured(&self) -> bool {
        matches!(self.stage, Stage::Measured(..))
    }

    /// What is to be read, once the values are measured and no lints look. `memory` is what may be
    /// taken for it.
    pub(in crate::session) fn request(
        &mut self,
        (document, text): (&Arc<Document>, &Arc<str>),
        replay: &Replay,
        memory: Option<u64>,
    ) -> Option<LintRequest> {
        let (Stage::Measured(measures, counts), None) = (&mut self.stage, &self.looking) else {
            return None;
        };
        self.requests += 1;
        let request = LintRequest {
            number: self.requests,
            document: Arc::clone(document),
            text: Arc::clone(text),
            plan: Arc::clone(replay.plan()),
            tape: Arc::clone(replay.tape()),
            index: replay.shared_index(),
            measures: std::mem::take(measures),
            counts: std::mem::take(counts),
            memory,
        };
        self.stage = Stage::Reading;
        self.looking = Some(Looking { memory: memory.unwrap_or_default(), is_stopped: false });
        Some(request)
    }

    /// This was found by a request, or nothing, for a reason in words. Returns it if it is of the
    /// config and the log in use.
    pub(in crate::session) fn found(
        &mut self,
        number: u32,
        found: Result<Vec<Diagnostic>, &'static str>,
    ) -> Option<Result<Vec<Diagnostic>, &'static str>> {
        let is_it = number == self.requests && matches!(self.stage, Stage::Reading);
        self.looking = None;
        if is_it {
            self.stage = Stage::None;
        }
        is_it.then_some(found)
    }

    /// The bytes of memory that are held for it.
    pub(in crate::session) fn held(&self) -> usize {
        let measuring = match &self.stage {
            Stage::Measuring(measuring, _) => measuring.held(),
            _ => 0,
        };
        let looking = self.looking.as_ref().map_or(0, |looking| looking.memory);
        measuring.saturating_add(usize::try_from(looking).unwrap_or(usize::MAX))
    }
}

fn is_at_end(replay: &Replay) -> bool {
    replay.cursor() == replay.tape().events()
}
