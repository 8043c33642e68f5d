//! Rows as NDJSON: one object a line, members in the order of the columns. It must not know where
//! rows come from.

use std::io;

use super::cell::{self, Cell, Writer};

/// Writes rows as JSON objects, one a line.
pub struct Ndjson<W> {
    out: W,
    /// `{"name": ` for the first column, `, "name": ` for the others.
    heads: Vec<Vec<u8>>,
    line: Vec<u8>,
}

impl<W: io::Write> Ndjson<W> {
    /// A writer of rows with these columns.
    pub fn new<'n>(out: W, columns: impl IntoIterator<Item = &'n str>) -> Self {
        let head = |(i, name): (usize, &str)| {
            let mut head = if i == 0 { b"{".to_vec() } else { b", ".to_vec() };
            text(&mut head, name);
            head.extend_from_slice(b": ");
            head
        };
        let heads = columns.into_iter().enumerate().map(head).collect();
        Self { out, heads, line: Vec::new() }
    }
}

impl<W: io::Write> Writer for Ndjson<W> {
    fn row(&mut self, cells: &[Cell<'_>]) -> io::Result<()> {
        self.line.clear();
        for (head, cell) in self.heads.iter().zip(cells) {
            self.line.extend_from_slice(head);
            match *cell {
                Cell::Missing => self.line.extend_from_slice(b"null"),
                Cell::Whole(number) => cell::whole(&mut self.line, number),
                Cell::Number(number) => cell::number(&mut self.line, number),
                Cell::Text(value) => text(&mut self.line, value),
                Cell::Key(parts) => key(&mut self.line, parts),
            }
        }
        self.line.extend_from_slice(b"}\n");
        self.out.write_all(&self.line)
    }
}

fn key(line: &mut Vec<u8>, parts: &[(&str, &str)]) {
    line.push(b'{');
    for (i, (name, value)) in parts.iter().enumerate() {
        if i > 0 {
            line.extend_from_slice(b", ");
        }
        text(line, name);
        line.extend_from_slice(b": ");
        text(line, value);
    }
    line.push(b'}');
}

/// A text in JSON's quotes.
fn text(line: &mut Vec<u8>, value: &str) {
    // Neither a text nor memory can refuse to be written.
    let _ = serde_json::to_writer(line, value);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_is_one_line_of_json() {
        let mut out = Vec::new();
        let mut writer = Ndjson::new(&mut out, ["seq", "a \"b\"", "key", "x", "y"]);
        let key = [("user", "u\n1"), ("item", "i")];
        writer
            .row(&[
                Cell::Whole(7),
                Cell::Text("tab\t"),
                Cell::Key(&key),
                Cell::Number(0.5),
                Cell::Missing,
            ])
            .unwrap();
        let text = String::from_utf8(out).unwrap();
        assert_eq!(
            text,
            "{\"seq\": 7, \"a \\\"b\\\"\": \"tab\\t\", \"key\": {\"user\": \"u\\n1\", \"item\": \"i\"}, \
             \"x\": 0.5, \"y\": null}\n"
        );
        serde_json::from_str::<serde_json::Value>(&text).unwrap();
    }
}
