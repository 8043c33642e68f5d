//! Jumps: where the cursor and the views were before each, to come back from it.

use crate::session::protocol::{Layout, Selected, Target};

use super::draw::layout::ViewId;
use super::panes::explain::ExplainPlace;
use super::places::{EventsFilter, EventsPlace};

/// The most jumps that are remembered.
const MOST: usize = 100;

/// Where everything was before a jump.
#[derive(Clone, Debug, PartialEq)]
pub struct Jump {
    /// The cursor.
    pub from: Target,
    /// The view in front.
    pub view: ViewId,
    /// The view that had the whole body.
    pub zoom: Option<ViewId>,
    /// The layout of the values.
    pub layout: Layout,
    /// The selected cell.
    pub selected: Selected,
    /// Whether the selection stayed with its key.
    pub is_held: bool,
    /// The explanation.
    pub explain: ExplainPlace,
    /// The filter of the events and the place in them, if the jump changed it.
    pub filter: Option<(EventsFilter, EventsPlace)>,
}

/// Adds a jump, unless the one before began at the same place.
pub fn push(jumps: &mut Vec<Jump>, jump: Jump) {
    let is_same =
        |last: &Jump| (last.from, last.view, &last.filter) == (jump.from, jump.view, &jump.filter);
    if jumps.last().is_some_and(is_same) {
        return;
    }
    if jumps.len() == MOST {
        jumps.remove(0);
    }
    jumps.push(jump);
}
