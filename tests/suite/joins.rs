//! Joins of flat logs, and the order in which lines were there: what a reader of all lines at once
//! makes of them is what the engine counts, whatever the encoding, from a held tape and while the log
//! is streamed.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;
use std::sync::Arc;

use proptest::prelude::*;

use counterscope::dataset::{Limits, Log, Run, ValueRow, replay, values, wanted};
use counterscope::log::{EventSource, Reader};
use counterscope::plan::Plan;
use counterscope::plan::lower::compile;

use crate::commands::Place;

/// A line: an event, metadata, or both at once, which is metadata.
#[derive(Clone, Debug)]
struct Line {
    time: i64,
    /// Its type, unless it is none of an event.
    kind: Option<&'static str>,
    /// Whether the filter holds.
    is_metadata: bool,
    query: Option<u8>,
    text: Option<&'static str>,
    weight: Option<i64>,
    flag: bool,
}

/// What is known of a query.
#[derive(Clone, Copy, Default)]
struct Known {
    text: Option<&'static str>,
    weight: Option<i64>,
}

const HEAD: &str = "ts,type,meta,query_id,text,weight,flag";
const FILE_HEAD: &str = "ts,id,text,weight";

fn line() -> impl Strategy<Value = Line> {
    let kind = prop::sample::select(vec![Some("click"), Some("show"), None]);
    let query = prop::option::weighted(0.9, 1..4_u8);
    (0..12_i64, kind, any::<bool>(), query, fields(), any::<bool>()).prop_map(
        |(time, kind, is_metadata, query, (text, weight), flag)| Line {
            time,
            kind,
            is_metadata,
            query,
            text,
            weight,
            flag,
        },
    )
}

fn fields() -> impl Strategy<Value = (Option<&'static str>, Option<i64>)> {
    (prop::sample::select(vec![Some("ram"), Some("cpu"), None]), prop::option::of(1..5_i64))
}

/// The lines of the log as a table of cells.
fn table(lines: &[Line]) -> String {
    let mut text = format!("{HEAD}\n");
    for line in lines {
        let cells = [
            (1_650_000_000 + line.time).to_string(),
            line.kind.unwrap_or_default().to_owned(),
            u8::from(line.is_metadata).to_string(),
            line.query.map(|query| query.to_string()).unwrap_or_default(),
            line.text.unwrap_or_default().to_owned(),
            line.weight.map(|weight| weight.to_string()).unwrap_or_default(),
            u8::from(line.flag).to_string(),
        ];
        writeln!(text, "{}", cells.join(",")).unwrap();
    }
    text
}

/// The lines of a file of metadata, with or without times.
fn file_table(lines: &[Line], has_times: bool) -> String {
    let head = if has_times { FILE_HEAD } else { &FILE_HEAD[3..] };
    let mut text = format!("{head}\n");
    for line in lines {
        let time = has_times.then(|| (1_650_000_000 + line.time).to_string());
        let cells = [
            line.query.map(|query| query.to_string()).unwrap_or_default(),
            line.text.unwrap_or_default().to_owned(),
            line.weight.map(|weight| weight.to_string()).unwrap_or_default(),
        ];
        writeln!(text, "{}", time.into_iter().chain(cells).collect::<Vec<_>>().join(",")).unwrap();
    }
    text
}

/// The same cells as objects; ids of some are text.
fn ndjson(table: &str) -> String {
    let mut lines = table.lines();
    let head: Vec<&str> = lines.next().unwrap().split(',').collect();
    let mut text = String::new();
    for (number, line) in lines.enumerate() {
        let mut object = serde_json::Map::new();
        for (name, cell) in head.iter().zip(line.split(',')).filter(|(_, cell)| !cell.is_empty()) {
            let whole =
                cell.parse::<i64>().ok().filter(|_| !name.ends_with("id") || number % 2 > 0);
            object.insert((*name).to_owned(), whole.map_or_else(|| cell.into(), Into::into));
        }
        writeln!(text, "{}", serde_json::Value::Object(object)).unwrap();
    }
    text
}

