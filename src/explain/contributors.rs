//! Contributors: the contributions to the sides of a value, grouped by an attribute, and how frequent
//! each group is among all events of the same time.

use std::collections::HashMap;

use foldhash::fast::FixedState;

use crate::base::{Deadline, Step, Task, Timestamp, Value};
use crate::engine::{InputRows, TakenTypes};
use crate::plan::{InputId, OutputId, describe};

use super::Position;
use super::rows::{SideRows, Weights};

/// The rows between two checks of the deadline.
const STRETCH: usize = 2048;

/// The contributors to a side.
#[derive(Clone, Debug, PartialEq)]
pub struct Contributors {
    /// The part of the side in the formula.
    pub role: String,
    /// What the side aggregates, in words.
    pub words: String,
    /// The contributions.
    pub contributions: u64,
    /// What they add up to; `None` if they do not.
    pub total: Option<f64>,
    /// The events of the side's window that its types and filter take, at any key.
    pub taken: u64,
    /// The groups, the largest first: by weight if contributions add up, else by their number.
    pub groups: Vec<Contributor>,
}

/// The contributions with one value of the attribute.
#[derive(Clone, Debug, PartialEq)]
pub struct Contributor {
    /// The value; `None` for the events without one.
    pub value: Option<String>,
    /// The contributions.
    pub contributions: u64,
    /// What they add to the value, if contributions add up.
    pub weight: Option<f64>,
    /// Their share of all contributions' weight, or of their number: 0 to 1, but for weights of
    /// both signs also below 0 and above 1.
    pub share: f64,
    /// How much more frequent the value is among the contributions than among all events of the
    /// side's window that it takes: 1 if it is as frequent.
    pub lift: f64,
    /// The number, from 1, of the first event of them.
    pub first: usize,
}

/// Contributors, while they are looked for: the rows of each side, then those of all keys.
pub struct ContributorsTask {
    events: usize,
    as_of: Timestamp,
    column: usize,
    sides: Vec<SideTask>,
    /// The side that is looked at.
    side: usize,
    /// The next row of all, once every side is looked at.
    row: usize,
}

struct SideTask {
    role: String,
    words: String,
    rows: SideRows,
    input: InputId,
    /// The interval of the window.
    interval: Option<(Timestamp, Timestamp)>,
    /// The groups, by the id of the value.
    groups: HashMap<u32, Collected, FixedState>,
    /// The events of the window that the side takes at any key.
    taken: u64,
}

/// A group, while it is collected.
struct Collected {
    contributions: u64,
    weight: f64,
    /// The first row.
    first: usize,
    /// The events of the window that have the value, at any key.
    all: u64,
}

impl ContributorsTask {
    /// Groups the contributions to each side of an output at a key, a slot of the output's scope,
    /// by a column of the tape. Sides over all keys are left out.
    #[must_use]
    pub fn new(at: Position<'_>, (output, slot): (OutputId, u32), column: usize) -> Self {
        let plan = at.plan();
        let key = (plan.scope_of(output), slot);
        let sides = plan.sides(output).into_iter().filter(|side| !side.is_global);
        let sides = sides.map(|side| SideTask {
            words: describe::term(plan, &side.term),
            rows: SideRows::new(at, side.term, key),
            input: plan.states[side.term.state.0].input,
            interval: side.term.window.interval(at.as_of),
            groups: HashMap::default(),
            taken: 0,
            role: side.role,
        });
        let (events, as_of) = (at.events(), at.as_of);
        Self { events, as_of, column, sides: sides.collect(), side: 0, row: 0 }
    }

