//! Values that cannot be used, that are the same at every key, or that another output has.

use std::collections::HashMap;

use foldhash::fast::FixedState;

use crate::base::quantity::{grouped, value};
use crate::config::Body;
use crate::diagnostic::codes;
use crate::diagnostic::lints::{CONSTANT_KEYS, CONSTANT_SPREAD, HUGE, SAME_KEYS};
use crate::plan::{OutputId, Plan, Read, Rule, ScopeId, Term};

use super::{Declared, Facts, Findings};

/// Values that are not finite, or too large.
pub(super) fn unusable(facts: &Facts<'_>, findings: &mut Findings<'_>) {
    let above = facts.settings.of(&HUGE);
    for (output, feature) in facts.outputs() {
        let measure = &facts.measures.outputs[output.0];
        let huge = measure.largest.filter(|(_, largest)| largest.abs() > above);
        let endless =
            measure.endless.map(|slot| (slot, "not finite, and read as missing,".to_owned()));
        let huge = || huge.map(|(slot, number)| (slot, value(number)));
        let Some((slot, what)) = endless.or_else(huge) else { continue };
        let message = format!("`{}` is {what} at {}", facts.name(output), facts.key(output, slot));
        let help = "look at what it adds up: an id or a time in place of an amount, or a unit that \
                    is too fine";
        let warning = codes::UNUSABLE_VALUE.at(feature.name.span.clone(), message).help(help);
        findings.add(feature, warning);
    }
}

/// Outputs of one value.
pub(super) fn constant(facts: &Facts<'_>, findings: &mut Findings<'_>) {
    let least = facts.settings.of(&CONSTANT_KEYS);
    let spread = facts.settings.of(&CONSTANT_SPREAD);
    for (output, feature) in facts.outputs() {
        let measure = &facts.measures.outputs[output.0];
        if (measure.keys as f64) < least || facts.plan.most_listed(output).is_some() {
            continue;
        }
        // One event of each key is what `scope-too-fine` tells.
        let feature_of = &facts.plan.features[facts.plan.outputs[output.0].feature.0];
        if facts.spread(feature_of).is_some_and(|spread| spread.once == spread.keys) {
            continue;
        }
        if !measure.is_constant(spread) || measure.had_several {
            continue;
        }
        let what = match measure.range.map(|(low, high)| (value(low), value(high))) {
            None => "has no value at any".to_owned(),
            Some((low, high)) if low == high => format!("is {low} at each"),
            Some((low, high)) => format!("is between {low} and {high} at each"),
        };
        let (name, keys) = (facts.name(output), grouped(measure.keys));
        let message = format!("`{name}` {what} of {keys} keys at the end of the log");
        let help = if is_outweighed(facts.plan, output) {
            "its weight is more than what keys have of their own, so that all have the rate of the \
             prior: write a smaller one"
        } else {
            "nothing can be learnt from it: look at which events it counts (`counterscope \
             explain`), and how long its window is beside the log"
        };
        let warning = codes::CONSTANT_OUTPUT.at(feature.name.span.clone(), message).help(help);
        findings.add(feature, warning);
    }
}

/// Whether an output is smoothed towards one rate for all keys.
fn is_outweighed(plan: &Plan, output: OutputId) -> bool {
    match &plan.outputs[output.0].read {
        Read::Quotient(quotient) => !matches!(quotient.rule, Rule::Plain { .. }),
        Read::State(_) => false,
    }
}

/// Aggregates of what their key already says: all events of a key have the same.
pub(super) fn of_own_key(config: &Declared<'_>, findings: &mut Findings<'_>) {
    for (feature, _) in config.features() {
        let Body::Counter { group, value: Some(value), aggregate, .. } = &feature.body else {
            continue;
        };
        if group.explode || !group.scope.value.contains(&value.value) {
            continue;
        }
        let word = aggregate.as_ref().map_or("sum", |word| &word.value);
        // What is added up says how many events there are, too.
        if matches!(word, "sum" | "count") {
            continue;
        }
        let message = format!(
            "`{}` takes `{word}` of `{}`, which is the same in all events of a key",
            feature.name.value, value.value
        );
        let help = "write another `value`, or a `scope` without it";
        findings.add(feature, codes::CONSTANT_OUTPUT.at(value.span.clone(), message).help(help));
    }
}

