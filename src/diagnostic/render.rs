//! Rendering of reports: as text with the source's lines and carets, and as JSON. The terminal's
//! width and colours are never queried.

use std::borrow::Cow;
use std::ops::Range;

use annotate_snippets::{AnnotationKind, Group, Level, Origin, Renderer, Snippet};
use serde_json::{Value, json};

use crate::base::escape::{self, printable};

use super::{Diagnostic, Lines, Report, Severity};

/// The report for people: each diagnostic with its code, position, source line, caret and help, and
/// a line of counts at the end. `styled` adds terminal colours; source, name and messages are
/// escaped. Empty for an empty report.
#[must_use]
pub fn text(report: &Report, styled: bool) -> String {
    text_of_first(report, usize::MAX, styled)
}

/// The report for people with at most `most` of its diagnostics, the most severe first. The counts
/// at the end are of all.
#[must_use]
pub fn text_of_first(report: &Report, most: usize, styled: bool) -> String {
    let mut text = faults_of_first(report, most, styled);
    if !report.diagnostics.is_empty() {
        text.push_str(&summary(report));
        text.push('\n');
    }
    text
}

/// The same without the counts, for a command that counts them with others.
#[must_use]
pub fn faults_of_first(report: &Report, most: usize, styled: bool) -> String {
    let renderer = if styled { Renderer::styled() } else { Renderer::plain() };
    let lines = Lines::new(&report.text);
    let mut text = String::new();
    let mut shown: Vec<(usize, &Diagnostic)> = report.diagnostics.iter().enumerate().collect();
    shown.sort_by_key(|(_, diagnostic)| diagnostic.severity);
    shown.truncate(most);
    shown.sort_by_key(|(number, _)| *number);
    for (_, diagnostic) in shown {
        text.push_str(&renderer.render(&groups(report, &lines, diagnostic)));
        text.push_str("\n\n");
    }
    text
}

/// The report for programs, one JSON object: `name`, and `diagnostics` with `code`, `severity`,
/// `message`, `help`, and `line`, `column` and `end` of the primary span (all from 1, columns in
/// characters), null for a fault of the whole file; `others` are further places, each with a message.
#[must_use]
pub fn json(report: &Report) -> String {
    escape::json(&value(report).to_string()).into_owned()
}

/// The object of [`json()`].
#[must_use]
pub fn value(report: &Report) -> Value {
    json!({"name": report.name, "diagnostics": values(report)})
}

/// The diagnostics of a report as the objects of [`json()`].
#[must_use]
pub fn values(report: &Report) -> Vec<Value> {
    let lines = Lines::new(&report.text);
    report
        .diagnostics
        .iter()
        .map(|diagnostic| {
            let span = diagnostic.labels.first().map(|label| &label.span);
            let start = span.map(|span| lines.place(span.start));
            let end = span.map(|span| lines.place(span.end));
            let others: Vec<Value> = diagnostic
                .labels
                .iter()
                .skip(1)
                .map(|label| {
                    let place = lines.place(label.span.start);
                    json!({"line": place.line, "column": place.column, "message": label.message})
                })
                .collect();
            json!({
                "code": diagnostic.code,
                "severity": word(diagnostic.severity),
                "message": diagnostic.message,
                "line": start.map(|place| place.line),
                "column": start.map(|place| place.column),
                "end": end.map(|place| json!({"line": place.line, "column": place.column})),
                "others": others,
                "help": diagnostic.help,
            })
        })
        .collect()
}

