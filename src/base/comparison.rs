//! Comparisons of one attribute's value, as configs write them and plans hold them. A comparison
//! with a missing attribute, with a list, or between different kinds is false; see
//! `docs/language.md`, "Filters".

use super::{Kinds, Value};

/// A comparison of one attribute's value.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Comparison {
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

impl Comparison {
    /// The kinds of values for which it can hold; `None` for any kind.
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

    /// True if it holds for an attribute's value; `None` is a missing attribute.
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
        assert!(Comparison::In(vec![Value::Float(5.0)]).holds(Some(&number)));
        assert!(!Comparison::In(vec![text("5")]).holds(Some(&number)));
        assert!(
            Comparison::NotIn(vec![text("5")]).holds(Some(&number)),
            "another kind is not in the list"
        );
        assert!(!Comparison::Different(text("5")).holds(Some(&number)));
        assert!(Comparison::Different(Value::Integer(4)).holds(Some(&number)));
        assert!(Comparison::Greater(Value::Float(4.5)).holds(Some(&number)));
    }

    #[test]
    fn a_missing_attribute_fails_all_but_exists_false() {
        for test in [
            Comparison::In(vec![text("a")]),
            Comparison::NotIn(vec![text("a")]),
            Comparison::Different(text("a")),
            Comparison::Less(text("b")),
            Comparison::Exists(true),
        ] {
            assert!(!test.holds(None), "{test:?}");
        }
        assert!(Comparison::Exists(false).holds(None));
    }

    #[test]
    fn lists_do_not_compare() {
        let list = Value::List(vec![text("a")]);
        assert!(!Comparison::In(vec![text("a")]).holds(Some(&list)));
        assert!(!Comparison::NotIn(vec![text("b")]).holds(Some(&list)));
        assert!(Comparison::Exists(true).holds(Some(&list)));
    }
}
