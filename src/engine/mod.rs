//! The engine: turns a plan and a tape into values as of a moment.
//!
//! An [`Engine`] is the state of a plan after some prefix of the tape: one [`StateTable`] per
//! state, the served values of features with a `refresh`, the [`Position`] on the tape, and
//! tallies. A [`KeyIndex`] maps every row to the slots of its keys. Applying the same rows yields
//! the same states, bit for bit, whatever the batch size, partitioning or checkpoint it started
//! from.
//!
//! * `program`: the plan, compiled ([`PhysicalPlan`]); filters; projection and predicate pushdown.
//! * `keys`: rows to slots.
//! * `apply`: rows to states, a batch at a time.
//! * `read`: states to values; the only read path.
//! * `checkpoint`: copies of states along the tape, and the undo log of single events.
//! * `backfill`: states that a new plan adds; partitions; migration between plans.
//! * `persist`: states to store records and back.
//! * `compare`: the values of two plans.
//!
//! The engine knows event time only. It must not know configs, spans, threads, files or the wall
//! clock.

mod apply;
mod backfill;
mod checkpoint;
mod compare;
mod keys;
mod persist;
mod position;
mod program;
#[cfg(test)]
mod random;
mod read;

use std::fmt;
use std::sync::Arc;

use crate::aggregate::StateTable;
use crate::base::{Kinds, TextList, Timestamp};
use crate::plan::{InputId, OutputId, Plan, StateId};
use crate::tape::Tape;

pub use backfill::migration::{DropQueue, Migration, MissingStates};
pub use backfill::partition::Partition;
pub use backfill::{Applier, BackfillEngine, Collector};
pub use checkpoint::change::{RecordedEvent, ValueChange};
pub use checkpoint::copy::{CopyTask, TooLarge};
pub use checkpoint::undo_record::Undo;
pub use checkpoint::{Checkpoints, Limits};
pub use compare::{Comparison, MOST_COMPARED, PlanDiff, Side, ValueMove};
pub use keys::KeyIndex;
pub use keys::codec::{read_index, write_index};
pub use keys::postings::{Postings, RowsOf};
pub use keys::row_slots::RowSlots;
pub use persist::format::StoreHeader;
pub use persist::reader::{RestoreTask, RestoredEngine};
pub use persist::writer::{BatchBuilder, IncrementalWriter};
pub use position::{InputTally, Position, Tallies};
pub use program::PhysicalPlan;
pub use program::input_counts::{InputCount, InputCounter, Unlike, is_always_text};
pub use program::input_rows::{InputRows, TakenTypes};
pub use program::key_spread::{KeySpread, KeySpreads};
pub use program::not_counted::{NotCounted, rejection};
pub use program::pushdown::{covers, demand, required_columns};
pub use read::changes::nth_change;
pub use read::history::History;
pub use read::history_pieces::{Piece, pieces_until, span};
pub use read::history_task::HistoryTask;
pub use read::point_in_time::PointInTimeReader;
pub use read::term_rows::TermRows;
pub use read::visited::{CountedRows, OtherType, Visited};
pub use read::{At, Freshness};

use apply::served::Served;
use read::list::CELLS;

/// The states of a plan at one position of the replay.
pub struct Engine {
    plan: Arc<Plan>,
    program: Arc<PhysicalPlan>,
    /// A table per state; `None` for states that this engine does not hold.
    tables: Vec<Option<Box<dyn StateTable>>>,
    /// Served values per feature with a refresh; features that serve the same share those of the
    /// first.
    served: Vec<Option<Served>>,
    position: Position,
    tallies: Tallies,
    /// Per input, the kinds of the values that it did not take, of the rows applied by this engine.
    refused: Vec<Kinds>,
    scratch: apply::Scratch,
}

/// The value of an output.
#[derive(Clone, Debug, PartialEq)]
pub enum OutputValue {
    /// A number; zero is a number.
    Number(f64),
    /// The most frequent values.
    List(TextList),
}

impl fmt::Display for OutputValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Number(number) => number.fmt(f),
            Self::List(list) => list.fmt(f),
        }
    }
}

/// The reading of a key: a value, or the reason why there is none.
#[derive(Clone, Debug, PartialEq)]
pub enum Reading {
    /// A number; zero is a number.
    Value(f64),
    /// A list of the most frequent values.
    List(TextList),
    /// The key was written, but there is no value: no divisor, nothing to average.
    NoData,
    /// The key was written, but its time to live has passed.
    Expired,
    /// No event of the feature has had this key.
    NeverSeen,
}

impl From<OutputValue> for Reading {
    fn from(value: OutputValue) -> Self {
        match value {
            OutputValue::Number(number) => Self::Value(number),
            OutputValue::List(list) => Self::List(list),
        }
    }
}

