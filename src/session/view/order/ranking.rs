//! Ranking: rows in their order, and what the order depends on.

use crate::base::Timestamp;
use crate::plan::{OutputId, ScopeId};

use crate::session::protocol::{Layout, Sort, Viewport};
use crate::session::replay::Replay;
use crate::session::view::as_of;
use crate::session::view::output_filter::OutputFilter;

/// A row: the output that it is of (its scope's first in the wide layout), and the key's slot.
pub(in crate::session::view) type Place = (OutputId, u32);

/// A row as it is stored: there are millions.
pub(in crate::session::view) type Packed = (u32, u32);

/// Packs a row.
pub(in crate::session::view) const fn pack((output, slot): Place) -> Packed {
    (output.0 as u32, slot)
}

/// What an order depends on, besides the moment.
#[derive(Clone)]
pub(in crate::session::view) struct Wanted {
    pub(in crate::session::view) layout: Layout,
    pub(in crate::session::view) filter: String,
    pub(in crate::session::view) sort: Sort,
    pub(in crate::session::view) hiding: OutputFilter,
}

impl Wanted {
    pub(in crate::session::view) fn new(viewport: &Viewport, hiding: &OutputFilter) -> Self {
        let Viewport { layout, filter, sort, .. } = viewport;
        Self { layout: *layout, filter: filter.clone(), sort: *sort, hiding: hiding.clone() }
    }

    pub(in crate::session::view) fn is(&self, viewport: &Viewport, hiding: &OutputFilter) -> bool {
        (self.layout, &self.filter, self.sort) == (viewport.layout, &viewport.filter, viewport.sort)
            && self.hiding.is(hiding)
    }
}

/// Rows in their order.
#[derive(Clone)]
pub(in crate::session::view) struct Ranking {
    pub(in crate::session::view) wanted: Wanted,
    /// The events that were applied when it was begun.
    pub(in crate::session::view) cursor: usize,
    /// The moment that it is as of.
    pub(in crate::session::view) as_of: Timestamp,
    pub(in crate::session::view) rows: Vec<Packed>,
    /// The outputs that are columns (wide); none in the long layout.
    pub(in crate::session::view) columns: Vec<OutputId>,
    /// The scope shown (wide).
    pub(in crate::session::view) scope: Option<ScopeId>,
    /// The number of rows without the filter.
    pub(in crate::session::view) unfiltered: usize,
}

impl Ranking {
    pub(in crate::session::view) const fn len(&self) -> usize {
        self.rows.len()
    }

    /// The rows from one on.
    pub(in crate::session::view) fn from(&self, first: usize) -> impl Iterator<Item = Place> {
        let rows = self.rows.get(first..).unwrap_or_default();
        rows.iter().map(|(output, slot)| (OutputId(*output as usize), *slot))
    }

    /// The first row that is of a key's slot, and of an output where that matters.
    pub(in crate::session::view) fn position(&self, of: impl Fn(Place) -> bool) -> Option<usize> {
        self.from(0).position(of)
    }

    /// Whether the cursor has not moved since.
    pub(in crate::session::view) fn is_at_cursor(&self, replay: &Replay) -> bool {
        (self.cursor, self.as_of) == (replay.cursor(), as_of(replay))
    }

    /// Whether rows are of this viewport's layout, and of the outputs that are shown.
    pub(in crate::session::view) fn serves(
        &self,
        viewport: &Viewport,
        hiding: &OutputFilter,
    ) -> bool {
        self.wanted.layout == viewport.layout && self.wanted.hiding.is(hiding)
    }
}
