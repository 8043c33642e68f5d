//! The tests that configs have: those of the repository pass, their events count as those of a log
//! do, and what fails or is not covered is said.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use counterscope::base::Timestamp;
use counterscope::dataset::{Run, values, wanted};
use counterscope::engine::OutputValue;
use counterscope::explain::outline::{Moments, text};
use counterscope::log::Reader;
use counterscope::plan::lower::{compile, compile_with_document};
use counterscope::scenario::{Boundary, Coverage, Outcome, Suite};

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn suite(text: &str) -> Suite {
    let (plan, document, report) = compile_with_document("config.yaml", text);
    let faults = || counterscope::diagnostic::text(&report, false);
    Suite::new(plan.unwrap_or_else(|| panic!("{}", faults())), document, Arc::from(text))
}

fn outcomes(suite: &Suite) -> Vec<Outcome> {
    (0..suite.len()).map(|test| suite.run(test).unwrap()).collect()
}

/// What failed, in words.
fn failures(outcomes: &[Outcome]) -> Vec<String> {
    let failed = outcomes.iter().filter(|test| !test.passed());
    let words = failed.flat_map(|test| {
        let cells = test.cells.iter().filter(|cell| !cell.passed).map(|cell| {
            let (name, value) = (cell.name(), cell.value_words());
            format!("{}: line {}: {name} is {value}, not {}", test.name, cell.line, cell.expected)
        });
        test.problems.iter().cloned().chain(cells)
    });
    words.collect()
}

/// The values that tests read, by output, key and moment, bit by bit.
fn bits(outcomes: &[Outcome], wanted: impl Fn(&str) -> bool) -> Vec<String> {
    let cells = outcomes.iter().flat_map(|test| &test.cells);
    let words = cells.filter(|cell| wanted(&cell.output)).map(|cell| {
        let value = match &cell.value {
            Some(OutputValue::Number(number)) => format!("{:x}", number.to_bits()),
            other => format!("{other:?}"),
        };
        format!("{} {:?} {} {value}", cell.name(), cell.key, cell.at)
    });
    words.collect()
}

fn configs(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            configs(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "yaml") {
            found.push(path);
        }
    }
}

fn read(name: &str) -> String {
    std::fs::read_to_string(root().join("configs").join(name)).unwrap()
}

#[test]
fn the_tests_of_the_repository_pass() {
    let mut paths = Vec::new();
    configs(&root().join("configs"), &mut paths);
    let mut run = 0;
    for path in paths {
        let suite = suite(&std::fs::read_to_string(&path).unwrap());
        let outcomes = outcomes(&suite);
        assert_eq!(failures(&outcomes), Vec::<String>::new(), "{}", path.display());
        run += outcomes.len();
    }
    assert!(run >= 28, "{run} tests");
}

#[test]
fn the_traps_cover_every_output_and_boundary() {
    for name in ["traps/counting.yaml", "traps/late.yaml"] {
        let suite = suite(&read(name));
        let coverage = suite.coverage(&outcomes(&suite));
        assert_eq!(coverage.missing, [], "{name}");
    }
}

/// An edit of one feature changes no value of any other, bit by bit.
#[test]
fn an_edit_of_a_feature_changes_no_other() {
    let text = read("traps/counting.yaml");
    let before = outcomes(&suite(&text));
    for (feature, from, to) in [
        ("heat", "half_life: 7d}", "half_life: 6d}"),
        ("rolling", "windows: 6h, window: rolling", "windows: 5h, window: rolling"),
        ("stale", "periods: [7], refresh: 1h}", "periods: [7], refresh: 2h}"),
        ("short_lived", "ttl: 8d", "ttl: 1d"),
        ("paid", "where: {price: {gt: 0}}", "where: {price: {gt: 1}}"),
        ("smoothed", "weight: 10}", "weight: 11}"),
    ] {
        let edited = text.replacen(from, to, 1);
        assert_ne!(edited, text, "{feature}");
        let after = outcomes(&suite(&edited));
        assert!(after.iter().any(|test| !test.passed()), "{feature} has no test");
        let other = |name: &str| !name.starts_with(feature);
        assert_eq!(bits(&before, other), bits(&after, other), "{feature}");
    }
}

