//! Logs from files: packing, rejections, detection, order, merging, and how they reach the tape.

use std::fs;
use std::io::Write;
use std::path::PathBuf;

use counterscope::base::events::{EventSettings, Format, ImpressionSettings, Order};
use counterscope::base::time::TimeUnit;
use counterscope::base::{Millis, Timestamp, Value};
use counterscope::log::{Compression, EventSource, LONGEST_LINE, LogError, Reader};
use counterscope::tape::{Demand, ImpressionsStatus, Reason, RowKind, Tape, TapeWriter};
use proptest::prelude::*;
use tempfile::TempDir;

const FLAT: &str = r#"{"ts":1718000000,"event":"show","user":"u1","post":7,"geo":{"country":"DE"}}
{"ts":1718000010,"event":"like","user":"u2","post":"7","tags":["a","b"],"watch":1.5}
{"ts":1718000020,"event":"show","user":"u1","post":8,"ok":true}
"#;

pub(crate) fn attributes(names: &[&str]) -> Vec<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

pub(crate) fn write(folder: &TempDir, name: &str, bytes: impl AsRef<[u8]>) -> PathBuf {
    let path = folder.path().join(name);
    fs::write(&path, bytes).unwrap();
    path
}

/// Reads logs to their end.
pub(crate) fn load(paths: &[PathBuf], settings: &EventSettings, names: &[&str]) -> (Reader, Tape) {
    let names = attributes(names);
    let mut reader = Reader::open(paths, settings, &names).unwrap();
    let demand = Demand { settings: settings.clone(), attributes: names, listed: false };
    let mut tape = TapeWriter::new(demand);
    while let Some(batch) = reader.next_batch().unwrap() {
        tape.extend(batch);
    }
    tape.finish();
    (reader, Tape::clone(&tape))
}

pub(crate) fn load_text(
    text: impl AsRef<[u8]>,
    settings: &EventSettings,
    names: &[&str],
) -> (Reader, Tape) {
    let folder = TempDir::new().unwrap();
    let path = write(&folder, "log", text);
    load(&[path], settings, names)
}

pub(crate) fn values(tape: &Tape, attribute: usize) -> Vec<Option<Value>> {
    let column = tape.column(attribute);
    column.ids(..).iter().map(|id| column.value(*id).cloned()).collect()
}

pub(crate) fn types(tape: &Tape) -> Vec<&str> {
    let name = |row| tape.type_id(row).map_or("-", |id| &tape.type_names()[id as usize]);
    (0..tape.rows()).map(name).collect()
}

pub(crate) fn text(text: &str) -> Value {
    Value::Text(text.into())
}

pub(crate) fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    packer.write_all(bytes).unwrap();
    packer.finish().unwrap()
}

#[test]
fn a_flat_log_is_read_by_its_members() {
    let names = ["user", "post", "geo.country", "tags", "watch", "ok", "event", "ts"];
    let (reader, tape) = load_text(FLAT, &EventSettings::default(), &names);
    assert_eq!(types(&tape), ["show", "like", "show"]);
    assert_eq!(*tape.times(..), [1_718_000_000_000, 1_718_000_010_000, 1_718_000_020_000]);
    assert_eq!(values(&tape, 0), [Some(text("u1")), Some(text("u2")), Some(text("u1"))]);
    let post = [Some(Value::Integer(7)), Some(text("7")), Some(Value::Integer(8))];
    assert_eq!(values(&tape, 1), post, "a number and its digits are two values");
    assert_eq!(values(&tape, 2), [Some(text("DE")), None, None]);
    let tags = Value::List(vec![Value::Text("a".into()), Value::Text("b".into())]);
    assert_eq!(values(&tape, 3), [None, Some(tags), None]);
    assert_eq!(values(&tape, 4), [None, Some(Value::Float(1.5)), None]);
    assert_eq!(values(&tape, 5), [None, None, Some(Value::Bool(true))]);
    assert_eq!(values(&tape, 6), [Some(text("show")), Some(text("like")), Some(text("show"))]);
    assert_eq!(values(&tape, 7)[0], Some(Value::Integer(1_718_000_000)));
    assert_eq!(tape.rejections().total(), 0);
    assert_eq!(tape.impressions(), ImpressionsStatus::Unused);
    let detected = reader.detected().unwrap();
    assert_eq!((detected.format, detected.format_name), (Format::Flat, "flat"));
    assert_eq!((detected.timestamp.as_str(), detected.kind.as_deref()), ("ts", Some("event")));
    assert_eq!(detected.unit, Some(TimeUnit::Seconds));
    assert_eq!(detected.compression, Compression::None);
    let progress = reader.progress();
    assert_eq!((progress.bytes, progress.total_bytes), (FLAT.len() as u64, FLAT.len() as u64));
    assert_eq!(progress.lines, 3);
}

