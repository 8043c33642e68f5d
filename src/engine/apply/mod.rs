//! Applying rows, a batch at a time: the clock, the rows that each input looks at, their samples,
//! and these into one state after the other. What is served is refreshed in `lockstep`. Nothing
//! is allocated for an event; the scratch lists keep their room from batch to batch.

pub(in crate::engine) mod refresh;
pub(in crate::engine) mod scatter;
pub(in crate::engine) mod selection;
pub(in crate::engine) mod served;

use std::ops::Range;

use crate::aggregate::Sample;
use crate::base::Value;
use crate::plan::{InputId, StateId};
use crate::tape::{RowKind, Tape};

use super::backfill::sample_buffer::SampleBuffer;
use super::keys::KeyIndex;
use super::keys::dictionary::NONE;
use super::read::point_in_time::{PointInTimeReader, ReadPoint};
use super::{Engine, InputTally};
use refresh::RefreshQueue;
use scatter::ScatterBySegment;
use selection::Select;

/// How many rows are applied at a time.
const BATCH: usize = 131_072;

/// Room for a batch's intermediate lists.
#[derive(Debug, Default)]
pub(super) struct Scratch {
    /// For each input, whether it has a state here; a filler leaves most of them out.
    used_inputs: Vec<bool>,
    /// For each set of types of the program, whether such an input takes it.
    used: Vec<bool>,
    select: Select,
    /// The clock after each row of the batch.
    clocks: Vec<i64>,
    samples: Vec<(u32, Sample)>,
    /// The row of each sample, as an offset in the batch, where outputs are read along.
    sampled: Vec<u32>,
    lockstep: RefreshQueue,
    by_segment: ScatterBySegment,
}

/// The tape, its index and a batch of its rows.
#[derive(Clone, Copy)]
pub(super) struct Batch<'t> {
    pub(super) tape: &'t Tape,
    pub(super) index: &'t KeyIndex,
    /// The first row, and the one after the last.
    pub(super) first: usize,
    pub(super) stop: usize,
    /// The cursor after the batch.
    pub(super) position: usize,
}

/// What goes along with a batch.
enum BatchMode<'a> {
    Nothing,
    /// Outputs are read on the way.
    Read(&'a mut PointInTimeReader),
    /// Samples are not added but put by: of those inputs that are marked.
    Buffer(&'a mut SampleBuffer, &'a [bool]),
}

impl Engine {
    /// Applies events until `events` of them are applied; none if that many already are.
    pub fn apply(&mut self, tape: &Tape, index: &KeyIndex, events: usize) {
        let events = events.min(tape.events());
        if events > self.position.events {
            self.apply_rows(tape, index, tape.end_row(events));
            self.position.events = events;
        }
    }

    /// Looks at events until `events` of them are looked at. What they bring to the states of inputs
    /// that are `waiting` is put by, and still to be added; to others it is added.
    pub(super) fn gather(
        &mut self,
        tape: &Tape,
        index: &KeyIndex,
        events: usize,
        (bulk, waiting): (&mut SampleBuffer, &[bool]),
    ) {
        let events = events.min(tape.events());
        let rows = tape.end_row(events);
        while self.position.rows < rows {
            let first = self.position.rows;
            let stop = rows.min(first + BATCH).min(tape.together(first));
            let position = tape.row_event(stop - 1) + 1;
            let batch = Batch { tape, index, first, stop, position };
            self.apply_batch(batch, BatchMode::Buffer(bulk, waiting));
        }
        self.position.events = self.position.events.max(events);
    }

    /// Applies rows until `rows` of them are applied. What is read afterwards is in the middle of
    /// an event if that many rows do not end one.
    pub(super) fn apply_rows(&mut self, tape: &Tape, index: &KeyIndex, rows: usize) {
        while self.position.rows < rows {
            let first = self.position.rows;
            let stop = rows.min(first + BATCH).min(tape.together(first));
            let position = tape.row_event(stop - 1) + 1;
            self.apply_batch(Batch { tape, index, first, stop, position }, BatchMode::Nothing);
        }
    }

