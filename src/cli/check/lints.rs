//! The lints that take a log: it is replayed to its end, measured, and read again for its profile.

use crate::cli::environment::Environment;
use crate::cli::failure::Failure;
use crate::cli::load;
use crate::cli::output::note;
use crate::dataset::Run;
use crate::diagnostic::Diagnostic;
use crate::engine::InputCount;
use crate::lint::{Declared, Facts, Measures, Replayed, beyond, of_log};
use crate::profile::{Limits, Marked};

use super::Check;

/// The warnings of a config about a log that was read.
pub(super) fn of(
    arguments: &Check,
    declared: Declared<'_>,
    (run, counts): (&Run, &[InputCount]),
    environment: &Environment,
) -> Result<Vec<Diagnostic>, Failure> {
    let engine = run.at_end();
    let replayed =
        Replayed { plan: declared.plan, tape: run.tape(), index: run.index(), engine: &engine };
    let Some(measures) = Measures::new(replayed, declared.settings, &|| true) else {
        return Ok(Vec::new());
    };
    let limits = Limits { threads: environment.threads, memory: Limits::MEMORY };
    let profile = if arguments.logs.iter().all(|log| log.is_file()) {
        let events = &declared.plan.events;
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
        let events = &declared.plan.events;
        load::causes(&arguments.logs, events, limits, sets, environment).unwrap_or_else(|failure| {
            failed = Some(failure);
            none
        })
    };
    let (profile, measures) = (profile.as_ref(), &measures);
    let facts = Facts { declared, replayed, profile, counts, measures };
    let mut found = of_log(&facts, &mut causes);
    if let Some(failure) = failed {
        return Err(failure);
    }
    let limit = arguments.max_memory;
    found.extend(limit.and_then(|limit| beyond(declared.document, replayed, limit)));
    Ok(found)
}
