//! The wide layout: one scope, a row a key, a column an output.

use crate::base::key::GLOBAL;
use crate::session::protocol::SortBy;
use crate::session::snapshot::{Row, ScopeInfo, Values};

use super::{ValuesView, cell};
use crate::ui::draw::pen::Pen;
use crate::ui::draw::text::{self, Cut};

/// Cells before the first key: the bar of the selected row and a space.
const MARGIN: u16 = 2;
/// Cells between columns.
const GAP: u16 = 2;
/// The widest head of an output that is not cut.
const WIDEST_HEAD: u16 = 20;
/// The widths that a column of keys takes, so that it stays as the keys in view change.
const KEY_WIDTHS: [u16; 6] = [5, 8, 12, 16, 24, 36];

/// A column on the screen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Column {
    /// Which attribute of the key, or which of the scope's outputs.
    pub(super) index: usize,
    /// Its first cell.
    pub(super) x: u16,
    /// Its cells; for an output the last one holds the sign of change.
    pub(super) width: u16,
}

/// Where the columns lie.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Columns {
    /// The key's attributes.
    pub(super) keys: Vec<Column>,
    /// The outputs that fit.
    pub(super) outputs: Vec<Column>,
}

impl Columns {
    /// Lays out the columns of a pane of this width. It follows from the scope's heads and the
    /// rough width of the keys in the page, never from the numbers.
    pub(super) fn new(values: &Values, scope: &ScopeInfo, view: &ValuesView, width: u16) -> Self {
        let page: &[Row] = if values.layout == view.layout { &values.rows } else { &[] };
        let heads = super::key_heads(scope);
        let mut widths: Vec<u16> = heads.iter().map(|head| text::width(head) as u16).collect();
        for (i, width) in widths.iter_mut().enumerate() {
            let reserved = view.key_widths.get(i).copied().unwrap_or(0);
            *width = key_width(page, i).max(reserved).max(*width);
        }
        let parts = if heads.len() > 1 { width / 2 } else { width / 3 };
        share(&mut widths, parts.max(12));
        let mut x = MARGIN;
        let mut keys = Vec::with_capacity(widths.len());
        for (index, width) in widths.into_iter().enumerate() {
            keys.push(Column { index, x, width });
            x = x.saturating_add(width + GAP);
        }
        // The last cell is the scrollbar's, below the sign that there is more to the right.
        let end = width.saturating_sub(1);
        // Heads are written out where all of them fit: then there is nothing to scroll to.
        let whole = place(scope, 0, x, end, u16::MAX);
        let outputs = if view.first_column == 0 && whole.len() == scope.columns.len() {
            whole
        } else {
            place(scope, view.first_column, x, end, WIDEST_HEAD)
        };
        Self { keys, outputs }
    }

    /// The output under a cell.
    pub(super) fn output_at(&self, x: u16) -> Option<usize> {
        let column = self.outputs.iter().find(|c| (c.x..c.x + c.width + GAP).contains(&x))?;
        Some(column.index)
    }
}

/// Places outputs from `first` on between `x` and `end`: as many as fit, at least one.
fn place(scope: &ScopeInfo, first: usize, mut x: u16, end: u16, widest: u16) -> Vec<Column> {
    let mut outputs = Vec::new();
    for (index, column) in scope.columns.iter().enumerate().skip(first) {
        let head = text::width(&text::clean(&column.output)).min(usize::from(widest)) as u16;
        let least = if column.is_list { cell::LIST } else { cell::NUMBER };
        let wanted = head.max(least).saturating_add(1);
        let fits = x.saturating_add(wanted) <= end;
        if fits || outputs.is_empty() {
            outputs.push(Column { index, x, width: wanted.min(end.saturating_sub(x)) });
        }
        if !fits {
            break;
        }
        x = x.saturating_add(wanted).saturating_add(GAP);
    }
    outputs
}

/// The width for the n-th attribute of the keys in the page.
pub(super) fn key_width(page: &[Row], attribute: usize) -> u16 {
    let widest = KEY_WIDTHS[KEY_WIDTHS.len() - 1];
    let needed = page
        .iter()
        .map(|row| {
            text::width(&text::fit(part(row, attribute), usize::from(widest), " ", Cut::End))
        })
        .max()
        .unwrap_or(0);
    *KEY_WIDTHS.iter().find(|width| usize::from(**width) >= needed).unwrap_or(&widest)
}

