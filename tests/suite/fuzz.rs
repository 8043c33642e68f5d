//! The fuzz targets' bodies over their seeds, so that both stay sound; `fuzz/README.md` says how
//! to run them for longer.

use std::path::Path;

use proptest::prelude::*;

#[path = "../../fuzz/bodies/config.rs"]
mod config;
#[path = "../../fuzz/bodies/joins.rs"]
mod joins;
#[path = "../../fuzz/bodies/log.rs"]
mod log;
#[path = "../../fuzz/bodies/objects.rs"]
mod objects;
#[path = "../../fuzz/bodies/reading.rs"]
mod reading;
#[path = "../../fuzz/bodies/replay.rs"]
mod replay;
#[path = "../../fuzz/bodies/several.rs"]
mod several;
#[path = "../../fuzz/bodies/tables.rs"]
mod tables;
#[path = "../../fuzz/bodies/times.rs"]
mod times;

/// Runs a body over each seed, and over each seed cut off in the middle.
fn over_seeds(target: &str, run: Body) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus").join(target);
    let mut seeds = 0;
    for entry in std::fs::read_dir(folder).unwrap() {
        let seed = std::fs::read(entry.unwrap().path()).unwrap();
        run(&seed);
        run(&seed[..seed.len() / 2]);
        seeds += 1;
    }
    assert!(seeds >= 3, "{target} has {seeds} seeds");
}

#[test]
fn configs() {
    over_seeds("config", config::run);
}

#[test]
fn logs() {
    over_seeds("log", log::run);
}

#[test]
fn replays() {
    over_seeds("replay", replay::run);
}

/// What a target does with bytes.
type Body = fn(&[u8]);

/// The bodies that make logs of their bytes.
const WRITERS: [(&str, Body); 5] = [
    ("joins", joins::run),
    ("objects", objects::run),
    ("several", several::run),
    ("tables", tables::run),
    ("times", times::run),
];

#[test]
fn written_logs() {
    for (target, run) in WRITERS {
        over_seeds(target, run);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn logs_written_of_any_bytes(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        for (_, run) in WRITERS {
            run(&bytes);
        }
    }
}