/// What has nothing to do with values changes none, bit by bit.
#[test]
fn an_unrelated_edit_changes_no_value() {
    let text = read("traps/counting.yaml");
    let before = bits(&outcomes(&suite(&text)), |_| true);
    let comment = text.replacen("features:\n", "# another comment\n\nfeatures:\n", 1);
    let feature = text.replacen(
        "features:\n",
        "features:\n  - {name: more, type: counter, scope: [item, user], interaction: click, \
         bucket: 1h, windows: [3h]}\n  - {name: shows_too, type: window_count, scope: item, \
         interaction: show, bucket: 24h, periods: [3, 60]}\n",
        1,
    );
    let described = text.replacen("scope: item,", "scope: item, description: clicks,", 1);
    for edited in [comment, feature, described] {
        assert_ne!(edited, text);
        assert_eq!(bits(&outcomes(&suite(&edited)), |_| true), before);
    }
}

/// One config, and the same features one a config, have the same values bit by bit.
#[test]
fn a_config_that_is_split_has_the_same_values() {
    let text = read("traps/counting.yaml");
    let (head, rest) = text.split_once("features:\n").unwrap();
    let (features, tests) = rest.split_once("\ntests:\n").unwrap();
    let whole = outcomes(&suite(&text));
    let document = compile_with_document("config.yaml", &text).1;
    let starts: Vec<usize> = features.match_indices("  - ").map(|(at, _)| at).collect();
    let blocks = starts.iter().enumerate().map(|(number, start)| {
        let end = starts.get(number + 1).copied().unwrap_or(features.len());
        &features[*start..end]
    });
    let blocks: Vec<&str> = blocks.collect();
    let name = |block: &str| {
        let name = block.split_once("name: ").unwrap().1;
        name.split([',', '\n']).next().unwrap().to_owned()
    };
    let (mut compared, mut split) = (0, 0);
    for block in &blocks {
        let own = name(block);
        // A ratio needs the features that it divides.
        let with: Vec<&str> = blocks
            .iter()
            .copied()
            .filter(|other| own == "smoothed" && ["buys", "visits"].contains(&&*name(other)))
            .collect();
        let features = format!("features:\n{block}\n{}", with.join("\n"));
        // The tests without what they expect of the other features.
        let is_own = |output: &str| {
            output == own
                || output.strip_prefix(own.as_str()).is_some_and(|rest| rest.starts_with('_'))
        };
        let expect = |test: &counterscope::config::Test| {
            let lines = test.expectations.iter().map(|expectation| {
                let key = &expectation.key[0];
                let outputs = expectation.values.iter().filter(|value| is_own(&value.output.value));
                let mut names: Vec<&str> = outputs.map(|it| it.output.value.as_str()).collect();
                names.dedup();
                let cells = names.iter().map(|name| format!(", {name}: {{exists: true}}"));
                let cells: String = cells.collect();
                let (at, key) = (&expectation.written, format!("{}: {}", key.0.value, key.1));
                (!cells.is_empty())
                    .then(|| format!("      - {{at: {at}, key: {{{key}}}{cells}}}\n"))
            });
            lines.flatten().collect::<String>()
        };
        let mut own_tests = String::new();
        for (test, written) in document.tests.iter().zip(tests.split("\n  - name: ")) {
            let expected = expect(test);
            if !expected.is_empty() {
                let written = written.trim_start_matches("  - name: ");
                let events = written.split_once("    expect:").unwrap().0;
                own_tests.extend(["  - name: ", events, "    expect:\n", &expected]);
            }
        }
        let alone = outcomes(&suite(&format!("{head}{features}\ntests:\n{own_tests}")));
        let live = |outcomes: &[Outcome]| {
            let mut bits = bits(outcomes, is_own);
            bits.retain(|line| !line.contains(" top") && !line.contains(" bottom"));
            bits.retain(|line| !line.contains(" served"));
            bits
        };
        let (alone, together) = (live(&alone), live(&whole));
        compared += alone.len();
        for value in &alone {
            assert!(together.contains(value), "{own}: {value}");
        }
        split += 1;
    }
    assert!(split >= 13 && compared >= 60, "{split} features, {compared} values");
}

