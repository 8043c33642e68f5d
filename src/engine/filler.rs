//! An engine that fills states that another one misses, from the first event on. Since nobody
//! reads them on the way it takes many more rows at a time than a replay does, in two stages: it
//! gathers samples, and when there are enough of them adds them state by state. It must not know
//! who misses the states.

use std::sync::Arc;

use crate::plan::{OutputId, Plan};
use crate::tape::Tape;

use super::bulk::Bulk;
use super::index::Index;
use super::program::terms;
use super::reload::Missing;
use super::{Engine, Program, new_served, program};

/// States on their way to an event.
pub struct Filler {
    engine: Engine,
    bulk: Bulk,
    /// Whether what is gathered is being added.
    adds: bool,
}

impl Filler {
    /// Before the first event; it fills what is missing, and what that needs.
    #[must_use]
    pub fn new(plan: &Arc<Plan>, missing: &Missing) -> Self {
        let mut wanted = vec![false; plan.states.len()];
        for state in &missing.states {
            wanted[state.0] = true;
        }
        for feature in &missing.served {
            for output in plan.features[feature.0].outputs.clone() {
                for (term, _) in terms(plan, OutputId(output)) {
                    wanted[term.state.0] = true;
                }
            }
        }
        let tables = program::tables(plan)
            .into_iter()
            .zip(&wanted)
            .map(|(table, wanted)| wanted.then_some(table));
        let program = Arc::new(Program::new(plan));
        let mut served = vec![None; plan.features.len()];
        for feature in &missing.served {
            served[feature.0] = new_served(plan, &program, feature.0);
        }
        let engine = Engine::with(Arc::clone(plan), program, tables.collect(), served);
        Self { engine, bulk: Bulk::default(), adds: false }
    }

    /// How many events were looked at.
    #[must_use]
    pub const fn events(&self) -> usize {
        self.engine.position.events
    }

    /// Whether samples wait to be added: until then its states are those of no event.
    #[must_use]
    pub fn is_behind(&self) -> bool {
        self.adds || !self.bulk.is_empty()
    }

    /// Whether there are enough samples to [add](Self::add) them.
    #[must_use]
    pub const fn is_full(&self) -> bool {
        self.adds
    }

    /// Looks at the events until `events` of them are looked at, and gathers what they bring.
    pub fn gather(&mut self, tape: &Tape, index: &Index, events: usize) {
        self.engine.gather(tape, index, events, &mut self.bulk);
        self.adds = self.bulk.is_enough();
    }

    /// Adds a piece of what was gathered. Returns whether there is more.
    pub fn add(&mut self) -> bool {
        let Self { engine, bulk, .. } = self;
        let position = engine.position.events;
        self.adds = bulk.add_piece(|input, number, samples, range| {
            let Some(state) = engine.program.states[input.0].get(number) else { return false };
            if let Some(table) = &mut engine.tables[state.0] {
                table.add_sorted(samples, range, position);
            }
            true
        });
        self.adds
    }

    /// The engine, with its states true at the events that were looked at; it must not be
    /// [behind](Self::is_behind).
    #[must_use]
    pub const fn engine(&self) -> &Engine {
        &self.engine
    }

    /// The bytes of memory that states and what waits for them hold.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.engine.bytes() + self.bulk.bytes()
    }

    /// The engine, as it is.
    #[must_use]
    pub fn into_engine(self) -> Engine {
        self.engine
    }
}
