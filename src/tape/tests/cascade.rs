//! Impressions: when they come, and what they know.

use super::*;

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
                assert_eq!(arrangement, Arrangement::AsItStood, "{what}");
            }
        }
    }
}
