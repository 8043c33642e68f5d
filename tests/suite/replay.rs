//! The replay as a whole: values after any mix of steps, seeks, reloads and restarts are those of
//! a straight replay, bit for bit, and so are the bytes in the store.

use std::fmt::Write as _;
use std::io::Cursor;
use std::sync::Arc;
use std::time::Duration;

use counterscope::base::{Clock, Deadline, ManualClock, Step, Task, Timestamp};
use counterscope::engine::{
    At, Checkpoints, Engine, History, IncrementalWriter, Limits, MissingStates, StoreHeader, demand,
};
use counterscope::log::{EventSource, Reader};
use counterscope::plan::lower::compile;
use counterscope::plan::{OutputId, Plan, Read, Rule};
use counterscope::session::replay::Replay;
use counterscope::store::{MemoryStore, Store};
use counterscope::tape::{BufferPool, Demand, Tape, TapeWriter};
use proptest::prelude::*;

/// Configs that share some states and differ in others, in attributes and in impressions.
pub(crate) const CONFIGS: [&str; 6] = [
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
  - {name: fans, type: counter, scope: item, interaction: click, aggregate: distinct, value: user, bucket: 1h, windows: [2, 7], ttl: 9h, refresh: 40m}
  - {name: idle, type: counter, scope: user, interaction: click, aggregate: since, bucket: 1h, windows: [2, 7], ttl: 9h, refresh: 40m}
  - {name: brands, type: counter, scope: user, aggregate: distinct, value: item.brand, windows: [5h], bucket: 1h, window: rolling}
  - {name: liked, type: counter, scope: user, interaction: [click, like], aggregate: top_k, k: 3, value: item, bucket: 1h, windows: [2, 7], ttl: 9h, refresh: 40m}
",
    "events: {order: log}
features:
  - {name: clicks, type: interaction_count, scope: session, interaction: click, refresh: 45m}
  - {name: ctr, type: rate, top: click, bottom: impression, bucket: 2h, periods: [1, 4]}
",
    "features: [{name: all, type: interaction_count, scope: global, interaction: click}]",
    // What the second and the third hold, for a shorter time.
    "features:
  - {name: likes, type: window_count, scope: user, interaction: like, bucket: 1h, periods: [2], ttl: 5h}
  - {name: likes_30m, type: window_count, scope: user, interaction: like, bucket: 30m, periods: [5]}
  - {name: ctr, type: rate, top: click, bottom: impression, bucket: 2h, periods: [1, 2], normalize: {weight: 5}}
  - {name: fans, type: counter, scope: item, interaction: click, aggregate: distinct, value: user, bucket: 1h, windows: [3], ttl: 9h}
  - {name: idle, type: counter, scope: user, interaction: click, aggregate: since, bucket: 1h, windows: [3], ttl: 9h}
  - {name: brands, type: counter, scope: user, aggregate: distinct, value: item.brand, windows: [2h], bucket: 1h, window: rolling}
  - {name: liked, type: counter, scope: user, interaction: [click, like], aggregate: top_k, k: 2, value: item, bucket: 1h, windows: [3], ttl: 9h, refresh: 40m}
",
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
    /// Take a config up, and another one before the first is filled in.
    Rush(usize, usize),
    /// Work ahead for so many slices.
    Idle(usize),
    /// Do without checkpoints that are there, and with fewer from here on.
    Limit(Limits),
}

