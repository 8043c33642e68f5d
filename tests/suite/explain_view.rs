//! The explanation of a value in a session and on its screen: what keys do, what it follows, when it
//! is given up.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::time::Duration;

use counterscope::base::Key;
use counterscope::session::ReaderEvent;
use counterscope::session::protocol::{
    Command, ExplainLook, ExplainOrder, Selected, Speed, Target, Viewport,
};
use counterscope::session::snapshot::{Explained, Outline, State, Waits};
use counterscope::ui::draw::glyphs;
use counterscope::ui::views::events::EVENTS;
use counterscope::ui::views::explain::EXPLAIN;
use counterscope::ui::views::values::VALUES;
use tempfile::TempDir;

use crate::live::setup;
use crate::stage::Stage;
use crate::stepper::Stepper;

const CONFIG: &str = "\
features:
  - {name: clicks, type: interaction_count, interaction: click, scope: item}
  - {name: recent, type: window_count, interaction: click, scope: item, bucket: 1h, periods: [2]}
";

/// Clicks on some items, ten minutes apart, by two clients, with likes in between.
fn log(events: u64, items: u64) -> String {
    let mut log = String::new();
    for n in 0..events {
        let time = 1_772_409_600_000 + n * 600_000;
        let kind = if n % 5 == 4 { "like" } else { "click" };
        let (item, client) = (n % items, if n % 4 == 0 { "app" } else { "web" });
        writeln!(
            log,
            r#"{{"timestamp":{time},"type":"{kind}","item":"i{item}","client":"{client}"}}"#
        )
        .unwrap();
    }
    log
}

fn open(size: (u16, u16)) -> Stage {
    Stage::of_log(CONFIG, &log(60, 3), size)
}

#[test]
fn the_tree_folds_and_the_selection_goes_along() {
    let mut stage = open((100, 30));
    stage.press("enter");
    assert_eq!(stage.model.view, EXPLAIN);
    assert!(stage.selected().starts_with("▾ clicks{item=i0} = 16, as of "), "{}", stage.text());
    stage.press("j j");
    assert_eq!(stage.selected(), "▾ click at item=i0 = 16");
    stage.press("h");
    assert_eq!(stage.selected(), "▸ click at item=i0 = 16");
    assert!(!stage.text().contains("add up to"), "{}", stage.text());
    stage.press("j");
    assert!(stage.selected().contains("if no event comes any more"), "{}", stage.text());
    // Folds are kept while other values are explained.
    stage.press("esc j enter j j");
    assert!(stage.selected().starts_with("▸ click at item="), "{}", stage.text());
    stage.press("l l");
    assert!(stage.selected().contains("events add up to 16, newest first"), "{}", stage.text());
    stage.press("h h h");
    assert!(stage.selected().starts_with("▸ click"), "it went to the parent, and folded it");
    stage.press("l enter");
    assert!(stage.selected().starts_with("▸ click"), "`enter` folds, too");
    stage.press("end");
    let last = stage.selected();
    assert!(last.contains("ttl"), "{last}");
    stage.press("home");
    assert!(stage.selected().contains("= 16, as of"));
}

