//! A made-up session: a small log and config that answer every look and command at once, by
//! arithmetic instead of an engine. What the screen is tested against.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use counterscope::base::{Key, Millis, Timestamp};
use counterscope::diagnostic::{Diagnostic, Label, Report, Severity};
use counterscope::session::protocol::{Command, Layout, SortBy, Speed, Target, Viewport};
use counterscope::session::snapshot::{
    Bucket, Cell, Change, Column, Config, Detail, DiffLine, Effect, EntryInfo, EntryOutput,
    EventRow, Events, FilteredEvents, History, LintProgress, LogChange, LongOutput, Mark, MarkKind,
    Notice, OutputValue, Part, Profile, Reading, Row, ScopeInfo, Served, Snapshot, Source, State,
    Tallies, Timeline, Tone, Transport, Values, WindowView, cell,
};

/// 2026-03-02T00:00Z.
const START: Timestamp = Timestamp(1_772_409_600_000);
/// The time between events.
const GAP: i64 = 4_321;

const CONFIG: &str = "\
features:
  - name: clicks
    type: window_count
    interaction: click
    scope: item
    bucket: 1d
    periods: [1, 7]

  - name: impressions
    type: window_count
    interaction: impression
    scope: item
    bucket: 1d
    periods: [7]

  - name: ctr
    type: rate
    top: click
    bottom: impression
    bucket: 1d
    periods: [7]
    refresh: 1h
";

const BROKEN: &str = "\
features:
  - name: clicks
    type: window_count
    interacton: click
    scope: item
    bucket: 5 parsecs
    periods: [1, 7]
";

/// The session's whole state.
#[derive(Clone, Debug)]
pub(crate) struct World {
    pub(crate) look: Viewport,
    pub(crate) state: State,
    pub(crate) log: Option<LogChange>,
    pub(crate) speed: Speed,
    pub(crate) cursor: usize,
    pub(crate) total: usize,
    pub(crate) keys: usize,
    pub(crate) version: u32,
    pub(crate) stale: bool,
    pub(crate) notice: Option<Notice>,
    pub(crate) before: usize,
    /// The moment at which the cursor stands, if not on an event.
    pub(crate) moment: Option<Timestamp>,
    /// How far a new order of the rows is.
    pub(crate) ordering: Option<f64>,
}

impl Default for World {
    fn default() -> Self {
        Self {
            look: Viewport::default(),
            state: State::Paused,
            log: None,
            speed: Speed::Times(3_600.0),
            cursor: 17_712,
            total: 48_213,
            keys: 1_204,
            version: 7,
            stale: false,
            notice: None,
            before: 17_711,
            moment: None,
            ordering: None,
        }
    }
}

/// The types of the events, by turns.
const KINDS: [&str; 4] = ["click", "impression", "ranking", "item"];

impl World {
    /// Does what it is told; `false` once it was told to quit.
    pub(crate) fn obey(&mut self, command: Command) -> bool {
        match command {
            Command::Play => self.state = State::Playing,
            Command::Pause => self.state = State::Paused,
            // The made-up config is no file.
            Command::Cancel | Command::EditConfig(_) => {}
            Command::Step(by) => self.go(self.cursor.saturating_add_signed(by as isize)),
            // The made-up keys have every fifth event each.
            Command::StepOfKey { events, .. } => {
                self.go(self.cursor.saturating_add_signed(5 * events as isize));
            }
            Command::StepOfMatch { filter, from, events } => {
                let passing = self.passing(&filter);
                let place = passing.partition_point(|number| *number <= from) as i64 - 1 + events;
                if let Some(last) = passing.len().checked_sub(1) {
                    self.go(passing[place.clamp(0, last as i64) as usize]);
                }
            }
            Command::Seek(Target::Time(time)) => {
                self.go((time.since(START).0.div_euclid(GAP)).max(0) as usize);
                self.moment = Self::clock(self.cursor)
                    .map_or(Some(time), |clock| Some(time).filter(|time| *time != clock));
            }
            Command::Seek(target) => self.go(match target {
                Target::Event(number) => number,
                Target::Time(_) => unreachable!(),
                Target::Percent(share) => (self.total as f64 * share / 100.0) as usize,
                Target::Start => 0,
                Target::End => self.total,
            }),
            Command::SetSpeed(speed) => self.speed = speed,
            Command::Viewport(look) => self.look = look,
            Command::Reload => self.reload(),
            Command::Quit => return false,
        }
        true
    }

