//! Plan and events become values as of a moment: apply, read, observe, travel, reload, persist.
//! It must not know configs, spans, threads, files or the wall clock.
//!
//! An [`KeyIndex`] knows the keys of a plan's scopes on a tape; an [`Engine`] holds the states at
//! one moment of the replay. Applying the same rows gives the same states, bit for bit, however
//! the way there was divided.

mod apply;
mod backfill;
mod checkpoint;
mod keys;
mod persist;
mod position;
mod program;
mod read;

use std::sync::Arc;

use crate::aggregate::StateTable;
use crate::base::{Millis, Timestamp};
use crate::plan::{FeatureId, InputId, OutputId, Plan, Read, ScopeId, StateId, Term};
use crate::tape::Tape;

pub use backfill::migration::{DropQueue, Migration, MissingStates};
pub use backfill::partition::Partition;
pub use backfill::{Applier, BackfillEngine, Collector};
pub use checkpoint::change::{RecordedEvent, ValueChange};
pub use checkpoint::copy::{CopyTask, Progress};
pub use checkpoint::undo::Undo;
pub use checkpoint::{Checkpoints, Limits};
pub use keys::KeyIndex;
pub use keys::codec::{read_index, write_index};
pub use keys::postings::{Postings, RowsOf};
pub use keys::slots::RowSlots;
pub use persist::format::StoreHeader;
pub use persist::reader::{RestoreTask, RestoredEngine};
pub use persist::writer::{BatchBuilder, IncrementalWriter};
pub use position::{InputTally, Position, Tallies};
pub use program::PhysicalPlan;
pub use program::input_rows::{Counting, InputCount, Loss, Unlike, input_number};
pub use program::pushdown::{demand, serves, uses};
pub use read::At;
pub use read::changes::changed_at;
pub use read::history::{History, prepare_history};
pub use read::pieces::{Piece, span};
pub use read::point_in_time::PointInTimeReader;

use apply::served::Served;
use read::Reader;

/// The states of a plan at one moment of the replay.
pub struct Engine {
    plan: Arc<Plan>,
    program: Arc<PhysicalPlan>,
    /// A table for each state; `None` for states that this engine leaves out.
    tables: Vec<Option<Box<dyn StateTable>>>,
    /// What is served, for each feature with a refresh; of those that serve the same for the
    /// first.
    served: Vec<Option<Served>>,
    position: Position,
    tallies: Tallies,
    scratch: apply::Scratch,
}

/// What is read for a key: a number, or one of the ways in which there is none.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Reading {
    /// A number; zero is a number.
    Value(f64),
    /// The key was written, but there is no value: no divisor, nothing to average.
    NoData,
    /// The key was written once, and its time to live has passed.
    Expired,
    /// No event of the feature has had this key.
    NeverSeen,
}

impl Reading {
    /// The number, if it is one.
    #[must_use]
    pub const fn number(self) -> Option<f64> {
        match self {
            Self::Value(number) => Some(number),
            Self::NoData | Self::Expired | Self::NeverSeen => None,
        }
    }
}

impl Engine {
    /// An engine before the first event.
    #[must_use]
    pub fn new(plan: Arc<Plan>) -> Self {
        let program = Arc::new(PhysicalPlan::new(&plan));
        let tables = program::tables(&plan).into_iter().map(Some).collect();
        let served = new_served_all(&plan, &program);
        Self::with(plan, program, tables, served)
    }

    fn with(
        plan: Arc<Plan>,
        program: Arc<PhysicalPlan>,
        tables: Vec<Option<Box<dyn StateTable>>>,
        served: Vec<Option<Served>>,
    ) -> Self {
        let tallies = Tallies {
            inputs: vec![InputTally::default(); plan.inputs.len()],
            ..Tallies::default()
        };
        let position = Position { events: 0, rows: 0, clock: i64::MIN };
        Self {
            plan,
            program,
            tables,
            served,
            position,
            tallies,
            scratch: apply::Scratch::default(),
        }
    }

    /// A copy that goes on from here independently.
    #[must_use]
    pub fn copy(&self) -> Self {
        Self {
            plan: Arc::clone(&self.plan),
            program: Arc::clone(&self.program),
            tables: self.tables.iter().map(|table| table.as_ref().map(|t| t.copy())).collect(),
            served: self.served.clone(),
            position: self.position,
            tallies: self.tallies.clone(),
            scratch: apply::Scratch::default(),
        }
    }

