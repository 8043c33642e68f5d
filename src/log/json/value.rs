//! JSON values as data, by `serde_json`: reads what is required, skips the rest.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;
use serde_json::{Map, Value as Json};

use crate::tape::Datum;

use crate::log::exact::{self, Exact};

/// The depth to which [`lenient_object`] searches for readable values.
const LENIENT_DEPTH: usize = 16;

/// The treatment of lists and objects; scalars are read alike everywhere.
pub(in crate::log) trait Compound<'de>: Sized {
    fn list<A: SeqAccess<'de>>(self, elements: A) -> Result<Option<Datum<'de>>, A::Error>;
    fn object<A: MapAccess<'de>>(self, members: A) -> Result<Option<Datum<'de>>, A::Error>;
}

/// Reads a value; `None` for null and for lists and objects that the compound discards.
#[derive(Clone, Copy, Debug)]
pub(in crate::log) struct Value<C>(pub(in crate::log) C);

impl<'de, C: Compound<'de>> DeserializeSeed<'de> for Value<C> {
    type Value = Option<Datum<'de>>;

    fn deserialize<D: Deserializer<'de>>(self, value: D) -> Result<Self::Value, D::Error> {
        value.deserialize_any(self)
    }
}

impl<'de, C: Compound<'de>> Visitor<'de> for Value<C> {
    type Value = Option<Datum<'de>>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any value")
    }

    fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Self::Value, E> {
        Ok(Some(Datum::text(text)))
    }

    fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
        Ok(Some(Datum::Text(Cow::Owned(text.to_owned()))))
    }

    fn visit_u64<E>(self, whole: u64) -> Result<Self::Value, E> {
        Ok(Some(Datum::Integer(whole.into())))
    }

    fn visit_i64<E>(self, whole: i64) -> Result<Self::Value, E> {
        Ok(Some(Datum::Integer(whole.into())))
    }

    fn visit_i128<E>(self, whole: i128) -> Result<Self::Value, E> {
        Ok(Some(Datum::Integer(whole)))
    }

    fn visit_f64<E>(self, number: f64) -> Result<Self::Value, E> {
        Ok(Datum::number(number))
    }

    fn visit_bool<E>(self, flag: bool) -> Result<Self::Value, E> {
        Ok(Some(Datum::Bool(flag)))
    }

    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, elements: A) -> Result<Self::Value, A::Error> {
        self.0.list(elements)
    }

    fn visit_map<A: MapAccess<'de>>(self, members: A) -> Result<Self::Value, A::Error> {
        self.0.object(members)
    }
}

/// Reads a list as its scalars, without nulls, lists and objects; an object as nothing.
#[derive(Clone, Copy, Debug)]
pub(in crate::log) struct Plain;

impl<'de> Compound<'de> for Plain {
    fn list<A: SeqAccess<'de>>(self, mut elements: A) -> Result<Option<Datum<'de>>, A::Error> {
        let mut list = Vec::new();
        while let Some(element) = elements.next_element_seed(Value(Nothing))? {
            list.extend(element);
        }
        Ok(Some(Datum::List(list)))
    }

    fn object<A: MapAccess<'de>>(self, members: A) -> Result<Option<Datum<'de>>, A::Error> {
        Nothing.object(members)
    }
}

/// Reads lists and objects as nothing.
#[derive(Clone, Copy, Debug)]
pub(in crate::log) struct Nothing;

impl<'de> Compound<'de> for Nothing {
    fn list<A: SeqAccess<'de>>(self, mut elements: A) -> Result<Option<Datum<'de>>, A::Error> {
        while elements.next_element::<IgnoredAny>()?.is_some() {}
        Ok(None)
    }

    fn object<A: MapAccess<'de>>(self, mut members: A) -> Result<Option<Datum<'de>>, A::Error> {
        while members.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(None)
    }
}

/// Reads any value completely, and discards it.
#[derive(Clone, Copy, Debug)]
struct AnyValue;

impl<'de> Compound<'de> for AnyValue {
    fn list<A: SeqAccess<'de>>(self, mut elements: A) -> Result<Option<Datum<'de>>, A::Error> {
        while elements.next_element_seed(Value(Self))?.is_some() {}
        Ok(None)
    }

