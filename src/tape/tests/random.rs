//! The tape against the click model's definition, and against itself in other batches.

use proptest::prelude::*;

use super::*;

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

fn any_line() -> impl Strategy<Value = Line> {
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
                (tape.row_event(row), (tape.times()[row] - START) / MINUTE, read(&tape, 0, row))
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
        let mut recorder = Recorder::new(&demand, Format::Metarank, 1);
        let mut tape = Tape::new(demand);
        let mut before: Vec<String> = Vec::new();
        for (number, line) in lines.iter().enumerate() {
            record(&mut recorder, number as u32, line);
            tape.extend(recorder.take(0));
            let now = told(&tape);
            prop_assert_eq!(&before[..], &now[..before.len()]);
            before = now;
        }
        if tape.finish() == Arrangement::AsItStood {
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
            clock = clock.max(Some(Timestamp(tape.times()[tape.end_row(event)])));
            prop_assert_eq!(tape.clock(event + 1), clock);
            let at = tape.events_at(clock.unwrap());
            prop_assert!(at > event && tape.clock(at) == clock);
        }
    }
}
