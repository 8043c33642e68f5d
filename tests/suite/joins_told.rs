//! What is told of metadata: in `check`, in notes, and in the workbench, which sees when a file of
//! metadata is no longer what it was.

use std::fs;
use std::time::{Duration, UNIX_EPOCH};

use counterscope::session::snapshot::LogChange;

use crate::commands::Place;
use crate::live::{Live, setup};
use crate::stage::Stage;

const FEATURES: &str =
    "features:\n- {name: clicks, type: counter, interaction: click, scope: query.text}\n";
/// Five events, and what is said of two queries.
const MIXED: &str = r#"{"ts":1650000000,"q":1,"text":"ram"}
{"ts":1650000001,"type":"click","q":1}
{"ts":1650000002,"type":"click","q":1}
{"ts":1650000003,"q":2,"text":"cpu"}
{"ts":1650000004,"type":"show","q":2}
{"ts":1650000005,"type":"show","q":2}
{"ts":1650000006,"type":"click","q":2}
"#;

fn entry(entry: &str) -> String {
    format!("events: {{metadata: [{entry}]}}\n{FEATURES}")
}

#[test]
fn the_log_view_tells_metadata_from_events() {
    let place = Place::new();
    place.write("log.ndjson", MIXED);
    let config = entry("{when: {text: {exists: true}}, key: q, as: query}");
    place.write("c.yaml", &config);
    let checked = place.run(&["check", "c.yaml", "log.ndjson"]).out;
    for words in ["log: 5 events", "metadata: 2 of query"] {
        assert!(checked.contains(words), "{words}: {checked}");
    }
    let log = place.path().join("log.ndjson");
    let mut stage = Stage::open(("c.yaml", &config), &log, (100, 30));
    stage.press("6");
    let text = stage.text();
    for words in ["events       5 (5 applied)", "metadata     2 of query"] {
        assert!(text.contains(words), "{words}:\n{text}");
    }
    // Two steps back there is an event less each time, also where one is metadata.
    stage.press(", , , ,");
    assert!(stage.text().contains("events       5 (2 applied)"), "{}", stage.text());
}

#[test]
fn each_file_of_metadata_is_told_by_its_name() {
    let place = Place::new();
    place.write("log.ndjson", MIXED);
    place.write("a.csv", "q,text\n1,ram\n,lost\n2,cpu\n");
    place.write("b.ndjson", "{\"ts\":1650000000,\"q\":1,\"lang\":\"de\"}\n{\"q\":2}\n");
    let files = |folder: &str| {
        entry(&format!(
            "{{file: '{folder}a.csv', key: q, as: query}}, \
             {{file: '{folder}b.ndjson', key: q, as: query}}"
        ))
    };
    place.write("c.yaml", &files(""));
    let checked = place.run(&["check", "c.yaml", "log.ndjson"]).out;
    for words in [
        "metadata in `a.csv`: no times, known from the beginning\n",
        "rejected in `a.csv`: 1 line, metadata without a key\n  line 3: ,lost\n",
        "rejected in `b.ndjson`: 1 line, no timestamp\n  line 2: {\"q\":2}\n",
    ] {
        assert!(checked.contains(words), "{words}: {checked}");
    }
    assert!(!checked.contains("metadata in `b.ndjson`"), "{checked}");
    let facts = place.run(&["check", "c.yaml", "log.ndjson", "--format", "json"]).json();
    let told = &facts.last().unwrap()["metadata_files"];
    let want = serde_json::json!([
        {"file": "a.csv", "lines": 2, "timeless": true,
            "rejected_by_reason": {"metadata without a key": 1}},
        {"file": "b.ndjson", "lines": 1, "timeless": false,
            "rejected_by_reason": {"no timestamp": 1}},
    ]);
    assert_eq!(*told, want);
    let noted = place.run(&["values", "c.yaml", "log.ndjson"]).err;
    assert!(noted.contains("1 line rejected in `b.ndjson`: 1 no timestamp"), "{noted}");

    let log = place.path().join("log.ndjson");
    let folder = format!("{}/", place.path().display());
    let mut stage = Stage::open(("c.yaml", &files(&folder)), &log, (100, 40));
    stage.press("6");
    let text = stage.text();
    for words in [
        "a.csv: no times, known from the beginning",
        "Rejected in a.csv",
        "metadata without a key",
        "line 3",
        "Rejected in b.ndjson",
    ] {
        assert!(text.contains(words), "{words}:\n{text}");
    }
}

#[test]
fn a_file_without_the_key_is_told_what_to_name() {
    let place = Place::new();
    place.write("log.ndjson", MIXED);
    for (name, text) in [
        ("m.ndjson", "{\"ts\":1650000000,\"id\":1,\"text\":\"ram\"}\n"),
        ("m.csv", "ts,id,text\n1650000000,1,ram\n"),
        ("n.ndjson", "{\"id\":1,\"text\":\"ram\"}\n"),
        ("n.csv", "id,text\n1,ram\n"),
    ] {
        place.write(name, text);
        place.write("c.yaml", &entry(&format!("{{file: {name}, key: q, as: query}}")));
        let checked = place.run(&["check", "c.yaml", "log.ndjson"]).out;
        for words in [
            &format!("nothing in the metadata file `{name}` can be read"),
            "there is no `q`, which the config names as key",
            "write `key:` with the ",
        ] {
            assert!(checked.contains(words), "{words}: {checked}");
        }
        assert!(!checked.contains("write `events: {timestamp"), "{checked}");
    }
}

#[test]
fn a_change_of_a_file_of_metadata_is_told_and_a_save_reads_it() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    let write = |name: &str, text: &str| fs::write(path(name), text).unwrap();
    write("log.ndjson", MIXED);
    write("queries.csv", "q,text,lang\n1,ram,de\n2,cpu,en\n");
    // Whatever is written later is written at another time.
    for name in ["log.ndjson", "queries.csv"] {
        let file = fs::File::options().append(true).open(path(name)).unwrap();
        file.set_modified(UNIX_EPOCH + Duration::from_secs(1_700_000_000)).unwrap();
    }
    let config = entry("{file: queries.csv, key: q, as: query}");
    write("c.yaml", &config);
    let mut live = Live::start(setup(&path("c.yaml"), &path("log.ndjson"), None));
    assert_eq!(live.settle().transport.log, None);
    let before = live.rows();
    write("queries.csv", "q,text,lang\n1,ROM,de\n2,cpu,en\n");
    let told = live.said("queries.csv rewritten: values are as read before");
    assert_eq!(told.transport.log, Some(LogChange::Rewritten));
    assert!(live.rows() == before, "other values");
    // Columns that are read again would be joined with other metadata.
    write("c.yaml", &format!("{config}- {{name: langs, type: counter, scope: query.lang}}\n"));
    let told = live.said("the log changed and was read again");
    assert_eq!(told.transport.log, None);
    assert!(live.rows().iter().any(|row| row.contains("ROM")), "{:?}", live.rows());
    live.quit();
}
