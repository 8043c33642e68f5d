//! Declarations → plan: what the features mean together. Scopes, filters, inputs and states that
//! mean the same become one; names become references. It must not know states' arithmetic.

mod lint;
mod names;
mod rates;
mod ratios;
mod tables;

use crate::aggregate;
use crate::base::Millis;
use crate::config::{self, Body, Comparison, Document, Group, Length, Past, Spanned, Windows};
use crate::diagnostic::{Diagnostic, Report, codes};

use super::{
    Condition, Feature, FeatureId, FeatureKind, Filter, Identity, Input, InputId, Output, Plan,
    Read, ScopeId, StateId, Test, Types, WindowKind, identity,
};

pub use lint::LINTS;
use names::Names;
use tables::{Reach, Tables};

/// How long a key lives after its last write, where nothing says it: Metarank's 90 days.
const TTL: Millis = Millis(90 * Millis::DAY.0);

/// Reads a config and works out what it means: the report holds all faults of both, and the plan
/// is there if and only if none of them is an error.
#[must_use]
pub fn compile(name: &str, text: &str) -> (Option<Plan>, Report) {
    let (document, mut report) = config::read(name, text);
    let mut plan = None;
    if let Some(document) = document {
        let (lowered, faults) = lower(&document);
        plan = lowered;
        report.diagnostics.extend(faults);
        report.sort();
    }
    (plan.filter(|_| !report.has_errors()), report)
}

/// Works out what a config's sound declarations mean. The plan is `None` if they contradict each
/// other; warnings leave it be.
#[must_use]
pub fn lower(document: &Document) -> (Option<Plan>, Vec<Diagnostic>) {
    let mut faults = Vec::new();
    let names = Names::gather(document, &mut faults);
    let plan = Plan {
        events: document.events.clone(),
        skipped: document.skipped.clone(),
        ..Plan::default()
    };
    let mut lowering = Lowering { document, names, tables: Tables::new(plan), faults };
    lowering.features();
    let Lowering { mut tables, mut faults, .. } = lowering;
    if faults.iter().any(|fault| fault.severity == crate::diagnostic::Severity::Error) {
        return (None, faults);
    }
    finish(&mut tables.plan);
    for lint in LINTS {
        (lint.check)(document, &tables.plan, &mut faults);
    }
    (Some(tables.plan), faults)
}

/// What can be told only of a whole plan: whether impressions are used, and the identities.
fn finish(plan: &mut Plan) {
    let impression = &plan.events.impressions.name;
    plan.events.impressions.used = plan
        .inputs
        .iter()
        .any(|input| matches!(&input.types, Types::Only(types) if types.contains(impression)));
    for state in 0..plan.states.len() {
        plan.states[state].identity = identity::of_state(plan, StateId(state));
    }
    for feature in 0..plan.features.len() {
        plan.features[feature].identity = identity::of_feature(plan, FeatureId(feature));
    }
}

/// A config on its way into a plan.
struct Lowering<'d> {
    document: &'d Document,
    names: Names<'d>,
    tables: Tables,
    faults: Vec<Diagnostic>,
}

