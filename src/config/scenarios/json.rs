//! Values of events as JSON, in which a log has them.

use serde_json::{Map, Number, Value as Json};

use crate::config::declared::TestMetadata;
use crate::config::document::Spanned;
use crate::config::members::Slot;
use crate::config::node::{Entry, Node, Value};
use crate::diagnostic::{Faults, codes};

/// A value; nothing in it is what JSON does not have.
pub(super) fn value(node: &Node, faults: &mut Faults) -> Option<Json> {
    Some(match &node.value {
        Value::Null => Json::Null,
        Value::Bool(flag) => Json::Bool(*flag),
        // A key of more digits is the same in quotes.
        Value::Integer(number) => i64::try_from(*number)
            .map(Number::from)
            .map_or_else(|_| number.to_string().into(), Json::Number),
        Value::Float(number) if number.is_finite() => Number::from_f64(*number)?.into(),
        Value::Text(text) => text.clone().into(),
        Value::List(elements) => {
            let elements = elements.iter().map(|element| value(element, faults));
            Json::Array(elements.collect::<Option<_>>()?)
        }
        Value::Map(entries) => Json::Object(object(entries, faults)?),
        Value::Float(_) | Value::Tagged => {
            let what = if node.value == Value::Tagged { node.kind() } else { "an infinite number" };
            let message = format!("no event of a log can hold {what}");
            let help = "write a text, a number, a boolean, a list or a map";
            faults.add(codes::BAD_TEST.at(node.span.clone(), message).help(help));
            return None;
        }
    })
}

/// The members of a map.
pub(super) fn object(entries: &[Entry], faults: &mut Faults) -> Option<Map<String, Json>> {
    let member = |Entry { key, value: node }: &Entry| {
        let Some(name) = key.scalar_text() else {
            let message = format!("an attribute has a name, not {}", key.kind());
            let help = "write `name: value`";
            faults.add(codes::BAD_TEST.at(key.span.clone(), message).help(help));
            return None;
        };
        Some((name, value(node, faults)?))
    };
    entries.iter().map(member).collect()
}

/// The metadata of a test: maps by the name of their entity.
pub(super) fn metadata(slot: &Slot<'_>, faults: &mut Faults) -> Vec<TestMetadata> {
    let Value::Map(entities) = &slot.node.value else {
        slot.refuse(slot.node, faults);
        return Vec::new();
    };
    let mut read = Vec::new();
    for Entry { key, value } in entities {
        let (Some(name), Value::List(elements)) = (key.scalar_text(), &value.value) else {
            slot.refuse(value, faults);
            continue;
        };
        let mut lines = Vec::new();
        for element in elements {
            match &element.value {
                Value::Map(entries) => lines.extend(object(entries, faults)),
                _ => slot.refuse(element, faults),
            }
        }
        let name = Spanned { value: name, span: key.span.clone() };
        read.push(TestMetadata { name, lines });
    }
    read
}
