//! A reading in a column: the number, or the sign of why there is none.

use ratatui::style::Style;

use crate::session::snapshot::{Cell, Reading};

use super::super::number;
use crate::ui::draw::pen::Pen;
use crate::ui::draw::text::Cut;

/// The cells that a number needs at least.
pub(super) const NUMBER: u16 = 8;

/// The cells that a list has where there is room.
pub(super) const LIST: u16 = 24;

/// The text of a reading in so many cells, and whether it is a number.
fn text(reading: &Reading, decimals: Option<usize>, pen: &Pen<'_>, cells: u16) -> (String, bool) {
    match reading {
        Reading::Value(value) => (number::aligned(*value, usize::from(cells), decimals), true),
        Reading::List(list) => (number::list(list), true),
        Reading::NoData => (pen.glyphs().no_data.to_owned(), false),
        Reading::Expired => ("exp".to_owned(), false),
        Reading::NeverSeen => (pen.glyphs().never_seen.to_owned(), false),
    }
}

/// Draws a reading right-aligned in `cells`.
pub(super) fn draw_reading(
    pen: &mut Pen<'_>,
    (x, y): (u16, u16),
    cells: u16,
    reading: &Reading,
    decimals: Option<usize>,
    style: Style,
) {
    let (text, is_number) = text(reading, decimals, pen, cells);
    let style = if is_number { style } else { style.patch(pen.theme().faint) };
    pen.right(x, y, cells, &text, style, Cut::End);
}

/// Draws a cell: its reading right-aligned in all but the last of `cells`, which is kept for the
/// sign of its change, so that nothing moves when a value does.
pub(super) fn draw(
    pen: &mut Pen<'_>,
    (x, y): (u16, u16),
    cells: u16,
    cell: &Cell,
    decimals: Option<usize>,
    style: Style,
) {
    let number = cells.saturating_sub(1);
    let value = style.patch(pen.theme().value);
    draw_reading(pen, (x, y), number, &cell.reading, decimals, value);
    if let Some(change) = cell.change {
        let (sign, tone) = if change < 0.0 {
            (pen.glyphs().down, pen.theme().down)
        } else {
            (pen.glyphs().up, pen.theme().good)
        };
        pen.sign(x + number, y, sign, style.patch(tone));
    }
}
