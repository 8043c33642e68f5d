//! A session that is killed at any moment leaves a store that it goes on from, to the values of
//! a session that nobody disturbed. `COUNTERSCOPE_TEST_KILLS=1000` kills that often.

use counterscope::base::{Clock, Deadline, clock};
use std::fmt::Write as _;
use std::fs;
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::{Arc, mpsc};
use std::time::Duration;

use counterscope::dataset::{self, Run};
use counterscope::engine::{StoreHeader, demand};
use counterscope::log::{EventSource, Reader};
use counterscope::plan::lower::compile;
use counterscope::session::replay::Replay;
use counterscope::store;
use tempfile::TempDir;

use crate::live::{Live, setup};
use crate::replay::readings;

/// Tells the child, which is this binary again, where everything lies.
const FOLDER: &str = "COUNTERSCOPE_TEST_SESSION";
/// How many kills there are at least.
const KILLS: &str = "COUNTERSCOPE_TEST_KILLS";
/// How many there are where nothing is said, and how many of them leave part of the log in the
/// store.
const ROUNDS: usize = 14;
const ON_THE_WAY: usize = 5;
/// A replay must take longer than this, or it is over before its states are written once.
const LONG: Duration = Duration::from_millis(700);

const CONFIG: &str = "\
features:
  - {name: clicks, type: interaction_count, scope: item, interaction: click}
  - {name: recent, type: window_count, scope: user, interaction: click, bucket: 1h, periods: [1, 24], refresh: 30m}
  - {name: ctr, type: rate, top: click, bottom: impression, bucket: 2h, periods: [1, 12], normalize: {weight: 10}, refresh: 1h}
  - {name: brand, type: counter, scope: [user, item.brand], interaction: click, aggregate: sum, value: item.price, half_life: [1h, 1d], ttl: 12h}
  - {name: dearest, type: counter, scope: global, interaction: [click, like], aggregate: max, value: item.price, windows: [6h], bucket: 30m, window: rolling}
";

/// What a save makes of [`CONFIG`]: other states, and an attribute that the log must be read
/// again for.
const SAVED: [(&str, &str); 2] = [
    ("ttl: 12h", "ttl: 13h"),
    ("scope: item, interaction: click", "scope: [item, session], interaction: click"),
];

/// Random numbers that are the same with every run.
pub(crate) struct Random(pub(crate) u64);

impl Random {
    pub(crate) fn below(&mut self, bound: u32) -> u32 {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (((self.0 >> 32) * u64::from(bound)) >> 32) as u32
    }
}

