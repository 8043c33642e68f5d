//! Point-in-time rows: the features of an event as they were just before it was applied.

use std::borrow::Cow;
use std::sync::Arc;

use crate::base::{TextList, Timestamp, Value};
use crate::engine::{At, Engine, Freshness, KeyIndex, PointInTimeReader};
use crate::plan::{AttributeId, OutputId, Plan};
use crate::tape::{RowKind, Tape};

use super::streaming_pass::{Limits, Passed, Visitor, pass};
use super::{Log, PassError, Run};

/// The events that have rows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum On {
    /// Events of a type. Synthetic impressions have no rows.
    Type(String),
    /// Items of rankings, one row each.
    Ranking,
}

/// Options of rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RowsOptions {
    /// True for served values instead of live ones.
    pub served: bool,
    /// Sampling: only each n-th row, the last of n; 1 for all. 10 yields the tenth, the twentieth,
    /// ….
    pub every: usize,
}

/// A point-in-time row.
#[derive(Clone, Debug, PartialEq)]
pub struct DatasetRow<'r> {
    /// The line number of the event, from 0.
    pub seq: u64,
    /// The number of the event among those of its line, from 0, where a line may yield several.
    pub sub: Option<u64>,
    /// The event's time.
    pub time: Timestamp,
    /// The texts of the key attributes, in the order of [`key_attributes`].
    pub keys: &'r [Option<&'r str>],
    /// The values, in the order of the plan's outputs.
    pub values: &'r [Option<f64>],
    /// In place of them those that are lists, with their outputs.
    pub lists: &'r [(OutputId, Option<TextList>)],
}

/// A receiver of rows.
pub trait Sink<E> {
    /// Receives the next row; an error ends the replay.
    fn row(&mut self, row: &DatasetRow<'_>) -> Result<(), E>;
    /// Starts over: all rows so far are void, and come again in another order.
    fn start_over(&mut self) -> Result<(), E>;
}

/// The key attributes of a plan's features, in order of first use.
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

/// Emits every row, in applied order; the first error ends it.
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

/// Replays a log and sends every row to `sink`, in applied order.
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

/// A visitor that reads rows.
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

/// The selection of rows, and their buffers.
struct Rows<'r> {
    plan: &'r Plan,
    on: &'r On,
    options: RowsOptions,
    attributes: Vec<AttributeId>,
    /// The number of rows so far, before sampling.
    seen: usize,
    /// The selected rows of the tape.
    chosen: Vec<usize>,
    reader: PointInTimeReader,
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
            reader: PointInTimeReader::new(plan),
        }
    }

    /// Selects rows of the tape.
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

    /// Reads the selected rows, and applies all rows of the tape.
    fn read<E>(
        &mut self,
        engine: &mut Engine,
        tape: &Tape,
        index: &KeyIndex,
        emit: &mut dyn FnMut(&DatasetRow<'_>) -> Result<(), E>,
    ) -> Result<(), E> {
        let mut values = Vec::with_capacity(self.plan.outputs.len());
        if engine.can_read_inline() {
            let (attributes, reader) = (&self.attributes, &mut self.reader);
            let read = |row, reader: &PointInTimeReader, number| {
                values.clear();
                values.extend(reader.values(number));
                send(attributes, tape, index, row, (&values, &[]), emit)
            };
            return engine.apply_and_read(tape, index, &self.chosen, reader, read);
        }
        let outputs = || (0..self.plan.outputs.len()).map(OutputId);
        let is_list = |output: &OutputId| self.plan.most_listed(*output).is_some();
        let listed: Vec<OutputId> = outputs().filter(is_list).collect();
        let mut lists = Vec::with_capacity(listed.len());
        for &row in &self.chosen {
            let as_of = engine.advance_before(tape, index, row);
            values.clear();
            values.extend(outputs().map(|output| {
                if self.options.served {
                    engine.served(index, output, At::Row(row), as_of)
                } else {
                    engine.live(index, output, At::Row(row), as_of)
                }
            }));
            lists.clear();
            lists.extend(listed.iter().map(|output| {
                let freshness =
                    if self.options.served { Freshness::Served } else { Freshness::Live };
                (*output, engine.list(index, *output, At::Row(row), as_of, freshness))
            }));
            send(&self.attributes, tape, index, row, (&values, &lists), emit)?;
        }
        engine.apply(tape, index, tape.events());
        Ok(())
    }
}

/// The values of a row: numbers, and those that are lists.
type Values<'v> = (&'v [Option<f64>], &'v [(OutputId, Option<TextList>)]);

/// Sends a row.
fn send<E>(
    attributes: &[AttributeId],
    tape: &Tape,
    index: &KeyIndex,
    row: usize,
    (values, lists): Values<'_>,
    emit: &mut dyn FnMut(&DatasetRow<'_>) -> Result<(), E>,
) -> Result<(), E> {
    let text = |attribute: &AttributeId| {
        let column = tape.column(index.column(*attribute));
        column.value(column.id(row)).and_then(Value::as_key)
    };
    let texts: Vec<Option<Cow<'_, str>>> = attributes.iter().map(text).collect();
    let keys: Vec<Option<&str>> = texts.iter().map(Option::as_deref).collect();
    let time = Timestamp(tape.time(row));
    let (seq, sub) = (tape.line(row), tape.sub(row));
    emit(&DatasetRow { seq, sub, time, keys: &keys, values, lists })
}
