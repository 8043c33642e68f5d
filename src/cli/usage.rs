//! clap's output: help to stdout, usage errors to stderr, with the arguments that they quote
//! escaped.

use std::io::Write as _;
use std::process::ExitCode;

use clap::builder::StyledStr;
use clap::error::{ContextKind, ContextValue};

use crate::base::escape::printable;

use super::environment::Environment;
use super::failure::{Failure, USAGE};
use super::output::{for_programs, note};

/// Prints it; returns the exit code.
pub(super) fn print(said: clap::Error, environment: &Environment) -> ExitCode {
    if said.use_stderr() {
        said_escaped(said).iter().for_each(note);
        return ExitCode::from(USAGE);
    }
    // Help and version contain nothing that was typed.
    let text = said.render();
    let coloured = environment.colours_stdout();
    let text = if coloured { text.ansi().to_string() } else { text.to_string() };
    let mut out = for_programs();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => Failure::from(error).report(),
    }
}

/// The lines of an error. What was typed is escaped first, so that it cannot start a line of its
/// own.
fn said_escaped(mut said: clap::Error) -> Vec<String> {
    let escaped: Vec<(ContextKind, ContextValue)> =
        said.context().filter_map(|(kind, value)| Some((kind, escaped(value)?))).collect();
    for (kind, value) in escaped {
        said.insert(kind, value);
    }
    said.render().to_string().lines().map(str::to_owned).collect()
}

fn escaped(value: &ContextValue) -> Option<ContextValue> {
    let text = |text: &String| printable(text).into_owned();
    let styled = |text: &StyledStr| StyledStr::from(printable(&text.to_string()).into_owned());
    Some(match value {
        ContextValue::String(one) => ContextValue::String(text(one)),
        ContextValue::Strings(some) => ContextValue::Strings(some.iter().map(text).collect()),
        ContextValue::StyledStrs(some) => {
            ContextValue::StyledStrs(some.iter().map(styled).collect())
        }
        // clap's usage line, and numbers.
        _ => return None,
    })
}
