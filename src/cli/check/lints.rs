//! The lints that take a log: it is replayed to its end and measured, and beside that read for its
//! profile.

use std::ops::ControlFlow;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use rayon::ThreadPoolBuilder;

use crate::base::events::EventSettings;
use crate::cli::environment::Environment;
use crate::cli::failure::Failure;
use crate::cli::load;
use crate::cli::output::note;
use crate::dataset::Run;
use crate::diagnostic::{Diagnostic, LintSettings};
use crate::engine::{Engine, InputCount, InputRows};
use crate::lint::{Declared, Facts, Measures, Replayed, beyond, of_log};
use crate::profile::{Limits, Marked, Profile};

use super::Check;

/// A log at its end, and what was measured of it.
pub(super) struct Measured {
    engine: Engine,
    measures: Measures,
}

/// The limits of a profile.
const fn limits(environment: &Environment) -> Limits {
    Limits { threads: environment.threads, memory: Limits::MEMORY }
}

/// Replays a log, and reads its profile on another thread meanwhile. A log from a pipe, which can be
/// read only once, has no profile.
pub(super) fn beside_profile<T>(
    arguments: &Check,
    settings: &EventSettings,
    environment: &Environment,
    replay: impl FnOnce() -> Result<T, Failure>,
) -> Result<(T, Option<Profile>), Failure> {
    if !arguments.logs.iter().all(|log| log.is_file()) {
        let replayed = replay()?;
        note(
            "note: a log from a pipe is read once, so what its fields would tell is left out; \
             write it to a file",
        );
        return Ok((replayed, None));
    }
    let read = |progress: &mut dyn FnMut(f64) -> ControlFlow<()>| {
        load::profile_within(&arguments.logs, settings, limits(environment), progress)
    };
    if environment.threads < 2 {
        let replayed = replay()?;
        return Ok((replayed, Some(read(&mut |_| ControlFlow::Continue(()))?.profile)));
    }
    let is_over = AtomicBool::new(false);
    thread::scope(|threads| {
        let profiled = threads.spawn(|| {
            read(&mut |_| {
                if is_over.load(Ordering::Relaxed) {
                    ControlFlow::Break(())
                } else {
                    ControlFlow::Continue(())
                }
            })
        });
        let replayed = replay();
        is_over.store(replayed.is_err(), Ordering::Relaxed);
        let profiled = profiled.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic));
        Ok((replayed?, Some(profiled?.profile)))
    })
}

impl Measured {
    /// Measures a log on all threads.
    pub(super) fn new(run: &Run, settings: &LintSettings, environment: &Environment) -> Self {
        let engine = run.at_end();
        let replayed =
            Replayed { plan: run.plan(), tape: run.tape(), index: run.index(), engine: &engine };
        let measure = || Measures::new(replayed, settings);
        let pool = ThreadPoolBuilder::new().num_threads(environment.threads).build();
        let measures = pool.map_or_else(|_| measure(), |pool| pool.install(measure));
        Self { engine, measures }
    }
}

/// The warnings of a config about a log that was read.
pub(super) fn of(
    arguments: &Check,
    declared: Declared<'_>,
    (run, counts): (&Run, &[InputCount]),
    (measured, profile): (&Measured, Option<&Profile>),
    environment: &Environment,
) -> Result<Vec<Diagnostic>, Failure> {
    let Measured { engine, measures } = measured;
    let replayed = Replayed { plan: declared.plan, tape: run.tape(), index: run.index(), engine };
    // What events at fault have in common is looked for in the log itself.
    let mut failed = None;
    let mut causes = |sets: Vec<Marked>| {
        let none = vec![None; sets.len()];
        if profile.is_none() {
            return none;
        }
        let (events, limits) = (&declared.plan.events, limits(environment));
        load::causes(&arguments.logs, events, limits, sets, environment).unwrap_or_else(|failure| {
            failed = Some(failure);
            none
        })
    };
    let rows = InputRows { plan: run.plan(), tape: run.tape(), index: run.index() };
    let facts = Facts { declared, rows, profile, counts, measures };
    let mut found = of_log(&facts, &mut causes, &|| true);
    if let Some(failure) = failed {
        return Err(failure);
    }
    let limit = arguments.max_memory;
    found.extend(limit.and_then(|limit| beyond(declared.document, replayed, limit)));
    Ok(found)
}
