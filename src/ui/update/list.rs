//! Moving in the list of features, hiding outputs, and going to one.

use std::collections::BTreeSet;
use std::sync::Arc;

use ratatui::layout::{Position, Rect};

use crate::session::protocol::Layout;

use super::super::model::{ListPlace, Model};
use super::super::panes::features::{self, FeaturesView, Line};
use super::navigate;
use crate::ui::views::values::{VALUES, table};

/// Opens the list at the entry of the selected cell, or closes it.
pub(super) fn toggle(model: &mut Model) {
    if model.list.take().is_some() {
        return;
    }
    let mut list = ListPlace::default();
    if let (Some(snapshot), Some(name)) = (&model.snapshot, selected_output(model)) {
        let entries = &snapshot.source.entries;
        let has = |outputs: &[crate::session::snapshot::EntryOutput]| {
            outputs.iter().any(|output| output.name == name)
        };
        list.selected = entries.iter().position(|entry| has(&entry.outputs)).unwrap_or(0);
    }
    model.list = Some(list);
}

/// Drops the filter, or else closes the list; `false` if it is not open.
pub(super) fn close(model: &mut Model) -> bool {
    match &mut model.list {
        None => return false,
        Some(list) if !list.filter.is_empty() => {
            list.filter.clear();
            list.selected = 0;
        }
        Some(_) => model.list = None,
    }
    true
}

/// Lists only what contains a text.
pub(super) fn filter(model: &mut Model, text: &str) {
    if let Some(list) = model.list.as_mut().filter(|list| list.filter != text) {
        text.clone_into(&mut list.filter);
        (list.selected, list.first_line) = (0, 0);
    }
}

/// Moves the selection by lines; the extremes go to the first and the last.
pub(super) fn move_line(model: &mut Model, by: i64) {
    if let Some(list) = &mut model.list {
        list.selected = list.selected.saturating_add_signed(by as isize);
    }
}

/// Opens the selected entry, or closes the one that the selected line belongs to.
pub(super) fn open(model: &mut Model, open: bool) {
    let Some(line) = selected(model) else { return };
    let lines = lines(model);
    let (Some(snapshot), Some(list)) = (&model.snapshot, &mut model.list) else { return };
    let Some(entry) = snapshot.source.entries.get(line.entry()) else { return };
    if open {
        list.open.insert(entry.name.clone());
    } else {
        list.open.remove(&entry.name);
        let heads = |other: &Line| matches!(other, Line::Entry { .. });
        let head = lines.iter().position(|other| heads(other) && other.entry() == line.entry());
        list.selected = head.unwrap_or(list.selected);
    }
}

/// Hides what the selected line stands for; shows it if all of it is hidden.
pub(super) fn hide(model: &mut Model) {
    let names = names(model);
    let hidden = Arc::make_mut(&mut model.hidden);
    if names.iter().all(|name| hidden.contains(name)) {
        hidden.retain(|name| !names.contains(name));
    } else {
        hidden.extend(names);
    }
}

/// Hides everything but what the selected line stands for.
pub(super) fn only(model: &mut Model) {
    let names = names(model);
    let Some(snapshot) = model.snapshot.as_ref().filter(|_| !names.is_empty()) else { return };
    let all = snapshot.source.entries.iter().flat_map(|entry| &entry.outputs);
    let others = all.filter(|output| !names.contains(&output.name));
    model.hidden = Arc::new(others.map(|output| output.name.clone()).collect());
}

/// Shows everything.
pub(super) fn all(model: &mut Model) {
    model.hidden = Arc::default();
}

/// Closes the list and goes to the first output that the selected line stands for and that is
/// shown; if all are hidden they are shown again.
pub(super) fn go(model: &mut Model) {
    go_to(model, &ordered(model));
}

/// Goes to the first output of a feature.
pub(super) fn go_to_feature(model: &mut Model, feature: &str) {
    let Some(snapshot) = &model.snapshot else { return };
    let columns = snapshot.source.scopes.iter().flat_map(|scope| &scope.columns);
    let names = columns.filter(|column| column.feature == feature).map(|it| it.output.clone());
    go_to(model, &names.collect::<Vec<_>>());
}

