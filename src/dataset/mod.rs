//! Data sets: final values and point-in-time rows, and the formats in which they are written.

use std::sync::Arc;

use crate::base::quantity;
use crate::engine::demand;
use crate::engine::{Engine, KeyIndex};
use crate::log::{Detected, EventSource, LogError, Outcome};
use crate::plan::Plan;
use crate::tape::{Demand, Tape, TapeWriter};

mod cell;
mod footprint;
mod formats;
mod rows;
mod streaming_pass;
mod values;

pub use cell::{Cell, Column, Kind, Writer, tell_apart};
pub use footprint::{Footprint, Held, footprint};
pub use formats::{Content, FORMATS, Format, KeyForm, Table};
pub use rows::{DatasetRow, On, RowsOptions, Sink, key_attributes, replay_rows, rows};
pub use streaming_pass::{Limits, Log, Passed, Phases};
pub use values::{Emit, Replayed, ValueRow, replay, replay_counting, values};

/// The reason why a replay of a log has failed.
#[derive(Debug, thiserror::Error)]
pub enum PassError {
    /// The log cannot be read.
    #[error(transparent)]
    Log(#[from] LogError),
    /// It exceeds the memory limit.
    #[error("{} need more than the {} of memory that are allowed",
        if *.whole {"the events, which must all be put in order before the first is counted,"} else {"the keys and their states"},
        quantity::bytes(*.limit))]
    Memory {
        /// The limit in bytes.
        limit: u64,
        /// The bytes required when it stopped.
        needed: u64,
        /// True if the events were held as a whole.
        whole: bool,
    },
}

/// A loaded log, ready to be replayed under a plan.
pub struct Run {
    plan: Arc<Plan>,
    tape: Arc<Tape>,
    index: KeyIndex,
    detected: Option<Detected>,
    outcomes: Vec<Outcome>,
}

/// The demand of a run over `plan`; `on` selects rows, if any.
#[must_use]
pub fn wanted(plan: &Plan, on: Option<&On>) -> Demand {
    demand(plan, on == Some(&On::Ranking))
}

impl Run {
    /// Loads a log that was opened for `demand`. `progress` gets the fraction that is read, 0 to 1,
    /// after each batch.
    pub fn load(
        plan: Arc<Plan>,
        demand: Demand,
        mut source: impl EventSource,
        progress: &mut dyn FnMut(f64),
    ) -> Result<Self, LogError> {
        let mut tape = TapeWriter::new(demand);
        while let Some(batch) = source.next_batch()? {
            tape.extend(batch);
            let read = source.progress();
            progress(read.bytes as f64 / read.total_bytes.max(1) as f64);
        }
        tape.finish();
        let index = KeyIndex::new(&plan, &tape, None);
        let (detected, outcomes) = (source.detected(), source.outcomes());
        Ok(Self { plan, tape: tape.into_tape(), index, detected, outcomes })
    }

    /// The detected properties of the log; `None` if it has no events.
    #[must_use]
    pub const fn detected(&self) -> Option<&Detected> {
        self.detected.as_ref()
    }

    /// The outcome of each log.
    #[must_use]
    pub fn outcomes(&self) -> &[Outcome] {
        &self.outcomes
    }

    /// The plan.
    #[must_use]
    pub fn plan(&self) -> &Plan {
        &self.plan
    }

    /// The events.
    #[must_use]
    pub fn tape(&self) -> &Tape {
        &self.tape
    }

    /// The index of the keys.
    #[must_use]
    pub const fn index(&self) -> &KeyIndex {
        &self.index
    }

    /// The states after the last event.
    #[must_use]
    pub fn at_end(&self) -> Engine {
        let mut engine = self.engine();
        engine.apply(&self.tape, &self.index, self.tape.events());
        engine
    }

    fn engine(&self) -> Engine {
        Engine::new(Arc::clone(&self.plan))
    }
}
