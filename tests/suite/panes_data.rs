//! Snapshots for the tests of the panes: a small shop, as the workbench would show it.

use std::sync::Arc;
use std::time::Duration;

use counterscope::base::{Key, Millis, TextList, Timestamp};
use counterscope::diagnostic::{Diagnostic, Label, Report, Severity};
use counterscope::session::protocol::Layout;
use counterscope::session::snapshot::{
    Bucket, Cell, Change, Column, Config, Detail, DiffLine, Effect, EventRow, Events, History,
    LintProgress, LongOutput, OutputValue, Part, Reading, Row, ScopeInfo, Served, Source, Values,
    WindowView,
};

use crate::world::past;

/// 2026-03-02 14:03:27.418 UTC.
pub(crate) const CLOCK: Timestamp = Timestamp(1_772_460_207_418);
const DAY: i64 = 86_400_000;

pub(crate) fn key(parts: &[&str]) -> Key {
    Key(parts.iter().map(|part| (*part).to_owned()).collect())
}

fn column(output: &str, feature: &str, kind: &'static str) -> Column {
    Column {
        output: output.into(),
        feature: feature.into(),
        kind,
        is_list: false,
        types: Vec::new(),
        description: None,
    }
}

pub(crate) fn source() -> Source {
    let item = vec![
        column("clicks", "clicks", "interaction_count"),
        column("clicks_7", "clicks_in", "window_count"),
        column("clicks_30", "clicks_in", "window_count"),
        column("ctr_7", "ctr", "rate"),
        column("ctr_30", "ctr", "rate"),
        column("revenue", "revenue", "counter"),
        column("dwell_mean_by_country_and_device_1h", "dwell", "counter"),
    ];
    let pair = vec![
        column("likes_1d", "likes", "counter"),
        column("likes_7d", "likes", "counter"),
        column("share_rate", "share_rate", "ratio"),
    ];
    Source {
        config: "features.yaml".into(),
        log: "events.ndjson".into(),
        store: None,
        features: 8,
        scopes: vec![
            ScopeInfo { name: "item".into(), attributes: vec!["item".into()], columns: item },
            ScopeInfo {
                name: "[user.country, author]".into(),
                attributes: vec!["user.country".into(), "author".into()],
                columns: pair,
            },
            ScopeInfo {
                name: "global".into(),
                attributes: vec![],
                columns: vec![column("visits", "visits", "interaction_count")],
            },
        ],
        ..Source::default()
    }
}

fn cell(value: f64, change: Option<f64>) -> Cell {
    Cell { reading: Reading::Value(value), change }
}

const fn none(reading: Reading) -> Cell {
    Cell { reading, change: None }
}

/// Rows of the scope `item`.
pub(crate) fn wide() -> Values {
    let items = [
        ("B0107", 12_840.0, 1_204.0, 0.0312, Some(1.0), 182_400.5),
        ("B0041", 9_120.0, 187.0, 0.125, None, 91_233.25),
        ("B0093", 48_213_771.0, 1_204_000.0, 1.0, None, 1_204_117.75),
        ("bottle, steel 0.75 l", 311.0, 42.0, 0.0, None, 1_860.0),
        ("鍵盤 mini", 88.0, 9.0, 0.0004, Some(-2.0), 12.5),
        ("tab\there", 1.0, 0.0, 0.5, None, 0.99),
    ];
    let mut rows: Vec<Row> = items
        .iter()
        .map(|(item, clicks, week, rate, change, revenue)| Row {
            key: key(&[item]),
            last_write: Some(Timestamp(CLOCK.0 - *clicks as i64)),
            cells: vec![
                cell(*clicks, change.map(|_| 1.0)),
                cell(*week, *change),
                cell(week * 3.0, None),
                cell(*rate, change.map(|c| c * 0.001)),
                cell(rate / 2.0, None),
                cell(*revenue, None),
                none(Reading::NeverSeen),
            ],
            output: None,
        })
        .collect();
    rows.push(Row {
        key: key(&["B0550"]),
        last_write: Some(Timestamp(CLOCK.0 - 95 * DAY)),
        cells: vec![
            none(Reading::Expired),
            none(Reading::Expired),
            none(Reading::Expired),
            none(Reading::NoData),
            none(Reading::NoData),
            none(Reading::NeverSeen),
            none(Reading::NeverSeen),
        ],
        output: None,
    });
    Values {
        layout: Layout::Wide(0),
        first_row: 0,
        total_rows: 1_204,
        unfiltered_rows: 1_204,
        first_column: 0,
        selected_row: 1,
        ordering: None,
        ordered_at: None,
        rows,
    }
}

