//! `--stats`: a summary of a replay as one line of JSON on stderr.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::dataset::Passed;

use super::check::facts;
use super::environment;
use super::output::note_json;

/// The figures of a replay.
pub(super) struct Outcome<'p> {
    /// The replay.
    pub(super) passed: &'p Passed,
    /// The number of rows or values written.
    pub(super) rows: u64,
    /// What each feature counted and lost, if known.
    pub(super) features: Option<Value>,
    /// The time that writing took after the replay.
    pub(super) write: Duration,
    /// When the command began.
    pub(super) started: Instant,
}

/// Prints the summary.
pub(super) fn print(outcome: &Outcome<'_>) {
    let Outcome { passed, rows, features, write, started } = outcome;
    let elapsed = started.elapsed();
    let phases = &passed.phases;
    let mut line = facts(&passed.tape, passed.detected.as_ref(), &passed.outcomes);
    let outcome = json!({
        "events": passed.events,
        "rejected": passed.tape.rejections().total(),
        "late": passed.engine.tallies().late,
        "impressions": passed.engine.tallies().impressions,
        "rows": rows,
        "seconds": {
            "read": seconds(phases.read),
            "arrange": seconds(phases.arrange),
            "apply": seconds(phases.apply),
            "write": seconds(*write),
            "all": seconds(elapsed),
        },
        "events_per_second": (passed.events as f64 / elapsed.as_secs_f64().max(1e-9)).round(),
        "state_bytes": passed.engine.bytes(),
        "key_bytes": passed.index.bytes(),
        "peak_memory_bytes": environment::peak_memory(),
    });
    if let Some(features) = features {
        line.insert("features".to_owned(), features.clone());
    }
    if let Value::Object(outcome) = outcome {
        line.extend(outcome);
    }
    note_json(&Value::Object(line));
}

/// Rounded to milliseconds: more would be noise.
fn seconds(duration: Duration) -> f64 {
    (duration.as_secs_f64() * 1000.0).round() / 1000.0
}
