//! `test`: the tests of configs, run beside each other and told in the order of the text.

mod json;
mod junit;
mod text;

use std::sync::Arc;

use rayon::ThreadPoolBuilder;
use rayon::prelude::*;

use crate::diagnostic::codes;
use crate::lint;
use crate::log::LogError;
use crate::scenario::{Coverage, Outcome, Suite};

use super::arguments::{Test, TestFormat};
use super::environment::Environment;
use super::failure::Failure;
use super::output::{self, ForPeople};
use super::{load, paths};

/// A config, and what became of its tests.
struct Tested {
    config: String,
    /// `None` if the config has faults.
    tests: Option<Tests>,
}

struct Tests {
    outcomes: Vec<Outcome>,
    /// The coverage by all of its tests; `None` if only some were run, or there are none.
    coverage: Option<Coverage>,
    /// The percentage that the coverage was to reach, and does not.
    uncovered: Option<f64>,
}

/// What came of all tests.
#[derive(Clone, Copy, Default)]
struct Counts {
    configs: usize,
    tests: usize,
    failed: usize,
    /// Configs with faults.
    faulty: usize,
    /// Configs below the coverage that was asked for.
    uncovered: usize,
}

impl Counts {
    fn of(tested: &[Tested]) -> Self {
        let mut counts = Self { configs: tested.len(), ..Self::default() };
        for Tested { tests, .. } in tested {
            let Some(tests) = tests else {
                counts.faulty += 1;
                continue;
            };
            counts.tests += tests.outcomes.len();
            counts.failed += tests.outcomes.iter().filter(|test| !test.passed()).count();
            counts.uncovered += usize::from(tests.uncovered.is_some());
        }
        counts
    }

    const fn passed(self) -> bool {
        self.failed + self.faulty + self.uncovered == 0
    }
}

/// Runs the tests of configs.
pub(super) fn run(arguments: &Test, environment: &Environment) -> Result<(), Failure> {
    let mut suites = Vec::new();
    for path in paths::expand(&arguments.configs)? {
        let (plan, document, mut report) = load::config(&path, &[], environment)?;
        if plan.is_some() {
            // Of warnings those that are about tests.
            let text = Arc::clone(&report.text);
            lint::allow(&mut report.diagnostics, &document, &text, &document.lints);
            report.diagnostics.retain(|told| told.code == codes::UNCOUNTED_EVENT.name);
            lint::deny(&mut report.diagnostics, &document.lints, false);
        }
        output::note_report(&report, environment);
        let plan = plan.filter(|_| !report.has_errors());
        let suite = plan.map(|plan| Suite::new(plan, document, report.text));
        suites.push((path.display().to_string(), suite));
    }
    let is_wanted = |suite: &Suite, test: &usize| {
        let name = arguments.name.as_deref();
        name.is_none_or(|name| suite.name(*test).contains(name))
    };
    let cases: Vec<(usize, usize)> = suites
        .iter()
        .enumerate()
        .filter_map(|(number, (_, suite))| Some((number, suite.as_ref()?)))
        .flat_map(|(number, suite)| {
            let tests = (0..suite.len()).filter(move |test| is_wanted(suite, test));
            tests.map(move |test| (number, test))
        })
        .collect();
    if cases.is_empty() && suites.iter().all(|(_, suite)| suite.is_some()) {
        return Err(nothing(arguments, suites.iter().filter_map(|(_, suite)| suite.as_ref())));
    }
    let outcome = |&(suite, test): &(usize, usize)| {
        let suite = suites[suite].1.as_ref();
        suite.map(|suite| suite.run(test)).transpose()
    };
    let threads = arguments.threads.map_or(environment.threads, std::num::NonZero::get);
    let pool = ThreadPoolBuilder::new().num_threads(threads).build();
    let pool = pool.map_err(|error| Failure::usage(format!("cannot start threads: {error}")))?;
    let outcomes: Result<Vec<Option<Outcome>>, LogError> =
        pool.install(|| cases.par_iter().map(outcome).collect());
    let mut of_suite: Vec<Vec<Outcome>> = suites.iter().map(|_| Vec::new()).collect();
    for ((suite, _), outcome) in cases.iter().zip(outcomes?) {
        of_suite[*suite].extend(outcome);
    }
    let tested = suites.into_iter().zip(of_suite).map(|((config, suite), outcomes)| {
        let tests = suite.map(|suite| tests(&suite, outcomes, arguments.min_coverage));
        Tested { config, tests }
    });
    let tested: Vec<Tested> = tested.collect();
    let counts = Counts::of(&tested);
    match arguments.format {
        TestFormat::Text => {
            let mut out = ForPeople::new(environment);
            out.lines(text::text(&tested, counts))?;
            out.flush()?;
        }
        TestFormat::Json => output::json(&json::json(&tested, counts))?,
        TestFormat::Junit => output::text(&junit::xml(&tested))?,
    }
    if counts.passed() { Ok(()) } else { Err(Failure::Faults) }
}

fn tests(suite: &Suite, outcomes: Vec<Outcome>, least: Option<f64>) -> Tests {
    let is_whole = outcomes.len() == suite.len() && !suite.is_empty();
    let coverage = is_whole.then(|| suite.coverage(&outcomes));
    // Of a config without tests nothing is covered.
    let percent = coverage.as_ref().map(Coverage::percent);
    let percent = if suite.is_empty() { Some(0.0) } else { percent };
    let uncovered = least.zip(percent).filter(|(least, percent)| percent < least);
    Tests { outcomes, coverage, uncovered: uncovered.map(|(least, _)| least) }
}

/// That there is nothing to run, which a build should not take for success.
fn nothing<'s>(arguments: &Test, mut suites: impl Iterator<Item = &'s Suite>) -> Failure {
    match &arguments.name {
        Some(name) if suites.any(|suite| !suite.is_empty()) => {
            Failure::usage(format!("no test has `{name}` in its name"))
                .hint("without --name all tests are run")
        }
        _ => Failure::usage("none of the configs has a test")
            .hint("write them under `tests`; docs/testing.md shows how"),
    }
}
