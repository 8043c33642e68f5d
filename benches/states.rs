//! What a distinct state costs beside many others: all states of a config applied together, each
//! scope's together, and states applied each by itself, over the same events. One run over a log
//! of any size, in a minute or two:
//!
//! ```sh
//! cargo run --release --example sample_events -- --world video --events 200000 video.ndjson
//! cargo bench --bench states -- configs/research.yaml video.ndjson
//! ```

#![allow(clippy::print_stdout, reason = "what it measured is what it is for")]
#![allow(clippy::unwrap_used, reason = "a run that cannot go on ends there")]

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use counterscope::base::{clock, quantity};
use counterscope::dataset::{Run, wanted};
use counterscope::engine::{BackfillEngine, KeyIndex, MissingStates};
use counterscope::log::Reader;
use counterscope::plan::lower::compile;
use counterscope::plan::{Plan, ScopeId, StateId};
use counterscope::tape::Tape;

/// How many states of a scope are applied by themselves.
const ALONE: usize = 12;
/// Of how many runs the shortest counts.
const RUNS: usize = 3;

fn main() {
    let arguments: Vec<String> =
        std::env::args().skip(1).filter(|argument| !argument.starts_with("--")).collect();
    let [config, logs @ ..] = arguments.as_slice() else {
        println!("usage: cargo bench --bench states -- CONFIG LOG…");
        return;
    };
    if logs.is_empty() {
        // `cargo bench` runs every bench: without a log there is nothing to measure here.
        println!("no log named: nothing measured");
        return;
    }
    let text = std::fs::read_to_string(config).unwrap();
    let (plan, report) = compile("config", &text);
    let plan = plan.unwrap_or_else(|| panic!("{}", counterscope::diagnostic::text(&report, false)));
    let plan = Arc::new(plan);
    let paths: Vec<PathBuf> = logs.iter().map(PathBuf::from).collect();
    let demand = wanted(&plan, None);
    let reader = Reader::open(&paths, &plan.events, &plan.attributes).unwrap();
    let run = Run::load(Arc::clone(&plan), demand, reader, &mut |_| {}).unwrap();
    let tape = run.tape();
    let index = KeyIndex::new(&plan, tape, None);
    let log = Log { plan, tape, index };
    log.report();
}

/// Events, and what is counted of them.
struct Log<'l> {
    plan: Arc<Plan>,
    tape: &'l Tape,
    index: KeyIndex,
}

/// What applying all events to some states took.
#[derive(Clone, Copy)]
struct Cost {
    states: usize,
    /// Samples that were added, each to one state.
    adds: u64,
    took: Duration,
}

impl Log<'_> {
    fn report(&self) {
        let all: Vec<StateId> = (0..self.plan.states.len()).map(StateId).collect();
        println!(
            "{} events, {} outputs, {} distinct states",
            quantity::grouped(self.tape.events() as u64),
            quantity::grouped(self.plan.outputs.len() as u64),
            quantity::grouped(all.len() as u64),
        );
        let nothing = self.cost(&[]).took;
        println!("going over all events for no state takes {:.2} ms", millis(nothing));
        println!(
            "{:32} {:>7} {:>12} {:>14} {:>14} {:>7}",
            "scope", "states", "adds", "together", "alone", "ratio"
        );
        let (mut sum, mut apart) = (Cost::none(), Cost::none());
        for scope in 0..self.plan.scopes.len() {
            let of = |state: &StateId| self.scope_of(*state) == ScopeId(scope);
            let states: Vec<StateId> = all.iter().copied().filter(of).collect();
            if states.is_empty() {
                continue;
            }
            let together = self.cost(&states);
            let mut alone = Cost::none();
            for state in states.iter().step_by(states.len().div_ceil(ALONE)) {
                alone.take(&self.cost(&[*state]), nothing);
            }
            let name: Vec<&str> = self.plan.key_attributes(ScopeId(scope)).collect();
            print(
                &if name.is_empty() { "global".into() } else { name.join(", ") },
                together,
                alone,
            );
            sum.take(&together, Duration::ZERO);
            apart.take(&alone, Duration::ZERO);
        }
        print("scope by scope", sum, apart);
        print("all", self.cost(&all), apart);
    }

    fn scope_of(&self, state: StateId) -> ScopeId {
        self.plan.inputs[self.plan.states[state.0].input.0].scope
    }

    /// The cost of applying all events to these states and no others.
    fn cost(&self, states: &[StateId]) -> Cost {
        let missing = MissingStates { states: states.to_vec(), served: Vec::new() };
        let mut cost = Cost { states: states.len(), adds: 0, took: Duration::MAX };
        for _ in 0..RUNS {
            let mut engine = BackfillEngine::new(&self.plan, &missing).into_engine();
            let began = clock::instant();
            engine.apply(self.tape, &self.index, self.tape.events());
            cost.took = cost.took.min(began.elapsed());
            let taken =
                |state: &StateId| engine.tallies().inputs[self.plan.states[state.0].input.0].taken;
            cost.adds = states.iter().map(taken).sum();
        }
        cost
    }
}

impl Cost {
    const fn none() -> Self {
        Self { states: 0, adds: 0, took: Duration::ZERO }
    }

    /// Takes in what others cost, of which `shared` does not belong to any state.
    fn take(&mut self, other: &Self, shared: Duration) {
        self.states += other.states;
        self.adds += other.adds;
        self.took += other.took.saturating_sub(shared);
    }

    /// Nanoseconds a sample.
    fn each(self) -> f64 {
        self.took.as_nanos() as f64 / self.adds.max(1) as f64
    }
}

/// Together with what all of them share; alone without it.
fn print(name: &str, together: Cost, alone: Cost) {
    println!(
        "{name:32} {:>7} {:>12} {:>8.1} ns/add {:>7.1} ns/add {:>7.2}",
        together.states,
        quantity::grouped(together.adds),
        together.each(),
        alone.each(),
        together.each() / alone.each(),
    );
}

fn millis(took: Duration) -> f64 {
    took.as_secs_f64() * 1000.0
}
