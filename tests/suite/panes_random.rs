//! The panes on random data and sizes: they never panic, never write outside their area, and
//! draw ASCII data with ASCII alone where they are given the ASCII glyphs.

use std::sync::Arc;
use std::time::Duration;

use counterscope::base::{Key, Millis, TextList, Timestamp};
use counterscope::diagnostic::{Diagnostic, Label, Report, Severity};
use counterscope::session::protocol::{Layout, Sort, SortBy};
use counterscope::session::snapshot::{
    Approximation, Bucket, Cell, Change, Column, Config, Detail, DiffLine, Effect, ErrorKind,
    EventRow, Events, Exactness, History, LintProgress, LongOutput, OutputValue, Part, Reading,
    Rejected, Row, ScopeInfo, Served, Source, Unused, Values, WindowView,
};
use counterscope::ui::draw::glyphs::{ASCII, Glyphs, UNICODE};
use counterscope::ui::draw::paint::Paint;
use counterscope::ui::draw::theme::{NAMES, Theme};
use counterscope::ui::panes::config::ConfigView;
use counterscope::ui::panes::events::EventsView;
use counterscope::ui::panes::values::ValuesView;
use counterscope::ui::panes::{config, detail, events, values};
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::people::is_forbidden;

/// What is around the area that a pane is given: its cells must stay as they are.
const OUTSIDE: &str = "@";
const FRAME: u16 = 2;

fn texts(ascii: bool) -> BoxedStrategy<String> {
    if ascii {
        "[ -~]{0,40}".boxed()
    } else {
        prop_oneof![
            3 => "\\PC{0,30}",
            1 => any::<String>(),
            1 => "[a-z:鍵ー👩\u{ad}\u{200d}\u{301}\u{2028}\u{202e}\u{fe0f}\u{e0041}\x1b\u{9b}\t\n#'\"-]{0,60}",
            1 => Just("x".repeat(5_000)),
        ]
        .boxed()
    }
}

fn numbers() -> impl Strategy<Value = f64> {
    prop_oneof![
        Just(0.0),
        (-1_000i64..1_000_000_000).prop_map(|n| n as f64),
        -1.0..1.0,
        any::<f64>(),
        Just(f64::NAN),
        Just(f64::INFINITY),
    ]
}

fn readings(ascii: bool) -> impl Strategy<Value = Reading> {
    prop_oneof![
        4 => numbers().prop_map(Reading::Value),
        1 => lists(ascii).prop_map(Reading::List),
        1 => Just(Reading::NoData),
        1 => Just(Reading::Expired),
        1 => Just(Reading::NeverSeen),
    ]
}

fn cells(ascii: bool) -> impl Strategy<Value = Cell> {
    (readings(ascii), option::of(numbers())).prop_map(|(reading, change)| Cell { reading, change })
}

fn times() -> impl Strategy<Value = Timestamp> {
    prop_oneof![4 => 31_536_000_000i64..4_102_444_800_000, 1 => any::<i64>()].prop_map(Timestamp)
}

fn spans() -> impl Strategy<Value = Millis> {
    prop_oneof![4 => -1_000i64..100_000_000_000, 1 => any::<i64>()].prop_map(Millis)
}

fn keys(ascii: bool) -> impl Strategy<Value = Key> {
    vec(texts(ascii), 0..4).prop_map(Key)
}

fn columns(ascii: bool) -> impl Strategy<Value = Column> {
    let column = (texts(ascii), any::<bool>(), option::of(texts(ascii)));
    column.prop_map(|(output, is_list, description)| Column {
        feature: output.clone(),
        output,
        kind: "window_count",
        is_list,
        types: Vec::new(),
        description,
    })
}

fn sources(ascii: bool) -> impl Strategy<Value = Source> {
    let scope = (texts(ascii), vec(texts(ascii), 0..4), vec(columns(ascii), 0..12))
        .prop_map(|(name, attributes, columns)| ScopeInfo { name, attributes, columns });
    vec(scope, 0..3).prop_map(|scopes| Source { scopes, ..Source::default() })
}

fn layouts() -> impl Strategy<Value = Layout> {
    prop_oneof![(0usize..3).prop_map(Layout::Wide), Just(Layout::Long)]
}

fn history() -> impl Strategy<Value = Vec<Option<f64>>> {
    vec(option::of(numbers()), 0..90)
}

