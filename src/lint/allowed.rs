//! What a config allows: in its section `lints`, and in comments at the place:
//!
//! ```yaml
//! - name: ctr   # allow: small-divisor
//! ```
//!
//! A comment holds for the warnings of its own line. Alone on its line it holds for the next one; and
//! above the first line of an entry of `features`, or in it, for the whole entry.

use std::ops::Range;

use crate::config::Document;
use crate::diagnostic::{Diagnostic, Level, LintSettings, Severity, codes, lints, nearest};

use super::{Declared, Findings};

/// The word that begins such a comment.
const WORD: &str = "allow:";

/// Takes out the diagnostics that are allowed. Errors stay.
pub fn allow(
    diagnostics: &mut Vec<Diagnostic>,
    document: &Document,
    text: &str,
    settings: &LintSettings,
) {
    let comments = Comments::new(text, document);
    diagnostics.retain(|found| {
        let at = found.labels.first().map(|label| label.span.start);
        let by_comment = at.is_some_and(|at| comments.allow(found.code, at));
        let by_section = settings.level(found.code) == Some(Level::Allow);
        found.severity == Severity::Error || !(by_comment || by_section)
    });
}

/// Makes errors of the diagnostics whose codes are denied, and of all warnings if `warnings` says so.
pub fn deny(diagnostics: &mut [Diagnostic], settings: &LintSettings, warnings: bool) {
    let is_denied = |found: &Diagnostic| {
        settings.level(found.code) == Some(Level::Deny)
            || warnings && found.severity == Severity::Warning
    };
    for found in diagnostics.iter_mut().filter(|found| is_denied(found)) {
        found.severity = Severity::Error;
    }
}

/// A comment that allows codes, by their places, within a range of the text.
struct Comment {
    codes: Vec<Range<usize>>,
    holds: Range<usize>,
}

/// The comments of a config that allow codes.
#[derive(Default)]
pub(super) struct Comments<'t>(&'t str, Vec<Comment>);

impl<'t> Comments<'t> {
    pub(super) fn new(text: &'t str, document: &Document) -> Self {
        Self(text, if text.contains(WORD) { comments(text, document) } else { Vec::new() })
    }

    /// Whether a code is allowed at a byte of the text.
    pub(super) fn allow(&self, code: &str, at: usize) -> bool {
        let Self(text, comments) = self;
        let allows = |comment: &Comment| comment.codes.iter().any(|it| text[it.clone()] == *code);
        comments.iter().any(|comment| comment.holds.contains(&at) && allows(comment))
    }
}

fn comments(text: &str, document: &Document) -> Vec<Comment> {
    let mut starts: Vec<usize> = vec![0];
    starts.extend(text.match_indices('\n').map(|(at, _)| at + 1));
    let line = |number: usize| {
        let end = starts.get(number + 1).copied().unwrap_or(text.len());
        starts.get(number).map_or(text.len()..text.len(), |start| *start..end)
    };
    // The entries of `features`, from their first line to that of the next one.
    let firsts: Vec<usize> = document.entries.iter().map(|it| it.line.max(1) - 1).collect();
    let entry_of = |number: usize| {
        let place = firsts.iter().position(|first| *first == number)?;
        let end = firsts.get(place + 1).map_or(text.len(), |next| line(*next).start);
        Some(line(number).start..end)
    };
    let mut found = Vec::new();
    for comment in crate::config::comments(text) {
        let Some(codes) = allowing(text, &comment) else { continue };
        let number = starts.partition_point(|start| *start <= comment.start).saturating_sub(1);
        let of = if text[line(number).start..comment.start].trim().is_empty() {
            // The next line that says something.
            let says = |it: &usize| {
                let line = text[line(*it)].trim();
                !line.is_empty() && !line.starts_with('#')
            };
            (number + 1..starts.len()).find(says).unwrap_or(number)
        } else {
            number
        };
        found.push(Comment { codes, holds: entry_of(of).unwrap_or_else(|| line(of)) });
    }
    found
}

