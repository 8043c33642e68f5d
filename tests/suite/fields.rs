//! The profile of a log: what `fields` prints, and that it is what a naive count finds.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::ControlFlow;

use counterscope::base::clock;
use counterscope::base::events::{EventSettings, Yields};
use counterscope::log::Reader;
use counterscope::profile::{Field, Kind, Limits, PERCENTILES, Profile, Scalar, profile};
use proptest::prelude::*;
use serde_json::{Value as Json, json};

use crate::commands::Place;

const NESTED: &str = r#"{"ts":1718000000000,"type":"view","user":{"id":"u1","age":31},"price":10,"tags":["a","b"]}
{"ts":1718000060000,"type":"view","user":{"id":"u2","age":null},"price":12.5,"tags":[]}
{"ts":1718000120000,"type":"buy","user":{"id":"u1"},"items":[{"sku":"s1","price":5},{"sku":"s2"}]}
{"ts":1718003720000,"type":"view","user":{"id":"u1","age":"31"},"price":36.0,"new":true}
"#;

#[test]
fn every_field_is_told_to_people() {
    let place = Place::new();
    place.write("log", NESTED);
    let ran = place.run(&["fields", "log"]);
    assert_eq!((ran.code, ran.err.as_str()), (Some(0), ""));
    assert_eq!(
        ran.out,
        "\
log: 4 events, from 2024-06-10T06:13:20.000Z to 2024-06-10T07:15:20.000Z (1h2m)
format: flat, NDJSON; time from `ts` in ms; type from `type`
order: by time
largest jumps of the clock:
  ahead 1h, from 2024-06-10T06:15:20.000Z to 2024-06-10T07:15:20.000Z (line 4)
  ahead 1m, from 2024-06-10T06:13:20.000Z to 2024-06-10T06:14:20.000Z (line 2)
  ahead 1m, from 2024-06-10T06:14:20.000Z to 2024-06-10T06:15:20.000Z (line 3)
fields: share of events, kinds, different values, the most frequent; of numbers 0 … 5 … 50 … 95 … 100%

view: 3 (75.0%), 2024-06-10T06:13:20.000Z to 2024-06-10T07:15:20.000Z
  ts         100%  whole                      3  the time, such as 1718000000000
  type       100%  text                       1  the type
  user       100%  object                        such as {\"id\":\"u1\",\"age\":31}
  user.id    100%  text                       2  u1 66.7%, u2 33.3%
  price      100%  whole 66.7%, number 33.3%  3  10 33.3%, 36 33.3%, 12.5 33.3%
  user.age  66.7%  text 33.3%, 2 others       2  \"31\" 50.0%, 31 50.0%
  tags      66.7%  list                          such as [\"a\",\"b\"]
  tags[]    33.3%  text                       2  a 50.0%, b 50.0%
  new       33.3%  boolean                    1  true 100%

buy: 1 (25.0%), 2024-06-10T06:15:20.000Z to 2024-06-10T06:15:20.000Z
  ts             100%  whole   1  the time, such as 1718000120000
  type           100%  text    1  the type
  user           100%  object     such as {\"id\":\"u1\"}
  user.id        100%  text    1  u1 100%
  items          100%  list       such as [{\"sku\":\"s1\",\"price\":5},{\"sku\":\"s2\"}]
  items[]        100%  object     such as {\"sku\":\"s1\",\"price\":5}
  items[].sku    100%  text    2  s1 50.0%, s2 50.0%
  items[].price  100%  whole   1  5 100%
"
    );
}

fn fields_of<'j>(out: &'j Json, of: &Json) -> BTreeMap<&'j str, &'j Json> {
    let types = out["types"].as_array().unwrap();
    let found = types.iter().find(|found| &found["type"] == of).unwrap();
    let fields = found["fields"].as_array().unwrap().iter();
    fields.map(|field| (field["path"].as_str().unwrap(), field)).collect()
}

#[test]
fn every_field_is_told_to_programs() {
    let place = Place::new();
    place.write("log", NESTED);
    let ran = place.run(&["fields", "log", "--format", "json"]);
    assert_eq!((ran.code, ran.err.as_str()), (Some(0), ""));
    let out = &ran.json()[0];
    assert_eq!(out["events"], 4);
    assert_eq!(
        (&out["timestamp"], &out["type"], &out["unit"]),
        (&json!("ts"), &json!("type"), &json!("ms"))
    );
    assert_eq!(
        out["ahead"][0],
        json!({
            "ms": 3_600_000, "from": "2024-06-10T06:15:20.000Z", "to": "2024-06-10T07:15:20.000Z",
            "at": {"log": "log", "line": 4}, "went_back": false,
        })
    );
    let view = fields_of(out, &json!("view"));
    assert_eq!(
        *view["user.age"],
        json!({
            "path": "user.age", "events": 2, "share": 2.0 / 3.0,
            "kinds": {"text": 1, "whole number": 1, "null": 1},
            "distinct": 2, "distinct_is_exact": true,
            "top": [{"value": "31", "count": 1}, {"value": 31, "count": 1}], "top_too_low_by": 0,
            "numbers": {"min": 31.0, "p5": 31.0, "p50": 31.0, "p95": 31.0, "max": 31.0, "is_exact": true},
            "first": "2024-06-10T06:13:20.000Z", "last": "2024-06-10T07:15:20.000Z", "example": "31",
        })
    );
    assert_eq!(view["tags"]["kinds"], json!({"list": 2}));
    assert_eq!((&view["tags[]"]["events"], &view["tags[]"]["distinct"]), (&json!(1), &json!(2)));
    assert_eq!(view["new"]["first"], view["new"]["last"]);
    let buy = fields_of(out, &json!("buy"));
    let paths: Vec<&str> = buy.keys().copied().collect();
    assert_eq!(
        paths,
        ["items", "items[]", "items[].price", "items[].sku", "ts", "type", "user", "user.id"]
    );
    assert_eq!(
        buy["items[].sku"]["top"],
        json!([{"value": "s1", "count": 1}, {"value": "s2", "count": 1}])
    );
    assert_eq!(buy["items[].sku"]["events"], 1);
}

#[test]
fn a_table_has_the_fields_of_its_columns() {
    let csv = "ts,type,n,name\n1718000000,a,1,\"x, y\"\n1718000001,a,,z\n1718000002,b,2.5,\n";
    let place = Place::new();
    place.write("log.csv", csv);
    #[cfg(not(feature = "parquet"))]
    let logs = ["log.csv"];
    #[cfg(feature = "parquet")]
    let logs = {
        let cells = csv.replace("\"x, y\"", "x; y");
        std::fs::write(place.path().join("log.parquet"), crate::parquet_logs::from_cells(&cells))
            .unwrap();
        ["log.csv", "log.parquet"]
    };
    for log in logs {
        let ran = place.run(&["fields", log, "--format", "json"]);
        assert_eq!((ran.code, ran.err.as_str()), (Some(0), ""), "{log}");
        let out = &ran.json()[0];
        let fields = fields_of(out, &json!("a"));
        assert_eq!(fields.len(), 4, "{log}");
        assert_eq!((&fields["n"]["events"], &fields["name"]["events"]), (&json!(1), &json!(2)));
        assert_eq!(fields["name"]["kinds"], json!({"text": 2}));
        let b = fields_of(out, &json!("b"));
        assert_eq!(b["n"]["kinds"], json!({"number": 1}), "{log}");
        assert!(!b.contains_key("name"), "an empty cell is no value");
    }
}

#[cfg(feature = "parquet")]
#[test]
fn lists_of_structs_in_parquet_are_looked_into() {
    let place = Place::new();
    std::fs::write(place.path().join("log"), crate::parquet_logs::with_lists()).unwrap();
    let ran = place.run(&["fields", "log", "--format", "json"]);
    let out = &ran.json()[0];
    let fields = fields_of(out, &json!("buy"));
    assert_eq!(fields["items"]["kinds"], json!({"list": 3}));
    assert_eq!(fields["items[]"]["kinds"], json!({"object": 4}));
    assert_eq!(
        fields["items[].id"]["top"],
        json!([{"value": "a", "count": 2}, {"value": "b", "count": 1}])
    );
    assert_eq!(
        (&fields["items[].n"]["events"], &fields["items[].n"]["distinct"]),
        (&json!(2), &json!(3))
    );
}

#[test]
fn the_fields_of_metarank_have_their_own_names() {
    let place = Place::new();
    place.write("log", r#"{"event":"item","id":"1","timestamp":1718000000000,"item":"p1","fields":[{"name":"color","value":"red"},{"name":"sizes","value":[1,2]}]}
{"event":"ranking","id":"2","timestamp":1718000001000,"user":"u","session":"s","items":[{"id":"p1","fields":[{"name":"score","value":0.5}]}]}
{"event":"interaction","id":"3","ranking":"2","timestamp":1718000002000,"type":"click","item":"p1","fields":[{"value":3,"name":"pos"}]}
"#);
    let ran = place.run(&["fields", "log", "--format", "json"]);
    assert_eq!((ran.code, ran.err.as_str()), (Some(0), ""));
    let out = &ran.json()[0];
    let item = fields_of(out, &json!("item"));
    assert_eq!(item["color"]["example"], "\"red\"");
    assert_eq!(item["sizes[]"]["kinds"], json!({"whole number": 2}));
    assert!(!item.contains_key("fields"));
    assert_eq!(fields_of(out, &json!("ranking"))["items[].score"]["events"], 1);
    assert_eq!(fields_of(out, &json!("click"))["pos"]["top"][0]["value"], 3);
    let counted: Vec<_> =
        out["types"].as_array().unwrap().iter().map(|of| &of["is_counted"]).collect();
    assert_eq!(counted.iter().filter(|is| **is == &json!(true)).count(), 1);
}

#[test]
fn late_duplicate_and_rejected_lines_are_told_with_their_places() {
    let place = Place::new();
    let line = |id: u32, ts: u64, app: &str| {
        format!("{{\"id\":{id},\"ts\":{ts},\"type\":\"view\",\"app\":\"{app}\"}}\n")
    };
    let mut one: String =
        (0..8).map(|n| line(n, 1_718_000_000 + 60 * u64::from(n), "web")).collect();
    one.push_str("{\"ts\":1718000500,}\n");
    one.push_str(&line(3, 1_718_000_400, "web"));
    let mut two = String::from("{\"id\":20,\"ts\":\"soon\",\"type\":\"view\"}\n");
    two.push_str(&line(24, 1_718_000_000, "web"));
    two.push_str(&line(21, 1_718_100_000, "web"));
    two.push_str(&line(22, 1_718_000_100, "ios"));
    two.push_str(&line(23, 1_718_000_200, "ios"));
    place.write("one", &one);
    place.write("two", &two);
    place.write("dedup.yaml", "events: {id: id, dedup: 1h}\nfeatures:\n  - {name: views, type: interaction_count, interaction: view, scope: app}\n");
    let ran = place.run(&["fields", "--config", "dedup.yaml", "one", "two"]);
    assert_eq!((ran.code, ran.err.as_str()), (Some(0), ""));
    let told = |line: &str| assert!(ran.out.contains(&format!("{line}\n")), "{line}\n{}", ran.out);
    told("order: 3 events (23.1%) late, half of them by 1d3h or more, 5% by 1d3h, at most 1d3h");
    let jump = "from 2024-06-10T06:13:20.000Z to 2024-06-11T10:00:00.000Z (line 3 of two, alone)";
    told(&format!("  ahead 1d3h, {jump}"));
    told("late: 3 events, the latest by 1d3h (line 4 of two)");
    told("  66.7% of them have app ios, and 15.4% of all: 4.3 times as many");
    told("duplicates: 1 event\n  line 10 of one has the id of line 4 of one, 3m40s later");
    told("rejected: 1 line, invalid JSON\n  line 9 of one, byte 18: key must be a string");
    told("rejected: 1 line, unreadable time\n  line 1 of two: `ts` is \"soon\"");
    let json = &place
        .run(&["fields", "--config", "dedup.yaml", "one", "two", "--format", "json"])
        .json()[0];
    assert_eq!(json["duplicates"]["examples"][0]["original"], json!({"log": "one", "line": 4}));
    assert_eq!(json["rejected"][0]["examples"][0]["byte"], 18);
    assert_eq!(json["late"]["shared"][0]["path"], "app");
}

#[test]
fn a_log_without_a_type_has_fields_all_the_same() {
    let place = Place::new();
    place.write("log", "{\"ts\":1718000000,\"n\":1}\n{\"ts\":1718000001,\"n\":2}\n");
    let ran = place.run(&["fields", "log", "--format", "json"]);
    assert_eq!((ran.code, ran.err.as_str()), (Some(0), ""));
    assert_eq!(ran.json()[0]["types"][0]["type"], Json::Null);
    assert!(place.run(&["fields", "log"]).out.contains("\nevents without a type: 2 (100%), "));
    // Without a time there are no events.
    place.write("none", "{\"n\":1}\n");
    let ran = place.run(&["fields", "none"]);
    assert_eq!(ran.code, Some(2));
    assert!(ran.err.contains("nothing in the log `none` can be read"), "{}", ran.err);
}

#[test]
fn a_config_says_what_an_event_is() {
    let place = Place::new();
    place.write(
        "log",
        r#"{"at":1718000000,"user":"u","clicked":1,"items":[{"sku":"a","n":1},{"sku":"b"}]}
"#,
    );
    let features = "features:\n  - {name: n, type: counter, scope: user}\n";
    let config = |events: &str| place.write("c.yaml", &format!("events: {events}\n{features}"));
    config("{timestamp: at, type: {const: show}, each: items}");
    let run = |place: &Place| {
        place.run(&["fields", "--config", "c.yaml", "log", "--format", "json"]).json()
    };
    let out = &run(&place)[0];
    let fields = fields_of(out, &json!("show"));
    assert_eq!(out["events"], 2);
    // Each event has the members of the line, and those of its own element.
    assert_eq!(
        (&fields["user"]["events"], &fields["items[].sku"]["events"]),
        (&json!(2), &json!(2))
    );
    assert_eq!(
        (&fields["items[].n"]["events"], &fields["items[].sku"]["distinct"]),
        (&json!(1), &json!(2))
    );
    config("{timestamp: at, type: {const: show}, flags: {click: clicked}}");
    let out = &run(&place)[0];
    assert_eq!(fields_of(out, &json!("click"))["items[].sku"]["kinds"], json!({"text": 2}));
    assert_eq!(fields_of(out, &json!("show"))["user"]["events"], 1);
}

#[test]
fn a_long_list_of_events_is_gone_through_once() {
    let place = Place::new();
    let elements: Vec<String> = (0..40_000).map(|n| format!("{{\"n\":{}}}", n % 50)).collect();
    place.write("log", &format!("{{\"ts\":1718000000,\"e\":[{}],\"z\":1}}", elements.join(",")));
    place.write(
        "c.yaml",
        "events: {type: {const: a}, each: e}\nfeatures:\n  - {name: n, type: counter, scope: z}\n",
    );
    let start = clock::instant();
    let ran = place.run(&["fields", "--config", "c.yaml", "log", "--format", "json"]);
    assert_eq!((ran.code, ran.err.as_str()), (Some(0), ""));
    // Element by element from the begin of the list it takes minutes.
    assert!(start.elapsed() < std::time::Duration::from_secs(30), "{:?}", start.elapsed());
    let out = &ran.json()[0];
    let fields = fields_of(out, &json!("a"));
    assert_eq!(
        (&fields["e[].n"]["events"], &fields["z"]["events"]),
        (&json!(40_000), &json!(40_000))
    );
    assert_eq!(fields["e[].n"]["top"][0], json!({"value": 0, "count": 800}));
}

#[test]
fn each_reason_has_lines_with_places_however_many_another_has() {
    let place = Place::new();
    let mut log = String::from("{\"ts\":1718000000,\"type\":\"a\"}\n");
    log.push_str(&"{\"ts\":1718000500,}\n".repeat(100));
    log.push_str("{\"ts\":\"soon\",\"type\":\"a\"}\n");
    place.write("log", &log);
    let ran = place.run(&["fields", "log"]);
    let told = "rejected: 1 line, unreadable time\n  line 102: `ts` is \"soon\"\n";
    assert!(ran.out.contains(told), "{}", ran.out);
}

#[test]
fn paths_are_whole_and_examples_are_cut() {
    let place = Place::new();
    let path = "context.application.install.referrer.campaign";
    let log = format!(
        "{{\"ts\":1718000000,\"type\":\"x\",\"{path}.name\":\"{0}\",\"{path}.id\":\"{0}\",\
         \"short\":\"{0}\",\"{1}\":1}}\n",
        "v".repeat(200),
        "p".repeat(120)
    );
    std::fs::write(place.path().join("paths"), log).unwrap();
    let ran = place.run(&["fields", "paths"]);
    assert_eq!(ran.code, Some(0), "{}", ran.err);
    for name in [format!("{path}.name"), format!("{path}.id"), "p".repeat(120), "short".to_owned()]
    {
        let start = format!("  {name} ");
        assert_eq!(ran.out.lines().filter(|line| line.starts_with(&start)).count(), 1, "{name}");
    }
    let fields = ran.out.lines().filter(|line| line.starts_with("  "));
    let long = fields.filter(|line| line.chars().count() > 100).count();
    assert_eq!(long, 1, "only the path that is longer than a line:\n{}", ran.out);
}

#[test]
fn a_log_may_come_from_standard_input_and_be_cut_off() {
    let place = Place::new();
    let line = |n| format!("{{\"ts\":{},\"type\":\"a\"}}", 1_718_000_000 + n);
    let lines: Vec<String> = (0..500).map(line).collect();
    let log = lines.join("\n");
    let whole = crate::log::gzip(log.as_bytes());
    std::fs::write(place.path().join("cut"), &whole[..whole.len() / 2]).unwrap();
    let ran = place.run(&["fields", "cut"]);
    assert_eq!(ran.code, Some(3), "{}", ran.err);
    assert!(ran.err.starts_with("warning: the log `cut` is damaged or cut off"), "{}", ran.err);
    assert!(ran.out.contains("rejected: 1 line, damaged or cut off\n"), "{}", ran.out);
    assert_eq!(place.run(&["fields", "cut", "--allow-loss"]).code, Some(0));
    let input = std::fs::File::open(place.path().join("log.ndjson")).unwrap();
    let output = place.command(&["fields", "-", "--format", "json"]).stdin(input).output().unwrap();
    let out: Json = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!((output.status.code(), &out["logs"][0]["accepted"]), (Some(0), &json!(3)));
}

#[test]
fn what_finds_no_room_is_left_out_and_told() {
    let place = Place::new();
    let members: Vec<String> = (0..40).map(|n| format!("\"m{n}\":{n}")).collect();
    place.write("log", &format!("{{\"ts\":1718000000,\"type\":\"a\",{}}}\n", members.join(",")));
    let ran = place.run(&["fields", "log", "--max-memory", "1MiB"]);
    assert_eq!(ran.code, Some(0));
    assert!(
        ran.out
            .contains("left out: 26 values, since there is room for only 16 fields (--max-memory)"),
        "{}",
        ran.out
    );
}

/// What a naive count finds of a field.
#[derive(Debug, Default)]
struct Naive {
    events: BTreeSet<usize>,
    kinds: BTreeMap<&'static str, u64>,
    values: BTreeMap<String, u64>,
    numbers: Vec<f64>,
    times: Vec<i64>,
}

type NaiveFields = BTreeMap<String, Naive>;

/// The events of each type with their fields, of lines of which some are no events.
fn naive(log: &str) -> BTreeMap<String, (u64, NaiveFields)> {
    let mut types: BTreeMap<String, (u64, NaiveFields)> = BTreeMap::new();
    for (event, line) in log.lines().enumerate() {
        let object: Json = serde_json::from_str(line).unwrap();
        let Some(kind) = object["type"].as_str() else { continue };
        let (count, fields) = types.entry(kind.to_owned()).or_default();
        *count += 1;
        let time = object["ts"].as_i64().unwrap();
        for (name, value) in object.as_object().unwrap() {
            note(fields, name, value, (event, time));
        }
    }
    types
}

fn note(fields: &mut NaiveFields, path: &str, value: &Json, at: (usize, i64)) {
    let field = fields.entry(path.to_owned()).or_default();
    let whole = |number: f64| number.fract() == 0.0;
    let (kind, identity) = match value {
        Json::Null => (Kind::Null, None),
        Json::Bool(flag) => (Kind::Boolean, Some(flag.to_string())),
        Json::String(text) => (Kind::Text, Some(format!("{text:?}"))),
        Json::Number(number) if whole(number.as_f64().unwrap()) => {
            (Kind::Whole, Some(format!("{}", number.as_f64().unwrap() as i64)))
        }
        Json::Number(number) => (Kind::Number, Some(format!("{}", number.as_f64().unwrap()))),
        Json::Array(_) => (Kind::List, None),
        Json::Object(_) => (Kind::Object, None),
    };
    *field.kinds.entry(kind.name()).or_default() += 1;
    if let Some(identity) = identity {
        *field.values.entry(identity).or_default() += 1;
    }
    field.numbers.extend(value.as_f64());
    if !value.is_null() {
        field.events.insert(at.0);
        field.times.push(at.1);
    }
    match value {
        Json::Array(elements) => {
            elements.iter().for_each(|element| note(fields, &format!("{path}[]"), element, at));
        }
        Json::Object(members) => {
            for (name, value) in members {
                note(fields, &format!("{path}.{name}"), value, at);
            }
        }
        _ => {}
    }
}

fn identity(value: &Scalar) -> String {
    match value {
        Scalar::Text(text) => format!("{text:?}"),
        Scalar::Integer(whole) => whole.to_string(),
        Scalar::Number(number) => number.to_string(),
        Scalar::Bool(flag) => flag.to_string(),
    }
}

fn compare(field: &Field, naive: &mut Naive) {
    let path = &field.path;
    assert_eq!(field.events, naive.events.len() as u64, "{path}");
    let kinds: BTreeMap<&str, u64> =
        field.kinds.iter().map(|(kind, count)| (kind.name(), *count)).collect();
    assert_eq!(kinds, naive.kinds, "{path}");
    assert!(field.is_exact && field.off == 0, "{path}");
    assert_eq!(field.distinct, naive.values.len() as u64, "{path}");
    let mut counts: Vec<u64> = naive.values.values().copied().collect();
    counts.sort_by_key(|count| std::cmp::Reverse(*count));
    counts.truncate(10);
    assert_eq!(field.top.iter().map(|(_, count)| *count).collect::<Vec<_>>(), counts, "{path}");
    for (value, count) in &field.top {
        assert_eq!(naive.values.get(&identity(value)), Some(count), "{path}: {value:?}");
    }
    naive.numbers.sort_by(f64::total_cmp);
    assert_eq!(field.numbers.is_some(), !naive.numbers.is_empty(), "{path}");
    if let Some(numbers) = field.numbers {
        assert!(numbers.is_exact);
        let own = &naive.numbers;
        assert_eq!(Some(&numbers.least), own.first(), "{path}");
        assert_eq!(Some(&numbers.most), own.last(), "{path}");
        for (percentile, at) in PERCENTILES.into_iter().zip(numbers.at) {
            let rank = (f64::from(percentile.0) / 100_000.0 * own.len() as f64).ceil() as usize;
            assert_eq!(at.to_bits(), (own[rank.max(1) - 1] + 0.0).to_bits(), "{path}");
        }
    }
    let span = naive.times.iter().min().copied().zip(naive.times.iter().max().copied());
    assert_eq!(field.seen.map(|(first, last)| (first.0, last.0)), span, "{path}");
}

fn profiled(log: &str, threads: usize, scans: bool) -> Profile {
    let settings = EventSettings {
        yields: Yields { untyped: true, ..Yields::default() },
        ..EventSettings::default()
    };
    let reader = Reader::embedded("log", log.as_bytes().to_vec(), &settings, &[]);
    let reader = if scans { reader } else { reader.parse_only() };
    let limits = Limits { threads, memory: Limits::MEMORY };
    profile(reader, &settings, limits, &mut |_| ControlFlow::Continue(())).unwrap().profile
}

#[test]
fn it_is_broken_off_as_soon_as_nobody_wants_it() {
    let log = r#"{"timestamp":1772409600000,"type":"click"}"#.to_owned() + "\n";
    let bytes = log.repeat(200_000).into_bytes();
    let settings = EventSettings::default();
    for threads in [1, 2] {
        let reader = Reader::embedded("log", bytes.clone(), &settings, &[]);
        let limits = Limits { threads, memory: Limits::MEMORY };
        let mut shares = Vec::new();
        let mut progress = |share: f64| {
            shares.push(share);
            ControlFlow::Break(())
        };
        assert!(profile(reader, &settings, limits, &mut progress).is_err());
        assert!(shares.len() == 1 && shares[0] < 1.0, "{shares:?}");
    }
}

fn any_value() -> impl Strategy<Value = Json> {
    let scalar = prop_oneof![
        Just(Json::Null),
        any::<bool>().prop_map(Json::from),
        (-5..50i64).prop_map(Json::from),
        (-4..20i32).prop_map(|eighths| Json::from(f64::from(eighths) / 8.0)),
        prop::sample::select(vec![
            "a",
            "b",
            "31",
            "ü",
            "x\"y\\",
            "",
            "a longer text than the scanner reads at once"
        ])
        .prop_map(Json::from),
    ];
    scalar.prop_recursive(3, 12, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Json::from),
            prop::collection::btree_map(
                prop::sample::select(vec!["a", "b", "type", "fields"]).prop_map(str::to_owned),
                inner,
                0..4
            )
            .prop_map(|members| Json::Object(members.into_iter().collect())),
        ]
    })
}

fn any_line() -> impl Strategy<Value = String> {
    let names =
        prop::sample::select(vec!["a", "b", "c d", "items", "name"]).prop_map(str::to_owned);
    let members = prop::collection::btree_map(names, any_value(), 0..5);
    (0..5_000i64, 0..4usize, members).prop_map(|(time, kind, members)| {
        let mut object: serde_json::Map<String, Json> = members.into_iter().collect();
        object.insert("ts".to_owned(), (1_718_000_000_000 + time).into());
        if let Some(kind) = ["view", "buy", "rate"].get(kind) {
            object.insert("type".to_owned(), (*kind).into());
        }
        Json::Object(object).to_string()
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]
    #[test]
    fn a_profile_is_what_a_naive_count_finds(
        lines in prop::collection::vec(any_line(), 1..60),
        // Beyond a batch of 4,096 events, and in blocks of any place.
        times in prop::sample::select(vec![1, 1, 1, 150]),
        threads in 1..3usize,
        scans in any::<bool>(),
        in_list in any::<bool>(),
    ) {
        let mut all = vec![r#"{"ts":1718000000000,"type":"view"}"#.to_owned()];
        (0..times).for_each(|_| all.extend(lines.iter().cloned()));
        let log = all.join("\n");
        let found = if in_list {
            profiled(&format!("[\n{}\n]", all.join(",\n")), threads, scans)
        } else {
            profiled(&log, threads, scans)
        };
        let mut naive = naive(&log);
        prop_assert_eq!(found.left_out, 0);
        let accepted: u64 = naive.values().map(|(count, _)| count).sum();
        prop_assert_eq!(found.events, accepted);
        let rejected: u64 = found.rejected.iter().map(|lines| lines.lines).sum();
        prop_assert_eq!(accepted + rejected, all.len() as u64);
        prop_assert_eq!(found.types.len(), naive.len());
        for of in &found.types {
            let (count, fields) = naive.get_mut(of.name.as_deref().unwrap()).unwrap();
            prop_assert_eq!(of.events, *count);
            let paths: BTreeSet<&str> = of.fields.iter().map(|field| field.path.as_str()).collect();
            let want: BTreeSet<&str> = fields.keys().map(String::as_str).collect();
            prop_assert_eq!(paths, want);
            for field in &of.fields {
                compare(field, fields.get_mut(&field.path).unwrap());
            }
        }
    }

    #[test]
    fn no_bytes_are_too_much(
        lines in prop::collection::vec(any_line(), 1..12),
        at in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..6),
    ) {
        let mut bytes = lines.join("\n").into_bytes();
        for (place, byte) in at {
            let place = place.index(bytes.len());
            bytes[place] = byte;
        }
        let settings = EventSettings::default();
        let reader = Reader::embedded("log", bytes, &settings, &[]);
        let limits = Limits { threads: 1, memory: 1 << 20 };
        let found = profile(reader, &settings, limits, &mut |_| ControlFlow::Continue(())).unwrap().profile;
        for of in &found.types {
            for field in &of.fields {
                prop_assert!(field.events <= of.events);
            }
        }
    }
}
