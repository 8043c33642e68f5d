//! `plan`: how a config is computed, and the memory that it takes.

mod json;
mod text;

use crate::aggregate::{self, KeyCost};
use crate::dataset::{Footprint, Run, footprint};
use crate::engine::states_of;
use crate::plan::{OutputId, Plan, ScopeId, State, StateId};

use super::arguments::{Plan as Arguments, ReportFormat};
use super::environment::Environment;
use super::failure::Failure;
use super::output::{self, ForPeople};
use super::{load, logs};

/// Prints the plan; with logs, also the memory of its states after the last event.
pub(super) fn run(arguments: &Arguments, environment: &Environment) -> Result<(), Failure> {
    let name = arguments.config.display().to_string();
    let plan = load::plan(&arguments.config, &arguments.logs, environment)?;
    let print = |outline: &Outline<'_>| -> Result<(), Failure> {
        match arguments.format {
            ReportFormat::Text => {
                let mut out = ForPeople::new(environment);
                out.lines(text::text(&name, outline, arguments.all))?;
                Ok(out.flush()?)
            }
            ReportFormat::Json => Ok(output::json(&json::json(outline))?),
        }
    };
    if arguments.logs.is_empty() {
        return print(&Outline::new(&plan, None));
    }
    let run = load::run(&arguments.logs, plan, None, environment)?;
    let loss = logs::report(run.outcomes(), run.tape())?;
    print(&Outline::new(run.plan(), Some(&run)))?;
    loss.end(arguments.allow_loss)
}

/// A plan and the figures that are printed with it.
struct Outline<'p> {
    plan: &'p Plan,
    /// The bytes per key in each state.
    costs: Vec<KeyCost>,
    /// The outputs read from each state, directly or through outputs that they divide.
    readers: Vec<Vec<OutputId>>,
    log: Option<Log>,
}

/// The result of replaying a log.
struct Log {
    events: usize,
    held: Footprint,
}

/// The parts of one scope.
struct OfScope {
    scope: ScopeId,
    features: usize,
    outputs: usize,
    states: Vec<StateId>,
}

impl<'p> Outline<'p> {
    fn new(plan: &'p Plan, run: Option<&Run>) -> Self {
        let nothing = KeyCost { fixed: 0, part: 0, parts: Some(0), most: Some(0) };
        let cost = |state: &State| {
            aggregate::table(state.aggregate, state.shape, state.ttl)
                .map_or(nothing, |table| table.key_cost())
        };
        let mut readers = vec![Vec::new(); plan.states.len()];
        for output in (0..plan.outputs.len()).map(OutputId) {
            for state in states_of(plan, output) {
                let known: &mut Vec<OutputId> = &mut readers[state.0];
                // A quotient can read one state over two windows.
                if known.last() != Some(&output) {
                    known.push(output);
                }
            }
        }
        let log = run.map(|run| Log { events: run.tape().events(), held: footprint(run) });
        Self { plan, costs: plan.states.iter().map(cost).collect(), readers, log }
    }

    fn scopes(&self) -> Vec<OfScope> {
        let mut scopes: Vec<OfScope> = (0..self.plan.scopes.len())
            .map(|scope| OfScope {
                scope: ScopeId(scope),
                features: 0,
                outputs: 0,
                states: Vec::new(),
            })
            .collect();
        for feature in &self.plan.features {
            let scope = &mut scopes[feature.scope.0];
            scope.features += 1;
            scope.outputs += feature.outputs.len();
        }
        for (number, state) in self.plan.states.iter().enumerate() {
            scopes[self.plan.inputs[state.input.0].scope.0].states.push(StateId(number));
        }
        scopes
    }

    fn is_rolled_up(&self, state: StateId) -> bool {
        self.plan.inputs[self.plan.states[state.0].input.0].rolled_up
    }

    /// The bytes of memory that some states take after the log.
    fn bytes(&self, states: impl IntoIterator<Item = StateId>) -> Option<usize> {
        let held = &self.log.as_ref()?.held.states;
        Some(states.into_iter().map(|state| held[state.0].bytes).sum())
    }
}
