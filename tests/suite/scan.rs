//! The scanner against the parser: over lines of every kind, whole, cut off and corrupted, both
//! make the same batches, with the same rejections.

use std::fmt::Write as _;

use counterscope::base::events::{EventSettings, Format, ImpressionSettings, Yields};
use counterscope::base::filter::{Condition, Filter};
use counterscope::base::metadata::{Entity, Metadata, MetadataSource};
use counterscope::base::{Comparison, Millis};
use counterscope::log::{EventSource, Reader};
use counterscope::tape::Batch;
use proptest::prelude::*;

use crate::log::attributes;

/// The batches of a log, read with the scanner and without.
fn both(log: &[u8], settings: &EventSettings, names: &[&str]) -> [Vec<Batch>; 2] {
    [false, true].map(|scans| {
        let reader = Reader::embedded("log", log.to_vec(), settings, &attributes(names));
        let mut reader = if scans { reader } else { reader.parse_only() };
        let mut batches = Vec::new();
        while let Some(batch) = reader.next_batch().unwrap() {
            batches.push(batch);
        }
        batches
    })
}

fn settings(format: Format) -> EventSettings {
    EventSettings {
        format: Some(format),
        id: Some("id".to_owned()),
        dedup: Some(Millis::DAY),
        impressions: ImpressionSettings { used: true, ..ImpressionSettings::default() },
        ..EventSettings::default()
    }
}

/// Settings by which some lines are metadata, and say when they were there.
fn joined() -> EventSettings {
    let entity = |name: &str, on: &str| Entity { name: name.to_owned(), on: on.to_owned() };
    let test = |name: &str| Condition::Attribute(name.to_owned(), Comparison::Exists(true));
    let source = |entity, key: &str, when: &str| MetadataSource {
        entity,
        key: key.to_owned(),
        when: Some(Filter(vec![test(when)])),
        file: None,
    };
    let metadata = Metadata {
        entities: vec![entity("user", "user"), entity("place", "geo.country")],
        sources: vec![source(0, "user", "tags"), source(1, "geo.country", "v")],
        of_file: None,
    };
    let known = Some("id".to_owned());
    EventSettings { metadata, known, ..settings(Format::Flat) }
}

/// The list of which each element is an event, if any is.
const EACH: [Option<&str>; 3] = [None, Some("items"), Some("geo.items")];

/// Settings by which lines are events of their lists, or of flags, or of one type.
fn yielding(each: Option<&str>, constant: bool, flags: bool, joins: bool) -> EventSettings {
    let flag = |kind: &str, member: &str| (kind.to_owned(), member.to_owned());
    let flags = if flags { vec![flag("f", "v"), flag("g", "items.user")] } else { Vec::new() };
    let yields = Yields {
        each: each.map(str::to_owned),
        constant: constant.then(|| "one".to_owned()),
        flags,
        untyped: false,
    };
    EventSettings { yields, ..if joins { joined() } else { settings(Format::Flat) } }
}

/// Paths into lists, beside what they are in themselves.
const LISTS: [&str; 16] = [
    "items",
    "items[]",
    "items[].v",
    "items[1].v",
    "items[v=x].user",
    "items[v=36].geo.country",
    "items[].tags",
    "items[].tags[]",
    "items[0].items[].v",
    "items[v=x].items[user=x].v",
    "tags[]",
    "tags[2]",
    "geo.items[].v",
    "geo.items.v",
    "v",
    "user",
];
const JOINED: [&str; 5] = ["user", "v", "user.tags", "user.geo.country", "place.v"];
const FLAT: [&str; 8] = ["user", "v", "geo", "geo.country", "geo.at.x", "a.b", "tags", "type"];
const METARANK: [&str; 6] = ["item", "item.v", "user.tags", "v", "ranking.query", "a.b"];

/// White space, mostly none.
fn space() -> impl Strategy<Value = &'static str> {
    prop_oneof![12 => Just(""), 2 => Just(" "), 1 => Just("\t"), 1 => Just("  \r ")]
}