#[test]
fn events_are_gone_through_jumped_to_and_come_back_from() {
    let mut stage = open((100, 30));
    stage.press("enter n n");
    let line = stage.selected();
    assert!(line.contains("14 → 15"), "{}", stage.text());
    stage.press("N");
    assert!(stage.selected().contains("15 → 16"), "{}", stage.text());
    // What an event is folded into is opened.
    stage.press("9 n");
    assert!(stage.selected().contains("6 → 7"), "{}", stage.text());
    let (cursor, place) = (stage.model.cursor(), stage.model.explain.clone());
    stage.press("enter");
    assert_eq!(stage.model.view, EVENTS);
    let there = stage.model.cursor();
    assert!(there < cursor, "{there}");
    assert_eq!(stage.model.selected_event(), Some(there));
    // From jump to jump, and back through all of them.
    stage.press("g g");
    assert_eq!(stage.model.cursor(), 0);
    stage.press("ctrl-o");
    assert_eq!((stage.model.cursor(), stage.model.view), (there, EVENTS));
    stage.press("ctrl-o");
    assert_eq!((stage.model.cursor(), stage.model.view), (cursor, EXPLAIN));
    assert_eq!(stage.model.explain, place);
    assert!(stage.selected().contains("6 → 7"), "{}", stage.text());
    stage.press("ctrl-o");
    assert!(stage.text().contains("no jump to come back from"), "{}", stage.text());
    // A moment between two events is come back to as well.
    stage.press("g t");
    stage.type_text("+5m");
    stage.press("enter G ctrl-o");
    assert!(stage.model.snapshot.as_ref().unwrap().transport.moment().is_some());
}

#[test]
fn going_back_ends_among_the_values() {
    let mut stage = open((100, 30));
    for keys in ["enter esc", "enter q", "4 esc", "enter 1"] {
        stage.press(keys);
        assert_eq!(stage.model.view, VALUES, "{keys}");
    }
    stage.press("enter t");
    stage.type_text("item");
    stage.press("enter esc");
    assert_eq!(stage.model.view, EXPLAIN, "from contributors back to the value");
    assert!(stage.text().contains("Explain · clicks · i0"), "{}", stage.text());
    stage.press("esc t");
    stage.type_text("item");
    stage.press("enter");
    assert!(stage.text().contains("Contributors by item · clicks · i0"), "{}", stage.text());
    stage.press("esc");
    assert_eq!(stage.model.view, VALUES, "and to the values, where they were asked for there");
    stage.press("4");
    assert!(stage.text().contains("Explain · clicks · i0"), "{}", stage.text());
}

#[test]
fn the_largest_come_first_when_they_are_asked_for() {
    let mut stage = open((100, 30));
    stage.press("enter s");
    assert!(stage.text().contains("16 events add up to 16, largest first:"), "{}", stage.text());
    stage.press("s");
    assert!(stage.text().contains("newest first:"), "{}", stage.text());
}

#[test]
fn it_follows_the_cursor_and_a_save() {
    let mut stage = open((100, 50));
    stage.press("l enter j j j j");
    let line = stage.selected();
    assert!(stage.text().contains("recent_2{item=i0} = "), "{}", stage.text());
    let title = |stage: &Stage| {
        stage.text().lines().find(|line| line.contains(", as of ")).unwrap_or_default().to_owned()
    };
    let before = title(&stage);
    stage.press("1 2 , 4");
    assert_ne!(title(&stage), before);
    stage.press("G");
    assert_eq!(title(&stage), before);
    assert_eq!(stage.selected(), line, "the selection stays");
    stage.save("periods: [2]", "periods: [2, 4]");
    let words = stage.text().split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(words.contains("periods 2, 4"), "{}", stage.text());
    stage.save("interaction: click, scope: item, bucket", "interaction: like, scope: item, bucket");
    assert!(stage.text().contains("another type than like: click ×16"), "{}", stage.text());
    stage.save("recent", "lately");
    assert!(stage.text().contains("the config has no output `recent_2`"), "{}", stage.text());
    // Before its first event a key is not there yet.
    stage.save("lately", "recent");
    stage.press("g g");
    assert!(stage.text().contains("recent_2{item=i0} was never seen"), "{}", stage.text());
    assert!(stage.text().contains("its first event is #1, at "), "{}", stage.text());
    assert!(stage.text().contains("no other key of the log is similar to it"), "{}", stage.text());
}