    /// Counts the rows of all keys, each once for all sides, until the deadline. Returns whether
    /// all are counted.
    fn count_all(&mut self, of: InputRows<'_>, deadline: &Deadline) -> bool {
        let end = of.tape.end_row(self.events);
        let values = of.tape.column(self.column);
        let types: Vec<TakenTypes> = self.sides.iter().map(|side| of.types(side.input)).collect();
        while self.row < end {
            let stretch = self.row..end.min(self.row + STRETCH);
            self.row = stretch.end;
            for row in stretch {
                let time = of.tape.time(row);
                for (side, types) in self.sides.iter_mut().zip(&types) {
                    let is_inside =
                        |(from, to): (Timestamp, Timestamp)| (from.0..to.0).contains(&time);
                    if side.interval.is_none_or(is_inside) && of.takes(side.input, types, row) {
                        side.taken += 1;
                        if let Some(group) = side.groups.get_mut(&values.id(row)) {
                            group.all += 1;
                        }
                    }
                }
            }
            if self.row < end && deadline.has_passed() {
                return false;
            }
        }
        true
    }
}

impl Task for ContributorsTask {
    /// The same plan, events and keys in each step; the engine may stand elsewhere.
    type Context<'c> = Position<'c>;
    type Output = Vec<Contributors>;

    fn step(&mut self, at: Position<'_>, deadline: &Deadline) -> Step<Vec<Contributors>> {
        while let Some(side) = self.sides.get_mut(self.side) {
            if !side.rows.step(at.rows, deadline, &mut |_, _| {}) {
                return Step::Pending(side.rows.done() / 2.0);
            }
            side.group(at.rows, self.column, self.as_of);
            self.side += 1;
        }
        if !self.count_all(at.rows, deadline) {
            return Step::Pending(0.5 + self.row as f32 / at.rows.tape.rows() as f32 / 2.0);
        }
        let (sides, column) = (std::mem::take(&mut self.sides), self.column);
        Step::Done(sides.into_iter().map(|side| side.finish(at.rows, column)).collect())
    }
}

impl SideTask {
    fn weights(&self, of: InputRows<'_>) -> Weights {
        Weights::of(self.rows.state(of.plan))
    }

    /// Groups the contributions.
    fn group(&mut self, of: InputRows<'_>, column: usize, as_of: Timestamp) {
        let (weights, shape) = (self.weights(of), self.rows.state(of.plan).shape);
        let values = of.tape.column(column);
        for taken in self.rows.contributions() {
            let new = Collected { contributions: 0, weight: 0.0, first: taken.row(), all: 0 };
            let group = self.groups.entry(values.id(taken.row())).or_insert(new);
            group.contributions += 1;
            group.weight += taken.weight(weights, shape, as_of).unwrap_or_default();
        }
    }

    fn finish(self, of: InputRows<'_>, column: usize) -> Contributors {
        let adds_up = !matches!(self.weights(of), Weights::None);
        let values = of.tape.column(column);
        let contributions = self.groups.values().map(|group| group.contributions).sum();
        // In the order of the rows, which says in what order numbers are added.
        let mut collected: Vec<(u32, Collected)> = self.groups.into_iter().collect();
        collected.sort_unstable_by_key(|(_, group)| group.first);
        let total: f64 = collected.iter().map(|(_, group)| group.weight).sum();
        let group = |(id, group): (u32, Collected)| {
            let own = group.contributions as f64 / contributions as f64;
            let whole = group.all as f64 / self.taken as f64;
            let share = if adds_up { group.weight / total } else { own };
            Contributor {
                value: values.value(id).map(Value::to_string),
                contributions: group.contributions,
                weight: adds_up.then_some(group.weight),
                share: if share.is_finite() { share } else { 0.0 },
                lift: if whole > 0.0 { own / whole } else { 0.0 },
                first: of.tape.row_event(group.first) + 1,
            }
        };
        let mut groups: Vec<Contributor> = collected.into_iter().map(group).collect();
        groups.sort_by(|one, other| {
            let by = |it: &Contributor| it.weight.unwrap_or(it.contributions as f64);
            by(other).total_cmp(&by(one)).then(one.value.cmp(&other.value))
        });
        Contributors {
            role: self.role,
            words: self.words,
            contributions,
            total: adds_up.then_some(total),
            taken: self.taken,
            groups,
        }
    }
}
