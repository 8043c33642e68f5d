//! The task that explains a value. What the states hold is read when it begins; the events are looked
//! at in slices, while the engine may move on.

use crate::base::{Deadline, Step, Task, Timestamp};
use crate::config::Document;
use crate::engine::{At, Freshness, Reading};
use crate::plan::OutputId;

use super::side::SideTask;
use super::upcoming::Upcoming;
use super::{Explanation, Listing, Position, Served, attributes, formula, settings};
use crate::plan::describe;

/// A value that is being explained.
pub struct ExplainTask {
    of: (OutputId, u32),
    /// Where it was read.
    events: usize,
    as_of: Timestamp,
    told: Explanation,
    sides: Vec<SideTask>,
    /// The side that is looked at.
    side: usize,
    upcoming: Option<Upcoming>,
}

impl ExplainTask {
    /// Begins to explain an output at a key, a slot of the output's scope, where the position's
    /// engine stands. `document` is the config of the plan, and `text` its text.
    #[must_use]
    pub fn new(
        at: Position<'_>,
        (output, slot): (OutputId, u32),
        listing: Listing,
        (document, text): (&Document, &str),
    ) -> Self {
        let plan = at.plan();
        let declared = &plan.outputs[output.0];
        let feature = &plan.features[declared.feature.0];
        let scope = plan.scope_of(output);
        let live = at.engine.reading(at.rows.index, output, slot, at.as_of);
        let sides = plan.sides(output);
        let sides = sides.iter().map(|side| SideTask::new(at, side, (scope, slot), listing));
        let told = Explanation {
            output: declared.name.clone(),
            feature: feature.name.clone(),
            definition: describe::definition(plan, output),
            key: attributes(plan, scope, at.rows.index.key(scope, slot).0),
            as_of: at.as_of,
            served: served(at, output, slot, &live),
            live,
            last_write: at.engine.last_write(at.rows.index, output, slot),
            ttl: feature.ttl,
            formula: formula::formula(at, output, slot),
            settings: settings::settings(plan, document, text, declared.feature),
            sides: Vec::new(),
            upcoming: None,
        };
        let sides = sides.collect();
        let (events, as_of) = (at.events(), at.as_of);
        Self { of: (output, slot), events, as_of, told, sides, side: 0, upcoming: None }
    }

    /// Whether the engine still stands where the value was read.
    fn stands(&self, at: Position<'_>) -> bool {
        (at.events(), at.as_of) == (self.events, self.as_of)
    }

    /// The bytes that are held.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.sides.iter().map(SideTask::bytes).sum()
    }

    fn finish(&mut self) -> Explanation {
        let sides = std::mem::take(&mut self.sides).into_iter();
        let sides = sides.map(SideTask::into_side).collect();
        let upcoming = self.upcoming.take().map(Upcoming::into_changes);
        Explanation { sides, upcoming, ..self.told.clone() }
    }
}

impl Task for ExplainTask {
    /// The same plan, events and keys in each step; the engine may stand elsewhere.
    type Context<'c> = Position<'c>;
    type Output = Explanation;

    fn step(&mut self, at: Position<'_>, deadline: &Deadline) -> Step<Explanation> {
        while let Some(side) = self.sides.get_mut(self.side) {
            if !side.step(at.rows, deadline) {
                return Step::Pending((self.side as f32 + side.done()) / self.sides.len() as f32);
            }
            self.side += 1;
        }
        if self.stands(at) {
            let sides = &self.sides;
            let upcoming = self.upcoming.get_or_insert_with(|| Upcoming::new(at, self.of, sides));
            if !upcoming.step(at, deadline) {
                return Step::Pending(1.0);
            }
        } else {
            self.upcoming = None;
        }
        Step::Done(self.finish())
    }
}

fn served(at: Position<'_>, output: OutputId, slot: u32, live: &Reading) -> Option<Served> {
    let refresh = at.plan().features[at.plan().outputs[output.0].feature.0].refresh;
    if !refresh.is_positive() {
        return None;
    }
    let value = match live {
        Reading::NeverSeen | Reading::Expired => None,
        _ => at.engine.value(at.rows.index, output, At::Slot(slot), at.as_of, Freshness::Served),
    };
    let age = at.engine.served_age(output, slot, at.as_of);
    let refreshed = age.map(|age| Timestamp(at.as_of.0 - age.0));
    Some(Served { value, refreshed, refresh })
}