/// Objects on lines as a list of them.
fn list(lines: &str) -> Vec<u8> {
    format!("[{}]", lines.trim_end().replace('\n', ",")).into_bytes()
}

/// How the log is read.
#[derive(Clone, Copy, Debug)]
struct Reading {
    in_order_of_log: bool,
    /// Whether there is a file, and then whether it has times.
    file: Option<bool>,
    /// Whether lines have flags beside their type.
    has_flags: bool,
}

fn config(reading: Reading) -> String {
    let order = if reading.in_order_of_log { "order: log, " } else { "" };
    let flags = if reading.has_flags { "type: type, flags: {set: flag}, " } else { "" };
    let file =
        if reading.file.is_some() { ", {file: file, key: id, on: query_id, as: q}" } else { "" };
    format!(
        "events: {{{order}{flags}metadata: [{{when: {{meta: 1}}, key: query_id, as: q}}{file}]}}\n\
         features:\n\
         - {{name: by_text, type: counter, interaction: click, scope: q.text}}\n\
         - {{name: weights, type: counter, scope: query_id, aggregate: sum, value: q.weight}}\n\
         - {{name: own, type: counter, scope: text, where: {{q.text: ram}}}}\n\
         - {{name: events, type: counter, scope: global}}\n"
    )
}

/// The values at the end of the log, by output and key.
type Values = BTreeMap<(String, String), f64>;

/// The values by a look at all lines, one after the other.
fn naive(lines: &[Line], file: &[Line], reading: Reading) -> Values {
    let mut lines = lines.to_vec();
    // A line of a file that names no entity is rejected.
    let named = file.iter().filter(|line| line.query.is_some());
    let mut file: Vec<Line> = named.cloned().collect();
    if reading.file.is_none() {
        file.clear();
    }
    if reading.file == Some(false) {
        file.iter_mut().for_each(|line| line.time = i64::MIN);
    }
    if !reading.in_order_of_log {
        lines.sort_by_key(|line| line.time);
        file.sort_by_key(|line| line.time);
    }
    let mut known: BTreeMap<u8, Known> = BTreeMap::new();
    let learn = |known: &mut BTreeMap<u8, Known>, line: &Line| {
        let Some(query) = line.query else { return };
        let entry = known.entry(query).or_default();
        entry.text = line.text.or(entry.text);
        entry.weight = line.weight.or(entry.weight);
    };
    let mut file = file.iter().peekable();
    let mut clock = i64::MIN;
    let mut found = Values::new();
    let mut add = |output: &str, key: String, value: f64| {
        *found.entry((output.to_owned(), key)).or_default() += value;
    };
    for line in &lines {
        // What is neither metadata with a key nor an event does not move the clock.
        let is_set = reading.has_flags && line.flag;
        let is_accepted = if line.is_metadata { line.query.is_some() } else { line.kind.is_some() };
        if !is_accepted {
            continue;
        }
        clock = clock.max(line.time);
        while let Some(said) = file.next_if(|said| said.time <= clock) {
            learn(&mut known, said);
        }
        if line.is_metadata {
            learn(&mut known, line);
            continue;
        }
        let joined = line.query.and_then(|query| known.get(&query)).copied().unwrap_or_default();
        for kind in line.kind.into_iter().chain(is_set.then_some("set")) {
            if kind == "click"
                && let Some(text) = joined.text
            {
                add("by_text", text.to_owned(), 1.0);
            }
            if let (Some(query), Some(weight)) = (line.query, joined.weight) {
                add("weights", query.to_string(), weight as f64);
            }
            if let (Some("ram"), Some(own)) = (joined.text, line.text) {
                add("own", own.to_owned(), 1.0);
            }
            add("events", "(global)".to_owned(), 1.0);
        }
    }
    found
}

