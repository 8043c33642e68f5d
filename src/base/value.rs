//! Values of attributes, and their text form as keys.

use std::borrow::Cow;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::mem::discriminant;

/// The value of one attribute of an event. Whole numbers are exact, since ids are numbers too.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// Text.
    Text(String),
    /// A whole number.
    Integer(i128),
    /// A number with a fraction, or too large for a whole one; never NaN, never infinite.
    Float(f64),
    /// `true` or `false`.
    Bool(bool),
    /// A list of scalars; lists do not nest.
    List(Vec<Value>),
}

impl Value {
    /// The most digits of a whole number.
    pub const DIGITS: usize = 38;

    /// A number as a value: whole numbers as integers (`36.0` is `36`), others as floats. `None`
    /// for NaN and the infinities.
    #[must_use]
    pub fn number(number: f64) -> Option<Self> {
        if !number.is_finite() {
            None
        } else if number.fract() == 0.0 && number.abs() < 1e38 {
            Some(Self::Integer(number as i128))
        } else {
            Some(Self::Float(number))
        }
    }

    /// The number, for arithmetic and comparisons; `None` for other values.
    #[must_use]
    pub fn as_number(&self) -> Option<f64> {
        match self {
            Self::Integer(whole) => Some(*whole as f64),
            Self::Float(number) => Some(*number),
            Self::Text(_) | Self::Bool(_) | Self::List(_) => None,
        }
    }

    /// The text of the value as a key: a text is itself, a whole number its digits, a list its
    /// first element. `None` for an empty list.
    #[must_use]
    pub fn key_text(&self) -> Option<String> {
        self.as_key().map(Cow::into_owned)
    }

    /// The [`key_text`](Self::key_text), borrowed from text.
    #[must_use]
    pub fn as_key(&self) -> Option<Cow<'_, str>> {
        match self {
            Self::List(elements) => elements.first().and_then(Self::as_key),
            Self::Text(text) => Some(Cow::Borrowed(text)),
            scalar => Some(Cow::Owned(scalar.to_string())),
        }
    }
}

/// A float is never NaN.
impl Eq for Value {}

impl Hash for Value {
    fn hash<H: Hasher>(&self, state: &mut H) {
        discriminant(self).hash(state);
        match self {
            Self::Text(text) => text.hash(state),
            Self::Integer(whole) => whole.hash(state),
            Self::Float(number) => number.to_bits().hash(state),
            Self::Bool(flag) => flag.hash(state),
            Self::List(elements) => elements.hash(state),
        }
    }
}

/// The form for people: text without quotes, lists in brackets.
impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(text) => f.write_str(text),
            Self::Integer(whole) => write!(f, "{whole}"),
            Self::Float(number) => write!(f, "{number}"),
            Self::Bool(flag) => write!(f, "{flag}"),
            Self::List(elements) => {
                f.write_str("[")?;
                for (i, element) in elements.iter().enumerate() {
                    if i > 0 {
                        f.write_str(", ")?;
                    }
                    write!(f, "{element}")?;
                }
                f.write_str("]")
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_whole_number_is_the_same_key_as_its_digits() {
        let texts = [Value::Integer(36), Value::number(36.0).unwrap(), Value::Text("36".into())]
            .map(|v| v.key_text());
        assert!(texts.iter().all(|text| text.as_deref() == Some("36")), "{texts:?}");
        assert_eq!(Value::Bool(true).key_text().as_deref(), Some("true"));
        assert_eq!(Value::List(vec![]).key_text(), None);
        assert_eq!(
            Value::List(vec![Value::Text("a".into()), Value::Integer(2)]).key_text().as_deref(),
            Some("a")
        );
    }

    #[test]
    fn numbers_are_never_nan() {
        assert_eq!(Value::number(f64::NAN), None);
        assert_eq!(Value::number(f64::INFINITY), None);
        assert_eq!(Value::number(1.5), Some(Value::Float(1.5)));
    }
}
