//! Values that are lists of texts: how each format writes them, what they cost, what is no such
//! value, and a save that makes other lists.

use std::fmt::Write as _;
use std::fs;

use counterscope::plan::lower::compile;
use serde_json::{Value, json};

use crate::commands::Place;
use crate::reload::{self, CLICKS};

const CONFIG: &str = "\
features:
  - {name: top, type: counter, scope: user, aggregate: top_k, k: 2, value: text}
  - {name: late, type: counter, scope: user, aggregate: top_k, k: 1, value: text, refresh: 1h}
  - {name: events, type: counter, scope: user}
";

/// Three texts of one user with what formats have to escape, and an event without a text.
const LOG: &str = r#"{"ts": 1718000000, "type": "a", "user": "u", "text": "x, \"y\"\n\u001b[1m\\"}
{"ts": 1718000001, "type": "a", "user": "u", "text": "\tz"}
{"ts": 1718000002, "type": "a", "user": "u", "text": "\tz"}
{"ts": 1718000003, "type": "a", "user": "v"}
"#;

/// The texts of the user, the most frequent first.
const TEXTS: [&str; 2] = ["\tz", "x, \"y\"\n\u{1b}[1m\\"];

fn place() -> Place {
    let place = Place::new();
    fs::write(place.path().join("lists.yaml"), CONFIG).unwrap();
    fs::write(place.path().join("lists.ndjson"), LOG).unwrap();
    place
}

