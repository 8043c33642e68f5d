//! The lints that take a log: it is replayed to its end, measured, and read again for its profile.

use crate::cli::environment::Environment;
use crate::cli::failure::Failure;
use crate::cli::load;
use crate::cli::output::note;
use crate::config::Document;
use crate::dataset::Run;
use crate::diagnostic::{Diagnostic, LintSettings};
use crate::engine::InputCount;
use crate::lint::{Facts, Measures, Replayed, beyond, warnings};
use crate::profile::{Limits, Marked};

use super::Check;

/// The warnings of a config about a log that was read.
pub(super) fn of(
    arguments: &Check,
    (run, document, counts): (&Run, &Document, &[InputCount]),
    settings: &LintSettings,
    environment: &Environment,
) -> Result<Vec<Diagnostic>, Failure> {
    let engine = run.at_end();
    let replayed =
        Replayed { plan: run.plan(), tape: run.tape(), index: run.index(), engine: &engine };
    let Some(measures) = Measures::new(replayed, settings, &|| true) else { return Ok(Vec::new()) };
    let limits = Limits { threads: environment.threads, memory: Limits::MEMORY };
    let profile = if arguments.logs.iter().all(|log| log.is_file()) {
        let events = &run.plan().events;
        Some(load::profile(&arguments.logs, events, limits, environment)?.profile)
    } else {
        note(
            "note: a log from a pipe is read once, so what its fields would tell is left out; \
             write it to a file",
        );
        None
    };
    // What events at fault have in common is looked for in the log itself.
    let mut failed = None;
    let mut causes = |sets: Vec<Marked>| {
        let none = vec![None; sets.len()];
        if profile.is_none() {
            return none;
        }
        let events = &run.plan().events;
        load::causes(&arguments.logs, events, limits, sets, environment).unwrap_or_else(|failure| {
            failed = Some(failure);
            none
        })
    };
    let facts = Facts {
        document,
        settings,
        replayed,
        profile: profile.as_ref(),
        counts,
        measures: &measures,
    };
    let mut found = warnings(&facts, &mut causes);
    if let Some(failure) = failed {
        return Err(failure);
    }
    found.extend(arguments.max_memory.and_then(|limit| beyond(document, replayed, limit)));
    Ok(found)
}
