//! Kinds of values: aggregates take numbers, and comparisons hold between values of one kind only.

use std::fmt;

use super::Value;

/// A set of kinds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Kinds(u8);

impl Kinds {
    /// Texts.
    pub const TEXT: Self = Self(1);
    /// Numbers.
    pub const NUMBER: Self = Self(2);
    /// Booleans.
    pub const BOOL: Self = Self(4);
    /// Lists, with which no comparison holds.
    pub const LIST: Self = Self(8);

    /// The kind of a value.
    #[must_use]
    pub const fn of_value(value: &Value) -> Self {
        match value {
            Value::Text(_) => Self::TEXT,
            Value::Integer(_) | Value::Float(_) => Self::NUMBER,
            Value::Bool(_) => Self::BOOL,
            Value::List(_) => Self::LIST,
        }
    }

    /// The kinds of some values.
    #[must_use]
    pub fn of<'v>(values: impl IntoIterator<Item = &'v Value>) -> Self {
        values.into_iter().fold(Self::default(), |kinds, value| kinds.or(Self::of_value(value)))
    }

    /// The union.
    #[must_use]
    pub const fn or(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// True for the empty set.
    #[must_use]
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// True if both sets have a kind in common.
    #[must_use]
    pub const fn meets(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }
}

/// The set in words: `a text`, `a number or a boolean`.
impl fmt::Display for Kinds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let words = [
            (Self::TEXT, "a text"),
            (Self::NUMBER, "a number"),
            (Self::BOOL, "a boolean"),
            (Self::LIST, "a list"),
        ];
        let mut named = words.into_iter().filter(|(kind, _)| self.meets(*kind));
        if let Some((_, first)) = named.next() {
            f.write_str(first)?;
        }
        named.try_for_each(|(_, word)| write!(f, " or {word}"))
    }
}
