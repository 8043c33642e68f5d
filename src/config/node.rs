//! YAML values with their spans: the results of both parsers, joined.

use std::ops::Range;

use super::spans::{PlaceOf, Spans};
use super::values::{self, SyntaxFault};

/// A value and its span.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Node {
    pub span: Range<usize>,
    /// The line it starts on, from 1.
    pub line: usize,
    /// True for a plain scalar, one without quotes.
    pub plain: bool,
    pub value: Value,
}

/// A value whose parts have spans.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Value {
    Null,
    Bool(bool),
    Integer(i128),
    Float(f64),
    Text(String),
    List(Vec<Node>),
    Map(Vec<Entry>),
    Tagged,
}

/// A key of a map and its value.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Entry {
    pub key: Node,
    pub value: Node,
}

impl Node {
    /// Reads a text as one YAML document, with the merge keys (`<<`) of its maps applied.
    pub(super) fn read(text: &str) -> Result<Self, SyntaxFault> {
        // The two parsers treat a byte order mark differently, so they do not see it.
        let bare = text.strip_prefix('\u{feff}').unwrap_or(text);
        let ahead = text.len() - bare.len();
        if let Some((offset, sign)) = bare.char_indices().find(|(_, sign)| !is_yaml(*sign)) {
            return Err(SyntaxFault {
                offset: offset + ahead,
                reason: match sign {
                    '\0' => "a NUL byte".to_owned(),
                    _ => format!("the control character U+{:04X}", u32::from(sign)),
                },
                help: Some("remove it, and save the file as plain text in UTF-8"),
            });
        }
        let further = |fault: SyntaxFault| SyntaxFault { offset: fault.offset + ahead, ..fault };
        let spans = Spans::read(bare).map_err(further)?;
        let value = values::parse(bare, spans.has_aliases()).map_err(further)?;
        let nowhere = PlaceOf::nowhere();
        Ok(Join { spans: &spans, ahead }.node(value, spans.root().unwrap_or(&nowhere)))
    }

    /// Another value with the same span.
    pub(super) fn with(&self, value: Value) -> Self {
        Self { span: self.span.clone(), line: self.line, plain: self.plain, value }
    }

    /// The kind of the value, for messages: "a list".
    pub(super) const fn kind(&self) -> &'static str {
        match &self.value {
            Value::Null => "nothing",
            Value::Bool(_) => "a boolean",
            Value::Integer(_) | Value::Float(_) => "a number",
            Value::Text(_) => "a text",
            Value::List(_) => "a list",
            Value::Map(_) => "a map",
            Value::Tagged => "a value with a YAML tag",
        }
    }

    /// A scalar as text, as keys and types are compared; a whole number is its digits.
    pub(super) fn scalar_text(&self) -> Option<String> {
        match &self.value {
            Value::Text(text) => Some(text.clone()),
            Value::Integer(number) => Some(number.to_string()),
            Value::Float(number) => Some(number.to_string()),
            Value::Bool(flag) => Some(flag.to_string()),
            Value::Null | Value::List(_) | Value::Map(_) | Value::Tagged => None,
        }
    }

    /// The value of this key in a map; the first if it occurs twice.
    pub(super) fn get(&self, key: &str) -> Option<&Self> {
        let Value::Map(entries) = &self.value else { return None };
        entries.iter().find(|entry| entry.key.is_text(key)).map(|entry| &entry.value)
    }

    /// True if the value is exactly this text.
    pub(super) fn is_text(&self, text: &str) -> bool {
        matches!(&self.value, Value::Text(own) if own == text)
    }
}

/// True if YAML allows a character in a text.
const fn is_yaml(sign: char) -> bool {
    matches!(sign,
        '\t' | '\n' | '\r' | ' '..='~' | '\u{85}' | '\u{a0}'..='\u{fefe}' | '\u{ff00}'..='\u{fffd}'
        | '\u{10000}'..)
}

/// Joins values with their spans. Both parsers read the same text; where they disagree, a value
/// gets the span of its parent.
struct Join<'s> {
    spans: &'s Spans,
    /// The bytes before the text that the parsers read.
    ahead: usize,
}

impl Join<'_> {
    fn node(&self, value: values::Value, place: &PlaceOf) -> Node {
        let value = match value {
            values::Value::Null => Value::Null,
            values::Value::Bool(flag) => Value::Bool(flag),
            values::Value::Integer(number) => Value::Integer(number),
            values::Value::Float(number) => Value::Float(number),
            values::Value::Text(text) => Value::Text(text),
            values::Value::Tagged => Value::Tagged,
            values::Value::List(elements) => Value::List(
                elements
                    .into_iter()
                    .enumerate()
                    .map(|(n, e)| self.node(e, self.spans.element(place, n).unwrap_or(place)))
                    .collect(),
            ),
            values::Value::Map(entries) => Value::Map(merged(
                entries
                    .into_iter()
                    .enumerate()
                    .map(|(n, (key, value))| {
                        let (at_key, at_value) =
                            self.spans.entry(place, n).unwrap_or((place, place));
                        Entry { key: self.node(key, at_key), value: self.node(value, at_value) }
                    })
                    .collect(),
            )),
        };
        let span = place.span.start + self.ahead..place.span.end + self.ahead;
        Node { span, line: place.line, plain: place.plain, value }
    }
}

/// The entries, followed by those of the maps under merge keys (`<<`) whose keys are not present.
fn merged(entries: Vec<Entry>) -> Vec<Entry> {
    let (merges, mut own): (Vec<_>, Vec<_>) =
        entries.into_iter().partition(|e| e.key.plain && e.key.is_text("<<"));
    for Entry { key, value } in merges {
        let maps = match value.value {
            Value::Map(map) => vec![map],
            Value::List(maps) if maps.iter().all(|m| matches!(m.value, Value::Map(_))) => maps
                .into_iter()
                .filter_map(|node| match node.value {
                    Value::Map(map) => Some(map),
                    _ => None,
                })
                .collect(),
            // Not a map to merge: it is kept, and reported as an unknown member.
            other => {
                own.push(Entry { key, value: Node { value: other, ..value } });
                continue;
            }
        };
        for entry in maps.into_iter().flatten() {
            if !own.iter().any(|o| o.key.value == entry.key.value) {
                own.push(entry);
            }
        }
    }
    own
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn merge_keys_fill_what_is_not_written() {
        let text = "base: &b {ttl: 1d, type: rate}\nf: {<<: *b, type: ratio}\n";
        let root = Node::read(text).unwrap();
        let feature = root.get("f").unwrap();
        assert!(feature.get("type").unwrap().is_text("ratio"));
        let ttl = feature.get("ttl").unwrap();
        assert_eq!((&text[ttl.span.clone()], ttl.line), ("1d", 1));
    }

    #[test]
    fn places_hold_behind_a_byte_order_mark_and_in_crlf() {
        let text = "\u{feff}a: 1\r\nb: zwei\r\n";
        let root = Node::read(text).unwrap();
        assert_eq!(&text[root.get("b").unwrap().span.clone()], "zwei");
    }

    #[test]
    fn syntax_faults_have_places() {
        for (text, at) in [("a: \0", 3), ("a: 1\n---\nb: 2\n", 5), ("a: 'x\n", 3)] {
            let fault = Node::read(text).unwrap_err();
            assert!(fault.offset >= at && fault.offset <= text.len(), "{text:?}: {fault:?}");
        }
    }
}
