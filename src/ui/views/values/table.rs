//! Selection, order and scroll of the table of values.

use std::sync::Arc;

use crate::base::Key;
use crate::session::protocol::{Layout, Sort, SortBy};
use crate::session::snapshot::{Snapshot, Tone};

use super::VALUES;
use crate::ui::model::{Model, Table};
use crate::ui::panes;
use crate::ui::panes::values::ValuesView;

/// The number of rows of the table on the screen; its head is not one.
pub(super) fn rows(model: &Model) -> usize {
    model.areas().pane(VALUES).map_or(0, |pane| panes::values::rows(pane.inner.height))
}

/// Moves the selection by rows; the extremes go to the first row and to the last.
pub(in crate::ui) fn move_row(model: &mut Model, by: i64) {
    let Some(snapshot) = &model.snapshot else { return };
    if by == i64::MIN {
        return model.table.rewind();
    }
    let last = snapshot.values.total_rows.saturating_sub(1);
    let row = model.table.selected.row.saturating_add_signed(by as isize).min(last);
    select_row(model, row);
}

/// Selects a row; the selection stays with the key that is there now.
pub(in crate::ui) fn select_row(model: &mut Model, row: usize) {
    let Some(snapshot) = &model.snapshot else { return };
    let table = &mut model.table;
    (table.held, table.scrolls, table.is_passing) = (true, true, false);
    table.selected.row = row;
    name_selected(table, snapshot);
}

/// Lets the selection stay with the key that it is on.
pub(in crate::ui) fn hold(model: &mut Model) {
    hold_in_view(model);
    model.table.is_passing = false;
}

/// Lets the selection stay with the key that it is on for as long as that is in view, if nobody has
/// chosen it.
pub(in crate::ui) fn hold_in_view(model: &mut Model) {
    let Some(snapshot) = &model.snapshot else { return };
    let (table, row) = (&mut model.table, snapshot.values.selected_row);
    let in_page = row.checked_sub(snapshot.values.first_row);
    if !table.held && in_page.is_some_and(|at| at < snapshot.values.rows.len()) {
        (table.held, table.scrolls, table.is_passing) = (true, false, true);
        table.selected.row = row;
        name_selected(table, snapshot);
    }
}

/// The selected cell: its output and its key.
pub(in crate::ui) fn selected_cell(model: &Model) -> Option<(String, Key)> {
    let (snapshot, table) = (model.snapshot.as_ref()?, &model.table);
    let shown = snapshot.detail.as_ref();
    let output = match model.layout {
        Layout::Wide(scope) => {
            let columns = &model.scopes().get(scope)?.columns;
            let last = columns.len().checked_sub(1)?;
            Some(columns[table.selected.column.min(last)].output.clone())
        }
        Layout::Long => table.selected.output.clone(),
    };
    let key = table.selected.key.clone().or_else(|| Some(shown?.key.clone()))?;
    Some((output.or_else(|| Some(shown?.column.output.clone()))?, key))
}

/// Takes the names of the selected row from the page, if the row is in it.
fn name_selected(table: &mut Table, snapshot: &Snapshot) {
    let values = &snapshot.values;
    let at = table.selected.row.checked_sub(values.first_row);
    let row = at.and_then(|at| values.rows.get(at));
    table.selected.key = row.map(|row| row.key.clone());
    table.selected.output = row.and_then(|row| Some(row.output.as_ref()?.name.clone()));
}

/// Moves the selection by columns.
pub(in crate::ui) fn move_column(model: &mut Model, by: i64) {
    let last = model.columns().saturating_sub(1);
    let column = model.table.selected.column.saturating_add_signed(by as isize);
    model.table.selected.column = column.min(last);
}

/// Scrolls by rows; the selection stays in view.
pub(in crate::ui) fn scroll(model: &mut Model, by: i64) {
    let Some(snapshot) = &model.snapshot else { return };
    let rows = rows(model).max(1);
    let last_first = snapshot.values.total_rows.saturating_sub(rows);
    let first = model.table.first_row.saturating_add_signed(by as isize).min(last_first);
    model.table.first_row = first;
    let row = model.table.selected.row.clamp(first, first + rows - 1);
    if row != model.table.selected.row {
        select_row(model, row);
    }
}

