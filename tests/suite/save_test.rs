//! `:save-test`: the selected value becomes a test in the config, of the fewest of its events.

use std::fmt::Write as _;
use std::fs;
use std::sync::Arc;

use counterscope::base::{Deadline, Key, Step, Task};
use counterscope::dataset::{Run, wanted};
use counterscope::engine::{Engine, InputRows};
use counterscope::explain::Position;
use counterscope::log::Reader;
use counterscope::plan::OutputId;
use counterscope::plan::lower::compile_with_document;
use counterscope::scenario::{CaptureError, CaptureTask, Suite, capture};
use counterscope::session::protocol::{Command, ConfigEdit};

use crate::live::setup;
use crate::screen::assert_screen;
use crate::stage::Stage;
use crate::stepper::Stepper;

const CONFIG: &str = "\
features:
  # How items do.
  - {name: clicks, type: counter, interaction: click, scope: item, aggregate: max, value: price}
  - {name: ctr, type: rate, top: click, bottom: show, scope: item, bucket: 1h, periods: [2]}
  - {name: all, type: window_count, interaction: show, scope: global, bucket: 1h, periods: [1]}
";

/// For six hours two shows a minute, of which every other is followed by a click.
fn log() -> String {
    let mut log = String::new();
    for n in 0..720_u64 {
        let time = 1_772_409_600_000 + n * 30_000;
        let item = ["i", "j", "k"][n as usize % 3];
        writeln!(log, r#"{{"timestamp":{time},"type":"show","item":"{item}"}}"#).unwrap();
        if n % 2 == 0 {
            let (time, price) = (time + 1000, n * 7 % 100);
            writeln!(
                log,
                r#"{{"timestamp":{time},"type":"click","item":"{item}","price":{price}}}"#
            )
            .unwrap();
        }
    }
    log
}

fn stage() -> Stage {
    Stage::of_log(CONFIG, &log(), (120, 40))
}

fn save(stage: &mut Stage, line: &str) {
    stage.press(":");
    stage.type_text(line);
    stage.press("enter j k j k");
}

/// Runs the tests of a config: their names, and whether each passes.
fn tests_of(text: &str) -> Vec<(String, bool)> {
    let (plan, document, report) = compile_with_document("c.yaml", text);
    let suite = Suite::new(plan.unwrap(), document, Arc::clone(&report.text));
    let run = |number| {
        let outcome = suite.run(number).unwrap();
        (outcome.name.clone(), outcome.passed())
    };
    (0..suite.len()).map(run).collect()
}

#[test]
fn a_value_becomes_a_test_and_is_taken_back() {
    let mut stage = stage();
    save(&mut stage, "save-test");
    let text = stage.config();
    let name = "clicks of item=i as of 2026-03-02T05:59:30Z".to_owned();
    assert_eq!(tests_of(&text), [(name, true)], "{text}");
    assert!(text.starts_with(CONFIG), "{text}");
    assert_eq!(text.matches("click: {").count(), 1, "{text}");
    let said = ":8: a test of clicks{item=i} with 1 of its 120 events added — u in the config takes it back";
    assert!(stage.said().ends_with(said), "{}", stage.said());

    // Another one, of the value that is explained, under a name of its own.
    stage.press("l enter");
    save(&mut stage, "save-test a rate needs shows");
    let text = stage.config();
    assert_eq!(tests_of(&text)[1], ("a rate needs shows".to_owned(), true), "{text}");
    save(&mut stage, "save-test a rate needs shows");
    assert!(stage.said().starts_with("there is a test called `a rate needs shows` already"));
    assert_eq!(stage.config(), text);

    stage.press("3 u j k");
    assert!(stage.said().ends_with("events taken back"), "{}", stage.said());
    stage.press("u j k");
    assert_eq!(stage.config(), CONFIG);
}

#[test]
fn the_line_of_commands_is_drawn_completed_and_refused() {
    let mut stage = stage();
    stage.resize((100, 30));
    stage.press(":");
    assert_screen("session/command-line-100x30", &stage.screen());
    stage.type_text("sa");
    stage.press("tab");
    assert_eq!(stage.model.prompt.as_ref().unwrap().text.value, "save-test ");
    stage.press("esc :");
    stage.type_text("save");
    stage.press("enter");
    let error = stage.model.prompt.as_ref().unwrap().error.clone().unwrap();
    assert!(error.starts_with("there is no command `save`"), "{error}");
    assert_eq!(stage.config(), CONFIG);
}

#[test]
fn what_cannot_be_a_test_is_refused_with_its_reason() {
    let refused = |key: &str, output: &str, text: &str| {
        let mut stepper = stepper(text);
        stepper.send(save_of(output, key));
        stepper.run();
        stepper.take().unwrap().notice.clone().unwrap().text
    };
    let unknown = refused("z", "ctr_2", CONFIG);
    assert_eq!(unknown, "ctr_2{item=z} cannot be tested: no event has this key");
    let flow =
        format!("{CONFIG}tests: [{{name: t, events: [], expect: [{{at: 0s, all_1: 0}}]}}]\n");
    let words = refused("i", "clicks", &flow);
    assert!(words.starts_with("the section `tests` is written in a way"), "{words}");
}

fn save_of(output: &str, key: &str) -> Command {
    let (output, key) = (output.to_owned(), Key(vec![key.to_owned()]));
    Command::EditConfig(ConfigEdit::SaveTest { output, key, name: None })
}

/// A session of the log at its end.
fn stepper(text: &str) -> Stepper {
    let folder = tempfile::tempdir().unwrap().keep();
    let (path, events) = (folder.join("features.yaml"), folder.join("events.ndjson"));
    fs::write(&path, text).unwrap();
    fs::write(&events, log()).unwrap();
    let mut stepper = Stepper::start(setup(&path, &events, None)).unwrap();
    stepper.run();
    stepper
}

/// The screen goes on while events are left out, is told how many are left, and may stop it.
#[test]
fn it_is_made_in_slices_and_stopped_by_escape() {
    let mut stepper = stepper(CONFIG);
    stepper.send(save_of("ctr_2", "i"));
    let mut said = Vec::new();
    for _ in 0..6 {
        stepper.step();
        let snapshot = stepper.take();
        said.extend(snapshot.and_then(|snapshot| Some(snapshot.notice.as_ref()?.text.clone())));
    }
    let pending = |words: &&String| words.ends_with("events still needed — esc stops it");
    assert!(said.iter().filter(pending).count() > 1, "{said:?}");
    stepper.send(Command::Cancel);
    stepper.run();
    let last = stepper.take().unwrap();
    assert_eq!(last.notice.as_ref().unwrap().text, "no test was written");
    assert!(!last.config.saves_test && *last.config.text == *CONFIG);
}

/// Sliced however short, the test is the same; what is too much is told.
#[test]
fn any_slicing_gives_the_same_test() {
    let (plan, document, report) = compile_with_document("c.yaml", CONFIG);
    let plan = plan.unwrap();
    let suite = Suite::new(plan.clone(), document, Arc::clone(&report.text));
    let reader = Reader::embedded("log", log().into_bytes(), &plan.events, &plan.attributes);
    let plan = Arc::new(plan);
    let run = Run::load(Arc::clone(&plan), wanted(&plan, None), reader, &mut |_: f64| {}).unwrap();
    let mut engine = Engine::new(Arc::clone(&plan));
    engine.apply(run.tape(), run.index(), run.tape().events());
    let rows = InputRows { plan: &plan, tape: run.tape(), index: run.index() };
    let at = Position { rows, engine: &engine, as_of: engine.clock().unwrap() };
    let whole = capture(&suite, at, OutputId(1), 0).unwrap();
    let mut task = CaptureTask::new(at, OutputId(1), 0, None);
    let mut known = 0.0;
    let sliced = loop {
        match task.step((&suite, at), &Deadline::passed()) {
            Step::Done(captured) => break captured.unwrap(),
            Step::Pending(done) => {
                assert!((known..=1.0).contains(&done), "{done} after {known}");
                known = done;
            }
        }
    };
    assert_eq!(sliced, whole);
    assert!(whole.events.0 < whole.events.1 && known > 0.5, "{whole:?}");
    // Of a window only its events count, of a lifetime all.
    assert!(capture(&suite, at, OutputId(2), 0).is_ok());
    let busy = compile_with_document(
        "c.yaml",
        "features: [{name: n, type: counter, scope: global, aggregate: last, value: price}]",
    );
    let (plan, suite) = (busy.0.unwrap(), busy.1);
    let suite = Suite::new(plan.clone(), suite, Arc::clone(&busy.2.text));
    let log = log().repeat(2);
    let reader = Reader::embedded("log", log.into_bytes(), &plan.events, &plan.attributes);
    let plan = Arc::new(plan);
    let run = Run::load(Arc::clone(&plan), wanted(&plan, None), reader, &mut |_: f64| {}).unwrap();
    let mut engine = Engine::new(Arc::clone(&plan));
    engine.apply(run.tape(), run.index(), run.tape().events());
    let rows = InputRows { plan: &plan, tape: run.tape(), index: run.index() };
    let at = Position { rows, engine: &engine, as_of: engine.clock().unwrap() };
    assert_eq!(capture(&suite, at, OutputId(0), 0), Err(CaptureError::TooMany));
}
