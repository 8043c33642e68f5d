//! A fault as a value: a code, a severity, a message, labels on byte spans of the source, and a
//! help that says what to write. It must not know YAML or the terminal.

use std::ops::Range;
use std::sync::Arc;

use crate::base::quantity::counted;

pub mod codes;
mod faults;
mod render;

pub use faults::{Faults, nearest};
pub use render::{faults_of_first, json, text, text_of_first, value, values};

/// How much a fault matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// The config cannot be used.
    Error,
    /// The config can be used, but probably does not mean what its author wants.
    Warning,
    /// Something worth knowing: a skipped section, a detected unit.
    Note,
}

/// A place in the source and what is to be said of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Label {
    /// Byte offsets into the source's text.
    pub span: Range<usize>,
    /// What is said there; may be empty.
    pub message: String,
}

/// One fault.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// The stable code, such as `unknown-member`; each has a page in `docs/diagnostics/`.
    pub code: &'static str,
    /// How much it matters.
    pub severity: Severity,
    /// What is wrong, in one sentence without a full stop.
    pub message: String,
    /// Where; the first label is the primary one. Empty for a fault of the whole file.
    pub labels: Vec<Label>,
    /// What to write instead, or what to do.
    pub help: Option<String>,
}

/// All faults of one source.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// The source's name as the user knows it: a path or `<quickstart>`.
    pub name: String,
    /// The source's text, which the labels' spans point into.
    pub text: Arc<str>,
    /// The faults, in the order of the source.
    pub diagnostics: Vec<Diagnostic>,
}

/// A place for people: both count from 1, columns in characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// The line, from 1.
    pub line: usize,
    /// The column in characters, from 1.
    pub column: usize,
}

impl Diagnostic {
    /// The same fault, with a help.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// The same fault, with a further place.
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

    /// Whether anything in it forbids using the config.
    #[must_use]
    pub fn has_errors(&self) -> bool {
        self.count(Severity::Error) > 0
    }

    /// How many faults of this severity it holds.
    #[must_use]
    pub fn count(&self, severity: Severity) -> usize {
        self.diagnostics.iter().filter(|d| d.severity == severity).count()
    }

    /// How many faults it holds, in words: `2 errors, 1 warning`; empty where there are none.
    #[must_use]
    pub fn counts(&self) -> String {
        let kinds =
            [(Severity::Error, "error"), (Severity::Warning, "warning"), (Severity::Note, "note")];
        let counts = kinds.into_iter().map(|(severity, word)| (self.count(severity), word));
        let counts = counts.filter(|(count, _)| *count > 0);
        let words: Vec<String> = counts.map(|(count, word)| counted(count, word)).collect();
        words.join(", ")
    }

    /// Puts the faults into the order of the source; those of the whole file come first.
    pub fn sort(&mut self) {
        self.diagnostics.sort_by_key(|d| d.labels.first().map(|label| label.span.start));
    }

    /// Line and column of a byte offset of the text; the end of the text for offsets beyond it.
    #[must_use]
    pub fn place(&self, offset: usize) -> Place {
        Lines::new(&self.text).place(offset)
    }
}

/// A text's lines, found once for many places.
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
