//! `check`: every fault of a config and, with logs, what they are and what in the config they do
//! not have.

mod log;
mod missing;
mod pages;
mod unlike;

use crate::base::quantity::counted;
use crate::diagnostic::{self, Diagnostic, Report, Severity};
use crate::plan::Plan;

use super::arguments::{Check, ReportFormat};
use super::environment::Environment;
use super::failure::Failure;
use super::load;
use super::output::{self, ForPeople};

use log::{structured, told};
use missing::findings;
use unlike::{document, unlike};

/// Prints the report on stdout, or the page of a code.
pub(super) fn run(arguments: &Check, environment: &Environment) -> Result<(), Failure> {
    if let Some(code) = &arguments.explain {
        return pages::print(code.as_deref());
    }
    let Some(config) = &arguments.config else {
        return Err(Failure::usage("no config is named"));
    };
    let (plan, report) = load::config(config, &arguments.logs, environment)?;
    let mut people = ForPeople::new(environment);
    match arguments.format {
        ReportFormat::Text => {
            people.report(&report, arguments.all)?;
            if let Some(plan) = &plan {
                people.line(counts(plan, &report))?;
            }
            people.flush()?;
        }
        ReportFormat::Json => output::json(&diagnostic::value(&report))?,
    }
    let plan = plan.ok_or(Failure::Faults)?;
    if !arguments.logs.is_empty() {
        let run = load::run(&arguments.logs, plan, None, environment)?;
        let findings = findings(&run);
        // What the logs say of single places of the config.
        let mut places = Report::new(&report.name, &*report.text);
        places.diagnostics = unlike(&run, &document(&report.name, &report.text));
        // Of a number in quotes enough was said above.
        let start = |found: &Diagnostic| found.labels.first().map(|label| label.span.start);
        let known: Vec<_> = report.diagnostics.iter().map(start).collect();
        places.diagnostics.retain(|found| !known.contains(&start(found)));
        match arguments.format {
            ReportFormat::Text => {
                people.lines(told(&run, &findings))?;
                people.report(&places, arguments.all)?;
                people.flush()?;
            }
            ReportFormat::Json => output::json(&structured(&run, &findings, &places))?,
        }
    }
    Ok(())
}

/// What a config without errors holds, in one line.
fn counts(plan: &Plan, report: &Report) -> String {
    let warnings = match report.count(Severity::Warning) {
        0 => String::new(),
        some => format!(" with {}", counted(some, "warning")),
    };
    format!(
        "{}: ok{warnings}, {} with {} over {}",
        report.name,
        counted(plan.features.len(), "feature"),
        counted(plan.outputs.len(), "output"),
        counted(plan.scopes.len(), "scope"),
    )
}
