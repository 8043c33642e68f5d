//! Problems in the workbench: what `check` finds in a config and a log, as soon as the log is read,
//! and anew after a save.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::sync::Arc;

use counterscope::diagnostic::{Report, Severity};
use counterscope::session::protocol::{Command, Target};
use counterscope::session::snapshot::{LintProgress, Snapshot};
use counterscope::session::{ReaderEvent, Start};

use crate::commands::Place;
use crate::live::setup;
use crate::stepper::Stepper;

const CONFIG: &str = "\
features:
  - {name: ctr, type: rate, scope: item, top: click, bottom: view, bucket: 1d, periods: [7]}
  - {name: clicks, type: interaction_count, scope: item, interaction: click}
  - {name: popular, type: interaction_count, scope: item, interaction: click}
  - {name: lost, type: interaction_count, scope: item, interaction: clik}
";

/// Views and clicks of three items. The clicks of one of them are of an app that sends each twice, so
/// that they are more than its views.
fn log() -> String {
    let mut log = String::new();
    for n in 0..60 {
        let (time, item) = (1_718_000_000 + 600 * n, n / 2 % 3);
        let kind = if n % 2 == 0 { "view" } else { "click" };
        let is_twice = n % 2 == 1 && item == 0;
        let app = if is_twice { "old" } else { "web" };
        for _ in 0..=u8::from(is_twice) {
            let event = format!(
                r#"{{"ts":{time},"type":"{kind}","id":"e{n}","item":"i{item}","app":"{app}"}}"#
            );
            writeln!(log, "{event}").unwrap();
        }
    }
    log
}

fn place() -> Place {
    let place = Place::new();
    place.write("c.yaml", CONFIG);
    place.write("log.ndjson", &log());
    place
}

fn open(place: &Place, start: Start) -> Stepper {
    let (config, log) = (place.path().join("c.yaml"), place.path().join("log.ndjson"));
    let setup = counterscope::session::Setup { start, ..setup(&config, &log, None) };
    Stepper::start(setup).unwrap()
}

/// Lets a session do all that there is to do; what it shows then.
fn settled(stepper: &mut Stepper) -> Arc<Snapshot> {
    let mut shown = None;
    loop {
        stepper.step();
        shown = stepper.take().or(shown);
        if stepper.is_idle() {
            break;
        }
    }
    shown.expect("something is shown")
}

/// The codes of a report.
fn codes(report: &Report) -> Vec<&'static str> {
    report.diagnostics.iter().map(|found| found.code).collect()
}

#[test]
fn the_workbench_tells_what_check_tells() {
    let place = place();
    let checked = place.run(&["check", "c.yaml", "log.ndjson"]);
    let told = checked.out.lines().filter(|line| line.contains("]: "));
    let told: BTreeSet<String> = told.map(str::to_owned).collect();
    let snapshot = settled(&mut open(&place, Start::End));
    let report = &snapshot.config.report;
    let line = |found: &counterscope::diagnostic::Diagnostic| {
        let severity = match found.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
            Severity::Note => "note",
        };
        format!("{severity}[{}]: {}", found.code, found.message)
    };
    let shown: BTreeSet<String> = report.diagnostics.iter().map(line).collect();
    assert_eq!(shown, told);
    assert_eq!(
        codes(report),
        ["duplicate-events", "rate-above-one", "same-meaning", "unseen-type"],
        "of the log as a whole, of values, of the config, of names"
    );
    let repeated = &report.diagnostics[0].message;
    assert!(repeated.contains("10 of 10 have app=old"), "{repeated}");
    assert!(report.diagnostics.iter().all(|found| found.help.is_some()), "{told:?}");
    let at = |number: usize| report.place(report.diagnostics[number].labels[0].span.start).line;
    assert_eq!([at(1), at(2), at(3)], [2, 4, 5]);
    assert_eq!(snapshot.config.judged, LintProgress::Done);
}

#[test]
fn values_are_judged_at_the_end_of_the_log() {
    let place = place();
    let mut stepper = open(&place, Start::Playing);
    stepper.send(Command::Pause);
    let snapshot = settled(&mut stepper);
    assert_eq!(snapshot.config.judged, LintProgress::Elsewhere);
    assert_eq!(codes(&snapshot.config.report), ["same-meaning", "unseen-type"]);
    stepper.send(Command::Seek(Target::End));
    let snapshot = settled(&mut stepper);
    assert_eq!(
        (snapshot.config.judged, codes(&snapshot.config.report).len()),
        (LintProgress::Done, 4)
    );
    // What is known stays, wherever the cursor goes.
    stepper.send(Command::Seek(Target::Event(10)));
    let snapshot = settled(&mut stepper);
    assert_eq!(
        (snapshot.config.judged, codes(&snapshot.config.report).len()),
        (LintProgress::Done, 4)
    );
}

