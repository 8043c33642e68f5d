//! Applying rows to states, a batch at a time.
//!
//! A batch of up to 131,072 rows runs through five stages, each a loop over columns:
//!
//! 1. **Clock.** The running maximum of the event times, per row; tallies.
//! 2. **Selection** (`program::selection`). Per distinct set of types a selection vector of row offsets,
//!    narrowed per filter. A row that no state takes costs one check of its type.
//! 3. **Samples.** Per input: slot, time, clock and value of each selected row.
//! 4. **Scatter** (`scatter`). Large batches of samples are radix-partitioned by segment, so that
//!    each segment is loaded once per batch. The order per key stays.
//! 5. **Add.** The samples of an input go into one state table after the other.
//!
//! A [`BatchMode`] replaces step 5 for other uses of the same loop: `ReadPoints` interleaves
//! point-in-time reads with the additions ([`PointInTimeReader`]), `Buffer` diverts samples to a
//! [`SampleBuffer`] (backfill).
//!
//! Features with a `refresh` are the exception to batching: a served value is the live value at its
//! refreshing write, so the states behind it must be current at exactly that row. The samples of
//! their inputs go to a [`RefreshQueue`] (`refresh`), which flushes them up to the row of each
//! refresh; clocks alone decide which write refreshes. `served` is the table of served values.
//!
//! Nothing is allocated per event: [`Scratch`] keeps its allocations from batch to batch.

mod batch;
mod refresh;
mod scatter;
pub(super) mod served;

use std::ops::Range;

use crate::aggregate::Sample;
use crate::base::Kinds;
use crate::plan::{InputId, StateId};
use crate::tape::{RowKind, Tape};

use super::backfill::sample_buffer::SampleBuffer;
use super::keys::KeyIndex;
use super::program::input_rows::{InputColumns, InputRows, Lacks};
use super::program::selection::SelectionVectors;
use super::read::point_in_time::{PointInTimeReader, ReadPoint};
use super::{Engine, InputTally};
use batch::Batch;
use refresh::RefreshQueue;
use scatter::ScatterBySegment;

/// The most rows of a batch.
const BATCH: usize = 131_072;

/// Intermediate lists of a batch, recycled.
#[derive(Debug, Default)]
pub(super) struct Scratch {
    /// Per input, whether this engine holds a state of it; a backfill engine holds few.
    used_inputs: Vec<bool>,
    /// Per set of types of the program, whether a used input takes it.
    used: Vec<bool>,
    select: SelectionVectors,
    /// The clock after each row of the batch.
    clocks: Vec<i64>,
    samples: Vec<(u32, Sample)>,
    /// The row of each sample, as an offset in the batch, where outputs are read in between.
    sampled: Vec<u32>,
    refreshes: RefreshQueue,
    by_segment: ScatterBySegment,
}