/// Tests are no part of what a config means.
#[test]
fn tests_are_no_part_of_the_plan() {
    let text = read("traps/counting.yaml");
    let (without, _) = text.split_once("\ntests:\n").unwrap();
    let plan = |text: &str| compile("config.yaml", text).0.unwrap();
    assert_eq!(plan(&text), plan(without));
}

/// The number of an output at the only key of a log, as of a moment.
fn of_log(config: &str, log: &str, output: &str, at: &str) -> Option<f64> {
    let plan = Arc::new(compile("config.yaml", config).0.unwrap());
    let data = log.as_bytes().to_vec();
    let reader = Reader::embedded("log", data, &plan.events, &plan.attributes);
    let run = Run::load(Arc::clone(&plan), wanted(&plan, None), reader, &mut |_| {}).unwrap();
    assert_eq!(run.tape().rejections().examples(), [], "{log}");
    let at = Timestamp::parse(at, None).unwrap();
    let mut found = Vec::new();
    values(&run, Some(at), &|name| name == output, &mut |row| {
        found.push(row.value);
        Ok::<(), ()>(())
    })
    .unwrap();
    assert_eq!(found.len(), 1, "{log}");
    found[0]
}

/// A config, what its test has as events, a log of the same, the key, an output and its value.
const LOGGED: [(&str, &str, &str, &str, &str, f64); 10] = [
    (
        "features: [{name: n, type: counter, scope: item, interaction: click, where: {geo.c: de}}]",
        "{at: 1h, click: {item: a, geo: {c: de}}}, {at: 2h, click: {item: a, geo: {c: fr}}}",
        r#"{"ts":"2024-01-01T01:00:00Z","event":"click","item":"a","geo":{"c":"de"}}
{"ts":"2024-01-01T02:00:00Z","event":"click","item":"a","geo":{"c":"fr"}}"#,
        "item: a",
        "n",
        1.0,
    ),
    // Names of its own, times as texts.
    (
        "events: {timestamp: meta.at, type: what, time_format: '%Y%m%d%H', zone: Europe/Berlin}\n\
         features: [{name: n, type: counter, scope: item, interaction: click, aggregate: sum, \
         value: price}]",
        "{at: 1h, click: {item: 7, price: 2.5}}, {at: 30h, click: {item: 7, price: 1}}",
        r#"{"meta":{"at":"2024010102"},"what":"click","item":"7","price":2.5}
{"meta":{"at":"2024010207"},"what":"click","item":"7","price":1}"#,
        "item: 7",
        "n",
        3.5,
    ),
    // A line is of one type, and of those of its flags.
    (
        "events: {type: {const: show}, flags: {click: is_click, like: is_like}}\n\
         features: [{name: n, type: rate, top: click, bottom: show, bucket: 1d, periods: [7]}]",
        "{at: 1h, show: {item: a}}, {at: 2h, click: {item: a}}, {at: 3h, show: {item: a, is_like: 1}}",
        r#"{"ts":"2024-01-01T01:00:00Z","item":"a","is_click":0}
{"ts":"2024-01-01T02:00:00Z","item":"a","is_click":1}
{"ts":"2024-01-01T03:00:00Z","item":"a","is_like":true}"#,
        "item: a",
        "n_7",
        1.0 / 3.0,
    ),
    // Each element of a list is an event.
    (
        "events: {each: items}\nfeatures: [{name: n, type: counter, scope: user, interaction: buy, \
         aggregate: sum, value: items.count}]",
        "{at: 1h, buy: {user: u, items: [{item: a, count: 2}, {item: b, count: 3}]}}",
        r#"{"ts":"2024-01-01T01:00:00Z","type":"buy","user":"u","items":[{"item":"a","count":2},{"item":"b","count":3}]}"#,
        "user: u",
        "n",
        5.0,
    ),
    // As they come in.
    (
        "events: {order: log}\nfeatures: [{name: n, type: counter, scope: item, interaction: click, \
         aggregate: last, value: v}]",
        "{at: 2d, click: {item: a, v: 1}}, {at: 1d, click: {item: a, v: 2}}",
        r#"{"ts":"2024-01-03T00:00:00Z","type":"click","item":"a","v":1}
{"ts":"2024-01-02T00:00:00Z","type":"click","item":"a","v":2}"#,
        "item: a",
        "n",
        1.0,
    ),
    // Events of one time in the order in which they were there.
    (
        "events: {known: seen, id: meta.id}\nfeatures: [{name: n, type: counter, scope: item, \
         interaction: click, aggregate: last, value: v}]",
        "{at: 1d, id: 1, click: {item: a, v: 1, seen: '2024-01-02T02:00:00Z'}}, \
         {at: 1d, id: 2, click: {item: a, v: 2}}",
        r#"{"ts":"2024-01-02T00:00:00Z","type":"click","item":"a","v":1,"seen":"2024-01-02T02:00:00Z"}
{"ts":"2024-01-02T00:00:00Z","type":"click","item":"a","v":2,"seen":"2024-01-02T00:00:00Z"}"#,
        "item: a",
        "n",
        1.0,
    ),
    // Texts that are numbers.
    (
        "events: {numbers: text}\nfeatures: [{name: n, type: counter, scope: item, interaction: buy, \
         aggregate: sum, value: price}]",
        "{at: 0s, buy: {item: a, price: '2'}}, {at: 0s, buy: {item: a, price: 3}}",
        "ts,type,item,price\n2024-01-01T00:00:00Z,buy,a,2\n2024-01-01T00:00:00Z,buy,a,3\n",
        "item: a",
        "n",
        5.0,
    ),
    // Metadata that are lines of the log.
    (
        "events: {type: type, metadata: [{when: {type: catalog}, key: item, as: thing}]}\n\
         features: [{name: n, type: counter, scope: thing.brand, interaction: click}]",
        "{at: 0s, catalog: {item: 1, brand: b}}, {at: 1h, click: {thing: 1, item: 1}}",
        r#"{"ts":"2024-01-01T00:00:00Z","type":"catalog","item":1,"brand":"b"}
{"ts":"2024-01-01T01:00:00Z","type":"click","item":1}"#,
        "thing.brand: b",
        "n",
        1.0,
    ),
    // No feature tells types apart.
    (
        "features: [{name: n, type: counter, scope: item}]",
        "{at: 0s, click: {item: a}}, {at: 1h, buy: {item: a}}",
        r#"{"ts":"2024-01-01T00:00:00Z","item":"a"}
{"ts":"2024-01-01T01:00:00Z","item":"a"}"#,
        "item: a",
        "n",
        2.0,
    ),
    // Metarank's events, and the impressions that rankings make.
    (
        "features: [{name: n, type: rate, scope: item.brand, top: click, bottom: impression, \
         bucket: 1d, periods: [7]}]",
        "{at: 0s, item: {item: a, brand: x}}, {at: 0s, item: {item: b, brand: x}}, \
         {at: 1h, id: r, ranking: {user: u, items: [a, b, c]}}, \
         {at: 61m, click: {item: b, ranking: r}}, {at: 2h, user: {user: u, age: 3}}",
        r#"{"event":"item","id":"1","timestamp":"2024-01-01T00:00:00Z","item":"a","fields":[{"name":"brand","value":"x"}]}
{"event":"item","id":"2","timestamp":"2024-01-01T00:00:00Z","item":"b","fields":[{"name":"brand","value":"x"}]}
{"event":"ranking","id":"r","timestamp":"2024-01-01T01:00:00Z","user":"u","items":[{"id":"a"},{"id":"b"},{"id":"c"}]}
{"event":"interaction","id":"3","type":"click","timestamp":"2024-01-01T01:01:00Z","item":"b","ranking":"r"}
{"event":"user","id":"4","timestamp":"2024-01-01T02:00:00Z","user":"u","fields":[{"name":"age","value":3}]}"#,
        "item.brand: x",
        "n_7",
        0.5,
    ),
];

