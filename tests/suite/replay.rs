//! The replay as a whole: values after any mix of steps, seeks, reloads and restarts are those of
//! a straight replay, bit for bit, and so are the bytes in the store.

use std::fmt::Write as _;
use std::sync::Arc;

use counterscope::base::clock;
use counterscope::engine::{At, Saved, Saver, demand};
use counterscope::log::Reader;
use counterscope::plan::lower::compile;
use counterscope::plan::{OutputId, Plan};
use counterscope::session::replay::Replay;
use counterscope::store::{MemoryStore, Store};
use counterscope::tape::Tape;
use proptest::prelude::*;

/// Configs that share some states and differ in others, in attributes and in impressions.
const CONFIGS: [&str; 5] = [
    "features:
  - {name: clicks, type: interaction_count, scope: item, interaction: click}
  - {name: likes, type: window_count, scope: user, interaction: like, bucket: 1h, periods: [1, 6], ttl: 5h}
",
    "features:
  - {name: clicks_all, type: interaction_count, scope: item, interaction: click}
  - {name: likes, type: window_count, scope: user, interaction: like, bucket: 1h, periods: [1, 6], ttl: 5h, refresh: 30m}
  - {name: ctr, type: rate, top: click, bottom: impression, bucket: 2h, periods: [1, 4]}
",
    "features:
  - {name: likes, type: window_count, scope: user, interaction: like, bucket: 30m, periods: [1, 6, 12]}
  - {name: ctr, type: rate, top: click, bottom: impression, bucket: 2h, periods: [1, 4], normalize: {weight: 5}, refresh: 1h}
  - {name: brand, type: window_count, scope: item.brand, interaction: click, bucket: 1h, periods: [2]}
",
    "events: {order: log}
features:
  - {name: clicks, type: interaction_count, scope: session, interaction: click, refresh: 45m}
  - {name: ctr, type: rate, top: click, bottom: impression, bucket: 2h, periods: [1, 4]}
",
    "features: [{name: all, type: interaction_count, scope: global, interaction: click}]",
];

/// What may be done to a replay.
#[derive(Clone, Debug)]
enum Move {
    Seek(usize),
    Step(i64),
    Reload(usize),
    /// Keep what is there, and go on from it in another process, with another config.
    Restart(usize),
    /// Work for a slice only, so that the next move comes in the middle.
    Interrupt(usize),
}

/// A log of Metarank events from small numbers, some late, with rankings and metadata.
fn log(seeds: &[(u8, u16, i16)]) -> Vec<u8> {
    let mut text = String::new();
    let mut time = 1_718_000_000_000i64;
    for (number, (kind, pick, gap)) in seeds.iter().enumerate() {
        time += i64::from(*gap) * 2_000;
        let (item, user) = (pick % 7, pick % 5);
        let subject =
            format!("\"item\": \"p{item}\", \"user\": \"u{user}\", \"session\": \"s{user}\"");
        match kind % 8 {
            0 => {
                let items: Vec<String> =
                    (0..3).map(|offset| format!("{{\"id\": \"p{}\"}}", (item + offset) % 7)).collect();
                writeln!(text, "{{\"event\": \"ranking\", \"id\": \"r{number}\", \"timestamp\": {time}, \"user\": \"u{user}\", \"session\": \"s{user}\", \"fields\": [], \"items\": [{}]}}", items.join(", "))
            }
            1 => writeln!(text, "{{\"event\": \"item\", \"id\": \"m{number}\", \"item\": \"p{item}\", \"timestamp\": {time}, \"fields\": [{{\"name\": \"brand\", \"value\": \"b{user}\"}}]}}"),
            2 | 3 => {
                let ranking = (number as u16).saturating_sub(1 + pick % 6);
                writeln!(text, "{{\"event\": \"interaction\", \"id\": \"e{number}\", \"timestamp\": {time}, \"type\": \"click\", \"ranking\": \"r{ranking}\", {subject}}}")
            }
            4 | 5 => writeln!(text, "{{\"event\": \"interaction\", \"id\": \"e{number}\", \"timestamp\": {time}, \"type\": \"like\", {subject}}}"),
            _ => writeln!(text, "{{\"event\": \"interaction\", \"id\": \"e{number}\", \"timestamp\": {time}, \"type\": \"click\", {subject}}}"),
        }
        .unwrap();
    }
    text.into_bytes()
}

fn plan(config: usize) -> Arc<Plan> {
    let (plan, report) = compile("config.yaml", CONFIGS[config]);
    Arc::new(plan.unwrap_or_else(|| panic!("{:?}", report.diagnostics)))
}

fn reader(plan: &Plan, bytes: &'static [u8]) -> Reader {
    let wanted = demand(plan, false);
    Reader::embedded("log", bytes, &wanted.settings, &wanted.attributes)
}

