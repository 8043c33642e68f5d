//! The config: YAML text → declarations with spans, all faults at once. It knows neither which
//! aggregates exist nor what a config means as a whole; `plan::lower` does.

mod brackets;
mod content;
mod declared;
mod dialect;
mod document;
pub mod edit;
mod encoding;
mod features;
pub mod file;
mod filters;
mod format;
mod impressions;
mod joined;
mod line_events;
mod lints;
mod matrix;
mod members;
mod metadata;
mod metarank;
mod node;
mod partial;
mod scalars;
mod scenarios;
pub mod schema;
mod sections;
mod slash;
mod spanned;
mod spans;
mod types;
mod values;
pub mod vocabulary;
mod windows;
mod yaml_errors;

pub use content::comments;
pub use declared::{Check, Expectation, Expected, Part, Test, TestEvent, TestMetadata};
pub use document::{
    AxisLabel, Body, Condition, Defaults, Document, Entry, Feature, Filter, Group, Length, Mention,
    Named, Partial, Past, Prior, Spanned, Windows,
};

pub use format::{Unformatted, format};
pub use scenarios::TEST_START;

pub use crate::diagnostic::nearest;
use crate::diagnostic::{Faults, Report, codes};

use node::{Node, Value};
use values::SyntaxFault;

/// Reads a config. The report holds all faults, in the order of the text; the document holds the
/// valid parts, so that `plan::lower` can check them as well. `None` if the text is not YAML.
#[must_use]
pub fn read(name: &str, text: &str) -> (Option<Document>, Report) {
    let mut report = Report::new(name, text);
    let mut faults = Faults::default();
    let document = read_tree(text, &mut faults).map(|root| {
        let mut document = Document::default();
        let slot = sections::read(&root, &mut document, &mut faults);
        // If the text is not a map of sections, that one fault is enough.
        if matches!(root.value, Value::Map(_) | Value::Null) {
            features::read(slot, &mut document, &mut faults);
        }
        document
    });
    report.diagnostics = faults.into_vec();
    report.sort();
    (document, report)
}

/// Parses the text into values with spans. Comments that start with `//` are reported and skipped.
fn read_tree(text: &str, faults: &mut Faults) -> Option<Node> {
    let read = Node::read(text);
    let slashes = match &read {
        Ok(root) => slash::in_tree(text, root),
        Err(_) => slash::in_lines(text),
    };
    let read = if slashes.is_empty() { read } else { Node::read(&slash::repaired(text, &slashes)) };
    for at in slashes {
        faults.add(slash::fault(text, at));
    }
    match read {
        Ok(root) => Some(root),
        Err(fault) => {
            faults.add(syntax(text, &fault));
            None
        }
    }
}

fn syntax(text: &str, fault: &SyntaxFault) -> crate::diagnostic::Diagnostic {
    let mut start = fault.offset.min(text.len());
    while !text.is_char_boundary(start) {
        start -= 1;
    }
    let line_start = text[..start].rfind('\n').map_or(0, |at| at + 1);
    let line = text[line_start..].lines().next().unwrap_or_default();
    let line_before = text[..line_start].lines().next_back().unwrap_or_default();
    let (mut reason, mut known) = (fault.reason.as_str(), fault.help);
    let tab = yaml_errors::tab(text, start, reason).filter(|_| known.is_none());
    if known.is_none()
        && let Some((plain, help)) = yaml_errors::plain(reason)
    {
        (reason, known) = (plain, help);
    }
    let help = if let Some((tab, is_indent)) = tab {
        start = tab;
        reason = if is_indent { "a tab; indent with spaces" } else { "a tab; write spaces" };
        "replace the tab by spaces".to_owned()
    } else if let Some(path) = brackets::path(text, start).filter(|_| fault.help.is_none()) {
        reason = "a `[` in the middle of a text, within brackets or braces";
        format!("a path with brackets needs quotes there: `\"{path}\"`")
    } else if fault.help.is_none()
        && let Some((key, value)) = [line_before, line].into_iter().find_map(tight_colon)
    {
        format!("write a space after the `:`: `{key}: {value}`")
    } else if let Some(help) = known {
        help.to_owned()
    } else {
        "look at this place and the line before it: indentation, a missing `:`, a bracket or \
         quote that is not closed"
            .to_owned()
    };
    let end = text[start..].chars().next().map_or(start, |c| start + c.len_utf8());
    codes::YAML_SYNTAX.at(start..end, format!("not valid YAML: {reason}")).help(help)
}

