//! The panes as a person sees them: golden screens at several sizes, and what must hold of them
//! besides.

use counterscope::base::TextList;
use counterscope::session::protocol::{Layout, Sort, SortBy};
use counterscope::session::snapshot::{
    Approximation, Detail, ErrorKind, Exactness, OutputValue, Values,
};
use counterscope::ui::draw::glyphs::{ASCII, Glyphs, UNICODE};
use counterscope::ui::draw::paint::Paint;
use counterscope::ui::draw::theme::Theme;
use counterscope::ui::panes::config::ConfigView;
use counterscope::ui::panes::events::EventsView;
use counterscope::ui::panes::values::ValuesView;
use counterscope::ui::panes::{config, detail, events, values};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Modifier;

use crate::panes_data as data;
use crate::screen::{assert_screen, text};

/// Draws with a theme and glyphs into a buffer of that size.
pub(crate) fn screen(
    (width, height): (u16, u16),
    theme: &str,
    glyphs: &Glyphs,
    draw: impl FnOnce(Paint, Rect, &mut Buffer),
) -> Buffer {
    let area = Rect::new(0, 0, width, height);
    let mut buffer = Buffer::empty(area);
    draw(Paint { theme: &Theme::named(theme).unwrap(), glyphs }, area, &mut buffer);
    buffer
}

fn values_view(values: &Values) -> ValuesView {
    ValuesView {
        layout: values.layout,
        selected_row: values.selected_row,
        selected_column: 1,
        sort: Sort { by: SortBy::Column(1), descending: true },
        focused: true,
        output_cells: values::output_cells(&data::source()),
        ..ValuesView::default()
    }
}

fn draw_values(size: (u16, u16), values: &Values, view: &ValuesView, glyphs: &Glyphs) -> Buffer {
    let clock = Some(data::CLOCK);
    screen(size, "mono", glyphs, |paint, area, buf| {
        values::draw(values, &data::source(), view, clock, paint, area, buf);
    })
}

#[test]
fn values_wide() {
    let values = data::wide();
    let view = values_view(&values);
    for size in [(158, 20), (98, 14), (78, 12), (40, 7), (20, 4)] {
        let name = format!("panes/values-wide-{}x{}", size.0, size.1);
        assert_screen(&name, &draw_values(size, &values, &view, &UNICODE));
    }
    assert_screen("panes/values-wide-ascii", &draw_values((78, 10), &values, &view, &ASCII));
    let scrolled = ValuesView { first_row: 1_190, first_column: 2, selected_row: 1_195, ..view };
    assert_screen(
        "panes/values-wide-scrolled",
        &draw_values((78, 10), &values, &scrolled, &UNICODE),
    );
    let pairs = data::pairs();
    let view =
        ValuesView { sort: Sort { by: SortBy::Key, descending: false }, ..values_view(&pairs) };
    assert_screen("panes/values-wide-pairs", &draw_values((78, 8), &pairs, &view, &UNICODE));
}

#[test]
fn values_that_are_lists() {
    let (values, source) = data::lists();
    let view = values_view(&values);
    for size in [(98, 8), (50, 8)] {
        let buffer = screen(size, "mono", &UNICODE, |paint, area, buf| {
            values::draw(&values, &source, &view, Some(data::CLOCK), paint, area, buf);
        });
        assert_screen(&format!("panes/values-lists-{}x{}", size.0, size.1), &buffer);
    }
}

#[test]
fn values_long() {
    let values = data::long();
    let view = ValuesView { filter: "B0".into(), ..values_view(&values) };
    for size in [(158, 8), (98, 8), (78, 8), (40, 7)] {
        let name = format!("panes/values-long-{}x{}", size.0, size.1);
        assert_screen(&name, &draw_values(size, &values, &view, &UNICODE));
    }
    let recent = ValuesView { sort: Sort { by: SortBy::Recent, descending: true }, ..view.clone() };
    assert_screen("panes/values-long-recent", &draw_values((56, 8), &values, &recent, &UNICODE));
    let none = Values { rows: vec![], total_rows: 0, ..values };
    assert_screen("panes/values-long-none", &draw_values((60, 8), &none, &view, &UNICODE));
}