const METARANK: &str = r#"{"event":"item","id":"m1","item":"p1","timestamp":"1718000000000","fields":[{"name":"brand","value":"acme"},{"value":["new","xl"],"name":"tags"}]}
{"event":"user","id":"m2","user":"u1","timestamp":1718000001000,"fields":[{"name":"age","value":33}]}
{"event":"ranking","id":"r1","user":"u1","session":"s1","timestamp":"2024-06-10T06:13:22Z","fields":[{"name":"query","value":"sofa"}],"items":[{"id":"p2","fields":[{"name":"x","value":1}]},{"id":"p1","label":1},{"id":3}],"tenant":"t"}
{"tenant":"t","fields":[{"name":"item","value":"not this"},{"name":"amount","value":9.5}],"event":"interaction","id":"i1","type":"click","item":"p1","ranking":"r1","user":"u1","session":"s1","timestamp":"1718000003000"}
{"event":"metadata","id":"m3","item":"p1","timestamp":"1718000004000","fields":[{"name":"brand","value":"zeta"}]}
{"event":"interaction","id":"i2","type":"like","item":"p1","user":"u2","session":null,"timestamp":"1718000005000"}
"#;

const METARANK_ATTRIBUTES: [&str; 9] = [
    "item",
    "user",
    "session",
    "ranking",
    "amount",
    "item.brand",
    "item.tags",
    "user.age",
    "ranking.query",
];

fn with_impressions(order: Order) -> EventSettings {
    let impressions = ImpressionSettings { used: true, ..ImpressionSettings::default() };
    EventSettings { order, impressions, ..EventSettings::default() }
}

/// What each row says: its kind or type, and its attributes.
fn told(tape: &Tape) -> Vec<String> {
    let read = |row: usize, attribute: usize| {
        let column = tape.column(attribute);
        column.value(column.id(row)).map_or_else(|| "-".to_owned(), Value::to_string)
    };
    (0..tape.rows())
        .map(|row| {
            let kind = match tape.type_id(row) {
                Some(id) => tape.type_names()[id as usize].clone(),
                None => format!("{:?}", tape.kind(row)),
            };
            let values: Vec<_> =
                (0..tape.demand().attributes.len()).map(|attribute| read(row, attribute)).collect();
            format!("{kind}: {}", values.join(" "))
        })
        .collect()
}

#[test]
fn a_metarank_log_is_read_by_its_kinds() {
    let (reader, tape) = load_text(METARANK, &with_impressions(Order::Time), &METARANK_ATTRIBUTES);
    assert_eq!(tape.rejections().by_count(), []);
    assert_eq!(
        told(&tape),
        [
            "Item: p1 - - - - acme [new, xl] - -",
            "User: - u1 - - - - - 33 -",
            "Ranking: - u1 s1 r1 - - - 33 sofa",
            "click: p1 u1 s1 r1 9.5 acme [new, xl] 33 sofa",
            "Item: p1 - - - - zeta [new, xl] - -",
            "like: p1 u2 - - - zeta [new, xl] - -",
            "impression: p1 u2 - - - zeta [new, xl] - -",
            "impression: p2 u1 s1 r1 - - - 33 sofa",
            "impression: p1 u1 s1 r1 - zeta [new, xl] 33 sofa",
        ]
    );
    assert_eq!(tape.impressions(), ImpressionsStatus::Made(3));
    let detected = reader.detected().unwrap();
    assert_eq!((detected.format, detected.unit), (Format::Metarank, Some(TimeUnit::Millis)));
}

#[test]
fn numbers_and_their_digits_name_the_same_item() {
    let log = r#"{"event":"item","item":36,"timestamp":1718000000,"fields":[{"name":"brand","value":"acme"}]}
{"event":"ranking","id":7,"timestamp":1718000001,"items":["x",{"id":"36"},"y"]}
{"event":"interaction","type":"click","item":36,"ranking":"7","timestamp":1718000002}
{"event":"interaction","type":"click","item":"36","timestamp":1718000003}
"#;
    let (_, tape) = load_text(log, &with_impressions(Order::Time), &["item", "item.brand"]);
    assert_eq!(
        told(&tape),
        [
            "Item: 36 acme",
            "Ranking: - -",
            "click: 36 acme",
            "click: 36 acme",
            "impression: 36 acme",
            "impression: x -",
            "impression: 36 acme",
        ]
    );
    let written: Vec<_> = values(&tape, 0).into_iter().flatten().collect();
    assert_eq!(written[0], Value::Integer(36), "as the line writes it");
    assert_eq!(written[2], Value::Text("36".into()));
}

