//! The timeline: the log's events as bars over time, the track with what happened on it and the
//! cursor, and the tallies.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::Span;

use crate::base::{Timestamp, quantity};
use crate::session::snapshot::{Log, MarkKind, Snapshot, State, Timeline};

use super::boxes;
use super::footer;
use crate::ui::draw::layout::{Class, Strip, label_width};
use crate::ui::draw::line::{self, Piece};
use crate::ui::draw::text::{self, Cut};
use crate::ui::input::command::Action;
use crate::ui::model::Model;
use crate::ui::panes::number;
use crate::ui::views;

/// How many reasons of rejected lines are told.
const REASONS: usize = 3;

/// Draws the timeline.
pub(in crate::ui) fn draw(model: &Model, strip: &Strip, buf: &mut Buffer) {
    let paint = model.paint();
    let hints = footer::hints(views::commands().filter(|entry| {
        matches!(
            entry.action,
            Action::StepForward | Action::StepBack | Action::Slower | Action::Faster
        )
    }));
    let hints: Vec<String> =
        hints.into_iter().map(|(keys, label)| format!("{keys} {label}")).collect();
    let hints = hints.join("  ");
    boxes::draw(&strip.pane, &title(model, strip, &hints), &hints, false, paint, buf);
    let Some(snapshot) = &model.snapshot else { return };
    if strip.cells.1 == 0 {
        return;
    }
    if let Some(y) = strip.density {
        draw_density(model, snapshot, strip, y, buf);
    }
    match snapshot.transport.state {
        State::Loading { done } => draw_gauge(model, done, strip, buf),
        _ => draw_track(model, snapshot, strip, buf),
    }
    if let Some(y) = strip.tallies {
        draw_tallies(model, snapshot, strip, y, buf);
    }
}

/// The title: on the largest screens it tells what the log is, as far as there is room.
fn title(model: &Model, strip: &Strip, hints: &str) -> String {
    let log = model.snapshot.as_ref().map(|snapshot| &snapshot.source.about_log);
    let log = log.filter(|_| Class::of(model.size.0, model.size.1) == Class::Huge);
    let (glyphs, name) = (model.paint().glyphs, "Timeline");
    let mut words = log.map_or_else(Vec::new, |log| about(log, glyphs.ellipsis));
    words.insert(0, name.to_owned());
    let title = words.join(&format!(" {} ", glyphs.dot));
    // The edge of the box, and spaces around title and hints.
    let taken = Span::raw(hints).width() + 12;
    let room = usize::from(strip.pane.outer.width).saturating_sub(taken);
    text::fit(&title, room.max(name.len()), glyphs.ellipsis, Cut::End).into_owned()
}

/// What a log is, once it is read: how it is written, the unit of its times, its first and last day,
/// its types of events with their counts.
fn about(log: &Log, ellipsis: &str) -> Vec<String> {
    let mut words: Vec<String> = log.form.iter().cloned().collect();
    words.extend(log.unit.map(str::to_owned));
    if let Some((first, last)) = log.span {
        let of_one = |pattern: &str| first.format(pattern) == last.format(pattern);
        let day = if of_one("%Y") { "%m-%d" } else { "%Y-%m-%d" };
        let mut span = first.format(day);
        if !of_one("%Y-%m-%d") {
            span = format!("{span} {ellipsis} {}", last.format(day));
        }
        words.push(span);
    }
    if !log.types.is_empty() {
        let count = quantity::counted(log.types.len() + log.more_types, "type");
        let types = log.types.iter();
        let types = types.map(|(name, count)| format!("{name} {}", quantity::grouped(*count)));
        let more = Some(log.more_types).filter(|more| *more > 0);
        let more = more.map(|more| format!("{} more", quantity::grouped(more as u64)));
        words.push(format!("{count}: {}", types.chain(more).collect::<Vec<_>>().join(", ")));
    }
    words
}

/// The cell of the track that a moment lies in.
fn cell(timeline: &Timeline, at: Timestamp, cells: u16) -> Option<u16> {
    Some(timeline.cell(at, usize::from(cells))? as u16)
}

/// The cell that the cursor stands in.
fn cursor_cell(snapshot: &Snapshot, cells: u16) -> u16 {
    let moment = snapshot.transport.as_of;
    moment.and_then(|moment| cell(&snapshot.timeline, moment, cells)).unwrap_or(0)
}

