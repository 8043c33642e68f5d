//! The tuning of a session's steps.

use std::time::Duration;

/// How long things of a step may take.
pub(super) struct StepTuning {
    /// How long a slice of work may take before inputs are looked at.
    pub(super) slice: Duration,
    /// How often a session that is at work shows where it is.
    pub(super) busy_frame_interval: Duration,
}

pub(super) const TUNING: StepTuning =
    StepTuning { slice: Duration::from_millis(4), busy_frame_interval: Duration::from_millis(33) };
