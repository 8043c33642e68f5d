//! Logs as CSV: how a head is told, cells, records over several lines, and what is no record.

use std::fmt::Write as _;

use counterscope::base::Value;
use counterscope::base::events::{EventSettings, Format};
use counterscope::base::time::TimeUnit;
use counterscope::base::time_format::TimeFormat;
use counterscope::base::time_rules::TimeRules;
use counterscope::log::{Compression, Encoding, EventSource, LogError, Reader};
use counterscope::tape::{Reason, Tape};
use tempfile::TempDir;

use crate::log::{attributes, gzip, load, load_text, text, types, values, write};

const SHOP: &str = "\
user,ts,event,price,geo.country,ok,note\r
u1,2024-06-10T06:00:00Z,click,1.5,DE,true,\"a, \"\"b\"\"\"\r
u2,1718000400,buy,20,,FALSE,\r
007,\"2024-06-10 06:30:00\",click,free,FR,,\"two\r
lines\"\r
";

fn integer(whole: i128) -> Value {
    Value::Integer(whole)
}

fn integers<const N: usize>(whole: [i128; N]) -> [Option<Value>; N] {
    whole.map(|whole| Some(integer(whole)))
}

fn reasons(tape: &Tape) -> Vec<(Reason, u64)> {
    tape.rejections().by_count()
}

#[test]
fn a_table_is_read_by_its_head() {
    let names = ["user", "price", "geo.country", "ok", "note", "event", "ts", "nothing"];
    let (reader, tape) = load_text(SHOP, &EventSettings::default(), &names);
    assert_eq!(reasons(&tape), []);
    assert_eq!(types(&tape), ["click", "buy", "click"]);
    assert_eq!(*tape.times(..), [1_717_999_200_000, 1_718_000_400_000, 1_718_001_000_000]);
    assert_eq!(values(&tape, 0), ["u1", "u2", "007"].map(|user| Some(text(user))));
    assert_eq!(values(&tape, 1), [Some(Value::Float(1.5)), Some(integer(20)), Some(text("free"))]);
    assert_eq!(values(&tape, 2), [Some(text("DE")), None, Some(text("FR"))]);
    assert_eq!(values(&tape, 3), [Some(Value::Bool(true)), Some(Value::Bool(false)), None]);
    assert_eq!(values(&tape, 4), [Some(text("a, \"b\"")), None, Some(text("two\nlines"))]);
    assert_eq!(values(&tape, 6)[1], Some(integer(1_718_000_400)));
    assert_eq!(values(&tape, 7), [None, None, None]);
    assert_eq!((0..3).map(|row| tape.line(row)).collect::<Vec<_>>(), [1, 2, 3]);
    let detected = reader.detected().unwrap();
    assert_eq!((detected.format, detected.encoding), (Format::Flat, Encoding::Csv));
    assert_eq!((detected.timestamp.as_str(), detected.kind.as_deref()), ("ts", Some("event")));
    assert_eq!(detected.unit, Some(TimeUnit::Seconds), "the first time that is a number");
    assert_eq!(reader.progress().lines, 5);
}

#[test]
fn a_cell_in_brackets_is_no_json() {
    for (head, name) in [("{a},b,ts,type", "{a}"), ("[a];b;ts;type", "[a]"), ("{},b,ts,type", "b")]
    {
        let by = if head.contains(';') { ";" } else { "," };
        let log = format!("{head}\n") + &"{x},y,1718000000,click\n".replace(',', by);
        let (reader, tape) = load_text(&log, &EventSettings::default(), &[name, "b"]);
        if name == "b" {
            // `{}` is an object.
            assert_eq!(tape.rows(), 0);
            continue;
        }
        assert_eq!(reasons(&tape), [], "{log}");
        assert_eq!(reader.detected().unwrap().encoding, Encoding::Csv);
        assert_eq!(values(&tape, 0), [Some(text("{x}"))]);
        assert_eq!(values(&tape, 1), [Some(text("y"))]);
    }
}

