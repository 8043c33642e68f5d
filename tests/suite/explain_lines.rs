//! What an explanation says line by line, and how its lines are gone through.

use std::fmt::Write as _;
use std::fs;

use counterscope::session::protocol::ExplainLook;
use counterscope::ui::draw::glyphs;
use counterscope::ui::views::events::EVENTS;

use crate::commands::Place;
use crate::stage::Stage;

const CLICKS: &str = "features:\n- {name: all, type: counter, scope: item}\n";

/// A session of a log and a config.
fn open(config: &str, log: &str) -> Stage {
    Stage::of_log(config, log, (120, 40))
}

/// What one ranking releases has one number, that of the event that closed it.
#[test]
fn lines_of_one_number_are_gone_through_one_by_one() {
    let mut log = String::new();
    for item in ["a", "b", "c"] {
        let about = r#""fields":[{"name":"brand","value":"acme"}]"#;
        let time = "2024-06-01T10:00:00Z";
        writeln!(
            log,
            r#"{{"event":"item","id":"{item}","timestamp":"{time}","item":"{item}",{about}}}"#
        )
        .unwrap();
    }
    log += r#"{"event":"ranking","id":"r","timestamp":"2024-06-01T11:00:00Z","items":[{"id":"a"},{"id":"b"},{"id":"c"}]}
{"event":"interaction","id":"i","type":"click","timestamp":"2024-06-01T11:01:00Z","item":"c","ranking":"r"}
{"event":"interaction","id":"j","type":"like","timestamp":"2024-06-02T11:01:00Z","item":"c"}
"#;
    let config = "features:\n  - {name: shown, type: counter, interaction: impression, scope: item.brand}\n  \
                  - {name: some, type: counter, interaction: impression, scope: item.brand, where: {item: a}}\n";
    let mut stage = open(config, &log);
    stage.press("enter");
    assert!(stage.text().contains("4 events add up to 4, newest first:"), "{}", stage.text());
    for change in ["3 → 4", "2 → 3", "1 → 2", "0 → 1"] {
        stage.press("n");
        assert!(stage.selected().contains(change), "{}", stage.text());
    }
    stage.press("n");
    assert!(stage.selected().contains("0 → 1"), "{}", stage.text());
    assert!(stage.text().contains("no later line of an event"), "{}", stage.text());
    for change in ["1 → 2", "2 → 3", "3 → 4"] {
        stage.press("N");
        assert!(stage.selected().contains(change), "{}", stage.text());
    }
    // Examples of what does not count may have one number, too.
    stage.press("esc l enter");
    let ids = |stage: &Stage| {
        let explained = stage.model.snapshot.as_ref().unwrap().explained.clone().unwrap();
        explained.outline.nodes.iter().map(|node| node.id.clone()).collect::<Vec<_>>()
    };
    let mut all = ids(&stage);
    let lines = all.len();
    all.sort_unstable();
    all.dedup();
    assert_eq!(all.len(), lines, "{}", stage.text());
    let mut before = usize::MAX;
    stage.press("home");
    while stage.model.explain.line != before {
        before = stage.model.explain.line;
        stage.press("l j");
    }
    assert!(stage.selected().contains("ttl"), "{}", stage.text());
}