    /// Whether outputs can be read while rows are applied: not where a feature is served, since
    /// its states wait for the rows that refresh it.
    #[must_use]
    pub fn reads_along(&self) -> bool {
        !self.program.lockstep.contains(&true)
    }

    /// Applies all rows that the tape holds, and reads the outputs just before each of the rows
    /// `reads`, which ascend and are not yet applied. `emit` is given the row, and the number under
    /// which `moments` has its values. Stops at its first error and returns it. The engine must
    /// [read along](Self::reads_along).
    pub fn apply_reading<E>(
        &mut self,
        tape: &Tape,
        index: &KeyIndex,
        mut reads: &[usize],
        moments: &mut PointInTimeReader,
        mut emit: impl FnMut(usize, &PointInTimeReader, usize) -> Result<(), E>,
    ) -> Result<(), E> {
        while self.position.rows < tape.rows() {
            let first = self.position.rows;
            let stop = tape.rows().min(first + BATCH);
            let (now, later) = reads.split_at(reads.partition_point(|row| *row < stop));
            reads = later;
            let mut clock = self.position.clock;
            let mut seen = first;
            moments.begin(
                index,
                now.iter().map(|row| {
                    clock = tape.times(seen..=*row).iter().copied().fold(clock, i64::max);
                    seen = row + 1;
                    ReadPoint { row: *row, offset: (row - first) as u32, as_of: clock }
                }),
            );
            let position = tape.row_event(stop - 1) + 1;
            let batch = Batch { tape, index, first, stop, position };
            self.apply_batch(batch, BatchMode::Read(moments));
            for number in 0..moments.len() {
                emit(moments.row(number), moments, number)?;
            }
        }
        Ok(())
    }