/// The values that the engine has, held or streamed.
fn counted(plan: &Arc<Plan>, log: &Path, streams: bool) -> Values {
    let mut found = Values::new();
    let mut emit = |row: &ValueRow<'_>| {
        if let Some(value) = row.value {
            found.insert((row.output.to_owned(), row.to_key().to_string()), value);
        }
        Ok::<(), ()>(())
    };
    let open = || Reader::open(&[log.to_owned()], &plan.events, &plan.attributes);
    if streams {
        let open = || Ok(Box::new(open()?) as Box<dyn EventSource>);
        let log = Log { open: &open, repeatable: true };
        let limits = Limits { threads: 1, memory: None };
        let replayed = replay(plan, &log, None, limits, &mut |_| {}).unwrap();
        replayed.values(&|_| true, &mut emit).unwrap();
    } else {
        let demand = wanted(plan, None);
        let run = Run::load(Arc::clone(plan), demand, open().unwrap(), &mut |_| {}).unwrap();
        values(&run, None, &|_| true, &mut emit).unwrap();
    }
    found.retain(|_, value| *value != 0.0);
    found
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, ..ProptestConfig::default() })]
    #[test]
    fn events_are_joined_with_what_is_known_at_their_moment(
        lines in prop::collection::vec(line(), 1..24),
        file in prop::collection::vec(line(), 1..8),
        (in_order_of_log, kind, has_flags) in any::<(bool, Option<bool>, bool)>(),
    ) {
        let reading = Reading { in_order_of_log, file: kind, has_flags };
        // Flags of lines without a type would be events of their own.
        let mut lines = lines;
        if has_flags {
            lines.iter_mut().for_each(|line| line.kind = line.kind.or(Some("show")));
        }
        let want = naive(&lines, &file, reading);
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        let name = path("config.yaml").display().to_string();
        let (plan, report) = compile(&name, &config(reading));
        prop_assert!(!report.has_errors(), "{}", counterscope::diagnostic::text(&report, false));
        let plan = Arc::new(plan.unwrap());
        let (table, of_file) = (table(&lines), file_table(&file, kind == Some(true)));
        let mut forms = vec![
            (ndjson(&table).into_bytes(), of_file.clone().into_bytes()),
            (table.clone().into_bytes(), ndjson(&of_file).into_bytes()),
            (list(&ndjson(&table)), list(&ndjson(&of_file))),
        ];
        #[cfg(feature = "parquet")]
        if lines.iter().any(|line| line.kind.is_some()) {
            use crate::parquet_logs::from_cells;
            forms.push((from_cells(&table), from_cells(&of_file)));
        }
        for (log, file) in &mut forms {
            std::fs::write(path("log"), &log).unwrap();
            std::fs::write(path("file"), &file).unwrap();
            for streams in [false, true] {
                let found = counted(&plan, &path("log"), streams);
                let log = String::from_utf8_lossy(log);
                prop_assert_eq!(&found, &want, "{:?} streams {}\n{}", reading, streams, log);
            }
        }
    }
}

/// When a line was there: seconds, or a text.
#[derive(Clone, Debug)]
struct Arrival {
    time: i64,
    user: u8,
    known: Option<&'static str>,
}

/// A time of its own for a line that says none that can be read.
fn was_there(line: &Arrival) -> i64 {
    line.known.and_then(|known| known.parse().ok()).unwrap_or(1_650_000_000 + line.time)
}

