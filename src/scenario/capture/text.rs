//! A test as YAML.

use serde_json::Value as Json;

use crate::base::Timestamp;
use crate::base::escape::yaml;
use crate::config::{Check, Part, Test};

/// A test as an element of the list `tests`.
pub(super) fn text(test: &Test) -> String {
    let since = |at: Timestamp| at.since(test.start);
    let mut lines = vec![
        format!("  - name: {}", quoted(&test.name.value)),
        format!("    start: {}", test.start.format("%Y-%m-%dT%H:%MZ")),
        "    events:".to_owned(),
    ];
    if test.events.is_empty() {
        lines[2] += " []";
    }
    for event in &test.events {
        let id = event.id.as_ref().map_or_else(String::new, |id| format!("id: {}, ", flow(id)));
        let attributes = Json::Object(event.attributes.clone());
        let (kind, at) = (yaml(&event.kind.value), since(event.at));
        let kind = match &*event.kind.value {
            // What these words mean is no type.
            "at" | "id" | "repeat" | "every" | "type" | "attributes" => {
                format!("type: {kind}, attributes")
            }
            _ => kind.into_owned(),
        };
        lines.push(format!("      - {{at: {at}, {id}{kind}: {}}}", flow(&attributes)));
    }
    lines.push("    expect:".to_owned());
    for expectation in &test.expectations {
        let key = expectation
            .key
            .iter()
            .map(|(name, text)| format!("{}: {}", yaml(&name.value), yaml(text)));
        let key: Vec<String> = key.collect();
        let mut members = vec![format!("at: {}", since(expectation.at))];
        if !key.is_empty() {
            members.push(format!("key: {{{}}}", key.join(", ")));
        }
        for expected in &expectation.values {
            let value = expected.checks.iter().map(check).collect::<String>();
            let named = format!("{}: {value}", yaml(&expected.output.value));
            members.push(match expected.part {
                Part::Served => format!("served: {{{named}}}"),
                _ => named,
            });
        }
        lines.push(format!("      - {{{}}}", members.join(", ")));
    }
    lines.join("\n")
}

/// A text in quotes, as names have blanks.
fn quoted(text: &str) -> String {
    let plain = text.chars().all(|c| c.is_ascii_alphanumeric() || " _-.,=".contains(c));
    let begins = text.starts_with(|c: char| c.is_ascii_alphabetic());
    if plain && begins { text.to_owned() } else { flow(&Json::from(text)) }
}

fn check(check: &Check) -> String {
    match check {
        Check::Whole(number) => number.to_string(),
        Check::Number(number) => format!("{number:?}"),
        Check::List(texts) => flow(&texts.iter().map(|text| Json::from(text.as_str())).collect()),
        Check::Missing | Check::Near { .. } | Check::Compare(_) => "missing".to_owned(),
    }
}

/// A value on one line.
fn flow(value: &Json) -> String {
    match value {
        Json::String(text) => yaml(text).into_owned(),
        Json::Array(elements) => {
            format!("[{}]", elements.iter().map(flow).collect::<Vec<_>>().join(", "))
        }
        Json::Object(members) => {
            let member =
                |(name, value): (&String, &Json)| format!("{}: {}", yaml(name), flow(value));
            format!("{{{}}}", members.iter().map(member).collect::<Vec<_>>().join(", "))
        }
        other => other.to_string(),
    }
}
