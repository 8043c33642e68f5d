//! The values: the table in front, sorted and filtered, with one cell selected.

pub(in crate::ui) mod table;

use std::borrow::Cow;
use std::sync::Arc;

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};

use super::{Tab, View};
use crate::base::quantity;
use crate::session::protocol::{Layout, SortBy, Viewport};
use crate::session::snapshot::Snapshot;
use crate::ui::chrome::boxes;
use crate::ui::draw::layout::{Class, Pane, ViewId};
use crate::ui::draw::line::Piece;
use crate::ui::input::command::{Action, Entry, Group, Where, entries};
use crate::ui::model::Model;
use crate::ui::panes::values::{self, ValuesView};
use crate::ui::panes::{empty, number};

/// Its identity.
pub const VALUES: ViewId = ViewId::HOME;

const GROUP: Group = Group::View("Values");
const HERE: Where = Where::View(VALUES);

const SHOW: &[Entry] = entries! {
    Action::Show(VALUES), "view-values" ["1"] Where::Views, Group::Views, "" "show the values";
};

#[rustfmt::skip]
const COMMANDS: &[Entry] = entries! {
    Action::Filter, "filter" ["/"] HERE, GROUP, "filter" "show only keys that contain a text";
    Action::Sort, "sort" ["s"] HERE, GROUP, "sort" "sort by the selected column; again reverses the order";
    Action::Reverse, "sort-reverse" ["S"] HERE, GROUP, "" "reverse the order";
    Action::SortByKey, "sort-key" ["K"] HERE, GROUP, "" "sort by key; again reverses the order";
    Action::SortByRecent, "sort-recent" ["R"] HERE, GROUP, "" "sort by last event; again reverses the order";
    Action::NextScope, "next-scope" ["tab"] HERE, GROUP, "scope" "next scope";
    Action::PreviousScope, "previous-scope" ["shift-tab"] HERE, GROUP, "" "previous scope";
    Action::Layout, "layout" ["w"] HERE, GROUP, "wide/long" "wide (one column per output) or long (one row per output)";
    Action::Explain, "explain" ["enter"] HERE, GROUP, "explain" "explain the selected value: what made it, what did not count, what comes next";
    Action::Contributors, "contributors" ["t"] HERE, GROUP, "contributors" "group the events that the selected value is made of by an attribute of the log";
};

/// The narrowest column of numbers, in cells, its gap included.
const NARROWEST_COLUMN: usize = 7;

pub(super) struct Values;

impl View for Values {
    fn id(&self) -> ViewId {
        VALUES
    }

    fn tab(&self) -> Option<Tab> {
        Some(Tab { title: "Values", show: SHOW })
    }