fn draw_density(model: &Model, snapshot: &Snapshot, strip: &Strip, y: u16, buf: &mut Buffer) {
    let (theme, timeline) = (&model.theme, &snapshot.timeline);
    let (x, cells) = strip.cells;
    let counts = resample(&timeline.density, usize::from(cells));
    let most = counts.iter().copied().max().unwrap_or(0).max(1);
    let cursor = cursor_cell(snapshot, cells);
    for (count, i) in counts.iter().zip(0..cells) {
        if *count > 0 {
            let height = (*count * 8).div_ceil(most).clamp(1, 8) as usize;
            let style = if i <= cursor { theme.bar } else { theme.bar_outside };
            buf[(x + i, y)].set_symbol(model.glyphs.bars[height - 1]).set_style(style);
        }
    }
    let width = label_width(crate::ui::draw::layout::Class::of(model.size.0, model.size.1));
    let (Some(start), Some(end)) = (timeline.start, timeline.end) else { return };
    let one_day = start.is_on_day_of(end);
    let pattern = match (width > 5, one_day) {
        (true, _) => "%m-%d %H:%M",
        (false, true) => "%H:%M",
        (false, false) => "%m-%d",
    };
    if width > 0 && x > width {
        let label = |moment: Timestamp| Span::styled(moment.format(pattern), theme.faint);
        buf.set_span(x - width - 1, y, &label(start), width);
        buf.set_span(x + cells + 1, y, &label(end), width);
    }
}

/// The counts of `n` cells in `cells` cells: each takes the sum of those that fall into it, or,
/// if there are fewer than cells, repeats the one that it lies in.
fn resample(density: &[u32], cells: usize) -> Vec<u64> {
    let n = density.len();
    if n == 0 || cells == 0 {
        return vec![0; cells];
    }
    (0..cells)
        .map(|cell| {
            let from = cell * n / cells;
            let to = ((cell + 1) * n / cells).max(from + 1);
            density[from..to.min(n)].iter().map(|count| u64::from(*count)).sum()
        })
        .collect()
}

/// While the log is read: how much of it is.
fn draw_gauge(model: &Model, done: f64, strip: &Strip, buf: &mut Buffer) {
    let (x, cells) = strip.cells;
    let full = (done.clamp(0.0, 1.0) * f64::from(cells)).round() as u16;
    for i in 0..cells {
        let (symbol, style) = if i < full {
            (model.glyphs.block, model.theme.bar)
        } else {
            (model.glyphs.shade, model.theme.bar_outside)
        };
        buf[(x + i, strip.track)].set_symbol(symbol).set_style(style);
    }
    percent(model, done, strip, buf);
}

fn draw_track(model: &Model, snapshot: &Snapshot, strip: &Strip, buf: &mut Buffer) {
    let (theme, glyphs) = (&model.theme, &model.glyphs);
    let (x, cells) = strip.cells;
    let cursor = cursor_cell(snapshot, cells);
    for i in 0..cells {
        let (symbol, style) = if i < cursor {
            (glyphs.track_done, theme.accent)
        } else {
            (glyphs.track_rest, theme.faint)
        };
        buf[(x + i, strip.track)].set_symbol(symbol).set_style(style);
    }
    // Reloads are few and matter: they are drawn over alerts.
    for reloads in [false, true] {
        for mark in &snapshot.timeline.marks {
            let is_reload = mark.kind == MarkKind::Reload;
            let place = cell(&snapshot.timeline, mark.at, cells).filter(|_| is_reload == reloads);
            if let Some(i) = place {
                let (symbol, style) = match mark.kind {
                    MarkKind::Reload => (glyphs.reload, theme.name),
                    MarkKind::Rejected { .. } => (glyphs.alert, theme.error),
                    MarkKind::Late { .. } => (glyphs.alert, theme.warning),
                };
                buf[(x + i, strip.track)].set_symbol(symbol).set_style(style);
            }
        }
    }
    let transport = &snapshot.transport;
    // An arrow where the cursor stands apart from any event, to the left before the first one.
    let sign = match transport.moment() {
        None => glyphs.cursor,
        Some(_) if transport.cursor == 0 => glyphs.left,
        Some(_) => glyphs.arrow,
    };
    buf[(x + cursor, strip.track)].set_symbol(sign).set_style(theme.accent);
    let done = match transport.total {
        0 => 0.0,
        total => transport.cursor as f64 / total as f64,
    };
    percent(model, done, strip, buf);
}

/// Cut off rather than rounded: 100 % is the end and nothing else.
fn percent(model: &Model, done: f64, strip: &Strip, buf: &mut Buffer) {
    let tenths = (done.clamp(0.0, 1.0) * 1000.0).floor();
    let text =
        if tenths >= 1000.0 { "100 %".to_owned() } else { format!("{:.1} %", tenths / 10.0) };
    let (x, cells) = strip.cells;
    let room = strip.pane.inner.right().saturating_sub(x + cells + 1);
    buf.set_span(x + cells + 1, strip.track, &Span::styled(text, model.theme.value), room);
}