/// Outputs that mean what another one means.
pub(super) fn same_meaning(config: &Declared<'_>, findings: &mut Findings<'_>) {
    let plan = config.plan;
    let mut known: Vec<(OutputId, Meaning<'_>)> = Vec::new();
    for (output, feature) in config.outputs() {
        let own = Meaning::of(plan, output);
        let Some((first, _)) = known.iter().find(|(_, meaning)| *meaning == own) else {
            known.push((output, own));
            continue;
        };
        let (name, other) = (config.name(output), config.name(*first));
        let message = format!("`{name}` means the same as `{other}`");
        let help = "remove one of them; they share their states, and a model gains nothing";
        let warning = codes::SAME_MEANING.at(feature.name.span.clone(), message).help(help);
        findings.add(feature, warning);
    }
}

/// What tells an output from another.
#[derive(PartialEq)]
struct Meaning<'p> {
    scope: ScopeId,
    read: &'p Read,
    refresh: i64,
    ttl: i64,
}

impl<'p> Meaning<'p> {
    fn of(plan: &'p Plan, output: OutputId) -> Self {
        let declared = &plan.outputs[output.0];
        let feature = &plan.features[declared.feature.0];
        let (refresh, ttl) = (feature.refresh.0, feature.ttl.0);
        Self { scope: feature.scope, read: &declared.read, refresh, ttl }
    }
}

/// Outputs of other meanings that have the same values.
pub(super) fn same_values(facts: &Facts<'_>, findings: &mut Findings<'_>) {
    let (plan, least) = (facts.plan, facts.settings.of(&SAME_KEYS));
    let span = facts.rows.tape.contents().span().map(|(first, last)| last.0 - first.0);
    let mut known = HashMap::<(ScopeId, u64), OutputId, FixedState>::default();
    for (output, feature) in facts.outputs() {
        let measure = &facts.measures.outputs[output.0];
        let is_constant = measure.range.is_some_and(|(low, high)| high <= low);
        if (measure.keys as f64) < least || measure.values == 0 || is_constant {
            continue;
        }
        let place = (plan.scope_of(output), measure.digest);
        let Some(first) = known.get(&place).copied() else {
            known.insert(place, output);
            continue;
        };
        // Windows that hold the whole log are equal until the log is longer.
        let is_whole = |output| reach(plan, output).is_none_or(|reach| Some(reach) > span);
        if Meaning::of(plan, first) == Meaning::of(plan, output)
            || is_whole(output) && is_whole(first) && measured_alike(plan, first, output)
        {
            continue;
        }
        let (name, other) = (facts.name(output), facts.name(first));
        let keys = grouped(measure.keys);
        let message = format!("`{name}` has the value of `{other}` at each of {keys} keys");
        let help = "look at what sets them apart: a filter that rejects nothing, or two names of \
                    one thing; if the log is too short to tell, nothing has to be done";
        let warning = codes::SAME_VALUES.at(feature.name.span.clone(), message).help(help);
        findings.add(feature, warning);
    }
}

/// True if two outputs are read from the same inputs by the same aggregates.
fn measured_alike(plan: &Plan, one: OutputId, other: OutputId) -> bool {
    let of = |output| {
        let sides = plan.sides(output).into_iter();
        let side = |term: Term| {
            let state = &plan.states[term.state.0];
            (state.input, state.aggregate)
        };
        sides.map(|found| (side(found.term), found.is_global)).collect::<Vec<_>>()
    };
    of(one) == of(other)
}

/// How far back the shortest window of an output reaches; `None` if it has none.
fn reach(plan: &Plan, output: OutputId) -> Option<i64> {
    let windows = plan.sides(output).into_iter();
    windows.filter_map(|side| side.term.window.length()).map(|length| length.0).min()
}
