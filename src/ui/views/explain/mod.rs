//! A value explained: the formula, the windows, the events that made it, those that did not count and
//! why, and what comes next, as a tree that folds; or its contributors by an attribute of the log.

mod lines;
mod place;

use std::collections::BTreeSet;

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};

use super::values::VALUES;
use super::{Tab, View};
use crate::base::words;
use crate::diagnostic::nearest;
use crate::session::protocol::{Target, Viewport};
use crate::session::snapshot::{
    Explained, GroupRef, LogField, NodeTone, Profile, ScopeInfo, Snapshot, Waits,
};
use crate::ui::chrome::boxes;
use crate::ui::draw::layout::{Pane, ViewId};
use crate::ui::draw::pen::Pen;
use crate::ui::draw::text;
use crate::ui::input::command::{Action, Entry, Group, Where, entries};
use crate::ui::model::Model;
use crate::ui::panes::detail;
use crate::ui::panes::explain;
use crate::ui::views::values::table;
use lines::{
    Line, beside_head, fold_line, keep_in_view, on_sheet, outline, select, with_lines, with_sheet,
};
pub(in crate::ui) use lines::{selected, step_event, toggle};
pub use place::EXPLAIN;
use place::{shown, split};

const GROUP: Group = Group::View("Explain");
const HERE: Where = Where::View(EXPLAIN);

#[rustfmt::skip]
const SHOW: &[Entry] = entries! {
    Action::Show(EXPLAIN), "view-explain" ["4"] Where::Views, Group::Views, "" "explain the selected value";
};

