//! What late events have in common: values that most of them have, and of all events fewer.

use std::collections::HashMap;

use foldhash::fast::FixedState;

use super::field::Field;
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
pub(super) struct Sums<'f> {
    /// The field.
    pub(super) path: PathId,
    /// The value.
    pub(super) value: &'f Scalar,
    /// The events of those that are looked at.
    pub(super) marked: u64,
    /// All events.
    pub(super) events: u64,
}

/// Sums up by value: `marked` has the values that events which are looked at have, with the hash of
/// each and how many; `all` the fields of all events. Elements of lists are left out: an event may
/// have several.
pub(super) fn sums<'f>(
    marked: impl Iterator<Item = (PathId, u64, &'f Scalar, u64)>,
    all: impl Iterator<Item = (PathId, &'f Field)>,
    paths: &Paths,
) -> Vec<Sums<'f>> {
    let mut sums: HashMap<(usize, u64), Sums<'f>, FixedState> = HashMap::default();
    for (path, hash, value, count) in marked {
        if count > 0 && !paths.is_in_list(path) {
            let place = (path.index(), hash);
            let sum = sums.entry(place).or_insert(Sums { path, value, marked: 0, events: 0 });
            sum.marked += count;
        }
    }
    // Types of which no event is looked at may have the value too.
    for (path, field) in all {
        for value in field.values.counted() {
            if let Some(sum) = sums.get_mut(&(path.index(), value.hash)) {
                sum.events += value.count + field.values.taken_off();
            }
        }
    }
    sums.into_values().collect()
}

/// The values that most of the late events share, those that set them apart the most first.
pub(super) fn shared<'f>(
    fields: impl Iterator<Item = &'f Fields> + Clone,
    paths: &Paths,
    late: u64,
    events: u64,
) -> Vec<Shared> {
    let fields = fields.flat_map(Fields::iter);
    let marked = fields.clone().flat_map(|(path, field)| {
        field.values.counted().map(move |value| (path, value.hash, value.value, value.late))
    });
    let of = |Sums { path, value, marked: own, events: all }: Sums<'_>| {
        let share = own as f64 / late as f64;
        let lift = share / (all as f64 / events as f64);
        let path = paths.text(path).to_owned();
        let shared = Shared { path, value: value.clone(), late: own, events: all, lift };
        (share >= SHARE && lift >= LIFT).then_some(shared)
    };
    let mut found: Vec<Shared> = sums(marked, fields, paths).into_iter().filter_map(of).collect();
    found.sort_by(|one, other| {
        let by_lift = other.lift.total_cmp(&one.lift);
        let by_late = by_lift.then(other.late.cmp(&one.late));
        by_late
            .then_with(|| one.path.cmp(&other.path))
            .then_with(|| one.value.cmp_value(&other.value))
    });
    found.truncate(MOST);
    found
}

#[cfg(test)]
mod tests {
    use super::super::field::Context;
    use super::super::visit::{Lists, Room, Visit};
    use super::*;

    /// What late events share: of each type the events as JSON, and whether they are late.
    fn told(types: &[&[(&str, bool)]]) -> Vec<Shared> {
        let (mut paths, mut room) = (Paths::new(64, None), Room { fields: 64, left_out: 0 });
        let mut all = Vec::new();
        let mut event = 0;
        for events in types {
            let mut fields = Fields::default();
            for (text, is_late) in *events {
                event += 1;
                let mut visit = Visit {
                    paths: &mut paths,
                    fields: &mut fields,
                    room: &mut room,
                    lists: &mut Lists::default(),
                    context: Context { event, time: None, is_late: *is_late },
                    element: None,
                    id: None,
                };
                visit.object(text);
            }
            all.push(fields);
        }
        let late = types.iter().flat_map(|events| *events).filter(|(_, is_late)| *is_late).count();
        shared(all.iter(), &paths, late as u64, event)
    }

    #[test]
    fn events_of_types_without_late_ones_count_too() {
        let one: &[_] = &[(r#"{"app":"ios"}"#, true), (r#"{"app":"web"}"#, false)];
        let other: &[_] = &[(r#"{"app":"ios"}"#, false), (r#"{"app":"web"}"#, false)];
        for types in [[one, other], [other, one]] {
            let found = told(&types);
            let told: Vec<_> = found.iter().map(|it| (it.late, it.events, it.lift)).collect();
            assert_eq!(told, [(1, 2, 2.0)]);
        }
    }

    #[test]
    fn ties_are_in_the_order_of_the_values() {
        // A member that comes twice has two values.
        let of = |app: u32, is_late| (format!(r#"{{"app":{app},"app":{}}}"#, app + 1), is_late);
        for app in (0..40).step_by(2) {
            let events = [of(app, true), of(100, false)];
            let events: Vec<_> = events.iter().map(|(text, late)| (text.as_str(), *late)).collect();
            let values: Vec<_> = told(&[&events]).into_iter().map(|it| it.value).collect();
            assert_eq!(values, [app, app + 1].map(|app| Scalar::Integer(app.into())));
        }
    }
}