/// A log of Metarank events from small numbers, some late, with rankings and metadata.
pub(crate) fn log(seeds: &[(u8, u16, i16)]) -> Vec<u8> {
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

pub(crate) fn plan(config: usize) -> Arc<Plan> {
    let (plan, report) = compile("config.yaml", CONFIGS[config]);
    Arc::new(plan.unwrap_or_else(|| panic!("{:?}", report.diagnostics)))
}

fn reader(wanted: &Demand, bytes: &'static [u8]) -> Reader {
    Reader::embedded("log", bytes, &wanted.settings, &wanted.attributes)
}

pub(crate) fn load(plan: &Arc<Plan>, bytes: &'static [u8]) -> Replay {
    load_paged(plan, bytes, None)
}

pub(crate) fn load_paged(
    plan: &Arc<Plan>,
    bytes: &'static [u8],
    pager: Option<Arc<BufferPool>>,
) -> Replay {
    let wanted = demand(plan, false);
    let mut reader = reader(&wanted, bytes);
    let mut replay = Replay::paged(Arc::clone(plan), wanted, pager);
    while let Some(batch) = reader.next_batch().unwrap() {
        replay.extend(batch);
    }
    replay.finish();
    replay
}

fn tape(wanted: &Demand, bytes: &'static [u8], pager: Option<Arc<BufferPool>>) -> Tape {
    let mut tape = TapeWriter::paged(wanted.clone(), pager);
    let mut reader = reader(wanted, bytes);
    while let Some(batch) = reader.next_batch().unwrap() {
        tape.extend(batch);
    }
    tape.finish();
    Tape::clone(&tape)
}

/// Works with deadlines that have passed, so that each slice is as short as it can be.
pub(crate) fn settle(replay: &mut Replay) {
    while !replay.is_idle() {
        replay.work(&Deadline::passed());
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
pub(crate) fn saved(replay: &Replay) -> MemoryStore {
    let mut store = MemoryStore::default();
    let fingerprint = replay.tape().fingerprint(replay.cursor());
    let (batch, _) = IncrementalWriter::new().save(replay.engine(), replay.index(), fingerprint);
    store.commit(batch).unwrap();
    store
}

pub(crate) fn stored(store: &dyn Store) -> Vec<(Vec<u8>, Vec<u8>)> {
    let mut pairs = Vec::new();
    store.scan(&[], &mut |key, value| pairs.push((key.to_vec(), value.to_vec()))).unwrap();
    pairs
}

fn make(replay: &mut Replay, step: &Move, bytes: &'static [u8]) {
    match step {
        Move::Seek(events) => {
            replay.seek_to(*events);
            settle(replay);
        }
        Move::Step(events) => {
            replay.seek_to((replay.cursor() as i64 + events).max(0) as usize);
            settle(replay);
        }
        Move::Interrupt(events) => {
            replay.seek_to(*events);
            replay.work(&Deadline::passed());
            replay.seek_to(replay.cursor());
        }
        Move::Reload(config) => {
            let plan = plan(*config);
            let wanted = demand(&plan, false);
            let pager = replay.tape().pool().cloned();
            if counterscope::engine::covers(replay.tape().demand(), &wanted) {
                replay.adopt(&plan, None);
            } else if let Some(lacking) = replay.tape().missing_columns(&wanted) {
                assert!(!lacking.attributes.is_empty());
                assert!(
                    replay.add_columns(tape(&lacking, bytes, pager), &plan.attributes),
                    "the same rows"
                );
                replay.adopt(&plan, None);
            } else {
                replay.adopt(&plan, Some(Arc::new(tape(&wanted, bytes, pager))));
            }
            settle(replay);
        }
        Move::Rush(first, then) => {
            for config in [first, then] {
                let plan = plan(*config);
                let wanted = demand(&plan, false);
                if counterscope::engine::covers(replay.tape().demand(), &wanted) {
                    replay.adopt(&plan, None);
                    replay.work(&Deadline::passed());
                }
            }
            settle(replay);
        }
        Move::Idle(slices) => {
            for _ in 0..*slices {
                replay.prepare(&Deadline::passed());
            }
        }
        Move::Limit(limits) => replay.limit_checkpoints(*limits),
        Move::Restart(config) => {
            let store = saved(replay);
            let plan = plan(*config);
            let cursor = replay.cursor();
            *replay = load_paged(&plan, bytes, replay.tape().pool().cloned());
            let found = StoreHeader::read(&store).unwrap().unwrap();
            if let Some(restored) =
                found.restore(&store, &plan, replay.tape(), replay.index()).unwrap()
            {
                replay.resume(restored.engine, restored.missing);
            }
            replay.seek_to(cursor);
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
        (config.clone(), config.clone()).prop_map(|(first, then)| Move::Rush(first, then)),
        config.prop_map(Move::Restart),
        (1usize..400).prop_map(Move::Idle),
        limits().prop_map(Move::Limit),
    ];
    prop::collection::vec(step, 1..16)
}

/// Lets so many threads go every way that can be divided; none is long enough otherwise.
fn hire(replay: &mut Replay, threads: Option<usize>) {
    if let Some(threads) = threads {
        replay.set_threads(threads, Some(Duration::ZERO));
    }
}

/// Pages of so many numbers, and memory for so many bytes of them.
pub(crate) fn pager(cells: usize, limit: usize) -> Arc<BufferPool> {
    BufferPool::with_page_cells(cells, limit, || Ok(Box::new(Cursor::new(Vec::new()))))
}

/// Limits under which even a short log has checkpoints; too few, or too small for any.
pub(crate) fn limits() -> impl Strategy<Value = Limits> {
    (10u32..24, 4usize..64, 10u32..20).prop_map(|(bytes, closest, price)| Limits {
        bytes: 1 << bytes,
        min_distance: closest,
        bytes_per_event: 1 << price,
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_way_to_a_moment_gives_the_values_of_a_straight_replay(
        seeds in prop::collection::vec((any::<u8>(), any::<u16>(), -200i16..900), 20..260),
        first in 0..CONFIGS.len(),
        limits in limits(),
        moves in moves(260),
        pages in prop::option::of((1usize..60, 0usize..4000)),
        crew in prop::option::of(1usize..4),
    ) {
        // Metarank's events are joined; what must be sorted then cannot lie in pages.
        let in_order = |(kind, pick, gap): &(u8, u16, i16)| (*kind, *pick, gap.abs());
        let sorted: Vec<_> = seeds.iter().map(in_order).collect();
        let seeds = if pages.is_some() { sorted } else { seeds };
        let bytes: &'static [u8] = Vec::leak(log(&seeds));
        let pager = pages.map(|(cells, limit)| pager(cells, limit));
        let mut replay = load_paged(&plan(first), bytes, pager.clone());
        replay.limit_checkpoints(limits);
        hire(&mut replay, crew);
        for step in &moves {
            make(&mut replay, step, bytes);
            if matches!(step, Move::Restart(_)) {
                hire(&mut replay, crew);
            }
        }
        let mut straight = load(&Arc::clone(replay.plan()), bytes);
        straight.seek_to(replay.cursor());
        settle(&mut straight);
        prop_assert_eq!(readings(&replay), readings(&straight));
        prop_assert_eq!(stored(&saved(&replay)), stored(&saved(&straight)));
        prop_assert_eq!(replay.engine().tallies(), straight.engine().tallies());
        if let (Some(pager), Some((_, limit))) = (pager, pages) {
            prop_assert!(pager.bytes() <= limit, "{} of {limit} bytes", pager.bytes());
            prop_assert_eq!(pager.fault(), None);
        }
    }
}

/// A log as above, long enough for checkpoints at their usual distances.
fn long(events: usize) -> &'static [u8] {
    let seed = |number: usize| (number as u64 + 7).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let seeds: Vec<(u8, u16, i16)> = (0..events)
        .map(seed)
        .map(|random| ((random >> 56) as u8, (random >> 32) as u16, ((random >> 20) % 700) as i16))
        .collect();
    Vec::leak(log(&seeds))
}

fn straight_to(plan: &Arc<Plan>, bytes: &'static [u8], events: usize) -> Replay {
    let mut straight = load(plan, bytes);
    straight.seek_to(events);
    settle(&mut straight);
    straight
}

#[test]
fn steps_back_find_what_was_worked_ahead() {
    let bytes = long(60_000);
    let plan = plan(1);
    let mut replay = load(&plan, bytes);
    let end = replay.tape().events();
    replay.seek_to(end);
    settle(&mut replay);
    let until_done = |replay: &mut Replay| while replay.prepare(&Deadline::passed()) {};
    until_done(&mut replay);
    assert!(replay.known_from() + 1000 < end, "events before the cursor are watched");
    for steps in [700, 700, 700] {
        for _ in 0..steps {
            let before = replay.cursor();
            replay.seek_to(before - 1);
            // With a deadline in the future, one slice is enough: nothing has to be replayed.
            replay.work(&Deadline::after(&Clock::System, Duration::from_secs(60)));
            assert_eq!(replay.cursor(), before - 1);
            assert!(replay.known_from() < replay.cursor(), "what the last event did is known");
        }
        until_done(&mut replay);
        let straight = straight_to(&plan, bytes, replay.cursor());
        assert_eq!(readings(&replay), readings(&straight));
        let event = replay.cursor() - 1;
        assert_eq!(replay.effects(event), straight.effects(event));
    }
}

#[test]
fn a_long_way_is_gone_beside_what_is_shown() {
    let bytes = long(20_000);
    for (config, threads) in [(1, 1), (1, 2), (2, 3)] {
        let plan = plan(config);
        let mut replay = load(&plan, bytes);
        let end = replay.tape().events();
        hire(&mut replay, Some(threads));
        replay.seek_to(4_000);
        settle(&mut replay);
        let shown = readings(&replay);
        replay.seek_to(end);
        let (mut nearest, mut slices) = (4_000, 0);
        while replay.cursor() == 4_000 {
            assert!(!replay.is_idle());
            assert!(replay.nearest() >= nearest, "it goes on");
            nearest = replay.nearest();
            if slices % 16 == 0 {
                assert_eq!(readings(&replay), shown, "what is shown stands until it is replaced");
            }
            replay.work(&Deadline::passed());
            slices += 1;
        }
        // Helpers may be quick, or the worker slow.
        assert!(threads > 1 || slices > 16, "{slices} slices: each ends when it is late");
        settle(&mut replay);
        assert_eq!(readings(&replay), readings(&straight_to(&plan, bytes, end)));

        // Somebody who watches the way sees all of it.
        replay.seek_to(0);
        settle(&mut replay);
        replay.set_watched(true);
        replay.limit_checkpoints(Limits { bytes: 1, min_distance: 1, bytes_per_event: 1 });
        replay.seek_to(end);
        let mut seen = 0;
        while !replay.is_idle() {
            replay.work(&Deadline::passed());
            assert_eq!(replay.nearest(), replay.cursor());
            seen += usize::from(replay.cursor() < end);
        }
        assert!(seen > 1);
    }
}

#[test]
fn a_new_name_computes_nothing_and_forgets_nothing() {
    let bytes = long(3_000);
    let mut replay = load(&plan(1), bytes);
    replay.seek_to(2_000);
    settle(&mut replay);
    while replay.prepare(&Deadline::passed()) {}
    let (from, known) = (replay.known_from(), replay.effects(1_990).map(<[_]>::to_vec));
    assert!(from < 1_900 && known.is_some());
    let text = CONFIGS[1].replace("likes", "loved").replace("features:", "# A comment.\nfeatures:");
    let renamed = Arc::new(compile("config.yaml", &text).0.unwrap());
    replay.adopt(&renamed, None);
    assert!(replay.is_idle(), "there is nothing to fill");
    assert_eq!(replay.known_from(), from);
    assert_eq!(replay.effects(1_990), known.as_deref());
    replay.seek_to(1_950);
    replay.work(&Deadline::after(&Clock::System, Duration::from_secs(60)));
    assert_eq!(replay.cursor(), 1_950);
    let straight = straight_to(&renamed, bytes, 1_950);
    assert_eq!(readings(&replay), readings(&straight));
    assert!(readings(&replay).iter().any(|reading| reading.starts_with("loved")));
}

/// A new attribute changes no state that is there, and no checkpoint.
#[test]
fn a_new_attribute_leaves_what_is_there() {
    let bytes = long(30_000);
    let text = |more: &str| {
        let clicks = "{name: clicks, type: interaction_count, scope: item, interaction: click}";
        Arc::new(compile("c", &format!("features: [{clicks}{more}]")).0.unwrap())
    };
    let by = |attribute: &str| {
        let of = format!("type: interaction_count, scope: {attribute}, interaction: click");
        text(&format!(", {{name: more, {of}}}"))
    };
    let mut replay = load(&text(""), bytes);
    replay.limit_checkpoints(Limits { min_distance: 1024, ..Limits::default() });
    replay.seek_to(25_000);
    settle(&mut replay);
    while replay.prepare(&Deadline::passed()) {}
    let kept = replay.checkpoint_bytes();
    assert!(kept > 0);
    for plan in [by("item.brand"), by("user"), by("[session, item.brand]")] {
        let wanted = demand(&plan, false);
        let lacking = replay.tape().missing_columns(&wanted).unwrap();
        assert!(!lacking.attributes.contains(&"item".to_owned()));
        assert!(replay.add_columns(tape(&lacking, bytes, None), &plan.attributes));
        assert_eq!(replay.tape().demand(), &wanted, "what is not wanted any more is gone");
        let only = MissingStates::between(replay.plan(), &plan).states;
        assert_eq!(only.len(), 1, "one state is filled");
        replay.adopt(&plan, None);
        settle(&mut replay);
        assert!(replay.checkpoint_bytes() >= kept, "checkpoints stay");
        for events in [25_000, 9_000, 20_000] {
            replay.seek_to(events);
            settle(&mut replay);
            assert_eq!(readings(&replay), readings(&straight_to(&plan, bytes, events)));
        }
        while replay.prepare(&Deadline::passed()) {}
    }
    // Another log's columns, and a demand for other events.
    let plan = by("ranking");
    let lacking = replay.tape().missing_columns(&demand(&plan, false)).unwrap();
    let other = tape(&lacking, &bytes[..bytes.len() / 2], None);
    assert!(
        !replay.tape().has_same_rows_as(&other) && !replay.add_columns(other, &plan.attributes)
    );
    assert!(replay.tape().missing_columns(&demand(&self::plan(3), false)).is_none());
    assert_eq!(readings(&replay), readings(&straight_to(replay.plan(), bytes, 20_000)));
}

/// What a shorter window needs is there: it is neither counted anew nor asked for by checkpoints.
#[test]
fn a_shorter_window_is_cut_out_of_a_longer_one() {
    let bytes = long(30_000);
    for kind in ["bucketed", "rolling"] {
        let text = |periods: &str, ttl: &str| {
            let window = format!("bucket: 30m, window: {kind}, windows: [{periods}], ttl: {ttl}");
            let feature = format!("type: counter, scope: user, interaction: like, {window}");
            Arc::new(compile("c", &format!("features: [{{name: likes, {feature}}}]")).0.unwrap())
        };
        let long = text("2, 6, 60", "9d");
        let mut replay = load(&long, bytes);
        replay.limit_checkpoints(Limits { min_distance: 4096, ..Limits::default() });
        replay.seek_to(25_000);
        settle(&mut replay);
        while replay.prepare(&Deadline::passed()) {}
        for shorter in [text("2, 6", "9d"), text("3", "9d")] {
            replay.adopt(&shorter, None);
            assert!(replay.is_idle(), "there is nothing to fill");
            for events in [25_000, 12_000, 20_000] {
                replay.seek_to(events);
                settle(&mut replay);
                let straight = straight_to(&shorter, bytes, events);
                assert_eq!(readings(&replay), readings(&straight));
                assert_eq!(stored(&saved(&replay)), stored(&saved(&straight)));
            }
        }
        // One that differs in more, or needs more of the past, is counted anew.
        for other in [text("3, 6", "9d"), text("2", "8d")] {
            replay.adopt(&other, None);
            assert!(replay.is_filling());
            settle(&mut replay);
            let straight = straight_to(&other, bytes, replay.cursor());
            assert_eq!(readings(&replay), readings(&straight));
        }
    }
}

#[test]
fn checkpoints_keep_within_their_limits_and_working_ahead_ends() {
    let bytes = long(30_000);
    let plan = plan(2);
    for (megabytes, closest) in [(1, 64), (4, 512), (64, 1024), (64, 8192)] {
        let mut replay = load(&plan, bytes);
        let limits = Limits { bytes: megabytes << 20, min_distance: closest, ..Limits::default() };
        replay.limit_checkpoints(limits);
        replay.seek_to(replay.tape().events());
        settle(&mut replay);
        let mut slices = 0;
        while replay.prepare(&Deadline::passed()) {
            slices += 1;
            assert!(slices < 1_000_000, "working ahead does not end");
        }
        let held = replay.checkpoint_bytes();
        assert!(held <= limits.bytes, "{held} bytes of {limits:?}");
        assert!(held > 0 || megabytes == 1, "{limits:?}");
        for target in [1, 17_000, 29_000, 5_000] {
            replay.seek_to(target);
            settle(&mut replay);
            assert_eq!(readings(&replay), readings(&straight_to(&plan, bytes, target)));
        }
    }
}

#[test]
fn a_copy_that_gives_way_is_not_left_again_at_once() {
    let plan = plan(2);
    let replay = load(&plan, long(8_000));
    let (tape, index) = (replay.tape(), replay.index());
    // Room for one copy, and two are wanted.
    let limits = Limits { bytes: 150, min_distance: 64, bytes_per_event: 1 };
    let mut checkpoints = Checkpoints::new(limits);
    let mut engine = Engine::new(Arc::clone(&plan));
    let goal = tape.events();
    let mut left = 0;
    while engine.position().events < goal {
        let due = checkpoints.due_in(engine.position().events, goal);
        if due == 0 {
            checkpoints.insert(engine.copy(), 100);
            left += 1;
        }
        engine.apply(tape, index, goal.min(engine.position().events + due.clamp(1, 50)));
    }
    // Copying may take a quarter of the time: four hundred events to a copy of a hundred bytes.
    assert!((goal / 800..=goal / 400 + 1).contains(&left), "{left} copies in {goal} events");
    assert_eq!(checkpoints.bytes(), 100);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_history_is_what_a_replay_finds_at_its_moments(
        seeds in prop::collection::vec((any::<u8>(), any::<u16>(), -200i16..900), 20..120),
        config in 0..CONFIGS.len(),
        in_pages: bool,
        pick in any::<prop::sample::Index>(),
        most in prop::option::of(0usize..30),
    ) {
        let bytes: &'static [u8] = Vec::leak(log(&seeds));
        let plan = plan(config);
        let mut replay = load_paged(&plan, bytes, in_pages.then(|| pager(8, 1 << 20)));
        let events = replay.tape().events();
        for output in (0..plan.outputs.len()).map(OutputId) {
            let keys = replay.index().keys(plan.scope_of(output));
            if keys == 0 || events == 0 {
                continue;
            }
            let slot = pick.index(keys) as u32;
            let (tape, index) = (replay.tape(), replay.index());
            let mut history = History::new(&plan, tape, index, output, slot);
            if let Some(most) = most {
                history = history.with_most_reads(most);
            }
            let ticking = Clock::from(&ManualClock::ticking(Duration::from_nanos(1)));
            let slice = || Deadline::after(&ticking, Duration::from_nanos(3));
            while history.step((tape, index), &slice()) != Step::Done(()) {}
            let read = |replay: &Replay, as_of| {
                replay.engine().reading(replay.index(), output, slot, as_of).number()
            };
            let name = &plan.outputs[output.0].name;
            // All that it tells is so.
            let pieces = history.until(events, Timestamp(i64::MAX)).to_vec();
            for piece in &pieces {
                replay.seek_to(piece.events);
                settle(&mut replay);
                let found = read(&replay, piece.to).map(f64::to_bits);
                prop_assert_eq!(piece.last.map(f64::to_bits), found, "{} {:?}", name, piece);
            }
            // And it tells all: what was last told stands at every event and at every minute
            // between, unless the value changes all the time.
            let drifts = drifts(&plan, output) || history.drifts();
            let seen = |events: usize, moment| {
                let told = history.until(events, moment);
                told.last().and_then(|piece| piece.last)
            };
            // However few moments are read, both ends are among them.
            let end = replay.tape().clock(events).unwrap();
            replay.seek_to(events);
            settle(&mut replay);
            for moment in [end, Timestamp(i64::MAX / 2)].into_iter().filter(|_| !self::drifts(&plan, output)) {
                prop_assert_eq!(read(&replay, moment), seen(events, moment), "{} {}", name, moment);
            }
            let hours = |n: i64| Timestamp(replay.tape().clock(1).unwrap().0 + n * 60_000 * 29);
            let moments: Vec<Timestamp> = (0..120).map(hours).collect();
            for event in 1..=events {
                replay.seek_to(event);
                settle(&mut replay);
                let clock = replay.engine().clock().unwrap();
                let next = replay.tape().clock(event + 1).unwrap_or(Timestamp(i64::MAX));
                for moment in moments.iter().filter(|moment| (clock..next).contains(moment)) {
                    if !drifts {
                        prop_assert_eq!(read(&replay, *moment), seen(event, *moment), "{} {}", name, moment);
                    }
                }
                if !drifts {
                    prop_assert_eq!(read(&replay, clock), seen(event, clock), "{} {}", name, event);
                }
            }
        }
    }

    #[test]
    fn the_next_change_of_a_value_is_found_both_ways(
        seeds in prop::collection::vec((any::<u8>(), any::<u16>(), -200i16..900), 20..120),
        config in 0..CONFIGS.len(),
        in_pages: bool,
        place in any::<prop::sample::Index>(),
        pick in any::<prop::sample::Index>(),
    ) {
        let bytes: &'static [u8] = Vec::leak(log(&seeds));
        let plan = plan(config);
        let mut replay = load_paged(&plan, bytes, in_pages.then(|| pager(8, 1 << 20)));
        let events = replay.tape().events();
        let from = place.index(events + 1);
        for output in (0..plan.outputs.len()).map(OutputId) {
            let keys = replay.index().keys(plan.scope_of(output));
            if keys == 0 {
                continue;
            }
            let slot = pick.index(keys) as u32;
            let mut found = Vec::new();
            replay.seek_to(0);
            while let Some(next) = replay.next_change(output, slot, true) {
                found.push(next);
                replay.seek_to(next);
            }
            let mut engine = Engine::new(Arc::clone(&plan));
            for event in 1..=events {
                let clock = replay.tape().clock(event).unwrap();
                let before = engine.reading(replay.index(), output, slot, clock);
                engine.apply(replay.tape(), replay.index(), event);
                let after = engine.reading(replay.index(), output, slot, clock);
                if found.contains(&event) {
                    let write = engine.last_write(replay.index(), output, slot);
                    prop_assert_eq!(write, Some(clock), "event {} is none of the key", event);
                } else if !drifts(&plan, output) {
                    prop_assert_eq!(before, after, "event {} changed the value", event);
                }
            }
            replay.seek_to(from);
            let after = found.iter().copied().find(|event| *event > from);
            let before = found.iter().copied().rfind(|event| *event < from);
            prop_assert_eq!(replay.next_change(output, slot, true), after);
            prop_assert_eq!(replay.next_change(output, slot, false), before);
            let third = found.iter().copied().filter(|event| *event > from).take(3).last();
            prop_assert_eq!(replay.nth_change(output, slot, 3), third);
            let third = found.iter().rev().copied().filter(|event| *event < from).take(3).last();
            prop_assert_eq!(replay.nth_change(output, slot, -3), third);
        }
    }
}

/// Who holds the tape keeps the version that there was; no batch is lost.
#[test]
fn a_tape_that_is_held_grows_beside_its_version() {
    let plan = plan(0);
    let wanted = demand(&plan, false);
    let mut reader = reader(&wanted, long(100));
    let mut replay = Replay::new(Arc::clone(&plan), wanted);
    let batch = reader.next_batch().unwrap().unwrap();
    let held = Arc::clone(replay.tape());
    replay.extend(batch);
    replay.finish();
    assert_eq!((held.rows(), replay.tape().rows()), (0, 100));
    assert!(!held.is_finished());
}

/// Whether events of other keys change an output.
fn drifts(plan: &Plan, output: OutputId) -> bool {
    match &plan.outputs[output.0].read {
        Read::State(term) => plan.states[term.state.0].drifts(),
        Read::Quotient(quotient) => !matches!(quotient.rule, Rule::Plain { .. }),
    }
}
