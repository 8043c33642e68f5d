//! Tables for people: numbers short and aligned, keys as the screen shows them, no column wider
//! than a screen.

use std::borrow::Cow;

use comfy_table::{CellAlignment, ContentArrangement, presets};
use unicode_width::{UnicodeWidthChar as _, UnicodeWidthStr as _};

use crate::base::escape::printable;
use crate::base::{Key, quantity};

/// The most terminal columns that a column of a table takes.
const WIDEST: usize = 80;

/// A table without lines between its cells.
pub(super) struct Table {
    table: comfy_table::Table,
    /// How many cells were too wide.
    cut: usize,
}

impl Table {
    /// A table with a header; the columns of these numbers are aligned to the right.
    pub(super) fn new(header: &[&str], numbers: &[usize]) -> Self {
        let mut table = comfy_table::Table::new();
        table
            .load_style(presets::NOTHING)
            .set_content_arrangement(ContentArrangement::Disabled)
            .set_header(header.iter().copied());
        for number in numbers {
            if let Some(column) = table.column_mut(*number) {
                column.set_cell_alignment(CellAlignment::Right);
            }
        }
        Self { table, cut: 0 }
    }

    /// Adds a row. A cell is one line of at most [`WIDEST`]; the last one, which makes no other
    /// row longer, is as long as it likes.
    pub(super) fn row(&mut self, cells: &[impl AsRef<str>]) {
        let last = cells.len().saturating_sub(1);
        let shown = cells.iter().enumerate().map(|(i, cell)| {
            let cell = printable(cell.as_ref());
            if i == last || cell.width() <= WIDEST {
                return cell.into_owned();
            }
            self.cut += 1;
            cut(&cell, WIDEST)
        });
        self.table.add_row(shown.collect::<Vec<_>>());
    }

    /// The lines of the table, without blanks at their ends.
    pub(super) fn lines(&self) -> impl Iterator<Item = String> {
        self.table.lines().map(|line| line.trim_end().to_owned())
    }

    /// That cells were cut, and `remedy`; nothing where none were.
    pub(super) fn note(&self, remedy: &str) -> Option<String> {
        let cells = quantity::counted(self.cut, "cell");
        (self.cut > 0).then(|| format!("note: {cells} cut to {WIDEST} columns; {remedy}"))
    }
}

/// A text without its middle: names and keys differ at either end.
fn cut(text: &str, cells: usize) -> String {
    let tail = (cells - 1) / 2;
    let within = |letters: &mut dyn Iterator<Item = char>, room: usize| -> usize {
        let mut taken = 0;
        letters
            .take_while(|letter| {
                taken += letter.width().unwrap_or(0);
                taken <= room
            })
            .map(char::len_utf8)
            .sum()
    };
    let start = within(&mut text.chars(), cells - 1 - tail);
    let end = text.len() - within(&mut text.chars().rev(), tail);
    // A mark whose letter is left out would stand on the ellipsis.
    let end = text[end..].trim_start_matches(|letter: char| letter.width() == Some(0));
    format!("{}…{end}", &text[..start])
}

/// A table of values that grows row by row.
pub(super) struct ValueTable(pub(super) Table);

impl ValueTable {
    /// A table with its header.
    pub(super) fn new() -> Self {
        Self(Table::new(&["FEATURE", "KEY", "VALUE", "SERVED"], &[2, 3]))
    }

    /// Adds the value of a feature for a key.
    pub(super) fn row(&mut self, output: &str, key: &Key, live: Option<f64>, served: Option<f64>) {
        let text = |value: Option<f64>| {
            value.map_or(Cow::Borrowed("–"), |value| quantity::value(value).into())
        };
        self.0.row(&[Cow::Borrowed(output), key.to_string().into(), text(live), text(served)]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_short_and_aligned() {
        let mut table = ValueTable::new();
        let key = |text: &str| Key(vec![text.to_owned()]);
        table.row("clicks_7", &key("p1"), Some(1204.0), Some(1200.0));
        table.row("ctr", &Key(vec![]), Some(1.0 / 3.0), None);
        assert_eq!(
            table.0.lines().collect::<Vec<_>>(),
            [
                " FEATURE   KEY        VALUE  SERVED",
                " clicks_7  p1         1,204   1,200",
                " ctr       (global)  0.3333       –",
            ]
        );
        assert_eq!(table.0.note("x"), None);
    }

    #[test]
    fn a_key_is_one_line_and_no_wider_than_a_screen() {
        let mut table = ValueTable::new();
        for key in ["a\u{1b}[2J\nb".to_owned(), "k".repeat(100_000), "鍵\u{301}".repeat(50)] {
            table.row("n", &Key(vec![key]), Some(1.0), None);
        }
        let lines: Vec<String> = table.0.lines().collect();
        assert_eq!(lines.len(), 4);
        assert!(lines[1].starts_with(" n        a\\u{1b}[2J\\nb  "), "{lines:#?}");
        assert!(lines.iter().all(|line| line.width() < 120), "{lines:#?}");
        assert!(
            lines[2].contains("kkk…kkk") && lines[3].contains("鍵\u{301}…鍵\u{301}"),
            "{lines:#?}"
        );
        let note = table.0.note("CSV has them whole");
        assert_eq!(note.as_deref(), Some("note: 2 cells cut to 80 columns; CSV has them whole"));
    }
}
