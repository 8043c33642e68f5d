//! What the screen says where there is nothing to show, where something is wrong, and where there
//! is little room: each at the sizes at which it could get lost.

use std::fmt::Write as _;
use std::fs;
use std::path::PathBuf;

use counterscope::session::protocol::Command;
use counterscope::session::snapshot::{State, Tone};
use counterscope::ui::model::Options;
use tempfile::TempDir;

use crate::driver::Driver;
use crate::live::{Live, setup};
use crate::stage::Stage;
use crate::world::World;

const SIZES: [(u16, u16); 5] = [(160, 45), (100, 30), (80, 24), (60, 16), (40, 8)];

const CLICKS: &str = "\
features:
  - name: clicks
    type: window_count
    interaction: click
    scope: item
    bucket: 1d
    periods: [1, 7]
";

/// A log of clicks on seven items, ten minutes apart.
fn clicks(count: u64) -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("events.ndjson");
    let mut log = String::new();
    for n in 0..count {
        let time = 1_772_409_600_000 + n * 600_000;
        writeln!(log, r#"{{"timestamp":{time},"type":"click","item":"i{}"}}"#, n % 7).unwrap();
    }
    fs::write(&path, log).unwrap();
    (folder, path)
}

/// The words of a screen without its boxes, with one blank between them.
fn words(text: &str) -> String {
    let text = text.replace(|letter| "║│|▌".contains(letter), " ");
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[test]
fn an_empty_table_says_what_its_events_lack() {
    let (_folder, log) = clicks(50);
    let sum = "features:\n  - {name: spent, type: counter, interaction: click, scope: item, \
               aggregate: sum, value: item}\n";
    for (text, why) in [
        (CLICKS.replace("scope: item", "scope: skuu"), "50 events without skuu"),
        (CLICKS.replace("click\n", "buyy\n"), "the log has no event of its types"),
        (sum.to_owned(), "50 events in which item is a text such as \"i0\""),
        (
            CLICKS.replace("scope: item", "scope: item\n    where: {item: x}"),
            "50 events outside where",
        ),
    ] {
        let mut stage = Stage::open(("features.yaml", &text), &log, SIZES[0]);
        stage.cover();
        for size in SIZES {
            stage.resize(size);
            let text = words(&stage.text());
            assert!(text.contains(&format!("{why} · 3 shows it")), "at {size:?}: {text}");
        }
    }
}

#[test]
fn the_tab_of_the_config_counts_warnings() {
    let (_folder, log) = clicks(50);
    let text = CLICKS.replace("click\n", "buyy\n");
    let mut stage = Stage::open(("features.yaml", &text), &log, SIZES[0]);
    stage.cover();
    for size in &SIZES[..4] {
        stage.resize(*size);
        assert!(stage.text().contains(" 3 Config !1"), "{}", stage.text());
    }
}

#[test]
fn hidden_outputs_are_told_with_the_way_back() {
    let (_folder, log) = clicks(50);
    let mut stage = Stage::open(("features.yaml", CLICKS), &log, SIZES[0]);
    stage.press("f space f");
    for layout in ["wide", "long"] {
        for size in SIZES {
            stage.resize(size);
            let text = words(&stage.text());
            let told = text.contains("all outputs are hidden · f, a shows them");
            assert!(told, "{layout} at {size:?}: {text}");
        }
        stage.press("w");
    }
    stage.press("f a f w");
    assert!(!stage.text().contains("are hidden"), "{}", stage.text());
}

#[test]
fn a_save_with_warnings_says_them() {
    let (folder, log) = clicks(50);
    let config = folder.path().join("features.yaml");
    fs::write(&config, CLICKS).unwrap();
    let mut live = Live::start(setup(&config, &log, None));
    live.wait("what the log says", |snapshot| !snapshot.config.counted.is_empty());
    for (version, text, warnings) in [
        // Of the log, which is asked later.
        (
            "v2",
            CLICKS.replace("click\n", "buyy\n"),
            " ms · 1 warning: no event is of type `buyy` · ",
        ),
        // Of the text.
        ("v3", CLICKS.replace("[1, 7]", "[1, 700]"), " ms · 1 warning: "),
    ] {
        fs::write(&config, text).unwrap();
        live.send(Command::Reload);
        let said = format!("{version} applied in ");
        let snapshot = live.wait(warnings, |snapshot| {
            let notice = snapshot.notice.as_ref();
            notice.is_some_and(|it| it.text.starts_with(&said) && it.text.contains(warnings))
        });
        assert_eq!(snapshot.notice.as_ref().unwrap().tone, Tone::Warning);
    }
    fs::write(&config, CLICKS).unwrap();
    live.send(Command::Reload);
    let snapshot = live.said("v4 applied");
    assert_eq!(snapshot.notice.as_ref().unwrap().tone, Tone::Good, "{:?}", snapshot.notice);
    live.quit();
}

#[test]
fn a_log_that_cannot_be_read_is_a_problem() {
    let folder = tempfile::tempdir().unwrap();
    let log = folder.path().join("events.json");
    fs::write(&log, "[1718000000, \"click\"]").unwrap();
    let mut stage = Stage::open(("features.yaml", CLICKS), &log, SIZES[0]);
    stage.press("3");
    for size in SIZES {
        stage.resize(size);
        let text = words(&stage.text());
        assert!(
            text.contains("nothing in the log `events.json`") && !text.contains("no problems"),
            "{text}"
        );
        assert!(size.1 < 16 || text.contains("jq -c '.[]"), "at {size:?}: {text}");
        assert!(size.1 < 16 || text.contains("3 Config]✖1"), "at {size:?}: {text}");
    }
}

#[test]
fn a_deleted_config_is_a_problem() {
    let (_folder, log) = clicks(50);
    let mut stage = Stage::open(("features.yaml", CLICKS), &log, SIZES[0]);
    stage.delete_config();
    stage.press("3");
    for size in &SIZES[..4] {
        stage.resize(*size);
        let text = words(&stage.text());
        assert!(
            text.contains("config's file was deleted") && !text.contains("no problems"),
            "{text}"
        );
    }
}

/// A line that is too long goes on in the footer's, or ends with a whole part of it.
#[test]
fn long_messages_lose_no_half_of_a_number() {
    let said = "v2 applied in 7 ms · 1 warning: no event is of type buyy · 2 changed; \
                12,345 values changed; largest: clicks_7{lamp-001} 51 → 1,204";
    for (width, height) in SIZES {
        let mut world = World::default();
        world.say(Tone::Warning, said);
        let options = Options { theme: "dark".into(), ..Options::default() };
        let driver = Driver::with(&options, world, width, height);
        let text = driver.text();
        let lines: Vec<&str> = text.lines().collect();
        let last = words(&lines[lines.len() - 2..].join(" "));
        match (width, height) {
            (160.., _) => assert!(last.contains("→ 1,204 space play"), "{text}"),
            (80.., _) => assert!(last.contains(said) && last.ends_with("esc close"), "{text}"),
            (60.., _) => assert!(last.ends_with("no event is of type buyy"), "{text}"),
            _ => assert!(last.ends_with("! v2 applied in 7 ms ? help"), "{text}"),
        }
    }
}

#[test]
fn the_year_is_told_where_it_is_not_the_logs() {
    let (_folder, log) = clicks(50);
    let mut stage = Stage::open(("features.yaml", CLICKS), &log, SIZES[0]);
    let first = |stage: &Stage| stage.text().lines().next().unwrap_or_default().to_owned();
    for size in &SIZES[1..4] {
        stage.resize(*size);
        assert!(!first(&stage).contains("2026"), "{}", first(&stage));
    }
    stage.press("g t");
    stage.type_text("2027-01-05T10:00");
    stage.press("enter");
    for size in &SIZES[..4] {
        stage.resize(*size);
        assert!(first(&stage).contains("→ 2027-01-05"), "{}", first(&stage));
    }
}

/// What stands in the first line hangs on the size alone, not on the words for the state.
#[test]
fn what_the_replay_does_moves_nothing_out_of_the_first_line() {
    let options = Options { theme: "dark".into(), ..Options::default() };
    for width in 60..=200 {
        for height in [16, 24, 30, 45] {
            let shown = |state| {
                let world = World { state, ..World::default() };
                let text = Driver::with(&options, world, width, height).text();
                let first = text.lines().next().unwrap_or_default();
                let parts = ["features.yaml", "events.ndjson", "v7 ✔", "17,712/48,213", "3 rej"];
                (parts.map(|part| first.contains(part)), first.to_owned())
            };
            let (parts, line) = shown(State::Playing);
            assert!(parts[2] && parts[3] && parts[4], "{width}x{height}: {line}");
            for state in [State::Paused, State::Ended, State::Seeking { done: 0.5 }] {
                assert_eq!(
                    shown(state).0,
                    parts,
                    "{width}x{height}: {line} and {}",
                    shown(state).1
                );
            }
        }
    }
}

#[test]
fn a_rate_is_told_while_events_are_applied() {
    let mut snapshot = (*World::default().snapshot()).clone();
    let mut driver = Driver::new(160, 45);
    for (state, is_told) in [
        (State::Playing, true),
        (State::Loading { done: 0.5 }, true),
        (State::Paused, false),
        (State::Ended, false),
    ] {
        snapshot.transport.rate = Some(461.0);
        snapshot.transport.state = state;
        driver.tell(counterscope::ui::message::Message::Snapshot(snapshot.clone().into()));
        assert_eq!(driver.text().contains("461 ev/s"), is_told, "{state:?}");
    }
}

#[test]
fn places_that_are_not_there_are_answered() {
    let mut driver = Driver::new(100, 30);
    assert!(driver.press("G .").text().contains("at the end"));
    assert!(driver.press("g g ,").text().contains("at the start"));
    assert!(!driver.press(".").text().contains("at the start"));
    driver.press("g e").type_text("99999999").press("enter");
    assert!(driver.text().contains("the log has 48,213 events"), "{}", driver.text());
    for (keys, typed, said) in [
        ("g e", "abc", "`abc` is not the number of an event"),
        ("g e", "", "type the number of an event, as 1204"),
        ("g p", "150", "`150` is not a number from 0 to 100"),
        ("g p", "", "type a number from 0 to 100"),
        ("g t", "", "type a time: 09:00, +9h, 2026-03-02T09:00"),
    ] {
        driver.press(keys).type_text(typed).press("enter");
        assert!(driver.text().contains(said), "{said}: {}", driver.text());
        driver.press("esc");
    }
    assert!(driver.press("g t").text().contains("09:00 · +9h · 2026-03-02T09:00"));
}

#[test]
fn typing_replaces_the_filter_that_was_set() {
    let mut driver = Driver::new(100, 30);
    driver.press("/").type_text("item-01").press("enter /").type_text("item-02");
    assert_eq!(driver.model.table.filter, "item-02");
    driver.press("enter / end").type_text("3");
    assert_eq!(driver.model.table.filter, "item-023");
    driver.press("esc");
    assert_eq!(driver.model.table.filter, "item-02");
}

#[test]
fn a_message_does_not_come_back_after_a_prompt() {
    for (tone, stays) in [(Tone::Good, false), (Tone::Warning, false), (Tone::Error, true)] {
        let mut driver = Driver::new(100, 30);
        driver.world.say(tone, "something is said");
        driver.publish();
        assert!(driver.text().contains("something is said"));
        assert!(!driver.press("/").text().contains("something is said"));
        assert_eq!(driver.press("esc").text().contains("something is said"), stays, "{tone:?}");
    }
}

#[test]
fn the_problem_that_is_selected_is_the_one_that_is_told() {
    let options = Options { theme: "dark".into(), ..Options::default() };
    let mut world = World { stale: true, ..World::default() };
    world.say(Tone::Error, "features.yaml:4:5 the first of them — v7 stays in use");
    let mut driver = Driver::with(&options, world, 100, 30);
    let report = driver.world.snapshot().config.report.clone();
    let line = |text: &str| text.lines().rev().nth(1).unwrap_or_default().to_owned();
    for (press, number) in [("3 e", 2), ("e", 1), ("E", 2)] {
        let said = line(&driver.press(press).text());
        let message = &report.diagnostics[number - 1].message;
        let place = format!("{number} of {}: ", report.diagnostics.len());
        assert!(said.contains(&place) && said.contains(message), "{said}");
    }
    assert!(!driver.press("j").text().contains("the first of them"));
}

#[test]
fn the_long_layout_has_all_scopes() {
    let mut driver = Driver::new(100, 30);
    let layout = driver.press("w").model.layout;
    assert!(driver.press("tab").text().contains("all scopes are shown · w shows one"));
    assert_eq!(driver.model.layout, layout);
}