#[test]
fn every_delimiter_and_packing_reads_alike() {
    let folder = TempDir::new().unwrap();
    let plain = SHOP.replace(',', ";").replace("a; ", "a, ");
    let names = ["user", "price", "note"];
    let (_, want) = load_text(SHOP, &EventSettings::default(), &names);
    let tabs = plain.replace(';', "\t");
    let bars = format!("\u{feff}\r\n\n{}", plain.replace(';', "|"));
    for (name, bytes, compression) in [
        ("a.json", plain.clone().into_bytes(), Compression::None),
        ("b", gzip(tabs.as_bytes()), Compression::Gzip),
        ("c", zstd::encode_all(bars.as_bytes(), 3).unwrap(), Compression::Zstd),
    ] {
        let path = write(&folder, name, bytes);
        let (reader, tape) = load(&[path], &EventSettings::default(), &names);
        assert_eq!(types(&tape), types(&want), "{name}");
        for attribute in 0..names.len() {
            assert_eq!(values(&tape, attribute), values(&want, attribute), "{name}");
        }
        assert_eq!(reader.detected().unwrap().compression, compression);
        assert_eq!(reasons(&tape), [], "{name}");
    }
}

#[test]
fn the_config_names_columns() {
    let log = "when,what,nr\n1718000000,show,1\n1718000001,show,1\n1718000002,,2\n,show,3\n";
    let settings = EventSettings {
        timestamp: Some("when".into()),
        kind: Some("what".into()),
        id: Some("nr".into()),
        dedup: Some(counterscope::base::Millis::DAY),
        times: TimeRules::in_unit(TimeUnit::Seconds),
        ..EventSettings::default()
    };
    let (_, tape) = load_text(log, &settings, &["when"]);
    assert_eq!(types(&tape), ["show"]);
    for reason in [Reason::DuplicateId, Reason::NoType, Reason::NoTimestamp] {
        assert_eq!(tape.rejections().count(reason), 1, "{reason}");
    }
    // Nothing in this head says what happened, so the lines are what they would be without it.
    let (_, tape) = load_text(log, &EventSettings::default(), &[]);
    assert_eq!(reasons(&tape), [(Reason::InvalidJson, 4)]);
}

#[test]
fn blanks_around_names_are_around_cells_too() {
    let cells = |log: &str| {
        let (_, tape) = load_text(log, &EventSettings::default(), &["item", "n"]);
        [values(&tape, 0), values(&tape, 1)].concat()
    };
    let [padded, exact] = ["ts, type, item ,n\n", "ts,type,item,n\n"]
        .map(|head| cells(&format!("{head}1718000000, click, a , 7\n")));
    assert_eq!(padded, [Some(text("a")), Some(Value::Integer(7))]);
    assert_eq!(exact, [Some(text(" a ")), Some(text(" 7"))]);
}

#[test]
fn lines_may_end_with_a_carriage_return_alone() {
    for end in ["\n", "\r\n", "\r"] {
        let lines = ["ts,type,n", "1718000000,show,1", "1718000001,show,2", ""];
        let (reader, tape) = load_text(lines.join(end), &EventSettings::default(), &["n"]);
        assert_eq!(values(&tape, 0), integers([1, 2]), "{end:?}");
        assert_eq!(reader.progress().lines, 3, "{end:?}");
    }
}

#[test]
fn a_mark_within_a_cell_is_text() {
    let log = "\u{feff}ts,type,note\n1718000000,click,\"a\n\u{feff}b\"\n";
    let (_, tape) = load_text(log, &EventSettings::default(), &["note"]);
    assert_eq!(values(&tape, 0), [Some(text("a\n\u{feff}b"))]);
}

