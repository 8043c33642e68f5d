//! Lines that are several events: random rows in every encoding against a log in which each event
//! has a line of its own, as the language describes it. The naive scan holds what such a log means.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use counterscope::dataset::{On, RowsOptions, Run, rows, values, wanted};
use counterscope::log::Reader;
use counterscope::plan::lower::compile;
use proptest::prelude::*;
use serde_json::{Map, Value as Json, json};

const FEATURES: &str = "
features:
  - {name: shows, type: counter, interaction: show, scope: item}
  - {name: clicks, type: counter, interaction: click, scope: [user, item]}
  - {name: likes, type: counter, interaction: like, scope: user, windows: [1h, 3h], bucket: 1h}
  - {name: spent, type: counter, scope: item, aggregate: sum, value: ms}
  - {name: newest, type: counter, scope: global, aggregate: last, value: ms}
";

/// A row: its line, its number there, its time, the values before it.
type ToldRow = (u64, Option<u64>, i64, Vec<Option<f64>>);

/// What comes out of a log: values by output and key, and the rows of each type.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Told {
    values: BTreeMap<(String, String), Option<f64>>,
    /// The rows of each type.
    rows: BTreeMap<String, Vec<ToldRow>>,
    rejected: u64,
}

/// Reads a log by the members of `events` and some features.
pub(crate) fn told(events: &str, features: &str, log: &[u8], types: &[&str]) -> Told {
    let (plan, report) = compile("config", &format!("events: {{{events}}}\n{features}"));
    assert!(!report.has_errors(), "{}", counterscope::diagnostic::text(&report, false));
    let plan = Arc::new(plan.unwrap());
    let run = |on: Option<&On>| {
        let log: &'static [u8] = Vec::leak(log.to_vec());
        let reader = Reader::embedded("log", log, &plan.events, &plan.attributes);
        Run::load(Arc::clone(&plan), wanted(&plan, on), reader, &mut |_| {}).unwrap()
    };
    let whole = run(None);
    let mut told = Told { rejected: whole.tape().rejections().total(), ..Told::default() };
    values(&whole, None, &|_| true, &mut |row| {
        told.values.insert((row.output.to_owned(), row.to_key().to_string()), row.value);
        Ok::<(), ()>(())
    })
    .unwrap();
    for name in types {
        let on = On::Type((*name).to_owned());
        let all = told.rows.entry((*name).to_owned()).or_default();
        rows(&run(Some(&on)), &on, RowsOptions { served: false, every: 1 }, &mut |row| {
            all.push((row.seq, row.sub, row.time.0, row.values.to_vec()));
            Ok::<(), ()>(())
        })
        .unwrap();
    }
    told
}

impl Told {
    /// The same with each place in the log replaced by that of a plain log, whose n-th line is
    /// `places[n]`.
    pub(crate) fn placed(mut self, places: &[(u64, u64)]) -> Self {
        for (seq, sub, ..) in self.rows.values_mut().flatten() {
            let (line, number) = places[usize::try_from(*seq).unwrap()];
            (*seq, *sub) = (line, Some(number));
        }
        self
    }
}

/// A log with one event in each line, as in a plain flat log.
pub(crate) fn plain(events: &[Map<String, Json>]) -> Vec<u8> {
    let lines = events.iter().map(|event| Json::Object(event.clone()).to_string() + "\n");
    lines.collect::<String>().into_bytes()
}

/// A row: its members, in columns that are all there.
#[derive(Clone, Debug)]
struct Row {
    time: i64,
    user: u8,
    item: u8,
    ms: u8,
    /// The flags: 0 and 1, none, or something else.
    flags: [Option<u8>; 2],
}

impl Row {
    fn members(&self) -> Map<String, Json> {
        let mut members = Map::new();
        members.insert("ts".into(), self.time.into());
        for (name, value) in [("user", self.user), ("item", self.item), ("ms", self.ms)] {
            members.insert(name.into(), value.into());
        }
        for (name, value) in ["is_click", "is_like"].into_iter().zip(self.flags) {
            if let Some(value) = value {
                members.insert(name.into(), value.into());
            }
        }
        members
    }

    fn cells(&self) -> String {
        let flag = |flag: Option<u8>| flag.map_or_else(String::new, |flag| flag.to_string());
        let Self { time, user, item, ms, flags: [click, like] } = self;
        format!("{time},{user},{item},{ms},{},{}\n", flag(*click), flag(*like))
    }
}

