//! Ratios whose numbers cannot be what is meant: rates above 1, exchanged sides, small divisors.

use crate::base::quantity::{grouped, value};
use crate::config::{Body, Feature};
use crate::diagnostic::codes;
use crate::diagnostic::lints::{
    EXCHANGED_KEYS, EXCHANGED_SHARE, EXCHANGED_TIMES, PRIOR_KEYS, PRIOR_TIMES, RATE_KEYS,
    SMALL_BELOW, SMALL_KEYS, SMALL_SHARE,
};
use crate::plan::{OutputId, Read, Rule, Side};

use super::measure::Divisors;
use super::{Facts, Findings};

/// Rates of counts that are above 1.
pub(super) fn exchanged_or_above_one(facts: &Facts<'_>, findings: &mut Findings<'_>) {
    let of = |threshold| facts.settings.of(threshold);
    let (share, times) = (of(&EXCHANGED_SHARE), of(&EXCHANGED_TIMES));
    for (output, feature) in facts.outputs() {
        let Some(sides) = divisors(facts, output) else { continue };
        let Some((slot, top, bottom)) = sides.most else { continue };
        let is_rate = matches!(feature.body, Body::Rate { .. });
        if !is_rate && (sides.keys as f64) < facts.settings.of(&RATE_KEYS) {
            continue;
        }
        let Some(names) = operands(feature) else { continue };
        let (name, key) = (facts.name(output), facts.key(output, slot));
        let (exceeded, keys) = (grouped(sides.exceeded), grouped(sides.keys));
        let is_exchanged = sides.keys as f64 >= facts.settings.of(&EXCHANGED_KEYS)
            && sides.exceeded as f64 > share * sides.keys as f64
            && sides.sums.0 >= times * sides.sums.1;
        // The same events over two windows are a trend.
        if !is_rate && is_of_one_kind(facts, output) {
            continue;
        }
        let warning = if is_exchanged {
            let message = format!(
                "`{name}` divides more by less: at {exceeded} of {keys} keys `{}` is greater than \
                 `{}`, {} to {} added up over keys",
                names.0,
                names.1,
                value(sides.sums.0),
                value(sides.sums.1)
            );
            let help = format!(
                "exchange them if they are the wrong way round (`top: {}`); if not, look for what \
                 `{}` counts too much of, such as a filter that was lost",
                names.1, names.0
            );
            codes::SIDES_EXCHANGED.at(dividend(feature), message).help(help)
        } else {
            let at = if key.is_empty() { String::new() } else { format!(" at {key}") };
            let (top, bottom) = (value(top), value(bottom));
            let message = if is_plain(facts, output) {
                format!("`{name}` is above 1 at {exceeded} of {keys} keys: {top} / {bottom}{at}")
            } else {
                format!(
                    "`{name}` counts more of `{}` than of `{}` at {exceeded} of {keys} keys: {top} \
                     and {bottom}{at}",
                    names.0, names.1
                )
            };
            let help = format!(
                "`{}` without `{}`: look for events that are counted twice, or whose other half \
                 is missing",
                names.0, names.1
            );
            codes::RATE_ABOVE_ONE.at(dividend(feature), message).help(help)
        };
        findings.add(feature, warning);
    }
}