/// The most frequent values of a key, and what may be in texts.
pub(crate) const TEXTS: [&str; 7] = [
    "shoes",
    "gloves, leather",
    "鍵盤 mini",
    "",
    "two\nlines",
    "\u{1b}[31mred\u{7}",
    "a text that is longer than any column or line that a list of texts might ever be given here",
];

pub(crate) fn list(texts: &[&str]) -> Reading {
    Reading::List(TextList::of(texts.iter().map(|text| (*text).to_owned())).unwrap())
}

/// Rows with lists beside numbers, and their scope.
pub(crate) fn lists() -> (Values, Source) {
    let mut source = source();
    let scope = &mut source.scopes[0];
    scope.columns.drain(3..);
    for (place, output) in [(0, "top_categories"), (2, "top_7")] {
        scope.columns[place] =
            Column { is_list: true, ..column(output, "top_categories", "counter") };
    }
    let row =
        |item: &str, cells| Row { key: key(&[item]), last_write: Some(CLOCK), cells, output: None };
    let rows = vec![
        row("B0107", vec![none(list(&TEXTS[..2])), cell(1_204.0, Some(1.0)), none(list(&TEXTS))]),
        row("B0041", vec![none(list(&TEXTS[4..])), cell(187.0, None), none(list(&TEXTS[3..4]))]),
        row("B0093", vec![none(Reading::NoData), none(Reading::NoData), none(Reading::Expired)]),
    ];
    (Values { total_rows: 3, unfiltered_rows: 3, rows, ..wide() }, source)
}

/// The detail of a list.
pub(crate) fn listed(texts: &[&str]) -> Detail {
    let mut detail = count();
    detail.column = column("top_categories_7", "top_categories", "counter");
    detail.live = list(texts);
    detail.parts[0].reading = list(texts);
    detail.served.reading = list(&texts[..1]);
    detail.history = History::default();
    detail
}

/// Rows of the scope `[user.country, author]`.
pub(crate) fn pairs() -> Values {
    let rows = ["DE", "DE", "FR", "US"]
        .iter()
        .zip(["anna", "b.t.", "a-rather-long-author-name", "anna"])
        .enumerate()
        .map(|(i, (country, author))| Row {
            key: key(&[country, author]),
            last_write: Some(CLOCK),
            cells: vec![
                cell(4.25 / (i + 1) as f64, None),
                cell(18.0 - i as f64, (i == 2).then_some(1.0)),
                none(Reading::NoData),
            ],
            output: None,
        })
        .collect();
    Values {
        layout: Layout::Wide(1),
        first_row: 0,
        total_rows: 4,
        unfiltered_rows: 4,
        first_column: 0,
        selected_row: 0,
        ordering: None,
        ordered_at: None,
        rows,
    }
}

pub(crate) fn wave(points: usize) -> Vec<Option<f64>> {
    (0..points)
        .map(|i| {
            let x = i as f64 / points as f64;
            (i > points / 8).then_some(((x * 9.0).sin() * 40.0 + x * 160.0).round().max(0.0))
        })
        .collect()
}

pub(crate) fn long() -> Values {
    let long = |name: &str, kind, scope: &str, served| {
        Some(LongOutput { name: name.into(), kind, scope: scope.into(), served, history: wave(40) })
    };
    let row = |parts: &[&str], age, cell: Cell, output| Row {
        key: key(parts),
        last_write: Some(Timestamp(CLOCK.0 - age)),
        cells: vec![cell],
        output,
    };
    let rows = vec![
        row(
            &["B0107"],
            230,
            cell(1_204.0, Some(3.0)),
            long("clicks_7", "window_count", "item", Reading::Value(1_182.0)),
        ),
        row(
            &["B0107"],
            230,
            cell(0.0312, Some(-0.0009)),
            long("ctr_7", "rate", "item", Reading::Value(0.0312)),
        ),
        row(
            &["DE", "anna"],
            252_000,
            cell(4.25, None),
            long("likes_1d", "counter", "[user.country, author]", Reading::Value(4.25)),
        ),
        row(
            &[],
            9_100,
            cell(17_712.0, None),
            long("visits", "interaction_count", "global", Reading::NeverSeen),
        ),
        row(
            &["B0550"],
            95 * DAY,
            none(Reading::Expired),
            long("clicks_7", "window_count", "item", Reading::Expired),
        ),
    ];
    Values {
        layout: Layout::Long,
        first_row: 0,
        total_rows: 5,
        unfiltered_rows: 8_428,
        first_column: 0,
        selected_row: 0,
        ordering: None,
        ordered_at: None,
        rows,
    }
}

