//! Logs that do not fit: files of which nothing can be read, a file like that among others, files
//! whose rest is lost. Each is told, by every command, with an exit code of its own.

use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

use counterscope::session::snapshot::Extent;
use serde_json::Value;
use tempfile::TempDir;

use crate::live::{Live, setup};
use crate::log::gzip;

const PLAIN: &str =
    "features:\n  - {name: clicks, type: counter, interaction: click, scope: item}\n";

/// What a command came to: its exit code, stdout and stderr.
struct Ran(Option<i32>, String, String);

fn run(folder: &Path, words: &[&str]) -> Ran {
    let output = Command::new(env!("CARGO_BIN_EXE_counterscope"))
        .args(words)
        .current_dir(folder)
        .env("NO_COLOR", "1")
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let [out, err] = [output.stdout, output.stderr].map(|bytes| String::from_utf8(bytes).unwrap());
    Ran(output.status.code(), out, err)
}

/// A folder with a config and a log.
fn place(config: &str, log: impl AsRef<[u8]>) -> TempDir {
    let folder = TempDir::new().unwrap();
    std::fs::write(folder.path().join("c.yaml"), config).unwrap();
    std::fs::write(folder.path().join("log"), log).unwrap();
    folder
}

/// Every command without a screen.
const COMMANDS: [&[&str]; 4] = [
    &["check", "c.yaml", "log"],
    &["values", "c.yaml", "log"],
    &["plan", "c.yaml", "log"],
    &["dataset", "c.yaml", "log", "--on", "click"],
];

/// A log that is refused, and what must be said of it.
#[track_caller]
fn refused(config: &str, log: impl AsRef<[u8]>, parts: &[&str]) {
    let folder = place(config, log);
    let Ran(code, out, err) = run(folder.path(), COMMANDS[1]);
    assert_eq!((code, out.as_str()), (Some(2), ""), "{err}");
    for part in parts {
        assert!(err.contains(part), "`{part}` in\n{err}");
    }
}

fn events(section: &str) -> String {
    format!("events: {{{section}}}\n{PLAIN}")
}

#[test]
fn every_command_refuses_a_log_of_which_nothing_can_be_read() {
    let folder = place(PLAIN, "[1718000000,\"click\"]");
    for words in COMMANDS {
        let Ran(code, out, err) = run(folder.path(), words);
        let is_silent = out.is_empty() || words[0] == "check";
        assert_eq!((code, is_silent), (Some(2), true), "{words:?}");
        assert!(err.starts_with("error: nothing in the log `log` can be read: "), "{err}");
        assert!(err.contains("\nhelp: "), "{err}");
    }
}

#[test]
fn files_of_other_kinds_are_named() {
    let utf16 = |text: &str| text.encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<_>>();
    let utf32 =
        |text: &str| text.chars().flat_map(|c| u32::from(c).to_le_bytes()).collect::<Vec<_>>();
    let mut tar = vec![0; 512];
    tar[..5].copy_from_slice(b"a.csv");
    tar[257..262].copy_from_slice(b"ustar");
    for (log, what, help) in [
        (b"PK\x03\x04\x14\0\0\0data.csv".to_vec(), "a ZIP archive", "unzip"),
        (b"PK\x03\x04\x14\0\0\0[Content_Types].xml".to_vec(), "an Excel workbook", "CSV"),
        (b"Obj\x01\x04\x14avro.codec".to_vec(), "an Avro file", "avro-tools"),
        (b"ARROW1\0\0\xff\xff".to_vec(), "an Arrow (Feather) file", "Parquet"),
        (b"ORC\x11\0\0".to_vec(), "an ORC file", "Parquet"),
        (b"SQLite format 3\0\x10\0".to_vec(), "a SQLite database", "sqlite3 -csv"),
        (b"BZh91AY&SY\0\0".to_vec(), "compressed with bzip2", "bzip2 -dc"),
        (b"\xfd7zXZ\0\0".to_vec(), "compressed with xz", "xz -dc"),
        (tar, "a tar archive", "tar -xf"),
        (utf16("ts,type,item\n1718000000,click,a\n"), "text in UTF-16", "iconv -f UTF-16"),
        (utf32("{\"ts\":1718000000,\"type\":\"click\"}\n"), "text in UTF-32", "iconv -f UTF-32"),
        (utf32("\u{feff}a"), "text in UTF-32", "iconv -f UTF-32"),
        (b"\x89PNG\r\n\x1a\n".to_vec(), "a binary file", "Parquet"),
        (b"\x80\x04\x95\x10\x8c\x03abc\x94.".to_vec(), "a binary file", "Parquet"),
        (gzip(&gzip(b"{}\n")), "compressed twice with gzip", "gzip -dc"),
        (b"<html><body>\n".to_vec(), "XML or HTML", "JSON"),
        (b"caf\xe9;1\nth\xe9;2\n".to_vec(), "not UTF-8", "iconv"),
        (b"\0\x01\x02\0\x7f\n\0\0".to_vec(), "a binary file", "Parquet"),
        (b"127.0.0.1 GET /a\n127.0.0.1 GET /b\n".to_vec(), "`127.0.0.1 GET /a`", "CSV"),
    ] {
        refused(PLAIN, &log, &[what, help]);
    }
    // Compressed, it is no other.
    refused(PLAIN, gzip(b"Obj\x01\x04\x14avro.codec\n"), &["an Avro file"]);
}

#[test]
fn a_table_is_no_file_of_another_kind_by_its_first_letters() {
    for name in ["ORCID", "PARENT", "BZh9", "ARROW1", "FEA1", "%PDF"] {
        let table = format!("{name},caf\u{e9}\nx,1\n");
        let latin: Vec<u8> = table.chars().map(|c| u8::try_from(u32::from(c)).unwrap()).collect();
        refused(PLAIN, &table, &[&format!("a CSV table with the columns {name}, café;")]);
        refused(PLAIN, latin, &["text that is not UTF-8"]);
    }
    refused(PLAIN, "%PDF-1.7\n%\u{e2}\u{e3}\n", &["a PDF document"]);
}

