//! The columns of a table in an outline: as wide as their widest cell, folded rows included, so that
//! nothing moves when something is opened. Where there is no room for all, attributes give way first.

use crate::session::snapshot::{CellKind, Node, OutlineCell};

use super::BAR;
use crate::ui::draw::text;

/// Cells between two columns.
const GAP: u16 = 2;
/// The fewest cells of attributes that are worth showing.
const LEAST: u16 = 8;

/// The cells before the content of a line: the bar of the selected one, the sign of a fold, and two
/// for each level.
const MARGIN: u16 = 3;
const LEVEL: u16 = 2;

/// Where the content of a line begins.
pub(super) const fn start(depth: usize) -> u16 {
    MARGIN + depth as u16 * LEVEL
}

/// The columns of a table.
#[derive(Debug)]
pub(super) struct Columns {
    /// The cells that each needs.
    pub(super) widths: Vec<u16>,
    /// The cells of the bar behind a share, with the blank before it; 0 for none.
    bar: u16,
    attributes: Option<usize>,
    share: Option<usize>,
    room: u16,
    /// Where the room begins.
    start: u16,
}

impl Columns {
    /// The columns of rows, each with its words, in a line of `width` cells whose content begins at
    /// `start`.
    pub(super) fn new<'n>(
        rows: impl Iterator<Item = &'n Node>,
        words: impl Fn(&OutlineCell) -> String,
        (start, width): (u16, u16),
    ) -> Self {
        let room = width.saturating_sub(start + 1);
        let mut columns =
            Self { widths: Vec::new(), bar: 0, attributes: None, share: None, room, start };
        for node in rows {
            columns.widths.resize(columns.widths.len().max(node.cells.len()), 0);
            // A row that lies deeper has less room: its first cell needs that much more.
            let deeper = self::start(node.depth).saturating_sub(start);
            for (at, cell) in node.cells.iter().enumerate() {
                let cells = text::width(&text::clean(&words(cell))) as u16;
                let cells = if at == 0 { cells + deeper } else { cells };
                columns.widths[at] = columns.widths[at].max(cells);
                match cell.kind {
                    CellKind::Attributes => columns.attributes = Some(at),
                    CellKind::Share(_) => columns.share = Some(at),
                    CellKind::Text | CellKind::Number => {}
                }
            }
        }
        if let Some(at) = columns.share
            && columns.needed() + BAR < room
        {
            columns.bar = BAR + 1;
            columns.widths[at] += columns.bar;
        }
        columns.shrink();
        columns
    }

    fn needed(&self) -> u16 {
        let shown = self.widths.iter().filter(|cells| **cells > 0);
        shown.map(|cells| cells + GAP).sum::<u16>().saturating_sub(GAP)
    }

    /// Makes room: attributes are cut, then the type before them is left out, then they are.
    fn shrink(&mut self) {
        let Some(at) = self.attributes else { return };
        let over = self.needed().saturating_sub(self.room);
        self.widths[at] = self.widths[at].saturating_sub(over).max(LEAST.min(self.widths[at]));
        for at in [at.saturating_sub(1), at] {
            if self.needed() > self.room {
                self.widths[at] = 0;
            }
        }
    }

    /// The cells of the bar in a column; 0 in others than that of shares.
    pub(super) fn bar_in(&self, column: usize) -> u16 {
        if self.share == Some(column) { self.bar } else { 0 }
    }

    /// Where the cells of a row are whose content begins at `start`, each with its first cell and its
    /// width; `None` where it is left out.
    pub(super) fn places(&self, start: u16) -> impl Iterator<Item = Option<(u16, u16)>> {
        let deeper = start.saturating_sub(self.start);
        let mut x = 0;
        self.widths.iter().enumerate().map(move |(at, cells)| {
            let cells = if at == 0 { cells.saturating_sub(deeper) } else { *cells };
            let place = (x, cells);
            if cells > 0 {
                x += cells + GAP;
            }
            (cells > 0).then_some(place)
        })
    }
}