fn one_of(all: &'static [&'static str]) -> impl Strategy<Value = String> {
    prop::sample::select(all).prop_map(str::to_owned)
}

/// A text in quotes, mostly a plain one.
fn quoted() -> impl Strategy<Value = String> {
    prop_oneof![
        20 => "[a-z0-9]{0,20}".prop_map(|text| format!("\"{text}\"")),
        4 => "\\PC{0,12}".prop_map(|text| serde_json::to_string(&text).unwrap()),
        2 => one_of(&[
            r#""a\"b""#, r#""\\""#, r#""\u00e4""#, r#""\ud83d\ude00""#, r#""36""#, r#""1718000000""#,
        ]),
    ]
}

fn scalar() -> impl Strategy<Value = String> {
    prop_oneof![
        80 => quoted(),
        20 => any::<i64>().prop_map(|number| number.to_string()),
        20 => (-100_000..100_000i64, 0..5u32)
            .prop_map(|(n, e)| format!("{}", n as f64 / f64::from(10u32.pow(e)))),
        20 => any::<f64>().prop_map(|number| format!("{number:?}")),
        20 => one_of(&[
            "true", "false", "null", "0", "-0", "-0.0", "1e5", "1E-400", "36.0",
            "18446744073709551615", "18446744073709551616", "123456789012345678901234567890",
            "-9223372036854775809", "99999999999999999999999999999999999999",
            "170141183460469231731687303715884105728", "12345678901234567890.5",
            "999999999999999999", "9007199254740993.5", "0.1234567890123456789",
        ]),
        // What is none.
        1 => one_of(&[
            "nul", "00", "01", "1.", "-", "+1", ".5", "1e999", "NaN", "tru e", r#""\ud800""#,
            r#""\x""#, r#""\u12""#, "\"a\u{1}b\"", r#""open"#,
        ]),
    ]
}

/// Any value, with lists and objects in it.
fn json() -> impl Strategy<Value = String> {
    scalar().prop_recursive(3, 12, 4, |inner| {
        let member = (one_of(&["country", "at", "x", "b", "c"]), inner.clone());
        let joined = |parts: Vec<String>, space: &str| parts.join(&format!("{space},{space}"));
        prop_oneof![
            (prop::collection::vec(inner, 0..4), space())
                .prop_map(move |(parts, space)| format!("[{space}{}]", joined(parts, space))),
            (prop::collection::vec(member, 0..4), space()).prop_map(move |(parts, space)| {
                let part = |(name, value)| format!("\"{name}\"{space}:{space}{value}");
                format!("{{{}{space}}}", joined(parts.into_iter().map(part).collect(), space))
            }),
        ]
    })
}

/// A line: mostly with the needed members, and with these and others in any order, once, twice or
/// not at all.
fn line(
    needed: Vec<BoxedStrategy<(String, String)>>,
    members: BoxedStrategy<(String, String)>,
) -> impl Strategy<Value = String> {
    let other = (one_of(&["x", "a", "a.b", "\\u0061", "name that is a long one"]), json());
    let any = prop_oneof![5 => members, 1 => other];
    let parts = (
        prop_oneof![8 => needed, 1 => Just(Vec::new())],
        prop::collection::vec(any, 0..6),
        prop::collection::vec((space(), space()), 16),
    );
    let parts = parts.prop_map(|(needed, others, spaces)| {
        needed.into_iter().chain(others).zip(spaces).collect::<Vec<_>>()
    });
    let behind = prop_oneof![30 => Just(""), 1 => prop::sample::select(vec![",", "}", " x"])];
    (parts.prop_shuffle(), space(), space(), behind).prop_map(|(parts, before, within, behind)| {
        let part = |((name, value), (one, two)): ((String, String), (&str, &str))| {
            format!("{one}\"{name}\"{two}:{one}{value}{two}")
        };
        let parts: Vec<_> = parts.into_iter().map(part).collect();
        format!("{before}{{{within}{}}}{behind}", parts.join(","))
    })
}