fn draw_tallies(model: &Model, snapshot: &Snapshot, strip: &Strip, y: u16, buf: &mut Buffer) {
    let (theme, tallies) = (&model.theme, &snapshot.tallies);
    let grouped = |n: u64| quantity::grouped(n);
    // Impressions are counted beside the events of the log: one number for both would be larger
    // than the log.
    let events = tallies.applied.saturating_sub(tallies.impressions);
    let mut counted = Piece::new(9, "counted ", theme.faint).and(grouped(events), theme.value);
    if tallies.impressions > 0 {
        counted = counted
            .and(" + ", theme.faint)
            .and(grouped(tallies.impressions), theme.value)
            .and(" impressions", theme.faint);
    }
    let mut pieces = vec![
        counted,
        Piece::new(8, "late ", theme.faint)
            .and(grouped(tallies.late), attention(model, tallies.late)),
    ];
    let rejected = tallies.rejected_total();
    let mut lines =
        Piece::new(7, "rejected ", theme.faint).and(grouped(rejected), attention(model, rejected));
    for (i, (reason, count)) in tallies.rejected.iter().take(REASONS).enumerate() {
        let before = if i == 0 { ": " } else { ", " };
        lines = lines.and(format!("{before}{} {reason}", grouped(*count)), theme.faint);
    }
    if let Some(more @ 1..) = tallies.rejected.len().checked_sub(REASONS) {
        lines = lines.and(format!(", {more} more"), theme.faint);
    }
    pieces.push(lines);
    if tallies.reordered > 0 {
        let count = grouped(tallies.reordered);
        pieces.push(Piece::new(5, "reordered ", theme.faint).and(count, theme.value));
    }
    let mut right = Vec::new();
    if let Some(took) = snapshot.transport.took {
        right.push(Piece::new(1, format!("seek {}", number::took(took)), theme.faint));
    }
    let legend = format!("{} reload  {} late or rejected", model.glyphs.reload, model.glyphs.alert);
    right.push(Piece::new(4, legend, theme.faint));
    let area = strip.pane.inner;
    let area = line::inset(Rect { y, height: 1, ..area });
    line::draw(pieces, right, &Span::raw("   "), model.paint(), area, buf);
}

fn attention(model: &Model, count: u64) -> ratatui::style::Style {
    if count > 0 { model.theme.warning } else { model.theme.value }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn density_fits_any_number_of_cells() {
        assert_eq!(resample(&[1, 2, 3, 4], 2), [3, 7]);
        assert_eq!(resample(&[1, 2], 4), [1, 1, 2, 2]);
        assert_eq!(resample(&[], 3), [0, 0, 0]);
        assert_eq!(resample(&[5], 0), Vec::<u64>::new());
        for n in 1..40 {
            for cells in 1..40 {
                let resampled = resample(&vec![1; n], cells);
                assert_eq!(resampled.len(), cells);
                if cells <= n {
                    assert_eq!(resampled.iter().sum::<u64>(), n as u64);
                }
            }
        }
    }

    #[test]
    fn a_log_is_told_as_far_as_it_is_known() {
        let day = |day: i64| Timestamp(1_740_787_200_000 + day * 86_400_000);
        let mut log = Log { span: Some((day(0), day(17))), ..Log::default() };
        assert_eq!(about(&log, "…"), ["03-01 … 03-18"], "events that were kept have no form");
        log.form = Some("flat, NDJSON".to_owned());
        log.unit = Some("ms");
        log.types = vec![("click".to_owned(), 2_104), ("like".to_owned(), 510)];
        log.span = Some((day(-100), day(0)));
        let types = "2 types: click 2,104, like 510";
        assert_eq!(about(&log, "…"), ["flat, NDJSON", "ms", "2024-11-21 … 2025-03-01", types]);
        log.more_types = 1_000;
        log.span = Some((day(0), day(0)));
        let types = "1,002 types: click 2,104, like 510, 1,000 more";
        assert_eq!(about(&log, "…")[2..], ["03-01", types]);
        assert!(about(&Log::default(), "…").is_empty());
    }

    #[test]
    fn the_ends_of_the_log_are_the_ends_of_the_track() {
        let timeline = Timeline {
            start: Some(Timestamp(1_000)),
            end: Some(Timestamp(2_000)),
            ..Timeline::default()
        };
        assert_eq!(cell(&timeline, Timestamp(1_000), 10), Some(0));
        assert_eq!(cell(&timeline, Timestamp(1_500), 10), Some(5));
        assert_eq!(cell(&timeline, Timestamp(2_000), 10), Some(9));
        assert_eq!(cell(&timeline, Timestamp(9_999), 10), Some(9));
        assert_eq!(cell(&Timeline::default(), Timestamp(0), 10), None);
    }
}
