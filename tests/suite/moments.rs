//! The cursor at moments: what a session shows is what `values --at` prints, wherever in the log,
//! between its events, before the first or after the last. A model is joined to a real session, as
//! the terminal's loop does it, and told where to go by what is typed.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;
use std::sync::Arc;

use counterscope::base::Timestamp;
use counterscope::dataset::{self, Limits, Log};
use counterscope::log::{EventSource, LogError, Reader};
use counterscope::plan::Plan;
use counterscope::plan::lower::compile;
use counterscope::session::protocol::{Command, Layout, Speed};
use counterscope::session::snapshot::{MarkKind, OutputValue, Reading, Snapshot, State};
use counterscope::session::{Setup, Start};
use counterscope::ui::input::key::Key;
use counterscope::ui::message::{Effect, Message};
use counterscope::ui::model::{Model, Options};
use counterscope::ui::update::update;
use counterscope::ui::views::page;
use counterscope::ui::views::values::VALUES;
use crossterm::event::KeyCode;
use tempfile::TempDir;

use crate::kill::log;
use crate::live::{self, Live};

/// Windows of all kinds, decays, rates with and without a prior, a short life, what is served.
const CONFIG: &str = "\
features:
  - {name: clicks, type: window_count, scope: item, interaction: click, bucket: 10m, periods: [1, 6], refresh: 7m, ttl: 40m}
  - {name: ctr, type: rate, top: click, bottom: impression, bucket: 10m, periods: [2], normalize: {weight: 10}, refresh: 15m}
  - {name: hops, type: counter, scope: item, interaction: click, windows: [20m], bucket: 5m, window: hopping}
  - {name: likes, type: counter, scope: user, interaction: like, windows: [15m], bucket: 5m, window: sawtooth, ttl: 25m}
  - {name: spent, type: counter, scope: user, interaction: click, aggregate: sum, value: item.price, half_life: [10m]}
  - {name: dearest, type: counter, scope: global, interaction: [click, like], aggregate: max, value: item.price, windows: [12m], bucket: 3m, window: rolling}
  - {name: fans, type: counter, scope: item, interaction: click, aggregate: distinct, value: user, windows: [12m], bucket: 3m, window: sawtooth, refresh: 5m}
  - {name: favourites, type: counter, scope: user, interaction: [click, like], aggregate: top_k, k: 2, value: item, windows: [12m], bucket: 3m, refresh: 5m, ttl: 25m}
  - {name: idle, type: counter, scope: item, interaction: click, aggregate: since, windows: [20m], bucket: 10m, refresh: 5m}
  - {name: grown, type: counter, scope: user, interaction: click, aggregate: increase, value: item.price, windows: [20m], bucket: 10m, window: rolling}
  - {name: pairs, type: counter, scope: [user, item], interaction: click, windows: [30m], bucket: 10m}
";
const EVENTS: u32 = 700;

struct Place {
    folder: TempDir,
    plan: Arc<Plan>,
    /// The times of the log's lines.
    times: Vec<i64>,
}

impl Place {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        // Times in steps of two seconds, so that some events share theirs.
        let time = |line: &str| -> i64 {
            let text = line.split_once("\"timestamp\":").unwrap().1;
            text.split_once(',').unwrap().0.parse().unwrap()
        };
        let lines: Vec<String> = log(EVENTS)
            .lines()
            .map(|line| {
                let at = time(line);
                line.replace(&at.to_string(), &(at / 8_000 * 8_000).to_string())
            })
            .collect();
        let times = lines.iter().map(|line| time(line)).collect();
        fs::write(folder.path().join("log.ndjson"), lines.join("\n")).unwrap();
        fs::write(folder.path().join("config.yaml"), CONFIG).unwrap();
        Self { folder, plan: Arc::new(compile("c", CONFIG).0.unwrap()), times }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn setup(&self) -> Setup {
        live::setup(&self.path("config.yaml"), &self.path("log.ndjson"), None)
    }

