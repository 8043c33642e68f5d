//! The tuning of write-behind: how often states are written, and how long that may take.

use std::time::Duration;

/// When states are written behind.
pub(super) struct WriteBehindTuning {
    /// The least pause between two commits while event time runs at its own speed.
    pub(super) paced_interval: Duration,
    /// The least pause while the replay runs as fast as it can: what a kill costs is this much
    /// work, and the commit that was under way.
    pub(super) full_speed_interval: Duration,
    /// The least pause, in times of what it took to encode a batch: that takes time from the
    /// replay.
    pub(super) pause_per_encoding: u32,
    /// The least pause, in times of what it took to commit a batch: that takes time from whatever
    /// else there is to do.
    pub(super) pause_per_commit: u32,
    /// How long a slice of copying or encoding may take.
    pub(super) slice: Duration,
    /// How long after a look that found nothing to write the next one is due.
    pub(super) retry_interval: Duration,
    /// How long a commit may take. On a full disk the database under the store can wait for ever.
    pub(super) commit_timeout: Duration,
}

pub(super) const TUNING: WriteBehindTuning = WriteBehindTuning {
    paced_interval: Duration::from_millis(1500),
    full_speed_interval: Duration::from_millis(250),
    pause_per_encoding: 16,
    pause_per_commit: 2,
    slice: Duration::from_millis(2),
    retry_interval: Duration::from_millis(100),
    commit_timeout: Duration::from_secs(20),
};
