//! Events in pages, of which most lie in a file: a tape like any other, and a session over a log
//! that is larger than its memory.

use std::fmt::Write as _;
use std::fs;
use std::io::{self, Cursor, Read, Seek, SeekFrom, Write};
use std::path::PathBuf;
use std::sync::Arc;

use counterscope::base::events::{EventSettings, Format, Order};
use counterscope::base::packed::Input;
use counterscope::base::{Deadline, Step, Task, Timestamp, quantity};
use counterscope::engine::{History as Past, covers, demand as wanted};
use counterscope::plan::OutputId;
use counterscope::session::Setup;
use counterscope::session::protocol::{Command, Target, Viewport};
use counterscope::session::snapshot::History;
use counterscope::tape::{BatchEncoder, BufferPool, Datum, Demand, Mark, Tape, TapeWriter};
use proptest::prelude::*;

use crate::columns::age;
use crate::live::{self, Live};
use crate::replay::{CONFIGS, load, load_paged, log, pager, plan, readings, saved, settle};
use crate::tape::{Line, any_line, demand, extend, settings};
use crate::tape_kept::{answers, written};

/// A flat event: which type, values of two attributes of which one may be missing, and the time.
type Flat = (u8, u8, Option<u8>, i64);

fn any_flat() -> impl Strategy<Value = Vec<Flat>> {
    let gap = prop_oneof![5 => 0..40i64, 1 => -200..0i64];
    let event = (0..3u8, 0..40u8, prop::option::of(0..9u8), gap);
    prop::collection::vec(event, 0..250).prop_map(|mut events| {
        let mut time = 1_000_000;
        for event in &mut events {
            time += event.3;
            event.3 = time;
        }
        events
    })
}

/// Gives an empty tape flat events in batches of this size.
fn extend_flat(tape: &mut TapeWriter, events: &[Flat], size: usize) {
    let mut recorder = BatchEncoder::new(tape.demand(), Format::Flat, 1);
    for (number, (kind, one, other, time)) in events.iter().enumerate() {
        let (line, hash) = (number as u32, u64::from(*one) << 8 | number as u64);
        let mark = Mark { time: Timestamp(*time), line, hash, id: None, ..Mark::default() };
        let one = Datum::Text(format!("i{one}").into());
        let other = other.map(|other| Datum::Integer(other.into()));
        let fields = [Some((0, one)), other.map(|other| (1, other))];
        let kind = ["show", "click", "like"][usize::from(*kind)];
        recorder.event(mark, kind, fields.into_iter().flatten()).unwrap();
        if recorder.len() == size {
            tape.extend(recorder.take(0));
        }
    }
    tape.extend(recorder.take(0));
}

fn flat_demand(order: Order) -> Demand {
    let settings = EventSettings { order, ..EventSettings::default() };
    Demand { settings, attributes: vec!["item".into(), "position".into()], listed: false }
}

fn read_back(tape: &Tape, pager: Option<&Arc<BufferPool>>) -> Tape {
    let bytes = written(tape);
    let size = bytes.len() as u64;
    Tape::read_from(tape.demand(), pager, &mut Input::new(&mut bytes.as_slice(), size)).unwrap()
}

proptest! {
    #[test]
    fn a_flat_log_is_the_same_in_pages(
        events in any_flat(),
        in_order_of_log: bool,
        size in 1..60usize,
        (cells, limit) in (1..40usize, 0..2000usize),
    ) {
        let order = if in_order_of_log { Order::Log } else { Order::Time };
        let demand = flat_demand(order);
        let mut whole = TapeWriter::new(demand.clone());
        let room = pager(cells, limit);
        let mut paged = TapeWriter::paged(demand, Some(Arc::clone(&room)));
        extend_flat(&mut whole, &events, size);
        extend_flat(&mut paged, &events, size);
        prop_assert_eq!(answers(&paged), answers(&whole));
        prop_assert!(!paged.reorder_exceeds_memory(), "late events wait apart");
        prop_assert_eq!(paged.finish(), whole.finish());
        prop_assert_eq!(answers(&paged), answers(&whole));
        for (time, event) in events.iter().map(|event| event.3).zip(0..) {
            let moment = Timestamp(time + event % 3 - 1);
            prop_assert_eq!(paged.events_at(moment), whole.events_at(moment));
        }
        prop_assert!(room.bytes() <= limit, "{} of {limit} bytes", room.bytes());
        let back = read_back(&paged, Some(&room));
        prop_assert_eq!(answers(&back), answers(&whole));
        prop_assert_eq!(written(&back), written(&whole));
        prop_assert_eq!(answers(&read_back(&back, None)), answers(&whole));
        drop((paged, back));
        prop_assert_eq!((room.bytes(), room.fault()), (0, None));
    }

    #[test]
    fn joined_events_are_the_same_in_pages_if_they_are_in_order(
        lines in prop::collection::vec(any_line(), 0..120),
        in_order_of_log: bool,
        sorted: bool,
        listed: bool,
        size in 1..40usize,
        (cells, limit) in (1..40usize, 0..3000usize),
    ) {
        let mut lines = lines;
        if sorted {
            lines.sort_by_key(Line::time);
        }
        let order = if in_order_of_log { Order::Log } else { Order::Time };
        let demand = Demand { listed, ..demand(settings(order)) };
        let mut whole = TapeWriter::new(demand.clone());
        let room = pager(cells, limit);
        let mut paged = TapeWriter::paged(demand, Some(Arc::clone(&room)));
        extend(&mut whole, &lines, size);
        extend(&mut paged, &lines, size);
        if paged.reorder_exceeds_memory() {
            // Its lines were given up while they were in order.
            prop_assert!(whole.needs_reorder() && room.has_spilled());
            prop_assert!(!in_order_of_log && !sorted);
            paged.finish();
            return Ok(());
        }
        prop_assert_eq!(answers(&paged), answers(&whole));
        prop_assert_eq!(paged.finish(), whole.finish());
        prop_assert_eq!(answers(&paged), answers(&whole));
        prop_assert!(room.bytes() <= limit, "{} of {limit} bytes", room.bytes());
        prop_assert_eq!(answers(&read_back(&paged, Some(&room))), answers(&whole));
    }
}

