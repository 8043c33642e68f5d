//! What lints find, each at one place of the config.

use std::collections::HashMap;

use foldhash::fast::FixedState;

use crate::base::quantity::counted;
use crate::config::Feature;
use crate::diagnostic::{Diagnostic, Label};

/// The most places that one warning has.
const LABELS: usize = 6;

/// The warnings so far. Features of a matrix share their places: the first of them is told, with the
/// number of the others.
#[derive(Default)]
pub(super) struct Findings {
    found: Vec<Found>,
    places: HashMap<(&'static str, Option<usize>), usize, FixedState>,
}

struct Found {
    warning: Diagnostic,
    /// How many other features have it too.
    others: usize,
    /// The feature that was told last, by its name.
    last: String,
}

impl Findings {
    /// Adds a warning of a feature.
    pub(super) fn add(&mut self, feature: &Feature, mut warning: Diagnostic) {
        let place = (warning.code, warning.labels.first().map(|label| label.span.start));
        if let Some(known) = self.places.get(&place) {
            let known = &mut self.found[*known];
            if known.last != feature.name.value {
                known.others += 1;
                known.last.clone_from(&feature.name.value);
            }
            return;
        }
        self.places.insert(place, self.found.len());
        warning.labels.extend(feature.combination.clone());
        self.found.push(Found { warning, others: 0, last: feature.name.value.clone() });
    }

    /// Adds a warning of a feature to the one of the same code, if there is one: its place with a few
    /// words. What most keys of most outputs have is told once.
    pub(super) fn add_together(&mut self, feature: &Feature, warning: Diagnostic, words: String) {
        let code = warning.code;
        let Some(known) = self.found.iter_mut().find(|found| found.warning.code == code) else {
            return self.add(feature, warning);
        };
        let Some(label) = warning.labels.into_iter().next() else { return };
        if known.last != feature.name.value {
            known.others += 1;
            known.last.clone_from(&feature.name.value);
        }
        let labels = &mut known.warning.labels;
        if labels.iter().all(|own| own.span != label.span) && labels.len() < LABELS {
            labels.push(Label { span: label.span, message: words });
        }
    }

    /// Adds a warning of several features, or of the log.
    pub(super) fn add_whole(&mut self, warning: Diagnostic) {
        self.found.push(Found { warning, others: 0, last: String::new() });
    }

    /// The warnings in the order of the config; those without a place come first.
    pub(super) fn into_warnings(self) -> Vec<Diagnostic> {
        let told = |found: Found| {
            let mut warning = found.warning;
            if found.others > 0 {
                let others = counted(found.others, "more feature");
                warning.message = format!("{}; so it is with {others}", warning.message);
            }
            warning
        };
        let mut warnings: Vec<Diagnostic> = self.found.into_iter().map(told).collect();
        warnings.sort_by_key(|warning| warning.labels.first().map(|label| label.span.start));
        warnings
    }
}
