//! `check`: all faults of a config and, with logs, what they hold, what in the config does not fit
//! them, and what each feature counted of them.

mod arrival;
pub(super) mod features;
mod joins;
mod lints;
mod log;
mod pages;
mod rejected;

use std::path::Path;
use std::sync::Arc;

use crate::base::quantity::counted;
use crate::base::{Deadline, Task};
use crate::config::Document;
use crate::coverage::{Coverage, entries, unsaid};
use crate::diagnostic::{self, Report, Severity};
use crate::lint;
use crate::plan::Plan;

use super::arguments::{Check, LintSetting, ReportFormat};
use super::environment::Environment;
use super::failure::Failure;
use super::output::{self, ForPeople};
use super::{load, logs};

pub(super) use log::facts;
use log::{facts_of, lines, out_of_reach, structured};

/// Prints the report to stdout, or the page of a code.
pub(super) fn run(arguments: &Check, environment: &Environment) -> Result<(), Failure> {
    if let Some(code) = &arguments.explain {
        return pages::print(code.as_deref());
    }
    let Some(config) = &arguments.config else {
        return Err(Failure::usage("no config is named"));
    };
    let (plan, document, mut report) = load::config(config, &arguments.logs, environment)?;
    let settings = document.lints.clone().with(&LintSetting::all(&arguments.lint));
    let judged = |report: &mut Report, document: &Document| {
        lint::allow(&mut report.diagnostics, document, &report.text, &settings);
        lint::deny(&mut report.diagnostics, &settings, arguments.deny_warnings);
    };
    if let (Some(old), Some(plan)) = (&arguments.against, &plan) {
        report.diagnostics.extend(lint::against(&document, plan, &old_plan(old, environment)?));
        report.sort();
    }
    judged(&mut report, &document);
    let mut people = ForPeople::new(environment);
    match arguments.format {
        ReportFormat::Text => {
            // The last line counts the warnings together with those about the logs.
            if plan.is_some() {
                people.faults(&report, arguments.all)?;
            } else {
                people.report(&report, arguments.all)?;
            }
            people.flush()?;
        }
        ReportFormat::Json => output::json(&diagnostic::value(&report))?,
    }
    let plan = plan.ok_or(Failure::Faults)?;
    let counts = counts(&plan);
    let mut warnings = report.count(Severity::Warning);
    let mut errors = report.count(Severity::Error);
    let mut loss = logs::loss(&[]);
    if !arguments.logs.is_empty() {
        let run = load::run(&arguments.logs, plan, None, environment)?;
        let timezone = document.timezone.as_ref().map(|zone| zone.value);
        if let Err(refusal) = logs::refuse(run.outcomes()) {
            // Rejected lines are shown nowhere else.
            match arguments.format {
                ReportFormat::Text => people.lines(lines(&run, timezone))?,
                ReportFormat::Json => output::json(&facts_of(&run).into())?,
            }
            people.flush()?;
            return Err(refusal);
        }
        loss = logs::loss(run.outcomes());
        let mut said = logs::warnings(run.outcomes(), run.tape());
        said.extend(out_of_reach(&run));
        let format = run.detected().map(|detected| detected.format);
        let document = Arc::new(document);
        let mut coverage = Coverage::new(Arc::clone(&document), run.plan(), format)
            .beside(run.outcomes().iter().flat_map(|outcome| &outcome.members));
        let found = coverage.step((run.plan(), run.tape(), run.index()), &Deadline::never());
        let found = found.done().unwrap_or_default();
        let counted = entries(run.plan(), &found.counts);
        // What there is to say about places in the config that takes a log to see.
        let mut places = Report::new(&report.name, &*report.text);
        places.diagnostics = unsaid(&report, found.warnings);
        let linted = (&run, &*document, &*found.counts);
        places.diagnostics.extend(lints::of(arguments, linted, &settings, environment)?);
        places.sort();
        judged(&mut places, &document);
        warnings += places.count(Severity::Warning) + said.len();
        match arguments.format {
            ReportFormat::Text => {
                people.lines(lines(&run, timezone))?;
                people.lines(said.iter().map(|warning| format!("warning: {warning}")))?;
                people.lines(features::lines(&counted))?;
                people.faults(&places, arguments.all)?;
            }
            ReportFormat::Json => output::json(&structured(&run, &said, &counted, &places))?,
        }
        errors += places.count(Severity::Error);
    }
    if arguments.format == ReportFormat::Text {
        let standing = match (errors, warnings) {
            (0, 0) => "ok".to_owned(),
            (0, some) => format!("ok with {}", counted(some, "warning")),
            (some, 0) => counted(some, "error"),
            (some, more) => format!("{}, {}", counted(some, "error"), counted(more, "warning")),
        };
        people.line(format!("{}: {standing}, {counts}", report.name))?;
        people.flush()?;
    }
    if errors > 0 {
        return Err(Failure::Faults);
    }
    loss.end(arguments.allow_loss)
}

/// The plan of an older config; its faults go to stderr.
fn old_plan(path: &Path, environment: &Environment) -> Result<Plan, Failure> {
    let (plan, _, report) = load::config(path, &[], environment)?;
    plan.ok_or_else(|| {
        output::note_report(&report, environment);
        Failure::Faults
    })
}

/// The parts of a valid config, counted, in one line.
fn counts(plan: &Plan) -> String {
    format!(
        "{} with {} over {}",
        counted(plan.features.len(), "feature"),
        counted(plan.outputs.len(), "output"),
        counted(plan.scopes.len(), "scope"),
    )
}
