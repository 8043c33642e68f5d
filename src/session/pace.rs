//! Applying events in pieces that take about a millisecond, however much an event costs. It must
//! not know what the replay is for.

use std::time::Duration;

use crate::base::clock;
use crate::engine::{Engine, Index};
use crate::tape::Tape;

/// How long a piece should take, at most.
const PIECE: Duration = Duration::from_millis(1);
const SMALLEST: usize = 16;
const LARGEST: usize = 8192;

/// How many events make a piece.
#[derive(Clone, Copy, Debug)]
pub(super) struct Pace(usize);

impl Pace {
    pub(super) const fn new() -> Self {
        Self(SMALLEST)
    }

    /// Applies a piece of the events up to `stop`.
    pub(super) fn apply(&mut self, engine: &mut Engine, tape: &Tape, index: &Index, stop: usize) {
        let from = engine.position().events;
        let began = clock::instant();
        engine.apply(tape, index, stop.min(from + self.0));
        let took = began.elapsed();
        if took > PIECE {
            self.0 = (self.0 / 2).max(SMALLEST);
        } else if took < PIECE / 3 && engine.position().events - from == self.0 {
            self.0 = (self.0 * 2).min(LARGEST);
        }
    }
}
