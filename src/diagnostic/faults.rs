//! Faults as they are found, and the nearest known word for an unknown one. It must not know
//! anybody's words.

use std::collections::BTreeSet;

use super::{Diagnostic, Label, Severity};

/// Faults as they are found, none of them twice.
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
    /// No faults yet, and only one of each code will be kept at a place: for a template that
    /// stands for thousands of features.
    #[must_use]
    pub fn once() -> Self {
        Self { once: true, ..Self::default() }
    }

    /// Whether from now on only one of each code is kept at a place.
    pub const fn set_once(&mut self, once: bool) {
        self.once = once;
    }

    /// From now on every fault tells this too: of which feature of a template it is.
    pub fn set_within(&mut self, within: Option<Label>) {
        self.within = within;
    }

    /// Adds a fault, unless it was added before with the same words.
    pub fn add(&mut self, mut diagnostic: Diagnostic) {
        self.errors += usize::from(diagnostic.severity == Severity::Error);
        let start = diagnostic.labels.first().map_or(0, |label| label.span.start);
        if self.once && self.is_told(diagnostic.code, start) {
            return;
        }
        if self.messages.insert((start, diagnostic.message.clone())) {
            self.places.insert((diagnostic.code, start));
            diagnostic.labels.extend(self.within.clone());
            self.found.push(diagnostic);
        }
    }

    /// Whether a fault of this code is there at this place.
    #[must_use]
    pub fn is_told(&self, code: &'static str, start: usize) -> bool {
        self.places.contains(&(code, start))
    }

    /// How many errors were added, those included that were there before: who adds none has read
    /// something sound.
    #[must_use]
    pub const fn errors(&self) -> usize {
        self.errors
    }

    /// All faults, in the order in which they were found.
    #[must_use]
    pub fn into_vec(self) -> Vec<Diagnostic> {
        self.found
    }
}

/// The known word that a word is probably meant to be, if any is near enough: a third of the
/// letters may differ, and none in words of one or two.
#[must_use]
pub fn nearest<'w>(word: &str, known: impl IntoIterator<Item = &'w str>) -> Option<&'w str> {
    let word = word.to_lowercase();
    let letters = word.chars().count();
    known
        .into_iter()
        // What differs more in length alone needs no closer look.
        .filter(|candidate| {
            let own = candidate.chars().count();
            own.abs_diff(letters) <= own.max(letters) / 3
        })
        .map(|candidate| (strsim::damerau_levenshtein(&word, &candidate.to_lowercase()), candidate))
        .filter(|(distance, candidate)| *distance <= candidate.chars().count().max(letters) / 3)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
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
