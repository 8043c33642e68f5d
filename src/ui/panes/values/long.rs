//! The long layout: a row for each key and output, across scopes.

use crate::base::Timestamp;
use crate::session::protocol::SortBy;
use crate::session::snapshot::{LongOutput, Row, Values};

use super::super::number;
use super::{ValuesView, cell};
use crate::ui::draw::chart;
use crate::ui::draw::pen::Pen;
use crate::ui::draw::text::{self, Cut};

/// Cells before the first column: the bar of the selected row and a space.
const MARGIN: u16 = 2;
/// Cells between columns.
const GAP: u16 = 2;

/// What a column shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Field {
    Key,
    Output,
    Kind,
    Scope,
    Value,
    Change,
    Served,
    Last,
    Seen,
}

use Field::{Change, Key, Kind, Last, Output, Scope, Seen, Served, Value};

impl Field {
    /// All fields as they lie on the screen.
    const ALL: [Self; 9] = [Key, Output, Kind, Scope, Value, Change, Served, Last, Seen];
    /// The order in which a narrow pane gives up fields, first to go first.
    const DROPPED: [Self; 6] = [Scope, Kind, Last, Served, Seen, Change];

    const fn head(self) -> &'static str {
        match self {
            Key => "KEY",
            Output => "OUTPUT",
            Kind => "TYPE",
            Scope => "SCOPE",
            Value => "VALUE",
            Change => "CHANGE",
            Served => "SERVED",
            Last => "HISTORY",
            Seen => "LAST EVENT",
        }
    }

    /// The cells it takes at least, and how much of what is left over it takes.
    const fn size(self) -> (u16, u16) {
        match self {
            Key | Output => (12, 3),
            Kind => (17, 0),
            Scope => (8, 2),
            Value => (cell::NUMBER + 3, 0),
            Change | Served => (cell::NUMBER, 0),
            Last => (10, 1),
            Seen => (10, 0),
        }
    }

    /// The widest that it grows.
    const fn widest(self) -> u16 {
        match self {
            Key | Output => 36,
            Scope | Last => 24,
            _ => self.size().0,
        }
    }

    const fn is_number(self) -> bool {
        matches!(self, Value | Change | Served | Seen)
    }
}

/// Where the fields that fit lie. It follows from the width, from whether histories are read at
/// all, from the field that rows are sorted by, which is kept longest, and from the cells of the
/// longest name of an output, which is written out first; so nothing moves while rows change.
fn columns(width: u16, histories: bool, sorted: Field, name: u16) -> Vec<(Field, u16, u16)> {
    let mut fields = Field::ALL.to_vec();
    fields.retain(|field| histories || *field != Last);
    let taken =
        |fields: &[Field]| -> u16 { fields.iter().map(|f| f.size().0 + GAP).sum::<u16>() + MARGIN };
    let in_order = Field::DROPPED.into_iter().filter(|field| *field != sorted);
    for dropped in in_order.chain([sorted]) {
        if taken(&fields) <= width {
            break;
        }
        fields.retain(|field| *field != dropped || matches!(field, Key | Output | Value));
    }
    let mut widths: Vec<u16> = fields.iter().map(|field| field.size().0).collect();
    let mut left = width.saturating_sub(taken(&fields));
    let widest = |field: &Field| match field {
        Output => name.clamp(field.size().0, field.widest()),
        _ => field.widest(),
    };
    if let Some(at) = fields.iter().position(|field| *field == Output) {
        let grown = left.min(widest(&Output) - widths[at]);
        widths[at] += grown;
        left -= grown;
    }
    while left > 0 {
        let before = left;
        for (field, width) in fields.iter().zip(&mut widths) {
            let grown = field.size().1.min(left).min(widest(field) - *width);
            *width += grown;
            left -= grown;
        }
        if left == before {
            break;
        }
    }
    let mut missing = taken(&fields).saturating_sub(width);
    for width in &mut widths {
        let given = missing.min(width.saturating_sub(4));
        *width -= given;
        missing -= given;
    }
    let mut x = MARGIN;
    let mut columns = Vec::with_capacity(fields.len());
    for (field, width) in fields.into_iter().zip(widths) {
        columns.push((field, x, width));
        x += width + GAP;
    }
    columns
}