    /// What `values --at` prints: by output and key the live value and what is served.
    fn printed(&self, at: Timestamp) -> BTreeMap<(String, String), [Option<OutputValue>; 2]> {
        let paths: Vec<PathBuf> = vec![self.path("log.ndjson")];
        let open = || -> Result<Box<dyn EventSource>, LogError> {
            Ok(Box::new(Reader::open(&paths, &self.plan.events, &self.plan.attributes)?))
        };
        let limits = Limits { threads: 1, memory: None };
        let log = Log { open: &open, repeatable: true };
        let replayed = dataset::replay(&self.plan, &log, Some(at), limits, &mut |_| {}).unwrap();
        let mut values = BTreeMap::new();
        replayed
            .values(&|_| true, &mut |row| {
                let place = (row.output.to_owned(), row.to_key().to_string());
                let lists =
                    row.lists.map(|lists| lists.clone().map(|it| it.map(OutputValue::List)));
                let numbers = [row.value, row.served].map(|it| it.map(OutputValue::Number));
                values.insert(place, lists.unwrap_or(numbers));
                Ok::<_, ()>(())
            })
            .unwrap();
        values
    }
}

/// A model and the session that it shows.
struct Screen {
    model: Model,
    live: Live,
    heard: f64,
}

impl Screen {
    fn new(setup: Setup) -> Self {
        let mut screen = Self {
            model: Model::new(&Options::default(), (160, 45)),
            live: Live::start(setup),
            heard: 1.0,
        };
        screen.tell(Message::Resize { width: 160, height: 45 });
        screen
    }

    fn tell(&mut self, message: Message) {
        for effect in update(&mut self.model, message) {
            if let Effect::Send(command) = effect {
                self.live.send(command);
            }
        }
    }

    fn press(&mut self, keys: &str) {
        for name in keys.split(' ') {
            self.tell(Message::Key {
                key: crate::driver::key(name),
                at: std::time::Duration::ZERO,
            });
        }
        self.settle();
    }

    fn type_text(&mut self, text: &str) {
        for letter in text.chars() {
            let key = Key::plain(KeyCode::Char(letter));
            self.tell(Message::Key { key, at: std::time::Duration::ZERO });
        }
    }

    fn go(&mut self, text: &str) {
        self.press("g t");
        self.type_text(text);
        self.press("enter");
        assert_eq!(self.model.prompt, None, "{text}");
    }

    /// Takes what the session publishes until it has answered and stands still.
    fn settle(&mut self) -> Arc<Snapshot> {
        // Whoever knows the newest speed has heard all that was sent before.
        self.heard += 1.0;
        let speed = Speed::Times(self.heard);
        self.live.send(Command::SetSpeed(speed));
        loop {
            let generation = self.model.look.generation;
            let snapshot = self.live.wait("an answer", |snapshot| {
                let t = &snapshot.transport;
                snapshot.generation == generation
                    && t.speed == speed
                    && matches!(t.state, State::Paused | State::Ended)
                    && snapshot.values.ordering.is_none()
                    && snapshot.detail.as_ref().is_none_or(|d| !d.history.is_unfinished)
            });
            self.tell(Message::Snapshot(Arc::clone(&snapshot)));
            if self.model.look.generation == generation {
                return snapshot;
            }
        }
    }

