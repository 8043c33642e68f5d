//! An engine that fills states that another one misses, from the first event on. Since nobody
//! reads them on the way it takes many more rows at a time than a replay does, in two stages: it
//! gathers samples, and when there are enough of them adds them state by state. What is gathered
//! next has nothing to do with what is being added. It must not know who misses the states.

pub(in crate::engine) mod migration;
pub(in crate::engine) mod partition;
pub(in crate::engine) mod sample_buffer;

use std::sync::Arc;

use crate::aggregate::StateTable;
use crate::plan::{OutputId, Plan, State, StateId};
use crate::tape::Tape;

use super::keys::KeyIndex;
use super::program::terms;
use super::{Engine, Partition, PhysicalPlan, new_served, program};
use migration::MissingStates;
use sample_buffer::SampleBuffer;

/// States on their way to an event.
pub struct BackfillEngine {
    /// It looks at the rows. Of the tables, it has those to which samples are added at once.
    engine: Engine,
    /// The others, by the number of their states.
    tables: Vec<Option<Box<dyn StateTable>>>,
    /// For each input, whether its samples are gathered.
    waiting: Vec<bool>,
    gathered: SampleBuffer,
    adding: SampleBuffer,
    /// How many events had been looked at when what is being added was gathered.
    position: usize,
}

/// The half of a filler that looks at events.
pub struct Collector<'f> {
    engine: &'f mut Engine,
    waiting: &'f [bool],
    bulk: &'f mut SampleBuffer,
}

/// The half of a filler that changes states.
pub struct Applier<'f> {
    program: Arc<PhysicalPlan>,
    tables: &'f mut [Option<Box<dyn StateTable>>],
    bulk: &'f mut SampleBuffer,
    position: usize,
}

impl BackfillEngine {
    /// Before the first event; it fills what is missing, and what that needs.
    #[must_use]
    pub fn new(plan: &Arc<Plan>, missing: &MissingStates) -> Self {
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
        let program = Arc::new(PhysicalPlan::new(plan));
        let mut served = vec![None; plan.features.len()];
        for feature in &missing.served {
            served[feature.0] = new_served(plan, &program, feature.0);
        }
        Self::over(Engine::with(Arc::clone(plan), program, tables.collect(), served))
    }

    /// Fillers that fill the same together, with the share of each, where nothing is filled yet.
    #[must_use]
    pub fn divide(self) -> Vec<(Self, Arc<Partition>)> {
        let engine = self.into_engine();
        let (plan, shares) = (Arc::clone(&engine.plan), engine.shares());
        engine.divide(&plan, &shares).into_iter().map(Self::over).zip(shares).collect()
    }

    fn over(mut engine: Engine) -> Self {
        engine.mark_used_inputs();
        Self {
            waiting: engine.to_gather(),
            engine,
            tables: Vec::new(),
            gathered: SampleBuffer::default(),
            adding: SampleBuffer::default(),
            position: 0,
        }
    }

    /// Adds what is gathered once there are so many samples of an input, instead of as many as pay.
    #[must_use]
    pub fn in_blocks_of(mut self, samples: usize) -> Self {
        self.gathered = SampleBuffer::until(samples);
        self.adding = SampleBuffer::until(samples);
        self
    }

    /// How many events were looked at.
    #[must_use]
    pub const fn events(&self) -> usize {
        self.engine.position.events
    }

    /// Its two halves.
    pub fn halves(&mut self) -> (Collector<'_>, Applier<'_>) {
        if self.tables.is_empty() {
            self.tables = self.engine.take_gathered(&self.waiting);
        }
        let Self { engine, tables, waiting, gathered, adding, position } = self;
        let program = Arc::clone(&engine.program);
        let adder = Applier { program, tables, bulk: adding, position: *position };
        (Collector { engine, waiting, bulk: gathered }, adder)
    }

