//! A replay measured from the outside: load, replay, seek, step back, reload, memory. Not a
//! statistical bench but one run over a log of any size:
//!
//! ```sh
//! cargo run --release --example sample_events -- --events 2000000 big.ndjson
//! cargo bench --bench replay -- configs/ctr.yaml big.ndjson
//! ```

#![allow(clippy::print_stdout, reason = "what it measured is what it is for")]
#![allow(clippy::unwrap_used, reason = "a run that cannot go on ends there")]

use counterscope::base::{Clock, Deadline, clock, quantity};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use counterscope::engine::{Engine, covers, demand};
use counterscope::log::{EventSource, Reader};
use counterscope::plan::Plan;
use counterscope::plan::lower::compile;
use counterscope::session::replay::Replay;

/// How many seeks are measured.
const MOVES: usize = 200;
/// No longer than this, however many there are.
const LONG: Duration = Duration::from_secs(15);
/// How many features are changed, one after the other, at most.
const RELOADS: usize = 12;
/// How many steps are.
const STEPS: usize = 2000;
/// How long a slice may take that a session gives.
const SLICE: Duration = Duration::from_millis(4);

fn main() {
    let arguments: Vec<String> =
        std::env::args().skip(1).filter(|argument| !argument.starts_with("--")).collect();
    let [config, logs @ ..] = arguments.as_slice() else {
        println!("usage: cargo bench --bench replay -- CONFIG LOG…");
        return;
    };
    if logs.is_empty() {
        // `cargo bench` runs every bench: without a log there is nothing to measure here.
        println!("no log named: nothing measured");
        return;
    }
    let text = std::fs::read_to_string(config).unwrap();
    let plan = plan(&text);
    let paths: Vec<PathBuf> = logs.iter().map(PathBuf::from).collect();

    let mut replay = Replay::new(Arc::clone(&plan), demand(&plan, false));
    let mut reader = Reader::open(&paths, &plan.events, &plan.attributes).unwrap();
    let mut parsing = Duration::ZERO;
    let mut arranging = Duration::ZERO;
    loop {
        let (batch, parsed) = timed(|| reader.next_batch().unwrap());
        parsing += parsed;
        let Some(batch) = batch else { break };
        arranging += timed(|| replay.extend(batch)).1;
    }
    arranging += timed(|| replay.finish()).1;
    let events = replay.tape().events();
    let rows = replay.tape().rows();
    println!(
        "{} events, {} rows",
        quantity::grouped(events as u64),
        quantity::grouped(rows as u64)
    );
    each("parse", parsing, events);
    each("arrange", arranging, events);

    let index = replay.index();
    let (engine, took) = timed(|| {
        let mut engine = Engine::new(Arc::clone(&plan));
        engine.apply(replay.tape(), index, events);
        engine
    });
    each("replay from the tape, nothing else", took, events);
    let copies: Vec<Duration> = (0..6).map(|_| timed(|| engine.copy()).1).collect();
    spread("a copy of the states", copies);
    drop(engine);
    each("replay, with checkpoints", go(&mut replay, events), events);

    let mut random = 0x9e37_79b9_7f4a_7c15u64;
    let mut pick = || {
        random =
            random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (random >> 33) as usize % events.max(1)
    };
    spread("seek to a random event, at once", seeks(&mut replay, &mut pick));
    each("working ahead, until nothing is left to do", prepare(&mut replay), events);
    spread("seek to a random event", seeks(&mut replay, &mut pick));
    for (name, from) in [("from the end", events), ("from the middle", events / 2)] {
        go(&mut replay, from);
        prepare(&mut replay);
        let mut pauses = Vec::new();
        let mut step = |to: usize| {
            let took = go(&mut replay, to);
            // What a session does until the next key comes.
            pauses.push(timed(|| replay.prepare(&Deadline::after(&Clock::System, SLICE))).1);
            took
        };
        let steps = STEPS.min(from);
        spread(&format!("step back {name}"), (1..=steps).map(|n| step(from - n)).collect());
        spread("step forward again", (1..=steps).rev().map(|n| step(from - n + 1)).collect());
        spread("slice of working ahead between them", pauses);
        go(&mut replay, from / 4 * 3);
        go(&mut replay, from);
        let at_once = (1..=steps).map(|n| go(&mut replay, from - n)).collect();
        spread(&format!("step back {name}, without a pause"), at_once);
    }
    let mut slices = Vec::new();
    for target in [0, events, pick(), pick(), pick(), pick(), pick(), pick(), pick(), pick()] {
        replay.seek_to(target);
        while !replay.is_idle() {
            slices.push(timed(|| replay.work(&Deadline::after(&Clock::System, SLICE))).1);
        }
    }
    spread("slice of a replay or seek", slices);
    go(&mut replay, events);
    prepare(&mut replay);

    for feature in 0..plan.features.len().min(RELOADS) {
        let Some(changed) = changed(&text, &plan, feature) else { continue };
        if !covers(replay.tape().demand(), &demand(&changed, false)) {
            continue;
        }
        let took = reload(&mut replay, &changed);
        println!(
            "{:44} {:>10}",
            format!("reload, {} changed", plan.features[feature].name),
            millis(took)
        );
        reload(&mut replay, &plan);
        prepare(&mut replay);
    }
    println!("{:44} {:>10}", "reload, nothing changed", millis(reload(&mut replay, &plan)));
    let (tape, states) = (replay.tape().bytes(), replay.engine().bytes());
    let checkpoints = replay.checkpoint_bytes();
    for (name, bytes) in [("tape", tape), ("states", states), ("checkpoints", checkpoints)] {
        println!("{name:44} {:>10}", quantity::bytes(bytes as u64));
    }
    if let Some(peak) = peak() {
        println!("{:44} {:>10}", "peak memory of the process", quantity::bytes(peak));
    }
}

