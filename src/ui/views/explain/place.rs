//! Where an explanation is on the screen, and which one it is.

use ratatui::layout::Rect;

use crate::session::snapshot::{Explained, Snapshot};
use crate::ui::draw::layout::{Pane, ViewId};
use crate::ui::model::Model;

/// Its identity.
pub const EXPLAIN: ViewId = ViewId { name: "explain", slot: None };

/// The width from which on the selected cell has a pane beside the tree, and the pane's width.
const BESIDE: u16 = 140;
const SIDE: u16 = 58;

/// The tree, and the selected cell beside it where there is room.
pub(super) fn split(pane: &Pane) -> (Pane, Option<Pane>) {
    if pane.outer.width < BESIDE || !pane.has_border() {
        return (*pane, None);
    }
    let Rect { x, width, .. } = pane.outer;
    let tree = Rect { width: width - SIDE, ..pane.outer };
    let side = Rect { x: x + width - SIDE, width: SIDE, ..pane.outer };
    (Pane::framed(tree), Some(Pane::framed(side)))
}

/// What is shown of what is asked for.
pub(super) fn shown<'s>(model: &Model, snapshot: &'s Snapshot) -> Option<&'s Explained> {
    let look = model.explain.look.as_ref()?;
    snapshot.explained.as_deref().filter(|explained| explained.of.is_about(look))
}
