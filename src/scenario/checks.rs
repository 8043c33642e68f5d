//! Whether a value is what is expected, and both in words.

use crate::base::{Comparison, Value};
use crate::config::Check;
use crate::engine::OutputValue;

/// The word for no value.
pub(super) const MISSING: &str = "missing";
/// The share by which a number may differ from an expected one that is not whole: the last digits
/// depend on the order of additions.
const ROUNDING: f64 = 1e-9;

/// True if a value meets a check.
pub(super) fn holds(check: &Check, value: Option<&OutputValue>) -> bool {
    let number = match value {
        Some(OutputValue::Number(number)) => Some(*number),
        _ => None,
    };
    match check {
        Check::Missing => value.is_none(),
        Check::Whole(expected) => number == Some(*expected as f64),
        Check::Number(expected) => number.is_some_and(|number| nearly(number, *expected)),
        Check::Near { value, within } => {
            number.is_some_and(|number| (number - value).abs() <= *within)
        }
        Check::Compare(Comparison::Exists(wanted)) => value.is_some() == *wanted,
        Check::Compare(comparison) => compares(comparison, number),
        Check::List(expected) => {
            matches!(value, Some(OutputValue::List(list)) if list.texts() == expected)
        }
    }
}

/// True if two numbers are the same but for rounding.
fn nearly(number: f64, expected: f64) -> bool {
    (number - expected).abs() <= ROUNDING * number.abs().max(expected.abs())
}

/// True if a comparison holds. A bound that is not whole is met by what differs from it by rounding
/// alone, as an expected number is.
fn compares(comparison: &Comparison, number: Option<f64>) -> bool {
    let is_at = |bound: &Value| {
        let bound = bound.as_number().filter(|bound| bound.fract() != 0.0);
        bound.zip(number).is_some_and(|(bound, number)| nearly(number, bound))
    };
    match comparison {
        Comparison::AtLeast(bound) | Comparison::AtMost(bound) if is_at(bound) => true,
        Comparison::Greater(bound) | Comparison::Less(bound) | Comparison::Different(bound)
            if is_at(bound) =>
        {
            false
        }
        Comparison::In(values) if values.iter().any(is_at) => true,
        Comparison::NotIn(values) if values.iter().any(is_at) => false,
        other => other.holds(number.and_then(Value::number).as_ref()),
    }
}

/// What is expected, in words.
pub(super) fn words(checks: &[Check]) -> String {
    let words: Vec<String> = checks.iter().map(check_words).collect();
    words.join(" and ")
}

fn check_words(check: &Check) -> String {
    match check {
        Check::Missing => MISSING.to_owned(),
        Check::Whole(number) => number.to_string(),
        Check::Number(number) => number.to_string(),
        Check::Near { value, within } => format!("{value} ± {within}"),
        Check::Compare(comparison) => match comparison {
            Comparison::In(values) => format!("in {}", list(values)),
            Comparison::NotIn(values) => format!("not in {}", list(values)),
            Comparison::Different(value) => format!("≠ {}", scalar(value)),
            Comparison::Greater(value) => format!("> {}", scalar(value)),
            Comparison::AtLeast(value) => format!("≥ {}", scalar(value)),
            Comparison::Less(value) => format!("< {}", scalar(value)),
            Comparison::AtMost(value) => format!("≤ {}", scalar(value)),
            Comparison::Exists(true) => "a value".to_owned(),
            Comparison::Exists(false) => MISSING.to_owned(),
        },
        Check::List(texts) => format!("[{}]", texts.join(", ")),
    }
}

fn list(values: &[Value]) -> String {
    format!("[{}]", values.iter().map(scalar).collect::<Vec<_>>().join(", "))
}

fn scalar(value: &Value) -> String {
    value.as_number().map_or_else(String::new, |number| number.to_string())
}

