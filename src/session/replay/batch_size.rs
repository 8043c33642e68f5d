//! Adaptive batch size: events are applied in batches of about a millisecond, whatever an event
//! costs, and the cost of an event is measured on the way.

use std::time::Duration;

use crate::base::Clock;
use crate::engine::{Collector, Engine, KeyIndex};
use crate::tape::Tape;

use super::tuning::BatchTuning;

/// The size of the next batch, and the cost of an event.
#[derive(Clone, Debug)]
pub(in crate::session) struct AdaptiveBatch {
    events: usize,
    /// Events applied lately, and the nanoseconds that they took.
    applied: (f64, f64),
    tuning: BatchTuning,
    clock: Clock,
}

impl AdaptiveBatch {
    pub(in crate::session) const fn new(tuning: BatchTuning, clock: Clock) -> Self {
        Self { events: tuning.min_events, applied: (0.0, 0.0), tuning, clock }
    }

    /// The recent cost of an event in nanoseconds, once enough events were measured.
    pub(in crate::session) fn cost_per_event(&self) -> Option<f64> {
        let (events, nanos) = self.applied;
        (nanos >= self.tuning.measured_nanos).then(|| nanos / events)
    }

    /// Records that so many events took so long.
    pub(in crate::session) fn record(&mut self, applied: usize, took: Duration) {
        let (events, nanos) = &mut self.applied;
        *events = *events * self.tuning.weight_after_batch + applied as f64;
        *nanos = *nanos * self.tuning.weight_after_batch + took.as_nanos() as f64;
    }

    /// Applies a batch of the events up to `stop`. Returns the time that took.
    pub(in crate::session) fn apply(
        &mut self,
        engine: &mut Engine,
        (tape, index): (&Tape, &KeyIndex),
        stop: usize,
    ) -> Duration {
        let from = engine.position().events;
        self.run(from, stop, |events| engine.apply(tape, index, events))
    }

    /// Collects the samples of a batch of the events up to `stop`.
    pub(in crate::session) fn collect(
        &mut self,
        collector: &mut Collector<'_>,
        (tape, index): (&Tape, &KeyIndex),
        stop: usize,
    ) {
        let from = collector.events();
        self.run(from, stop, |events| collector.collect(tape, index, events));
    }

    /// Runs a batch: `work` applies the events up to a position.
    fn run(&mut self, from: usize, stop: usize, work: impl FnOnce(usize)) -> Duration {
        let stop = stop.min(from + self.events);
        let began = self.clock.now();
        work(stop);
        let took = self.clock.now().saturating_duration_since(began);
        let applied = stop - from;
        let is_whole = applied == self.events;
        let BatchTuning { batch_time, min_events, max_events, measured_events, .. } = self.tuning;
        if applied >= measured_events || (is_whole && took >= batch_time / 3) {
            // A smaller batch costs more than its events do. A batch that was interrupted counts
            // for little, since it has few events.
            self.record(applied, took);
        }
        if took > batch_time {
            self.events = (self.events / 2).max(min_events);
        } else if took < batch_time / 3 && is_whole {
            self.events = (self.events * 2).min(max_events);
        }
        took
    }
}
