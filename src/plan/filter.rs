//! Filters: conditions on an event's attributes. A comparison with a missing attribute, with a
//! list, or between different kinds is false; see `docs/language.md`, "Filters".

use crate::base::{Kinds, Value};

use super::AttributeId;

/// A filter: all of its conditions must hold.
#[derive(Clone, Debug, PartialEq)]
pub struct Filter(pub Vec<Condition>);

/// One condition of a filter.
#[derive(Clone, Debug, PartialEq)]
pub enum Condition {
    /// A test of one attribute.
    Attribute(AttributeId, Test),
    /// At least one of these filters holds.
    Any(Vec<Filter>),
    /// This filter does not hold.
    Not(Filter),
}

/// A test of one attribute's value.
#[derive(Clone, Debug, PartialEq)]
pub enum Test {
    /// Equal to any of these.
    In(Vec<Value>),
    /// Present, and equal to none of these.
    NotIn(Vec<Value>),
    /// Of the same kind, and different.
    Different(Value),
    /// Greater.
    Greater(Value),
    /// Greater or equal.
    AtLeast(Value),
    /// Less.
    Less(Value),
    /// Less or equal.
    AtMost(Value),
    /// Present (`true`) or missing (`false`).
    Exists(bool),
}

impl Filter {
    /// Whether an event passes; `value` looks an attribute up.
    pub fn passes<'v>(&self, value: &impl Fn(AttributeId) -> Option<&'v Value>) -> bool {
        self.0.iter().all(|condition| match condition {
            Condition::Attribute(attribute, test) => test.holds(value(*attribute)),
            Condition::Any(filters) => filters.iter().any(|filter| filter.passes(value)),
            Condition::Not(filter) => !filter.passes(value),
        })
    }

    /// Calls `visit` for every attribute that the filter looks at.
    pub fn attributes(&self, visit: &mut impl FnMut(AttributeId)) {
        self.tests(&mut |attribute, _| visit(attribute));
    }

    /// Calls `visit` for every test of the filter.
    pub fn tests<'f>(&'f self, visit: &mut impl FnMut(AttributeId, &'f Test)) {
        for condition in &self.0 {
            match condition {
                Condition::Attribute(attribute, test) => visit(*attribute, test),
                Condition::Any(filters) => filters.iter().for_each(|f| f.tests(visit)),
                Condition::Not(filter) => filter.tests(visit),
            }
        }
    }
}

impl Test {
    /// The kinds of values that it can hold for; `None` where it can hold for any.
    #[must_use]
    pub fn kinds(&self) -> Option<Kinds> {
        match self {
            Self::In(values) => Some(Kinds::of(values)),
            Self::Different(value)
            | Self::Greater(value)
            | Self::AtLeast(value)
            | Self::Less(value)
            | Self::AtMost(value) => Some(Kinds::of_value(value)),
            Self::NotIn(_) | Self::Exists(_) => None,
        }
    }

    /// Whether the test holds for an attribute's value, `None` being a missing one.
    #[must_use]
    pub fn holds(&self, value: Option<&Value>) -> bool {
        let Some(value) = value else { return matches!(self, Self::Exists(false)) };
        let is_list = matches!(value, Value::List(_));
        match self {
            Self::Exists(wanted) => *wanted,
            _ if is_list => false,
            Self::In(any) => {
                any.iter().any(|other| order(value, other).is_some_and(std::cmp::Ordering::is_eq))
            }
            Self::NotIn(none) => {
                !none.iter().any(|other| order(value, other).is_some_and(std::cmp::Ordering::is_eq))
            }
            Self::Different(other) => order(value, other).is_some_and(std::cmp::Ordering::is_ne),
            Self::Greater(bound) => order(value, bound).is_some_and(std::cmp::Ordering::is_gt),
            Self::AtLeast(bound) => order(value, bound).is_some_and(std::cmp::Ordering::is_ge),
            Self::Less(bound) => order(value, bound).is_some_and(std::cmp::Ordering::is_lt),
            Self::AtMost(bound) => order(value, bound).is_some_and(std::cmp::Ordering::is_le),
        }
    }
}

/// The order of two scalars of the same kind; `None` between kinds and for lists.
fn order(a: &Value, b: &Value) -> Option<std::cmp::Ordering> {
    match (a, b) {
        (Value::Text(a), Value::Text(b)) => Some(a.cmp(b)),
        (Value::Bool(a), Value::Bool(b)) => Some(a.cmp(b)),
        (Value::Integer(a), Value::Integer(b)) => Some(a.cmp(b)),
        _ => a.as_number()?.partial_cmp(&b.as_number()?),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(text: &str) -> Value {
        Value::Text(text.into())
    }

    #[test]
    fn kinds_do_not_compare() {
        let number = Value::Integer(5);
        assert!(Test::In(vec![Value::Float(5.0)]).holds(Some(&number)));
        assert!(!Test::In(vec![text("5")]).holds(Some(&number)));
        assert!(
            Test::NotIn(vec![text("5")]).holds(Some(&number)),
            "another kind is not in the list"
        );
        assert!(!Test::Different(text("5")).holds(Some(&number)));
        assert!(Test::Different(Value::Integer(4)).holds(Some(&number)));
        assert!(Test::Greater(Value::Float(4.5)).holds(Some(&number)));
    }

    #[test]
    fn a_missing_attribute_fails_all_but_exists_false() {
        for test in [
            Test::In(vec![text("a")]),
            Test::NotIn(vec![text("a")]),
            Test::Different(text("a")),
            Test::Less(text("b")),
            Test::Exists(true),
        ] {
            assert!(!test.holds(None), "{test:?}");
        }
        assert!(Test::Exists(false).holds(None));
    }

    #[test]
    fn lists_do_not_compare() {
        let list = Value::List(vec![text("a")]);
        assert!(!Test::In(vec![text("a")]).holds(Some(&list)));
        assert!(!Test::NotIn(vec![text("b")]).holds(Some(&list)));
        assert!(Test::Exists(true).holds(Some(&list)));
    }
}