/// A member of this name, mostly with a value that makes sense.
fn member(
    name: &'static str,
    value: impl Strategy<Value = String> + 'static,
) -> BoxedStrategy<(String, String)> {
    let value = prop_oneof![30 => value, 1 => json()];
    (Just(name.to_owned()), value).boxed()
}

fn time() -> impl Strategy<Value = String> {
    prop_oneof![
        6 => (1_718_000_000_000..1_719_000_000_000i64).prop_map(|time| time.to_string()),
        2 => (1_718_000_000..1_719_000_000i64).prop_map(|time| format!("\"{time}\"")),
        1 => Just("\"2024-06-10T06:29:23.494Z\"".to_owned()),
        1 => Just("1718000000.25".to_owned()),
    ]
}

fn flat() -> impl Strategy<Value = String> {
    let kind = || one_of(&["\"click\"", "\"show\"", "7", "true", "\"\\u0061\""]);
    line(
        vec![member("ts", time()), member("type", kind())],
        prop_oneof![
            1 => member("ts", time()),
            1 => member("type", kind()),
            2 => member("id", scalar()),
            2 => member("user", scalar()),
            2 => member("v", scalar()),
            2 => member("geo", json()),
            1 => member("geo.country", scalar()),
            1 => member("tags", json()),
        ]
        .boxed(),
    )
}

/// An element of a list: mostly an object that may be an event.
fn element() -> impl Strategy<Value = String> {
    let few =
        || one_of(&["\"x\"", "\"x\"", "36", "\"36\"", "\"\\u0078\"", "1", "0", "null", "1e999"]);
    let leaf = prop_oneof![
        2 => scalar(),
        6 => (one_of(&["v", "user"]), few()).prop_map(|(name, value)| format!("{{\"{name}\":{value}}}")),
        1 => json(),
    ];
    leaf.prop_recursive(3, 16, 4, move |inner| {
        let list = || {
            (prop::collection::vec(inner.clone(), 0..4), space(), ends())
                .prop_map(|(parts, space, end)| format!("[{space}{}{space}{end}]", parts.join(",")))
        };
        let member = prop_oneof![
            3 => (Just("v".to_owned()), few()),
            3 => (Just("user".to_owned()), few()),
            2 => (Just("items".to_owned()), list()),
            2 => (Just("tags".to_owned()), list()),
            1 => (Just("geo".to_owned()), inner.clone()),
            1 => (Just("ts".to_owned()), time()),
            1 => (Just("type".to_owned()), one_of(&["\"click\"", "7", "[]", "null"])),
            1 => (Just("id".to_owned()), scalar()),
            1 => (one_of(&["\\u0076", "items.v", "geo.items", "x"]), inner.clone()),
        ];
        (prop::collection::vec(member, 0..5), space(), ends()).prop_map(|(members, space, end)| {
            let members = members
                .into_iter()
                .map(|(name, value)| format!("{space}\"{name}\"{space}:{space}{value}{space}"));
            format!("{{{}{end}}}", members.collect::<Vec<_>>().join(","))
        })
    })
}

/// What may stand before the end of a list or an object: mostly nothing.
fn ends() -> impl Strategy<Value = &'static str> {
    prop_oneof![120 => Just(""), 1 => Just(","), 1 => Just("]"), 1 => Just(" 1")]
}

