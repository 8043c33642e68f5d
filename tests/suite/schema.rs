//! The schema of configs against the parser, the documents and the examples: what the one takes
//! the other takes.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Mutex;

use counterscope::aggregate;
use counterscope::config::schema::schema;
use counterscope::config::vocabulary::{
    COMPARISONS, CONNECTIVES, EVERY, METARANK_SECTIONS, Member, SECTIONS, TYPES,
};
use counterscope::plan::lower::compile;
use regex::Regex;
use serde_json::{Map, Value, json};

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn own() -> Value {
    let aggregates: Vec<_> = aggregate::words().collect();
    schema(&aggregates)
}

/// Where a value departs from a schema; none if it does not. Knows the keywords that the schema
/// uses, and no others.
fn faults(root: &Value, schema: &Value, value: &Value) -> Vec<String> {
    let Value::Object(rules) = schema else {
        return if schema == &Value::Bool(true) { vec![] } else { vec!["nothing fits".into()] };
    };
    let fits = |part: &Value| faults(root, part, value).is_empty();
    let mut found = Vec::new();
    for (word, rule) in rules {
        let list = || rule.as_array().unwrap();
        let limit = || rule.as_f64().unwrap();
        let holds = match word.as_str() {
            "description" | "title" | "$schema" | "$defs" | "then" => true,
            "$ref" => {
                let place = rule.as_str().unwrap().strip_prefix('#').unwrap();
                found.extend(faults(root, root.pointer(place).expect(place), value));
                true
            }
            "type" => {
                let names = rule.as_array().cloned().unwrap_or_else(|| vec![rule.clone()]);
                names.iter().any(|name| is_of(name.as_str().unwrap(), value))
            }
            "enum" => list().contains(value),
            "const" => rule == value,
            "anyOf" => list().iter().any(fits),
            "oneOf" => list().iter().filter(|part| fits(part)).count() == 1,
            "allOf" => {
                found.extend(list().iter().flat_map(|part| faults(root, part, value)));
                true
            }
            "not" => !fits(rule),
            "if" => {
                if fits(rule) {
                    found.extend(faults(root, &rules["then"], value));
                }
                true
            }
            "pattern" => value.as_str().is_none_or(|text| matches(rule.as_str().unwrap(), text)),
            "minimum" => value.as_f64().is_none_or(|number| number >= limit()),
            "maximum" => value.as_f64().is_none_or(|number| number <= limit()),
            "exclusiveMinimum" => value.as_f64().is_none_or(|number| number > limit()),
            "minItems" => value.as_array().is_none_or(|list| list.len() as f64 >= limit()),
            "minProperties" => value.as_object().is_none_or(|map| map.len() as f64 >= limit()),
            "required" => value.as_object().is_none_or(|map| {
                list().iter().all(|name| map.contains_key(name.as_str().unwrap()))
            }),
            "items" => {
                let elements = value.as_array().into_iter().flatten();
                found.extend(elements.flat_map(|element| faults(root, rule, element)));
                true
            }
            "properties" | "patternProperties" | "additionalProperties" => {
                found.extend(value.as_object().into_iter().flatten().flat_map(|(name, member)| {
                    let parts = parts_for(rules, word, name);
                    parts
                        .into_iter()
                        .flat_map(|part| faults(root, part, member))
                        .map(move |fault| format!("{name}: {fault}"))
                }));
                true
            }
            other => panic!("the schema uses `{other}`"),
        };
        if !holds {
            found.push(format!("{word} {rule}"));
        }
    }
    found
}

/// The schemas that a keyword for members has for one of them.
fn parts_for<'s>(rules: &'s Map<String, Value>, word: &str, name: &str) -> Vec<&'s Value> {
    let named = rules.get("properties").and_then(|known| known.get(name));
    let patterns = rules.get("patternProperties").and_then(Value::as_object).into_iter().flatten();
    let by_pattern: Vec<_> =
        patterns.filter(|(pattern, _)| matches(pattern, name)).map(|(_, part)| part).collect();
    match word {
        "properties" => named.into_iter().collect(),
        "patternProperties" => by_pattern,
        _ if named.is_none() && by_pattern.is_empty() => vec![&rules["additionalProperties"]],
        _ => vec![],
    }
}

