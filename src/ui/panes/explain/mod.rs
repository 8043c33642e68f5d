//! A value explained: a tree of lines that fold, one of them selected.

mod columns;
mod sheet;

use std::collections::BTreeMap;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use crate::base::Key;
use crate::session::protocol::{ExplainLook, ExplainOrder};
use crate::session::snapshot::{CONTRIBUTORS, CellKind, Node, NodeTone, Outline};
use crate::ui::draw::paint::Paint;
use crate::ui::draw::pen::Pen;
use crate::ui::draw::text::Cut;
use crate::ui::draw::theme::Theme;

use columns::Columns;
pub use sheet::{Row, Sheet};

/// The contributions that are listed at first.
pub const LISTED: usize = 100;
/// The cells of the bar of a share.
const BAR: u16 = 12;

/// Where the explanation stands: what is explained, what is open, what is selected.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ExplainPlace {
    /// What is explained.
    pub look: Option<ExplainLook>,
    /// Which lines are open, by their ids, where that is not how they are at first.
    pub folds: BTreeMap<String, bool>,
    /// The value that was explained last.
    pub value: Option<(String, Key)>,
    /// The id of the selected line.
    pub selected: Option<String>,
    /// Where the selected line is among those in sight.
    pub line: usize,
    /// The row that it begins on.
    pub row: usize,
    /// The first row on the screen.
    pub first_row: usize,
    /// The attribute by which contributors were grouped last.
    pub last_field: String,
    /// What was typed in place of it and is probably no attribute.
    pub refused: Option<String>,
    /// Whether contributors were asked for in the view of the values.
    pub came_by_field: bool,
}

impl ExplainPlace {
    /// Turns to a value; to the top of what is told of it, unless it is the one that was explained.
    pub fn turn_to(&mut self, output: String, key: Key, by: Option<String>) {
        let old = self.look.take();
        let order = old.as_ref().map_or_else(ExplainOrder::default, |look| look.order);
        let look = ExplainLook { output, key, by, order, most: LISTED };
        if let Some(old) = old.filter(|old| old.is_about(&look)) {
            self.look = Some(old);
            return;
        }
        // A side whose contributors are folded is open for another value.
        let value = Some((look.output.clone(), look.key.clone()));
        if self.value != value {
            self.folds.retain(|id, _| !id.starts_with(CONTRIBUTORS));
            self.value = value;
        }
        self.look = Some(look);
        (self.selected, self.line, self.row, self.first_row) = (None, 0, 0, 0);
    }

    /// Whether a line is open.
    #[must_use]
    pub fn is_open(&self, node: &Node) -> bool {
        self.folds.get(&node.id).copied().unwrap_or(!node.is_closed)
    }
}

/// Draws an outline from a row on.
pub fn draw(outline: &Outline, place: &ExplainPlace, paint: Paint, area: Rect, buf: &mut Buffer) {
    let mut pen = Pen::new(paint, area, buf);
    let (width, height) = (pen.width(), pen.height());
    let sheet = Sheet::new(outline, place, width, paint.glyphs);
    for (row, y) in sheet.rows().iter().skip(place.first_row).zip(0..height) {
        let node = &outline.nodes[row.node];
        let is_selected = place.selected.as_ref() == Some(&node.id);
        draw_row(&sheet, row, node, is_selected, &mut pen.part(0, y, width, 1));
        if is_selected {
            pen.sign(0, y, paint.glyphs.selected, paint.theme.accent);
        }
    }
    pen.scrollbar(place.first_row, sheet.rows().len(), 0);
}

fn tone(theme: &Theme, tone: NodeTone) -> Style {
    match tone {
        NodeTone::Title => theme.title,
        NodeTone::Heading => theme.name,
        NodeTone::Plain => theme.text,
        NodeTone::Faint | NodeTone::Head => theme.faint,
    }
}

fn draw_row(sheet: &Sheet<'_>, row: &Row, node: &Node, is_selected: bool, pen: &mut Pen<'_>) {
    let (theme, glyphs) = (pen.theme(), pen.glyphs());
    let selected = if is_selected { theme.selected } else { Style::new() };
    let base = tone(theme, node.tone).patch(selected);
    let start = columns::start(node.depth);
    if row.part == 0 && sheet.has_children(row.node) {
        let sign = if sheet.is_open(row.node) { glyphs.open } else { glyphs.closed };
        pen.sign(start - 2, 0, sign, theme.faint);
    }
    let width = pen.width().saturating_sub(start + 1);
    let pen = &mut pen.part(start, 0, width, 1);
    if let Some(words) = &row.words {
        let hang = if row.part > 0 { row.hang } else { 0 };
        if row.part == 0
            && let (Some(columns), [first, _]) = (sheet.columns(node), node.cells.as_slice())
        {
            let number = sheet.words(first);
            pen.right(0, 0, columns.widths[0], &number, theme.value.patch(selected), Cut::End);
            pen.text(row.hang, 0, width, words, base);
        } else {
            pen.text(hang, 0, width, words, base);
        }
        return;
    }
    let Some(columns) = sheet.columns(node) else { return };
    draw_cells(sheet, columns, node, (base, selected), pen);
}

fn draw_cells(
    sheet: &Sheet<'_>,
    columns: &Columns,
    node: &Node,
    (base, selected): (Style, Style),
    pen: &mut Pen<'_>,
) {
    let (theme, block) = (pen.theme(), pen.glyphs().block);
    let is_head = node.tone == NodeTone::Head;
    let places = columns.places(columns::start(node.depth));
    for ((at, cell), place) in node.cells.iter().enumerate().zip(places) {
        let Some((x, cells)) = place else { continue };
        let bar = columns.bar_in(at);
        let cells = cells.saturating_sub(bar);
        let words = sheet.words(cell);
        let value = if is_head { base } else { theme.value.patch(selected) };
        match cell.kind {
            CellKind::Text | CellKind::Attributes => {
                pen.text(x, 0, cells, &words, base);
            }
            CellKind::Number => pen.right(x, 0, cells, &words, value, Cut::End),
            CellKind::Share(share) => {
                pen.right(x, 0, cells, &words, base, Cut::End);
                let filled = (share.clamp(0.0, 1.0) * f64::from(bar.saturating_sub(1))).round();
                for dx in 0..filled as u16 {
                    pen.sign(x + cells + 1 + dx, 0, block, theme.bar);
                }
            }
        }
    }
}
