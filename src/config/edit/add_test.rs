//! A test added behind the others, or as the first one of a config.

use super::addition::is_only_addition;
use super::{EditError, Edited};
use crate::config::format::has_crlf;
use crate::config::node::{Node, Value};

/// The section.
const TESTS: &str = "tests";

/// The text with one more test, called `name`, behind those that there are. `element` is it as an
/// element of the list, indented by two blanks.
///
/// # Errors
/// Where the text has faults, or its tests are written such that none can be added without a change
/// to others.
pub fn add_test(text: &str, name: &str, element: &str) -> Result<Edited, EditError> {
    let root = Node::read(text).map_err(|_| EditError::Faulty)?;
    let ends = if has_crlf(text) { "\r\n" } else { "\n" };
    let layout = || EditError::Section(TESTS);
    let (at, indent, lead, count) = match root.get(TESTS).map(|list| (list, &list.value)) {
        Some((list, Value::List(tests))) if !text[list.span.clone()].starts_with('[') => {
            let last = tests.last().ok_or_else(layout)?;
            let (indent, is_spaced) = dash(text, last.span.start).ok_or_else(layout)?;
            let lead = if is_spaced { format!("{ends}{ends}") } else { ends.to_owned() };
            (line_end(text, last.span.end), indent, lead, tests.len())
        }
        None => {
            let lead = if text.trim().is_empty() { String::new() } else { format!("{ends}{ends}") };
            (text.trim_end().len(), 2, format!("{lead}{TESTS}:{ends}"), 0)
        }
        Some(_) => return Err(layout()),
    };
    let moved =
        |line: &str| format!("{}{}", " ".repeat(indent), line.strip_prefix("  ").unwrap_or(line));
    let lines: Vec<String> = element.lines().map(moved).collect();
    let rest = &text[at..];
    let end = if rest.is_empty() { ends } else { "" };
    let edited = [&text[..at], &lead, &lines.join(ends), end, rest].concat();
    let after = Node::read(&edited).map_err(|_| layout())?;
    if !is_only_addition((&root, &after), TESTS, (count, None)) {
        return Err(layout());
    }
    let line = 1 + edited[..at + lead.len()].matches('\n').count();
    Ok(Edited { text: edited, added: name.to_owned(), line })
}

/// How far the dash of an element is indented, and whether an empty line is above it; `None` if it
/// does not begin its line.
fn dash(text: &str, start: usize) -> Option<(usize, bool)> {
    let before = text[..start].trim_end();
    let dash = before.strip_suffix('-')?.len();
    let line = before.rfind('\n').map_or(0, |end| end + 1);
    let is_first = text[line..dash].bytes().all(|byte| byte == b' ');
    let is_spaced = text[..line].lines().next_back().is_some_and(|above| above.trim().is_empty());
    is_first.then_some((dash - line, is_spaced))
}

/// The end of the line of a byte, without its line end.
fn line_end(text: &str, at: usize) -> usize {
    let end = text[at..].find('\n').map_or(text.len(), |end| at + end);
    text[..end].strip_suffix('\r').unwrap_or(&text[..end]).len()
}

#[cfg(test)]
mod tests {
    use super::*;

    const ELEMENT: &str = "  - name: new\n    events: []\n    expect: [{at: 1d, a: 1}]";
    const HEAD: &str = "features: # all\n  - {name: a, type: counter, scope: global}\n";

    fn added(text: &str) -> String {
        add_test(text, "new", ELEMENT).unwrap_or_else(|error| panic!("{error}: {text}")).text
    }

    #[test]
    fn a_test_stands_behind_the_others_in_their_layout() {
        let want = format!("{HEAD}\ntests:\n{ELEMENT}\n");
        for text in [HEAD.to_owned(), format!("{HEAD}\n\n"), HEAD.trim_end().to_owned()] {
            assert_eq!(added(&text).trim_end(), want.trim_end());
        }
        let old = "- name: old\n  events: [] # none\n  expect: [{at: 0s, a: missing}] # nothing\n";
        let element = ELEMENT.replace("\n  ", "\n");
        let text = format!("{HEAD}tests:\n{old}# the end\nlints: {{}}\n");
        let want = format!("{HEAD}tests:\n{old}{}\n# the end\nlints: {{}}\n", element.trim_start());
        assert_eq!(added(&text), want);
        assert_eq!(added(&text.replace('\n', "\r\n")), want.replace('\n', "\r\n"));
        let spaced = added(&format!("{HEAD}tests:\n{old}\n{old}"));
        assert!(spaced.contains("# nothing\n\n- name: new\n  events: []\n"), "{spaced}");
        let edited = add_test(&text, "new", ELEMENT).unwrap();
        assert_eq!((&*edited.added, edited.line), ("new", 7));
    }

    #[test]
    fn what_cannot_be_added_to_is_refused() {
        for (text, error) in [
            ("features: [", EditError::Faulty),
            ("{features: [{name: a}]}", EditError::Section("tests")),
            ("features: []\ntests: [{name: a}]\n", EditError::Section("tests")),
            ("features: []\ntests: nothing\n", EditError::Section("tests")),
            ("a: &a\n  - {name: b}\ntests: *a\n", EditError::Section("tests")),
        ] {
            assert_eq!(add_test(text, "new", ELEMENT), Err(error), "{text}");
        }
    }
}