    /// Applies a batch of rows.
    fn apply_batch(&mut self, batch: Batch<'_>, mut along: BatchMode<'_>) {
        let rows = batch.first..batch.stop;
        if self.scratch.used_inputs.is_empty() {
            self.mark_used_inputs();
        }
        let mut scratch = std::mem::take(&mut self.scratch);
        self.advance(batch.tape, rows.clone(), &mut scratch.clocks);
        let program = std::sync::Arc::clone(&self.program);
        let Scratch { used_inputs, used, select, clocks, samples, sampled, lockstep, by_segment } =
            &mut scratch;
        select.begin(&program, used, batch.tape, &batch.tape.type_ids(rows));
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
                if !used_inputs[input.0] {
                    continue;
                }
                if program.lockstep[input.0] {
                    let (rows_of, samples) = lockstep.lists(*input);
                    self.sample(batch, *input, rows, clocks, |slot, sample, row| {
                        samples.push((slot, sample));
                        rows_of.push(row);
                    });
                    continue;
                }
                samples.clear();
                match &mut along {
                    BatchMode::Read(moments) if !moments.is_empty() => {
                        sampled.clear();
                        self.sample(batch, *input, rows, clocks, |slot, sample, row| {
                            samples.push((slot, sample));
                            sampled.push(row);
                        });
                        for state in &program.states[input.0] {
                            self.add_and_read(*state, moments, samples, sampled, batch.position);
                        }
                    }
                    BatchMode::Buffer(bulk, waiting) if waiting[input.0] => {
                        let samples = bulk.of(*input);
                        self.sample(batch, *input, rows, clocks, |slot, sample, _| {
                            samples.push(slot, sample);
                        });
                    }
                    BatchMode::Nothing | BatchMode::Read(_) | BatchMode::Buffer(..) => {
                        samples.reserve(rows.len());
                        self.sample(batch, *input, rows, clocks, |slot, sample, _| {
                            samples.push((slot, sample));
                        });
                        let samples = by_segment.order(samples);
                        self.add(*input, samples, batch.position);
                    }
                }
            }
        }
        if let BatchMode::Read(moments) = along {
            for state in moments.waiting() {
                self.add_and_read(state, moments, &[], &[], batch.position);
            }
        }
        self.run_lockstep(batch, clocks, lockstep);
        self.scratch = scratch;
        self.position.rows = batch.stop;
        self.position.events = batch.position;
    }

    /// Adds samples to a state, and reads it at the moments between them.
    fn add_and_read(
        &mut self,
        state: StateId,
        moments: &mut PointInTimeReader,
        samples: &[(u32, Sample)],
        rows: &[u32],
        position: usize,
    ) {
        let input = &self.plan.inputs[self.plan.states[state.0].input.0];
        let scope = (!input.rolled_up).then_some(input.scope);
        if let Some(table) = &mut self.tables[state.0] {
            moments.pass(state, table.as_mut(), samples, rows, scope, position);
        }
    }

    /// Moves the clock over the rows, and tallies them.
    fn advance(&mut self, tape: &Tape, rows: Range<usize>, clocks: &mut Vec<i64>) {
        let (times, kinds) = (tape.times(rows.clone()), tape.kinds(rows));
        let mut clock = self.position.clock;
        clocks.clear();
        clocks.extend(times.iter().map(|time| {
            clock = clock.max(*time);
            clock
        }));
        self.position.clock = clock;
        let impressions = kinds.iter().filter(|kind| **kind == RowKind::Impression);
        self.tallies.impressions += impressions.count() as u64;
        self.tallies.applied += kinds.iter().filter(|kind| kind.is_counted()).count() as u64;
        // The clock is past a row's time exactly where it was so before.
        let rows = times.iter().zip(&*clocks).zip(kinds.iter());
        let late = rows.filter(|((time, clock), kind)| {
            time < clock && **kind != RowKind::Impression && **kind != RowKind::Listed
        });
        self.tallies.late += late.count() as u64;
    }

    /// Notes which inputs have states here.
    pub(super) fn mark_used_inputs(&mut self) {
        let has = |states: &Vec<StateId>| states.iter().any(|s| self.tables[s.0].is_some());
        let inputs: Vec<bool> = self.program.states.iter().map(has).collect();
        let mut used = vec![false; self.program.sets.len()];
        for selection in &self.program.selections {
            used[selection.set] |= selection.inputs.iter().any(|input| inputs[input.0]);
        }
        self.scratch.used_inputs = inputs;
        self.scratch.used = used;
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

    /// Calls `take` with what rows bring to an input, a sample for each of their keys, and its row.
    #[inline]
    fn sample(
        &mut self,
        batch: Batch<'_>,
        input: InputId,
        rows: &[u32],
        clocks: &[i64],
        mut take: impl FnMut(u32, Sample, u32),
    ) {
        let declared = &self.plan.inputs[input.0];
        let InputTally { mut taken, mut no_key, mut no_value } = self.tallies.inputs[input.0];
        let range = batch.first..batch.stop;
        let times = &*batch.tape.times(range.clone());
        let column = declared.value.map(|value| batch.tape.column(batch.index.column(value)));
        let values = column.map(|column| (column, column.ids(range.clone())));
        let values = values.as_ref().map(|(column, ids)| (*column, &**ids));
        let slots_of = batch.index.slots_of(declared.scope, range);
        let slots_of = slots_of.view();
        let single = slots_of.single();
        for row in rows {
            let offset = *row as usize;
            let slots = match single {
                Some(slots) if slots[offset] == NONE => &[],
                Some(slots) => std::slice::from_ref(&slots[offset]),
                None => slots_of.get(offset),
            };
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
            taken += slots.len() as u64;
            for slot in slots {
                take(if declared.rolled_up { 0 } else { *slot }, sample, *row);
            }
        }
        self.tallies.inputs[input.0] = InputTally { taken, no_key, no_value };
    }
}
