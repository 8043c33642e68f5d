//! The report on a log once it is read: how it is written, what it holds, and what of it was lost or
//! could not be read.

use std::path::Path;

use crate::base::time::TimeUnit;
use crate::log::{Detected, Member, Outcome};
use crate::tape::Tape;

use super::tuning::TUNING;
use crate::session::snapshot::{Extent, Log, LogProblem, Tone};

/// What a reader knows at the end of the logs.
#[derive(Default)]
pub struct Known {
    pub(in crate::session) detected: Option<Detected>,
    pub(in crate::session) outcomes: Vec<Outcome>,
    /// Why it was not read to its end, if so.
    pub(in crate::session) broken_off: Option<String>,
}

impl Known {
    /// A log that was not read to its end.
    pub(in crate::session) fn broken_off(why: &str) -> Self {
        Self { broken_off: Some(why.to_owned()), ..Self::default() }
    }

    /// The members of the first events.
    pub(in crate::session) fn members(&self) -> impl Iterator<Item = &Member> {
        self.outcomes.iter().flat_map(|outcome| &outcome.members)
    }

    /// What the log is, whose events are these.
    pub(in crate::session) fn log(&self, tape: &Tape) -> Log {
        let types = tape.types_by_count();
        let mut problems = self.problems();
        let is_readable = tape.events() > 0
            || self.outcomes.iter().any(|it| it.accepted > 0 && it.entity.is_none());
        let is_cut = self.broken_off.is_some()
            || self.outcomes.iter().any(|outcome| outcome.lost_after.is_some());
        let extent = match (is_readable, is_cut) {
            (true, true) => Extent::Cut,
            (false, _) if !problems.is_empty() => Extent::Nothing,
            _ => Extent::Whole,
        };
        let early = tape.contents().unattached().problem();
        problems.extend(early.map(|(text, help)| LogProblem { text, help: Some(help.to_owned()) }));
        Log {
            form: self.detected.as_ref().map(Detected::form),
            unit: self.detected.as_ref().and_then(|it| it.unit).map(TimeUnit::name),
            span: tape.contents().span(),
            more_types: types.len().saturating_sub(TUNING.reported_types),
            types: types
                .into_iter()
                .take(TUNING.reported_types)
                .map(|(name, count)| (name.to_owned(), count))
                .collect(),
            extent,
            problems,
        }
    }

    fn problems(&self) -> Vec<LogProblem> {
        let broken_off = self.broken_off.iter().cloned();
        let broken_off = broken_off.map(|text| LogProblem { text, help: None });
        let of = |outcome: &Outcome| {
            let (text, help) = outcome.problem()?;
            Some(LogProblem { text, help: help.map(str::to_owned) })
        };
        let named = self.outcomes.iter().map(|outcome| {
            let name = Path::new(&outcome.name).file_name();
            let name = name.map_or_else(|| outcome.name.clone(), |it| it.to_string_lossy().into());
            Outcome { name, ..outcome.clone() }
        });
        broken_off.chain(named.filter_map(|outcome| of(&outcome))).collect()
    }
}

/// What is wrong with a log, in words.
pub(in crate::session) fn wrong(log: &Log) -> Option<(Tone, String)> {
    let first = &log.problems.first()?.text;
    let more = match log.problems.len() - 1 {
        0 => String::new(),
        more => format!(" (and {more} more)"),
    };
    let tone = if log.extent == Extent::Nothing { Tone::Error } else { Tone::Warning };
    Some((tone, format!("{first}{more}")))
}
