//! `counterscope test` as a shell sees it: stdout, stderr and the exit code.

use crate::commands::Place;
use crate::documents::{Part, parts};

const CONFIG: &str = "\
features:
  - {name: clicks, type: window_count, scope: item, interaction: click, bucket: 24h, periods: [7]}
";

fn config(name: &str, expected: &str) -> String {
    format!(
        "{CONFIG}tests:\n  - name: {name}\n    events:\n      - {{at: 0s, click: {{item: a}}, \
         repeat: 3, every: 1h}}\n    expect:\n      - {{at: 6d, key: {{item: a}}, clicks_7: \
         {expected}}}\n      - {{at: 8d, key: {{item: a}}, clicks_7: 0}}\n"
    )
}

fn place() -> Place {
    let place = Place::new();
    place.write("a.yaml", &config("three <clicks>", "3"));
    place.write("b.yaml", &config("four & more", "4"));
    place.write("none.yaml", CONFIG);
    place
}

#[test]
fn what_passes_is_told_in_a_line() {
    let ran = place().run(&["test", "a.yaml"]);
    let coverage = "  coverage 100 %: 3 of 3 outputs and boundaries";
    assert_eq!(ran.out, format!("a.yaml: 1 test passes\n{coverage}\n"));
    assert_eq!((ran.code, ran.err.as_str()), (Some(0), ""));
}

#[test]
fn what_fails_is_shown_and_explained() {
    let ran = place().run(&["test", "b.yaml"]);
    let head = "FAILED four & more (b.yaml:4)\n  \
                at                         key     output    expected  value\n  \
                6d (2024-01-07T00:00:00Z)  item=a  clicks_7  4         3\n\n  \
                clicks_7{item=a} = 3, as of 2024-01-07T00:00:00Z\n";
    assert!(ran.out.starts_with(head), "{}", ran.out);
    assert!(ran.out.contains("3 events add up to 3, newest first:\n"), "{}", ran.out);
    assert!(ran.out.contains("\nb.yaml: 1 of 1 test failed\n"), "{}", ran.out);
    assert_eq!((ran.code, ran.err.as_str()), (Some(1), ""));
}

