//! Loading: from paths to a plan and a tape or a replay, as every headless command begins.

use std::io::{ErrorKind, Read as _};
use std::num::NonZeroUsize;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::base::events::EventSettings;
use crate::config::{Document, file};
use crate::dataset::{self, Limits, Log, On, Run};
use crate::diagnostic::{Report, Severity};
use crate::lint;
use crate::log::{EventSource, LogError, Reader};
use crate::plan::Plan;
use crate::plan::lower::compile_with_document;
use crate::profile::{self, Cause, Marked, Profiled};

use super::arguments::Replay;
use super::environment::Environment;
use super::failure::Failure;
use super::output::{Progress, note, note_report, say_if_slow};

/// The bytes of a log that are searched for the sections of a config.
const BEGIN: u64 = 64 << 10;

/// The steps of a progress bar for a fraction.
const STEPS: f64 = 1000.0;

/// A config: its plan, unless it has faults, its declarations, and its diagnostics. `logs` are read
/// beside it.
pub(super) fn config(
    path: &Path,
    logs: &[PathBuf],
    environment: &Environment,
) -> Result<(Option<Plan>, Document, Report), Failure> {
    let bytes = bytes(path, logs, environment)?;
    unswapped(path, &bytes, logs)?;
    Ok(compile_with_document(&path.display().to_string(), &decoded(path, bytes)?))
}

/// The text of a config.
pub(super) fn text(path: &Path, environment: &Environment) -> Result<String, Failure> {
    decoded(path, bytes(path, &[], environment)?)
}

fn decoded(path: &Path, bytes: Vec<u8>) -> Result<String, Failure> {
    String::from_utf8(bytes).map_err(|error| {
        let (name, at) = (path.display(), error.utf8_error().valid_up_to());
        let what =
            format!("the config `{name}` is not UTF-8: byte {at} is not part of a character");
        Failure::usage(what).hint("save it as UTF-8")
    })
}

/// Refuses a file that is not a config if the log looks like one: they were probably swapped.
pub(super) fn unswapped(path: &Path, bytes: &[u8], logs: &[PathBuf]) -> Result<(), Failure> {
    if is_config(bytes) {
        return Ok(());
    }
    let begin = |log: &PathBuf| {
        // A pipe can be read only once.
        let file = std::fs::File::open(log).ok().filter(|_| log.is_file())?;
        let mut begin = Vec::new();
        file.take(BEGIN).read_to_end(&mut begin).ok()?;
        Some(begin)
    };
    let Some(log) = logs.iter().find(|log| begin(log).is_some_and(|begin| is_config(&begin)))
    else {
        return Ok(());
    };
    let (config, log) = (path.display(), log.display());
    let what = format!("`{config}` is not a config, and the log `{log}` looks like one");
    Err(Failure::usage(what).hint("did you swap the config and the log? The config comes first"))
}

/// True if a text has the section that every config has.
fn is_config(text: &[u8]) -> bool {
    text.split(|byte| *byte == b'\n').any(|line| line.starts_with(b"features:"))
}

/// Reads a config. A note is printed if it is to be typed, or is slow to arrive.
fn bytes(path: &Path, logs: &[PathBuf], environment: &Environment) -> Result<Vec<u8>, Failure> {
    let is_typed = path == Path::new(file::STANDARD_INPUT);
    if is_typed && logs.iter().any(|log| log == path) {
        return Err(Failure::usage(
            "the config and a log are both `-`: standard input has only one",
        )
        .hint("write one of them to a file"));
    }
    let (of, from) = if is_typed {
        ("the config from standard input".to_owned(), "standard input".to_owned())
    } else {
        (format!("the config `{}`", path.display()), format!("the pipe `{}`", path.display()))
    };
    let read = || file::read_or_wait(path);
    let read = if is_typed && environment.terminals.stdin {
        note("note: reading the config from standard input; ctrl-D ends it");
        read()
    } else {
        say_if_slow(&format!("note: waiting for the config from {from}"), environment, read)
    };
    read.map_err(|error| {
        let failure = Failure::usage(format!("cannot read {of}: {error}"));
        match error.kind() {
            ErrorKind::NotFound => Failure::usage(format!(
                "cannot read {of}: there is no such file"
            ))
            .hint("check the path; `counterscope` without arguments opens a built-in example"),
            ErrorKind::InvalidInput | ErrorKind::FileTooLarge => failure.hint(
                "a config is a YAML file, a pipe, or `-` for standard input, of at most 256 MiB",
            ),
            _ => failure.hint("check the path and that you may read it"),
        }
    })
}

