//! Logs from files: packing, rejections, detection, order, merging, and how they reach the tape.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use counterscope::base::events::{EventSettings, Format, ImpressionSettings, Order};
use counterscope::base::time::TimeUnit;
use counterscope::base::{Millis, Timestamp, Value};
use counterscope::log::{Compression, LONGEST_LINE, LogError, Reader};
use counterscope::tape::{Arrangement, Demand, ImpressionsStatus, Reason, RowKind, Tape};
use tempfile::TempDir;

const FLAT: &str = r#"{"ts":1718000000,"event":"show","user":"u1","post":7,"geo":{"country":"DE"}}
{"ts":1718000010,"event":"like","user":"u2","post":"7","tags":["a","b"],"watch":1.5}
{"ts":1718000020,"event":"show","user":"u1","post":8,"ok":true}
"#;

fn attributes(names: &[&str]) -> Vec<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

fn write(folder: &TempDir, name: &str, bytes: impl AsRef<[u8]>) -> PathBuf {
    let path = folder.path().join(name);
    fs::write(&path, bytes).unwrap();
    path
}

/// Reads logs to their end.
fn load(paths: &[PathBuf], settings: &EventSettings, names: &[&str]) -> (Reader, Tape) {
    let names = attributes(names);
    let mut reader = Reader::open(paths, settings, &names).unwrap();
    let demand = Demand { settings: settings.clone(), attributes: names, listed: false };
    let mut tape = Tape::new(demand);
    while let Some(batch) = reader.next_batch().unwrap() {
        tape.extend(batch);
    }
    tape.finish();
    (reader, tape)
}

fn load_text(text: impl AsRef<[u8]>, settings: &EventSettings, names: &[&str]) -> (Reader, Tape) {
    let folder = TempDir::new().unwrap();
    let path = write(&folder, "log", text);
    load(&[path], settings, names)
}

fn values(tape: &Tape, attribute: usize) -> Vec<Option<Value>> {
    let column = tape.column(attribute);
    column.ids().iter().map(|id| column.value(*id).cloned()).collect()
}

fn types(tape: &Tape) -> Vec<&str> {
    let name = |row| tape.type_id(row).map_or("-", |id| &tape.type_names()[id as usize]);
    (0..tape.rows()).map(name).collect()
}

fn text(text: &str) -> Option<Value> {
    Some(Value::Text(text.into()))
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    packer.write_all(bytes).unwrap();
    packer.finish().unwrap()
}

#[test]
fn a_flat_log_is_read_by_its_members() {
    let names = ["user", "post", "geo.country", "tags", "watch", "ok", "event", "ts"];
    let (reader, tape) = load_text(FLAT, &EventSettings::default(), &names);
    assert_eq!(types(&tape), ["show", "like", "show"]);
    assert_eq!(tape.times(), [1_718_000_000_000, 1_718_000_010_000, 1_718_000_020_000]);
    assert_eq!(values(&tape, 0), [text("u1"), text("u2"), text("u1")]);
    let post = [Some(Value::Integer(7)), text("7"), Some(Value::Integer(8))];
    assert_eq!(values(&tape, 1), post, "a number and its digits are two values");
    assert_eq!(values(&tape, 2), [text("DE"), None, None]);
    let tags = Value::List(vec![Value::Text("a".into()), Value::Text("b".into())]);
    assert_eq!(values(&tape, 3), [None, Some(tags), None]);
    assert_eq!(values(&tape, 4), [None, Some(Value::Float(1.5)), None]);
    assert_eq!(values(&tape, 5), [None, None, Some(Value::Bool(true))]);
    assert_eq!(values(&tape, 6), [text("show"), text("like"), text("show")]);
    assert_eq!(values(&tape, 7)[0], Some(Value::Integer(1_718_000_000)));
    assert_eq!(tape.rejections().total(), 0);
    assert_eq!(tape.impressions(), ImpressionsStatus::Unused);
    let detected = reader.detected().unwrap();
    assert_eq!((detected.format, detected.format_name), (Format::Flat, "flat"));
    assert_eq!((detected.timestamp.as_str(), detected.kind.as_str()), ("ts", "event"));
    assert_eq!(detected.unit, Some(TimeUnit::Seconds));
    assert_eq!(detected.compression, Compression::None);
    let progress = reader.progress();
    assert_eq!((progress.bytes, progress.total_bytes), (FLAT.len() as u64, FLAT.len() as u64));
    assert_eq!(progress.lines, 3);
}