/// A log of so many Metarank events, in order of time: rankings, clicks and likes on them, and
/// prices that change.
pub(crate) fn log(events: u32) -> String {
    let mut random = Random(42);
    let mut text = String::new();
    let mut time = 1_718_000_000_000_u64;
    for number in 0..events {
        time += u64::from(random.below(12_000));
        let (item, user) = (random.below(20) * random.below(15), random.below(150));
        let head = format!(r#""id":"e{number}","timestamp":{time}"#);
        let party = format!(r#""user":"u{user}","session":"s{user}""#);
        match random.below(10) {
            0..3 => {
                let listed: Vec<String> =
                    (0..5).map(|n| format!(r#"{{"id":"p{}"}}"#, item + n)).collect();
                writeln!(text, r#"{{"event":"ranking",{head},{party},"fields":[],"items":[{}]}}"#, listed.join(","))
            }
            3 => {
                let (brand, price) = (item % 9, random.below(9000));
                writeln!(text, r#"{{"event":"item",{head},"item":"p{item}","fields":[{{"name":"brand","value":"b{brand}"}},{{"name":"price","value":{price}}}]}}"#)
            }
            kind => {
                let ranking = number.saturating_sub(1 + random.below(9));
                let kind = if kind == 4 { "like" } else { "click" };
                writeln!(text, r#"{{"event":"interaction",{head},"type":"{kind}","ranking":"e{ranking}","item":"p{item}",{party}}}"#)
            }
        }
        .unwrap();
    }
    text
}

/// A folder with a config and a log of so many events.
struct Place(TempDir, usize);

impl Place {
    fn new(events: u32) -> Self {
        let place = Self(tempfile::tempdir().unwrap(), events as usize);
        fs::write(place.path("log.ndjson"), log(events)).unwrap();
        fs::write(place.path("config.yaml"), CONFIG).unwrap();
        place
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn live(&self, store: Option<PathBuf>) -> Live {
        Live::start(setup(&self.path("config.yaml"), &self.path("log.ndjson"), store))
    }

    fn load(&self, config: &str) -> Replay {
        let (plan, _) = compile("config.yaml", config);
        let plan = Arc::new(plan.unwrap());
        let wanted = demand(&plan, false);
        let mut replay = Replay::new(plan, wanted.clone());
        let log = [self.path("log.ndjson")];
        let mut reader = Reader::open(&log, &wanted.settings, &wanted.attributes).unwrap();
        while let Some(batch) = reader.next_batch().unwrap() {
            replay.extend(batch);
        }
        replay.finish();
        replay
    }
}

/// The child of the test below: a session that goes to the end of its log, and then stays. As an
/// ordinary test it has nothing to do.
#[test]
#[expect(clippy::disallowed_methods, reason = "a child of the test harness takes no arguments")]
fn child() {
    let Some(folder) = std::env::var_os(FOLDER) else { return };
    let path = |name: &str| Path::new(&folder).join(name);
    let tell = |word: &str| {
        println!("\ntold {word}");
        std::io::stdout().flush().unwrap();
    };
    tell("start");
    let mut live =
        Live::threaded(setup(&path("config.yaml"), &path("log.ndjson"), Some(path("store"))));
    tell("open");
    live.settle();
    tell("end");
    live.wait("end", |_| false);
}

/// Starts the child, and kills it a while after a word of its. A save of the config comes `save`
/// after that word, if that is before the kill.
fn kill_after(folder: &Path, word: &str, pause: Duration, save: Option<(&str, Duration)>) {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "kill::child", "--nocapture"])
        .env(FOLDER, folder)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let (sender, receiver) = mpsc::channel();
    let reader = std::thread::spawn(move || {
        for line in lines.map_while(Result::ok) {
            if line.starts_with("told ") && sender.send(line).is_err() {
                break;
            }
        }
    });
    let word = format!("told {word}");
    while receiver.recv_timeout(Duration::from_secs(60)).expect("the child goes on") != word {}
    let wait = |pause: Duration, ends: bool| {
        let until = clock::instant() + pause;
        while receiver
            .recv_timeout(until.saturating_duration_since(clock::instant()))
            .is_ok_and(|line| !ends || line != "told end")
        {}
    };
    if let Some((config, after)) = save.filter(|(_, after)| *after < pause) {
        wait(after, false);
        fs::write(folder.join("config.yaml"), config).unwrap();
        wait(pause.saturating_sub(after), false);
    } else {
        // The end of the log ends the pause.
        wait(pause, true);
    }
    child.kill().unwrap();
    child.wait().unwrap();
    reader.join().unwrap();
}

/// One config's states: straight through the log, and as a store holds them.
struct Known {
    straight: Replay,
    restored: Replay,
}

impl Known {
    fn new(place: &Place, config: &str) -> Self {
        Self { straight: place.load(config), restored: place.load(config) }
    }
}

/// The event that the store stands at. What it holds there is what a straight replay under one of
/// the configs has there.
fn kept(place: &Place, known: &mut [Known]) -> usize {
    let (store, notices) = store::open(&place.path("store")).unwrap();
    assert_eq!(notices, Vec::<String>::new());
    let Some(saved) = StoreHeader::read(&store).unwrap() else { return 0 };
    let events = saved.position.events;
    for Known { straight, restored } in known {
        let plan = Arc::clone(straight.plan());
        let found = saved.restore(&store, &plan, restored.tape(), restored.index());
        let found = found.unwrap().unwrap();
        if !found.missing.is_empty() {
            continue;
        }
        restored.resume(found.engine, found.missing);
        straight.seek_to(events);
        while !straight.is_idle() {
            straight.work(&Deadline::after(&Clock::System, Duration::from_secs(1)));
        }
        assert_eq!(restored.cursor(), events);
        assert!(readings(restored) == readings(straight), "other values at event {events}");
        return events;
    }
    panic!("the states at event {events} are of none of the configs");
}

/// Damages what keeps the log's columns in one of several ways; whether it lies there damaged.
fn plant(place: &Place, way: u32) -> bool {
    let file = place.path("store/columns");
    let bytes = fs::read(&file).ok();
    match (way, bytes) {
        (0, Some(bytes)) => fs::write(&file, &bytes[..bytes.len() * 2 / 3]).unwrap(),
        (1, Some(mut bytes)) => {
            let at = bytes.len() / 2;
            bytes[at] ^= 0x20;
            fs::write(&file, bytes).unwrap();
        }
        (0..3, None) => fs::write(&file, "torn").unwrap(),
        _ => {
            fs::write(place.path("store/columns.new"), "half").unwrap();
            return false;
        }
    }
    true
}

/// A place whose log is long enough for this machine; its final values, and how long they took.
fn undisturbed() -> (Place, Vec<String>, Duration) {
    let mut events = 20_000;
    loop {
        let place = Place::new(events);
        let began = clock::instant();
        let mut live = place.live(None);
        let rows = live.rows();
        let whole = began.elapsed();
        live.quit();
        if whole > LONG {
            return (place, rows, whole);
        }
        events *= 2;
    }
}

#[test]
#[expect(
    clippy::disallowed_methods,
    reason = "how long a test is to run is no argument of its own"
)]
fn a_kill_costs_nothing_but_time() {
    let rounds = std::env::var(KILLS).map_or(ROUNDS, |kills| kills.parse().unwrap());
    let (place, expected, whole) = undisturbed();
    assert!(expected.len() > 1000, "{}", expected.len());
    let saved = SAVED.iter().fold(CONFIG.to_owned(), |text, (old, new)| {
        assert!(text.contains(old));
        text.replace(old, new)
    });
    let mut known = vec![Known::new(&place, CONFIG), Known::new(&place, &saved)];
    let mut random = Random(7);
    let mut share = |of: Duration| of * random.below(1000) / 1000;
    let mut ways = Random(8);
    let (mut on_the_way, mut reopened, mut kills, mut torn) = (0, 0, [0; 3], 0);
    for round in 0.. {
        let moment = match round % 4 {
            0 => 0,
            1 => 1,
            _ => 2 - ways.below(2) as usize,
        };
        kills[moment] += 1;
        match moment {
            0 => kill_after(place.0.path(), "start", share(whole / 10), None),
            1 => kill_after(place.0.path(), "open", share(whole * 3 / 2), None),
            _ => {
                let save = Some((saved.as_str(), share(whole)));
                kill_after(place.0.path(), "open", share(whole * 2), save);
            }
        }
        fs::write(place.path("config.yaml"), CONFIG).unwrap();
        let mut events = kept(&place, &mut known);
        if (1..place.1).contains(&events) {
            on_the_way += 1;
            // As a kill in the middle of the database's own snapshot leaves it.
            let snapshot = format!("store/data/snap.{:016X}.generating", 0x1000 + round);
            fs::write(place.path(&snapshot), "torn").unwrap();
            torn += usize::from(plant(&place, ways.below(4)));
            if on_the_way % 3 == 2 {
                reopened += 1;
                let mut live = place.live(Some(place.path("store")));
                live.said("resumed at event");
                assert!(live.rows() == expected, "other values after event {events}");
                live.quit();
                events = kept(&place, &mut known);
                assert_eq!(events, place.1);
                // The same from the columns, which were written by now.
                let mut live = place.live(Some(place.path("store")));
                assert!(live.rows() == expected, "other values from the columns");
                live.quit();
            }
        }
        if events == place.1 {
            fs::remove_dir_all(place.path("store")).unwrap();
        }
        if round % 50 == 49 {
            println!(
                "{kills:?} kills at open, replay, reload; {on_the_way} on the way, {torn} torn columns, {reopened} opened again"
            );
        }
        if round + 1 >= rounds && on_the_way >= ON_THE_WAY {
            break;
        }
        assert!(round < rounds * 5, "{on_the_way} of {round} were killed on the way");
    }
    println!(
        "{kills:?} kills at open, replay, reload; {on_the_way} on the way, {torn} torn columns, {reopened} opened again"
    );
    assert!(reopened > 0);
}

/// The values of a session are those of the headless commands.
#[test]
fn a_session_shows_what_the_commands_print() {
    let place = Place::new(5_000);
    let mut live = place.live(None);
    let shown = live.rows();
    live.quit();

    let (plan, _) = compile("config.yaml", CONFIG);
    let plan = Arc::new(plan.unwrap());
    let wanted = dataset::wanted(&plan, None);
    let log = [place.path("log.ndjson")];
    let reader = Reader::open(&log, &wanted.settings, &wanted.attributes).unwrap();
    let run = Run::load(plan, wanted, reader, &mut |_| {}).unwrap();
    let mut printed = Vec::new();
    dataset::values(&run, None, &|_| true, &mut |row| {
        let number = row.value.map_or("NoData".to_owned(), |value| format!("Value({value:?})"));
        printed.push((format!("{} {}: ", row.output, row.to_key()), number));
        Ok::<(), ()>(())
    })
    .unwrap();
    assert_eq!(shown.len(), printed.len());
    for (place, number) in printed {
        let row = shown.iter().find(|row| row.starts_with(&place)).unwrap();
        let same = row[place.len()..].starts_with(&number);
        assert!(same || row[place.len()..].starts_with("Expired"), "{row} and {number}");
    }
}
