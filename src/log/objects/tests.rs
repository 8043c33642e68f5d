//! Tests of the splitter: what objects there are does not depend on how they are read.

use proptest::prelude::*;

use super::*;

/// The items of a log that is read in chunks of this size: the line of each, from 0, what it is
/// called, and its text with a blank for each line break.
fn items(log: &[u8], chunk: usize, longest: usize) -> (Vec<(u32, &'static str, String)>, u32) {
    let source = Source::in_memory("log", log.to_vec().into());
    let mut objects = Objects { longest, chunk, ..Objects::new(source) };
    let mut all = Vec::new();
    let mut line = 0;
    while let Some(Object { breaks, text }) = objects.next().unwrap() {
        line += breaks;
        let (kind, bytes) = match text {
            RawLine::Text(text) => ("text", text.as_bytes()),
            RawLine::Bytes(bytes) => ("bytes", bytes),
            RawLine::TooLong(bytes) => ("long", bytes),
            RawLine::Damaged(bytes) => ("damaged", bytes),
        };
        let text = String::from_utf8_lossy(bytes).replace('\r', " ");
        all.push((line, kind, text));
    }
    assert!(objects.next().unwrap().is_none(), "the end is the end");
    (all, line + objects.end())
}

#[track_caller]
fn are(log: &str, want: &[(u32, &str, &str)], lines: u32) {
    for chunk in [3, 4, 5, 8, 13, 21, 1000] {
        let (found, count) = items(log.as_bytes(), chunk, 1000);
        let found: Vec<_> =
            found.iter().map(|(line, kind, text)| (*line, *kind, text.as_str())).collect();
        assert_eq!(found, want, "{log:?} by {chunk}");
        assert_eq!(count, lines, "{log:?} by {chunk}");
    }
}

#[test]
fn objects_are_found_however_they_are_written() {
    let two = |first, second| [(first, "text", "{\"a\":1}"), (second, "text", "{\"a\":2}")];
    are("[{\"a\":1},{\"a\":2}]", &two(0, 0), 1);
    are("\u{feff}[\n{\"a\":1},\n\n{\"a\":2}\n]\n", &two(1, 3), 5);
    are("[\r\n{\"a\":1}\r\n,{\"a\":2}]\r\n", &two(1, 2), 3);
    are("{\"a\":1}{\"a\":2}\n", &two(0, 0), 1);
    are("[{\"a\":1}]\n[{\"a\":2}]", &two(0, 1), 2);
    are("[]", &[], 1);
    are(
        "{\n \"a\": \"é\",\n \"b\": [\n {}\n ]\n}\n{ }\n",
        &[(0, "text", "{  \"a\": \"é\",  \"b\": [  {}  ] }"), (6, "text", "{ }")],
        7,
    );
    let (found, lines) = items(b"[\r {\r \"a\":1}]\r", 1000, 1000);
    assert_eq!(found, [(1, "text", "{  \"a\":1}".to_owned())]);
    assert_eq!(lines, 3);
}

#[test]
fn what_is_no_object_is_an_item_and_the_next_object_is_found() {
    are(
        "[1, \"a, b\", [2, {}], {\"a\":1} oops, {\"a\":2}]",
        &[
            (0, "text", "1"),
            (0, "text", "\"a, b\""),
            (0, "text", "[2, {}]"),
            (0, "text", "{\"a\":1}"),
            (0, "text", "oops"),
            (0, "text", "{\"a\":2}"),
        ],
        1,
    );
    // A text that nothing closes, a bracket too few, one too many.
    are(
        "[\n {\"a\":\"x},\n {\"a\":2},\n {\"b\":[1,\n  {\"c\":1},\n {\"a\":3}},\n {\"a\":4}\n]\n",
        &[
            (1, "text", "{\"a\":\"x},"),
            (2, "text", "{\"a\":2}"),
            (3, "text", "{\"b\":[1,   {\"c\":1},"),
            (5, "text", "{\"a\":3}"),
            (5, "text", "}"),
            (6, "text", "{\"a\":4}"),
        ],
        8,
    );
    // What a fault leaves of an object over lines is passed.
    are(
        "[\n {\n  \"a\": \"x,\n  \"b\": {\"c\": 1}\n },\n {\n  \"a\": 2\n }\n]",
        &[(1, "text", "{   \"a\": \"x,"), (5, "text", "{   \"a\": 2  }")],
        9,
    );
}

#[test]
fn an_object_that_is_no_json_costs_its_neighbours_nothing() {
    let last = [(0, "text", "{\"a\":2}"), (0, "text", "{\"a\":3}")];
    for broken in ["{\"a\":\"x},", "{\"a\":\"x,", "{\"a\":[1},", "{\"a\":{\"b\":1},", "{\"a\":1,"] {
        let mut want = vec![(0, "text", broken)];
        want.extend(last);
        let log = format!("[{broken}{{\"a\":2}},{{\"a\":3}}]");
        are(&log, &want, 1);
        are(&format!("{log}\n"), &want, 1);
        // Two of them, each by itself.
        let log = format!("[{{\"a\":1}},{broken}{broken}{{\"a\":2}},{{\"a\":3}}]");
        let mut want = vec![(0, "text", "{\"a\":1}"), (0, "text", broken), (0, "text", broken)];
        want.extend(last);
        are(&log, &want, 1);
    }
    // A text may well look like that.
    let text = "{\"a\":\"x},{\",\"b\":\",{\"}";
    are(&format!("[{text},{{\"a\":2}}]"), &[(0, "text", text), (0, "text", "{\"a\":2}")], 1);
}

#[test]
fn what_is_cut_off_is_told() {
    are("[{\"a\":1},", &[(0, "text", "{\"a\":1}"), (1, "damaged", "")], 1);
    are(
        "[\n{\"a\":1},\n{\"a\":2}",
        &[(1, "text", "{\"a\":1}"), (2, "text", "{\"a\":2}"), (3, "damaged", "")],
        3,
    );
    are(
        "[\n{\"a\":1},\n{\"a\":2}\n",
        &[(1, "text", "{\"a\":1}"), (2, "text", "{\"a\":2}"), (3, "damaged", "")],
        3,
    );
    are("[\n{\"a\":1},\n{\"a\"", &[(1, "text", "{\"a\":1}"), (2, "damaged", "{\"a\"")], 3);
    are("{\n\"a\":1\n}\n{\n\"a\":", &[(0, "text", "{ \"a\":1 }"), (3, "damaged", "{ \"a\":")], 5);
    are("[", &[(0, "damaged", "")], 1);
    // Not where more follows.
    are("[\n{\"a\":{,\n{\"a\":2}\n]", &[(1, "text", "{\"a\":{,"), (2, "text", "{\"a\":2}")], 4);
}

#[test]
fn an_object_that_is_too_long_is_left_out() {
    let long = format!("{{\"a\":\"{}\"}}", "x".repeat(100));
    for chunk in [10, 50, 1000] {
        let log = format!("[\n{{\"a\":1}},\n{long},\n{{\"a\":2}}]");
        let (found, lines) = items(log.as_bytes(), chunk, 60);
        let kinds: Vec<_> = found.iter().map(|(line, kind, _)| (*line, *kind)).collect();
        assert_eq!(kinds, [(1, "text"), (2, "long"), (3, "text")], "{chunk}");
        assert_eq!(lines, 4, "{chunk}");
    }
    // The bytes of an object that is not text are looked at by themselves.
    let (found, _) = items(b"[{\"a\":\"\xff\"},{\"a\":\"\xc3\xa4\"}]", 4, 60);
    assert_eq!(found.iter().map(|(_, kind, _)| *kind).collect::<Vec<_>>(), ["bytes", "text"]);
}

/// Of many objects without an end, each costs no more than a whole one, and those between count.
#[test]
fn objects_without_an_end_cost_those_between_nothing() {
    let log = "{\"x\":[\n{\"a\":1}\n".repeat(3_000);
    let source = Source::in_memory("log", log.into_bytes().into());
    let mut objects = Objects::new(source);
    let (mut whole, mut broken) = (0, 0);
    while let Some(object) = objects.next().unwrap() {
        match object.text {
            RawLine::Text("{\"a\":1}") => whole += 1,
            _ => broken += 1,
        }
    }
    assert_eq!((whole, broken), (3_000, 3_000));
    assert!(
        objects.rescanned < MOST_RESCANNED + 3_000 * LONGEST_AMONG_BROKEN,
        "{}",
        objects.rescanned
    );
}

#[test]
fn a_line_of_commas_is_not_one_that_was_read() {
    are("[\n{\"a\":1}\n ,,    ,,    ,,", &[(1, "text", "{\"a\":1}"), (2, "damaged", "")], 3);
}

#[test]
fn only_the_first_of_objects_without_an_end_is_too_long() {
    let log = "{\"x\":[\n{\"a\":1}\n".repeat(20);
    let (found, _) = items(log.as_bytes(), 1000, 60);
    let count = |wanted: &str| found.iter().filter(|(_, kind, _)| *kind == wanted).count();
    assert_eq!((count("long"), count("text")), (1, 39));
}

proptest! {
    #[test]
    fn chunks_make_no_difference(
        parts in prop::collection::vec(
            prop::sample::select(vec![
                "{", "}", "[", "]", ",", "\"", "\\", "\n", " ", "{\"a\":1}", "{\"a\":", "1", "ä", "\n{", "\r\n",
            ]),
            0..40,
        ),
        chunk in 3..30usize,
    ) {
        let log = parts.concat();
        prop_assert_eq!(items(log.as_bytes(), chunk, 1 << 20), items(log.as_bytes(), 1 << 20, 1 << 20));
    }
}
