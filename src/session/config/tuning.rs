//! The tuning of the watch on the config.

use std::time::Duration;

/// How the config's file is watched.
pub(super) struct ConfigTuning {
    /// How long a file must be quiet before it is read: long enough for a save in two writes, too
    /// short to be felt.
    pub(super) quiet_interval: Duration,
    /// How long a config may be missing or empty before that is told: longer than any save leaves
    /// it so.
    pub(super) missing_patience: Duration,
    /// How many links are followed: a ring of links has no end.
    pub(super) max_links: usize,
}

pub(super) const TUNING: ConfigTuning = ConfigTuning {
    quiet_interval: Duration::from_millis(60),
    missing_patience: Duration::from_secs(1),
    max_links: 40,
};