    /// The plan it follows.
    #[must_use]
    pub const fn plan(&self) -> &Arc<Plan> {
        &self.plan
    }

    /// Where it stands.
    #[must_use]
    pub const fn position(&self) -> Position {
        self.position
    }

    /// The newest event time applied.
    #[must_use]
    pub fn clock(&self) -> Option<Timestamp> {
        (self.position.clock != i64::MIN).then_some(Timestamp(self.position.clock))
    }

    /// What became of the rows applied so far.
    #[must_use]
    pub const fn tallies(&self) -> &Tallies {
        &self.tallies
    }

    /// The bytes of memory that the states hold.
    #[must_use]
    pub fn bytes(&self) -> usize {
        let tables: usize = self.tables.iter().flatten().map(|table| table.bytes()).sum();
        let served: usize = self.served.iter().flatten().map(Served::bytes).sum();
        tables + served
    }

    /// The bytes of memory that a state holds, and the keys that were ever written to it.
    #[must_use]
    pub fn held(&self, state: StateId) -> (usize, usize) {
        let Some(table) = &self.tables[state.0] else { return (0, 0) };
        let keys = (0..table.slots() as u32).filter(|slot| table.last_write(*slot).is_some());
        (table.bytes(), keys.count())
    }

    fn reader<'r>(&'r self, index: &'r KeyIndex, as_of: Timestamp) -> Reader<'r> {
        Reader { plan: &self.plan, index, tables: &self.tables, as_of: as_of.0 }
    }

    /// The live value of an output as of a moment at or after the clock; `None` where there is
    /// none, or where a row lacks an attribute of the key.
    #[must_use]
    pub fn live(
        &self,
        index: &KeyIndex,
        output: OutputId,
        at: At,
        as_of: Timestamp,
    ) -> Option<f64> {
        self.reader(index, as_of).output(output, at)
    }

    /// What a store that follows the feature's `refresh` would answer.
    #[must_use]
    pub fn served(
        &self,
        index: &KeyIndex,
        output: OutputId,
        at: At,
        as_of: Timestamp,
    ) -> Option<f64> {
        let feature = self.plan.outputs[output.0].feature;
        let Some(served) = &self.served[self.program.serves[feature.0].0] else {
            return self.live(index, output, at, as_of);
        };
        let scope = self.plan.features[feature.0].scope;
        let slot = match at {
            At::Slot(slot) => slot,
            At::Row(row) => index.slot(scope, row)?,
        };
        match served.read(slot, self.number_in_feature(output), as_of.0) {
            Some((value, _)) => value,
            None => self.over_nothing(index, output, as_of),
        }
    }

    /// How long ago, in event time, the served value of a key was refreshed; `None` where served
    /// is live, or nothing is served.
    #[must_use]
    pub fn served_age(&self, output: OutputId, slot: u32, as_of: Timestamp) -> Option<Millis> {
        let feature = self.plan.outputs[output.0].feature;
        let served = self.served[self.program.serves[feature.0].0].as_ref()?;
        let (_, refreshed) = served.read(slot, self.number_in_feature(output), as_of.0)?;
        Some(as_of.since(Timestamp(refreshed)))
    }

    fn number_in_feature(&self, output: OutputId) -> usize {
        output.0 - self.plan.features[self.plan.outputs[output.0].feature.0].outputs.start
    }

    /// The value that an output has where no event was counted, global sides apart.
    fn over_nothing(&self, index: &KeyIndex, output: OutputId, as_of: Timestamp) -> Option<f64> {
        self.live(index, output, At::Slot(u32::MAX), as_of)
    }

    /// What is known of an output at a key.
    #[must_use]
    pub fn reading(
        &self,
        index: &KeyIndex,
        output: OutputId,
        slot: u32,
        as_of: Timestamp,
    ) -> Reading {
        let Some(last_write) = self.last_write(index, output, slot) else {
            return Reading::NeverSeen;
        };
        if as_of.since(last_write) >= self.plan.features[self.plan.outputs[output.0].feature.0].ttl
        {
            return Reading::Expired;
        }
        match self.live(index, output, At::Slot(slot), as_of) {
            Some(value) => Reading::Value(value),
            None => Reading::NoData,
        }
    }

