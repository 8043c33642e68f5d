//! `dataset`: the features as they were at each event of a type.

use std::io::Write as _;

use crate::base::events::Format;
use crate::config::nearest;
use crate::dataset::{self, Cell, Csv, Ndjson, On, RowsOptions, Run, Writer};

use super::arguments::{Dataset, RowsFormat};
use super::environment::Environment;
use super::failure::Failure;
use super::load;
use super::output::{Progress, note, stdout};

/// What asks for the items of rankings where a type of event could stand.
const RANKING: &str = "ranking";

/// Replays the logs and prints a row for each event, as the features were just before it.
pub(super) fn run(arguments: &Dataset, environment: &Environment) -> Result<(), Failure> {
    let plan = load::plan(&arguments.config, environment)?;
    let listed = (arguments.on == RANKING).then_some(On::Ranking);
    let run = load::run(&arguments.logs, plan, listed.as_ref(), environment)?;
    load::tell_rejections(run.tape());
    let on = subject(&arguments.on, &run)?;

    let mut out = stdout();
    let names = columns(&run);
    let names = names.iter().map(String::as_str);
    let mut writer: Box<dyn Writer + '_> = match arguments.format {
        RowsFormat::Ndjson => Box::new(Ndjson::new(&mut out, names)),
        RowsFormat::Csv => Box::new(Csv::new(&mut out, names)?),
    };
    let options = RowsOptions { served: arguments.served, every: arguments.every.get() };
    let mut progress = Progress::new("replaying", environment);
    let mut written = 0;
    dataset::rows(&run, &on, options, &mut |row| {
        let keys = row.keys.iter().map(|text| text.as_deref().map_or(Cell::Missing, Cell::Text));
        let values = row.values.iter().map(|value| Cell::value(*value));
        let place = [Cell::Whole(row.seq as i64), Cell::Whole(row.time.0)];
        let cells: Vec<Cell<'_>> = place.into_iter().chain(keys).chain(values).collect();
        writer.row(&cells)?;
        written += 1;
        progress.at(written, 0);
        Ok::<(), Failure>(())
    })?;
    drop(writer);
    drop(progress);
    out.flush()?;
    if written == 0 && arguments.on == run.plan().events.impressions.name {
        note("note: impressions that are made from rankings have no rows; try --on ranking\n");
    }
    Ok(())
}

/// The columns: the line, the time, the attributes of the features' keys, the outputs.
fn columns(run: &Run) -> Vec<String> {
    let plan = run.plan();
    let keys = dataset::key_attributes(run).into_iter().map(|at| plan.attributes[at.0].clone());
    let outputs = plan.outputs.iter().map(|output| output.name.clone());
    ["seq", "timestamp"].map(str::to_owned).into_iter().chain(keys).chain(outputs).collect()
}

/// What yields rows, by the name that was typed.
fn subject(on: &str, run: &Run) -> Result<On, Failure> {
    let rankings = run.detected().is_some_and(|found| found.format == Format::Metarank);
    if on == RANKING && rankings {
        return Ok(On::Ranking);
    }
    let mut known: Vec<&str> = run.tape().type_names().iter().map(String::as_str).collect();
    if known.contains(&on) {
        return Ok(On::Type(on.to_owned()));
    }
    known.sort_unstable();
    known.extend(rankings.then_some(RANKING));
    let failure = Failure::usage(format!("the log has no event of type `{on}`"));
    Err(match nearest(on, known.iter().copied()) {
        Some(near) => failure.hint(format!("did you mean `{near}`?")),
        None => failure.hint(format!("its types are {}", known.join(", "))),
    })
}