/// A file that takes everything and, from some read on, gives nothing back.
struct Forgetful {
    file: Cursor<Vec<u8>>,
    gives: usize,
}

impl Write for Forgetful {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.file.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Read for Forgetful {
    fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
        self.gives = self.gives.saturating_sub(1);
        if self.gives > 0 { self.file.read(bytes) } else { Err(io::ErrorKind::NotFound.into()) }
    }
}

impl Seek for Forgetful {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.file.seek(to)
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn pages_that_cannot_be_read_again_are_told_and_no_panic(
        seeds in prop::collection::vec((any::<u8>(), any::<u16>(), 0..900i16), 20..260),
        (first, then) in (0..CONFIGS.len(), 0..CONFIGS.len()),
        gives in 0..400usize,
        (cells, limit) in (1..40usize, 0..1000usize),
        places in prop::collection::vec(0..260usize, 1..8),
    ) {
        let room = BufferPool::with_page_cells(cells, limit, move || {
            Ok(Box::new(Forgetful { file: Cursor::new(Vec::new()), gives }))
        });
        let bytes: &'static [u8] = Vec::leak(log(&seeds));
        let mut replay = load_paged(&plan(first), bytes, Some(Arc::clone(&room)));
        for place in places {
            replay.seek_to(place);
            settle(&mut replay);
            replay.prepare(&Deadline::passed());
            replay.seek_to(place / 2);
            settle(&mut replay);
        }
        let fault = room.fault();
        if fault.is_none() {
            let mut straight = load(&plan(first), bytes);
            straight.seek_to(replay.cursor());
            settle(&mut straight);
            prop_assert_eq!(readings(&replay), readings(&straight));
        }
        let then = plan(then);
        if covers(replay.tape().demand(), &wanted(&then, false)) {
            replay.adopt(&then, None);
            settle(&mut replay);
        }
        let output = OutputId(0);
        if replay.index().keys(replay.plan().scope_of(output)) > 0 {
            let plan = Arc::clone(replay.plan());
            let (tape, index) = (replay.tape(), replay.index());
            let mut past = Past::new(&plan, tape, index, output, 0);
            prop_assert_eq!(past.step((tape, index), &Deadline::never()), Step::Done(()));
            let next = replay.next_change(output, 0, true);
            prop_assert!(next.is_none_or(|next| next <= replay.tape().events()));
        }
        readings(&replay);
        saved(&replay);
        prop_assert!(fault.is_none() || room.fault() == fault, "the first is told");
    }
}

/// A log of flat events in order of time, with few keys, and its config.
struct Place(tempfile::TempDir);

const CONFIG: &str = "features:
  - {name: clicks, type: interaction_count, scope: item, interaction: click}
  - {name: likes, type: window_count, scope: user, interaction: like, bucket: 1h, periods: [1, 24]}
";

/// The same, and what needs an attribute more.
const MORE: &str = "features:
  - {name: clicks, type: interaction_count, scope: item, interaction: click}
  - {name: likes, type: window_count, scope: user, interaction: like, bucket: 1h, periods: [1, 24]}
  - {name: seen, type: interaction_count, scope: device, interaction: show}
";

/// How many events such a log has: several times as many as there is memory for.
const EVENTS: usize = 500_000;
/// The memory of a session: what pages have at least, and what two pages at the end of each column
/// and the rest take.
const BOUND: usize = 12 << 20;

