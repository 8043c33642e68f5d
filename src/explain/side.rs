//! Sides: a state over its window at one key, with the events that contribute to it.

use crate::base::Millis;
use crate::engine::At;
use crate::plan::{ScopeId, Shape, Takes, describe};

use super::event::{EventRef, looked_at};
use super::reasons::{Group, Groups};
use super::rows::{SideRows, Taken, Weights, add};
use super::window::{self, WindowPart};
use super::{Listing, Order, Position, SideOf};

/// A side of a value.
#[derive(Clone, Debug, PartialEq)]
#[expect(clippy::struct_excessive_bools, reason = "facts that know nothing of each other")]
pub struct Side {
    /// Its part in the formula: `top`, `bottom, all keys`; empty if it is the only one.
    pub role: String,
    /// Whether it is over all keys.
    pub is_global: bool,
    /// What it aggregates, in words.
    pub words: String,
    /// Its key, a part of the value's; empty over all keys.
    pub key: Vec<(String, String)>,
    /// Its value; `None` if there is none, or if it is a list.
    pub value: Option<f64>,
    /// True if it is a list, which the output's value shows.
    pub is_list: bool,
    /// True if it is the value of one event, which may be an id.
    pub is_quoted: bool,
    /// False if the value is an estimate.
    pub is_exact: bool,
    /// The window; `None` for the whole past.
    pub window: Option<WindowPart>,
    /// The events that make the value.
    pub contributions: Contributions,
    /// The other events of the key, by the reason why they do not count.
    pub not_counted: Vec<Group>,
    /// The state that is read.
    pub state: StateFacts,
}

/// The events that make the value of a side.
#[derive(Clone, Debug, PartialEq)]
pub struct Contributions {
    /// Their number.
    pub count: u64,
    /// What their weights add up to, which is the side's value; `None` for aggregates of which the
    /// contributions determine the value, but do not add up to it.
    pub total: Option<f64>,
    /// For a decay, the age of the events that make the newer half of the weight.
    pub half_weight: Option<Millis>,
    /// Some of them, in the order asked for; none over all keys.
    pub listed: Vec<Contribution>,
}

/// One contribution.
#[derive(Clone, Debug, PartialEq)]
pub struct Contribution {
    /// The event.
    pub event: EventRef,
    /// The number that is aggregated; `None` for counts, and for values that are no numbers.
    pub value: Option<f64>,
    /// What it adds to the side's value, if contributions add up.
    pub weight: Option<f64>,
    /// The side's value as of the moment of reading: of the events before this one, and of them and
    /// this one.
    pub before_after: (Option<f64>, Option<f64>),
}

/// The state that a side is read from.
#[derive(Clone, Debug, PartialEq)]
pub struct StateFacts {
    /// What it holds, in words.
    pub words: String,
    /// The bytes that it holds for all of its keys, and the number of these.
    pub held: (usize, usize),
    /// The features that read it.
    pub readers: Vec<String>,
}

impl Side {
    pub(super) fn new(
        at: Position<'_>,
        of: SideOf,
        (scope, slot): (ScopeId, u32),
        listing: Listing,
    ) -> Self {
        let rows = SideRows::new(at, &of, (scope, slot));
        let (plan, index) = (at.plan(), at.rows.index);
        let state = rows.state();
        let input = &plan.inputs[state.input.0];
        let key = rows.slot.filter(|_| !input.rolled_up);
        let texts = key.map(|slot| index.key(input.scope, slot).0).unwrap_or_default();
        let readers = at.engine.readers(of.term.state).iter();
        let (contributions, not_counted) = contributions(&rows, of.is_global, listing);
        Self {
            role: of.role,
            is_global: of.is_global,
            words: describe::term(plan, &of.term),
            key: plan.key_attributes(input.scope).map(str::to_owned).zip(texts).collect(),
            value: at
                .engine
                .term(index, &of.term, scope, At::Slot(slot), at.as_of)
                .0
                .filter(|_| !state.is_list()),
            is_list: state.is_list(),
            is_quoted: state.quotes(),
            is_exact: at.engine.is_exact(index, &of.term, scope, At::Slot(slot), at.as_of),
            window: window::window(&rows, (scope, slot)),
            contributions,
            not_counted,
            state: StateFacts {
                words: describe::state(plan, state),
                held: at.engine.held(of.term.state),
                readers: readers.map(|feature| plan.features[feature.0].name.clone()).collect(),
            },
        }
    }
}

/// The rows that are listed, while they are collected.
struct Listed {
    listing: Listing,
    /// What a row is ordered by, and the row.
    rows: Vec<(f64, usize)>,
}