fn is_of(kind: &str, value: &Value) -> bool {
    match kind {
        "string" => value.is_string(),
        "number" => value.is_number(),
        "integer" => value.as_f64().is_some_and(|number| number.fract() == 0.0),
        "boolean" => value.is_boolean(),
        "array" => value.is_array(),
        "object" => value.is_object(),
        "null" => value.is_null(),
        other => panic!("the schema uses the type `{other}`"),
    }
}

fn matches(pattern: &str, text: &str) -> bool {
    static KNOWN: Mutex<BTreeMap<String, Regex>> = Mutex::new(BTreeMap::new());
    let mut known = KNOWN.lock().unwrap();
    if let Some(regex) = known.get(pattern) {
        return regex.is_match(text);
    }
    let regex = Regex::new(pattern).unwrap();
    known.entry(pattern.to_owned()).or_insert(regex).is_match(text)
}

fn as_json(yaml: &str) -> Value {
    let mut value: serde_yaml::Value = serde_yaml::from_str(yaml).unwrap();
    value.apply_merge().unwrap();
    serde_json::to_value(value).unwrap()
}

/// The blocks of YAML in a page, also those with the name of a file.
fn fences(page: &str) -> Vec<&str> {
    let blocks = page.split("```yaml").skip(1);
    blocks.filter_map(|rest| Some(rest.split_once('\n')?.1.split_once("```")?.0)).collect()
}

fn files(folder: &str, extension: &str) -> Vec<PathBuf> {
    let mut found: Vec<PathBuf> = Vec::new();
    let mut folders = vec![root().join(folder)];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|e| e == extension) {
                found.push(path);
            }
        }
    }
    found.sort();
    assert!(!found.is_empty());
    found
}

/// A config that has every section and every member of the language.
fn everything() -> Value {
    json!({
        "events": {
            "format": "flat", "timestamp": "ts", "type": "event", "id": "id", "unit": "ms",
            "order": "log", "dedup": "1d", "timezone": "Europe/Berlin",
        },
        "impressions": { "enabled": true, "name": "seen", "session": "10m" },
        "defaults": { "refresh": "1m", "ttl": "60d", "bucket": "1h" },
        "tests": [],
        "lints": { "same-meaning": "deny", "small-divisor": { "below": 3 } },
        "models": { "a": 1 },
        "features": [
            {
                "name": "carts", "type": "interaction_count", "scope": "session",
                "interaction": "cart", "explode": true, "description": "what it is",
                "where": {
                    "a": "x", "b": [1, "y"], "any": [{ "c": true }, { "d": { "in": [2] } }],
                    "not": { "e": { "exists": false } },
                    "f": { "eq": 1, "ne": 2, "gt": 3, "ge": 4, "lt": 5, "le": 6, "not_in": ["z"] },
                },
            },
            {
                "name": "clicks", "type": "window_count", "scope": ["user", "item"],
                "interaction": "click", "bucket": "1h", "periods": [1, 24], "ttl": "30d",
            },
            {
                "name": "views", "type": "window_count", "scope": "item", "interaction": "view",
                "bucket_size": "1h", "windows": 24, "refresh": "0s", "count": 10,
            },
            {
                "name": "ctr", "type": "rate", "top": "click", "bottom": "view", "bucket": "7d",
                "periods": [7], "normalize": { "weight": 10 }, "scope": "item",
                "align": "monday", "offset": "7d",
            },
            {
                "name": "watched", "type": "counter", "scope": "global", "aggregate": "sum",
                "value": "seconds", "interaction": ["watch", "view"], "windows": [6, "1d"],
                "window": "rolling",
            },
            {
                "name": "waits", "type": "counter", "scope": "global", "aggregate": "percentile",
                "value": "seconds", "percentile": [50, 99.9],
            },
            {
                "name": "favourites", "type": "counter", "scope": "user", "aggregate": "top_k",
                "value": "item", "k": 3,
            },
            {
                "name": "seen", "type": "counter", "scope": "global", "bucket_size": "1h",
                "periods": "6h",
            },
            {
                "name": "{event}_{by}", "type": "counter", "interaction": "{event}",
                "scope": "{by}", "half_life": ["1h", "7d"], "where": { "{event}": { "gt": 1 } },
                "matrix": { "event": ["show", "like"], "by": { "post": ["post"], "pair": "user" } },
                "exclude": [{ "event": "like", "by": ["pair"] }],
            },
            {
                "name": "rate", "type": "ratio", "top": "like_post", "bottom": "show_post",
                "default": 0, "prior": { "rate": "global", "weight": 5 },
            },
            { "name": "price", "type": "number", "source": "item.price", "ttl": "sixty days" },
        ],
    })
}