impl Place {
    fn new(events: usize) -> Self {
        let place = Self(tempfile::tempdir().unwrap());
        let mut text = String::new();
        for number in 0..events as u64 {
            let random = (number + 7).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 20;
            let kind = ["show", "show", "click", "like"][(random % 4) as usize];
            let (item, user, device) = (random / 4 % 50, random / 200 % 30, random / 6000 % 4);
            let time = 1_718_000_000 + number;
            writeln!(
                text,
                "{{\"timestamp\":{time},\"event\":\"{kind}\",\"item\":\"i{item}\",\"user\":\"u{user}\",\"device\":\"d{device}\"}}"
            )
            .unwrap();
        }
        fs::write(place.path("log.ndjson"), text).unwrap();
        age(&place.path("log.ndjson"), 100);
        fs::write(place.path("config.yaml"), CONFIG).unwrap();
        place
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn setup(&self, store: Option<&str>, max_memory: Option<usize>) -> Setup {
        let store = store.map(|name| self.path(name));
        Setup {
            max_memory,
            ..live::setup(&self.path("config.yaml"), &self.path("log.ndjson"), store)
        }
    }

    fn start(&self, store: Option<&str>, max_memory: Option<usize>) -> Live {
        Live::start(self.setup(store, max_memory))
    }
}

/// The history of a value, once it is there.
fn history(live: &mut Live) -> History {
    live.send(Command::Viewport(Viewport {
        rows: 5,
        history: 20,
        timeline: 30,
        ..Viewport::default()
    }));
    let snapshot = live.wait("a history", |snapshot| {
        let history = snapshot.detail.as_ref().map(|detail| &detail.history);
        history.is_some_and(|history| history.columns.len() == 20 && !history.is_unfinished)
    });
    snapshot.detail.as_ref().unwrap().history.clone()
}

#[test]
fn a_log_larger_than_the_memory_is_replayed_to_its_end_and_back() {
    let place = Place::new(EVENTS);
    let mut paged = place.start(None, Some(BOUND));
    paged.said("read again from a temporary file");
    let mut whole = place.start(None, None);
    assert!(paged.rows() == whole.rows(), "other values at the end");
    assert_eq!(paged.settle().transport.total, EVENTS);
    assert_eq!(history(&mut paged), history(&mut whole));
    for target in [Target::Event(1_000), Target::Event(400_000), Target::Percent(31.0)] {
        for live in [&mut paged, &mut whole] {
            live.send(Command::Seek(target));
            live.send(Command::Step(-3));
        }
        assert!(paged.rows() == whole.rows(), "other values at {target:?}");
    }
    // A config that needs more of the log reads it again.
    fs::write(place.path("config.yaml"), MORE).unwrap();
    for live in [&mut paged, &mut whole] {
        // The watch on the file may be as quick as the command.
        live.send(Command::Reload);
        live.wait("another version", |snapshot| snapshot.config.version > 1);
    }
    assert!(paged.rows() == whole.rows(), "other values after a reload");
    paged.quit();
    whole.quit();
}

#[test]
fn a_session_with_little_memory_is_opened_again() {
    let place = Place::new(EVENTS);
    let mut first = place.start(Some("store"), Some(BOUND));
    let found = first.rows();
    first.quit();
    assert!(place.path("store/columns").is_file(), "the columns are not kept");
    for max_memory in [Some(BOUND), None] {
        let mut again = place.start(Some("store"), max_memory);
        again.said("resumed at event");
        assert!(again.rows() == found, "other values with {max_memory:?}");
        again.send(Command::Seek(Target::Event(123_456)));
        let there = again.rows();
        again.quit();
        let mut straight = place.start(None, None);
        straight.settle();
        straight.send(Command::Seek(Target::Event(123_456)));
        assert!(there == straight.rows(), "other values after a seek with {max_memory:?}");
    }
}

#[test]
fn what_cannot_lie_elsewhere_ends_the_reading() {
    let place = Place::new(EVENTS);
    let mut live = place.start(None, Some(5 << 20));
    let snapshot = live.said("raise it, or count fewer keys");
    let words = &snapshot.notice.as_ref().unwrap().text;
    assert!(words.contains("5.0 MiB"), "{words}");
    let snapshot = live.settle();
    let events = snapshot.transport.total;
    assert!(events > 0 && events < EVENTS, "{events} events");
    assert!(words.contains(&quantity::grouped(events as u64)), "{words}");
}

/// A disk without room for pages, as the limit of a process on the size of its files.
#[cfg(unix)]
mod full {
    use super::*;

    /// The child of the test below. As an ordinary test it has nothing to do.
    #[test]
    fn child() {
        let Some(folder) = crate::full::folder() else { return };
        let setup = |max_memory| Setup {
            max_memory,
            ..live::setup(&folder.join("config.yaml"), &folder.join("log.ndjson"), None)
        };
        let mut live = Live::start(setup(Some(BOUND)));
        let said = live.said("cannot be written to a temporary file");
        println!("\nsaid {:?}", said.notice.as_ref().unwrap());
        let events = live.settle().transport.total;
        assert!(events > 0 && events < EVENTS, "{events} events");
        let mut whole = Live::start(setup(None));
        for target in [events, events / 3] {
            whole.settle();
            for live in [&mut live, &mut whole] {
                live.send(Command::Seek(Target::Event(target)));
            }
            assert!(live.rows() == whole.rows(), "other values at {target}");
        }
        println!("\nwent on");
    }

    #[test]
    fn a_full_disk_ends_the_reading_and_nothing_else() {
        let place = Place::new(EVENTS);
        crate::full::goes_on("paged::full::child", 2000, place.0.path());
    }
}
