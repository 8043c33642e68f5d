//! Writing behind and taking in again, in the smallest slices there are: the store holds what a
//! straight replay to its position would write at once, whatever the cursor did meanwhile.

use std::sync::Arc;

use counterscope::base::{Deadline, Step, Task};
use counterscope::engine::{
    BatchBuilder, CopyTask, IncrementalWriter, RestoredEngine, StoreHeader,
};
use counterscope::session::replay::Replay;
use counterscope::store::{MemoryStore, Store};
use proptest::prelude::*;

use super::replay::{CONFIGS, limits, load, log, plan, readings, saved, settle, stored};

/// What is done between two slices of gathering.
#[derive(Clone, Debug)]
enum Meanwhile {
    Seek(usize),
    Work,
    Prepare,
}

fn meanwhile(events: usize) -> impl Strategy<Value = Vec<Meanwhile>> {
    let step = prop_oneof![
        (0..=events).prop_map(Meanwhile::Seek),
        Just(Meanwhile::Work),
        Just(Meanwhile::Prepare),
    ];
    prop::collection::vec(step, 1..40)
}

fn make(replay: &mut Replay, step: &Meanwhile) {
    match step {
        Meanwhile::Seek(events) => {
            replay.seek_to(*events);
            replay.work(&Deadline::passed());
        }
        Meanwhile::Work => drop(replay.work(&Deadline::passed())),
        Meanwhile::Prepare => drop(replay.prepare(&Deadline::passed())),
    }
}

/// Begins to save at the last checkpoint that the store lacks, or, where there is none, at the
/// cursor: from a copy, or from the states themselves, which then are gathered at once.
fn begin(replay: &mut Replay, saver: &IncrementalWriter, held: bool) -> Option<BatchBuilder> {
    let fingerprint = |replay: &Replay, events| replay.tape().fingerprint(events);
    if let Some(left) = replay.checkpoint_between(saver.position(), replay.cursor()) {
        let events = left.position().events;
        return Some(saver.begin(left, replay.index(), fingerprint(replay, events)));
    }
    let behind = saver.position().is_none_or(|kept| replay.cursor() > kept);
    if !behind {
        return None;
    }
    let fingerprint = fingerprint(replay, replay.cursor());
    if held {
        let mut gathering = saver.begin_borrowed(replay.engine(), replay.index(), fingerprint);
        while gathering.needs_engine() {
            let _ = gathering.step((replay.engine(), replay.index()), &Deadline::passed());
        }
        return Some(gathering);
    }
    let mut copying = CopyTask::new(replay.engine());
    let (copy, _) = loop {
        if let Step::Done(copied) = copying.step(replay.engine(), &Deadline::passed()) {
            break copied.unwrap();
        }
    };
    Some(saver.begin(Arc::new(copy), replay.index(), fingerprint))
}

/// Takes the stored states in, one record at a time.
fn restore(store: &MemoryStore, replay: &Replay) -> RestoredEngine {
    let found = StoreHeader::read(store).unwrap().unwrap();
    let mut restoring = found.begin_restore(replay.plan(), replay.tape()).unwrap();
    let mut known = 0.0;
    loop {
        match restoring.step((store, replay.index()), &Deadline::passed()) {
            Step::Done(restored) => return restored.unwrap().unwrap(),
            Step::Pending(done) => {
                assert!(done >= known && done < 1.0);
                known = done;
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_store_written_behind_is_that_of_a_straight_replay(
        seeds in prop::collection::vec((any::<u8>(), any::<u16>(), -200i16..900), 20..260),
        config in 0..CONFIGS.len(),
        limits in limits(),
        rounds in prop::collection::vec((meanwhile(260), any::<bool>()), 1..6),
    ) {
        let bytes: &'static [u8] = Vec::leak(log(&seeds));
        let plan = plan(config);
        let mut replay = load(&plan, bytes);
        replay.limit_checkpoints(limits);
        let (mut store, mut saver) = (MemoryStore::default(), IncrementalWriter::new());
        for (steps, held) in &rounds {
            steps.iter().for_each(|step| make(&mut replay, step));
            let Some(mut gathering) = begin(&mut replay, &saver, *held) else { continue };
            let mut steps = steps.iter().cycle();
            loop {
                let parts = (replay.engine(), replay.index());
                if gathering.step(parts, &Deadline::passed()) == Step::Done(()) {
                    break;
                }
                make(&mut replay, steps.next().unwrap());
            }
            saver.mark_written(&gathering);
            let (batch, replaces) = gathering.finish();
            prop_assert_eq!(replaces, stored(&store).is_empty());
            store.commit(batch).unwrap();

            let mut straight = load(&plan, bytes);
            straight.seek_to(saver.position().unwrap());
            settle(&mut straight);
            prop_assert_eq!(stored(&store), stored(&saved(&straight)));

            let mut again = load(&plan, bytes);
            let restored = restore(&store, &again);
            prop_assert!(restored.missing.is_empty());
            prop_assert_eq!(restored.writer.position(), saver.position());
            again.resume(restored.engine, restored.missing);
            prop_assert_eq!(readings(&again), readings(&straight));
        }
    }
}
