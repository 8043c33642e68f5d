//! Explanations in a session: from the command to the snapshot that has the answer. The explanation
//! of cells of every kind, contributors by an attribute that is there and by one that must be read,
//! the next change of a cell, and a frame of each view. Not a statistical bench but one run over the
//! log of `benches/peers`, of any size:
//!
//! ```sh
//! cargo run --release --example sample_events -- --world feed --events 2000000 feed.ndjson
//! cargo bench --bench explain -- feed.ndjson
//! ```

#![allow(clippy::print_stdout, reason = "what it measured is what it is for")]
#![allow(clippy::unwrap_used, reason = "a run that cannot go on ends there")]

use std::hint::black_box;
use std::sync::Arc;
use std::time::Duration;

use counterscope::base::{Key, clock};
use counterscope::session::protocol::{
    Command, ExplainLook, ExplainOrder, Layout, Link, Sort, SortBy, Speed, Target, Viewport,
};
use counterscope::session::snapshot::{Profile, Snapshot, State};
use counterscope::session::{self, ConfigSource, LogSource, Setup, Start};
use counterscope::ui::input::key::Key as Press;
use counterscope::ui::message::{Effect, Message};
use counterscope::ui::model::{Model, Options};
use counterscope::ui::update::update;
use crossterm::event::KeyCode;
use ratatui::Terminal;
use ratatui::backend::TestBackend;

/// Each kind of value that an explanation treats in a way of its own.
const CONFIG: &str = "events: {format: flat, timestamp: ts, type: event}
features:
  - {name: clicks, type: interaction_count, scope: item, interaction: click}
  - {name: shows, type: window_count, scope: item, interaction: show, bucket: 1h, periods: [168, 1440]}
  - {name: ctr, type: rate, scope: item, top: click, bottom: show, bucket: 24h, periods: [7, 30]}
  - {name: normal, type: rate, scope: item, top: click, bottom: show, bucket: 24h, periods: [7, 60], normalize: {weight: 10}}
  - {name: liked, type: counter, scope: item, interaction: like, half_life: [1h, 7d]}
  - {name: shown, type: counter, scope: item, interaction: show, half_life: [7d]}
  - {name: smooth, type: ratio, top: liked_7d, bottom: shown_7d, prior: {rate: global, weight: 20}}
  - {name: rolling, type: counter, scope: item, interaction: show, bucket: 1h, windows: [7d], window: rolling}
  - {name: viewers, type: counter, scope: item, interaction: watch, aggregate: distinct, value: user, bucket: 1d, windows: [30d]}
  - {name: median, type: counter, scope: item, interaction: watch, aggregate: percentile, percentile: 50, value: watch_time}
  - {name: acts, type: counter, scope: user}
  - {name: authors, type: counter, scope: user, aggregate: top_k, k: 5, value: author}
  - {name: watched, type: counter, scope: [user, author], interaction: watch, aggregate: sum, value: watch_time, where: {watch_time: {gt: 30}}}
  - {name: likes, type: counter, scope: global, interaction: like, bucket: 1d, windows: [30d]}
  - {name: events, type: counter, scope: global}
";

/// The config of `benches/peers`, as moves through the log are measured with it.
const PEERS: &str = include_str!("peers/feed.yaml");

/// How often each thing is measured.
const ROUNDS: usize = 5;
/// The events that a next change is looked for from.
const MOVES: usize = 9;
/// The frames that are drawn of each view.
const FRAMES: usize = 200;
/// Nothing comes any more after so long.
const QUIET: Duration = Duration::from_millis(700);

fn main() {
    let arguments: Vec<String> =
        std::env::args().skip(1).filter(|argument| !argument.starts_with("--")).collect();
    let [log] = arguments.as_slice() else {
        // `cargo bench` runs every bench: without a log there is nothing to measure here.
        println!("usage: cargo bench --bench explain -- LOG; nothing measured");
        return;
    };
    with_session(CONFIG, log, |client| {
        let cells = cells(client);
        explanations(client, &cells);
        contributors(client, &cells);
    });
    with_session(PEERS, log, |client| {
        let cells = cells(client);
        changes(client, &cells);
        frames(client.link.clone());
    });
}

/// Starts a session that goes to the end of a log, and ends it.
fn with_session(config: &str, log: &str, measure: impl FnOnce(&mut Client)) {
    let place = tempfile::tempdir().unwrap();
    let path = place.path().join("config.yaml");
    std::fs::write(&path, config).unwrap();
    let running = session::start(Setup {
        config: ConfigSource::File(path),
        log: LogSource::Files(vec![log.into()]),
        store: None,
        speed: Speed::Max,
        start: Start::End,
        max_memory: None,
        threads: 2,
    })
    .unwrap();
    let mut client = Client { link: running.link, look: Viewport::default(), last: None };
    client.look.generation = 1 << 32;
    client.wait(|snapshot| snapshot.transport.state == State::Ended);
    client.settle();
    println!("{} events", client.last().transport.total);
    measure(&mut client);
    client.link.commands.send(Command::Quit).unwrap();
    running.worker.join().unwrap();
}