fn load(plan: &Arc<Plan>, bytes: &'static [u8]) -> Replay {
    let mut replay = Replay::new(Arc::clone(plan), demand(plan, false));
    let mut reader = reader(plan, bytes);
    while let Some(batch) = reader.next_batch().unwrap() {
        replay.extend(batch);
    }
    replay.finish();
    replay
}

fn tape(plan: &Plan, bytes: &'static [u8]) -> Tape {
    let mut tape = Tape::new(demand(plan, false));
    let mut reader = reader(plan, bytes);
    while let Some(batch) = reader.next_batch().unwrap() {
        tape.extend(batch);
    }
    tape.finish();
    tape
}

/// Works with deadlines that have passed, so that each slice is as short as it can be.
fn settle(replay: &mut Replay) {
    while !replay.is_settled() {
        replay.work(clock::instant());
    }
}

/// Every value at every key, as bits, with what is served and when it was written.
pub(crate) fn readings(replay: &Replay) -> Vec<String> {
    let (engine, index, plan) = (replay.engine(), replay.index(), replay.plan());
    let as_of = engine.clock().unwrap_or_default();
    let mut all = Vec::new();
    for output in (0..plan.outputs.len()).map(OutputId) {
        let scope = plan.scope_of(output);
        for slot in
            (0..index.keys(scope) as u32).filter(|slot| engine.is_written(index, output, *slot))
        {
            let bits = |value: Option<f64>| value.map(f64::to_bits);
            all.push(format!(
                "{} {} {:?} {:?} {:?} {:?}",
                plan.outputs[output.0].name,
                index.key(scope, slot),
                bits(engine.live(index, output, At::Slot(slot), as_of)),
                bits(engine.served(index, output, At::Slot(slot), as_of)),
                engine.served_age(output, slot, as_of),
                engine.last_write(index, output, slot),
            ));
        }
    }
    all.sort();
    all
}

/// All that a replay would keep, saved at once.
fn saved(replay: &Replay) -> MemoryStore {
    let mut store = MemoryStore::default();
    let fingerprint = replay.tape().fingerprint(replay.cursor());
    let (batch, _) = Saver::new().save(replay.engine(), replay.index(), fingerprint);
    store.commit(batch).unwrap();
    store
}

fn stored(store: &dyn Store) -> Vec<(Vec<u8>, Vec<u8>)> {
    let mut pairs = Vec::new();
    store.scan(&[], &mut |key, value| pairs.push((key.to_vec(), value.to_vec()))).unwrap();
    pairs
}

fn make(replay: &mut Replay, step: &Move, bytes: &'static [u8]) {
    match step {
        Move::Seek(events) => {
            replay.aim(*events);
            settle(replay);
        }
        Move::Step(events) => {
            replay.aim((replay.cursor() as i64 + events).max(0) as usize);
            settle(replay);
        }
        Move::Interrupt(events) => {
            replay.aim(*events);
            replay.work(clock::instant());
            replay.aim(replay.cursor());
        }
        Move::Reload(config) => {
            let plan = plan(*config);
            let wanted = demand(&plan, false);
            let serves = counterscope::engine::serves(replay.tape().demand(), &wanted);
            replay.adopt(&plan, (!serves).then(|| Arc::new(tape(&plan, bytes))));
            settle(replay);
        }
        Move::Restart(config) => {
            let store = saved(replay);
            let plan = plan(*config);
            let cursor = replay.cursor();
            *replay = load(&plan, bytes);
            let found = Saved::read(&store).unwrap().unwrap();
            if let Some(restored) =
                found.restore(&store, &plan, replay.tape(), replay.index()).unwrap()
            {
                replay.resume(restored.engine, restored.missing);
            }
            replay.aim(cursor);
            settle(replay);
        }
    }
}

fn moves(events: usize) -> impl Strategy<Value = Vec<Move>> {
    let config = 0..CONFIGS.len();
    let step = prop_oneof![
        (0..=events).prop_map(Move::Seek),
        (-20i64..20).prop_map(Move::Step),
        (0..=events).prop_map(Move::Interrupt),
        config.clone().prop_map(Move::Reload),
        config.prop_map(Move::Restart),
    ];
    prop::collection::vec(step, 1..10)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_way_to_a_moment_gives_the_values_of_a_straight_replay(
        seeds in prop::collection::vec((any::<u8>(), any::<u16>(), -200i16..900), 20..260),
        first in 0..CONFIGS.len(),
        moves in moves(260),
    ) {
        let bytes: &'static [u8] = Vec::leak(log(&seeds));
        let mut replay = load(&plan(first), bytes);
        for step in &moves {
            make(&mut replay, step, bytes);
        }
        let mut straight = load(&Arc::clone(replay.plan()), bytes);
        straight.aim(replay.cursor());
        settle(&mut straight);
        prop_assert_eq!(readings(&replay), readings(&straight));
        prop_assert_eq!(stored(&saved(&replay)), stored(&saved(&straight)));
        prop_assert_eq!(replay.engine().tallies(), straight.engine().tallies());
    }
}
