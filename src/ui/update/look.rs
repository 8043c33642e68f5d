//! After every message: scrolls are put in order, and the session is told what is in view now, if
//! that changed. A page more above and below is asked for, so that scrolling shows rows at once.

use std::sync::Arc;

use crate::session::protocol::{Command, Viewport};

use super::super::message::Effect;
use super::super::model::Model;
use super::super::panes;
use super::super::panes::values::ValuesView;
use super::{events, list, table};
use crate::ui::chrome::help;
use crate::ui::draw::layout::{Areas, View};

/// The narrowest that a column of numbers can be, in cells, its gap included.
const NARROWEST_COLUMN: usize = 7;

pub(super) fn settle(model: &mut Model, effects: &mut Vec<Effect>) {
    table::keep_in_view(model);
    events::keep_event_in_view(model);
    events::follow_feature(model);
    events::keep_config_in_view(model);
    if let Some(place) = &mut model.help {
        let last = help::height(&place.filter)
            .saturating_sub(Areas::of(model.size, model.view, model.zoom).help_rows());
        place.first_line = place.first_line.min(last);
    }
    list::keep_in_view(model);
    show_table(model);
    let look = look(model);
    if look != model.look {
        model.look = Viewport { generation: model.look.generation + 1, ..look };
        effects.push(Effect::Send(Command::Viewport(model.look.clone())));
    }
}

/// What of the table is drawn: the one in front, as soon as the session has sent its rows. Until
/// then the one before stays, so that nothing flickers.
fn show_table(model: &mut Model) {
    let layout = model.snapshot.as_ref().map_or(model.layout, |snapshot| snapshot.values.layout);
    let focused = model.view == View::Values;
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
            focused,
        };
    }
}

/// What is in view, with the generation that was asked for last.
fn look(model: &Model) -> Viewport {
    let areas = model.areas();
    let rows = model.table_rows();
    let width = areas.values.map_or(0, |pane| usize::from(pane.inner.width));
    let columns = width.div_ceil(NARROWEST_COLUMN);
    let table = &model.table;
    // Where the table is not shown, the selected row alone is still asked for: the detail and the
    // editor are about it.
    let first_row =
        if rows > 0 { table.first_row.saturating_sub(rows) } else { table.selected.row };
    Viewport {
        generation: model.look.generation,
        layout: model.layout,
        filter: table.filter.clone(),
        hidden: Arc::clone(&model.hidden),
        sort: table.sort,
        first_row,
        rows: (rows * 3).max(1),
        first_column: table.first_column.saturating_sub(columns / 2),
        columns: columns * 2,
        selected: table.selected.clone(),
        events: events::look(model),
        timeline: areas.timeline.map_or(0, |strip| usize::from(strip.cells.1)),
        history: areas
            .detail
            .map_or(0, |pane| panes::detail::history_cells(pane.inner.width, pane.inner.height)),
    }
}