/// The key and value of a line such as `type:rate`, which YAML reads as one text.
fn tight_colon(line: &str) -> Option<(&str, &str)> {
    let (key, value) = line.trim().trim_start_matches("- ").split_once(':')?;
    let is_word = key.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    let is_tight = value.starts_with(|c: char| c.is_ascii_alphanumeric());
    (!key.is_empty() && is_word && is_tight).then_some((key, value))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The first fault's code, the text it points at, and its help.
    fn first(text: &str) -> (&'static str, String, String) {
        let (_, report) = read("test", text);
        let fault = report.diagnostics.first().expect("a fault");
        let label = fault.labels.first();
        let at = label.map_or_else(String::new, |label| text[label.span.clone()].to_owned());
        (fault.code, at, fault.help.clone().unwrap_or_default())
    }

    #[test]
    fn what_is_not_yaml_is_reported_with_a_remedy() {
        for (text, help) in [
            ("features:\n\t- a\n", "replace the tab by spaces"),
            ("features:\n  - type:rate\n    name: x\n", "`type: rate`"),
            ("a: 1\n---\nb: 2\n", "remove the `---`"),
            ("a: [1, 2\n", "write `]`"),
            ("a: {b: c\n", "write `}`"),
            ("a: \"b\n", "quote"),
            ("a: {b: items[].id, c: d}\n", "needs quotes there: `\"items[].id\"`"),
            ("a:\n- {b: c,\n   d: [e, p[k=v].w]}\n", "needs quotes there: `\"p[k=v].w\"`"),
            ("a: \0\n", "UTF-8"),
        ] {
            let (code, _, suggested) = first(text);
            assert_eq!(code, "yaml-syntax", "{text:?}");
            assert!(suggested.contains(help), "{text:?}: {suggested}");
        }
    }

    /// The first fault's message, and its line and column.
    fn message(text: &str) -> (String, usize, usize) {
        let (_, report) = read("test", text);
        let fault = report.diagnostics.first().expect("a fault");
        let place = report.place(fault.labels.first().expect("a place").span.start);
        (fault.message.clone(), place.line, place.column)
    }

    #[test]
    fn a_tab_is_shown_where_it_is() {
        for (text, line, column) in [
            ("features:\n  - name: a\n\t  type: rate\n", 3, 1),
            ("features:\n\t- a\n", 2, 1),
            ("features:\n  - name: a\n  \ttype: rate\n    top: b\n", 3, 3),
            ("a:\n  b: c\n\td: e\n", 3, 1),
        ] {
            let want = ("not valid YAML: a tab; indent with spaces".to_owned(), line, column);
            assert_eq!(message(text), want, "{text:?}");
        }
    }

    #[test]
    fn what_is_not_yaml_is_reported_in_plain_words() {
        let jargon = ["while ", "scalar", "expected", "context", "token", "stream", "mapping"];
        for text in [
            "a: b: c\n",
            "a: 1\n b: 2\n",
            "a:\n  - b\n  c: d\n",
            "a: - b\n",
            "a\nb: c\n",
            "a: @b\n",
            "a: %b\n",
            "a: `b`\n",
            "a: \"b\n",
            "a: 'b\n---\n",
            "a: \"\\q\"\n",
            "a: \"\\xzz\"\n",
            "a: \"b\" c\n",
            "a: 'b' c\n",
            "a: ]\n",
            "a: [b]]\n",
            "a: {b}}\n",
            "a: [b, c: d: e]\n",
            "a: *b\n",
            "a: & b\n",
            "a: * b\n",
            "a: !<x y\n",
            "%YAML x\n---\na: b\n",
            "a: b\n...\nc: d\n",
            "a: |x\n  b\n",
            "a: b\n- c\n",
            "- a\nb: c\n",
            "a: 'b\n c: d\n",
            "? a\n b\n",
            "a: [b\nc: d]\n",
            "a:\n  b: c\n d: e\n",
            "a: {b: c, d e: f: g}\n",
        ] {
            let (_, report) = read("test", text);
            let fault = report.diagnostics.first().expect("a fault");
            if fault.code == "yaml-syntax" {
                let is_plain = jargon.iter().all(|word| !fault.message.contains(word));
                assert!(is_plain, "{text:?}: {}", fault.message);
            }
        }
    }

    #[test]
    fn a_bracket_that_is_not_closed_is_shown_where_it_was_opened() {
        for (text, bracket, line, column) in [
            ("a: 1\nb: [1, 2\nc: 3\nd: 4\n", '[', 2, 4),
            ("a:\n  - {b: [1, 2], c: d\n  - {b: [3], c: e}\n", '{', 2, 5),
            ("a:\n  - {b: [1, 2, c: d}\n  - {b: [3], c: e}\n", '[', 2, 9),
            ("# [\na: '['\nb: {c: [d, e]\n", '{', 3, 4),
            ("ä: [1, 2\nb: [3]\n", '[', 1, 4),
        ] {
            let want = (format!("not valid YAML: this `{bracket}` is not closed"), line, column);
            assert_eq!(message(text), want, "{text}");
        }
        // What is closed is not to blame.
        assert!(!message("a: [1, 2]\nb: [c: d: e]\nf: \"g\n").0.contains("is not closed"));
    }

    #[test]
    fn what_nests_too_deep_is_reported_alike_in_every_style() {
        let flow = |open: &str, deep: usize| format!("features: {}\n", open.repeat(deep));
        let block: String = (0..120).flat_map(|i| [" ".repeat(i), "a:\n".into()]).collect();
        let aliases: String = (1..120)
            .map(|i| format!("  - &a{i} [*a{}]\n", i - 1))
            .fold("a:\n  - &a0 [x]\n".to_owned(), |text, line| text + &line);
        for (text, line, column) in [
            (flow("[", 150), 1, 110),
            (flow("[", 400), 1, 110),
            (flow("[\n ", 400), 100, 2),
            (flow("{a: ", 400), 1, 407),
            (format!("{}x\n", "- ".repeat(150)), 1, 201),
            (block, 101, 101),
            (aliases, 100, 11),
        ] {
            let (found, at_line, at_column) = message(&text);
            assert_eq!(found, "not valid YAML: nested deeper than 100 levels", "{text}");
            assert_eq!((at_line, at_column), (line, column), "{text}");
        }
    }

    #[test]
    fn control_characters_are_shown_where_they_are() {
        for (text, sign, column) in [
            ("a: 1\nb: 2 # \u{1b}[0m\n", "the control character U+001B", 8),
            ("a: 1\nä: \"\u{7f}\"\n", "the control character U+007F", 5),
            ("\u{feff}a: 1\nb: \u{0}\n", "a NUL byte", 4),
            ("a: 1\nb: \u{feff}\n", "the control character U+FEFF", 4),
        ] {
            assert_eq!(message(text), (format!("not valid YAML: {sign}"), 2, column), "{text:?}");
        }
        assert_eq!(
            read("test", "features: []\n# \u{85}\u{a0}\u{1f600}\u{fffd}\n")
                .1
                .count(crate::diagnostic::Severity::Error),
            1
        );
    }

    #[test]
    fn faults_point_at_what_is_written() {
        for (text, code, at) in [
            ("features: {a: b}", "wrong-kind", "{a: b}"),
            ("[features]", "wrong-kind", "[features]"),
            ("fetures: []", "unknown-member", "fetures"),
            ("defaults: {ttl: ä}\nfeatures: []", "bad-duration", "ä"),
            ("features: [{name: x, type: rat}]", "unknown-type", "rat"),
            ("features:\n", "no-features", "features"),
            ("", "no-features", ""),
        ] {
            let (found, span, _) = first(text);
            assert_eq!((found, span.as_str()), (code, at), "{text:?}");
        }
    }

    #[test]
    fn aliases_and_merges_are_read_as_written_out() {
        let text = "features:\n  - &base {name: a, type: interaction_count, scope: &s [x, y], \
                    interaction: click}\n  - {<<: *base, name: b}\n  - {<<: *base, name: c, \
                    scope: *s}\n";
        let (document, report) = read("test", text);
        assert_eq!(report.diagnostics, []);
        let features = document.unwrap().features;
        let scopes = features.iter().map(|feature| match &feature.body {
            Body::InteractionCount { group, .. } => group.scope.value.join(" "),
            other => panic!("{other:?}"),
        });
        assert_eq!(scopes.collect::<Vec<_>>(), ["x y", "x y", "x y"]);
        assert_eq!(features.iter().map(|f| f.line).collect::<Vec<_>>(), [2, 3, 4]);
    }
}