fn groups<'r>(report: &'r Report, lines: &Lines<'_>, diagnostic: &'r Diagnostic) -> Vec<Group<'r>> {
    let level = match diagnostic.severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
        Severity::Note => Level::NOTE,
    };
    let title = level.primary_title(printable(&diagnostic.message)).id(diagnostic.code);
    let mut group = Group::with_title(title);
    let name = printable(&report.name);
    if diagnostic.labels.is_empty() {
        group = group.element(Origin::path(name));
    } else {
        // Only the lines between the labels: a long source is not scanned for each diagnostic.
        let shown = lines_of(&report.text, diagnostic);
        let source = escaped(&report.text[shown.clone()]);
        // Maps an offset of the text to the escaped lines.
        let moved = |at: usize| {
            let mut at = escaped(&report.text[shown.start..at]).len().min(source.len());
            while !source.is_char_boundary(at) {
                at -= 1;
            }
            at
        };
        let mut annotations = Vec::new();
        for (i, label) in diagnostic.labels.iter().enumerate() {
            let kind = if i == 0 { AnnotationKind::Primary } else { AnnotationKind::Context };
            let span = on_one_line(&report.text, &label.span);
            let mut annotation = kind.span(moved(span.start)..moved(span.end));
            if !label.message.is_empty() {
                annotation = annotation.label(printable(&label.message));
            }
            annotations.push(annotation);
        }
        let line = lines.place(shown.start).line;
        let snippet = Snippet::source(source).line_start(line).path(name);
        group = group.element(snippet.annotations(annotations));
    }
    if let Some(help) = &diagnostic.help {
        group = group.element(Level::HELP.message(printable(help)));
    }
    vec![group]
}

/// Lines of the source, escaped except for line ends and tabs.
fn escaped(source: &str) -> Cow<'_, str> {
    let is_plain = |c: char| matches!(c, '\n' | '\t') || escape::is_printable(c);
    if source.chars().all(is_plain) {
        return Cow::Borrowed(source);
    }
    let mut escaped = String::with_capacity(source.len() + 16);
    for piece in source.split_inclusive(['\n', '\t']) {
        let kept = ["\r\n", "\n", "\t"].into_iter().find(|end| piece.ends_with(end));
        let kept = kept.unwrap_or_default();
        escaped.push_str(&printable(&piece[..piece.len() - kept.len()]));
        escaped.push_str(kept);
    }
    Cow::Owned(escaped)
}

/// The whole lines from the first to the last on which a label starts.
fn lines_of(text: &str, diagnostic: &Diagnostic) -> Range<usize> {
    let spans = || diagnostic.labels.iter().map(|label| on_one_line(text, &label.span));
    let start = spans().map(|span| span.start).min().unwrap_or(0);
    let end = spans().map(|span| span.end).max().unwrap_or(0);
    let start = text[..start].rfind('\n').map_or(0, |at| at + 1);
    start..text[end..].find('\n').map_or(text.len(), |at| end + at)
}

/// The part of a span on its first line, on character boundaries: a caret under the start of a long
/// block says as much as a frame around it.
fn on_one_line(text: &str, span: &Range<usize>) -> Range<usize> {
    let mut start = span.start.min(text.len());
    while !text.is_char_boundary(start) {
        start -= 1;
    }
    let mut end = span.end.clamp(start, text.len());
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    let line = text[start..end].find(['\n', '\r']).map_or(end, |i| start + i);
    start..line
}

fn summary(report: &Report) -> String {
    [Severity::Error, Severity::Warning, Severity::Note]
        .into_iter()
        .filter_map(|severity| match report.count(severity) {
            0 => None,
            1 => Some(format!("1 {}", word(severity))),
            several => Some(format!("{several} {}s", word(severity))),
        })
        .collect::<Vec<_>>()
        .join(", ")
}

const fn word(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Note => "note",
    }
}

#[cfg(test)]
mod tests {
    use super::super::codes;
    use super::*;

    fn report() -> Report {
        let mut report = Report::new("counters.yaml", "features:\n  - näme: x\n    bucket: 5 y\n");
        report.diagnostics = vec![
            codes::UNKNOWN_MEMBER.at(14..19, "there is no `näme`").help("write `name`"),
            codes::BAD_DURATION
                .at(35..38, "`5 y` is not a duration")
                .label(14..19, "of this feature"),
        ];
        report
    }

