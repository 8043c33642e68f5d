//! A change of a value in one line: `clicks_7{B0107} 12→13`.

use std::borrow::Cow;

use ratatui::style::Style;

use crate::session::snapshot::{Effect, OutputValue};
use crate::ui::draw::glyphs::Glyphs;

use super::number;
use crate::ui::draw::pen::Pen;
use crate::ui::draw::text::{self, Cut};

/// Cells that a number takes at most.
const NUMBER: usize = 10;
/// Cells that a list takes at most, and that it keeps at least.
const WIDEST_LIST: usize = 20;
const NARROWEST_LIST: usize = 6;
/// Cells that a key takes at most, and that it and a name keep at least.
const WIDEST_KEY: usize = 24;
const NARROWEST: usize = 4;

/// The words of an effect.
pub(super) struct Words<'a> {
    output: Cow<'a, str>,
    key: Cow<'a, str>,
    before: String,
    after: String,
    /// True if before and after are lists, of which the beginnings are enough.
    is_list: bool,
    rises: bool,
}

impl<'a> Words<'a> {
    /// The words, uncut but for long keys.
    pub(super) fn new(effect: &'a Effect, glyphs: &Glyphs) -> Self {
        let side = |value: &Option<OutputValue>| match value {
            None => glyphs.no_data.to_owned(),
            Some(OutputValue::Number(number)) => number::value(*number, NUMBER),
            Some(OutputValue::List(list)) => {
                let list = number::list(list);
                text::fit(&text::clean(&list), WIDEST_LIST, glyphs.ellipsis, Cut::End).into_owned()
            }
        };
        let number = |value: &Option<OutputValue>| match value {
            Some(OutputValue::Number(number)) => *number,
            _ => 0.0,
        };
        let key = text::key(&effect.key, glyphs.dot);
        Self {
            output: text::clean(&effect.output),
            key: match key {
                Cow::Borrowed(key) => text::fit(key, WIDEST_KEY, glyphs.ellipsis, Cut::Middle),
                Cow::Owned(key) => {
                    text::fit(&key, WIDEST_KEY, glyphs.ellipsis, Cut::Middle).into_owned().into()
                }
            },
            before: side(&effect.before),
            after: side(&effect.after),
            is_list: [&effect.before, &effect.after]
                .iter()
                .any(|value| matches!(value, Some(OutputValue::List(_)))),
            rises: number(&effect.after) >= number(&effect.before),
        }
    }

    /// The cells that they take.
    pub(super) fn width(&self) -> usize {
        text::width(&self.output)
            + text::width(&self.key)
            + Self::numbers(&self.before, &self.after)
    }

    /// The cells that they take when name and key are cut as far as they may be.
    pub(super) fn narrowest(&self) -> usize {
        let numbers = if self.is_list {
            let narrow = |text: &str| text::width(text).clamp(1, NARROWEST_LIST);
            Self::between(narrow(&self.before), narrow(&self.after))
        } else {
            Self::numbers(&self.before, &self.after)
        };
        self.width().min(numbers + 2 * NARROWEST)
    }

    /// The cells of the numbers and of what stands between the words.
    fn numbers(before: &str, after: &str) -> usize {
        Self::between(text::width(before).max(1), text::width(after).max(1))
    }

    const fn between(before: usize, after: usize) -> usize {
        "{} ".len() + before + 1 + after
    }

    /// Before and after, in so many cells together with name and key where that is possible: lists
    /// give way before these do.
    fn values(&self, cells: usize, glyphs: &Glyphs) -> [Cow<'_, str>; 2] {
        let values = [&self.before, &self.after];
        if !self.is_list || self.width() <= cells {
            return values.map(|value| Cow::Borrowed(value.as_str()));
        }
        let names = text::width(&self.output) + text::width(&self.key);
        let room = cells.saturating_sub(names + Self::between(0, 0)) / 2;
        let room = room.clamp(NARROWEST_LIST, WIDEST_LIST);
        values.map(|value| text::fit(value, room, glyphs.ellipsis, Cut::End))
    }

    /// Draws them in at most so many cells; lists give way first, then the key, then the name, for
    /// the numbers are what is new. Returns the cells taken.
    pub(super) fn draw(
        &self,
        pen: &mut Pen<'_>,
        (x, y): (u16, u16),
        cells: u16,
        base: Style,
    ) -> u16 {
        let (theme, glyphs) = (pen.theme(), pen.glyphs());
        let faint = theme.faint.patch(base);
        let tone = if self.rises { theme.good } else { theme.down };
        let [before, after] = self.values(usize::from(cells), glyphs);
        let room = usize::from(cells).saturating_sub(Self::numbers(&before, &after));
        let key_room = room.saturating_sub(text::width(&self.output)).max(NARROWEST);
        let key = text::fit(&self.key, key_room, glyphs.ellipsis, Cut::Middle);
        let output_room = room.saturating_sub(text::width(&key)).max(NARROWEST);
        let output = text::fit(&self.output, output_room, glyphs.ellipsis, Cut::Middle);
        let pieces = [
            (&*output, base),
            ("{", faint),
            (&key, theme.name.patch(base)),
            ("} ", faint),
            (&before, faint),
            (glyphs.arrow, faint),
            (&after, base.patch(tone)),
        ];
        pen.pieces(x, y, cells, &pieces)
    }
}