#[test]
fn details() {
    for (name, detail, sizes) in [
        ("count", data::count(), vec![(60, 35), (60, 12), (78, 5), (120, 12), (30, 20), (60, 3)]),
        ("rate", data::rate(), vec![(60, 35), (60, 20), (78, 5), (120, 14), (40, 8)]),
        ("unseen", data::unseen(), vec![(60, 12), (78, 5)]),
    ] {
        for size in sizes {
            let buffer = screen(size, "dark", &UNICODE, |paint, area, buf| {
                detail::draw(Some(&detail), paint, area, buf);
            });
            assert_screen(&format!("panes/detail-{name}-{}x{}", size.0, size.1), &buffer);
        }
    }
    for (name, kind, is_exact) in [
        ("estimate", ErrorKind::Standard, false),
        ("bound", ErrorKind::Largest, false),
        ("exact", ErrorKind::Standard, true),
    ] {
        let approximation = Approximation { exact_to: 1024.0, error: 0.008, kind };
        let exactness = Some(Exactness { approximation, is_exact });
        let detail = Detail { exactness, ..data::count() };
        let buffer = screen((60, 12), "dark", &UNICODE, |paint, area, buf| {
            detail::draw(Some(&detail), paint, area, buf);
        });
        assert_screen(&format!("panes/detail-{name}-60x12"), &buffer);
    }
    let buffer = screen((60, 24), "dark", &ASCII, |paint, area, buf| {
        detail::draw(Some(&data::count()), paint, area, buf);
    });
    assert_screen("panes/detail-count-ascii", &buffer);
    for (name, texts) in [("one", &data::TEXTS[..1]), ("all", &data::TEXTS[..])] {
        for size in [(60, 16), (30, 10)] {
            let buffer = screen(size, "dark", &UNICODE, |paint, area, buf| {
                detail::draw(Some(&data::listed(texts)), paint, area, buf);
            });
            assert_screen(&format!("panes/detail-list-{name}-{}x{}", size.0, size.1), &buffer);
        }
    }
}

#[test]
fn events_around_the_cursor() {
    let rows = data::events();
    let view =
        EventsView { selected: Some(data::CURSOR - 2), focused: true, ..EventsView::default() };
    for size in [(158, 10), (98, 8), (78, 8), (58, 6), (38, 4)] {
        let buffer = screen(size, "dark", &UNICODE, |paint, area, buf| {
            events::draw(&rows, &view, data::CURSOR, paint, area, buf);
        });
        assert_screen(&format!("panes/events-{}x{}", size.0, size.1), &buffer);
    }
}

#[test]
fn lists_of_an_effect_give_way_before_its_name() {
    let mut rows = data::events();
    let list = |texts: &[&str]| {
        let texts = texts.iter().map(|text| (*text).to_owned());
        Some(OutputValue::List(TextList::of(texts).unwrap()))
    };
    for row in &mut rows.rows {
        row.more_effects = 0;
        row.effects.truncate(1);
        for effect in &mut row.effects {
            effect.output = "favourite_brands_7d".into();
            effect.before = list(&["lumina", "northwind", "brightly"]);
            effect.after = list(&["northwind", "lumina", "brightly"]);
        }
    }
    assert!(rows.rows.iter().any(|row| row.applied && !row.effects.is_empty()));
    for width in [98, 158] {
        let view = EventsView::default();
        let buffer = screen((width, 8), "dark", &UNICODE, |paint, area, buf| {
            events::draw(&rows, &view, data::CURSOR, paint, area, buf);
        });
        let text: String = buffer.content.iter().map(ratatui::buffer::Cell::symbol).collect();
        assert!(text.contains("favourite_brands_7d{B0107} lumin"), "{width}: {text}");
    }
}

#[test]
fn configs() {
    let view = ConfigView { problem: Some(2), focused: true, ..ConfigView::default() };
    for (name, config, sizes) in [
        ("broken", data::broken(), vec![(120, 32), (60, 32), (60, 14), (40, 5)]),
        ("applied", data::applied(), vec![(120, 20), (60, 30), (60, 8)]),
    ] {
        for size in sizes {
            let buffer = screen(size, "dark", &UNICODE, |paint, area, buf| {
                config::draw(&config, &config.report, &view, paint, area, buf);
            });
            assert_screen(&format!("panes/config-{name}-{}x{}", size.0, size.1), &buffer);
        }
    }
}

