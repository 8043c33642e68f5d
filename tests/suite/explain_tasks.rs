//! Explanations and contributors as tasks: in slices however short they tell what they tell at once,
//! and of events they keep no more than is told.

use std::fmt::Write as _;
use std::sync::Arc;

use counterscope::base::{Deadline, Step, Task};
use counterscope::config;
use counterscope::dataset::Run;
use counterscope::engine::{Engine, InputRows, demand};
use counterscope::explain::{
    self, Contributors, ContributorsTask, ExplainTask, Listing, Order, Position,
};
use counterscope::log::Reader;
use counterscope::plan::OutputId;
use counterscope::plan::lower::compile;

const EVENTS: usize = 40_000;

const CONFIG: &str = "events: {unit: s}
features:
- {name: ctr, type: rate, scope: item, top: click, bottom: show, bucket: 1h, periods: [48], normalize: {weight: 10}}
- {name: liked, type: counter, scope: item, interaction: click, half_life: [1h]}
- {name: shown, type: counter, scope: item, interaction: show, half_life: [1h]}
- {name: smooth, type: ratio, top: liked_1h, bottom: shown_1h, prior: {rate: global, weight: 20}}
- {name: rolling, type: counter, scope: global, bucket: 1h, windows: [900], window: rolling}
- {name: brief, type: counter, scope: item, ttl: 2m}
";

/// An event every half a minute, whose items are few and whose users are many.
fn log() -> String {
    let mut log = String::new();
    for number in 0..EVENTS {
        let kind = ["show", "show", "click"][number * 7 % 11 % 3];
        let (time, item) = (1_718_000_000 + number * 30, number * number % 13);
        writeln!(
            log,
            r#"{{"ts": {time}, "type": "{kind}", "item": "i{item}", "user": "u{number}"}}"#
        )
        .unwrap();
    }
    log
}

/// Works on a task in the shortest slices; what it told, and the most bytes that it held.
fn in_slices<T>(mut task: T, at: Position<'_>, bytes: impl Fn(&T) -> usize) -> (T::Output, usize)
where
    T: for<'c> Task<Context<'c> = Position<'c>>,
{
    let (mut slices, mut most) = (0, 0);
    loop {
        let step = task.step(at, &Deadline::passed());
        (slices, most) = (slices + 1, most.max(bytes(&task)));
        if let Step::Done(told) = step {
            assert!(slices > 2, "{slices}");
            return (told, most);
        }
    }
}

#[test]
fn tasks_keep_no_more_than_they_tell() {
    let (plan, _) = compile("config", CONFIG);
    let mut plan = plan.unwrap();
    plan.attributes.push("user".to_owned());
    let plan = Arc::new(plan);
    let document = config::read("config", CONFIG).0.unwrap();
    let wanted = demand(&plan, false);
    let reader = Reader::embedded("log", log().into_bytes(), &plan.events, &plan.attributes);
    let run = Run::load(Arc::clone(&plan), wanted, reader, &mut |_| {}).unwrap();
    let (tape, index) = (run.tape(), run.index());
    assert_eq!(tape.events(), EVENTS);
    let mut engine = Engine::new(Arc::clone(&plan));
    engine.apply(tape, index, EVENTS);
    let as_of = engine.clock().unwrap();
    let at = Position { rows: InputRows { plan: &plan, tape, index }, engine: &engine, as_of };
    let user = tape.demand().attributes.iter().position(|name| name == "user").unwrap();
    for (number, output) in plan.outputs.iter().enumerate() {
        let of = (OutputId(number), 0);
        for order in [Order::Newest, Order::Largest] {
            let listing = Listing { order, most: 20 };
            let config = (&document, CONFIG);
            let task = ExplainTask::new(at, of, listing, config);
            let (told, bytes) = in_slices(task, at, ExplainTask::bytes);
            assert_eq!(told, explain::explain(at, of.0, of.1, listing, config), "{}", output.name);
            // Of a decay the weights are kept, and of a rolling window the moments: some of each.
            let most = if output.name == "smooth" { 24 * EVENTS } else { 300_000 };
            assert!(bytes > 0 && bytes < most, "{}: {bytes}", output.name);
        }
        let all = explain::contributors(at, of, user, usize::MAX);
        let task = ContributorsTask::new(at, of, user, 7);
        let (largest, bytes) = in_slices(task, at, ContributorsTask::bytes);
        let cut = |side: Contributors| {
            let values = side.groups.len();
            assert_eq!(side.values, values);
            Contributors { groups: side.groups.into_iter().take(7).collect(), ..side }
        };
        assert_eq!(largest, all.into_iter().map(cut).collect::<Vec<_>>(), "{}", output.name);
        assert!(bytes > 0, "{}", output.name);
    }
}
