//! A log that grows: a tape and its index while versions of them are held, and a source that is
//! idle before it ends.

use std::collections::VecDeque;
use std::hash::{Hash as _, Hasher as _};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use counterscope::base::events::{EventSettings, Format, Order};
use counterscope::base::{Deadline, Timestamp};
use counterscope::dataset::{self, Limits, Log, ValueRow};
use counterscope::engine::KeyIndex;
use counterscope::log::{Detected, EventSource, LogError, Next, Outcome, Progress};
use counterscope::plan::lower::compile;
use counterscope::plan::{Plan, ScopeId};
use counterscope::session::replay::Replay;
use counterscope::tape::{Batch, BatchEncoder, Datum, Demand, Mark, Projection, Tape, TapeWriter};
use proptest::prelude::*;
use xxhash_rust::xxh3::Xxh3;

use crate::replay::{limits, pager, readings, saved, settle, stored};
use crate::tape::{Line, any_line, demand, record, settings};
use crate::tape_kept::{answers, keys, plan, written};

/// A source that answers what it is told to, and counts how often it was waited for.
struct Script {
    answers: VecDeque<Next>,
    waits: Arc<AtomicUsize>,
}

impl Script {
    fn new(answers: impl IntoIterator<Item = Next>) -> Self {
        Self { answers: answers.into_iter().collect(), waits: Arc::default() }
    }
}

impl EventSource for Script {
    fn narrow(&mut self, _: &[Projection]) {}

    fn next(&mut self) -> Result<Next, LogError> {
        Ok(self.answers.pop_front().unwrap_or(Next::End))
    }

    fn wait(&mut self) {
        self.waits.fetch_add(1, Ordering::Relaxed);
    }

    fn progress(&self) -> Progress {
        Progress::default()
    }

    fn detected(&self) -> Option<Detected> {
        None
    }

    fn outcomes(&self) -> Vec<Outcome> {
        Vec::new()
    }
}

/// Lines in batches: a line after which a batch ends has a mark.
fn batches(demand: &Demand, lines: &[(Line, bool)]) -> Vec<Batch> {
    let mut encoder = BatchEncoder::new(demand, Format::Metarank, 1);
    let mut batches = Vec::new();
    for (number, (line, ends)) in lines.iter().enumerate() {
        record(&mut encoder, number as u32, line);
        if *ends {
            batches.push(encoder.take(0));
        }
    }
    batches.push(encoder.take(0));
    batches
}

fn scopes() -> Plan {
    plan(&["item", "[item, ranking]", "[ranking, item.brand]", "ranking.query", "global"])
}

fn order(in_order_of_log: bool) -> Order {
    if in_order_of_log { Order::Log } else { Order::Time }
}