    /// Compares every cell in view with what is printed.
    fn compare(&self, place: &Place, at: Timestamp, what: &str) -> usize {
        let printed = place.printed(at);
        let snapshot = self.model.snapshot.as_ref().unwrap();
        let (values, shown) = (&snapshot.values, &self.model.shown);
        let rows = page(&self.model, VALUES);
        let first = shown.first_row - values.first_row;
        let in_view = values.rows.iter().skip(first).take(rows);
        let mut cells = 0;
        for row in in_view {
            let key = row.key.to_string();
            let outputs: Vec<(&str, Reading, Option<Reading>)> = match (&row.output, shown.layout) {
                (Some(output), _) => {
                    vec![(&output.name, row.cells[0].reading.clone(), Some(output.served.clone()))]
                }
                (None, Layout::Wide(scope)) => {
                    let columns = &snapshot.source.scopes[scope].columns[values.first_column..];
                    let names = columns.iter().zip(&row.cells);
                    names
                        .map(|(column, cell)| (&*column.output, cell.reading.clone(), None))
                        .collect()
                }
                (None, Layout::Long) => unreachable!(),
            };
            for (output, live, served) in outputs {
                cells += 1;
                let printed = printed.get(&(output.to_owned(), key.clone()));
                let told = format!("{what}: {output} of {key} as of {at}: {live:?} {served:?}");
                for (reading, n) in [(Some(live), 0), (served, 1)] {
                    match (reading, printed) {
                        (Some(Reading::Value(value)), Some(found)) => {
                            assert_eq!(Some(OutputValue::Number(value)), found[n], "{told}");
                        }
                        (Some(Reading::List(list)), Some(found)) => {
                            assert_eq!(Some(OutputValue::List(list)), found[n], "{told}");
                        }
                        (Some(Reading::NoData), Some(found)) => {
                            assert_eq!(found[n], None, "{told}");
                        }
                        // What has expired, and what is served of it, is read over nothing.
                        (Some(Reading::Expired), Some(found)) => {
                            assert!(
                                found[n].as_ref().is_none_or(|value| {
                                    *value == OutputValue::Number(0.0) || output == "ctr_2"
                                }),
                                "{told}"
                            );
                        }
                        (Some(Reading::NeverSeen), None) | (None, _) => {}
                        (reading, None) => assert!(
                            reading.is_none_or(|reading| !reading.is_value()) || output == "ctr_2",
                            "{told} is not printed"
                        ),
                        (_, found) => panic!("{told}: {found:?}"),
                    }
                }
            }
        }
        cells
    }
}

struct Random(u64);

impl Random {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % limit
    }
}

#[test]
fn every_cell_in_view_is_what_the_command_prints_at_that_moment() {
    let place = Place::new();
    let mut screen = Screen::new(place.setup());
    screen.settle();
    let (first, last) = (place.times[0], *place.times.iter().max().unwrap());
    let mut random = Random(7);
    let mut moments =
        vec![first - 1, first, last, last + 1, last + 599_999, last + 1_800_000, last + 4_000_000];
    for _ in 0..26 {
        moments.push(match random.below(3) {
            0 => place.times[random.below(place.times.len() as u64) as usize],
            1 => place.times[random.below(place.times.len() as u64) as usize] + 1,
            _ => first + random.below((last - first) as u64 + 3_000_000) as i64,
        });
    }
    let mut cells = 0;
    for (n, moment) in moments.iter().enumerate() {
        let at = Timestamp(*moment);
        screen.go(&at.to_string());
        let snapshot = screen.settle();
        assert_eq!(snapshot.transport.as_of, Some(at));
        let on_event = place.times.contains(moment);
        assert_eq!(snapshot.transport.moment(), Some(at).filter(|_| !on_event), "{at}");
        cells += screen.compare(&place, at, "at the top");
        screen.press(["end", "pgdn", "j", "k"][n % 4]);
        cells += screen.compare(&place, at, "scrolled");
        screen.press(if n % 5 == 4 { "w" } else { "tab" });
        cells += screen.compare(&place, at, "elsewhere");
    }
    assert!(cells > 2_000, "{cells}");
}

#[test]
fn from_between_two_events_a_step_goes_to_either() {
    let place = Place::new();
    let mut screen = Screen::new(place.setup());
    screen.settle();
    let mut times = place.times.clone();
    times.sort_unstable();
    let at = times.windows(2).position(|two| two[1] - two[0] > 2).map(|n| n + 1).unwrap();
    let between = Timestamp(times[at - 1] + 1).to_string();
    screen.go(&between);
    assert_eq!(screen.settle().transport.cursor, at);
    screen.press(".");
    let snapshot = screen.settle();
    assert_eq!((snapshot.transport.cursor, snapshot.transport.moment()), (at + 1, None));
    screen.go(&between);
    screen.press(",");
    let snapshot = screen.settle();
    assert_eq!((snapshot.transport.cursor, snapshot.transport.moment()), (at, None));
    // Beyond the end there is nothing to step to, and the way back begins at the last event.
    screen.go("2099-01-01");
    let beyond = screen.settle().transport.clone();
    assert_eq!(beyond.state, State::Ended);
    screen.press(".");
    assert_eq!(screen.settle().transport.as_of, beyond.as_of);
    screen.press(",");
    let snapshot = screen.settle();
    assert_eq!((snapshot.transport.cursor, snapshot.transport.moment()), (times.len(), None));
    // Before the first event there is no value, and a step leads to it.
    screen.go("1999-01-01");
    let snapshot = screen.settle();
    assert_eq!((snapshot.transport.cursor, snapshot.values.total_rows), (0, 0));
    screen.press(".");
    assert_eq!(screen.settle().transport.cursor, 1);
}