impl Reading {
    /// The number, if it is one.
    #[must_use]
    pub const fn number(&self) -> Option<f64> {
        match self {
            Self::Value(number) => Some(*number),
            Self::List(_) | Self::NoData | Self::Expired | Self::NeverSeen => None,
        }
    }

    /// True if there is a value.
    #[must_use]
    pub const fn is_value(&self) -> bool {
        matches!(self, Self::Value(_) | Self::List(_))
    }
}

impl Engine {
    /// An engine at the first event.
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
            refused: vec![Kinds::default(); tallies.inputs.len()],
            tallies,
            scratch: apply::Scratch::default(),
        }
    }

    /// An independent copy.
    #[must_use]
    pub fn copy(&self) -> Self {
        Self {
            plan: Arc::clone(&self.plan),
            program: Arc::clone(&self.program),
            tables: self.tables.iter().map(|table| table.as_ref().map(|t| t.copy())).collect(),
            served: self.served.clone(),
            position: self.position,
            tallies: self.tallies.clone(),
            refused: self.refused.clone(),
            scratch: apply::Scratch::default(),
        }
    }

    /// The plan that the engine follows.
    #[must_use]
    pub const fn plan(&self) -> &Arc<Plan> {
        &self.plan
    }

    /// The position on the tape.
    #[must_use]
    pub const fn position(&self) -> Position {
        self.position
    }

    /// The clock: the newest event time applied.
    #[must_use]
    pub fn clock(&self) -> Option<Timestamp> {
        (self.position.clock != i64::MIN).then_some(Timestamp(self.position.clock))
    }

    /// The tallies of the rows applied so far.
    #[must_use]
    pub const fn tallies(&self) -> &Tallies {
        &self.tallies
    }

    /// The kinds of the values that an input did not take, of the rows applied by this engine;
    /// [`is_always_text`] judges them.
    #[must_use]
    pub fn refused(&self, input: InputId) -> Kinds {
        self.refused[input.0]
    }

    /// The bytes of memory that states and served values hold.
    #[must_use]
    pub fn bytes(&self) -> usize {
        let tables: usize = self.tables.iter().flatten().map(|table| table.bytes()).sum();
        let served: usize = self.served.iter().flatten().map(Served::bytes).sum();
        tables + served
    }

    /// Whether a state was never written.
    #[must_use]
    pub fn is_empty(&self, state: StateId) -> bool {
        let table = self.tables[state.0].as_ref();
        table.is_some_and(|it| (0..it.slots() as u32).all(|slot| it.last_write(slot).is_none()))
    }

    /// The bytes of memory that a state holds, and the number of keys ever written to it.
    #[must_use]
    pub fn held(&self, state: StateId) -> (usize, usize) {
        let Some(table) = &self.tables[state.0] else { return (0, 0) };
        let keys = (0..table.slots() as u32).filter(|slot| table.last_write(*slot).is_some());
        (table.bytes(), keys.count())
    }

    /// Advances to just before a row, for a point-in-time read: applies all earlier rows and
    /// returns the clock including the row's own time.
    pub fn advance_before(&mut self, tape: &Tape, index: &KeyIndex, row: usize) -> Timestamp {
        self.apply_rows(tape, index, row);
        Timestamp(self.position.clock.max(tape.time(row)))
    }

    /// Rebases the position after tape and index have dropped the applied rows: events and rows
    /// count from 0 again, states and clock stay.
    pub const fn rebase(&mut self) {
        self.position.events = 0;
        self.position.rows = 0;
    }
}

/// The distinct states that an output is read from, global sides and divided outputs included.
#[must_use]
pub fn states_of(plan: &Plan, output: OutputId) -> Vec<StateId> {
    program::terms(plan, output).into_iter().map(|(term, _)| term.state).collect()
}

/// The empty served values of a feature; `None` if it has no refresh, or shares those of another
/// feature.
fn new_served(plan: &Plan, program: &PhysicalPlan, feature: usize) -> Option<Served> {
    let declared = &plan.features[feature];
    // The outputs of a feature are all numbers, or lists of as many values.
    let most = plan.most_listed(OutputId(declared.outputs.start));
    let width = most.map_or(1, |most| CELLS * most as usize);
    (declared.refresh.is_positive() && program.keeps_served(feature))
        .then(|| Served::new(declared.refresh.0, declared.ttl.0, declared.outputs.len(), width))
}

fn new_served_all(plan: &Plan, program: &PhysicalPlan) -> Vec<Option<Served>> {
    (0..plan.features.len()).map(|feature| new_served(plan, program, feature)).collect()
}
