//! Lowering: declarations → plan. Resolves names to references, and deduplicates scopes, filters,
//! inputs and states by meaning. The arithmetic of states belongs to `aggregate`.

mod counters;
mod expected;
mod lint;
mod metarank;
mod names;
mod output_names;
mod rates;
mod ratios;
mod sides;
mod tables;

use std::path::Path;

use crate::base::{Buckets, Millis};
use crate::config::{self, Body, Document, Group, Length, Spanned, Windows};
use crate::diagnostic::{Diagnostic, Faults, Report};

use super::{
    Entry, Feature, FeatureId, FeatureKind, Filter, Identity, Input, InputId, Output, Plan, Read,
    ScopeId, StateId, Takes, Types, WindowKind, identity,
};

pub use lint::LINTS;
pub use metarank::rates_without_refresh;
use names::Names;
use tables::{Reach, Tables};

/// The default lifetime of a key after its last write: Metarank's 90 days.
const TTL: Millis = Millis(90 * Millis::DAY.0);

/// Reads and lowers a config. The report holds the faults of both steps; the plan is `Some` if and
/// only if none of them is an error.
#[must_use]
pub fn compile(name: &str, text: &str) -> (Option<Plan>, Report) {
    let (plan, _, report) = compile_with_document(name, text);
    (plan, report)
}

/// The same, and the declarations with their spans. The name is the path of the config, beside which
/// files of metadata lie.
#[must_use]
pub fn compile_with_document(name: &str, text: &str) -> (Option<Plan>, Document, Report) {
    let (document, mut report) = config::read(name, text);
    let mut plan = None;
    if let Some(document) = &document {
        let (lowered, faults) = lower(document);
        plan = lowered;
        if let Some(plan) = &mut plan {
            plan.events.metadata.locate(Path::new(name));
        }
        report.diagnostics.extend(faults);
        report.sort();
    }
    (plan.filter(|_| !report.has_errors()), document.unwrap_or_default(), report)
}

/// Lowers the valid declarations of a config. `None` if they contradict each other; warnings do not
/// matter.
#[must_use]
pub fn lower(document: &Document) -> (Option<Plan>, Vec<Diagnostic>) {
    // The features of one matrix share their spans.
    let mut faults = Faults::once();
    let names = Names::gather(document, &mut faults);
    let plan = Plan {
        events: document.events.clone(),
        entries: document.entries.iter().map(entry).collect(),
        skipped: document.skipped.clone(),
        ..Plan::default()
    };
    let mut lowering = Lowering { document, names, tables: Tables::new(plan), faults };
    lowering.features();
    lowering.partial();
    lowering.tests();
    let Lowering { mut tables, mut faults, .. } = lowering;
    if faults.errors() > 0 {
        return (None, faults.into_vec());
    }
    finish(&mut tables.plan);
    for lint in LINTS {
        (lint.check)(document, &tables.plan, &mut faults);
    }
    (Some(tables.plan), faults.into_vec())
}

/// Sets what depends on the whole plan: whether impressions and types are used, and the identities.
fn finish(plan: &mut Plan) {
    let says_types = plan.events.kind.is_some() || plan.events.yields.says_types();
    plan.events.yields.untyped =
        !says_types && plan.inputs.iter().all(|input| input.types == Types::All);
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

/// The lowering of one config.
struct Lowering<'d> {
    document: &'d Document,
    names: Names<'d>,
    tables: Tables,
    faults: Faults,
}