/// Ratios that are noise at most keys.
pub(super) fn small_divisor(facts: &Facts<'_>, findings: &mut Findings<'_>) {
    let (below, share) = (facts.settings.of(&SMALL_BELOW), facts.settings.of(&SMALL_SHARE));
    for (output, feature) in facts.outputs() {
        let Some(sides) = divisors(facts, output) else { continue };
        if !is_plain(facts, output)
            || (sides.keys as f64) < facts.settings.of(&SMALL_KEYS)
            || sides.small as f64 <= share * sides.keys as f64
        {
            continue;
        }
        let (name, small, keys) = (facts.name(output), grouped(sides.small), grouped(sides.keys));
        let message = format!(
            "the divisor of `{name}` is below {} at {small} of {keys} keys, as of their last events",
            value(below)
        );
        let help = match &feature.body {
            Body::Rate { .. } => {
                "write `normalize: {weight: 10}`, which draws small rates towards \
                                  the rate of all keys, or a longer window"
            }
            _ => {
                "write `prior: {rate: global, weight: 10}`, which draws small ratios towards that \
                  of all keys, or a longer window"
            }
        };
        let words = format!("`{name}` at {small} of {keys} keys");
        let warning = codes::SMALL_DIVISOR.at(place_of_divisor(feature), message).help(help);
        findings.add_together(feature, warning, words);
    }
}

/// Priors that are far from what all keys have together: a percentage, or a reciprocal.
pub(super) fn far_prior(facts: &Facts<'_>, findings: &mut Findings<'_>) {
    let (times, least) = (facts.settings.of(&PRIOR_TIMES), facts.settings.of(&PRIOR_KEYS));
    for (output, feature) in facts.outputs() {
        let Body::Ratio { prior: Some(prior), .. } = &feature.body else { continue };
        let Some(rate) = prior.rate.as_ref().filter(|rate| rate.value > 0.0) else { continue };
        let Some(sides) = divisors(facts, output) else { continue };
        let all = sides.sums.0 / sides.sums.1;
        let is_near = rate.value <= times * all && all <= times * rate.value;
        if is_near || (sides.keys as f64) < least || all <= 0.0 {
            continue;
        }
        let message = format!(
            "the prior of `{}` is {}, and all of its {} keys together have {}",
            facts.name(output),
            value(rate.value),
            grouped(sides.keys),
            value(all)
        );
        let help = "write a rate such as theirs, or `rate: global`, which is that of all keys; a \
                    percentage is a hundred times too large";
        findings.add(feature, codes::PRIOR_DIFFERS.at(rate.span.clone(), message).help(help));
    }
}

fn divisors<'f>(facts: &Facts<'f>, output: OutputId) -> Option<&'f Divisors> {
    facts.measures.outputs[output.0].divisors.as_ref().filter(|sides| sides.keys > 0)
}

/// True if an output is the quotient of its sides, and nothing smooths it.
fn is_plain(facts: &Facts<'_>, output: OutputId) -> bool {
    matches!(
        &facts.plan.outputs[output.0].read,
        Read::Quotient(quotient) if matches!(quotient.rule, Rule::Plain { .. })
    )
}

/// True if both sides are of the same events.
fn is_of_one_kind(facts: &Facts<'_>, output: OutputId) -> bool {
    let plan = facts.plan;
    let input = |side: &Side| &plan.inputs[plan.states[side.term.state.0].input.0];
    let sides = plan.sides(output);
    let mut own = sides.iter().filter(|side| !side.is_global).map(input);
    let first = own.next();
    first.is_some_and(|first| {
        own.all(|other| (&other.types, other.filter) == (&first.types, first.filter))
    })
}

/// The names of both sides.
fn operands(feature: &Feature) -> Option<(&str, &str)> {
    match &feature.body {
        Body::Rate { top, bottom, .. } | Body::Ratio { top, bottom, .. } => {
            Some((&top.value, &bottom.value))
        }
        _ => None,
    }
}

/// Where the divisor stands.
fn place_of_divisor(feature: &Feature) -> std::ops::Range<usize> {
    match &feature.body {
        Body::Rate { bottom, .. } | Body::Ratio { bottom, .. } => bottom.span.clone(),
        _ => feature.name.span.clone(),
    }
}

/// Where the dividend stands.
pub(super) fn dividend(feature: &Feature) -> std::ops::Range<usize> {
    match &feature.body {
        Body::Rate { top, .. } | Body::Ratio { top, .. } => top.span.clone(),
        _ => feature.name.span.clone(),
    }
}
