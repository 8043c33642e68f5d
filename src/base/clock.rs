//! The wall clock: the one place where it is read. Event time is never read here.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
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

/// What time is measured by: the system's monotonic clock, or one that only its owner moves.
#[derive(Clone, Debug, Default)]
pub enum Clock {
    /// The system's.
    #[default]
    System,
    /// One that is moved by hand, so that what depends on time runs the same each time.
    Manual(ManualClock),
}

impl Clock {
    /// The present moment.
    #[must_use]
    pub fn now(&self) -> Instant {
        match self {
            Self::System => instant(),
            Self::Manual(clock) => clock.now(),
        }
    }
}

impl From<&ManualClock> for Clock {
    fn from(clock: &ManualClock) -> Self {
        Self::Manual(clock.clone())
    }
}

/// A clock that stands still until it is moved. Its clones show the same time.
#[derive(Clone, Debug)]
pub struct ManualClock {
    start: Instant,
    /// Nanoseconds since the start.
    passed: Arc<AtomicU64>,
    /// Nanoseconds by which each reading moves it.
    tick: u64,
}

impl ManualClock {
    /// A clock that stands still.
    #[must_use]
    pub fn new() -> Self {
        Self::ticking(Duration::ZERO)
    }

    /// A clock that each reading moves on by so much, before it is read.
    #[must_use]
    pub fn ticking(tick: Duration) -> Self {
        Self { start: instant(), passed: Arc::default(), tick: nanos(tick) }
    }

    /// Moves it on.
    pub fn advance(&self, by: Duration) {
        self.passed.fetch_add(nanos(by), Ordering::Relaxed);
    }

    /// The moment that it shows.
    #[must_use]
    pub fn now(&self) -> Instant {
        let before = self.passed.fetch_add(self.tick, Ordering::Relaxed);
        self.start + Duration::from_nanos(before + self.tick)
    }
}

impl Default for ManualClock {
    fn default() -> Self {
        Self::new()
    }
}

fn nanos(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)
}