#[test]
fn a_member_with_a_dot_wins_over_a_nested_one() {
    let log = r#"{"ts":1718000000,"type":"a","geo":{"country":"DE"},"geo.country":"FR"}
{"ts":1718000000,"type":"b","geo.country":"FR","geo":{"country":"DE"}}
{"ts":1718000000,"type":"c","geo.country":null,"geo":{"country":"DE","x":{"y":1}}}
{"ts":1718000000,"type":"d","geo":{"x.y":2,"x":{"y":1}}}
{"ts":1718000000,"type":"e","geo":"text"}
"#;
    let names = ["geo.country", "geo.x.y", "geo"];
    let (_, tape) = load_text(log, &EventSettings::default(), &names);
    let want = ["a: FR - -", "b: FR - -", "c: DE 1 -", "d: - 2 -", "e: - - text"];
    assert_eq!(told(&tape), want);
}

#[test]
fn members_may_be_named() {
    let log = r#"{"type":"x","meta":{"at":1718000000000},"what":7,"key":"k1","v":1}
{"type":"x","meta":{"at":1718000000000},"what":true,"key":"k1","v":2}
{"type":"x","meta":{"at":1718000000001},"what":7,"key":"k2","v":3}
"#;
    let settings = EventSettings {
        timestamp: Some("meta.at".into()),
        kind: Some("what".into()),
        id: Some("key".into()),
        dedup: Some(Millis(1)),
        ..EventSettings::default()
    };
    let (reader, tape) = load_text(log, &settings, &["v"]);
    assert_eq!(told(&tape), ["7: 1", "7: 3"]);
    assert_eq!(tape.rejections().by_count(), [(Reason::DuplicateId, 1)]);
    assert_eq!(reader.detected().unwrap().timestamp, "meta.at");
}

#[test]
fn every_line_that_is_no_event_is_counted_with_its_reason() {
    let good = r#"{"ts":1718000000,"type":"x"}"#;
    let flat: [(&[u8], Reason); 12] = [
        (b"{\"ts\":1718000000,\"type\":\"x\"", Reason::InvalidJson),
        (b"nonsense", Reason::InvalidJson),
        (b"[1718000000]", Reason::NotAnObject),
        (b"1718000000", Reason::NotAnObject),
        (b"{\"ts\":1718000000,\"type\":\"\xff\"}", Reason::NotUtf8),
        (b"{\"type\":\"x\"}", Reason::NoTimestamp),
        (b"{\"ts\":null,\"type\":\"x\"}", Reason::NoTimestamp),
        (b"{\"ts\":\"yesterday\",\"type\":\"x\"}", Reason::UnreadableTime),
        (b"{\"ts\":true,\"type\":\"x\"}", Reason::UnreadableTime),
        (b"{\"ts\":7,\"type\":\"x\"}", Reason::TimeOutOfRange),
        (b"{\"ts\":99999999999999999999,\"type\":\"x\"}", Reason::TimeOutOfRange),
        (b"{\"ts\":1718000000,\"type\":[]}", Reason::NoType),
    ];
    reasons(good, &flat);
    let good = r#"{"event":"user","user":"u","timestamp":1718000000,"fields":[]}"#;
    let metarank: [(&[u8], Reason); 12] = [
        (b"{\"timestamp\":1718000000,\"item\":\"a\"}", Reason::UnknownEventKind),
        (b"{\"event\":\"flight\",\"timestamp\":1718000000}", Reason::UnknownEventKind),
        (b"{\"event\":\"item\",\"item\":\"a\",\"fields\":[]}", Reason::NoTimestamp),
        (b"{\"event\":\"item\",\"timestamp\":1718000000,\"fields\":[]}", Reason::NoItem),
        (b"{\"event\":\"user\",\"timestamp\":1718000000,\"fields\":[]}", Reason::NoUser),
        (b"{\"event\":\"interaction\",\"type\":\"a\",\"timestamp\":1718000000}", Reason::NoItem),
        (b"{\"event\":\"interaction\",\"item\":\"a\",\"timestamp\":1718000000}", Reason::NoType),
        (b"{\"event\":\"ranking\",\"items\":[],\"timestamp\":1718000000}", Reason::NoRankingId),
        (b"{\"event\":\"ranking\",\"id\":1,\"timestamp\":1718000000}", Reason::NoItems),
        (
            b"{\"event\":\"item\",\"item\":\"a\",\"timestamp\":1718000000,\"fields\":{}}",
            Reason::WrongShape,
        ),
        (
            b"{\"event\":\"ranking\",\"id\":1,\"items\":[{}],\"timestamp\":1718000000}",
            Reason::WrongShape,
        ),
        (b"{\"event\":3,\"timestamp\":1718000000}", Reason::WrongShape),
    ];
    reasons(good, &metarank);
}