/// What happens to the samples of a batch.
enum BatchMode<'a> {
    Plain,
    /// They are added, and outputs are read at points in between.
    ReadPoints(&'a mut PointInTimeReader),
    /// Those of marked inputs are buffered, not added.
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

    /// Applies events until `events` are applied, but buffers the samples of marked inputs instead
    /// of adding them.
    pub(super) fn buffer_rows(
        &mut self,
        tape: &Tape,
        index: &KeyIndex,
        events: usize,
        (buffer, buffered): (&mut SampleBuffer, &[bool]),
    ) {
        let events = events.min(tape.events());
        let rows = tape.end_row(events);
        while self.position.rows < rows {
            let first = self.position.rows;
            let stop = rows.min(first + BATCH).min(tape.page_end(first));
            let position = tape.row_event(stop - 1) + 1;
            let batch = Batch { tape, index, first, stop, position };
            self.apply_batch(batch, BatchMode::Buffer(buffer, buffered));
        }
        self.position.events = self.position.events.max(events);
    }

    /// Applies rows until `rows` are applied. If they do not end an event, the position is inside
    /// it.
    pub(super) fn apply_rows(&mut self, tape: &Tape, index: &KeyIndex, rows: usize) {
        while self.position.rows < rows {
            let first = self.position.rows;
            let stop = rows.min(first + BATCH).min(tape.page_end(first));
            let position = tape.row_event(stop - 1) + 1;
            self.apply_batch(Batch { tape, index, first, stop, position }, BatchMode::Plain);
        }
    }

    /// True if outputs can be read between rows of a batch: not if a feature has a refresh, since
    /// then samples are queued, or if a value is a list, which takes more than a table to read.
    #[must_use]
    pub fn can_read_inline(&self) -> bool {
        !self.program.refreshing.contains(&true) && !self.plan.has_lists()
    }

    /// Applies all rows of the tape, and reads the outputs just before each of the rows `reads`
    /// (ascending, not yet applied). `emit` gets the row and its number in `reader`; its first
    /// error ends the loop. Requires [`can_read_inline`](Self::can_read_inline).
    pub fn apply_and_read<E>(
        &mut self,
        tape: &Tape,
        index: &KeyIndex,
        mut reads: &[usize],
        reader: &mut PointInTimeReader,
        mut emit: impl FnMut(usize, &PointInTimeReader, usize) -> Result<(), E>,
    ) -> Result<(), E> {
        while self.position.rows < tape.rows() {
            let first = self.position.rows;
            let stop = tape.rows().min(first + BATCH);
            let (now, later) = reads.split_at(reads.partition_point(|row| *row < stop));
            reads = later;
            let mut clock = self.position.clock;
            let mut seen = first;
            reader.begin(
                index,
                now.iter().map(|row| {
                    clock = tape.times(seen..=*row).iter().copied().fold(clock, i64::max);
                    seen = row + 1;
                    ReadPoint { row: *row, offset: (row - first) as u32, as_of: clock }
                }),
            );
            let position = tape.row_event(stop - 1) + 1;
            let batch = Batch { tape, index, first, stop, position };
            self.apply_batch(batch, BatchMode::ReadPoints(reader));
            for number in 0..reader.len() {
                emit(reader.row(number), reader, number)?;
            }
        }
        Ok(())
    }

    /// Applies a batch of rows.
    fn apply_batch(&mut self, batch: Batch<'_>, mut mode: BatchMode<'_>) {
        let rows = batch.first..batch.stop;
        if self.scratch.used_inputs.is_empty() {
            self.mark_used_inputs();
        }
        let mut scratch = std::mem::take(&mut self.scratch);
        self.advance(batch.tape, rows.clone(), &mut scratch.clocks);
        let program = std::sync::Arc::clone(&self.program);
        let Scratch { used_inputs, used, select, clocks, samples, sampled, refreshes, by_segment } =
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
                if program.refreshing[input.0] {
                    let (rows_of, samples) = refreshes.lists(*input);
                    self.sample(batch, *input, rows, clocks, |slot, sample, row| {
                        samples.push((slot, sample));
                        rows_of.push(row);
                    });
                    continue;
                }
                samples.clear();
                match &mut mode {
                    BatchMode::ReadPoints(reader) if !reader.is_empty() => {
                        sampled.clear();
                        self.sample(batch, *input, rows, clocks, |slot, sample, row| {
                            samples.push((slot, sample));
                            sampled.push(row);
                        });
                        for state in &program.states[input.0] {
                            self.add_and_read(*state, reader, samples, sampled, batch.position);
                        }
                    }
                    BatchMode::Buffer(buffer, buffered) if buffered[input.0] => {
                        let samples = buffer.of(*input);
                        self.sample(batch, *input, rows, clocks, |slot, sample, _| {
                            samples.push(slot, sample);
                        });
                    }
                    BatchMode::Plain | BatchMode::ReadPoints(_) | BatchMode::Buffer(..) => {
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
        if let BatchMode::ReadPoints(reader) = mode {
            for state in reader.unread_states() {
                self.add_and_read(state, reader, &[], &[], batch.position);
            }
        }
        self.run_refreshes(batch, clocks, refreshes);
        self.scratch = scratch;
        self.position.rows = batch.stop;
        self.position.events = batch.position;
    }

    /// Adds samples to a state, and reads it at the read points in between.
    fn add_and_read(
        &mut self,
        state: StateId,
        reader: &mut PointInTimeReader,
        samples: &[(u32, Sample)],
        rows: &[u32],
        position: usize,
    ) {
        let input = &self.plan.inputs[self.plan.states[state.0].input.0];
        let scope = (!input.rolled_up).then_some(input.scope);
        if let Some(table) = &mut self.tables[state.0] {
            reader.add_and_read(state, table.as_mut(), samples, rows, scope, position);
        }
    }

    /// Advances the clock over the rows, and tallies them.
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
        // A row is late exactly if the clock after it exceeds its time.
        let rows = times.iter().zip(&*clocks).zip(kinds.iter());
        let late = rows.filter(|((time, clock), kind)| {
            time < clock && **kind != RowKind::Impression && **kind != RowKind::Listed
        });
        self.tallies.late += late.count() as u64;
    }

    /// Marks the inputs of which this engine holds a state.
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

    /// Calls `take` with the samples that rows bring to an input, one per key, each with its row.
    #[inline]
    fn sample(
        &mut self,
        batch: Batch<'_>,
        input: InputId,
        rows: &[u32],
        clocks: &[i64],
        mut take: impl FnMut(u32, Sample, u32),
    ) {
        let Batch { tape, index, first, stop, .. } = batch;
        let InputTally { mut taken, mut no_key, mut no_value } = self.tallies.inputs[input.0];
        let mut refused = self.refused[input.0];
        let rolled_up = self.plan.inputs[input.0].rolled_up;
        let times = &*tape.times(first..stop);
        let of = InputRows { plan: &self.plan, tape, index };
        InputColumns::new(of, input, first..stop).each(rows, |row, found| match found {
            Ok((slots, payload)) => {
                let offset = row as usize;
                let sample = Sample { time: times[offset], clock: clocks[offset], payload };
                taken += slots.len() as u64;
                for slot in slots {
                    take(if rolled_up { 0 } else { *slot }, sample, row);
                }
            }
            Err(Lacks::Key) => no_key += 1,
            Err(Lacks::Value(_, value)) => {
                no_value += 1;
                refused = value.map_or(refused, |value| refused.or(Kinds::of_value(value)));
            }
        });
        self.refused[input.0] = refused;
        self.tallies.inputs[input.0] = InputTally { taken, no_key, no_value };
    }
}