fn arrival() -> impl Strategy<Value = Arrival> {
    let known = [
        None,
        Some("soon"),
        Some("1649999999"),
        Some("1650000000"),
        Some("1650000001"),
        Some("1650000002"),
        Some("1650000009"),
    ];
    (0..3_i64, 1..3_u8, prop::sample::select(known.to_vec()))
        .prop_map(|(time, user, known)| Arrival { time, user, known })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, ..ProptestConfig::default() })]
    #[test]
    fn events_of_one_time_are_applied_as_they_were_there(
        lines in prop::collection::vec(arrival(), 1..24),
    ) {
        let mut table = "ts,type,user,n,known\n".to_owned();
        for (number, Arrival { time, user, known }) in lines.iter().enumerate() {
            let (time, known) = (1_650_000_000 + time, known.unwrap_or_default());
            writeln!(table, "{time},set,{user},{number},{known}").unwrap();
        }
        let mut order: Vec<usize> = (0..lines.len()).collect();
        order.sort_by_key(|n| (lines[*n].time, was_there(&lines[*n]), *n));
        let mut want = Values::new();
        let mut last: BTreeMap<u8, usize> = BTreeMap::new();
        for number in order {
            let user = lines[number].user;
            want.insert(("last".to_owned(), user.to_string()), number as f64);
            // What a counter has grown by tells the whole order.
            if let Some(before) = last.insert(user, number) {
                let grown = number.checked_sub(before).unwrap_or(number);
                *want.entry(("grown".to_owned(), user.to_string())).or_default() += grown as f64;
            }
        }
        want.retain(|_, value| *value != 0.0);
        let folder = tempfile::tempdir().unwrap();
        let log = folder.path().join("log");
        let config = "events: {known: known}\nfeatures:\n\
             - {name: grown, type: counter, scope: user, aggregate: increase, value: n}\n\
             - {name: last, type: counter, scope: user, aggregate: last, value: n}\n";
        let plan = Arc::new(compile("config", config).0.unwrap());
        let forms = [
            table.clone().into_bytes(),
            ndjson(&table).into_bytes(),
            #[cfg(feature = "parquet")]
            crate::parquet_logs::from_cells(&table),
        ];
        for form in forms {
            std::fs::write(&log, &form).unwrap();
            for streams in [false, true] {
                let found = counted(&plan, &log, streams);
                prop_assert_eq!(&found, &want, "streams {}\n{}", streams, table);
            }
        }
    }
}

const EVENTS: &str = r#"{"at": "2024-06-10T06:00:00Z", "action": "impression", "search": "s1", "sku": "A"}
{"at": "2024-06-10T06:02:00Z", "action": "click", "search": "s1", "sku": "A"}
{"at": "2024-06-10T06:04:00Z", "action": "click", "search": "s2", "sku": "B"}
{"at": "2024-06-10T06:05:00Z", "action": "click", "search": "s3", "sku": "B"}
"#;
const SEARCHES: &str = r#"{"at": "2024-06-10T05:59:59Z", "search": "s1", "words": "lamp"}
{"at": "2024-06-10T06:02:30Z", "search": "s2", "words": "chair"}
{"at": "2024-06-10T06:02:31Z", "words": "nothing"}
"#;
const FEATURES: &str = "features:\n  \
     - {name: clicks, type: counter, interaction: click, scope: [search.words, sku]}\n";

