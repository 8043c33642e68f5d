//! A report as text with the source's lines and carets, and as JSON. It must not know where the
//! text goes: no terminal is asked for its width or its colours.

use std::ops::Range;

use annotate_snippets::{AnnotationKind, Group, Level, Origin, Renderer, Snippet};
use serde_json::{Value, json};

use super::{Diagnostic, Lines, Report, Severity};

/// The report for people: each fault with its code, place, source line, caret and help, and a
/// line of counts at the end. `styled` adds terminal colours. Empty for an empty report.
#[must_use]
pub fn text(report: &Report, styled: bool) -> String {
    let renderer = if styled { Renderer::styled() } else { Renderer::plain() };
    let lines = Lines::new(&report.text);
    let mut text = String::new();
    for diagnostic in &report.diagnostics {
        text.push_str(&renderer.render(&groups(report, &lines, diagnostic)));
        text.push_str("\n\n");
    }
    if !report.diagnostics.is_empty() {
        text.push_str(&summary(report));
        text.push('\n');
    }
    text
}

/// The report for programs, one JSON object: `name`, and `diagnostics` with `code`, `severity`,
/// `message`, `help`, and `line`, `column` and `end` of the primary place (all from 1, columns in
/// characters), null for a fault of the whole file.
#[must_use]
pub fn json(report: &Report) -> String {
    json!({"name": report.name, "diagnostics": values(report)}).to_string()
}

/// The faults of a report as the objects of [`json()`].
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
            json!({
                "code": diagnostic.code,
                "severity": word(diagnostic.severity),
                "message": diagnostic.message,
                "line": start.map(|place| place.line),
                "column": start.map(|place| place.column),
                "end": end.map(|place| json!({"line": place.line, "column": place.column})),
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
    let title = level.primary_title(diagnostic.message.as_str()).id(diagnostic.code);
    let mut group = Group::with_title(title);
    if diagnostic.labels.is_empty() {
        group = group.element(Origin::path(report.name.as_str()));
    } else {
        // Only the lines between the labels: a long source is not searched for each fault.
        let shown = lines_of(&report.text, diagnostic);
        let mut snippet = Snippet::source(&report.text[shown.clone()])
            .line_start(lines.place(shown.start).line)
            .path(report.name.as_str());
        for (i, label) in diagnostic.labels.iter().enumerate() {
            let kind = if i == 0 { AnnotationKind::Primary } else { AnnotationKind::Context };
            let span = on_one_line(&report.text, &label.span);
            let mut annotation = kind.span(span.start - shown.start..span.end - shown.start);
            if !label.message.is_empty() {
                annotation = annotation.label(label.message.as_str());
            }
            snippet = snippet.annotation(annotation);
        }
        group = group.element(snippet);
    }
    if let Some(help) = &diagnostic.help {
        group = group.element(Level::HELP.message(help.as_str()));
    }
    vec![group]
}

/// The whole lines that a fault's labels start on, and those between them.
fn lines_of(text: &str, diagnostic: &Diagnostic) -> Range<usize> {
    let spans = || diagnostic.labels.iter().map(|label| on_one_line(text, &label.span));
    let start = spans().map(|span| span.start).min().unwrap_or(0);
    let end = spans().map(|span| span.end).max().unwrap_or(0);
    let start = text[..start].rfind('\n').map_or(0, |at| at + 1);
    start..text[end..].find('\n').map_or(text.len(), |at| end + at)
}

/// The part of a span that lies on its first line, on character boundaries of the text: a caret
/// under the start of a long block says as much as a frame around it.
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
            codes::BAD_DURATION.at(35..38, "`5 y` is no duration").label(14..19, "of this feature"),
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