/// A test has the values that its events have in a log of whatever form the config describes.
#[test]
fn events_count_as_those_of_a_log() {
    for (config, events, log, key, output, value) in LOGGED {
        let test = format!(
            "{config}\ntests:\n- name: one\n  events: [{events}]\n  expect: [{{at: 3d, key: {{{key}}}, \
             {output}: {value:?}}}]\n"
        );
        let outcomes = outcomes(&suite(&test));
        assert_eq!(failures(&outcomes), Vec::<String>::new(), "{test}");
        assert_eq!(of_log(config, log, output, "2024-01-04T00:00:00Z"), Some(value), "{config}");
    }
}

/// Files of metadata are not read: a test says what they hold.
#[test]
fn metadata_of_files_are_part_of_the_test() {
    let config = "events: {metadata: [{file: users.csv, key: id, on: user, as: user}]}\n\
                  features: [{name: n, type: counter, scope: user.country, interaction: click}]\n";
    let test = |metadata: &str, events: &str, expected: u32| {
        let text = format!(
            "{config}tests:\n- name: one\n  metadata: {metadata}\n  events: [{events}]\n  \
             expect: [{{at: 1d, key: {{user.country: de}}, n: {expected}}}]\n"
        );
        failures(&outcomes(&suite(&text)))
    };
    let clicks =
        "{at: 1h, click: {user: 1}}, {at: 2h, click: {user: 2}}, {at: 3h, click: {user: 3}}";
    let users = "{user: [{id: 1, country: de}, {id: 2, country: fr}]}";
    assert_eq!(test(users, clicks, 1), Vec::<String>::new());
    assert_eq!(test("{}", clicks, 0), Vec::<String>::new());
    assert_eq!(test("{user: [{country: de}]}", clicks, 0).len(), 1);
}

