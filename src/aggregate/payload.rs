//! Payloads: what an aggregate takes of an event, as 64 bits. A number is its own bits; a value of
//! any kind is a hash of its identity, so that two values have the same payload if they are the
//! same key.

use xxhash_rust::xxh3::xxh3_64;

use crate::base::Value;

/// What an aggregate takes of an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Takes {
    /// Nothing: it counts events.
    Nothing,
    /// A number.
    Number,
    /// A value of any kind, by its identity.
    Any,
}

impl Takes {
    /// The payload of a value; `None` if it is not one that is taken: no number, an empty list.
    #[must_use]
    pub fn payload(self, value: &Value) -> Option<u64> {
        match self {
            Self::Nothing => Some(ONE),
            Self::Number => number_payload(value),
            Self::Any => identity_payload(value),
        }
    }
}

/// The payload of the number 1, and of an event whose value is not asked for.
pub(super) const ONE: u64 = 1f64.to_bits();

/// The bits of a number; `None` for everything else.
#[must_use]
pub fn number_payload(value: &Value) -> Option<u64> {
    value.as_number().map(f64::to_bits)
}

/// The hash of a value's identity, which is that of a key: a whole number is its digits, a list
/// its first element. `None` for an empty list. Stores hold these hashes.
#[must_use]
pub fn identity_payload(value: &Value) -> Option<u64> {
    match value {
        Value::Integer(whole) => Some(xxh3_64(itoa::Buffer::new().format(*whole).as_bytes())),
        Value::List(elements) => elements.first().and_then(identity_payload),
        scalar => scalar.as_key().map(|text| xxh3_64(text.as_bytes())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_that_are_the_same_key_have_the_same_payload() {
        let text = |text: &str| Value::Text(text.into());
        let list = |elements: &[Value]| Value::List(elements.to_vec());
        let same = [
            text("36"),
            Value::Integer(36),
            Value::number(36.0).unwrap(),
            list(&[text("36"), text("a")]),
        ];
        assert!(same.iter().all(|value| Takes::Any.payload(value) == Takes::Any.payload(&same[0])));
        let others = [
            text("36"),
            text(""),
            text("true "),
            text("a"),
            Value::Bool(true),
            Value::Integer(-36),
            Value::Integer(i128::MIN),
            Value::Float(36.5),
        ];
        let mut payloads = others.each_ref().map(identity_payload).to_vec();
        for (value, payload) in others.iter().zip(&payloads) {
            assert_eq!(*payload, value.key_text().map(|text| xxh3_64(text.as_bytes())), "{value}");
        }
        payloads.sort_unstable();
        payloads.dedup();
        assert_eq!(payloads.len(), others.len());
        assert_eq!(identity_payload(&Value::Bool(true)), identity_payload(&text("true")));
        assert_eq!(identity_payload(&list(&[])), None);
    }

    #[test]
    fn stores_hold_these_payloads() {
        assert_eq!(identity_payload(&Value::Text("u1".into())), Some(xxh3_64(b"u1")));
        assert_eq!(identity_payload(&Value::Text(String::new())), Some(0x2d06_8005_38d3_94c2));
        assert_eq!(Takes::Number.payload(&Value::Float(1.5)), Some(1.5f64.to_bits()));
        assert_eq!(Takes::Number.payload(&Value::Text("1".into())), None);
        assert_eq!(Takes::Nothing.payload(&Value::Text("1".into())), Some(ONE));
    }
}
