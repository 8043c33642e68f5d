//! Taking up a plan that misses states: they are filled by the worker, or by everybody, a share
//! each, and then take their places. It must not know threads.

pub(in crate::session) mod task;

use std::sync::Arc;

use crate::engine::{Filler, Heritage, Missing};
use crate::plan::Plan;

use super::Replay;
use super::batch_size::Pace;
use super::job::Flight;
use task::{Way, fill};

/// What an event costs at least in nanoseconds for each state that is filled.
const CHEAP: f64 = 5.0;

/// States on the way to a plan that misses some of them.
pub(in crate::session) struct Filling {
    plan: Arc<Plan>,
    heritage: Heritage,
    missing: Missing,
    work: Work,
    target: usize,
}

/// Who fills them.
enum Work {
    /// The worker alone.
    Alone(Box<Filler>, Pace),
    /// Everybody, a share each.
    Divided(Box<Flight>),
}

impl Filling {
    /// The bytes of memory that they hold, as far as they are at hand.
    pub(in crate::session) fn bytes(&self) -> usize {
        match &self.work {
            Work::Alone(filler, _) => filler.bytes(),
            Work::Divided(_) => 0,
        }
    }

    /// The shares, if others are at them.
    pub(in crate::session) fn into_flight(self) -> Option<Flight> {
        match self.work {
            Work::Alone(..) => None,
            Work::Divided(flight) => Some(*flight),
        }
    }
}

impl Replay {
    pub(in crate::session) fn start_filling(
        &mut self,
        plan: &Arc<Plan>,
        missing: Missing,
        target: usize,
    ) {
        self.goal = self.goal.min(self.tape.events());
        let heritage = Heritage::between(self.engine.plan(), plan);
        if missing.is_empty() && self.cursor() == target {
            self.checkpoints.inherit(&heritage, &mut self.leftovers);
            self.engine.inherit(&heritage, &mut self.leftovers);
            if !heritage.same_numbers() {
                self.watched.clear(target);
            }
            return;
        }
        self.watched.clear(self.cursor());
        let work = self.divide(Filler::new(plan, &missing), missing.states.len(), target);
        self.filling = Some(Filling { plan: Arc::clone(plan), heritage, missing, work, target });
    }

    /// Lets everybody fill so many states, where that is worth it. A bound on memory has no room for the samples
    /// of several fillers.
    fn divide(&mut self, filler: Filler, states: usize, target: usize) -> Work {
        let nanos = target as f64 * CHEAP * states as f64;
        let is_free = self.tape.is_finished() && self.tape.pager().is_none();
        if target == 0 || !is_free || !self.crew.pays_to_fill(nanos, || filler.shares()) {
            return Work::Alone(Box::new(filler), Pace::filling());
        }
        let ground = self.ground();
        let flight = Flight::filling(&mut self.crew, ground, filler.divide(), target);
        Work::Divided(Box::new(flight))
    }

    /// How far filling is, 0 to 1.
    #[must_use]
    pub fn filled(&self) -> f64 {
        let Some(filling) = &self.filling else { return 1.0 };
        let events = match &filling.work {
            Work::Alone(filler, _) => filler.events(),
            Work::Divided(flight) => flight.events(),
        };
        if filling.target > 0 { events as f64 / filling.target as f64 } else { 1.0 }
    }

    /// Fills states until it is `late`.
    pub(in crate::session) fn fill(&mut self, late: &mut dyn FnMut() -> bool) {
        let Some(mut filling) = self.filling.take() else { return };
        if let Work::Divided(flight) = &filling.work
            && flight.is_lost()
        {
            self.crew.stay_together();
            let filler = Filler::new(&filling.plan, &filling.missing);
            filling.work = Work::Alone(Box::new(filler), Pace::filling());
        }
        let way = Way { tape: &self.tape, index: &self.index, stop: filling.target };
        let filled = match &mut filling.work {
            Work::Alone(filler, pace) => fill(filler, pace, way, late).then(|| filler.take()),
            Work::Divided(flight) => flight.go_on(&self.crew, &self.engine, late),
        };
        let Some(filled) = filled else {
            self.filling = Some(filling);
            return;
        };
        let Filling { heritage, missing, .. } = filling;
        self.checkpoints.inherit(&heritage, &mut self.leftovers);
        self.engine.inherit(&heritage, &mut self.leftovers);
        self.engine.adopt(filled, &missing, &mut self.leftovers);
        self.watched.clear(self.cursor());
    }
}
