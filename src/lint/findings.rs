//! What lints find, each at one place of the config.

use std::collections::HashMap;
use std::ops::Range;

use foldhash::fast::FixedState;

use crate::base::quantity::counted;
use crate::config::Feature;
use crate::diagnostic::codes::Code;
use crate::diagnostic::{Diagnostic, Label, Level, LintSettings};
use crate::profile::{Cause, Marked};

use super::Declared;
use super::allowed::Comments;
use super::cause::{Causes, told};

/// The most places that one warning has.
const LABELS: usize = 6;

/// The warnings so far. Features of a matrix share their places: the first of them is told, with the
/// number of the others.
pub(super) struct Findings<'f> {
    comments: Comments<'f>,
    settings: &'f LintSettings,
    found: Vec<Found>,
    asked: Vec<Asked>,
    places: HashMap<(&'static str, Option<usize>), usize, FixedState>,
}

struct Found {
    warning: Diagnostic,
    /// How many other features have it too.
    others: usize,
    /// The feature that was told last, by its name.
    last: String,
    /// The events at fault, whose cause is to be told.
    marked: Option<Marked>,
}

/// What is judged by what sets of events have in common.
struct Asked {
    sets: Vec<Marked>,
    judge: Judge,
}

/// Judges by the cause of each set.
type Judge = Box<dyn FnOnce(&[Option<Cause>]) -> Option<Diagnostic>>;

impl<'f> Findings<'f> {
    /// None, of a config.
    pub(super) fn new(config: &Declared<'f>) -> Self {
        Self {
            comments: Comments::new(config.text, config.document),
            settings: config.settings,
            found: Vec::new(),
            asked: Vec::new(),
            places: HashMap::default(),
        }
    }

    /// Whether a comment allows a code at a place that a feature brings, which may lie in `defaults`.
    pub(super) fn are_allowed(&self, code: Code, feature: &Feature, place: &Range<usize>) -> bool {
        let places = [place.start, feature.name.span.start];
        places.into_iter().any(|at| self.comments.allow(code.name, at))
    }

    /// Adds a warning of a feature.
    pub(super) fn add(&mut self, feature: &Feature, warning: Diagnostic) {
        self.add_with(feature, warning, None);
    }

    /// Adds a warning of a feature; what the events at fault have in common is told with it.
    pub(super) fn add_marked(&mut self, feature: &Feature, warning: Diagnostic, marked: Marked) {
        self.add_with(feature, warning, Some(marked));
    }

    fn add_with(&mut self, feature: &Feature, mut warning: Diagnostic, marked: Option<Marked>) {
        if self.is_off(warning.code) || self.are_allowed_all(feature, &warning) {
            return;
        }
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
        self.found.push(Found { warning, others: 0, last: feature.name.value.clone(), marked });
    }

    /// Adds a warning of a feature to the one of the same code, if there is one: its place with a few
    /// words. What most keys of most outputs have is told once.
    pub(super) fn add_together(&mut self, feature: &Feature, warning: Diagnostic, words: String) {
        let code = warning.code;
        if self.are_allowed_all(feature, &warning) {
            return;
        }
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

    fn are_allowed_all(&self, feature: &Feature, warning: &Diagnostic) -> bool {
        let place = warning.labels.first().map(|label| label.span.start);
        let mut places = place.into_iter().chain([feature.name.span.start]);
        places.any(|at| self.comments.allow(warning.code, at))
    }

    /// Adds a warning of several features, or of the log.
    pub(super) fn add_whole(&mut self, warning: Diagnostic) {
        self.push_whole(warning, None);
    }

    /// The same; what the events at fault have in common is told with it.
    pub(super) fn add_whole_marked(&mut self, warning: Diagnostic, marked: Marked) {
        self.push_whole(warning, Some(marked));
    }

    /// Adds what becomes of the causes of some sets of events: of each one, or `None`.
    pub(super) fn ask(
        &mut self,
        code: Code,
        sets: Vec<Marked>,
        judge: impl FnOnce(&[Option<Cause>]) -> Option<Diagnostic> + 'static,
    ) {
        if self.is_off(code.name) {
            return;
        }
        self.asked.push(Asked { sets, judge: Box::new(judge) });
    }

    /// Whether a code is told nowhere: for it the log is not read again.
    fn is_off(&self, code: &str) -> bool {
        self.settings.level(code) == Some(Level::Allow)
    }

    fn push_whole(&mut self, warning: Diagnostic, marked: Option<Marked>) {
        if self.is_off(warning.code) {
            return;
        }
        self.found.push(Found { warning, others: 0, last: String::new(), marked });
    }

    /// The warnings in the order of the config; those without a place come first. `causes` is asked
    /// once for all sets of events at fault, if there are any.
    pub(super) fn into_warnings(mut self, causes: &mut Causes<'_>) -> Vec<Diagnostic> {
        let mut sets: Vec<Marked> = Vec::new();
        for found in &mut self.found {
            sets.extend(found.marked.clone());
        }
        sets.extend(self.asked.iter().flat_map(|asked| asked.sets.iter().cloned()));
        let causes = if sets.is_empty() { Vec::new() } else { causes(sets) };
        let mut causes = causes.into_iter();
        for found in self.found.iter_mut().filter(|found| found.marked.is_some()) {
            if let Some(cause) = causes.next().flatten() {
                found.warning.message = format!("{}; {}", found.warning.message, told(&cause));
            }
        }
        for Asked { sets, judge } in std::mem::take(&mut self.asked) {
            let own: Vec<Option<Cause>> = causes.by_ref().take(sets.len()).collect();
            let Some(warning) = judge(&own) else { continue };
            // What two found at one place is told once.
            let place = |warning: &Diagnostic| warning.labels.first().map(|it| it.span.start);
            let is_known = self.found.iter().any(|known| {
                known.warning.code == warning.code
                    && place(&warning).is_some()
                    && place(&known.warning) == place(&warning)
            });
            if !is_known {
                self.add_whole(warning);
            }
        }
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
