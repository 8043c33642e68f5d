//! Applying events in pieces that take about a millisecond, however much an event costs. It must
//! not know what the replay is for.

use std::time::Duration;

use crate::base::clock;
use crate::engine::{Collector, Engine, KeyIndex};
use crate::tape::Tape;

/// How long a piece should take, at most.
const PIECE: Duration = Duration::from_millis(1);
/// The same where states are filled, which costs the less the more is done at once.
const FILLING: Duration = Duration::from_millis(4);
/// Fewer than so many at a time cost much more each, where there are thousands of states.
const SMALLEST: usize = 128;
const LARGEST: usize = 8192;
const LARGEST_FILLING: usize = 131_072;

/// From so many events on, a piece tells what an event costs.
const TELLING: usize = 256;
/// How many nanoseconds must be measured before an event's price is judged by them.
const MEASURED: f64 = 2_000_000.0;

/// What is left of the weight of what was measured, after each piece.
const FADES: f64 = 0.93;

/// How many events make a piece, and what they cost.
#[derive(Clone, Copy, Debug)]
pub(in crate::session) struct AdaptiveBatch {
    events: usize,
    largest: usize,
    piece: Duration,
    /// Events applied lately, and the nanoseconds that they took.
    applied: (f64, f64),
}

impl AdaptiveBatch {
    pub(in crate::session) const fn new() -> Self {
        Self { events: SMALLEST, largest: LARGEST, piece: PIECE, applied: (0.0, 0.0) }
    }

    /// For an engine that holds few states, all of which are filled.
    pub(in crate::session) const fn filling() -> Self {
        Self { largest: LARGEST_FILLING, piece: FILLING, ..Self::new() }
    }

    /// How many nanoseconds an event takes of late, if enough of them were seen.
    pub(in crate::session) fn price(&self) -> Option<f64> {
        let (events, nanos) = self.applied;
        (nanos >= MEASURED).then(|| nanos / events)
    }

    /// So many events were found to take so long.
    pub(in crate::session) fn learn(&mut self, applied: usize, took: Duration) {
        let (events, nanos) = &mut self.applied;
        *events = *events * FADES + applied as f64;
        *nanos = *nanos * FADES + took.as_nanos() as f64;
    }

    /// Applies a piece of the events up to `stop`.
    pub(in crate::session) fn apply(
        &mut self,
        engine: &mut Engine,
        tape: &Tape,
        index: &KeyIndex,
        stop: usize,
    ) {
        let from = engine.position().events;
        self.go(from, stop, |events| engine.apply(tape, index, events));
    }

    /// Looks at a piece of the events up to `stop`, and gathers what they bring.
    pub(in crate::session) fn gather(
        &mut self,
        gatherer: &mut Collector<'_>,
        tape: &Tape,
        index: &KeyIndex,
        stop: usize,
    ) {
        let from = gatherer.events();
        self.go(from, stop, |events| gatherer.collect(tape, index, events));
    }

    /// Goes on by a piece: `work` goes to an event.
    fn go(&mut self, from: usize, stop: usize, work: impl FnOnce(usize)) {
        let stop = stop.min(from + self.events);
        let began = clock::instant();
        work(stop);
        let took = began.elapsed();
        let applied = stop - from;
        let is_whole = applied == self.events;
        if applied >= TELLING || (is_whole && took >= self.piece / 3) {
            // A shorter piece costs more than its events do. What is older counts less and less,
            // with a half-life of some ten pieces; one that was interrupted counts for little,
            // since it has few events.
            self.learn(applied, took);
        }
        if took > self.piece {
            self.events = (self.events / 2).max(SMALLEST);
        } else if took < self.piece / 3 && is_whole {
            self.events = (self.events * 2).min(self.largest);
        }
    }
}
