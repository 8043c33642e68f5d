//! The values: a row a key and a column an output (wide), or a row for each key and output
//! (long).

use std::sync::Arc;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use crate::base::{Timestamp, quantity};
use crate::session::protocol::{Layout, Sort, SortBy};
use crate::session::snapshot::{Row, ScopeInfo, Source, Values};
use crate::ui::draw::paint::Paint;

use super::number::Decimals;
use crate::ui::draw::pen::Pen;
use crate::ui::draw::text;

mod cell;
mod long;
mod wide;

/// What of the values is on the screen, and what is selected.
#[derive(Clone, Debug, PartialEq)]
pub struct ValuesView {
    /// The layout.
    pub layout: Layout,
    /// The first row on the screen, in the current order.
    pub first_row: usize,
    /// The selected row, in the current order.
    pub selected_row: usize,
    /// The first column on the screen, an index into the scope's outputs (wide layout).
    pub first_column: usize,
    /// The selected column (wide layout).
    pub selected_column: usize,
    /// The order of the rows.
    pub sort: Sort,
    /// The text that rows are filtered by.
    pub filter: String,
    /// What is said where there are no rows at all.
    pub empty: String,
    /// The decimals of each output's numbers.
    pub decimals: Arc<Decimals>,
    /// The cells that are reserved for keys, part by part; more where those in view need more.
    pub key_widths: Vec<u16>,
    /// The cells of the longest name of an output ([`output_cells`]).
    pub output_cells: usize,
    /// Whether the keys go to this pane.
    pub focused: bool,
}

impl Default for ValuesView {
    fn default() -> Self {
        Self {
            layout: Layout::Wide(0),
            first_row: 0,
            selected_row: 0,
            first_column: 0,
            selected_column: 0,
            sort: Sort { by: SortBy::Column(0), descending: true },
            filter: String::new(),
            empty: String::new(),
            decimals: Arc::default(),
            key_widths: Vec::new(),
            output_cells: 0,
            focused: false,
        }
    }
}

/// Draws the rows from `view.first_row` on. Rows that are not in the page yet are drawn as an
/// ellipsis. `now` is the moment that values are as of, which the ages of last events count from.
pub fn draw(
    values: &Values,
    source: &Source,
    view: &ValuesView,
    clock: Option<Timestamp>,
    paint: Paint,
    area: Rect,
    buf: &mut Buffer,
) {
    let mut pen = Pen::new(paint, area, buf);
    if pen.width() == 0 || pen.height() == 0 {
        return;
    }
    match view.layout {
        Layout::Wide(scope) => match source.scopes.get(scope) {
            Some(scope) if scope.columns.is_empty() => {
                let others = source.scopes.iter().any(|scope| !scope.columns.is_empty());
                let what = if others { "all outputs of this scope" } else { "all outputs" };
                pen.say(&format!("{what} are hidden {} f, a shows them", paint.glyphs.dot));
            }
            Some(scope) => wide::draw(values, scope, view, &mut pen),
            None => pen.say(&view.empty),
        },
        Layout::Long => long::draw(values, view, clock, &mut pen),
    }
}

/// How many columns are shown from `first_column` on in the wide layout; at least one while
/// there is any. The long layout has one.
#[must_use]
pub fn fit(
    values: &Values,
    source: &Source,
    layout: Layout,
    first_column: usize,
    width: u16,
    key_widths: &[u16],
) -> usize {
    match layout {
        Layout::Wide(scope) => source.scopes.get(scope).map_or(0, |scope| {
            let key_widths = key_widths.to_vec();
            let view = ValuesView { layout, first_column, key_widths, ..ValuesView::default() };
            wide::Columns::new(values, scope, &view, width).outputs.len()
        }),
        Layout::Long => 1,
    }
}

/// The cells that the keys in a page of a scope need, part by part.
#[must_use]
pub fn key_widths(values: &Values, scope: &ScopeInfo) -> Vec<u16> {
    (0..key_heads(scope).len()).map(|part| wide::key_width(&values.rows, part)).collect()
}

/// The cells of the longest name of an output. That takes all names, so it is kept while the
/// source is the same.
#[must_use]
pub fn output_cells(source: &Source) -> usize {
    let outputs = source.scopes.iter().flat_map(|scope| &scope.columns);
    outputs.map(|column| text::width(&text::clean(&column.output))).max().unwrap_or(0)
}

/// How many rows a pane of this height shows, its head left out.
#[must_use]
pub fn rows(height: u16) -> usize {
    usize::from(if height > 1 { height - 1 } else { height })
}

/// The row (in the current order) and the column (an index into the scope's outputs) under a
/// cell of the screen. On a key it is the selected column; none on the head and beyond the rows.
#[must_use]
pub fn hit(
    values: &Values,
    source: &Source,
    view: &ValuesView,
    area: Rect,
    x: u16,
    y: u16,
) -> Option<(usize, usize)> {
    if !area.contains((x, y).into()) {
        return None;
    }
    let head = head(area.height);
    let row = view.first_row + usize::from((y - area.y).checked_sub(head)?);
    if row >= values.total_rows {
        return None;
    }
    let column = hit_output(values, source, view, area, x).unwrap_or(view.selected_column);
    Some((row, column))
}

