//! What lints find in the log: it is read for its profile, and once more for what events at fault have
//! in common, on a thread of its own.

use std::ops::ControlFlow;
use std::sync::{Arc, Weak};
use std::thread::Builder;

use crossbeam_channel::{Receiver, bounded};

use crate::config::Document;
use crate::diagnostic::Diagnostic;
use crate::engine::{InputCount, InputRows, KeyIndex};
use crate::lint::{Declared, Facts, Measures, of_log};
use crate::plan::Plan;
use crate::profile::{Limits, Marked, causes, profile};
use crate::tape::{Demand, Tape};

use super::source::LogSource;

/// What lints look at.
pub struct LintRequest {
    /// Counts up from request to request.
    pub(in crate::session) number: u32,
    pub(in crate::session) document: Arc<Document>,
    /// The text that the document was made of.
    pub(in crate::session) text: Arc<str>,
    pub(in crate::session) plan: Arc<Plan>,
    pub(in crate::session) tape: Arc<Tape>,
    pub(in crate::session) index: Arc<KeyIndex>,
    pub(in crate::session) measures: Measures,
    pub(in crate::session) counts: Vec<InputCount>,
    /// The most bytes that reading may take; without any, the log is not read.
    pub(in crate::session) memory: Option<u64>,
}

/// What was found by a request.
#[derive(Debug)]
pub struct Linted {
    /// The number of the request.
    pub(in crate::session) number: u32,
    /// What it is, or why there is nothing, in words.
    pub(in crate::session) found: Result<Vec<Diagnostic>, &'static str>,
}

impl Linted {
    /// What a thread that has ended without an answer to a request stands for.
    const fn lost(number: u32) -> Self {
        let words = "values are not judged: an internal error ended the lints; \
                     run `counterscope check`, which tells where";
        Self { number, found: Err(words) }
    }
}

impl LintRequest {
    /// What stands for an answer, if there is none.
    #[must_use]
    pub const fn lost(&self) -> Linted {
        Linted::lost(self.number)
    }

    /// Looks. `goes_on` is asked while the log is read and before each lint, and may break it off. A
    /// log that cannot be read again is judged by its events alone.
    #[must_use]
    pub fn find(self, source: &LogSource, goes_on: &dyn Fn() -> bool) -> Linted {
        let Self { number, document, text, plan, tape, index, measures, counts, memory } = self;
        let settings = &plan.events;
        let demand = Demand { settings: settings.clone(), ..Demand::default() };
        let mut progress = |_| {
            if goes_on() { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
        };
        // The profile stays while causes are looked for: each has half.
        let limits = memory.map(|memory| Limits { threads: 1, memory: memory / 2 });
        let profiled = limits.and_then(|limits| {
            let reader = source.open_again(&demand).ok()?;
            profile(reader, settings, limits, &mut progress).ok()
        });
        let mut of_sets = |sets: Vec<Marked>| {
            let none = vec![None; sets.len()];
            let (Some(limits), true) = (limits, profiled.is_some() && goes_on()) else {
                return none;
            };
            let Ok(reader) = source.open_again(&demand) else { return none };
            causes(reader, settings, limits, sets, &mut progress).unwrap_or(none)
        };
        let facts = Facts {
            declared: Declared {
                document: &document,
                text: &text,
                plan: &plan,
                settings: &document.lints,
            },
            rows: InputRows { plan: &plan, tape: &tape, index: &index },
            profile: profiled.as_ref().map(|profiled| &profiled.profile),
            counts: &counts,
            measures: &measures,
        };
        Linted { number, found: Ok(of_log(&facts, &mut of_sets, goes_on)) }
    }
}

/// A thread that looks. It stops soon after it is told to, or this is dropped.
pub(in crate::session) struct LintThread {
    /// The number of the request.
    number: u32,
    incoming: Receiver<Linted>,
    is_wanted: Option<Arc<()>>,
}

impl LintThread {
    /// Starts to look. A thread that cannot be started is one that is gone.
    pub(in crate::session) fn start(source: LogSource, request: LintRequest) -> Self {
        let number = request.number;
        let (outgoing, incoming) = bounded(1);
        let is_wanted = Arc::new(());
        let wanted: Weak<()> = Arc::downgrade(&is_wanted);
        let look = move || {
            let found = request.find(&source, &|| wanted.strong_count() > 0);
            // A session that is gone has no use for it.
            let _ = outgoing.send(found);
        };
        let _ = Builder::new().name("lints".to_owned()).spawn(look);
        Self { number, incoming, is_wanted: Some(is_wanted) }
    }

    /// Stops it. It answers once it has ended.
    pub(in crate::session) fn stop(&mut self) {
        self.is_wanted = None;
    }

    /// What it brings: one answer.
    pub(in crate::session) const fn incoming(&self) -> &Receiver<Linted> {
        &self.incoming
    }

    /// The answer of a thread that is gone without one.
    pub(in crate::session) const fn lost(&self) -> Linted {
        Linted::lost(self.number)
    }
}
