//! A session on a store, measured from the outside: what writing behind costs, how soon a store
//! that is opened again shows values, how long the worker is ever silent, and how large the
//! folder becomes. Not a statistical bench but a few rounds over a log of any size:
//!
//! ```sh
//! cargo run --release --example sample_events -- --events 2000000 big.ndjson
//! cargo bench --bench store -- configs/ctr.yaml big.ndjson [ROUNDS]
//! ```

#![allow(clippy::print_stdout, reason = "what it measured is what it is for")]
#![allow(clippy::unwrap_used, reason = "a run that cannot go on ends there")]

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use counterscope::base::{clock, quantity};
use counterscope::session::protocol::{Command, Speed};
use counterscope::session::snapshot::{Snapshot, State};
use counterscope::session::{self, ConfigSource, LogSource, Setup, Start};

/// How often each kind of session is run.
const ROUNDS: usize = 3;

/// What was seen of one session.
struct Seen {
    /// From the start to the first snapshot with values.
    first_values: Duration,
    /// From the start to the end of the log.
    end: Duration,
    /// From the start until everything is written and the session is over.
    over: Duration,
    /// The longest time between two snapshots on the way to the end.
    silence: Duration,
    events: usize,
}

fn main() {
    let arguments: Vec<String> =
        std::env::args().skip(1).filter(|argument| !argument.starts_with("--")).collect();
    let [config, log, rounds @ ..] = arguments.as_slice() else {
        println!("usage: cargo bench --bench store -- CONFIG LOG [ROUNDS]; nothing measured");
        return;
    };
    let rounds: usize = rounds.first().map_or(ROUNDS, |rounds| rounds.parse().unwrap());
    let place = tempfile::tempdir().unwrap();
    let setup = |store: Option<PathBuf>| Setup {
        config: ConfigSource::File(config.into()),
        log: LogSource::Files(vec![log.into()]),
        store,
        speed: Speed::Max,
        start: Start::End,
        max_memory: None,
        threads: 2,
    };
    for round in 0..rounds {
        let store = place.path().join(round.to_string());
        println!("round {}", round + 1);
        tell("no store", &run(setup(None)));
        tell("new store", &run(setup(Some(store.clone()))));
        println!("{:44} {:>12}", "  its folder", quantity::bytes(size(&store)));
        tell("opened again", &run(setup(Some(store.clone()))));
        println!("{:44} {:>12}", "  its folder", quantity::bytes(size(&store)));
        fs::remove_dir_all(&store).unwrap();
    }
}

/// Runs a session to the end of its log, and ends it.
fn run(setup: Setup) -> Seen {
    let began = clock::instant();
    let running = session::start(setup).unwrap();
    let mut seen = Seen {
        first_values: Duration::ZERO,
        end: Duration::ZERO,
        over: Duration::ZERO,
        silence: Duration::ZERO,
        events: 0,
    };
    let mut last = None;
    loop {
        running.link.pings.recv().unwrap();
        let Some(snapshot) = running.link.take() else { continue };
        let now = began.elapsed();
        seen.silence =
            seen.silence.max(last.map_or(Duration::ZERO, |last| now.saturating_sub(last)));
        last = Some(now);
        if seen.first_values.is_zero() && snapshot.transport.cursor > 0 && has_values(&snapshot) {
            seen.first_values = now;
        }
        if snapshot.transport.cursor > 0 && snapshot.transport.state == State::Ended {
            seen.end = now;
            seen.events = snapshot.transport.cursor;
            break;
        }
    }
    running.link.commands.send(Command::Quit).unwrap();
    running.worker.join().unwrap();
    seen.over = began.elapsed();
    seen
}

fn has_values(snapshot: &Snapshot) -> bool {
    !snapshot.values.rows.is_empty()
}

fn tell(what: &str, seen: &Seen) {
    println!("{what}, {} events", quantity::grouped(seen.events as u64));
    for (name, took) in [
        ("  first values", seen.first_values),
        ("  end of the log", seen.end),
        ("  everything written, session over", seen.over),
        ("  longest silence", seen.silence),
    ] {
        println!("{name:44} {:>9.1} ms", took.as_secs_f64() * 1000.0);
    }
}

/// The bytes of a folder's files.
fn size(folder: &Path) -> u64 {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries
        .map(|path| if path.is_dir() { size(&path) } else { path.metadata().unwrap().len() })
        .sum()
}
