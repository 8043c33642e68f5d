//! The NDJSON writer: one object per line, members in the order of the columns.

use std::io;

use crate::base::escape;

use super::{Content, Format, KeyForm, names};
use crate::dataset::cell::{self, Cell, Lines, Writer};

pub(super) const FORMAT: Format = Format {
    name: "ndjson",
    title: "NDJSON",
    doc: "One JSON object per line",
    is_binary: false,
    contents: &[Content::Values, Content::Rows],
    keys: KeyForm::Whole,
    make: |out, columns| Box::new(Ndjson::new(out, names(columns))),
};

/// Writes rows as JSON objects, one per line.
struct Ndjson<W> {
    lines: Lines<W>,
    /// `{"name": ` for the first column, `, "name": ` for the others.
    heads: Vec<Vec<u8>>,
    /// Per column its last text in quoted form, and per part of a key its name: most of them
    /// repeat.
    texts: Vec<Quoted>,
    names: Vec<Quoted>,
    /// The column of the next cell.
    at: usize,
}

/// Bytes that JSON strings must escape, and the first bytes of characters that [`escape::json`] may
/// escape.
const SPECIAL: [bool; 256] = {
    let mut special = [false; 256];
    let mut control = 0;
    while control < 0x20 {
        special[control] = true;
        control += 1;
    }
    special[b'"' as usize] = true;
    special[b'\\' as usize] = true;
    special[0x7f] = true;
    special[0xc2] = true;
    special[0xe2] = true;
    special
};

impl<W: io::Write> Ndjson<W> {
    /// A writer of rows with these columns.
    fn new<'n>(out: W, columns: impl IntoIterator<Item = &'n str>) -> Self {
        let head = |(i, name): (usize, &str)| {
            let mut head = if i == 0 { b"{".to_vec() } else { b", ".to_vec() };
            string(&mut head, name);
            head.extend_from_slice(b": ");
            head
        };
        let heads: Vec<_> = columns.into_iter().enumerate().map(head).collect();
        let texts = vec![Quoted::default(); heads.len()];
        Self { lines: Lines::new(out), heads, texts, names: Vec::new(), at: 0 }
    }
}

impl<W: io::Write> Writer for Ndjson<W> {
    fn cell(&mut self, cell: Cell<'_>) {
        let (Some(head), Some(last)) = (self.heads.get(self.at), self.texts.get_mut(self.at))
        else {
            return;
        };
        self.at += 1;
        let text = &mut self.lines.text;
        text.extend_from_slice(head);
        match cell {
            Cell::Missing => text.extend_from_slice(b"null"),
            Cell::Whole(number) => cell::whole(text, number),
            Cell::Number(number) | Cell::Quoted(number) => self.lines.number(number),
            Cell::Text(value) => text.extend_from_slice(last.of(value)),
            Cell::List(list) => {
                for (i, part) in list.iter().enumerate() {
                    text.extend_from_slice(if i == 0 { b"[" } else { b", " });
                    string(text, part);
                }
                text.push(b']');
            }
            Cell::Key(parts) => key(text, parts, &mut self.names),
        }
    }

    fn end_row(&mut self) -> io::Result<()> {
        self.at = 0;
        self.lines.text.push(b'}');
        self.lines.end_line()
    }

    fn end(&mut self) -> io::Result<()> {
        self.lines.end()
    }
}

fn key(line: &mut Vec<u8>, parts: &[(&str, &str)], names: &mut Vec<Quoted>) {
    if names.len() < parts.len() {
        names.resize_with(parts.len(), Quoted::default);
    }
    line.push(b'{');
    for (i, ((name, value), last)) in parts.iter().zip(names).enumerate() {
        if i > 0 {
            line.extend_from_slice(b", ");
        }
        line.extend_from_slice(last.of(name));
        line.extend_from_slice(b": ");
        string(line, value);
    }
    line.push(b'}');
}

/// A text with its quoted form.
#[derive(Clone, Debug, Default)]
struct Quoted {
    text: String,
    /// Empty before the first text.
    quoted: Vec<u8>,
}

impl Quoted {
    /// The quoted form of a text; cached if it is the last one again.
    fn of(&mut self, text: &str) -> &[u8] {
        if self.text != text || self.quoted.is_empty() {
            text.clone_into(&mut self.text);
            self.quoted.clear();
            string(&mut self.quoted, text);
        }
        &self.quoted
    }
}

/// True if JSON strings cannot hold a character as it is, or [`escape::json`] escapes it.
fn is_escaped(c: char) -> bool {
    matches!(c, '"' | '\\' | '\0'..='\x1f') || escape::is_raw_in_json(c)
}

/// A text as a JSON string.
fn string(line: &mut Vec<u8>, value: &str) {
    if cell::has_any(value, &SPECIAL) && value.contains(is_escaped) {
        // A text cannot fail to be written.
        let quoted = serde_json::to_string(value).unwrap_or_default();
        line.extend_from_slice(escape::json(&quoted).as_bytes());
    } else {
        line.push(b'"');
        line.extend_from_slice(value.as_bytes());
        line.push(b'"');
    }
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
        writer.end().unwrap();
        let text = String::from_utf8(out).unwrap();
        assert_eq!(
            text,
            "{\"seq\": 7, \"a \\\"b\\\"\": \"tab\\t\", \"key\": {\"user\": \"u\\n1\", \"item\": \"i\"}, \
             \"x\": 0.5, \"y\": null}\n"
        );
        serde_json::from_str::<serde_json::Value>(&text).unwrap();
    }

    proptest::proptest! {
        #[test]
        fn texts_are_written_as_serde_writes_them_with_controls_escaped(
            value in "[\\PC\\x00-\\xc0\u{2020}-\u{202f}\\\\\"]{0,20}",
        ) {
            let mut line = Vec::new();
            string(&mut line, &value);
            let line = String::from_utf8(line).unwrap();
            proptest::prop_assert!(!line.contains(char::is_control), "{:?}", line);
            proptest::prop_assert!(!line.contains(['\u{2028}', '\u{2029}']), "{:?}", line);
            let whole = serde_json::to_string(&value).unwrap();
            proptest::prop_assert_eq!(&line, &*escape::json(&whole));
            proptest::prop_assert_eq!(serde_json::from_str::<String>(&line).unwrap(), value);
        }
    }
}
