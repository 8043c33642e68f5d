//! The events that a line of contributors stands for, and filters by attributes that no feature uses.

use std::fmt::Write as _;

use counterscope::ui::views::events::EVENTS;
use counterscope::ui::views::explain::EXPLAIN;

use crate::stage::Stage;

const CONFIG: &str = "\
features:
  - name: rate
    type: rate
    top: click
    bottom: show
    scope: [user, item]
    bucket: 1h
    periods: [3]
";

/// Shows and clicks on items of one user, of clients and with marks that no feature uses.
fn log() -> String {
    let mut log = String::new();
    for n in 0..90_u64 {
        let time = 1_772_409_600_000 + n * 300_000;
        let kind = if n % 3 == 0 { "click" } else { "show" };
        let client = match n % 7 {
            0 => String::new(),
            1 | 2 => r#","client":"Acme, \"One\" Co""#.to_owned(),
            _ => r#","client":"web""#.to_owned(),
        };
        let page = if n % 4 == 0 { "home" } else { "end" };
        writeln!(
            log,
            r#"{{"timestamp":{time},"type":"{kind}","user":"u 1","item":"i,{}","params":[{{"key":"page","value":"{page}"}}]{client}}}"#,
            n % 2
        )
        .unwrap();
    }
    log
}

/// The number of contributions of the lines of contributors, with the ids of the lines.
fn groups(stage: &Stage) -> Vec<(String, usize)> {
    let explained = stage.model.snapshot.as_ref().unwrap().explained.clone().unwrap();
    let lines = explained.outline.nodes.iter().filter(|node| node.group.is_some());
    let count = |node: &counterscope::session::snapshot::Node| {
        let words = node.cells[1].words(counterscope::session::snapshot::Moments::Whole);
        words.parse().unwrap()
    };
    lines.map(|node| (node.id.clone(), count(node))).collect()
}

/// At the end of the log, after an event before it, and at a moment between two.
#[test]
fn a_line_of_contributors_leads_to_the_events_that_it_stands_for() {
    let mut stage = Stage::of_log(CONFIG, &log(), (160, 200));
    for place in ["", "0 7 1 g e", "g t"] {
        stage.press("1");
        stage.press(place);
        if place == "g t" {
            stage.type_text("+2m");
            stage.press("enter");
        }
        for field in ["client", "params[key=page].value", "item"] {
            stage.press("1 t");
            stage.type_text(field);
            stage.press("enter");
            let cursor = stage.model.cursor();
            let groups = groups(&stage);
            assert!(!groups.is_empty(), "{}", stage.text());
            for (id, count) in groups {
                stage.model.explain.selected = Some(id.clone());
                stage.press("enter");
                assert_eq!((stage.model.view, stage.model.cursor()), (EVENTS, cursor));
                let text = stage.model.events_filter.text.clone();
                let found = stage.rows();
                let told = stage.filtered();
                assert_eq!((told.error.as_deref(), told.found), (None, count), "{text}");
                let kind = if id.contains("top") { "click" } else { "show" };
                for event in &found {
                    assert!(event.kind == kind && event.number <= cursor, "{text}: {event:?}");
                    let value = event.attributes.iter().find(|(name, _)| name == field);
                    let value = value.map(|(_, value)| value.as_str());
                    assert_eq!(id.split_once("/=").map(|(_, value)| value), value, "{text}");
                }
                // What they are does not change with the place of the cursor.
                stage.press("k enter");
                assert_eq!(stage.rows().len(), count, "{text}");
                stage.press("ctrl-o ctrl-o");
                assert_eq!((stage.model.view, stage.model.cursor()), (EXPLAIN, cursor));
                assert_eq!(stage.model.events_filter.text, "");
            }
        }
    }
}

#[test]
fn an_attribute_that_no_feature_uses_is_read_for_a_filter() {
    let mut stage = Stage::of_log(CONFIG, &log(), (160, 200));
    stage.press("2");
    let of = |n: u64| (3..7).contains(&(n % 7));
    // Nothing is read while it is typed, letter by letter; then the title says what is.
    stage.press("/");
    stage.type_text("without cli");
    let text = stage.text();
    assert!(text.contains("enter reads `cli`, which no feature uses, from the log"), "{text}");
    stage.press("esc");
    let shares = stage.shares_of(|stage| stage.filter("client=web"));
    assert!(!shares.is_empty(), "{}", stage.text());
    let numbers =
        |stage: &Stage| -> Vec<usize> { stage.rows().iter().map(|it| it.number).collect() };
    let expected: Vec<usize> = (0..90).filter(|n| of(*n)).map(|n| n as usize + 1).collect();
    assert_eq!(numbers(&stage), expected);
    stage.filter(r#"client="Acme, \"One\" Co" click"#);
    assert_eq!(
        stage.filtered().found,
        (0..90).filter(|n| n % 3 == 0 && [1, 2].contains(&(n % 7))).count()
    );
    stage.filter("without client");
    assert_eq!(stage.filtered().found, (0..90).filter(|n| n % 7 == 0).count());
    stage.filter("params[key=page].value=home,user=\"u 1\"");
    assert_eq!(stage.filtered().found, (0..90).filter(|n| n % 4 == 0).count());
    // What was read is there for contributors, and both are when the config was saved.
    stage.save("periods: [3]", "periods: [4]");
    assert_eq!(stage.filtered().found, (0..90).filter(|n| n % 4 == 0).count());
}

/// A step to a match of such a filter waits until the attribute is there.
#[test]
fn a_step_waits_for_an_attribute_that_is_read_for_it() {
    let mut stage = Stage::of_log(CONFIG, &log(), (100, 30));
    stage.press("2 g g /");
    stage.type_text("without client");
    stage.press("enter n n");
    stage.resize((100, 31));
    assert_eq!(stage.model.cursor(), 8, "{}", stage.text());
}

/// A long filter gives way to what is found of it.
#[test]
fn the_title_tells_the_counts_at_every_width() {
    let mut stage = Stage::of_log(CONFIG, &log(), (80, 24));
    stage.press("2");
    stage.filter(r#"contributes to bottom of rate_3{"u 1","i,1"} at #90 client=web"#);
    let found = stage.filtered().found;
    let text = stage.text();
    let title = text.lines().find(|line| line.contains("Events ·")).unwrap();
    assert!(title.contains("/contributes to") && title.contains("client=web"), "{title}");
    assert!(title.contains(&format!("· {found} of 90 ═")), "{title}");
}
