//! A value explained: the formula, the windows, the events that made it, those that did not count and
//! why, and what comes next, as a tree that folds; or its contributors by an attribute of the log.

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};

use super::values::VALUES;
use super::{Tab, View};
use crate::session::protocol::Viewport;
use crate::session::snapshot::{Explained, Node, Outline, Snapshot, Waits};
use crate::ui::chrome::boxes;
use crate::ui::draw::layout::{Pane, ViewId};
use crate::ui::draw::pen::Pen;
use crate::ui::draw::text;
use crate::ui::input::command::{Action, Entry, Group, Where, entries};
use crate::ui::model::Model;
use crate::ui::panes::detail;
use crate::ui::panes::explain::{self, Sheet};
use crate::ui::views::values::table;

/// Its identity.
pub const EXPLAIN: ViewId = ViewId { name: "explain", slot: None };

const GROUP: Group = Group::View("Explain");
const HERE: Where = Where::View(EXPLAIN);

#[rustfmt::skip]
const SHOW: &[Entry] = entries! {
    Action::Show(EXPLAIN), "view-explain" ["4"] Where::Views, Group::Views, "" "explain the selected value";
};

#[rustfmt::skip]
const COMMANDS: &[Entry] = entries! {
    Action::ExplainGo, "explain-go" ["enter"] HERE, GROUP, "go/fold" "go to the event of the line, or fold and unfold it; ctrl-o comes back";
    Action::NextEvent, "next-event" ["n"] HERE, GROUP, "event" "select the next event that contributes";
    Action::PreviousEvent, "previous-event" ["N"] HERE, GROUP, "event" "select the event before that contributes";
    Action::ExplainOrder, "explain-order" ["s"] HERE, GROUP, "newest/largest" "list the newest events first, or the largest";
    Action::Contributors, "explain-contributors" ["t"] HERE, GROUP, "contributors" "group the events that contribute by an attribute of the log";
    Action::Copy, "copy" ["y"] HERE, GROUP, "copy" "copy what is shown as text";
};

/// The width from which on the selected cell has a pane beside the tree, and the pane's width.
const BESIDE: u16 = 140;
const SIDE: u16 = 58;

pub(super) struct Explain;

impl View for Explain {
    fn id(&self) -> ViewId {
        EXPLAIN
    }

    fn tab(&self) -> Option<Tab> {
        Some(Tab { title: "Explain", show: SHOW })
    }

