//! `suggest`: a first config from a log.

use std::num::NonZeroUsize;
use std::path::PathBuf;

use crate::base::events::EventSettings;
use crate::log::Outcome;
use crate::profile::{Limits, Profiled};
use crate::suggest;

use super::arguments::Suggest;
use super::environment::Environment;
use super::failure::Failure;
use super::output::{self, note};
use super::{load, logs};

/// The most times that a log is read: once by the usual names, then by what was found.
const READINGS: usize = 3;

/// Prints a config to stdout.
pub(super) fn run(arguments: &Suggest, environment: &Environment) -> Result<(), Failure> {
    let threads = arguments.threads.map_or(environment.threads, NonZeroUsize::get);
    let (profiled, settings) = read(&arguments.logs, threads, environment)?;
    output::text(&suggest::config(&profiled, &settings))?;
    logs::loss(&profiled.outcomes).end(arguments.allow_loss)
}

/// A config for logs, with a test.
pub(super) fn tested(paths: &[PathBuf], environment: &Environment) -> Result<String, Failure> {
    let (profiled, settings) = read(paths, environment.threads, environment)?;
    Ok(suggest::config(&profiled, &settings) + &suggest::test(&profiled, &settings))
}

/// The profile of logs, and the settings by which they are best read.
fn read(
    paths: &[PathBuf],
    threads: usize,
    environment: &Environment,
) -> Result<(Profiled, EventSettings), Failure> {
    let mut settings = EventSettings::default();
    // Whether there is a type is found out here.
    settings.yields.untyped = true;
    let limits = Limits { threads, memory: Limits::MEMORY };
    let mut profiled = load::profile(paths, &settings, limits, environment)?;
    for _ in 1..READINGS {
        let Some(found) = suggest::again(&profiled, &settings) else { break };
        if let Some(path) = paths.iter().find(|path| !path.is_file()) {
            let what = format!(
                "the log `{}` must be read once more, by other members than the usual ones, and is \
                 not a file",
                path.display()
            );
            return Err(Failure::usage(what).hint("save it to a file first"));
        }
        settings = found;
        profiled = load::profile(paths, &settings, limits, environment)?;
    }
    logs::refuse(&profiled.outcomes)?;
    if profiled.profile.types.iter().all(|of| !of.is_counted) {
        let what = "the log has no events that could be counted";
        return Err(Failure::usage(what).hint("`counterscope fields LOG` shows what it holds"));
    }
    for (problem, help) in profiled.outcomes.iter().filter_map(Outcome::problem) {
        note(match help {
            Some(help) => format!("warning: {problem}; {help}"),
            None => format!("warning: {problem}"),
        });
    }
    Ok((profiled, settings))
}