/// Each bad line alone between good ones, and all of them before the first good one.
fn reasons(good: &str, bad: &[(&[u8], Reason)]) {
    for (line, reason) in bad {
        let log = [good.as_bytes(), line, good.as_bytes()].join(&b'\n');
        let (_, tape) = load_text(log, &EventSettings::default(), &["brand"]);
        let text = String::from_utf8_lossy(line);
        assert_eq!(tape.rejections().by_count(), [(*reason, 1)], "{text}");
        assert_eq!(tape.events(), 2, "{text}");
        let example = &tape.rejections().examples()[0];
        assert_eq!((example.line, example.excerpt.as_str()), (1, text.as_ref()));
        assert_eq!(tape.line(1), 2);
    }
    let mut log: Vec<&[u8]> = bad.iter().map(|(line, _)| *line).collect();
    log.push(good.as_bytes());
    let (_, tape) = load_text(log.join(&b'\n'), &EventSettings::default(), &["brand"]);
    assert_eq!(tape.events(), 1);
    for (_, reason) in bad {
        let count = bad.iter().filter(|(_, other)| other == reason).count() as u64;
        assert_eq!(tape.rejections().count(*reason), count, "{reason}, before the format is known");
    }
}

#[test]
fn a_log_without_any_event_still_says_why() {
    let (reader, tape) = load_text("{\"a\":1}\nx\n", &EventSettings::default(), &[]);
    assert_eq!(tape.rejections().total(), 2);
    assert_eq!(tape.rejections().count(Reason::NoTimestamp), 1);
    assert_eq!(reader.detected().unwrap().format, Format::Flat);
    let (reader, tape) = load_text("", &EventSettings::default(), &[]);
    assert_eq!((tape.rejections().total(), tape.events()), (0, 0));
    assert_eq!(reader.detected(), None);
}

#[test]
fn blank_lines_count_as_lines_and_nothing_else() {
    let log = format!("\u{feff}\n  \r\n{}", FLAT.replace('\n', "\r\n\r\n"));
    let (reader, tape) = load_text(log, &EventSettings::default(), &["user"]);
    let (_, plain) = load_text(FLAT, &EventSettings::default(), &["user"]);
    let lines: Vec<_> = (0..tape.rows()).map(|row| tape.line(row)).collect();
    assert_eq!(lines, [2, 4, 6]);
    assert_eq!(reader.progress().lines, 8);
    assert_eq!(tape.rejections().total(), 0);
    assert_eq!(tape.fingerprint(3), plain.fingerprint(3), "line ends do not matter");
}

#[test]
fn a_line_that_is_too_long_is_passed_over() {
    let folder = TempDir::new().unwrap();
    let mut log = FLAT.as_bytes().to_vec();
    log.extend(b"{\"ts\":1718000030,\"event\":\"long\",\"x\":\"");
    log.resize(log.len() + LONGEST_LINE + 300_000, b'x');
    log.extend(b"\"}\n{\"ts\":1718000040,\"event\":\"after\"}\n");
    let path = write(&folder, "log", gzip(&log));
    let (_, tape) = load(&[path], &EventSettings::default(), &[]);
    assert_eq!(types(&tape), ["show", "like", "show", "after"]);
    assert_eq!(tape.rejections().by_count(), [(Reason::LineTooLong, 1)]);
    let example = &tape.rejections().examples()[0];
    assert_eq!(example.line, 3);
    assert!(example.excerpt.starts_with("{\"ts\":1718000030,\"event\":\"long\""));
    assert_eq!(tape.line(3), 4);
}

#[test]
fn deep_nesting_is_no_fault_of_the_program() {
    let deep = format!("{}1{}", "[".repeat(100_000), "]".repeat(100_000));
    let log = format!(
        "{FLAT}{{\"ts\":1718000030,\"event\":\"a\",\"other\":{deep}}}\n\
         {{\"ts\":1718000031,\"event\":\"b\",\"user\":{deep}}}\n"
    );
    let (_, tape) = load_text(log, &EventSettings::default(), &["user"]);
    assert_eq!(tape.events() as u64 + tape.rejections().total(), 5);
    assert!(types(&tape).contains(&"a"), "what is not wanted is passed over");
}