    fn commands(&self) -> &'static [Entry] {
        COMMANDS
    }

    fn request(&self, model: &Model, pane: Option<Pane>, viewport: &mut Viewport) {
        let Some(pane) = pane else { return };
        viewport.explain = model.explain.look.clone().map(Box::new);
        if let (_, Some(side)) = split(&pane) {
            viewport.history = detail::history_cells(side.inner.width, side.inner.height);
        }
    }

    fn draw(&self, model: &Model, snapshot: &Snapshot, pane: &Pane, buf: &mut Buffer) {
        let (paint, (pane, side)) = (model.paint(), split(pane));
        let explained = shown(model, snapshot);
        let hints = explained.map(hints).unwrap_or_default();
        boxes::draw(&pane, &title(model), &hints, true, paint, buf);
        if let Some(told) = explained.filter(|told| !told.outline.nodes.is_empty()) {
            explain::draw(&told.outline, &model.explain, paint, pane.inner, buf);
        } else {
            let words = if model.explain.look.is_none() {
                "no value is selected: select one among the values"
            } else if matches!(explained, Some(Explained { waits: Some(Waits::Log), .. })) {
                "the value is explained as soon as the log is read"
            } else if matches!(explained, Some(Explained { waits: Some(Waits::Field), .. })) {
                "the log is read again for this attribute"
            } else {
                "looking at the events"
            };
            Pen::new(paint, pane.inner, buf).say(words);
        }
        if let Some(side) = side {
            let cell = snapshot.detail.as_ref();
            boxes::draw(&side, &detail::title(cell, paint), "", false, paint, buf);
            detail::draw(cell, paint, side.inner, buf);
        }
    }

    fn page(&self, model: &Model) -> usize {
        super::rows(model, EXPLAIN)
    }

    fn move_rows(&self, model: &mut Model, by: i64) {
        with_lines(model, |model, lines| {
            let last = lines.len().saturating_sub(1) as i64;
            let line = (model.explain.line as i64).saturating_add(by).clamp(0, last) as usize;
            select(model, &lines[line].0, line);
        });
    }

    /// Folds, or goes to the parent; unfolds, or goes to the first child.
    fn move_columns(&self, model: &mut Model, by: i64) {
        with_lines(model, |model, lines| {
            let line = model.explain.line.min(lines.len() - 1);
            let Line(id, depth, fold) = lines[line].clone();
            match (by > 0, fold) {
                (true, Some(false)) => fold_line(model, id, true),
                (false, Some(true)) => fold_line(model, id, false),
                (true, _) => {
                    if let Some(child) = lines.get(line + 1).filter(|child| child.1 > depth) {
                        select(model, &child.0, line + 1);
                    }
                }
                (false, _) => {
                    let parent = lines[..line].iter().rposition(|other| other.1 < depth);
                    if let Some(parent) = parent {
                        select(model, &lines[parent].0, parent);
                    }
                }
            }
        });
    }

    fn scroll(&self, model: &mut Model, by: i64) {
        let first = model.explain.first_row as i64;
        model.explain.first_row = first.saturating_add(by).max(0) as usize;
        let rows = super::rows(model, EXPLAIN);
        with_sheet(model, |model, sheet| {
            let last = sheet.rows().len().saturating_sub(rows.max(1));
            model.explain.first_row = model.explain.first_row.min(last);
            // The selection stays in view.
            let first = model.explain.first_row;
            let line_of =
                |row: usize| sheet.rows()[..=row].iter().filter(|row| row.part == 0).count() - 1;
            let end = (first + rows.max(1) - 1).min(sheet.rows().len().saturating_sub(1));
            let line = model.explain.line.clamp(line_of(first), line_of(end));
            let id = sheet.lines().nth(line).map(|node| node.id.clone());
            if let Some(id) = id {
                select(model, &id, line);
            }
        });
    }

    /// Selects a line; on the one that is selected, folds it.
    fn press(&self, model: &mut Model, area: Rect, at: Position) {
        let row = model.explain.first_row + usize::from(at.y.saturating_sub(area.y));
        let mut pressed = None;
        with_sheet(model, |_, sheet| {
            let line = sheet.rows().iter().take(row + 1).filter(|row| row.part == 0).count();
            let line = line.checked_sub(1).filter(|_| row < sheet.rows().len());
            pressed =
                line.and_then(|line| sheet.lines().nth(line).map(|node| (node.id.clone(), line)));
        });
        let Some((id, line)) = pressed else { return };
        if model.explain.selected.as_ref() == Some(&id) {
            toggle(model);
        } else {
            select(model, &id, line);
        }
    }

    /// Explains the selected value.
    fn shown(&self, model: &mut Model) {
        table::hold(model);
        let by = model.explain.look.as_ref().and_then(|look| look.by.clone());
        if let Some((output, key)) = table::selected_cell(model) {
            let is_same = |look: &crate::session::protocol::ExplainLook| {
                (&look.output, &look.key) == (&output, &key)
            };
            let by = by.filter(|_| model.explain.look.as_ref().is_some_and(is_same));
            model.explain.turn_to(output, key, by);
        }
    }

    fn settle(&self, model: &mut Model) {
        keep_in_view(model);
    }

    /// From contributors back to the value, and from there to the values.
    fn reset(&self, model: &mut Model) -> bool {
        back(model);
        true
    }
}

/// The tree, and the selected cell beside it where there is room.
fn split(pane: &Pane) -> (Pane, Option<Pane>) {
    if pane.outer.width < BESIDE || !pane.has_border() {
        return (*pane, None);
    }
    let Rect { x, width, .. } = pane.outer;
    let tree = Rect { width: width - SIDE, ..pane.outer };
    let side = Rect { x: x + width - SIDE, width: SIDE, ..pane.outer };
    (Pane::framed(tree), Some(Pane::framed(side)))
}

/// What is shown of what is asked for.
fn shown<'s>(model: &Model, snapshot: &'s Snapshot) -> Option<&'s Explained> {
    let look = model.explain.look.as_ref()?;
    snapshot.explained.as_deref().filter(|explained| explained.of.is_about(look))
}

fn title(model: &Model) -> String {
    let Some(look) = &model.explain.look else { return "Explain".to_owned() };
    let dot = model.glyphs.dot;
    let key = text::key(&look.key, dot);
    let key = text::fit(&key, 40, model.glyphs.ellipsis, text::Cut::Middle);
    let what = look.by.as_ref().map_or("Explain".to_owned(), |by| format!("Contributors by {by}"));
    format!("{what} {dot} {} {dot} {key}", look.output)
}

