//! `values`: the value of every feature for every key.

use std::collections::BTreeSet;
use std::io::{BufWriter, StdoutLock, Write as _};
use std::sync::Arc;

use crate::base::clock;
use crate::config::nearest;
use crate::dataset::{self, Cell, Csv, Ndjson, Replayed, ValueRow, Writer as _};
use crate::plan::Plan;

use super::arguments::{Values, ValuesFormat};
use super::environment::Environment;
use super::failure::Failure;
use super::load;
use super::output::stdout;
use super::stats::{self, Outcome};
use super::table::ValueTable;

type Out = BufWriter<StdoutLock<'static>>;

/// Replays the logs to the end, or to a time, and prints what is there.
pub(super) fn run(arguments: &Values, environment: &Environment) -> Result<(), Failure> {
    let started = clock::instant();
    let plan = Arc::new(load::plan(&arguments.config, environment)?);
    let wanted = outputs(&plan, &arguments.feature)?;
    let limits = load::limits(&arguments.run, environment);
    let replayed = load::replay(&arguments.logs, &plan, environment, |log, progress| {
        dataset::replay(&plan, log, arguments.at, limits, progress)
    })?;
    load::tell_rejections(&replayed.passed.tape);
    let write = clock::instant();
    let mut out = stdout();
    let read = Read { plan: &plan, replayed: &replayed, wanted: &wanted };
    let rows = match arguments.format {
        ValuesFormat::Ndjson => read.ndjson(&mut out)?,
        ValuesFormat::Csv => read.csv(&mut out)?,
        ValuesFormat::Table => read.table(&mut out)?,
    };
    out.flush()?;
    if arguments.run.stats {
        stats::tell(&Outcome { passed: &replayed.passed, rows, write: write.elapsed(), started });
    }
    Ok(())
}

/// The names of the outputs of these features, and of these names themselves; of all outputs if
/// none is named.
fn outputs(plan: &Plan, names: &[String]) -> Result<BTreeSet<String>, Failure> {
    for name in names {
        let features = plan.features.iter().map(|feature| &feature.name);
        let outputs = plan.outputs.iter().map(|output| &output.name);
        let known: Vec<&str> = features.chain(outputs).map(String::as_str).collect();
        if !known.contains(&name.as_str()) {
            let failure = Failure::usage(format!("the config has no feature `{name}`"));
            return Err(match nearest(name, known) {
                Some(near) => failure.hint(format!("did you mean `{near}`?")),
                None => failure,
            });
        }
    }
    let wanted = plan.outputs.iter().filter(|output| {
        let feature = &plan.features[output.feature.0].name;
        names.is_empty() || names.contains(&output.name) || names.contains(feature)
    });
    Ok(wanted.map(|output| output.name.clone()).collect())
}

/// What is read.
struct Read<'r> {
    plan: &'r Plan,
    replayed: &'r Replayed,
    wanted: &'r BTreeSet<String>,
}

impl Read<'_> {
    /// Hands every value to `emit`, and tells how many there are.
    fn each(
        &self,
        emit: &mut dyn FnMut(&ValueRow<'_>) -> Result<(), Failure>,
    ) -> Result<u64, Failure> {
        let mut rows = 0;
        self.replayed.values(&|name| self.wanted.contains(name), &mut |row| {
            rows += 1;
            emit(row)
        })?;
        Ok(rows)
    }

    fn ndjson(&self, out: &mut Out) -> Result<u64, Failure> {
        let mut writer = Ndjson::new(out, ["feature", "key", "value", "served"]);
        self.each(&mut |row| {
            Ok(writer.row(&[
                Cell::Text(row.output),
                Cell::Key(row.key),
                Cell::value(row.value),
                Cell::value(row.served),
            ])?)
        })
    }

    /// A column for each attribute of any key.
    fn csv(&self, out: &mut Out) -> Result<u64, Failure> {
        let plan = self.plan;
        let mut attributes: Vec<&str> = Vec::new();
        for (number, output) in plan.outputs.iter().enumerate() {
            for name in plan.key_attributes(plan.scope_of(crate::plan::OutputId(number))) {
                if self.wanted.contains(&output.name) && !attributes.contains(&name) {
                    attributes.push(name);
                }
            }
        }
        let head = std::iter::once("feature").chain(attributes.iter().copied());
        let mut writer = Csv::new(out, head.chain(["value", "served"]))?;
        self.each(&mut |row| {
            let part = |attribute: &&str| {
                let part = row.key.iter().find(|(name, _)| name == attribute);
                part.map_or(Cell::Missing, |(_, text)| Cell::Text(text))
            };
            let values = [Cell::value(row.value), Cell::value(row.served)];
            let cells = [Cell::Text(row.output)].into_iter();
            let cells = cells.chain(attributes.iter().map(part)).chain(values);
            Ok(writer.row(&cells.collect::<Vec<_>>())?)
        })
    }

    fn table(&self, out: &mut Out) -> Result<u64, Failure> {
        let mut table = ValueTable::new();
        let rows = self.each(&mut |row| {
            table.row(row.output, &row.to_key(), row.value, row.served);
            Ok(())
        })?;
        for line in table.lines() {
            writeln!(out, "{line}")?;
        }
        Ok(rows)
    }
}
