//! The wall clock: the one place where it is read. Event time is never read here.

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use super::time::Timestamp;

/// The wall time now, UTC.
#[must_use]
#[allow(clippy::disallowed_methods)]
pub fn wall() -> Timestamp {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or(Duration::ZERO);
    Timestamp(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
}

/// A moment to measure from; monotonic.
#[must_use]
#[allow(clippy::disallowed_methods)]
pub fn instant() -> Instant {
    Instant::now()
}
