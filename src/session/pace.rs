//! Applying events in pieces that take about a millisecond, however much an event costs. It must
//! not know what the replay is for.

use std::time::Duration;

use crate::base::clock;
use crate::engine::{Engine, Index};
use crate::tape::Tape;

/// How long a piece should take, at most.
const PIECE: Duration = Duration::from_millis(1);
/// The same where states are filled, which costs the less the more is done at once.
const FILLING: Duration = Duration::from_millis(4);
const SMALLEST: usize = 16;
const LARGEST: usize = 8192;
const LARGEST_FILLING: usize = 131_072;

/// How many events make a piece.
#[derive(Clone, Copy, Debug)]
pub(super) struct Pace {
    events: usize,
    largest: usize,
    piece: Duration,
}

impl Pace {
    pub(super) const fn new() -> Self {
        Self { events: SMALLEST, largest: LARGEST, piece: PIECE }
    }

    /// For an engine that holds few states, all of which are filled.
    pub(super) const fn filling() -> Self {
        Self { events: SMALLEST, largest: LARGEST_FILLING, piece: FILLING }
    }

    /// Applies a piece of the events up to `stop`.
    pub(super) fn apply(&mut self, engine: &mut Engine, tape: &Tape, index: &Index, stop: usize) {
        let from = engine.position().events;
        let began = clock::instant();
        engine.apply(tape, index, stop.min(from + self.events));
        let took = began.elapsed();
        if took > self.piece {
            self.events = (self.events / 2).max(SMALLEST);
        } else if took < self.piece / 3 && engine.position().events - from == self.events {
            self.events = (self.events * 2).min(self.largest);
        }
    }
}