fn hints(explained: &Explained) -> String {
    match explained.waits {
        Some(Waits::Events(done)) if done > 0.0 => {
            format!("looking at the events {:.0} %", 100.0 * done)
        }
        Some(Waits::Field) => "reading the log again".to_owned(),
        _ => String::new(),
    }
}

/// Back from contributors to the value, and from there to the values.
pub(in crate::ui) fn back(model: &mut Model) {
    let place = &mut model.explain;
    if let Some(look) = place.look.clone()
        && look.by.is_some()
        && !std::mem::take(&mut place.came_by_field)
    {
        place.turn_to(look.output, look.key, None);
        return;
    }
    if let Some(look) = place.look.take().filter(|look| look.by.is_some()) {
        place.turn_to(look.output, look.key, None);
    } else {
        place.look = None;
    }
    (model.view, model.zoom) = (VALUES, None);
}

/// The outline that is shown.
fn outline(model: &Model) -> Option<std::sync::Arc<Outline>> {
    let explained = shown(model, model.snapshot.as_ref()?)?;
    let outline = &explained.outline;
    (!outline.nodes.is_empty()).then(|| std::sync::Arc::clone(outline))
}

/// Does something with the outline as it is laid out.
fn with_sheet(model: &mut Model, change: impl FnOnce(&mut Model, &Sheet<'_>)) {
    let Some(outline) = outline(model) else { return };
    let width = model.areas().pane(EXPLAIN).map_or(0, |pane| split(&pane).0.inner.width);
    let (place, glyphs) = (model.explain.clone(), model.glyphs);
    let sheet = Sheet::new(&outline, &place, width, &glyphs);
    change(model, &sheet);
}

/// A line in sight: its id, its depth, and whether it is open if it has lines below it.
#[derive(Clone)]
struct Line(String, usize, Option<bool>);

/// Does something with the lines in sight, if there are any.
fn with_lines(model: &mut Model, change: impl FnOnce(&mut Model, &[Line])) {
    let Some(outline) = outline(model) else { return };
    let line = |line: &usize| {
        let node = &outline.nodes[*line];
        let fold = outline.has_children(*line).then(|| model.explain.is_open(node));
        Line(node.id.clone(), node.depth, fold)
    };
    let lines: Vec<Line> =
        outline.visible(|node| model.explain.is_open(node)).iter().map(line).collect();
    if !lines.is_empty() {
        change(model, &lines);
    }
}

fn select(model: &mut Model, id: &str, line: usize) {
    model.explain.selected = Some(id.to_owned());
    model.explain.line = line;
}

fn fold_line(model: &mut Model, id: String, is_open: bool) {
    model.explain.folds.insert(id, is_open);
}

/// Folds the selected line, or unfolds it.
pub(in crate::ui) fn toggle(model: &mut Model) {
    with_lines(model, |model, lines| {
        let Line(id, _, fold) = lines[model.explain.line.min(lines.len() - 1)].clone();
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

/// The lines that are in sight, as text.
pub(in crate::ui) fn text(model: &Model) -> Option<String> {
    use crate::session::snapshot::{Moments, outline_text};
    let outline = outline(model)?;
    let lines = outline_text(&outline, Moments::Whole, |node| model.explain.is_open(node));
    Some(lines.join("\n") + "\n")
}

/// The attributes whose names contain what is typed; those that begin with it first.
pub(in crate::ui) fn candidates<'m>(model: &'m Model, typed: &str) -> Vec<&'m str> {
    let fields = model.snapshot.as_ref().map_or(&[][..], |snapshot| &snapshot.source.fields);
    let typed = typed.trim().to_lowercase();
    let matches = |name: &&str| name.to_lowercase().contains(&typed);
    let mut found: Vec<&str> = fields.iter().map(String::as_str).filter(matches).collect();
    found.sort_by_key(|name| !name.to_lowercase().starts_with(&typed));
    found
}

/// Keeps the selected line selected, on its row of the screen, whatever became of the others; if it
/// is gone, the one that is in its place is selected.
fn keep_in_view(model: &mut Model) {
    let rows = super::rows(model, EXPLAIN);
    if rows == 0 {
        return;
    }
    with_sheet(model, |model, sheet| {
        let known = model.explain.selected.clone();
        let at = known.and_then(|id| sheet.lines().position(|node| node.id == id));
        let count = sheet.lines().count();
        let line = at.unwrap_or(model.explain.line).min(count.saturating_sub(1));
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
