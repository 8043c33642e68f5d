//! Taking up a plan that misses states: they are filled by the worker, or by everybody, a share
//! each, and then take their places. It must not know threads.

pub(in crate::session) mod task;

use crate::base::Deadline;
use std::sync::Arc;

use crate::engine::{BackfillEngine, Migration, MissingStates};
use crate::plan::Plan;

use super::Replay;
use super::batch_size::AdaptiveBatch;
use super::job::ParallelReplay;
use task::{Way, fill};

/// What an event costs at least in nanoseconds for each state that is filled.
const CHEAP: f64 = 5.0;

/// States on the way to a plan that misses some of them.
pub(in crate::session) struct Backfill {
    plan: Arc<Plan>,
    heritage: Migration,
    missing: MissingStates,
    work: Work,
    target: usize,
}

/// Who fills them.
enum Work {
    /// The worker alone.
    Alone(Box<BackfillEngine>, AdaptiveBatch),
    /// Everybody, a share each.
    Divided(Box<ParallelReplay>),
}

impl Backfill {
    /// The bytes of memory that they hold, as far as they are at hand.
    pub(in crate::session) fn bytes(&self) -> usize {
        match &self.work {
            Work::Alone(filler, _) => filler.bytes(),
            Work::Divided(_) => 0,
        }
    }

    /// The shares, if others are at them.
    pub(in crate::session) fn into_flight(self) -> Option<ParallelReplay> {
        match self.work {
            Work::Alone(..) => None,
            Work::Divided(job) => Some(*job),
        }
    }
}

impl Replay {
    pub(in crate::session) fn start_filling(
        &mut self,
        plan: &Arc<Plan>,
        missing: MissingStates,
        target: usize,
    ) {
        self.target = self.target.min(self.tape.events());
        let heritage = Migration::between(self.engine.plan(), plan);
        if missing.is_empty() && self.cursor() == target {
            self.checkpoints.migrate(&heritage, &mut self.leftovers);
            self.engine.migrate(&heritage, &mut self.leftovers);
            if !heritage.same_numbers() {
                self.undo_log.clear(target);
            }
            return;
        }
        self.undo_log.clear(self.cursor());
        let work = self.divide(BackfillEngine::new(plan, &missing), missing.states.len(), target);
        self.filling = Some(Backfill { plan: Arc::clone(plan), heritage, missing, work, target });
    }

    /// Lets everybody fill so many states, where that is worth it. A bound on memory has no room
    /// for the samples of several fillers.
    fn divide(&mut self, filler: BackfillEngine, states: usize, target: usize) -> Work {
        let nanos = target as f64 * CHEAP * states as f64;
        let is_free = self.tape.is_finished() && self.tape.pool().is_none();
        if target == 0 || !is_free || !self.pool.pays_to_fill(nanos, || filler.partitions()) {
            return Work::Alone(Box::new(filler), AdaptiveBatch::filling());
        }
        let ground = self.ground();
        let job = ParallelReplay::filling(&mut self.pool, ground, filler.split(), target);
        Work::Divided(Box::new(job))
    }

    /// How far filling is, 0 to 1.
    #[must_use]
    pub fn filled(&self) -> f64 {
        let Some(filling) = &self.filling else { return 1.0 };
        let events = match &filling.work {
            Work::Alone(filler, _) => filler.events(),
            Work::Divided(job) => job.events(),
        };
        if filling.target > 0 { events as f64 / filling.target as f64 } else { 1.0 }
    }

    /// Fills states until the deadline.
    pub(in crate::session) fn fill(&mut self, deadline: &Deadline) {
        let Some(mut filling) = self.filling.take() else { return };
        if let Work::Divided(job) = &filling.work
            && job.is_lost()
        {
            self.pool.disable_parallelism();
            let filler = BackfillEngine::new(&filling.plan, &filling.missing);
            filling.work = Work::Alone(Box::new(filler), AdaptiveBatch::filling());
        }
        let way = Way { tape: &self.tape, index: &self.index, stop: filling.target };
        let filled = match &mut filling.work {
            Work::Alone(filler, batch_size) => {
                fill(filler, batch_size, way, deadline).then(|| filler.take())
            }
            Work::Divided(job) => job.go_on(&self.pool, &self.engine, deadline),
        };
        let Some(filled) = filled else {
            self.filling = Some(filling);
            return;
        };
        let Backfill { heritage, missing, .. } = filling;
        self.checkpoints.migrate(&heritage, &mut self.leftovers);
        self.engine.migrate(&heritage, &mut self.leftovers);
        self.engine.install(filled, &missing, &mut self.leftovers);
        self.undo_log.clear(self.cursor());
    }
}