    pub(crate) fn is_playing(&self) -> bool {
        self.state == State::Playing
    }

    /// Lets a moment pass.
    pub(crate) fn tick(&mut self) {
        if self.state == State::Playing {
            self.go(self.cursor + 17);
            self.state = State::Playing;
        }
    }

    fn go(&mut self, cursor: usize) {
        self.before = self.cursor;
        self.moment = None;
        self.cursor = cursor.min(self.total);
        self.state = if self.cursor == self.total { State::Ended } else { State::Paused };
    }

    fn reload(&mut self) {
        self.version += 1;
        self.stale = false;
        self.say(
            Tone::Good,
            format!("config v{} applied in 9 ms: 1 changed, 1 added", self.version),
        );
    }

    pub(crate) fn say(&mut self, tone: Tone, text: impl Into<String>) {
        let number = self.notice.as_ref().map_or(1, |notice| notice.number + 1);
        self.notice = Some(Notice { number, tone, text: text.into(), feature: None });
    }

    /// What is published now.
    pub(crate) fn snapshot(&self) -> Arc<Snapshot> {
        let source = source(&self.look.hidden);
        let values = self.values(&source);
        let detail = self.detail(&source, &values);
        Arc::new(Snapshot {
            generation: self.look.generation,
            source: Arc::new(source),
            transport: Transport {
                state: self.state,
                speed: self.speed,
                cursor: self.cursor,
                total: self.total,
                clock: Self::clock(self.cursor),
                as_of: self.moment.or_else(|| Self::clock(self.cursor)),
                took: Some(Duration::from_micros(1_840)),
                rate: (self.state == State::Playing).then_some(1_204_000.0),
                log: self.log,
                matches_reached: 0,
            },
            tallies: Tallies {
                applied: self.cursor as u64 * 3 / 2,
                late: self.cursor as u64 / 1_500,
                impressions: self.cursor as u64 / 2,
                rejected: vec![("no timestamp".into(), 2), ("not JSON".into(), 1)],
                unreadable: 3,
                reordered: 4,
            },
            values,
            detail,
            explained: None,
            events: self.events(),
            profile: Profile::Unknown,
            timeline: Arc::new(self.timeline()),
            config: Arc::new(self.config()),
            notice: self.notice.clone(),
        })
    }

    fn clock(cursor: usize) -> Option<Timestamp> {
        (cursor > 0).then(|| time(cursor))
    }

    fn scope_of(&self, source: &Source) -> usize {
        match self.look.layout {
            Layout::Wide(scope) => scope.min(source.scopes.len() - 1),
            Layout::Long => 0,
        }
    }

    fn keys_of(&self, scope: usize) -> usize {
        [self.keys, self.keys / 3, self.keys / 2, 1][scope]
    }

    fn reading(scope: usize, key: usize, column: usize, cursor: usize) -> Reading {
        let mixed = (key as u64 + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15 + scope as u64 * 77) >> 32;
        let events = cursor as f64 * 900.0 / (40.0 + (mixed % 5_003) as f64);
        let share = 0.01 + (mixed % 89) as f64 / 600.0;
        match (column, mixed % 23) {
            (_, 3) => Reading::NeverSeen,
            (3, 5 | 7) => Reading::NoData,
            (_, 11) => Reading::Expired,
            (0, _) => Reading::Value((events * share / 6.0).round()),
            (1, _) => Reading::Value((events * share).round()),
            (3, _) => Reading::Value(share),
            (column, _) => Reading::Value((events / (column as f64 - 1.0)).round()),
        }
    }

