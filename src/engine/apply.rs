//! Applying rows: a batch of rows becomes, for each input, the samples that its states take.
//! Nothing is allocated for an event; the scratch lists keep their room from batch to batch.

use std::ops::Range;

use crate::aggregate::Sample;
use crate::plan::{FeatureId, InputId, Plan};
use crate::tape::{RowKind, Tape};

use super::index::Index;
use super::moments::{Moment, Moments};
use super::program::takes;
use super::read::At;
use super::{Engine, InputTally, Timestamp};

/// How many rows are applied at a time.
const BATCH: usize = 2048;

/// Room for a batch's intermediate lists.
#[derive(Debug, Default)]
pub(super) struct Scratch {
    /// For each type of the tape, the inputs that take it: first those applied by batches.
    routes: Vec<Route>,
    /// The clock after each row of the batch.
    clocks: Vec<i64>,
    /// The rows of the batch that each input looks at, by input.
    rows: Vec<Vec<u32>>,
    /// For each filter and row of the batch: not asked yet, passed, or not.
    verdicts: Vec<Vec<Verdict>>,
    samples: Vec<(u32, Sample)>,
    /// The row of each sample, where outputs are read along.
    sampled: Vec<u32>,
    /// The features that a row may refresh.
    touched: Vec<FeatureId>,
}

#[derive(Debug, Default)]
struct Route {
    batched: Vec<InputId>,
    lockstep: Vec<InputId>,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Verdict {
    Open,
    Passed,
    Failed,
}

/// The tape, its index and a batch of its rows.
#[derive(Clone, Copy)]
struct Batch<'t> {
    tape: &'t Tape,
    index: &'t Index,
    first: usize,
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
            let batch = Batch { tape, index, first };
            self.apply_batch(batch, first..stop, None);
            self.position.rows = stop;
            self.position.events = tape.row_event(stop - 1) + 1;
        }
    }

    /// Whether outputs can be read while rows are applied in batches: not where a feature is
    /// served, since its rows are applied one by one.
    #[must_use]
    pub fn reads_along(&self) -> bool {
        !self.program.lockstep.contains(&true)
    }

    /// Applies all rows that the tape holds, and reads the outputs just before each of the rows
    /// `reads`, which ascend and are not yet applied. `emit` is given the row, and the number under which
    /// `moments` has its values. Stops at its first error and returns it. The engine must [read along](Self::reads_along).
    pub fn apply_reading<E>(
        &mut self,
        tape: &Tape,
        index: &Index,
        mut reads: &[usize],
        moments: &mut Moments,
        mut emit: impl FnMut(usize, &Moments, usize) -> Result<(), E>,
    ) -> Result<(), E> {
        while self.position.rows < tape.rows() {
            let first = self.position.rows;
            let stop = tape.rows().min(first + BATCH);
            let (now, later) = reads.split_at(reads.partition_point(|row| *row < stop));
            reads = later;
            let mut clock = self.position.clock;
            let mut at = first;
            let as_of = now.iter().map(|read| {
                clock = tape.times()[at..=*read].iter().copied().fold(clock, i64::max);
                at = read + 1;
                Moment { row: *read, as_of: clock }
            });
            moments.begin(index, as_of);
            let batch = Batch { tape, index, first };
            self.apply_batch(batch, first..stop, Some(moments));
            self.position.rows = stop;
            self.position.events = tape.row_event(stop - 1) + 1;
            for number in 0..moments.len() {
                emit(moments.reads[number].row, moments, number)?;
            }
        }
        Ok(())
    }

    fn apply_batch(
        &mut self,
        batch: Batch<'_>,
        rows: Range<usize>,
        mut moments: Option<&mut Moments>,
    ) {
        let mut scratch = std::mem::take(&mut self.scratch);
        let position = batch.tape.row_event(rows.end - 1) + 1;
        scratch.begin(self, batch.tape, rows.len());
        self.sort_rows(batch, rows.clone(), &mut scratch);
        for input in 0..self.plan.inputs.len() {
            let is_read = moments.as_ref().is_some_and(|moments| !moments.is_empty());
            if scratch.rows[input].is_empty() && !is_read || self.program.lockstep[input] {
                continue;
            }
            let mut samples = std::mem::take(&mut scratch.samples);
            let mut sampled = std::mem::take(&mut scratch.sampled);
            samples.clear();
            sampled.clear();
            let looked_at = std::mem::take(&mut scratch.rows[input]);
            let tally = &mut self.tallies.inputs[input];
            for row in &looked_at {
                sample(
                    &self.plan,
                    tally,
                    batch,
                    *row as usize,
                    InputId(input),
                    &mut scratch,
                    &mut samples,
                );
                if is_read {
                    sampled.resize(samples.len(), *row);
                }
            }
            scratch.rows[input] = looked_at;
            let declared = &self.plan.inputs[input];
            let scope = (!declared.rolled_up).then_some(declared.scope);
            for state in &self.program.states[input] {
                let Some(table) = &mut self.tables[state.0] else { continue };
                match &mut moments {
                    Some(moments) if is_read => {
                        moments.pass(*state, table.as_mut(), &samples, &sampled, scope, position);
                    }
                    _ => table.add(&samples, position),
                }
            }
            scratch.samples = samples;
            scratch.sampled = sampled;
        }
        if scratch.routes.iter().any(|route| !route.lockstep.is_empty()) {
            for row in rows {
                self.apply_in_lockstep(batch, row, position, &mut scratch);
            }
        }
        self.scratch = scratch;
    }

    /// Moves the clock over the rows, tallies them, and hands each to the inputs of its type.
    fn sort_rows(&mut self, batch: Batch<'_>, rows: Range<usize>, scratch: &mut Scratch) {
        let times = batch.tape.times();
        for row in rows {
            let time = times[row];
            let kind = batch.tape.kind(row);
            let late = time < self.position.clock;
            self.position.clock = self.position.clock.max(time);
            scratch.clocks.push(self.position.clock);
            self.tallies.late +=
                u64::from(late && kind != RowKind::Impression && kind != RowKind::Listed);
            self.tallies.impressions += u64::from(kind == RowKind::Impression);
            self.tallies.applied += u64::from(kind.is_counted());
            if let Some(kind) = batch.tape.type_id(row) {
                for input in &scratch.routes[usize::from(kind)].batched {
                    scratch.rows[input.0].push(row as u32);
                }
            }
        }
    }

    /// Applies one row to the inputs that feed refreshed features, then refreshes those.
    fn apply_in_lockstep(
        &mut self,
        batch: Batch<'_>,
        row: usize,
        position: usize,
        scratch: &mut Scratch,
    ) {
        let Some(kind) = batch.tape.type_id(row) else { return };
        let inputs = std::mem::take(&mut scratch.routes[usize::from(kind)].lockstep);
        let clock = scratch.clocks[row - batch.first];
        let mut samples = std::mem::take(&mut scratch.samples);
        let mut touched = std::mem::take(&mut scratch.touched);
        touched.clear();
        for input in &inputs {
            samples.clear();
            sample(
                &self.plan,
                &mut self.tallies.inputs[input.0],
                batch,
                row,
                *input,
                scratch,
                &mut samples,
            );
            if samples.is_empty() {
                continue;
            }
            for state in &self.program.states[input.0] {
                if let Some(table) = &mut self.tables[state.0] {
                    table.add(&samples, position);
                }
            }
            touched.extend_from_slice(&self.program.refreshed[input.0]);
        }
        // A feature of several inputs is refreshed once.
        touched.sort_unstable();
        touched.dedup();
        for feature in &touched {
            let Some(mut served) = self.served[feature.0].take() else { continue };
            let declared = &self.plan.features[feature.0];
            let reader = self.reader(batch.index, Timestamp(clock));
            for slot in batch.index.slots(declared.scope, row) {
                served.write(*slot, clock, position, |number| {
                    reader.output(
                        crate::plan::OutputId(declared.outputs.start + number),
                        At::Slot(*slot),
                    )
                });
            }
            self.served[feature.0] = Some(served);
        }
        scratch.samples = samples;
        scratch.touched = touched;
        scratch.routes[usize::from(kind)].lockstep = inputs;
    }
}

