//! The lines of an explanation: which are in sight, which one is selected, what is folded.

use std::sync::Arc;

use super::place::{EXPLAIN, shown, split};
use crate::session::snapshot::{Node, NodeTone, Outline};
use crate::ui::model::Model;
use crate::ui::panes::explain::Sheet;

/// The outline that is shown.
pub(super) fn outline(model: &Model) -> Option<Arc<Outline>> {
    let explained = shown(model, model.snapshot.as_ref()?)?;
    let outline = &explained.outline;
    (!outline.nodes.is_empty()).then(|| std::sync::Arc::clone(outline))
}

/// Does something with the outline as it is laid out.
pub(super) fn with_sheet(model: &mut Model, change: impl FnOnce(&mut Model, &Sheet<'_>)) {
    let Some(outline) = outline(model) else { return };
    let width = model.areas().pane(EXPLAIN).map_or(0, |pane| split(&pane).0.inner.width);
    let (place, glyphs) = (model.explain.clone(), model.glyphs);
    let sheet = Sheet::new(&outline, &place, width, &glyphs);
    change(model, &sheet);
}

/// A line in sight: its id, its depth, whether it is open if it has lines below it, and whether it
/// is the head of a table, which is not selected.
#[derive(Clone)]
pub(super) struct Line(
    pub(super) String,
    pub(super) usize,
    pub(super) Option<bool>,
    pub(super) bool,
);

/// A line, or one beside it if it is the head of a table: behind it if one goes on, else before it,
/// or where there is one.
pub(super) fn beside_head(
    line: usize,
    lines: usize,
    goes_on: bool,
    is_head: impl Fn(usize) -> bool,
) -> usize {
    if line >= lines || !is_head(line) {
        return line;
    }
    let (next, before) = (Some(line + 1).filter(|next| *next < lines), line.checked_sub(1));
    let beside = if goes_on { next.or(before) } else { before.or(next) };
    beside.unwrap_or(line)
}

/// The same of the lines of an outline that is laid out.
pub(super) fn on_sheet(sheet: &Sheet<'_>, line: usize, goes_on: bool) -> usize {
    let is_head =
        |line: usize| sheet.lines().nth(line).is_some_and(|node| node.tone == NodeTone::Head);
    beside_head(line, sheet.lines().count(), goes_on, is_head)
}

/// Does something with the lines in sight, if there are any.
pub(super) fn with_lines(model: &mut Model, change: impl FnOnce(&mut Model, &[Line])) {
    let Some(outline) = outline(model) else { return };
    let line = |line: &usize| {
        let node = &outline.nodes[*line];
        let fold = outline.has_children(*line).then(|| model.explain.is_open(node));
        Line(node.id.clone(), node.depth, fold, node.tone == NodeTone::Head)
    };
    let lines: Vec<Line> =
        outline.visible(|node| model.explain.is_open(node)).iter().map(line).collect();
    if !lines.is_empty() {
        change(model, &lines);
    }
}

pub(super) fn select(model: &mut Model, id: &str, line: usize) {
    model.explain.selected = Some(id.to_owned());
    model.explain.line = line;
}

pub(super) fn fold_line(model: &mut Model, id: String, is_open: bool) {
    model.explain.folds.insert(id, is_open);
}

/// Folds the selected line, or unfolds it.
pub(in crate::ui) fn toggle(model: &mut Model) {
    with_lines(model, |model, lines| {
        let Line(id, _, fold, _) = lines[model.explain.line.min(lines.len() - 1)].clone();
        if let Some(is_open) = fold {
            fold_line(model, id, !is_open);
        }
    });
}

/// The selected line.
pub(in crate::ui) fn selected(model: &Model) -> Option<Node> {
    let outline = outline(model)?;
    let id = model.explain.selected.as_ref()?;
    outline.nodes.iter().find(|node| node.id == *id).cloned()
}

/// Selects another event that contributes: so many of them on, or back. What it is folded into is
/// opened. Returns whether there is one.
pub(in crate::ui) fn step_event(model: &mut Model, by: i64) -> bool {
    let Some(outline) = outline(model) else { return false };
    let selected = model.explain.selected.as_ref();
    let at = outline.nodes.iter().position(|node| Some(&node.id) == selected).unwrap_or(0);
    let mut events = outline.nodes.iter().enumerate().filter(|(_, node)| node.contributes);
    let steps = by.unsigned_abs() as usize - 1;
    let next = if by > 0 {
        events.filter(|(line, _)| *line > at).map(|(line, _)| line).nth(steps)
    } else {
        let before: Vec<usize> =
            events.by_ref().take_while(|(line, _)| *line < at).map(|(line, _)| line).collect();
        before.into_iter().rev().nth(steps)
    };
    let Some(next) = next else { return false };
    let mut depth = outline.nodes[next].depth;
    for node in outline.nodes[..next].iter().rev() {
        if node.depth < depth {
            depth = node.depth;
            model.explain.folds.insert(node.id.clone(), true);
        }
    }
    model.explain.selected = Some(outline.nodes[next].id.clone());
    let visible = outline.visible(|node| model.explain.is_open(node));
    model.explain.line = visible.iter().position(|line| *line == next).unwrap_or_default();
    true
}

/// Keeps the selected line selected, on its row of the screen, whatever became of the others; if it
/// is gone, the one that is in its place is selected.
pub(super) fn keep_in_view(model: &mut Model) {
    let rows = crate::ui::views::rows(model, EXPLAIN);
    if rows == 0 {
        return;
    }
    with_sheet(model, |model, sheet| {
        let known = model.explain.selected.clone();
        let at = known.and_then(|id| sheet.lines().position(|node| node.id == id));
        let count = sheet.lines().count();
        let line = at.unwrap_or(model.explain.line).min(count.saturating_sub(1));
        let line = on_sheet(sheet, line, true);
        let id = sheet.lines().nth(line).map(|node| node.id.clone()).unwrap_or_default();
        let (row, height) = sheet.rows_of(line).unwrap_or((0, 1));
        let place = &mut model.explain;
        // What came above it moves the rest, not the line.
        if line != place.line && at.is_some() && place.row < row {
            place.first_row += row - place.row;
        } else if line != place.line && at.is_some() {
            place.first_row = place.first_row.saturating_sub(place.row - row);
        }
        (place.selected, place.line, place.row) = (Some(id), line, row);
        let last = sheet.rows().len().saturating_sub(rows);
        let lowest = (row + height.min(rows)).saturating_sub(rows);
        place.first_row = place.first_row.clamp(lowest.min(row), row).min(last);
    });
}
