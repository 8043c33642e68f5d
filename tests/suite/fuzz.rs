//! The fuzz targets' bodies over their seeds, so that both stay sound; `fuzz/README.md` says how
//! to run them for longer.

use std::path::Path;

#[path = "../../fuzz/bodies/config.rs"]
mod config;
#[path = "../../fuzz/bodies/log.rs"]
mod log;
#[path = "../../fuzz/bodies/replay.rs"]
mod replay;

/// Runs a body over each seed, and over each seed cut off in the middle.
fn over_seeds(target: &str, run: fn(&[u8])) {
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