    /// The clock at the last write to an output's state at a key; of a quotient's sides the
    /// later. `None` where there was none.
    #[must_use]
    pub fn last_write(&self, index: &KeyIndex, output: OutputId, slot: u32) -> Option<Timestamp> {
        let own = self.plan.scope_of(output);
        let reader = self.reader(index, Timestamp(self.position.clock));
        self.program.terms[output.0]
            .iter()
            .filter(|(_, global)| !global)
            .filter_map(|(term, _)| reader.last_write(term, own, At::Slot(slot)))
            .max()
            .map(Timestamp)
    }

    /// Goes to just before a row, so that a data set can be read there: all earlier rows are
    /// applied, and the clock has taken the row's time in. Returns the moment of reading.
    pub fn advance_before(&mut self, tape: &Tape, index: &KeyIndex, row: usize) -> Timestamp {
        self.apply_rows(tape, index, row);
        Timestamp(self.position.clock.max(tape.time(row)))
    }

    /// Follows a tape and an index that have forgotten the rows that are applied: events and rows
    /// are counted from 0 again, states and clock go on.
    pub const fn pass(&mut self) {
        self.position.events = 0;
        self.position.rows = 0;
    }

    /// Whether an output has a write at a full key: in its state; for a quotient in a side that
    /// has the full key, in whatever order.
    #[must_use]
    pub fn is_written(&self, index: &KeyIndex, output: OutputId, slot: u32) -> bool {
        let own = self.plan.scope_of(output);
        let width = |scope: ScopeId| self.plan.scopes[scope.0].attributes.len();
        match &self.plan.outputs[output.0].read {
            Read::State(term) => self.table_written(term.state, slot),
            Read::Quotient(quotient) => [quotient.top, quotient.bottom].into_iter().any(|side| {
                // A side's attributes are among the quotient's: as many are all of them.
                let scope = program::operand_scope(&self.plan, side, own);
                if width(scope) != width(own) {
                    return false;
                }
                let Some(slot) = index.project(own, slot, scope) else { return false };
                match side {
                    crate::plan::Operand::Term(term) => self.table_written(term.state, slot),
                    crate::plan::Operand::Output(output) => self.is_written(index, output, slot),
                }
            }),
        }
    }

    /// The value of a single state over a window, and whether the state was ever written there.
    #[must_use]
    pub fn term(
        &self,
        index: &KeyIndex,
        term: &Term,
        own: ScopeId,
        at: At,
        as_of: Timestamp,
    ) -> (Option<f64>, bool) {
        let reader = self.reader(index, as_of);
        (reader.term(term, own, at), reader.last_write(term, own, at).is_some())
    }

    /// Calls `visit` with the start and value of each bucket that a living key's state holds.
    pub fn buckets(
        &self,
        index: &KeyIndex,
        term: &Term,
        own: ScopeId,
        at: At,
        as_of: Timestamp,
        visit: &mut dyn FnMut(i64, f64),
    ) {
        let reader = self.reader(index, as_of);
        let alive = reader
            .last_write(term, own, at)
            .is_some_and(|write| as_of.0 - write < self.plan.states[term.state.0].ttl.0);
        if let (true, Some(slot), Some(table)) =
            (alive, reader.term_slot(term, own, at), reader.table(term))
        {
            table.buckets(slot, visit);
        }
    }

    /// The features that read a state, in the config's order.
    #[must_use]
    pub fn readers(&self, state: StateId) -> &[FeatureId] {
        &self.program.readers[state.0]
    }

    fn table_written(&self, state: StateId, slot: u32) -> bool {
        self.tables[state.0].as_ref().is_some_and(|table| table.last_write(slot).is_some())
    }
}

/// The distinct states that an output is read from, global sides and divided outputs included.
#[must_use]
pub fn states_of(plan: &Plan, output: OutputId) -> Vec<StateId> {
    program::terms(plan, output).into_iter().map(|(term, _)| term.state).collect()
}

/// What a feature serves before the first event; `None` where served is live, or where another
/// feature serves the same.
fn new_served(plan: &Plan, program: &PhysicalPlan, feature: usize) -> Option<Served> {
    let declared = &plan.features[feature];
    (declared.refresh.is_positive() && program.serves_own(feature))
        .then(|| Served::new(declared.refresh.0, declared.ttl.0, declared.outputs.len()))
}

fn new_served_all(plan: &Plan, program: &PhysicalPlan) -> Vec<Option<Served>> {
    (0..plan.features.len()).map(|feature| new_served(plan, program, feature)).collect()
}