    fn object<A: MapAccess<'de>>(self, mut members: A) -> Result<Option<Datum<'de>>, A::Error> {
        while members.next_entry_seed(Word(|_: &str| ()), Value(Self))?.is_some() {}
        Ok(None)
    }
}

/// A text with `null` for what Python's json writes of numbers that are none: `NaN`, `Infinity` and
/// `-Infinity`. `None` if there are none of them outside of texts.
pub(in crate::log) fn without_nan(text: &str) -> Option<String> {
    const WORDS: [&str; 3] = ["NaN", "Infinity", "-Infinity"];
    if !WORDS.iter().any(|word| text.contains(word)) {
        return None;
    }
    let mut written = String::with_capacity(text.len() + 16);
    let mut rest = text;
    let mut found = false;
    while let Some(at) = rest.find(['"', 'N', 'I', '-']) {
        let (before, ahead) = rest.split_at(at);
        written.push_str(before);
        let length = if ahead.starts_with('"') {
            end_of_text(ahead)
        } else if let Some(word) = WORDS.iter().find(|word| ahead.starts_with(**word)) {
            found = true;
            written.push_str("null");
            rest = &ahead[word.len()..];
            continue;
        } else {
            1
        };
        written.push_str(&ahead[..length]);
        rest = &ahead[length..];
    }
    written.push_str(rest);
    found.then_some(written)
}

/// The length of the text at the start of JSON, with its quotes.
fn end_of_text(json: &str) -> usize {
    let mut is_escaped = false;
    for (at, byte) in json.bytes().enumerate().skip(1) {
        match byte {
            _ if is_escaped => is_escaped = false,
            b'\\' => is_escaped = true,
            b'"' => return at + 1,
            _ => {}
        }
    }
    json.len()
}

/// True if a text is readable JSON: valid not only in grammar, but in its numbers, escapes and
/// depth.
pub(in crate::log) fn is_readable(text: &str) -> bool {
    let mut json = serde_json::Deserializer::from_str(text);
    Value(AnyValue).deserialize(&mut json).is_ok() && json.end().is_ok()
}

/// A JSON object whose values are read one by one, so that an unreadable one does not affect the
/// others: it becomes an empty text. `None` if the text is not an object.
pub(in crate::log) fn lenient_object(text: &str) -> Option<Map<String, Json>> {
    if let Ok(object) = serde_json::from_str(text) {
        return Some(object);
    }
    if let Some(text) = without_nan(text) {
        return lenient_object(&text);
    }
    let members: BTreeMap<String, &RawValue> = serde_json::from_str(text).ok()?;
    let read = |(name, raw): (String, &RawValue)| (name, within(raw.get(), LENIENT_DEPTH));
    Some(members.into_iter().map(read).collect())
}

/// The value of an object with an unreadable part, to a depth.
fn within(text: &str, depth: usize) -> Json {
    if let Ok(value) = serde_json::from_str(text) {
        return value;
    }
    let members = serde_json::from_str::<BTreeMap<String, &RawValue>>(text);
    match members {
        Ok(members) if depth > 0 => {
            let read = |(name, raw): (String, &RawValue)| (name, within(raw.get(), depth - 1));
            Json::Object(members.into_iter().map(read).collect())
        }
        _ => Json::String(String::new()),
    }
}

/// Reads a text without owning it, mapped by `0`.
pub(in crate::log) struct Word<F>(pub(in crate::log) F);

impl<'de, T, F: FnOnce(&str) -> T> DeserializeSeed<'de> for Word<F> {
    type Value = T;

    fn deserialize<D: Deserializer<'de>>(self, value: D) -> Result<T, D::Error> {
        value.deserialize_str(self)
    }
}

impl<T, F: FnOnce(&str) -> T> Visitor<'_> for Word<F> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a text")
    }

    fn visit_str<E>(self, text: &str) -> Result<T, E> {
        Ok((self.0)(text))
    }
}