/// Someone who looks at a session.
struct Client {
    link: Link,
    look: Viewport,
    last: Option<Arc<Snapshot>>,
}

impl Client {
    fn last(&self) -> &Snapshot {
        self.last.as_ref().unwrap()
    }

    /// The time until a snapshot of the newest look is such a one.
    fn wait(&mut self, is_it: impl Fn(&Snapshot) -> bool) -> Duration {
        let began = clock::instant();
        loop {
            self.link.pings.recv().unwrap();
            let Some(snapshot) = self.link.take() else { continue };
            let took = began.elapsed();
            let answers =
                self.look.generation == 1 << 32 || self.look.generation == snapshot.generation;
            let is_it = answers && is_it(&snapshot);
            self.last = Some(snapshot);
            if is_it {
                return took;
            }
        }
    }

    /// Waits until nothing comes any more.
    fn settle(&mut self) {
        while self.link.pings.recv_timeout(QUIET).is_ok() {
            self.last = self.link.take().or(self.last.take());
        }
    }

    /// Looks at something else; the time until it is there.
    fn look(
        &mut self,
        change: impl FnOnce(&mut Viewport),
        is_it: impl Fn(&Snapshot) -> bool,
    ) -> Duration {
        change(&mut self.look);
        self.look.generation += 1;
        self.link.commands.send(Command::Viewport(self.look.clone())).unwrap();
        self.wait(is_it)
    }

    /// The time until a value, or its contributors by an attribute, is explained.
    fn explain(&mut self, cell: &Cell, by: Option<&str>, order: ExplainOrder) -> Duration {
        self.look(|look| look.explain = None, |snapshot| snapshot.explained.is_none());
        let look = ExplainLook {
            output: cell.output.clone(),
            key: cell.key.clone(),
            by: by.map(str::to_owned),
            order,
            most: 100,
        };
        self.look(
            |viewport| viewport.explain = Some(Box::new(look)),
            |snapshot| {
                let told = snapshot.explained.as_ref();
                told.is_some_and(|told| told.waits.is_none() && !told.outline.nodes.is_empty())
            },
        )
    }
}

/// A value that is looked at.
struct Cell {
    output: String,
    /// Where its key is in the order of its scope.
    rank: &'static str,
    key: Key,
}

impl Cell {
    fn name(&self) -> String {
        format!("{} of the {} key", self.output, self.rank)
    }
}

/// Each output at the key that has most of its scope's first output, at one that has less of it than
/// an eighth of the keys, and at one that has the least.
fn cells(client: &mut Client) -> Vec<Cell> {
    let source = Arc::clone(&client.last().source);
    let mut cells = Vec::new();
    for (scope, info) in source.scopes.iter().enumerate() {
        let mut places = vec![("first", true, 0)];
        if !info.attributes.is_empty() {
            places.extend([("middle", true, 1), ("last", false, 0)]);
        }
        for (rank, descending, eighths) in places {
            let is_there = |snapshot: &Snapshot| {
                let values = &snapshot.values;
                let is_ordered = values.ordering.is_none() && !values.rows.is_empty();
                is_ordered && values.layout == Layout::Wide(scope)
            };
            let sort = Sort { by: SortBy::Column(0), descending };
            let look = |look: &mut Viewport| {
                (look.layout, look.sort) = (Layout::Wide(scope), sort);
                (look.first_row, look.rows) = (0, 1);
            };
            client.look(look, is_there);
            let rows = client.last().values.total_rows;
            client.look(|look| look.first_row = eighths * rows / 8, is_there);
            let key = client.last().values.rows[0].key.clone();
            let cell = |output: String| Cell { output, rank, key: key.clone() };
            cells.extend(info.columns.iter().map(|column| cell(column.output.clone())));
        }
    }
    cells
}

/// Prints the first, the median and the longest of some times, which are in order of measuring.
fn tell(name: &str, times: &[Duration], goal: Duration) {
    let mut sorted = times.to_vec();
    sorted.sort();
    let millis = |took: Duration| took.as_secs_f64() * 1000.0;
    let longest = sorted[sorted.len() - 1];
    println!(
        "{name:44} first {:>7.1} ms, median {:>7.1} ms, longest {:>7.1} ms{}",
        millis(times[0]),
        millis(sorted[sorted.len() / 2]),
        millis(longest),
        if longest > goal { format!("  over {:.0} ms", millis(goal)) } else { String::new() },
    );
}

fn explanations(client: &mut Client, cells: &[Cell]) {
    println!("\nexplain");
    let goal = Duration::from_millis(100);
    for cell in cells {
        let mut of = |order| {
            let times: Vec<Duration> =
                (0..ROUNDS).map(|_| client.explain(cell, None, order)).collect();
            times
        };
        tell(&cell.name(), &of(ExplainOrder::Newest), goal);
        if cell.rank == "first" {
            tell("  largest first", &of(ExplainOrder::Largest), goal);
        }
    }
}

