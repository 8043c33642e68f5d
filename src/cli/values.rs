//! `values`: the value of every feature for every key.

use std::collections::BTreeSet;
use std::io::{BufWriter, StdoutLock, Write as _};

use crate::config::nearest;
use crate::dataset::{self, Cell, Csv, Ndjson, Run, ValueRow, Writer as _};
use crate::plan::Plan;

use super::arguments::{Values, ValuesFormat};
use super::environment::Environment;
use super::failure::Failure;
use super::load;
use super::output::stdout;
use super::table::ValueTable;

type Out = BufWriter<StdoutLock<'static>>;

/// Replays the logs to the end, or to a time, and prints what is there.
pub(super) fn run(arguments: &Values, environment: &Environment) -> Result<(), Failure> {
    let plan = load::plan(&arguments.config, environment)?;
    let wanted = outputs(&plan, &arguments.feature)?;
    let run = load::run(&arguments.logs, plan, None, environment)?;
    load::tell_rejections(run.tape());
    let mut out = stdout();
    let read = Read { run: &run, arguments, wanted: &wanted };
    match arguments.format {
        ValuesFormat::Ndjson => read.ndjson(&mut out)?,
        ValuesFormat::Csv => read.csv(&mut out)?,
        ValuesFormat::Table => read.table(&mut out)?,
    }
    Ok(out.flush()?)
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
    run: &'r Run,
    arguments: &'r Values,
    wanted: &'r BTreeSet<String>,
}

impl Read<'_> {
    fn each(
        &self,
        emit: &mut dyn FnMut(&ValueRow<'_>) -> Result<(), Failure>,
    ) -> Result<(), Failure> {
        let wanted = |name: &str| self.wanted.contains(name);
        dataset::values(self.run, self.arguments.at, &wanted, emit)
    }

    fn ndjson(&self, out: &mut Out) -> Result<(), Failure> {
        let mut writer = Ndjson::new(out, ["feature", "key", "value", "served"]);
        self.each(&mut |row| {
            let names = row.attributes.iter().map(String::as_str);
            let key: Vec<(&str, &str)> = names.zip(row.key.0.iter().map(String::as_str)).collect();
            Ok(writer.row(&[
                Cell::Text(row.output),
                Cell::Key(&key),
                Cell::value(row.value),
                Cell::value(row.served),
            ])?)
        })
    }

    /// A column for each attribute of any key.
    fn csv(&self, out: &mut Out) -> Result<(), Failure> {
        let plan = self.run.plan();
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
                let place = row.attributes.iter().position(|name| name == attribute);
                place.and_then(|at| row.key.0.get(at)).map_or(Cell::Missing, |t| Cell::Text(t))
            };
            let mut cells = vec![Cell::Text(row.output)];
            cells.extend(attributes.iter().map(part));
            cells.extend([Cell::value(row.value), Cell::value(row.served)]);
            Ok(writer.row(&cells)?)
        })
    }

    fn table(&self, out: &mut Out) -> Result<(), Failure> {
        let mut table = ValueTable::new();
        self.each(&mut |row| {
            table.row(row.output, &row.key, row.value, row.served);
            Ok(())
        })?;
        for line in table.lines() {
            writeln!(out, "{line}")?;
        }
        Ok(())
    }
}
