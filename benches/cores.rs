//! Far seeks on one thread and on several, in turns, and as they were before ways were divided:
//! wall time, processor time, and the longest slice. One run over a log of any size:
//!
//! ```sh
//! cargo bench --bench cores -- configs/research.yaml video.ndjson
//! ```

#![allow(clippy::print_stdout, reason = "what it measured is what it is for")]
#![allow(clippy::unwrap_used, reason = "a run that cannot go on ends there")]

use counterscope::base::{Clock, Deadline, clock};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use counterscope::engine::{KeyIndex, demand};
use counterscope::log::{EventSource, Reader};
use counterscope::plan::lower::compile;
use counterscope::session::replay::Replay;

/// How long a slice may take that a session gives.
const SLICE: Duration = Duration::from_millis(4);
/// How many seeks are measured in each turn, and how many turns there are.
const SEEKS: usize = 24;
const TURNS: usize = 4;
/// No turn takes much longer than this.
const LONG: Duration = Duration::from_secs(2);

fn main() {
    let arguments: Vec<String> =
        std::env::args().skip(1).filter(|argument| !argument.starts_with("--")).collect();
    let [config, logs @ ..] = arguments.as_slice() else {
        println!("usage: cargo bench --bench cores -- CONFIG LOG…");
        return;
    };
    if logs.is_empty() {
        // `cargo bench` runs every bench: without a log there is nothing to measure here.
        println!("no log named: nothing measured");
        return;
    }
    let text = std::fs::read_to_string(config).unwrap();
    let plan = Arc::new(compile("config", &text).0.unwrap());
    let mut replay = Replay::new(Arc::clone(&plan), demand(&plan, false));
    let paths: Vec<PathBuf> = logs.iter().map(PathBuf::from).collect();
    let mut reader = Reader::open(&paths, &plan.events, &plan.attributes).unwrap();
    while let Some(batch) = reader.next_batch().unwrap() {
        replay.extend(batch);
    }
    replay.finish();
    let events = replay.tape().events();
    let mut all = Way::default();
    all.go(&mut replay, events);
    all.print("replay, undivided, with checkpoints");
    while replay.prepare(&Deadline::after(&Clock::System, SLICE)) {}

    let modes =
        [("undivided", 1, Some(Duration::MAX)), ("1 thread", 1, None), ("2 threads", 2, None)];
    let mut far = modes.map(|_| Way::default());
    let mut whole = modes.map(|_| Way::default());
    for _ in 0..TURNS {
        for (number, (_, threads, least)) in modes.iter().enumerate() {
            replay.set_threads(*threads, *least);
            let mut random = 0x9e37_79b9_7f4a_7c15u64;
            let began = clock::instant();
            for _ in (0..SEEKS).take_while(|_| began.elapsed() < LONG) {
                random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
                far[number].go(&mut replay, (random >> 33) as usize % events.max(1));
            }
            let index = KeyIndex::new(&plan, replay.tape(), None);
            let mut alone = Replay::over(Arc::clone(&plan), Arc::clone(replay.tape()), index);
            alone.set_threads(*threads, *least);
            whole[number].go(&mut alone, events);
        }
    }
    for (number, (name, ..)) in modes.iter().enumerate() {
        far[number].print(&format!("seek to a random event, {name}"));
    }
    for (number, (name, ..)) in modes.iter().enumerate() {
        whole[number].print(&format!("replay of all, {name}"));
    }
}

/// What some moves took.
#[derive(Default)]
struct Way {
    took: Vec<Duration>,
    cpu: Duration,
    slices: Vec<Duration>,
}

impl Way {
    fn go(&mut self, replay: &mut Replay, to: usize) {
        let (began, cpu) = (clock::instant(), cpu());
        replay.seek_to(to);
        while !replay.is_idle() {
            let slice = clock::instant();
            replay.work(&Deadline::at(Clock::System, slice + SLICE));
            self.slices.push(slice.elapsed());
        }
        self.took.push(began.elapsed());
        self.cpu += self::cpu().saturating_sub(cpu);
    }

    fn print(&mut self, name: &str) {
        self.took.sort();
        self.slices.sort();
        let millis = |took: Duration| format!("{:.1} ms", took.as_secs_f64() * 1000.0);
        let at =
            |all: &[Duration], share: f64| millis(all[((all.len() - 1) as f64 * share) as usize]);
        println!(
            "{name:36} min {:>10} median {:>10} p95 {:>10}, CPU {:>10} each, slices p99 {:>8} max {:>8}",
            at(&self.took, 0.0),
            at(&self.took, 0.5),
            at(&self.took, 0.95),
            millis(self.cpu / self.took.len() as u32),
            at(&self.slices, 0.99),
            at(&self.slices, 1.0),
        );
    }
}

/// The processor time of all threads so far, where the system tells.
fn cpu() -> Duration {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let fields = stat.rsplit(") ").next().unwrap_or_default().split(' ').skip(11).take(2);
    let ticks: u64 = fields.filter_map(|field| field.parse::<u64>().ok()).sum();
    Duration::from_millis(ticks * 10)
}