    fn values(&self, source: &Source) -> Values {
        let scope = self.scope_of(source);
        let columns = source.scopes[scope].columns.len();
        let places = places(scope, &source.scopes[scope].columns);
        let place = |column: usize| places.get(column).copied().unwrap_or(0);
        let long = self.look.layout == Layout::Long;
        // Where all outputs are hidden nothing is left of the keys either.
        let keys = if columns > 0 { self.keys_of(scope) } else { 0 };
        let mut all: Vec<(Key, usize, usize)> = (0..keys)
            .flat_map(|n| {
                let outputs = if long { columns } else { 1 };
                (0..outputs).map(move |column| (key(scope, n), n, column))
            })
            .collect();
        let unfiltered_rows = all.len();
        let wanted = self.look.filter.to_lowercase();
        all.retain(|(key, _, _)| key.to_string().to_lowercase().contains(&wanted));
        let rank = |n: usize, column: usize| {
            let number = Self::reading(scope, n, place(column), self.cursor).number();
            number.unwrap_or(-1.0)
        };
        all.sort_by(|a, b| match self.look.sort.by {
            SortBy::Key => a.0.cmp(&b.0),
            SortBy::Recent => a.1.cmp(&b.1),
            SortBy::Column(column) => {
                let of = |row: &(Key, usize, usize)| rank(row.1, if long { row.2 } else { column });
                of(a).total_cmp(&of(b)).then_with(|| b.0.cmp(&a.0))
            }
        });
        if self.look.sort.descending {
            all.reverse();
        }
        let selected = &self.look.selected;
        let found = selected.key.as_ref().and_then(|key| {
            all.iter().position(|(k, _, column)| {
                let output = &source.scopes[scope].columns[*column].output;
                k == key && (!long || selected.output.as_ref() == Some(output))
            })
        });
        let selected_row = found.unwrap_or(selected.row).min(all.len().saturating_sub(1));
        let first_column = if long { 0 } else { self.look.first_column.min(columns) };
        let last_column = (first_column + self.look.columns).min(columns);
        let rows = all
            .iter()
            .skip(self.look.first_row)
            .take(self.look.rows)
            .map(|(key, n, column)| Row {
                key: key.clone(),
                last_write: Self::clock(self.cursor.saturating_sub(n * 3)),
                cells: if long {
                    vec![self.cell(scope, *n, place(*column))]
                } else {
                    (first_column..last_column).map(|c| self.cell(scope, *n, place(c))).collect()
                },
                output: long.then(|| LongOutput {
                    name: source.scopes[scope].columns[*column].output.clone(),
                    kind: source.scopes[scope].columns[*column].kind,
                    scope: source.scopes[scope].name.clone(),
                    served: Self::reading(scope, *n, place(*column), self.before),
                    history: self.history(scope, *n, place(*column), 24),
                }),
            })
            .collect();
        Values {
            layout: self.look.layout,
            first_row: self.look.first_row.min(all.len()),
            total_rows: all.len(),
            unfiltered_rows,
            first_column,
            selected_row,
            ordering: self.ordering,
            ordered_at: None,
            rows,
        }
    }

    fn cell(&self, scope: usize, n: usize, column: usize) -> Cell {
        let reading = Self::reading(scope, n, column, self.cursor);
        let before = Self::reading(scope, n, column, self.before);
        let change = match (before.number(), reading.number()) {
            (Some(a), Some(b)) if a.to_bits() != b.to_bits() => Some(b - a),
            _ => None,
        };
        Cell { reading, change }
    }

    fn history(&self, scope: usize, n: usize, column: usize, points: usize) -> Vec<Option<f64>> {
        (1..=points)
            .map(|i| Self::reading(scope, n, column, self.cursor * i / points).number())
            .collect()
    }