/// The n-th part of a row's key; the global key has one, in words.
fn part(row: &Row, attribute: usize) -> &str {
    match row.key.0.get(attribute) {
        Some(part) => part,
        None if row.key.0.is_empty() && attribute == 0 => GLOBAL,
        None => "",
    }
}

/// Narrows the widest columns until all of them and their gaps take at most `cells`, or none is
/// wider than 4.
fn share(widths: &mut [u16], cells: u16) {
    while widths.iter().map(|w| u32::from(*w) + u32::from(GAP)).sum::<u32>()
        > u32::from(cells) + u32::from(GAP)
    {
        match widths.iter_mut().max_by_key(|w| **w) {
            Some(widest) if *widest > 4 => *widest -= 1,
            _ => break,
        }
    }
}

/// Draws heads and rows.
pub(super) fn draw(values: &Values, scope: &ScopeInfo, view: &ValuesView, pen: &mut Pen<'_>) {
    let columns = Columns::new(values, scope, view, pen.width());
    if super::head(pen.height()) > 0 {
        draw_heads(scope, view, &columns, pen);
    }
    super::draw_rows(values, view, pen, |row, y, pen| {
        draw_row(values, scope, row, view, &columns, y, pen);
    });
}

fn draw_heads(scope: &ScopeInfo, view: &ValuesView, columns: &Columns, pen: &mut Pen<'_>) {
    let (title, accent, faint) = (pen.theme().title, pen.theme().accent, pen.theme().faint);
    let mark = super::mark(view.sort, pen.paint());
    let heads = super::key_heads(scope);
    for column in &columns.keys {
        pen.name(column.x, 0, column.width, heads[column.index], title);
    }
    if let (SortBy::Key, Some(first)) = (view.sort.by, columns.keys.first()) {
        let head = text::width(&text::clean(heads[first.index])) as u16;
        pen.sign(first.x + head.min(first.width), 0, mark, accent);
    }
    for column in &columns.outputs {
        let name = &scope.columns[column.index].output;
        let sorted = view.sort.by == SortBy::Column(column.index);
        let style = if sorted { accent } else { title };
        pen.right(column.x, 0, column.width.saturating_sub(1), name, style, Cut::Middle);
        if sorted {
            pen.sign(column.x + column.width.saturating_sub(1), 0, mark, accent);
        }
    }
    if let (Some(first), Some(last)) = (columns.outputs.first(), columns.outputs.last()) {
        if first.index > 0 {
            pen.sign(first.x.saturating_sub(1), 0, pen.glyphs().left, faint);
        }
        if last.index + 1 < scope.columns.len() {
            pen.sign(pen.width() - 1, 0, pen.glyphs().right, faint);
        }
    }
}

fn draw_row(
    values: &Values,
    scope: &ScopeInfo,
    row: usize,
    view: &ValuesView,
    columns: &Columns,
    y: u16,
    pen: &mut Pen<'_>,
) {
    let selected = row == view.selected_row;
    let base = super::base(pen, selected);
    if selected {
        super::draw_marker(pen, y, view.focused);
    }
    let Some(content) = super::row_at(values, row) else {
        pen.sign(MARGIN, y, pen.glyphs().ellipsis, pen.theme().faint);
        return;
    };
    for column in &columns.keys {
        let style = pen.theme().name.patch(base);
        let part = part(content, column.index);
        pen.matched(column.x, y, column.width, part, &view.filter, style);
    }
    for column in &columns.outputs {
        let cell = column.index.checked_sub(values.first_column).and_then(|i| content.cells.get(i));
        if let Some(cell) = cell {
            let decimals = view.decimals.of(&scope.columns[column.index].output);
            cell::draw(pen, (column.x, y), column.width, cell, decimals, base);
        } else {
            let (waiting, style) = (pen.glyphs().ellipsis, pen.theme().faint);
            pen.right(column.x, y, column.width.saturating_sub(1), waiting, style, Cut::End);
        }
        if selected && column.index == view.selected_column {
            pen.tint(column.x, y, column.width, pen.theme().selected_cell);
        }
    }
}
