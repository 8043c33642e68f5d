//! `dataset`: the features as they were at each event of a type.

use std::sync::Arc;
use std::time::Duration;

use crate::base::clock;
use crate::base::events::{self, Order};
use crate::config::nearest;
use crate::dataset::{
    self, Cell, Column, Content, DatasetRow, Format, Kind, On, Passed, RowsOptions, Sink, Writer,
};
use crate::plan::{OutputId, Plan};

use super::arguments::Dataset;
use super::environment::Environment;
use super::failure::Failure;
use super::output::note;
use super::spool::Spool;
use super::stats::{self, Outcome};
use super::{load, logs};

/// What asks for the items of rankings where a type of event could stand.
const RANKING: &str = "ranking";

/// Replays the logs and prints a row for each event, as the features were just before it.
pub(super) fn run(arguments: &Dataset, environment: &Environment) -> Result<(), Failure> {
    let started = clock::instant();
    if arguments.format.is_binary && environment.shows_stdout() {
        return Err(Failure::binary_on_terminal(arguments.format, Content::Rows));
    }
    let plan = Arc::new(load::plan(&arguments.config, &arguments.logs, environment)?);
    let on = match arguments.on.as_str() {
        RANKING => On::Ranking,
        name => On::Type(name.to_owned()),
    };
    let options = RowsOptions { served: arguments.served, every: arguments.every.get() };
    let limits = load::limits(&arguments.run, environment);
    // Only events that are put in order can turn out to be in a wrong one.
    let spool = Spool::new(plan.events.order == Order::Time || arguments.logs.len() > 1);
    let mut table = Table::new(&plan, arguments.format, spool);
    let passed = load::replay(&arguments.logs, &plan, environment, |log, progress| {
        dataset::replay_rows(&plan, log, &on, options, limits, &mut table, progress)
    })?;
    let loss = logs::report(&passed.outcomes, &passed.tape)?;
    if table.rows == 0 {
        check_subject(&on, &plan, &passed)?;
    }
    let (rows, write) = table.end()?;
    logs::report_misfits(&plan, &passed);
    if arguments.run.stats {
        stats::print(&Outcome { passed: &passed, rows, features: None, write, started });
    }
    // The rows are written already, and right but for these columns.
    let texts = logs::report_texts(&plan, &passed, &|_| true);
    // The process ends: to give its memory back piece by piece would take time for nothing.
    std::mem::forget(passed);
    texts?;
    loss.end(arguments.run.allow_loss)
}

/// The output of rows.
struct Table {
    columns: Vec<Column>,
    format: &'static Format,
    spool: Spool,
    /// `None` until the first row, and while the rows begin again.
    writer: Option<Box<dyn Writer>>,
    rows: u64,
}

impl Table {
    fn new(plan: &Plan, format: &'static Format, spool: Spool) -> Self {
        Self { columns: columns(plan), format, spool, writer: None, rows: 0 }
    }

    fn writer(&mut self) -> &mut dyn Writer {
        let Self { columns, format, spool, writer, .. } = self;
        writer.get_or_insert_with(|| format.writer(Box::new(spool.clone()), columns)).as_mut()
    }

    /// Writes what is left; tells how many rows there are and how long that took.
    fn end(mut self) -> Result<(u64, Duration), Failure> {
        let started = clock::instant();
        self.writer().end()?;
        self.spool.end()?;
        Ok((self.rows, started.elapsed()))
    }
}

impl Sink<Failure> for Table {
    fn row(&mut self, row: &DatasetRow<'_>) -> Result<(), Failure> {
        let writer = self.writer();
        writer.cell(Cell::Whole(row.seq as i64));
        if let Some(sub) = row.sub {
            writer.cell(Cell::Whole(sub as i64));
        }
        writer.cell(Cell::Whole(row.time.0));
        row.keys.iter().for_each(|text| writer.cell(text.map_or(Cell::Missing, Cell::Text)));
        let mut lists = row.lists.iter().peekable();
        for (number, value) in row.values.iter().enumerate() {
            let list = lists.next_if(|(output, _)| output.0 == number);
            writer.cell(match list {
                Some((_, list)) => Cell::list(list.as_ref()),
                None => Cell::value(*value),
            });
        }
        writer.end_row()?;
        self.rows += 1;
        Ok(())
    }

    fn start_over(&mut self) -> Result<(), Failure> {
        self.writer = None;
        self.rows = 0;
        Ok(self.spool.clear()?)
    }
}

/// The columns: the line, the number within it where it may yield several events, the time, the
/// attributes of the features' keys, the outputs.
fn columns(plan: &Plan) -> Vec<Column> {
    let sub = plan.events.yields.several().then(|| Column::full("sub", Kind::Whole));
    let time = Column::full("timestamp", Kind::Time);
    let place = std::iter::once(Column::full("seq", Kind::Whole)).chain(sub).chain([time]);
    let mut place: Vec<Column> = place.collect();
    let keys = dataset::key_attributes(plan).into_iter();
    let keys = keys.map(|attribute| Column::optional(&plan.attributes[attribute.0], Kind::Text));
    let values = plan.outputs.iter().enumerate().map(|(number, output)| {
        let is_list = plan.most_listed(OutputId(number)).is_some();
        Column::optional(&output.name, if is_list { Kind::List } else { Kind::Number })
    });
    let mut others: Vec<Column> = keys.chain(values).collect();
    let fixed: Vec<&str> = place.iter().map(|column| column.name.as_str()).collect();
    note_names(&dataset::tell_apart(&fixed, &mut others));
    place.append(&mut others);
    place
}

/// Tells which columns have another name than what they hold.
pub(super) fn note_names(changed: &[(String, String)]) {
    for (name, column) in changed {
        note(format!("note: another column is called `{name}`; this one is called `{column}`"));
    }
}

/// Why there are no rows: what yields them is not in the log, or made from rankings.
fn check_subject(on: &On, plan: &Plan, passed: &Passed) -> Result<(), Failure> {
    // An empty log lacks no type.
    if passed.outcomes.iter().all(|it| it.accepted == 0 || it.entity.is_some()) {
        return Ok(());
    }
    let rankings = passed.detected.as_ref().is_some_and(|it| it.format == events::Format::Metarank);
    let mut known: Vec<&str> = passed.tape.type_names().iter().map(String::as_str).collect();
    let name = match on {
        On::Ranking if rankings => return Ok(()),
        On::Ranking => RANKING,
        On::Type(name) => name,
    };
    if known.contains(&name) {
        if *name == plan.events.impressions.name {
            note("note: impressions that are made from rankings have no rows; try --on ranking");
        }
        return Ok(());
    }
    known.sort_unstable();
    known.extend(rankings.then_some(RANKING));
    let failure = Failure::usage(format!("the log has no event of type `{name}`"));
    Err(match nearest(name, known.iter().copied()) {
        Some(near) => failure.hint(format!("did you mean `{near}`?")),
        None => failure.hint(format!("its types are {}", known.join(", "))),
    })
}
