//! Whether an event passes a filter, test by test. It must not know how a filter is written.

use std::cmp::Ordering;
use std::collections::BTreeMap;

use super::model::{Condition, Filter, Test, Val};

type Attributes = BTreeMap<String, Val>;

/// How two values of one kind compare; `None` for kinds that differ, and for lists.
fn compare(a: &Val, b: &Val) -> Option<Ordering> {
    match (a, b) {
        (Val::Text(a), Val::Text(b)) => Some(a.cmp(b)),
        (Val::Number(a), Val::Number(b)) => a.partial_cmp(b),
        (Val::Flag(a), Val::Flag(b)) => Some(a.cmp(b)),
        _ => None,
    }
}

fn holds(test: &Test, found: Option<&Val>) -> bool {
    if let Test::Exists(wanted) = test {
        return found.is_some() == *wanted;
    }
    let Some(found) = found.filter(|found| !matches!(found, Val::List(_))) else { return false };
    let is = |to: &Val, wanted: &[Ordering]| {
        compare(found, to).is_some_and(|ordering| wanted.contains(&ordering))
    };
    let equal = |to: &Val| is(to, &[Ordering::Equal]);
    match test {
        Test::Eq(to) => equal(to),
        Test::Ne(to) => is(to, &[Ordering::Less, Ordering::Greater]),
        Test::Gt(to) => is(to, &[Ordering::Greater]),
        Test::Ge(to) => is(to, &[Ordering::Greater, Ordering::Equal]),
        Test::Lt(to) => is(to, &[Ordering::Less]),
        Test::Le(to) => is(to, &[Ordering::Less, Ordering::Equal]),
        Test::In(list) => list.iter().any(equal),
        Test::NotIn(list) => !list.iter().any(equal),
        Test::Exists(_) => unreachable!("told above"),
    }
}

/// Whether all conditions hold.
pub(super) fn passes(filter: &Filter, attributes: &Attributes) -> bool {
    filter.0.iter().all(|condition| match condition {
        Condition::Attribute(name, tests, _) => {
            tests.iter().all(|test| holds(test, attributes.get(*name)))
        }
        Condition::Any(filters) => filters.iter().any(|filter| passes(filter, attributes)),
        Condition::Not(filter) => !passes(filter, attributes),
    })
}

/// Whether any test in the filter compares an attribute with values of other kinds only.
pub(super) fn compares_kinds(filter: &Filter, attributes: &Attributes) -> bool {
    let same = |a: &Val, b: &Val| {
        matches!(
            (a, b),
            (Val::Text(_), Val::Text(_))
                | (Val::Number(_), Val::Number(_))
                | (Val::Flag(_), Val::Flag(_))
        )
    };
    filter.0.iter().any(|condition| match condition {
        Condition::Attribute(name, tests, _) => attributes.get(*name).is_some_and(|found| {
            tests.iter().any(|test| match test {
                Test::Eq(to)
                | Test::Ne(to)
                | Test::Gt(to)
                | Test::Ge(to)
                | Test::Lt(to)
                | Test::Le(to) => !same(found, to),
                Test::In(list) => !list.iter().any(|to| same(found, to)),
                Test::NotIn(_) | Test::Exists(_) => false,
            })
        }),
        Condition::Any(filters) => filters.iter().any(|filter| compares_kinds(filter, attributes)),
        Condition::Not(filter) => compares_kinds(filter, attributes),
    })
}