    #[test]
    fn the_text_shows_place_line_and_caret() {
        let text = text(&report(), false);
        for line in [
            "error[unknown-member]: there is no `näme`",
            " --> counters.yaml:2:5",
            "2 |   - näme: x",
            "  |     ^^^^",
            "= help: write `name`",
            " --> counters.yaml:3:13",
            "2 errors",
        ] {
            assert!(text.contains(line), "{line:?} is not in\n{text}");
        }
        assert!(!text.contains('\u{1b}'), "plain text has no escapes");
    }

    #[test]
    fn styled_text_has_colours() {
        assert!(super::text(&report(), true).contains('\u{1b}'));
    }

    #[test]
    fn what_a_terminal_would_obey_is_escaped_wherever_it_stands() {
        let hostile = "\u{1b}]0;T\u{7}\r\u{9b}2J\u{85}\u{2028}\u{202e}\u{ad}";
        let text = format!("a: 1\r\n{hostile}b:\t{hostile}\n\r\n{hostile}");
        let mut report = Report::new(hostile, text.as_str());
        for start in (0..text.len()).filter(|at| text.is_char_boundary(*at)) {
            report.diagnostics.push(
                codes::WRONG_KIND
                    .at(start..start + 9, format!("message {hostile}\n"))
                    .label(0..start, format!("label {hostile}\n"))
                    .help(format!("help {hostile}\n")),
            );
        }
        let shown = printable(hostile);
        let plain = super::text(&report, false);
        for place in [&*format!("message {shown}\\n"), "label", "help", &format!(" {shown}b:")] {
            assert!(plain.contains(place), "{place} is not in\n{plain}");
        }
        // Styles are the program's own, and no style looks like what the report holds.
        let styled = super::text(&report, true);
        let styles = regex::Regex::new("\u{1b}\\[[0-9;]*m").unwrap();
        for text in [plain.as_str(), &styles.replace_all(&styled, "")] {
            assert!(text.chars().all(|c| c == '\n' || escape::is_printable(c)), "{text:?}");
        }
        let json = json(&report);
        assert!(!json.contains(['\u{1b}', '\u{85}', '\u{9b}', '\u{2028}']), "{json}");
    }

    #[test]
    fn of_many_faults_the_gravest_are_shown() {
        let mut report = Report::new("x", "a\nb\nc\nd\n");
        report.diagnostics = vec![
            codes::SKIPPED.at(0..1, "a note"),
            codes::WRONG_KIND.at(2..3, "an error"),
            codes::SKIPPED.at(4..5, "another note"),
            codes::WRONG_KIND.at(6..7, "another error"),
        ];
        let text = text_of_first(&report, 3, false);
        let places = ["a note", "an error", "another error", "2 errors, 2 notes\n"];
        let found: Vec<_> = places.iter().map(|place| text.find(place).unwrap()).collect();
        assert!(found.is_sorted() && !text.contains("another note"), "{text}");
    }

    #[test]
    fn json_counts_characters_from_one() {
        let value: Value = serde_json::from_str(&json(&report())).unwrap();
        let first = &value["diagnostics"][0];
        assert_eq!(value["name"], "counters.yaml");
        assert_eq!((first["line"].as_u64(), first["column"].as_u64()), (Some(2), Some(5)));
        assert_eq!(first["end"]["column"], 9);
        assert_eq!(first["help"], "write `name`");
        assert_eq!(value["diagnostics"][1]["help"], Value::Null);
    }

    #[test]
    fn any_span_is_rendered() {
        let mut report = Report::new("x", "ä\r\nb");
        for span in [0..1, 1..2, 0..99, 98..99, 2..4, 5..5] {
            report.diagnostics = vec![codes::WRONG_KIND.at(span, "odd")];
            assert!(text(&report, false).contains("odd"));
            assert!(json(&report).contains("odd"));
        }
        report.text = "".into();
        assert!(text(&report, false).contains("odd"));
        report.diagnostics = vec![codes::NO_FEATURES.at_all([], "nothing there")];
        let text = text(&report, false);
        assert!(text.contains("nothing there") && text.contains("--> x"), "{text}");
        assert_eq!(super::text(&Report::new("x", ""), true), "");
    }
}
