//! What is measured once of a plan on a log, for all lints: how events are spread over keys, and the
//! values at the end.
//!
//! Each input and each output is measured by itself, so that a command does it on all threads, and a
//! session in slices.

mod output;

use rayon::prelude::*;

use crate::base::{Deadline, Step, Task};
use crate::diagnostic::LintSettings;
use crate::engine::{KeySpread, KeySpreads};
use crate::plan::{InputId, OutputId, Plan};

use output::OutputTask;
pub(super) use output::{Differing, Divisors, OutputMeasure};

use super::Replayed;

/// What was measured.
#[derive(Default)]
pub struct Measures {
    /// Per input of the plan, how the rows that it counts are spread over its keys.
    pub(super) inputs: Vec<KeySpread>,
    /// Per output of the plan, its values at the end.
    pub(super) outputs: Vec<OutputMeasure>,
}

impl Measures {
    /// Measures a replayed log, on the threads of the pool that the caller runs in.
    #[must_use]
    pub fn new(replayed: Replayed<'_>, settings: &LintSettings) -> Self {
        let Replayed { plan, tape, index, engine } = replayed;
        let (spreads, outputs) = rayon::join(
            || {
                let tasks = KeySpreads::tasks(plan).into_par_iter();
                tasks
                    .flat_map_iter(|task| to_end(task, (plan, tape, index)).unwrap_or_default())
                    .collect()
            },
            || {
                let outputs = (0..plan.outputs.len()).into_par_iter().map(OutputId);
                let measure = |output| {
                    let task = |as_of| OutputTask::new(plan, output, as_of, settings);
                    let task = engine.clock().map(task);
                    task.and_then(|task| to_end(task, replayed)).unwrap_or_default()
                };
                outputs.map(measure).collect()
            },
        );
        Self { inputs: in_order(plan, spreads), outputs }
    }
}

/// A task that measures a replayed log.
pub struct Measuring {
    /// The tasks of inputs that are left, and what the others found.
    tasks: Vec<KeySpreads>,
    spreads: Vec<(InputId, KeySpread)>,
    /// The task of the next output, if it has begun, and what the others found.
    output: Option<OutputTask>,
    outputs: Vec<OutputMeasure>,
}

impl Measuring {
    /// A task before its first step.
    #[must_use]
    pub fn new(plan: &Plan) -> Self {
        let tasks = KeySpreads::tasks(plan);
        Self { tasks, spreads: Vec::new(), output: None, outputs: Vec::new() }
    }
}

impl Measuring {
    /// The bytes of memory that it holds, apart from its result.
    #[must_use]
    pub fn held(&self) -> usize {
        self.tasks.iter().map(KeySpreads::held).sum()
    }
}

impl Task for Measuring {
    type Context<'c> = (Replayed<'c>, &'c LintSettings);
    type Output = Measures;

    fn step(
        &mut self,
        (replayed, settings): Self::Context<'_>,
        deadline: &Deadline,
    ) -> Step<Measures> {
        let Replayed { plan, tape, index, engine } = replayed;
        let all = (plan.inputs.len() + plan.outputs.len()).max(1) as f32;
        while let Some(task) = self.tasks.last_mut() {
            if let Step::Done(found) = task.step((plan, tape, index), deadline) {
                self.spreads.extend(found);
                self.tasks.pop();
            }
            if deadline.has_passed() {
                return Step::Pending(self.spreads.len() as f32 / all);
            }
        }
        while self.outputs.len() < plan.outputs.len() {
            let Some(as_of) = engine.clock() else {
                self.outputs.push(OutputMeasure::default());
                continue;
            };
            let output = OutputId(self.outputs.len());
            let task =
                self.output.get_or_insert_with(|| OutputTask::new(plan, output, as_of, settings));
            if let Step::Done(found) = task.step(replayed, deadline) {
                self.outputs.push(found);
                self.output = None;
            }
            if deadline.has_passed() && self.outputs.len() < plan.outputs.len() {
                return Step::Pending((self.spreads.len() + self.outputs.len()) as f32 / all);
            }
        }
        let inputs = in_order(plan, std::mem::take(&mut self.spreads));
        Step::Done(Measures { inputs, outputs: std::mem::take(&mut self.outputs) })
    }
}

/// The result of a task.
fn to_end<T: Task>(mut task: T, context: T::Context<'_>) -> Option<T::Output> {
    task.step(context, &Deadline::never()).done()
}

/// The spreads by the numbers of their inputs.
fn in_order(plan: &Plan, spreads: Vec<(InputId, KeySpread)>) -> Vec<KeySpread> {
    let mut inputs = vec![KeySpread::default(); plan.inputs.len()];
    for (input, spread) in spreads {
        inputs[input.0] = spread;
    }
    inputs
}
