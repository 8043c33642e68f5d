//! A second engine that goes ahead of what will be asked for: it watches the events before those
//! that are watched, and leaves checkpoints where there are too few. It must not know why the
//! cursor stands where it does.

use crate::engine::{Checkpoints, Copying, Engine, Index, Leftovers, Observed, Progress};
use crate::tape::Tape;

use super::batch_size::Pace;

/// What the scout is out for.
pub(in crate::session) enum Errand {
    /// To watch the events from one to just before another.
    Watch { from: usize, until: usize, seen: Vec<Observed> },
    /// To leave a checkpoint; near the cursor, or in the middle of a gap.
    Leave { at: usize, near: bool },
}

/// A scout on its way.
pub(in crate::session) struct Scout {
    errand: Errand,
    stage: Stage,
}

enum Stage {
    /// Setting out from a checkpoint.
    Copying(Copying),
    Going(Engine),
}

/// How far it has come.
pub(in crate::session) enum Outcome {
    Going,
    /// These are the events that were asked for.
    Watched(Vec<Observed>),
    /// The checkpoint is left, or there is no way to it.
    Done,
}

impl Scout {
    /// Sends one out from the last checkpoint before its errand begins. `any` is an engine of the
    /// plan, at any place.
    pub(in crate::session) fn new(errand: Errand, any: &Engine, checkpoints: &Checkpoints) -> Self {
        let begin = match errand {
            Errand::Watch { from, .. } => from,
            Errand::Leave { at, .. } => at,
        };
        let stage = match checkpoints.before(begin) {
            Some((engine, _)) => Stage::Copying(Copying::new(engine)),
            None => Stage::Going(any.fresh()),
        };
        Self { errand, stage }
    }

    /// Whether what it brings is still of use: the first event that is watched is the same.
    pub(in crate::session) const fn serves(&self, first: usize) -> bool {
        match self.errand {
            Errand::Watch { until, .. } => until == first,
            Errand::Leave { .. } => true,
        }
    }

    /// The states that it holds, once it is on its way.
    pub(in crate::session) const fn engine(&self) -> Option<&Engine> {
        match &self.stage {
            Stage::Copying(_) => None,
            Stage::Going(engine) => Some(engine),
        }
    }

    /// Calls it back: what it holds is left over.
    pub(in crate::session) fn give_up(self, leftovers: &mut Leftovers) {
        if let Stage::Going(engine) = self.stage {
            leftovers.take(engine);
        }
    }

    /// Goes on until it is `late`.
    pub(in crate::session) fn go_on(
        &mut self,
        (tape, index): (&Tape, &Index),
        checkpoints: &mut Checkpoints,
        pace: &mut Pace,
        late: &mut dyn FnMut() -> bool,
    ) -> Outcome {
        if let Stage::Copying(copying) = &mut self.stage {
            let Some(of) = checkpoints.at(copying.events()) else { return Outcome::Done };
            if copying.go_on(of, usize::MAX, late) == Progress::Going {
                return Outcome::Going;
            }
            let taken = std::mem::replace(copying, Copying::new(of));
            self.stage = Stage::Going(taken.finish().0);
        }
        let Stage::Going(engine) = &mut self.stage else { return Outcome::Going };
        match &mut self.errand {
            Errand::Leave { at, near } => {
                while engine.position().events < *at {
                    pace.apply(engine, tape, index, *at);
                    if late() {
                        return Outcome::Going;
                    }
                }
                let bytes = engine.bytes();
                let left = std::mem::replace(engine, engine.hollow());
                if *near {
                    checkpoints.insert_near(left, bytes);
                } else {
                    checkpoints.fill_gap(left, bytes);
                }
                Outcome::Done
            }
            Errand::Watch { from, until, seen } => {
                while engine.position().events < *until {
                    if engine.position().events < *from {
                        pace.apply(engine, tape, index, *from);
                    } else if let Some(observed) = engine.observe(tape, index) {
                        seen.push(observed);
                    } else {
                        return Outcome::Done;
                    }
                    if late() {
                        return Outcome::Going;
                    }
                }
                Outcome::Watched(std::mem::take(seen))
            }
        }
    }
}
