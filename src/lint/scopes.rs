//! Scopes by which events are divided too little or too much, and labels that name two scopes.

use crate::base::Millis;
use crate::base::quantity::{grouped, listed};
use crate::config::{AxisLabel, Feature, Group};
use crate::diagnostic::lints::{
    BRIEF_SHARE, BRIEF_TIMES, COARSE_FEW_EVENTS, COARSE_FEW_SHARE, COARSE_KEYS, COARSE_SHARE,
    FINE_KEYS, FINE_SHARE,
};
use crate::diagnostic::{Label, codes};
use crate::engine::KeySpread;
use crate::plan::OutputId;
use crate::profile::words::about;

use super::names::group;
use super::units::longest;
use super::{Declared, Facts, Findings};

/// What a visit takes at least.
const VISIT: Millis = Millis(600_000);
/// The most attributes of a scope that are named.
const LISTED: usize = 8;

/// Labels of an axis that stand for other attributes in another entry.
pub(super) fn labels(config: &Declared<'_>, findings: &mut Findings<'_>) {
    let labels = &config.document.labels;
    let mut told: Vec<(&str, &str)> = Vec::new();
    for (number, own) in labels.iter().enumerate() {
        let AxisLabel { axis, label, attributes, .. } = own;
        let is_same = |other: &&AxisLabel| other.axis == *axis && other.label.value == label.value;
        let Some(first) = labels[..number].iter().find(is_same) else { continue };
        if first.attributes == *attributes || told.contains(&(axis, &label.value)) {
            continue;
        }
        told.push((axis, &label.value));
        let [here, there] =
            [attributes, &first.attributes].map(|attributes| listed(attributes, LISTED));
        let message = format!(
            "the label `{}` of the axis `{axis}` stands for {here} here, and for {there} in `{}`",
            label.value, first.entry
        );
        let help = "names that end alike are taken for counts of the same key: write the same \
                    attributes, or another label";
        let there = Label { span: first.label.span.clone(), message: format!("{there} here") };
        let here = Label { span: label.span.clone(), message: String::new() };
        findings.add_whole(codes::LABEL_DIFFERS.at_all([here, there], message).help(help));
    }
}

/// Scopes one key of which has most of the events.
pub(super) fn too_coarse(facts: &Facts<'_>, findings: &mut Findings<'_>) {
    let of = |threshold| facts.settings.of(threshold);
    let (least, share, few) = (of(&COARSE_KEYS), of(&COARSE_SHARE), of(&COARSE_FEW_SHARE));
    each(facts, |output, group, feature, spread| {
        let Some((slot, most)) = spread.hottest.first().copied() else { return };
        let is_of_few = (spread.keys as f64) < least;
        let has_few_events = is_of_few && (spread.rows as f64) < of(&COARSE_FEW_EVENTS);
        let share = if is_of_few { few } else { share };
        if spread.keys < 2 || has_few_events || most as f64 <= share * spread.rows as f64 {
            return;
        }
        let message = format!(
            "`{}` by {}: {} of {} events are of {} alone, one of {} keys",
            feature.name.value,
            facts.plan.scope_name(facts.plan.scope_of(output)),
            grouped(most),
            grouped(spread.rows),
            facts.key(output, slot),
            grouped(spread.keys),
        );
        let help = "look at what the key stands for: a default or a test in place of a value; leave \
                    it out with `where`, or divide by another attribute too";
        let warning = codes::SCOPE_TOO_COARSE.at(group.scope.span.clone(), message).help(help);
        findings.add(feature, warning);
    });
}

/// Scopes most keys of which have one event, or come for one visit and not again.
pub(super) fn too_fine(facts: &Facts<'_>, findings: &mut Findings<'_>) {
    let of = |threshold| facts.settings.of(threshold);
    let span = facts.rows.tape.contents().span().map_or(0, |(first, last)| last.since(first).0);
    let brief = |feature: &Feature, ttl: Millis, lifetime: &Millis| {
        let past = longest(feature).map_or(ttl, |(length, ..)| length.min(ttl));
        // One that is named by its key means it: `clicks_of_session`.
        let is_meant = group(feature).is_some_and(|group| {
            group.scope.value.iter().any(|part| feature.name.value.contains(part.as_str()))
        });
        // Within hours everything is brief.
        !is_meant
            && span >= Millis::DAY.0
            && lifetime.0 as f64 <= of(&BRIEF_SHARE) * span as f64
            && past.0 as f64 >= of(&BRIEF_TIMES) * (*lifetime).max(VISIT).0 as f64
    };
    each(facts, |output, group, feature, spread| {
        if (spread.keys as f64) < of(&FINE_KEYS) {
            return;
        }
        let ttl = facts.plan.features[facts.plan.outputs[output.0].feature.0].ttl;
        let keys = grouped(spread.keys);
        let (what, words) = if spread.once as f64 > of(&FINE_SHARE) * spread.keys as f64 {
            let once = grouped(spread.once);
            (format!("{once} of {keys} keys have one event"), format!("{once} of {keys} keys"))
        } else if let Some(lifetime) = spread.lifetime.filter(|it| brief(feature, ttl, it)) {
            let (once, within) = (grouped(spread.once), about(lifetime));
            (
                format!(
                    "{once} of {keys} keys have one event, and half of the others have all of \
                     theirs within {within}"
                ),
                format!("half of the keys with several events within {within}"),
            )
        } else {
            return;
        };
        let (name, scope) = (&feature.name.value, facts.plan.scope_of(output));
        let message = format!("`{name}` by {}: {what}", facts.plan.scope_name(scope));
        let help = "nothing adds up: divide by fewer attributes, or by one that comes again; an id \
                    of events or visits is none";
        let warning = codes::SCOPE_TOO_FINE.at(group.scope.span.clone(), message).help(help);
        findings.add_together(feature, warning, format!("`{name}`: {words}"));
    });
}

/// Visits the features that have a key, each with the spread of the events that it counts most of.
fn each(facts: &Facts<'_>, mut visit: impl FnMut(OutputId, &Group, &Feature, &KeySpread)) {
    for (declared, feature) in facts.features() {
        let Some(group) = group(declared).filter(|group| !group.scope.value.is_empty()) else {
            continue;
        };
        if let Some(spread) = facts.spread(feature) {
            let output = OutputId(feature.outputs.start);
            visit(output, group, declared, spread);
        }
    }
}