#[test]
fn contributors_are_grouped_by_what_was_read_and_by_what_was_not() {
    let mut stage = open((100, 30));
    stage.press("t");
    assert!(stage.text().contains("contributors by:"), "{}", stage.text());
    // Every field of the log is offered, also those that no feature uses.
    for field in ["client", "item", "timestamp", "type", "client"] {
        stage.press("tab");
        assert!(stage.text().contains(&format!("contributors by: {field}")), "{}", stage.text());
    }
    stage.press("esc t enter");
    assert!(stage.text().contains("type the name of an attribute"), "{}", stage.text());
    // No feature uses it: the log is read again.
    stage.type_text("client");
    stage.press("enter");
    let text = stage.text();
    assert!(text.contains("clicks{item=i0} by client, as of"), "{text}");
    assert!(text.lines().any(|line| line.contains("web") && line.contains("×")), "{text}");
    // The heads of the columns are passed over. A line leads to its events.
    stage.press("j j");
    assert!(stage.selected().starts_with("web"), "{}", stage.text());
    stage.press("k j enter");
    let filter = "contributes to clicks{item=i0} at #60 client=web";
    assert_eq!((stage.model.view, &*stage.model.events_filter.text), (EVENTS, filter));
    stage.press("ctrl-o");
    assert_eq!(stage.model.events_filter.text, "");
    assert!(stage.text().contains("clicks{item=i0} by client"), "{}", stage.text());
    // What was read is known from then on, and what no event has is told.
    stage.press("t c tab");
    assert!(stage.text().contains("contributors by: client"), "{}", stage.text());
    stage.press("ctrl-u");
    stage.type_text("colour");
    stage.press("enter");
    let text = stage.text();
    assert!(text.contains("no event has `colour`; tab lists what they have"), "{text}");
    assert!(text.contains("contributors by: colour"), "the line stays: {text}");
    stage.press("enter");
    assert!(stage.text().contains("none of these events has `colour`"), "{}", stage.text());
}

