//! Rows as CSV (RFC 4180, lines ending in a single newline): a head line, nothing for what is
//! missing. It must not know where rows come from.

use std::io;

use super::cell::{self, Cell, Writer};

/// Writes rows as CSV.
pub struct Csv<W> {
    out: W,
    line: Vec<u8>,
}

impl<W: io::Write> Csv<W> {
    /// Writes the head line with the names of the columns.
    pub fn new<'n>(out: W, columns: impl IntoIterator<Item = &'n str>) -> io::Result<Self> {
        let mut writer = Self { out, line: Vec::new() };
        let names: Vec<Cell<'_>> = columns.into_iter().map(Cell::Text).collect();
        writer.row(&names)?;
        Ok(writer)
    }
}

impl<W: io::Write> Writer for Csv<W> {
    fn row(&mut self, cells: &[Cell<'_>]) -> io::Result<()> {
        self.line.clear();
        for (i, cell) in cells.iter().enumerate() {
            if i > 0 {
                self.line.push(b',');
            }
            match *cell {
                Cell::Missing => {}
                Cell::Whole(number) => cell::whole(&mut self.line, number),
                Cell::Number(number) => cell::number(&mut self.line, number),
                Cell::Text(text) => field(&mut self.line, text),
                Cell::Key(parts) => {
                    let texts: Vec<&str> = parts.iter().map(|(_, text)| *text).collect();
                    field(&mut self.line, &texts.join(" "));
                }
            }
        }
        self.line.push(b'\n');
        self.out.write_all(&self.line)
    }
}

/// A text, in quotes where it must be; an empty text too, to tell it from a missing one.
fn field(line: &mut Vec<u8>, text: &str) {
    if text.is_empty() || text.contains([',', '"', '\n', '\r']) {
        line.push(b'"');
        line.extend_from_slice(text.replace('"', "\"\"").as_bytes());
        line.push(b'"');
    } else {
        line.extend_from_slice(text.as_bytes());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_quoted_where_they_must_be() {
        let mut out = Vec::new();
        let mut writer = Csv::new(&mut out, ["item", "a,b", "value"]).unwrap();
        writer.row(&[Cell::Text("say \"x\""), Cell::Text(""), Cell::Number(2.0)]).unwrap();
        writer.row(&[Cell::Text("two\nlines"), Cell::Missing, Cell::Missing]).unwrap();
        assert_eq!(
            String::from_utf8(out).unwrap(),
            "item,\"a,b\",value\n\"say \"\"x\"\"\",\"\",2\n\"two\nlines\",,\n"
        );
    }
}