impl Lowering<'_> {
    fn features(&mut self) {
        for (number, declared) in self.document.features.iter().enumerate() {
            let ttl = declared.ttl.as_ref().map_or(TTL, |ttl| ttl.value);
            let refresh = declared.refresh.as_ref().map_or(Millis::ZERO, |r| r.value);
            let lowered = match &declared.body {
                Body::InteractionCount { group, interaction } => {
                    let input = self.counted(group, interaction);
                    let term = self.tables.term(input, "count", Reach::Lifetime, ttl);
                    Some((self.scope(group), vec![Read::State(term)]))
                }
                Body::WindowCount { group, interaction, windows } => {
                    let input = self.counted(group, interaction);
                    Some((self.scope(group), self.over(input, "count", windows, "", ttl)))
                }
                Body::Rate { group, .. } => {
                    let scope = self.scope(group);
                    self.rate(declared, ttl).map(|reads| (scope, reads))
                }
                Body::Counter { group, .. } => {
                    let scope = self.scope(group);
                    self.counter(declared, ttl).map(|reads| (scope, reads))
                }
                Body::Ratio { .. } => self.ratio(number, ttl),
            };
            // Where a feature is at fault the plan is given up; going on finds the other faults.
            let (scope, reads) = lowered.unwrap_or_else(|| (self.tables.scope(&[], false), vec![]));
            let id = FeatureId(self.tables.plan.features.len());
            let first = self.tables.plan.outputs.len();
            for (name, read) in self.names.outputs_of(number).iter().zip(reads) {
                let name = name.name.clone();
                self.tables.plan.outputs.push(Output { name, feature: id, read });
            }
            let last = self.tables.plan.outputs.len();
            self.tables.plan.features.push(Feature {
                name: declared.name.value.clone(),
                kind: kind(&declared.body),
                scope,
                refresh,
                ttl,
                description: declared.description.clone(),
                outputs: first..last,
                identity: Identity::default(),
                line: declared.line,
            });
        }
    }

    /// The reads of a `counter`, one for each window or half-life.
    fn counter(&mut self, counter: &config::Feature, ttl: Millis) -> Option<Vec<Read>> {
        let Body::Counter { group, interactions, aggregate, value, past } = &counter.body else {
            return None;
        };
        let definition = self.aggregate(counter, aggregate.as_ref(), value.as_ref(), past)?;
        let value = value.as_ref().map(|value| self.tables.attribute(&value.value));
        let types = interactions.as_ref().map_or(Types::All, |types| {
            let mut types: Vec<String> = types.iter().map(|name| name.value.clone()).collect();
            types.sort_unstable();
            types.dedup();
            Types::Only(types)
        });
        let input = self.input(group, types, value);
        Some(match past {
            Past::Lifetime => {
                vec![Read::State(self.tables.term(input, definition, Reach::Lifetime, ttl))]
            }
            Past::Windows(windows, word) => self.over(input, definition, windows, word, ttl),
            Past::Decay(half_lives) => half_lives
                .iter()
                .map(|length| {
                    let reach = Reach::Decay { half_life: length.value };
                    Read::State(self.tables.term(input, definition, reach, ttl))
                })
                .collect(),
        })
    }

    /// The aggregate of a counter, held against its registry.
    fn aggregate(
        &mut self,
        declared: &config::Feature,
        aggregate: Option<&Spanned<String>>,
        value: Option<&Spanned<String>>,
        past: &Past,
    ) -> Option<&'static str> {
        let word = aggregate.map_or("count", |word| word.value.as_str());
        let at = aggregate.map_or(&declared.name.span, |word| &word.span).clone();
        let known: Vec<&str> = aggregate::REGISTRY.iter().map(|known| known.name).collect();
        let Some(definition) = aggregate::definition(word) else {
            let message = format!("there is no aggregate `{word}`");
            let help = match config::nearest(word, known.iter().copied()) {
                Some(near) => format!("did you mean `{near}`?"),
                None => format!("the aggregates are {}", known.join(", ")),
            };
            self.faults.push(codes::UNKNOWN_WORD.at(at, message).help(help));
            return None;
        };
        let fault = if definition.takes_value && value.is_none() {
            codes::MISSING_MEMBER
                .at(at, format!("`aggregate: {word}` needs a `value`"))
                .help("add `value:` with the attribute that is aggregated")
        } else if let (false, Some(value)) = (definition.takes_value, value) {
            let message = format!("`value` says nothing: `{word}` does not look at it");
            codes::CONFLICTING_MEMBERS
                .at(value.span.clone(), message)
                .help("add `aggregate: sum` or another that takes a value, or remove `value`")
        } else if matches!(past, Past::Decay(_)) && !definition.decays() {
            let decaying: Vec<&str> =
                aggregate::REGISTRY.iter().filter(|d| d.decays()).map(|d| d.name).collect();
            codes::CONFLICTING_MEMBERS
                .at(at, format!("`{word}` can not decay"))
                .help(format!("`half_life` is for {}; use `windows`", decaying.join(", ")))
        } else {
            return Some(definition.name);
        };
        self.faults.push(fault);
        None
    }

    /// The input that counts events of one type.
    fn counted(&mut self, group: &Group, interaction: &Spanned<String>) -> InputId {
        self.input(group, Types::Only(vec![interaction.value.clone()]), None)
    }

    fn input(&mut self, group: &Group, types: Types, value: Option<super::AttributeId>) -> InputId {
        let scope = self.scope(group);
        let filter = group.filter.as_ref().map(|filter| {
            let filter = self.filter(filter);
            self.tables.filter(filter)
        });
        self.tables.input(Input { scope, rolled_up: false, types, filter, value })
    }

    fn scope(&mut self, group: &Group) -> ScopeId {
        self.tables.scope(&group.scope.value, group.explode)
    }

    /// One read of an input for each window.
    fn over(
        &mut self,
        input: InputId,
        aggregate: &'static str,
        windows: &Windows,
        word: &str,
        ttl: Millis,
    ) -> Vec<Read> {
        let kind = window_kind(word);
        let bucket = windows.bucket.value;
        let read = |length: &Length<u32>| {
            let reach = Reach::Window { kind, count: length.value, bucket };
            Read::State(self.tables.term(input, aggregate, reach, ttl))
        };
        windows.lengths.iter().map(read).collect()
    }

    fn filter(&mut self, filter: &config::Filter) -> Filter {
        Filter(
            filter
                .0
                .iter()
                .map(|condition| match condition {
                    config::Condition::Compare(name, comparison) => {
                        Condition::Attribute(self.tables.attribute(name), test(comparison))
                    }
                    config::Condition::Any(filters) => {
                        Condition::Any(filters.iter().map(|filter| self.filter(filter)).collect())
                    }
                    config::Condition::Not(filter) => Condition::Not(self.filter(filter)),
                })
                .collect(),
        )
    }
}

fn test(comparison: &Comparison) -> Test {
    match comparison {
        Comparison::In(values) => Test::In(values.clone()),
        Comparison::NotIn(values) => Test::NotIn(values.clone()),
        Comparison::Different(value) => Test::Different(value.clone()),
        Comparison::Greater(value) => Test::Greater(value.clone()),
        Comparison::AtLeast(value) => Test::AtLeast(value.clone()),
        Comparison::Less(value) => Test::Less(value.clone()),
        Comparison::AtMost(value) => Test::AtMost(value.clone()),
        Comparison::Exists(wanted) => Test::Exists(*wanted),
    }
}

fn window_kind(word: &str) -> WindowKind {
    [WindowKind::Sawtooth, WindowKind::Hopping, WindowKind::Rolling]
        .into_iter()
        .find(|kind| kind.name() == word)
        .unwrap_or_default()
}

const fn kind(body: &Body) -> FeatureKind {
    match body {
        Body::InteractionCount { .. } => FeatureKind::InteractionCount,
        Body::WindowCount { .. } => FeatureKind::WindowCount,
        Body::Rate { .. } => FeatureKind::Rate,
        Body::Counter { .. } => FeatureKind::Counter,
        Body::Ratio { .. } => FeatureKind::Ratio,
    }
}