    fn commands(&self) -> &'static [Entry] {
        COMMANDS
    }

    /// A page more above and below is asked for, so that scrolling shows rows at once.
    fn request(&self, model: &Model, pane: Option<Pane>, viewport: &mut Viewport) {
        let rows = table::rows(model);
        let width = pane.map_or(0, |pane| usize::from(pane.inner.width));
        let columns = width.div_ceil(NARROWEST_COLUMN);
        let table = &model.table;
        viewport.layout = model.layout;
        viewport.filter.clone_from(&table.filter);
        viewport.hidden = Arc::clone(&model.hidden);
        viewport.sort = table.sort;
        // Where the table is not shown, the selected row alone is still asked for: the detail and
        // the editor are about it.
        viewport.first_row =
            if rows > 0 { table.first_row.saturating_sub(rows) } else { table.selected.row };
        viewport.rows = (rows * 3).max(1);
        viewport.first_column = table.first_column.saturating_sub(columns / 2);
        viewport.columns = columns * 2;
        viewport.selected = table.selected.clone();
    }

    fn draw(&self, model: &Model, snapshot: &Snapshot, pane: &Pane, buf: &mut Buffer) {
        let (paint, values, source) = (model.paint(), &snapshot.values, &snapshot.source);
        let mut shown = Cow::Borrowed(&model.shown);
        if values.total_rows == 0 {
            let empty = empty::words(snapshot, model.shown.layout, model.glyphs.dot);
            shown = Cow::Owned(ValuesView { empty, ..model.shown.clone() });
        }
        let title = values::title(values, source, &shown, paint, pane.inner.height);
        boxes::draw(pane, &title, &scope_place(model), shown.focused, paint, buf);
        values::draw(values, source, &shown, snapshot.transport.as_of, paint, pane.inner, buf);
    }

    /// What the table is filtered and sorted by.
    fn status(&self, model: &Model, snapshot: &Snapshot) -> Vec<Piece> {
        let (theme, table) = (&model.theme, &model.table);
        let mut pieces = Vec::new();
        if snapshot.source.hidden > 0 {
            let words = format!("{} hidden ", quantity::grouped(snapshot.source.hidden as u64));
            pieces.push(Piece::new(7, words, theme.text).and("f", theme.key));
        }
        if !table.filter.is_empty() {
            let values = &snapshot.values;
            let counts = format!(
                "  {} of {}",
                quantity::grouped(values.total_rows as u64),
                quantity::grouped(values.unfiltered_rows as u64)
            );
            let filter = format!("/{}", table.filter);
            pieces.push(Piece::new(8, filter, theme.warning).and(counts, theme.faint));
        }
        let by = match (table.sort.by, model.layout) {
            (SortBy::Key, _) => "key".to_owned(),
            (SortBy::Recent, _) => "last event".to_owned(),
            (SortBy::Column(_), Layout::Long) => "value".to_owned(),
            (SortBy::Column(column), Layout::Wide(scope)) => {
                let column = model.scopes().get(scope).and_then(|s| s.columns.get(column));
                column.map_or_else(String::new, |c| c.output.clone())
            }
        };
        let order =
            if table.sort.descending { model.glyphs.descending } else { model.glyphs.ascending };
        if !by.is_empty() {
            let order = format!("{by} {order} ");
            pieces.push(Piece::new(6, "sort ", theme.faint).and(order, theme.text));
        }
        if Class::of(model.size.0, model.size.1) == Class::Huge {
            let store = snapshot.source.store.as_deref().unwrap_or("none, in memory");
            pieces.push(Piece::new(2, "store ", theme.faint).and(format!("{store} "), theme.text));
        }
        pieces
    }

    /// The selected cell.
    fn summary(&self, model: &Model) -> Option<Piece> {
        let theme = &model.theme;
        let detail = model.snapshot.as_ref().and_then(|snapshot| snapshot.detail.as_ref());
        Some(match detail {
            None => Piece::new(9, "", theme.text),
            Some(detail) => {
                let name = format!(" {} {} = ", detail.key, detail.column.output);
                Piece::new(9, name, theme.name).and(number::reading(&detail.live), theme.title)
            }
        })
    }

    fn page(&self, model: &Model) -> usize {
        table::rows(model)
    }

    fn move_rows(&self, model: &mut Model, by: i64) {
        table::move_row(model, by);
    }

    fn move_columns(&self, model: &mut Model, by: i64) {
        table::move_column(model, by);
    }

    fn scroll(&self, model: &mut Model, by: i64) {
        table::scroll(model, by);
    }

    /// Selects a cell; on the head of a column, sorts by it.
    fn press(&self, model: &mut Model, area: Rect, at: Position) {
        let Some(snapshot) = model.snapshot.clone() else { return };
        let (values, source, shown) = (&snapshot.values, &snapshot.source, &model.shown);
        if shown.layout != model.layout {
            return;
        }
        if let Some(column) = values::hit_head(values, source, shown, area, at.x, at.y) {
            model.table.selected.column = column;
            table::sort_by(model, SortBy::Column(column));
        } else if let Some((row, column)) = values::hit(values, source, shown, area, at.x, at.y) {
            model.table.selected.column = column;
            table::select_row(model, row);
        }
    }

    fn settle(&self, model: &mut Model) {
        table::keep_in_view(model);
        table::show(model);
    }

    /// Drops the filter.
    fn reset(&self, model: &mut Model) -> bool {
        if model.table.filter.is_empty() {
            return false;
        }
        model.table.filter.clear();
        model.table.first_row = 0;
        true
    }
}

/// The number of the scope that is shown; nothing where there is one only.
fn scope_place(model: &Model) -> String {
    match (model.shown.layout, model.scopes().len()) {
        (Layout::Wide(scope), count) if count > 1 => format!("scope {} of {count}", scope + 1),
        _ => String::new(),
    }
}
