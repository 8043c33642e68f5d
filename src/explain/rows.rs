//! The rows of a side at a key: the samples that they are, what became of each, and what these add to
//! the value.

use crate::aggregate::{self, Extent, Percentile, Sample, Span, StateTable};
use crate::base::{Deadline, Millis, Timestamp};
use crate::engine::{InputRows, NotCounted, TermRows};
use crate::plan::{Plan, ScopeId, Shape, State, Term};

use super::Position;

/// The samples between two checks of the deadline.
pub(super) const STRETCH: usize = 512;

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
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fate {
    /// It contributes.
    Contributes,
    /// It is held, before the window.
    Before,
    /// It is held, and the window comes to it later.
    After,
    /// It came late, and was dropped.
    Late,
    /// The key expired after it.
    Expired,
}

impl Fate {
    fn of(reason: &NotCounted<'_>) -> Self {
        match reason {
            NotCounted::BeforeWindow(_) => Self::Before,
            NotCounted::AfterWindow(_) => Self::After,
            NotCounted::Late(_) => Self::Late,
            _ => Self::Expired,
        }
    }
}

/// A row that the input counts.
#[derive(Clone, Copy)]
pub(super) struct Taken {
    row: u32,
    /// How often it counts: for each of its keys that the state holds.
    times: u32,
    pub(super) sample: Sample,
    pub(super) fate: Fate,
}

impl Taken {
    pub(super) const fn row(&self) -> usize {
        self.row as usize
    }

    /// What it adds to the value, as often as it counts.
    pub(super) fn weight(&self, weights: Weights, shape: Shape, as_of: Timestamp) -> Option<f64> {
        let weight = weights.weight(shape, self.sample, as_of);
        weight.map(|weight| weight * f64::from(self.times))
    }

    /// Adds the sample to a table of one key, as often as it counts.
    pub(super) fn add_to(&self, table: &mut dyn StateTable) {
        for _ in 0..self.times {
            table.add(&[(0, self.sample)], 0);
        }
    }
}

/// The rows of a side at a key. They are visited once, in slices; what the input counts is kept.
pub(super) struct SideRows {
    pub(super) term: Term,
    pub(super) as_of: Timestamp,
    /// The slot in the scope of the side's input; `None` if no event has that key.
    pub(super) slot: Option<u32>,
    rows: Option<TermRows>,
    /// The rows that the input counts, ascending, and how many of them have their fate.
    taken: Vec<Taken>,
    parted: usize,
}

impl SideRows {
    /// The rows of a term at a key of the output's scope.
    pub(super) fn new(at: Position<'_>, term: Term, key: (ScopeId, u32)) -> Self {
        Self::of(at.rows, (at.events(), at.as_of), term, key)
    }

    /// The same after so many events and as of a moment, wherever an engine stands.
    pub(super) fn of(
        of: InputRows<'_>,
        (events, as_of): (usize, Timestamp),
        term: Term,
        (scope, slot): (ScopeId, u32),
    ) -> Self {
        let plan = of.plan;
        let input = &plan.inputs[plan.states[term.state.0].input.0];
        let slot =
            if input.rolled_up { Some(0) } else { of.index.project(scope, slot, input.scope) };
        let log = (plan, of.tape);
        let rows = slot.map(|slot| TermRows::new(log, &term, slot, events, as_of));
        Self { term, as_of, slot, rows, taken: Vec::new(), parted: 0 }
    }

    pub(super) fn state<'p>(&self, plan: &'p Plan) -> &'p State {
        &plan.states[self.term.state.0]
    }

    /// Goes on until the deadline, and brings each row that has no part in the value with the reason.
    /// Returns whether every row has its place.
    pub(super) fn step<'t>(
        &mut self,
        of: InputRows<'t>,
        deadline: &Deadline,
        not_counted: &mut dyn FnMut(usize, &NotCounted<'t>),
    ) -> bool {
        let Some(rows) = &mut self.rows else { return true };
        let input = &of.plan.inputs[of.plan.states[self.term.state.0].input.0];
        let (slot, taken) = (self.slot, &mut self.taken);
        let times = |row: usize| {
            let slots = of.index.slots(input.scope, row);
            if input.rolled_up {
                return slots.len();
            }
            slots.iter().filter(|known| Some(**known) == slot).count()
        };
        let is_visited = rows.visit(of, deadline, &mut |row, found| match found {
            Ok(sample) => {
                let (row, times) = (row as u32, times(row) as u32);
                taken.push(Taken { row, times, sample, fate: Fate::Contributes });
            }
            Err(reason) => not_counted(row, &reason),
        });
        if !is_visited {
            return false;
        }
        while let Some(next) = taken.get_mut(self.parted..).filter(|next| !next.is_empty()) {
            let stretch = next.len().min(STRETCH);
            for taken in &mut next[..stretch] {
                if let Err(reason) = rows.part(taken.row(), taken.sample) {
                    taken.fate = Fate::of(&reason);
                    not_counted(taken.row(), &reason);
                }
            }
            self.parted += stretch;
            if deadline.has_passed() {
                return false;
            }
        }
        true
    }

    /// The share of the rows that have their place.
    pub(super) fn done(&self) -> f32 {
        self.rows.as_ref().map_or(1.0, TermRows::done)
    }

    /// The rows that the input counts, once every row has its place.
    pub(super) fn taken(&self) -> &[Taken] {
        &self.taken
    }

    /// Those that contribute.
    pub(super) fn contributions(&self) -> impl Iterator<Item = &Taken> {
        self.taken.iter().filter(|taken| taken.fate == Fate::Contributes)
    }

    /// Whether a table takes a sample: one that the state holds at the moment of reading, in or out
    /// of the window, or that came late, of which an increase still begins.
    pub(super) fn is_held(&self, taken: &Taken) -> bool {
        match taken.fate {
            Fate::Contributes | Fate::Before | Fate::After => true,
            Fate::Late => {
                self.rows.as_ref().is_some_and(|rows| rows.expired(taken.row()).is_none())
            }
            Fate::Expired => false,
        }
    }

    /// A table like the state's, of this key alone, in a shape. Keys do not expire in it.
    pub(super) fn table(&self, plan: &Plan, shape: Shape) -> Option<Box<dyn StateTable>> {
        aggregate::table(self.state(plan).aggregate, shape, Millis(i64::MAX))
    }

    /// The value of such a table over an extent; `None` for a list.
    pub(super) fn read(&self, plan: &Plan, table: &dyn StateTable, extent: Extent) -> Option<f64> {
        if self.state(plan).is_list() {
            return None;
        }
        let percentile = self.term.percentile.unwrap_or(Percentile::MEDIAN);
        table.read(0, Span { extent, as_of: self.as_of.0, percentile })
    }
}
