//! The TSV writer: a header, cells between tabs, and the escapes that databases read (`COPY`, `LOAD
//! DATA`, `TabSeparatedWithNames`).

use std::io;

use super::{Content, Format, KeyForm, names};
use crate::dataset::cell::{self, Cell, Lines, Writer};

pub(super) const FORMAT: Format = Format {
    name: "tsv",
    title: "TSV",
    doc: "Tab-separated, with a header, for databases",
    is_binary: false,
    contents: &[Content::Values, Content::Rows],
    keys: KeyForm::Columns,
    make: |out, columns| Box::new(Tsv::new(out, names(columns))),
};

/// A cell without a value.
const MISSING: &[u8] = b"\\N";

/// Writes rows as TSV.
struct Tsv<W> {
    lines: Lines<W>,
    /// True if the row has a cell.
    is_begun: bool,
}

impl<W: io::Write> Tsv<W> {
    /// A writer, after the header with the names of the columns.
    fn new<'n>(out: W, columns: impl IntoIterator<Item = &'n str>) -> Self {
        let mut writer = Self { lines: Lines::new(out), is_begun: false };
        columns.into_iter().for_each(|name| writer.cell(Cell::Text(name)));
        writer.lines.text.push(b'\n');
        writer.is_begun = false;
        writer
    }
}

impl<W: io::Write> Writer for Tsv<W> {
    fn cell(&mut self, cell: Cell<'_>) {
        let text = &mut self.lines.text;
        if self.is_begun {
            text.push(b'\t');
        }
        self.is_begun = true;
        match cell {
            Cell::Missing => text.extend_from_slice(MISSING),
            Cell::Whole(number) => cell::whole(text, number),
            Cell::Number(number) | Cell::Quoted(number) => self.lines.number(number),
            Cell::Text(part) => escaped(text, part),
            Cell::List(list) => escaped(text, &cell::array(list)),
            Cell::Key(parts) => {
                for (i, (_, part)) in parts.iter().enumerate() {
                    if i > 0 {
                        text.push(b' ');
                    }
                    escaped(text, part);
                }
            }
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

/// A text without tabs, ends of lines and lone backslashes.
fn escaped(line: &mut Vec<u8>, text: &str) {
    for byte in text.bytes() {
        match byte {
            b'\t' => line.extend_from_slice(b"\\t"),
            b'\n' => line.extend_from_slice(b"\\n"),
            b'\r' => line.extend_from_slice(b"\\r"),
            b'\\' => line.extend_from_slice(b"\\\\"),
            other => line.push(other),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_is_one_line() {
        let mut out = Vec::new();
        let mut writer = Tsv::new(&mut out, ["item", "a\tb", "value"]);
        writer.row(&[Cell::Text("say \"x\""), Cell::Text(""), Cell::Number(2.5)]).unwrap();
        writer.row(&[Cell::Text("two\nlines"), Cell::Text("\\N"), Cell::Missing]).unwrap();
        let key = [("user", "u\r"), ("item", "i")];
        writer.row(&[Cell::Key(&key), Cell::Key(&[]), Cell::Whole(-7)]).unwrap();
        writer.end().unwrap();
        assert_eq!(
            String::from_utf8(out).unwrap(),
            "item\ta\\tb\tvalue\nsay \"x\"\t\t2.5\ntwo\\nlines\t\\\\N\t\\N\nu\\r i\t\t-7\n"
        );
    }

    /// The text of a cell, as a database reads it.
    fn read_back(cell: &str) -> Option<String> {
        let mut text = String::new();
        let mut letters = cell.chars();
        while let Some(letter) = letters.next() {
            text.push(match (letter, (letter == '\\').then(|| letters.next().unwrap())) {
                (_, Some('N')) => return None,
                (_, Some('t')) => '\t',
                (_, Some('n')) => '\n',
                (_, Some('r')) => '\r',
                (_, Some(other)) => other,
                (letter, None) => letter,
            });
        }
        Some(text)
    }

    proptest::proptest! {
        #[test]
        fn texts_read_back(texts: [Option<String>; 3], at in 0_usize..3, odd in "[\\\\\t\n\rNx]{0,6}") {
            let mut texts = texts;
            texts[at] = Some(odd);
            let mut out = Vec::new();
            let mut writer = Tsv::new(&mut out, ["a", "b", "c"]);
            let cells = texts.each_ref().map(|text| {
                text.as_deref().map_or(Cell::Missing, Cell::Text)
            });
            writer.row(&cells).unwrap();
            writer.end().unwrap();
            let text = String::from_utf8(out).unwrap();
            let lines: Vec<&str> = text.split_terminator('\n').collect();
            proptest::prop_assert_eq!(lines.len(), 2);
            let read: Vec<_> = lines[1].split('\t').map(read_back).collect();
            proptest::prop_assert_eq!(read, texts);
        }
    }
}