#[test]
fn packing_is_told_by_the_bytes_and_changes_nothing() {
    let folder = TempDir::new().unwrap();
    let settings = with_impressions(Order::Time);
    let bytes = METARANK.as_bytes();
    let (half, rest) = bytes.split_at(500);
    let frames = [half, rest].map(|part| zstd::encode_all(part, 3).unwrap()).concat();
    let (_, plain) = load(&[write(&folder, "a.gz", bytes)], &settings, &METARANK_ATTRIBUTES);
    for (name, packed, compression) in [
        ("b.txt", gzip(bytes), Compression::Gzip),
        ("c", [gzip(half), gzip(rest)].concat(), Compression::Gzip),
        ("d.json", zstd::encode_all(bytes, 3).unwrap(), Compression::Zstd),
        ("e.gz", frames, Compression::Zstd),
    ] {
        let size = packed.len() as u64;
        let (reader, tape) = load(&[write(&folder, name, packed)], &settings, &METARANK_ATTRIBUTES);
        assert_eq!(told(&tape), told(&plain), "{name}");
        assert_eq!(tape.fingerprint(6), plain.fingerprint(6), "{name}");
        assert_eq!(reader.detected().unwrap().compression, compression);
        let progress = reader.progress();
        assert_eq!((progress.bytes, progress.total_bytes), (size, size), "{name}");
    }
}

#[test]
fn a_damaged_stream_is_read_as_far_as_it_goes() {
    let folder = TempDir::new().unwrap();
    let line =
        |n: u32| format!("{{\"ts\":{},\"type\":\"x\",\"v\":{}}}\n", 1_718_000_000 + n, n * n);
    let log: String = (0..20_000).map(line).collect();
    for (name, mut packed) in
        [("gz", gzip(log.as_bytes())), ("zst", zstd::encode_all(log.as_bytes(), 3).unwrap())]
    {
        packed.truncate(packed.len() / 2);
        let (_, tape) = load(&[write(&folder, name, packed)], &EventSettings::default(), &["v"]);
        assert_eq!(tape.rejections().by_count(), [(Reason::DamagedStream, 1)], "{name}");
        assert!(tape.events() > 100, "{name}: {}", tape.events());
        let last = tape.events() as i128 - 1;
        assert_eq!(values(&tape, 0).pop().unwrap(), Some(Value::Integer(last * last)), "{name}");
        assert_eq!(tape.rejections().examples()[0].line, tape.events() as u64, "{name}");
    }
}

#[test]
fn several_logs_are_one() {
    let folder = TempDir::new().unwrap();
    let line = |ts: u32, name: &str| format!("{{\"ts\":{ts},\"type\":\"{name}\"}}");
    let first = [line(1_718_000_000, "a"), line(1_718_000_030, "b"), line(1_718_000_020, "c")];
    let second = [line(1_718_000_010, "d"), "oops".into(), line(1_718_000_030, "e")];
    // The first log does not end with a line break: its last line is a line all the same.
    let paths = [
        write(&folder, "1", first.join("\n")),
        write(&folder, "2", gzip(second.join("\n").as_bytes())),
    ];
    let by_time = EventSettings::default();
    let (reader, tape) = load(&paths, &by_time, &[]);
    assert_eq!(types(&tape), ["a", "d", "c", "b", "e"]);
    let lines: Vec<_> = (0..tape.rows()).map(|row| tape.line(row)).collect();
    assert_eq!(lines, [0, 3, 2, 1, 5]);
    assert_eq!(tape.reordered(), 1, "being in another log is not being out of place");
    assert_eq!(tape.rejections().examples()[0].line, 4);
    assert_eq!(reader.progress().lines, 6);
    let as_they_lie = EventSettings { order: Order::Log, ..EventSettings::default() };
    let (_, tape) = load(&paths, &as_they_lie, &[]);
    assert_eq!(types(&tape), ["a", "d", "b", "c", "e"]);
    assert_eq!(tape.clock(4), Some(Timestamp(1_718_000_030_000)));
}

/// A log of metadata alone, before the log with the events.
#[test]
fn metadata_need_no_event_where_the_config_names_the_members() {
    let folder = TempDir::new().unwrap();
    let queries = "{\"at\":1718000000,\"query_id\":1,\"text\":\"lamp\"}\n";
    let events = "{\"at\":1718000001,\"action\":\"click\",\"query_id\":1}\n";
    let paths = [write(&folder, "queries", queries), write(&folder, "events", events)];
    let config = "
events: {timestamp: at, type: action, metadata: [{when: {text: {exists: true}}, key: query_id, as: query}]}
features: [{name: n, type: interaction_count, interaction: click, scope: query.text}]
";
    let plan = counterscope::plan::lower::compile("config", config).0.unwrap();
    let (reader, tape) = load(&paths, &plan.events, &["query.text"]);
    assert_eq!(tape.reordered(), 0);
    for outcome in reader.outcomes() {
        assert_eq!((outcome.accepted, outcome.unreadable), (1, None), "{}", outcome.name);
    }
}

