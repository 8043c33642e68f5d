//! The rows of a side at a key: the samples that they are, and what these add to the value.

use crate::aggregate::{self, Extent, Percentile, Sample, Span, StateTable};
use crate::base::{Millis, Timestamp};
use crate::engine::{NotCounted, TermRows};
use crate::plan::{ScopeId, Shape, State, Term};

use super::{Position, SideOf};

/// How contributions make a value.
#[derive(Clone, Copy)]
pub(super) enum Weights {
    /// Each adds 1.
    Ones,
    /// Each adds its number.
    Numbers,
    /// They determine it.
    None,
}

impl Weights {
    pub(super) fn of(state: &State) -> Self {
        match state.aggregate {
            "count" => Self::Ones,
            "sum" => Self::Numbers,
            _ => Self::None,
        }
    }

    /// What a sample adds to the value as of a moment.
    pub(super) fn weight(self, shape: Shape, sample: Sample, as_of: Timestamp) -> Option<f64> {
        let number = match self {
            Self::Ones => 1.0,
            Self::Numbers => sample.number(),
            Self::None => return None,
        };
        let Shape::Decay { half_life } = shape else { return Some(number) };
        let age = as_of.0.saturating_sub(sample.time);
        Some(number * (-(age as f64) / half_life.0 as f64).exp2())
    }
}

/// What became of a sample.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Taken {
    /// It contributes: that of this row.
    Contributes(usize),
    /// It is held, outside the window.
    Held,
    /// It came late, and was dropped.
    Late,
}

/// The rows of a side at a key.
pub(super) struct SideRows<'t> {
    pub(super) at: Position<'t>,
    pub(super) term: Term,
    /// The slot in the scope of the side's input; `None` if no event has that key.
    pub(super) slot: Option<u32>,
    rows: Option<TermRows<'t>>,
}

impl<'t> SideRows<'t> {
    pub(super) fn new(at: Position<'t>, of: &SideOf, (scope, slot): (ScopeId, u32)) -> Self {
        let (plan, term) = (at.plan(), of.term);
        let input = &plan.inputs[plan.states[term.state.0].input.0];
        let slot =
            if input.rolled_up { Some(0) } else { at.rows.index.project(scope, slot, input.scope) };
        let rows = slot.map(|slot| TermRows::new(at.rows, &term, slot, at.events(), at.as_of));
        Self { at, term, slot, rows }
    }

    pub(super) fn state(&self) -> &'t State {
        &self.at.plan().states[self.term.state.0]
    }

    /// Visits each row of the key: how often it counts and its sample, or why it does not.
    pub(super) fn each(
        &self,
        mut visit: impl FnMut(usize, Result<(usize, Sample), NotCounted<'t>>),
    ) {
        let Some(rows) = &self.rows else { return };
        for row in rows.rows() {
            visit(row, rows.sample(row).map(|sample| (self.times(row), sample)));
        }
    }

    /// How often a row counts: for each of its keys that the state holds.
    fn times(&self, row: usize) -> usize {
        let plan = self.at.plan();
        let input = &plan.inputs[self.state().input.0];
        let slots = self.at.rows.index.slots(input.scope, row);
        if input.rolled_up {
            return slots.len();
        }
        slots.iter().filter(|slot| Some(**slot) == self.slot).count()
    }

    /// Visits the samples that the state holds at the moment of reading, in or out of the window,
    /// and those that came late and have not expired; a contribution with its row.
    pub(super) fn samples(&self, mut visit: impl FnMut(Taken, (usize, Sample))) {
        let input = self.state().input;
        let has_expired = |row| self.rows.as_ref().is_some_and(|rows| rows.expired(row).is_some());
        self.each(|row, found| {
            let taken = match found {
                Ok(found) => return visit(Taken::Contributes(row), found),
                Err(NotCounted::BeforeWindow(_) | NotCounted::AfterWindow(_)) => Taken::Held,
                Err(NotCounted::Late(_)) if !has_expired(row) => Taken::Late,
                Err(_) => return,
            };
            if let Ok(sample) = self.at.rows.sample(input, row) {
                visit(taken, (self.times(row), sample));
            }
        });
    }

    /// A table like the state's, of this key alone, in a shape. Keys do not expire in it.
    pub(super) fn table(&self, shape: Shape) -> Option<Box<dyn StateTable>> {
        aggregate::table(self.state().aggregate, shape, Millis(i64::MAX))
    }

    /// The value of such a table over an extent; `None` for a list.
    pub(super) fn read(&self, table: &dyn StateTable, extent: Extent) -> Option<f64> {
        if self.state().is_list() {
            return None;
        }
        let percentile = self.term.percentile.unwrap_or(Percentile::MEDIAN);
        table.read(0, Span { extent, as_of: self.at.as_of.0, percentile })
    }
}

/// Adds a sample as often as it counts.
pub(super) fn add(table: &mut dyn StateTable, (times, sample): (usize, Sample)) {
    for _ in 0..times {
        table.add(&[(0, sample)], 0);
    }
}
