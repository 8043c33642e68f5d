//! Sides: a state over its window at one key, with the events that contribute to it.

use crate::base::{Deadline, Millis};
use crate::engine::{At, InputRows};
use crate::plan::{self, ScopeId, Shape, describe};

use super::Position;
use super::duplicates::{Duplicates, duplicates};
use super::event::{Attribute, looked_at};
use super::listing::{Contribution, Listed, Listing};
use super::reasons::{Group, Groups};
use super::replayed::Replayed;
use super::rows::{SideRows, Weights};
use super::window::{self, WindowPart};

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
    pub key: Vec<Attribute>,
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
    /// The lines that are no events, since they repeat one of the key; `None` if there are none.
    pub duplicates: Option<Duplicates>,
    /// The state that is read.
    pub state: StateFacts,
}

/// The events that make the value of a side.
#[derive(Clone, Debug, Default, PartialEq)]
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

/// The state that a side is read from.
#[derive(Clone, Debug, PartialEq)]
pub struct StateFacts {
    /// What it holds, in words.
    pub words: String,
    /// The bytes that it holds for all of its keys.
    pub bytes: usize,
    /// The number of keys.
    pub keys: usize,
    /// The features that read it.
    pub readers: Vec<String>,
}

/// A side, while its events are looked at.
pub(super) struct SideTask {
    told: Side,
    pub(super) rows: SideRows,
    listing: Listing,
    /// What it adds up to, if contributions add up.
    weights: Weights,
    groups: Groups,
    replayed: Option<Replayed>,
}

impl SideTask {
    /// The side of a value at a key of the output's scope. What its state holds is read at once.
    pub(super) fn new(
        at: Position<'_>,
        side: &plan::Side,
        (scope, slot): (ScopeId, u32),
        listing: Listing,
    ) -> Self {
        let rows = SideRows::new(at, side.term, (scope, slot));
        let (plan, index) = (at.plan(), at.rows.index);
        let (term, state) = (&side.term, rows.state(plan));
        let input = &plan.inputs[state.input.0];
        let key = rows.slot.filter(|_| !input.rolled_up);
        let texts = key.map(|slot| index.key(input.scope, slot).0).unwrap_or_default();
        let readers = at.engine.readers(term.state).iter();
        let (bytes, keys) = at.engine.held(term.state);
        let value = at.engine.term(index, term, scope, At::Slot(slot), at.as_of).0;
        let told = Side {
            role: side.role.clone(),
            is_global: side.is_global,
            words: describe::term(plan, term),
            key: super::attributes(plan, input.scope, texts),
            value: value.filter(|_| !state.is_list()),
            is_list: state.is_list(),
            is_quoted: state.quotes(),
            is_exact: at.engine.is_exact(index, term, scope, At::Slot(slot), at.as_of),
            window: window::window(at, term, (scope, slot)),
            contributions: Contributions::default(),
            not_counted: Vec::new(),
            duplicates: None,
            state: StateFacts {
                words: describe::state(plan, state),
                bytes,
                keys,
                readers: readers.map(|feature| plan.features[feature.0].name.clone()).collect(),
            },
        };
        let (weights, groups) = (Weights::of(state), Groups::new(term.state));
        Self { told, rows, listing, weights, groups, replayed: None }
    }

    /// Goes on until the deadline. Returns whether all is known.
    pub(super) fn step(&mut self, of: InputRows<'_>, deadline: &Deadline) -> bool {
        let groups = &mut self.groups;
        if !self.rows.step(of, deadline, &mut |row, reason| groups.add(of, row, reason)) {
            return false;
        }
        let (rows, told) = (&self.rows, &mut self.told);
        let replayed = self.replayed.get_or_insert_with(|| {
            let (contributions, listed) = contributions(of, rows, self.weights, self.listing);
            told.contributions = contributions;
            let listed = if told.is_global { Vec::new() } else { listed };
            Replayed::new(of, rows, listed, told.window.as_ref())
        });
        replayed.step(of, rows, self.weights, deadline)
    }

    /// The share of it that is done.
    pub(super) fn done(&self) -> f32 {
        self.rows.done()
    }

    /// What is known.
    pub(super) fn finish(self, of: InputRows<'_>) -> Side {
        let Self { mut told, rows, groups, replayed, .. } = self;
        let looked_at = looked_at(of, rows.state(of.plan).input);
        told.not_counted = groups.into_groups(of, &looked_at);
        told.duplicates = duplicates(of, &rows, &looked_at);
        if let Some(replayed) = replayed {
            if let Some(window) = &mut told.window {
                window.rolling = replayed.rolling(of, &rows);
            }
            told.contributions.listed = replayed.into_listed();
        }
        told
    }
}

/// The contributions of a side, none of them listed, and the rows of those that are to be.
fn contributions(
    of: InputRows<'_>,
    rows: &SideRows,
    weights: Weights,
    listing: Listing,
) -> (Contributions, Vec<usize>) {
    let (plan, as_of) = (of.plan, rows.as_of);
    let state = rows.state(plan);
    let has_number = plan.inputs[state.input.0].takes == plan::Takes::Number;
    let mut listed = Listed::new(listing);
    let mut ages: Vec<(i64, f64)> = Vec::new();
    let (mut count, mut total) = (0, 0.0);
    for taken in rows.contributions() {
        count += 1;
        let weight = taken.weight(weights, state.shape, as_of);
        total += weight.unwrap_or_default();
        if let (Shape::Decay { .. }, Some(weight)) = (state.shape, weight) {
            ages.push((as_of.0 - taken.sample.time, weight));
        }
        // What is no number has no size: the newest come first.
        let size = weight.or_else(|| has_number.then(|| taken.sample.number()));
        listed.add(size.unwrap_or_default(), taken.row());
    }
    let contributions = Contributions {
        count,
        total: (!matches!(weights, Weights::None)).then_some(total),
        half_weight: half_weight(ages),
        listed: Vec::new(),
    };
    (contributions, listed.into_rows())
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
