//! Backfill: computing the states that a new plan adds, from the first event on, beside the engine
//! that is shown.
//!
//! A saved config becomes a new plan over the same tape. In three steps:
//!
//! 1. **Migration** (`migration`). States whose identity is still wanted move to the new plan, in
//!    the engine and in every checkpoint. A state that is not wanted any more, but holds more of
//!    the past than a new one and otherwise means the same, is truncated to it. What remains is the
//!    set of [`MissingStates`].
//! 2. **Backfill** (this file). A [`BackfillEngine`] that holds nothing else scans the tape up to
//!    the cursor. Since nobody reads its states on the way, it takes far more rows at a time than a
//!    replay: a [`Collector`] buffers samples per input (`sample_buffer`), up to a quarter of a
//!    million of one input, sorted by slot; an [`Applier`] adds them slot by slot, so that a cell
//!    and its buckets are loaded once for all of a key's samples. The stages have a buffer each,
//!    which [`BackfillEngine::swap_buffers`] exchanges, so they can run on two threads. Inputs
//!    whose states are plain cells, or feed served values, are added to at once.
//! 3. **Install** ([`Engine::install`]). The missing states move into the engine. Checkpoints are
//!    completed later, in idle time or when a seek needs one
//!    ([`Checkpoints::backfill_from`](super::Checkpoints::backfill_from)).
//!
//! `partition` divides an engine's states by input, for a parallel seek and a parallel backfill: an
//! event's effect on a state depends on that state, its input and the clock only, so partitions are
//! replayed independently and merged, bit for bit.

pub(super) mod migration;
pub(super) mod partition;
pub(super) mod sample_buffer;

use std::sync::Arc;

use crate::aggregate::StateTable;
use crate::plan::{OutputId, Plan, State, StateId};
use crate::tape::Tape;

use super::keys::KeyIndex;
use super::program::terms;
use super::{Engine, Partition, PhysicalPlan, new_served, program};
use migration::MissingStates;
use sample_buffer::SampleBuffer;

/// An engine that holds only missing states, and fills them.
pub struct BackfillEngine {
    /// Scans the rows; holds the tables to which samples are added at once.
    engine: Engine,
    /// Per state, the tables whose samples are buffered.
    tables: Vec<Option<Box<dyn StateTable>>>,
    /// Per input, whether its samples are buffered.
    buffered: Vec<bool>,
    collected: SampleBuffer,
    applying: SampleBuffer,
    /// The position up to which the samples being applied were collected.
    position: usize,
}

/// The collecting stage: scans events and buffers samples.
pub struct Collector<'f> {
    engine: &'f mut Engine,
    buffered: &'f [bool],
    buffer: &'f mut SampleBuffer,
}

/// The applying stage: adds buffered samples to states.
pub struct Applier<'f> {
    program: Arc<PhysicalPlan>,
    tables: &'f mut [Option<Box<dyn StateTable>>],
    buffer: &'f mut SampleBuffer,
    position: usize,
}

impl BackfillEngine {
    /// A backfill of missing states at the first event, and of the states that missing served
    /// values are read from.
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

    /// Splits an engine that is still at the first event into one per [`Partition`].
    #[must_use]
    pub fn split(self) -> Vec<(Self, Arc<Partition>)> {
        let engine = self.into_engine();
        let (plan, partitions) = (Arc::clone(&engine.plan), engine.partitions());
        engine.split(&plan, &partitions).into_iter().map(Self::over).zip(partitions).collect()
    }

    fn over(mut engine: Engine) -> Self {
        engine.mark_used_inputs();
        Self {
            buffered: engine.inputs_to_buffer(),
            engine,
            tables: Vec::new(),
            collected: SampleBuffer::default(),
            applying: SampleBuffer::default(),
            position: 0,
        }
    }

    /// Sets the number of samples of one input at which they are applied.
    #[must_use]
    pub fn with_block_size(mut self, samples: usize) -> Self {
        self.collected = SampleBuffer::with_block_size(samples);
        self.applying = SampleBuffer::with_block_size(samples);
        self
    }

    /// The events scanned so far.
    #[must_use]
    pub const fn events(&self) -> usize {
        self.engine.position.events
    }

