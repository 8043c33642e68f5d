//! Refreshing what is served. That is the live value at the moment of a write, so the states
//! behind it must be true at that row and no later; but most writes refresh nothing, which can be
//! told beforehand: whether one does depends on clocks alone. So samples wait until a refresh
//! asks for them, and are added many at a time.

use crate::aggregate::Sample;
use crate::base::Timestamp;
use crate::plan::{FeatureId, InputId, OutputId};

use super::Batch;
use crate::engine::Engine;
use crate::engine::read::At;

/// What a batch brings to the inputs that feed refreshed features.
#[derive(Debug, Default)]
pub(in crate::engine) struct RefreshQueue {
    inputs: Vec<Waiting>,
    /// The rows that may refresh a feature, with it.
    touches: Vec<(u32, FeatureId)>,
}

/// The samples of one input.
#[derive(Debug)]
struct Waiting {
    input: InputId,
    /// The row of each sample, as an offset in the batch.
    rows: Vec<u32>,
    samples: Vec<(u32, Sample)>,
    /// How many of them are added.
    added: usize,
}

impl RefreshQueue {
    /// The lists for an input's samples.
    pub(in crate::engine) fn lists(
        &mut self,
        input: InputId,
    ) -> (&mut Vec<u32>, &mut Vec<(u32, Sample)>) {
        let place = self.inputs.partition_point(|waiting| waiting.input < input);
        if self.inputs.get(place).is_none_or(|waiting| waiting.input != input) {
            let waiting = Waiting { input, rows: Vec::new(), samples: Vec::new(), added: 0 };
            self.inputs.insert(place, waiting);
        }
        let waiting = &mut self.inputs[place];
        (&mut waiting.rows, &mut waiting.samples)
    }
}

impl Waiting {
    /// Adds the samples of the rows up to one.
    fn add_until(&mut self, engine: &mut Engine, row: u32, position: usize) {
        let until = self.added + self.rows[self.added..].partition_point(|waits| *waits <= row);
        engine.add(self.input, &self.samples[self.added..until], position);
        self.added = until;
    }
}

impl Engine {
    /// Adds what waits, and refreshes what is served on the way.
    pub(in crate::engine) fn run_lockstep(
        &mut self,
        batch: Batch<'_>,
        clocks: &[i64],
        lockstep: &mut RefreshQueue,
    ) {
        let RefreshQueue { inputs, touches } = lockstep;
        touches.clear();
        for waiting in &*inputs {
            let refreshed = &self.program.refreshed[waiting.input.0];
            let served = refreshed.iter().filter(|feature| self.served[feature.0].is_some());
            for feature in served {
                touches.extend(waiting.rows.iter().map(|row| (*row, *feature)));
            }
        }
        // A feature of several inputs is refreshed once a row, after all of them.
        touches.sort_unstable();
        touches.dedup();
        for (row, feature) in &*touches {
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
                    if let Ok(place) = inputs.binary_search_by_key(input, |waiting| waiting.input) {
                        inputs[place].add_until(self, *row, batch.position);
                    }
                }
                let reader = self.reader(batch.index, Timestamp(clock));
                served.refresh(*slot, |number| {
                    reader.output(OutputId(outputs + number), At::Slot(*slot))
                });
            }
            self.served[feature.0] = Some(served);
        }
        for waiting in inputs {
            waiting.add_until(self, u32::MAX, batch.position);
            waiting.rows.clear();
            waiting.samples.clear();
            waiting.added = 0;
        }
    }
}
