//! Outlines as plain lines: what is closed is left out, columns are aligned.

use std::collections::BTreeMap;

use unicode_width::UnicodeWidthStr as _;

use crate::base::escape::printable;
use crate::base::{Timestamp, text_width};

use super::{Cell, CellKind, Node, Outline};

/// The most terminal columns of a cell that others follow.
const WIDEST: usize = 80;

/// The form of moments.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Moments {
    /// Whole: `2024-06-02T08:00:06Z`.
    Whole,
    /// As far as they differ from this one: `08:00:06`, `06-01 21:00:00`, `06-01`.
    From(Timestamp),
}

impl Moments {
    /// A moment in this form.
    #[must_use]
    pub fn text(self, at: Timestamp) -> String {
        let now = match self {
            Self::Whole => return at.to_string().replace(".000Z", "Z"),
            Self::From(now) => now,
        };
        let has_fraction = at.0.rem_euclid(1000) != 0;
        let time = if has_fraction { "%H:%M:%S%.3f" } else { "%H:%M:%S" };
        let date = if at.format("%Y") == now.format("%Y") { "%m-%d" } else { "%Y-%m-%d" };
        match at.format("%H:%M:%S%.3f").as_str() {
            // Of the begin of a day, such as a bucket's, its date says all.
            "00:00:00.000" => at.format(date),
            _ if at.is_on_day_of(now) => at.format(time),
            _ => at.format(&format!("{date} {time}")),
        }
    }
}

/// The lines of an outline, where `is_open` says which lines with children are open.
#[must_use]
pub fn text(outline: &Outline, moments: Moments, is_open: impl Fn(&Node) -> bool) -> Vec<String> {
    let visible = outline.visible(is_open);
    let shown = |node: &Node| {
        let cells = node.cells.iter().enumerate();
        cells.map(|(at, cell)| self::shown(cell, moments, at + 1 == node.cells.len())).collect()
    };
    let rows: Vec<(&Node, Vec<String>)> =
        visible.iter().map(|line| (&outline.nodes[*line], shown(&outline.nodes[*line]))).collect();
    let mut widths = BTreeMap::<usize, Vec<usize>>::new();
    for (node, cells) in &rows {
        let Some(table) = node.table else { continue };
        let widths = widths.entry(table).or_default();
        widths.resize(widths.len().max(cells.len()), 0);
        for (width, cell) in widths.iter_mut().zip(cells) {
            *width = (*width).max(cell.width());
        }
    }
    let none = Vec::new();
    let mut lines: Vec<String> = Vec::new();
    for (node, cells) in rows {
        if node.depth == 0 && !lines.is_empty() {
            lines.push(String::new());
        }
        let widths = node.table.and_then(|table| widths.get(&table)).unwrap_or(&none);
        let mut line = "  ".repeat(node.depth);
        for (at, (cell, text)) in node.cells.iter().zip(&cells).enumerate() {
            let gap = if at > 0 { "  " } else { "" };
            let blanks = " ".repeat(widths.get(at).map_or(0, |width| width - text.width()));
            line += gap;
            match cell.kind {
                CellKind::Text | CellKind::Attributes => line.extend([text, blanks.as_str()]),
                CellKind::Number | CellKind::Share(_) => line.extend([blanks.as_str(), text]),
            }
        }
        lines.push(line.trim_end().to_owned());
    }
    lines
}

/// What a cell shows. The last one of a line is as long as it likes.
fn shown(cell: &Cell, moments: Moments, is_last: bool) -> String {
    let words = cell.words(moments);
    let words = printable(&words);
    if is_last { words.into_owned() } else { text_width::cut(&words, WIDEST) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wide_letters_are_cut_by_their_width() {
        let told = |letters| shown(&Cell::text("値".repeat(letters)), Moments::Whole, false);
        assert_eq!(told(40), "値".repeat(40));
        assert_eq!(told(45), "値".repeat(39) + "…");
    }
}