fn go_to(model: &mut Model, names: &[String]) {
    let Some(first) = names.first() else { return };
    let shown = names.iter().find(|name| !model.hidden.contains(*name));
    let wanted = shown.unwrap_or(first).clone();
    if shown.is_none() {
        Arc::make_mut(&mut model.hidden).retain(|name| !names.contains(name));
    }
    model.list = None;
    navigate::show(model, VALUES);
    model.wanted = Some(wanted);
    find_wanted(model);
}

/// Goes to the output that is wanted, as soon as it has a column.
pub(super) fn find_wanted(model: &mut Model) {
    let Some(wanted) = &model.wanted else { return };
    let place = model.scopes().iter().enumerate().find_map(|(scope, info)| {
        Some((scope, info.columns.iter().position(|column| column.output == *wanted)?))
    });
    if let Some((scope, column)) = place {
        table::turn_to(model, Layout::Wide(scope));
        model.table.selected.column = column;
        model.wanted = None;
    }
}

/// Selects the line under the mouse, or opens or closes the entry that is selected already; on its
/// box it hides or shows.
pub(super) fn press(model: &mut Model, area: Rect, at: Position) {
    let lines = lines(model);
    let (Some(list), Some(row)) = (&mut model.list, at.y.checked_sub(area.y)) else { return };
    let view = FeaturesView {
        lines: &lines,
        first_line: list.first_line,
        selected: list.selected,
        filter: &list.filter,
        hidden: &model.hidden,
    };
    let Some(line) = features::hit(&view, row) else { return };
    let again = list.selected == line;
    list.selected = line;
    if features::BOX.contains(&at.x.saturating_sub(area.x)) {
        hide(model);
    } else if let (true, Line::Entry { is_open, .. }) = (again, &lines[line]) {
        open(model, !is_open);
    }
}

/// Holds the selection inside the list, and the list around it.
pub(super) fn keep_in_view(model: &mut Model) {
    if model.list.is_none() {
        return;
    }
    let (count, rows) = (lines(model).len(), model.areas().list_rows().max(1));
    if let Some(list) = &mut model.list {
        list.selected = list.selected.min(count.saturating_sub(1));
        let lowest = list.selected.saturating_sub(rows - 1);
        let last = count.saturating_sub(rows);
        list.first_line = list.first_line.clamp(lowest, list.selected).min(last.max(lowest));
    }
}

/// The line of the config where the selected line's entry starts.
pub(super) fn selected_line(model: &Model) -> Option<usize> {
    let entry = selected(model)?.entry();
    model.snapshot.as_ref()?.source.entries.get(entry).map(|entry| entry.line)
}

fn lines(model: &Model) -> Vec<Line> {
    match (&model.snapshot, &model.list) {
        (Some(snapshot), Some(list)) => features::lines(&snapshot.source, &list.open, &list.filter),
        _ => Vec::new(),
    }
}

fn selected(model: &Model) -> Option<Line> {
    let selected = model.list.as_ref()?.selected;
    lines(model).into_iter().nth(selected)
}

/// The names of the outputs that the selected line stands for, in the config's order.
fn ordered(model: &Model) -> Vec<String> {
    let (Some(line), Some(snapshot)) = (selected(model), &model.snapshot) else {
        return Vec::new();
    };
    line.outputs(&snapshot.source).map(|output| output.name.clone()).collect()
}

fn names(model: &Model) -> BTreeSet<String> {
    ordered(model).into_iter().collect()
}

/// The name of the output whose cell is selected.
fn selected_output(model: &Model) -> Option<String> {
    let table = &model.table;
    match model.layout {
        Layout::Long => table.selected.output.clone(),
        Layout::Wide(scope) => {
            let column = model.scopes().get(scope)?.columns.get(table.selected.column)?;
            Some(column.output.clone())
        }
    }
}
