//! The commands as a shell sees them: what is on stdout, what on stderr, the exit code.

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Command, Output, Stdio};

use counterscope::dataset::{Content, FORMATS};

const CONFIG: &str = "\
features:
  - {name: clicks, type: interaction_count, interaction: click, scope: item}
  - {name: ctr, type: rate, top: click, bottom: impression, scope: item, bucket: 24h, periods: [1]}
  - {name: pair, type: window_count, interaction: click, scope: [user, item], bucket: 1h, periods: [1], refresh: 6h} # allow: rare-refresh
";

const LOG: &str = r#"{"event":"ranking","id":"r1","timestamp":"2024-06-01T10:00:00Z","user":"u1","items":[{"id":"a"},{"id":"b, c"}]}
{"event":"interaction","id":"i1","type":"click","timestamp":"2024-06-01T10:01:00Z","ranking":"r1","item":"b, c","user":"u1"}
this is no event
{"event":"interaction","id":"i2","type":"click","timestamp":"2024-06-01T10:02:00Z","item":"b, c","user":"u1"}
"#;

const FAULTY: &str =
    "features:\n  - {name: clicks, type: interaction_count, interacton: click, scope: item}\n";

/// A folder with a config, a faulty one and a log.
pub(crate) struct Place(tempfile::TempDir);

impl Place {
    pub(crate) fn new() -> Self {
        let place = tempfile::tempdir().unwrap();
        for (name, text) in [("good.yaml", CONFIG), ("faulty.yaml", FAULTY), ("log.ndjson", LOG)] {
            std::fs::write(place.path().join(name), text).unwrap();
        }
        Self(place)
    }

    pub(crate) fn path(&self) -> &Path {
        self.0.path()
    }

    /// Writes a file.
    pub(crate) fn write(&self, name: &str, text: &str) {
        std::fs::write(self.0.path().join(name), text).unwrap();
    }

    pub(crate) fn command(&self, words: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_counterscope"));
        command
            .args(words)
            .current_dir(self.path())
            .env("XDG_STATE_HOME", self.path().join("state"))
            .env("NO_COLOR", "1")
            .stdin(Stdio::null());
        command
    }

    pub(crate) fn run(&self, words: &[&str]) -> Ran {
        Ran::new(self.command(words).output().unwrap())
    }
}

