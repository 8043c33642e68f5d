//! The tape as a whole: joins, impressions, order, merging, and what stays as it was.

use counterscope::base::events::{EventSettings, Format, ImpressionSettings, Order};
use counterscope::base::{Millis, Timestamp, Value};
use counterscope::tape::{
    Arrangement, BatchEncoder, Datum, Demand, ImpressionsStatus, Mark, Parties, Reason, RowKind,
    Tape, TapeWriter,
};
use proptest::prelude::*;

/// A line of a Metarank log, in short.
#[derive(Clone, Debug)]
pub(crate) enum Line {
    /// time, type, item, ranking
    Click(i64, &'static str, &'static str, &'static str),
    /// time, item, brand
    Item(i64, &'static str, &'static str),
    /// time, id, items
    Ranking(i64, &'static str, &'static [&'static str]),
}
use Line::{Click, Item, Ranking};

impl Line {
    pub(crate) const fn time(&self) -> i64 {
        match self {
            Click(time, ..) | Item(time, ..) | Ranking(time, ..) => *time,
        }
    }
}

const START: i64 = 1_700_000_000_000;
const MINUTE: i64 = 60_000;

pub(crate) fn settings(order: Order) -> EventSettings {
    EventSettings {
        order,
        impressions: ImpressionSettings { used: true, ..ImpressionSettings::default() },
        ..EventSettings::default()
    }
}

pub(crate) fn demand(settings: EventSettings) -> Demand {
    let attributes = ["item", "item.brand", "ranking", "ranking.query"].map(Into::into).to_vec();
    Demand { settings, attributes, listed: false }
}

fn text(text: &str) -> Option<Datum<'_>> {
    Some(Datum::text(text)).filter(|_| !text.is_empty())
}

const NO_FIELDS: [(usize, Datum<'static>); 0] = [];

pub(crate) fn record(recorder: &mut BatchEncoder, number: u32, line: &Line) {
    let (Click(time, ..) | Item(time, ..) | Ranking(time, ..)) = line;
    let mark = Mark {
        time: Timestamp(START + time * MINUTE),
        line: number,
        hash: u64::from(number),
        id: None,
        ..Mark::default()
    };
    let field = |recorder: &BatchEncoder, name| recorder.layout().field(name).unwrap();
    match line {
        Click(_, kind, item, ranking) => {
            let parties =
                Parties { item: text(item), ranking: text(ranking), ..Parties::default() };
            recorder.interaction(mark, kind, &parties, NO_FIELDS)
        }
        Item(_, item, brand) => {
            let brand = (field(recorder, "brand"), Datum::text(brand));
            recorder.item(mark, Some(&Datum::text(item)), [brand])
        }
        Ranking(_, id, items) => {
            let items: Vec<_> = items.iter().map(|item| Datum::text(item)).collect();
            let query = (field(recorder, "query"), Datum::text("shoes"));
            let parties = Parties { ranking: text(id), ..Parties::default() };
            recorder.ranking(mark, &parties, [query], items)
        }
    }
    .unwrap();
}

/// A tape of lines in batches of this size, and what its end said.
fn tape_in_batches(demand: &Demand, lines: &[Line], size: usize) -> (Tape, Arrangement) {
    let mut tape = TapeWriter::new(demand.clone());
    extend(&mut tape, lines, size);
    let arrangement = tape.finish();
    (Tape::clone(&tape), arrangement)
}

/// Gives an empty tape all lines in batches of this size.
pub(crate) fn extend(tape: &mut TapeWriter, lines: &[Line], size: usize) {
    let mut recorder = BatchEncoder::new(tape.demand(), Format::Metarank, 1);
    for (number, line) in lines.iter().enumerate() {
        record(&mut recorder, number as u32, line);
        if recorder.len() == size {
            tape.extend(recorder.take(0));
        }
    }
    tape.extend(recorder.take(0));
}

pub(crate) fn tape(demand: &Demand, lines: &[Line]) -> Tape {
    tape_in_batches(demand, lines, usize::MAX).0
}

fn read(tape: &Tape, attribute: usize, row: usize) -> String {
    let column = tape.column(attribute);
    column.value(column.id(row)).map_or_else(|| "-".into(), Value::to_string)
}

/// Each event's rows in words: `10 click a`.
pub(crate) fn told(tape: &Tape) -> Vec<String> {
    (0..tape.events())
        .map(|event| {
            let rows: Vec<_> = (tape.end_row(event)..tape.end_row(event + 1))
                .map(|row| {
                    let minutes = (tape.time(row) - START) / MINUTE;
                    let kind = match tape.type_id(row) {
                        Some(id) => tape.type_names()[id as usize].clone(),
                        None => format!("{:?}", tape.kind(row)).to_lowercase(),
                    };
                    let about = if tape.kind(row) == RowKind::Ranking { 2 } else { 0 };
                    format!("{minutes} {kind} {}", read(tape, about, row))
                })
                .collect();
            rows.join(", ")
        })
        .collect()
}

#[test]
fn metadata_is_joined_as_known_at_that_moment() {
    let lines = [
        Click(0, "click", "a", ""),
        Item(1, "a", "acme"),
        Click(2, "click", "a", ""),
        Item(3, "a", "zeta"),
        Click(4, "click", "a", ""),
        Click(5, "click", "b", ""),
    ];
    let mut settings = settings(Order::Time);
    settings.impressions.enabled = false;
    let tape = tape(&demand(settings), &lines);
    let brands: Vec<_> = (0..tape.rows()).map(|row| read(&tape, 1, row)).collect();
    assert_eq!(brands, ["-", "acme", "acme", "zeta", "zeta", "-"]);
    assert_eq!(tape.impressions(), ImpressionsStatus::Disabled);
}

#[test]
fn impressions_know_what_was_known_before_the_event_that_released_them() {
    let lines = [
        Item(0, "a", "acme"),
        Ranking(1, "r", &["a"]),
        Click(2, "click", "a", "r"),
        Item(3, "a", "kilo"),
        Item(60, "a", "zeta"),
    ];
    let tape = tape(&demand(settings(Order::Time)), &lines);
    let rows: Vec<_> = (0..tape.rows()).map(|row| (tape.kind(row), read(&tape, 1, row))).collect();
    let want = [
        (RowKind::Item, "acme"),
        (RowKind::Ranking, "-"),
        (RowKind::Event, "acme"),
        (RowKind::Item, "kilo"),
        (RowKind::Item, "zeta"),
        (RowKind::Impression, "kilo"),
    ];
    assert_eq!(rows, want.map(|(kind, brand)| (kind, brand.to_owned())));
}

#[test]
fn impressions_follow_the_event_that_closes_their_ranking() {
    let cases: [(&str, Vec<Line>, Vec<&str>); 9] = [
        (
            "down to the lowest click, once the session has passed since the last one",
            vec![
                Ranking(0, "r", &["a", "b", "c", "d"]),
                Click(1, "click", "c", "r"),
                Click(2, "like", "a", "r"),
                Item(31, "z", "acme"),
                Item(32, "z", "acme"),
            ],
            vec![
                "0 ranking r",
                "1 click c",
                "2 like a",
                "31 item z",
                "32 item z, 0 impression a, 0 impression b, 0 impression c",
            ],
        ),
        (
            "nothing without a click on a listed item",
            vec![Ranking(0, "r", &["a"]), Click(1, "click", "x", "r"), Item(40, "z", "acme")],
            vec!["0 ranking r", "1 click x", "40 item z"],
        ),
        (
            "a click without a ranking saw its item",
            vec![Click(0, "click", "a", ""), Click(1, "click", "b", "unknown")],
            vec!["0 click a, 0 impression a", "1 click b, 1 impression b"],
        ),
        (
            "the end closes what is open, behind the last event",
            vec![
                Ranking(1, "s", &["c"]),
                Ranking(1, "r", &["a", "b"]),
                Click(2, "click", "c", "s"),
                Click(3, "click", "b", "r"),
            ],
            vec![
                "1 ranking s",
                "1 ranking r",
                "2 click c",
                "3 click b, 1 impression a, 1 impression b, 1 impression c",
            ],
        ),
        (
            "an interaction that comes too late is on its own, behind what it closed",
            vec![
                Ranking(0, "r", &["a", "b"]),
                Click(1, "click", "b", "r"),
                Click(31, "click", "b", "r"),
            ],
            vec![
                "0 ranking r",
                "1 click b",
                "31 click b, 0 impression a, 0 impression b, 31 impression b",
            ],
        ),
        (
            "what the end closes comes behind the last event's own impression",
            vec![Ranking(0, "r", &["a"]), Click(1, "click", "a", "r"), Click(2, "click", "b", "")],
            vec!["0 ranking r", "1 click a", "2 click b, 2 impression b, 0 impression a"],
        ),
        (
            "rankings that close together come by their time",
            vec![
                Ranking(0, "b", &["x"]),
                Ranking(1, "a", &["y"]),
                Click(2, "click", "y", "a"),
                Click(3, "click", "x", "b"),
                Item(90, "z", "acme"),
            ],
            vec![
                "0 ranking b",
                "1 ranking a",
                "2 click y",
                "3 click x",
                "90 item z, 0 impression x, 1 impression y",
            ],
        ),
        (
            "a ranking seen again closes the one before it",
            vec![
                Ranking(0, "r", &["a", "b"]),
                Click(1, "click", "a", "r"),
                Ranking(2, "r", &["c"]),
                Click(3, "click", "a", "r"),
                Click(4, "click", "c", "r"),
            ],
            vec![
                "0 ranking r",
                "1 click a",
                "2 ranking r, 0 impression a",
                "3 click a",
                "4 click c, 2 impression c",
            ],
        ),
        (
            "none are made where the log has its own",
            vec![
                Ranking(0, "r", &["a"]),
                Click(1, "click", "a", "r"),
                Item(40, "z", "acme"),
                Item(41, "z", "acme"),
                Click(42, "impression", "a", "r"),
            ],
            vec!["0 ranking r", "1 click a", "40 item z", "41 item z", "42 impression a"],
        ),
    ];
    let demand = demand(settings(Order::Time));
    for (what, lines, want) in cases {
        for size in [1, 2, usize::MAX] {
            let (tape, arrangement) = tape_in_batches(&demand, &lines, size);
            assert_eq!(told(&tape), want, "{what}, in batches of {size}");
            let rows = want.iter().flat_map(|event| event.split(", "));
            let made = rows.filter(|row| row.contains("impression")).count() as u64;
            if matches!(lines.last(), Some(Click(_, "impression", ..))) {
                assert_eq!(tape.impressions(), ImpressionsStatus::InLog, "{what}");
                let rows_changed = size < lines.len();
                assert_eq!(arrangement == Arrangement::Reordered, rows_changed, "{what} {size}");
            } else {
                assert_eq!(tape.impressions(), ImpressionsStatus::Made(made), "{what}");
                assert_eq!(arrangement, Arrangement::Unchanged, "{what}");
            }
        }
    }
}

#[test]
fn in_order_of_the_log_late_events_stay_where_they_lie() {
    let lines = [
        Item(10, "a", "acme"),
        Click(5, "click", "a", ""),
        Ranking(20, "r", &["a", "b"]),
        Click(12, "click", "b", "r"),
        Item(3, "a", "zeta"),
        Item(49, "c", "acme"),
        Item(50, "c", "acme"),
    ];
    let (tape, arrangement) = tape_in_batches(&demand(settings(Order::Log)), &lines, 2);
    let want = [
        "10 item a",
        "5 click a, 5 impression a",
        "20 ranking r",
        "12 click b",
        "3 item a",
        "49 item c",
        "50 item c, 20 impression a, 20 impression b",
    ];
    assert_eq!(told(&tape), want, "a late interaction does not make its ranking older");
    assert_eq!(arrangement, Arrangement::Unchanged);
    assert_eq!(tape.reordered(), 0);
    assert_eq!(tape.clock(4), Some(Timestamp(START + 20 * MINUTE)));
}

#[test]
fn late_events_wait_for_the_end_and_then_take_their_places() {
    let lines = [
        Click(1, "click", "a", ""),
        Click(5, "click", "b", ""),
        Item(2, "b", "acme"),
        Click(4, "click", "c", ""),
        Click(6, "click", "d", ""),
    ];
    let demand = demand(settings(Order::Time));
    let mut recorder = BatchEncoder::new(&demand, Format::Metarank, 1);
    let mut tape = TapeWriter::new(demand);
    for (number, line) in lines.iter().enumerate() {
        record(&mut recorder, number as u32, line);
    }
    tape.extend(recorder.take(0));
    // The last event waits to know whether it is the last.
    assert_eq!(told(&tape), ["1 click a, 1 impression a", "5 click b, 5 impression b"]);
    assert!(!tape.is_finished());
    assert_eq!(tape.finish(), Arrangement::Reordered);
    let order: Vec<_> = (0..tape.events()).map(|event| tape.line(tape.end_row(event))).collect();
    assert_eq!(order, [0, 2, 3, 1, 4]);
    assert_eq!(tape.reordered(), 2);
    assert_eq!(read(&tape, 1, tape.end_row(3)), "acme", "what is known follows the new order");
    assert_eq!(tape.finish(), Arrangement::Unchanged, "the end comes once");
}

#[test]
fn listed_items_follow_their_ranking() {
    let lines = [
        Item(0, "b", "acme"),
        Ranking(1, "q", &["a"]),
        Click(2, "click", "a", "q"),
        Ranking(60, "r", &["a", "b"]),
        Item(61, "b", "zeta"),
    ];
    let mut demand = demand(settings(Order::Time));
    demand.listed = true;
    let tape = tape(&demand, &lines);
    let rows: Vec<_> = (tape.end_row(3)..tape.end_row(4))
        .map(|row| (tape.kind(row), read(&tape, 0, row), read(&tape, 1, row), read(&tape, 2, row)))
        .collect();
    let row = |kind, item: &str, brand: &str, ranking: &str| {
        (kind, item.to_owned(), brand.to_owned(), ranking.to_owned())
    };
    let want = [
        row(RowKind::Ranking, "-", "-", "r"),
        row(RowKind::Listed, "a", "-", "r"),
        row(RowKind::Listed, "b", "acme", "r"),
        row(RowKind::Impression, "a", "-", "q"),
    ];
    assert_eq!(rows, want);
    assert!((tape.end_row(3)..tape.end_row(4)).all(|row| tape.row_event(row) == 3));
}

#[test]
fn an_id_counts_once_within_the_span() {
    let attributes = vec!["n".to_owned()];
    for (order, want) in
        [(Order::Time, [1, 2, 5, 6, 7].as_slice()), (Order::Log, [0, 3, 5, 6, 7].as_slice())]
    {
        let settings = EventSettings { dedup: Some(Millis(10)), order, ..EventSettings::default() };
        let demand = Demand { settings, attributes: attributes.clone(), listed: false };
        let mut recorder = BatchEncoder::new(&demand, Format::Flat, 1);
        let mut tape = TapeWriter::new(demand);
        // Time and id of each line.
        let events: [(i64, Option<u128>); 8] = [
            (8, Some(1)),
            (0, Some(1)),
            (15, Some(1)),
            (18, Some(1)),
            (9, Some(1)),
            (20, Some(2)),
            (21, None),
            (22, None),
        ];
        for (line, (time, id)) in (0..).zip(events) {
            let mark = Mark { time: Timestamp(time), line, hash: 1, id, ..Mark::default() };
            recorder.event(mark, "x", [(0, Datum::Integer(line.into()))]).unwrap();
            tape.extend(recorder.take(0));
        }
        tape.finish();
        let lines: Vec<_> = (0..tape.rows()).map(|row| tape.line(row)).collect();
        let mut lines_sorted = lines.clone();
        lines_sorted.sort_unstable();
        assert_eq!(lines_sorted, want, "{order:?}");
        assert_eq!(tape.rejections().by_count(), [(Reason::DuplicateId, 3)], "{order:?}");
    }
}

#[test]
fn a_late_event_does_not_make_an_id_new_again() {
    let settings =
        EventSettings { dedup: Some(Millis(10)), order: Order::Log, ..EventSettings::default() };
    let demand = Demand { settings, attributes: Vec::new(), listed: false };
    let mut recorder = BatchEncoder::new(&demand, Format::Flat, 1);
    let mut tape = TapeWriter::new(demand);
    for (line, time) in (0..).zip([100, 50, 101, 59, 60, 91, 110]) {
        let mark = Mark { time: Timestamp(time), line, hash: 1, id: Some(1), ..Mark::default() };
        recorder.event(mark, "x", NO_FIELDS).unwrap();
        tape.extend(recorder.take(0));
    }
    tape.finish();
    let lines: Vec<_> = (0..tape.rows()).map(|row| tape.line(row)).collect();
    assert_eq!(lines, [0, 1, 4, 6]);
}

/// Several logs in one order, and each one's lines as time and number.
fn merged(order: Order, logs: &[&[i64]]) -> Vec<u64> {
    let demand = Demand {
        settings: EventSettings { order, ..EventSettings::default() },
        ..Demand::default()
    };
    let mut recorder = BatchEncoder::new(&demand, Format::Flat, logs.len());
    let mut tape = TapeWriter::new(demand);
    let mut line = 0;
    for (source, times) in logs.iter().enumerate() {
        for time in *times {
            let mark = Mark { time: Timestamp(*time), line, hash: 0, id: None, ..Mark::default() };
            recorder.event(mark, "x", NO_FIELDS).unwrap();
            line += 1;
        }
        tape.extend(recorder.take(source));
    }
    tape.finish();
    (0..tape.rows()).map(|row| tape.line(row)).collect()
}

#[test]
fn several_logs_are_merged_by_time() {
    let logs: [&[i64]; 3] = [&[1, 5, 3, 9], &[], &[2, 3, 5]];
    assert_eq!(merged(Order::Time, &logs), [0, 4, 2, 5, 1, 6, 3]);
    // As streams: each log in its own order, the oldest head first, ties by the first log.
    assert_eq!(merged(Order::Log, &logs), [0, 4, 5, 1, 2, 6, 3]);
}

#[test]
fn an_empty_tape_answers() {
    let mut tape = TapeWriter::new(demand(settings(Order::Time)));
    assert_eq!(tape.impressions(), ImpressionsStatus::NotMetarank);
    assert_eq!(tape.finish(), Arrangement::Unchanged);
    assert_eq!((tape.events(), tape.rows(), tape.end_row(0), tape.end_row(7)), (0, 0, 0, 0));
    assert_eq!((tape.clock(0), tape.events_at(Timestamp(0)), tape.fingerprint(0)), (None, 0, 0));
    assert!(tape.column(3).ids(..).is_empty());
}

/// Where an impression comes: behind which event, in which part, by which time and id.
type MadeAt = (usize, u8, i64, String);

/// The click model as its definition says it, one ranking after the other.
fn impressions_by_definition(lines: &[Line]) -> Vec<(usize, i64, String)> {
    let session = 30;
    let time = |line: &Line| match line {
        Click(time, ..) | Item(time, ..) | Ranking(time, ..) => *time,
    };
    let mut sorted: Vec<_> = lines.iter().collect();
    sorted.sort_by_key(|line| time(line));
    let mut alone = vec![true; sorted.len()];
    let mut made: Vec<(MadeAt, i64, String)> = Vec::new();
    for (opened, line) in sorted.iter().enumerate() {
        let Ranking(start, id, items) = line else { continue };
        let mut last = *start;
        let mut lowest = None;
        let mut closed = None;
        for (n, line) in sorted.iter().enumerate().skip(opened + 1) {
            if time(line) - last >= session || matches!(line, Ranking(_, other, _) if other == id) {
                closed = Some(n);
                break;
            }
            if let Click(at, _, item, ranking) = line
                && ranking == id
            {
                alone[n] = false;
                last = *at;
                let place = items.iter().position(|listed| listed == item);
                lowest = lowest.max(place);
            }
        }
        let at_end = u8::from(closed.is_none()) * 2;
        let event = closed.unwrap_or(sorted.len() - 1);
        for item in &items[..lowest.map_or(0, |place| place + 1)] {
            let place = (event, at_end, *start, (*id).to_owned());
            made.push((place, *start, (*item).to_owned()));
        }
    }
    for (n, line) in sorted.iter().enumerate() {
        if let Click(at, _, item, _) = line
            && alone[n]
        {
            made.push(((n, 1, *at, String::new()), *at, (*item).to_owned()));
        }
    }
    // Stable: the items of one ranking stay in their order.
    made.sort_by(|a, b| a.0.cmp(&b.0));
    made.into_iter().map(|((event, ..), time, item)| (event, time, item)).collect()
}

pub(crate) fn any_line() -> impl Strategy<Value = Line> {
    const LISTS: [&[&str]; 4] = [&["a"], &["a", "b", "c"], &["c", "b"], &[]];
    let id = proptest::sample::select(vec!["", "r", "s", "t"]);
    let item = proptest::sample::select(vec!["a", "b", "c", "d"]);
    let brand = proptest::sample::select(vec!["acme", "kilo"]);
    prop_oneof![
        3 => (0..200_i64, item.clone(), id.clone()).prop_map(|(t, i, r)| Click(t, "click", i, r)),
        1 => (0..200_i64, item, brand).prop_map(|(t, i, b)| Item(t, i, b)),
        2 => (0..200_i64, id, proptest::sample::select(LISTS.to_vec()))
            .prop_map(|(t, r, l)| Ranking(t, if r.is_empty() { "u" } else { r }, l)),
    ]
}

proptest! {
    #[test]
    fn impressions_are_those_of_the_definition(lines in proptest::collection::vec(any_line(), 1..40)) {
        let tape = tape(&demand(settings(Order::Time)), &lines);
        let made: Vec<_> = (0..tape.rows())
            .filter(|row| tape.kind(*row) == RowKind::Impression)
            .map(|row| {
                (tape.row_event(row), (tape.time(row) - START) / MINUTE, read(&tape, 0, row))
            })
            .collect();
        prop_assert_eq!(made, impressions_by_definition(&lines));
    }

    #[test]
    fn batches_make_no_difference(
        lines in proptest::collection::vec(any_line(), 0..60),
        size in 1..20_usize,
        in_order_of_log: bool,
        listed: bool,
    ) {
        let order = if in_order_of_log { Order::Log } else { Order::Time };
        let mut demand = demand(settings(order));
        demand.listed = listed;
        let (whole, _) = tape_in_batches(&demand, &lines, usize::MAX);
        let (parts, _) = tape_in_batches(&demand, &lines, size);
        prop_assert_eq!(told(&whole), told(&parts));
        for attribute in 0..demand.attributes.len() {
            prop_assert_eq!(whole.column(attribute), parts.column(attribute));
        }
        prop_assert_eq!(whole.fingerprint(lines.len()), parts.fingerprint(lines.len()));
    }

    #[test]
    fn what_is_arranged_stays_unless_the_end_says_otherwise(
        lines in proptest::collection::vec(any_line(), 1..60),
        in_order_of_log: bool,
    ) {
        let order = if in_order_of_log { Order::Log } else { Order::Time };
        let demand = demand(settings(order));
        let mut recorder = BatchEncoder::new(&demand, Format::Metarank, 1);
        let mut tape = TapeWriter::new(demand);
        let mut before: Vec<String> = Vec::new();
        for (number, line) in lines.iter().enumerate() {
            record(&mut recorder, number as u32, line);
            tape.extend(recorder.take(0));
            let now = told(&tape);
            prop_assert_eq!(&before[..], &now[..before.len()]);
            before = now;
        }
        if tape.finish() == Arrangement::Unchanged {
            prop_assert_eq!(&before[..], &told(&tape)[..before.len()]);
        } else {
            prop_assert!(!in_order_of_log);
        }
        prop_assert_eq!(tape.events(), lines.len());
        prop_assert_eq!(tape.end_row(tape.events()), tape.rows());
        let mut clock = None;
        for event in 0..tape.events() {
            for row in tape.end_row(event)..tape.end_row(event + 1) {
                prop_assert_eq!(tape.row_event(row), event);
            }
            clock = clock.max(Some(Timestamp(tape.time(tape.end_row(event)))));
            prop_assert_eq!(tape.clock(event + 1), clock);
            let at = tape.events_at(clock.unwrap());
            prop_assert!(at > event && tape.clock(at) == clock);
        }
    }
}
