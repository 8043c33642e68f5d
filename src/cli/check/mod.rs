//! `check`: all faults of a config and, with logs, what they hold, what in the config does not fit
//! them, and what each feature counted of them.

mod arrival;
pub(super) mod features;
mod joins;
mod lints;
mod log;
mod pages;
mod rejected;
mod report;

use std::path::Path;
use std::sync::Arc;

use crate::base::quantity::counted;
use crate::base::{Deadline, Task};
use crate::config::Document;
use crate::coverage::{Coverage, Findings, entries, unsaid};
use crate::dataset::Run;
use crate::diagnostic::Report;
use crate::lint::{self, Declared};
use crate::log::Member;
use crate::plan::Plan;
use crate::profile::{Field, Profile, Type};

use super::arguments::{Check, LintSetting};
use super::environment::Environment;
use super::failure::Failure;
use super::{load, logs, output};

use lints::Measured;
pub(super) use log::facts;
use log::out_of_reach;
use report::{OfLogs, Printer};

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
    if let Some(plan) = &plan {
        let declared =
            Declared { document: &document, text: &report.text, plan, settings: &settings };
        report.diagnostics.extend(lint::of_config(&declared));
        report.sort();
    }
    if let (Some(old), Some(plan)) = (&arguments.against, &plan) {
        report.diagnostics.extend(lint::against(&document, plan, &old_plan(old, environment)?));
        report.sort();
    }
    judged(&mut report, &document);
    let mut printer = Printer::new(arguments, environment);
    printer.config(&report, plan.is_some())?;
    let plan = plan.ok_or(Failure::Faults)?;
    let parts = counts(&plan);
    let mut loss = logs::loss(&[]);
    if !arguments.logs.is_empty() {
        let document = Arc::new(document);
        let events = plan.events.clone();
        let replay = || {
            let run = load::run(&arguments.logs, plan, None, environment)?;
            if let Err(refusal) = logs::refuse(run.outcomes()) {
                printer.unusable(&run, &document)?;
                return Err(refusal);
            }
            let measured = Measured::new(&run, &settings, environment);
            Ok((run, measured))
        };
        let ((run, measured), profile) =
            lints::beside_profile(arguments, &events, environment, replay)?;
        let found = fit(&run, &document, profile.as_ref());
        loss = logs::loss(run.outcomes());
        let mut said = logs::warnings(run.outcomes(), run.tape());
        said.extend(out_of_reach(&run));
        let counted = entries(run.plan(), &found.counts);
        let mut places = Report::new(&report.name, &*report.text);
        places.diagnostics = unsaid(&report, found.warnings);
        let declared = Declared {
            document: &document,
            text: &report.text,
            plan: run.plan(),
            settings: &settings,
        };
        let of = (&run, &*found.counts);
        let of_log =
            lints::of(arguments, declared, of, (&measured, profile.as_ref()), environment)?;
        places.diagnostics.extend(of_log);
        places.sort();
        judged(&mut places, &document);
        printer.logs(OfLogs { run: &run, said, counted, places }, &document)?;
    }
    if printer.end(&report.name, &parts)? > 0 {
        return Err(Failure::Faults);
    }
    loss.end(arguments.allow_loss)
}

/// How a config and a log that was read fit together.
fn fit(run: &Run, document: &Arc<Document>, profile: Option<&Profile>) -> Findings {
    let format = run.detected().map(|detected| detected.format);
    let mut coverage = Coverage::new(Arc::clone(document), run.plan(), format)
        .beside(run.outcomes().iter().flat_map(|outcome| &outcome.members))
        .with_types(profile.map(members).unwrap_or_default());
    let found = coverage.step((run.plan(), run.tape(), run.index()), &Deadline::never());
    found.done().unwrap_or_default()
}

/// The members of each type that is counted: the fields of its events.
fn members(profile: &Profile) -> Vec<(String, Vec<Member>)> {
    let is_field = |field: &&Field| field.kinds.iter().any(|(kind, _)| kind.is_scalar());
    let member = |field: &Field| Member { path: field.path.clone(), values: Vec::new() };
    let of = |of: &Type| {
        let name = of.name.clone().filter(|_| of.is_counted)?;
        Some((name, of.fields.iter().filter(is_field).map(member).collect()))
    };
    profile.types.iter().filter_map(of).collect()
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