const SMALL: &str = "\
features:
  - {name: n, type: window_count, scope: item, interaction: click, bucket: 1d, periods: [2], refresh: 1h, ttl: 9d, where: {ok: true}}
  - {name: top, type: counter, scope: item, interaction: click, aggregate: top_k, value: word, k: 2}
  - {name: all, type: counter, scope: global, interaction: click}
  - {name: r, type: ratio, top: n_2, bottom: all}
";

fn small(events: &str, expect: &str) -> Suite {
    suite(&format!("{SMALL}tests:\n- name: one\n  events: [{events}]\n  expect: [{expect}]\n"))
}

#[test]
fn lists_keys_and_sides_are_expected() {
    let events = "{at: 0s, click: {item: a, ok: true, word: x}}, \
                  {at: 0s, click: {item: a, ok: false, word: y}, repeat: 2}, \
                  {at: 0s, click: {item: b, ok: true, word: z}}";
    let passing = "{at: 0s, key: {item: a}, n_2: 1, top: [y, x], r: {value: 1/4, top: 1, bottom: 4}}, \
                   {at: 0s, key: global, all: 4}, {at: 0s, all: {in: [3, 4], ne: 3}}, \
                   {at: 2024-01-02T00:00Z, key: {item: never}, n_2: 0, top: missing, r: 0}";
    assert_eq!(failures(&outcomes(&small(events, passing))), Vec::<String>::new());
    for (wrong, words) in [
        ("{at: 0s, key: {item: a}, n_2: 2}", "n_2 is 1, not 2"),
        ("{at: 0s, key: {item: a}, top: [x, y]}", "top is [y, x], not [x, y]"),
        ("{at: 0s, key: {item: a}, top: missing}", "top is [y, x], not missing"),
        ("{at: 0s, key: {item: a}, r: {bottom: {lt: 4}}}", "r bottom is 4, not < 4"),
        ("{at: 0s, key: {item: a}, r: {near: 0.3, within: 0.01}}", "r is 0.25, not 0.3 ± 0.01"),
        ("{at: 0s, all: missing}", "all is 4, not missing"),
        ("{at: 1d, served: {n_2: {gt: 1}}, key: {item: a}}", "n_2 served is 1, not > 1"),
    ] {
        let found = failures(&outcomes(&small(events, wrong)));
        assert_eq!(found, [format!("one: line 9: {words}")], "{wrong}");
    }
}

