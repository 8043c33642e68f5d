//! From paths to a plan and a tape: what every headless command begins with.

use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::dataset::{self, Limits, Log, On, Run};
use crate::diagnostic::{self, Report, Severity};
use crate::log::Reader;
use crate::plan::Plan;
use crate::plan::lower::compile;
use crate::tape::Tape;

use super::arguments::Replay;
use super::environment::Environment;
use super::failure::Failure;
use super::output::{Progress, note};

/// The steps of a progress that is told as a share.
const STEPS: f64 = 1000.0;

/// A config as it was read: its plan, unless it has faults, and all that is to be said of it.
pub(super) fn config(path: &Path) -> Result<(Option<Plan>, Report), Failure> {
    let name = path.display().to_string();
    let bytes = std::fs::read(path).map_err(|error| {
        Failure::usage(format!("cannot read the config `{name}`: {error}"))
            .hint("check the path; `counterscope` without arguments opens a built-in example")
    })?;
    let text = String::from_utf8(bytes).map_err(|error| {
        let at = error.utf8_error().valid_up_to();
        Failure::usage(format!("the config `{name}` is not UTF-8 text: byte {at} is no letter"))
    })?;
    Ok(compile(&name, &text))
}

/// The plan of a config for a command that needs one: faults and warnings go to stderr.
pub(super) fn plan(path: &Path, environment: &Environment) -> Result<Plan, Failure> {
    let (plan, mut report) = config(path)?;
    if plan.is_some() {
        // What was merely noted (skipped sections) would be in the way of every run.
        report.diagnostics.retain(|diagnostic| diagnostic.severity != Severity::Note);
    }
    note(&diagnostic::text(&report, environment.colours_stderr()));
    plan.ok_or(Failure::Faults)
}

/// Reads logs to their end for a plan; `on` is what rows are wanted for, if any.
pub(super) fn run(
    paths: &[PathBuf],
    plan: Plan,
    on: Option<&On>,
    environment: &Environment,
) -> Result<Run, Failure> {
    let reader = Reader::open(paths, &plan.events, &plan.attributes)?;
    let demand = dataset::wanted(&plan, on);
    let mut progress = Progress::new("reading", environment);
    let mut tell = |share: f64| progress.at((share * STEPS).round() as u64, STEPS as u64);
    Ok(Run::load(Arc::new(plan), demand, reader, &mut tell)?)
}

/// Replays logs without holding them: `replay` is given the log and what to tell of its progress.
pub(super) fn replay<T, E: Into<Failure>>(
    paths: &[PathBuf],
    plan: &Plan,
    environment: &Environment,
    replay: impl FnOnce(&Log<'_>, &mut dyn FnMut(f64)) -> Result<T, E>,
) -> Result<T, Failure> {
    let open = || Reader::open(paths, &plan.events, &plan.attributes);
    let repeatable = paths.iter().all(|path| std::fs::metadata(path).is_ok_and(|m| m.is_file()));
    let mut progress = Progress::new("replaying", environment);
    let mut tell = |share: f64| progress.at((share * STEPS).round() as u64, STEPS as u64);
    replay(&Log { open: &open, repeatable }, &mut tell).map_err(Into::into)
}

/// How a command that replays a log may go.
pub(super) fn limits(arguments: &Replay, environment: &Environment) -> Limits {
    Limits {
        threads: arguments.threads.map_or(environment.threads, NonZeroUsize::get),
        memory: arguments.max_memory.map(|bytes| usize::try_from(bytes).unwrap_or(usize::MAX)),
    }
}

/// Says what of the logs was not as it should be: lines that are no events, lines out of place.
pub(super) fn tell_rejections(tape: &Tape) {
    let rejections = tape.rejections();
    if rejections.total() > 0 {
        let reasons: Vec<String> = rejections
            .by_count()
            .iter()
            .map(|(reason, count)| format!("{count} {reason}"))
            .collect();
        note(&format!(
            "note: {} of the log's lines are no events: {}\n",
            rejections.total(),
            reasons.join(", ")
        ));
    }
}
