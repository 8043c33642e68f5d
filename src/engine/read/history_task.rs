//! The task that reads a history: first the posting lists of its key are built, which is most of the
//! work the first time, then the history is read.

use std::sync::Arc;

use crate::base::{Deadline, Step, Task};
use crate::plan::{OutputId, Plan};
use crate::tape::Tape;

use super::history::History;
use crate::engine::keys::KeyIndex;
use crate::engine::program::terms;

/// A history being read.
pub struct HistoryTask {
    plan: Arc<Plan>,
    output: OutputId,
    slot: u32,
    history: Option<History>,
}

impl HistoryTask {
    /// The task for an output at a key.
    #[must_use]
    pub fn new(plan: &Arc<Plan>, output: OutputId, slot: u32) -> Self {
        Self { plan: Arc::clone(plan), output, slot, history: None }
    }

    /// The history as far as it is read; `None` until the posting lists are built.
    #[must_use]
    pub const fn history(&self) -> Option<&History> {
        self.history.as_ref()
    }

    /// Builds the posting lists until the deadline. Returns whether all are built.
    fn build_postings(&self, index: &KeyIndex, deadline: &Deadline) -> bool {
        let own = self.plan.scope_of(self.output);
        terms(&self.plan, self.output).into_iter().all(|(term, _)| {
            let input = &self.plan.inputs[self.plan.states[term.state.0].input.0];
            if input.rolled_up || self.plan.scopes[input.scope.0].attributes.is_empty() {
                return true;
            }
            let Some(slot) = index.project(own, self.slot, input.scope) else { return true };
            matches!(index.prepare_rows(input.scope, slot, deadline), Step::Done(_))
        })
    }
}

impl Task for HistoryTask {
    /// The same tape and index in each step, and the tape finished.
    type Context<'c> = (&'c Tape, &'c KeyIndex);
    type Output = History;

    fn step(&mut self, (tape, index): Self::Context<'_>, deadline: &Deadline) -> Step<History> {
        let mut history = match self.history.take() {
            Some(history) => history,
            None if self.build_postings(index, deadline) => {
                History::new(&self.plan, tape, index, self.output, self.slot)
            }
            None => return Step::Pending(0.0),
        };
        match history.step((tape, index), deadline) {
            Step::Done(()) => Step::Done(history),
            Step::Pending(done) => {
                self.history = Some(history);
                Step::Pending(done)
            }
        }
    }
}
