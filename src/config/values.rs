//! YAML text → values, read by `serde_yaml`; the only file that names that crate. Maps keep the
//! order of their entries and duplicates, which are reported as faults.

use std::cell::Cell;
use std::fmt;

use serde::de::{self, DeserializeSeed, Deserializer, EnumAccess, MapAccess, SeqAccess};
use serde::de::{IgnoredAny, VariantAccess, Visitor};

/// A YAML value.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Value {
    Null,
    Bool(bool),
    Integer(i128),
    Float(f64),
    Text(String),
    List(Vec<Value>),
    Map(Vec<(Value, Value)>),
    /// A value with a YAML tag (`!special …`), which the language does not have.
    Tagged,
}

/// The reason why a text is not YAML.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct SyntaxFault {
    /// The byte offset of the fault; 0 if the parser gives none.
    pub offset: usize,
    /// What is wrong, in a few words.
    pub reason: String,
    /// What to do, if the reason suggests it.
    pub help: Option<&'static str>,
}

/// The most values in a text, aliases expanded: those of some hundred thousand features. Nested
/// aliases that multiply are rejected here.
const LIMIT: usize = 2_000_000;

const TOO_MANY: &str = "too many values";

/// Parses a text as one YAML document.
pub(super) fn parse(text: &str, has_aliases: bool) -> Result<Value, SyntaxFault> {
    parse_up_to(LIMIT, text, has_aliases)
}

fn parse_up_to(limit: usize, text: &str, has_aliases: bool) -> Result<Value, SyntaxFault> {
    let left = Cell::new(limit);
    let seed = Seed { left: &left, limit, has_aliases };
    seed.deserialize(serde_yaml::Deserializer::from_str(text)).map_err(|error| fault(&error))
}

fn fault(error: &serde_yaml::Error) -> SyntaxFault {
    let offset = error.location().map_or(0, |location| location.index());
    let said = error.to_string();
    let said = match error.location() {
        // The diagnostic's label gives the place.
        Some(place) => {
            said.replace(&format!(" at line {} column {}", place.line(), place.column()), "")
        }
        None => said,
    };
    let reason = if let Some(at) = said.find(TOO_MANY) {
        // The path to the value precedes it.
        said[at..].to_owned()
    } else if said.contains("repetition limit exceeded") {
        format!("{TOO_MANY}: aliases that repeat each other")
    } else {
        return SyntaxFault { offset, reason: said, help: None };
    };
    SyntaxFault { offset, reason, help: Some("split the config into several") }
}

#[derive(Clone, Copy)]
struct Seed<'a> {
    /// The number of values that may still be read.
    left: &'a Cell<usize>,
    limit: usize,
    has_aliases: bool,
}

impl<'de> DeserializeSeed<'de> for Seed<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        let left = self.left.get().checked_sub(1).ok_or_else(|| {
            let counted = if self.has_aliases { ", those of its aliases included" } else { "" };
            de::Error::custom(format!("{TOO_MANY}: at most {}{counted}", self.limit))
        })?;
        self.left.set(left);
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Seed<'_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any YAML value")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_none<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, flag: bool) -> Result<Value, E> {
        Ok(Value::Bool(flag))
    }

    fn visit_i64<E>(self, number: i64) -> Result<Value, E> {
        Ok(Value::Integer(number.into()))
    }

    fn visit_u64<E>(self, number: u64) -> Result<Value, E> {
        Ok(Value::Integer(number.into()))
    }

    fn visit_i128<E>(self, number: i128) -> Result<Value, E> {
        Ok(Value::Integer(number))
    }

    fn visit_u128<E>(self, number: u128) -> Result<Value, E> {
        Ok(i128::try_from(number).map_or(Value::Float(number as f64), Value::Integer))
    }

    fn visit_f64<E>(self, number: f64) -> Result<Value, E> {
        Ok(Value::Float(number))
    }

    fn visit_str<E>(self, text: &str) -> Result<Value, E> {
        Ok(Value::Text(text.to_owned()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut access: A) -> Result<Value, A::Error> {
        let mut elements = Vec::new();
        while let Some(element) = access.next_element_seed(self)? {
            elements.push(element);
        }
        Ok(Value::List(elements))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Value, A::Error> {
        let mut entries = Vec::new();
        while let Some(entry) = access.next_entry_seed(self, self)? {
            entries.push(entry);
        }
        Ok(Value::Map(entries))
    }

    fn visit_enum<A: EnumAccess<'de>>(self, access: A) -> Result<Value, A::Error> {
        let (IgnoredAny, content) = access.variant::<IgnoredAny>()?;
        content.newtype_variant::<IgnoredAny>()?;
        Ok(Value::Tagged)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(text: &str) -> Value {
        Value::Text(text.to_owned())
    }

    #[test]
    fn scalars_have_their_kinds() {
        let value =
            parse("[1, 1.5, true, ~, a b, '1', 18446744073709551616, !mine {a: 1}, yes]", false);
        let Ok(Value::List(elements)) = value else { panic!("{value:?}") };
        let want = [
            Value::Integer(1),
            Value::Float(1.5),
            Value::Bool(true),
            Value::Null,
            text("a b"),
            text("1"),
            Value::Integer(1 << 64),
            Value::Tagged,
            text("yes"),
        ];
        assert_eq!(elements, want);
    }

    #[test]
    fn duplicates_and_order_are_kept() {
        let Ok(Value::Map(entries)) = parse("b: 1\na: 2\nb: 3\n", false) else { panic!("no map") };
        let keys: Vec<_> = entries.into_iter().map(|(key, _)| key).collect();
        assert_eq!(keys, [text("b"), text("a"), text("b")]);
    }

    #[test]
    fn nothing_is_null() {
        for empty in ["", "# only a comment\n", "---\n", "~"] {
            assert_eq!(parse(empty, false), Ok(Value::Null), "{empty:?}");
        }
    }

    #[test]
    fn a_fault_has_a_place_and_a_reason() {
        let fault = parse("a: 1\nb: [1, 2\nc: 3\n", false).unwrap_err();
        assert_eq!(fault.offset, 15, "{fault:?}");
        assert!(!fault.reason.contains("at line 3 column 2"), "{fault:?}");
        assert!(parse("a: 1\n--- \nb: 2\n", false).is_err(), "two documents");
        assert!(parse("a: \u{0}", false).is_err());
    }

    #[test]
    fn bombs_are_refused() {
        let deep = "[".repeat(50_000);
        assert!(parse(&deep, false).is_err());
        let mut laughs = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n".to_owned();
        for i in 1..12 {
            let row = format!("*a{}, ", i - 1).repeat(10);
            laughs.extend([format!("a{i}: &a{i} [{row}]\n")]);
        }
        let fault = parse(&laughs, true).unwrap_err();
        assert_eq!(fault.reason, "too many values: aliases that repeat each other");
        let aliases = "a: &a [x, x]\nb: [*a, *a, *a]\n";
        assert!(parse_up_to(16, aliases, true).is_ok());
        let fault = parse_up_to(15, aliases, true).unwrap_err();
        assert_eq!(fault.reason, "too many values: at most 15, those of its aliases included");
        let fault = parse_up_to(4, "a: [x, y, z]", false).unwrap_err();
        assert_eq!(fault.reason, "too many values: at most 4");
        assert!(parse("a: &a [*a]", false).is_err(), "an alias in itself");
    }
}