fn plan(text: &str) -> Arc<Plan> {
    let (plan, report) = compile("config", text);
    Arc::new(plan.unwrap_or_else(|| panic!("{}", counterscope::diagnostic::text(&report, false))))
}

/// The plan with another time to live for one feature, which is another meaning of all its
/// states; `None` where the config writes the feature over several lines.
fn changed(text: &str, plan: &Plan, feature: usize) -> Option<Arc<Plan>> {
    let line = plan.features[feature].line - 1;
    let lines: Vec<String> = text
        .lines()
        .enumerate()
        .map(|(number, written)| match written.rsplit_once('}') {
            Some((head, tail)) if number == line && !head.contains("ttl:") => {
                format!("{head}, ttl: 89d}}{tail}")
            }
            _ => written.to_owned(),
        })
        .collect();
    let text = lines.join("\n");
    let (changed, _) = compile("config", &text);
    changed
        .filter(|changed| changed.features[feature].ttl != plan.features[feature].ttl)
        .map(Arc::new)
}

fn timed<T>(work: impl FnOnce() -> T) -> (T, Duration) {
    let start = clock::instant();
    let done = work();
    (done, start.elapsed())
}

fn settle(replay: &mut Replay) {
    let far: Instant = clock::instant() + Duration::from_secs(3600);
    while !replay.is_idle() {
        replay.work(&Deadline::at(Clock::System, far));
    }
}

fn go(replay: &mut Replay, events: usize) -> Duration {
    timed(|| {
        replay.seek_to(events);
        settle(replay);
    })
    .1
}

fn reload(replay: &mut Replay, plan: &Arc<Plan>) -> Duration {
    timed(|| {
        replay.adopt(plan, None);
        settle(replay);
    })
    .1
}

/// Works ahead in slices until there is nothing left to do.
fn prepare(replay: &mut Replay) -> Duration {
    timed(|| while replay.prepare(&Deadline::after(&Clock::System, SLICE)) {}).1
}

fn seeks(replay: &mut Replay, pick: &mut impl FnMut() -> usize) -> Vec<Duration> {
    let began = clock::instant();
    (0..MOVES).take_while(|_| began.elapsed() < LONG).map(|_| go(replay, pick())).collect()
}

fn each(name: &str, took: Duration, events: usize) {
    let nanos = took.as_nanos() as f64 / events.max(1) as f64;
    println!("{name:44} {:>10} {nanos:>7.0} ns an event", millis(took));
}

fn spread(name: &str, mut all: Vec<Duration>) {
    all.sort();
    let at = |share: f64| millis(all[((all.len() - 1) as f64 * share) as usize]);
    println!("{name:44} {:>10} median {:>10} p95 {:>10} max", at(0.5), at(0.95), at(1.0));
}

fn millis(took: Duration) -> String {
    format!("{:.1} ms", took.as_secs_f64() * 1000.0)
}

/// The most memory that the process has held, where the system tells.
fn peak() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM:"))?;
    let kibibytes: u64 = line.split_whitespace().nth(1)?.parse().ok()?;
    Some(kibibytes * 1024)
}
