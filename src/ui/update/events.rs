//! Moving in the list of events and in the config.

use crate::diagnostic::{Place, Severity};
use crate::session::protocol::EventsViewport;
use crate::session::snapshot::Tone;

use super::super::model::Model;
use super::notice;
use crate::ui::draw::layout::View;
use crate::ui::panes::problems;

/// Moves the selection of the list of events; the list scrolls when it must.
pub(super) fn move_event(model: &mut Model, by: i64) {
    model.events.selected = model.events.selected.saturating_add(by);
    keep_event_in_view(model);
}

/// Scrolls the list of events; the selection stays in view.
pub(super) fn scroll_events(model: &mut Model, by: i64) {
    let (before, after) = around_cursor(model.event_rows());
    model.events.offset = model.events.offset.saturating_add(by);
    let (low, high) = (model.events.offset - before + 1, model.events.offset + after);
    model.events.selected = model.events.selected.clamp(low.min(high), high);
    keep_event_in_view(model);
}

/// Holds the selection inside the log and the list around the selection.
pub(super) fn keep_event_in_view(model: &mut Model) {
    let Some(snapshot) = &model.snapshot else { return };
    let cursor = snapshot.transport.cursor as i64;
    let total = snapshot.transport.total as i64;
    let (before, after) = around_cursor(model.event_rows());
    let place = &mut model.events;
    let (start, end) = (-cursor, (total - cursor).max(0));
    place.selected = place.selected.clamp((start + 1).min(0), end);
    if before + after > 0 {
        let nearest = place.offset.clamp(place.selected - after, place.selected + before - 1);
        place.offset = nearest.clamp(start.min(0), end);
    }
}

/// How many events a list of so many rows shows up to the place it is scrolled to, and beyond.
fn around_cursor(rows: usize) -> (i64, i64) {
    let rows = rows as i64;
    let after = rows / 3;
    (rows - after, after)
}

/// The events that fill the list: where the log ends, more are shown of the other side.
pub(super) fn look(model: &Model) -> EventsViewport {
    let rows = model.event_rows() as i64;
    let (_, wanted) = around_cursor(model.event_rows());
    let transport = model.snapshot.as_ref().map(|snapshot| &snapshot.transport);
    let (cursor, total) = transport.map_or((0, 0), |t| (t.cursor as i64, t.total as i64));
    let behind = (cursor + model.events.offset).max(0);
    let ahead = (total - behind).max(0);
    let before = (rows - wanted.min(ahead)).min(behind);
    EventsViewport {
        before: before as usize,
        after: (rows - before) as usize,
        offset: model.events.offset,
    }
}

/// Scrolls the config by so many lines; the extremes go to its ends.
pub(super) fn scroll_config(model: &mut Model, by: i64) {
    let first = model.config.first_line.saturating_add_signed(by as isize);
    model.config.first_line = first;
    keep_config_in_view(model);
}

/// Never scrolls beyond the config's last line.
pub(super) fn keep_config_in_view(model: &mut Model) {
    let Some(snapshot) = &model.snapshot else { return };
    let lines = snapshot.config.text.lines().count();
    let last = lines.saturating_sub(model.areas().config_rows().max(1));
    model.config.first_line = model.config.first_line.min(last);
}

/// Selects the next problem or the one before, around the ends, and tells it: what was said of
/// another one gives way.
pub(super) fn step_problem(model: &mut Model, by: isize) {
    let Some(snapshot) = model.snapshot.clone() else { return };
    let report = problems::report(&snapshot);
    let count = report.diagnostics.len() as isize;
    if count == 0 {
        model.remark = Some((Tone::Good, "no problems".to_owned()));
        return;
    }
    let next = match model.config.problem {
        Some(at) => (at as isize + by).rem_euclid(count),
        None if by > 0 => 0,
        None => count - 1,
    };
    model.config.problem = Some(next as usize);
    reveal_problem(model);
    notice::dismiss(model);
    let problem = &report.diagnostics[next as usize];
    let tone = match problem.severity {
        Severity::Error => Tone::Error,
        Severity::Warning => Tone::Warning,
        Severity::Note => Tone::Note,
    };
    let place = problem.labels.first().map_or_else(String::new, |label| {
        let place = report.place(label.span.start);
        format!("{}:{} ", place.line, place.column)
    });
    let words = format!("{} of {count}: {place}{}", next + 1, problem.message);
    model.remark = Some((tone, words));
}

/// Scrolls the config so that the selected fault's line has a few lines above it.
pub(super) fn reveal_problem(model: &mut Model) {
    if let Some(place) = problem_place(model) {
        reveal_line(model, place.line);
    }
}

/// Scrolls the config to the selected fault or else to the selected feature: the view comes to the
/// front.
pub(super) fn reveal_selected(model: &mut Model) {
    let detail = model.snapshot.as_ref().and_then(|snapshot| snapshot.detail.as_ref());
    let line = detail.map(|detail| detail.line);
    match (problem_place(model), line) {
        (Some(place), _) => reveal_line(model, place.line),
        (None, Some(line)) => reveal_line(model, line),
        (None, None) => {}
    }
}

/// While the config stands beside the values it is scrolled along: to the selected feature, when
/// another one is selected.
pub(super) fn follow_feature(model: &mut Model) {
    let rows = model.areas().config_rows();
    let detail = model.snapshot.as_ref().and_then(|snapshot| snapshot.detail.as_ref());
    let Some(line) = detail.map(|detail| detail.line).filter(|_| rows > 0) else { return };
    if model.view != View::Config && model.config.followed != Some((line, rows)) {
        model.config.followed = Some((line, rows));
        reveal_line(model, line);
    }
}

/// Scrolls the config so that a line, counted from 1, has a few lines around it.
fn reveal_line(model: &mut Model, line: usize) {
    let line = line.saturating_sub(1);
    let rows = model.areas().config_rows();
    let first = model.config.first_line;
    // Faults draw notes below their line, so its whole neighbourhood should be in view.
    if line < first + 1 || line + 4 >= first + rows {
        model.config.first_line = line.saturating_sub(rows / 3);
    }
    keep_config_in_view(model);
}

/// Where the selected fault is; `None` without one, or for a fault of the whole file.
pub(super) fn problem_place(model: &Model) -> Option<Place> {
    let report = problems::report(model.snapshot.as_ref()?);
    let diagnostic = report.diagnostics.get(model.config.problem?)?;
    Some(report.place(diagnostic.labels.first()?.span.start))
}
