//! Logs that are broken, absurd or meant to harm: counted rejections, in bounded memory.

#[cfg(target_os = "linux")]
use std::io::Read as _;
#[cfg(target_os = "linux")]
use std::process::Command;

use counterscope::base::Value;
use counterscope::base::events::EventSettings;
use counterscope::log::EventSource;
use counterscope::tape::{Reason, Tape};
use tempfile::TempDir;

use crate::log::{gzip, load, load_text, text, types, values, write};

fn read(log: impl AsRef<[u8]>, names: &[&str]) -> Tape {
    load_text(log, &EventSettings::default(), names).1
}

/// A line of each encoding with this value, behind what tells the encoding.
fn lines(json: &[u8], cell: &[u8]) -> [Vec<u8>; 2] {
    [
        [b"{\"ts\":1718000000,\"type\":\"a\",\"v\":", json, b"}\n"].concat(),
        [b"ts,type,v\n1718000000,a,", cell, b"\n"].concat(),
    ]
}

#[test]
fn numbers_that_are_none_and_numbers_beyond_all_bounds() {
    let float = |number: f64| Some(Value::Float(number));
    for (written, json, csv) in [
        ("1e999", Err(Reason::InvalidJson), Some(text("1e999"))),
        ("NaN", Ok(None), Some(text("NaN"))),
        ("-Infinity", Ok(None), Some(text("-Infinity"))),
        ("1e308", Ok(float(1e308)), float(1e308)),
        (
            "123456789012345678901234567890",
            Ok(Some(Value::Integer(123_456_789_012_345_678_901_234_567_890))),
            Some(Value::Integer(123_456_789_012_345_678_901_234_567_890)),
        ),
        ("-0", Ok(Some(Value::Integer(0))), Some(Value::Integer(0))),
    ] {
        let [first, second] = lines(written.as_bytes(), written.as_bytes());
        let tape = read(first, &["v"]);
        match json {
            Ok(value) => assert_eq!(values(&tape, 0), [value], "{written}"),
            Err(reason) => assert_eq!(tape.rejections().by_count(), [(reason, 1)], "{written}"),
        }
        assert_eq!(values(&read(second, &["v"]), 0), [csv], "{written}");
    }
    for time in ["1e999", "-1", "99999999999999999999999", "NaN"] {
        let tape = read(format!("ts,type\n1718000000,a\n{time},a\n"), &[]);
        assert_eq!((tape.events(), tape.rejections().total()), (1, 1), "{time}");
    }
}