#[test]
fn a_value_that_was_not_expected_is_explained() {
    let events = "{at: 0s, click: {item: a, ok: true}}, {at: 1h, click: {item: a, ok: no}}";
    let explained = |expect: &str| {
        let outcomes = outcomes(&small(events, expect));
        let explanation = outcomes[0].cells[0].explanation.clone().unwrap();
        text(&explanation, Moments::Whole, |node| !node.is_closed).join("\n")
    };
    let told = explained("{at: 2d, key: {item: a}, n_2: 1}");
    assert!(told.starts_with("n_2{item=a} = 0, as of 2024-01-03T00:00:00Z"), "{told}");
    assert!(told.contains("before the window") && told.contains("filter"), "{told}");
    assert!(!told.contains("settings"), "{told}");
    let told = explained("{at: 0s, key: {item: b}, n_2: 1}");
    assert!(told.contains("was never seen"), "{told}");
}

#[test]
fn events_that_are_none_fail_a_test() {
    let text = "events: {format: metarank}\nfeatures: [{name: n, type: counter, scope: user, \
                interaction: click}]\ntests:\n- name: one\n  events:\n  - {at: 0s, click: {item: a, user: u}}\n  \
                - {at: 0s, ranking: {user: u, items: [a]}}\n  expect:\n  - {at: 0s, key: {user: u}, n: 1}\n";
    let outcomes = outcomes(&suite(text));
    assert_eq!(outcomes[0].problems, ["1 event rejected: ranking without id, the first in line 7"]);
    assert!(!outcomes[0].passed() && outcomes[0].cells[0].passed);
}

#[test]
fn coverage_says_what_no_test_reaches() {
    let missing = |events: &str, expect: &str| {
        let suite = small(events, expect);
        let Coverage { missing, .. } = suite.coverage(&outcomes(&suite));
        missing.into_iter().map(|it| (it.boundary, it.outputs)).collect::<Vec<_>>()
    };
    let click = "{at: 0s, click: {item: a, ok: true, word: x}}";
    let names = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
    let all = "{at: 1h, key: {item: a}, n_2: 1, r: 1, top: [x]}, {at: 1h, all: 1}";
    assert_eq!(
        missing(click, "{at: 12h, key: {item: a}, n_2: 1}"),
        [
            (Boundary::Value, names(&["top", "all", "r"])),
            (Boundary::WindowEdge, names(&["n_2", "r"])),
            (Boundary::EmptyWindow, names(&["n_2", "r"])),
            (Boundary::Expiry, names(&["n_2"])),
            (Boundary::HeldBack, names(&["n_2"])),
            (Boundary::DivisorZero, names(&["r"])),
            (Boundary::Filter, names(&["n_2", "r"])),
        ]
    );
    // A key that no event has shows nothing.
    let values = &missing(click, "{at: 12h, key: {item: z}, n_2: 0}")[0];
    assert_eq!(*values, (Boundary::Value, names(&["n_2", "top", "all", "r"])));
    // Each boundary is reached by what belongs to it.
    for (boundary, events, expect) in [
        (Boundary::WindowEdge, "", "{at: 1d, key: {item: a}, n_2: 1, r: 1}"),
        (
            Boundary::WindowEdge,
            "",
            "{at: 2d, key: {item: a}, n_2: 0, r: 0}, {at: 1d, key: {item: a}, n_2: 1, r: 1}",
        ),
        (Boundary::EmptyWindow, "", "{at: 3d, key: {item: a}, n_2: 0, r: 0}"),
        (Boundary::Expiry, "", "{at: 9d, key: {item: a}, n_2: 0}"),
        (
            Boundary::HeldBack,
            ", {at: 1m, click: {item: a, ok: true}}",
            "{at: 1h, key: {item: a}, served: {n_2: 1}}",
        ),
        (Boundary::DivisorZero, "", "{at: 99d, key: {item: a}, r: missing}"),
        (
            Boundary::Filter,
            ", {at: 1m, click: {item: a, ok: false}}",
            "{at: 1h, key: {item: a}, n_2: 1, r: 0.5}",
        ),
    ] {
        let missing = missing(&format!("{click}{events}"), &format!("{all}, {expect}"));
        let found = missing.iter().find(|(known, _)| *known == boundary);
        assert_eq!(found, None, "{boundary:?}: {expect}");
    }
}