#[test]
fn only_the_machine_fails() {
    let folder = TempDir::new().unwrap();
    let open = |path: PathBuf| Reader::open(&[path], &EventSettings::default(), &[]).err().unwrap();
    let missing = open(folder.path().join("missing.ndjson"));
    assert!(matches!(missing, LogError::Open { .. }));
    assert!(missing.to_string().contains("missing.ndjson"), "{missing}");
    let directory = open(folder.path().to_path_buf());
    assert!(matches!(directory, LogError::Directory { .. }));
    assert!(directory.to_string().contains("is a directory"), "{directory}");
}

#[test]
fn an_embedded_log_is_read_like_a_file() {
    let names = attributes(&["user"]);
    let settings = EventSettings::default();
    let mut reader = Reader::embedded("<sample>", FLAT.as_bytes(), &settings, &names);
    let mut tape = TapeWriter::new(Demand { settings, attributes: names, listed: false });
    while let Some(batch) = reader.next_batch().unwrap() {
        tape.extend(batch);
    }
    tape.finish();
    assert_eq!(types(&tape), ["show", "like", "show"]);
    assert!((0..3).all(|row| tape.kind(row) == RowKind::Event));
}

#[test]
fn batches_come_while_the_log_is_read() {
    let line = |n: u32| format!("{{\"ts\":{},\"type\":\"x\",\"v\":{n}}}\n", 1_718_000_000 + n);
    let log: String = (0..10_000).map(line).collect();
    let folder = TempDir::new().unwrap();
    let path = write(&folder, "log", log);
    let settings = EventSettings::default();
    let names = attributes(&["v"]);
    let mut reader = Reader::open(&[path], &settings, &names).unwrap();
    let mut tape = TapeWriter::new(Demand { settings, attributes: names, listed: false });
    let mut sizes = Vec::new();
    while let Some(batch) = reader.next_batch().unwrap() {
        tape.extend(batch);
        sizes.push(tape.events());
        let newest = tape.events() - 1;
        assert_eq!(values(&tape, 0)[newest], Some(Value::Integer(newest as i128)));
    }
    assert_eq!(sizes, [4096, 8192, 10_000]);
}

#[test]
fn the_samples_hold_what_their_page_says() {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("sample-events");
    for (name, lines, format) in [
        ("quickstart.ndjson.gz", 5_000, Format::Metarank),
        ("shop.ndjson.gz", 60_000, Format::Metarank),
        ("video.ndjson.gz", 20_000, Format::Flat),
    ] {
        let settings = with_impressions(Order::Time);
        let (reader, tape) = load(&[folder.join(name)], &settings, &[]);
        assert_eq!(reader.detected().unwrap().format, format, "{name}");
        assert_eq!(reader.progress().lines, lines, "{name}");
        assert_eq!(tape.events() as u64 + tape.rejections().total(), lines, "{name}");
        let broken = tape.rejections();
        assert!(broken.count(Reason::InvalidJson) > 0 && broken.count(Reason::NoTimestamp) > 0);
        assert_eq!(
            broken.count(Reason::UnknownEventKind) > 0,
            format == Format::Metarank,
            "{name}"
        );
        assert!(tape.reordered() > 0, "{name} has late lines");
        let made = matches!(tape.impressions(), ImpressionsStatus::Made(1..));
        assert_eq!(made, format == Format::Metarank, "{name}");
        let days = (tape.time(tape.end_row(tape.events() - 1)) - tape.time(0)) / Millis::DAY.0;
        assert!((14..=21).contains(&days), "{name} runs for {days} days");
    }
}