fn any_row() -> impl Strategy<Value = Row> {
    let flag =
        || prop_oneof![4 => Just(Some(0)), 4 => Just(Some(1)), 1 => Just(None), 1 => Just(Some(2))];
    let time = 1_650_000_000_i64..1_650_030_000;
    (time, 0_u8..3, 0_u8..3, 0_u8..9, [flag(), flag()])
        .prop_map(|(time, user, item, ms, flags)| Row { time, user, item, ms, flags })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    #[test]
    fn flags_mean_the_same_in_every_encoding(
        rows in proptest::collection::vec(any_row(), 1..40),
        (has_row, in_order) in any::<(bool, bool)>(),
    ) {
        let order = if in_order { "order: time" } else { "order: log" };
        let flags = "flags: {like: is_like, click: is_click}";
        let own = if has_row { "type: {const: show}, " } else { "" };
        let events = format!("{own}{flags}, {order}");
        // What the language says that these rows mean.
        let (mut single, mut places, mut rejected) = (Vec::new(), Vec::new(), 0);
        for (line, row) in rows.iter().enumerate() {
            let set = [("like", row.flags[1]), ("click", row.flags[0])];
            let of_flags = set.into_iter().filter(|(_, flag)| *flag == Some(1));
            let kinds: Vec<&str> = has_row
                .then_some("show")
                .into_iter()
                .chain(of_flags.map(|(kind, _)| kind))
                .collect();
            let unclear = row.flags.iter().filter(|flag| **flag == Some(2)).count() as u64;
            rejected += if kinds.is_empty() { unclear.max(1) } else { unclear };
            for (sub, kind) in kinds.into_iter().enumerate() {
                let mut event = row.members();
                event.insert("type".into(), json!(kind));
                single.push(event);
                places.push((line as u64, sub as u64));
            }
        }
        let types: Vec<&str> = ["show", "click", "like"]
            .into_iter()
            .filter(|kind| single.iter().any(|event| event["type"] == *kind))
            .collect();
        if single.is_empty() {
            return Ok(());
        }
        let mut expected = told(order, FEATURES, &plain(&single), &types).placed(&places);
        expected.rejected = rejected;

        let json: Vec<_> = rows.iter().map(Row::members).collect();
        prop_assert_eq!(&told(&events, FEATURES, &plain(&json), &types), &expected);
        let head = "ts,user,item,ms,is_click,is_like\n";
        let cells = head.to_owned() + &rows.iter().map(Row::cells).collect::<String>();
        let mut of_table = told(&events, FEATURES, cells.as_bytes(), &types);
        // The head is a line as well.
        of_table.rows.values_mut().flatten().for_each(|(seq, ..)| *seq -= 1);
        prop_assert_eq!(&of_table, &expected);
        #[cfg(feature = "parquet")]
        {
            let table = crate::parquet_logs::from_cells(&cells);
            prop_assert_eq!(&told(&events, FEATURES, &table, &types), &expected);
        }
    }
}

/// An element of a list: what it has besides the line.
#[derive(Clone, Debug)]
struct Element {
    members: Map<String, Json>,
    kind: Option<&'static str>,
    click: bool,
}

