//! What lints find, each at one place of the config.

use std::collections::HashMap;

use foldhash::fast::FixedState;

use crate::base::quantity::counted;
use crate::config::Feature;
use crate::diagnostic::Diagnostic;

/// The warnings so far. Features of a matrix share their places: the first of them is told, with the
/// number of the others.
#[derive(Default)]
pub(super) struct Findings {
    found: Vec<Found>,
    places: HashMap<(&'static str, Option<usize>), usize, FixedState>,
}

struct Found {
    warning: Diagnostic,
    /// The entry of the feature that is told, and how many other features have it too.
    entry: Option<usize>,
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
        let (entry, last) = (Some(feature.entry), feature.name.value.clone());
        self.found.push(Found { warning, entry, others: 0, last });
    }

    /// Adds a warning of several features, or of the log.
    pub(super) fn add_whole(&mut self, warning: Diagnostic) {
        self.found.push(Found { warning, entry: None, others: 0, last: String::new() });
    }

    /// The warnings in the order of the config; those without a place come first.
    pub(super) fn into_warnings(self) -> Vec<Diagnostic> {
        let told = |found: Found| {
            let mut warning = found.warning;
            if found.others > 0 && found.entry.is_some() {
                let others = counted(found.others, "more feature");
                warning.message =
                    format!("{}; so it is in {others} of this entry", warning.message);
            }
            warning
        };
        let mut warnings: Vec<Diagnostic> = self.found.into_iter().map(told).collect();
        warnings.sort_by_key(|warning| warning.labels.first().map(|label| label.span.start));
        warnings
    }
}