/// The plan of a config for a command that needs one; faults and warnings go to stderr.
pub(super) fn plan(
    path: &Path,
    logs: &[PathBuf],
    environment: &Environment,
) -> Result<Plan, Failure> {
    let (plan, document, mut report) = config(path, logs, environment)?;
    let text = Arc::clone(&report.text);
    lint::allow(&mut report.diagnostics, &document, &text, &document.lints);
    if plan.is_some() {
        // Notes (skipped sections) would be repeated on every run.
        report.diagnostics.retain(|diagnostic| diagnostic.severity != Severity::Note);
    }
    note_report(&report, environment);
    plan.ok_or(Failure::Faults)
}

/// Prints a note if events are read from a terminal.
fn note_typing(logs: &[PathBuf], environment: &Environment) {
    let is_typed = |log: &PathBuf| log == Path::new(file::STANDARD_INPUT);
    if environment.terminals.stdin && logs.iter().any(is_typed) {
        note("note: reading events from standard input; ctrl-D ends them");
    }
}

/// Reads logs to the end for their profile, by what a config says of events.
pub(super) fn profile(
    paths: &[PathBuf],
    settings: &EventSettings,
    limits: profile::Limits,
    environment: &Environment,
) -> Result<Profiled, Failure> {
    note_typing(paths, environment);
    let mut progress = Progress::new("reading", environment);
    let mut report = |fraction: f64| {
        progress.at((fraction * STEPS).round() as u64, STEPS as u64);
        ControlFlow::Continue(())
    };
    profile_within(paths, settings, limits, &mut report)
}

/// The same without a bar; `progress` may break it off.
pub(super) fn profile_within(
    paths: &[PathBuf],
    settings: &EventSettings,
    limits: profile::Limits,
    progress: &mut dyn FnMut(f64) -> ControlFlow<()>,
) -> Result<Profiled, Failure> {
    let reader = Reader::open(paths, settings, &[])?;
    Ok(profile::profile(reader, settings, limits, progress)?)
}

/// Reads logs once more; what the events of each set have in common.
pub(super) fn causes(
    paths: &[PathBuf],
    settings: &EventSettings,
    limits: profile::Limits,
    sets: Vec<Marked>,
    environment: &Environment,
) -> Result<Vec<Option<Cause>>, Failure> {
    let reader = Reader::open(paths, settings, &[])?;
    let mut progress = Progress::new("reading", environment);
    let mut report = |fraction: f64| {
        progress.at((fraction * STEPS).round() as u64, STEPS as u64);
        ControlFlow::Continue(())
    };
    Ok(profile::causes(reader, settings, limits, sets, &mut report)?)
}

/// Reads logs to the end for a plan; `on` selects the events that get rows.
pub(super) fn run(
    paths: &[PathBuf],
    plan: Plan,
    on: Option<&On>,
    environment: &Environment,
) -> Result<Run, Failure> {
    note_typing(paths, environment);
    let reader = Reader::open(paths, &plan.events, &plan.attributes)?;
    let demand = dataset::wanted(&plan, on);
    let mut progress = Progress::new("reading", environment);
    let mut report = |fraction: f64| progress.at((fraction * STEPS).round() as u64, STEPS as u64);
    Ok(Run::load(Arc::new(plan), demand, reader, &mut report)?)
}

/// Replays logs without holding them. `replay` gets the log and a callback for its progress.
pub(super) fn replay<T, E: Into<Failure>>(
    paths: &[PathBuf],
    plan: &Plan,
    environment: &Environment,
    replay: impl FnOnce(&Log<'_>, &mut dyn FnMut(f64)) -> Result<T, E>,
) -> Result<T, Failure> {
    note_typing(paths, environment);
    let open = || -> Result<Box<dyn EventSource>, LogError> {
        Ok(Box::new(Reader::open(paths, &plan.events, &plan.attributes)?))
    };
    let files = plan.events.metadata.files().map(|(_, path)| path);
    let mut all = paths.iter().map(PathBuf::as_path).chain(files);
    let repeatable = all.all(|path| std::fs::metadata(path).is_ok_and(|m| m.is_file()));
    let mut progress = Progress::new("replaying", environment);
    let mut report = |fraction: f64| progress.at((fraction * STEPS).round() as u64, STEPS as u64);
    replay(&Log { open: &open, repeatable }, &mut report).map_err(Into::into)
}

/// The limits of a replay on threads and memory.
pub(super) fn limits(arguments: &Replay, environment: &Environment) -> Limits {
    Limits {
        threads: arguments.threads.map_or(environment.threads, NonZeroUsize::get),
        memory: arguments.max_memory.map(|bytes| usize::try_from(bytes).unwrap_or(usize::MAX)),
    }
}
