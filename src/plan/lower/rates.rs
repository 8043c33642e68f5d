//! `rate`: two window counts of the same key, or of event types, divided window by window.

use crate::base::Millis;
use crate::config::{Body, Document, Feature, Group, Spanned};
use crate::diagnostic::{codes, nearest};
use crate::plan::{Operand, Quotient, Read, Rule, Term, WindowKind};

use super::{Lowering, reach};

/// A side of a rate: the events that it counts.
struct Side {
    group: Group,
    interaction: Spanned<String>,
}

impl Lowering<'_> {
    /// One quotient for each of the rate's windows.
    pub(super) fn rate(&mut self, rate: &Feature, ttl: Millis) -> Option<Vec<Read>> {
        let Body::Rate { group, top, bottom, windows, normalize } = &rate.body else {
            return None;
        };
        let (top, bottom) = (self.side(group, top), self.side(group, bottom));
        let (top, bottom) = (top?, bottom?);
        let top = self.counted(&top.group, &top.interaction);
        let bottom = self.counted(&bottom.group, &bottom.interaction);
        let reads = windows.lengths.iter().map(|length| {
            let reach = reach(self.document, windows, WindowKind::Bucketed, length.value);
            let mut term = |input| self.tables.term(input, "count", reach, ttl);
            let (top, bottom): (Term, Term) = (term(top), term(bottom));
            let rule = match *normalize {
                None => Rule::Plain { default: None },
                Some(weight) => Rule::Normalized {
                    weight,
                    top_all: self.tables.rolled_up(top, reach, ttl),
                    bottom_all: self.tables.rolled_up(bottom, reach, ttl),
                },
            };
            let (top, bottom) = (Operand::Term(top), Operand::Term(bottom));
            Read::Quotient(Box::new(Quotient { top, bottom, rule }))
        });
        Some(reads.collect())
    }

    /// Resolves the name of a side: a feature, or else an event type.
    fn side(&mut self, group: &Group, name: &Spanned<String>) -> Option<Side> {
        let own = Side { group: group.clone(), interaction: name.clone() };
        if self.names.is_broken(&name.value) {
            return Some(own);
        }
        let is_interaction = is_interaction(self.document, &name.value);
        let Some((_, feature)) = self.names.feature(&name.value) else {
            if !is_interaction {
                self.near_miss(group, name);
            }
            return Some(own);
        };
        let at = name.span.clone();
        let word = &name.value;
        let reason = match &feature.body {
            Body::WindowCount { group: theirs, interaction, .. } if same_key(theirs, group) => {
                if is_interaction && interaction.value != *word {
                    let message = format!(
                        "`{word}` is both a feature and an interaction; the feature is used"
                    );
                    self.faults.add(
                        codes::AMBIGUOUS_OPERAND
                            .at(at, message)
                            .label(feature.name.span.clone(), "this feature")
                            .help("rename the feature if the interaction is meant"),
                    );
                }
                return Some(Side { group: theirs.clone(), interaction: interaction.clone() });
            }
            Body::WindowCount { group: theirs, .. } => {
                format!("its key is {}, not {}", key(theirs, group), key(group, theirs))
            }
            other => format!("it is a `{}`", other.word()),
        };
        if is_interaction {
            let message = format!(
                "`{word}` is read as an interaction: a rate cannot divide the feature, {reason}"
            );
            self.faults.add(
                codes::AMBIGUOUS_OPERAND
                    .at(at, message)
                    .label(feature.name.span.clone(), "this feature")
                    .help("rename the feature"),
            );
            return Some(own);
        }
        let message = format!("a rate cannot divide the feature `{word}`: {reason}");
        self.faults.add(
            codes::BAD_OPERAND
                .at(at, message)
                .label(feature.name.span.clone(), "this feature")
                .help(
                    "name a `window_count` with the same `scope` and `explode`, or an interaction; \
                     `type: ratio` divides any two features",
                ),
        );
        None
    }

    /// Any word can be an event type; one that is similar to the name of a suitable feature, and is
    /// used nowhere else, is probably a typo.
    fn near_miss(&mut self, group: &Group, name: &Spanned<String>) {
        let fitting = self.document.features.iter().filter_map(|feature| match &feature.body {
            Body::WindowCount { group: theirs, .. } if same_key(theirs, group) => {
                Some(feature.name.value.as_str())
            }
            _ => None,
        });
        if let Some(near) = nearest(&name.value, fitting) {
            let message =
                format!("`{}` is not a feature, so it is read as an interaction type", name.value);
            let help = format!("did you mean the feature `{near}`?");
            self.faults.add(codes::NEAR_MISS.at(name.span.clone(), message).help(help));
        }
    }
}

/// True if a word is used as an event type somewhere in the config.
pub(super) fn is_interaction(document: &Document, word: &str) -> bool {
    word == document.events.impressions.name
        || document.features.iter().any(|feature| match &feature.body {
            Body::InteractionCount { interaction, .. } | Body::WindowCount { interaction, .. } => {
                interaction.value == word
            }
            Body::Counter { interactions: Some(types), .. } => {
                types.iter().any(|name| name.value == word)
            }
            _ => false,
        })
}

fn same_key(a: &Group, b: &Group) -> bool {
    a.scope.value == b.scope.value && a.explode == b.explode
}

/// A key as text, with `explode` where it is the difference to another key.
fn key(group: &Group, other: &Group) -> String {
    let scope = match group.scope.value.as_slice() {
        [] => "`global`".to_owned(),
        [one] => format!("`{one}`"),
        several => format!("`[{}]`", several.join(", ")),
    };
    match group.explode {
        _ if group.explode == other.explode => scope,
        true => format!("{scope} with `explode: true`"),
        false => format!("{scope} without `explode`"),
    }
}