fn week(role: &str, values: &[f64], inside: usize) -> Part {
    let today = CLOCK.0 - CLOCK.0.rem_euclid(DAY);
    let held = values.len();
    let buckets = values
        .iter()
        .enumerate()
        .map(|(i, value)| Bucket {
            start: Timestamp(today - (held - 1 - i) as i64 * DAY),
            value: *value,
            inside: i >= held - inside,
        })
        .collect();
    Part {
        role: role.into(),
        reading: Reading::Value(values[held - inside..].iter().sum()),
        window: Some(WindowView {
            words: format!("last {inside} days, today included"),
            from: Timestamp(today - (inside as i64 - 1) * DAY),
            to: Timestamp(CLOCK.0 + 1),
            ends_now: true,
            bucket: Millis(DAY),
            buckets,
        }),
        shared_with: vec!["ctr".into()],
    }
}

/// A window count of which more buckets are held than its window covers.
pub(crate) fn count() -> Detail {
    let part = week("click", &[31.0, 24.0, 55.0, 12.0, 0.0, 40.0, 61.0, 33.0, 29.0, 12.0], 7);
    Detail {
        attributes: vec!["item".into()],
        key: key(&["B0107"]),
        column: Column {
            types: vec!["click".into()],
            description: Some("Clicks on the item in the last week".into()),
            ..column("clicks_7", "clicks", "window_count")
        },
        line: 12,
        definition: "click per item, last 7 days, today included".into(),
        counted: None,
        live: part.reading.clone(),
        exactness: None,
        served: Served {
            reading: Reading::Value(182.0),
            age: Some(Millis(43 * 60_000)),
            refresh: Millis(30 * 60_000),
        },
        ttl: Millis(90 * DAY),
        ttl_left: Some(Millis(90 * DAY - 1_250)),
        last_write: Some(Timestamp(CLOCK.0 - 1_250)),
        parts: vec![part],
        history: past(&wave(80), (Timestamp(CLOCK.0 - 20 * DAY), CLOCK)),
    }
}

/// A rate of two windows.
pub(crate) fn rate() -> Detail {
    let top = week("top: click", &[1.0, 0.0, 3.0, 2.0, 0.0, 4.0, 2.0], 7);
    let bottom = week("bottom: impression", &[110.0, 90.0, 140.0, 88.0, 0.0, 160.0, 1_204.0], 7);
    Detail {
        attributes: vec!["user.country".into(), "author".into()],
        key: key(&["DE", "anna"]),
        column: column("ctr_7", "ctr", "rate"),
        line: 31,
        definition: "click / impression per user.country and author, last 7 days, today included"
            .into(),
        counted: Some("counted 1,790 of 1,796 events; not counted: 6 without `author`".into()),
        live: Reading::Value(12.0 / 1_792.0),
        exactness: None,
        served: Served {
            reading: Reading::Value(12.0 / 1_792.0),
            age: None,
            refresh: Millis::ZERO,
        },
        ttl: Millis(90 * DAY),
        ttl_left: Some(Millis(90 * DAY - 252_000)),
        last_write: Some(Timestamp(CLOCK.0 - 252_000)),
        parts: vec![top, bottom],
        history: past(
            &wave(30).into_iter().map(|n| n.map(|n| n / 20_000.0)).collect::<Vec<_>>(),
            (Timestamp(CLOCK.0 - 7_200_000), CLOCK),
        ),
    }
}

/// A key that no event has had.
pub(crate) fn unseen() -> Detail {
    Detail {
        attributes: vec![],
        key: key(&[]),
        column: column("visits", "visits", "interaction_count"),
        line: 3,
        definition: "visit, all events in one".into(),
        counted: None,
        live: Reading::NeverSeen,
        exactness: None,
        served: Served { reading: Reading::NeverSeen, age: None, refresh: Millis(3_600_000) },
        ttl: Millis(90 * DAY),
        ttl_left: None,
        last_write: None,
        parts: vec![Part {
            role: "visit".into(),
            reading: Reading::NeverSeen,
            window: None,
            shared_with: vec![],
        }],
        history: History::default(),
    }
}

/// The cursor that goes with [`events`].
pub(crate) const CURSOR: usize = 17_712;

