//! Contributors: the contributions to the sides of a value, grouped by an attribute, and how frequent
//! each group is among all events of the same time.

use std::collections::HashMap;
use std::collections::hash_map::IntoIter;
use std::ops::Range;

use foldhash::fast::FixedState;

use crate::base::{Deadline, Step, Task, Timestamp};
use crate::engine::{InputRows, TakenTypes};
use crate::plan::{InputId, OutputId, Shape, describe};

use super::Position;
use super::largest::{Group, Largest};
use super::rows::{Seen, SideRows, Weights, left};

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
    /// The number of groups.
    pub values: usize,
    /// The largest groups, in order: by weight if contributions add up, else by their number.
    pub groups: Vec<Contributor>,
}

impl Contributors {
    /// Whether a contribution has the attribute.
    #[must_use]
    pub fn has_values(&self) -> bool {
        self.values > 1 || self.groups.iter().any(|group| group.value.is_some())
    }
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

/// Contributors, while they are looked for: the rows of each side, then those of all keys, then the
/// largest groups.
pub struct ContributorsTask {
    events: usize,
    as_of: Timestamp,
    column: usize,
    /// The most groups that are told of a side.
    most: usize,
    sides: Vec<SideTask>,
    /// The side that is looked at.
    side: usize,
    /// The rows of all that are left, once every side is looked at.
    rows: Option<Range<usize>>,
    told: Vec<Contributors>,
}

struct SideTask {
    role: String,
    words: String,
    rows: SideRows,
    weights: Weights,
    shape: Shape,
    input: InputId,
    /// The interval of the window.
    interval: Option<(Timestamp, Timestamp)>,
    grouped: Grouped,
    /// The events of the window that the side takes at any key.
    taken: u64,
    /// Its groups that are left, and the largest of those before, once all are counted.
    largest: Option<(IntoIter<u32, Group>, Largest)>,
}

/// Contributions in groups.
#[derive(Default)]
struct Grouped {
    contributions: u64,
    total: f64,
    /// By the id of the value.
    groups: HashMap<u32, Group, FixedState>,
}

impl Grouped {
    /// Adds a contribution of a row that has a value, by its id.
    fn add(&mut self, id: u32, row: usize, weight: f64) {
        let new = Group { contributions: 0, weight: 0.0, first: row, all: 0 };
        let group = self.groups.entry(id).or_insert(new);
        self.contributions += 1;
        self.total += weight;
        group.contributions += 1;
        group.weight += weight;
    }
}

impl ContributorsTask {
    /// Groups the contributions to each side of an output at a key, a slot of the output's scope,
    /// by a column of the tape. Sides over all keys are left out, and of each side all groups but
    /// so many.
    #[must_use]
    pub fn new(
        at: Position<'_>,
        (output, slot): (OutputId, u32),
        column: usize,
        most: usize,
    ) -> Self {
        let plan = at.plan();
        let key = (plan.scope_of(output), slot);
        let sides = plan.sides(output).into_iter().filter(|side| !side.is_global);
        let sides = sides.map(|side| {
            let state = &plan.states[side.term.state.0];
            SideTask {
                words: describe::term(plan, &side.term),
                rows: SideRows::new(at, side.term, key),
                weights: Weights::of(state),
                shape: state.shape,
                input: state.input,
                interval: side.term.window.interval(at.as_of),
                grouped: Grouped::default(),
                taken: 0,
                largest: None,
                role: side.role,
            }
        });
        let (events, as_of) = (at.events(), at.as_of);
        let (sides, told) = (sides.collect(), Vec::new());
        Self { events, as_of, column, most, sides, side: 0, rows: None, told }
    }

    /// The bytes that are held.
    #[must_use]
    pub fn bytes(&self) -> usize {
        let groups = |side: &SideTask| {
            let left = side.largest.as_ref().map_or(0, |(left, _)| left.len());
            side.grouped.groups.capacity() + left
        };
        self.sides.iter().map(groups).sum::<usize>() * size_of::<(u32, Group)>()
    }

    /// The rows among which those of the windows are.
    fn rows_of_windows(&self, of: InputRows<'_>) -> Range<usize> {
        let end = of.tape.end_row(self.events);
        let first = self.sides.iter().map(|side| side.interval.map(|(from, _)| from)).min();
        // An event at or after a moment is not before the clock reaches it.
        let first = first.flatten().map_or(0, |from| {
            of.tape.end_row(of.tape.events_at(Timestamp(from.0.saturating_sub(1))))
        });
        first.min(end)..end
    }