#[derive(Debug)]
pub(crate) struct Ran {
    pub(crate) code: Option<i32>,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Ran {
    pub(crate) fn new(output: Output) -> Self {
        Self {
            code: output.status.code(),
            out: String::from_utf8(output.stdout).unwrap(),
            err: String::from_utf8(output.stderr).unwrap(),
        }
    }

    /// The lines of stdout as JSON.
    pub(crate) fn json(&self) -> Vec<serde_json::Value> {
        self.out.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }
}

#[test]
fn help_shows_examples_for_every_command() {
    let place = Place::new();
    for words in [
        &["--help"][..],
        &["values", "--help"],
        &["dataset", "--help"],
        &["plan", "--help"],
        &["fields", "--help"],
        &["test", "--help"],
    ] {
        let ran = place.run(words);
        assert_eq!((ran.code, ran.err.as_str()), (Some(0), ""), "{words:?}");
        assert!(ran.out.contains("Examples:\n  counterscope"), "{}", ran.out);
    }
    let version = place.run(&["--version"]);
    assert_eq!(version.out, format!("counterscope {}\n", env!("CARGO_PKG_VERSION")));
}

#[test]
fn check_reports_on_stdout() {
    let place = Place::new();
    let good = place.run(&["check", "good.yaml"]);
    assert_eq!((good.code, good.err.as_str()), (Some(0), ""));
    assert_eq!(good.out, "good.yaml: ok, 3 features with 3 outputs over 2 scopes\n");

    let faulty = place.run(&["check", "faulty.yaml"]);
    assert_eq!((faulty.code, faulty.err.as_str()), (Some(1), ""));
    for part in ["error[unknown-member]", "faulty.yaml:2:", "interacton", "^", "`interaction`"] {
        assert!(faulty.out.contains(part), "{part} in\n{}", faulty.out);
    }

    let json = place.run(&["check", "faulty.yaml", "--format", "json"]);
    assert_eq!(json.code, Some(1));
    let report = &json.json()[0];
    let faults = report["diagnostics"].as_array().unwrap();
    let fault = faults.iter().find(|fault| fault["code"] == "unknown-member").unwrap();
    assert_eq!((&fault["line"], &fault["column"]), (&2.into(), &45.into()));
}

#[test]
fn check_tells_what_the_log_is_and_lacks() {
    let place = Place::new();
    std::fs::write(
        place.path().join("near.yaml"),
        CONFIG.replace("interaction: click", "interaction: clicks"),
    )
    .unwrap();
    let ran = place.run(&["check", "near.yaml", "log.ndjson"]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    for part in [
        "log: 3 events, from 2024-06-01T10:00:00.000Z to 2024-06-01T10:02:00.000Z\n",
        "format: metarank, NDJSON\n",
        "not counted: 1 ranking\n",
        "impressions: 3 made: 2 from rankings, 1 from interactions without a ranking\n",
        "rejected: 1 line, invalid JSON\n  line 3: this is no event\n",
        "warning[unseen-type]: no event is of type `clicks`; 2 features name it",
        "near.yaml:2:58",
        "did you mean `click`, as in 2 events?",
        "  clicks  the log has no event of its types\n",
    ] {
        assert!(ran.out.contains(part), "{part} in\n{}", ran.out);
    }
    let json = place.run(&["check", "good.yaml", "log.ndjson", "--format", "json"]);
    assert_eq!(json.json()[1]["events"], 3);
    let codes: Vec<_> = json.json()[1]["diagnostics"]
        .as_array()
        .unwrap()
        .iter()
        .map(|found| found["code"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(codes, ["metarank-refresh"]);
    assert_eq!(json.json()[1]["features"]["entries"][0]["counted"], 2);
}

/// Two of three have a number that is written as a text: no command keeps that to itself.
const TEXTS: &str = r#"{"ts": 1718000000, "type": "purchase", "user": "a", "price": "10.5"}
{"ts": 1718000060, "type": "purchase", "user": "a", "price": 7}
{"ts": 1718000120, "type": "purchase", "user": "b", "price": "3"}
"#;

#[test]
fn what_features_counted_and_lost_is_told() {
    let place = Place::new();
    let config = "features:\n  - {name: spent, type: counter, interaction: purchase, scope: user, \
                  aggregate: sum, value: price}\n  - {name: bought, type: counter, interaction: \
                  purchase, scope: user}\n";
    std::fs::write(place.path().join("spent.yaml"), config).unwrap();
    std::fs::write(place.path().join("texts.ndjson"), TEXTS).unwrap();
    let ran = place.run(&["check", "spent.yaml", "texts.ndjson"]);
    let lines = "features: 1 of 2 with events not counted\n  spent   counted 1 of 3 events; not counted: 2 in \
                 which `price` is a text such as \"10.5\"\n  bought  counted 3 of 3 events\n";
    assert!(ran.code == Some(0) && ran.out.contains(lines), "{}", ran.out);
    let json = place.run(&["check", "spent.yaml", "texts.ndjson", "--format", "json"]);
    let features = &json.json()[1]["features"];
    assert_eq!(features["entries"][0]["no_number"]["example"], "\"10.5\"");
    let values = place.run(&["values", "spent.yaml", "texts.ndjson", "--stats"]);
    assert_eq!(&stats(&values)["features"], features);
}

/// What is said of a log beside its events: what a line is, whose days and times, what is rejected.
#[test]
fn check_describes_flags_zones_and_duplicates() {
    let place = Place::new();
    let config = "events: {type: action, flags: {like: is_like}, id: id, dedup: 1d, zone: Asia/Tokyo}\n\
                  features: [{name: n, type: counter, scope: user}]\n";
    let log = "time,action,is_like,id,user\n2024-06-02T09:00:00,play,1,a,u\n2024-06-02T09:30:00,,1,b,u\n\
               2024-06-02T08:00:00,play,0,c,u\n2024-06-02T10:00:00,play,0,a,u\n";
    std::fs::write(place.path().join("c.yaml"), config).unwrap();
    std::fs::write(place.path().join("log.csv"), log).unwrap();
    let ran = place.run(&["check", "c.yaml", "log.csv"]);
    for line in [
        "log: 4 events, from 2024-06-01T23:00:00.000Z to 2024-06-02T00:30:00.000Z\n",
        "events: each line is an event of the type that `action` has, if it has one, and an event for \
         each flag that is set (`like` if `is_like`)\n",
        "zones: times that name none are of Asia/Tokyo (`zone`), days are those of UTC (`timezone`)\n",
        "rejected: 1 line, duplicate id\n  line 5\n",
    ] {
        assert!(ran.code == Some(0) && ran.out.contains(line), "{line} in\n{}", ran.out);
    }
}

#[test]
fn no_two_columns_have_one_name() {
    let place = Place::new();
    let config = "events: {flags: {like: l}}\nfeatures:\n  - {name: user, type: counter, scope: [user, seq, value]}\n  \
                  - {name: sub, type: counter, scope: user}\n";
    std::fs::write(place.path().join("c.yaml"), config).unwrap();
    std::fs::write(place.path().join("log.csv"), "ts,l,user,seq,value\n1718000000,1,u,7,9\n")
        .unwrap();
    let rows = place.run(&["dataset", "c.yaml", "log.csv", "--on", "like", "--format", "csv"]);
    let head = "seq,sub,timestamp,user,seq_2,value,user_2,sub_2\n";
    assert!(rows.code == Some(0) && rows.out.starts_with(head), "{rows:?}");
    let note = "note: another column is called `user`; this one is called `user_2`";
    assert!(rows.err.contains(note), "{}", rows.err);
    let values = place.run(&["values", "c.yaml", "log.csv", "--format", "csv"]);
    let head = "feature,user,seq,value_2,value,served\n";
    assert!(values.code == Some(0) && values.out.starts_with(head), "{values:?}");
}

#[test]
fn a_matrix_is_told_in_a_line() {
    let place = Place::new();
    let mut config = "features:\n  - {name: '{e}_{n}', matrix: {e: [click, x], n: [item, user]}, \
                      type: interaction_count, interaction: '{e}', scope: '{n}'}\n"
        .to_owned();
    for n in 0..30 {
        use std::fmt::Write as _;
        let _ = writeln!(
            config,
            "  - {{name: f{n}, type: interaction_count, interaction: click, scope: item}}"
        );
    }
    std::fs::write(place.path().join("wide.yaml"), config).unwrap();
    let ran = place.run(&["check", "wide.yaml", "log.ndjson"]);
    for line in [
        "  {e}_{n} (4 features)  counted 4 of 4 events, added up over 4 features\n",
        "  … and 11 more\n",
    ] {
        assert!(ran.out.contains(line), "{line} in\n{}", ran.out);
    }
}

#[test]
fn plan_shows_what_is_shared_and_what_it_takes() {
    let place = Place::new();
    let ran = place.run(&["plan", "good.yaml"]);
    assert_eq!((ran.code, ran.err.as_str()), (Some(0), ""), "{ran:?}");
    let lines: Vec<&str> = ran.out.lines().collect();
    assert_eq!(
        lines,
        [
            "good.yaml: 3 features with 3 outputs over 2 scopes, read from 4 states of 3 inputs",
            "",
            " SCOPE         FEATURES  OUTPUTS  STATES  BYTES A KEY",
            " item                 2        2       3         76 +",
            " [user, item]         1        1       1         31 +",
            "",
            " LINE  FEATURE  TYPE               SCOPE         OUTPUTS",
            "    2  clicks   interaction_count  item          clicks",
            "    3  ctr      rate               item          ctr_1",
            "    4  pair     window_count       [user, item]  pair_1",
            "",
            " EVENTS      BY            STATE          BYTES A KEY       READ BY",
            " click       item          count          14                clicks",
            "                           count, 1 × 1d  31 + 12 a bucket  ctr_1",
            " impression  item          count, 1 × 1d  31 + 12 a bucket  ctr_1",
            " click       [user, item]  count, 1 × 1h  31 + 12 a bucket  pair_1",
        ]
    );
    let with_log = place.run(&["plan", "good.yaml", "log.ndjson"]);
    for part in ["BYTES A KEY  KEYS", "after 3 events: ", "in states, ", "in served values\n"] {
        assert!(with_log.out.contains(part), "{part} in\n{}", with_log.out);
    }
    let faulty = place.run(&["plan", "faulty.yaml"]);
    assert_eq!((faulty.code, faulty.out.as_str()), (Some(1), ""));
}

#[test]
fn plan_says_what_is_not_always_exact() {
    let place = Place::new();
    let config = "features:\n  - {name: users, type: counter, scope: item, aggregate: distinct, \
                  value: user}\n  - {name: days, type: counter, scope: item, aggregate: distinct, \
                  value: user, windows: [7], bucket: 1d}\n";
    std::fs::write(place.path().join("users.yaml"), config).unwrap();
    let ran = place.run(&["plan", "users.yaml", "log.ndjson"]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    for part in [
        " distinct of user; exact to 1,024, then ±0.8 %  ",
        " distinct of user, 7 × 1d; exact to 1,024, then ±0.8 %  ",
        " a bucket  ",
    ] {
        assert!(ran.out.contains(part), "{part} in\n{}", ran.out);
    }
    let json = &place.run(&["plan", "users.yaml", "--format", "json"]).json()[0];
    assert_eq!(json["states"][0]["approximation"]["exact_to"], 1024.0);
    assert!(json["states"][0]["key_bytes"]["most"].as_u64().unwrap() > 16_384);
}

#[test]
fn plan_tells_programs_everything() {
    let place = Place::new();
    let plan = &place.run(&["plan", "good.yaml", "log.ndjson", "--format", "json"]).json()[0];
    assert_eq!(plan["features"][1]["outputs"], serde_json::json!(["ctr_1"]));
    assert_eq!(plan["scopes"][0]["keys"], 2);
    let states = plan["states"].as_array().unwrap();
    let keys: Vec<_> = states.iter().map(|state| state["keys"].as_u64().unwrap()).collect();
    assert_eq!(keys, [1, 1, 2, 1]);
    let bytes: u64 = states.iter().map(|state| state["bytes"].as_u64().unwrap()).sum();
    assert_eq!(plan["log"]["bytes"], bytes);
    assert_eq!(plan["log"]["events"], 3);
}

#[test]
fn a_wide_plan_is_summed_up() {
    let place = Place::new();
    let config = "features:\n  - {name: '{e}_{n}', matrix: {e: [a, b], n: [x, y]}, type: counter, \
                  interaction: '{e}', scope: '{n}', half_life: [1h, 2h, 3h, 4h, 5h, 6h, 7h, 8h, \
                  9h, 10h, 11h]}\n  - {name: r, type: ratio, top: a_x, bottom: b_x}\n";
    std::fs::write(place.path().join("wide.yaml"), config).unwrap();
    let ran = place.run(&["plan", "wide.yaml"]);
    assert!(
        ran.out.contains("    2  a_x … b_y  counter  2 scopes  44 of 4 features"),
        "{}",
        ran.out
    );
    assert!(ran.out.contains("half-life 1h   16           a_x_1h, r_1h\n"), "{}", ran.out);
    assert!(ran.out.ends_with(" and 34 more, less shared; --all lists them\n"), "{}", ran.out);
    let all = place.run(&["plan", "wide.yaml", "--all"]);
    assert_eq!(all.out.matches("half-life").count(), 44);
    assert!(all.out.contains(" b_y_9h, b_y_10h, b_y_11h"), "{}", all.out);
}

#[test]
fn values_are_one_object_a_line() {
    let place = Place::new();
    let ran = place.run(&["values", "good.yaml", "log.ndjson"]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    assert_eq!(ran.err, "note: 1 line rejected: 1 invalid JSON\n");
    assert_eq!(
        ran.out,
        "{\"feature\": \"clicks\", \"key\": {\"item\": \"b, c\"}, \"value\": 2, \"served\": 2}\n\
         {\"feature\": \"ctr_1\", \"key\": {\"item\": \"b, c\"}, \"value\": 1, \"served\": 1}\n\
         {\"feature\": \"ctr_1\", \"key\": {\"item\": \"a\"}, \"value\": 0, \"served\": 0}\n\
         {\"feature\": \"pair_1\", \"key\": {\"user\": \"u1\", \"item\": \"b, c\"}, \"value\": 2, \"served\": 1}\n"
    );
    let middle = place.run(&["values", "good.yaml", "log.ndjson", "--at", "2024-06-01T10:01:30Z"]);
    assert_eq!(middle.json()[0]["value"], 1);
    let before = place.run(&["values", "good.yaml", "log.ndjson", "--at", "2024-05-01"]);
    assert_eq!((before.code, before.out.as_str()), (Some(0), ""));
    assert!(!place.path().join("state").exists(), "no state is kept");
}

#[test]
fn values_can_be_chosen_and_shown_otherwise() {
    let place = Place::new();
    let csv = place.run(&[
        "values",
        "good.yaml",
        "log.ndjson",
        "--format",
        "csv",
        "--feature",
        "pair",
        "clicks",
    ]);
    assert_eq!(
        csv.out,
        "feature,item,user,value,served\nclicks,\"b, c\",,2,2\npair_1,\"b, c\",u1,2,1\n"
    );
    let table = place.run(&[
        "values",
        "good.yaml",
        "log.ndjson",
        "--format",
        "table",
        "--feature",
        "ctr_1",
    ]);
    let lines: Vec<&str> = table.out.lines().collect();
    assert_eq!(
        lines,
        [
            " FEATURE  KEY   VALUE  SERVED",
            " ctr_1    b, c      1       1",
            " ctr_1    a         0       0"
        ]
    );
    let wrong = place.run(&["values", "good.yaml", "log.ndjson", "--feature", "click"]);
    assert_eq!((wrong.code, wrong.out.as_str()), (Some(2), ""));
    assert_eq!(
        wrong.err,
        "error: the config has no feature `click`\nhelp: did you mean `clicks`?\n"
    );
}

#[test]
fn data_sets_have_a_row_for_each_event() {
    let place = Place::new();
    let clicks = place.run(&["dataset", "good.yaml", "log.ndjson", "--on", "click"]);
    assert_eq!(clicks.code, Some(0), "{clicks:?}");
    assert_eq!(
        clicks.out,
        "{\"seq\": 1, \"timestamp\": 1717236060000, \"item\": \"b, c\", \"user\": \"u1\", \"clicks\": 0, \"ctr_1\": null, \"pair_1\": 0}\n\
         {\"seq\": 3, \"timestamp\": 1717236120000, \"item\": \"b, c\", \"user\": \"u1\", \"clicks\": 1, \"ctr_1\": null, \"pair_1\": 1}\n"
    );
    let ranking =
        place.run(&["dataset", "good.yaml", "log.ndjson", "--on", "ranking", "--format", "csv"]);
    assert_eq!(
        ranking.out,
        "seq,timestamp,item,user,clicks,ctr_1,pair_1\n\
         0,1717236000000,a,u1,0,,0\n0,1717236000000,\"b, c\",u1,0,,0\n"
    );
    let every = place.run(&["dataset", "good.yaml", "log.ndjson", "--on", "click", "--every", "2"]);
    assert_eq!(every.json().len(), 1);
    let wrong = place.run(&["dataset", "good.yaml", "log.ndjson", "--on", "clik"]);
    assert_eq!((wrong.code, wrong.out.as_str()), (Some(2), ""));
    assert!(wrong.err.ends_with("help: did you mean `click`?\n"), "{}", wrong.err);
}

#[test]
fn a_faulty_config_stops_a_run_with_its_report_on_stderr() {
    let place = Place::new();
    for words in [
        &["values", "faulty.yaml", "log.ndjson"][..],
        &["dataset", "faulty.yaml", "log.ndjson", "--on", "click"],
    ] {
        let ran = place.run(words);
        assert_eq!((ran.code, ran.out.as_str()), (Some(1), ""), "{words:?}");
        assert!(ran.err.contains("error[unknown-member]"), "{}", ran.err);
    }
}

#[test]
fn a_value_that_is_always_a_text_is_a_fault() {
    let place = Place::new();
    let config = "features:\n\
        - {name: bought, type: counter, scope: user}\n\
        - {name: spent, type: counter, scope: user, aggregate: sum, value: price}\n\
        - {name: each, type: ratio, top: spent, bottom: bought}\n";
    let log = "{\"ts\":1718000000,\"type\":\"buy\",\"user\":\"u\",\"price\":\"7\"}\n\
               {\"ts\":1718000001,\"type\":\"buy\",\"user\":\"u\"}\n";
    std::fs::write(place.path().join("texts.yaml"), config).unwrap();
    std::fs::write(place.path().join("texts.ndjson"), log).unwrap();
    let (error, help) = (
        "error: `spent` (line 3 of the config) has no value: of 2 events none has a number in \
         `price`, which is a text in each that has it\n",
        "write `events: {number: [price]}` to read them as numbers",
    );

    let check = place.run(&["check", "texts.yaml", "texts.ndjson"]);
    assert_eq!(check.code, Some(1), "{check:?}");
    assert!(check.out.contains("error[value-is-text]") && check.out.contains(help), "{check:?}");
    assert!(check.out.ends_with("texts.yaml: 1 error, 3 features with 3 outputs over 1 scope\n"));
    let json = place.run(&["check", "texts.yaml", "texts.ndjson", "--format", "json"]);
    assert_eq!(json.code, Some(1), "{json:?}");
    assert_eq!(json.json()[1]["diagnostics"][0]["code"], "value-is-text");

    let values = place.run(&["values", "texts.yaml", "texts.ndjson"]);
    assert_eq!((values.code, values.out.as_str()), (Some(1), ""), "{values:?}");
    assert!(values.err.contains(error) && values.err.contains(help), "{}", values.err);
    let each = place.run(&["values", "texts.yaml", "texts.ndjson", "--feature", "each"]);
    assert_eq!((each.code, each.out.as_str()), (Some(1), ""), "{each:?}");
    let other = place.run(&["values", "texts.yaml", "texts.ndjson", "--feature", "bought"]);
    assert_eq!((other.code, other.out.lines().count()), (Some(0), 1), "{other:?}");

    let rows = place.run(&["dataset", "texts.yaml", "texts.ndjson", "--on", "buy"]);
    assert_eq!((rows.code, rows.out.lines().count()), (Some(1), 2), "{rows:?}");
    assert!(rows.err.contains(error) && rows.err.contains(help), "{}", rows.err);

    std::fs::write(
        place.path().join("numbers.yaml"),
        format!("events: {{number: [price]}}\n{config}"),
    )
    .unwrap();
    for words in [&["check"][..], &["values"], &["dataset", "--on", "buy"]] {
        let ran = place.run(&[words, &["numbers.yaml", "texts.ndjson"]].concat());
        assert_eq!(ran.code, Some(0), "{ran:?}");
    }
}

#[test]
fn ids_are_written_without_separators_for_people() {
    let place = Place::new();
    let config = "features:\n\
        - {name: newest, type: counter, scope: user, aggregate: last, value: order}\n\
        - {name: oldest, type: counter, scope: user, aggregate: first, value: order, windows: [7], bucket: 1d}\n\
        - {name: spent, type: counter, scope: user, aggregate: sum, value: order}\n\
        - {name: often, type: counter, scope: user, aggregate: top_k, value: order}\n\
        - {name: half, type: ratio, top: newest, bottom: spent}\n";
    let log = "ts,user,order\n1718000000,1234567,1142000\n1718000001,1234567,1142001\n";
    std::fs::write(place.path().join("ids.yaml"), config).unwrap();
    std::fs::write(place.path().join("ids.csv"), log).unwrap();
    let table = place.run(&["values", "ids.yaml", "ids.csv", "--format", "table"]);
    assert_eq!(table.code, Some(0), "{table:?}");
    let rows: Vec<Vec<&str>> =
        table.out.lines().skip(1).map(|line| line.split_whitespace().collect()).collect();
    assert_eq!(
        rows,
        [
            ["newest", "1234567", "1142001", "1142001"].to_vec(),
            ["oldest_7", "1234567", "1142000", "1142000"].to_vec(),
            ["spent", "1234567", "2,284,001", "2,284,001"].to_vec(),
            ["often", "1234567", "1142000,", "1142001", "1142000,", "1142001"].to_vec(),
            ["half", "1234567", "0.5000", "0.5000"].to_vec(),
        ]
    );
    let explain = |name: &str| {
        let words = ["explain", "ids.yaml", "ids.csv", "--feature", name, "--key", "1234567"];
        let ran = place.run(&words);
        assert_eq!(ran.code, Some(0), "{ran:?}");
        ran.out
    };
    let newest = explain("newest");
    assert!(newest.starts_with("newest{user=1234567} = 1142001, as of"), "{newest}");
    assert!(!newest.contains("1,142"), "{newest}");
    assert!(explain("spent").contains("2,284,001"));
    // For programs they are numbers as all others.
    let json = place.run(&["values", "ids.yaml", "ids.csv", "--feature", "newest"]);
    assert!(json.out.contains("1142001"), "{json:?}");
}

#[test]
fn commands_judge_a_value_alike() {
    let place = Place::new();
    let config = "features:\n\
        - {name: spent, type: counter, scope: user, interaction: buy, aggregate: sum, value: price}\n\
        - {name: seen, type: counter, scope: user, interaction: view, aggregate: sum, value: price}\n";
    let line = |kind: &str, price: &str| {
        format!("{{\"ts\":1718000000,\"type\":\"{kind}\",\"user\":\"u\",\"price\":{price}}}\n")
    };
    std::fs::write(place.path().join("alike.yaml"), config).unwrap();
    for (buys, code) in [
        // Numbers of another type of events are no numbers of these.
        (&["\"7\""][..], 1),
        (&["\"7\"", "true"], 1),
        (&["\"7\"", "8"], 0),
        (&["true", "[1]"], 0),
        (&["null"], 0),
    ] {
        let buys: String = buys.iter().map(|price| line("buy", price)).collect();
        let log = line("view", "3") + &buys;
        std::fs::write(place.path().join("alike.ndjson"), &log).unwrap();
        for words in [&["check"][..], &["values"], &["dataset", "--on", "buy"]] {
            let ran = place.run(&[words, &["alike.yaml", "alike.ndjson"]].concat());
            assert_eq!(ran.code, Some(code), "{log}{ran:?}");
            let is_told = [&ran.out, &ran.err].iter().any(|text| {
                text.contains("which `sum` does not count")
                    || text.contains("note: `spent` leaves out events in which `price` is a text;")
            });
            let has_both = buys.contains("\"7\"") && buys.contains(":8}");
            assert_eq!(is_told, has_both, "{log}{ran:?}");
        }
    }
}

#[test]
fn what_is_not_there_is_said_with_a_remedy() {
    let place = Place::new();
    let none = place.run(&["values", "none.yaml", "log.ndjson"]);
    assert_eq!((none.code, none.out.as_str()), (Some(2), ""));
    assert!(none.err.starts_with("error: cannot read the config `none.yaml`: "), "{}", none.err);
    assert!(none.err.contains("\nhelp: "), "{}", none.err);
    let log = place.run(&["values", "good.yaml", "none.ndjson"]);
    assert_eq!((log.code, log.out.as_str()), (Some(2), ""));
    assert!(log.err.contains("none.ndjson"), "{}", log.err);
    let usage = place.run(&["values", "good.yaml"]);
    assert_eq!((usage.code, usage.out.as_str()), (Some(2), ""));
    std::fs::write(place.path().join("bytes.yaml"), b"features: \xff").unwrap();
    let bytes = place.run(&["check", "bytes.yaml"]);
    assert!(bytes.code == Some(2) && bytes.err.contains("byte 10"), "{}", bytes.err);
}

#[test]
fn a_closed_pipe_is_no_error() {
    let place = Place::new();
    // More than a pipe holds, so that the program notices.
    let mut log = LOG.to_owned();
    for i in 0..20_000 {
        let line = format!(
            r#"{{"event":"interaction","id":"x{i}","type":"click","timestamp":"2024-06-01T11:00:00Z","item":"item{i}","user":"u"}}"#
        );
        log.push_str(&line);
        log.push('\n');
    }
    std::fs::write(place.path().join("long.ndjson"), log).unwrap();
    for words in [
        &["values", "good.yaml", "long.ndjson"][..],
        &["dataset", "good.yaml", "long.ndjson", "--on", "click"],
    ] {
        let mut child =
            place.command(words).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let mut first = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut first).unwrap();
        assert!(first.starts_with('{'));
        let ran = Ran::new(child.wait_with_output().unwrap());
        assert_eq!(ran.code, Some(0), "{words:?}");
        assert!(!ran.err.contains("error"), "{}", ran.err);
    }
}

#[cfg(feature = "workbench")]
#[test]
fn without_a_terminal_the_workbench_refuses() {
    let place = Place::new();
    let ran = place.run(&["good.yaml", "log.ndjson"]);
    assert_eq!((ran.code, ran.out.as_str()), (Some(2), ""));
    assert!(ran.err.contains("needs a terminal") && ran.err.contains("values"), "{}", ran.err);
    let state = place.path().join("state");
    assert!(!state.exists(), "no state is kept");
}

#[test]
fn a_log_may_come_from_standard_input() {
    let place = Place::new();
    let with = |words: &[&str], input: &str| {
        let mut child = place
            .command(words)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        // Whoever refuses its input may be gone before it is written.
        let _ = std::io::Write::write_all(&mut child.stdin.take().unwrap(), input.as_bytes());
        Ran::new(child.wait_with_output().unwrap())
    };
    let want = place.run(&["values", "good.yaml", "log.ndjson"]);
    let ran = with(&["values", "good.yaml", "-"], LOG);
    assert_eq!((ran.code, &ran.out), (Some(0), &want.out), "{ran:?}");
    let table = "ts,type,item\n1718000000,click,a\n1718000001,click,a\n";
    let ran = with(&["values", "good.yaml", "-", "--feature", "clicks"], table);
    assert!(ran.out.contains("\"value\": 2"), "{ran:?}");
    let ran = with(&["check", "good.yaml", "-"], table);
    assert!(ran.out.contains("format: flat, CSV; times in s"), "{ran:?}");
    let ran = with(&["values", "good.yaml", "-", "-"], LOG);
    assert_eq!(ran.code, Some(2), "{ran:?}");
    assert!(ran.err.contains("standard input (`-`) can be read once only"), "{ran:?}");
    #[cfg(feature = "workbench")]
    {
        let ran = with(&["good.yaml", "-"], LOG);
        assert_eq!(ran.code, Some(2), "{ran:?}");
        assert!(ran.err.contains("cannot replay `-`: it reads its logs more than once"), "{ran:?}");
        assert!(ran.err.contains("help: write the events to a file"), "{ran:?}");
    }
}

/// A config for [`flat`] logs, with keys that are missing and numbers that are no integers.
const FLAT: &str = "\
events: {format: flat, timestamp: ts, type: event}
features:
  - {name: likes, type: counter, interaction: like, scope: item, half_life: 1d}
  - {name: ctr, type: rate, top: click, bottom: show, scope: item, bucket: 24h, periods: [1, 7], refresh: 6h}
  - {name: pair, type: counter, interaction: [click, like], scope: [user, item]}
";

/// So many events as flat lines, one a second; some have no user.
fn flat(events: u64) -> Vec<String> {
    let line = |n: u64| {
        let kind = ["show", "show", "click", "like"][(n * n % 7 % 4) as usize];
        let user =
            if n.is_multiple_of(5) { String::new() } else { format!(r#","user":"u,{}""#, n % 11) };
        let time = 1_718_000_000_000 + n * 1_000;
        format!(r#"{{"ts":{time},"event":"{kind}","item":"i{}"{user}}}"#, n * n % 97)
    };
    (0..events).map(line).collect()
}

/// The last line of stderr as JSON: what `--stats` tells.
fn stats(ran: &Ran) -> serde_json::Value {
    serde_json::from_str(ran.err.lines().last().unwrap()).unwrap()
}

#[test]
fn the_outcome_is_one_line_of_json() {
    let place = Place::new();
    let ran = place.run(&["values", "good.yaml", "log.ndjson", "--stats"]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    assert_eq!(ran.out, place.run(&["values", "good.yaml", "log.ndjson"]).out);
    let told = stats(&ran);
    for (member, expected) in [
        ("events", serde_json::json!(3)),
        ("rejected", 1.into()),
        ("rejected_by_reason", serde_json::json!({"invalid JSON": 1})),
        ("late", 0.into()),
        ("reordered", 0.into()),
        ("impressions", 3.into()),
        ("rows", 4.into()),
    ] {
        assert_eq!(told[member], expected, "{member} of {told}");
    }
    let seconds = |phase: &str| told["seconds"][phase].as_f64().unwrap();
    let parts: Vec<f64> = ["read", "arrange", "apply", "write"].map(seconds).to_vec();
    assert!(parts.iter().all(|part| (0.0..=seconds("all")).contains(part)), "{told}");
    assert!(told["events_per_second"].as_f64().unwrap() > 0.0, "{told}");
    assert!(told["state_bytes"].as_u64().unwrap() > 0, "{told}");
    assert!(told["key_bytes"].as_u64().unwrap() > 0, "{told}");
    if cfg!(target_os = "linux") {
        assert!(told["peak_memory_bytes"].as_u64().unwrap() > 1 << 20, "{told}");
    }
    let rows = place.run(&["dataset", "good.yaml", "log.ndjson", "--on", "click", "--stats"]);
    assert_eq!(stats(&rows)["rows"], 2, "{rows:?}");
}

#[test]
fn threads_change_no_byte() {
    let place = Place::new();
    std::fs::write(place.path().join("flat.yaml"), FLAT).unwrap();
    // Several batches, so that there is something to do at once.
    std::fs::write(place.path().join("flat.ndjson"), flat(30_000).join("\n")).unwrap();
    for words in [
        &["values", "flat.yaml", "flat.ndjson"][..],
        &["values", "flat.yaml", "flat.ndjson", "--format", "csv"],
        &["dataset", "flat.yaml", "flat.ndjson", "--on", "show", "--every", "7"],
        &["dataset", "flat.yaml", "flat.ndjson", "--on", "click", "--served", "--format", "csv"],
    ] {
        let with = |threads| {
            let ran = place.run(&[words, &["--threads", threads]].concat());
            let unseen = "note: no event is of type `like`\n";
            assert_eq!((ran.code, ran.err.as_str()), (Some(0), unseen), "{words:?}");
            ran.out
        };
        let alone = with("1");
        assert!(alone.lines().count() > 100, "{words:?}");
        assert!(alone == with("2") && alone == with("5"), "{words:?}");
    }
}

#[test]
fn rows_of_an_unsorted_log_are_those_of_the_sorted_one() {
    let place = Place::new();
    std::fs::write(place.path().join("flat.yaml"), FLAT).unwrap();
    let sorted = flat(20_000);
    // Early ones stand late, in another batch than where they belong.
    let mut unsorted = sorted.clone();
    unsorted[3..17_000].rotate_left(11);
    std::fs::write(place.path().join("sorted.ndjson"), sorted.join("\n")).unwrap();
    std::fs::write(place.path().join("unsorted.ndjson"), unsorted.join("\n")).unwrap();
    let lines = |log: &str, more: &[&str]| -> Vec<String> {
        let words = ["dataset", "flat.yaml", log, "--on", "click", "--format", "csv"];
        let ran = place.run(&[&words[..], more].concat());
        assert_eq!(ran.code, Some(0), "{ran:?}");
        // The first column is the line in the log, which is another one.
        ran.out.lines().map(|line| line.split_once(',').unwrap().1.to_owned()).collect()
    };
    let expected = lines("sorted.ndjson", &[]);
    assert!(expected.len() > 1_000);
    assert_eq!(lines("unsorted.ndjson", &["--threads", "1"]), expected);
    assert_eq!(lines("unsorted.ndjson", &["--threads", "2"]), expected);
    let told = place.run(&["values", "flat.yaml", "unsorted.ndjson", "--stats"]);
    assert_eq!(stats(&told)["reordered"], 11);
}

#[test]
fn memory_that_is_not_allowed_is_not_taken() {
    let place = Place::new();
    std::fs::write(place.path().join("flat.yaml"), FLAT).unwrap();
    // Each with a key of its own.
    let line = |n: u64| {
        let time = 1_718_000_000_000 + n;
        format!(r#"{{"ts":{time},"event":"like","item":"i{n}"}}"#)
    };
    let mut lines: Vec<String> = (0..40_000).map(line).collect();
    std::fs::write(place.path().join("sorted.ndjson"), lines.join("\n")).unwrap();
    lines[..2_000].rotate_left(1);
    std::fs::write(place.path().join("unsorted.ndjson"), lines.join("\n")).unwrap();
    let run = |log: &str, size: &str| {
        let words = ["dataset", "flat.yaml", log, "--on", "like", "--every", "20000"];
        place.run(&[&words[..], &["--max-memory", size]].concat())
    };
    for (log, what, remedy) in [
        (
            "sorted.ndjson",
            "the keys and their states need more than the 1.0 MiB",
            "count fewer keys",
        ),
        ("unsorted.ndjson", "the events, which must all be put in order", "sort the log by time"),
    ] {
        let ran = run(log, "1MiB");
        assert_eq!((ran.code, ran.out.as_str()), (Some(2), ""), "{log}");
        assert!(ran.err.contains(what) && ran.err.contains(remedy), "{log}: {}", ran.err);
    }
    let enough = run("unsorted.ndjson", "2GiB");
    assert_eq!((enough.code, enough.out.lines().count()), (Some(0), 2), "{enough:?}");
    let wrong = run("sorted.ndjson", "much");
    assert!(wrong.code == Some(2) && wrong.err.contains("512MiB"), "{wrong:?}");
}

/// The registry of formats, the arguments, the help and the guide tell of the same formats.
#[test]
fn each_format_writes_what_it_says_and_is_described() {
    let place = Place::new();
    let guide = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/guide.md");
    let guide = std::fs::read_to_string(guide).unwrap();
    for (content, words) in [
        (Content::Values, &["values", "good.yaml", "log.ndjson"][..]),
        (Content::Rows, &["dataset", "good.yaml", "log.ndjson", "--on", "click"]),
    ] {
        let help = place.run(&[words[0], "--help"]).out;
        for format in FORMATS {
            let name = format.name;
            let ran = place.command(&[words, &["--format", name]].concat()).output().unwrap();
            let is_written = format.contents.contains(&content);
            assert_eq!(ran.status.success(), is_written, "{name} {content:?}");
            assert_eq!(ran.stdout.is_empty(), !is_written, "{name} {content:?}");
            assert_eq!(help.contains(&format!("- {name}:")), is_written, "{name}: {help}");
            assert!(guide.contains(&format!("| `{name}` |")), "{name}");
        }
    }
}

#[cfg(feature = "parquet")]
mod parquet {
    use arrow_array::cast::AsArray as _;
    use arrow_array::types::{Float64Type, Int64Type, TimestampMillisecondType};
    use arrow_array::{Array as _, RecordBatch};
    use arrow_schema::{DataType, TimeUnit};
    use bytes::Bytes;
    use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;

    use super::{FLAT, Place, flat};

    /// What stands in a column at a row, as CSV writes it.
    fn cell(batch: &RecordBatch, column: usize, row: usize) -> String {
        let cells = batch.column(column);
        if cells.is_null(row) {
            return String::new();
        }
        match cells.data_type() {
            DataType::Utf8 => match cells.as_string::<i32>().value(row) {
                text if text.contains(',') => format!("\"{text}\""),
                text => text.to_owned(),
            },
            DataType::Float64 => cells.as_primitive::<Float64Type>().value(row).to_string(),
            DataType::Int64 => cells.as_primitive::<Int64Type>().value(row).to_string(),
            DataType::Timestamp(TimeUnit::Millisecond, Some(zone)) => {
                assert_eq!(zone.as_ref(), "UTC");
                cells.as_primitive::<TimestampMillisecondType>().value(row).to_string()
            }
            other => panic!("a column of {other}"),
        }
    }

    #[test]
    fn holds_what_csv_holds() {
        let place = Place::new();
        std::fs::write(place.path().join("flat.yaml"), FLAT).unwrap();
        let mut lines = flat(20_000);
        std::fs::write(place.path().join("sorted.ndjson"), lines.join("\n")).unwrap();
        lines[3..17_000].rotate_left(11);
        std::fs::write(place.path().join("unsorted.ndjson"), lines.join("\n")).unwrap();
        for words in [
            &["values", "flat.yaml", "sorted.ndjson"][..],
            &["values", "flat.yaml", "sorted.ndjson", "--feature", "ctr"],
            &["values", "flat.yaml", "sorted.ndjson", "--at", "2024-01-01"],
            &["dataset", "flat.yaml", "sorted.ndjson", "--on", "show"],
            &["dataset", "flat.yaml", "unsorted.ndjson", "--on", "click", "--served"],
        ] {
            let csv = place.run(&[words, &["--format", "csv"]].concat());
            assert_eq!(csv.code, Some(0), "{csv:?}");
            let packed = place.command(&[words, &["--format", "parquet"]].concat()).output();
            let packed = Bytes::from(packed.unwrap().stdout);
            let file = ParquetRecordBatchReaderBuilder::try_new(packed).unwrap();
            let fields = file.schema().fields().clone();
            let names: Vec<&str> = fields.iter().map(|field| field.name().as_str()).collect();
            let mut lines = csv.out.lines();
            assert_eq!(names.join(","), lines.next().unwrap());
            for batch in file.build().unwrap() {
                let batch = batch.unwrap();
                for row in 0..batch.num_rows() {
                    let cells: Vec<String> =
                        (0..names.len()).map(|column| cell(&batch, column, row)).collect();
                    assert_eq!(Some(cells.join(",").as_str()), lines.next(), "{words:?}");
                }
            }
            assert_eq!(lines.next(), None, "{words:?}");
        }
    }

    #[test]
    fn a_run_that_fails_writes_nothing() {
        let place = Place::new();
        let words = ["dataset", "good.yaml", "log.ndjson", "--on", "clik", "--format", "parquet"];
        let ran = place.run(&words);
        assert_eq!((ran.code, ran.out.as_str()), (Some(2), ""));
        assert!(ran.err.ends_with("help: did you mean `click`?\n"), "{}", ran.err);
    }
}

/// What does not fit is told beside the values, and only what is so.
#[test]
fn a_replay_tells_what_counted_nothing() {
    let place = Place::new();
    let log = "{\"ts\":1718000000,\"type\":\"buy\",\"sku\":\"p\",\"user\":\"u\",\"price\":\"3\"}\n\
               {\"ts\":1718000001,\"type\":\"view\",\"sku\":\"p\",\"user\":\"u\",\"country\":\"de\"}\n";
    std::fs::write(place.path().join("shop.ndjson"), log).unwrap();
    let told = |members: &str| {
        let name = if members.contains("matrix") { "'f_{n}'" } else { "f" };
        let config = format!("features:\n  - {{name: {name}, type: counter, {members}}}\n");
        std::fs::write(place.path().join("f.yaml"), config).unwrap();
        let values = place.run(&["values", "f.yaml", "shop.ndjson"]);
        let rows = place.run(&["dataset", "f.yaml", "shop.ndjson", "--on", "view"]);
        assert_eq!((values.code, rows.code), (Some(0), Some(0)), "{}", values.err);
        assert_eq!(values.err, rows.err, "{members}");
        let early = place.run(&["values", "f.yaml", "shop.ndjson", "--at", "2024-06-10T06:13:20Z"]);
        assert_eq!(early.err, "", "what comes later is not known");
        values.err
    };
    let nothing = "note: `f` counted nothing, though there are events of its types";
    for (members, want) in [
        ("interaction: buy, scope: sku", String::new()),
        ("interaction: [buy, view], scope: global", String::new()),
        (
            "interaction: buyy, scope: sku",
            "note: no event is of type `buyy`; did you mean `buy`?\n".to_owned(),
        ),
        (
            "interaction: \"x\\e[2Jyyyyyyyyyy\", scope: sku",
            "note: no event is of type `x\\u{1b}[2Jyyyyyyyyyy`\n".to_owned(),
        ),
        (
            "interaction: buy, scope: [user, skuu]",
            format!("{nothing}: the first events have no `skuu`; did you mean `sku`?\n"),
        ),
        (
            "interaction: buy, scope: user, aggregate: sum, value: prize",
            format!("{nothing}: the first events have no `prize`; did you mean `price`?\n"),
        ),
        // What is there, and of no use, is for `check` to tell.
        (
            "interaction: view, scope: user, where: {country: DE}",
            format!("{nothing}; `counterscope check CONFIG LOG` says why\n"),
        ),
    ] {
        assert_eq!(told(members), want, "{members}");
    }
    let many = "scope: '{n}', interaction: '{n}', matrix: {n: [a1, a2, a3, a4, a5, a6, a7]}";
    let many = told(&many.replace("scope", "ttl: 1d, scope")).replace("  ", "");
    assert_eq!(many.lines().count(), 6, "{many}");
    assert!(many.ends_with("\n… run `counterscope check CONFIG LOG` for more\n"), "{many}");
}
