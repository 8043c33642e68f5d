//! The report on a log once it is read: how it is written, what it holds, and what of it was lost or
//! could not be read.

use std::path::Path;

use crate::base::time::TimeUnit;
use crate::log::{Detected, Member, Outcome};
use crate::tape::{FileCounts, RowKind, Tape};

use super::tuning::TUNING;
use crate::session::snapshot::{Extent, Log, LogProblem, MetadataFile, Tone};

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
            form: self.detected.as_ref().map(|detected| detected.form(&self.outcomes)),
            unit: self.detected.as_ref().and_then(|it| it.unit).map(TimeUnit::name),
            span: tape.contents().span(),
            more_types: types.len().saturating_sub(TUNING.reported_types),
            types: types
                .into_iter()
                .take(TUNING.reported_types)
                .map(|(name, count)| (name.to_owned(), count))
                .collect(),
            events: (tape.contents().lines_of(RowKind::Metadata) > 0)
                .then(|| tape.events_without_metadata()),
            metadata: metadata(tape),
            metadata_files: tape.metadata_files().map(metadata_file).collect(),
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
        let named = self
            .outcomes
            .iter()
            .map(|outcome| Outcome { name: file_name(&outcome.name), ..outcome.clone() });
        broken_off.chain(named.filter_map(|outcome| of(&outcome))).collect()
    }
}

/// The kinds of entities that there are metadata of, with the number of lines.
fn metadata(tape: &Tape) -> Vec<(String, u64)> {
    let entities = &tape.demand().settings.metadata.entities;
    let lines = tape.contents().joins().metadata.iter();
    let counted = entities.iter().zip(lines.copied().chain(std::iter::repeat(0)));
    counted.map(|(entity, lines)| (entity.name.clone(), lines)).collect()
}

fn metadata_file((name, counts): (String, &FileCounts)) -> MetadataFile {
    let rejections = &counts.rejections;
    let first_lines = |reason| {
        let examples = rejections.examples().iter().filter(move |it| it.reason == reason);
        examples.map(|example| example.line + 1).collect()
    };
    let reasons = rejections.by_count().into_iter();
    let rejected =
        reasons.map(|(reason, count)| (reason.to_string(), count, first_lines(reason))).collect();
    MetadataFile { name: file_name(&name), is_timeless: counts.is_timeless(), rejected }
}

/// The name of a file without its folders.
fn file_name(path: &str) -> String {
    let name = Path::new(path).file_name();
    name.map_or_else(|| path.to_owned(), |name| name.to_string_lossy().into())
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
