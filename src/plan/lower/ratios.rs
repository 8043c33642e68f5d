//! `ratio`: outputs divided by outputs, by the union of their keys.

use crate::aggregate;
use crate::base::Millis;
use crate::config::{self, Body};
use crate::diagnostic::codes;
use crate::plan::{Operand, Prior, Quotient, Read, Rule, ScopeId, Term};

use super::Lowering;
use super::names::Division;
use super::tables::Reach;

impl Lowering<'_> {
    /// The key and the quotients of a ratio. Operands that are declared later are lowered later;
    /// the quotients refer to them by id.
    pub(super) fn ratio(&mut self, number: usize, ttl: Millis) -> Option<(ScopeId, Vec<Read>)> {
        let document = self.document;
        let Body::Ratio { top, bottom, default, prior } = &document.features[number].body else {
            return None;
        };
        let divisions = self.names.divisions_of(number).to_vec();
        let first = *divisions.first()?;
        for (side, (feature, _)) in [(top, first.top), (bottom, first.bottom)] {
            if is_list(&document.features[feature]) {
                let message = format!("`{}` is a list of texts and cannot be divided", side.value);
                self.faults.add(codes::BAD_OPERAND.at(side.span.clone(), message).help(
                    "name a feature that is a number; `aggregate: distinct` counts the values",
                ));
                return None;
            }
        }
        let (mut attributes, mut explode) = (Vec::new(), false);
        self.gather_key(first.top.0, &mut attributes, &mut explode);
        self.gather_key(first.bottom.0, &mut attributes, &mut explode);
        let scope = self.tables.scope(&attributes, explode);
        let mut reads = Vec::new();
        for Division { top: above, bottom: below } in divisions {
            let rule = match prior {
                None => Rule::Plain { default: *default },
                Some(config::Prior { rate: Some(rate), weight }) => {
                    let prior = Prior::Rate(rate.value);
                    Rule::Smoothed { weight: *weight, prior, default: *default }
                }
                Some(config::Prior { rate: None, weight }) => {
                    let sides = (self.over_all(above, ttl), self.over_all(below, ttl));
                    let (Some(top_all), Some(bottom_all)) = sides else {
                        let side = if sides.0.is_none() { top } else { bottom };
                        let message = format!("`{}` has no value over all keys", side.value);
                        self.faults.add(
                            codes::BAD_OPERAND.at(side.span.clone(), message).help(
                                "`rate: global` needs counters on both sides that have one: write a number",
                            ),
                        );
                        return None;
                    };
                    let prior = Prior::Global { top_all, bottom_all };
                    Rule::Smoothed { weight: *weight, prior, default: *default }
                }
            };
            let top = Operand::Output(self.names.id(above));
            let bottom = Operand::Output(self.names.id(below));
            reads.push(Read::Quotient(Box::new(Quotient { top, bottom, rule })));
        }
        Some((scope, reads))
    }

    /// Adds the attributes of a feature's key; the key of a ratio is that of its sides.
    fn gather_key(&self, feature: usize, attributes: &mut Vec<String>, explode: &mut bool) {
        match &self.document.features[feature].body {
            Body::InteractionCount { group, .. }
            | Body::WindowCount { group, .. }
            | Body::Rate { group, .. }
            | Body::Counter { group, .. } => {
                for attribute in &group.scope.value {
                    if !attributes.contains(attribute) {
                        attributes.push(attribute.clone());
                    }
                }
                *explode |= group.explode;
            }
            Body::Ratio { .. } => {
                if let Some(division) = self.names.divisions_of(feature).first() {
                    self.gather_key(division.top.0, attributes, explode);
                    self.gather_key(division.bottom.0, attributes, explode);
                }
            }
        }
    }

    /// The value of an output over all keys; only outputs read from one state have one, and of them
    /// not those that compare the events of a key with one another.
    fn over_all(&mut self, (feature, output): (usize, usize), ttl: Millis) -> Option<Term> {
        let document = self.document;
        let declared = &document.features[feature];
        let own_ttl = declared.ttl.as_ref().map_or(super::TTL, |ttl| ttl.value);
        let reads = match &declared.body {
            Body::InteractionCount { group, interaction } => {
                let input = self.counted(group, interaction);
                vec![Read::State(self.tables.term(input, "count", Reach::Lifetime, own_ttl))]
            }
            Body::WindowCount { group, interaction, windows } => {
                let input = self.counted(group, interaction);
                self.over(input, "count", windows, "", own_ttl)
            }
            Body::Counter { .. } => self.counter(declared, own_ttl)?,
            Body::Rate { .. } | Body::Ratio { .. } => return None,
        };
        let Some(Read::State(term)) = reads.get(output) else { return None };
        let state = &self.tables.plan.states[term.state.0];
        let shape = state.shape;
        if aggregate::definition(state.aggregate).is_none_or(|known| known.is_of_one_key) {
            return None;
        }
        Some(self.tables.rolled_up(*term, Reach::of(shape, term.window), ttl))
    }
}

/// True if a feature's value is a list.
fn is_list(feature: &config::Feature) -> bool {
    let Body::Counter { aggregate: Some(word), .. } = &feature.body else { return false };
    aggregate::named(&word.value).is_some_and(aggregate::Definition::is_list)
}