#[test]
fn a_record_that_is_none_costs_its_first_line_only() {
    let good = |n: u32| format!("{},show,{n}", 1_718_000_000 + n);
    let lines = [
        "ts,type,n".to_owned(),
        good(1),
        "1718000002,show".into(),
        "1718000002,show,2,more".into(),
        good(3),
        "1718000004,show,\"never closed".into(),
        good(5),
        String::new(),
        "1718000006,\u{fffd}".into(),
        good(7),
    ];
    let mut log = lines.join("\n").into_bytes();
    // What is written as the replacement character was a byte that is no text.
    let at = log.windows(3).position(|bytes| bytes == "\u{fffd}".as_bytes()).unwrap();
    log.splice(at..at + 3, [0xff]);
    let (reader, tape) = load_text(log, &EventSettings::default(), &["n"]);
    assert_eq!(values(&tape, 0), integers([1, 3, 5, 7]));
    assert_eq!(reasons(&tape), [(Reason::WrongCells, 3), (Reason::NotUtf8, 1)]);
    let broken: Vec<_> = tape.rejections().examples().iter().map(|e| e.line).collect();
    assert_eq!(broken, [2, 3, 5, 8]);
    assert_eq!(reader.progress().lines, 10);
}

#[test]
fn a_quote_that_nothing_closes_does_not_swallow_the_log() {
    let mut log = "ts,type,n\n1718000000,show,\"\n".to_owned();
    for n in 0..100_000 {
        writeln!(log, "{},show,{n}", 1_718_000_000 + n).unwrap();
    }
    let (_, tape) = load_text(log, &EventSettings::default(), &["n"]);
    assert_eq!(tape.events(), 100_000);
    assert_eq!(reasons(&tape), [(Reason::WrongCells, 1)]);
}

#[test]
fn logs_of_several_encodings_are_one() {
    let folder = TempDir::new().unwrap();
    let table = write(&folder, "1", "ts;event;n\n1718000000;a;1\n1718000020;c;3\n");
    let json = write(&folder, "2", "{\"time\":1718000010,\"type\":\"b\",\"n\":2}\n");
    let other = write(&folder, "3", "n,type,created_at\n4,d,2024-06-10T06:14:00Z\n");
    let orders = [[&table, &json, &other], [&json, &other, &table], [&other, &table, &json]];
    for paths in orders {
        let paths = paths.map(Clone::clone);
        let (_, tape) = load(&paths, &EventSettings::default(), &["n"]);
        assert_eq!(types(&tape), ["a", "b", "c", "d"]);
        assert_eq!(values(&tape, 0), integers([1, 2, 3, 4]));
        assert_eq!(reasons(&tape), []);
    }
}

#[test]
fn metarank_and_tables_do_not_mix() {
    let folder = TempDir::new().unwrap();
    let events =
        r#"{"event":"interaction","id":"1","timestamp":1718000000,"type":"click","item":"a"}"#;
    let paths = [write(&folder, "1", events), write(&folder, "2", SHOP)];
    let names = attributes(&["item"]);
    let mut reader = Reader::open(&paths, &EventSettings::default(), &names).unwrap();
    assert_eq!(reader.next_batch().unwrap().unwrap().len(), 1);
    let error = reader.next_batch().unwrap_err();
    assert!(matches!(error, LogError::NotMetarank { .. }), "{error}");
    assert!(error.to_string().contains("is CSV"), "{error}");
}

#[test]
fn a_log_is_the_same_log_only_under_the_same_head() {
    let print = |log: &str, names: &[&str]| {
        load_text(log, &EventSettings::default(), names).1.fingerprint(3)
    };
    assert_eq!(print(SHOP, &["price"]), print(SHOP, &["user", "note"]));
    assert_ne!(print(SHOP, &[]), print(&SHOP.replace("price", "cost"), &[]));
    assert_ne!(print(SHOP, &[]), print(&SHOP.replace("lines", "rows"), &[]));
}