proptest! {
    /// Whoever holds a version of a tape, and of its index, reads what was there when it was taken.
    #[test]
    fn versions_stay_as_they_are_while_the_log_grows(
        lines in prop::collection::vec((any_line(), any::<bool>()), 0..120),
        held in prop::collection::vec(any::<bool>(), 121),
        in_order_of_log: bool,
        sorted: bool,
        pages in prop::option::of(1..40usize),
    ) {
        let mut lines = lines;
        if sorted {
            lines.sort_by_key(|(line, _)| line.time());
        }
        let plan = scopes();
        let demand = demand(settings(order(in_order_of_log)));
        let room = pages.map(|cells| pager(cells, usize::MAX));
        let mut tape = TapeWriter::paged(demand.clone(), room);
        let mut index = Arc::new(KeyIndex::new(&plan, &tape, None));
        let mut versions = Vec::new();
        for (batch, held) in batches(&demand, &lines).into_iter().zip(held) {
            tape.extend(batch);
            Arc::make_mut(&mut index).extend(&tape);
            if held {
                let (tape, index) = (Arc::clone(&tape), Arc::clone(&index));
                let found = (answers(&tape), written(&tape), keys(&plan, &tape, &index));
                versions.push((tape, index, found));
            }
        }
        let final_events = tape.final_events();
        let fingerprint = tape.fingerprint(final_events);
        tape.finish();
        prop_assert_eq!(tape.fingerprint(final_events), fingerprint, "they are not final");
        for (tape, index, found) in &versions {
            let again = (answers(tape), written(tape), keys(&plan, tape, index));
            prop_assert_eq!(&again, found);
        }
        let mut whole = TapeWriter::new(demand.clone());
        let at_once: Vec<_> = lines.iter().map(|(line, _)| (line.clone(), false)).collect();
        batches(&demand, &at_once).into_iter().for_each(|batch| whole.extend(batch));
        whole.finish();
        prop_assert_eq!(written(&tape), written(&whole));
        prop_assert_eq!(answers(&tape), answers(&whole));
        let (anew, of_whole) = (KeyIndex::new(&plan, &tape, None), KeyIndex::new(&plan, &whole, None));
        prop_assert_eq!(keys(&plan, &tape, &anew), keys(&plan, &whole, &of_whole));
        if in_order_of_log {
            Arc::make_mut(&mut index).extend(&tape);
            prop_assert_eq!(keys(&plan, &tape, &index), keys(&plan, &whole, &of_whole));
        }
    }

    /// A source that is idle in between, while the cursor moves and checkpoints are taken, ends in
    /// the states of the whole log.
    #[test]
    fn a_log_that_grows_ends_in_the_states_of_the_whole(
        lines in prop::collection::vec((any_line(), any::<bool>()), 0..120),
        moves in prop::collection::vec((any::<prop::sample::Index>(), 0..60usize), 1..20),
        limits in limits(),
        in_order_of_log: bool,
        crew in prop::option::of(1..4usize),
    ) {
        let plan = Arc::new(scopes());
        let demand = demand(settings(order(in_order_of_log)));
        let idle = batches(&demand, &lines)
            .into_iter()
            .flat_map(|batch| [Next::Batch(Box::new(batch)), Next::Idle]);
        let mut source = Script::new(idle);
        let mut replay = Replay::new(Arc::clone(&plan), demand.clone());
        replay.limit_checkpoints(limits);
        if let Some(threads) = crew {
            replay.set_threads(threads, Some(Duration::ZERO));
        }
        let mut moves = moves.iter().cycle();
        let mut versions = Vec::new();
        loop {
            match source.next().unwrap() {
                Next::Batch(batch) => replay.extend(*batch),
                Next::Idle => {
                    let (to, slices) = moves.next().unwrap();
                    replay.seek_to(to.index(replay.tape().events() + 1));
                    for _ in 0..*slices {
                        replay.work(&Deadline::passed());
                        replay.prepare(&Deadline::passed());
                    }
                    versions.push((Arc::clone(replay.tape()), answers(replay.tape())));
                }
                Next::End => break,
            }
        }
        replay.finish();
        prop_assert!(versions.iter().all(|(tape, found)| answers(tape) == *found));
        let mut whole = Replay::new(Arc::clone(&plan), demand.clone());
        batches(&demand, &lines).into_iter().for_each(|batch| whole.extend(batch));
        whole.finish();
        for to in [replay.tape().events(), replay.tape().events() / 2] {
            for replay in [&mut replay, &mut whole] {
                replay.seek_to(to);
                settle(replay);
            }
            prop_assert_eq!(readings(&replay), readings(&whole));
            prop_assert_eq!(stored(&saved(&replay)), stored(&saved(&whole)));
        }
    }

    /// A command without a screen waits for a source that is idle: its values are those of the
    /// whole log.
    #[test]
    fn values_are_those_of_the_whole_log(
        lines in prop::collection::vec((any_line(), any::<bool>()), 0..60),
        in_order_of_log: bool,
        threads in 1..3usize,
    ) {
        let plan = scopes();
        let events = EventSettings { order: order(in_order_of_log), ..plan.events.clone() };
        let plan = Arc::new(Plan { events, ..plan });
        let batches = batches(&counterscope::engine::demand(&plan, false), &lines);
        let count = batches.len();
        let idle = batches.iter().cloned().flat_map(|it| [Next::Idle, Next::Batch(Box::new(it)), Next::Idle]);
        let whole = batches.iter().cloned().map(|it| Next::Batch(Box::new(it)));
        let mut found = Vec::new();
        for (script, waits) in [(Script::new(idle), 2 * count), (Script::new(whole), 0)] {
            let waited = Arc::clone(&script.waits);
            let script = Mutex::new(Some(script));
            let open = || -> Result<Box<dyn EventSource>, LogError> {
                Ok(Box::new(script.lock().unwrap().take().unwrap()))
            };
            let log = Log { open: &open, repeatable: false };
            let limits = Limits { threads, memory: None };
            let replayed = dataset::replay(&plan, &log, None, limits, &mut |_| {}).unwrap();
            let mut rows = Vec::new();
            replayed
                .values(&|_| true, &mut |row: &ValueRow<'_>| {
                    rows.push(format!("{row:?}"));
                    Ok::<(), std::convert::Infallible>(())
                })
                .unwrap();
            prop_assert_eq!(waited.load(Ordering::Relaxed), waits);
            found.push(rows);
        }
        prop_assert_eq!(&found[0], &found[1]);
    }
}

