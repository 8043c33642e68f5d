//! Interleavings of what comes into a session: commands, saves, events of the log's reader, outcomes of
//! commits, slices of work and time, each in any order. Whatever the order, the session comes to the
//! values, and the store to the bytes, of a session that does one thing after the other.

use std::cell::Cell;
use std::fs;
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::time::Duration;

use counterscope::base::{Key, Timestamp};
use counterscope::session::protocol::{Command, Speed, Target};
use counterscope::session::query::{Answer, Query};
use counterscope::session::{ReaderEvent, Start};
use counterscope::store::{self, Store as _};
use proptest::prelude::*;
use tempfile::TempDir;

use crate::kill::log;
use crate::live::{Live, setup};
use crate::stepper::Events;

const EVENTS: u32 = 3_000;

const CLICKS: &str =
    "  - {name: clicks, type: interaction_count, scope: item, interaction: click}\n";
const RECENT: &str = "  - {name: recent, type: window_count, scope: user, interaction: click, bucket: 1h, periods: [1, 24], refresh: 30m}\n";
const BRAND: &str =
    "  - {name: brand, type: interaction_count, scope: item.brand, interaction: click}\n";
const CTR: &str =
    "  - {name: ctr, type: rate, top: click, bottom: impression, bucket: 2h, periods: [12]}\n";
const LATELY: &str = "  - {name: lately, type: window_count, scope: item, interaction: click, bucket: 1h, periods: [1, 24], refresh: 30m}\n";

/// What may be saved; the last has a fault.
const FEATURES: [&[&str]; 6] = [
    &[CLICKS],
    &[CLICKS, RECENT],
    // Another attribute: the log is read again.
    &[RECENT, BRAND],
    // Impressions.
    &[CLICKS, CTR],
    &[CTR, BRAND, RECENT],
    &[CLICKS, "  - {name: bad, type: interaction_count, scoop: item, interaction: click}\n"],
];
const GOOD: usize = FEATURES.len() - 1;

/// Features with states of their own, of items alone.
fn many() -> String {
    let window = |minutes: u32| {
        format!(
            "  - {{name: w{minutes}, type: window_count, scope: item, interaction: click, bucket: {minutes}m, periods: [2], refresh: 30m}}\n"
        )
    };
    (1..=80).map(window).collect()
}

fn config(number: usize) -> String {
    format!("features:\n{}", FEATURES[number].concat())
}

struct Place(TempDir);

