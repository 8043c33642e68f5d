//! Projection and predicate pushdown: what must be read of a log to replay a plan over it.

use std::ops::Bound::{Excluded, Included, Unbounded};

use crate::base::{Comparison, Value};
use crate::plan::{Condition, Filter, Plan, ScopeId, Types};
use crate::tape::{Demand, Predicate, Projection};

use super::input_rows::{Conditions, inputs_by_scope};

/// The demand of a plan on a log; `listed` adds a row per item of each ranking.
#[must_use]
pub fn demand(plan: &Plan, listed: bool) -> Demand {
    Demand { settings: plan.events.clone(), attributes: plan.attributes.clone(), listed }
}

/// True if a tape loaded for `has` covers `wanted`.
#[must_use]
pub fn covers(has: &Demand, wanted: &Demand) -> bool {
    has.settings == wanted.settings
        && has.listed == wanted.listed
        && wanted.attributes.iter().all(|attribute| has.attributes.contains(attribute))
}

/// The columns that one replay of a plan requires, per event type; attributes are those of the
/// [`demand`].
#[must_use]
pub fn required_columns(plan: &Plan) -> Vec<Projection> {
    let mut projections = Vec::new();
    for (scope, inputs) in inputs_by_scope(plan).into_iter().enumerate() {
        for input in inputs {
            let used = projection(Conditions::new(plan, input).under(ScopeId(scope)));
            if !projections.contains(&used) {
                projections.push(used);
            }
        }
    }
    projections
}

/// The projection that an input requires: what its conditions test.
fn projection(conditions: Conditions<'_>) -> Projection {
    let filter = conditions.filter();
    let types = match conditions.types {
        Types::All => None,
        Types::Only(names) => Some(names.clone()),
    };
    let attributes = conditions.attributes().into_iter().map(|attribute| attribute.0).collect();
    let requires = filter.map(required).unwrap_or_default();
    let expects = filter.map(expected).unwrap_or_default();
    Projection { types, requires, expects, attributes, every: 1 }
}

/// The attributes that every event which passes a filter has.
fn required(filter: &Filter) -> Vec<usize> {
    let required = filter.0.iter().filter_map(|condition| match condition {
        Condition::Attribute(_, Comparison::Exists(false))
        | Condition::Any(_)
        | Condition::Not(_) => None,
        Condition::Attribute(attribute, _) => Some(attribute.0),
    });
    required.collect()
}

/// Predicates that every event which passes a filter satisfies: those of its tests that are simple.
fn expected(filter: &Filter) -> Vec<(usize, Predicate)> {
    let expected = filter.0.iter().filter_map(|condition| match condition {
        Condition::Attribute(attribute, test) => Some((attribute.0, expected_by(test)?)),
        Condition::Any(_) | Condition::Not(_) => None,
    });
    expected.collect()
}

/// The predicate of a test.
fn expected_by(test: &Comparison) -> Option<Predicate> {
    Some(match test {
        Comparison::Greater(bound) => Predicate::Number(Excluded(exact(bound)?), Unbounded),
        Comparison::AtLeast(bound) => Predicate::Number(Included(exact(bound)?), Unbounded),
        Comparison::Less(bound) => Predicate::Number(Unbounded, Excluded(exact(bound)?)),
        Comparison::AtMost(bound) => Predicate::Number(Unbounded, Included(exact(bound)?)),
        Comparison::In(any) => match any.as_slice() {
            [one @ (Value::Integer(_) | Value::Float(_))] => {
                Predicate::Number(Included(exact(one)?), Included(exact(one)?))
            }
            any => Predicate::Text(any.iter().map(text).collect::<Option<_>>()?),
        },
        Comparison::NotIn(_) | Comparison::Different(_) | Comparison::Exists(_) => return None,
    })
}

/// The value as a float, if that is exact.
fn exact(value: &Value) -> Option<f64> {
    match value {
        Value::Integer(whole) if whole.unsigned_abs() > Predicate::EXACT.into() => None,
        value => value.as_number(),
    }
}

fn text(value: &Value) -> Option<String> {
    match value {
        Value::Text(text) => Some(text.clone()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tape::Datum;

    /// A predicate admits what its test lets pass, and nothing else where the comparison is exact.
    #[test]
    fn an_event_that_passes_is_expected() {
        let exact = 1_i128 << 53;
        let long = [exact + 1, exact + 2, -exact - 1, i64::MAX.into(), i128::MIN];
        let whole = [-exact, -1, 0, 1, 30, 31, exact];
        let values: Vec<(Value, Datum<'_>)> = long
            .iter()
            .chain(&whole)
            .map(|&whole| (Value::Integer(whole), Datum::Integer(whole)))
            .chain([-1e300, -0.5, 0.5, 30.5].map(|it| (Value::Float(it), Datum::Float(it))))
            .chain(["", "a", "ab", "30"].map(|it| (Value::Text(it.into()), Datum::text(it))))
            .chain([false, true].map(|it| (Value::Bool(it), Datum::Bool(it))))
            .collect();
        let mut checked = 0;
        for (bound, _) in &values {
            let tests: [fn(Value) -> Comparison; 8] = [
                Comparison::Greater,
                Comparison::AtLeast,
                Comparison::Less,
                Comparison::AtMost,
                Comparison::Different,
                |bound| Comparison::In(vec![bound]),
                |bound| Comparison::In(vec![Value::Text("ab".into()), bound]),
                |bound| Comparison::NotIn(vec![bound]),
            ];
            for test in tests.map(|test| test(bound.clone())) {
                let Some(expected) = expected_by(&test) else { continue };
                for (value, datum) in &values {
                    let holds = test.holds(Some(value));
                    let may_match = expected.may_match(datum.borrowed());
                    let takes_care = matches!(value, Value::Integer(n) if long.contains(n));
                    assert!(may_match || !holds, "{test:?} of {value:?}");
                    assert!(holds || !may_match || takes_care, "{test:?} of {value:?}");
                    checked += 1;
                }
            }
        }
        assert!(checked > 1000, "{checked}");
    }
}
