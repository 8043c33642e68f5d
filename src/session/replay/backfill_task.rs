//! The task of a backfill: scans events and applies the samples of the states that a plan lacks.

use crate::base::{Deadline, Step, Task};
use crate::engine::{BackfillEngine, Collector, Engine, KeyIndex};
use crate::tape::Tape;

use super::batch_size::AdaptiveBatch;

/// A backfill up to an event.
pub(in crate::session) struct BackfillTask {
    engine: BackfillEngine,
    batch_size: AdaptiveBatch,
    stop: usize,
}

impl BackfillTask {
    /// A backfill up to `stop`, by an engine at the first event.
    pub(in crate::session) const fn new(
        engine: BackfillEngine,
        batch_size: AdaptiveBatch,
        stop: usize,
    ) -> Self {
        Self { engine, batch_size, stop }
    }

    /// Sets another event to fill up to, at or after the events scanned.
    pub(in crate::session) const fn continue_to(&mut self, stop: usize) {
        self.stop = stop;
    }

    /// The events scanned so far.
    pub(in crate::session) const fn events(&self) -> usize {
        self.engine.events()
    }

    /// The engine, once the task is done.
    pub(in crate::session) fn engine(&mut self) -> &Engine {
        self.engine.engine()
    }

    /// Takes the engine out, once the task is done.
    pub(in crate::session) fn take_engine(&mut self) -> Engine {
        self.engine.take()
    }

    /// Takes the engine out, complete or not.
    pub(in crate::session) fn into_engine(self) -> Engine {
        self.engine.into_engine()
    }

    /// The bytes of memory that states and samples hold.
    pub(in crate::session) fn bytes(&self) -> usize {
        self.engine.bytes()
    }

    /// Collects a batch of events, or sorts a piece of what is collected.
    fn collect(&mut self, input: (&Tape, &KeyIndex)) {
        let Self { engine, batch_size, stop } = self;
        let (mut collector, mut applier) = engine.stages();
        if !applier.is_done() {
            applier.add();
        } else if collector.events() >= *stop || collector.is_full() {
            collector.sort();
        } else {
            batch_size.collect(&mut collector, input, *stop);
        }
    }

    /// Whether all is applied; hands over what is collected and sorted.
    fn is_done(&mut self) -> bool {
        let stop = self.stop;
        let is_collected = |collector: &Collector<'_>| {
            (collector.events() >= stop || collector.is_full()) && collector.is_sorted()
        };
        let (collector, applier) = self.engine.stages();
        applier.is_done() && is_collected(&collector) && !self.engine.swap_buffers()
    }
}

impl Task for BackfillTask {
    type Context<'c> = (&'c Tape, &'c KeyIndex);
    /// The states are filled: [`BackfillTask::engine`] has them.
    type Output = ();

    fn step(&mut self, input: Self::Context<'_>, deadline: &Deadline) -> Step<()> {
        while !self.is_done() {
            self.collect(input);
            if deadline.has_passed() {
                if self.is_done() {
                    break;
                }
                return Step::Pending(self.events() as f32 / self.stop.max(1) as f32);
            }
        }
        Step::Done(())
    }
}

#[cfg(test)]
mod tests {
    use std::fmt::Write as _;
    use std::sync::Arc;

    use proptest::prelude::*;

    use super::*;
    use crate::base::Clock;
    use crate::engine::demand;
    use crate::engine::{DropQueue, Engine, IncrementalWriter, MissingStates};
    use crate::log::{EventSource, Reader};
    use crate::plan::lower::compile;
    use crate::session::replay::tuning::BatchTuning;

    const CONFIG: &str = "
events: {format: flat, order: log}
features:
  - {name: all, type: counter, scope: user, interaction: [a, b]}
  - {name: recent, type: window_count, scope: user, interaction: a, bucket: 1m, periods: [3, 9], ttl: 1h}
  - {name: sum, type: counter, scope: [user, item], interaction: a, aggregate: sum, value: n, half_life: [1m, 1h]}
  - {name: asked, type: window_count, scope: item, interaction: b, bucket: 1m, periods: [5], refresh: 2m}
";

    proptest! {
        #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

        /// However samples are gathered and added, the states are those of a replay.
        #[test]
        fn filled_states_are_those_of_a_replay(
            events in prop::collection::vec((0u8..3, 0u32..3000, 0u32..40, -90i64..100), 1..900),
            missing in prop::collection::vec(any::<bool>(), 8),
            stops in prop::collection::btree_set(1usize..900, 0..3),
            block in 1usize..200,
            is_slow in any::<bool>(),
        ) {
            let plan = Arc::new(compile("config", CONFIG).0.unwrap());
            let (mut text, mut time) = (String::new(), 1_700_000_000);
            for (kind, user, item, forward) in events {
                time += forward;
                let kind = ["a", "b", "c"][usize::from(kind)];
                let subject = format!("\"user\": \"u{user}\", \"item\": \"i{item}\", \"n\": 0.{user}");
                writeln!(text, "{{\"timestamp\": {time}, \"event\": \"{kind}\", {subject}}}").unwrap();
            }
            let demand = demand(&plan, false);
            let mut tape = crate::tape::TapeWriter::new(demand.clone());
            let mut reader =
                Reader::embedded("log", text.into_bytes(), &demand.settings, &demand.attributes);
            while let Some(batch) = reader.next_batch().unwrap() {
                tape.extend(batch);
            }
            tape.finish();
            let index = KeyIndex::new(&plan, &tape, None);

            let mut straight = Engine::new(Arc::clone(&plan));
            let wanted = MissingStates::new(&plan, &[], &[]);
            let states = wanted.states.iter().zip(missing.iter().cycle());
            let states = states.filter(|(_, missing)| **missing).map(|(state, _)| *state).collect();
            let served = if missing[0] { wanted.served } else { Vec::new() };
            let missing = MissingStates { states, served };
            let filler = BackfillEngine::new(&plan, &missing).with_block_size(block);
            let batch_size = AdaptiveBatch::new(BatchTuning::BACKFILL, Clock::default());
            let mut task = BackfillTask::new(filler, batch_size, 0);
            for stop in stops.into_iter().filter(|stop| *stop < tape.events()).chain([tape.events()]) {
                straight.apply(&tape, &index, stop);
                task.continue_to(stop);
                let deadline = if is_slow { Deadline::passed() } else { Deadline::never() };
                while task.step((&tape, &index), &deadline) != Step::Done(()) {}
                let mut filled = straight.copy();
                filled.install(task.engine().copy(), &missing, &mut DropQueue::default());
                let saved = |engine: &Engine| IncrementalWriter::new().save(engine, &index, 0).0.puts;
                prop_assert_eq!(saved(&filled), saved(&straight));
                prop_assert_eq!(filled.position(), straight.position());
                prop_assert_eq!(filled.tallies(), straight.tallies());
            }
        }
    }
}
