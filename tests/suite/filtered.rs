//! The filter of the list of events: what it lets through is what a look at every event lets
//! through, however it is found, and the keys that go with it; and the event that is open as a whole.

use std::fmt::Write as _;
use std::fs;

use counterscope::base::Millis;
use counterscope::session::protocol::Command;
use counterscope::session::snapshot::EventRow;

use tempfile::TempDir;

use crate::driver::Driver;
use crate::stage::Stage;

const CONFIG: &str = "\
events: {order: log}
features:
  - name: clicks
    type: window_count
    interaction: click
    scope: item
    bucket: 1h
    periods: [1, 2]
  - name: spent
    type: counter
    interaction: buy
    scope: [user, item]
    aggregate: sum
    value: price
    where: {device: ios}
";

/// An event of every kind that a filter tells apart, again and again: of two types, on three items,
/// some without a user, some late by a minute and some by five hours.
fn log(events: i64) -> String {
    let mut log = String::new();
    for n in 0..events {
        if n % 50 == 49 {
            log.push_str("{\"timestamp\":\n");
        }
        let late = match n % 20 {
            7 => 60_000,
            13 => 5 * 3_600_000,
            _ => 0,
        };
        let time = 1_772_409_600_000 + n * 30_000 - late;
        let kind = if n % 3 == 0 { "buy" } else { "click" };
        let device = if n % 4 == 0 { "ios" } else { "web" };
        let user = if n % 5 == 0 { String::new() } else { format!(r#","user":"u{}""#, n % 2) };
        let price = if n % 6 == 0 { "\"9\"".to_owned() } else { n.to_string() };
        writeln!(
            log,
            r#"{{"timestamp":{time},"type":"{kind}","item":"i,{}","device":"{device}","price":{price}{user}}}"#,
            n % 3
        )
        .unwrap();
    }
    log
}

/// Whether an event passes a filter.
type Naive = fn(&EventRow) -> bool;

fn stage(events: i64, size: (u16, u16)) -> (TempDir, Stage) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("events.ndjson");
    fs::write(&path, log(events)).unwrap();
    let mut stage = Stage::open(("features.yaml", CONFIG), &path, size);
    stage.press("2");
    (folder, stage)
}

fn has(event: &EventRow, name: &str, text: &str) -> bool {
    event.attributes.iter().any(|(known, value)| known == name && value == text)
}

#[test]
fn what_is_let_through_is_what_a_look_at_every_event_lets_through() {
    // A screen that shows all of them.
    let (_folder, mut stage) = stage(120, (160, 200));
    let all = stage.rows();
    assert_eq!(all.len(), 120);
    let cases: &[(&str, Naive)] = &[
        ("CLI", |it| it.kind == "click"),
        ("type:click", |it| it.kind == "click"),
        (r"item=i\,1 item=i\,2", |_| false),
        (r"item=i\,1", |it| has(it, "item", "i,1")),
        (r#"item="i\,1" late"#, |it| has(it, "item", "i,1") && it.late.is_some()),
        (r"user=u1,item=i\,0", |it| has(it, "user", "u1") && has(it, "item", "i,0")),
        ("late", |it| it.late.is_some()),
        ("buy device=ios", |it| it.kind == "buy" && has(it, "device", "ios")),
        // Of late clicks only those by a minute find their bucket.
        ("counted by clicks", |it| {
            it.kind == "click" && it.late.is_none_or(|late| late < Millis(3_600_000))
        }),
        ("click not counted by clicks", |it| {
            it.kind == "click" && it.late.is_some_and(|late| late > Millis(3_600_000))
        }),
        ("counted by spent", |it| {
            let has_number =
                it.attributes.iter().any(|(name, text)| name == "price" && text != "9");
            let has_user = it.attributes.iter().any(|(name, _)| name == "user");
            it.kind == "buy" && has(it, "device", "ios") && has_user && has_number
        }),
    ];
    for (text, naive) in cases {
        stage.filter(text);
        let expected: Vec<usize> = all.iter().filter(|it| naive(it)).map(|it| it.number).collect();
        let found: Vec<usize> = stage.rows().iter().map(|it| it.number).collect();
        assert_eq!(found, expected, "{text}");
        let told = stage.filtered();
        assert_eq!(
            (told.found, told.of, told.searched, told.error),
            (found.len(), 120, None, None)
        );
        let places: Vec<usize> = stage.rows().iter().map(|it| it.place).collect();
        assert_eq!(places, (1..=found.len()).collect::<Vec<_>>());
        stage.press("esc");
        assert_eq!(stage.rows().len(), 120, "esc drops {text}");
    }
}

#[test]
fn a_filter_that_means_nothing_says_why() {
    let (_folder, mut stage) = stage(20, (160, 45));
    for (text, words) in [
        ("counted by", "counted by which feature? The config has clicks, spent"),
        ("counted by click", "the config has no feature `click`: did you mean `clicks`?"),
        ("counted by views", "the config has no feature `views`; it has clicks, spent"),
        ("devise=ios", "no event has `devise`: did you mean `device`?"),
        ("without colour", "no event has `colour`; view 6 lists what events have"),
        ("params[key=page", "`params[key=page` is no condition: write `attribute=value`"),
        ("contributes to", "contributes to which value? Write `clicks_1{…}` with its key"),
        ("contributes to clicks", "the config has no output `clicks`: did you mean `clicks_1`?"),
        ("contributes to clicks_1", "write its key as `clicks_1{item=…}`"),
        ("contributes to clicks_1{i", "the key ends with `}`"),
        ("contributes to clicks_1{item=x}", "no event has the key x"),
        ("contributes to spent{u1}", "write its key as `spent{user=…,item=…}`"),
        (r"contributes to top of clicks_1{i\,1}", "`clicks_1` has no top"),
        (r"contributes to clicks_1{i\,1} at #x", "`#x` is no number of an event"),
        (r"contributes to clicks_1{i\,1} at noon", "not a time: noon"),
        ("late rejected", "`rejected` stands alone: a line that was rejected has no type"),
        ("not late", "`not` belongs to `not counted by FEATURE`"),
        ("clikc", "no event has a type like `clikc`: did you mean `click`?"),
        ("type:cli", "no event has a type like `cli`: did you mean `click`?"),
        ("type:view", "no event has a type like `view`; `name=value` is an attribute"),
        ("lat", "no event has a type like `lat`: did you mean `late`?"),
        ("user=u1,late", "`late` is no condition: write `attribute=value`"),
    ] {
        stage.filter(text);
        let shown = stage.text();
        assert!(shown.contains(words), "{text}: {shown}");
        assert_eq!(stage.rows(), [], "{text}");
    }
    stage.press("/ backspace");
    stage.type_text("usr=u1");
    let words = "enter reads `usr`, which no feature uses, from the log; did you mean `user`?";
    assert!(stage.text().contains(words), "{}", stage.text());
    stage.press("enter");
    let words = "no event has `usr`: did you mean `user`?";
    assert!(stage.text().contains(words), "{}", stage.text());
    stage.filter("item=none");
    assert!(stage.text().contains("no event passes the filter; esc drops it"), "{}", stage.text());
}

#[test]
fn rejected_lines_are_listed_with_their_reasons() {
    let (_folder, mut stage) = stage(120, (160, 45));
    stage.filter("rejected");
    let told = stage.filtered();
    assert_eq!((told.found, told.of, told.is_of_lines), (2, 2, true));
    let lines: Vec<u64> = stage.rows().iter().map(|it| it.line).collect();
    assert_eq!(lines, [50, 101]);
    let shown = stage.text();
    assert!(shown.contains(r#"line 101: invalid JSON  {"timestamp":"#), "{shown}");
    // It opens as no event, and enter goes to where it stands.
    stage.press("k l");
    assert!(!stage.text().contains("Members"), "{}", stage.text());
    stage.press("enter");
    let cursor = stage.model.cursor();
    assert!((49..=50).contains(&cursor), "{cursor}");
}

/// With a manual clock a slice has some ten thousand events: until all are looked at, the list says
/// how far it is, and keys are answered.
#[test]
fn it_is_found_in_slices() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("events.ndjson");
    fs::write(&path, log(60_000)).unwrap();
    let mut stage = Stage::open(("features.yaml", CONFIG), &path, (100, 30));
    stage.press("2");
    let shares = stage.shares_of(|stage| stage.filter("late"));
    assert!(shares.len() > 1 && shares.is_sorted(), "{shares:?}");
    assert_eq!(stage.filtered().found, 6_000);
    assert!(stage.text().contains("6,000 of 60,000"), "{}", stage.text());
}

#[test]
fn n_goes_from_match_to_match_with_the_filter_and_without() {
    let (_folder, mut stage) = stage(120, (160, 45));
    stage.press("n");
    assert!(stage.text().contains("nothing is looked for"), "{}", stage.text());
    stage.press("g g");
    stage.filter("late");
    let numbers: Vec<usize> = (1..=120).filter(|n| matches!((n - 1) % 20, 7 | 13)).collect();
    stage.press("n");
    assert_eq!(stage.model.cursor(), numbers[0]);
    stage.press("0 3 n N");
    assert_eq!(stage.model.cursor(), numbers[2]);
    stage.press("esc");
    assert_eq!(stage.model.selected_event(), Some(numbers[2]));
    stage.press("j j n");
    assert_eq!(stage.model.cursor(), numbers[3], "from the selected event");
    stage.press("9 9 n");
    assert_eq!(stage.model.cursor(), numbers[11], "as far as there are some");
    stage.press("n");
    assert_eq!(stage.model.cursor(), numbers[11], "there is no other");
    stage.press("/ enter");
    assert_eq!(stage.filtered().found, 12, "the one dropped last is offered again");
}

#[test]
fn keys_of_the_filter_become_looks_and_commands() {
    let mut driver = Driver::new(100, 30);
    driver.press("2 /").type_text("rank");
    assert_eq!(driver.world.look.events.filter, "rank");
    assert_eq!(driver.model.events_filter.text, "rank");
    driver.press("esc");
    assert_eq!(driver.world.look.events.filter, "", "given up");
    driver.press("/").type_text("rank").press("enter k n");
    let step = Command::StepOfMatch { filter: "rank".into(), from: 17_706, events: 1 };
    assert_eq!(driver.sent(), [step]);
    driver.press("esc 0 3 N");
    let from = driver.world.cursor;
    let sent = driver.sent();
    assert!(
        matches!(sent[..], [Command::StepOfMatch { ref filter, events: -3, .. }] if filter == "rank"),
        "{from}: {sent:?}"
    );
}

/// Between marks of late events jitter is passed over, and each mark tells how late.
#[test]
fn marks_tell_how_late_and_pass_over_jitter() {
    let (_folder, mut stage) = stage(120, (160, 45));
    stage.press("g g ]");
    assert_eq!(stage.model.cursor(), 14, "30 s are jitter for a bucket of an hour");
    assert!(stage.text().contains("late 4h59m"), "{}", stage.text());
    stage.press("]");
    assert_eq!(stage.model.cursor(), 34);
    stage.press("] [");
    assert_eq!(stage.model.cursor(), 34);
}

/// Goes to an event, by its number.
fn go(stage: &mut Stage, event: usize) {
    stage.press("0");
    let digits: Vec<String> = event.to_string().chars().map(String::from).collect();
    stage.press(&format!("{} g e", digits.join(" ")));
}

/// The lines that the screen shows between a heading and the next.
fn part(stage: &Stage, heading: &str) -> Vec<String> {
    let text = stage.text();
    let lines = text.lines().map(|line| line.trim_matches(['║', ' ', '▐']).to_owned());
    let behind = lines.skip_while(|line| !line.starts_with(heading)).skip(1);
    behind.take_while(|line| !line.is_empty()).collect()
}

#[test]
fn an_event_opens_with_its_line_its_effects_and_what_does_not_count_it() {
    let (_folder, mut stage) = stage(120, (160, 60));
    go(&mut stage, 33);
    stage.press("k l");
    assert!(stage.text().contains("Event 32 · click · 2026-03-02 00:15:30.000Z · line 32"));
    assert_eq!(
        part(&stage, "Members"),
        [
            "timestamp  1772410530000",
            r#"type       "click""#,
            r#"item       "i,1""#,
            r#"device     "web""#,
            "price      31",
            r#"user       "u1""#,
        ]
    );
    assert_eq!(part(&stage, "Effects"), ["clicks_1{i,1} 9→10", "clicks_2{i,1} 9→10"]);
    assert_eq!(part(&stage, "Not counted by"), ["spent  another type than buy: click"]);
    // It gives way to where the cursor goes; a closed one does not come back.
    stage.press(". .");
    assert!(stage.text().contains("Event 35 ·"), "{}", stage.text());
    stage.press("h");
    assert!(!stage.text().contains("Event 35 ·"));
    stage.press("l esc .");
    assert!(!stage.text().contains("Event 3"));
}

#[test]
fn an_open_event_tells_why_it_does_not_count() {
    let (_folder, mut stage) = stage(120, (160, 60));
    for (event, why) in [
        (14, "clicks  late, before the 2 buckets of 1h that are held, by 3h53m30s"),
        (2, "another type than buy: click"),
        (4, "`device = ios` does not hold: web"),
        (13, r#"no number in `price`: "9""#),
        (61, "no `user`, a part of the key"),
    ] {
        go(&mut stage, event);
        stage.press("l");
        let told = part(&stage, "Not counted by").join("; ");
        assert!(told.contains(why), "{event}: {told}");
        stage.press("h");
    }
}

#[test]
fn an_open_event_stays_while_time_goes_on_and_tells_that_the_log_has_changed() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("events.ndjson");
    fs::write(&path, log(40)).unwrap();
    let mut stage = Stage::open(("features.yaml", CONFIG), &path, (100, 30));
    fs::write(&path, log(3)).unwrap();
    stage.press("2 l");
    let told = part(&stage, "Members").join(" ");
    assert!(
        told.contains("its line is not there: the log has changed since it was read"),
        "{told}"
    );
    // What is known without the log is told all the same.
    assert!(stage.text().contains("Not counted by"), "{}", stage.text());
    // Once another config is in use, the line is looked for again.
    fs::write(&path, log(40)).unwrap();
    stage.save("periods: [1, 2]", "periods: [1, 3]");
    let told = part(&stage, "Members").join(" ");
    assert!(told.contains("timestamp"), "{told}");
}

#[test]
fn a_filter_keeps_what_is_selected_or_the_nearest() {
    let (_folder, mut stage) = stage(120, (160, 45));
    go(&mut stage, 120);
    // Of the types that follow each other, from the cursor back.
    stage.press("k k k k k k");
    assert_eq!(stage.model.selected_event(), Some(114));
    stage.filter("click");
    assert_eq!(stage.model.selected_event(), Some(114), "{}", stage.text());
    stage.filter("buy");
    assert_eq!(stage.model.selected_event(), Some(115));
    stage.filter("late");
    assert_eq!(stage.model.selected_event(), Some(114));
    stage.filter("late buy");
    assert_eq!(stage.model.selected_event(), Some(94), "{}", stage.text());
    stage.press("esc");
    assert_eq!(stage.model.selected_event(), Some(94), "and stays without one");
    // While it is typed the one that was selected first counts.
    go(&mut stage, 120);
    stage.press("k k k k k k /");
    stage.type_text("zzz");
    for _ in 0..3 {
        stage.press("backspace");
    }
    assert_eq!(stage.model.selected_event(), Some(114));
    stage.press("esc esc");
    // What is at the cursor stays there.
    stage.filter("buy");
    assert_eq!(stage.model.events.selected, 0);
}

#[test]
fn no_word_of_a_match_outlives_it() {
    let (_folder, mut stage) = stage(120, (160, 45));
    stage.filter("late");
    stage.press("n");
    assert_eq!(stage.said(), "no later match of /late");
    stage.press("N");
    assert!(!stage.text().contains("no later match"), "{}", stage.text());
}

#[test]
fn events_that_were_sorted_are_not_late_and_it_is_said() {
    let sorted = CONFIG.replace("events: {order: log}\n", "");
    let mut stage = Stage::of_log(&sorted, &log(120), (160, 45));
    stage.press("2");
    stage.filter("late");
    let words = "no event is late: sorted by time; 12 events stood behind a later one in the log \
                 (view 6)";
    assert!(stage.text().contains(words), "{}", stage.text());
    stage.press("6");
    assert!(stage.text().contains("12 events behind a later one in the log"), "{}", stage.text());
}