    /// The chart of a value until the cursor.
    fn past(&self, scope: usize, n: usize, column: usize, clock: Timestamp) -> History {
        let cells = self.look.history;
        let span = (START, time(self.total));
        let shown = if cells > 0 { cell(span, clock, cells) + 1 } else { 0 };
        let points = self.history(scope, n, column, shown);
        History { cells, ..past(&points, span) }
    }

    fn detail(&self, source: &Source, values: &Values) -> Option<Detail> {
        let scope = self.scope_of(source);
        let row = values.rows.get(values.selected_row.checked_sub(values.first_row)?)?;
        let column = self.look.selected.column.min(source.scopes[scope].columns.len() - 1);
        let shown = &source.scopes[scope].columns[column];
        let column = places(scope, std::slice::from_ref(shown))[0];
        let n: usize = row.key.0.first().map_or(0, |text| {
            text.trim_start_matches(|c: char| !c.is_ascii_digit()).parse().unwrap_or(0)
        });
        let clock = Self::clock(self.cursor)?;
        let today = clock.0.div_euclid(Millis::DAY.0);
        let buckets = (0..9)
            .map(|back| Bucket {
                start: Timestamp((today - 8 + back) * Millis::DAY.0),
                value: ((n as i64 * 7 + back * 13) % 40) as f64,
                inside: back >= 2,
            })
            .collect();
        let window = WindowView {
            words: "last 7 days, today included".into(),
            from: Timestamp((today - 6) * Millis::DAY.0),
            to: clock,
            ends_now: true,
            bucket: Millis::DAY,
            buckets,
        };
        let live = Self::reading(scope, n, column, self.cursor);
        Some(Detail {
            attributes: source.scopes[scope].attributes.clone(),
            key: row.key.clone(),
            column: shown.clone(),
            line: 2 + 8 * column,
            definition: "click per item, last 7 days, today included".into(),
            counted: None,
            live: live.clone(),
            exactness: None,
            served: Served {
                reading: live.clone(),
                age: Some(Millis(2_580_000)),
                refresh: Millis(3_600_000),
            },
            ttl: Millis(90 * Millis::DAY.0),
            ttl_left: Some(Millis(89 * Millis::DAY.0)),
            last_write: Some(Timestamp(clock.0 - 418)),
            parts: vec![
                Part {
                    role: "top: click".into(),
                    reading: live.clone(),
                    window: Some(window.clone()),
                    shared_with: vec!["clicks".into()],
                },
                Part {
                    role: "bottom: impression".into(),
                    reading: live,
                    window: Some(window),
                    shared_with: vec!["impressions".into()],
                },
            ],
            history: self.past(scope, n, column, clock),
        })
    }

    /// The numbers of the events that pass a filter, a part of a type.
    fn passing(&self, filter: &str) -> Vec<usize> {
        (1..=self.total).filter(|number| KINDS[number % 4].contains(filter)).collect()
    }

    fn events(&self) -> Events {
        let look = &self.look.events;
        let passing = (!look.filter.is_empty()).then(|| self.passing(&look.filter));
        let (found, before) = passing.as_ref().map_or((self.total, self.cursor), |passing| {
            (passing.len(), passing.partition_point(|number| *number <= self.cursor))
        });
        let middle = before as i64 + look.offset;
        let first = (middle - look.before as i64 + 1).max(1) as usize;
        let last = (middle + look.after as i64).clamp(0, found as i64) as usize;
        let row = |place: usize| {
            let number = passing.as_ref().map_or(place, |passing| passing[place - 1]);
            EventRow { place, ..self.event(number) }
        };
        let filtered = passing.is_some().then(|| FilteredEvents {
            found,
            before,
            of: self.total,
            ..FilteredEvents::default()
        });
        Events { rows: (first..=last).map(row).collect(), filtered, open: None }
    }