/// A line with lists in it.
fn with_lists() -> impl Strategy<Value = String> {
    let list = || {
        let list = prop::collection::vec(element(), 0..5);
        prop_oneof![
            12 => (list, space()).prop_map(|(parts, space)| format!("[{}]", parts.join(&format!("{space},{space}")))),
            1 => element(),
        ]
    };
    let kind = || one_of(&["\"click\"", "\"show\"", "7"]);
    let within = || {
        (list(), one_of(&["items", "items", "v", "tags"]))
            .prop_map(|(list, name)| format!("{{\"{name}\":{list}}}"))
    };
    line(
        vec![
            member("ts", time()),
            member("type", kind()),
            member("items", list()),
            member("geo", within()),
        ],
        prop_oneof![
            1 => member("items", list()),
            2 => member("geo.items", list()),
            1 => member("geo", within()),
            2 => member("tags", list()),
            1 => member("type", kind()),
            1 => member("id", scalar()),
            1 => member("v", one_of(&["1", "true", "0", "\"yes\"", "[1]"])),
            1 => member("user", scalar()),
            1 => member("items.user", one_of(&["1", "0", "null"])),
        ]
        .boxed(),
    )
}

fn fields() -> impl Strategy<Value = String> {
    let name = || one_of(&["\"v\"", "\"tags\"", "\"query\"", "\"other\"", "\"\\u0076\""]);
    let field = prop_oneof![
        40 => (name(), json(), space())
            .prop_map(|(n, v, s)| format!("{{\"name\"{s}:{n},{s}\"value\":{s}{v}{s}}}")),
        4 => (name(), json()).prop_map(|(n, v)| format!("{{\"value\":{v},\"x\":[],\"name\":{n}}}")),
        1 => one_of(&["{}", "null", "{\"name\":\"v\"}", "{\"name\":\"v\",\"name\":\"tags\"}"]),
    ];
    prop::collection::vec(field, 0..4).prop_map(|fields| format!("[{}]", fields.join(",")))
}

fn items() -> impl Strategy<Value = String> {
    let item = prop_oneof![
        40 => quoted().prop_map(|id| format!("{{\"id\":{id}}}")),
        10 => (quoted(), json()).prop_map(|(id, v)| format!("{{ \"label\":{v}, \"id\": {id} }}")),
        4 => scalar(),
        1 => one_of(&["{}", "[]", "{\"id\":null}", "{\"id\":1,\"id\":2}", "{\"id\":[1]}"]),
    ];
    prop::collection::vec(item, 0..6).prop_map(|items| format!("[{}]", items.join(" ,")))
}

fn metarank() -> impl Strategy<Value = String> {
    let kinds = ["\"interaction\"", "\"ranking\"", "\"item\"", "\"metadata\"", "\"user\"", "\"x\""];
    let kind = prop::sample::select(kinds.to_vec()).prop_map(str::to_owned);
    let of = || one_of(&["\"click\"", "\"like\"", "7"]);
    line(
        vec![
            member("event", kind),
            member("timestamp", time()),
            member("type", of()),
            member("item", scalar()),
            member("id", scalar()),
            member("user", scalar()),
            member("items", items()),
        ],
        prop_oneof![
            1 => member("timestamp", time()),
            1 => member("type", of()),
            1 => member("id", scalar()),
            1 => member("item", scalar()),
            2 => member("user", scalar()),
            1 => member("session", scalar()),
            1 => member("ranking", scalar()),
            3 => member("fields", fields()),
            1 => member("items", items()),
            1 => member("tenant", json()),
        ]
        .boxed(),
    )
}

