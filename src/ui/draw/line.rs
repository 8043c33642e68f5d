//! One line of the screen made of pieces that give way in order when there is no room for all.

use std::borrow::Cow;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::Span;

use crate::base::escape::printable;

use super::paint::Paint;

/// A piece of a line, with its text escaped. The least important pieces give way first.
#[derive(Clone, Debug)]
pub(in crate::ui) struct Piece {
    pub(in crate::ui) spans: Vec<Span<'static>>,
    pub(in crate::ui) importance: u8,
    /// The cells that are left for it where it takes fewer.
    reserved: usize,
}

impl Piece {
    /// A piece of one style.
    pub(in crate::ui) fn new(importance: u8, text: impl Into<String>, style: Style) -> Self {
        Self { spans: Vec::new(), importance, reserved: 0 }.and(text, style)
    }

    /// The same piece with more behind it.
    pub(in crate::ui) fn and(mut self, text: impl Into<String>, style: Style) -> Self {
        let text = text.into();
        let text = match printable(&text) {
            Cow::Borrowed(_) => text,
            Cow::Owned(escaped) => escaped,
        };
        self.spans.push(Span::styled(text, style));
        self
    }

    /// The same piece, for which so many cells are left even where it takes fewer: what stands
    /// beside it does not come and go with its words.
    pub(in crate::ui) const fn reserving(mut self, cells: usize) -> Self {
        self.reserved = cells;
        self
    }

    fn width(&self) -> usize {
        self.spans.iter().map(Span::width).sum()
    }

    /// The cells that it is given.
    fn room(&self) -> usize {
        self.width().max(self.reserved)
    }
}

/// A line without its first and last cell.
pub(in crate::ui) const fn inset(area: Rect) -> Rect {
    Rect { x: area.x.saturating_add(1), width: area.width.saturating_sub(2), ..area }
}

/// Whether all pieces have room.
pub(in crate::ui) fn fits(
    left: &[Piece],
    right: &[Piece],
    gap: &Span<'static>,
    area: Rect,
) -> bool {
    let between = if left.is_empty() || right.is_empty() { 0 } else { BETWEEN };
    let rooms = |pieces: &[Piece]| pieces.iter().map(Piece::room).sum::<usize>();
    let all = rooms(left) + gaps(left, gap) + between + rooms(right) + gaps(right, gap);
    all <= usize::from(area.width)
}

/// The cells of pieces with gaps between them.
fn total(pieces: &[Piece], gap: &Span<'static>) -> usize {
    pieces.iter().map(Piece::width).sum::<usize>() + gaps(pieces, gap)
}

fn gaps(pieces: &[Piece], gap: &Span<'static>) -> usize {
    pieces.len().saturating_sub(1) * gap.width()
}

/// Cells at least between the pieces on the left and those on the right.
const BETWEEN: usize = 2;

/// Draws pieces from the left and from the right edge, `gap` between neighbours. Pieces that
/// have no room are left out; a last one that is still too wide is cut with an ellipsis.
pub(in crate::ui) fn draw(
    mut left: Vec<Piece>,
    mut right: Vec<Piece>,
    gap: &Span<'static>,
    paint: Paint,
    area: Rect,
    buf: &mut Buffer,
) {
    let room = usize::from(area.width);
    while !fits(&left, &right, gap, area) && left.len() + right.len() > 1 {
        let least = left.iter().chain(&right).map(|piece| piece.importance).min();
        let is_least = |piece: &Piece| Some(piece.importance) == least;
        if let Some(at) = right.iter().position(is_least) {
            right.remove(at);
        } else if let Some(at) = left.iter().rposition(is_least) {
            left.remove(at);
        }
    }
    let start = area.right().saturating_sub(total(&right, gap).min(room) as u16);
    put(&left, gap, paint, area, buf);
    put(&right, gap, paint, Rect { x: start, width: area.right() - start, ..area }, buf);
}

fn put(pieces: &[Piece], gap: &Span<'static>, paint: Paint, area: Rect, buf: &mut Buffer) {
    let area = area.intersection(buf.area);
    if area.is_empty() {
        return;
    }
    let mut x = area.x;
    for (i, piece) in pieces.iter().enumerate() {
        let before = (i > 0).then_some(gap);
        for span in before.into_iter().chain(&piece.spans) {
            let room = area.right().saturating_sub(x);
            if span.width() > usize::from(room) {
                let (end, _) = buf.set_span(x, area.y, span, room.saturating_sub(1));
                if room > 0 {
                    buf.set_span(end, area.y, &Span::styled(paint.glyphs.ellipsis, span.style), 1);
                }
                return;
            }
            x = buf.set_span(x, area.y, span, room).0;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::glyphs;
    use super::super::theme::Theme;
    use super::*;

    fn drawn(width: u16) -> String {
        let theme = Theme::fallback();
        let paint = Paint { theme: &theme, glyphs: &glyphs::UNICODE };
        let area = Rect { x: 0, y: 0, width, height: 1 };
        let mut buf = Buffer::empty(area);
        let piece = |importance, text: &str| Piece::new(importance, text, Style::new());
        let left = vec![piece(2, "features.yaml"), piece(1, "clicks.ndjson")];
        let right = vec![piece(3, "PAUSED")];
        draw(left, right, &Span::raw(" · "), paint, area, &mut buf);
        buf.content.iter().map(ratatui::buffer::Cell::symbol).collect()
    }

    #[test]
    fn the_least_important_gives_way_first() {
        assert_eq!(drawn(40), "features.yaml · clicks.ndjson     PAUSED");
        assert_eq!(drawn(25), "features.yaml      PAUSED");
        assert_eq!(drawn(12), "      PAUSED");
        assert_eq!(drawn(4), "PAU…");
        assert_eq!(drawn(0), "");
    }
}