/// Sorts by the selected column, largest first; turns the order if that is the order already.
pub(in crate::ui) fn sort_by_column(model: &mut Model) {
    sort_by(model, SortBy::Column(model.table.selected.column));
}

/// Sorts anew and goes to the top; turns the order if that is the order already.
pub(in crate::ui) fn sort_by(model: &mut Model, by: SortBy) {
    let sort = &mut model.table.sort;
    *sort = if sort.by == by {
        Sort { descending: !sort.descending, ..*sort }
    } else {
        Sort { by, descending: by != SortBy::Key }
    };
    model.table.rewind();
}

/// Turns the order around.
pub(in crate::ui) fn reverse(model: &mut Model) {
    model.table.sort.descending = !model.table.sort.descending;
    model.table.rewind();
}

/// Wide to long, or back to the scope that was shown.
pub(in crate::ui) fn toggle_layout(model: &mut Model) {
    let next = match model.layout {
        Layout::Wide(_) => Layout::Long,
        Layout::Long => Layout::Wide(model.scope),
    };
    turn_to(model, next);
}

/// Another scope, around the ends. The long layout has them all.
pub(in crate::ui) fn step_scope(model: &mut Model, by: isize) {
    let scopes = model.scopes().len();
    if scopes == 0 {
        return;
    }
    let Layout::Wide(scope) = model.layout else {
        let words = format!("all scopes are shown {} w shows one", model.glyphs.dot);
        model.remark = Some((Tone::Note, words));
        return;
    };
    let step = |scope: usize| (scope as isize + by).rem_euclid(scopes as isize) as usize;
    let mut next = step(scope);
    // A scope whose outputs are all hidden is passed over, unless every one is.
    let is_empty = |scope: usize| model.scopes()[scope].columns.is_empty();
    for _ in 0..scopes {
        if !is_empty(next) {
            break;
        }
        next = step(next);
    }
    turn_to(model, Layout::Wide(next));
}

/// Brings another table to the front; the one in front keeps its place for later.
pub(in crate::ui) fn turn_to(model: &mut Model, next: Layout) {
    if next == model.layout {
        return;
    }
    let name = |model: &Model, layout| match layout {
        Layout::Wide(scope) => model.scopes().get(scope).map(|scope| scope.name.clone()),
        Layout::Long => None,
    };
    let (from, to) = (name(model, model.layout), name(model, next));
    let front = model.parked.remove(&to).unwrap_or_default();
    model.parked.insert(from, std::mem::replace(&mut model.table, front));
    model.layout = next;
    if let Layout::Wide(scope) = next {
        model.scope = scope;
    }
}

/// After a reload: stays at the scope and at the columns of the same names.
pub(in crate::ui) fn follow_source(model: &mut Model, before: Option<&Snapshot>) {
    let Some(snapshot) = model.snapshot.clone() else { return };
    model.output_cells = panes::values::output_cells(&snapshot.source);
    let scopes = &snapshot.source.scopes;
    let old = before.and_then(|before| before.source.scopes.get(model.scope));
    let same = old.and_then(|old| scopes.iter().position(|scope| scope.name == old.name));
    model.scope = same.unwrap_or_else(|| model.scope.min(scopes.len().saturating_sub(1)));
    let Layout::Wide(_) = model.layout else { return };
    model.layout = Layout::Wide(model.scope);
    let (Some(old), Some(new)) = (old, scopes.get(model.scope)) else { return };
    let moved = |column: usize| {
        let name = &old.columns.get(column)?.output;
        new.columns.iter().position(|column| column.output == *name)
    };
    let last = new.columns.len().saturating_sub(1);
    let table = &mut model.table;
    table.selected.column =
        moved(table.selected.column).unwrap_or_else(|| table.selected.column.min(last));
    if let SortBy::Column(column) = table.sort.by {
        table.sort.by = SortBy::Column(moved(column).unwrap_or(0));
    }
}

