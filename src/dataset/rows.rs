//! Point-in-time rows: the features of an event as they were just before it was applied.

use std::borrow::Cow;
use std::sync::Arc;

use crate::base::{Timestamp, Value};
use crate::engine::{At, Engine, KeyIndex, PointInTimeReader};
use crate::plan::{AttributeId, OutputId, Plan};
use crate::tape::{RowKind, Tape};

use super::pass::{Limits, Passed, Visitor, pass};
use super::{Log, PassError, Run};

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
    pub keys: &'r [Option<&'r str>],
    /// The values, in the order of the plan's outputs.
    pub values: &'r [Option<f64>],
}

/// What takes rows.
pub trait Sink<E> {
    /// Takes the next row; an error ends the replay.
    fn row(&mut self, row: &DatasetRow<'_>) -> Result<(), E>;
    /// The rows until now do not hold: they come again, in another order.
    fn start_over(&mut self) -> Result<(), E>;
}

/// The attributes that a data set's rows show: those of the features' keys, in the order in which
/// features first use them.
#[must_use]
pub fn key_attributes(plan: &Plan) -> Vec<AttributeId> {
    let mut attributes = Vec::new();
    for feature in &plan.features {
        for attribute in &plan.scopes[feature.scope.0].attributes {
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
    let mut rows = Rows::new(&run.plan, on, options);
    rows.choose(&run.tape);
    rows.read(&mut run.engine(), &run.tape, &run.index, emit)
}

/// Replays a log and hands every row to `sink`, in applied order.
pub fn replay_rows<E: From<PassError>>(
    plan: &Arc<Plan>,
    log: &Log<'_>,
    on: &On,
    options: RowsOptions,
    limits: Limits,
    sink: &mut dyn Sink<E>,
    progress: &mut dyn FnMut(f64),
) -> Result<Passed, E> {
    let mut reading = Reading { rows: Rows::new(plan, on, options), sink };
    pass(plan, Some((on, options)), log, limits, &mut reading, progress)
}

/// A replay that is read from on the way.
struct Reading<'s, 'r, E> {
    rows: Rows<'r>,
    sink: &'s mut dyn Sink<E>,
}

impl<E: From<PassError>> Visitor<E> for Reading<'_, '_, E> {
    fn reads(&mut self, tape: &Tape) -> &[usize] {
        self.rows.choose(tape);
        &self.rows.chosen
    }

    fn window(&mut self, engine: &mut Engine, tape: &Tape, index: &KeyIndex) -> Result<bool, E> {
        self.rows.read(engine, tape, index, &mut |row| self.sink.row(row))?;
        Ok(true)
    }

    fn start_over(&mut self) -> Result<(), E> {
        self.rows.seen = 0;
        self.sink.start_over()
    }
}

/// Which rows are read, and what of them.
struct Rows<'r> {
    plan: &'r Plan,
    on: &'r On,
    options: RowsOptions,
    attributes: Vec<AttributeId>,
    /// How many rows there were, those that are left out included.
    seen: usize,
    /// The rows of the tape that are read.
    chosen: Vec<usize>,
    moments: PointInTimeReader,
}

impl<'r> Rows<'r> {
    fn new(plan: &'r Plan, on: &'r On, options: RowsOptions) -> Self {
        Self {
            plan,
            on,
            options,
            attributes: key_attributes(plan),
            seen: 0,
            chosen: Vec::new(),
            moments: PointInTimeReader::new(plan),
        }
    }

    /// Chooses the rows of the tape that are read.
    fn choose(&mut self, tape: &Tape) {
        self.chosen.clear();
        let wanted = match self.on {
            On::Ranking => (RowKind::Listed, None),
            On::Type(name) => match tape.type_names().iter().position(|known| known == name) {
                Some(id) => (RowKind::Event, Some(id as u16)),
                None => return,
            },
        };
        for row in 0..tape.rows() {
            if (tape.kind(row), tape.type_id(row)) == wanted {
                self.seen += 1;
                if self.seen.is_multiple_of(self.options.every.max(1)) {
                    self.chosen.push(row);
                }
            }
        }
    }

    /// Reads the chosen rows, and applies all rows of the tape.
    fn read<E>(
        &mut self,
        engine: &mut Engine,
        tape: &Tape,
        index: &KeyIndex,
        emit: &mut dyn FnMut(&DatasetRow<'_>) -> Result<(), E>,
    ) -> Result<(), E> {
        let mut values = Vec::with_capacity(self.plan.outputs.len());
        if engine.reads_along() {
            let (attributes, moments) = (&self.attributes, &mut self.moments);
            let read = |row, moments: &PointInTimeReader, number| {
                values.clear();
                values.extend(moments.values(number));
                give(attributes, tape, index, row, &values, emit)
            };
            return engine.apply_reading(tape, index, &self.chosen, moments, read);
        }
        for &row in &self.chosen {
            let as_of = engine.advance_before(tape, index, row);
            values.clear();
            values.extend((0..self.plan.outputs.len()).map(OutputId).map(|output| {
                if self.options.served {
                    engine.served(index, output, At::Row(row), as_of)
                } else {
                    engine.live(index, output, At::Row(row), as_of)
                }
            }));
            give(&self.attributes, tape, index, row, &values, emit)?;
        }
        engine.apply(tape, index, tape.events());
        Ok(())
    }
}

/// Hands a row on.
fn give<E>(
    attributes: &[AttributeId],
    tape: &Tape,
    index: &KeyIndex,
    row: usize,
    values: &[Option<f64>],
    emit: &mut dyn FnMut(&DatasetRow<'_>) -> Result<(), E>,
) -> Result<(), E> {
    let text = |attribute: &AttributeId| {
        let column = tape.column(index.column(*attribute));
        column.value(column.id(row)).and_then(Value::as_key)
    };
    let texts: Vec<Option<Cow<'_, str>>> = attributes.iter().map(text).collect();
    let keys: Vec<Option<&str>> = texts.iter().map(Option::as_deref).collect();
    let time = Timestamp(tape.time(row));
    emit(&DatasetRow { seq: tape.line(row), time, keys: &keys, values })
}
