//! The selected cell, beside the values.

use ratatui::buffer::Buffer;

use super::View;
use crate::session::protocol::Viewport;
use crate::session::snapshot::Snapshot;
use crate::ui::chrome::boxes;
use crate::ui::draw::layout::{Pane, Slot, ViewId};
use crate::ui::model::Model;
use crate::ui::panes::detail;

/// Its identity.
pub const DETAIL: ViewId = ViewId { name: "detail", slot: Some(Slot::Side) };

pub(super) struct Detail;

impl View for Detail {
    fn id(&self) -> ViewId {
        DETAIL
    }

    fn request(&self, _: &Model, pane: Option<Pane>, viewport: &mut Viewport) {
        let cells = |pane: Pane| detail::history_cells(pane.inner.width, pane.inner.height);
        viewport.history = pane.map_or(0, cells);
    }

    fn draw(&self, model: &Model, snapshot: &Snapshot, pane: &Pane, buf: &mut Buffer) {
        let (paint, shown) = (model.paint(), snapshot.detail.as_ref());
        boxes::draw(pane, &detail::title(shown, paint), "", false, paint, buf);
        detail::draw(shown, paint, pane.inner, buf);
    }
}