/// Whether the parser takes a config, and the codes of what it tells.
fn parsed(config: &Value) -> (bool, BTreeSet<&'static str>) {
    let (plan, report) = compile("config", &config.to_string());
    (plan.is_some(), report.diagnostics.iter().map(|fault| fault.code).collect())
}

#[test]
fn the_file_is_what_the_command_prints() {
    let output = Command::new(env!("CARGO_BIN_EXE_counterscope")).arg("schema").output().unwrap();
    assert!(output.status.success() && output.stderr.is_empty());
    let file = root().join("configs/counterscope.schema.json");
    let file = std::fs::read_to_string(file).unwrap();
    assert_eq!(
        String::from_utf8(output.stdout).unwrap(),
        file,
        "write it anew: counterscope schema > configs/counterscope.schema.json"
    );
}

#[test]
fn every_good_example_fits() {
    let schema = own();
    let mut examples: Vec<(String, String)> = Vec::new();
    for path in files("configs", "yaml") {
        let text = std::fs::read_to_string(&path).unwrap();
        let first = text.lines().next().unwrap();
        let name = first.strip_prefix("# yaml-language-server: $schema=").unwrap();
        let schema = path.parent().unwrap().join(name).canonicalize();
        let own = root().join("configs/counterscope.schema.json").canonicalize();
        assert_eq!(schema.ok(), own.ok(), "{}", path.display());
        examples.push((path.display().to_string(), text));
    }
    let mut pages = files("docs/diagnostics", "md");
    pages.extend(files("docs/recipes", "md"));
    pages.push(root().join("docs/language.md"));
    for path in pages {
        let text = std::fs::read_to_string(&path).unwrap();
        for fence in fences(&text) {
            if compile("example", fence).0.is_some() {
                examples.push((path.display().to_string(), fence.to_owned()));
            }
        }
    }
    assert!(examples.len() > 40, "{}", examples.len());
    for (name, text) in examples {
        let found = faults(&schema, &schema, &as_json(&text));
        assert!(found.is_empty(), "{name}: {found:#?}\n{text}");
    }
}

#[test]
fn what_can_be_seen_without_meaning_is_refused() {
    let schema = own();
    for code in [
        "bad-duration",
        "bad-filter",
        "bad-name",
        "bad-number",
        "no-features",
        "unknown-member",
        "unknown-type",
        "unknown-word",
        "wrong-kind",
    ] {
        let page = root().join(format!("docs/diagnostics/{code}.md"));
        let page = std::fs::read_to_string(page).unwrap();
        let found = faults(&schema, &schema, &as_json(fences(&page)[0]));
        assert!(!found.is_empty(), "{code}:\n{}", fences(&page)[0]);
    }
}

#[test]
fn schema_and_vocabulary_have_the_same_words() {
    let schema = own();
    let words = |tables: &[&'static [Member]]| -> BTreeSet<String> {
        let members = tables.iter().flat_map(|table| table.iter());
        let both = members.flat_map(|member| [Some(member.name), member.other_name]);
        both.flatten().map(str::to_owned).collect()
    };
    let known = |place: &str| -> BTreeSet<String> {
        let map = schema.pointer(place).unwrap_or_else(|| panic!("{place}"));
        map.as_object().unwrap().keys().cloned().collect()
    };
    assert_eq!(known("/properties"), words(&[SECTIONS, METARANK_SECTIONS]));
    for kind in TYPES {
        let tables: Vec<_> = [EVERY].into_iter().chain(kind.members.iter().copied()).collect();
        assert_eq!(known(&format!("/$defs/{}/properties", kind.name)), words(&tables));
    }
    assert_eq!(known("/$defs/condition/anyOf/2/properties"), words(&[COMPARISONS]));
    assert_eq!(known("/$defs/filter/anyOf/0/properties"), words(&[CONNECTIVES]));

    // The example of everything has each of them, and the tables of the reference no others.
    let mut used = BTreeSet::new();
    gather_keys(&everything(), &mut used);
    let of_types = TYPES.iter().flat_map(|kind| kind.members.iter().copied());
    let tables: Vec<_> = [SECTIONS, EVERY].into_iter().chain(of_types).collect();
    let all = words(&tables);
    let missing: Vec<_> = all.iter().filter(|word| !used.contains(*word)).collect();
    assert_eq!(missing, ["semantics"]);
    let page = include_str!("../../docs/language.md");
    let mut rows = 0;
    for table in page
        .split("\n\n")
        .filter(|block| ["| member", "| section"].iter().any(|head| block.starts_with(head)))
    {
        for row in table.lines().skip(2) {
            let cell = row.split('|').nth(1).unwrap();
            for word in cell.split('`').skip(1).step_by(2) {
                assert!(schema.to_string().contains(&format!("\"{word}\":")), "`{word}`");
                rows += 1;
            }
        }
    }
    assert!(rows > 30, "{rows}");
}

