//! Tables for people: numbers short and aligned, keys as the screen shows them, no column wider
//! than a screen.

use std::io;

use comfy_table::{CellAlignment, ContentArrangement, presets};
use unicode_width::{UnicodeWidthChar as _, UnicodeWidthStr as _};

use super::{Content, Format, KeyForm};
use crate::base::escape::printable;
use crate::base::{Key, quantity};
use crate::dataset::cell::{Cell, Column, Kind, Writer};

pub(super) const FORMAT: Format = Format {
    name: "table",
    title: "table",
    doc: "A table for people; long keys and lists are cut",
    is_binary: false,
    contents: &[Content::Values],
    keys: KeyForm::Whole,
    make: |out, columns| Box::new(TableWriter::new(out, columns)),
};

/// The most terminal columns that a column of a table takes.
const WIDEST: usize = 80;

/// A table without lines between its cells.
pub struct Table {
    table: comfy_table::Table,
    /// The number of cells that were too wide.
    cut: usize,
}

impl Table {
    /// A table with a header; the columns of these numbers are aligned to the right.
    #[must_use]
    pub fn new(header: &[&str], numbers: &[usize]) -> Self {
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

    /// Adds a row. A cell is one line of at most 80 columns; the last one, which makes no other row
    /// longer, is as long as it likes.
    pub fn row(&mut self, cells: &[impl AsRef<str>]) {
        let last = cells.len().saturating_sub(1);
        let shown = cells.iter().enumerate().map(|(i, cell)| {
            let cell = printable(cell.as_ref());
            if i == last || cell.width() <= WIDEST {
                return cell.into_owned();
            }
            self.cut += 1;
            // Names and keys differ at either end.
            cut(&cell, WIDEST, (WIDEST - 1) / 2)
        });
        self.table.add_row(shown.collect::<Vec<_>>());
    }

    /// A text for a cell of [`row`](Self::row) that keeps how it begins, in any column.
    fn beginning(&mut self, text: &str) -> String {
        let text = printable(text);
        if text.width() <= WIDEST {
            return text.into_owned();
        }
        self.cut += 1;
        cut(&text, WIDEST, 0)
    }

    /// The lines of the table, without blanks at their ends.
    pub fn lines(&self) -> impl Iterator<Item = String> {
        self.table.lines().map(|line| line.trim_end().to_owned())
    }

    /// A note that cells were cut, with a remedy; `None` if none were.
    #[must_use]
    pub fn note(&self, remedy: &str) -> Option<String> {
        let cells = quantity::counted(self.cut, "cell");
        (self.cut > 0).then(|| format!("note: {cells} cut to {WIDEST} columns; {remedy}"))
    }
}

/// A text without its middle, of which so many cells behind it are left.
fn cut(text: &str, cells: usize, tail: usize) -> String {
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

/// Writes rows as a table, which is held until its end because its columns are as wide as their
/// widest cell.
struct TableWriter<W> {
    table: Table,
    /// The cells of the row so far.
    row: Vec<String>,
    out: W,
}

impl<W: io::Write> TableWriter<W> {
    fn new(out: W, columns: &[Column]) -> Self {
        let head: Vec<String> =
            columns.iter().map(|column| printable(&column.name).to_uppercase()).collect();
        let head: Vec<&str> = head.iter().map(String::as_str).collect();
        let is_number =
            |(_, column): &(usize, &Column)| !matches!(column.kind, Kind::Text | Kind::List);
        let numbers = columns.iter().enumerate().filter(is_number).map(|(number, _)| number);
        let table = Table::new(&head, &numbers.collect::<Vec<_>>());
        Self { table, row: Vec::new(), out }
    }
}

impl<W: io::Write> Writer for TableWriter<W> {
    fn cell(&mut self, cell: Cell<'_>) {
        self.row.push(match cell {
            Cell::Missing => "–".to_owned(),
            Cell::Whole(number) => number.to_string(),
            Cell::Number(number) => quantity::value(number),
            Cell::Quoted(number) => quantity::quoted(number),
            Cell::Text(text) => text.to_owned(),
            Cell::List(list) => self.table.beginning(&list.join(", ")),
            Cell::Key(parts) => {
                Key(parts.iter().map(|(_, text)| (*text).to_owned()).collect()).to_string()
            }
        });
    }

    fn end_row(&mut self) -> io::Result<()> {
        self.table.row(&self.row);
        self.row.clear();
        Ok(())
    }

    fn end(&mut self) -> io::Result<()> {
        for line in self.table.lines() {
            writeln!(self.out, "{line}")?;
        }
        self.out.flush()
    }

    fn note(&self) -> Option<String> {
        self.table.note("--format csv has them whole")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// An output, a key, the live value and the served one.
    type Row<'r> = (&'r str, &'r [(&'r str, &'r str)], Option<f64>, Option<f64>);

    /// A table of values of these keys, and the note beside it.
    fn written(rows: &[Row<'_>]) -> (Vec<String>, Option<String>) {
        let columns = [
            Column::full("feature", Kind::Text),
            Column::full("key", Kind::Text),
            Column::optional("value", Kind::Number),
            Column::optional("served", Kind::Number),
        ];
        let mut out = Vec::new();
        let mut writer = TableWriter::new(&mut out, &columns);
        for (output, key, live, served) in rows {
            writer
                .row(&[
                    Cell::Text(output),
                    Cell::Key(key),
                    Cell::value(*live),
                    Cell::value(*served),
                ])
                .unwrap();
        }
        writer.end().unwrap();
        let note = writer.note();
        (String::from_utf8(out).unwrap().lines().map(str::to_owned).collect(), note)
    }

    #[test]
    fn numbers_are_short_and_aligned() {
        let (lines, note) = written(&[
            ("clicks_7", &[("item", "p1")], Some(1204.0), Some(1200.0)),
            ("ctr", &[], Some(1.0 / 3.0), None),
            ("clicks_7", &[("user", "1234567")], Some(1.0), None),
        ]);
        assert_eq!(
            lines,
            [
                " FEATURE   KEY        VALUE  SERVED",
                " clicks_7  p1         1,204   1,200",
                " ctr       (global)  0.3333       –",
                " clicks_7  1234567        1       –",
            ]
        );
        assert_eq!(note, None);
    }

    #[test]
    fn a_list_is_one_line_that_keeps_its_first_texts() {
        let list = ["a, b", "c\nd\u{1b}[31m", &"x".repeat(65_536), "e"].map(str::to_owned);
        let columns = ["value", "served"].map(|name| Column::optional(name, Kind::List));
        let mut out = Vec::new();
        let mut writer = TableWriter::new(&mut out, &columns);
        writer.row(&[Cell::List(&list[..2]), Cell::List(&list)]).unwrap();
        writer.row(&[Cell::Missing, Cell::List(&list[3..])]).unwrap();
        writer.end().unwrap();
        let note = writer.note().unwrap();
        let text = String::from_utf8(out).unwrap();
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines[0], " VALUE                 SERVED");
        let start = " a, b, c\\nd\\u{1b}[31m  a, b, c\\nd\\u{1b}[31m, xxx";
        assert!(lines[1].starts_with(start) && lines[1].ends_with("xx…"), "{lines:#?}");
        assert_eq!(lines[2], " –                     e");
        assert!(lines.iter().all(|line| line.width() < 110), "{lines:#?}");
        assert_eq!(note, "note: 1 cell cut to 80 columns; --format csv has them whole");
    }

    #[test]
    fn a_key_is_one_line_and_no_wider_than_a_screen() {
        let (long, wide) = ("k".repeat(100_000), "鍵\u{301}".repeat(50));
        let keys = ["a\u{1b}[2J\nb", &long, &wide].map(|text| [("item", text)]);
        let rows = keys.each_ref().map(|key| ("n", &key[..], Some(1.0), None));
        let (lines, note) = written(&rows);
        assert_eq!(lines.len(), 4);
        assert!(lines[1].starts_with(" n        a\\u{1b}[2J\\nb  "), "{lines:#?}");
        assert!(lines.iter().all(|line| line.width() < 120), "{lines:#?}");
        assert!(
            lines[2].contains("kkk…kkk") && lines[3].contains("鍵\u{301}…鍵\u{301}"),
            "{lines:#?}"
        );
        assert_eq!(
            note.as_deref(),
            Some("note: 2 cells cut to 80 columns; --format csv has them whole")
        );
    }
}