#[test]
fn titles_say_what_is_in_view() {
    let paint = Paint { theme: &Theme::named("dark").unwrap(), glyphs: &UNICODE };
    let (wide, source) = (data::wide(), data::source());
    let view = ValuesView { first_row: 40, ..values_view(&wide) };
    assert_eq!(values::title(&wide, &source, &view, paint, 11), "item · 41–50 of 1,204");
    let recent = ValuesView { sort: Sort { by: SortBy::Recent, descending: true }, ..view };
    assert_eq!(
        values::title(&wide, &source, &recent, paint, 11),
        "item · 41–50 of 1,204 · by last event ▼"
    );
    let long = data::long();
    let view = ValuesView { filter: "B0".into(), ..values_view(&long) };
    assert_eq!(
        values::title(&long, &source, &view, paint, 11),
        "all outputs · 1–5 of 5, filtered from 8,428"
    );
    assert_eq!(detail::title(Some(&data::count()), paint), "clicks_7 · B0107");
    assert_eq!(events::title(17_712, 48_213, paint), "Events · 17,712 of 48,213 applied");
    assert_eq!(config::title(&data::broken(), paint), "features.yaml · version 6 · STALE");
}

#[test]
fn the_selected_row_is_told_without_colour() {
    let values = data::wide();
    let view = values_view(&values);
    let buffer = draw_values((78, 10), &values, &view, &UNICODE);
    let reversed = |y: u16| -> String {
        (0..78)
            .filter(|x| buffer[(*x, y)].modifier.contains(Modifier::REVERSED))
            .map(|x| buffer[(x, y)].symbol().to_owned())
            .collect()
    };
    for y in 0..10 {
        let is_selected = y == 2;
        assert_eq!(buffer[(0, y)].symbol() == "▌", is_selected, "row {y}");
        assert_eq!(reversed(y).contains("187"), is_selected, "row {y}");
        if y > 0 {
            assert_eq!(buffer[(2, y)].modifier.contains(Modifier::BOLD), is_selected, "row {y}");
        }
    }
}

#[test]
fn what_the_filter_found_is_underlined() {
    let values = data::wide();
    let view = ValuesView { filter: "b00".into(), ..values_view(&values) };
    let buffer = draw_values((78, 10), &values, &view, &UNICODE);
    let underlined = |y: u16| -> String {
        (0..78)
            .filter(|x| buffer[(*x, y)].modifier.contains(Modifier::UNDERLINED))
            .map(|x| buffer[(x, y)].symbol().to_owned())
            .collect()
    };
    assert_eq!(underlined(1), "", "B0107");
    assert_eq!(underlined(2), "B00", "B0041");
}

#[test]
fn numbers_do_not_move_when_values_do() {
    let mut values = data::wide();
    let view = values_view(&values);
    let places = |values: &Values| {
        let screen = text(&draw_values((78, 10), values, &view, &UNICODE));
        screen.lines().next().unwrap().to_owned()
    };
    let before = places(&values);
    for row in &mut values.rows {
        for cell in &mut row.cells {
            cell.reading = counterscope::session::snapshot::Reading::Value(-1.0e14 / 3.0);
        }
    }
    assert_eq!(places(&values), before);
}

#[test]
fn the_mouse_finds_what_is_drawn() {
    let (values, source) = (data::wide(), data::source());
    let view = ValuesView { first_row: 10, ..values_view(&values) };
    let area = Rect::new(5, 3, 78, 10);
    let buffer =
        draw_values((78, 10), &values, &ValuesView { first_row: 0, ..view.clone() }, &UNICODE);
    let heads = text(&buffer).lines().next().unwrap().to_owned();
    let head = heads.chars().collect::<String>().find("ctr_7").unwrap() as u16;
    let at = |x, y| values::hit(&values, &source, &view, area, x, y);
    assert_eq!(at(5 + head, 3), None, "on the head");
    assert_eq!(values::hit_head(&values, &source, &view, area, 5 + head, 3), Some(3));
    assert_eq!(at(5 + head, 4), Some((10, 3)));
    assert_eq!(at(5 + 3, 12), Some((18, 1)), "on a key: the selected column");
    assert_eq!(at(4, 4), None, "outside");
    assert_eq!(values::fit(&values, &source, Layout::Wide(0), 0, 78, &[]), 4);
    assert_eq!(values::fit(&values, &source, Layout::Wide(0), 6, 10, &[]), 1);

    let rows = data::events();
    let area = Rect::new(0, 0, 78, 8);
    let view = EventsView::default();
    assert_eq!(events::hit(&rows, &view, data::CURSOR, area, 9, 0), None);
    assert_eq!(events::hit(&rows, &view, data::CURSOR, area, 9, 5), Some(data::CURSOR));
}

#[test]
fn problems_point_at_lines() {
    let broken = data::broken();
    assert_eq!(config::line_of(&broken.report, 0), Some(13));
    assert_eq!(config::line_of(&broken.report, 9), None);
}