impl Place {
    fn new() -> Self {
        let place = Self(tempfile::tempdir().unwrap());
        fs::write(place.path("log.ndjson"), log(EVENTS)).unwrap();
        place
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn save(&self, number: usize) {
        fs::write(self.path("config.yaml"), config(number)).unwrap();
    }

    fn live(&self, store: &str) -> Live {
        let paths = [self.path("config.yaml"), self.path("log.ndjson")];
        Live::start(setup(&paths[0], &paths[1], Some(self.path(store))))
    }

    /// A session that does nothing but to replay the log.
    fn straight(&self) -> Straight {
        let mut live = self.live("straight");
        let rows = live.rows();
        let answer = at_end(&mut live);
        live.quit();
        assert!(rows.len() > 50, "{}", rows.len());
        Straight { rows, answer, bytes: stored(&self.path("straight")) }
    }
}

/// What a straight replay comes to: values, what it answers, what it stores.
struct Straight {
    rows: Vec<String>,
    answer: Answer,
    bytes: Stored,
}

type Stored = Vec<(Vec<u8>, Vec<u8>)>;

/// All that a store holds.
fn stored(folder: &Path) -> Stored {
    let (store, notices) = store::open(folder).unwrap();
    assert_eq!(notices, Vec::<String>::new());
    let mut found = Vec::new();
    store.scan(&[], &mut |key, value| found.push((key.to_vec(), value.to_vec()))).unwrap();
    found.sort();
    found
}

/// A query of what some of the configs have.
fn query() -> Query {
    let outputs = ["clicks", "recent_24", "brand"].map(str::to_owned).to_vec();
    let keys = ["p1", "p20", "u1", "b3"].map(|key| Key(vec![key.to_owned()])).to_vec();
    Query { outputs, keys, as_of: None }
}

/// The answer to it where the session stands.
fn at_end(live: &mut Live) -> Answer {
    let ticket = live.stepper().ask(query());
    live.run();
    live.stepper().answers()[&ticket].clone()
}

/// What may come in.
#[derive(Clone, Debug)]
enum Act {
    Command(Box<Command>),
    Save(usize),
    /// Whatever is first: what was sent, a save, the log's reader, the time.
    Steps(usize),
    /// Slices of work, and nothing else.
    Slices(usize),
    Pass(u64),
    /// A query, answered at whatever position the session is at.
    Query,
    /// Which reader of the log is read from, where there are two.
    Reader(usize),
    /// The outcome of a commit or of the column cache; and whether the commit failed.
    Outcome(bool),
}

fn act() -> impl Strategy<Value = Act> {
    let command = prop_oneof![
        4 => (0..=EVENTS as usize).prop_map(|place| Command::Seek(Target::Event(place))),
        2 => (-40i64..40).prop_map(Command::Step),
        1 => Just(Command::Seek(Target::End)),
        1 => Just(Command::Play),
        1 => Just(Command::Pause),
        1 => Just(Command::Reload),
        1 => prop_oneof![Just(Speed::Max), Just(Speed::Times(86_400.0))].prop_map(Command::SetSpeed),
    ];
    prop_oneof![
        4 => command.prop_map(|command| Act::Command(Box::new(command))),
        2 => (0..FEATURES.len()).prop_map(Act::Save),
        4 => (1usize..12).prop_map(Act::Steps),
        2 => (1usize..6).prop_map(Act::Slices),
        1 => (1u64..2_000).prop_map(Act::Pass),
        2 => Just(Act::Query),
        1 => (0usize..2).prop_map(Act::Reader),
        3 => prop::bool::weighted(0.05).prop_map(Act::Outcome),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_interleaving_ends_as_a_straight_run(
        first in 0..GOOD,
        acts in prop::collection::vec(act(), 1..60),
        last in 0..GOOD,
    ) {
        let place = Place::new();
        place.save(first);
        let mut live = place.live("store");
        live.stepper().hold_back();
        let mut fails = false;
        for act in &acts {
            let stepper = live.stepper();
            match act {
                Act::Command(command) => stepper.send(Command::clone(command)),
                Act::Save(number) => place.save(*number),
                Act::Steps(steps) => (0..*steps).for_each(|_| stepper.step()),
                Act::Slices(slices) => (0..*slices).for_each(|_| stepper.step_alone()),
                Act::Pass(millis) => live.pass(Duration::from_millis(*millis)),
                Act::Query => _ = stepper.ask(query()),
                Act::Reader(reader) => stepper.read_from(*reader),
                Act::Outcome(failed) => fails |= stepper.let_in(*failed),
            }
        }
        place.save(last);
        live.send(Command::Pause);
        live.send(Command::Seek(Target::End));
        live.stepper().let_all_in();
        live.run();
        let found = live.rows();
        fails |= live.stepper().is_overdue();
        let answer = at_end(&mut live);
        let asked = acts.iter().filter(|act| matches!(act, Act::Query)).count();
        prop_assert_eq!(live.stepper().answers().len(), asked + 1);
        for answer in live.stepper().answers().values() {
            prop_assert!(answer.position <= EVENTS as usize && answer.values.is_ok(), "{answer:?}");
        }
        live.quit();
        let Straight { rows: expected, answer: straight, bytes } = place.straight();
        prop_assert!(found == expected, "other values");
        prop_assert!(answer == straight, "another answer");
        if !fails {
            prop_assert!(stored(&place.path("store")) == bytes, "other bytes in the store");
        }
    }
}

/// A source that has nothing for a while after some of its batches, and then brings the rest.
fn idle_after(batches: usize, goes_on: Rc<Cell<bool>>) -> impl FnOnce(Events) -> Events {
    move |mut events| {
        let (mut left, mut is_told) = (batches, false);
        Box::new(move || {
            if left == 0 && !goes_on.get() {
                return (!std::mem::replace(&mut is_told, true)).then_some(ReaderEvent::Idle);
            }
            let event = events();
            if matches!(event, Some(ReaderEvent::Batch(..))) {
                left = left.saturating_sub(1);
            }
            event
        })
    }
}

/// A log that is followed: rows, nothing for now, rows, the end. While there is nothing the session
/// seeks, takes a save up, takes checkpoints and stores its states.
#[test]
fn a_log_that_grows_is_followed_to_its_end() {
    let place = Place::new();
    fs::write(place.path("log.ndjson"), log(30_000)).unwrap();
    place.save(0);
    let mut live = place.live("store");
    let goes_on = Rc::new(Cell::new(false));
    live.stepper().read_through(idle_after(2, Rc::clone(&goes_on)));
    live.run();
    let snapshot = live.settle();
    let there = snapshot.transport.total;
    assert!(there > 500 && there < 29_000, "{there} events");
    assert_eq!(snapshot.transport.cursor, there, "it stands where the log stands");

    live.send(Command::Seek(Target::Event(there / 3)));
    live.run();
    assert_eq!(live.settle().transport.cursor, there / 3);
    // What needs no more of the log than is read of it is applied to what is there.
    fs::write(place.path("config.yaml"), format!("features:\n{CLICKS}{LATELY}")).unwrap();
    let snapshot = live.wait("save", |snapshot| snapshot.config.version == 2);
    assert_eq!(snapshot.transport.total, there);
    live.send(Command::Seek(Target::Event(there / 2)));
    live.run();
    live.pass(Duration::from_secs(3));
    assert!(live.stepper().commits() > 0, "nothing was stored while the log stood");
    live.send(Command::Seek(Target::End));
    live.run();
    assert_eq!(live.settle().transport.cursor, there);

    goes_on.set(true);
    live.wait("all events", |snapshot| snapshot.transport.cursor == 30_000);
    live.run();
    let found = live.rows();
    live.quit();
    let Straight { rows: expected, bytes, .. } = place.straight();
    assert!(found == expected, "other values");
    assert!(stored(&place.path("store")) == bytes, "other bytes in the store");
}

/// Steps from event to event of a key while a save is applied that has no scope of that key: the old
/// plan is in use until values are there, but the key index is the new plan's.
#[test]
fn no_key_is_followed_while_a_save_is_applied() {
    let place = Place::new();
    fs::write(place.path("log.ndjson"), log(30_000)).unwrap();
    place.save(1);
    let mut live = place.live("store");
    live.settle();
    live.run();
    fs::write(place.path("config.yaml"), format!("features:\n{}", many())).unwrap();
    let step = Command::StepOfKey {
        output: "recent_1".to_owned(),
        key: Key(vec!["u1".to_owned()]),
        events: 1,
    };
    let mut notes = Vec::new();
    let snapshot = loop {
        live.send(step.clone());
        live.stepper().step();
        let Some(snapshot) = live.stepper().take() else { continue };
        if snapshot.config.version == 2 {
            break snapshot;
        }
        notes.extend(snapshot.notice.as_ref().map(|notice| notice.text.clone()));
    };
    assert!(notes.iter().any(|note| note.starts_with("no event after this one")), "{notes:?}");
    assert_eq!(snapshot.transport.cursor, 30_000, "and it stays where it is");
}

/// A save that is applied while the store's states are taken in: the session still starts at the
/// moment that was asked for.
#[test]
fn a_save_while_a_store_is_restored_leaves_the_start_as_it_was_asked() {
    let place = Place::new();
    let text = fs::read_to_string(place.path("log.ndjson")).unwrap();
    // So many states are not taken in before the save is there.
    let many = many();
    fs::write(place.path("config.yaml"), format!("features:\n{many}")).unwrap();
    let mut live = place.live("store");
    live.settle();
    live.run();
    live.quit();

    let time = |line: &str| -> i64 {
        let (_, from) = line.split_once("\"timestamp\":").unwrap();
        from.split_once(',').unwrap().0.parse().unwrap()
    };
    let times: Vec<i64> = text.lines().map(time).collect();
    let start = Timestamp(times[EVENTS as usize / 3]);
    let expected = times.iter().filter(|time| **time <= start.0).count();
    let paths = [place.path("config.yaml"), place.path("log.ndjson")];
    let mut setup = setup(&paths[0], &paths[1], Some(place.path("store")));
    setup.start = Start::At(start);
    let mut live = Live::start(setup);
    let is_read = Rc::new(Cell::new(false));
    live.stepper().read_through(until_read(Rc::clone(&is_read)));
    while !is_read.get() {
        live.stepper().step();
    }
    fs::write(place.path("config.yaml"), format!("features:\n{many}{LATELY}")).unwrap();
    live.wait("save", |snapshot| snapshot.config.version == 2);
    live.run();
    assert_eq!(live.settle().transport.cursor, expected);
}

/// A source that tells when it has brought its last event.
fn until_read(is_read: Rc<Cell<bool>>) -> impl FnOnce(Events) -> Events {
    move |mut events| {
        Box::new(move || {
            let event = events();
            is_read.set(event.as_ref().is_some_and(ReaderEvent::is_last));
            event
        })
    }
}

/// A commit that fails is told once, nothing is written after it, and the session goes on.
#[test]
fn after_a_failed_commit_nothing_is_written() {
    let place = Place::new();
    place.save(0);
    let mut live = place.live("store");
    live.stepper().hold_back();
    live.run();
    assert_eq!(live.stepper().commits(), 1);
    while !live.stepper().let_in(true) {}
    let snapshot = live.said("the disk is full; nothing more is written");
    let number = snapshot.notice.as_ref().unwrap().number;
    live.send(Command::Seek(Target::Start));
    live.send(Command::Play);
    live.pass(Duration::from_secs(5));
    let snapshot = live.settle();
    assert_eq!((live.stepper().commits(), snapshot.notice.as_ref().unwrap().number), (1, number));
    assert!(live.rows().len() > 50);
}

/// A store that does not answer is given up after a while, and is not waited for again.
#[test]
fn a_commit_without_an_outcome_is_given_up() {
    let place = Place::new();
    place.save(0);
    let mut live = place.live("store");
    live.stepper().hold_back();
    live.run();
    live.said("the store has not answered for 20 s; nothing more is written");
    assert_eq!(live.stepper().commits(), 1);
    live.quit();
}