    /// Hands what was gathered, and is in order, over to be added. All that was to be added before
    /// must be. Returns whether there was anything.
    pub fn turn(&mut self) -> bool {
        self.adding.begin_anew();
        std::mem::swap(&mut self.gathered, &mut self.adding);
        self.position = self.engine.position.events;
        !self.adding.is_empty()
    }

    /// The engine, with its states true at the events that were looked at, once nothing is left to
    /// be added.
    #[must_use]
    pub fn whole(&mut self) -> &Engine {
        self.put_back();
        &self.engine
    }

    /// The engine, and leaves one without states.
    #[must_use]
    pub fn take(&mut self) -> Engine {
        self.put_back();
        let without_state = self.engine.without_state();
        std::mem::replace(&mut self.engine, without_state)
    }

    /// Into how many shares it can be [divided](Self::divide).
    #[must_use]
    pub fn shares(&self) -> usize {
        self.engine.shares().len()
    }

    /// The bytes of memory that states and what waits for them hold.
    #[must_use]
    pub fn bytes(&self) -> usize {
        let tables: usize = self.tables.iter().flatten().map(|table| table.bytes()).sum();
        self.engine.bytes() + tables + self.gathered.bytes() + self.adding.bytes()
    }

    /// The engine, as it is.
    #[must_use]
    pub fn into_engine(mut self) -> Engine {
        self.put_back();
        self.engine
    }

    fn put_back(&mut self) {
        let tables = std::mem::take(&mut self.tables);
        for (place, table) in self.engine.tables.iter_mut().zip(tables) {
            if table.is_some() {
                *place = table;
            }
        }
    }
}

impl Collector<'_> {
    /// How many events were looked at.
    #[must_use]
    pub const fn events(&self) -> usize {
        self.engine.position.events
    }

    /// Whether there are so many samples that they should be added.
    #[must_use]
    pub fn is_full(&self) -> bool {
        self.bulk.is_enough()
    }

    /// Looks at the events until `events` of them are looked at, and gathers what they bring.
    pub fn gather(&mut self, tape: &Tape, index: &KeyIndex, events: usize) {
        self.engine.gather(tape, index, events, (self.bulk, self.waiting));
    }

    /// Whether what was gathered can be handed over.
    #[must_use]
    pub const fn is_ordered(&self) -> bool {
        self.bulk.is_ordered()
    }

    /// Puts a piece of what was gathered in order; no more may be gathered until it is handed over.
    pub fn order(&mut self) {
        self.bulk.order_piece();
    }
}

impl Applier<'_> {
    /// Whether all is added.
    #[must_use]
    pub fn is_done(&self) -> bool {
        self.bulk.is_empty()
    }

    /// Adds a piece.
    pub fn add(&mut self) {
        let Self { program, tables, bulk, position } = self;
        bulk.add_piece(|input, number, samples, range| {
            let Some(state) = program.states[input.0].get(number) else { return false };
            if let Some(table) = &mut tables[state.0] {
                table.add_sorted(samples, range, *position);
            }
            true
        });
    }
}

impl Engine {
    /// For each input, whether its samples had better be gathered: those of states that hold parts
    /// beside their cells, since others are as fast without. Where something served is read from a
    /// state, its samples cannot wait.
    fn to_gather(&self) -> Vec<bool> {
        let has_parts = |state: &StateId| {
            let table = self.tables[state.0].as_ref();
            table.is_some_and(|table| table.key_cost().part > 0)
        };
        let inputs = self.program.states.iter().zip(&self.program.lockstep);
        inputs.map(|(states, serves)| !serves && states.iter().any(has_parts)).collect()
    }

    /// Takes the tables of inputs that are gathered.
    fn take_gathered(&mut self, waiting: &[bool]) -> Vec<Option<Box<dyn StateTable>>> {
        let states = self.plan.states.iter().zip(&mut self.tables);
        let take =
            |(state, table): (&State, &mut Option<_>)| table.take_if(|_| waiting[state.input.0]);
        states.map(take).collect()
    }
}
