//! What must be read from a log to replay a plan over it.

use std::ops::Bound::{Excluded, Included, Unbounded};

use crate::base::Value;
use crate::plan::{Condition, Filter, Input, Plan, Scope, Test, Types};
use crate::tape::{Demand, Predicate, Use};

use crate::engine::keys::selection;

/// What a plan needs of a log; `listed` asks for a row for each item of each ranking too.
#[must_use]
pub fn demand(plan: &Plan, listed: bool) -> Demand {
    Demand { settings: plan.events.clone(), attributes: plan.attributes.clone(), listed }
}

/// Whether a tape that was read for `has` can serve `wanted`.
#[must_use]
pub fn serves(has: &Demand, wanted: &Demand) -> bool {
    has.settings == wanted.settings
        && has.listed == wanted.listed
        && wanted.attributes.iter().all(|attribute| has.attributes.contains(attribute))
}

/// What one replay of a plan uses of its log's events, whose attributes are those of the
/// [`demand`].
#[must_use]
pub fn uses(plan: &Plan) -> Vec<Use> {
    let mut uses = Vec::new();
    for (scope, inputs) in plan.scopes.iter().zip(selection::inputs(plan)) {
        for input in inputs {
            let used = of_input(plan, scope, &plan.inputs[input.0]);
            if !uses.contains(&used) {
                uses.push(used);
            }
        }
    }
    uses
}

/// What an input uses that takes events under the keys of a scope.
fn of_input(plan: &Plan, scope: &Scope, input: &Input) -> Use {
    let filter = input.filter.and_then(|filter| plan.filters.get(filter));
    let mut attributes: Vec<usize> = scope.attributes.iter().map(|attribute| attribute.0).collect();
    attributes.extend(input.value.map(|attribute| attribute.0));
    if let Some(filter) = filter {
        filter.attributes(&mut |attribute| attributes.push(attribute.0));
    }
    attributes.sort_unstable();
    attributes.dedup();
    let types = match &input.types {
        Types::All => None,
        Types::Only(names) => Some(names.clone()),
    };
    let requires = filter.map(required).unwrap_or_default();
    let expects = filter.map(expected).unwrap_or_default();
    Use { types, requires, expects, attributes, every: 1 }
}

/// The attributes without which an event never passes a filter.
fn required(filter: &Filter) -> Vec<usize> {
    let required = filter.0.iter().filter_map(|condition| match condition {
        Condition::Attribute(_, Test::Exists(false)) | Condition::Any(_) | Condition::Not(_) => {
            None
        }
        Condition::Attribute(attribute, _) => Some(attribute.0),
    });
    required.collect()
}

/// What attributes must be for an event to pass a filter, as far as that is simple.
fn expected(filter: &Filter) -> Vec<(usize, Predicate)> {
    let expected = filter.0.iter().filter_map(|condition| match condition {
        Condition::Attribute(attribute, test) => Some((attribute.0, expected_by(test)?)),
        Condition::Any(_) | Condition::Not(_) => None,
    });
    expected.collect()
}

/// What a test expects.
fn expected_by(test: &Test) -> Option<Predicate> {
    Some(match test {
        Test::Greater(bound) => Predicate::Number(Excluded(exact(bound)?), Unbounded),
        Test::AtLeast(bound) => Predicate::Number(Included(exact(bound)?), Unbounded),
        Test::Less(bound) => Predicate::Number(Unbounded, Excluded(exact(bound)?)),
        Test::AtMost(bound) => Predicate::Number(Unbounded, Included(exact(bound)?)),
        Test::In(any) => match any.as_slice() {
            [one @ (Value::Integer(_) | Value::Float(_))] => {
                Predicate::Number(Included(exact(one)?), Included(exact(one)?))
            }
            any => Predicate::Text(any.iter().map(text).collect::<Option<_>>()?),
        },
        Test::NotIn(_) | Test::Different(_) | Test::Exists(_) => return None,
    })
}

/// A number that is the same as a float.
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

    /// What is expected is what a test lets pass, and nothing else where comparing takes no care.
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
        let mut told = 0;
        for (bound, _) in &values {
            let tests: [fn(Value) -> Test; 8] = [
                Test::Greater,
                Test::AtLeast,
                Test::Less,
                Test::AtMost,
                Test::Different,
                |bound| Test::In(vec![bound]),
                |bound| Test::In(vec![Value::Text("ab".into()), bound]),
                |bound| Test::NotIn(vec![bound]),
            ];
            for test in tests.map(|test| test(bound.clone())) {
                let Some(expected) = expected_by(&test) else { continue };
                for (value, datum) in &values {
                    let holds = test.holds(Some(value));
                    let may_be = expected.may_be(datum.borrowed());
                    let takes_care = matches!(value, Value::Integer(n) if long.contains(n));
                    assert!(may_be || !holds, "{test:?} of {value:?}");
                    assert!(holds || !may_be || takes_care, "{test:?} of {value:?}");
                    told += 1;
                }
            }
        }
        assert!(told > 1000, "{told}");
    }
}