/// A value in words, with all digits.
pub(super) fn value_words(value: &OutputValue) -> String {
    match value {
        OutputValue::Number(number) => number.to_string(),
        OutputValue::List(list) => format!("[{}]", list.texts().join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::TextList;

    const fn number(number: f64) -> OutputValue {
        OutputValue::Number(number)
    }

    #[test]
    fn whole_numbers_are_exact_and_others_nearly() {
        let holds = |check: &Check, value: OutputValue| holds(check, Some(&value));
        assert!(holds(&Check::Whole(3), number(3.0)));
        assert!(!holds(&Check::Whole(3), number(3.000_000_000_1)));
        assert!(holds(&Check::Number(3.0), number(3.000_000_000_1)));
        assert!(!holds(&Check::Number(3.0), number(3.000_001)));
        assert!(holds(&Check::Number(0.0), number(0.0)));
        assert!(!holds(&Check::Number(0.0), number(1e-12)));
        assert!(holds(&Check::Near { value: 1.0, within: 0.25 }, number(1.25)));
        assert!(!holds(&Check::Near { value: 1.0, within: 0.25 }, number(1.3)));
        for check in [Check::Whole(0), Check::Number(0.0), Check::Near { value: 0.0, within: 1.0 }]
        {
            assert!(!super::holds(&check, None), "{check:?}");
        }
        assert!(super::holds(&Check::Missing, None) && !holds(&Check::Missing, number(0.0)));
    }

    #[test]
    fn comparisons_need_a_value() {
        let half = Value::number(0.5).unwrap();
        for (comparison, below, at, above) in [
            (Comparison::Less(half.clone()), true, false, false),
            (Comparison::AtMost(half.clone()), true, true, false),
            (Comparison::Greater(half.clone()), false, false, true),
            (Comparison::AtLeast(half.clone()), false, true, true),
            (Comparison::Different(half.clone()), true, false, true),
            (Comparison::In(vec![half.clone()]), false, true, false),
            (Comparison::NotIn(vec![half]), true, false, true),
        ] {
            let check = Check::Compare(comparison);
            let found = [0.0, 0.5, 1.0].map(|value| holds(&check, Some(&number(value))));
            assert_eq!(found, [below, at, above], "{check:?}");
            assert!(!holds(&check, None), "{check:?}");
        }
        assert!(holds(&Check::Compare(Comparison::Exists(false)), None));
        assert!(holds(&Check::Compare(Comparison::Exists(true)), Some(&number(0.0))));
    }

    #[test]
    fn a_bound_is_met_but_for_rounding() {
        let sum = 0.1 + 0.1 + 0.1;
        let bound = |bound| Value::number(bound).unwrap();
        for (comparison, want) in [
            (Comparison::AtMost(bound(0.3)), true),
            (Comparison::AtLeast(bound(0.3)), true),
            (Comparison::Greater(bound(0.3)), false),
            (Comparison::Less(bound(0.3)), false),
            (Comparison::Different(bound(0.3)), false),
            (Comparison::In(vec![bound(0.3)]), true),
            (Comparison::NotIn(vec![bound(0.3)]), false),
            (Comparison::AtMost(bound(0.299_999)), false),
        ] {
            assert_eq!(
                holds(&Check::Compare(comparison.clone()), Some(&number(sum))),
                want,
                "{comparison:?}"
            );
        }
        let above = Some(number(3.000_000_000_1));
        assert!(!holds(&Check::Compare(Comparison::AtMost(bound(3.0))), above.as_ref()));
    }

    #[test]
    fn lists_are_equal_in_their_order() {
        let list = TextList::of(["b", "a"].map(str::to_owned)).map(OutputValue::List);
        let check = |texts: &[&str]| Check::List(texts.iter().map(|it| (*it).to_owned()).collect());
        assert!(holds(&check(&["b", "a"]), list.as_ref()));
        assert!(!holds(&check(&["a", "b"]), list.as_ref()));
        assert!(!holds(&check(&["b"]), list.as_ref()) && !holds(&check(&["b"]), None));
        assert_eq!(words(&[check(&["b", "a"])]), "[b, a]");
        assert_eq!(list.as_ref().map(value_words).as_deref(), Some("[b, a]"));
    }
}