fn pasts() -> impl Strategy<Value = History> {
    let ranges = vec(option::of((numbers(), numbers())), 0..90);
    (ranges, 0usize..90, option::of(times()), option::of((times(), times())), any::<bool>())
        .prop_map(|(columns, more, since, span, is_unfinished)| {
            let both = |(a, b): (f64, f64)| (a.min(b), a.max(b));
            let columns: Vec<_> = columns.into_iter().map(|range| range.map(both)).collect();
            let sum = |a: (f64, f64), b: (f64, f64)| (a.0.min(b.0), a.1.max(b.1));
            History {
                cells: columns.len() + more,
                extremes: columns.iter().flatten().copied().reduce(sum),
                changed: since,
                since,
                span,
                is_unfinished,
                columns,
            }
        })
}

fn rows(ascii: bool) -> impl Strategy<Value = Row> {
    let output = (texts(ascii), texts(ascii), readings(ascii), history()).prop_map(
        |(name, scope, served, history)| LongOutput { name, kind: "rate", scope, served, history },
    );
    (keys(ascii), option::of(times()), vec(cells(ascii), 0..12), option::of(output))
        .prop_map(|(key, last_write, cells, output)| Row { key, last_write, cells, output })
}

fn pages(ascii: bool) -> impl Strategy<Value = Values> {
    (layouts(), 0usize..100, 0usize..2_000, 0usize..2_000, 0usize..8, vec(rows(ascii), 0..70))
        .prop_map(|(layout, first_row, total_rows, unfiltered_rows, first_column, rows)| Values {
            layout,
            first_row,
            total_rows,
            unfiltered_rows,
            first_column,
            selected_row: first_row,
            ordering: (total_rows % 3 == 1).then_some(0.43),
            ordered_at: None,
            rows,
        })
}

fn sorts() -> impl Strategy<Value = Sort> {
    let by =
        prop_oneof![Just(SortBy::Key), Just(SortBy::Recent), (0usize..9).prop_map(SortBy::Column)];
    (by, any::<bool>()).prop_map(|(by, descending)| Sort { by, descending })
}

fn views(ascii: bool) -> impl Strategy<Value = ValuesView> {
    (layouts(), 0usize..120, 0usize..120, 0usize..14, sorts(), texts(ascii), any::<bool>())
        .prop_map(|(layout, first_row, selected_row, column, sort, filter, focused)| ValuesView {
            layout,
            first_row,
            selected_row,
            first_column: column,
            selected_column: column,
            sort,
            empty: filter.clone(),
            filter,
            focused,
            ..ValuesView::default()
        })
}

fn windows(ascii: bool) -> impl Strategy<Value = WindowView> {
    let bucket = (times(), numbers(), any::<bool>()).prop_map(|(start, value, inside)| Bucket {
        start,
        value,
        inside,
    });
    (texts(ascii), times(), (times(), any::<bool>()), spans(), vec(bucket, 0..400)).prop_map(
        |(words, from, (to, ends_now), bucket, buckets)| WindowView {
            words,
            from,
            to,
            ends_now,
            bucket,
            buckets,
        },
    )
}

fn parts(ascii: bool) -> impl Strategy<Value = Part> {
    (texts(ascii), readings(ascii), option::of(windows(ascii)), vec(texts(ascii), 0..3)).prop_map(
        |(role, reading, window, shared_with)| Part { role, reading, window, shared_with },
    )
}

fn details(ascii: bool) -> impl Strategy<Value = Detail> {
    let served = (readings(ascii), option::of(spans()), spans())
        .prop_map(|(reading, age, refresh)| Served { reading, age, refresh });
    (
        (
            vec(texts(ascii), 0..4),
            keys(ascii),
            columns(ascii),
            texts(ascii),
            readings(ascii),
            served,
        ),
        (spans(), option::of(spans()), option::of(times()), vec(parts(ascii), 0..5)),
        (pasts(), option::of(exactnesses())),
    )
        .prop_map(
            |((attributes, key, column, definition, live, served), state, (history, exactness))| {
                let (ttl, ttl_left, last_write, parts) = state;
                Detail {
                    attributes,
                    key,
                    column,
                    line: 7,
                    definition,
                    counted: None,
                    live,
                    exactness,
                    served,
                    ttl,
                    ttl_left,
                    last_write,
                    parts,
                    history,
                }
            },
        )
}

fn exactnesses() -> impl Strategy<Value = Exactness> {
    let kinds = [ErrorKind::Standard, ErrorKind::Largest, ErrorKind::OfAll];
    let kinds = prop::sample::select(kinds.to_vec());
    (0.0..1e6, 0.0..1.0, kinds, any::<bool>()).prop_map(|(exact_to, error, kind, is_exact)| {
        Exactness { approximation: Approximation { exact_to, error, kind }, is_exact }
    })
}

fn lists(ascii: bool) -> impl Strategy<Value = TextList> {
    vec(texts(ascii), 1..5).prop_map(|texts| TextList::of(texts).unwrap())
}

