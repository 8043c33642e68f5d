//! `fields`: what is in a log, whether a config uses it or not.

mod json;
mod table;
mod text;

use std::num::NonZeroUsize;

use crate::base::events::EventSettings;
use crate::log::Outcome;
use crate::profile::{Limits, Scalar};

use super::arguments::{Fields, ReportFormat};
use super::environment::Environment;
use super::failure::Failure;
use super::output::{self, ForPeople, note};
use super::{load, logs};

/// Prints the profile of the logs to stdout.
pub(super) fn run(arguments: &Fields, environment: &Environment) -> Result<(), Failure> {
    let mut settings = match &arguments.config {
        Some(config) => load::plan(config, &arguments.logs, environment)?.events,
        None => EventSettings::default(),
    };
    // A log without a type has fields all the same.
    settings.yields.untyped = true;
    let limits = Limits {
        threads: arguments.threads.map_or(environment.threads, NonZeroUsize::get),
        memory: arguments.max_memory.unwrap_or(Limits::MEMORY),
    };
    let profiled = load::profile(&arguments.logs, &settings, limits, environment)?;
    match arguments.format {
        ReportFormat::Text => {
            let mut people = ForPeople::new(environment);
            people.lines(text::lines(&profiled, &settings, arguments.all))?;
            people.flush()?;
        }
        ReportFormat::Json => output::json(&json::structured(&profiled, &settings))?,
    }
    logs::refuse(&profiled.outcomes)?;
    for (problem, help) in profiled.outcomes.iter().filter_map(Outcome::problem) {
        note(match help {
            Some(help) => format!("warning: {problem}; {help}"),
            None => format!("warning: {problem}"),
        });
    }
    logs::loss(&profiled.outcomes).end(arguments.allow_loss)
}

/// A value as JSON.
fn as_json(value: &Scalar) -> serde_json::Value {
    match value {
        Scalar::Text(text) => (&**text).into(),
        // Beyond 64 bits JSON readers would round it.
        Scalar::Integer(whole) => match i64::try_from(*whole) {
            Ok(whole) => whole.into(),
            Err(_) => whole.to_string().into(),
        },
        Scalar::Number(number) => (*number).into(),
        Scalar::Bool(flag) => (*flag).into(),
    }
}