/// Visits a JSON object, which must be all of the text.
pub(in crate::log) fn object<'de, V: Visitor<'de>>(
    text: &'de str,
    visitor: V,
) -> Result<V::Value, serde_json::Error> {
    if exact::may_be_in(text) {
        return Exact(text).deserialize_map(visitor);
    }
    let mut json = serde_json::Deserializer::from_str(text);
    let value = Deserializer::deserialize_map(&mut json, visitor)?;
    json.end()?;
    Ok(value)
}

/// Reads a text that is one value, which is neither an object nor null if there is a datum.
pub(in crate::log) fn value(text: &str) -> Result<Option<Datum<'_>>, serde_json::Error> {
    if exact::may_be_in(text) {
        return Value(Plain).deserialize(Exact(text));
    }
    Value(Plain).deserialize(&mut serde_json::Deserializer::from_str(text))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::Value;

    fn read(json: &str) -> Option<Value> {
        value(json).unwrap().map(|datum| datum.to_value())
    }

    #[test]
    fn reads_every_kind_of_value() {
        let text = |t: &str| Value::Text(t.into());
        let nines = |count| "9".repeat(count);
        for (json, want) in [
            (r#""a\"b""#, Some(text("a\"b"))),
            ("18446744073709551615", Some(Value::Integer(u64::MAX.into()))),
            ("-9223372036854775808", Some(Value::Integer(i64::MIN.into()))),
            ("18446744073709551617", Some(Value::Integer((1 << 64) + 1))),
            ("-9223372036854775809", Some(Value::Integer(i128::from(i64::MIN) - 1))),
            (&nines(38), Some(Value::Integer(10_i128.pow(38) - 1))),
            (&format!("-{}", nines(38)), Some(Value::Integer(1 - 10_i128.pow(38)))),
            (&nines(39), Some(Value::Text(nines(39)))),
            (
                "[1.5,18446744073709551617,null,{\"a\":1}]",
                Some(Value::List(vec![Value::Float(1.5), Value::Integer((1 << 64) + 1)])),
            ),
            ("36.0", Some(Value::Integer(36))),
            ("0.5", Some(Value::Float(0.5))),
            ("true", Some(Value::Bool(true))),
            ("null", None),
            (r#"{"a":[1,{}]}"#, None),
            ("[]", Some(Value::List(vec![]))),
            (
                r#"["a",null,[1,[2]],{"b":1},2]"#,
                Some(Value::List(vec![text("a"), Value::Integer(2)])),
            ),
        ] {
            assert_eq!(read(json), want, "{json}");
        }
    }

    #[test]
    fn numbers_that_are_none_are_no_values() {
        for (text, want) in [
            (r#"{"a":NaN,"b":[-Infinity,Infinity ]}"#, Some(r#"{"a":null,"b":[null,null ]}"#)),
            (r#"{"a":"NaN","b\"":"x\"NaN"}"#, None),
            (r#"{"a\\":NaN,"b":"-Infinity"}"#, Some(r#"{"a\\":null,"b":"-Infinity"}"#)),
            (r#"{"N":-1,"I":"open NaN"#, None),
            ("{}", None),
        ] {
            assert_eq!(without_nan(text).as_deref(), want, "{text}");
        }
        let object = lenient_object(r#"{"a":NaN,"b":1}"#).unwrap();
        assert_eq!(Json::Object(object), serde_json::json!({"a": null, "b": 1}));
    }

    #[test]
    fn a_value_that_cannot_be_read_spoils_no_other() {
        let deep = format!("{}1{}", "[".repeat(200), "]".repeat(200));
        let text = format!("{{\"a\":1,\"b\":{deep},\"c\":{{\"d\":{deep},\"e\":2}},\"f\":1e400}}");
        let object = lenient_object(&text).unwrap();
        let want = serde_json::json!({"a": 1, "b": "", "c": {"d": "", "e": 2}, "f": ""});
        assert_eq!(Json::Object(object), want);
        for text in ["[1]", "{\"a\":1", "{\"a\":1} x", "", "3"] {
            assert_eq!(lenient_object(text), None, "{text}");
        }
    }

    #[test]
    fn text_without_escapes_is_borrowed() {
        let json = r#""plain""#;
        let datum = value(json).unwrap();
        assert!(matches!(datum, Some(Datum::Text(Cow::Borrowed("plain")))));
    }
}