fn values<'a>(format: &'a str, more: &[&'a str]) -> Vec<&'a str> {
    [&["values", "lists.yaml", "lists.ndjson", "--format", format], more].concat()
}

fn rows(format: &str) -> [&str; 7] {
    ["dataset", "lists.yaml", "lists.ndjson", "--on", "a", "--format", format]
}

#[test]
fn ndjson_has_lists() {
    let place = place();
    let ran = place.run(&values("ndjson", &[]));
    assert_eq!(ran.code, Some(0), "{ran:?}");
    assert_eq!(
        ran.json(),
        [
            json!({"feature": "top", "key": {"user": "u"}, "value": TEXTS, "served": TEXTS}),
            json!({"feature": "late", "key": {"user": "u"}, "value": TEXTS[..1], "served": TEXTS[1..]}),
            json!({"feature": "events", "key": {"user": "u"}, "value": 3, "served": 3}),
            json!({"feature": "events", "key": {"user": "v"}, "value": 1, "served": 1}),
        ]
    );
    let rows = place.run(&rows("ndjson")).json();
    assert_eq!(rows[0]["top"], Value::Null);
    assert_eq!((&rows[2]["top"], &rows[2]["events"]), (&json!([TEXTS[0], TEXTS[1]]), &json!(2)));
    assert_eq!(rows[3]["top"], Value::Null);
}

/// The cells of a line of CSV, whose quotes are doubled.
fn cells(line: &str) -> Vec<String> {
    let mut cells = vec![String::new()];
    let mut is_quoted = false;
    let mut letters = line.chars().peekable();
    while let Some(letter) = letters.next() {
        let cell = cells.last_mut().unwrap();
        match letter {
            '"' if is_quoted && letters.peek() == Some(&'"') => {
                cell.push('"');
                letters.next();
            }
            '"' => is_quoted = !is_quoted,
            ',' if !is_quoted => cells.push(String::new()),
            letter => cell.push(letter),
        }
    }
    cells
}

#[test]
fn csv_and_tsv_have_arrays_on_one_line() {
    let place = place();
    let of = |cell: &str| serde_json::from_str::<Value>(cell).unwrap();
    for (format, rows) in [("csv", place.run(&rows("csv"))), ("tsv", place.run(&rows("tsv")))] {
        let values = place.run(&values(format, &["--feature", "top"])).out;
        let split = |line: &str| -> Vec<String> {
            if format == "csv" {
                return cells(line);
            }
            // Backslashes are all that a JSON array has to escape.
            line.split('\t').map(|cell| cell.replace("\\\\", "\\")).collect()
        };
        let lines: Vec<_> = values.lines().map(split).collect();
        assert_eq!(lines[0], ["feature", "user", "value", "served"]);
        assert_eq!(lines.len(), 2, "{lines:?}");
        assert_eq!((of(&lines[1][2]), of(&lines[1][3])), (json!(TEXTS), json!(TEXTS)));
        let lines: Vec<_> = rows.out.lines().map(split).collect();
        assert_eq!(lines[0], ["seq", "timestamp", "user", "top", "late", "events"]);
        assert_eq!(lines.len(), 5, "{lines:?}");
        let missing = if format == "csv" { "" } else { "\\N" };
        assert_eq!(lines[1][3..5], [missing, missing]);
        assert_eq!(of(&lines[3][3]), json!([TEXTS[0], TEXTS[1]]));
    }
}

#[test]
fn tables_are_for_people() {
    let table = place().run(&values("table", &[]));
    let lines: Vec<&str> = table.out.lines().collect();
    assert_eq!(lines.len(), 5, "{table:?}");
    let shown = r#"\tz, x, "y"\n\u{1b}[1m\"#;
    assert_eq!(lines[1], format!(" top      u    {shown}  {shown}"));
    assert!(lines[3].ends_with(" 3"), "{lines:?}");
}

#[cfg(feature = "parquet")]
mod parquet {
    use arrow_array::cast::AsArray as _;
    use arrow_array::{Array as _, RecordBatch};
    use bytes::Bytes;
    use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;

    use super::{TEXTS, Value, json, place, rows, values};

    fn read(words: &[&str]) -> RecordBatch {
        let packed = place().command(words).output().unwrap();
        let packed = Bytes::from(packed.stdout);
        let mut file = ParquetRecordBatchReaderBuilder::try_new(packed).unwrap().build().unwrap();
        file.next().unwrap().unwrap()
    }

    fn names(batch: &RecordBatch) -> Vec<String> {
        batch.schema().fields().iter().map(|field| field.name().clone()).collect()
    }

    /// What a column of texts holds.
    fn lists(batch: &RecordBatch, name: &str) -> Vec<Option<Value>> {
        let column = batch.column_by_name(name).unwrap();
        let cells = column.as_string::<i32>();
        cells.iter().map(|cell| cell.map(|text| serde_json::from_str(text).unwrap())).collect()
    }

    #[test]
    fn lists_have_columns_of_their_own() {
        let batch = read(&values("parquet", &[]));
        let expected = ["feature", "user", "value", "served", "list", "served_list"];
        assert_eq!(names(&batch), expected);
        let both = Some(json!(TEXTS));
        let (first, second) = (Some(json!(TEXTS[..1])), Some(json!(TEXTS[1..])));
        assert_eq!(lists(&batch, "list"), [both.clone(), first, None, None]);
        assert_eq!(lists(&batch, "served_list"), [both, second, None, None]);
        let numbers = batch.column_by_name("value").unwrap();
        let is_null: Vec<bool> = (0..4).map(|row| numbers.is_null(row)).collect();
        assert_eq!(is_null, [true, true, false, false]);
        // Where no list is asked for, there is no column for it.
        let batch = read(&values("parquet", &["--feature", "events"]));
        assert_eq!(names(&batch), expected[..4]);
    }

    #[test]
    fn data_sets_have_arrays() {
        let batch = read(&rows("parquet"));
        assert_eq!(names(&batch), ["seq", "timestamp", "user", "top", "late", "events"]);
        let found = lists(&batch, "top");
        assert_eq!(found, [None, Some(json!(TEXTS[1..])), Some(json!([TEXTS[0], TEXTS[1]])), None]);
    }
}

#[test]
fn what_is_no_list_of_the_most_frequent_values_is_told() {
    let with = |members: &str, more: &str| {
        let feature = format!("{{name: a, type: counter, scope: x, {members}}}");
        let (plan, report) = compile("c", &format!("features: [{feature}{more}]"));
        assert!(plan.is_none(), "{members}");
        let [fault] = report.diagnostics.as_slice() else { panic!("{:?}", report.diagnostics) };
        (fault.code, fault.message.clone())
    };
    for k in ["0", "101", "-1", "99999999999999999999"] {
        let (code, message) = with(&format!("aggregate: top_k, value: y, k: {k}"), "");
        assert_eq!((code, message.as_str()), ("bad-number", "`k` is from 1 to 100"), "{k}");
    }
    for k in ["'3'", "three", "2.5", "[1, 2]", "{a: 1}", "true"] {
        assert_eq!(with(&format!("aggregate: top_k, value: y, k: {k}"), "").0, "wrong-kind", "{k}");
    }
    for (members, code) in [
        ("aggregate: top_k, k: 3", "missing-member"),
        ("aggregate: top_k, value: y, half_life: 1d", "conflicting-members"),
        ("aggregate: top_k, value: y, percentile: 50", "conflicting-members"),
        ("aggregate: sum, value: y, k: 3", "conflicting-members"),
        ("k: 3", "conflicting-members"),
    ] {
        assert_eq!(with(members, "").0, code, "{members}");
    }
    let list = "aggregate: top_k, value: y";
    for sides in ["top: a, bottom: n", "top: n, bottom: a"] {
        let ratio =
            format!(", {{name: n, type: counter, scope: x}}, {{name: r, type: ratio, {sides}}}");
        let (code, message) = with(list, &ratio);
        let expected = "`a` is a list of texts and cannot be divided";
        assert_eq!((code, message.as_str()), ("bad-operand", expected));
    }
}

/// 16 bytes for each value, and never more than for 1,024 of them twice.
#[test]
fn what_lists_take_is_counted() {
    let place = place();
    let mut log = String::new();
    for number in 0..5_000 {
        let user = if number < 100 { "few" } else { "many" };
        writeln!(
            log,
            "{{\"ts\": {}, \"type\": \"a\", \"user\": \"{user}\", \"text\": {number}}}",
            1_718_000_000 + number
        )
        .unwrap();
        if number == 99 {
            fs::write(place.path().join("few.ndjson"), &log).unwrap();
        }
    }
    fs::write(place.path().join("many.ndjson"), &log).unwrap();
    let state = |log: &str| {
        let plan = &place.run(&["plan", "lists.yaml", log, "--format", "json"]).json()[0];
        let state = &plan["states"][0];
        assert_eq!(state["approximation"]["exact_to"], 1024.0);
        let error = state["approximation"]["largest_error_of_counts"].as_f64().unwrap();
        assert!((error - 1.0 / 513.0).abs() < 1e-12, "{error}");
        (state["bytes"].as_u64().unwrap(), state["key_bytes"]["most"].as_u64().unwrap())
    };
    let (few, most) = state("few.ndjson");
    assert!((100 * 16..100 * 32 + 1_000).contains(&few), "{few}");
    let (many, _) = state("many.ndjson");
    assert!((few + 512 * 16..few + most).contains(&many), "{many} after {few}, at most {most}");
    assert!((2 * 1024 * 16..2 * 1024 * 16 + 1_000).contains(&most), "{most}");
}

#[test]
fn a_save_that_lists_more_values_counts_what_changed() {
    let with = |k: u32| {
        let feature = "type: counter, scope: user, interaction: click, value: item, refresh: 30m";
        let top = format!("  - {{name: top, {feature}, aggregate: top_k, k: {k}}}\n");
        reload::config(&[CLICKS, &top])
    };
    let mut place = reload::Place::open(|path| fs::write(path("config.yaml"), with(1)).unwrap());
    for (version, k) in [(2, 3), (3, 100), (4, 1)] {
        let text = with(k);
        place.save(&text);
        let snapshot = place.applied(version);
        let change = snapshot.config.change.as_ref().unwrap();
        assert_eq!(change.changed, ["top"]);
        assert!(change.values_changed > 0 && change.keys_new == 0, "{change:?}");
        assert_eq!(change.largest, None, "lists do not move");
        place.check(&text);
    }
}