#[test]
fn what_is_cut_off_within_its_first_line_is_damaged() {
    let line = format!("{{\"ts\":1718000000,\"type\":\"click\",\"item\":\"{}\"}}\n", noise(50_000));
    let whole = gzip(line.as_bytes());
    for kept in [whole.len() / 2, 12] {
        let parts = ["it is compressed, and damaged from its start", "get the file again"];
        refused(PLAIN, &whole[..kept], &parts);
    }
}

/// Letters that hardly compress.
fn noise(letters: u32) -> String {
    let letter = |n: u32| char::from(b'a' + (n.wrapping_mul(2_654_435_761) >> 24) as u8 % 26);
    (0..letters).map(letter).collect()
}

#[test]
fn check_shows_the_lines_of_a_log_that_it_refuses() {
    let folder =
        place(PLAIN, "{\"ts\":1718000000,\"type\":[1]}\n\n{\"ts\":1718000000,\"type\":[2]}\n");
    let Ran(code, out, err) = run(folder.path(), COMMANDS[0]);
    assert_eq!(code, Some(2), "{out}{err}");
    let lines = "rejected: 2 lines, no type\n  line 1: {\"ts\":1718000000,\"type\":[1]}\n";
    assert!(out.contains(lines), "{out}");
    assert!(!out.contains("c.yaml: ok"), "{out}");
    assert!(err.contains("`counterscope check CONFIG LOG` shows some of the lines"), "{err}");
    let Ran(code, out, _) = run(folder.path(), &[COMMANDS[0], &["--format", "json"]].concat());
    assert_eq!(code, Some(2));
    let log: Value = serde_json::from_str(out.lines().last().unwrap()).unwrap();
    assert_eq!(log["rejected_by_reason"]["no type"], 2, "{log}");
    assert_eq!(log["unreadable"][0]["log"], "log", "{log}");
}

#[test]
fn what_lacks_a_time_or_a_type_is_told_in_any_order_of_the_logs() {
    let folder = place(PLAIN, "{\"at\":\"noon\"}\n");
    let good = "{\"ts\":1718000000,\"type\":\"click\",\"item\":\"a\"}\n";
    std::fs::write(folder.path().join("good"), good).unwrap();
    for order in [["log", "good"], ["good", "log"]] {
        let Ran(code, _, err) = run(folder.path(), &[&["values", "c.yaml"], &order[..]].concat());
        assert_eq!(code, Some(0), "{err}");
        let what = "warning: nothing in the log `log` can be read: it is NDJSON whose objects have \
                    the members at; no member has the time, nor the type: ";
        assert!(err.contains(what), "{order:?}\n{err}");
    }
}