fn any_element() -> impl Strategy<Value = Element> {
    let time = proptest::option::of(1_650_000_000_i64..1_650_020_000);
    let kind = proptest::option::of(prop::sample::select(&["show", "like"][..]));
    (time, proptest::option::of(0_u8..3), 0_u8..3, kind, any::<bool>()).prop_map(
        |(time, user, item, kind, click)| {
            let mut members = Map::new();
            time.map(|time| members.insert("ts".into(), time.into()));
            user.map(|user| members.insert("user".into(), user.into()));
            members.insert("item".into(), item.into());
            members.insert("ms".into(), (10 * item).into());
            kind.map(|kind| members.insert("type".into(), kind.into()));
            members.insert("is_click".into(), click.into());
            Element { members, kind, click }
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    #[test]
    fn each_element_is_an_event_with_the_members_of_its_line(
        lines in proptest::collection::vec(
            (any_row(), proptest::collection::vec(any_element(), 0..5)), 1..20),
        (in_order, is_inner) in any::<(bool, bool)>(),
    ) {
        let order = if in_order { "order: time" } else { "order: log" };
        let path = if is_inner { "a.list" } else { "list" };
        let events =
            format!("each: {path}, type: type, flags: {{click: is_click}}, {order}");
        let (mut single, mut places, mut rejected, mut json) = (vec![], vec![], 0, vec![]);
        for (line, (row, elements)) in lines.iter().enumerate() {
            let mut outer = row.members();
            outer.remove("is_click");
            let mut sub = 0;
            rejected += u64::from(elements.is_empty());
            for Element { members, kind, click } in elements {
                rejected += u64::from(kind.is_none() && !click);
                for kind in kind.iter().copied().chain(click.then_some("click")) {
                    let mut event = outer.clone();
                    event.extend(members.clone());
                    event.insert("type".into(), json!(kind));
                    single.push(event);
                    places.push((line as u64, sub));
                    sub += 1;
                }
            }
            let list = json!(elements.iter().map(|it| &it.members).collect::<Vec<_>>());
            if is_inner {
                outer.insert("a".into(), json!({ "list": list }));
            } else {
                outer.insert("list".into(), list);
            }
            json.push(outer);
        }
        if single.is_empty() {
            return Ok(());
        }
        let types: Vec<&str> = ["show", "click", "like"]
            .into_iter()
            .filter(|kind| single.iter().any(|event| event["type"] == *kind))
            .collect();
        let mut expected = told(order, FEATURES, &plain(&single), &types).placed(&places);
        expected.rejected = rejected;
        prop_assert_eq!(&told(&events, FEATURES, &plain(&json), &types), &expected);
    }
}

#[test]
fn an_element_with_an_id_of_its_own_is_judged_by_itself() {
    let log = r#"{"ts": 1650000000, "id": "x", "list": [{"id": "a"}, {"id": "a"}, {}, {}]}
{"ts": 1650000001, "id": "x", "list": [{"id": "b"}, {}, {"id": "x"}]}
"#;
    let events = "each: list, type: {const: e}, id: id, dedup: 1d";
    let features = "features: [{name: all, type: counter, scope: global}]";
    let told = told(events, features, log.as_bytes(), &["e"]);
    let places: Vec<_> = told.rows["e"].iter().map(|(seq, sub, ..)| (*seq, *sub)).collect();
    // `a` comes again in its line, and `x`, which two elements of the first line share, in another.
    assert_eq!(places, [(0, Some(0)), (0, Some(2)), (0, Some(3)), (1, Some(0))]);
    assert_eq!(told.rejected, 3);
}

#[test]
fn repeated_members_and_deep_lists_are_read_as_they_are_written() {
    let log = r#"{"ts":1650000000,"type":"e","l":[{"v":1}],"l":[{"v":2,"v":3},{"m":[{"v":4},{"v":[5,6]}]},7]}
{"ts":1650000001,"type":"e","l":[{"v":1}],"l":null}
{"ts":1650000002,"type":"e","l":{"v":1},"l[].v":8}
"#;
    let keys = |path: &str| {
        let features =
            format!("features: [{{name: n, type: counter, scope: '{path}', explode: true}}]");
        let told = told("order: log", &features, log.as_bytes(), &[]);
        told.values.into_keys().map(|(_, key)| key).collect::<Vec<_>>()
    };
    assert_eq!(keys("l[].v"), ["3", "8"]);
    assert_eq!(keys("l[].m[].v"), ["4", "5", "6"]);
    assert_eq!(keys("l[v=3].v"), ["3"]);
    assert_eq!(keys("l[]"), ["7"]);
    assert_eq!(keys("l[2]"), ["7"]);
    assert_eq!(keys("l.v"), ["1"]);
    let told =
        told("each: l", "features: [{name: n, type: counter, scope: v}]", log.as_bytes(), &[]);
    assert_eq!(told.values.into_keys().map(|(_, key)| key).collect::<Vec<_>>(), ["3"]);
}

/// The text of what a command prints.
fn printed(folder: &Path, words: &[&str]) -> String {
    let output = std::process::Command::new(env!("CARGO_BIN_EXE_counterscope"))
        .args(words)
        .current_dir(folder)
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn rows_are_numbered_within_a_line_only_where_a_line_may_be_several_events() {
    let folder = tempfile::tempdir().unwrap();
    let log = "{\"ts\":1650000000,\"item\":\"a\",\"l\":1,\"c\":1}\n{\"ts\":1650000000,\"item\":\"a\",\"c\":1}\n";
    std::fs::write(folder.path().join("log"), log).unwrap();
    let features = "features: [{name: all, type: counter, scope: item}]\n";
    for (events, format, expected) in [
        (
            "flags: {l: l, c: c}",
            "csv",
            "seq,sub,timestamp,item,all\n0,1,1650000000000,a,1\n1,0,1650000000000,a,2\n",
        ),
        (
            "type: {const: x}, flags: {c: c}",
            "tsv",
            "seq\tsub\ttimestamp\titem\tall\n0\t1\t1650000000000\ta\t1\n1\t1\t1650000000000\ta\t3\n",
        ),
        (
            "type: {const: c}",
            "csv",
            "seq,timestamp,item,all\n0,1650000000000,a,0\n1,1650000000000,a,1\n",
        ),
    ] {
        let config = format!("events: {{{events}}}\n{features}");
        std::fs::write(folder.path().join("c.yaml"), config).unwrap();
        let words = ["dataset", "c.yaml", "log", "--on", "c", "--format", format];
        assert_eq!(printed(folder.path(), &words), expected, "{events}");
    }
    let config = format!("events: {{flags: {{c: c}}}}\n{features}");
    std::fs::write(folder.path().join("c.yaml"), config).unwrap();
    let rows = printed(folder.path(), &["dataset", "c.yaml", "log", "--on", "c"]);
    let first: Json = serde_json::from_str(rows.lines().next().unwrap()).unwrap();
    assert_eq!((&first["seq"], &first["sub"]), (&json!(0), &json!(0)), "{rows}");
}