/// Lines as a log, of which a few bytes may be wrong or missing.
fn log(line: impl Strategy<Value = String>) -> impl Strategy<Value = Vec<u8>> {
    let wrong = (any::<prop::sample::Index>(), any::<u8>());
    let wrong = prop::collection::vec(wrong, 0..3);
    let lines = prop::collection::vec(line, 1..12);
    (lines, prop_oneof![3 => Just(vec![]), 1 => wrong], any::<bool>()).prop_map(
        |(lines, wrong, is_whole)| {
            let mut log = lines.join("\n").into_bytes();
            for (place, byte) in wrong {
                let place = place.index(log.len());
                log[place] = byte;
            }
            if !is_whole {
                log.truncate(log.len() - log.len() / 9);
            }
            log
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 192, ..ProptestConfig::default() })]

    #[test]
    fn flat_lines_are_read_alike(log in log(flat())) {
        let [parsed, scanned] = both(&log, &settings(Format::Flat), &FLAT);
        prop_assert_eq!(parsed, scanned);
    }

    #[test]
    fn lines_with_metadata_are_read_alike(log in log(flat())) {
        let [parsed, scanned] = both(&log, &joined(), &JOINED);
        prop_assert_eq!(parsed, scanned);
    }

    #[test]
    fn lines_with_lists_are_read_alike(
        log in log(with_lists()),
        each in prop::sample::select(&EACH[..]),
        (constant, flags, joins) in (any::<bool>(), any::<bool>(), any::<bool>()),
    ) {
        let [parsed, scanned] = both(&log, &yielding(each, constant, flags, joins), &LISTS);
        prop_assert_eq!(parsed, scanned);
    }

    #[test]
    fn metarank_lines_are_read_alike(log in log(metarank())) {
        let [parsed, scanned] = both(&log, &settings(Format::Metarank), &METARANK);
        prop_assert_eq!(parsed, scanned);
    }
}

#[test]
fn the_generated_lines_are_events_often_enough() {
    use proptest::strategy::ValueTree;
    use proptest::test_runner::TestRunner;
    let mut runner = TestRunner::deterministic();
    let each = EACH.map(|each| yielding(each, false, false, false));
    let [lists, items, within] = each.each_ref();
    for (settings, line, names) in [
        (&settings(Format::Flat), flat().boxed(), &FLAT[..]),
        (&settings(Format::Metarank), metarank().boxed(), &METARANK[..]),
        (lists, with_lists().boxed(), &LISTS[..]),
        (items, with_lists().boxed(), &LISTS[..]),
        (within, with_lists().boxed(), &LISTS[..]),
    ] {
        let lines: Vec<_> =
            (0..400).map(|_| line.new_tree(&mut runner).unwrap().current()).collect();
        let [parsed, _] = both(lines.join("\n").as_bytes(), settings, names);
        let events: usize = parsed.iter().map(Batch::len).sum();
        assert!((100..1200).contains(&events), "{events} events by {settings:?}");
    }
}

#[test]
fn batches_of_lines_with_many_events_end_alike() {
    let elements = vec![r#"{"v":1}"#; 50].join(",");
    let line = format!(r#"{{"ts":1718000000,"type":"a","items":[{elements}]}}"#);
    let log = vec![line; 200].join("\n");
    let settings = yielding(EACH[1], false, false, false);
    let [parsed, scanned] = both(log.as_bytes(), &settings, &["v", "items[].v"]);
    assert_eq!(parsed, scanned);
    let lengths: Vec<_> = scanned.iter().map(Batch::len).collect();
    assert_eq!(lengths, [4100, 4100, 1800]);
}

#[test]
fn deep_values_and_long_names() {
    let deep = |depth: usize| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
    let path = ["d"; 140].join(".");
    let nested = format!("{}1{}", "{\"d\":".repeat(140), "}".repeat(140));
    let mut log = format!("{{\"ts\":1718000000,\"type\":\"a\",{}\n", &nested[1..]);
    for depth in [1, 60, 63, 64, 65, 120, 126, 127, 128, 129, 1000] {
        for name in ["v", "unwanted", "geo"] {
            let value = deep(depth);
            writeln!(log, "{{\"ts\":1718000000,\"{name}\":{value},\"type\":\"a\"}}").unwrap();
        }
    }
    let long = "n".repeat(100_000);
    writeln!(log, "{{\"{long}\":1,\"ts\":1718000000,\"type\":\"{long}\",\"v\":\"{long}\"}}")
        .unwrap();
    let names = ["v", "geo.x", path.as_str(), "d.d.d"];
    let [parsed, scanned] = both(log.as_bytes(), &settings(Format::Flat), &names);
    assert_eq!(parsed, scanned);
    assert!(parsed.iter().map(Batch::len).sum::<usize>() > 20);
}
