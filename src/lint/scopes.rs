//! Scopes by which events are divided too little or too much.

use crate::base::quantity::grouped;
use crate::config::{Body, Feature, Group};
use crate::diagnostic::codes;
use crate::diagnostic::lints::{COARSE_KEYS, COARSE_SHARE, FINE_KEYS, FINE_SHARE};
use crate::engine::KeySpread;
use crate::plan::{OutputId, ScopeId};

use super::{Facts, Findings};

/// Scopes one key of which has most of the events.
pub(super) fn too_coarse(facts: &Facts<'_>, findings: &mut Findings) {
    let (least, share) = (facts.settings.of(&COARSE_KEYS), facts.settings.of(&COARSE_SHARE));
    each(facts, |output, group, feature, spread| {
        let Some((slot, most)) = spread.most else { return };
        if (spread.keys as f64) < least || most as f64 <= share * spread.rows as f64 {
            return;
        }
        let message = format!(
            "`{}` by {}: {} of {} events are of {} alone, one of {} keys",
            feature.name.value,
            facts.plan().scope_name(facts.plan().scope_of(output)),
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

/// Scopes most keys of which have one event.
pub(super) fn too_fine(facts: &Facts<'_>, findings: &mut Findings) {
    let (least, share) = (facts.settings.of(&FINE_KEYS), facts.settings.of(&FINE_SHARE));
    each(facts, |output, group, feature, spread| {
        if (spread.keys as f64) < least || spread.once as f64 <= share * spread.keys as f64 {
            return;
        }
        let message = format!(
            "`{}` by {}: {} of {} keys have one event",
            feature.name.value,
            facts.plan().scope_name(facts.plan().scope_of(output)),
            grouped(spread.once),
            grouped(spread.keys),
        );
        let help = "nothing adds up: divide by fewer attributes, or by one that comes again; an id \
                    of events is none";
        let warning = codes::SCOPE_TOO_FINE.at(group.scope.span.clone(), message).help(help);
        findings.add(feature, warning);
    });
}

/// Visits the features that have a key, each with the spread of the events that it counts most of.
fn each(facts: &Facts<'_>, mut visit: impl FnMut(OutputId, &Group, &Feature, &KeySpread)) {
    let plan = facts.plan();
    for (declared, feature) in facts.features() {
        let Some(group) = group(declared).filter(|group| !group.scope.value.is_empty()) else {
            continue;
        };
        let output = OutputId(feature.outputs.start);
        let of_scope = |scope: ScopeId| scope == feature.scope;
        let sides = plan.sides(output).into_iter().filter(|side| !side.is_global);
        let inputs = sides.map(|side| plan.states[side.term.state.0].input);
        let inputs = inputs.filter(|input| of_scope(plan.inputs[input.0].scope));
        let spreads = inputs.map(|input| &facts.measures.inputs[input.0]);
        if let Some(spread) = spreads.max_by_key(|spread| spread.rows) {
            visit(output, group, declared, spread);
        }
    }
}

/// The key of a feature as written.
const fn group(feature: &Feature) -> Option<&Group> {
    match &feature.body {
        Body::InteractionCount { group, .. }
        | Body::WindowCount { group, .. }
        | Body::Rate { group, .. }
        | Body::Counter { group, .. } => Some(group),
        Body::Ratio { .. } => None,
    }
}
