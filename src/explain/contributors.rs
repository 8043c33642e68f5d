//! Contributors: the contributions to a side, grouped by an attribute.

use std::collections::HashMap;

use foldhash::fast::FixedState;

use crate::base::Value;
use crate::plan::{ScopeId, describe};

use super::rows::{SideRows, Weights};
use super::{Position, SideOf};

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
    /// The events that the side's types and filter take, at any key.
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
    /// Their share of all contributions' weight, or of their number: 0 to 1.
    pub share: f64,
    /// How much more frequent the value is among the contributions than among all events that the
    /// side takes: 1 if it is as frequent.
    pub lift: f64,
}

impl Contributors {
    pub(super) fn new(at: Position<'_>, of: SideOf, key: (ScopeId, u32), column: usize) -> Self {
        let rows = SideRows::new(at, &of, key);
        let (tape, state) = (at.rows.tape, rows.state());
        let weights = Weights::of(state);
        let values = tape.column(column);
        let mut groups = HashMap::<u32, (u64, f64, u64), FixedState>::default();
        let (mut contributions, mut total, mut taken) = (0, 0.0, 0);
        rows.each(|row, found| {
            let Ok((times, sample)) = found else { return };
            let weight = weights.weight(state.shape, sample, at.as_of).unwrap_or(1.0);
            let weight = weight * times as f64;
            let group = groups.entry(values.id(row)).or_default();
            *group = (group.0 + 1, group.1 + weight, group.2);
            contributions += 1;
            total += weight;
        });
        for row in 0..tape.end_row(at.events()) {
            if at.rows.takes(state.input, row) {
                taken += 1;
                if let Some(group) = groups.get_mut(&values.id(row)) {
                    group.2 += 1;
                }
            }
        }
        let adds_up = !matches!(weights, Weights::None);
        let group = |(id, (count, weight, all)): (u32, (u64, f64, u64))| {
            let share = if adds_up { weight / total } else { count as f64 / contributions as f64 };
            let (own, whole) = (count as f64 / contributions as f64, all as f64 / taken as f64);
            Contributor {
                value: values.value(id).map(Value::to_string),
                contributions: count,
                weight: adds_up.then_some(weight),
                share: if share.is_finite() { share } else { 0.0 },
                lift: if whole > 0.0 { own / whole } else { 0.0 },
            }
        };
        let mut groups: Vec<Contributor> = groups.into_iter().map(group).collect();
        groups.sort_by(|one, other| {
            let by = |it: &Contributor| it.weight.unwrap_or(it.contributions as f64);
            by(other).total_cmp(&by(one)).then(one.value.cmp(&other.value))
        });
        Self {
            role: of.role,
            words: describe::term(at.plan(), &of.term),
            contributions,
            total: adds_up.then_some(total),
            taken,
            groups,
        }
    }
}