#[test]
fn a_save_is_judged_anew_with_what_it_allows_and_denies() {
    let place = place();
    let mut stepper = open(&place, Start::End);
    settled(&mut stepper);
    let save = |stepper: &mut Stepper, text: &str| {
        place.write("c.yaml", text);
        let snapshot = settled(stepper);
        assert!(!snapshot.config.stale, "{text}");
        let report = &snapshot.config.report;
        (codes(report), report.count(Severity::Error))
    };
    let all = ["duplicate-events", "rate-above-one", "same-meaning", "unseen-type"];
    let with = |lints: &str| format!("{CONFIG}lints: {lints}\n");
    let said = save(&mut stepper, &CONFIG.replace("[7]}", "[7]} # allow: rate-above-one"));
    assert_eq!(said, (vec![all[0], all[2], all[3]], 0));
    let said = save(&mut stepper, &with("{duplicate-events: {events: 11}, same-meaning: allow}"));
    assert_eq!(said, (vec![all[1], all[3]], 0));
    let said = save(&mut stepper, &with("{rate-above-one: deny, unseen-type: deny}"));
    assert_eq!(said, (all.to_vec(), 2));
    // What is denied is in use all the same; and a fault says what it says itself, and no more.
    let said = save(&mut stepper, CONFIG);
    assert_eq!(said, (all.to_vec(), 0));
    place.write("c.yaml", &CONFIG.replace("type: rate", "type: rat"));
    let snapshot = settled(&mut stepper);
    assert!(snapshot.config.stale);
    assert_eq!(snapshot.config.report.diagnostics[0].code, "unknown-type");
    assert!(!codes(&snapshot.config.report).contains(&"rate-above-one"));
}

#[test]
fn an_open_log_is_not_judged() {
    let place = place();
    let mut stepper = open(&place, Start::End);
    stepper.read_through(|mut events| {
        let (mut has_batch, mut is_told) = (false, false);
        Box::new(move || {
            if has_batch {
                return (!std::mem::replace(&mut is_told, true)).then_some(ReaderEvent::Idle);
            }
            let event = events();
            has_batch = matches!(event, Some(ReaderEvent::Batch(..)));
            event
        })
    });
    let snapshot = settled(&mut stepper);
    assert_eq!(snapshot.config.judged, LintProgress::Open);
    assert_eq!(codes(&snapshot.config.report), ["same-meaning"]);
}

#[test]
fn lints_that_are_lost_are_told_of_and_do_not_look_for_ever() {
    let place = place();
    let mut stepper = open(&place, Start::End);
    stepper.holds_lints = true;
    assert_eq!(settled(&mut stepper).config.judged, LintProgress::UnderWay);
    stepper.lose_lints();
    let snapshot = settled(&mut stepper);
    assert_eq!(snapshot.config.judged, LintProgress::Done);
    assert_eq!(codes(&snapshot.config.report), ["same-meaning", "unseen-type"]);
    let notice = snapshot.notice.as_ref().expect("a notice");
    assert!(notice.text.starts_with("values are not judged: "), "{notice:?}");
}

#[test]
fn lints_of_another_config_are_stopped_before_those_of_a_save_look() {
    let place = place();
    let mut stepper = open(&place, Start::End);
    stepper.holds_lints = true;
    settled(&mut stepper);
    assert!(!stepper.stops_lints);
    place.write("c.yaml", &CONFIG.replace("[7]}", "[7]} # allow: rate-above-one"));
    assert_eq!(settled(&mut stepper).config.judged, LintProgress::UnderWay);
    assert!(stepper.stops_lints);
    // The next ones look once those have ended, and nothing of what those found is told.
    stepper.end_lints();
    while !stepper.is_idle() {
        stepper.step();
    }
    assert!(stepper.take().is_none() && !stepper.stops_lints);
    stepper.end_lints();
    let snapshot = settled(&mut stepper);
    assert_eq!(snapshot.config.judged, LintProgress::Done);
    let told = codes(&snapshot.config.report);
    assert_eq!(told, ["duplicate-events", "same-meaning", "unseen-type"]);
}

/// A memory that has no room for the profile: values are judged, the log's fields are not.
#[test]
fn without_room_for_the_fields_of_the_log_values_are_judged() {
    let place = place();
    let (config, log) = (place.path().join("c.yaml"), place.path().join("log.ndjson"));
    let small = Some(7 << 20);
    let setup = counterscope::session::Setup { max_memory: small, ..setup(&config, &log, None) };
    let snapshot = settled(&mut Stepper::start(setup).unwrap());
    assert_eq!(codes(&snapshot.config.report), ["rate-above-one", "same-meaning", "unseen-type"]);
}