impl Lowering<'_> {
    fn features(&mut self) {
        for (number, declared) in self.document.features.iter().enumerate() {
            self.faults.set_within(declared.combination.clone());
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
            // With an invalid feature there will be no plan; lowering continues to find other
            // faults.
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
                entry: declared.entry,
            });
        }
        self.faults.set_within(None);
    }

    /// Features that could not be read may have further faults.
    fn partial(&mut self) {
        for partial in &self.document.partial {
            self.faults.set_within(partial.combination.clone());
            let word = partial.aggregate.as_ref();
            if let (Some(aggregate), Some((value, decays))) =
                (self.known_aggregate(word), &partial.fit)
            {
                let at = word.map_or(0..0, |word| word.span.clone());
                self.fits(aggregate, (&at, word.is_some()), value.as_ref(), *decays);
            }
        }
        self.faults.set_within(None);
    }

    /// The tests name outputs, also those of features that are not valid.
    fn tests(&mut self) {
        let Self { document, names, tables, faults } = self;
        let is_known = |name: &str| {
            document.features.iter().enumerate().any(|(number, feature)| {
                let outputs = names.outputs_of(number);
                // Of a faulty quotient the outputs have no names.
                let may_have = outputs.is_empty() && name.starts_with(&feature.name.value);
                may_have || outputs.iter().any(|output| output.name == name)
            })
        };
        expected::check(document, &tables.plan, &is_known, faults);
    }

    /// The input that counts events of one type.
    fn counted(&mut self, group: &Group, interaction: &Spanned<String>) -> InputId {
        self.input(group, Types::Only(vec![interaction.value.clone()]), (None, Takes::Nothing))
    }

    fn input(
        &mut self,
        group: &Group,
        types: Types,
        (value, takes): (Option<super::AttributeId>, Takes),
    ) -> InputId {
        let scope = self.scope(group);
        // A filter without conditions is no filter.
        let filter = group.filter.as_ref().filter(|filter| !filter.0.is_empty()).map(|filter| {
            let filter = self.filter(filter);
            self.tables.filter(filter)
        });
        self.tables.input(Input { scope, rolled_up: false, types, filter, value, takes })
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
        let read = |length: &Length<u32>| {
            let reach = reach(self.document, windows, kind, length.value);
            Read::State(self.tables.term(input, aggregate, reach, ttl))
        };
        windows.lengths.iter().map(read).collect()
    }

    fn filter(&mut self, filter: &config::Filter) -> Filter {
        filter.plain().map(&mut |name| self.tables.attribute(name))
    }
}

/// The part of the past that one of a feature's windows covers.
fn reach(document: &Document, windows: &Windows, kind: WindowKind, count: u32) -> Reach {
    let mut buckets = Buckets::of(windows.bucket.value);
    let mut offset = windows.offset.as_ref().map_or(0, |offset| offset.value.0);
    // A rolling window has no buckets: it is exact to the millisecond, wherever that is.
    if kind != WindowKind::Rolling {
        offset /= buckets.length().0;
        buckets = document.timezone.as_ref().map_or(buckets, |zone| buckets.in_zone(zone.value));
        buckets = windows.align.as_ref().map_or(buckets, |align| buckets.starting_on(align.value));
    }
    Reach::Window { kind, count, buckets, offset }
}

