//! The command line: arguments, exit codes, stdout. It must not know how anything is computed.
//!
//! Exit codes: 0 when all went well, 1 when the config has faults, 2 for wrong usage and for
//! faults of the machine. What a command was asked for goes to stdout, everything else to stderr.

mod arguments;
mod check;
mod dataset;
mod environment;
mod explain;
mod failure;
mod load;
mod output;
mod plan;
mod schema;
mod spool;
mod stats;
mod table;
mod values;
#[cfg(feature = "workbench")]
mod workbench;

use std::process::ExitCode;

use clap::Parser as _;

use arguments::{Arguments, Command};
use environment::Environment;

/// Runs the program.
#[must_use]
pub fn main() -> ExitCode {
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(message) => {
            // Nobody is left to tell if this cannot be printed.
            let _ = message.print();
            return ExitCode::from(if message.use_stderr() { failure::USAGE } else { 0 });
        }
    };
    let environment = Environment::read();
    let done = match &arguments.command {
        Some(Command::Check(check)) => check::run(check, &environment),
        Some(Command::Values(values)) => values::run(values, &environment),
        Some(Command::Dataset(dataset)) => dataset::run(dataset, &environment),
        Some(Command::Explain(explain)) => explain::run(explain),
        Some(Command::Plan(plan)) => plan::run(plan, &environment),
        Some(Command::Schema) => schema::run(),
        None => workbench(&arguments.workbench, &environment),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => failure.report(),
    }
}

#[cfg(feature = "workbench")]
use workbench::run as workbench;

#[cfg(not(feature = "workbench"))]
fn workbench(_: &arguments::Workbench, _: &Environment) -> Result<(), failure::Failure> {
    Err(failure::Failure::usage("this build has no workbench")
        .hint("the other commands are there; see --help"))
}