#[test]
fn a_command_that_is_offered_does_what_it_says_whatever_names_the_log_has() {
    let list = |name: &str| format!("{{{}:[{{\"ts\":1718000000}}]}}", Value::from(name));
    for (name, command) in [
        ("line-items", r#"`jq -c '.["line-items"][]' FILE > events.ndjson`"#),
        ("a'; touch x; '", r#"`jq -c '.["a'\''; touch x; '\''"][]' FILE > events.ndjson`"#),
        (r#"a\(env)""#, r#"`jq -c '.["a\\(env)\""][]' FILE > events.ndjson`"#),
    ] {
        refused(PLAIN, list(name), &[command]);
        // In events it has a way, too.
        let log = format!("{{\"ts\":1718000000,\"type\":\"click\",\"order\":{}}}\n", list(name));
        let config = format!(
            "features: [{{name: n, type: counter, interaction: click, scope: {}}}]\n",
            Value::from(format!("order.{name}.ts"))
        );
        let Ran(_, out, err) = run(place(&config, log).path(), COMMANDS[0]);
        let told = format!("write `order.{name}[].ts`, the list");
        assert!(out.contains(&told), "{told}\n{out}{err}");
    }
    let folder = place(PLAIN, list("a\nb\u{1b}[2J"));
    let Ran(code, _, err) = run(folder.path(), COMMANDS[1]);
    assert_eq!(code, Some(2));
    assert!(err.contains("a list of objects in `a\\nb\\u{1b}[2J`"), "{err}");
    assert!(!err.contains("jq"), "{err}");
    // What is to be written into the config is YAML.
    refused(
        PLAIN,
        "{\"at: x\": 1718000000, \"event, y\": \"click\"}\n",
        &["`events: {timestamp: \"at: x\", type: \"event, y\"}`"],
    );
}

#[test]
fn json_without_an_event_is_told_what_it_is() {
    let wrapped = "{\"meta\": {}, \"hits\": [{\"ts\": 1718000000, \"type\": \"click\"}]}";
    let pretty = "{\n  \"ts\": 1718000000,\n  \"user\": \"u\"\n}\n{\n  \"ts\": 1718000001\n}\n";
    for (log, parts) in [
        ("[{\"ts\": 1718000000}]\n", ["JSON whose objects have the members ts;", "type: MEMBER"]),
        ("[\n 1,\n 2\n]", ["a JSON array whose elements are no objects", "jq -c '.[] |"]),
        ("[[1, 2], [3, 4]]", ["a JSON array whose elements are no objects", ".[0]"]),
        ("[info] started\n[info] done\n", ["neither JSON nor a table", "`[info] started`"]),
        ("[1718000000, \"click\"]\n[1718000001, \"click\"]\n", ["lines are lists", ".[0]"]),
        (wrapped, ["a list of objects in `hits`", "jq -c '.hits[]'"]),
        (wrapped, ["write `events: {each: hits}` in the config", "16 MiB"]),
        (pretty, ["JSON whose objects have the members ts, user;", "no member has the type"]),
        ("{'ts': 1718000000, 'type': 'click'}\n", ["Python", "json.dumps"]),
        ("{\"ts\": 1718000000, type: click}\n", ["not valid JSON", "double quotes"]),
        ("\u{1e}{\"ts\": 1}\n\u{1e}{\"ts\": 2}\n", ["a JSON text sequence", "tr -d '\\036'"]),
        ("{\"ts\": 1}{\"ts\": 2}\n", ["JSON whose objects have the members ts;", "type: MEMBER"]),
        ("{\n\"ts\": 1,\n\"type\"", ["first object is cut off or very long", "16 MiB"]),
        (
            "[{\"ts\": 1e400, \"type\": \"click\"}]",
            ["JSON with values that cannot be", "any float"],
        ),
        ("{}\n{}\n", ["NDJSON whose objects have no members", "\"ts\": 1718000000"]),
        ("{}\n{\"a\": 1}\n", ["whose objects have the members a;", "timestamp: MEMBER"]),
        ("1\n2\n3\n", ["JSON values that are no objects: it begins with `1`", "\"type\""]),
        ("null\n", ["JSON values that are no objects: it begins with `null`", "\"type\""]),
        ("{\"ts\": 1e400, \"type\": \"click\"}\n", ["values that cannot be read", "any float"]),
    ] {
        refused(PLAIN, log, &parts);
    }
    // However it is spread over lines.
    let spread = wrapped.replace(", ", ",\n");
    refused(PLAIN, spread, &["a list of objects in `hits`"]);
}

#[test]
fn what_lacks_a_time_or_a_type_is_told_what_is_there() {
    let ratings = "userId,movieId,rating,timestamp\n1,10,4.0,964982703\n2,10,2.0,964986303\n";
    refused(
        PLAIN,
        ratings,
        &[
            "a CSV table with the columns userId, movieId, rating, timestamp",
            "the time is taken from `timestamp`, and no column has the type",
            "there is none of type, event, event_type, action",
            "`events: {type: COLUMN}`",
            "`type: {const: view}`",
            "or count them without a type: `type: counter` with no `interaction`",
            "`flags: {click: COLUMN}`",
        ],
    );
    // A head in brackets is no JSON.
    refused(
        PLAIN,
        "{a},[b],item\nx,y,p\n",
        &["a CSV table with the columns {a}, [b], item; no column has the time, nor the type"],
    );
    // Another delimiter, other line ends.
    refused(
        PLAIN,
        "when;what_event\r2024-06-10;click\r",
        &["the columns when, what_event", "`events: {timestamp: when, type: what_event}`"],
    );
    refused(
        PLAIN,
        "u1,lamp,5\nu2,desk,6\n",
        &[
            "a table without a head: its first line is `u1,lamp,5`",
            "`events: {columns: [c1, c2, c3], type: {const: view}}`",
            "names of your own for c1 (`u1`), c2 (`lamp`), c3 (`5`)",
            "the column with the time is called `timestamp`",
        ],
    );
    refused(
        &events("timestamp: when, type: {const: rating}"),
        "1::1193::5::978300760\n1::661::3::978302109\n",
        &["`events: {columns: [c1, c2, c3, when], separator: \"::\"}`", "c2 (`1193`)"],
    );
    refused(
        &events("columns: [user, item, rating], type: {const: rating}"),
        "u1,lamp,5\nu2,desk,6\n",
        &[
            "no column has the time",
            "`events: {timestamp: COLUMN}` in the config with the name that",
        ],
    );
    refused(
        &events("type: action_name, id: key"),
        "{\"timestamp\": \"2024-06-10\", \"query_id\": \"q1\", \"user\": {\"query\": \"ram\"}}\n",
        &[
            "the members query_id, timestamp, user.query",
            "there is no `action_name`, which the config names",
            "there is no member `key` for the id",
            "`type: {const: view}`",
        ],
    );
    // An id is no time, however much it looks like one.
    let clicks = "id,click,hour,site_id\n1000009418151094273,0,14102100,1fbe01fe\n";
    refused(
        &events("type: {const: show}"),
        clicks,
        &["write `events: {timestamp: hour, time_format: \"%y%m%d%H\"}` in the config"],
    );
    refused(
        &events("type: {const: show}"),
        clicks.replace("hour", "when"),
        &["`events: {timestamp: when, time_format: \"%y%m%d%H\"}`"],
    );
    refused(
        &events("type: {const: show}, timestamp: hour"),
        clicks,
        &["if `hour` is not the time, write `events: {timestamp: COLUMN}` with the column that is"],
    );
    refused(
        &events("type: {const: show}"),
        "visitorid,item_id,stamp\n1718000000123,1718000000,10 June\n",
        &[
            "write `events: {timestamp: COLUMN}` in the config with the column that it is",
            "is read by `time_format`, such as `time_format: \"%y%m%d%H\"` for 14102100",
        ],
    );
    refused(
        PLAIN,
        "{\"at\": 1718000000, \"eventName\": \"click\"}\n",
        &["`events: {timestamp: at, type: eventName}`"],
    );
    refused(
        &events("format: metarank"),
        "{\"ts\": 1718000000, \"type\": \"click\"}\n",
        &["not in Metarank's format, which the config asks for", "leave out `format: metarank`"],
    );
}

#[test]
fn each_of_several_logs_is_told_as_it_is_written() {
    let line = "{\"ts\":1718000000,\"type\":\"click\",\"item\":\"a\"}";
    let folder = place(PLAIN, format!("{line}\n"));
    let write = |name: &str, bytes: &[u8]| std::fs::write(folder.path().join(name), bytes).unwrap();
    write("b", b"ts,type,item\n1718000000,click,a\n");
    write("c", &gzip(b"ts,type,item\n1718000000,click,a\n"));
    write("d", format!("[{line}]").as_bytes());
    write("e", format!("{line}\n").as_bytes());
    let form = |logs: &[&str]| {
        let Ran(_, out, _) = run(folder.path(), &[&["check", "c.yaml"], logs].concat());
        let form = out.lines().find_map(|line| line.strip_prefix("format: ")).unwrap_or_default();
        form.to_owned()
    };
    assert_eq!(form(&["log", "e"]), "flat, NDJSON; times in s");
    let several = "flat; NDJSON: log, e; CSV: b; CSV, gzip: c; JSON: d; times in s";
    assert_eq!(form(&["log", "b", "c", "d", "e"]), several);
}

#[test]
fn each_record_of_a_text_sequence_is_told() {
    // As many cells in each line as in one that could be a head.
    let folder = place(PLAIN, "\u{1e}{\"ts\":1,\"a\":2}\n\u{1e}{\"ts\":1,\"a\":2}\n");
    let Ran(_, out, _) = run(folder.path(), COMMANDS[0]);
    assert!(out.contains("rejected: 2 lines, invalid JSON"), "{out}");
}

#[test]
fn a_cell_in_brackets_is_no_object() {
    let log = "{u1},1718000000,5\n{u2},1718000001,3\n";
    let folder = place(&events("columns: [item, ts, rating], type: {const: click}"), log);
    let Ran(_, out, err) = run(folder.path(), COMMANDS[0]);
    assert!(out.contains("log: 2 events"), "{out}{err}");
}

#[test]
fn a_date_in_digits_is_refused_unless_a_unit_is_said() {
    for (date, written, format, moment) in [
        ("2014102103", "2014-10-21T03:00Z", "%Y%m%d%H", "2033-10-28T08:48:23.000Z"),
        ("14102103", "2014-10-21T03:00Z", "%y%m%d%H", "1970"),
        ("20141021", "2014-10-21:", "%Y%m%d", "1970"),
        ("141021", "2014-10-21:", "%y%m%d", "1970"),
        ("201410210300", "2014-10-21T03:00Z", "%Y%m%d%H%M", "1976-05-20T03:16:50.300Z"),
    ] {
        let log = format!("ts,type,item\n{date},click,a\n");
        let unit = if date.len() > 10 { "unit: ms" } else { "unit: s" };
        let offered = format!("time_format: \"{format}\"");
        let parts = [&format!("such as {date} in `ts`"), written, unit, &offered];
        refused(PLAIN, &log, &parts);
        let folder = place(&events(&offered), &log);
        let Ran(_, out, err) = run(folder.path(), COMMANDS[0]);
        assert!(out.contains("log: 1 event, from 2014-10-21"), "{out}{err}");
        let folder = place(&events(unit), &log);
        let Ran(_, out, err) = run(folder.path(), COMMANDS[0]);
        let is_taken = out.contains(moment) && out.contains("log: 1 event,");
        assert_eq!(is_taken, date.len() > 8, "{out}{err}");
    }
    // Among others it is a line like any other that is no event.
    let folder = place(PLAIN, "ts,type,item\n1718000000,click,a\n2024061006,click,a\n");
    let Ran(code, out, err) = run(folder.path(), COMMANDS[1]);
    assert_eq!((code, out.lines().count()), (Some(0), 1));
    assert_eq!(err, "note: 1 line rejected: 1 date written as a number\n");
}

#[test]
fn an_unreadable_log_among_others_is_a_warning() {
    let folder = place(PLAIN, "{\"ts\":1718000000,\"type\":\"click\",\"item\":\"a\"}\n");
    std::fs::write(folder.path().join("other"), "user,score\nu1,3\n").unwrap();
    for words in COMMANDS {
        for order in [["log", "other"], ["other", "log"]] {
            let words: Vec<&str> = words
                .iter()
                .flat_map(|word| if *word == "log" { order.to_vec() } else { vec![*word] })
                .collect();
            let Ran(code, out, err) = run(folder.path(), &words);
            let said = if words[0] == "check" { &out } else { &err };
            assert_eq!(code, Some(0), "{words:?}\n{out}{err}");
            let warning = "warning: nothing in the log `other` can be read: it is a CSV table";
            assert!(said.contains(warning), "{words:?}\n{out}{err}");
        }
    }
    let Ran(code, _, err) = run(folder.path(), &["values", "c.yaml", "other", "c.yaml"]);
    assert_eq!(code, Some(2));
    for part in ["nothing in the logs can be read", "`other` is a CSV", "`c.yaml` is "] {
        assert!(err.contains(part), "{err}");
    }
}

#[test]
fn what_is_offered_for_a_log_without_a_type_reads_it() {
    let log = "user;clicked;timestamp\nu1;1;1718000000\nu2;0;1718000001\n";
    for (written, types) in [
        ("type: {const: view}", "types: view 2\n"),
        ("flags: {click: clicked}", "types: click 1\n"),
        ("type: {const: view}, flags: {click: clicked}", "types: view 2, click 1\n"),
    ] {
        let folder = place(&events(written), log);
        let Ran(code, out, err) = run(folder.path(), COMMANDS[0]);
        assert_eq!(code, Some(0), "{err}");
        assert!(out.contains(types), "{out}");
        assert!(out.contains("events: each line is an event"), "{out}");
    }
    // Where no feature asks for a type, nothing need be written.
    let config = "features: [{name: a, type: counter, scope: user}]\n";
    for log in [log, "{\"user\": 1, \"ts\": 1718000000}\n{\"user\": 1, \"ts\": 1718000000}"] {
        let folder = place(config, log);
        let Ran(code, out, err) = run(folder.path(), COMMANDS[0]);
        assert_eq!(code, Some(0), "{err}");
        assert!(out.contains("types: event 2\n"), "{out}");
    }
    // A type that comes later is the type all the same.
    let log = "{\"user\": 1, \"ts\": 1718000000}\n{\"ts\": 1718000000, \"type\": \"a\"}";
    let Ran(_, out, _) = run(place(config, log).path(), COMMANDS[0]);
    assert!(out.contains("types: a 1\n") && out.contains("rejected: 1 line, no type"), "{out}");
    refused(
        &events("flags: {click: clicked}"),
        "user,clicked,timestamp\nu1,0,1718000000\n",
        &["the time is taken from `timestamp`; all are rejected (no flag set: 1)", "1 or true"],
    );
    refused(
        PLAIN,
        "\"a,ts\",\"b,type\"\n1718000000,click\n",
        &["`events: {timestamp: \"a,ts\", type: \"b,type\"}`"],
    );
}

#[test]
fn json_is_read_however_it_is_written() {
    let event =
        |n: u32| format!("{{\"ts\":{},\"type\":\"click\",\"item\":\"a\"}}", 1_718_000_000 + n);
    let list = (0..100).map(event).collect::<Vec<_>>();
    let pretty = list.concat().replace('{', "{\n  ").replace(',', ",\n  ").replace('}', "\n}\n");
    let wrapped =
        |between: &str| format!("{{\"events\":[{between}{}]}}", list.join(&format!(",{between}")));
    for (log, section, form) in [
        (list.join("\n"), "", "NDJSON"),
        (list.join(",\n"), "", "JSON"),
        (list.join(",\r\n"), "", "JSON"),
        (list.concat(), "", "JSON"),
        (format!("[{}]", list.join(",")), "", "JSON"),
        (format!("[\n{}\n]\n", list.join("\n,")), "", "JSON"),
        (pretty, "", "JSON"),
        (wrapped(""), "each: events", "NDJSON"),
        (wrapped("\n"), "each: events", "JSON"),
    ] {
        let config = events(section);
        for log in [log.as_bytes().to_vec(), gzip(log.as_bytes())] {
            let folder = place(&config, &log);
            let Ran(code, out, err) = run(folder.path(), COMMANDS[0]);
            assert_eq!((code, err.as_str()), (Some(0), ""), "{out}");
            assert!(out.starts_with("log: 100 events, from 2024-06-10T06:13:20"), "{out}");
            assert!(out.contains(&format!("format: flat, {form}")), "{out}");
            assert!(!out.contains("rejected") && !out.contains("warning"), "{out}");
            let Ran(code, out, err) = run(folder.path(), COMMANDS[1]);
            assert_eq!((code, err.as_str()), (Some(0), ""));
            assert!(out.contains("100"), "{out}");
            let Ran(code, out, _) = run(folder.path(), COMMANDS[3]);
            assert_eq!((code, out.lines().count()), (Some(0), 100), "{out}");
        }
    }
}

#[test]
fn a_list_that_is_cut_off_counts_to_there_and_is_told() {
    let event = "{\"ts\":1718000000,\"type\":\"click\",\"item\":\"a\"}";
    for (log, place_of_end) in [
        (format!("[\n{event},\n{event},\n{{\"ts\":1718"), "nothing after line 3 was read"),
        (format!("[\n{event},\n{event}"), "nothing after line 3 was read"),
        (format!("[{event},{event}"), "nothing after line 1 was read"),
    ] {
        let folder = place(PLAIN, &log);
        for words in COMMANDS {
            let Ran(code, out, err) = run(folder.path(), words);
            assert_eq!(code, Some(3), "{words:?}\n{err}");
            let said = if words[0] == "check" { &out } else { &err };
            let lost = format!("warning: the log `log` is damaged or cut off: {place_of_end}");
            assert!(said.contains(&lost), "{words:?}\n{out}{err}");
            let allowed = run(folder.path(), &[words, &["--allow-loss"]].concat());
            assert_eq!((allowed.0, &allowed.1), (Some(0), &out), "{words:?}");
        }
    }
}

#[test]
fn rejected_objects_are_shown_on_one_line_with_the_line_they_begin_on() {
    let log = "[\n  {\n    \"ts\": 1718000000,\n    \"type\": \"click\",\n    \"item\": \"a\"\n  },\n  {\n    \"ts\": 1718000000\n  },\n  7\n]\n";
    let Ran(code, out, err) = run(place(PLAIN, log).path(), COMMANDS[0]);
    assert_eq!((code, err.as_str()), (Some(0), ""), "{out}");
    assert!(out.contains("rejected: 1 line, no type\n  line 7: { \"ts\": 1718000000 }\n"), "{out}");
    assert!(out.contains("rejected: 1 line, not an object\n  line 10: 7\n"), "{out}");
}

#[test]
fn a_few_lines_with_a_comma_are_rejected_and_no_more() {
    let event =
        |n: u32| format!("{{\"ts\":{},\"type\":\"click\",\"item\":\"a\"}}", 1_718_000_000 + n);
    let folder = place(PLAIN, format!("{}\n{}\n{},\n", event(0), event(1), event(2)));
    let Ran(code, _, err) = run(folder.path(), COMMANDS[1]);
    assert_eq!((code, err.as_str()), (Some(0), "note: 1 line rejected: 1 invalid JSON\n"));
}

#[test]
fn what_follows_compressed_data_is_padding_or_told() {
    let log = b"{\"ts\":1718000000,\"type\":\"click\",\"item\":\"a\"}\n\
        {\"ts\":1718000001,\"type\":\"click\",\"item\":\"b\"}";
    let zeros = vec![0; 70_000];
    let first = [log, &b"\n"[..]].concat();
    for (padded, events) in [
        ([gzip(log), vec![0; 512]].concat(), 2),
        ([gzip(log), zeros.clone()].concat(), 2),
        ([gzip(&first), zeros.clone(), gzip(b""), gzip(log)].concat(), 4),
    ] {
        let folder = place(PLAIN, padded);
        let Ran(code, out, err) = run(folder.path(), COMMANDS[0]);
        assert_eq!((code, err.as_str()), (Some(0), ""), "{out}");
        assert!(out.starts_with(&format!("log: {events} events,")), "{out}");
    }
    for packed in [gzip(log), zstd::encode_all(&log[..], 1).unwrap()] {
        for junk in [&b"junk"[..], &[0, 0, 7]] {
            let folder = place(PLAIN, [&packed, junk].concat());
            let Ran(code, out, err) = run(folder.path(), COMMANDS[1]);
            assert_eq!((code, out.lines().count()), (Some(3), 2), "{err}");
            let said = "warning: the log `log` goes on behind the end of its compressed data, and \
                        what follows was not read\n";
            assert_eq!(err, said);
        }
    }
}

#[test]
fn what_nobody_wants_of_a_sole_line_may_be_anything() {
    let deep = format!("{}1{}", "[".repeat(500), "]".repeat(500));
    for unwanted in [deep.as_str(), "1e400", "\"\\ud800\""] {
        let log =
            format!("{{\"ts\":1718000000,\"type\":\"click\",\"item\":\"a\",\"x\":{unwanted}}}\n");
        let folder = place(PLAIN, &log);
        let Ran(code, out, err) = run(folder.path(), COMMANDS[1]);
        assert_eq!((code, out.lines().count(), err.as_str()), (Some(0), 1, ""), "{unwanted}");
    }
    let log =
        format!("{{\"at\":{{\"t\":1718000000,\"x\":{deep}}},\"type\":\"click\",\"item\":\"a\"}}\n");
    let folder = place(&events("timestamp: at.t"), &log);
    assert_eq!(run(folder.path(), COMMANDS[1]).0, Some(0));
}

#[test]
fn an_empty_log_is_good() {
    for log in ["", "\n\n", "ts,type,item\n"] {
        let folder = place(PLAIN, log);
        let Ran(code, out, err) = run(folder.path(), COMMANDS[0]);
        assert_eq!((code, err.as_str()), (Some(0), ""), "{log:?}");
        assert!(out.starts_with("log: 0 events, it is empty\n"), "{out}");
        for words in [COMMANDS[1], COMMANDS[3]] {
            let Ran(code, out, err) = run(folder.path(), words);
            let told = (code, out.as_str(), err.as_str());
            assert_eq!(told, (Some(0), "", "note: the log has 0 events\n"), "{log:?}");
        }
    }
}

#[test]
fn a_rest_that_is_lost_has_an_exit_code_of_its_own() {
    let line = |n: u32| {
        let item = n.wrapping_mul(2_654_435_761);
        format!("{{\"ts\":{},\"type\":\"click\",\"item\":\"{item}\"}}\n", 1_718_000_000 + n)
    };
    let log: String = (0..20_000).map(line).collect();
    let packed = [gzip(log.as_bytes()), zstd::encode_all(log.as_bytes(), 1).unwrap()];
    for whole in packed {
        let middle = whole.len() / 2;
        let mut garbled = whole.clone();
        garbled[middle..middle + 64].fill(0xa5);
        // Zstandard does not notice all that is garbled unless it was told to keep a checksum.
        let is_checked = whole.starts_with(&[0x1f, 0x8b]);
        for damaged in [Some(whole[..middle].to_vec()), Some(garbled).filter(|_| is_checked)] {
            let Some(damaged) = damaged else { continue };
            let folder = place(PLAIN, &damaged);
            for words in COMMANDS {
                let Ran(code, out, err) = run(folder.path(), words);
                assert_eq!(code, Some(3), "{words:?}\n{err}");
                let said = if words[0] == "check" { &out } else { &err };
                let lost = "warning: the log `log` is damaged or cut off: nothing after line ";
                assert!(said.contains(lost), "{words:?}\n{out}{err}");
                let allowed = run(folder.path(), &[words, &["--allow-loss"]].concat());
                assert_eq!((allowed.0, &allowed.1), (Some(0), &out), "{words:?}");
                assert!(words[0] != "values" || out.lines().count() > 100, "{out}");
            }
        }
    }
    // Damaged from its start, it is a log of which nothing can be read.
    let folder = place(PLAIN, &gzip(log.as_bytes())[..12]);
    assert_eq!(run(folder.path(), COMMANDS[1]).0, Some(2));
}

#[test]
fn a_window_that_is_too_large_is_named() {
    // A frame with a window of 256 MiB and one raw block.
    let data = b"{\"ts\":1718000000,\"type\":\"click\",\"item\":\"a\"}\n";
    let frame = |window: u8| {
        let size = ((data.len() as u32) << 3 | 1).to_le_bytes();
        let head = [&[0x28, 0xb5, 0x2f, 0xfd, 0, window], &size[..3]].concat();
        [&head, &data[..]].concat()
    };
    let folder = place(PLAIN, frame(17 << 3));
    assert_eq!(run(folder.path(), COMMANDS[1]).0, Some(0), "128 MiB are allowed");
    refused(PLAIN, frame(18 << 3), &["a window of more than 128 MiB (`--long`)", "not supported"]);
}

#[test]
fn rows_that_find_no_room_name_the_temporary_file() {
    let line = |n: u32| format!("{},click,{n}{}", 1_718_000_000 + n, "x".repeat(400));
    let rows: Vec<String> = (0..12_000).map(line).collect();
    let folder = place(PLAIN, format!("ts,type,item\n{}", rows.join("\n")));
    let output = Command::new(env!("CARGO_BIN_EXE_counterscope"))
        .args(COMMANDS[3])
        .current_dir(folder.path())
        .env("TMPDIR", "/no/such/folder")
        .output()
        .unwrap();
    let err = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(2), "{err}");
    assert!(err.contains("cannot write a temporary file for the rows"), "{err}");
    assert!(err.contains("TMPDIR"), "{err}");
}

#[test]
fn the_session_says_what_it_could_not_read() {
    let cut =
        gzip("{\"ts\":1718000000,\"type\":\"click\",\"item\":\"a\"}\n".repeat(9000).as_bytes());
    for (log, extent, words) in [
        (b"[\n1\n]".to_vec(), Extent::Nothing, "a JSON array whose elements are no objects"),
        (cut[..cut.len() * 3 / 4].to_vec(), Extent::Cut, "nothing after line "),
        (b"ts,type,item\n1718000000,click,a\n".to_vec(), Extent::Whole, ""),
    ] {
        let folder = place(PLAIN, &log);
        let [config, log] = ["c.yaml", "log"].map(|name| folder.path().join(name));
        let store = folder.path().join("store");
        // The second time there is a store.
        for _ in 0..2 {
            let mut live = Live::start(setup(&config, &log, Some(store.clone())));
            let told = live.wait("end of the log", |s| {
                let about = &s.source.about_log;
                about.extent != Extent::Whole || about.span.is_some()
            });
            let about = &told.source.about_log;
            assert_eq!(about.extent, extent);
            let problem = about.problems.first().map(|problem| problem.text.clone());
            assert!(problem.unwrap_or_default().contains(words), "{about:?}");
            assert_eq!(about.nothing().is_some(), extent == Extent::Nothing);
            assert_eq!(about.types.is_empty(), extent == Extent::Nothing);
            live.quit();
        }
    }
}

#[test]
fn check_tells_what_a_log_holds() {
    let mut log = Vec::new();
    for (n, kind) in ["view", "click", "view", "buy", "view", "click"].iter().enumerate() {
        // The last two have changed places.
        let time = 1_718_000_000 + [0, 1, 2, 3, 5, 4][n];
        writeln!(log, "{{\"ts\":{time},\"type\":\"{kind}\",\"item\":\"a\"}}").unwrap();
    }
    log.extend(b"oops\n");
    let folder = place(PLAIN, gzip(&log));
    let Ran(code, out, _) = run(folder.path(), COMMANDS[0]);
    assert_eq!(code, Some(0));
    assert_eq!(
        out,
        "log: 6 events, from 2024-06-10T06:13:20.000Z to 2024-06-10T06:13:25.000Z\n\
         format: flat, NDJSON, gzip; times in s\n\
         types: view 3, click 2, buy 1\n\
         impressions: not made, no feature counts them\n\
         out of order: 1 (sorted)\n\
         rejected: 1 line, invalid JSON\n  line 7: oops\n\
         features:\n  clicks  counted 2 of 2 events\n\
         c.yaml: ok, 1 feature with 1 output over 1 scope\n"
    );
    let told: serde_json::Value = {
        let Ran(_, out, _) = run(folder.path(), &["check", "c.yaml", "log", "--format", "json"]);
        serde_json::from_str(out.lines().nth(1).unwrap()).unwrap()
    };
    let Ran(_, _, err) = run(folder.path(), &["values", "c.yaml", "log", "--stats"]);
    let stats: serde_json::Value = serde_json::from_str(err.lines().last().unwrap()).unwrap();
    for told in [told, stats] {
        for (member, expected) in [
            ("events", serde_json::json!(6)),
            ("first", "2024-06-10T06:13:20.000Z".into()),
            ("last", "2024-06-10T06:13:25.000Z".into()),
            ("types", serde_json::json!({"view": 3, "click": 2, "buy": 1})),
            ("compression", "gzip".into()),
            ("unit", "s".into()),
            ("reordered", 1.into()),
            ("rejected_by_reason", serde_json::json!({"invalid JSON": 1})),
        ] {
            assert_eq!(told[member], expected, "{member} of {told}");
        }
    }
}

#[test]
fn impressions_and_rankings_are_told_as_they_are() {
    let config = "features:\n  - {name: ctr, type: rate, top: click, bottom: impression, \
                  scope: item, bucket: 24h, periods: [7]}\n";
    let click = |id: u32, ranking: &str| {
        format!(
            "{{\"event\":\"interaction\",\"id\":\"{id}\",\"timestamp\":\"1718000000000\",\
             \"type\":\"click\",\"item\":\"a\"{ranking}}}"
        )
    };
    let ranking = "{\"event\":\"ranking\",\"id\":\"r\",\"timestamp\":\"1718000000000\",\
                   \"items\":[{\"id\":\"b\"},{\"id\":\"a\"}]}";
    let of = |name: &str| format!(",\"ranking\":\"{name}\"");
    let flat = ["{\"ts\":1718000000,\"type\":\"impression\",\"item\":\"a\"}".to_owned()];
    let early = "warning: 1 interaction named a ranking that comes after it";
    for (lines, impressions, is_early) in [
        (
            vec![click(1, &of("x")), click(2, &of("y"))],
            "2 made: 0 from rankings, 2 from interactions whose ranking is not in the log before them, or closed",
            false,
        ),
        (
            vec![click(1, "")],
            "1 made: 0 from rankings, 1 from interactions without a ranking",
            false,
        ),
        (vec![ranking.to_owned(), click(1, &of("r"))], "2 made: 2 from rankings\n", false),
        (vec![click(1, &of("r")), ranking.to_owned()], "1 made: 0 from rankings, 1 from", true),
        (flat.to_vec(), "not made, the log holds its own", false),
    ] {
        let folder = place(config, lines.join("\n"));
        let Ran(_, out, _) = run(folder.path(), COMMANDS[0]);
        assert!(out.contains(&format!("impressions: {impressions}")), "{out}");
        assert_eq!(out.contains(early), is_early, "{out}");
        let Ran(_, _, err) = run(folder.path(), COMMANDS[1]);
        assert_eq!(err.contains(early), is_early, "{err}");
        let [config, log] = ["c.yaml", "log"].map(|name| folder.path().join(name));
        let mut live = Live::start(setup(&config, &log, None));
        let told = live.wait("end of the log", |s| s.source.about_log.span.is_some());
        let about = &told.source.about_log;
        assert_eq!(about.extent, Extent::Whole);
        let problems: Vec<&str> = about.problems.iter().map(|it| it.text.as_str()).collect();
        let is_told = |text: &&str| text.starts_with(early.trim_start_matches("warning: "));
        assert_eq!(problems.iter().any(is_told), is_early, "{problems:?}");
        live.quit();
    }
}

#[test]
fn the_order_of_rankings_is_told_where_only_their_fields_are_wanted() {
    let line = |kind: &str, rest: &str| {
        format!("{{\"event\":\"{kind}\",\"id\":\"{kind}\",\"timestamp\":1718000000,{rest}}}\n")
    };
    let click = line("interaction", "\"type\":\"click\",\"item\":\"a\",\"ranking\":\"ranking\"");
    let ranking = line("ranking", "\"items\":[{\"id\":\"a\"}]");
    for (scope, is_told) in [("ranking.query", true), ("item", false)] {
        let config = format!(
            "features:\n  - {{name: n, type: counter, interaction: click, scope: {scope}}}\n"
        );
        let Ran(_, _, err) = run(place(&config, format!("{click}{ranking}")).path(), COMMANDS[1]);
        assert_eq!(
            err.contains("1 interaction named a ranking that comes after it"),
            is_told,
            "{err}"
        );
    }
}

#[test]
fn values_in_lists_of_objects_are_told_with_what_to_write() {
    let log = "{\"ts\":1718000000,\"type\":\"buy\",\"user\":\"u\",\
        \"lines\":[{\"sku\":\"a\"},{\"sku\":\"b\"}],\
        \"params\":[{\"key\":\"page\",\"value\":{\"i\":null,\"s\":\"home\"}},\
        {\"key\":\"depth\",\"value\":{\"i\":3}}]}\n";
    for (scope, told) in [
        (
            "lines.sku",
            Some(
                "warning: `lines` is a list of objects, into which `lines.sku` does not lead; write `lines[].sku`",
            ),
        ),
        ("params.page", Some("write `params[key=page].value.s`, the value of the first element")),
        ("params.depth", Some("write `params[key=depth].value.i`, the value of the first element")),
        ("lines[].sku", None),
        ("params[key=page].value.s", None),
        ("user", None),
    ] {
        let config = format!(
            "features: [{{name: bought, type: counter, interaction: buy, scope: '{scope}'}}]\n"
        );
        let Ran(code, out, err) = run(place(&config, log).path(), COMMANDS[0]);
        assert_eq!(code, Some(0), "{err}");
        assert!(told.is_none_or(|told| out.contains(told)), "{out}");
        assert_eq!(out.contains("warning"), told.is_some(), "{scope}: {out}");
    }
}

#[test]
fn a_wrong_member_for_the_time_is_told_with_the_right_one() {
    let log = r#"{"at":"2024-06-10T06:29:23Z","ts":"2024-06-10T06:29:23Z","type":"click","item":"p","country":"de","qty":3}
"#;
    for (section, parts) in [
        (
            "timestamp: country",
            &["if `country` is not the time, write `events: {timestamp: ts}`"][..],
        ),
        (
            "timestamp: qty",
            &["`events: {unit: ms}`", "if `qty` is not the time, write `events: {timestamp: ts}`"],
        ),
    ] {
        refused(&events(section), log, parts);
    }
    let log = log.replace("\"ts\"", "\"seen\"").replace("\"at\"", "\"x\"").replace("06:29:23Z", "");
    refused(
        &events("timestamp: country"),
        log.replace("2024-06-10T", "none"),
        &[
            "if `country` is not the time, write `events: {timestamp: MEMBER}` with the member that is",
        ],
    );
}

#[test]
fn what_the_config_says_of_lists_and_times_is_held_against_what_is_there() {
    let log = r#"{"date":"2024-06-10","hour":"06:29:23","type":"click","item":"p","lines":[{"a":1}]}
{"date":"2024-06-10","hour":"06:29:24","type":"click","item":"p","lines":[{"a":2}]}
"#;
    let table = "date,hour,type,item\n2024-06-10,06:29:23,click,p\n";
    for (section, log, parts) in [
        (
            "timestamp: date, each: line",
            log,
            &[
                "no line has the list `line`",
                "the lists of objects are lines: write `events: {each: lines}`",
            ][..],
        ),
        (
            "timestamp: date, each: lines",
            table,
            &["no row has the list `lines`", "remove `each: lines`"],
        ),
        ("timestamp: [date, minute]", log, &["there is no `minute`, which the config names"]),
        (
            "timestamp: [date, item]",
            log,
            &["the time is taken from `date` and `item`", "if `date` and `item` are not the time"],
        ),
        (
            "timestamp: [date, hour], time_format: '%d/%m/%Y'",
            log,
            &[
                "a time such as 2024-06-10 06:29:23 in `date` and `hour` is not written as `time_format: \"%d/%m/%Y\"`",
            ],
        ),
        (
            "timestamp: date, time_format: '%Y-%m-%d'",
            &log.replace("2024", "1924"),
            &["is outside 1971–2099 if it is read by `time_format: \"%Y-%m-%d\"`"],
        ),
    ] {
        refused(&events(section), log, parts);
    }
}

#[test]
fn a_list_that_is_cut_off_in_its_first_object_is_a_list() {
    for log in ["[", "[{", "[\n{\"ts\":17", "[{\"ts\":1718000000,\"type\":\"click\""] {
        refused(PLAIN, log, &["it is a JSON list that is cut off", "get the file again"]);
    }
}

#[test]
fn what_the_config_says_of_tables_is_held_against_the_log() {
    let ratings = "1::10::4.0::964982703\n2::10::2.0::964986303\n";
    let said = "columns: [user, item, rating, ts], separator: \"::\", quote: none, \
                type: {const: click}";
    let folder = place(&events(said), ratings);
    let Ran(code, out, err) = run(folder.path(), COMMANDS[0]);
    assert_eq!((code, err.as_str()), (Some(0), ""), "{out}");
    let table = "format: flat, CSV; times in s\ntable: no head, columns user, item, rating, ts; \
                 cells separated by `::`; no quotes\n";
    assert!(out.contains(table) && out.contains("types: click 2\n"), "{out}");
    // Another separator, no time, fewer columns.
    refused(
        &events("columns: [user, item, rating, ts], type: {const: click}"),
        ratings,
        &["without lines of the 4 cells that `columns` names", "4 cells by the separator \"::\""],
    );
    refused(
        &events("columns: [user, ts], separator: \"::\", type: {const: click}"),
        ratings,
        &["without lines of the 2 cells", "it has 4 cells by the separator \"::\""],
    );
    refused(
        &events("columns: [user, item, rating, when], separator: \"::\""),
        ratings,
        &[
            "a CSV table whose columns the config calls user, item, rating, when; no column has \
             the time, nor the type",
            "write `events: {timestamp: COLUMN, type: COLUMN}`",
        ],
    );
    // What is no table is read as ever, and the members are told.
    for (log, is_told) in [
        ("{\"ts\":1718000000,\"type\":\"click\",\"item\":\"a\"}\n", true),
        ("[{\"ts\":1718000000,\"type\":\"click\",\"item\":\"a\"}]", true),
        ("1718000000,click,a\n", false),
    ] {
        let folder = place(&events("columns: [ts, type, item]"), log);
        let Ran(code, out, err) = run(folder.path(), COMMANDS[1]);
        assert_eq!((code, out.lines().count()), (Some(0), 1), "{err}");
        let warning = "warning: `columns` is for tables in CSV, and the log `log` is none; remove \
                       that from `events` in the config\n";
        assert_eq!(err, if is_told { warning } else { "" });
    }
}