const CONFIG: &str = "features:
  - {name: a, type: interaction_count, scope: item, interaction: click}
  - {name: b, type: interaction_count, scope: [user, item], interaction: click}
  - {name: c, type: interaction_count, scope: tags, explode: true, interaction: click}
";

/// Flat events over several pages of columns, segments of dictionaries and tables of hashes.
struct Long {
    encoder: BatchEncoder,
    next: u32,
}

impl Long {
    fn batch(&mut self, events: u32) -> Batch {
        for number in self.next..self.next + events {
            let mark = Mark {
                time: Timestamp(i64::from(number / 3)),
                line: number,
                hash: u64::from(number).wrapping_mul(0x9e37_79b9_7f4a_7c15),
                id: None,
                ..Mark::default()
            };
            let item = Datum::Text(format!("i{}", number % 9_000).into());
            let user = match number % 3 {
                0 => Datum::Integer((number % 1_000).into()),
                _ => Datum::Text((number % 1_000).to_string().into()),
            };
            let tags = (number % 500 / 10..).take(number as usize % 3);
            let tags = Datum::List(tags.map(|tag| Datum::Integer(tag.into())).collect());
            self.encoder.event(mark, "click", [(0, item), (1, user), (2, tags)]).unwrap();
        }
        self.next += events;
        self.encoder.take(0)
    }
}

#[test]
fn versions_of_a_long_log_share_what_is_full() {
    let plan = compile("config.yaml", CONFIG).0.unwrap();
    let attributes: Vec<String> = ["item", "user", "tags"].map(Into::into).to_vec();
    let settings = EventSettings { order: Order::Log, ..EventSettings::default() };
    let demand = Demand { settings, attributes, listed: false };
    let log = || Long { encoder: BatchEncoder::new(&demand, Format::Flat, 1), next: 0 };
    let digest = |tape: &Tape, index: &KeyIndex| {
        let mut hash = Xxh3::new();
        hash.update(&written(tape));
        for scope in (0..plan.scopes.len()).map(ScopeId) {
            for row in 0..tape.rows() {
                index.slots(scope, row).hash(&mut hash);
            }
            for slot in 0..index.keys(scope) as u32 {
                let key = index.key(scope, slot);
                assert_eq!(index.find(scope, &key.0), Some(slot));
                key.0.hash(&mut hash);
            }
        }
        (hash.finish(), tape.fingerprint(tape.events()))
    };
    let mut tape = TapeWriter::new(demand.clone());
    let mut index = Arc::new(KeyIndex::new(&plan, &tape, None));
    let (mut growing, mut versions) = (log(), Vec::new());
    for events in [10_000, 50_000, 5_536, 1, 9_999, 55_000, 542, 3_000] {
        tape.extend(growing.batch(events));
        Arc::make_mut(&mut index).extend(&tape);
        let found = digest(&tape, &index);
        versions.push((Arc::clone(&tape), Arc::clone(&index), found));
    }
    tape.finish();
    for (tape, index, found) in &versions {
        assert!(digest(tape, index) == *found, "{} rows", tape.rows());
    }
    let mut whole = TapeWriter::new(demand.clone());
    whole.extend(log().batch(growing.next));
    whole.finish();
    let of_whole = KeyIndex::new(&plan, &whole, None);
    assert!(digest(&tape, &index) == digest(&whole, &of_whole));
}