/// Of a quotient of two scopes each side is looked up by its own part of the key, also at a pair that
/// no event has; so does a data set.
#[test]
fn a_quotient_at_a_pair_without_events_reads_its_sides() {
    let suite = suite(
        "features:
  - {name: by_user, type: counter, interaction: click, scope: user}
  - {name: by_item, type: counter, interaction: show, scope: item}
  - {name: ratio, type: ratio, top: by_user, bottom: by_item}
tests:
  - name: sides
    events:
      - {at: 0s, show: {user: u, item: a}, repeat: 4, every: 1m}
      - {at: 1h, click: {user: v, item: b}}
      - {at: 2d, show: {user: v, item: a}}
    expect:
      - {at: 1h, key: {user: v, item: a}, ratio: 0.25}
      - {at: 1h, key: {user: w, item: a}, ratio: 0}
      - {at: 1h, key: {user: v, item: z}, ratio: missing}
      - {at: 2d, key: {user: v, item: a}, ratio: 0.2}
",
    );
    assert_eq!(failures(&outcomes(&suite)), Vec::<String>::new());
}

#[test]
fn only_events_of_the_key_and_real_edges_are_covered() {
    let missing = |events: &str, expect: &str| {
        let suite = suite(&format!(
            "features:\n- {{name: n, type: counter, scope: item, interaction: click, where: {{ok: true}}, \
             bucket: 1h, windows: [1h, 3h]}}\ntests:\n- name: t\n  events: [{events}]\n  expect: [{expect}]\n"
        ));
        suite.coverage(&outcomes(&suite)).missing
    };
    let of = |missing: &[counterscope::scenario::Missing], boundary: Boundary| {
        let found = missing.iter().find(|it| it.boundary == boundary);
        found.map(|it| (it.outputs.join(" "), it.hint.clone()))
    };
    // The filter rejects an event of another item; the only bucket begins with the event.
    let events = "{at: 0s, click: {item: a, ok: true}}, {at: 0s, click: {item: b, ok: false}}";
    let few = missing(events, "{at: 0s, key: {item: a}, n_1h: 1, n_3h: 1}");
    let rejected = "write a click of the key that `where` rejects".to_owned();
    assert_eq!(of(&few, Boundary::Filter), Some(("n_1h n_3h".to_owned(), rejected)));
    let edge = "write a click at 59m59s999ms, and expect n_1h at 1h".to_owned();
    assert_eq!(of(&few, Boundary::WindowEdge), Some(("n_1h n_3h".to_owned(), edge)));
    let empty = "write a click at 0s, and expect n_1h at 1h".to_owned();
    assert_eq!(of(&few, Boundary::EmptyWindow), Some(("n_1h n_3h".to_owned(), empty)));
    // What the hints say is enough.
    let events = "{at: 0s, click: {item: a, ok: true}}, {at: 59m59s999ms, click: {item: a, ok: true}}, \
                  {at: 1m, click: {item: a, ok: false}}";
    let all = missing(
        events,
        "{at: 1h, key: {item: a}, n_1h: 0}, {at: 2h, key: {item: a}, n_3h: 2}, {at: 3h, key: {item: a}, n_3h: 0}",
    );
    assert_eq!(all, []);
}

/// The windows of 6 h and 12 h of the traps are read from the buckets of one state.
#[test]
fn windows_share_buckets() {
    let (plan, _) = compile("counting.yaml", &read("traps/counting.yaml"));
    let plan = plan.unwrap();
    let state = |name: &str| {
        let output = plan.outputs.iter().position(|output| output.name == name).unwrap();
        plan.sides(counterscope::plan::OutputId(output))[0].term.state
    };
    assert_eq!(state("views_6h"), state("views_12h"));
}

/// A type may be called like a member of an event.
#[test]
fn a_type_may_have_any_name() {
    let suite = suite(
        "features:
  - {name: ids, type: counter, interaction: id, scope: item}
  - {name: types, type: counter, interaction: type, scope: item}
tests:
  - name: long
    events:
      - {at: 0s, type: id, attributes: {item: a}}
      - {at: 0s, type: id, id: 7, attributes: {item: a}, repeat: 2}
      - {at: 0s, type: {item: a}}
      - {at: 0s, type: type, attributes: {item: a}}
      - {at: 0s, attributes: {item: a}}
    expect:
      - {at: 0s, key: {item: a}, ids: 3, types: 2}
",
    );
    assert_eq!(failures(&outcomes(&suite)), Vec::<String>::new());
}
