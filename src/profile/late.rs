//! What late events have in common: values that most of them have, and of all events fewer.

use std::collections::HashMap;

use foldhash::fast::FixedState;

use super::paths::{PathId, Paths};
use super::values::Scalar;
use super::visit::Fields;

/// The most values that are told.
const MOST: usize = 3;
/// The least share of the late events, and the least lift.
const SHARE: f64 = 0.5;
const LIFT: f64 = 1.2;

/// A value that most late events share.
#[derive(Clone, Debug, PartialEq)]
pub struct Shared {
    /// The path of the field.
    pub path: String,
    /// The value.
    pub value: Scalar,
    /// The late events that have it.
    pub late: u64,
    /// All events that have it.
    pub events: u64,
    /// Its share of the late events by its share of all.
    pub lift: f64,
}

/// The events that have a value.
struct Sum<'f> {
    path: PathId,
    value: &'f Scalar,
    late: u64,
    events: u64,
}

/// The values that most of the late events share, those that set them apart the most first.
pub(super) fn shared<'f>(
    fields: impl Iterator<Item = &'f Fields>,
    paths: &Paths,
    late: u64,
    events: u64,
) -> Vec<Shared> {
    let mut sums: HashMap<(usize, u64), Sum<'f>, FixedState> = HashMap::default();
    for (path, field) in fields.flat_map(Fields::iter) {
        if paths.is_in_list(path) {
            continue;
        }
        for value in field.values.by_count().into_iter().filter(|value| value.late > 0) {
            let place = (path.index(), value.hash);
            let sum =
                sums.entry(place).or_insert(Sum { path, value: value.value, late: 0, events: 0 });
            sum.late += value.late;
            sum.events += value.count + field.values.taken_off();
        }
    }
    let of = |Sum { path, value, late: own, events: all }: Sum<'_>| {
        let share = own as f64 / late as f64;
        let lift = share / (all as f64 / events as f64);
        let path = paths.text(path).to_owned();
        let shared = Shared { path, value: value.clone(), late: own, events: all, lift };
        (share >= SHARE && lift >= LIFT).then_some(shared)
    };
    let mut found: Vec<Shared> = sums.into_values().filter_map(of).collect();
    found.sort_by(|one, other| {
        let by_lift = other.lift.total_cmp(&one.lift);
        by_lift.then(other.late.cmp(&one.late)).then_with(|| one.path.cmp(&other.path))
    });
    found.truncate(MOST);
    found
}