impl Scratch {
    /// Makes the lists ready for a batch of so many rows.
    fn begin(&mut self, engine: &Engine, tape: &Tape, rows: usize) {
        let plan = &engine.plan;
        for name in &tape.type_names()[self.routes.len()..] {
            let mut route = Route::default();
            for input in
                (0..plan.inputs.len()).map(InputId).filter(|input| takes(plan, *input, name))
            {
                let is_used =
                    engine.program.states[input.0].iter().any(|s| engine.tables[s.0].is_some());
                if !is_used {
                    continue;
                }
                if engine.program.lockstep[input.0] {
                    route.lockstep.push(input);
                } else {
                    route.batched.push(input);
                }
            }
            self.routes.push(route);
        }
        self.clocks.clear();
        self.rows.resize_with(plan.inputs.len(), Vec::new);
        self.rows.iter_mut().for_each(Vec::clear);
        self.verdicts.resize_with(plan.filters.len(), Vec::new);
        for verdicts in &mut self.verdicts {
            verdicts.clear();
            verdicts.resize(rows, Verdict::Open);
        }
    }

    /// Whether a row passes a filter; each is asked once a row, however many inputs share it.
    fn passes(&mut self, plan: &Plan, batch: Batch<'_>, filter: usize, row: usize) -> bool {
        let verdict = &mut self.verdicts[filter][row - batch.first];
        if *verdict == Verdict::Open {
            let value = |attribute| {
                let column = batch.tape.column(batch.index.column(attribute));
                column.value(column.ids()[row])
            };
            *verdict =
                if plan.filters[filter].passes(&value) { Verdict::Passed } else { Verdict::Failed };
        }
        *verdict == Verdict::Passed
    }
}

/// Adds what a row brings to an input, a sample for each of its keys.
fn sample(
    plan: &Plan,
    tally: &mut InputTally,
    batch: Batch<'_>,
    row: usize,
    input: InputId,
    scratch: &mut Scratch,
    samples: &mut Vec<(u32, Sample)>,
) {
    let input = &plan.inputs[input.0];
    if input.filter.is_some_and(|filter| !scratch.passes(plan, batch, filter, row)) {
        return;
    }
    let value = match input.value {
        None => Some(1.0),
        Some(attribute) => {
            let column = batch.tape.column(batch.index.column(attribute));
            column.value(column.ids()[row]).and_then(crate::base::Value::as_number)
        }
    };
    let slots = batch.index.slots(input.scope, row);
    if slots.is_empty() {
        tally.no_key += 1;
        return;
    }
    let Some(value) = value else {
        tally.no_value += 1;
        return;
    };
    let clock = scratch.clocks[row - batch.first];
    let sample = Sample { time: batch.tape.times()[row], clock, value };
    tally.taken += slots.len() as u64;
    samples.extend(slots.iter().map(|slot| (if input.rolled_up { 0 } else { *slot }, sample)));
}