fn values(ascii: bool) -> impl Strategy<Value = OutputValue> {
    prop_oneof![
        4 => numbers().prop_map(OutputValue::Number),
        1 => lists(ascii).prop_map(OutputValue::List),
    ]
}

fn effects(ascii: bool) -> impl Strategy<Value = Effect> {
    (texts(ascii), keys(ascii), option::of(values(ascii)), option::of(values(ascii)))
        .prop_map(|(output, key, before, after)| Effect { output, key, before, after })
}

fn event_rows(ascii: bool) -> impl Strategy<Value = EventRow> {
    (
        (
            0usize..90,
            times(),
            option::of(spans()),
            texts(ascii),
            any::<bool>(),
            option::of(spans()),
        ),
        vec((texts(ascii), texts(ascii)), 0..5),
        (vec(effects(ascii), 0..5), 0usize..4, 0usize..3),
    )
        .prop_map(|((number, time, gap, kind, applied, late), attributes, rest)| {
            let (effects, released, more_effects) = rest;
            let line = number as u64;
            EventRow {
                is_far: false,
                place: number,
                number,
                rejected: (number % 11 == 3)
                    .then(|| Rejected { reason: "invalid JSON", excerpt: "{\"item\":".to_owned() }),
                line,
                time,
                gap,
                kind,
                attributes,
                applied,
                late,
                released,
                is_last: number % 7 == 0,
                effects,
                more_effects,
            }
        })
}

fn configs(ascii: bool) -> impl Strategy<Value = Config> {
    let text = vec(texts(ascii), 0..60).prop_map(|lines| lines.join("\n"));
    let severity =
        prop_oneof![Just(Severity::Error), Just(Severity::Warning), Just(Severity::Note)];
    let label = (0usize..4_000, 0usize..90, texts(ascii))
        .prop_map(|(start, len, message)| Label { span: start..start + len, message });
    let diagnostic = (severity, texts(ascii), vec(label, 0..3), option::of(texts(ascii))).prop_map(
        |(severity, message, labels, help)| Diagnostic {
            code: "unknown-member",
            severity,
            message,
            labels,
            help,
        },
    );
    let line = prop_oneof![Just(DiffLine::Same), Just(DiffLine::Added), Just(DiffLine::Removed)];
    let names = || vec(texts(ascii), 0..9);
    let change = (
        (names(), names(), names(), vec((line, texts(ascii)), 0..20)),
        (0usize..3_000, option::of(effects(ascii)), 0u64..90_000, 0usize..3, any::<bool>()),
    )
        .prop_map(
            |(
                (added, changed, removed, diff),
                (values_changed, largest, millis, keys, other_log),
            )| Change {
                added,
                changed,
                removed,
                diff,
                values_changed,
                keys_new: keys,
                keys_gone: 2 * keys,
                not_compared: 0,
                other_log,
                largest,
                took: Duration::from_millis(millis),
            },
        );
    let judged = select(vec![
        LintProgress::Done,
        LintProgress::UnderWay,
        LintProgress::Elsewhere,
        LintProgress::Open,
    ]);
    let diagnostics = vec(diagnostic, 0..9);
    (option::of(texts(ascii)), text, any::<bool>(), diagnostics, judged, option::of(change))
        .prop_map(|(path, text, stale, diagnostics, judged, change)| {
            let text: Arc<str> = Arc::from(text);
            let diagnostics_are_none = diagnostics.is_empty();
            let report = Report { name: "config".into(), text: text.clone(), diagnostics };
            let unused = (stale && diagnostics_are_none).then_some(Unused::Deleted);
            Config {
                saves_test: false,
                path,
                version: 3,
                text,
                stale,
                unused,
                report: Arc::new(report),
                counted: Arc::default(),
                judged,
                change,
            }
        })
}

fn sizes() -> impl Strategy<Value = (u16, u16)> {
    prop_oneof![(0u16..=200, 0u16..=60), (0u16..=12, 0u16..=6)]
}

/// Draws into the middle of a larger buffer and checks what must hold of every pane.
fn check(
    (width, height): (u16, u16),
    theme: usize,
    ascii: bool,
    draw: impl FnOnce(Paint, Rect, &mut Buffer),
) -> Result<(), TestCaseError> {
    let area = Rect::new(FRAME, FRAME, width, height);
    let whole = Rect::new(0, 0, width + 2 * FRAME, height + 2 * FRAME);
    let mut buffer = Buffer::filled(whole, ratatui::buffer::Cell::new(OUTSIDE));
    for y in area.top()..area.bottom() {
        for x in area.left()..area.right() {
            buffer[(x, y)].reset();
        }
    }
    let theme = Theme::named(NAMES[theme]).unwrap();
    let glyphs: &Glyphs = if ascii { &ASCII } else { &UNICODE };
    draw(Paint { theme: &theme, glyphs }, area, &mut buffer);
    for y in whole.top()..whole.bottom() {
        for x in whole.left()..whole.right() {
            let symbol = buffer[(x, y)].symbol();
            if area.contains((x, y).into()) {
                prop_assert!(!ascii || symbol.is_ascii(), "{symbol:?} at {x},{y}");
                prop_assert!(!symbol.contains(is_forbidden), "{symbol:?} at {x},{y}");
            } else {
                prop_assert_eq!(symbol, OUTSIDE, "at {},{}", x, y);
            }
        }
    }
    Ok(())
}

