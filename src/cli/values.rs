//! `values`: the value of every feature for every key.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::base::clock;
use crate::config::nearest;
use crate::coverage::entries;
use crate::dataset::{
    self, Cell, Column, Content, Format, KeyForm, Kind, Replayed, ValueRow, Writer,
};
use crate::plan::{OutputId, Plan};

use super::arguments::Values;
use super::check::features;
use super::dataset::note_names;
use super::environment::Environment;
use super::failure::Failure;
use super::output::{for_programs, note};
use super::stats::{self, Outcome};
use super::{load, logs};

/// Replays the logs to the end, or to a time, and prints what is there.
pub(super) fn run(arguments: &Values, environment: &Environment) -> Result<(), Failure> {
    let started = clock::instant();
    if arguments.format.is_binary && environment.shows_stdout() {
        return Err(Failure::binary_on_terminal(arguments.format, Content::Values));
    }
    let plan = Arc::new(load::plan(&arguments.config, &arguments.logs, environment)?);
    let wanted = outputs(&plan, &arguments.feature)?;
    let limits = load::limits(&arguments.run, environment);
    let replayed = load::replay(&arguments.logs, &plan, environment, |log, progress| {
        let replay = if arguments.run.stats { dataset::replay_counting } else { dataset::replay };
        replay(&plan, log, arguments.at, limits, progress)
    })?;
    let loss = logs::report(&replayed.passed.outcomes, &replayed.passed.tape)?;
    logs::report_texts(&plan, &replayed.passed, &|OutputId(output)| {
        wanted.contains(&plan.outputs[output].name)
    })?;
    let write = clock::instant();
    let read = Read { plan: &plan, replayed: &replayed, wanted: &wanted };
    let rows = read.write(arguments.format)?;
    if arguments.at.is_none() {
        logs::report_misfits(&plan, &replayed.passed);
    }
    if arguments.run.stats {
        let write = write.elapsed();
        let features = features::structured(&entries(&plan, &replayed.counts));
        let features = Some(features);
        stats::print(&Outcome { passed: &replayed.passed, rows, features, write, started });
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

/// The columns of values, with these columns for their keys; lists have columns of their own where
/// they are `apart` from numbers.
fn columns(keys: impl Iterator<Item = Column>, apart: bool) -> Vec<Column> {
    let lists = ["list", "served_list"].map(|name| Column::optional(name, Kind::List));
    let lists = lists.into_iter().filter(|_| apart);
    let mut keys: Vec<Column> = keys.collect();
    let fixed: &[&str] = if apart {
        &["feature", "value", "served", "list", "served_list"]
    } else {
        &["feature", "value", "served"]
    };
    note_names(&dataset::tell_apart(fixed, &mut keys));
    let values = ["value", "served"].map(|name| Column::optional(name, Kind::Number));
    let feature = std::iter::once(Column::full("feature", Kind::Text));
    feature.chain(keys).chain(values).chain(lists).collect()
}

/// Writes the cells of a value, live and served.
#[inline]
fn put_value(writer: &mut dyn Writer, row: &ValueRow<'_>, is_quoted: bool, apart: bool) {
    if row.lists.is_some() || apart {
        return put_lists(writer, row, apart);
    }
    writer.cell(Cell::value_of(row.value, is_quoted));
    writer.cell(Cell::value_of(row.served, is_quoted));
}

/// The same of a list, or where lists have columns of their own.
#[cold]
fn put_lists(writer: &mut dyn Writer, row: &ValueRow<'_>, apart: bool) {
    if row.lists.is_none() || apart {
        writer.cell(Cell::value(row.value));
        writer.cell(Cell::value(row.served));
    }
    let lists = row.lists.map(|lists| lists.each_ref().map(|list| Cell::list(list.as_ref())));
    lists.unwrap_or([Cell::Missing; 2]).into_iter().for_each(|cell| writer.cell(cell));
}

/// The values that are read, and their plan.
struct Read<'r> {
    plan: &'r Plan,
    replayed: &'r Replayed,
    wanted: &'r BTreeSet<String>,
}

impl Read<'_> {
    /// Writes every value to stdout; returns their number.
    fn write(&self, format: &Format) -> Result<u64, Failure> {
        let out = Box::new(for_programs());
        let (mut writer, rows);
        // A column of a binary format has one type.
        let is_list = |number: &usize| {
            self.plan.most_listed(OutputId(*number)).is_some()
                && self.wanted.contains(&self.plan.outputs[*number].name)
        };
        let apart = format.is_binary && (0..self.plan.outputs.len()).any(|it| is_list(&it));
        match format.keys {
            KeyForm::Whole => {
                let key = std::iter::once(Column::full("key", Kind::Text));
                writer = format.writer(out, &columns(key, apart));
                rows = self.whole(&mut *writer, apart)?;
            }
            KeyForm::Columns => {
                let attributes = self.attributes();
                let keys = attributes.iter().map(|name| Column::optional(*name, Kind::Text));
                writer = format.writer(out, &columns(keys, apart));
                rows = self.wide(&attributes, &mut *writer, apart)?;
            }
        }
        writer.end()?;
        if let Some(line) = writer.note() {
            note(line);
        }
        Ok(rows)
    }

    /// Sends every value to `emit`; returns their number.
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

    /// Writes a key into one cell.
    fn whole(&self, writer: &mut dyn Writer, apart: bool) -> Result<u64, Failure> {
        // Outputs come one after the other.
        let (mut shown, mut is_quoted) = (String::new(), false);
        self.each(&mut |row| {
            if row.output != shown {
                row.output.clone_into(&mut shown);
                is_quoted = self.quotes(row.output);
            }
            writer.cell(Cell::Text(row.output));
            writer.cell(Cell::Key(row.key));
            put_value(writer, row, is_quoted, apart);
            Ok(writer.end_row()?)
        })
    }

    /// True if an output's value is that of one event, which may be an id.
    fn quotes(&self, name: &str) -> bool {
        let output = self.plan.outputs.iter().position(|output| output.name == name);
        output.is_some_and(|output| self.plan.quotes(OutputId(output)))
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

    /// Writes a key into a column for each attribute.
    fn wide(
        &self,
        attributes: &[&str],
        writer: &mut dyn Writer,
        apart: bool,
    ) -> Result<u64, Failure> {
        // The place of each attribute in an output's keys; outputs come one after the other.
        let (mut shown, mut places) = (String::new(), Vec::new());
        self.each(&mut |row| {
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
            put_value(writer, row, false, apart);
            Ok(writer.end_row()?)
        })
    }
}