#[test]
fn patterns_are_expanded_and_configs_told_in_their_order() {
    let place = place();
    let ran = place.run(&["test", "[an]*.yaml", "a.yaml"]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    let lines: Vec<&str> = ran.out.lines().filter(|line| !line.starts_with(' ')).collect();
    let want = ["a.yaml: 1 test passes", "none.yaml: no tests", "", "2 configs: 1 test passes"];
    assert_eq!(lines, want);
    let together = place.run(&["test", "a.yaml", "b.yaml", "none.yaml"]);
    assert_eq!(together.code, Some(1));
    assert!(together.out.ends_with("\n3 configs: 1 of 2 tests failed\n"), "{}", together.out);
    let alone = place.run(&["test", "a.yaml", "b.yaml", "none.yaml", "--threads", "1"]);
    assert_eq!(alone.out, together.out);
}

#[test]
fn nothing_to_run_is_no_success() {
    let place = place();
    for (words, said) in [
        (&["test", "none.yaml"][..], "none of the configs has a test"),
        (&["test", "a.yaml", "--name", "x"], "no test has `x` in its name"),
        (&["test", "x*.yaml"], "no file matches `x*.yaml`"),
        (&["test", "x.yaml"], "there is no such file"),
        (&["test", "a[.yaml"], "is not a pattern"),
        (&["test", "a.yaml", "--min-coverage", "101"], "from 0 to 100"),
        (&["test"], "required"),
    ] {
        let ran = place.run(words);
        assert_eq!((ran.code, ran.out.as_str()), (Some(2), ""), "{words:?}: {}", ran.err);
        assert!(ran.err.contains(said), "{words:?}: {}", ran.err);
    }
}

#[test]
fn faults_of_a_config_do_not_keep_others_from_running() {
    let ran = place().run(&["test", "faulty.yaml", "a.yaml"]);
    assert_eq!(ran.code, Some(1));
    assert!(ran.err.contains("unknown-member"), "{}", ran.err);
    let head = "faulty.yaml: not run: the config has faults\na.yaml: 1 test passes\n";
    assert!(ran.out.starts_with(head), "{}", ran.out);
}

#[test]
fn a_coverage_may_be_demanded() {
    let place = place();
    place.write("c.yaml", &config("x", "3").replace("periods: [7]", "periods: [7, 9]"));
    let ran = place.run(&["test", "c.yaml", "--min-coverage", "50"]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    let ran = place.run(&["test", "c.yaml", "--min-coverage", "51%"]);
    assert_eq!(ran.code, Some(1), "{ran:?}");
    let coverage = "  coverage 50 %: 3 of 6 outputs and boundaries\n  below the 51 % that are \
                    asked for\n  no value expected: clicks_9\n";
    assert!(ran.out.contains(coverage), "{}", ran.out);
    // Of a part of the tests none is said.
    let ran = place.run(&["test", "a.yaml", "b.yaml", "--name", "three", "--min-coverage", "100"]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    assert!(!place.run(&["test", "none.yaml", "a.yaml", "--min-coverage", "1"]).out.is_empty());
}

#[test]
fn programs_are_told_everything() {
    let ran = place().run(&["test", "a.yaml", "b.yaml", "faulty.yaml", "--format", "json"]);
    assert_eq!(ran.code, Some(1));
    let [report] = ran.json().try_into().unwrap();
    let counts = serde_json::json!([report["passed"], report["tests"], report["failed"]]);
    assert_eq!(counts, serde_json::json!([false, 2, 1]));
    let configs = report["configs"].as_array().unwrap();
    assert_eq!(configs[2]["has_faults"], true);
    let test = &configs[1]["tests"][0];
    let named = serde_json::json!([test["name"], test["line"], test["passed"]]);
    assert_eq!(named, serde_json::json!(["four & more", 4, false]));
    let value = &test["values"][0];
    assert_eq!(value["at"], "2024-01-07T00:00:00.000Z");
    assert_eq!(value["key"], serde_json::json!({"item": "a"}));
    assert_eq!(value["expected"], "4");
    assert_eq!(value["value"], 3.0);
    assert!(value["explanation"][0].as_str().unwrap().starts_with("clicks_7{item=a} = 3"));
    assert_eq!(test["values"][1]["explanation"], serde_json::Value::Null);
    assert_eq!(configs[0]["coverage"]["percent"], 100.0);
}

#[test]
fn build_servers_get_their_xml() {
    let ran = place().run(&["test", "a.yaml", "b.yaml", "faulty.yaml", "--format", "junit"]);
    assert_eq!(ran.code, Some(1));
    for line in [
        "  <testsuite name=\"a.yaml\" tests=\"1\" failures=\"0\" errors=\"0\">\n    <testcase \
         classname=\"a.yaml\" name=\"three &lt;clicks&gt;\" file=\"a.yaml\" line=\"4\"/>\n",
        "      <failure message=\"clicks_7 at 6d is 3, expected 4\">FAILED four &amp; more",
        "<error message=\"the config has faults\"/>",
    ] {
        assert!(ran.out.contains(line), "{line}\n{}", ran.out);
    }
    let count = |mark: &str| ran.out.matches(mark).count();
    for mark in ["testsuites", "testsuite ", "failure"] {
        let name = mark.trim_end();
        assert_eq!(count(&format!("<{mark}")), count(&format!("</{name}>")), "{name}");
    }
}

/// The page's configs do what it says of them.
#[test]
fn the_page_shows_what_is_printed() {
    let page = parts(include_str!("../../docs/testing.md"));
    let blocks = page.iter().filter_map(|part| match part {
        Part::Block(block) => Some((block.info.as_str(), block.body.as_str())),
        Part::Table(_) => None,
    });
    let blocks: Vec<(&str, &str)> = blocks.collect();
    let [("yaml", passing), ("sh", _), ("yaml", failing), ("text", shown), ("sh", _)] =
        blocks.as_slice()
    else {
        panic!("{blocks:?}")
    };
    let place = Place::new();
    place.write("features.yaml", passing);
    let ran = place.run(&["test", "features.yaml"]);
    assert!(
        ran.code == Some(0) && ran.out.starts_with("features.yaml: 1 test passes\n"),
        "{ran:?}"
    );
    place.write("features.yaml", failing);
    let ran = place.run(&["test", "features.yaml"]);
    assert_eq!((ran.code, ran.out.as_str()), (Some(1), *shown));
}

const LOG: &str = r#"{"ts":"2024-03-01T01:00:00Z","type":"show","item":"a","user":"u"}
{"ts":"2024-03-01T02:00:00Z","type":"click","item":"a","user":"u","price":3}
{"ts":"2024-03-01T02:30:00Z","type":"click","item":"b","user":"u","price":9}
{"ts":"2024-03-01T03:00:00Z","type":"show","item":"a","user":"v"}
{"ts":"2024-03-01T04:00:00Z","type":"click","item":"a","user":"v","price":7}
{"ts":"2024-03-02T05:00:00Z","type":"show","item":"a","user":"v"}
{"ts":"2024-03-02T06:00:00Z","type":"click","item":"a","user":"w","price":5}
"#;

const LOGGED: &str = "\
features:
  - {name: dearest, type: counter, scope: item, interaction: click, aggregate: max, value: price}
  - {name: clicks, type: window_count, scope: item, interaction: click, bucket: 1d, periods: [1, 2], refresh: 2h}
  - {name: ctr, type: rate, top: click, bottom: show, bucket: 1d, periods: [2]}
  - {name: all, type: counter, scope: global, interaction: show, half_life: 1d}
";

/// A value becomes a test of the fewest of its events, which passes.
#[test]
fn a_value_of_a_log_becomes_a_test() {
    let place = Place::new();
    place.write("log.ndjson", LOG);
    place.write("features.yaml", LOGGED);
    let explain = |words: &[&str]| {
        let ran =
            place.run(&[&["explain", "features.yaml", "log.ndjson", "--as-test"], words].concat());
        assert_eq!(ran.code, Some(0), "{ran:?}");
        ran
    };
    let dearest = explain(&["--feature", "dearest", "--key", "a"]);
    assert_eq!(
        dearest.out,
        "  - name: \"dearest of item=a as of 2024-03-02T06:00:00Z\"\n    start: 2024-03-01T00:00Z\n    \
         events:\n      - {at: 4h, click: {item: a, price: 7}}\n    expect:\n      \
         - {at: 1d6h, key: {item: a}, dearest: 7}\n"
    );
    assert_eq!(dearest.err, "note: dearest: 1 of 3 events that count give the value\n");
    // A rate of 1 is that of any click with a show.
    let rate = explain(&["--feature", "ctr", "--key", "a"]);
    assert!(rate.err.contains("2 of 6 events"), "{}", rate.err);
    let clicks = explain(&["--feature", "clicks", "--key", "a", "--at", "2024-03-01T03:30"]);
    assert!(clicks.out.contains("clicks_1: 1, served: {clicks_1: 1}"), "{}", clicks.out);
    let all = explain(&["--feature", "all"]);
    let tests = [&dearest, &rate, &clicks, &all].map(|ran| ran.out.as_str()).concat();
    place.write("features.yaml", &format!("{LOGGED}tests:\n{tests}"));
    let ran = place.run(&["test", "features.yaml"]);
    assert!(ran.out.starts_with("features.yaml: 5 tests pass\n"), "{ran:?}");

    let none = place.run(&[
        "explain",
        "features.yaml",
        "log.ndjson",
        "--as-test",
        "--feature",
        "ctr",
        "--key",
        "z",
    ]);
    assert_eq!((none.code, none.out.as_str()), (Some(2), ""));
    assert!(none.err.contains("no event has this key"), "{}", none.err);
}

/// What is several events of one line would be other events as lines of their own.
#[test]
fn a_value_of_lines_with_several_events_is_refused() {
    let place = Place::new();
    let config = "events: {each: items}\nfeatures:\n- {name: n, type: counter, scope: user, interaction: \
                  buy, aggregate: sum, value: items.count}\n";
    let log = r#"{"ts":"2024-01-01T01:00:00Z","type":"buy","user":"u","items":[{"count":2},{"count":3}]}"#;
    place.write("features.yaml", config);
    place.write("log.ndjson", log);
    let words = ["explain", "features.yaml", "log.ndjson", "--feature", "n", "--key", "u"];
    let ran = place.run(&[&words[..], &["--as-test"]].concat());
    assert_eq!((ran.code, ran.out.as_str()), (Some(2), ""));
    assert!(ran.err.contains("write the test by hand"), "{}", ran.err);
}

/// Metarank's events bring what they are joined with, and impressions that were made are written.
#[test]
fn a_value_of_a_metarank_log_becomes_a_test() {
    let place = Place::new();
    let config = "features:\n- {name: ctr, type: rate, scope: item.brand, top: click, bottom: impression, \
                  bucket: 1d, periods: [7]}\n- {name: q, type: rate, scope: ranking.query, top: click, \
                  bottom: impression, bucket: 1d, periods: [7]}\n";
    let log = r#"{"event":"item","id":"1","timestamp":"2024-01-01T00:00:00Z","item":"a","fields":[{"name":"brand","value":"x"}]}
{"event":"item","id":"2","timestamp":"2024-01-01T00:00:00Z","item":"b","fields":[{"name":"brand","value":"x"}]}
{"event":"ranking","id":"r","timestamp":"2024-01-01T01:00:00Z","user":"u","fields":[{"name":"query","value":"lamp"}],"items":[{"id":"a"},{"id":"b"},{"id":"c"}]}
{"event":"interaction","id":"3","type":"click","timestamp":"2024-01-01T01:01:00Z","item":"b","ranking":"r"}
{"event":"user","id":"4","timestamp":"2024-01-01T02:00:00Z","user":"u","fields":[{"name":"age","value":3}]}
"#;
    place.write("log.ndjson", log);
    place.write("features.yaml", config);
    let words = ["explain", "features.yaml", "log.ndjson", "--as-test", "--feature"];
    let brand = place.run(&[&words[..], &["ctr", "--key", "x"]].concat());
    let query = place.run(&[&words[..], &["q", "--key", "lamp,b"]].concat());
    assert_eq!((brand.code, query.code), (Some(0), Some(0)), "{brand:?} {query:?}");
    assert!(brand.err.contains("3 of 3 events"), "{}", brand.err);
    place.write("features.yaml", &format!("{config}tests:\n{}{}", brand.out, query.out));
    let ran = place.run(&["test", "features.yaml"]);
    assert!(ran.out.starts_with("features.yaml: 2 tests pass\n"), "{ran:?}\n{}", brand.out);
}

#[test]
fn an_event_that_nothing_counts_is_told_if_it_is_misspelt() {
    let place = Place::new();
    let test = |kind: &str| {
        format!(
            "{CONFIG}tests:\n- name: t\n  events: [{{at: 0s, {kind}: {{item: a}}}}]\n  expect: [{{at: 0s, \
             key: {{item: a}}, clicks_7: 0}}]\n"
        )
    };
    place.write("c.yaml", &test("clik"));
    let ran = place.run(&["test", "c.yaml"]);
    assert_eq!(ran.code, Some(0));
    assert!(ran.err.contains("warning[uncounted-event]: no feature counts events of type `clik`"));
    assert!(ran.err.contains("did you mean `click`?"), "{}", ran.err);
    place.write("c.yaml", &test("purchase"));
    assert_eq!(place.run(&["test", "c.yaml"]).err, "");
    place.write("c.yaml", &format!("{}lints: {{uncounted-event: allow}}\n", test("clik")));
    assert_eq!(place.run(&["test", "c.yaml"]).err, "");
    place.write("c.yaml", &format!("{}lints: {{uncounted-event: deny}}\n", test("clik")));
    let ran = place.run(&["test", "c.yaml"]);
    assert_eq!(ran.code, Some(1));
    assert!(ran.err.contains("error[uncounted-event]: no feature counts events of type `clik`"));
    assert!(ran.out.contains("c.yaml: not run: the config has faults"), "{ran:?}");
}

/// Of a key with more rows than are looked at between two checks of the deadline, all are looked at.
#[test]
fn a_value_of_a_key_with_many_rows_becomes_a_test() {
    let place = Place::new();
    let config = "features:\n- {name: n, type: window_count, scope: item, interaction: click, bucket: 1h, \
                  periods: [3]}\n";
    let line = |n: u64| {
        let time = 1_704_067_200_000 + n * 3_600_000;
        format!("{{\"timestamp\":{time},\"type\":\"click\",\"item\":\"a\"}}\n")
    };
    place.write("features.yaml", config);
    place.write("log.ndjson", &(0..9_000).map(line).collect::<String>());
    let ran = place.run(&[
        "explain",
        "features.yaml",
        "log.ndjson",
        "--feature",
        "n",
        "--key",
        "a",
        "--as-test",
    ]);
    assert!(ran.err.contains("3 of 4 events"), "{ran:?}");
    assert!(ran.out.contains("n_3: 3"), "{ran:?}");
}

/// Types with the names of members are written out, and late events are written as they came.
#[test]
fn values_of_odd_types_and_of_late_events_become_tests() {
    let place = Place::new();
    let config = "events: {order: log}\nfeatures:\n- {name: n, type: window_count, scope: item, interaction: \
                  id, bucket: 1h, periods: [2]}\n";
    let log = r#"{"ts":"2024-03-01T05:00:00Z","type":"id","item":"a"}
{"ts":"2024-03-01T04:10:00Z","type":"id","item":"a"}
{"ts":"2024-03-01T02:00:00Z","type":"id","item":"a"}
"#;
    place.write("features.yaml", config);
    place.write("log.ndjson", log);
    let words = ["explain", "features.yaml", "log.ndjson", "--feature", "n", "--key", "a"];
    let ran = place.run(&[&words[..], &["--as-test"]].concat());
    assert_eq!(ran.code, Some(0), "{ran:?}");
    assert!(ran.out.contains("- {at: 5h, type: id, attributes: {item: a}}"), "{}", ran.out);
    place.write("features.yaml", &format!("{config}tests:\n{}", ran.out));
    let ran = place.run(&["test", "features.yaml"]);
    assert!(ran.out.starts_with("features.yaml: 1 test passes\n"), "{ran:?}");
}
