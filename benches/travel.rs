//! Moving through a log: a seek, a step back, a config that changes one feature, one key's
//! history. Over a log of 300,000 events that is made here.

#![allow(clippy::unwrap_used, reason = "a bench that cannot go on ends there")]
#![allow(missing_docs, reason = "criterion's macros write items without any")]

use std::fmt::Write as _;
use std::hint::black_box;
use std::sync::Arc;
use std::time::Duration;

use counterscope::base::{Clock, Deadline, Task, Timestamp};
use counterscope::engine::{History, demand};
use counterscope::log::{EventSource, Reader};
use counterscope::plan::lower::compile;
use counterscope::plan::{OutputId, Plan};
use counterscope::session::replay::Replay;
use criterion::{BatchSize, Criterion, criterion_group, criterion_main};

const EVENTS: usize = 300_000;

/// `HALF` stands for the half-life and `LENGTH` for the length of the window.
const CONFIG: &str = "events: {format: flat, timestamp: ts, type: event}
features:
  - {name: clicks, type: interaction_count, scope: item, interaction: click}
  - {name: shows, type: window_count, scope: item, interaction: show, bucket: 1h, periods: [1, LENGTH]}
  - {name: ctr, type: rate, scope: item, top: click, bottom: show, bucket: 1h, periods: [12]}
  - {name: like, type: counter, scope: item, interaction: like, half_life: HALF}
  - {name: watched, type: counter, scope: [user, item], aggregate: sum, value: seconds, where: {seconds: {gt: 30}}}
";

fn plan(half: &str, length: &str) -> Arc<Plan> {
    let text = CONFIG.replace("HALF", half).replace("LENGTH", length);
    let (plan, report) = compile("config", &text);
    Arc::new(plan.unwrap_or_else(|| panic!("{:?}", report.diagnostics)))
}

/// Numbers that look random and are the same each time.
fn random() -> impl FnMut() -> usize {
    let mut state = 0x9e37_79b9_7f4a_7c15u64;
    move || {
        state =
            state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as usize
    }
}

/// Few items and users have most of the events.
fn log() -> Vec<u8> {
    let mut text = String::new();
    let mut random = random();
    let mut skewed = |most: usize| (random() % most).min(random() % most).min(random() % most);
    for number in 0..EVENTS {
        let (item, user, kind) = (skewed(20_000), skewed(40_000), skewed(12));
        let kind = ["show", "show", "show", "click", "like"][kind.min(4)];
        let (time, seconds) = (1_718_000_000_000 + number * 1_700, skewed(300));
        writeln!(
            text,
            r#"{{"ts": {time}, "event": "{kind}", "item": "i{item}", "user": "u{user}", "seconds": {seconds}}}"#
        )
        .unwrap();
    }
    text.into_bytes()
}

fn settle(replay: &mut Replay) {
    while !replay.is_idle() {
        replay.work(&Deadline::after(&Clock::System, Duration::from_secs(60)));
    }
}

fn prepare(replay: &mut Replay) {
    while replay.prepare(&Deadline::after(&Clock::System, Duration::from_secs(60))) {}
}

/// A replay at the end of the log, with all worked ahead.
fn ready() -> Replay {
    let plan = plan("1h", "24");
    let mut replay = Replay::new(Arc::clone(&plan), demand(&plan, false));
    let mut reader = Reader::embedded("log", log(), &plan.events, &plan.attributes);
    while let Some(batch) = reader.next_batch().unwrap() {
        replay.extend(batch);
    }
    replay.finish();
    assert_eq!(replay.tape().events(), EVENTS);
    replay.seek_to(EVENTS);
    settle(&mut replay);
    prepare(&mut replay);
    replay
}

fn travel(criterion: &mut Criterion) {
    let mut replay = ready();
    let mut group = criterion.benchmark_group("travel");
    group.sample_size(40);
    let mut random = random();
    group.bench_function("seek to a random event", |bencher| {
        bencher.iter(|| {
            replay.seek_to(random() % EVENTS);
            settle(&mut replay);
        });
    });
    group.bench_function("step back", |bencher| {
        replay.seek_to(EVENTS);
        settle(&mut replay);
        bencher.iter(|| {
            replay.seek_to(replay.cursor().checked_sub(1).unwrap_or(EVENTS));
            settle(&mut replay);
        });
    });
    replay.seek_to(EVENTS);
    settle(&mut replay);
    for (name, changed) in [
        ("reload of a decayed count", plan("2h", "24")),
        ("reload of a window", plan("1h", "48")),
        ("reload of nothing", plan("1h", "24")),
    ] {
        let usual = plan("1h", "24");
        group.bench_function(name, |bencher| {
            let replay = std::cell::RefCell::new(&mut replay);
            bencher.iter_batched(
                || {
                    let mut replay = replay.borrow_mut();
                    replay.adopt(&usual, None);
                    settle(&mut replay);
                    prepare(&mut replay);
                },
                |()| {
                    let mut replay = replay.borrow_mut();
                    replay.adopt(&changed, None);
                    settle(&mut replay);
                },
                BatchSize::PerIteration,
            );
        });
    }
    let plan = Arc::clone(replay.plan());
    for (number, output) in plan.outputs.iter().enumerate() {
        let mut slots = 0..;
        group.bench_function(format!("history of {}", output.name), |bencher| {
            let (tape, index) = (replay.tape(), replay.index());
            bencher.iter(|| {
                let slot = slots.next().unwrap_or(0) % 50;
                let mut history = History::new(&plan, tape, index, OutputId(number), slot);
                let _ = history.step((tape, index), &Deadline::never());
                black_box(history.until(EVENTS, Timestamp(i64::MAX)).len())
            });
        });
    }
    group.finish();
}

criterion_group!(benches, travel);
criterion_main!(benches);