    /// The two stages, which share nothing.
    pub fn stages(&mut self) -> (Collector<'_>, Applier<'_>) {
        if self.tables.is_empty() {
            self.tables = self.engine.take_buffered(&self.buffered);
        }
        let Self { engine, tables, buffered, collected, applying, position } = self;
        let program = Arc::clone(&engine.program);
        let applier = Applier { program, tables, buffer: applying, position: *position };
        (Collector { engine, buffered, buffer: collected }, applier)
    }

    /// Hands the collected, sorted samples over to be applied. Everything handed over before must
    /// be applied. Returns whether there are any.
    pub fn swap_buffers(&mut self) -> bool {
        self.applying.reset();
        std::mem::swap(&mut self.collected, &mut self.applying);
        self.position = self.engine.position.events;
        !self.applying.is_empty()
    }

    /// The engine at the events scanned; requires that all samples are applied.
    #[must_use]
    pub fn engine(&mut self) -> &Engine {
        self.return_tables();
        &self.engine
    }

    /// Takes the engine out, leaving one without state.
    #[must_use]
    pub fn take(&mut self) -> Engine {
        self.return_tables();
        let without_state = self.engine.without_state();
        std::mem::replace(&mut self.engine, without_state)
    }

    /// The number of partitions into which it can be [split](Self::split).
    #[must_use]
    pub fn partitions(&self) -> usize {
        self.engine.partitions().len()
    }

    /// The bytes of memory that states and buffers hold.
    #[must_use]
    pub fn bytes(&self) -> usize {
        let tables: usize = self.tables.iter().flatten().map(|table| table.bytes()).sum();
        self.engine.bytes() + tables + self.collected.bytes() + self.applying.bytes()
    }

    /// The engine.
    #[must_use]
    pub fn into_engine(mut self) -> Engine {
        self.return_tables();
        self.engine
    }

    fn return_tables(&mut self) {
        let tables = std::mem::take(&mut self.tables);
        for (place, table) in self.engine.tables.iter_mut().zip(tables) {
            if table.is_some() {
                *place = table;
            }
        }
    }
}

impl Collector<'_> {
    /// The events scanned so far.
    #[must_use]
    pub const fn events(&self) -> usize {
        self.engine.position.events
    }

    /// True if there are enough samples to apply.
    #[must_use]
    pub fn is_full(&self) -> bool {
        self.buffer.is_full()
    }

    /// Collects the samples of events until `events` are scanned.
    pub fn collect(&mut self, tape: &Tape, index: &KeyIndex, events: usize) {
        self.engine.buffer_rows(tape, index, events, (self.buffer, self.buffered));
    }

    /// True if the collected samples are sorted and can be handed over.
    #[must_use]
    pub const fn is_sorted(&self) -> bool {
        self.buffer.is_sorted()
    }

    /// Sorts a piece of the collected samples; none may be collected until they are handed over.
    pub fn sort(&mut self) {
        self.buffer.sort_piece();
    }
}

impl Applier<'_> {
    /// True if all samples are applied.
    #[must_use]
    pub fn is_done(&self) -> bool {
        self.buffer.is_empty()
    }

    /// Applies a piece.
    pub fn add(&mut self) {
        let Self { program, tables, buffer, position } = self;
        buffer.add_piece(|input, number, samples, range| {
            let Some(state) = program.states[input.0].get(number) else { return false };
            if let Some(table) = &mut tables[state.0] {
                table.add_sorted(samples, range, *position);
            }
            true
        });
    }
}

impl Engine {
    /// Per input, whether buffering its samples pays: if a state of it holds parts beside its
    /// cells. Never where served values are read from its states.
    fn inputs_to_buffer(&self) -> Vec<bool> {
        let has_parts = |state: &StateId| {
            let table = self.tables[state.0].as_ref();
            table.is_some_and(|table| table.key_cost().part > 0)
        };
        let inputs = self.program.states.iter().zip(&self.program.refreshing);
        inputs.map(|(states, serves)| !serves && states.iter().any(has_parts)).collect()
    }

    /// Takes the tables of buffered inputs out of the engine.
    fn take_buffered(&mut self, buffered: &[bool]) -> Vec<Option<Box<dyn StateTable>>> {
        let states = self.plan.states.iter().zip(&mut self.tables);
        let take =
            |(state, table): (&State, &mut Option<_>)| table.take_if(|_| buffered[state.input.0]);
        states.map(take).collect()
    }
}