/// The head of a table that lacks what makes events is no row that was rejected.
#[test]
fn a_head_without_a_time_is_no_row() {
    let rows = |count: usize| "click,7\n".repeat(count);
    for (log, rejected) in [
        (format!("type,qty\n{}", rows(900)), 900),
        (format!("type;qty\n{}", rows(2000).replace(',', ";")), 2000),
        (format!("\u{feff}type,qty\r\n{}", rows(3)), 3),
        // Lines that are no table, and a line that is alone.
        ("type,qty\n".to_owned(), 1),
        ("type,qty\na,b,c\n".to_owned(), 2),
        ("1,2\n3,4\n".to_owned(), 2),
        ("\"a\",\"b\":1}\n{\"a\":1,\"b\":2}\n".to_owned(), 2),
    ] {
        let (_, tape) = load_text(&log, &EventSettings::default(), &["qty"]);
        assert_eq!(tape.rejections().total(), rejected, "{}", log.lines().next().unwrap());
        let first = tape.rejections().examples()[0].line;
        assert_eq!(first, u64::from(!log.contains("\n1,2") && rejected > 2), "{log:.20}");
    }
    let settings = EventSettings::default();
    let event = "{\"ts\":1718000000,\"type\":\"click\"}\n";
    let (_, tape) = load_text(format!("a,b\n{event}"), &settings, &[]);
    assert_eq!((tape.events(), tape.rejections().total()), (1, 1));
}

#[test]
fn digits_under_a_format_are_text_whatever_their_number() {
    let times = |pattern: &str, parts: &[&str]| EventSettings {
        times: TimeRules {
            format: Some(TimeFormat::new(pattern).unwrap()),
            parts: attributes(parts),
            ..TimeRules::default()
        },
        ..EventSettings::default()
    };
    // 2024-03-20T10:22:31.188Z.
    let want = 1_710_930_151_188;
    for (pattern, cell) in [
        ("%Y%m%d%H%M%S%3f", "20240320102231188"),
        ("%Y%m%d%H%M%S%6f", "20240320102231188000"),
        ("%Y%m%d%H%M%S%9f", "20240320102231188000000"),
        ("1%Y%m%d%H%M%S0000000000000000000000%3f", "1202403201022310000000000000000000000188"),
    ] {
        let settings = times(pattern, &[]);
        for log in [
            format!("ts,type\n{cell},a\n"),
            format!("{{\"ts\":{cell},\"type\":\"a\"}}\n"),
            format!("{{\"ts\":\"{cell}\",\"type\":\"a\"}}\n"),
        ] {
            let (_, tape) = load_text(&log, &settings, &[]);
            assert_eq!((reasons(&tape), &*tape.times(..)), (vec![], &[want][..]), "{log}");
        }
    }
    // Digits behind a point, which a number of 64 bits has not all of.
    for (pattern, cell, want) in [
        ("%Y%m%d%H%M%S%.f", "20240320102231.189", want + 1),
        ("%Y%m%d%H%M%S.%3f", "20240320102231.100", want - 88),
        ("%Y%m%d%H%M%S.%3f", "20240320102231.000", want - 188),
        ("%Y.%m", "2024.10", 1_727_740_800_000),
        ("%Y%m%d", "20240320.0", 1_710_892_800_000),
    ] {
        let log = format!("ts,type,price\n{cell},a,{cell}\n");
        let (_, tape) = load_text(&log, &times(pattern, &[]), &["price", "ts"]);
        assert_eq!((reasons(&tape), &*tape.times(..)), (vec![], &[want][..]), "{log}");
        let number = cell.parse().ok().and_then(Value::number);
        assert_eq!([values(&tape, 0), values(&tape, 1)], [[number.clone()], [number]], "{log}");
    }
    // A word of a time.
    let log = "ts,clock,type\n2024-03-20,10.20,a\n";
    let (_, tape) = load_text(log, &times("%Y-%m-%d %H.%M", &["clock"]), &[]);
    assert_eq!((reasons(&tape), &*tape.times(..)), (vec![], &[1_710_930_000_000][..]));
    let log = "ts,rest,type\n2024-03-20,10223118800000000000,a\n";
    let (_, tape) = load_text(log, &times("%Y-%m-%d %H%M%S%3f00000000000", &["rest"]), &[]);
    assert_eq!((reasons(&tape), &*tape.times(..)), (vec![], &[1_710_930_151_188][..]));
}