fn contributors(client: &mut Client, cells: &[Cell]) {
    println!("\ncontributors");
    let cells: Vec<&Cell> = cells.iter().filter(|cell| cell.rank == "first").collect();
    for cell in &cells {
        for by in ["author", "user"] {
            let times: Vec<Duration> =
                (0..ROUNDS).map(|_| client.explain(cell, Some(by), ExplainOrder::Newest)).collect();
            tell(&format!("{} by {by}", cell.output), &times, Duration::from_millis(150));
        }
    }
    for (by, cell) in ["country", "dev", "completion", "rid"].iter().zip(cells) {
        let took = client.explain(cell, Some(by), ExplainOrder::Newest);
        tell(&format!("{} by {by}, which is read", cell.output), &[took], Duration::from_secs(1));
    }
}

/// From random events to the next change of a cell, on and back.
fn changes(client: &mut Client, cells: &[Cell]) {
    println!("\nnext change");
    client.look(|look| look.explain = None, |snapshot| snapshot.explained.is_none());
    let total = client.last().transport.total;
    let rests =
        |snapshot: &Snapshot| matches!(snapshot.transport.state, State::Paused | State::Ended);
    let mut random = 0x9e37_79b9_7f4a_7c15u64;
    for cell in cells {
        let mut times = Vec::new();
        for number in 0..MOVES {
            random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            let from = 1 + (random >> 33) as usize % (total - 1);
            client.link.commands.send(Command::Seek(Target::Event(from))).unwrap();
            client.wait(|snapshot| rests(snapshot) && snapshot.transport.cursor == from);
            let events = if number % 2 == 0 { 1 } else { -1 };
            let (output, key) = (cell.output.clone(), cell.key.clone());
            client.link.commands.send(Command::StepOfKey { output, key, events }).unwrap();
            let notice = client.last().notice.as_ref().map(|notice| notice.number);
            // Where there is no other change a notice says so.
            times.push(client.wait(|snapshot| {
                let told = snapshot.notice.as_ref().map(|notice| notice.number);
                rests(snapshot) && (snapshot.transport.cursor != from || told != notice)
            }));
        }
        tell(&cell.name(), &times, Duration::from_millis(50));
    }
}

/// A screen that is joined to the session.
struct Screen {
    model: Model,
    link: Link,
    at: Duration,
}

impl Screen {
    fn tell(&mut self, message: Message) {
        for effect in update(&mut self.model, message) {
            if let Effect::Send(command) = effect {
                self.link.commands.send(command).unwrap();
            }
        }
    }

    fn press(&mut self, code: KeyCode) {
        self.at += Duration::from_secs(1);
        self.tell(Message::Key { key: Press::plain(code), at: self.at });
        while self.link.pings.recv_timeout(QUIET).is_ok() || self.reads_log() {
            if let Some(snapshot) = self.link.take() {
                self.tell(Message::Snapshot(snapshot));
            }
        }
    }

    fn reads_log(&self) -> bool {
        let profile = self.model.snapshot.as_ref().map(|snapshot| &snapshot.profile);
        matches!(profile, Some(Profile::Waiting | Profile::Reading(_)))
    }

    /// Draws frames as if each cell was new.
    fn draw(&self, name: &str) {
        let times: Vec<Duration> = (0..FRAMES)
            .map(|_| {
                let mut terminal = Terminal::new(TestBackend::new(160, 45)).unwrap();
                let began = clock::instant();
                let frame = terminal
                    .draw(|frame| counterscope::ui::view::view(&self.model, frame))
                    .unwrap();
                black_box(frame.count);
                began.elapsed()
            })
            .collect();
        tell(name, &times, Duration::from_millis(4));
    }
}

fn frames(link: Link) {
    println!("\nframe at 160×45");
    let options = Options { theme: "dark".into(), ..Options::default() };
    let mut screen = Screen { model: Model::new(&options, (160, 45)), link, at: Duration::ZERO };
    screen.tell(Message::Resize { width: 160, height: 45 });
    let views = [
        ("Values", "1"),
        ("Values, all keys and outputs", "L"),
        ("Events", "1 2"),
        ("an event as a whole", "l"),
        ("Config", "3"),
        ("Explain", "1 enter"),
        ("Explain, all open", "l j l j l j l j l j l"),
        ("Contributors", "1 t u s e r enter"),
        ("Log", "6"),
        ("Log, a type and a field open", "j j j l j l"),
        ("Help", "?"),
    ];
    for (name, keys) in views {
        for key in keys.split(' ') {
            screen.press(match key {
                "enter" => KeyCode::Enter,
                letter => KeyCode::Char(letter.chars().next().unwrap()),
            });
        }
        screen.draw(name);
    }
}
