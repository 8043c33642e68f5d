//! Any slicing of a task gives the same result: each is run by a clock that ticks at each reading,
//! so that slices end after any number of units, and once without a deadline.

use std::sync::Arc;
use std::time::Duration;

use counterscope::base::{Clock, Deadline, ManualClock, Step, Task, Timestamp};
use counterscope::config;
use counterscope::coverage::Coverage;
use counterscope::engine::{
    CopyTask, Engine, HistoryTask, IncrementalWriter, InputCounter, KeyIndex, StoreHeader, TooLarge,
};
use counterscope::plan::{OutputId, ScopeId};
use counterscope::session::replay::Replay;
use counterscope::store::MemoryStore;
use proptest::prelude::*;

use super::replay::{CONFIGS, load, log, plan, readings, saved, settle, stored};

/// Slices of these lengths in looks at the clock, one after the other and again.
struct Slices<'l> {
    clock: Clock,
    lengths: std::iter::Cycle<std::slice::Iter<'l, u8>>,
}

impl<'l> Slices<'l> {
    fn new(lengths: &'l [u8]) -> Self {
        let clock = Clock::from(&ManualClock::ticking(Duration::from_nanos(1)));
        Self { clock, lengths: lengths.iter().cycle() }
    }

    fn next(&mut self) -> Deadline {
        let looks = u64::from(*self.lengths.next().unwrap());
        Deadline::after(&self.clock, Duration::from_nanos(looks))
    }

    /// Runs a task to its end.
    fn run<T: Task>(
        &mut self,
        task: &mut T,
        mut step: impl FnMut(&mut T, &Deadline) -> Step<T::Output>,
    ) -> T::Output {
        let mut known = 0.0;
        loop {
            match step(task, &self.next()) {
                Step::Done(output) => return output,
                Step::Pending(done) => {
                    assert!((known..=1.0).contains(&done), "{done} after {known}");
                    known = done;
                }
            }
        }
    }
}

/// All records of an engine, as a store would keep them.
fn records(engine: &Engine, index: &KeyIndex) -> Vec<(Vec<u8>, Vec<u8>)> {
    IncrementalWriter::new().save(engine, index, 0).0.puts
}