/// Whether the case is in ASCII, and data of a kind to match.
fn either<S: Strategy>(of: impl Fn(bool) -> S) -> impl Strategy<Value = (bool, S::Value)> {
    prop_oneof![of(true).prop_map(|data| (true, data)), of(false).prop_map(|data| (false, data))]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, ..ProptestConfig::default() })]

    #[test]
    fn values_stay_in_their_area(
        (ascii, (page, source, view)) in either(|ascii| (pages(ascii), sources(ascii), views(ascii))),
        clock in option::of(times()),
        size in sizes(),
        theme in 0usize..3,
        at in (0u16..210, 0u16..70),
    ) {
        check(size, theme, ascii, |paint, area, buf| {
            values::draw(&page, &source, &view, clock, paint, area, buf);
        })?;
        let paint = Paint { theme: &Theme::named(NAMES[theme]).unwrap(), glyphs: &ASCII };
        let title = values::title(&page, &source, &view, paint, size.1);
        prop_assert!(!ascii || title.is_ascii(), "{title}");
        let area = Rect::new(FRAME, FRAME, size.0, size.1);
        if let Some((row, _)) = values::hit(&page, &source, &view, area, at.0, at.1) {
            prop_assert!(row < page.total_rows);
        }
        let columns = match view.layout {
            Layout::Wide(scope) => source.scopes.get(scope).map_or(0, |scope| scope.columns.len()),
            Layout::Long => 1,
        };
        let first = view.first_column.min(columns);
        let fit = values::fit(&page, &source, view.layout, first, size.0, &[]);
        prop_assert!(fit <= columns);
        prop_assert!(fit > 0 || first == columns, "a column that cannot be scrolled to");
    }

    #[test]
    fn details_stay_in_their_area(
        (ascii, detail) in either(details),
        size in sizes(),
        theme in 0usize..3,
    ) {
        check(size, theme, ascii, |paint, area, buf| {
            detail::draw(Some(&detail), paint, area, buf);
        })?;
        let paint = Paint { theme: &Theme::named(NAMES[theme]).unwrap(), glyphs: &ASCII };
        let title = detail::title(Some(&detail), paint);
        prop_assert!(!ascii || title.is_ascii(), "{title}");
    }

    #[test]
    fn events_stay_in_their_area(
        (ascii, rows) in either(|ascii| vec(event_rows(ascii), 0..70)),
        selected in option::of(0usize..90),
        cursor in 0usize..90,
        moment in option::of(times()),
        size in sizes(),
        theme in 0usize..3,
        at in (0u16..210, 0u16..70),
    ) {
        let events = Events { rows, filtered: None, open: None };
        let view = EventsView { selected, focused: true, moment, ..EventsView::default() };
        check(size, theme, ascii, |paint, area, buf| {
            events::draw(&events, &view, cursor, paint, area, buf);
        })?;
        let area = Rect::new(FRAME, FRAME, size.0, size.1);
        let hit = events::hit(&events, &view, cursor, area, at.0, at.1);
        prop_assert!(hit.is_none_or(|n| events.rows.iter().any(|event| event.number == n)));
    }

    #[test]
    fn configs_stay_in_their_area(
        (ascii, config) in either(configs),
        first_line in 0usize..70,
        problem in option::of(0usize..10),
        size in sizes(),
        theme in 0usize..3,
    ) {
        let view = ConfigView { first_line, problem, feature: Some(first_line + 2), focused: false };
        check(size, theme, ascii, |paint, area, buf| {
            config::draw(&config, &config.report, &view, paint, area, buf);
        })?;
        let paint = Paint { theme: &Theme::named(NAMES[theme]).unwrap(), glyphs: &ASCII };
        let title = config::title(&config, paint);
        prop_assert!(!ascii || title.is_ascii(), "{title}");
        for problem in 0..config.report.diagnostics.len() {
            let line = config::line_of(&config.report, problem);
            prop_assert!(line.is_none_or(|line| line <= config.text.matches('\n').count()));
        }
    }
}