pub(crate) fn events() -> Events {
    let kinds = ["view", "click", "click", "purchase", "click", "view", "click"];
    let gaps = [12, 79, 86, 34, 118, 82, -600];
    let mut time = CLOCK.0 - 317;
    let rows = kinds
        .iter()
        .zip(gaps)
        .enumerate()
        .map(|(i, (kind, gap))| {
            time += if i == 0 { 0 } else { gap };
            let number = CURSOR - 4 + i;
            let applied = number <= CURSOR;
            let effect = |output: &str, before: Option<f64>, after: Option<f64>| Effect {
                output: output.into(),
                key: key(&["B0107"]),
                before: before.map(OutputValue::Number),
                after: after.map(OutputValue::Number),
            };
            EventRow {
                is_far: false,
                place: number,
                number,
                rejected: None,
                line: number as u64 + 3,
                time: Timestamp(time),
                gap: Some(Millis(gap)),
                kind: (*kind).into(),
                attributes: vec![
                    ("item".into(), "B0107".into()),
                    ("user".into(), "user:42".into()),
                    ("device".into(), "mobile".into()),
                ],
                applied,
                late: (gap < 0).then_some(Millis(600)),
                released: if i == 4 { 5 } else { 0 },
                is_last: false,
                effects: match (applied, *kind) {
                    (true, "click") => vec![
                        effect("clicks_7", Some(186.0), Some(187.0)),
                        effect("ctr_7", None, Some(0.0312)),
                    ],
                    (true, "purchase") => vec![effect("revenue", Some(12.5), Some(4.0))],
                    _ => vec![],
                },
                more_effects: if i == 4 { 3 } else { 0 },
            }
        })
        .collect();
    Events { rows, filtered: None, open: None }
}

const YAML: &str = "\
# What people click on.
defaults: {refresh: 0s, ttl: 90d}

features:
  - name: clicks
    type: interaction_count
    interaction: click
    scope: item

  - name: clicks_in
    type: window_count
    interaction: click     # per item
    scope: item
    bucket: 1 day
    periods: [7, 30]

  - name: ctr
    type: rate
    top: clik
    bottom: impression
    bucket: 24h
    periods: [7, 30]
    refesh: 1h
    where: {user.country: [DE, FR, \"a # b\"]}
";

fn fault(
    code: &'static str,
    severity: Severity,
    under: &str,
    message: &str,
    help: &str,
    label: &str,
) -> Diagnostic {
    let start = YAML.find(under).unwrap();
    Diagnostic {
        code,
        severity,
        message: message.into(),
        labels: vec![Label { span: start..start + under.len(), message: label.into() }],
        help: Some(help.into()),
    }
}

/// A save with errors and a warning.
pub(crate) fn broken() -> Config {
    let mut report = Report::new("features.yaml", YAML);
    report.diagnostics = vec![
        fault(
            "bad-duration",
            Severity::Error,
            "1 day",
            "`1 day` is not a duration",
            "write it as a number and a unit: 30s, 5m, 24h, 7d",
            "not a duration",
        ),
        fault(
            "lone-interaction",
            Severity::Warning,
            "clik",
            "no other feature counts `clik`, and no event of the log is one",
            "did you mean `click`?",
            "",
        ),
        fault(
            "unknown-member",
            Severity::Error,
            "refesh",
            "a rate has no member `refesh`",
            "did you mean `refresh`?",
            "unknown member",
        ),
    ];
    Config {
        saves_test: false,
        path: Some("features.yaml".into()),
        version: 6,
        text: Arc::from(YAML),
        stale: true,
        unused: None,
        report: Arc::new(report),
        counted: Arc::default(),
        judged: LintProgress::default(),
        change: None,
    }
}

/// A save that was applied.
pub(crate) fn applied() -> Config {
    let line = |kind, text: &str| (kind, text.to_owned());
    Config {
        version: 7,
        stale: false,
        unused: None,
        report: Arc::new(Report::new("features.yaml", YAML)),
        change: Some(Change {
            added: vec!["clicks_30".into(), "ctr_30".into()],
            changed: vec!["ctr_7".into()],
            removed: vec![],
            diff: vec![
                line(DiffLine::Same, "    bucket: 24h"),
                line(DiffLine::Removed, "    periods: [7]"),
                line(DiffLine::Added, "    periods: [7, 30]"),
                line(DiffLine::Same, ""),
            ],
            values_changed: 1_204,
            keys_new: 15,
            keys_gone: 0,
            not_compared: 0,
            other_log: false,
            largest: Some(Effect {
                output: "ctr_7".into(),
                key: key(&["B0107"]),
                before: Some(OutputValue::Number(0.0312)),
                after: Some(OutputValue::Number(0.125)),
            }),
            took: Duration::from_millis(9),
        }),
        ..broken()
    }
}
