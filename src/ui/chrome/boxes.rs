//! The boxes around panes.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::symbols::border;
use ratatui::text::Span;
use ratatui::widgets::{Block, Widget};

use crate::ui::draw::layout::Pane;
use crate::ui::draw::line::{self, Piece};
use crate::ui::draw::paint::Paint;

const ASCII: border::Set<'static> = border::Set {
    top_left: "+",
    top_right: "+",
    bottom_left: "+",
    bottom_right: "+",
    vertical_left: "|",
    vertical_right: "|",
    horizontal_top: "-",
    horizontal_bottom: "-",
};
const ASCII_FOCUS: border::Set<'static> =
    border::Set { horizontal_top: "=", horizontal_bottom: "=", ..ASCII };

/// Draws a pane's box with a title on the left and hints on the right of its upper edge. The box
/// of the pane that takes the keys has double lines. A pane without a box is left alone.
pub(in crate::ui) fn draw(
    pane: &Pane,
    title: &str,
    hints: &str,
    focused: bool,
    paint: Paint,
    buf: &mut Buffer,
) {
    if !pane.has_border() {
        return;
    }
    let set = match (paint.glyphs.boxes, focused) {
        (true, true) => border::DOUBLE,
        (true, false) => border::PLAIN,
        (false, true) => ASCII_FOCUS,
        (false, false) => ASCII,
    };
    let style = if focused { paint.theme.border_focus } else { paint.theme.border };
    Block::bordered().border_set(set).border_style(style).render(pane.outer, buf);
    let edge = Rect {
        x: pane.outer.x + 2,
        width: pane.outer.width.saturating_sub(4),
        height: 1,
        ..pane.outer
    };
    let left = Piece::new(2, format!(" {title} "), paint.theme.title);
    let right = Piece::new(1, format!(" {hints} "), paint.theme.faint);
    let right = if hints.is_empty() { vec![] } else { vec![right] };
    line::draw(vec![left], right, &Span::raw(""), paint, edge, buf);
}