    fn event(&self, number: usize) -> EventRow {
        let item = key(0, number * 31 % self.keys.max(1));
        let late = number.is_multiple_of(1_499);
        let applied = number <= self.cursor;
        EventRow {
            is_far: false,
            place: number,
            number,
            rejected: None,
            line: number as u64 + 3,
            time: time(number),
            gap: (number > 1).then_some(Millis(if late { -600 } else { GAP })),
            kind: KINDS[number % 4].into(),
            attributes: vec![
                ("item".into(), item.to_string()),
                ("user".into(), format!("u{}", number * 17 % 400)),
            ],
            applied,
            late: late.then_some(Millis(600)),
            released: if number % 12 == 2 { 5 } else { 0 },
            is_last: number == self.total,
            effects: if applied && number.is_multiple_of(4) {
                vec![Effect {
                    output: "clicks_7".into(),
                    key: item,
                    before: Some(OutputValue::Number(12.0)),
                    after: Some(OutputValue::Number(13.0)),
                }]
            } else {
                vec![]
            },
            more_effects: usize::from(number.is_multiple_of(8)) * 2,
        }
    }

    fn timeline(&self) -> Timeline {
        let cells = self.look.timeline;
        let density = (0..cells)
            .map(|i| {
                let phase = i as f64 / cells.max(1) as f64 * 25.0;
                (60.0 + 50.0 * phase.sin() + 9.0 * (phase * 3.1).cos()) as u32
            })
            .collect();
        let at = |share: usize, kind| Mark { at: time(self.total * share / 100), kind };
        Timeline {
            density,
            start: Some(START),
            end: Some(time(self.total)),
            marks: vec![
                at(12, MarkKind::Reload),
                at(24, MarkKind::Late { by: Millis(10_740_000) }),
                at(31, MarkKind::Reload),
                at(72, MarkKind::Rejected { line: 34_713, reason: "no timestamp" }),
            ],
        }
    }

    fn config(&self) -> Config {
        let text = if self.stale { BROKEN } else { CONFIG };
        let mut report = Report::new("features.yaml", text);
        let mut find = |needle: &str, severity, code, message: &str, help: &str| {
            if let Some(start) = text.find(needle) {
                report.diagnostics.push(Diagnostic {
                    code,
                    severity,
                    message: message.into(),
                    labels: vec![Label { span: start..start + needle.len(), message: help.into() }],
                    help: Some(help.into()),
                });
            }
        };
        find(
            "interacton",
            Severity::Error,
            "unknown-member",
            "unknown member `interacton`",
            "did you mean `interaction`?",
        );
        find(
            "5 parsecs",
            Severity::Error,
            "bad-duration",
            "`5 parsecs` has an unknown unit",
            "write 30s, 5m, 1h or 7d",
        );
        let change = (!self.stale).then(|| Change {
            added: vec!["ctr_7".into()],
            changed: vec!["clicks_7".into()],
            removed: vec![],
            diff: vec![
                (DiffLine::Same, "    bucket: 1d".into()),
                (DiffLine::Removed, "    periods: [1, 14]".into()),
                (DiffLine::Added, "    periods: [1, 7]".into()),
            ],
            values_changed: 812,
            keys_new: 0,
            keys_gone: 0,
            not_compared: 0,
            other_log: false,
            largest: Some(Effect {
                output: "clicks_7".into(),
                key: key(0, 42),
                before: Some(OutputValue::Number(402.0)),
                after: Some(OutputValue::Number(187.0)),
            }),
            took: Duration::from_millis(9),
        });
        Config {
            saves_test: false,
            path: Some("configs/features.yaml".into()),
            version: self.version,
            text: text.into(),
            stale: self.stale,
            unused: None,
            report: Arc::new(report),
            counted: Arc::default(),
            judged: LintProgress::default(),
            change,
        }
    }
}

