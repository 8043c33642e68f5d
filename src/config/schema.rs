//! The JSON Schema (draft 2020-12) of the language, for completion, documentation and checks in
//! editors. It rejects nothing that is a valid config; what a config means is decided by reading
//! it.

use serde_json::{Map, Value, json};

use crate::base::duration::UNITS;
use crate::diagnostic::Severity;
use crate::diagnostic::codes::{self, Code};
use crate::diagnostic::lints::{Level, THRESHOLDS, Threshold};

use super::scalars::MOST_BUCKETS;
use super::vocabulary::{
    COMPARISONS, CONNECTIVES, DEFAULTS, EVENT_TYPE, EVERY, EXPECTATION, Kind, METARANK_SECTIONS,
    METARANK_TYPES, MOST_LISTED, MOST_REPEATED, Member, SECTIONS, TEST, TEST_EVENT, TYPES,
};

/// The placeholder of an axis, which may replace any value and be part of any text.
const AXIS: &str = r"\{[^{} ]+\}";
/// A text that is not empty.
const WRITTEN: &str = r"[^ \t\r\n]";
/// The characters of a name, and braces, since it may contain axes.
const NAME: &str = r"^[^ \t\r\n!-,/:-@\[-^`|~]+$";

/// What stands between two cells.
const SEPARATOR: &str = r"^[^\r\n]+$";
/// One character that is neither a letter, a digit nor a blank.
const QUOTE: &str = r"^[!-/:-@\[-`{-~]$";

/// The schema of the language. `aggregates` are the words for all aggregates, each with a summary.
#[must_use]
pub fn schema(aggregates: &[(&str, &str)]) -> Value {
    let mut parts = parts(aggregates);
    for kind in TYPES {
        let tables: Vec<_> = [EVERY].into_iter().chain(kind.members.iter().copied()).collect();
        let mut feature = map(&tables);
        feature.insert("description".into(), kind.summary.into());
        // A matrix inserts its labels into keys as well.
        feature.insert("patternProperties".into(), json!({ AXIS: true }));
        parts.insert(kind.name.into(), feature.into());
    }
    parts.insert("feature".into(), feature());
    let mut root = map(&[SECTIONS, METARANK_SECTIONS]);
    root.extend([
        ("$schema".into(), "https://json-schema.org/draft/2020-12/schema".into()),
        ("title".into(), "counterscope".into()),
        ("description".into(), "A config of counter features.".into()),
        ("$defs".into(), parts.into()),
    ]);
    root.into()
}

/// A feature of any type: the common members, and the members of its type.
fn feature() -> Value {
    let by_type = TYPES.iter().map(|kind| {
        json!({
            "if": { "properties": { "type": { "const": kind.name } }, "required": ["type"] },
            "then": reference(kind.name),
        })
    });
    let by_type: Vec<Value> = by_type.collect();
    // Of a feature that is not a counter only the type is checked.
    let mut known: Map<String, Value> = EVERY
        .iter()
        .map(|member| (member.name.to_owned(), json!({ "description": member.summary })))
        .collect();
    known.extend(properties(EVERY).into_iter().filter(|(name, _)| name == "type"));
    json!({
        "type": "object",
        "properties": known,
        "required": ["type"],
        "allOf": by_type,
    })
}

