//! The samples of a side replayed through a table of one key: what the value was before and after each
//! listed contribution.

use crate::aggregate::Extent;
use crate::base::Deadline;
use crate::engine::InputRows;
use crate::plan::{AttributeId, Takes};

use super::event::{EventRef, looked_at};
use super::listing::{Contribution, ListedRow};
use super::rows::{Seen, SideRows, Table, Taken, Weights};

/// A replay in slices.
pub(super) struct Replayed {
    rows: SideRows,
    table: Table,
    extent: Extent,
    weights: Weights,
    looked_at: Vec<AttributeId>,
    has_number: bool,
    /// The listed rows, ascending, each with its place in the list, and the next of them.
    places: Vec<(usize, usize)>,
    place: usize,
    listed: Vec<(usize, Contribution)>,
}

impl Replayed {
    /// The replay of a side's samples, once all were looked at; `None` if nothing is listed. `listed`
    /// are the rows to be listed, in their order.
    pub(super) fn new(of: InputRows<'_>, rows: &SideRows, listed: &[ListedRow]) -> Option<Self> {
        let state = rows.state(of.plan);
        let mut places: Vec<(usize, usize)> = listed.iter().map(|it| it.row).zip(0..).collect();
        places.sort_unstable();
        if places.is_empty() {
            return None;
        }
        Some(Self {
            table: Table::new(of.plan, &rows.term, state.shape)?,
            extent: rows.term.window.extent(rows.as_of),
            weights: Weights::of(state),
            looked_at: looked_at(of, state.input),
            has_number: of.plan.inputs[state.input.0].takes == Takes::Number,
            rows: rows.unexpired(),
            places,
            place: 0,
            listed: Vec::new(),
        })
    }

    /// Goes on until the deadline. Returns whether all samples are replayed.
    pub(super) fn step(&mut self, of: InputRows<'_>, deadline: &Deadline) -> bool {
        let Self { rows, table, extent, weights, looked_at, has_number, places, place, listed } =
            self;
        let (term, as_of, shape) = (rows.term, rows.as_of, rows.state(of.plan).shape);
        let read = |table: &mut Table| table.read(of.plan, &term, (*extent, as_of));
        let mut replay = |taken: &Taken| {
            let known = places.get(*place).filter(|(row, _)| *row == taken.row);
            let Some((row, number)) = known.copied() else {
                table.add(taken);
                return;
            };
            *place += 1;
            let before = read(table);
            table.add(taken);
            let contribution = Contribution {
                event: EventRef::new(of, row, looked_at),
                value: has_number.then(|| taken.sample.number()),
                weight: taken.weight(*weights, shape, as_of),
                before,
                after: read(table),
            };
            listed.push((number, contribution));
        };
        // Counts are not replayed: see `counted`.
        rows.step(of, deadline, |seen| {
            if let Seen::Taken(taken, _) = seen {
                replay(&taken);
            }
        })
    }

    /// The share of it that is done.
    pub(super) fn done(&self) -> f32 {
        self.rows.done()
    }

    /// The listed contributions, in their order.
    pub(super) fn into_listed(mut self) -> Vec<Contribution> {
        self.listed.sort_unstable_by_key(|(place, _)| *place);
        self.listed.into_iter().map(|(_, contribution)| contribution).collect()
    }
}

/// The listed contributions to a value that is the total of its contributions: they need no replay.
pub(super) fn counted(
    of: InputRows<'_>,
    rows: &SideRows,
    listed: &[ListedRow],
) -> Vec<Contribution> {
    let looked_at = looked_at(of, rows.state(of.plan).input);
    let contribution = |listed: &ListedRow| Contribution {
        event: EventRef::new(of, listed.row, &looked_at),
        value: None,
        weight: Some(listed.weight),
        before: Some(listed.before),
        after: Some(listed.before + listed.weight),
    };
    listed.iter().map(contribution).collect()
}
