//! `counter`: what is aggregated, and whether the members that say so fit together.

use std::ops::Range;

use crate::aggregate::{self, Definition};
use crate::base::Millis;
use crate::config::{self, Body, Length, Past, Spanned};
use crate::diagnostic::{codes, nearest};
use crate::plan::{Percentile, Read, Term, Types};

use super::Lowering;
use super::tables::Reach;

/// How many values are listed unless the config says.
const LISTED: u32 = 10;

impl Lowering<'_> {
    /// The reads of a `counter`, one for each window or half-life.
    pub(super) fn counter(&mut self, counter: &config::Feature, ttl: Millis) -> Option<Vec<Read>> {
        let Body::Counter { group, interactions, aggregate, value, percentiles, most, past } =
            &counter.body
        else {
            return None;
        };
        let word = aggregate.as_ref();
        let definition = self.known_aggregate(word)?;
        let decays = matches!(past, Past::Decay(_));
        let at = word.map_or(&counter.name.span, |word| &word.span);
        let is_at_fault = !self.fits(definition, (at, word.is_some()), value.as_ref(), decays)
            | !self.has_percentiles(definition, at, percentiles.as_ref())
            | !self.may_list(definition, most.as_ref());
        if is_at_fault {
            return None;
        }
        let is_list = definition.is_list();
        let Definition { name: definition, takes, .. } = *definition;
        let value = value.as_ref().map(|value| self.tables.attribute(&value.value));
        let types = interactions.as_ref().map_or(Types::All, |types| {
            let mut types: Vec<String> = types.iter().map(|name| name.value.clone()).collect();
            types.sort_unstable();
            types.dedup();
            Types::Only(types)
        });
        let input = self.input(group, types, (value, takes));
        let mut reads = match past {
            Past::Lifetime => {
                vec![Read::State(self.tables.term(input, definition, Reach::Lifetime, ttl))]
            }
            Past::Windows(windows, word) => {
                let word = word.as_ref().map_or("", |word| word.value);
                self.over(input, definition, windows, word, ttl)
            }
            Past::Decay(half_lives) => half_lives
                .iter()
                .map(|length| {
                    let reach = Reach::Decay { half_life: length.value };
                    Read::State(self.tables.term(input, definition, reach, ttl))
                })
                .collect(),
        };
        if is_list {
            let most = most.as_ref().map_or(LISTED, |most| most.value);
            for read in &mut reads {
                if let Read::State(term) = read {
                    term.most = Some(most);
                }
            }
        }
        let Some(percentiles) = percentiles else { return Some(reads) };
        let at_each = reads.iter().flat_map(|read| {
            percentiles.value.iter().filter_map(|at| match read {
                Read::State(term) => {
                    Some(Read::State(Term { percentile: Some(Percentile(at.value)), ..*term }))
                }
                Read::Quotient(_) => None,
            })
        });
        Some(at_each.collect())
    }

    /// True if percentiles are there where the aggregate needs them, and only there.
    fn has_percentiles(
        &mut self,
        aggregate: &Definition,
        at: &Range<usize>,
        percentiles: Option<&Spanned<Vec<Length<u32>>>>,
    ) -> bool {
        let word = aggregate.name;
        let fault = match percentiles {
            None if aggregate.has_percentiles() => codes::MISSING_MEMBER
                .at(at.clone(), format!("`aggregate: {word}` needs a `percentile`"))
                .help("add `percentile: [50, 95]`, or a single one"),
            Some(percentiles) if !aggregate.has_percentiles() => codes::CONFLICTING_MEMBERS
                .at(
                    percentiles.span.clone(),
                    format!("`percentile` has no effect: `{word}` does not use it"),
                )
                .help("write `aggregate: percentile`, or remove it"),
            _ => return true,
        };
        self.faults.add(fault);
        false
    }

    /// True if `k` is only there where the aggregate lists values.
    fn may_list(&mut self, aggregate: &Definition, most: Option<&Spanned<u32>>) -> bool {
        let Some(most) = most.filter(|_| !aggregate.is_list()) else { return true };
        let message = format!("`k` has no effect: `{}` does not use it", aggregate.name);
        let fault = codes::CONFLICTING_MEMBERS.at(most.span.clone(), message);
        self.faults.add(fault.help("write `aggregate: top_k`, or remove it"));
        false
    }

    /// The aggregate of a counter, by its name.
    pub(super) fn known_aggregate(
        &mut self,
        written: Option<&Spanned<String>>,
    ) -> Option<&'static Definition> {
        let Some(Spanned { value: word, span }) = written else {
            return aggregate::definition("count");
        };
        let found = aggregate::named(word);
        if let Some(found) = found
            && found.name != word
        {
            let message = format!("`{word}` is read as `{}`", found.name);
            self.faults.add(codes::ALIAS.at(span.clone(), message));
        }
        if found.is_none() {
            let known: Vec<&str> = aggregate::REGISTRY.iter().map(|known| known.name).collect();
            let message = format!("there is no aggregate `{word}`");
            let synonym = aggregate::synonym(word);
            let near = || nearest(word, known.iter().copied());
            let help = match synonym.map(|synonym| synonym.name).or_else(near) {
                _ if synonym.is_some_and(Definition::has_percentiles) => {
                    "write `aggregate: percentile` with `percentile: 50` for the median, or with \
                     a list such as `percentile: [50, 95]`"
                        .to_owned()
                }
                Some(near) => format!("did you mean `{near}`?"),
                None => format!("the aggregates are {}", known.join(", ")),
            };
            self.faults.add(codes::UNKNOWN_WORD.at(span.clone(), message).help(help));
        }
        found
    }

    /// True if an aggregate is compatible with the feature's other members; `at` is its span, and
    /// `is_written` whether the config names it.
    pub(super) fn fits(
        &mut self,
        aggregate: &Definition,
        (at, is_written): (&Range<usize>, bool),
        value: Option<&Spanned<String>>,
        decays: bool,
    ) -> bool {
        let (word, at) = (aggregate.name, at.clone());
        let fault = if aggregate.takes_value() && value.is_none() {
            codes::MISSING_MEMBER
                .at(at, format!("`aggregate: {word}` needs a `value`"))
                .help("add `value:` with the attribute that is aggregated")
        } else if let (false, Some(value)) = (aggregate.takes_value(), value) {
            let message = format!("`value` has no effect: `{word}` does not use it");
            let help = if is_written {
                "remove `value`, or write an `aggregate` that takes one, such as `sum`"
            } else {
                "add `aggregate: sum` or another that takes a value, or remove `value`"
            };
            codes::CONFLICTING_MEMBERS.at(value.span.clone(), message).help(help)
        } else if decays && !aggregate.decays() {
            let decaying: Vec<&str> =
                aggregate::REGISTRY.iter().filter(|d| d.decays()).map(|d| d.name).collect();
            codes::CONFLICTING_MEMBERS
                .at(at, format!("`{word}` cannot decay"))
                .help(format!("`half_life` is for {}; use `windows`", decaying.join(", ")))
        } else {
            return true;
        };
        self.faults.add(fault);
        false
    }
}