/// Keeps the room that the keys of a scope once needed.
pub(in crate::ui) fn widen_keys(model: &mut Model, snapshot: &Snapshot) {
    let Layout::Wide(scope) = snapshot.values.layout else { return };
    let Some(scope) = snapshot.source.scopes.get(scope) else { return };
    let needed = panes::values::key_widths(&snapshot.values, scope);
    let known = model.key_widths.entry(scope.name.clone()).or_default();
    known.resize(needed.len(), 0);
    for (known, needed) in known.iter_mut().zip(needed) {
        *known = needed.max(*known);
    }
}

/// The session has found the selected key in a new order: scrolls along, so that its row stays at
/// the same line of the screen; not where nobody has chosen it.
pub(in crate::ui) fn follow_selection(model: &mut Model, snapshot: &Snapshot) {
    let shown = rows(model);
    let table = &mut model.table;
    let row = snapshot.values.selected_row;
    let is_in_view = (table.first_row..table.first_row + shown).contains(&row);
    if table.is_passing && shown > 0 && !is_in_view {
        table.rewind();
    } else if table.held {
        let moved = row as isize - table.selected.row as isize;
        if table.scrolls {
            table.first_row = table.first_row.saturating_add_signed(moved);
        }
        table.selected.row = row;
        let in_page = row.checked_sub(snapshot.values.first_row);
        if in_page.is_some_and(|at| at < snapshot.values.rows.len()) {
            name_selected(table, snapshot);
        }
    }
    let last = snapshot.values.total_rows.saturating_sub(1);
    table.selected.row = table.selected.row.min(last);
}

/// Scrolls no further than there are rows, and so far that the selected cell is in view.
pub(in crate::ui) fn keep_in_view(model: &mut Model) {
    let Some(snapshot) = model.snapshot.clone() else { return };
    let Some(pane) = model.areas().pane(VALUES) else { return };
    let rows = rows(model).max(1);
    let answered = snapshot.generation == model.look.generation;
    let table = &mut model.table;
    if answered {
        let last_first = snapshot.values.total_rows.saturating_sub(rows);
        table.first_row = table.first_row.min(last_first);
    }
    let row = table.selected.row;
    table.first_row = table.first_row.clamp(row.saturating_sub(rows - 1), row);

    let last = model.columns().saturating_sub(1);
    let table = &mut model.table;
    table.selected.column = table.selected.column.min(last);
    let column = table.selected.column;
    table.first_column = table.first_column.min(column);
    let widths = model.key_widths();
    let (layout, width) = (model.layout, pane.inner.width);
    let fit = |first: usize| {
        panes::values::fit(&snapshot.values, &snapshot.source, layout, first, width, &widths)
    };
    let fits = |first: usize| first + fit(first).max(1) > column;
    if !fits(model.table.first_column) {
        let mut first = column;
        while first > 0 && fits(first - 1) {
            first -= 1;
        }
        model.table.first_column = first;
    }
    // Columns that have room again come back.
    let all = model.columns();
    let reaches_end = |first: usize| first + fit(first) >= all;
    while model.table.first_column > 0 && reaches_end(model.table.first_column - 1) {
        model.table.first_column -= 1;
    }
}

/// Draws the table in front as soon as the session has sent its rows. Until then the one before
/// stays, so that nothing flickers.
pub(super) fn show(model: &mut Model) {
    let layout = model.snapshot.as_ref().map_or(model.layout, |snapshot| snapshot.values.layout);
    let focused = model.view == VALUES;
    if layout == model.layout {
        model.shown = ValuesView {
            layout,
            first_row: model.table.first_row,
            selected_row: model.table.selected.row,
            first_column: model.table.first_column,
            selected_column: model.table.selected.column,
            sort: model.table.sort,
            filter: model.table.filter.clone(),
            empty: String::new(),
            decimals: Arc::clone(&model.decimals),
            key_widths: model.key_widths(),
            output_cells: model.output_cells,
            focused,
        };
    }
}
