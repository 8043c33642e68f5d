//! The selected cell: its value, what is served, its windows bucket by bucket, and its past.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::session::snapshot::Detail;
use crate::ui::draw::paint::Paint;

use super::plot;
use crate::ui::draw::pen::Pen;
use crate::ui::draw::text;

mod facts;
mod history;
mod sections;
mod window;

use facts::{Fact, Words};
use sections::Section;

/// Cells between the two columns of a pane that is wide and low.
const GUTTER: u16 = 3;
/// A pane is laid out in two columns from this width on, if it is also this much wider than high.
const TWO_COLUMNS: u16 = 64;
const WIDER_THAN_HIGH: u16 = 4;
/// Below this height a value of several parts shows its own past instead of their buckets.
const LOW: u16 = 8;

/// The rows of a history that can be read: its heading, two rows of the chart, its times.
const HISTORY: u16 = 4;

/// What can be shown of a detail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Content {
    Fact(Fact),
    /// The n-th part in one line.
    Part(usize),
    /// The n-th part with its buckets.
    Window(usize),
    History,
    Blank,
}

/// Draws the detail, as much of it as the area has room for: the value first, then what is
/// served, the buckets of its windows, its past, and the rest.
pub fn draw(detail: Option<&Detail>, paint: Paint, area: Rect, buf: &mut Buffer) {
    let mut pen = Pen::new(paint, area, buf);
    let (width, height) = (pen.width(), pen.height());
    let Some(detail) = detail else {
        let style = pen.theme().faint;
        pen.text(1, 0, width, "nothing is selected", style);
        return;
    };
    // A cell of air on either side.
    let mut pen = pen.part(1, 0, width.saturating_sub(2), height);
    let width = pen.width();
    let Some(left) = split(width, height) else {
        let words = Words::new(detail, width, pen.glyphs());
        draw_column(detail, &words, &one_column(detail, &words), &mut pen);
        return;
    };
    let words = Words::new(detail, left, pen.glyphs());
    let (facts, charts) = two_columns(detail, &words, height);
    draw_column(detail, &words, &facts, &mut pen.part(0, 0, left, height));
    let x = left + GUTTER;
    draw_column(detail, &words, &charts, &mut pen.part(x, 0, width - x, height));
}

/// How many columns the chart of a history has in a pane of this size.
#[must_use]
pub fn history_cells(width: u16, height: u16) -> usize {
    let width = width.saturating_sub(2);
    usize::from(plot::cells(split(width, height).unwrap_or(width)))
}

/// The width of the left one of two columns, where the size asks for two.
const fn split(width: u16, height: u16) -> Option<u16> {
    if width < TWO_COLUMNS || width < height.saturating_mul(WIDER_THAN_HIGH) {
        None
    } else {
        Some((width - GUTTER) / 2)
    }
}

/// The pane's title: the output and the key.
#[must_use]
pub fn title(detail: Option<&Detail>, paint: Paint) -> String {
    detail.map_or_else(
        || "Detail".to_owned(),
        |detail| {
            let key = text::key(&detail.key, paint.glyphs.dot);
            let key = text::fit(&key, 40, paint.glyphs.ellipsis, text::Cut::Middle);
            format!("{} {} {key}", detail.column.output, paint.glyphs.dot)
        },
    )
}

fn one_column(detail: &Detail, words: &Words) -> Vec<Section<Content>> {
    let mut sections = facts(detail, words);
    sections.extend(windows(detail));
    sections.push(Section::blank(Content::Blank));
    sections.push(history(detail));
    sections
}

/// The sections of either column; the words are for the left one.
fn two_columns(
    detail: &Detail,
    words: &Words,
    height: u16,
) -> (Vec<Section<Content>>, Vec<Section<Content>>) {
    let mut left = facts(detail, words);
    let windows: Vec<_> = windows(detail).collect();
    let has_buckets = detail.parts.iter().any(|part| part.window.is_some());
    if !has_buckets || (detail.parts.len() > 1 && height < LOW) {
        let parts = (0..detail.parts.len()).filter(|_| detail.parts.len() > 1);
        let at = left.len().min(2);
        left.splice(at..at, parts.map(|part| Section::text(Content::Part(part), 2, 1)));
        return (left, vec![history(detail)]);
    }
    left.push(Section::blank(Content::Blank));
    left.push(history(detail));
    (left, windows)
}

/// The facts, as they lie on the screen, with the lines that they take.
fn facts(detail: &Detail, words: &Words) -> Vec<Section<Content>> {
    let section =
        |fact: Fact| Section::text(Content::Fact(fact), fact.rank(), words.lines(fact, detail));
    Fact::ALL.into_iter().map(section).collect()
}

/// A section for each part; of a single part without buckets there is nothing more to say.
fn windows(detail: &Detail) -> impl Iterator<Item = Section<Content>> {
    detail.parts.iter().enumerate().flat_map(|(i, part)| {
        let rank = if i < 2 { 3 } else { 7 };
        let section = match &part.window {
            Some(window) => Some(Section::chart(Content::Window(i), rank, window::highest(window))),
            None if detail.parts.len() > 1 => Some(Section::text(Content::Part(i), rank, 1)),
            None => None,
        };
        section.into_iter().flat_map(|section| [Section::blank(Content::Blank), section])
    })
}

fn history(detail: &Detail) -> Section<Content> {
    let highest = if detail.history.cells == 0 { 0 } else { history::HIGHEST };
    Section::chart(Content::History, 4, highest).wanting(HISTORY)
}

fn draw_column(detail: &Detail, words: &Words, sections: &[Section<Content>], pen: &mut Pen<'_>) {
    let (width, height) = (pen.width(), pen.height());
    let mut y = 0;
    for (content, rows) in sections::fit(sections, height) {
        let part = &mut pen.part(0, y, width, rows);
        match content {
            Content::Fact(fact) => words.draw(fact, detail, part),
            Content::Part(i) => window::draw_line(&detail.parts[i], part),
            Content::Window(i) => window::draw(&detail.parts[i], part),
            Content::History => history::draw(detail, part),
            Content::Blank => {}
        }
        y += rows;
    }
}
