//! `suggest`: what it writes for a log passes `check` on that log, and its values move at once.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::Path;

use crate::commands::Place;
use crate::documents::{Part, parts};

/// The log of a recipe.
pub(crate) fn recipe(page: &str, name: &str) -> String {
    let path = format!("{}/docs/recipes/{page}.md", env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(path).unwrap();
    let log = parts(&text).into_iter().find_map(|part| match part {
        Part::Block(block) if block.info.ends_with(&format!(" {name}")) => Some(block.body.clone()),
        _ => None,
    });
    log.unwrap()
}

/// The config that is suggested for a log, which must pass `check` on it; and the outputs that have
/// several values at the end of the log, beside how many there are.
fn suggested(place: &Place, log: &str) -> (String, BTreeSet<String>, usize) {
    let ran = place.run(&["suggest", log]);
    assert_eq!((ran.code, ran.err.as_str()), (Some(0), ""), "{log}");
    place.write("suggested.yaml", &ran.out);
    let check = place.run(&["check", "suggested.yaml", log]);
    assert_eq!(check.code, Some(0), "{log}: {}{}", check.out, check.err);
    let values = place.run(&["values", "suggested.yaml", log]);
    let mut outputs: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for row in values.json() {
        let output = row["feature"].as_str().unwrap().to_owned();
        outputs.entry(output).or_default().insert(row["value"].to_string());
    }
    let all = outputs.len();
    outputs.retain(|_, values| values.len() > 1);
    (ran.out, outputs.into_keys().collect(), all)
}

#[test]
fn the_samples_get_configs_whose_values_move() {
    let samples = concat!(env!("CARGO_MANIFEST_DIR"), "/sample-events");
    for (sample, moving) in [
        ("shop", ["click_by_item_1d", "purchase_rate_by_item_3", "click_rate_by_brand_3"]),
        ("video", ["like_by_post_1d", "like_rate_by_post_3", "mean_watch_time_by_post_3d"]),
        ("quickstart", ["click_by_item_1d", "click_rate_by_item_1", "different_user_by_item_3d"]),
    ] {
        let place = Place::new();
        let log = format!("{samples}/{sample}.ndjson.gz");
        let (text, found, all) = suggested(&place, &log);
        for output in moving {
            assert!(found.contains(output), "{sample}: {output} is not in {found:?}");
        }
        assert!(found.len() * 10 >= all * 9, "{sample}: {} of {all} outputs move", found.len());
        assert!(text.contains("order: time"), "{sample} has late events");
        let features = text.matches("  - name: ").count();
        assert!((5..=15).contains(&features), "{sample}: {features} features");
    }
}

#[test]
fn the_logs_of_recipes_get_configs_whose_values_move() {
    for (page, name, said, moving) in [
        ("retailrocket", "events.csv", "type: event", "view_by_item_1d"),
        ("movielens", "ratings.csv", "type: {const: rating}", "mean_rating_by_movie_365d"),
        ("movielens", "ratings.csv", "defaults: {ttl: ", "rating_by_user_365d"),
        ("github-archive", "github.ndjson", "dedup: 1d", "watch_event_by_repo_30m"),
        ("open-bandit", "all.csv", "flags: {click: click}", "click_rate_by_item_6"),
        ("kuairand", "log_standard.csv", "timestamp: time_ms", "show_by_video_3h"),
        ("avazu", "train.csv", "time_format: \"%y%m%d%H\"", "click_rate_by_site_6"),
        ("otto", "otto.jsonl", "each: events", "clicks_by_aid_6h"),
        ("ubi", "ubi_events.ndjson", "type: action_name", "impression_by_object_3h"),
    ] {
        let place = Place::new();
        place.write(name, &recipe(page, name));
        let (text, found, _) = suggested(&place, name);
        assert!(text.contains(said), "{page}: no `{said}` in\n{text}");
        assert!(found.contains(moving), "{page}: {moving} is not in {found:?}");
    }
}

const LOG: &str = r#"{"ts":1718000000000,"type":"view","item":"a","user":"u1"}
{"ts":1718003600000,"type":"view","item":"a","user":"u2"}
{"ts":1718007200000,"type":"view","item":"b","user":"u1"}
{"ts":1718010800000,"type":"view","item":"b","user":"u2"}
{"ts":1718028000000,"type":"buy","item":"a","user":"u1"}
{"ts":1718028800000,"type":"view","item":"a","user":"u1"}
"#;

#[test]
fn every_choice_has_its_reason() {
    let place = Place::new();
    place.write("log", LOG);
    let ran = place.run(&["suggest", "log"]);
    assert_eq!((ran.code, ran.err.as_str()), (Some(0), ""));
    let begin = "\
# A first config for log: 6 events in 8h. It says what can be read off the log; what matters is
# yours to say. `counterscope fields` shows all fields, `counterscope check` what is probably wrong.

events:
  # Each line is an object or a row of its own shape.
  format: flat
  # `ts` holds a time in every event.
  timestamp: ts
  # What its numbers count, by their size.
  unit: ms
  # `type` tells 2 types apart.
  type: type

# The longest window, 1h, fits four times into the log, so that values move within it; buckets of 1h
# are what a value steps by.
features:
  # `view` is the most frequent type (5 events); `item` has 2 different values, which come again.
  - name: view_by_item
    type: counter
    scope: item
    interaction: view
    windows: [1h]
    bucket: 1h
";
    assert_eq!(ran.out.get(..begin.len()), Some(begin), "{}", ran.out);
    // Each feature stands behind a comment.
    let lines: Vec<&str> = ran.out.lines().collect();
    for pair in lines.windows(2).filter(|pair| pair[1].starts_with("  - name: ")) {
        assert!(pair[0].starts_with("  # "), "no reason before {}", pair[1]);
    }
}

#[test]
fn what_a_log_says_stays_a_text() {
    let place = Place::new();
    let lines: Vec<String> = (0..40)
        .map(|at| {
            let name = "is: it\n - x \u{1b}[2J#";
            let of = serde_json::json!({
                "ts": 1_718_000_000 + at * 7_200, "type": name,
                "a \"b\": #c item id": format!("k{}", at % 3), "user, x": at % 4,
            });
            format!("{of}\n")
        })
        .collect();
    place.write("log", &lines.concat());
    let (text, found, _) = suggested(&place, "log");
    assert!(!text.contains('\u{1b}'));
    assert!(!found.is_empty());
}

#[test]
fn a_log_is_read_from_standard_input_if_once_is_enough() {
    use std::io::Write as _;
    use std::process::Stdio;
    let place = Place::new();
    place.write("log", LOG);
    place.write("otto", &recipe("otto", "otto.jsonl"));
    let read = |name: &str| {
        let mut child = place
            .command(&["suggest", "-", "--threads", "1"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let text = std::fs::read(Path::new(place.path()).join(name)).unwrap();
        child.stdin.take().unwrap().write_all(&text).unwrap();
        child.wait_with_output().unwrap()
    };
    let piped = read("log");
    let file = place.run(&["suggest", "log"]);
    let features = |text: &str| text[text.find("features:").unwrap()..].to_owned();
    assert_eq!(features(&String::from_utf8(piped.stdout).unwrap()), features(&file.out));
    let twice = read("otto");
    let err = String::from_utf8(twice.stderr).unwrap();
    assert_eq!(twice.status.code(), Some(2), "{err}");
    assert!(err.contains("must be read once more"), "{err}");
    assert!(err.contains("help: save it to a file first"), "{err}");
}

#[test]
fn a_log_of_which_nothing_can_be_counted_is_refused() {
    let place = Place::new();
    place.write("empty", "");
    place.write("prose", "There is nothing in here.\nOr here.\n");
    for log in ["empty", "prose", "missing"] {
        let ran = place.run(&["suggest", log]);
        assert_eq!((ran.code, ran.out.as_str()), (Some(2), ""), "{log}: {}", ran.err);
        assert!(ran.err.starts_with("error: "), "{}", ran.err);
    }
}

/// A table without a head gets names for its columns, of which the one with the time is known.
#[test]
fn a_table_without_a_head_gets_columns() {
    let place = Place::new();
    let mut log = String::new();
    for n in 0..900_u64 {
        let (user, item, rating) = (n % 30, n * n % 101, n % 5 + 1);
        let time = 838_985_046 + n * 3_600;
        writeln!(log, "{user}::{item}::{rating}::{time}").unwrap();
    }
    place.write("ratings.dat", &log);
    place.write("u.data", &log.replace("::", "\t"));
    for (name, separator) in [("ratings.dat", true), ("u.data", false)] {
        let (text, found, _) = suggested(&place, name);
        assert!(text.contains("  columns: [c1, c2, c3, timestamp]\n"), "{text}");
        assert_eq!(text.contains("  separator: \"::\"\n"), separator, "{text}");
        assert!(
            found.iter().any(|output| output.contains("_c1") || output.contains("_c2")),
            "{found:?}"
        );
        assert!(!found.iter().any(|output| output.contains("_c3")), "a grade is no id: {found:?}");
    }
    // Without a time in it nothing can be counted, and the columns are asked for.
    place.write("x.dat", "a::b::c\nd::e::f\n");
    let ran = place.run(&["suggest", "x.dat"]);
    assert_eq!((ran.code, ran.out.as_str()), (Some(2), ""));
    assert!(ran.err.contains("name its columns in the config: `events: {columns: [c1, c2, c3]"));
}
