//! The collection of diagnostics while a config is read, and the search for the known word nearest
//! to an unknown one.

use std::collections::BTreeSet;

use super::{Diagnostic, Label, Severity};

/// Diagnostics in the order in which they were found, without duplicates.
#[derive(Debug, Default)]
pub struct Faults {
    found: Vec<Diagnostic>,
    places: BTreeSet<(&'static str, usize)>,
    messages: BTreeSet<(usize, String)>,
    errors: usize,
    once: bool,
    within: Option<Label>,
}

impl Faults {
    /// An empty collection that keeps one diagnostic per code and span: for a template that expands
    /// to thousands of features.
    #[must_use]
    pub fn once() -> Self {
        Self { once: true, ..Self::default() }
    }

    /// Sets whether only one diagnostic per code and span is kept from now on.
    pub const fn set_once(&mut self, once: bool) {
        self.once = once;
    }

    /// Sets a label that is added to all further diagnostics: the feature of a template.
    pub fn set_within(&mut self, within: Option<Label>) {
        self.within = within;
    }

    /// Adds a diagnostic, unless the same one was added before.
    pub fn add(&mut self, mut diagnostic: Diagnostic) {
        self.errors += usize::from(diagnostic.severity == Severity::Error);
        let start = diagnostic.labels.first().map_or(0, |label| label.span.start);
        if self.once && self.contains(diagnostic.code, start) {
            return;
        }
        if self.messages.insert((start, diagnostic.message.clone())) {
            self.places.insert((diagnostic.code, start));
            diagnostic.labels.extend(self.within.clone());
            self.found.push(diagnostic);
        }
    }

    /// True if there is a diagnostic of this code at this byte.
    #[must_use]
    pub fn contains(&self, code: &'static str, start: usize) -> bool {
        self.places.contains(&(code, start))
    }

    /// The number of errors so far. A reader that adds none has read something valid.
    #[must_use]
    pub const fn errors(&self) -> usize {
        self.errors
    }

    /// All diagnostics, in the order in which they were found.
    #[must_use]
    pub fn into_vec(self) -> Vec<Diagnostic> {
        self.found
    }
}

/// The known word that is most similar to a word, if any is similar enough: a third of the letters
/// may differ, none in words of one or two.
#[must_use]
pub fn nearest<'w>(word: &str, known: impl IntoIterator<Item = &'w str>) -> Option<&'w str> {
    let near =
        known.into_iter().filter_map(|candidate| Some((distance(word, candidate)?, candidate)));
    near.min_by_key(|(distance, _)| *distance).map(|(_, candidate)| candidate)
}

/// The letters of the longest words that are compared.
const LONGEST: usize = 256;

/// The number of letters in which two words differ, in any case; `None` if they are not similar.
#[must_use]
pub fn distance(word: &str, candidate: &str) -> Option<usize> {
    let (letters, own) = (word.chars().count(), candidate.chars().count());
    let most = letters.max(own) / 3;
    // A difference in length alone can exceed the limit; long texts would take too long.
    if own.abs_diff(letters) > most || letters.max(own) > LONGEST {
        return None;
    }
    let distance = strsim::damerau_levenshtein(&word.to_lowercase(), &candidate.to_lowercase());
    (distance <= most).then_some(distance)
}

#[cfg(test)]
mod tests {
    use super::super::codes;
    use super::*;

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
        faults.add(codes::BAD_NUMBER.at(3..4, "other words"));
        faults.set_once(true);
        faults.add(codes::BAD_NUMBER.at(3..4, "yet other words"));
        faults.add(codes::BAD_NUMBER.at(5..6, "elsewhere"));
        faults.add(codes::SKIPPED.at(3..4, "models"));
        assert_eq!(faults.errors(), 5);
        assert_eq!(faults.into_vec().len(), 4);
    }
}
