//! A second engine that goes ahead of what will be asked for: it watches the events before those
//! that are watched, and leaves checkpoints where there are too few. It must not know why the
//! cursor stands where it does.

use crate::base::Deadline;
use crate::engine::{Checkpoints, CopyTask, DropQueue, Engine, KeyIndex, Progress, RecordedEvent};
use crate::tape::Tape;

use super::batch_size::AdaptiveBatch;

/// What the scout is out for.
pub(in crate::session) enum PrefetchGoal {
    /// To watch the events from one to just before another.
    Watch { from: usize, until: usize, seen: Vec<RecordedEvent> },
    /// To leave a checkpoint; near the cursor, or in the middle of a gap.
    Leave { at: usize, near: bool },
}

/// A scout on its way.
pub(in crate::session) struct Prefetcher {
    errand: PrefetchGoal,
    stage: Stage,
}

enum Stage {
    /// Setting out from a checkpoint.
    CopyTask(CopyTask),
    Going(Engine),
}

/// How far it has come.
pub(in crate::session) enum Outcome {
    Going,
    /// These are the events that were asked for.
    UndoLog(Vec<RecordedEvent>),
    /// The checkpoint is left, or there is no way to it.
    Done,
}

impl Prefetcher {
    /// Sends one out from the last checkpoint before its errand begins. `any` is an engine of the
    /// plan, at any place.
    pub(in crate::session) fn new(
        errand: PrefetchGoal,
        any: &Engine,
        checkpoints: &Checkpoints,
    ) -> Self {
        let begin = match errand {
            PrefetchGoal::Watch { from, .. } => from,
            PrefetchGoal::Leave { at, .. } => at,
        };
        let stage = match checkpoints.last_complete_before(begin) {
            Some((engine, _)) => Stage::CopyTask(CopyTask::new(engine)),
            None => Stage::Going(any.at_start()),
        };
        Self { errand, stage }
    }

    /// Whether what it brings is still of use: the first event that is watched is the same.
    pub(in crate::session) const fn serves(&self, first: usize) -> bool {
        match self.errand {
            PrefetchGoal::Watch { until, .. } => until == first,
            PrefetchGoal::Leave { .. } => true,
        }
    }

    /// The states that it holds, once it is on its way.
    pub(in crate::session) const fn engine(&self) -> Option<&Engine> {
        match &self.stage {
            Stage::CopyTask(_) => None,
            Stage::Going(engine) => Some(engine),
        }
    }

    /// Calls it back: what it holds is left over.
    pub(in crate::session) fn give_up(self, leftovers: &mut DropQueue) {
        if let Stage::Going(engine) = self.stage {
            leftovers.take(engine);
        }
    }

    /// Goes on until the deadline.
    pub(in crate::session) fn go_on(
        &mut self,
        (tape, index): (&Tape, &KeyIndex),
        checkpoints: &mut Checkpoints,
        batch_size: &mut AdaptiveBatch,
        deadline: &Deadline,
    ) -> Outcome {
        if let Stage::CopyTask(copying) = &mut self.stage {
            let Some(of) = checkpoints.at(copying.events()) else { return Outcome::Done };
            if copying.go_on(of, usize::MAX, deadline) == Progress::Going {
                return Outcome::Going;
            }
            let taken = std::mem::replace(copying, CopyTask::new(of));
            self.stage = Stage::Going(taken.finish().0);
        }
        let Stage::Going(engine) = &mut self.stage else { return Outcome::Going };
        match &mut self.errand {
            PrefetchGoal::Leave { at, near } => {
                while engine.position().events < *at {
                    batch_size.apply(engine, tape, index, *at);
                    if deadline.has_passed() {
                        return Outcome::Going;
                    }
                }
                let bytes = engine.bytes();
                let left = std::mem::replace(engine, engine.without_state());
                if *near {
                    checkpoints.insert_near(left, bytes);
                } else {
                    checkpoints.fill_gap(left, bytes);
                }
                Outcome::Done
            }
            PrefetchGoal::Watch { from, until, seen } => {
                while engine.position().events < *until {
                    if engine.position().events < *from {
                        batch_size.apply(engine, tape, index, *from);
                    } else if let Some(observed) = engine.apply_recorded(tape, index) {
                        seen.push(observed);
                    } else {
                        return Outcome::Done;
                    }
                    if deadline.has_passed() {
                        return Outcome::Going;
                    }
                }
                Outcome::UndoLog(std::mem::take(seen))
            }
        }
    }
}