/// A replay by a manual clock with one thread, which divides whatever it can, after a seek, a save
/// of another config, what is prepared in idle time, and a seek back: with the positions on the way.
fn journey(
    log: &'static [u8],
    configs: (usize, usize),
    lengths: &[u8],
    stops: [usize; 2],
) -> (Replay, Vec<usize>) {
    let mut slices = Slices::new(lengths);
    let mut replay = load(&plan(configs.0), log).with_clock(slices.clock.clone());
    replay.set_threads(1, Some(Duration::ZERO));
    let mut positions = Vec::new();
    let mut settle = |replay: &mut Replay, slices: &mut Slices| {
        while !replay.is_idle() {
            replay.work(&slices.next());
            positions.push(replay.nearest());
        }
        while replay.prepare(&slices.next()) {
            positions.push(replay.known_from());
        }
    };
    replay.seek_to(stops[0]);
    settle(&mut replay, &mut slices);
    let next = plan(configs.1);
    if counterscope::engine::covers(
        replay.tape().demand(),
        &counterscope::engine::demand(&next, false),
    ) {
        replay.adopt(&next, None);
        settle(&mut replay, &mut slices);
    }
    replay.seek_to(stops[1]);
    settle(&mut replay, &mut slices);
    (replay, positions)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_slicing_gives_the_same_result(
        seeds in prop::collection::vec((any::<u8>(), any::<u16>(), -200i16..900), 20..260),
        configs in (0..CONFIGS.len(), 0..CONFIGS.len()),
        lengths in prop::collection::vec(0u8..12, 1..8),
        stops in [0..260usize, 0..260usize],
        pick in any::<prop::sample::Index>(),
    ) {
        let bytes: &'static [u8] = Vec::leak(log(&seeds));
        let plan = plan(configs.0);
        let mut whole = load(&plan, bytes);
        whole.seek_to(stops[0]);
        settle(&mut whole);
        let (engine, tape, index) = (whole.engine(), whole.tape(), whole.index());
        let mut slices = Slices::new(&lengths);

        // A copy.
        let mut copy = CopyTask::new(engine);
        let (copied, size) = slices.run(&mut copy, |copy, deadline| copy.step(engine, deadline)).unwrap();
        prop_assert_eq!(records(&copied, index), records(engine, index));
        if size > 0 {
            let mut copy = CopyTask::new(engine).with_limit(size - 1);
            let limited = slices.run(&mut copy, |copy, deadline| copy.step(engine, deadline));
            prop_assert_eq!(limited.err(), Some(TooLarge));
        }

        // A batch for the store, and a restore of it.
        let fingerprint = tape.fingerprint(whole.cursor());
        let mut batch = IncrementalWriter::new().begin_borrowed(engine, index, fingerprint);
        slices.run(&mut batch, |batch, deadline| batch.step((engine, index), deadline));
        let mut store = MemoryStore::default();
        counterscope::store::Store::commit(&mut store, batch.finish().0).unwrap();
        prop_assert_eq!(stored(&store), stored(&saved(&whole)));
        let header = StoreHeader::read(&store).unwrap().unwrap();
        let mut restore = header.begin_restore(&plan, tape).unwrap();
        let restored = slices.run(&mut restore, |task, deadline| task.step((&store, index), deadline));
        prop_assert_eq!(records(&restored.unwrap().unwrap().engine, index), records(engine, index));

        // Posting lists, and histories.
        let sliced_index = KeyIndex::new(&plan, tape, None);
        for scope in (0..plan.scopes.len()).map(ScopeId).filter(|scope| index.keys(*scope) > 0) {
            let slot = pick.index(index.keys(scope)) as u32;
            let rows = loop {
                if let Step::Done(rows) = sliced_index.prepare_rows(scope, slot, &slices.next()) {
                    break rows;
                }
            };
            prop_assert_eq!(&rows[..], &index.rows_of(scope, slot)[..]);
        }
        for output in (0..plan.outputs.len()).map(OutputId) {
            let keys = index.keys(plan.scope_of(output));
            if keys == 0 || tape.events() == 0 {
                continue;
            }
            let read = |slices: &mut Slices<'_>| {
                let mut task = HistoryTask::new(&plan, output, pick.index(keys) as u32);
                let history = slices.run(&mut task, |task, deadline| task.step((tape, index), deadline));
                (history.until(tape.events(), Timestamp(i64::MAX)).to_vec(), history.drifts())
            };
            let sliced = read(&mut slices);
            prop_assert_eq!(sliced, read(&mut Slices::new(&[u8::MAX])));
        }

        // Counts of rows, and what does not fit.
        let end = tape.rows();
        let (mut sliced, mut counter) = (InputCounter::new(&plan), InputCounter::new(&plan));
        slices.run(&mut sliced, |task, deadline| task.step((&plan, tape, index, end), deadline));
        prop_assert_eq!(counter.step((&plan, tape, index, end), &Deadline::never()), Step::Done(()));
        prop_assert_eq!(sliced.counts(), counter.counts());
        let document = Arc::new(config::read("config.yaml", CONFIGS[configs.0]).0.unwrap());
        let coverage = || Coverage::new(Arc::clone(&document), &plan, None);
        let (mut sliced, mut at_once) = (coverage(), coverage());
        let sliced = slices.run(&mut sliced, |task, deadline| task.step((&plan, tape, index), deadline));
        let at_once = at_once.step((&plan, tape, index), &Deadline::never()).done().unwrap();
        prop_assert_eq!(format!("{sliced:?}"), format!("{at_once:?}"));

        // Seeks, a backfill, checkpoints and prefetches.
        let (replay, positions) = journey(bytes, configs, &lengths, stops);
        let mut straight = load(replay.plan(), bytes);
        straight.seek_to(stops[1]);
        settle(&mut straight);
        prop_assert_eq!(readings(&replay), readings(&straight));
        prop_assert_eq!(stored(&saved(&replay)), stored(&saved(&straight)));
        let (_, again) = journey(bytes, configs, &lengths, stops);
        prop_assert_eq!(positions, again, "by a manual clock it goes the same way each time");
    }
}
