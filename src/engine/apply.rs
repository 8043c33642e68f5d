//! Applying rows, a batch at a time: the clock, the rows that each input looks at, their samples,
//! and these into one state after the other. What is served is refreshed in `lockstep`. Nothing
//! is allocated for an event; the scratch lists keep their room from batch to batch.

use std::ops::Range;

use crate::aggregate::Sample;
use crate::base::Value;
use crate::plan::InputId;
use crate::tape::{RowKind, Tape};

use super::index::Index;
use super::lockstep::Lockstep;
use super::select::Select;
use super::{Engine, InputTally};

/// How many rows are applied at a time.
const BATCH: usize = 2048;

/// Room for a batch's intermediate lists.
#[derive(Debug, Default)]
pub(super) struct Scratch {
    /// For each set of types of the program, whether an input with a state here takes it.
    used: Vec<bool>,
    select: Select,
    /// The clock after each row of the batch.
    clocks: Vec<i64>,
    samples: Vec<(u32, Sample)>,
    lockstep: Lockstep,
}

/// The tape, its index and a batch of its rows.
#[derive(Clone, Copy)]
pub(super) struct Batch<'t> {
    pub(super) tape: &'t Tape,
    pub(super) index: &'t Index,
    /// The first row.
    pub(super) first: usize,
    /// The cursor after the batch.
    pub(super) position: usize,
}

impl Engine {
    /// Applies events until `events` of them are applied; none if that many already are.
    pub fn apply(&mut self, tape: &Tape, index: &Index, events: usize) {
        let events = events.min(tape.events());
        if events > self.position.events {
            self.apply_rows(tape, index, tape.end_row(events));
            self.position.events = events;
        }
    }

    /// Applies rows until `rows` of them are applied. What is read afterwards is in the middle of
    /// an event if that many rows do not end one.
    pub(super) fn apply_rows(&mut self, tape: &Tape, index: &Index, rows: usize) {
        while self.position.rows < rows {
            let first = self.position.rows;
            let stop = rows.min(first + BATCH);
            let position = tape.row_event(stop - 1) + 1;
            self.apply_batch(Batch { tape, index, first, position }, first..stop);
            self.position.rows = stop;
            self.position.events = position;
        }
    }

    fn apply_batch(&mut self, batch: Batch<'_>, rows: Range<usize>) {
        let mut scratch = std::mem::take(&mut self.scratch);
        self.advance(batch.tape, rows.clone(), &mut scratch.clocks);
        if scratch.used.is_empty() {
            scratch.used = self.used_sets();
        }
        let program = std::sync::Arc::clone(&self.program);
        let Scratch { used, select, clocks, samples, lockstep } = &mut scratch;
        select.begin(&program, used, batch.tape, &batch.tape.type_ids()[rows]);
        for (number, selection) in program.selections.iter().enumerate() {
            if !used[selection.set] {
                continue;
            }
            let rows =
                select.rows(&program, &self.plan, batch.tape, batch.index, number, batch.first);
            if rows.is_empty() {
                continue;
            }
            for input in &selection.inputs {
                if !self.is_used(*input) {
                    continue;
                }
                if program.lockstep[input.0] {
                    let (rows_of, samples) = lockstep.lists(*input);
                    self.sample(batch, *input, rows, clocks, samples, Some(rows_of));
                    continue;
                }
                samples.clear();
                self.sample(batch, *input, rows, clocks, samples, None);
                self.add(*input, samples, batch.position);
            }
        }
        self.run_lockstep(batch, clocks, lockstep);
        self.scratch = scratch;
    }

    /// Moves the clock over the rows, and tallies them.
    fn advance(&mut self, tape: &Tape, rows: Range<usize>, clocks: &mut Vec<i64>) {
        let (times, kinds) = (&tape.times()[rows.clone()], &tape.kinds()[rows]);
        let mut clock = self.position.clock;
        let (mut late, mut impressions, mut counted) = (0, 0, 0);
        clocks.clear();
        clocks.extend(times.iter().zip(kinds).map(|(time, kind)| {
            let released = *kind == RowKind::Impression || *kind == RowKind::Listed;
            late += u64::from(*time < clock && !released);
            impressions += u64::from(*kind == RowKind::Impression);
            counted += u64::from(kind.is_counted());
            clock = clock.max(*time);
            clock
        }));
        self.position.clock = clock;
        self.tallies.late += late;
        self.tallies.impressions += impressions;
        self.tallies.applied += counted;
    }

    /// Whether an input has a state here: a filler leaves most of them out.
    fn is_used(&self, input: InputId) -> bool {
        self.program.states[input.0].iter().any(|state| self.tables[state.0].is_some())
    }

    fn used_sets(&self) -> Vec<bool> {
        let mut used = vec![false; self.program.sets.len()];
        for selection in &self.program.selections {
            used[selection.set] |= selection.inputs.iter().any(|input| self.is_used(*input));
        }
        used
    }

    /// Adds samples to the states of an input.
    pub(super) fn add(&mut self, input: InputId, samples: &[(u32, Sample)], position: usize) {
        if samples.is_empty() {
            return;
        }
        for state in &self.program.states[input.0] {
            if let Some(table) = &mut self.tables[state.0] {
                table.add(samples, position);
            }
        }
    }

    /// Appends what rows bring to an input, a sample for each of their keys; to `rows_of`, the
    /// row of each.
    fn sample(
        &mut self,
        batch: Batch<'_>,
        input: InputId,
        rows: &[u32],
        clocks: &[i64],
        samples: &mut Vec<(u32, Sample)>,
        mut rows_of: Option<&mut Vec<u32>>,
    ) {
        let declared = &self.plan.inputs[input.0];
        let InputTally { mut taken, mut no_key, mut no_value } = self.tallies.inputs[input.0];
        let times = &batch.tape.times()[batch.first..];
        let column = declared.value.map(|value| batch.tape.column(batch.index.column(value)));
        let values = column.map(|column| (column, &column.ids()[batch.first..]));
        let before = samples.len();
        for row in rows {
            let offset = *row as usize;
            let slots = batch.index.slots(declared.scope, batch.first + offset);
            if slots.is_empty() {
                no_key += 1;
                continue;
            }
            let value = match values {
                None => 1.0,
                Some((column, ids)) => {
                    let Some(value) = column.value(ids[offset]).and_then(Value::as_number) else {
                        no_value += 1;
                        continue;
                    };
                    value
                }
            };
            let sample = Sample { time: times[offset], clock: clocks[offset], value };
            for slot in slots {
                samples.push((if declared.rolled_up { 0 } else { *slot }, sample));
                if let Some(rows_of) = &mut rows_of {
                    rows_of.push(*row);
                }
            }
        }
        taken += (samples.len() - before) as u64;
        self.tallies.inputs[input.0] = InputTally { taken, no_key, no_value };
    }
}
