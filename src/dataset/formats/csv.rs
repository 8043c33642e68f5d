//! The CSV writer (RFC 4180, lines end in a newline): a header, and nothing for missing cells.

use std::io;

use super::{Content, Format, KeyForm, names};
use crate::dataset::cell::{self, Cell, Lines, Writer};

pub(super) const FORMAT: Format = Format {
    name: "csv",
    title: "CSV",
    doc: "Comma-separated, with a header",
    is_binary: false,
    contents: &[Content::Values, Content::Rows],
    keys: KeyForm::Columns,
    make: |out, columns| Box::new(Csv::new(out, names(columns))),
};

/// Writes rows as CSV.
struct Csv<W> {
    lines: Lines<W>,
    /// True if the row has a cell.
    is_begun: bool,
}

/// Bytes that require quotes.
const SPECIAL: [bool; 256] = {
    let mut special = [false; 256];
    special[b',' as usize] = true;
    special[b'"' as usize] = true;
    special[b'\n' as usize] = true;
    special[b'\r' as usize] = true;
    special
};

impl<W: io::Write> Csv<W> {
    /// A writer, after the header with the names of the columns.
    fn new<'n>(out: W, columns: impl IntoIterator<Item = &'n str>) -> Self {
        let mut writer = Self { lines: Lines::new(out), is_begun: false };
        columns.into_iter().for_each(|name| writer.cell(Cell::Text(name)));
        writer.lines.text.push(b'\n');
        writer.is_begun = false;
        writer
    }
}

impl<W: io::Write> Writer for Csv<W> {
    fn cell(&mut self, cell: Cell<'_>) {
        let text = &mut self.lines.text;
        if self.is_begun {
            text.push(b',');
        }
        self.is_begun = true;
        match cell {
            Cell::Missing => {}
            Cell::Whole(number) => cell::whole(text, number),
            Cell::Number(number) | Cell::Quoted(number) => self.lines.number(number),
            Cell::Text(part) if part.is_empty() || cell::has_any(part, &SPECIAL) => {
                quoted(text, std::iter::once(part));
            }
            Cell::Text(part) => text.extend_from_slice(part.as_bytes()),
            Cell::List(list) => quoted(text, std::iter::once(&*cell::array(list))),
            Cell::Key(parts) => quoted(text, parts.iter().map(|(_, part)| *part)),
        }
    }

    fn end_row(&mut self) -> io::Result<()> {
        self.is_begun = false;
        self.lines.end_line()
    }

    fn end(&mut self) -> io::Result<()> {
        self.lines.end()
    }
}

/// A quoted text, or several separated by blanks. An empty text is quoted too, unlike a missing
/// cell.
fn quoted<'t>(line: &mut Vec<u8>, parts: impl Iterator<Item = &'t str>) {
    line.push(b'"');
    for (i, part) in parts.enumerate() {
        if i > 0 {
            line.push(b' ');
        }
        for byte in part.bytes() {
            if byte == b'"' {
                line.push(b'"');
            }
            line.push(byte);
        }
    }
    line.push(b'"');
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_quoted_where_they_must_be() {
        let mut out = Vec::new();
        let mut writer = Csv::new(&mut out, ["item", "a,b", "value"]);
        writer.row(&[Cell::Text("say \"x\""), Cell::Text(""), Cell::Number(2.0)]).unwrap();
        writer.row(&[Cell::Text("two\nlines"), Cell::Missing, Cell::Missing]).unwrap();
        let key = [("user", "u, v"), ("item", "i")];
        writer.row(&[Cell::Key(&key), Cell::Key(&key[1..]), Cell::Whole(-7)]).unwrap();
        writer.end().unwrap();
        assert_eq!(
            String::from_utf8(out).unwrap(),
            "item,\"a,b\",value\n\"say \"\"x\"\"\",\"\",2\n\"two\nlines\",,\n\"u, v i\",\"i\",-7\n"
        );
    }
}