fn entry(declared: &config::Entry) -> Entry {
    let config::Entry { name, line, is_matrix } = declared.clone();
    Entry { name, line, is_matrix }
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::aggregate;
    use crate::plan::{Condition, Operand, Quotient, Rule, Shape, Term, Window};

    fn plan(text: &str) -> Plan {
        let (plan, report) = compile("test", text);
        plan.unwrap_or_else(|| panic!("{}", crate::diagnostic::text(&report, false)))
    }

    fn codes_of(text: &str) -> Vec<&'static str> {
        compile("test", text).1.diagnostics.iter().map(|fault| fault.code).collect()
    }

    fn quotient<'p>(plan: &'p Plan, output: &str) -> &'p Quotient {
        let output = plan.outputs.iter().find(|o| o.name == output).expect("the output");
        match &output.read {
            Read::Quotient(quotient) => quotient,
            Read::State(_) => panic!("{} is no quotient", output.name),
        }
    }

    fn term(operand: Operand) -> Term {
        match operand {
            Operand::Term(term) => term,
            Operand::Output(output) => panic!("{output:?} is no term"),
        }
    }

    #[test]
    fn a_fault_of_an_entry_hides_no_other_one_of_it() {
        let of = |members: &str| {
            codes_of(&format!(
                "features:\n- {{name: ok, type: counter, scope: item}}\n- {{name: a, {members}}}\n"
            ))
        };
        for (members, codes) in [
            (
                "type: counter, scope: item, aggregate: summ, value: x, half_life: 1 day",
                &["unknown-word", "bad-duration"][..],
            ),
            (
                "type: counter, scope: item, aggregate: since, value: x, half_life: 1 day",
                &["conflicting-members", "bad-duration"],
            ),
            (
                "type: counter, scope: item, aggregate: sum, half_life: 1 day",
                &["missing-member", "bad-duration"],
            ),
            (
                "type: counter, scope: [a, a], aggregate: max, value: x, half_life: 1d",
                &["bad-scope", "conflicting-members"],
            ),
            (
                "type: counter, scope: item, value: x, windows: [1d], bucket: 1 dayy",
                &["conflicting-members", "bad-duration"],
            ),
            (
                "type: counter, scope: item, windows: [x], bucket: 1h, half_life: y",
                &["bad-duration", "conflicting-members", "bad-duration"],
            ),
            ("type: ratio, top: ok, bottom: nope, default: x", &["bad-operand", "wrong-kind"]),
            (
                "type: counter, scope: [a, a, global], where: 3",
                &["bad-scope", "bad-scope", "bad-filter"],
            ),
            // A misspelt member, or one that is not a text, is reported once.
            (
                "type: counter, scope: item, aggregate: sum, valeu: x, half_life: 1 day",
                &["unknown-member", "bad-duration"],
            ),
            ("type: counter, scope: item, aggregate: sum, value: [x]", &["wrong-kind"]),
        ] {
            assert_eq!(of(members), codes, "{members}");
        }
    }

    #[test]
    fn what_means_the_same_is_one_state() {
        let plan = plan(
            "features:\n\
             - {name: a, type: window_count, scope: item, interaction: click, bucket: 1d, periods: [7]}\n\
             - {name: b, type: window_count, scope: [item], interaction: click, bucket: 24h, periods: [3, 30]}\n\
             - {name: c, type: counter, scope: item, interaction: click, windows: [40d], bucket: 1d, window: hopping}\n\
             - {name: d, type: rate, top: click, bottom: a, bucket: 1d, periods: [2]}\n\
             - {name: e, type: window_count, scope: item, interaction: click, bucket: 1d, periods: [7], ttl: 8d}\n\
             - {name: f, type: window_count, scope: item, interaction: click, bucket: 1d, periods: [7], where: {x: 1}}\n",
        );
        let rings: Vec<_> = plan.states.iter().map(|state| (state.shape, state.ttl)).collect();
        let ring = |held| Shape::Ring { buckets: Buckets::of(Millis::DAY), held };
        let days = |n| Millis(n * Millis::DAY.0);
        assert_eq!(rings, [(ring(41), days(90)), (ring(7), days(8)), (ring(7), days(90))]);
        assert_eq!((plan.scopes.len(), plan.inputs.len(), plan.filters.len()), (1, 2, 1));
        assert_eq!(term(quotient(&plan, "d_2").top), term(quotient(&plan, "d_2").bottom));
    }

    #[test]
    fn outputs_are_named_as_they_are_written() {
        let plan = plan(
            "features:\n\
             - {name: a, type: counter, scope: global, windows: [1h, 90m, 2], bucket: 30m}\n\
             - {name: b, type: counter, scope: x, half_life: 7d}\n\
             - {name: c, type: window_count, scope: ranking.q, interaction: p, bucket: 1d, periods: 7}\n\
             - {name: d, type: ratio, top: a, bottom: b}\n",
        );
        let names: Vec<_> = plan.outputs.iter().map(|output| output.name.as_str()).collect();
        let want = ["a_1h", "a_90m", "a_2", "b", "c", "d_1h", "d_90m", "d_2"];
        assert_eq!(names, want);
        let scopes: Vec<_> = plan.features.iter().map(|f| plan.scope_name(f.scope)).collect();
        assert_eq!(scopes, ["global", "x", "[ranking.q, item]", "x"]);
        let Read::State(Term { window, .. }) = plan.outputs[1].read else { panic!("no state") };
        let kind = WindowKind::Bucketed;
        let buckets = Buckets::of(Millis(30 * 60_000));
        assert_eq!(window, Window::Buckets { kind, count: 3, buckets, offset: 0 });
    }

    #[test]
    fn a_rate_takes_window_counts_of_its_key_or_interactions() {
        let plan = plan(
            "features:\n\
             - {name: good, type: window_count, scope: item, interaction: click, where: {x: 1}, bucket: 1h, periods: [3]}\n\
             - {name: r, type: rate, top: good, bottom: view, bucket: 1d, periods: [2], where: {y: 1}, normalize: {weight: 4}}\n",
        );
        let quotient = quotient(&plan, "r_2");
        let input = |term: Term| {
            let input = &plan.inputs[plan.states[term.state.0].input.0];
            let filter = input.filter.map(|f| plan.filters[f].clone());
            (input.types.clone(), filter, input.rolled_up)
        };
        let only = |name: &str| Types::Only(vec![name.to_owned()]);
        let passes = |n: usize| {
            let test = crate::base::Comparison::In(vec![crate::base::Value::Integer(1)]);
            let attribute = plan.attributes.iter().position(|a| a == ["x", "y"][n]).unwrap();
            Some(crate::base::filter::Filter(vec![Condition::Attribute(
                crate::plan::AttributeId(attribute),
                test,
            )]))
        };
        assert_eq!(input(term(quotient.top)), (only("click"), passes(0), false));
        assert_eq!(input(term(quotient.bottom)), (only("view"), passes(1), false));
        let Rule::Normalized { weight, top_all, bottom_all } = quotient.rule else {
            panic!("{:?}", quotient.rule)
        };
        assert_eq!(weight.to_bits(), 4_f64.to_bits());
        assert_eq!(input(top_all), (only("click"), passes(0), true));
        assert_eq!(input(bottom_all), (only("view"), passes(1), true));
        assert!(!plan.events.impressions.used);
    }

    #[test]
    fn a_rate_tells_features_from_interactions() {
        let count = "{name: click, type: interaction_count, scope: item, interaction: click}";
        let rate =
            "{name: r, type: rate, top: click, bottom: impression, bucket: 1d, periods: [2]}";
        for (features, want) in [
            (format!("- {count}\n- {rate}"), vec!["ambiguous-operand"]),
            (format!("- {}\n- {rate}", count.replace("n: click", "n: tap")), vec!["bad-operand"]),
            (format!("- {}\n- {rate}", count.replace("name: click", "name: x")), vec![]),
            (
                format!("- {{name: click, type: number, scope: item}}\n- {rate}"),
                vec!["skipped", "metarank-refresh"],
            ),
            // What is at fault itself is no further fault where it is named.
            (format!("- {}\n- {rate}", count.replace("scope", "skope")), vec!["unknown-member"]),
        ] {
            assert_eq!(codes_of(&format!("features:\n{features}\n")), want, "{features}");
        }
    }

    #[test]
    fn ratios_pair_what_they_divide_in_any_order() {
        let plan = plan(
            "features:\n\
             - {name: all, type: ratio, top: fall, bottom: one}\n\
             - {name: fall, type: ratio, top: l, bottom: s}\n\
             - {name: one, type: ratio, top: l_7d, bottom: s_1d, default: 0}\n\
             - {name: each, type: ratio, top: fall_1d, bottom: s, prior: {rate: 0.5, weight: 2}}\n\
             - {name: l, type: counter, scope: [a, b], interaction: p, half_life: [1d, 7d]}\n\
             - {name: s, type: counter, scope: [c, a], half_life: [1d, 7d]}\n\
             - {name: g, type: ratio, top: l, bottom: s, prior: {rate: global, weight: 2}}\n\
             - {name: n, type: interaction_count, scope: a, interaction: p}\n\
             - {name: w, type: window_count, scope: a, interaction: p, bucket: 1d, periods: [9]}\n\
             - {name: nw, type: ratio, top: n, bottom: w}\n\
             - {name: wn, type: ratio, top: w, bottom: n}\n\
             - {name: ln, type: ratio, top: l_7d, bottom: n}\n\
             - {name: lw, type: ratio, top: l_7d, bottom: w}\n",
        );
        let names: Vec<_> = plan.outputs.iter().map(|output| output.name.as_str()).collect();
        let want = [
            "all_1d", "all_7d", "fall_1d", "fall_7d", "one", "each_1d", "each_7d", "l_1d", "l_7d",
            "s_1d", "s_7d", "g_1d", "g_7d", "n", "w_9", "nw_9", "wn_9", "ln", "lw_9",
        ];
        assert_eq!(names, want);
        let sides = |output: &str| {
            let quotient = quotient(&plan, output);
            [quotient.top, quotient.bottom].map(|operand| match operand {
                Operand::Output(output) => plan.outputs[output.0].name.as_str(),
                Operand::Term(term) => panic!("{term:?}"),
            })
        };
        assert_eq!(sides("all_7d"), ["fall_7d", "one"]);
        assert_eq!(sides("fall_7d"), ["l_7d", "s_7d"]);
        assert_eq!(sides("one"), ["l_7d", "s_1d"]);
        assert_eq!(sides("each_7d"), ["fall_1d", "s_7d"]);
        assert_eq!(plan.scope_name(plan.features[0].scope), "[a, b, c]");
        assert!(matches!(
            quotient(&plan, "g_7d").rule,
            Rule::Smoothed { prior: crate::plan::Prior::Global { .. }, .. }
        ));
    }

    #[test]
    fn ratios_that_mean_nothing_are_faults() {
        let c = |name: &str, list: &str| {
            format!("- {{name: {name}, type: counter, scope: a, half_life: {list}}}\n")
        };
        let r = |name: &str, top: &str, bottom: &str, more: &str| {
            format!("- {{name: {name}, type: ratio, top: {top}, bottom: {bottom}{more}}}\n")
        };
        let (x, y) = (c("x", "[1d, 7d]"), c("y", "[1d, 30d]"));
        let deep: String = (0..20)
            .map(|n| r(&format!("r{n}"), &format!("r{}", n + 1), "x", ""))
            .chain([r("r20", "x", "x", "")])
            .collect();
        for text in [
            r("r", "x", "y", ""),
            r("r", "x", "nothing", ""),
            r("r", "x_2d", "y_1d", ""),
            r("r", "r", "x", ""),
            format!("{}{}", r("r", "s", "x", ""), r("s", "x", "r", "")),
            format!(
                "{}{}",
                r("r", "x", "x", ""),
                r("s", "r", "x", ", prior: {rate: global, weight: 1}")
            ),
            deep,
            format!(
                "- {{name: i, type: counter, scope: a, aggregate: increase, value: v}}\n{}",
                r("r", "i", "x_1d", ", prior: {rate: global, weight: 1}")
            ),
        ] {
            let codes = codes_of(&format!("features:\n{x}{y}{text}"));
            assert!(
                !codes.is_empty() && codes.iter().all(|c| *c == "bad-operand"),
                "{text}{codes:?}"
            );
        }
    }

    #[test]
    fn impressions_are_used_only_where_they_are_named() {
        let with = |interaction: &str| {
            let text = format!(
                "features:\n- {{name: a, type: counter, scope: item, interaction: {interaction}}}\n"
            );
            plan(&text).events.impressions.used
        };
        assert!(with("[click, impression]"));
        assert!(!with("click"));
        assert!(!plan("features: [{name: a, type: counter, scope: item}]").events.impressions.used);
    }

    #[test]
    fn a_counter_is_held_against_the_registry_of_aggregates() {
        let counter = |more: &str| {
            codes_of(&format!("features:\n- {{name: a, type: counter, scope: x{more}}}\n"))
        };
        assert_eq!(counter(", aggregate: summ, value: v"), ["unknown-word"]);
        assert_eq!(counter(", aggregate: sum"), ["missing-member"]);
        assert_eq!(counter(", value: v"), ["conflicting-members"]);
        assert_eq!(counter(", aggregate: max, value: v, half_life: 1d"), ["conflicting-members"]);
        for (members, code) in [
            ("percentile, value: v", "missing-member"),
            ("percentile, percentile: 50", "missing-member"),
            ("sum, value: v, percentile: 50", "conflicting-members"),
            ("percentile, value: v, percentile: 50, half_life: 1d", "conflicting-members"),
            ("percentile, value: v, percentile: 100.5", "bad-number"),
            ("percentile, value: v, percentile: [-1]", "bad-number"),
            ("percentile, value: v, percentile: 99.99995", "bad-number"),
            ("percentile, value: v, percentile: .nan", "bad-number"),
            ("percentile, value: v, percentile: [50, 95, 50]", "duplicate-name"),
            ("percentile, value: v, percentile: []", "wrong-kind"),
            ("percentile, value: v, percentile: '50'", "wrong-kind"),
            ("percentile, value: v, percentile: p50", "wrong-kind"),
        ] {
            assert_eq!(counter(&format!(", aggregate: {members}")), [code], "{members}");
        }
        for aggregate in aggregate::REGISTRY {
            let value = if aggregate.takes_value() { ", value: v" } else { "" };
            let at = if aggregate.has_percentiles() { ", percentile: 50" } else { "" };
            let text = format!(", aggregate: {}{value}{at}", aggregate.name);
            assert_eq!(counter(&text), Vec::<&str>::new(), "{text}");
        }
    }

    #[test]
    fn a_key_that_takes_lists_apart_is_another_one() {
        let count =
            "{name: c, type: window_count, interaction: x, scope: tags, bucket: 1d, periods: [7]";
        let rate = "{name: r, type: rate, top: c, bottom: x, scope: tags, bucket: 1d, periods: [7]";
        for (own, other, key, and) in [
            ("true", "false", "`tags` with `explode: true`", "`tags` without `explode`"),
            ("false", "true", "`tags` without `explode`", "`tags` with `explode: true`"),
        ] {
            let text =
                format!("features:\n- {count}, explode: {own}}}\n- {rate}, explode: {other}}}\n");
            let (plan, report) = compile("test", &text);
            assert!(plan.is_none());
            let message =
                format!("a rate cannot divide the feature `c`: its key is {key}, not {and}");
            assert_eq!(report.diagnostics[0].message, message);
        }
    }

    #[test]
    fn a_side_is_the_output_that_exists() {
        let features = |more: &str| {
            format!(
                "features:\n\
                 - {{name: lat, type: counter, scope: s, aggregate: percentile, value: v, \
                 percentile: [50, 95], windows: [1d, 7d], bucket: 1d}}\n\
                 - {{name: lat_1d, type: counter, scope: s}}\n\
                 - {{name: n, type: counter, scope: s}}\n{more}"
            )
        };
        let ratio = "- {name: r, type: ratio, top: lat_1d_p50, bottom: n}\n";
        let compiled = plan(&features(ratio));
        let Operand::Output(top) = quotient(&compiled, "r").top else { panic!("no output") };
        assert_eq!(compiled.outputs[top.0].name, "lat_1d_p50");
        // Also one of a ratio that is declared later.
        let of_ratio = "- {name: r, type: ratio, top: q_1d_p50, bottom: n}\n\
                        - {name: q, type: ratio, top: lat, bottom: n}\n\
                        - {name: q_1d, type: ratio, top: n, bottom: n}\n";
        let compiled = plan(&features(of_ratio));
        let Operand::Output(top) = quotient(&compiled, "r").top else { panic!("no output") };
        assert_eq!(compiled.outputs[top.0].name, "q_1d_p50");
        // Two that fit have the same name.
        let twice = "- {name: lat_1d_p50, type: counter, scope: s}\n".to_owned() + ratio;
        assert_eq!(codes_of(&features(&twice)), ["duplicate-name"]);
        let (_, report) =
            compile("test", &features("- {name: r, type: ratio, top: lat_1d_p9, bottom: n}\n"));
        assert_eq!(report.diagnostics[0].message, "there is no output `lat_1d_p9`");
    }

    #[test]
    fn a_fault_of_an_aggregate_says_what_to_write() {
        let help = |members: &str| {
            let text = format!("features:\n- {{name: a, type: counter, scope: s, {members}}}\n");
            compile("test", &text).1.diagnostics[0].help.clone().unwrap_or_default()
        };
        for (members, advice) in [
            ("aggregate: median, value: v", "write `aggregate: percentile` with `percentile: 50`"),
            ("aggregate: since, value: v", "remove `value`, or write an `aggregate` that takes"),
            ("value: v", "add `aggregate: sum`"),
            ("half_life: 1d, offset: 1d", "remove it, or write `windows` in place of"),
            ("offset: 1d", "add `windows: [1h, 7d]`"),
        ] {
            assert!(help(members).starts_with(advice), "{members}: {}", help(members));
        }
    }
}