/// The output whose head lies under a cell of the screen, as an index into the scope's outputs
/// (wide layout): what a click on it sorts by.
#[must_use]
pub fn hit_head(
    values: &Values,
    source: &Source,
    view: &ValuesView,
    area: Rect,
    x: u16,
    y: u16,
) -> Option<usize> {
    let on_head = area.contains((x, y).into()) && y - area.y < head(area.height);
    if on_head { hit_output(values, source, view, area, x) } else { None }
}

fn hit_output(
    values: &Values,
    source: &Source,
    view: &ValuesView,
    area: Rect,
    x: u16,
) -> Option<usize> {
    let Layout::Wide(scope) = view.layout else { return None };
    let scope = source.scopes.get(scope)?;
    wide::Columns::new(values, scope, view, area.width).output_at(x - area.x)
}

/// The pane's title: the scope and which of its rows are in view.
#[must_use]
pub fn title(
    values: &Values,
    source: &Source,
    view: &ValuesView,
    paint: Paint,
    height: u16,
) -> String {
    let what = match view.layout {
        Layout::Wide(scope) => {
            source.scopes.get(scope).map_or("Values", |scope| scope.name.as_str())
        }
        Layout::Long => "all outputs",
    };
    if values.layout != view.layout {
        return what.to_owned();
    }
    let number = |n: usize| quantity::grouped(n as u64);
    let shown = match values.total_rows {
        0 => "no rows".to_owned(),
        total => {
            let first = view.first_row.min(total - 1);
            let last = (first + rows(height)).min(total).max(first + 1);
            let range = paint.glyphs.range;
            format!("{}{range}{} of {}", number(first + 1), number(last), number(total))
        }
    };
    let dot = paint.glyphs.dot;
    let mut title = format!("{what} {dot} {shown}");
    if !view.filter.is_empty() && values.total_rows < values.unfiltered_rows {
        title.push_str(", filtered from ");
        title.push_str(&number(values.unfiltered_rows));
    }
    if let Some(done) = values.ordering {
        let percent = (done * 100.0).clamp(0.0, 100.0);
        title = format!("{title} {dot} sorting {percent:.0} %");
    } else if let Some(moment) = values.ordered_at {
        title = format!("{title} {dot} sorted as of {}", moment.format("%H:%M:%S"));
    }
    // Every other order is marked at the head of its column.
    if matches!((view.sort.by, view.layout), (SortBy::Recent, Layout::Wide(_))) {
        return format!("{title} {dot} by last event {}", mark(view.sort, paint));
    }
    title
}

/// The sign of the order's direction.
const fn mark(sort: Sort, paint: Paint<'_>) -> &str {
    if sort.descending { paint.glyphs.descending } else { paint.glyphs.ascending }
}

/// The lines that the heads of the columns take.
const fn head(height: u16) -> u16 {
    if height > 1 { 1 } else { 0 }
}

/// The row at this place in the current order, if the page has it.
fn row_at(values: &Values, row: usize) -> Option<&Row> {
    values.rows.get(row.checked_sub(values.first_row)?)
}

/// The style of a row's ordinary text.
fn base(pen: &Pen<'_>, selected: bool) -> Style {
    if selected { pen.theme().text.patch(pen.theme().selected) } else { pen.theme().text }
}

/// The bar in front of the selected row.
fn draw_marker(pen: &mut Pen<'_>, y: u16, focused: bool) {
    let style = if focused { pen.theme().accent } else { pen.theme().faint };
    pen.sign(0, y, pen.glyphs().selected, style);
}

/// Draws the rows in view below the head, each by `draw`, which is told the row and its line; or
/// says why there are none.
fn draw_rows(
    values: &Values,
    view: &ValuesView,
    pen: &mut Pen<'_>,
    mut draw: impl FnMut(usize, u16, &mut Pen<'_>),
) {
    // Rows of another layout are on their way to be replaced.
    if values.layout != view.layout {
        return;
    }
    if values.total_rows == 0 {
        say_no_rows(values, view, pen);
        return;
    }
    let head = head(pen.height());
    for y in head..pen.height() {
        let row = view.first_row + usize::from(y - head);
        if row >= values.total_rows {
            break;
        }
        draw(row, y, pen);
    }
    pen.scrollbar(view.first_row, values.total_rows, head);
}

/// What to say where there are no rows.
fn say_no_rows(values: &Values, view: &ValuesView, pen: &mut Pen<'_>) {
    if values.ordering.is_some() && values.unfiltered_rows == 0 {
        pen.say("sorting");
    } else if values.unfiltered_rows > 0 && !view.filter.is_empty() {
        let text = format!("no key contains \"{}\"", view.filter);
        pen.say(&text);
    } else {
        pen.say(&view.empty);
    }
}

/// A scope's heads: its attributes, or one for the global key.
fn key_heads(scope: &ScopeInfo) -> Vec<&str> {
    if scope.attributes.is_empty() {
        vec!["key"]
    } else {
        scope.attributes.iter().map(String::as_str).collect()
    }
}
