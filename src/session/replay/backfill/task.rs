//! Filling states that a plan misses, piece by piece. It must not know why they are missing.

use crate::base::Deadline;
use crate::engine::{BackfillEngine, Collector, KeyIndex};
use crate::tape::Tape;

use crate::session::replay::batch_size::AdaptiveBatch;

/// The events, their keys, and the event to fill up to.
#[derive(Clone, Copy)]
pub(in crate::session) struct Way<'a> {
    pub(in crate::session) tape: &'a Tape,
    pub(in crate::session) index: &'a KeyIndex,
    pub(in crate::session) stop: usize,
}

/// Fills states until the deadline. Returns whether they are there.
pub(in crate::session) fn fill(
    filler: &mut BackfillEngine,
    batch_size: &mut AdaptiveBatch,
    way: Way<'_>,
    deadline: &Deadline,
) -> bool {
    while !is_there(filler, way) {
        let (mut gatherer, mut adder) = filler.stages();
        if adder.is_done() {
            gather(&mut gatherer, batch_size, way);
        } else {
            adder.add();
        }
        if deadline.has_passed() {
            return is_there(filler, way);
        }
    }
    true
}

/// A piece of gathering, and of putting in order what was gathered.
fn gather(gatherer: &mut Collector<'_>, batch_size: &mut AdaptiveBatch, way: Way<'_>) {
    if gatherer.events() >= way.stop || gatherer.is_full() {
        gatherer.sort();
    } else {
        batch_size.gather(gatherer, way.tape, way.index, way.stop);
    }
}

/// Whether what is to be added next is there, all in order.
fn is_gathered(gatherer: &Collector<'_>, way: Way<'_>) -> bool {
    (gatherer.events() >= way.stop || gatherer.is_full()) && gatherer.is_sorted()
}

/// Whether all is added; hands over what was gathered where that can be.
fn is_there(filler: &mut BackfillEngine, way: Way<'_>) -> bool {
    let (gatherer, adder) = filler.stages();
    adder.is_done() && is_gathered(&gatherer, way) && !filler.swap_buffers()
}

#[cfg(test)]
mod tests {
    use std::fmt::Write as _;
    use std::sync::Arc;

    use proptest::prelude::*;

    use super::*;
    use crate::engine::demand;
    use crate::engine::{DropQueue, Engine, IncrementalWriter, MissingStates};
    use crate::log::{EventSource, Reader};
    use crate::plan::lower::compile;

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
            let mut tape = Tape::new(demand.clone());
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
            let mut filler = BackfillEngine::new(&plan, &missing).with_block_size(block);
            let mut batch_size = AdaptiveBatch::filling();
            for stop in stops.into_iter().filter(|stop| *stop < tape.events()).chain([tape.events()]) {
                straight.apply(&tape, &index, stop);
                let way = Way { tape: &tape, index: &index, stop };
                while !fill(&mut filler, &mut batch_size, way, &if is_slow { Deadline::passed() } else { Deadline::never() }) {}
                let mut filled = straight.copy();
                filled.install(filler.engine().copy(), &missing, &mut DropQueue::default());
                let saved = |engine: &Engine| IncrementalWriter::new().save(engine, &index, 0).0.puts;
                prop_assert_eq!(saved(&filled), saved(&straight));
                prop_assert_eq!(filled.position(), straight.position());
                prop_assert_eq!(filled.tallies(), straight.tallies());
            }
        }
    }
}
