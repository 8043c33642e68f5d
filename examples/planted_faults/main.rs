//! Plants faults into configs and logs, lets `check` look at each, and tells which it named:
//!
//! ```sh
//! cargo run --release --example planted_faults -- --seed 7
//! cargo run --release --example planted_faults -- --write docs/lints.md
//! ```
//!
//! It must not know how a lint judges: it has the faults, and the words by which people would know
//! them again. `--keep FOLDER` leaves the configs and logs there.

#![expect(clippy::print_stdout, clippy::print_stderr, reason = "an example is a program")]

mod alarms;
mod independent;
mod plant;

use std::io;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Parser;

use plant::{Checker, clean, page, planted};

/// Plants faults into configs and logs, and tells which of them `check` names.
#[derive(Parser)]
struct Arguments {
    /// The seeds: each plants every fault once.
    #[arg(long = "seed", value_name = "SEED", default_values_t = [1, 2, 3])]
    seeds: Vec<u64>,
    /// Write what is found into this page, in place of what stands there.
    #[arg(long, value_name = "PAGE")]
    write: Option<PathBuf>,
    /// Leave the configs and logs in this folder.
    #[arg(long, value_name = "FOLDER")]
    keep: Option<PathBuf>,
    /// The program whose `check` is tried, in place of the one of this build.
    #[arg(long, value_name = "PATH")]
    program: Option<PathBuf>,
    /// Plant only faults whose names have this text.
    #[arg(long, value_name = "TEXT")]
    only: Option<String>,
}

fn main() -> ExitCode {
    // The program looks at each pair as whoever runs it would, by the command: it is that itself.
    if std::env::args().nth(1).is_some_and(|word| word == "check") {
        return counterscope::cli::main();
    }
    match run(&Arguments::parse()) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("cannot plant faults: {error}");
            ExitCode::FAILURE
        }
    }
}

/// Plants all faults; false if fewer than 9 in 10 are named.
fn run(arguments: &Arguments) -> io::Result<bool> {
    let folder = tempfile::tempdir()?;
    let kept = arguments.keep.as_deref();
    if let Some(kept) = kept {
        std::fs::create_dir_all(kept)?;
    }
    let program = arguments.program.clone().map_or_else(std::env::current_exe, Ok)?;
    let checker = Checker::new(program.clone(), kept.unwrap_or(folder.path()).to_owned());
    let (mut outcomes, mut alarms) = (Vec::new(), Vec::new());
    let only = arguments.only.as_deref();
    let is_wanted = |name: &str| only.is_none_or(|only| name.contains(only));
    for seed in &arguments.seeds {
        alarms.extend(clean(&checker, *seed)?);
        outcomes.extend(planted(&checker, *seed, |_, fault| is_wanted(fault.name))?);
    }
    let mut text = page::text(&outcomes, &alarms, arguments.seeds.len());
    let looked_at = |seed: &u64| independent::looked_at(&checker, *seed, only.unwrap_or_default());
    let others: Vec<_> = arguments.seeds.iter().map(looked_at).collect::<io::Result<_>>()?;
    text.push_str(&independent::text(&others));
    for other in &others {
        other.missed.iter().for_each(|missed| println!("not named: {missed}"));
        other.alarms.iter().for_each(|alarm| println!("false alarm: {alarm}"));
    }
    let (told, false_alarms) = alarms::told(&program)?;
    text.push_str(&told);
    match &arguments.write {
        Some(path) => write(path, &text)?,
        None => print!("{text}"),
    }
    for outcome in outcomes.iter().filter(|outcome| !outcome.is_named()) {
        println!("not named: {}", outcome.told());
    }
    for alarm in &alarms {
        println!("false alarm: {alarm}");
    }
    let of_others = || others.iter().flat_map(|other| &other.faults);
    let all = outcomes.len() + of_others().count();
    let named = outcomes.iter().filter(|outcome| outcome.is_named()).count()
        + of_others().filter(|(.., is_named)| *is_named).count();
    let alarms =
        alarms.len() + others.iter().map(|other| other.alarms.len()).sum::<usize>() + false_alarms;
    println!("{named} of {all} named, {alarms} false alarms");
    Ok(named * 10 >= all * 9)
}

/// Writes the section into a page, in place of the one that is there.
fn write(path: &Path, text: &str) -> io::Result<()> {
    let old = std::fs::read_to_string(path)?;
    std::fs::write(path, page::inserted(&old, text))
}
