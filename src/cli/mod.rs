//! The command line: arguments, exit codes, stdout. Nothing is computed here.
//!
//! Exit codes: 0 for success; 1 for faults of the config, failed tests and configs to format; 2 for usage errors, I/O errors and logs
//! of which nothing can be read; 3 if a part of a log was lost. The result of a command goes to
//! stdout, everything else to stderr.

mod arguments;
mod check;
mod dataset;
mod environment;
mod explain;
mod failure;
mod fields;
mod fmt;
mod init;
mod load;
mod logs;
mod output;
mod panic;
mod paths;
mod plan;
mod schema;
mod spool;
mod stats;
mod suggest;
mod test;
mod usage;
mod values;
#[cfg(feature = "workbench")]
mod workbench;

use std::io::ErrorKind;
use std::path::Path;
use std::process::ExitCode;

use clap::Parser as _;

use crate::config::nearest;

use arguments::{Arguments, Command};
use environment::Environment;
use failure::Failure;

/// Runs the program.
#[must_use]
pub fn main() -> ExitCode {
    panic::report_in_lines();
    let environment = Environment::read();
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(said) => return usage::print(said, &environment),
    };
    let done = match &arguments.command {
        Some(Command::Check(check)) => check::run(check, &environment),
        Some(Command::Values(values)) => values::run(values, &environment),
        Some(Command::Dataset(dataset)) => dataset::run(dataset, &environment),
        Some(Command::Explain(explain)) => explain::run(explain, &environment),
        Some(Command::Fields(fields)) => fields::run(fields, &environment),
        Some(Command::Fmt(fmt)) => fmt::run(fmt, &environment),
        Some(Command::Init(init)) => init::run(init, &environment),
        Some(Command::Suggest(suggest)) => suggest::run(suggest, &environment),
        Some(Command::Test(test)) => test::run(test, &environment),
        Some(Command::Plan(plan)) => plan::run(plan, &environment),
        Some(Command::Schema) => schema::run(),
        None => first_word(arguments.workbench.config.as_deref())
            .and_then(|()| workbench(&arguments.workbench, &environment)),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => failure.report(),
    }
}

/// Refuses a first word that is neither a command nor a file.
fn first_word(word: Option<&Path>) -> Result<(), Failure> {
    let Some(word) = word.filter(|word| *word != Path::new("-")) else { return Ok(()) };
    if !word.symlink_metadata().is_err_and(|error| error.kind() == ErrorKind::NotFound) {
        return Ok(());
    }
    let word = word.to_string_lossy();
    let commands = Arguments::commands();
    let near = nearest(&word, commands.iter().map(String::as_str));
    let near = near.map_or_else(String::new, |near| format!("; did you mean {near}?"));
    Err(Failure::usage(format!("no command or file \"{word}\"{near}"))
        .hint("--help lists the commands; without arguments the built-in example opens"))
}

#[cfg(feature = "workbench")]
use workbench::run as workbench;

#[cfg(not(feature = "workbench"))]
fn workbench(_: &arguments::Workbench, _: &Environment) -> Result<(), Failure> {
    Err(Failure::usage("this build has no workbench")
        .hint("the other commands are there; see --help"))
}
