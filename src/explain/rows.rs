//! The rows of a side at a key: the samples that they are, what became of each, and what these add to
//! the value.

use crate::aggregate::{self, Extent, Percentile, Sample, Span, StateTable};
use crate::base::{Deadline, Millis, Timestamp};
use crate::engine::{CountedRows, InputRows, NotCounted, OtherType, TermRows, Visited};
use crate::plan::{Plan, ScopeId, Shape, State, Term};

use super::Position;

/// The samples that are added to a table at a time.
const PENDING: usize = 256;

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

    /// Whether contributions add up to the value.
    pub(super) const fn add_up(self) -> bool {
        !matches!(self, Self::None)
    }

    /// Whether the total of the first contributions is their value: of sums it is, but for what is
    /// lost by rounding and beyond the floats.
    pub(super) const fn total_is_value(self) -> bool {
        matches!(self, Self::Ones)
    }

    /// What a sample adds to the value as of a moment.
    fn weight(self, shape: Shape, sample: Sample, as_of: Timestamp) -> Option<f64> {
        let number = match self {
            Self::Ones => 1.0,
            Self::Numbers => sample.number(),
            Self::None => return None,
        };
        Some(number * left(shape, sample.time, as_of))
    }
}

/// How much of a sample of some time is left as of a moment.
#[inline]
pub(super) fn left(shape: Shape, time: i64, as_of: Timestamp) -> f64 {
    let Shape::Decay { half_life } = shape else { return 1.0 };
    let age = as_of.0.saturating_sub(time);
    (-(age as f64) / half_life.0 as f64).exp2()
}

/// A row that the input counts.
#[derive(Clone, Copy)]
pub(super) struct Taken {
    pub(super) row: usize,
    /// How often it counts: for each of its keys that the state holds.
    times: u32,
    pub(super) sample: Sample,
}

impl Taken {
    /// How often it counts.
    pub(super) const fn times(&self) -> u32 {
        self.times
    }

    /// What it adds to the value, as often as it counts.
    pub(super) fn weight(&self, weights: Weights, shape: Shape, as_of: Timestamp) -> Option<f64> {
        let weight = weights.weight(shape, self.sample, as_of);
        weight.map(|weight| weight * f64::from(self.times))
    }
}

/// A table of one key, to which samples are added many at a time.
pub(super) struct Table {
    table: Box<dyn StateTable>,
    /// The samples that are still to be added.
    pending: Vec<(u32, Sample)>,
}

impl Table {
    /// A table like that of a term's state, of one key alone, in a shape. Keys do not expire in it.
    pub(super) fn new(plan: &Plan, term: &Term, shape: Shape) -> Option<Self> {
        let aggregate = plan.states[term.state.0].aggregate;
        let table = aggregate::table(aggregate, shape, Millis(i64::MAX))?;
        Some(Self { table, pending: Vec::with_capacity(PENDING) })
    }

    /// Adds a sample, as often as it counts.
    #[inline]
    pub(super) fn add(&mut self, taken: &Taken) {
        for _ in 0..taken.times {
            self.pending.push((0, taken.sample));
        }
        if self.pending.len() >= PENDING {
            self.settle();
        }
    }

    #[inline(never)]
    fn settle(&mut self) {
        self.table.add(&self.pending, 0);
        self.pending.clear();
    }

    /// The value over an extent, as of a moment; `None` for a list.
    pub(super) fn read(
        &mut self,
        plan: &Plan,
        term: &Term,
        (extent, as_of): (Extent, Timestamp),
    ) -> Option<f64> {
        self.settle();
        if plan.states[term.state.0].is_list() {
            return None;
        }
        let percentile = term.percentile.unwrap_or(Percentile::MEDIAN);
        self.table.read(0, Span { extent, as_of: as_of.0, percentile })
    }
}

/// What is seen of the rows of a side, one after the other: see [`Visited`].
pub(super) enum Seen<'v, 't> {
    /// A row that the input does not count.
    Other(usize, NotCounted<'t>),
    /// Rows of a type that it does not take.
    OtherType(OtherType),
    /// A row that it counts, and why it has no part in the value, if it has none.
    Taken(Taken, Option<NotCounted<'static>>),
    /// Rows that a count takes, each once.
    Counted(CountedRows<'v>),
    /// All that were taken so far, but those that were late, have expired.
    Expired(Millis),
}

/// The rows of a side at a key, which are looked at in slices.
pub(super) struct SideRows {
    pub(super) term: Term,
    pub(super) as_of: Timestamp,
    /// The slot in the scope of the side's input; `None` if no event has that key.
    pub(super) slot: Option<u32>,
    rows: Option<TermRows>,
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
        Self { term, as_of, slot, rows }
    }

    pub(super) fn state<'p>(&self, plan: &'p Plan) -> &'p State {
        &plan.states[self.term.state.0]
    }

    /// Goes on until the deadline, and brings what is seen. Returns whether all rows were looked at.
    pub(super) fn step<'t>(
        &mut self,
        of: InputRows<'t>,
        deadline: &Deadline,
        mut see: impl FnMut(Seen<'_, 't>),
    ) -> bool {
        let Some(rows) = &mut self.rows else { return true };
        let input = &of.plan.inputs[of.plan.states[self.term.state.0].input.0];
        let (slot, explodes) = (self.slot, of.plan.scopes[input.scope.0].explode);
        let times = |row: usize| {
            if !explodes {
                return 1;
            }
            let slots = of.index.slots(input.scope, row);
            if input.rolled_up {
                return slots.len();
            }
            slots.iter().filter(|known| Some(**known) == slot).count()
        };
        rows.visit(of, deadline, &mut |visited| {
            see(match visited {
                Visited::Other(row, reason) => Seen::Other(row, reason),
                Visited::OtherType(other) => Seen::OtherType(other),
                Visited::Sample(row, sample, lack) => {
                    Seen::Taken(Taken { row, times: times(row) as u32, sample }, lack)
                }
                Visited::Counted(rows) => Seen::Counted(rows),
                Visited::Expired(by) => Seen::Expired(by),
            });
        })
    }

    /// Those that came after the key expired last, to be looked at once more.
    pub(super) fn unexpired(&self) -> Self {
        Self { rows: self.rows.as_ref().map(TermRows::unexpired), ..*self }
    }

    /// The share of the rows that is looked at.
    pub(super) fn done(&self) -> f32 {
        self.rows.as_ref().map_or(1.0, TermRows::done)
    }
}
