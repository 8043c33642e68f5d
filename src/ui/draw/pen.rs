//! A pen: writes into a part of the screen, in its own coordinates, and nowhere else.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::{Modifier, Style};

use super::glyphs::Glyphs;
use super::paint::Paint;
use super::theme::Theme;

use super::text::{self, Cut};

/// Cells that the title of a heading keeps, whatever is said at its right end.
const TITLE: u16 = 6;

/// Writes into an area of a buffer. Coordinates count from the area's upper left corner; what
/// lies outside is not written.
pub(in crate::ui) struct Pen<'a> {
    buf: &'a mut Buffer,
    area: Rect,
    paint: Paint<'a>,
}

impl<'a> Pen<'a> {
    /// A pen for the part of `area` that the buffer has.
    pub(in crate::ui) fn new(paint: Paint<'a>, area: Rect, buf: &'a mut Buffer) -> Self {
        let area = area.intersection(buf.area);
        Self { buf, area, paint }
    }

    /// A pen for a part of this one's area.
    pub(in crate::ui) fn part(&mut self, x: u16, y: u16, width: u16, height: u16) -> Pen<'_> {
        let part = Rect {
            x: self.area.x.saturating_add(x),
            y: self.area.y.saturating_add(y),
            width,
            height,
        };
        Pen { buf: self.buf, area: part.intersection(self.area), paint: self.paint }
    }

    pub(in crate::ui) const fn width(&self) -> u16 {
        self.area.width
    }

    pub(in crate::ui) const fn height(&self) -> u16 {
        self.area.height
    }

    pub(in crate::ui) const fn paint(&self) -> Paint<'a> {
        self.paint
    }

    pub(in crate::ui) const fn theme(&self) -> &'a Theme {
        self.paint.theme
    }

    pub(in crate::ui) const fn glyphs(&self) -> &'a Glyphs {
        self.paint.glyphs
    }

    /// Writes text from `x` on, cut at its end where it passes `x + cells` or the area; returns
    /// the cells it took.
    pub(in crate::ui) fn text(
        &mut self,
        x: u16,
        y: u16,
        cells: u16,
        text: &str,
        style: Style,
    ) -> u16 {
        self.write(x, y, cells, text, style, Cut::End)
    }

    /// As [`Pen::text`], for a name or a key: cut in its middle.
    pub(in crate::ui) fn name(
        &mut self,
        x: u16,
        y: u16,
        cells: u16,
        name: &str,
        style: Style,
    ) -> u16 {
        self.write(x, y, cells, name, style, Cut::Middle)
    }

    /// As [`Pen::name`], with the first place where `part` stands underlined.
    pub(in crate::ui) fn matched(
        &mut self,
        x: u16,
        y: u16,
        cells: u16,
        name: &str,
        part: &str,
        style: Style,
    ) {
        self.name(x, y, cells, name, style);
        let cells = cells.min(self.area.width.saturating_sub(x));
        let shown = text::fit(name, usize::from(cells), self.glyphs().ellipsis, Cut::Middle);
        if let Some(found) = text::find(&shown, part) {
            let before = text::width(&shown[..found.start]) as u16;
            let under = text::width(&shown[found]) as u16;
            self.tint(x + before, y, under, Style::new().add_modifier(Modifier::UNDERLINED));
        }
    }

    /// Writes text that ends where `x + cells` does.
    pub(in crate::ui) fn right(
        &mut self,
        x: u16,
        y: u16,
        cells: u16,
        text: &str,
        style: Style,
        cut: Cut,
    ) {
        let cells = cells.min(self.area.width.saturating_sub(x));
        let fitted = text::fit(text, usize::from(cells), self.glyphs().ellipsis, cut);
        let taken = text::width(&fitted) as u16;
        self.put(x + cells.saturating_sub(taken), y, taken, &fitted, style);
    }

    /// Writes one sign of one cell.
    pub(in crate::ui) fn sign(&mut self, x: u16, y: u16, sign: &str, style: Style) {
        self.put(x, y, 1, sign, style);
    }

    /// Draws a scrollbar on the right edge, below `head` lines of heads; nothing while all rows are
    /// in view.
    pub(in crate::ui) fn scrollbar(&mut self, first: usize, total: usize, head: u16) {
        let height = usize::from(self.height().saturating_sub(head));
        if total <= height || height == 0 {
            return;
        }
        let size = (height * height / total).max(1);
        let last = total - height;
        let top = (height - size) * first.min(last) / last;
        let x = self.width() - 1;
        for y in top..top + size {
            self.sign(x, head + y as u16, self.glyphs().thumb, self.theme().faint);
        }
    }

    /// Writes pieces one after the other, cut at the end of `cells` or of the area, with an
    /// ellipsis wherever something is left out; returns the cells taken.
    pub(in crate::ui) fn pieces(
        &mut self,
        x: u16,
        y: u16,
        cells: u16,
        pieces: &[(&str, Style)],
    ) -> u16 {
        let cells = cells.min(self.area.width.saturating_sub(x));
        let ellipsis = self.glyphs().ellipsis;
        let mut at = 0;
        for (i, (piece, style)) in pieces.iter().enumerate() {
            let room = cells - at;
            let fitted = text::fit(piece, usize::from(room), ellipsis, Cut::End);
            let taken = text::width(&fitted) as u16;
            let more = pieces[i + 1..].iter().any(|(piece, _)| !piece.is_empty());
            if taken == room && more && room > 0 {
                // What follows has no room: its first cell is given to the ellipsis.
                let fitted = text::fit(piece, usize::from(room - 1), "", Cut::End);
                at += self.put(x + at, y, room, &fitted, *style);
                return at + self.put(x + at, y, 1, ellipsis, *style);
            }
            at += self.put(x + at, y, room, &fitted, *style);
        }
        at
    }

    /// Writes a heading across the area: a title and what is said of it at the right end, with a
    /// line between them.
    pub(in crate::ui) fn rule(&mut self, y: u16, title: &str, right: &str) {
        let (theme, width) = (self.theme(), self.width());
        let cells = text::width(right) as u16;
        // What is said at the right end are numbers: it is the title that gives way.
        let room = width.saturating_sub(cells + 2).max(width.min(TITLE));
        let x = self.text(0, y, room, title, theme.title) + 1;
        let end = width.saturating_sub(if cells > 0 { cells + 1 } else { 0 }).max(x);
        for at in x..end {
            self.sign(at, y, self.glyphs().track_rest, theme.border);
        }
        if cells > 0 {
            let at = end + u16::from(end > x);
            self.text(at, y, width.saturating_sub(at), right, theme.text);
        }
    }

    /// Writes a sentence into an area that has nothing else to show, on as many lines as it needs.
    pub(in crate::ui) fn say(&mut self, text: &str) {
        let (width, style, height) = (self.width(), self.theme().faint, self.height());
        let x = 2.min(width);
        let room = width.saturating_sub(2 * x);
        let lines = text::wrap(text, usize::from(room), self.glyphs().ellipsis);
        let first = (height / 3).min(height.saturating_sub(lines.len() as u16));
        for (line, y) in lines.iter().zip(first..height) {
            self.text(x, y, room, line, style);
        }
    }

    /// Lays a style over cells that are written already.
    pub(in crate::ui) fn tint(&mut self, x: u16, y: u16, cells: u16, style: Style) {
        let part = self.part(x, y, cells, 1).area;
        self.buf.set_style(part, style);
    }

    fn write(&mut self, x: u16, y: u16, cells: u16, text: &str, style: Style, cut: Cut) -> u16 {
        let cells = cells.min(self.area.width.saturating_sub(x));
        let fitted = text::fit(text, usize::from(cells), self.glyphs().ellipsis, cut);
        self.put(x, y, cells, &fitted, style)
    }

    fn put(&mut self, x: u16, y: u16, cells: u16, text: &str, style: Style) -> u16 {
        if x >= self.area.width || y >= self.area.height {
            return 0;
        }
        let room = usize::from(cells.min(self.area.width - x));
        let (x, y) = (self.area.x + x, self.area.y + y);
        let (end, _) = self.buf.set_stringn(x, y, text, room, style);
        end - x
    }
}
