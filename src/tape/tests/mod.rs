//! Tests of the tape as a whole.

mod cascade;
mod random;

use super::*;
use crate::base::events::{EventSettings, Format, ImpressionSettings};
use crate::base::{Millis, Value};

/// A line of a Metarank log, in short.
#[derive(Clone, Debug)]
enum Line {
    /// time, type, item, ranking
    Click(i64, &'static str, &'static str, &'static str),
    /// time, item, brand
    Item(i64, &'static str, &'static str),
    /// time, id, items
    Ranking(i64, &'static str, &'static [&'static str]),
}
use Line::{Click, Item, Ranking};

const START: i64 = 1_700_000_000_000;
const MINUTE: i64 = 60_000;

fn settings(order: Order) -> EventSettings {
    EventSettings {
        order,
        impressions: ImpressionSettings { used: true, ..ImpressionSettings::default() },
        ..EventSettings::default()
    }
}

fn demand(settings: EventSettings) -> Demand {
    let attributes = ["item", "item.brand", "ranking", "ranking.query"].map(Into::into).to_vec();
    Demand { settings, attributes, listed: false }
}

fn text(text: &str) -> Option<Datum<'_>> {
    Some(Datum::text(text)).filter(|_| !text.is_empty())
}

fn record(recorder: &mut Recorder, number: u32, line: &Line) {
    let (Click(time, ..) | Item(time, ..) | Ranking(time, ..)) = line;
    let mark = Mark {
        time: Timestamp(START + time * MINUTE),
        line: number,
        hash: u64::from(number),
        id: None,
    };
    let field = |recorder: &Recorder, name| recorder.layout().field(name).unwrap();
    match line {
        Click(_, kind, item, ranking) => {
            let parties =
                Parties { item: text(item), ranking: text(ranking), ..Parties::default() };
            recorder.interaction(mark, kind, &parties, &[])
        }
        Item(_, item, brand) => {
            let brand = (field(recorder, "brand"), Datum::text(brand));
            recorder.item(mark, Some(&Datum::text(item)), &[brand])
        }
        Ranking(_, id, items) => {
            let items: Vec<_> = items.iter().map(|item| Datum::text(item)).collect();
            let query = (field(recorder, "query"), Datum::text("shoes"));
            let parties = Parties { ranking: text(id), ..Parties::default() };
            recorder.ranking(mark, &parties, &[query], &items)
        }
    }
    .unwrap();
}

/// A tape of lines in batches of this size, and what its end said.
fn tape_in_batches(demand: &Demand, lines: &[Line], size: usize) -> (Tape, Arrangement) {
    let mut recorder = Recorder::new(demand, Format::Metarank, 1);
    let mut tape = Tape::new(demand.clone());
    for (number, line) in lines.iter().enumerate() {
        record(&mut recorder, number as u32, line);
        if recorder.len() == size {
            tape.extend(recorder.take(0));
        }
    }
    tape.extend(recorder.take(0));
    let arrangement = tape.finish();
    (tape, arrangement)
}

fn tape(demand: &Demand, lines: &[Line]) -> Tape {
    tape_in_batches(demand, lines, usize::MAX).0
}

fn read(tape: &Tape, attribute: usize, row: usize) -> String {
    let column = tape.column(attribute);
    column.value(column.ids()[row]).map_or_else(|| "-".into(), Value::to_string)
}

/// Each event's rows in words: `10 click a`.
fn told(tape: &Tape) -> Vec<String> {
    (0..tape.events())
        .map(|event| {
            let rows: Vec<_> = (tape.end_row(event)..tape.end_row(event + 1))
                .map(|row| {
                    let minutes = (tape.times()[row] - START) / MINUTE;
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
    assert_eq!(arrangement, Arrangement::AsItStood);
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
    let mut recorder = Recorder::new(&demand, Format::Metarank, 1);
    let mut tape = Tape::new(demand);
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
    assert_eq!(tape.finish(), Arrangement::AsItStood, "the end comes once");
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
        let mut recorder = Recorder::new(&demand, Format::Flat, 1);
        let mut tape = Tape::new(demand);
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
            let mark = Mark { time: Timestamp(time), line, hash: 1, id };
            recorder.event(mark, "x", &[(0, Datum::Integer(line.into()))]).unwrap();
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

/// Several logs in one order, and each one's lines as time and number.
fn merged(order: Order, logs: &[&[i64]]) -> Vec<u64> {
    let demand = Demand {
        settings: EventSettings { order, ..EventSettings::default() },
        ..Demand::default()
    };
    let mut recorder = Recorder::new(&demand, Format::Flat, logs.len());
    let mut tape = Tape::new(demand);
    let mut line = 0;
    for (source, times) in logs.iter().enumerate() {
        for time in *times {
            let mark = Mark { time: Timestamp(*time), line, hash: 0, id: None };
            recorder.event(mark, "x", &[]).unwrap();
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
    let mut tape = Tape::new(demand(settings(Order::Time)));
    assert_eq!(tape.impressions(), ImpressionsStatus::NotMetarank);
    assert_eq!(tape.finish(), Arrangement::AsItStood);
    assert_eq!((tape.events(), tape.rows(), tape.end_row(0), tape.end_row(7)), (0, 0, 0, 0));
    assert_eq!((tape.clock(0), tape.events_at(Timestamp(0)), tape.fingerprint(0)), (None, 0, 0));
    assert!(tape.column(3).ids().is_empty());
}