/// The chart of points: each column goes from its own point to the next.
pub(crate) fn past(points: &[Option<f64>], span: (Timestamp, Timestamp)) -> History {
    let column = |i: usize| {
        let next = points.get(i + 1).copied().flatten();
        let both =
            |point: f64| (point.min(next.unwrap_or(point)), point.max(next.unwrap_or(point)));
        points[i].map(both)
    };
    let columns: Vec<_> = (0..points.len()).map(column).collect();
    let both = |a: (f64, f64), b: (f64, f64)| (a.0.min(b.0), a.1.max(b.1));
    History {
        cells: columns.len(),
        extremes: columns.iter().flatten().copied().reduce(both),
        since: Some(span.0),
        changed: None,
        span: Some(span),
        is_unfinished: false,
        columns,
    }
}

fn time(number: usize) -> Timestamp {
    Timestamp(START.0 + number as i64 * GAP)
}

fn key(scope: usize, n: usize) -> Key {
    Key(match scope {
        0 => vec![format!("item-{n:04}")],
        1 => vec![format!("u{n}")],
        2 => vec![format!("u{n}"), format!("brand-{}", n % 9)],
        _ => vec![],
    })
}

/// The places of a scope's shown columns among all of them: values are made from those.
fn places(scope: usize, shown: &[Column]) -> Vec<usize> {
    let all = source(&BTreeSet::new());
    let all = &all.scopes[scope].columns;
    let place = |column: &Column| all.iter().position(|c| c.output == column.output).unwrap();
    shown.iter().map(place).collect()
}

/// The entries that the columns are of: a feature each.
fn entries(scopes: &[ScopeInfo]) -> Arc<[EntryInfo]> {
    let mut entries: Vec<EntryInfo> = Vec::new();
    for (scope, info) in scopes.iter().enumerate() {
        for column in &info.columns {
            let output = EntryOutput { name: column.output.clone(), scope };
            match entries.iter_mut().find(|entry| entry.name == column.feature) {
                Some(entry) => entry.outputs.push(output),
                None => entries.push(EntryInfo {
                    name: column.feature.clone(),
                    line: 2 + 8 * entries.len(),
                    is_matrix: false,
                    kind: column.kind,
                    states: 1,
                    outputs: vec![output],
                }),
            }
        }
    }
    entries.into()
}

fn source(hidden: &BTreeSet<String>) -> Source {
    let mut source = whole_source();
    source.entries = entries(&source.scopes);
    for scope in &mut source.scopes {
        let before = scope.columns.len();
        scope.columns.retain(|column| !hidden.contains(&column.output));
        source.hidden += before - scope.columns.len();
    }
    source
}

fn whole_source() -> Source {
    let column = |output: &str, feature: &str, kind| Column {
        output: output.into(),
        feature: feature.into(),
        kind,
        is_list: false,
        types: Vec::new(),
        description: None,
    };
    let scope = |name: &str, attributes: &[&str], columns| ScopeInfo {
        name: name.into(),
        attributes: attributes.iter().map(|text| (*text).into()).collect(),
        columns,
    };
    Source {
        config: "features.yaml".into(),
        log: "events.ndjson".into(),
        store: Some("./state.sled".into()),
        features: 14,
        scopes: vec![
            scope(
                "item",
                &["item"],
                vec![
                    column("clicks_1", "clicks", "window_count"),
                    column("clicks_7", "clicks", "window_count"),
                    column("impressions_7", "impressions", "window_count"),
                    column("ctr_7", "ctr", "rate"),
                ],
            ),
            scope(
                "user",
                &["user"],
                (1..40).map(|i| column(&format!("seen_{i}"), "seen", "window_count")).collect(),
            ),
            scope(
                "[user, item.brand]",
                &["user", "item.brand"],
                vec![column("brand_clicks", "brand_clicks", "interaction_count")],
            ),
            scope("global", &[], vec![column("events_1h", "events", "counter")]),
        ],
        ..Source::default()
    }
}