proptest! {
    #[test]
    fn every_line_is_an_event_or_a_rejection(
        cuts in proptest::collection::vec((any::<u16>(), any::<u8>()), 0..12),
        is_metarank: bool,
    ) {
        let mut log = if is_metarank { METARANK } else { FLAT }.repeat(3).into_bytes();
        for (place, byte) in cuts {
            let place = usize::from(place) % log.len();
            // Two objects on one line would be two events, and with a comma behind its first object
            // the log would be no lines.
            if log[place] != b'\n' && byte != b'}' {
                log[place] = byte;
            }
        }
        let lines = log.split(|byte| *byte == b'\n');
        let blank = |line: &[u8]| line.iter().all(u8::is_ascii_whitespace);
        let lines = lines.filter(|line| !blank(line)).count() as u64;
        let (_, tape) = load_text(log, &with_impressions(Order::Time), &METARANK_ATTRIBUTES);
        prop_assert_eq!(tape.events() as u64 + tape.rejections().total(), lines);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    /// A tape that is read for some attributes and then gains others is the one that is read for
    /// those that are wanted in the end.
    #[test]
    fn columns_that_are_gained_are_those_of_a_tape_that_has_them_from_the_start(
        seeds in prop::collection::vec((any::<u8>(), any::<u16>(), -200i16..900), 1..200),
        (is_flat, in_log_order, dedups) in any::<(bool, bool, bool)>(),
        first in prop::collection::vec(any::<bool>(), 5..6),
        wanted in Just(["item", "user", "session", "item.brand", "ranking"]).prop_shuffle(),
        many in 0usize..6,
    ) {
        let metarank = String::from_utf8(crate::replay::log(&seeds)).unwrap();
        let flat = metarank.replace("\"event\": \"", "\"event\": \"interaction\", \"was\": \"");
        let text = if is_flat { flat } else { metarank };
        let order = if in_log_order { Order::Log } else { Order::Time };
        let mut settings = with_impressions(order);
        settings.format = Some(if is_flat { Format::Flat } else { Format::Metarank });
        settings.dedup = dedups.then_some(Millis(3_600_000));
        let names = ["user", "item.brand", "item", "ranking", "session"];
        let first: Vec<&str> =
            names.iter().zip(first).filter(|(_, is_first)| *is_first).map(|(name, _)| *name).collect();
        let wanted = &wanted[..many];
        let (_, mut tape) = load_text(&text, &settings, &first);
        let (_, whole) = load_text(&text, &settings, wanted);
        let lacking = tape.missing_columns(whole.demand()).unwrap();
        let lacks: Vec<&str> = lacking.attributes.iter().map(String::as_str).collect();
        prop_assert!(lacks.iter().all(|name| wanted.contains(name) && !first.contains(name)));
        let (_, columns) = load_text(&text, &settings, &lacks);
        prop_assert!(tape.has_same_rows_as(&columns));
        prop_assert!(tape.add_columns(columns, &attributes(wanted)));
        prop_assert_eq!(tape.demand(), whole.demand());
        for (place, name) in wanted.iter().enumerate() {
            prop_assert_eq!(tape.column(place), whole.column(place), "{}", name);
        }
        prop_assert_eq!(tape.rows(), whole.rows());
        prop_assert_eq!(types(&tape), types(&whole));

        // Neither a longer log nor one with another order of lines has the same rows.
        let line = text.lines().next().unwrap();
        let (_, longer) = load_text(format!("{text}{line}\n"), &settings, &["extra"]);
        let accepts_it = longer.events() > tape.events();
        prop_assert_eq!(tape.has_same_rows_as(&longer), !accepts_it);
        prop_assert!(!accepts_it || !tape.add_columns(longer, &attributes(&["extra"])));
        prop_assert_eq!(tape.demand(), whole.demand());
    }
}

/// Whole numbers of more than 64 bits are ids like any others, wherever they stand.
#[test]
fn long_whole_numbers_are_their_digits() {
    let (long, next) = ("18446744073709551617", "18446744073709551618");
    let most = "9".repeat(38);
    let beyond = format!("1{}", "0".repeat(38));
    let (flat, table) = [long, next, &most, &format!("-{most}"), &beyond].into_iter().fold(
        (String::new(), "ts,event,k\n".to_owned()),
        |(flat, table), k| {
            let line = format!("{{\"ts\":1718000000,\"event\":\"x\",\"k\":{k},\"l\":[{k}, 1]}}\n");
            (flat + &line, format!("{table}1718000000,x,{k}\n"))
        },
    );
    let whole = |digits: &str| Some(Value::Integer(digits.parse().unwrap()));
    let want =
        [whole(long), whole(next), whole(&most), whole(&format!("-{most}")), Some(text(&beyond))];
    for log in [&flat, &table] {
        let (_, tape) = load_text(log, &EventSettings::default(), &["k"]);
        assert_eq!(values(&tape, 0), want, "{log}");
    }
    let (_, tape) = load_text(&flat, &EventSettings::default(), &["l"]);
    let lists = want.map(|k| Some(Value::List(vec![k.unwrap(), Value::Integer(1)])));
    assert_eq!(values(&tape, 0), lists);

    let metarank = format!(
        "{{\"event\":\"interaction\",\"id\":1,\"timestamp\":1718000000000,\"type\":\"x\",\"item\":{long},\
         \"fields\":[{{\"name\":\"f\",\"value\":{next}}},{{\"value\":{long},\"name\":\"g\"}}]}}\n"
    );
    let (_, tape) = load_text(metarank, &EventSettings::default(), &["item", "f", "g"]);
    let found = [0, 1, 2].map(|attribute| values(&tape, attribute));
    assert_eq!(found, [vec![whole(long)], vec![whole(next)], vec![whole(long)]]);
}

/// Of members with one name the last holds, whatever it is, as readers of JSON have it.
#[test]
fn the_last_member_of_a_name_holds() {
    for (members, want) in [
        (r#""v":"f","v":null"#, None),
        (r#""v":null,"v":"f""#, Some(text("f"))),
        (r#""v":1,"v":"x""#, Some(text("x"))),
        (r#""v":1,"v":{"w":2}"#, None),
        (r#""v":[1],"v":2,"v":[]"#, Some(Value::List(vec![]))),
        (r#""g":{"v":1},"g":{"v":2}"#, Some(Value::Integer(2))),
        (r#""g":{"v":1},"g":{"w":2}"#, None),
        (r#""g":{"v":1},"g":null"#, None),
        (r#""g":{"v":1,"v":null}"#, None),
        (r#""g.v":null,"g":{"v":1}"#, Some(Value::Integer(1))),
        (r#""g.v":3,"g":{"v":1},"g":{"v":2}"#, Some(Value::Integer(3))),
        (r#""g.v":3,"g.v":null,"g":{"v":1}"#, Some(Value::Integer(1))),
    ] {
        let line = format!("{{\"ts\":1718000000,\"event\":\"x\",{members}}}");
        let name = if members.contains("\"g") { "g.v" } else { "v" };
        let (_, tape) = load_text(&line, &EventSettings::default(), &[name]);
        assert_eq!(values(&tape, 0), [want], "{line}");
    }
    let line = r#"{"event":"interaction","timestamp":1718000000000,"type":"x","item":"a","item":"b","fields":[{"name":"v","value":1}],"fields":[{"name":"w","value":2}]}"#;
    let (_, tape) = load_text(line, &EventSettings::default(), &["item", "v", "w"]);
    let found = [0, 1, 2].map(|attribute| values(&tape, attribute));
    assert_eq!(found, [vec![Some(text("b"))], vec![None], vec![Some(Value::Integer(2))]]);
}

/// A type is a text, a number, `true` or `false`: a list says nothing of which type an event is.
#[test]
fn a_list_is_no_type() {
    for (kind, want) in [
        ("\"x\"", Some("x")),
        ("7", Some("7")),
        ("18446744073709551617", Some("18446744073709551617")),
        ("true", Some("true")),
        ("[\"x\"]", None),
        ("[]", None),
        ("{\"x\":1}", None),
    ] {
        let flat = format!("{{\"ts\":1718000000,\"event\":{kind}}}");
        let metarank = format!(
            "{{\"event\":\"interaction\",\"timestamp\":1718000000000,\"type\":{kind},\"item\":1}}"
        );
        for (line, format) in [(flat, Format::Flat), (metarank, Format::Metarank)] {
            let settings = EventSettings { format: Some(format), ..EventSettings::default() };
            let (_, tape) = load_text(&line, &settings, &["item"]);
            assert_eq!(types(&tape), Vec::from_iter(want), "{line}");
            let rejected: &[_] = if want.is_none() { &[(Reason::NoType, 1)] } else { &[] };
            assert_eq!(tape.rejections().by_count(), rejected, "{line}");
        }
    }
}

/// The unit of a time changes exactly at its bounds, in every format.
#[test]
fn the_unit_of_a_time_is_exact_at_its_bounds() {
    // The last microsecond below the bound is in the year 5138, the first nanosecond in 1973.
    for (time, want) in [
        ("99999999999", None),
        ("100000000000", Some(100_000_000_000)),
        ("99999999999999", None),
        ("100000000000000", Some(100_000_000_000)),
        ("99999999999999999", None),
        ("100000000000000000", Some(100_000_000_000)),
        ("100000000000000001", Some(100_000_000_000)),
    ] {
        let logs = [
            format!("{{\"ts\":{time},\"event\":\"x\"}}"),
            format!("{{\"ts\":\"{time}\",\"event\":\"x\"}}"),
            format!("ts,event\n{time},x\n"),
            format!("ts;event\n\" {time}\";x\n"),
        ];
        for log in logs {
            let (_, tape) = load_text(&log, &EventSettings::default(), &[]);
            assert_eq!(*tape.times(..), *Vec::from_iter(want), "{log}");
            let rejected: &[_] = if want.is_none() { &[(Reason::TimeOutOfRange, 1)] } else { &[] };
            assert_eq!(tape.rejections().by_count(), rejected, "{log}");
        }
    }
}
