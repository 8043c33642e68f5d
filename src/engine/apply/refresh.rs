//! Refreshes served values. A served value is the live value at its refreshing write, so state must
//! be current at exactly that row. Most writes refresh nothing, and clocks alone decide which do,
//! so samples are queued and flushed up to the row of the next refresh.

use crate::aggregate::Sample;
use crate::base::Timestamp;
use crate::plan::{FeatureId, InputId, OutputId};

use super::batch::Batch;
use crate::engine::Engine;
use crate::engine::read::At;

/// The queued samples of a batch, for the inputs that feed refreshed features.
#[derive(Debug, Default)]
pub(super) struct RefreshQueue {
    inputs: Vec<Queued>,
    /// The rows at which a refresh may be due, with the feature.
    due: Vec<(u32, FeatureId)>,
}

/// The queued samples of one input.
#[derive(Debug)]
struct Queued {
    input: InputId,
    /// The row of each sample, as an offset in the batch.
    rows: Vec<u32>,
    samples: Vec<(u32, Sample)>,
    /// How many of the samples are added.
    added: usize,
}

impl RefreshQueue {
    /// The row and sample lists of an input.
    pub(super) fn lists(&mut self, input: InputId) -> (&mut Vec<u32>, &mut Vec<(u32, Sample)>) {
        let place = self.inputs.partition_point(|queued| queued.input < input);
        if self.inputs.get(place).is_none_or(|queued| queued.input != input) {
            let queued = Queued { input, rows: Vec::new(), samples: Vec::new(), added: 0 };
            self.inputs.insert(place, queued);
        }
        let queued = &mut self.inputs[place];
        (&mut queued.rows, &mut queued.samples)
    }
}

impl Queued {
    /// Adds the samples of the rows up to and including `row`.
    fn add_until(&mut self, engine: &mut Engine, row: u32, position: usize) {
        let until = self.added + self.rows[self.added..].partition_point(|waits| *waits <= row);
        engine.add(self.input, &self.samples[self.added..until], position);
        self.added = until;
    }
}

impl Engine {
    /// Adds the queued samples, and refreshes served values at the rows where that is due.
    pub(super) fn run_refreshes(
        &mut self,
        batch: Batch<'_>,
        clocks: &[i64],
        queue: &mut RefreshQueue,
    ) {
        let RefreshQueue { inputs, due } = queue;
        due.clear();
        for queued in &*inputs {
            let refreshed = &self.program.refreshed[queued.input.0];
            let served = refreshed.iter().filter(|feature| self.served[feature.0].is_some());
            for feature in served {
                due.extend(queued.rows.iter().map(|row| (*row, *feature)));
            }
        }
        // A feature of several inputs is refreshed once per row, after all of them.
        due.sort_unstable();
        due.dedup();
        for (row, feature) in &*due {
            let Some(mut served) = self.served[feature.0].take() else { continue };
            let clock = clocks[*row as usize];
            let (scope, outputs) = {
                let declared = &self.plan.features[feature.0];
                (declared.scope, declared.outputs.start)
            };
            for slot in &*batch.index.slots(scope, batch.first + *row as usize) {
                if !served.is_due(*slot, clock, batch.position) {
                    continue;
                }
                let program = std::sync::Arc::clone(&self.program);
                for input in &program.feeds[feature.0] {
                    if let Ok(place) = inputs.binary_search_by_key(input, |queued| queued.input) {
                        inputs[place].add_until(self, *row, batch.position);
                    }
                }
                let reader = self.reader(batch.index, Timestamp(clock));
                served.refresh(*slot, |number, cells| {
                    reader.serve(OutputId(outputs + number), At::Slot(*slot), cells);
                });
            }
            self.served[feature.0] = Some(served);
        }
        for queued in inputs {
            queued.add_until(self, u32::MAX, batch.position);
            queued.rows.clear();
            queued.samples.clear();
            queued.added = 0;
        }
    }
}
