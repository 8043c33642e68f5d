//! The values in view, and how the last move changed them.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use crate::base::Timestamp;
use crate::engine::{At, Freshness};
use crate::plan::OutputId;

use super::ViewInput;
use super::as_of;
use super::order::Order;
use crate::session::protocol::Layout;
use crate::session::snapshot::{Cell, LongOutput, Reading, Row, Values};

/// How long changes add up while event time runs, so that they can be read.
const ADDS_UP: Duration = Duration::from_millis(700);

/// The values that were in view before the last move, and those that are.
#[derive(Default)]
pub(super) struct Changes {
    before: HashMap<(usize, u32), f64>,
    now: HashMap<(usize, u32), f64>,
    /// The cursor, and the moment that values are as of.
    place: (usize, Timestamp),
    passing: bool,
    since: Option<Instant>,
}

impl Changes {
    /// Starts a new move if the cursor is elsewhere. What is shown on the way of a load or a
    /// long seek is no move.
    fn turn(&mut self, place: (usize, Timestamp), playing: bool, passing: bool, now: Instant) {
        self.passing = passing;
        let recent = self.since.is_some_and(|since| now - since < ADDS_UP);
        if place != self.place && !passing && !(playing && recent) {
            self.before = std::mem::take(&mut self.now);
            self.place = place;
            self.since = Some(now);
        }
    }

    fn cell(&mut self, output: OutputId, slot: u32, reading: Reading) -> Cell {
        let place = (output.0, slot);
        let change = reading.number().filter(|_| !self.passing).and_then(|value| {
            self.now.insert(place, value);
            let before = self.before.get(&place)?;
            Some(value - before).filter(|change| *change != 0.0)
        });
        Cell { reading, change }
    }
}

/// The values in view.
pub(super) fn values(
    order: &Order,
    changes: &mut Changes,
    shown: &ViewInput<'_>,
    selected_row: usize,
    passing: bool,
) -> Values {
    let (replay, look) = (&shown.replay, shown.look);
    let (plan, engine, index) = (replay.plan(), replay.engine(), replay.index());
    let as_of = as_of(replay);
    let now = replay.clock().now();
    changes.turn((replay.cursor(), as_of), shown.player.is_playing(), passing, now);
    let first_row = look.first_row.min(order.len());
    let first_column = look.first_column.min(order.columns().len());
    let columns: Vec<OutputId> =
        order.columns().iter().skip(first_column).take(look.columns).copied().collect();
    let rows = order.from(first_row).take(look.rows).map(|(output, slot)| {
        let mut cell = |output: OutputId| {
            let reading = engine.reading(index, output, slot, as_of);
            changes.cell(output, slot, reading)
        };
        let scope = plan.scope_of(output);
        let (cells, long) = match look.layout {
            Layout::Wide(_) => (columns.iter().map(|output| cell(*output)).collect(), None),
            Layout::Long => {
                let live = cell(output);
                let served = match &live.reading {
                    Reading::NeverSeen | Reading::Expired => live.reading.clone(),
                    _ => engine
                        .value(index, output, At::Slot(slot), as_of, Freshness::Served)
                        .map_or(Reading::NoData, Reading::from),
                };
                let declared = &plan.outputs[output.0];
                let long = LongOutput {
                    name: declared.name.clone(),
                    kind: plan.features[declared.feature.0].kind.name(),
                    scope: plan.scope_name(scope),
                    served,
                    history: Vec::new(),
                };
                (vec![live], Some(long))
            }
        };
        let last_write = match look.layout {
            Layout::Long => engine.last_write(index, output, slot),
            Layout::Wide(_) => {
                columns.iter().filter_map(|output| engine.last_write(index, *output, slot)).max()
            }
        };
        Row { key: index.key(scope, slot), last_write, cells, output: long }
    });
    Values {
        layout: look.layout,
        first_row,
        total_rows: order.len(),
        unfiltered_rows: order.unfiltered(),
        first_column,
        selected_row,
        ordering: order.progress(),
        ordered_at: order.ordered_at(shown.player.is_playing()),
        rows: rows.collect(),
    }
}
