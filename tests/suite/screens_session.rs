//! Screens that a real session draws: of the quickstart, of a config with faults, of logs of which
//! little or nothing can be read.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use counterscope::ui::views::log::LOG;
use ratatui::buffer::Buffer;
use ratatui::style::Color;

use crate::screen::assert_screen;
use crate::stage::Stage;

const SIZES: [(u16, u16); 7] = [(160, 45), (100, 30), (80, 24), (60, 16), (40, 8), (20, 5), (1, 1)];
/// Those that show more than what size is needed.
const READABLE: &[(u16, u16)] = SIZES.split_at(5).0;

const CLICKS: &str = "\
features:
  - name: clicks
    type: window_count
    interaction: click
    scope: item
    bucket: 1d
    periods: [1, 7]
";

const FAULTS: &str = "\
features:
  - name: clicks
    type: window_count
    interacton: click
    scope: item
    bucket: 24 hours
    periods: [1, -7]

  - name: likes
    type: interaction_count
    interaction: like

  - name: ctr
    type: rates
    top: click
    bottom: impression
";

fn repository(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

fn quickstart(size: (u16, u16)) -> Stage {
    let text = fs::read_to_string(repository("configs/quickstart.yaml")).unwrap();
    let log = repository("sample-events/quickstart.ndjson.gz");
    Stage::open(("quickstart.yaml", &text), &log, size)
}

#[test]
fn the_quickstart_at_every_size() {
    let mut stage = quickstart(SIZES[0]);
    for (name, keys) in [
        ("values", "j l"),
        ("events", "2 k k"),
        ("features", "1 f j"),
        ("log", "esc 6"),
        ("explain", "1 l l l enter"),
        ("contributors", "t i t e m . tab enter j j"),
    ] {
        stage.press(keys);
        for size in SIZES {
            stage.resize(size);
            assert_screen(&format!("session/{name}-{}x{}", size.0, size.1), &stage.screen());
        }
    }
}

/// What lints find in the log is listed beside the config, at its place.
#[test]
fn problems_that_the_log_shows() {
    let config = "\
features:
  - {name: clicks, type: interaction_count, interaction: click, scope: item}
  - {name: views, type: counter, interaction: impression, scope: item, where: {device: phon}}
  - name: ctr
    type: rate
    top: impression
    bottom: click
    scope: item
    bucket: 1d
    periods: [7, 30]
    refresh: 1h
  - {name: popular, type: interaction_count, interaction: click, scope: item}
";
    let log = repository("sample-events/quickstart.ndjson.gz");
    let mut stage = Stage::open(("c.yaml", config), &log, SIZES[0]);
    for (name, keys) in [("problems-first", "3 e"), ("problems-next", "e e")] {
        stage.press(keys);
        for size in SIZES {
            stage.resize(size);
            assert_screen(&format!("session/{name}-{}x{}", size.0, size.1), &stage.screen());
        }
    }
}

/// The look of a screen is its colours and its glyphs: what is said is the same.
#[test]
fn every_view_of_the_quickstart_in_every_look() {
    let mut stage = quickstart(SIZES[0]);
    for (name, keys) in [
        ("events", "2 k k l"),
        ("log", "h 6 l"),
        ("explain", "1 l l l enter"),
        ("contributors", "t i t e m . tab enter j j"),
    ] {
        stage.press(keys);
        for (width, height) in SIZES {
            stage.resize((width, height));
            let mut screens = Vec::new();
            for theme in ["dark", "light", "mono"] {
                stage.look(theme, false);
                screens.push((stage.text(), stage.screen()));
            }
            let [dark, light, mono] = &screens[..] else { panic!("three looks") };
            assert_eq!(dark.0, light.0, "{name} at {width}x{height}");
            assert_eq!(dark.0, mono.0, "{name} at {width}x{height}");
            let has_colour = |screen: &Buffer| {
                screen.content.iter().any(|cell| cell.fg != Color::Reset || cell.bg != Color::Reset)
            };
            assert!(!has_colour(&mono.1), "{name} at {width}x{height}");
            if height >= 16 {
                assert!(has_colour(&dark.1) && has_colour(&light.1) && dark.1 != light.1, "{name}");
            }
            stage.look("dark", true);
            let screen = stage.screen();
            assert_screen(&format!("session/look-{name}-{width}x{height}"), &screen);
            // The log's own text may have any letter, the frame may not.
            let odd = screen.content.iter().find(|cell| !cell.symbol().is_ascii());
            assert!(odd.is_none(), "{name} at {width}x{height}: {odd:?}");
            stage.look("dark", false);
        }
        stage.resize(SIZES[0]);
    }
}

#[test]
fn events_that_are_filtered_and_one_that_is_open() {
    let mut stage = quickstart(SIZES[0]);
    stage.press("2 /");
    stage.type_text("click item=mug-004 counted by brand_ctr");
    for (name, keys) in [("typing", ""), ("filtered", "enter k k"), ("open", "l"), ("rejected", "")]
    {
        if name == "rejected" {
            stage.press("h /");
            stage.type_text("rejected");
            stage.press("enter");
        }
        stage.press(keys);
        for size in SIZES {
            stage.resize(size);
            assert_screen(&format!("session/events-{name}-{}x{}", size.0, size.1), &stage.screen());
        }
    }
}

#[test]
fn the_log_with_a_type_and_a_field_that_are_open() {
    let mut stage = quickstart(SIZES[0]);
    // Among the values `tab` goes to the next scope.
    stage.press("2");
    while stage.model.view != LOG {
        stage.press("tab");
    }
    stage.press("l j j j j j l");
    for size in SIZES {
        stage.resize(size);
        assert_screen(&format!("session/log-open-{}x{}", size.0, size.1), &stage.screen());
    }
}

/// The config stands beside the values at the feature that is selected.
#[test]
fn the_config_follows_the_selection() {
    let mut stage = quickstart((160, 45));
    let marked = |stage: &Stage| {
        let text = stage.text();
        let line = text.lines().rev().find(|line| line.contains('▌')).unwrap_or_default();
        line.rsplit('│').nth(1).unwrap_or_default().trim().to_owned()
    };
    assert!(marked(&stage).ends_with("- name: clicks_total"), "{}", marked(&stage));
    stage.press("l l l");
    assert!(marked(&stage).ends_with("- name: ctr"), "{}", marked(&stage));
    stage.press("tab");
    assert!(marked(&stage).ends_with("- name: brand_ctr"), "{}", marked(&stage));
}

#[test]
fn a_config_with_faults_opens_on_them() {
    let folder = tempfile::tempdir().unwrap();
    let log = folder.path().join("events.ndjson");
    fs::write(&log, clicks(50)).unwrap();
    let mut stage = Stage::open(("features.yaml", FAULTS), &log, SIZES[0]);
    for &size in READABLE {
        stage.resize(size);
        assert_screen(&format!("session/faults-{}x{}", size.0, size.1), &stage.screen());
        assert!(stage.text().contains("✖ 5 errors"), "at {size:?}");
    }
    stage.press("1");
    for &size in READABLE {
        stage.resize(size);
        let text = stage.text();
        let words: Vec<&str> = text.split_whitespace().collect();
        assert!(words.join(" ").contains("the config has 5 errors · 3 lists them"), "{text}");
    }
}

#[test]
fn a_log_that_cannot_be_read_is_told_at_every_size() {
    let folder = tempfile::tempdir().unwrap();
    let log = folder.path().join("notes.txt");
    fs::write(&log, "not an event\n".repeat(1_234)).unwrap();
    let mut stage = Stage::open(("features.yaml", CLICKS), &log, SIZES[0]);
    for &size in READABLE {
        stage.resize(size);
        let text = stage.text();
        assert_screen(&format!("session/unreadable-{}x{}", size.0, size.1), &stage.screen());
        assert!(text.contains("✖ 1,234 rej"), "{text}");
    }
    fs::write(&log, "").unwrap();
    let stage = Stage::open(("features.yaml", CLICKS), &log, (100, 30));
    assert!(stage.text().contains("the log has no events: it is empty"), "{}", stage.text());
}

/// Most of the log is worth more than its name; a few lines are told where there is room.
#[test]
fn rejected_lines_are_told_by_their_share() {
    let folder = tempfile::tempdir().unwrap();
    let log = folder.path().join("events.ndjson");
    let open = |bad: usize| {
        fs::write(&log, clicks(50) + &"{}\n".repeat(bad)).unwrap();
        Stage::open(("features.yaml", CLICKS), &log, (100, 30)).text()
    };
    assert!(open(51).contains("✖ 51 rejected"), "{}", open(51));
    let few = open(3);
    assert!(few.contains("3 rejected") && !few.contains('✖'), "{few}");
}

#[test]
fn before_the_first_event_it_says_how_to_go_on() {
    let mut stage = quickstart((160, 45));
    stage.press("g g");
    assert!(stage.text().contains("nothing has happened yet · space plays · G goes to the end"));
}

#[test]
fn warnings_are_counted_at_every_size() {
    let folder = tempfile::tempdir().unwrap();
    let log = folder.path().join("events.ndjson");
    fs::write(&log, clicks(50)).unwrap();
    // A window that is longer than its keys live.
    let text = CLICKS.replace("[1, 7]", "[1, 700]");
    let mut stage = Stage::open(("features.yaml", &text), &log, SIZES[0]);
    for &size in READABLE {
        stage.resize(size);
        let text = stage.text();
        assert!(text.lines().next().unwrap().contains("v1 ✔ !1"), "{text}");
    }
}

/// Clicks on seven items, ten minutes apart.
fn clicks(count: u64) -> String {
    let mut log = String::new();
    for n in 0..count {
        let time = 1_772_409_600_000 + n * 600_000;
        writeln!(log, r#"{{"timestamp":{time},"type":"click","item":"i{}"}}"#, n % 7).unwrap();
    }
    log
}
