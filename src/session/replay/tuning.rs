//! Tuning: the policy constants of a replay, with their units.

use std::time::Duration;

use crate::session::threads::worker_pool::RESULT_WAIT;

/// Policy of seeks and of what is prepared for the next ones.
#[derive(Clone, Copy, Debug)]
pub(in crate::session) struct SeekTuning {
    /// The events before the target of a seek that are recorded in the undo log.
    pub(in crate::session) recorded_events: usize,
    /// The same where there are no checkpoints, so that going back further is a replay from the
    /// first event.
    pub(in crate::session) recorded_events_without_checkpoints: usize,
    /// With fewer recorded events, those before them are prefetched in idle time.
    pub(in crate::session) prefetch_below_events: usize,
    /// With fewer, a step back does not leave that to idle time alone.
    pub(in crate::session) urgent_below_events: usize,
    /// The time that a step back may spend on prefetching for the next ones.
    pub(in crate::session) urgent_prefetch_time: Duration,
    /// The most events that are prefetched for the undo log at once.
    pub(in crate::session) prefetch_events: usize,
    /// A prefetch that starts so many events after a checkpoint takes another one on the way.
    pub(in crate::session) near_checkpoint_events: usize,
}

impl Default for SeekTuning {
    fn default() -> Self {
        Self {
            recorded_events: 128,
            recorded_events_without_checkpoints: 1024,
            prefetch_below_events: 1024,
            urgent_below_events: 256,
            urgent_prefetch_time: Duration::from_millis(1),
            prefetch_events: 1024,
            near_checkpoint_events: 32_768,
        }
    }
}

/// Policy of parallel replays and backfills.
#[derive(Clone, Copy, Debug)]
pub(in crate::session) struct PoolTuning {
    /// A replay that takes less time is not divided.
    pub(in crate::session) min_replay_time: Duration,
    /// A backfill of fewer partitions is not divided: scanning each event so often takes what is
    /// gained.
    pub(in crate::session) min_backfill_partitions: usize,
    /// The states at the cursor are copied only for a replay that takes so many times longer than
    /// the copy.
    pub(in crate::session) min_replay_per_copy: usize,
    /// The cost of an event until it is measured, in nanoseconds.
    pub(in crate::session) assumed_event_nanos: f64,
    /// The least cost of an event for each state that is backfilled, in nanoseconds.
    pub(in crate::session) backfill_state_nanos: f64,
    /// The bytes of state copied in a nanosecond.
    pub(in crate::session) copied_bytes_per_nano: f64,
    /// The longest wait for a result of the pool within a slice.
    pub(in crate::session) result_wait: Duration,
    /// The longest wait for cancelled tasks, which end after a unit of work.
    pub(in crate::session) join_wait: Duration,
}

impl Default for PoolTuning {
    fn default() -> Self {
        Self {
            min_replay_time: Duration::from_millis(32),
            min_backfill_partitions: 8,
            min_replay_per_copy: 3,
            assumed_event_nanos: 100.0,
            backfill_state_nanos: 5.0,
            copied_bytes_per_nano: 4.0,
            result_wait: RESULT_WAIT,
            join_wait: Duration::from_secs(1),
        }
    }
}

impl PoolTuning {
    /// Divides whatever takes longer than `min_replay_time`, whether it pays or not.
    pub(in crate::session) fn dividing_from(min_replay_time: Duration) -> Self {
        Self { min_replay_time, min_backfill_partitions: 2, ..Self::default() }
    }

    /// Divides nothing.
    pub(in crate::session) fn undivided() -> Self {
        Self {
            min_replay_time: Duration::MAX,
            min_backfill_partitions: usize::MAX,
            ..Self::default()
        }
    }
}

/// Policy of batch sizes.
#[derive(Clone, Copy, Debug)]
pub(in crate::session) struct BatchTuning {
    /// The time that a batch should take, at most.
    pub(in crate::session) batch_time: Duration,
    /// Smaller batches cost much more for each event, where there are thousands of states.
    pub(in crate::session) min_events: usize,
    /// The most events of a batch.
    pub(in crate::session) max_events: usize,
    /// The events from which on a batch shows the cost of an event.
    pub(in crate::session) measured_events: usize,
    /// The time to measure before the cost of an event is known, in nanoseconds.
    pub(in crate::session) measured_nanos: f64,
    /// The weight of what was measured before, after each batch: a half-life of some ten batches.
    pub(in crate::session) weight_after_batch: f64,
}

impl BatchTuning {
    /// For engines that hold all states.
    pub(in crate::session) const REPLAY: Self = Self {
        batch_time: Duration::from_millis(1),
        min_events: 128,
        max_events: 8192,
        measured_events: 256,
        measured_nanos: 2_000_000.0,
        weight_after_batch: 0.93,
    };

    /// For a backfill, which costs the less the more events are scanned at once.
    pub(in crate::session) const BACKFILL: Self =
        Self { batch_time: Duration::from_millis(4), max_events: 131_072, ..Self::REPLAY };
}