#[test]
fn contributors_are_grouped_by_the_fields_of_the_events_that_count() {
    let line = |n: i64, rest: &str| {
        format!("{{\"timestamp\":{},\"item\":\"i\",{rest}}}\n", 1_772_409_600_000 + n)
    };
    let click = r#""type":"click","client":"web","geo":{"country":"de"},"none":{}"#;
    let log = line(0, click) + &line(1, r#""type":"like","mood":"good""#);
    let mut stage = Stage::of_log(CONFIG, &log, (100, 30));
    stage.press("t");
    let mut offered = Vec::new();
    for _ in 0..6 {
        stage.press("tab");
        offered.push(stage.model.prompt.as_ref().unwrap().text.value.clone());
    }
    let own = ["client", "geo.country", "item", "timestamp", "type"];
    assert_eq!(offered, [&own[..], &["client"]].concat());
    for (typed, said) in [
        ("clint", "no event has `clint`: did you mean `client`?"),
        ("mood", "no event that counts here has `mood`; tab lists"),
        ("geo", "`geo` is an object without a value: did you mean `geo.country`?"),
        ("country", "no event has `country`: did you mean `geo.country`?"),
        ("none", "`none` is an object without a value; tab lists"),
    ] {
        stage.press("ctrl-u");
        stage.type_text(typed);
        stage.press("enter");
        assert!(stage.text().contains(said), "{typed}: {}", stage.text());
    }
    stage.press("ctrl-u");
    stage.type_text("geo.country");
    stage.press("enter");
    assert!(stage.text().contains("clicks{item=i} by geo.country"), "{}", stage.text());
}

#[test]
fn what_lacks_a_part_of_the_key_is_told() {
    let config = "features: [{name: pairs, type: counter, scope: [item, user]}]\n";
    let line = |n: i64, rest: &str| {
        format!("{{\"timestamp\":{},\"type\":\"click\",{rest}}}\n", 1_772_409_600_000 + n)
    };
    let log = line(0, r#""item":"i","user":"u""#) + &line(1, r#""item":"i""#);
    let mut stage = Stage::of_log(config, &log, (100, 30));
    stage.press("enter");
    assert!(stage.text().contains("1  no `user`, a part of the key"), "{}", stage.text());
}

#[test]
fn a_side_of_contributors_that_is_folded_is_open_for_another_value() {
    let mut stage = open((100, 30));
    stage.press("t");
    stage.type_text("client");
    stage.press("enter j h");
    assert!(stage.selected().starts_with("▸ click: 16 events"), "{}", stage.text());
    stage.press("esc j t");
    stage.type_text("client");
    stage.press("enter j");
    assert!(stage.selected().starts_with("▾ click: 16 events"), "{}", stage.text());
    assert!(stage.text().contains("LIFT: times as frequent as at any key"), "{}", stage.text());
    assert!(stage.text().contains("a count by"), "{}", stage.text());
    // The way back is told once there is one, and that a line counts once it stands for contributors.
    assert!(!stage.text().contains("ctrl-o back"), "{}", stage.text());
    stage.press("j enter");
    assert!(stage.text().contains("ctrl-o back"), "{}", stage.text());
    stage.press("4 esc");
    assert!(!stage.text().contains("a count by"), "{}", stage.text());
}

#[test]
fn a_feature_that_counts_by_the_attribute_is_added_on_command() {
    let mut stage = open((100, 30));
    stage.press("enter a");
    assert!(stage.text().contains("t groups the events by an attribute"), "{}", stage.text());
    stage.press("t");
    stage.type_text("client");
    // The file is written, and read as any save is, while something else is done.
    stage.press("enter a j k");
    let config = |stage: &Stage| stage.model.snapshot.as_ref().unwrap().config.text.to_string();
    assert!(config(&stage).contains("client"), "{}", config(&stage));
    assert!(stage.text().contains("Contributors by client"), "{}", stage.text());
    stage.press("3 u j k");
    assert_eq!(config(&stage), CONFIG);
}

/// Nothing but ASCII is drawn where only ASCII may be.
#[test]
fn signs_have_twins_of_ascii() {
    let mut stage = open((100, 30));
    stage.model.glyphs = glyphs::ASCII;
    stage.press("l enter");
    assert!(stage.text().is_ascii(), "{}", stage.text());
    stage.press("t");
    stage.type_text("client");
    stage.press("enter");
    assert!(stage.text().is_ascii(), "{}", stage.text());
}

fn look(item: &str) -> ExplainLook {
    ExplainLook {
        output: "clicks".to_owned(),
        key: Key(vec![item.to_owned()]),
        by: None,
        order: ExplainOrder::Newest,
        most: 100,
    }
}

/// A session of many events, which looks at a value in many slices.
struct Session {
    stepper: Stepper,
    generation: u64,
    _folder: TempDir,
}

impl Session {
    fn start(events: u64) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let file = |name: &str| folder.path().join(name);
        fs::write(file("c.yaml"), CONFIG).unwrap();
        fs::write(file("log.ndjson"), log(events, 2)).unwrap();
        let start = |config: &Path, log: &Path| Stepper::start(setup(config, log, None)).unwrap();
        let stepper = start(&file("c.yaml"), &file("log.ndjson"));
        let mut session = Self { stepper, generation: 0, _folder: folder };
        session.stepper.run();
        session
    }

    fn look(&mut self, explain: Option<ExplainLook>) {
        self.generation += 1;
        self.stepper.send(Command::Viewport(Viewport {
            generation: self.generation,
            explain: explain.map(Box::new),
            history: 0,
            selected: Selected::default(),
            ..Viewport::default()
        }));
    }

    /// The next explanation that is published, with the state of the replay.
    fn next(&mut self) -> (Explained, State) {
        loop {
            let snapshot = self.stepper.next(Duration::from_secs(600)).expect("a snapshot");
            if let Some(explained) = &snapshot.explained {
                return (Explained::clone(explained), snapshot.transport.state);
            }
        }
    }

    /// The explanation once it waits for nothing.
    fn whole(&mut self) -> Explained {
        loop {
            let (explained, state) = self.next();
            if explained.waits.is_none() && matches!(state, State::Ended | State::Paused) {
                return explained;
            }
        }
    }
}

fn first_line(outline: &Outline) -> String {
    use counterscope::session::snapshot::{Moments, outline_text};
    outline_text(outline, Moments::Whole, |_| true).first().cloned().unwrap_or_default()
}

#[test]
fn another_value_cancels_the_one_that_is_looked_at() {
    let mut session = Session::start(60_000);
    session.look(Some(look("i0")));
    let (first, _) = session.next();
    assert!(matches!(first.waits, Some(Waits::Events(_))), "{first:?}");
    assert!(first.outline.nodes.is_empty());
    session.look(Some(look("i1")));
    loop {
        let (explained, _) = session.next();
        if explained.of == look("i0") {
            continue;
        }
        let line = first_line(&explained.outline);
        assert!(line.is_empty() || line.starts_with("clicks{item=i1} = 24,000"), "{line}");
        if explained.waits.is_none() {
            assert!(!line.is_empty());
            break;
        }
    }
    // Nothing is looked at for nobody.
    session.look(None);
    session.stepper.run();
    session.stepper.take();
    session.look(Some(look("i0")));
    session.look(None);
    session.stepper.run();
    assert!(session.stepper.take().unwrap().explained.is_none());
}

/// Another one is asked for while the log is read for the first, which fails.
#[test]
fn of_two_attributes_the_one_that_was_read_for_is_the_one_that_cannot_be_read() {
    let mut session = Session::start(600);
    let by = |field: &str| Some(ExplainLook { by: Some(field.to_owned()), ..look("i0") });
    session.look(by("colour"));
    session.stepper.step();
    let failed = || Some(ReaderEvent::Failed("the disk is gone".to_owned()));
    session.stepper.read_through(|_| Box::new(failed));
    session.look(by("client"));
    let told = session.whole();
    let line = first_line(&told.outline);
    assert!(line.starts_with("clicks{item=i0} by client"), "{line}");
    session.look(by("colour"));
    let line = first_line(&session.whole().outline);
    assert!(line.contains("`colour` cannot be read: the disk is gone"), "{line}");
}

#[test]
fn a_step_meanwhile_has_it_begun_anew() {
    let mut session = Session::start(60_000);
    session.look(Some(look("i0")));
    session.next();
    session.stepper.send(Command::Step(-1));
    let told = session.whole();
    session.stepper.send(Command::Seek(Target::End));
    let at_end = session.whole();
    assert_ne!(told.outline.as_of, at_end.outline.as_of);
    assert!(told.outline.as_of < at_end.outline.as_of);
}

/// While event time runs an explanation is brought to its end, though the cursor is elsewhere, and
/// the next one follows a while after.
#[test]
fn while_event_time_runs_it_is_made_now_and_then() {
    let mut session = Session::start(3_000);
    session.look(Some(look("i0")));
    session.whole();
    session.stepper.send(Command::Seek(Target::Start));
    session.whole();
    session.stepper.send(Command::SetSpeed(Speed::Times(200_000.0)));
    session.stepper.send(Command::Play);
    let begun = session.stepper.clock.now();
    let (mut moments, mut snapshots) = (Vec::new(), 0);
    while session.stepper.clock.now() - begun < Duration::from_secs(3) {
        let (explained, _) = session.next();
        snapshots += 1;
        if !moments.contains(&explained.outline.as_of) {
            moments.push(explained.outline.as_of);
        }
    }
    assert!((2..=11).contains(&moments.len()), "{} of {snapshots}", moments.len());
    assert!(snapshots > 2 * moments.len(), "{} of {snapshots}", moments.len());
    session.stepper.send(Command::Pause);
    let last = session.whole();
    assert!(moments.iter().all(|moment| *moment <= last.outline.as_of));
}
