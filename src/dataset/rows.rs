//! Point-in-time rows: the features of an event as they were just before it was applied.

use crate::base::Timestamp;
use crate::engine::At;
use crate::plan::{AttributeId, OutputId};
use crate::tape::RowKind;

use super::Run;

/// Which events have rows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum On {
    /// Each event of a type. Synthetic impressions have none.
    Type(String),
    /// Each item of each ranking.
    Ranking,
}

/// How rows are made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RowsOptions {
    /// Served values instead of live ones.
    pub served: bool,
    /// Only each n-th row; 1 for all of them, the first row of n being the last: 10 gives the
    /// tenth, the twentieth, ….
    pub every: usize,
}

/// One row.
#[derive(Clone, Debug, PartialEq)]
pub struct DatasetRow<'r> {
    /// The event's line in the log, from 0.
    pub seq: u64,
    /// The event's time.
    pub time: Timestamp,
    /// The texts of the key attributes, in the order of [`key_attributes`].
    pub keys: &'r [Option<String>],
    /// The values, in the order of the plan's outputs.
    pub values: &'r [Option<f64>],
}

/// The attributes that a data set's rows show: those of the features' keys, in the order in which
/// features first use them.
#[must_use]
pub fn key_attributes(run: &Run) -> Vec<AttributeId> {
    let mut attributes = Vec::new();
    for feature in &run.plan.features {
        for attribute in &run.plan.scopes[feature.scope.0].attributes {
            if !attributes.contains(attribute) {
                attributes.push(*attribute);
            }
        }
    }
    attributes
}

/// Calls `emit` with every row, in applied order. Stops at its first error and returns it.
pub fn rows<E>(
    run: &Run,
    on: &On,
    options: RowsOptions,
    emit: &mut dyn FnMut(&DatasetRow<'_>) -> Result<(), E>,
) -> Result<(), E> {
    let (tape, index, plan) = (&run.tape, &run.index, &run.plan);
    let wanted = match on {
        On::Ranking => None,
        On::Type(name) => match tape.type_names().iter().position(|known| known == name) {
            Some(id) => Some(id as u16),
            None => return Ok(()),
        },
    };
    let attributes = key_attributes(run);
    let outputs: Vec<OutputId> = (0..plan.outputs.len()).map(OutputId).collect();
    let mut engine = run.engine();
    let mut seen = 0usize;
    for row in 0..tape.rows() {
        let is_one = match tape.kind(row) {
            RowKind::Listed => wanted.is_none(),
            RowKind::Event => wanted.is_some() && tape.type_id(row) == wanted,
            _ => false,
        };
        if !is_one {
            continue;
        }
        seen += 1;
        if !seen.is_multiple_of(options.every.max(1)) {
            continue;
        }
        let as_of = engine.stand_before(tape, index, row);
        let keys: Vec<Option<String>> = attributes
            .iter()
            .map(|attribute| {
                let column = tape.column(index.column(*attribute));
                column.value(column.ids()[row]).and_then(crate::base::Value::key_text)
            })
            .collect();
        let read = |output: &OutputId| {
            if options.served {
                engine.served(index, *output, At::Row(row), as_of)
            } else {
                engine.live(index, *output, At::Row(row), as_of)
            }
        };
        let values: Vec<Option<f64>> = outputs.iter().map(read).collect();
        let time = Timestamp(tape.times()[row]);
        emit(&DatasetRow { seq: tape.line(row), time, keys: &keys, values: &values })?;
    }
    Ok(())
}