#[test]
fn what_is_joined_is_told() {
    let place = Place::new();
    let write = |name: &str, text: &str| std::fs::write(place.path().join(name), text).unwrap();
    write("events.ndjson", EVENTS);
    write("searches.ndjson", SEARCHES);
    let config = |entry: &str| {
        format!("events: {{timestamp: at, type: action, metadata: [{entry}]}}\n{FEATURES}")
    };
    write("here.yaml", &config("{when: {words: {exists: true}}, key: search, as: search}"));
    let ran = place.run(&["check", "here.yaml", "events.ndjson", "searches.ndjson"]);
    for words in [
        "log: 4 events",
        "metadata: 2 of search (not known then: the `search` of 1 of 4 events)",
        "rejected: 1 line, metadata without a key",
        "warning[unknown-key]: nothing was known of the `search` of 1 of 4 events with a `search`",
    ] {
        assert!(ran.out.contains(words), "{words}:\n{}", ran.out);
    }
    let values = place.run(&["values", "here.yaml", "events.ndjson", "searches.ndjson"]).json();
    let keys: Vec<String> =
        values.iter().map(|row| format!("{} {}", row["key"], row["value"])).collect();
    let want =
        [r#"{"search.words":"lamp","sku":"A"} 1"#, r#"{"search.words":"chair","sku":"B"} 1"#];
    assert_eq!(keys, want);

    std::fs::create_dir(place.path().join("sub")).unwrap();
    write("sub/file.yaml", &config("{file: ../searches.ndjson, key: search, as: search}"));
    let ran = place.run(&["check", "sub/file.yaml", "events.ndjson", "--format", "json"]);
    let facts = ran.json().pop().unwrap();
    let joined = serde_json::json!({"search": {"lines": 2, "events": 4, "unknown": 1}});
    assert_eq!(facts["metadata"], joined, "{}", ran.out);
    let again = place.run(&["values", "sub/file.yaml", "events.ndjson"]);
    assert_eq!(again.json(), values);
    assert!(
        again.err.contains("1 line rejected in `sub/../searches.ndjson`: 1 metadata without a key"),
        "{}",
        again.err
    );

    write("gone.yaml", &config("{file: none.csv, key: search, as: search}"));
    let ran = place.run(&["values", "gone.yaml", "events.ndjson"]);
    assert_eq!(ran.code, Some(2));
    assert!(
        ran.err.contains("in `metadata` of the config: cannot open the log `none.csv`"),
        "{}",
        ran.err
    );

    write(
        "near.yaml",
        &config("{file: searches.ndjson, key: search, as: search}").replace("words", "word"),
    );
    let ran = place.run(&["check", "near.yaml", "events.ndjson"]);
    for words in ["no metadata of `search` has `word`", "did you mean `search.words`?"] {
        assert!(ran.out.contains(words), "{words}:\n{}", ran.out);
    }
}

#[test]
fn delays_are_told() {
    let place = Place::new();
    let write = |name: &str, text: &str| std::fs::write(place.path().join(name), text).unwrap();
    write("known.yaml", "events: {known: got}\nfeatures:\n- {name: n, type: counter, scope: u}\n");
    let lines = [
        ("1650000000", r#""2022-04-15T05:20:02Z""#),
        ("1650000001", "1650000061"),
        ("1650000002", "1650000001"),
        ("1650000003", r#""soon""#),
        ("1650000004", "null"),
    ];
    let line = |(time, got): &(&str, &str)| {
        format!("{{\"ts\":{time},\"type\":\"a\",\"u\":1,\"got\":{got}}}\n")
    };
    write("log.ndjson", &lines.iter().map(line).collect::<String>());
    let ran = place.run(&["check", "known.yaml", "log.ndjson"]);
    let words = "known by `got`: median 2s later, p99 1m, at most 1m; 1 before their own times; 1 \
                 without it; 1 in which it is no time";
    assert!(ran.out.contains(words), "{}", ran.out);
    let facts = place.run(&["check", "known.yaml", "log.ndjson", "--format", "json"]).json();
    let known = &facts.last().unwrap()["known"];
    assert_eq!(known["delay"], serde_json::json!({"p50": 2000, "p99": 60000, "max": 60000}));
    assert_eq!((known["early"].as_u64(), known["missing"].as_u64()), (Some(1), Some(1)));
}

#[test]
fn what_is_joined_is_part_of_what_was_read() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    std::fs::write(path("log"), "ts,type,id\n1650000000,click,1\n").unwrap();
    let config = "events: {metadata: [{file: file, key: id, as: q}]}\n\
         features: [{name: a, type: counter, interaction: click, scope: q.text}]\n";
    let plan = compile(&path("config.yaml").display().to_string(), config).0.unwrap();
    let plan = Arc::new(plan);
    let fingerprint = |file: &str| {
        std::fs::write(path("file"), file).unwrap();
        let reader = Reader::open(&[path("log")], &plan.events, &plan.attributes).unwrap();
        let demand = wanted(&plan, None);
        let run = Run::load(Arc::clone(&plan), demand, reader, &mut |_| {}).unwrap();
        (run.tape().fingerprint(0), run.tape().fingerprint(1))
    };
    let known = fingerprint("id,text\n1,a\n");
    assert_eq!(fingerprint("id,text\n1,a\n"), known);
    assert_eq!(known.0, 0, "nothing is read yet");
    for other in ["id,text\n1,b\n", "id,text\n1,a\n1,a\n", "id,text\n"] {
        assert_ne!(fingerprint(other), known, "{other}");
    }
}
