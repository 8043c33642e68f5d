//! `values`: the value of every feature for every key.

use std::collections::BTreeSet;
use std::io::{BufWriter, StdoutLock, Write as _};
use std::sync::Arc;

use crate::base::clock;
use crate::config::nearest;
use crate::coverage::entries;
#[cfg(feature = "parquet")]
use crate::dataset::Parquet;
use crate::dataset::{self, Cell, Column, Csv, Kind, Ndjson, Replayed, ValueRow, Writer};
use crate::plan::{OutputId, Plan};

use super::arguments::{Values, ValuesFormat};
use super::check::features;
use super::environment::Environment;
use super::failure::Failure;
use super::output::{ForPeople, for_programs, note};
use super::stats::{self, Outcome};
use super::table::ValueTable;
use super::{load, logs};

type Out = BufWriter<StdoutLock<'static>>;

/// Replays the logs to the end, or to a time, and prints what is there.
pub(super) fn run(arguments: &Values, environment: &Environment) -> Result<(), Failure> {
    let started = clock::instant();
    #[cfg(feature = "parquet")]
    if arguments.format == ValuesFormat::Parquet && environment.shows_stdout() {
        return Err(Failure::binary_on_terminal("values.parquet"));
    }
    let plan = Arc::new(load::plan(&arguments.config, &arguments.logs, environment)?);
    let wanted = outputs(&plan, &arguments.feature)?;
    let limits = load::limits(&arguments.run, environment);
    let replayed = load::replay(&arguments.logs, &plan, environment, |log, progress| {
        let replay = if arguments.run.stats { dataset::replay_counting } else { dataset::replay };
        replay(&plan, log, arguments.at, limits, progress)
    })?;
    let loss = logs::tell(&replayed.passed.outcomes, &replayed.passed.tape)?;
    let write = clock::instant();
    let mut out = for_programs();
    let read = Read { plan: &plan, replayed: &replayed, wanted: &wanted };
    let rows = match arguments.format {
        ValuesFormat::Ndjson => read.ndjson(&mut out)?,
        ValuesFormat::Csv => {
            let attributes = read.attributes();
            let columns = columns(&attributes);
            let names = columns.iter().map(|column| column.name.as_str());
            read.wide(&attributes, &mut Csv::new(&mut out, names))?
        }
        #[cfg(feature = "parquet")]
        ValuesFormat::Parquet => {
            let attributes = read.attributes();
            read.wide(&attributes, &mut Parquet::new(&mut out, &columns(&attributes)))?
        }
        ValuesFormat::Table => read.table(&mut ForPeople::new(environment))?,
    };
    out.flush()?;
    if arguments.at.is_none() {
        logs::tell_misfits(&plan, &replayed.passed);
    }
    if arguments.run.stats {
        let write = write.elapsed();
        let features = features::structured(&entries(&plan, &replayed.counts));
        let features = Some(features);
        stats::tell(&Outcome { passed: &replayed.passed, rows, features, write, started });
    }
    // The process ends: to give its memory back piece by piece would take time for nothing.
    std::mem::forget(replayed);
    loss.end(arguments.run.allow_loss)
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

/// The columns of values whose keys have these attributes.
fn columns(attributes: &[&str]) -> Vec<Column> {
    let keys = attributes.iter().map(|name| Column::optional(*name, Kind::Text));
    let values = ["value", "served"].map(|name| Column::optional(name, Kind::Number));
    std::iter::once(Column::full("feature", Kind::Text)).chain(keys).chain(values).collect()
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
        let rows = self.each(&mut |row| {
            Ok(writer.row(&[
                Cell::Text(row.output),
                Cell::Key(row.key),
                Cell::value(row.value),
                Cell::value(row.served),
            ])?)
        })?;
        writer.end()?;
        Ok(rows)
    }

    /// The attributes of any key.
    fn attributes(&self) -> Vec<&str> {
        let mut attributes = Vec::new();
        for (number, output) in self.plan.outputs.iter().enumerate() {
            for name in self.plan.key_attributes(self.plan.scope_of(OutputId(number))) {
                if self.wanted.contains(&output.name) && !attributes.contains(&name) {
                    attributes.push(name);
                }
            }
        }
        attributes
    }

    /// A column for each attribute.
    fn wide(&self, attributes: &[&str], writer: &mut dyn Writer) -> Result<u64, Failure> {
        // Where the parts of an output's keys stand among the attributes; outputs come one after
        // the other.
        let (mut shown, mut places) = (String::new(), Vec::new());
        let rows = self.each(&mut |row| {
            if row.output != shown {
                row.output.clone_into(&mut shown);
                places.clear();
                let place = |attribute| row.key.iter().position(|(name, _)| name == attribute);
                places.extend(attributes.iter().map(place));
            }
            writer.cell(Cell::Text(row.output));
            for place in &places {
                let part = place.and_then(|place| row.key.get(place));
                writer.cell(part.map_or(Cell::Missing, |(_, text)| Cell::Text(text)));
            }
            writer.cell(Cell::value(row.value));
            writer.cell(Cell::value(row.served));
            Ok(writer.end_row()?)
        })?;
        writer.end()?;
        Ok(rows)
    }

    fn table(&self, out: &mut ForPeople) -> Result<u64, Failure> {
        let mut table = ValueTable::new();
        let rows = self.each(&mut |row| {
            table.row(row.output, &row.to_key(), row.value, row.served);
            Ok(())
        })?;
        out.lines(table.0.lines())?;
        out.flush()?;
        if let Some(line) = table.0.note("--format csv has them whole") {
            note(line);
        }
        Ok(rows)
    }
}