#[test]
fn a_time_of_day_is_of_the_day_that_the_cursor_stands_on() {
    let place = Place::new();
    let mut screen = Screen::new(place.setup());
    screen.settle();
    screen.go("2024-06-12");
    screen.go("09:00");
    let as_of = screen.settle().transport.as_of.unwrap();
    assert_eq!(as_of.to_string(), "2024-06-12T09:00:00.000Z");
}

#[test]
fn a_reload_keeps_the_moment() {
    let place = Place::new();
    let mut screen = Screen::new(place.setup());
    screen.settle();
    let at = Timestamp(place.times.iter().max().unwrap() + 123_456);
    screen.go(&at.to_string());
    let changed = CONFIG.replace("periods: [1, 6]", "periods: [1, 3]");
    fs::write(place.path("config.yaml"), &changed).unwrap();
    screen.live.send(Command::Reload);
    screen.live.wait("the new version", |snapshot| snapshot.config.version == 2);
    let snapshot = screen.settle();
    assert_eq!(snapshot.transport.moment(), Some(at));
    let place = Place { plan: Arc::new(compile("c", &changed).0.unwrap()), ..place };
    assert!(screen.compare(&place, at, "after a reload") > 20);
}

#[test]
fn playing_begins_at_the_moment_that_the_session_starts_at() {
    let place = Place::new();
    let middle = place.times[place.times.len() / 2] + 1;
    let start = Start::PlayingAt(Timestamp(middle));
    let setup = Setup { start, speed: Speed::Times(600.0), ..place.setup() };
    let from = place.times.iter().filter(|time| **time <= middle).count();
    let mut live = Live::start(setup);
    let playing = live.wait("playing", |snapshot| {
        snapshot.transport.state == State::Playing && snapshot.transport.cursor > from
    });
    assert!(playing.transport.clock > Some(Timestamp(middle)));
    let mut least = usize::MAX;
    live.wait("the end", |snapshot| {
        least = least.min(snapshot.transport.cursor);
        snapshot.transport.state == State::Ended
    });
    assert!(least >= from, "played from {least}, not from {from}");
}

/// The table of few rows is in order in every frame; a large one tells what its order is as of.
#[test]
fn few_rows_are_in_order_while_event_time_runs() {
    let place = Place::new();
    let start = Start::PlayingAt(Timestamp(place.times[0] - 1));
    let mut live = Live::start(Setup { start, speed: Speed::Times(900.0), ..place.setup() });
    let mut frames = 0;
    live.wait("the end", |snapshot| {
        if snapshot.transport.state == State::Playing && snapshot.values.total_rows > 20 {
            frames += 1;
            assert_eq!(snapshot.values.ordered_at, None);
            let values = snapshot.values.rows.iter().map(|row| row.cells[0].reading.number());
            let values: Vec<f64> = values.flatten().collect();
            assert!(values.is_sorted_by(|a, b| a >= b), "{values:?}");
        }
        snapshot.transport.state == State::Ended
    });
    assert!(frames > 3, "{frames}");
}

#[test]
fn rejected_lines_are_marked_beside_their_neighbours() {
    let place = Place::new();
    let text = fs::read_to_string(place.path("log.ndjson")).unwrap();
    let mut lines: Vec<&str> = text.lines().collect();
    lines.insert(300, "{\"event\": \"interaction\", ");
    lines.push("[1]");
    fs::write(place.path("log.ndjson"), lines.join("\n")).unwrap();
    let mut live = Live::start(place.setup());
    let snapshot = live.settle();
    let marks = snapshot
        .timeline
        .marks
        .iter()
        .filter(|mark| matches!(mark.kind, MarkKind::Rejected { .. }));
    let at: Vec<i64> = marks.map(|mark| mark.at.0).collect();
    assert_eq!(at, [place.times[299], place.times[EVENTS as usize - 1]]);
}