/// The codes that a comment allows, each with its place: what follows the word, until one that is none.
/// `None` if the comment does not allow any.
fn allowing(text: &str, comment: &Range<usize>) -> Option<Vec<Range<usize>>> {
    let whole = &text[comment.clone()];
    // It may follow another one: `# it is so # allow: CODE`.
    let mut hashes = whole.match_indices('#').map(|(at, _)| at);
    let codes = hashes.find_map(|at| whole[at + 1..].trim_start().strip_prefix(WORD))?;
    let start = comment.end - codes.len();
    let is_letter = |c: char| c.is_ascii_alphanumeric() || c == '-';
    let mut found = Vec::new();
    let mut at = 0;
    for word in codes.split(|c: char| !is_letter(c)) {
        if !word.is_empty() {
            found.push(start + at..start + at + word.len());
        }
        // The letter between words may be one of several bytes.
        at += word.len();
        at += codes[at..].chars().next().map_or(0, char::len_utf8);
    }
    Some(found)
}

/// Comments that allow what is no lint. What follows the codes may be words that say why.
pub(super) fn unknown(config: &Declared<'_>, findings: &mut Findings<'_>) {
    for comment in crate::config::comments(config.text) {
        let codes = allowing(config.text, &comment).unwrap_or_default();
        for (number, place) in codes.into_iter().enumerate() {
            let word = &config.text[place.clone()];
            let is_meant = || nearest(word, codes::ALL.iter().map(|code| code.name)).is_some();
            if let Err(what) = lints::lint(word)
                && (number == 0 || is_meant())
            {
                let help = "`counterscope check --explain` lists the codes";
                findings.add_whole(codes::UNKNOWN_LINT.at(place, what).help(help));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config;

    /// The names of the features whose names are still warned of.
    fn left(text: &str, settings: &LintSettings, warnings: bool) -> (Vec<String>, usize) {
        let document = config::read("test", text).0.unwrap();
        let names = || document.features.iter().map(|feature| feature.name.clone());
        let mut found: Vec<Diagnostic> =
            names().map(|name| codes::SMALL_DIVISOR.at(name.span, "small")).collect();
        found.push(codes::BAD_FILTER.at(0..1, "an error"));
        allow(&mut found, &document, text, settings);
        deny(&mut found, settings, warnings);
        assert_eq!(found.pop().map(|fault| fault.code), Some("bad-filter"));
        let told = found.iter().map(|fault| text[fault.labels[0].span.clone()].to_owned());
        (told.collect(), found.iter().filter(|it| it.severity == Severity::Error).count())
    }

    const FEATURE: &str = "type: interaction_count, scope: item, interaction: click";

    #[test]
    fn comments_hold_for_their_line_or_entry() {
        let text = format!(
            "features:\n\
             # allow: small-divisor\n\
             \n\
             - {{name: a, {FEATURE}}}\n\
             - {{name: b, {FEATURE}}}   # it is so; allow: small-divisor\n\
             - {{name: c, {FEATURE}}}   # allow: same-values, small-divisor: few\n\
             - type: interaction_count # allow: small-divisor\n  scope: item\n  name: d\n  interaction: x\n\
             - type: interaction_count\n  scope: item # allow: small-divisor\n  name: e\n  interaction: x\n\
             - type: interaction_count\n  scope: item\n  # allow: small-divisor\n  name: f\n  interaction: x\n\
             - {{name: g, {FEATURE}, description: \"not # allow: small-divisor\"}}\n\
             - type: interaction_count\n  description: |\n    # allow: small-divisor\n  name: h\n  scope: item\n  \
             interaction: x\n\
             - {{name: i, {FEATURE}}}   # it is so # allow: small-divisor\n"
        );
        assert_eq!(left(&text, &LintSettings::default(), false).0, ["b", "e", "g", "h"]);
    }

    #[test]
    fn a_section_allows_and_denies() {
        let text = format!("features:\n- {{name: a, {FEATURE}}}\n- {{name: b, {FEATURE}}}\n");
        let of = |level, warnings| {
            let mut settings = LintSettings::default();
            settings.set_level(codes::SMALL_DIVISOR, level);
            left(&text, &settings, warnings)
        };
        let both = || vec!["a".to_owned(), "b".to_owned()];
        assert_eq!(of(Level::Allow, true), (vec![], 0));
        assert_eq!(of(Level::Warn, false), (both(), 0));
        assert_eq!(of(Level::Deny, false), (both(), 2));
        assert_eq!(of(Level::Warn, true), (both(), 2));
    }
}
