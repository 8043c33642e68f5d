//! Exact integers: JSON integers beyond 64 bits, which `serde_json` alone would read as floats. In
//! a text that has any, all numbers are parsed from their digits.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde::forward_to_deserialize_any;
use serde_json::value::RawValue;

use crate::tape::Datum;

/// The length of the shortest integer that may exceed 64 bits: 20 digits, or 19 behind a sign.
const LONG: usize = 20;

/// True if a text may contain an integer that exceeds 64 bits.
pub(super) fn may_be_in(text: &str) -> bool {
    let bytes = text.as_bytes();
    let mut last = LONG - 1;
    // Each step inspects the last byte of a number that would be long enough.
    while let Some(ahead) = bytes.get(..=last) {
        let signs = ahead.iter().rev().take(LONG);
        let found = signs.take_while(|sign| matches!(sign, b'0'..=b'9' | b'-')).count();
        if found == LONG {
            return true;
        }
        last += LONG - found;
    }
    false
}

/// The integer that a text consists of.
fn whole(text: &str) -> Option<Datum<'_>> {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let is_whole = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    is_whole.then(|| Datum::whole(text))
}

/// A deserializer of the text of one value, exact for integers.
pub(super) struct Exact<'de>(pub(super) &'de str);

impl<'de> Deserializer<'de> for Exact<'de> {
    type Error = serde_json::Error;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Self::Error> {
        match whole(self.0) {
            Some(Datum::Integer(whole)) => visitor.visit_i128(whole),
            Some(_) => visitor.visit_borrowed_str(self.0),
            None => {
                let mut json = serde_json::Deserializer::from_str(self.0);
                let value = json.deserialize_any(Within(visitor))?;
                json.end()?;
                Ok(value)
            }
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Self::Error> {
        if self.0 == "null" { visitor.visit_none() } else { visitor.visit_some(self) }
    }

    /// The syntax was validated when the end of the text was searched.
    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Self::Error> {
        visitor.visit_unit()
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit
        unit_struct newtype_struct seq tuple tuple_struct map struct enum identifier
    }
}

/// A visitor that reads the values within a value exactly too.
struct Within<V>(V);

impl<'de, V: Visitor<'de>> Visitor<'de> for Within<V> {
    type Value = V::Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.expecting(f)
    }

    fn visit_bool<E: Error>(self, flag: bool) -> Result<V::Value, E> {
        self.0.visit_bool(flag)
    }

    fn visit_f64<E: Error>(self, number: f64) -> Result<V::Value, E> {
        self.0.visit_f64(number)
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<V::Value, E> {
        self.0.visit_str(text)
    }

    fn visit_borrowed_str<E: Error>(self, text: &'de str) -> Result<V::Value, E> {
        self.0.visit_borrowed_str(text)
    }

    fn visit_unit<E: Error>(self) -> Result<V::Value, E> {
        self.0.visit_unit()
    }

    fn visit_seq<A: SeqAccess<'de>>(self, elements: A) -> Result<V::Value, A::Error> {
        self.0.visit_seq(Elements(elements))
    }

    fn visit_map<A: MapAccess<'de>>(self, members: A) -> Result<V::Value, A::Error> {
        self.0.visit_map(Members(members))
    }
}

struct Elements<A>(A);

impl<'de, A: SeqAccess<'de>> SeqAccess<'de> for Elements<A> {
    type Error = A::Error;

    fn next_element_seed<T: DeserializeSeed<'de>>(
        &mut self,
        seed: T,
    ) -> Result<Option<T::Value>, A::Error> {
        let element = self.0.next_element::<&RawValue>()?;
        element.map(|raw| seed.deserialize(Exact(raw.get()))).transpose().map_err(Error::custom)
    }
}

struct Members<A>(A);

impl<'de, A: MapAccess<'de>> MapAccess<'de> for Members<A> {
    type Error = A::Error;

    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, A::Error> {
        self.0.next_key_seed(seed)
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, A::Error> {
        let raw = self.0.next_value::<&RawValue>()?;
        seed.deserialize(Exact(raw.get())).map_err(Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_numbers_are_seen_wherever_they_are() {
        for (text, long) in [
            ("", false),
            ("{\"ts\":1718000000000000000,\"k\":9223372036854775807}", false),
            ("18446744073709551616", true),
            ("-9223372036854775809", true),
            ("[1,2,[3,123456789012345678901234567890]]", true),
            ("123456789.12345678901", false),
        ] {
            assert_eq!(may_be_in(text), long, "{text}");
            for ahead in 0..45 {
                let text = format!("{}{text}{}", " ".repeat(ahead), "x".repeat(ahead % 7));
                assert_eq!(may_be_in(&text), long, "{text}");
            }
        }
    }
}