/// A map with the members of these tables and no others.
fn map(tables: &[&'static [Member]]) -> Map<String, Value> {
    let members = || tables.iter().flat_map(|table| table.iter());
    let mut required: Vec<&str> = Vec::new();
    let mut rules: Vec<Value> = Vec::new();
    let mut known = Map::new();
    for member in members() {
        known.extend(properties(std::slice::from_ref(member)));
        // A member that `defaults` can set is not required in each feature.
        let is_required =
            member.required && !DEFAULTS.iter().any(|default| default.name == member.name);
        match (member.other_name, is_required) {
            (None, true) => required.push(member.name),
            (None, false) => {}
            (Some(other), true) => rules.push(json!({
                "oneOf": [{ "required": [member.name] }, { "required": [other] }],
            })),
            (Some(other), false) => {
                rules.push(json!({ "not": { "required": [member.name, other] } }));
            }
        }
    }
    let mut map = Map::new();
    map.insert("type".into(), "object".into());
    map.insert("properties".into(), known.into());
    map.insert("additionalProperties".into(), false.into());
    if !required.is_empty() {
        map.insert("required".into(), json!(required));
    }
    if !rules.is_empty() {
        map.insert("allOf".into(), rules.into());
    }
    map
}

/// A map with the members of a table, and others of one kind: types of events, or outputs.
fn open(members: &'static [Member], others: &Value) -> Value {
    let mut open = map(&[members]);
    open.insert("additionalProperties".into(), others.clone());
    open.into()
}

/// What a test expects of an output.
fn expected() -> Value {
    let scalar = json!({ "type": ["string", "number"] });
    json!({ "anyOf": [scalar, list(&reference("scalar")), { "type": "object", "minProperties": 1 }] })
}

/// The members under both their names, each with its summary.
fn properties(members: &'static [Member]) -> Map<String, Value> {
    let mut known = Map::new();
    for member in members {
        let mut taken = of_kind(member.kind);
        let summary = match member.other_name {
            Some(other) => format!("{} (also `{other}`)", member.summary),
            None => member.summary.to_owned(),
        };
        if let Some(taken) = taken.as_object_mut() {
            taken.insert("description".into(), summary.into());
        }
        if let Some(other) = member.other_name {
            let mut same = taken.clone();
            same["description"] = format!("{} (as `{}`)", member.summary, member.name).into();
            known.insert(other.into(), same);
        }
        known.insert(member.name.into(), taken);
    }
    known
}

/// The schema of a kind of member.
fn of_kind(kind: Kind) -> Value {
    match kind {
        Kind::Text | Kind::Zone | Kind::Moment | Kind::Time => text(WRITTEN),
        Kind::Name => text(NAME),
        Kind::Operand => reference("operand"),
        Kind::Type => reference("type"),
        Kind::Aggregate => reference("aggregate"),
        Kind::Word(words) => json!({ "anyOf": [{ "enum": words }, text(AXIS)] }),
        Kind::Attribute | Kind::Interaction => reference("word"),
        Kind::EventType => json!({ "anyOf": [reference("word"), map(&[EVENT_TYPE])] }),
        Kind::Flags => json!({
            "type": "object",
            "minProperties": 1,
            "additionalProperties": reference("word"),
        }),
        Kind::Attributes | Kind::Interactions => reference("words"),
        Kind::Separator => text(SEPARATOR),
        Kind::Quote => json!({ "anyOf": [{ "enum": [false, "none"] }, text(QUOTE)] }),
        Kind::Scope => reference("scope"),
        Kind::Filter => reference("filter"),
        Kind::Filters => one_or_axis(&list(&reference("filter"))),
        Kind::Scalar => reference("scalar"),
        Kind::Scalars => one_or_axis(&list(&reference("scalar"))),
        Kind::Flag => one_or_axis(&json!({ "type": "boolean" })),
        Kind::Number => one_or_axis(&json!({ "type": "number" })),
        Kind::Weight => one_or_axis(&json!({ "type": "number", "exclusiveMinimum": 0 })),
        Kind::Rate => {
            json!({ "anyOf": [{ "type": "number" }, { "const": "global" }, text(AXIS)] })
        }
        Kind::Duration => reference("duration"),
        Kind::Positive => reference("positive"),
        Kind::HalfLives => one_or_more(&reference("positive")),
        Kind::Percentiles => {
            one_or_more(&one_or_axis(&json!({ "type": "number", "minimum": 0, "maximum": 100 })))
        }
        Kind::Most => {
            one_or_axis(&json!({ "type": "integer", "minimum": 1, "maximum": MOST_LISTED }))
        }
        Kind::Counts => one_or_more(&one_or_axis(&reference("buckets"))),
        Kind::Windows => {
            one_or_more(&json!({ "anyOf": [reference("buckets"), reference("positive")] }))
        }
        Kind::Members(members) => {
            let mut members = map(&[members]);
            // An empty section is valid.
            members.insert("type".into(), json!(["object", "null"]));
            one_or_axis(&members.into())
        }
        Kind::Entries(members) => list_or_none(&map(&[members]).into()),
        Kind::Features => json!({ "type": "array", "items": reference("feature") }),
        Kind::Axes => reference("matrix"),
        Kind::Exclusions => reference("exclude"),
        Kind::Lints => lints(),
        Kind::Tests => json!({ "type": ["array", "null"], "items": map(&[TEST]) }),
        Kind::TestEvents => {
            let kind = json!({ "type": ["object", "null"] });
            list_or_none(&open(TEST_EVENT, &kind))
        }
        Kind::Expectations => list(&open(EXPECTATION, &expected())),
        Kind::TestMetadata => json!({
            "type": "object",
            "additionalProperties": { "type": "array", "items": { "type": "object" } },
        }),
        Kind::Repeat => json!({ "type": "integer", "minimum": 1, "maximum": MOST_REPEATED }),
        Kind::Key => json!({
            "anyOf": [
                { "type": "object", "additionalProperties": reference("scalar") },
                { "const": "global" },
            ],
        }),
        Kind::Values => json!({ "type": "object", "additionalProperties": expected() }),
        Kind::Any | Kind::Foreign => json!({}),
    }
}

/// The lints, each with its levels and thresholds.
fn lints() -> Value {
    let levels: Vec<&str> = Level::ALL.iter().map(|(word, _)| *word).collect();
    let told = codes::ALL.iter().filter(|code| code.severity != Severity::Error);
    let lint = |code: &Code| {
        let of_code = THRESHOLDS.iter().filter(|threshold| threshold.code == *code);
        let number = |threshold: &Threshold| {
            let means = format!("{} (default {})", threshold.means, threshold.default);
            json!({ "type": "number", "minimum": 0, "description": means })
        };
        let numbers: Map<String, Value> =
            of_code.map(|threshold| (threshold.name.to_owned(), number(threshold))).collect();
        let thresholds =
            json!({ "type": "object", "properties": numbers, "additionalProperties": false });
        let mut taken = json!({ "anyOf": [{ "enum": &levels }, thresholds] });
        taken["description"] = code.summary.into();
        (code.name.to_owned(), taken)
    };
    let properties: Map<String, Value> = told.map(lint).collect();
    json!({ "type": ["object", "null"], "properties": properties, "additionalProperties": false })
}

/// The definitions that members refer to by name.
fn parts(aggregates: &[(&str, &str)]) -> Map<String, Value> {
    let scalar = json!({ "type": ["string", "number", "boolean"] });
    let condition = json!({
        "anyOf": [
            reference("scalar"),
            list(&reference("scalar")),
            {
                "type": "object",
                "properties": properties(COMPARISONS),
                "additionalProperties": false,
                "patternProperties": { AXIS: true },
                "minProperties": 1,
            },
        ],
    });
    let labels = json!({ "anyOf": [scalar, list_or_none(&scalar)] });
    let parts = [
        ("aggregate", words(aggregates.iter().copied())),
        ("buckets", json!({ "type": "integer", "minimum": 1, "maximum": MOST_BUCKETS })),
        ("condition", condition),
        ("duration", text(&duration())),
        (
            "exclude",
            list_or_none(&json!({
                "type": "object",
                "minProperties": 1,
                "additionalProperties": labels,
            })),
        ),
        (
            "filter",
            one_or_axis(&json!({
                "type": "object",
                "properties": properties(CONNECTIVES),
                "additionalProperties": reference("condition"),
            })),
        ),
        (
            "matrix",
            json!({
                "type": "object",
                "minProperties": 1,
                "additionalProperties": {
                    "anyOf": [list(&scalar), { "type": "object", "minProperties": 1 }],
                },
            }),
        ),
        ("operand", text(WRITTEN)),
        (
            "positive",
            json!({
                "type": "string",
                "allOf": [{ "pattern": duration() }, { "pattern": format!("[1-9]|{AXIS}") }],
            }),
        ),
        ("scalar", scalar),
        ("scope", one_or_more(&reference("word"))),
        ("type", types()),
        ("word", json!({ "type": ["string", "integer", "boolean"], "pattern": WRITTEN })),
        ("words", one_or_more(&reference("word"))),
    ];
    parts.into_iter().map(|(name, part)| (name.to_owned(), part)).collect()
}

/// The feature types, and those of Metarank that are skipped.
fn types() -> Value {
    let mut types = words(TYPES.iter().map(|kind| (kind.name, kind.summary)));
    if let Some(known) = types["anyOf"].as_array_mut() {
        known.push(json!({
            "enum": METARANK_TYPES,
            "description": "Metarank's, and no counter: it is skipped",
        }));
    }
    types
}

/// One of some words, each with its summary.
fn words<'w>(words: impl Iterator<Item = (&'w str, &'w str)>) -> Value {
    let each = words.map(|(word, doc)| json!({ "const": word, "description": doc }));
    let each: Vec<Value> = each.chain([text(AXIS)]).collect();
    json!({ "anyOf": each })
}

fn duration() -> String {
    let units: Vec<&str> = UNITS.iter().map(|(name, _)| *name).collect();
    format!(r"^ *([0-9]+ *({}) *)+$|{AXIS}", units.join("|"))
}

fn reference(part: &str) -> Value {
    json!({ "$ref": format!("#/$defs/{part}") })
}

fn text(pattern: &str) -> Value {
    json!({ "type": "string", "pattern": pattern })
}

fn list(element: &Value) -> Value {
    json!({ "type": "array", "items": element, "minItems": 1 })
}

fn list_or_none(element: &Value) -> Value {
    json!({ "type": "array", "items": element })
}

fn one_or_more(element: &Value) -> Value {
    json!({ "anyOf": [element, list(element)] })
}

fn one_or_axis(value: &Value) -> Value {
    json!({ "anyOf": [value, text(AXIS)] })
}