    /// Counts the rows of all keys, each once for all sides, until the deadline. Returns whether
    /// all are counted.
    fn count_all(&mut self, of: InputRows<'_>, deadline: &Deadline) -> bool {
        let mut rows = self.rows.take().unwrap_or_else(|| self.rows_of_windows(of));
        let values = of.tape.column(self.column);
        let types: Vec<TakenTypes> = self.sides.iter().map(|side| of.types(side.input)).collect();
        while !rows.is_empty() {
            let first = rows.start;
            let stretch = first..rows.end.min(first + STRETCH).min(of.tape.page_end(first));
            rows.start = stretch.end;
            let (times, kinds) =
                (of.tape.times(stretch.clone()), of.tape.type_ids(stretch.clone()));
            let ids = values.ids(stretch);
            for (side, types) in self.sides.iter_mut().zip(&types) {
                let (from, to) =
                    side.interval.unwrap_or((Timestamp(i64::MIN), Timestamp(i64::MAX)));
                for (place, (time, kind)) in times.iter().zip(kinds.iter()).enumerate() {
                    let is_inside = (from.0..to.0).contains(time);
                    if is_inside && types.has(*kind) && of.passes(side.input, first + place) {
                        side.taken += 1;
                        if let Some(group) = side.grouped.groups.get_mut(&ids[place]) {
                            group.all += 1;
                        }
                    }
                }
            }
            if !rows.is_empty() && deadline.has_passed() {
                self.rows = Some(rows);
                return false;
            }
        }
        self.rows = Some(rows);
        true
    }
}

impl Task for ContributorsTask {
    /// The same plan, events and keys in each step; the engine may stand elsewhere.
    type Context<'c> = Position<'c>;
    type Output = Vec<Contributors>;

    fn step(&mut self, at: Position<'_>, deadline: &Deadline) -> Step<Vec<Contributors>> {
        while let Some(side) = self.sides.get_mut(self.side) {
            if !side.group(at.rows, self.column, self.as_of, deadline) {
                return Step::Pending(side.rows.done() / 2.0);
            }
            self.side += 1;
        }
        if !self.count_all(at.rows, deadline) {
            let left = self.rows.as_ref().map_or(0, ExactSizeIterator::len);
            let left = left as f32 / at.rows.tape.rows() as f32;
            return Step::Pending(1.0 - left / 2.0);
        }
        while let Some(side) = self.sides.get_mut(self.told.len()) {
            let Some(told) = side.tell(at.rows, (self.column, self.most), deadline) else {
                return Step::Pending(1.0);
            };
            self.told.push(told);
        }
        Step::Done(std::mem::take(&mut self.told))
    }
}

impl SideTask {
    /// Groups the contributions until the deadline. Returns whether all are grouped.
    fn group(
        &mut self,
        of: InputRows<'_>,
        column: usize,
        as_of: Timestamp,
        deadline: &Deadline,
    ) -> bool {
        let Self { rows, weights, shape, grouped, .. } = self;
        let values = of.tape.column(column);
        rows.step(of, deadline, |seen| match seen {
            Seen::Taken(taken, None) => {
                let weight = taken.weight(*weights, *shape, as_of).unwrap_or_default();
                grouped.add(values.id(taken.row), taken.row, weight);
            }
            Seen::Counted(counted) if counted.before_window().is_none() => {
                let first = counted.rows().next().unwrap_or_default();
                let last = counted.rows().next_back().unwrap_or_default();
                let ids = values.ids(first..=last);
                counted.rows().zip(counted.times()).for_each(|(row, time)| {
                    grouped.add(ids[row - first], row, left(*shape, time, as_of));
                });
            }
            Seen::Expired(_) => *grouped = Grouped::default(),
            Seen::Counted(_) | Seen::Taken(..) | Seen::Other(..) | Seen::OtherType(_) => {}
        })
    }

    /// What is told of it, once all is counted and its groups were gone through before the deadline.
    fn tell(
        &mut self,
        of: InputRows<'_>,
        (column, most): (usize, usize),
        deadline: &Deadline,
    ) -> Option<Contributors> {
        let adds_up = self.weights.add_up();
        let (groups, largest) = self.largest.get_or_insert_with(|| {
            let groups = std::mem::take(&mut self.grouped.groups);
            (groups.into_iter(), Largest::new(most, adds_up))
        });
        let values = of.tape.column(column);
        loop {
            for (id, group) in groups.by_ref().take(STRETCH) {
                largest.add(values.value(id), group);
            }
            if groups.len() == 0 {
                break;
            }
            if deadline.has_passed() {
                return None;
            }
        }
        let (_, largest) = self.largest.take()?;
        let values = largest.count();
        let contributor = |(value, group): (Option<String>, Group)| {
            let own = group.contributions as f64 / self.grouped.contributions as f64;
            let whole = group.all as f64 / self.taken as f64;
            let share = if adds_up { group.weight / self.grouped.total } else { own };
            Contributor {
                value,
                contributions: group.contributions,
                weight: adds_up.then_some(group.weight),
                share: if share.is_finite() { share } else { 0.0 },
                lift: if whole > 0.0 { own / whole } else { 0.0 },
                first: of.tape.row_event(group.first) + 1,
            }
        };
        Some(Contributors {
            contributions: self.grouped.contributions,
            total: adds_up.then_some(self.grouped.total),
            taken: self.taken,
            values,
            groups: largest.into_groups().into_iter().map(contributor).collect(),
            role: std::mem::take(&mut self.role),
            words: std::mem::take(&mut self.words),
        })
    }
}
