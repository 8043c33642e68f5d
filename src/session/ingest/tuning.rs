//! The tuning of reading logs and of the column cache.

use std::time::Duration;

/// How logs are read and looked after.
pub(super) struct IngestTuning {
    /// How many events of a reader wait for the session, at most.
    pub(super) queued_reader_events: usize,
    /// How often the files are looked at.
    pub(super) stamp_interval: Duration,
    /// The largest column cache that is kept: about forty million events. Beyond that, what is
    /// found in a user's folder for states is more than such a folder is made for.
    pub(super) max_cache_bytes: u64,
    /// How many types of events a report on the log names.
    pub(super) reported_types: usize,
}

pub(super) const TUNING: IngestTuning = IngestTuning {
    queued_reader_events: 8,
    stamp_interval: Duration::from_secs(1),
    max_cache_bytes: 2 << 30,
    reported_types: 12,
};