impl Listed {
    fn add(&mut self, size: f64, row: usize) {
        let by = match self.listing.order {
            Order::Newest => 0.0,
            Order::Largest => size.abs(),
        };
        self.rows.push((by, row));
        if self.rows.len() > self.listing.most.saturating_mul(2).max(1024) {
            self.cut();
        }
    }

    /// Puts the rows in order, and drops those that are too many.
    fn cut(&mut self) {
        self.rows.sort_by(|one, other| other.0.total_cmp(&one.0).then(other.1.cmp(&one.1)));
        self.rows.truncate(self.listing.most);
    }
}

/// The contributions of a side, of which none are listed if it is over all keys, and the groups of
/// the other events.
fn contributions(
    rows: &SideRows<'_>,
    is_global: bool,
    listing: Listing,
) -> (Contributions, Vec<Group>) {
    let (at, state) = (rows.at, rows.state());
    let weights = Weights::of(state);
    let looked_at = looked_at(at.rows, state.input);
    let mut groups = Groups::new(at.rows, state, &looked_at);
    let has_number = at.plan().inputs[state.input.0].takes == Takes::Number;
    let mut listed = Listed { listing, rows: Vec::new() };
    let mut ages: Vec<(i64, f64)> = Vec::new();
    let (mut count, mut total) = (0, 0.0);
    rows.each(|row, found| match found {
        Ok((times, sample)) => {
            count += 1;
            let weight = weights.weight(state.shape, sample, at.as_of);
            let weight = weight.map(|weight| weight * times as f64);
            total += weight.unwrap_or_default();
            if let (Shape::Decay { .. }, Some(weight)) = (state.shape, weight) {
                ages.push((at.as_of.0 - sample.time, weight));
            }
            // What is no number has no size: the newest come first.
            let size = weight.or_else(|| has_number.then(|| sample.number()));
            listed.add(size.unwrap_or_default(), row);
        }
        Err(reason) => groups.add(row, &reason),
    });
    listed.cut();
    let listed: Vec<usize> = listed.rows.into_iter().map(|(_, row)| row).collect();
    let contributions = Contributions {
        count,
        total: (!matches!(weights, Weights::None)).then_some(total),
        half_weight: half_weight(ages),
        listed: if is_global { Vec::new() } else { list(rows, weights, &listed) },
    };
    (contributions, groups.into_groups())
}

/// The age of the events that make the newer half of the weight.
fn half_weight(mut ages: Vec<(i64, f64)>) -> Option<Millis> {
    ages.sort_unstable_by_key(|(age, _)| *age);
    let half = ages.iter().map(|(_, weight)| weight.abs()).sum::<f64>() / 2.0;
    let mut sum = 0.0;
    let reaches = |(_, weight): &&(i64, f64)| {
        sum += weight.abs();
        sum >= half
    };
    ages.iter().find(reaches).map(|(age, _)| Millis(*age))
}

/// The contributions of some rows, in the rows' order.
fn list(rows: &SideRows<'_>, weights: Weights, listed: &[usize]) -> Vec<Contribution> {
    let (at, state) = (rows.at, rows.state());
    let Some(mut table) = rows.table(state.shape) else { return Vec::new() };
    let extent = rows.term.window.extent(at.as_of);
    let looked_at = looked_at(at.rows, state.input);
    let has_number = at.plan().inputs[state.input.0].takes == Takes::Number;
    let mut places: Vec<(usize, usize)> = listed.iter().copied().zip(0..).collect();
    places.sort_unstable();
    let mut places = places.into_iter().peekable();
    let mut found: Vec<(usize, Contribution)> = Vec::new();
    rows.samples(|taken, (times, sample)| {
        let listed = match taken {
            // The table knows what is late, of which an increase still begins.
            Taken::Held | Taken::Late => None,
            Taken::Contributes(row) => places.next_if(|(next, _)| *next == row),
        };
        let Some((row, place)) = listed else {
            add(table.as_mut(), (times, sample));
            return;
        };
        let before = rows.read(table.as_ref(), extent);
        add(table.as_mut(), (times, sample));
        let weight = weights.weight(state.shape, sample, at.as_of);
        let contribution = Contribution {
            event: EventRef::new(at.rows, row, &looked_at),
            value: has_number.then(|| sample.number()),
            weight: weight.map(|weight| weight * times as f64),
            before_after: (before, rows.read(table.as_ref(), extent)),
        };
        found.push((place, contribution));
    });
    found.sort_unstable_by_key(|(place, _)| *place);
    found.into_iter().map(|(_, contribution)| contribution).collect()
}