#[test]
fn bytes_that_are_no_text() {
    for half in [&b"\"\xc3\""[..], b"\"\xf0\x9f\"", b"\"\xed\xa0\x80\"", b"\"\xff\""] {
        for log in lines(half, half) {
            // The same at the very end of the log, where the rest of the letter may be missing.
            for length in [log.len(), log.len() - 2] {
                let tape = read(&log[..length], &["v"]);
                assert_eq!(tape.events(), 0);
                assert_eq!(tape.rejections().by_count(), [(Reason::NotUtf8, 1)]);
            }
        }
    }
    let [json, csv] = lines(b"\"a\0b\"", b"a\0b");
    assert_eq!(read(json, &["v"]).rejections().by_count(), [(Reason::InvalidJson, 1)]);
    assert_eq!(values(&read(csv, &["v"]), 0), [Some(text("a\0b"))]);
    let [json, _] = lines(br#""a\u0000b""#, b"");
    assert_eq!(values(&read(json, &["v"]), 0), [Some(text("a\0b"))]);
    let zeros = read(vec![0; 100_000], &["v"]);
    assert_eq!(zeros.rejections().by_count(), [(Reason::InvalidJson, 1)]);
    assert_eq!(zeros.rejections().examples()[0].excerpt.replace("\\u{0}", ""), "…");
}

#[test]
fn a_column_may_change_its_type() {
    let json = br#"{"ts":1718000000,"type":"a","v":1}
{"ts":1718000001,"type":1,"v":"1"}
{"ts":"1718000002","type":true,"v":[1,"1",{}]}
{"ts":"2024-06-10T06:13:23Z","type":"a","v":{"v":1}}
"#;
    let tape = read(json, &["v", "v.v"]);
    assert_eq!(types(&tape), ["a", "1", "true", "a"]);
    let list = Value::List(vec![Value::Integer(1), text("1")]);
    assert_eq!(values(&tape, 0), [Some(Value::Integer(1)), Some(text("1")), Some(list), None]);
    assert_eq!(values(&tape, 1)[3], Some(Value::Integer(1)));
    let csv = "ts,type,v\n1718000000,a,1\n2024-06-10T06:13:21Z,2,x\n1718000002000,true,true\n";
    let tape = read(csv, &["v"]);
    assert_eq!(types(&tape), ["a", "2", "true"]);
    assert_eq!(values(&tape, 0), [Value::Integer(1), text("x"), Value::Bool(true)].map(Some));
}

#[test]
fn a_log_without_anything_in_it() {
    let whitespace = " \r\n".repeat(300_000);
    for (log, lines) in [
        ("", 0),
        ("\n", 1),
        ("\u{feff}", 1),
        ("\u{feff}\r\n\r\n", 2),
        ("ts,type\n", 1),
        (whitespace.as_str(), 300_000),
    ] {
        for packed in [log.as_bytes().to_vec(), gzip(log.as_bytes())] {
            let (reader, tape) = load_text(packed, &EventSettings::default(), &["v"]);
            assert_eq!((tape.events(), tape.rejections().total()), (0, 0), "{log:.10}");
            assert_eq!(reader.progress().lines, lines, "{log:.10}");
            assert!(tape.is_finished() && tape.clock(0).is_none());
        }
    }
}

#[test]
fn marks_and_line_ends_of_other_systems() {
    let json = "\u{feff}{\"ts\":1718000000,\"type\":\"a\",\"v\":1}\r\n\r\n{\"ts\":1718000001,\"type\":\"b\",\"v\":2}\r\n";
    let csv = "\u{feff}ts,type,v\r\n1718000000,a,1\r\n\r\n1718000001,b,2\r\n";
    for log in [json, csv] {
        let tape = read(log, &["v"]);
        assert_eq!(types(&tape), ["a", "b"]);
        assert_eq!(values(&tape, 0), [1, 2].map(|v| Some(Value::Integer(v))));
        assert_eq!(tape.rejections().total(), 0);
    }
}

#[test]
fn the_last_of_equal_names_holds() {
    let json = r#"{"ts":1,"v":1,"type":"a","v":2,"ts":1718000000,"type":"b","v":null}"#;
    let csv = "ts,v,type,v,ts,type,v\n1,1,a,2,1718000000,b,\n";
    // A null is a value that takes the place of the one before; an empty cell is none.
    for (log, value) in [(json, None), (csv, Some(Value::Integer(2)))] {
        let tape = read(log, &["v"]);
        assert_eq!(types(&tape), ["b"]);
        assert_eq!(*tape.times(..), [1_718_000_000_000]);
        assert_eq!(values(&tape, 0), [value]);
    }
}

#[test]
fn more_types_than_there_are_numbers() {
    let (most, all) = (65_535, 100_000);
    let line = |n: usize| format!("{{\"ts\":1718000000,\"type\":\"t{n}\"}}\n");
    let log: String = (0..all).map(line).collect();
    let tape = read(log + "{\"ts\":1718000001,\"type\":\"t7\"}\n", &[]);
    assert_eq!(tape.type_names().len(), most);
    assert_eq!(tape.events(), most + 1, "types that are known are read on");
    assert_eq!(tape.rejections().by_count(), [(Reason::TooManyTypes, (all - most) as u64)]);
}

#[test]
fn an_object_of_a_million_members() {
    let member = |n: u32| format!("\"m{n}\":0,");
    let members: String = (0..1_000_000).map(member).collect();
    let tape = read(
        format!("{{{members}\"ts\":1718000000,\"type\":\"a\"}}\n{{\"ts\":1,\"type\":\"a\"}}"),
        &["m999999"],
    );
    assert_eq!(values(&tape, 0), [Some(Value::Integer(0))]);
    assert_eq!(tape.rejections().by_count(), [(Reason::TimeOutOfRange, 1)]);
    let name = |n: u32| format!("m{n},");
    let columns: String = (0..200_000).map(name).collect();
    let cells = "0,".repeat(200_000);
    let tape = read(
        format!("{columns}ts,type\n{cells}1718000000,a\n{cells}{cells}{cells}\n{cells}\n"),
        &["m199999"],
    );
    assert_eq!(values(&tape, 0), [Some(Value::Integer(0))]);
    assert_eq!(tape.rejections().by_count(), [(Reason::WrongCells, 2)]);
}

#[test]
fn a_packed_table_that_is_cut_off() {
    let folder = TempDir::new().unwrap();
    let line = |n: u32| format!("{},a,\"{}\"\n", 1_718_000_000 + n, n * n);
    let log: String = (0..20_000).map(line).collect();
    let mut packed = gzip(format!("ts,type,v\n{log}").as_bytes());
    packed.truncate(packed.len() / 2);
    let (_, tape) = load(&[write(&folder, "cut", packed)], &EventSettings::default(), &["v"]);
    assert!((100..20_000).contains(&tape.events()), "{}", tape.events());
    assert_eq!(tape.rejections().count(Reason::DamagedStream), 1);
    assert!(tape.rejections().total() <= 2, "a record may be open where the stream ends");
}

/// The program may take no more than this for it, which is far less than the line.
#[cfg(target_os = "linux")]
#[test]
fn a_line_of_hundreds_of_megabytes() {
    let folder = TempDir::new().unwrap();
    let config = "features: [{name: n, type: interaction_count, interaction: a, scope: global}]";
    let config = write(&folder, "c.yaml", config);
    let good = "{\"ts\":1718000000,\"type\":\"a\"}\n";
    for (name, before) in [("bare", "x"), ("within", "{\"ts\":1718000000,\"type\":\"a\",\"v\":\"")]
    {
        let line = before.as_bytes().chain(std::io::repeat(b'x').take(400 << 20));
        let log = good.as_bytes().chain(line).chain(&b"\"}\n"[..]).chain(good.as_bytes());
        let path = write(&folder, name, zstd::encode_all(log, 1).unwrap());
        let ran = Command::new("sh")
            .args(["-c", "ulimit -v 350000; exec \"$0\" values \"$1\" \"$2\""])
            .arg(env!("CARGO_BIN_EXE_counterscope"))
            .args([&config, &path])
            .output()
            .unwrap();
        let [out, err] = [ran.stdout, ran.stderr].map(|bytes| String::from_utf8(bytes).unwrap());
        assert!(ran.status.success() && out.contains("\"value\": 2"), "{name}: {out} {err}");
        assert!(err.contains("1 line too long"), "{name}: {err}");
    }
}