#[rustfmt::skip]
const COMMANDS: &[Entry] = entries! {
    Action::ExplainGo, "explain-go" ["enter"] HERE, GROUP, "go/fold" "go to the event of the line, or filter the events to those that a line of contributors stands for, or fold and unfold it; ctrl-o comes back";
    Action::NextEvent, "next-event" ["n"] HERE, GROUP, "event" "select the next event that contributes";
    Action::PreviousEvent, "previous-event" ["N"] HERE, GROUP, "event" "select the event before that contributes";
    Action::ExplainOrder, "explain-order" ["s"] HERE, GROUP, "newest/largest" "list the newest events first, or the largest";
    Action::Contributors, "explain-contributors" ["t"] HERE, GROUP, "contributors" "group the events that contribute by an attribute of the log; LIFT: how many times as frequent a value is among them as among all events of the same time that are taken at any key";
    Action::CountBy, "count-by" ["a"] HERE, GROUP, "count by" "of contributors: add a feature to the config that counts by their attribute; u in the config takes it back";
    Action::Copy, "copy" ["y"] HERE, GROUP, "copy" "copy what is shown as text";
};

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
            let line = beside_head(line, lines.len(), by > 0, |line| lines[line].3);
            select(model, &lines[line].0, line);
        });
    }

    /// Folds, or goes to the parent; unfolds, or goes to the first child.
    fn move_columns(&self, model: &mut Model, by: i64) {
        with_lines(model, |model, lines| {
            let line = model.explain.line.min(lines.len() - 1);
            let Line(id, depth, fold, _) = lines[line].clone();
            match (by > 0, fold) {
                (true, Some(false)) => fold_line(model, id, true),
                (false, Some(true)) => fold_line(model, id, false),
                (true, _) => {
                    let next = beside_head(line + 1, lines.len(), true, |line| lines[line].3);
                    if let Some(child) = lines.get(next).filter(|child| child.1 > depth) {
                        select(model, &child.0, next);
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
            let line = on_sheet(sheet, line, line == line_of(first));
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
            pressed = line.and_then(|line| {
                let node = sheet.lines().nth(line).filter(|node| node.tone != NodeTone::Head)?;
                Some((node.id.clone(), line))
            });
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
        if model.view == EXPLAIN && model.explain.look.is_none() {
            // A value may be there by now.
            self.shown(model);
        }
        keep_in_view(model);
    }

    /// From contributors back to the value, and from there to the values.
    fn reset(&self, model: &mut Model) -> bool {
        back(model);
        true
    }
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
        _ if explained.of.by.is_some() => "LIFT: times as frequent as at any key".to_owned(),
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

/// The filter of events that lets through what a line of contributors stands for.
pub(in crate::ui) fn filter_of(model: &Model, group: &GroupRef) -> Option<String> {
    let look = model.explain.look.as_ref()?;
    let at = model.snapshot.as_ref()?.explained.as_ref()?.at?;
    let by = look.by.as_ref()?;
    let has = |scope: &&ScopeInfo| scope.columns.iter().any(|it| it.output == look.output);
    let scope = model.scopes().iter().find(has);
    let names = scope.map_or(&[][..], |scope| &scope.attributes).iter();
    let key: Vec<String> =
        names.zip(&look.key.0).map(|(name, text)| words::condition(name, text)).collect();
    let key = if key.is_empty() { String::new() } else { format!("{{{}}}", key.join(",")) };
    let role = if group.role.is_empty() { String::new() } else { format!("{} of ", group.role) };
    let at = match at {
        Target::Event(number) => format!("#{number}"),
        Target::Time(moment) => moment.to_string(),
        Target::Percent(_) | Target::Start | Target::End => return None,
    };
    let value = match &group.value {
        Some(value) => words::condition(by, value),
        None => format!("without {}", words::word(by)),
    };
    Some(format!("contributes to {role}{}{key} at {at} {value}", look.output))
}

/// The lines that are in sight, as text.
pub(in crate::ui) fn text(model: &Model) -> Option<String> {
    use crate::session::snapshot::{Moments, outline_text};
    let outline = outline(model)?;
    let lines = outline_text(&outline, Moments::Whole, |node| model.explain.is_open(node));
    Some(lines.join("\n") + "\n")
}

/// The fields whose names contain what is typed; those that begin with it first.
pub(in crate::ui) fn candidates(model: &Model, typed: &str) -> Vec<String> {
    let Some(snapshot) = &model.snapshot else { return Vec::new() };
    let fields = fields(model, snapshot);
    let typed = typed.trim().to_lowercase();
    let matches = |name: &&str| name.to_lowercase().contains(&typed);
    let mut found: Vec<String> = fields.into_iter().filter(matches).map(str::to_owned).collect();
    found.sort_by_key(|name| !name.to_lowercase().starts_with(&typed));
    found
}

/// The fields by which the contributors to the value in view may be grouped: once the log was read for
/// them, those with values of the events that the value counts; until then those that were read of
/// events.
fn fields<'s>(model: &Model, snapshot: &'s Snapshot) -> BTreeSet<&'s str> {
    let Profile::Read(told) = &snapshot.profile else {
        return snapshot.source.fields.iter().map(String::as_str).collect();
    };
    let output = match &model.explain.look {
        Some(look) if model.view == EXPLAIN => Some(look.output.clone()),
        _ => table::selected_cell(model).map(|(output, _)| output),
    };
    let mut columns = snapshot.source.scopes.iter().flat_map(|scope| &scope.columns);
    let types = columns.find(|column| Some(&column.output) == output.as_ref());
    let types = types.map_or(&[][..], |column| &column.types);
    let counts = |field: &&LogField| {
        field.has_values
            && (types.is_empty() || field.types.iter().any(|name| types.contains(name)))
    };
    let own = told.fields.iter().filter(counts).map(|field| field.path.as_str());
    // What is joined or released is in no line of the log.
    let place = |name: &String| told.fields.binary_search_by(|field| field.path.cmp(name));
    let is_of_log = |name: &&String| place(name).is_ok();
    let others = snapshot.source.fields.iter().filter(|name| !is_of_log(name));
    own.chain(others.map(String::as_str)).collect()
}

/// Why contributors cannot be grouped by a field of this name, as far as that is known.
pub(in crate::ui) fn fault_of(model: &Model, name: &str) -> Option<String> {
    let snapshot = model.snapshot.as_ref()?;
    let Profile::Read(told) = &snapshot.profile else { return None };
    let fields = fields(model, snapshot);
    // Elements of lists are named in more ways than one.
    if fields.contains(name) || name.contains('[') {
        return None;
    }
    let what = match told.fields.iter().find(|field| field.path == name) {
        Some(field) if !field.has_values => format!("`{name}` is an object without a value"),
        Some(_) => format!("no event that counts here has `{name}`"),
        None => format!("no event has `{name}`"),
    };
    let inside = format!("{name}.");
    let near = fields.iter().find(|field| field.starts_with(&inside)).copied();
    let near = near.or_else(|| nearest(name, fields.iter().copied()));
    let near = near.or_else(|| fields.iter().find(|field| is_last_part(field, name)).copied());
    Some(match near {
        Some(near) => format!("{what}: did you mean `{near}`? enter again takes it all the same"),
        None => format!("{what}; tab lists what they have, enter again takes it all the same"),
    })
}

/// Whether a field's path ends with a name: `geo.country` with `country`.
fn is_last_part(path: &str, name: &str) -> bool {
    path.strip_suffix(name).is_some_and(|before| before.ends_with('.'))
}