fn gather_keys(value: &Value, keys: &mut BTreeSet<String>) {
    match value {
        Value::Object(map) => {
            for (key, value) in map {
                keys.insert(key.clone());
                gather_keys(value, keys);
            }
        }
        Value::Array(list) => list.iter().for_each(|element| gather_keys(element, keys)),
        _ => {}
    }
}

/// The places of all values in a value, as JSON pointers.
fn places(value: &Value, at: &str, found: &mut Vec<String>) {
    found.push(at.to_owned());
    match value {
        Value::Object(map) => {
            for (key, value) in map {
                places(value, &format!("{at}/{key}"), found);
            }
        }
        Value::Array(list) => {
            for (n, value) in list.iter().enumerate() {
                places(value, &format!("{at}/{n}"), found);
            }
        }
        _ => {}
    }
}

#[test]
fn unknown_members_are_refused_by_both() {
    let (schema, whole) = (own(), everything());
    assert_eq!(parsed(&whole), (true, BTreeSet::from(["skipped"])));
    assert_eq!(faults(&schema, &schema, &whole), Vec::<String>::new());
    let mut all = Vec::new();
    places(&whole, "", &mut all);
    let mut refused = 0;
    for place in all {
        let mut config = whole.clone();
        let Some(map) = config.pointer_mut(&place).and_then(Value::as_object_mut) else { continue };
        map.insert("zzz".to_owned(), json!(1));
        let (good, codes) = parsed(&config);
        let found = faults(&schema, &schema, &config);
        if codes.contains("unknown-member") {
            assert!(!found.is_empty(), "{place}");
            refused += 1;
        }
        assert!(!good || found.is_empty(), "{place}: {found:#?}");
    }
    // Four sections with the config itself, each feature that is one, and both maps in them; the
    // lints, and the thresholds of one.
    assert_eq!(refused, 4 + 10 + 2 + 2);
}

/// A config of everything as small configs: its sections, and its features, those together that
/// name each other.
fn parts(whole: &Value) -> Vec<Value> {
    let features = whole["features"].as_array().unwrap();
    let mut sections = whole.clone();
    sections["features"] = json!(features[1..2]);
    let groups = [0..1, 2..3, 3..4, 4..5, 5..6, 6..8, 8..9].into_iter();
    let groups =
        groups.map(|range| json!({ "features": features[range], "defaults": { "bucket": "1h" } }));
    groups.chain([sections]).collect()
}

#[test]
fn the_schema_is_never_stricter_than_the_parser() {
    let (schema, whole) = (own(), everything());
    let others = [
        json!(null),
        json!(true),
        json!(7),
        json!(0),
        json!(-1),
        json!(1.5),
        json!(""),
        json!(" "),
        json!("x"),
        json!("7d"),
        json!("1 h 30m"),
        json!("0s"),
        json!("{event}"),
        json!([]),
        json!(["x"]),
        json!(["1h", 2]),
        json!({}),
        json!({ "a": 1 }),
    ];
    let (mut taken, mut refused, mut let_through) = (0, 0, 0);
    for config in parts(&whole) {
        let mut all = Vec::new();
        places(&config, "", &mut all);
        for (place, other) in all.iter().flat_map(|p| others.iter().map(move |other| (p, other))) {
            let mut config = config.clone();
            *config.pointer_mut(place).unwrap() = other.clone();
            let (good, codes) = parsed(&config);
            let found = faults(&schema, &schema, &config);
            match (good, found.is_empty()) {
                (true, true) => taken += 1,
                (false, false) => refused += 1,
                (false, true) => let_through += 1,
                (true, false) => panic!("{place} as {other}: {found:#?}, but {codes:?}"),
            }
        }
    }
    // What only the meaning tells (names of features, clashes) is let through, and not much else.
    assert!(taken > 500 && refused > 1000 && let_through < 400, "{taken} {refused} {let_through}");
}