/// Draws heads and rows.
pub(super) fn draw(
    values: &Values,
    view: &ValuesView,
    clock: Option<Timestamp>,
    pen: &mut Pen<'_>,
) {
    let has_history = |row: &Row| row.output.as_ref().is_some_and(|o| !o.history.is_empty());
    let sorted = match view.sort.by {
        SortBy::Key => Key,
        SortBy::Column(_) => Value,
        SortBy::Recent => Seen,
    };
    let has_histories = values.rows.iter().any(has_history);
    let columns = columns(
        pen.width(),
        has_histories,
        sorted,
        view.output_cells.min(usize::from(pen.width())) as u16,
    );
    if super::head(pen.height()) > 0 {
        draw_heads(view, sorted, &columns, pen);
    }
    super::draw_rows(values, view, pen, |row, y, pen| {
        let selected = row == view.selected_row;
        if selected {
            super::draw_marker(pen, y, view.focused);
        }
        match super::row_at(values, row) {
            Some(row) => draw_row(row, selected, view, clock, &columns, y, pen),
            None => pen.sign(MARGIN, y, pen.glyphs().ellipsis, pen.theme().faint),
        }
    });
}

fn draw_heads(view: &ValuesView, sorted: Field, columns: &[(Field, u16, u16)], pen: &mut Pen<'_>) {
    for (field, x, width) in columns {
        let is_sorted = *field == sorted;
        let style = if is_sorted { pen.theme().accent } else { pen.theme().title };
        // The last cell of a value holds the sign of its change, and in the head that of the order.
        let text_width = if *field == Value { width - 1 } else { *width };
        if field.is_number() {
            pen.right(*x, 0, text_width, field.head(), style, Cut::End);
        } else {
            pen.text(*x, 0, text_width, field.head(), style);
        }
        if is_sorted {
            let at = match field {
                Value => x + text_width,
                Seen => x + width,
                _ => x + text::width(field.head()) as u16,
            };
            let mark = super::mark(view.sort, pen.paint());
            pen.sign(at, 0, mark, pen.theme().accent);
        }
    }
}

fn draw_row(
    row: &Row,
    selected: bool,
    view: &ValuesView,
    clock: Option<Timestamp>,
    columns: &[(Field, u16, u16)],
    y: u16,
    pen: &mut Pen<'_>,
) {
    let base = super::base(pen, selected);
    let theme = pen.theme();
    let faint = theme.faint.patch(base);
    let cell = row.cells.first();
    let output = row.output.as_ref();
    let decimals = output.and_then(|output| view.decimals.of(&output.name));
    for &(field, x, width) in columns {
        match (field, output, cell) {
            (Key, ..) => {
                let key = text::key(&row.key, pen.glyphs().dot);
                pen.matched(x, y, width, &key, &view.filter, theme.name.patch(base));
            }
            (Output, Some(output), _) => {
                pen.matched(x, y, width, &output.name, &view.filter, base);
            }
            (Kind, Some(output), _) => {
                pen.text(x, y, width, output.kind, faint);
            }
            (Scope, Some(output), _) => {
                pen.name(x, y, width, &output.scope, faint);
            }
            (Value, _, Some(cell)) => {
                cell::draw(pen, (x, y), width, cell, decimals, base);
                if selected {
                    pen.tint(x, y, width, theme.selected_cell);
                }
            }
            (Change, _, Some(cell)) => {
                if let Some(change) = cell.change {
                    let text = number::change(change, usize::from(width), decimals);
                    let tone = if change < 0.0 { theme.down } else { theme.good };
                    pen.right(x, y, width, &text, base.patch(tone), Cut::End);
                }
            }
            (Served, Some(output), Some(cell)) if output.served != cell.reading => {
                cell::draw_reading(pen, (x, y), width, &output.served, decimals, base);
            }
            (Last, Some(output), _) => draw_history(output, x, y, width, pen),
            (Seen, ..) => {
                if let (Some(clock), Some(write)) = (clock, row.last_write) {
                    let age = clock.since(write).brief();
                    pen.right(x, y, width, &age, faint, Cut::End);
                }
            }
            _ => {}
        }
    }
}

fn draw_history(output: &LongOutput, x: u16, y: u16, width: u16, pen: &mut Pen<'_>) {
    let style = pen.theme().bar;
    chart::sparkline(&mut pen.part(x, y, width, 1), &output.history, style);
}