/// One event of a minute for each type.
fn minutes(events: &[&str]) -> String {
    let mut log = String::new();
    for (n, event) in events.iter().enumerate() {
        let time = 1_772_409_600_000 + n * 60_000;
        writeln!(log, r#"{{"timestamp":{time},"item":"i",{event}}}"#).unwrap();
    }
    log
}

#[test]
fn a_filter_is_drawn_in_ascii() {
    let config = "features:\n- name: long\n  type: counter\n  scope: item\n  interaction: view\n  \
                  where: {ms: {ge: 5, le: 9}, kind: {ne: x}}\n";
    let log = minutes(&[
        r#""type":"view","ms":2,"kind":"x""#,
        r#""type":"view","ms":7,"kind":"x""#,
        r#""type":"view","ms":7,"kind":"y""#,
    ]);
    let mut stage = open(config, &log);
    stage.resize((160, 45));
    stage.press("enter");
    assert!(stage.text().contains("`ms ≥ 5` does not hold: 2 ×1"), "{}", stage.text());
    stage.look("dark", true);
    let text = stage.text();
    assert!(text.contains("`ms >= 5` does not hold: 2 x1"), "{text}");
    assert!(text.contains("`kind != x` does not hold: x x1"), "{text}");
    assert!(text.is_ascii(), "{text}");
    let twins = glyphs::ASCII.words("then ±0.8 %, at most −1 %, c ≤ 2, 3 × 1d, 1 – 2 → …");
    assert_eq!(twins, "then +-0.8 %, at most -1 %, c <= 2, 3 x 1d, 1 - 2 > ~");
}

#[test]
fn a_step_to_no_match_is_no_jump() {
    let mut events = vec![r#""type":"view""#; 40];
    events[9] = r#""type":"sale""#;
    let config = "features:\n- {name: all, type: counter, scope: item}\n";
    let mut stage = open(config, &minutes(&events));
    // What is looked for is found a while after the key.
    let press = |stage: &mut Stage, keys: &str| {
        stage.press(keys);
        stage.resize((120, 40));
        stage.resize((120, 40));
    };
    stage.press("2 /");
    stage.type_text("sale");
    press(&mut stage, "enter n");
    assert_eq!((stage.model.selected_event(), stage.model.cursor()), (Some(10), 40));
    stage.press("ctrl-o");
    assert!(stage.text().contains("no jump to come back from"), "{}", stage.text());
    // What is selected stays.
    press(&mut stage, "esc j j j");
    let at = stage.model.selected_event();
    assert_eq!(at, Some(13));
    press(&mut stage, "n");
    assert_eq!((stage.model.selected_event(), stage.model.cursor()), (at, 40));
    // A step that leads to one is a jump, and one that follows it to nothing is none.
    press(&mut stage, "N");
    assert_eq!((stage.model.selected_event(), stage.model.cursor()), (Some(10), 10));
    press(&mut stage, "N");
    stage.press("ctrl-o");
    assert_eq!((stage.model.view, stage.model.cursor()), (EVENTS, 40));
}

#[test]
fn more_are_listed_up_to_a_thousand() {
    let config = "features:\n- {name: all, type: counter, scope: item}\n";
    let mut stage = open(config, &minutes(&vec![r#""type":"view""#; 1200]));
    stage.press("enter");
    let most =
        |stage: &Stage| stage.model.explain.look.as_ref().map(|look: &ExplainLook| look.most);
    let left = |stage: &Stage| {
        let outline =
            stage.model.snapshot.as_ref().unwrap().explained.clone().unwrap().outline.clone();
        let left = outline.nodes.iter().find(|node| node.id.ends_with("/left")).cloned().unwrap();
        (left.id, left.lists_more)
    };
    assert_eq!((most(&stage), left(&stage).1), (Some(100), true));
    for listed in [1000, 1000] {
        stage.model.explain.selected = Some(left(&stage).0);
        stage.press("enter");
        assert_eq!(most(&stage), Some(listed));
    }
    assert!(!left(&stage).1, "{}", stage.text());
}

/// The lines of a command's explanation of `f` at a key.
fn told(config: &str, log: &str, key: &str, more: &[&str]) -> String {
    let place = Place::new();
    fs::write(place.path().join("c.yaml"), config).unwrap();
    fs::write(place.path().join("l"), log).unwrap();
    let words = ["explain", "c.yaml", "l", "--feature", "f", "--key", key];
    let ran = place.run(&[&words, more].concat());
    assert_eq!(ran.code, Some(0), "{}", ran.err);
    ran.out
}

#[test]
fn an_exact_window_that_lies_back_says_where_it_ends() {
    let log = minutes(&[r#""type":"view""#; 300]);
    let config = |more: &str| {
        format!(
            "features:\n- {{name: f, type: counter, scope: item, windows: 2h, bucket: 1h{more}}}\n"
        )
    };
    let moved = told(&config(", offset: 1h"), &log, "i", &[]);
    assert!(moved.contains("\n  exactly the 2h until 1h ago would be "), "{moved}");
    let own = told(&config(""), &log, "i", &[]);
    assert!(own.contains("\n  exactly the last 2h would be "), "{own}");
}

/// The last value before an exact window is what the first one in it is compared with.
#[test]
fn an_exact_increase_begins_with_what_was_before_it() {
    let at = |time: i64, level: i64| {
        format!(r#"{{"timestamp":{time},"type":"view","item":"i","level":{level}}}"#)
    };
    let start = 1_772_409_600_000;
    let log = [at(start, 10), at(start + 3_600_001, 17), at(start + 7_200_001, 18)].join("\n");
    let config = "features:\n- {name: f, type: counter, scope: item, aggregate: increase, value: level, \
                  windows: 2h, bucket: 1h}\n";
    let told = told(config, &log, "i", &["--format", "json"]);
    let told: serde_json::Value = serde_json::from_str(&told).unwrap();
    let window = &told["explanations"][0]["sides"][0]["window"];
    assert_eq!(window["rolling"]["value"], 8.0, "{window}");
}

#[test]
fn a_key_that_comes_later_is_not_its_own_neighbour() {
    let config = "features:\n- {name: f, type: counter, scope: user}\n";
    let log = minutes(&[r#""type":"view","user":"anna""#, r#""type":"view","user":"anne""#]);
    let told = told(config, &log, "anne", &["--at", "2020-01-01T00:00:00Z"]);
    let lines: Vec<&str> = told.lines().collect();
    assert_eq!(
        lines,
        [
            "f{user=anne} was never seen: no event has this key until 2020-01-01T00:00:00Z",
            "  its first event is #2, at 2026-03-02T00:01:00Z",
            "  the most similar keys: `anna`",
        ]
    );
}

#[test]
fn a_change_of_the_cell_that_is_gone_to_is_come_back_from() {
    let mut stage = open(CLICKS, &minutes(&vec![r#""type":"view""#; 60]));
    stage.press("{ {");
    let there = stage.model.cursor();
    assert_eq!(there, 58);
    stage.press("ctrl-o ctrl-o");
    assert_eq!(stage.model.cursor(), 60);
    // Where there is no other change nothing is come back from.
    stage.press("} ctrl-o");
    assert!(stage.text().contains("no jump to come back from"), "{}", stage.text());
}

#[test]
fn the_keys_that_explain_are_told_at_every_width() {
    let mut stage = open(CLICKS, &minutes(&[r#""type":"view""#; 3]));
    for size in [(100, 30), (80, 24)] {
        stage.resize(size);
        stage.press("1");
        assert!(stage.text().contains("enter explain"), "{}", stage.text());
        stage.press("4");
        assert!(stage.text().contains("t contributors"), "{}", stage.text());
    }
}

/// Of the events that a side takes; the original is gone to, wherever the repetition stands.
#[test]
fn a_duplicate_names_the_event_that_it_repeats() {
    let config = "events: {id: id, dedup: 1h}\nfeatures:\n- {name: f, type: counter, scope: item, interaction: view}\n";
    let mut events = minutes(&[r#""type":"sale","id":"s""#, r#""type":"view","id":"a""#]);
    events += &minutes(&[
        r#""type":"view","id":"b""#,
        r#""type":"sale","id":"s""#,
        r#""type":"view","id":"a""#,
        r#""type":"view","id":"a""#,
    ]);
    let text = told(config, &events, "i", &[]);
    let lines: Vec<&str> =
        text.lines().skip_while(|line| !line.contains("duplicates")).take(3).collect();
    assert_eq!(
        lines,
        [
            "    2  duplicates: their ids were there before",
            "      line 6  2026-03-02T00:03:00Z  repeats #3  item=i",
            "      line 5  2026-03-02T00:02:00Z  repeats #3  item=i",
        ],
        "{text}"
    );
    let json = told(config, &events, "i", &["--format", "json"]);
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    let duplicates = &json["explanations"][0]["sides"][0]["duplicates"];
    assert_eq!(duplicates["count"], 2);
    let first = &duplicates["examples"][0];
    assert_eq!((&first["line"], &first["of"]["line"]), (&6.into(), &2.into()), "{first}");
    let mut stage = open(config, &events);
    stage.press("enter");
    let explained = stage.model.snapshot.as_ref().unwrap().explained.clone().unwrap();
    let node = explained.outline.nodes.iter().find(|node| node.id.contains("/duplicates/6"));
    let (id, number) = (node.unwrap().id.clone(), node.unwrap().event.unwrap());
    stage.model.explain.folds.insert("side//not/duplicates".to_owned(), true);
    stage.model.explain.selected = Some(id);
    stage.press("enter");
    assert_eq!((stage.model.view, stage.model.cursor()), (EVENTS, number));
    // What no side takes is not told, nor what comes after the cursor.
    let none = told(config, &events, "i", &["--at", "2026-03-02T00:01:30Z"]);
    assert!(!none.contains("duplicate"), "{none}");
}
