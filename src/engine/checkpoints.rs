//! Copies of the states along the tape, so that going back is replaying from the nearest one.

use std::sync::Arc;

use crate::plan::Plan;

use super::{Engine, Missing};

/// Copies of an engine at moments of the replay, within a budget of memory.
pub struct Checkpoints {
    /// In order of their position.
    kept: Vec<(Engine, usize)>,
    /// How many bytes they may hold together.
    budget: usize,
    /// How many events lie between two of them, at least.
    spacing: usize,
}

/// The spacing to start with: replaying so many events takes a millisecond or two.
const CLOSEST: usize = 8192;
/// For how many bytes of states one more event must lie between two: copying so many takes about
/// as long as a quarter of replaying an event, so that copies cost a fraction of the replay.
const BYTES_AN_EVENT: usize = 64;

impl Checkpoints {
    /// None yet.
    #[must_use]
    pub const fn new(budget: usize) -> Self {
        Self { kept: Vec::new(), budget, spacing: CLOSEST }
    }

    /// The position at which a replay that comes from `events` should stop for the next one.
    #[must_use]
    pub fn next_after(&self, events: usize) -> usize {
        (events / self.spacing + 1) * self.spacing
    }

    /// Keeps a copy of the engine if it stands where one is due. Where they come to more than
    /// the budget, every second one goes and the spacing doubles.
    pub fn note(&mut self, engine: &Engine) {
        let events = engine.position().events;
        if events == 0 || !events.is_multiple_of(self.spacing) {
            return;
        }
        if self.place(events).is_ok() {
            return;
        }
        let bytes = engine.bytes();
        if bytes > self.budget {
            return;
        }
        while self.spacing * BYTES_AN_EVENT < bytes {
            self.widen();
        }
        if !events.is_multiple_of(self.spacing) {
            return;
        }
        let Err(place) = self.place(events) else { return };
        self.kept.insert(place, (engine.copy(), bytes));
        while self.kept.iter().map(|(_, bytes)| bytes).sum::<usize>() > self.budget {
            self.widen();
        }
    }

    /// Doubles the spacing; every second one goes.
    fn widen(&mut self) {
        self.spacing *= 2;
        let spacing = self.spacing;
        self.kept.retain(|(kept, _)| kept.position().events.is_multiple_of(spacing));
    }

    fn place(&self, events: usize) -> Result<usize, usize> {
        self.kept.binary_search_by_key(&events, |(kept, _)| kept.position().events)
    }

    /// The last one at or before a position.
    #[must_use]
    pub fn before(&self, events: usize) -> Option<&Engine> {
        let after = self.kept.partition_point(|(kept, _)| kept.position().events <= events);
        after.checked_sub(1).map(|place| &self.kept[place].0)
    }

    /// Forgets those after a position.
    pub fn truncate(&mut self, events: usize) {
        self.kept.retain(|(kept, _)| kept.position().events <= events);
    }

    /// The positions at which they are kept, ascending.
    #[must_use]
    pub fn positions(&self) -> Vec<usize> {
        self.kept.iter().map(|(kept, _)| kept.position().events).collect()
    }

    /// Carries the one at the filler's position over to a new plan. Call it for each position,
    /// in any order; those that are not carried over must be truncated.
    pub fn mend(&mut self, plan: &Arc<Plan>, filler: &Engine, missing: &Missing) {
        if let Ok(place) = self.place(filler.position().events) {
            let old = std::mem::replace(
                &mut self.kept[place].0,
                Engine::filler(plan, &Missing::default()),
            );
            let mut heir = old.inherit(plan);
            heir.adopt(filler, missing);
            self.kept[place] = (heir, self.kept[place].1);
        }
    }

    /// Carries all of them over to a plan that misses nothing.
    pub fn inherit(&mut self, plan: &Arc<Plan>) {
        for (kept, _) in &mut self.kept {
            let old = std::mem::replace(kept, Engine::filler(plan, &Missing::default()));
            *kept = old.inherit(plan);
        }
    }

    /// The bytes of memory that they hold.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.kept.iter().map(|(_, bytes)| bytes).sum()
    }
}
