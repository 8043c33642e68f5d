//! Diagnostics: a fault as a value, with a code, a severity, a message, labels on byte spans of the
//! source, and a help that says what to write. It knows neither YAML nor the terminal.

use std::ops::Range;
use std::sync::Arc;

use crate::base::quantity::counted;

pub mod codes;
mod faults;
mod github;
pub mod lints;
mod render;
mod sarif;

pub use faults::{Faults, distance, nearest};
pub use github::github;
pub use lints::{Level, LintSettings};
pub use render::{faults_of_first, json, text, text_of_first, value, values};
pub use sarif::sarif;

/// The severity of a diagnostic.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// The config cannot be used.
    Error,
    /// The config can be used, but probably does not mean what its author wants.
    Warning,
    /// Information: a skipped section, a detected unit.
    Note,
}

/// A span of the source and a message about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Label {
    /// The span, in bytes of the source's text.
    pub span: Range<usize>,
    /// The message at the span; may be empty.
    pub message: String,
}

/// One diagnostic.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// The stable code, such as `unknown-member`; each has a page in `docs/diagnostics/`.
    pub code: &'static str,
    /// Its severity.
    pub severity: Severity,
    /// What is wrong, in one sentence without a full stop.
    pub message: String,
    /// The spans; the first label is the primary one. Empty for a fault of the whole file.
    pub labels: Vec<Label>,
    /// What to write instead, or what to do.
    pub help: Option<String>,
}

/// All diagnostics of one source.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// The source's name for people: a path or `<quickstart>`.
    pub name: String,
    /// The source's text, to which the spans refer.
    pub text: Arc<str>,
    /// The diagnostics, in the order of the source.
    pub diagnostics: Vec<Diagnostic>,
}

/// A position for people.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// The line, from 1.
    pub line: usize,
    /// The column in characters, from 1.
    pub column: usize,
}

impl Diagnostic {
    /// The diagnostic with a help.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// The diagnostic with another label.
    #[must_use]
    pub fn label(mut self, span: Range<usize>, message: impl Into<String>) -> Self {
        self.labels.push(Label { span, message: message.into() });
        self
    }
}

impl Report {
    /// An empty report on a source.
    #[must_use]
    pub fn new(name: impl Into<String>, text: impl Into<Arc<str>>) -> Self {
        Self { name: name.into(), text: text.into(), diagnostics: Vec::new() }
    }

    /// True if the config cannot be used.
    #[must_use]
    pub fn has_errors(&self) -> bool {
        self.count(Severity::Error) > 0
    }

    /// The number of diagnostics of this severity.
    #[must_use]
    pub fn count(&self, severity: Severity) -> usize {
        self.diagnostics.iter().filter(|d| d.severity == severity).count()
    }

    /// The counts in words: `2 errors, 1 warning`; empty if there are none.
    #[must_use]
    pub fn counts(&self) -> String {
        let kinds =
            [(Severity::Error, "error"), (Severity::Warning, "warning"), (Severity::Note, "note")];
        let counts = kinds.into_iter().map(|(severity, word)| (self.count(severity), word));
        let counts = counts.filter(|(count, _)| *count > 0);
        let words: Vec<String> = counts.map(|(count, word)| counted(count, word)).collect();
        words.join(", ")
    }

    /// Sorts the diagnostics by their primary spans; those of the whole file come first.
    pub fn sort(&mut self) {
        self.diagnostics.sort_by_key(|d| d.labels.first().map(|label| label.span.start));
    }

    /// The line and column of a byte offset; for offsets beyond the text, those of its end.
    #[must_use]
    pub fn place(&self, offset: usize) -> Place {
        Lines::new(&self.text).place(offset)
    }
}

/// The line starts of a text, computed once for many positions.
struct Lines<'t> {
    text: &'t str,
    starts: Vec<usize>,
}

impl<'t> Lines<'t> {
    fn new(text: &'t str) -> Self {
        let starts = [0].into_iter().chain(text.match_indices('\n').map(|(at, _)| at + 1));
        Self { text, starts: starts.collect() }
    }

    fn place(&self, offset: usize) -> Place {
        let mut end = offset.min(self.text.len());
        while !self.text.is_char_boundary(end) {
            end -= 1;
        }
        let line = self.starts.partition_point(|start| *start <= end);
        let start = self.starts[line.max(1) - 1];
        Place { line: line.max(1), column: self.text[start..end].chars().count() + 1 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_count_from_one_in_characters() {
        let report = Report::new("x", "aä\r\nb\n");
        let places = [0, 1, 2, 3, 5, 6, 7, 99].map(|offset| {
            let Place { line, column } = report.place(offset);
            (line, column)
        });
        let want = [(1, 1), (1, 2), (1, 2), (1, 3), (2, 1), (2, 2), (3, 1), (3, 1)];
        assert_eq!(places, want);
        assert_eq!(Report::new("x", "").place(0), Place { line: 1, column: 1 });
    }
}
