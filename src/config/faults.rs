//! The faults found while reading, and the nearest known word for an unknown one. It must not
//! know the language's words.

use std::collections::BTreeSet;

use crate::diagnostic::{Diagnostic, Severity};

/// Faults as they are found. One that is found again at the same place (by another combination
/// of a matrix) is kept once.
#[derive(Debug, Default)]
pub(super) struct Faults {
    found: Vec<Diagnostic>,
    seen: BTreeSet<(usize, &'static str, String)>,
    errors: usize,
}

impl Faults {
    /// Adds a fault.
    pub(super) fn add(&mut self, diagnostic: Diagnostic) {
        if diagnostic.severity == Severity::Error {
            self.errors += 1;
        }
        let start = diagnostic.labels.first().map_or(0, |label| label.span.start);
        if self.seen.insert((start, diagnostic.code, diagnostic.message.clone())) {
            self.found.push(diagnostic);
        }
    }

    /// How many errors were added: a reader that adds none has read something sound.
    pub(super) const fn errors(&self) -> usize {
        self.errors
    }

    /// All faults, in the order in which they were found.
    pub(super) fn into_vec(self) -> Vec<Diagnostic> {
        self.found
    }
}

/// The known word that a word is probably meant to be, if any is near enough: a third of the
/// letters may differ, and none in words of one or two.
#[must_use]
pub fn nearest<'w>(word: &str, known: impl IntoIterator<Item = &'w str>) -> Option<&'w str> {
    let word = word.to_lowercase();
    known
        .into_iter()
        .map(|candidate| (strsim::damerau_levenshtein(&word, &candidate.to_lowercase()), candidate))
        .filter(|(distance, candidate)| {
            *distance <= candidate.chars().count().max(word.chars().count()) / 3
        })
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnostic::codes;

    #[test]
    fn the_nearest_word_is_near() {
        let known = ["bucket", "periods", "top"];
        assert_eq!(nearest("bukcet", known), Some("bucket"));
        assert_eq!(nearest("Period", known), Some("periods"));
        assert_eq!(nearest("tops", known), Some("top"));
        assert_eq!(nearest("frobnicate", known), None);
        assert_eq!(nearest("x", ["y", "xy"]), None);
        assert_eq!(nearest("", known), None);
    }

    #[test]
    fn the_same_fault_is_kept_once_but_counts() {
        let mut faults = Faults::default();
        faults.add(codes::BAD_NUMBER.at(3..4, "0 buckets"));
        faults.add(codes::BAD_NUMBER.at(3..4, "0 buckets"));
        faults.add(codes::SKIPPED.at(3..4, "models"));
        assert_eq!(faults.errors(), 2);
        assert_eq!(faults.into_vec().len(), 2);
    }
}
