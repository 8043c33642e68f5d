//! Comments that start with `//`, as in `scope: item // comment`: YAML's comment is `#`. Finds and
//! reports them, and replaces them by real comments of the same number of bytes, so that the rest
//! of the config can be read and all spans stay valid.

use crate::diagnostic::{Diagnostic, codes};

use super::node::{Node, Value};
use super::vocabulary::{METARANK_SECTIONS, METARANK_TYPES};

/// Byte offsets of the `//` in a text that is YAML: in plain scalars of the parts that are read. A
/// description may contain `//`.
pub(super) fn in_tree(text: &str, root: &Node) -> Vec<usize> {
    let mut found = Vec::new();
    let Value::Map(sections) = &root.value else { return found };
    for section in sections {
        in_node(text, &section.key, &mut found);
        let word = section.key.scalar_text().unwrap_or_default();
        let is_read = !METARANK_SECTIONS.iter().any(|section| section.is_called(&word))
            || matches!(word.as_str(), "core" | "bootstrap");
        match &section.value.value {
            Value::List(features) if word == "features" => {
                for feature in features {
                    in_feature(text, feature, &mut found);
                }
            }
            _ if is_read && word != "tests" => in_node(text, &section.value, &mut found),
            _ => {}
        }
    }
    found.sort_unstable();
    found.dedup();
    found
}

/// Byte offsets of what looks like a `//` comment in a text that is not YAML, line by line: at the
/// start of a line or behind a space, outside quotes and comments.
pub(super) fn in_lines(text: &str) -> Vec<usize> {
    let mut found = Vec::new();
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        if let Some(at) = in_line(line) {
            found.push(start + at);
        }
        start += line.len();
    }
    found
}

/// The text with `#` comments at these offsets, in the same number of bytes.
pub(super) fn repaired(text: &str, offsets: &[usize]) -> String {
    let mut repaired = String::with_capacity(text.len());
    let mut done = 0;
    for at in offsets {
        repaired.push_str(&text[done..*at]);
        repaired.push_str("# ");
        done = at + 2;
    }
    repaired.push_str(&text[done..]);
    repaired
}

/// The diagnostic for one such comment.
pub(super) fn fault(text: &str, at: usize) -> Diagnostic {
    let line = text[at..].lines().next().unwrap_or_default();
    let comment = line[2..].trim();
    let end = at + line.trim_end().len();
    codes::SLASH_COMMENT
        .at(at..end, "`//` does not start a comment in YAML, it is part of the value")
        .help(format!("write `# {comment}`"))
}

fn in_feature(text: &str, feature: &Node, found: &mut Vec<usize>) {
    let Value::Map(members) = &feature.value else { return in_node(text, feature, found) };
    let kind = feature.get("type").and_then(Node::scalar_text).unwrap_or_default();
    let is_skipped = METARANK_TYPES.contains(&kind.split_whitespace().next().unwrap_or_default());
    for member in members {
        in_node(text, &member.key, found);
        let is_read = match member.key.scalar_text().as_deref() {
            Some("name" | "type") => true,
            Some("description") => false,
            _ => !is_skipped,
        };
        if is_read {
            in_node(text, &member.value, found);
        }
    }
}

fn in_node(text: &str, node: &Node, found: &mut Vec<usize>) {
    match &node.value {
        Value::Text(_) if node.plain => {
            let written = text.get(node.span.clone()).unwrap_or_default();
            if let Some(at) = comment_in(written) {
                found.push(node.span.start + at);
            }
        }
        Value::List(elements) => elements.iter().for_each(|node| in_node(text, node, found)),
        Value::Map(entries) => {
            for entry in entries {
                in_node(text, &entry.key, found);
                in_node(text, &entry.value, found);
            }
        }
        _ => {}
    }
}

/// The first `//` at the start or behind a space, so not that of `http://`.
fn comment_in(written: &str) -> Option<usize> {
    written
        .match_indices("//")
        .map(|(at, _)| at)
        .find(|at| *at == 0 || written[..*at].ends_with([' ', '\t', '\n']))
}

fn in_line(line: &str) -> Option<usize> {
    let mut quote = None;
    let mut before = ' ';
    for (at, c) in line.char_indices() {
        match quote {
            Some(open) if c == open => quote = None,
            // A quote opens a text only where a text can start: the one in `don't` does not.
            None if matches!(c, '"' | '\'')
                && matches!(before, ' ' | '\t' | '[' | '{' | ',' | ':') =>
            {
                quote = Some(c);
            }
            None if matches!(before, ' ' | '\t') && c == '#' => return None,
            None if matches!(before, ' ' | '\t') && line[at..].starts_with("//") => {
                return Some(at);
            }
            _ => {}
        }
        before = c;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> Vec<&str> {
        let offsets = match Node::read(text) {
            Ok(root) => in_tree(text, &root),
            Err(_) => in_lines(text),
        };
        offsets.iter().map(|at| text[*at..].lines().next().unwrap()).collect()
    }

    #[test]
    fn comments_are_found_where_values_are_read() {
        let text = "features:\n  - name: a // one\n    scope: item // two\n    \
                    description: this // that\n    url: http://x\n    q: 'x // y'\n  \
                    - {name: b, type: number, field: x // y}\nmodels: {a: b // c}\n";
        assert_eq!(found(text), ["// one", "// two"]);
    }

    #[test]
    fn comments_are_found_where_they_break_the_yaml() {
        let text = "features:\n  - type: rate\n    // ä line: of its own\n    // don't\n    \
                    top: 'x // y' // two\n    windows: [7] // three\n    bottom: y # // no\n";
        assert_eq!(found(text), ["// ä line: of its own", "// don't", "// two", "// three"]);
        let offsets = in_lines(text);
        let repaired = repaired(text, &offsets);
        assert_eq!(repaired.len(), text.len());
        assert!(Node::read(&repaired).is_ok(), "{repaired}");
    }

    #[test]
    fn the_help_writes_the_comment() {
        let fault = fault("scope: item // by item \r\n", 12);
        assert_eq!(fault.help.as_deref(), Some("write `# by item`"));
        assert_eq!(fault.labels[0].span, 12..22);
    }
}
