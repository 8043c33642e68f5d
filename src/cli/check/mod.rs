//! `check`: every fault of a config and, with logs, what they are and what in the config they do
//! not have.

mod log;
mod missing;
mod unlike;

use std::io::Write as _;

use crate::base::quantity::counted;
use crate::diagnostic::{self, Diagnostic, Report};
use crate::plan::Plan;

use super::arguments::{Check, ReportFormat};
use super::environment::Environment;
use super::failure::Failure;
use super::load;
use super::output::stdout;

use log::{structured, told};
use missing::findings;
use unlike::{document, unlike};

/// Prints the report on stdout.
pub(super) fn run(arguments: &Check, environment: &Environment) -> Result<(), Failure> {
    let (plan, report) = load::config(&arguments.config)?;
    let mut out = stdout();
    match arguments.format {
        ReportFormat::Text => {
            write!(out, "{}", diagnostic::text(&report, environment.colours_stdout()))?;
            if let Some(plan) = &plan {
                writeln!(out, "{}", counts(plan, &report))?;
            }
        }
        ReportFormat::Json => writeln!(out, "{}", diagnostic::json(&report))?,
    }
    out.flush()?;
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
                write!(out, "{}", told(&run, &findings))?;
                write!(out, "{}", diagnostic::text(&places, environment.colours_stdout()))?;
            }
            ReportFormat::Json => writeln!(out, "{}", structured(&run, &findings, &places))?,
        }
    }
    Ok(out.flush()?)
}

/// What a good config holds, in one line.
fn counts(plan: &Plan, report: &Report) -> String {
    format!(
        "{}: good, {} with {} over {}",
        report.name,
        counted(plan.features.len(), "feature"),
        counted(plan.outputs.len(), "output"),
        counted(plan.scopes.len(), "scope"),
    )
}
