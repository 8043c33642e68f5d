//! Ratios of which one side counts by another rule than the other.

use std::collections::BTreeMap;

use crate::aggregate::Shape;
use crate::config::{Body, Feature, Spanned};
use crate::diagnostic::lints::LIVES_TIMES;
use crate::diagnostic::{Diagnostic, codes};
use crate::plan::{AttributeId, InputId, Operand, OutputId, Plan, Read, Side, State, Term};

use super::ratios::dividend;
use super::{Declared, Facts, Findings};

/// The share of the events that have an attribute by which they could be filtered.
const HAD: f64 = 0.9;

/// Sides that count different events over different keys, windows, half-lives or filters.
pub(super) fn differ(config: &Declared<'_>, findings: &mut Findings<'_>) {
    let plan = config.plan;
    for (output, feature) in config.outputs() {
        let Body::Ratio { top, bottom, .. } = &feature.body else { continue };
        let Some([above, below]) = own_sides(plan, output) else { continue };
        let [one, other] = [&above, &below].map(|side| &plan.states[side.term.state.0]);
        let inputs = [one, other].map(|state| &plan.inputs[state.input.0]);
        // The same events by two rules are compared on purpose: a trend by its past, a mean by its
        // aggregate, a share by its filter or key. A share or a mean is of one past.
        if inputs[0].types == inputs[1].types || one.aggregate != other.aggregate {
            let is_trend = inputs[0].filter == inputs[1].filter
                && inputs[0].scope == inputs[1].scope
                && one.aggregate == other.aggregate;
            if let Some(past) = pasts(one, &above.term, other, &below.term).filter(|_| !is_trend) {
                findings.add(feature, difference(feature, top, bottom, &past));
            }
            continue;
        }
        // Where neither has the whole key they never meet, which is told as that.
        let whole = plan.scopes[plan.scope_of(output).0].attributes.len();
        if inputs.iter().all(|input| plan.scopes[input.scope.0].attributes.len() < whole) {
            continue;
        }
        let mut differences = Vec::new();
        if inputs[0].scope != inputs[1].scope {
            let [above, below] = inputs.map(|input| plan.scope_name(input.scope));
            differences.push(format!("by {above} and by {below}"));
        }
        if let Some(past) = pasts(one, &above.term, other, &below.term) {
            differences.push(past);
        }
        if inputs[1].filter.is_some() && !is_within(plan, inputs[0].filter, inputs[1].filter) {
            differences.push("under a filter that the other side does not have".to_owned());
        }
        if differences.is_empty() {
            continue;
        }
        findings.add(feature, difference(feature, top, bottom, &differences.join(", ")));
    }
}

/// The sides of a ratio of counts of other events, of which only the divided ones are under a filter,
/// though nearly all of the others have its attributes, too.
pub(super) fn filtered_apart(facts: &Facts<'_>, findings: &mut Findings<'_>) {
    let plan = facts.plan;
    // Whether the events of an input have the attributes of a filter.
    let mut known = BTreeMap::<(InputId, usize), bool>::new();
    for (feature, planned) in facts.features() {
        let Body::Ratio { top, bottom, .. } = &feature.body else { continue };
        let Some(sides) = own_sides(plan, OutputId(planned.outputs.start)) else { continue };
        let [one, other] = sides.map(|side| plan.states[side.term.state.0].input);
        let [above, below] = [one, other].map(|input| &plan.inputs[input.0]);
        let is_apart = above.types != below.types && below.filter.is_none();
        let Some(filter) = above.filter.filter(|_| is_apart) else { continue };
        let mut attributes = Vec::new();
        plan.filters[filter].attributes(&mut |attribute| attributes.push(attribute));
        let have = || !attributes.is_empty() && have_all(facts, other, &attributes);
        if !*known.entry((other, filter)).or_insert_with(have) {
            continue;
        }
        let names: Vec<String> =
            attributes.iter().map(|it| format!("`{}`", plan.attributes[it.0])).collect();
        let what = format!(
            "with and without a filter on {}, which nearly all events of both have",
            names.join(", ")
        );
        findings.add(feature, difference(feature, top, bottom, &what));
    }
}

/// Whether nearly all events that an input takes by their type have each of these attributes.
fn have_all(facts: &Facts<'_>, input: InputId, attributes: &[AttributeId]) -> bool {
    let rows = facts.rows;
    let types = rows.types(input);
    let (mut all, mut having) = (0_u64, vec![0_u64; attributes.len()]);
    for row in (0..rows.tape.rows()).filter(|row| rows.is_of(&types, *row)) {
        all += 1;
        for (attribute, having) in attributes.iter().zip(&mut having) {
            *having += u64::from(rows.value(*attribute, row).is_some());
        }
    }
    all > 0 && having.iter().all(|having| *having as f64 >= HAD * all as f64)
}

/// The warning of a ratio whose sides differ in something.
fn difference(
    feature: &Feature,
    top: &Spanned<String>,
    bottom: &Spanned<String>,
    what: &str,
) -> Diagnostic {
    let message = format!(
        "`{}` divides `{}` by `{}`, which are counted {what}",
        feature.name.value, top.value, bottom.value
    );
    let help = "count both sides alike; what is meant is allowed by `# allow: sides-differ`";
    codes::SIDES_DIFFER.at(top.span.clone(), message).help(help)
}

/// Half-lives of the sides of a ratio that are far apart.
pub(super) fn lives_apart(config: &Declared<'_>, findings: &mut Findings<'_>) {
    let (plan, times) = (config.plan, config.settings.of(&LIVES_TIMES));
    for (output, feature) in config.outputs() {
        let Some([above, below]) = own_sides(plan, output) else { continue };
        let lives = [above, below].map(|side| match plan.states[side.term.state.0].shape {
            Shape::Decay { half_life } => Some(half_life),
            _ => None,
        });
        let [Some(one), Some(other)] = lives else { continue };
        if one.0.max(other.0) as f64 <= times * one.0.min(other.0) as f64 {
            continue;
        }
        let message = format!(
            "`{}` divides what halves in {one} by what halves in {other}",
            feature.name.value
        );
        let help = "after a pause one side is gone and the other is not: take half-lives that \
                    are closer to each other";
        findings.add(feature, codes::HALF_LIVES_APART.at(dividend(feature), message).help(help));
    }
}

/// Both sides of a quotient that are read from states by its own formula.
fn own_sides(plan: &Plan, output: OutputId) -> Option<[Side; 2]> {
    let Read::Quotient(quotient) = &plan.outputs[output.0].read else { return None };
    let is_plain = |operand| match operand {
        Operand::Term(_) => true,
        Operand::Output(divided) => {
            let OutputId(divided) = divided;
            matches!(plan.outputs[divided].read, Read::State(_))
        }
    };
    let mut sides = plan.sides(output).into_iter().filter(|side| !side.is_global);
    let both = [sides.next()?, sides.next()?];
    (is_plain(quotient.top) && is_plain(quotient.bottom)).then_some(both)
}

/// How the pasts of two sides differ.
fn pasts(one: &State, above: &Term, other: &State, below: &Term) -> Option<String> {
    let past = |state: &State, term: &Term| match (state.shape, term.window.length()) {
        (Shape::Decay { half_life }, _) => format!("with a half-life of {half_life}"),
        (_, Some(length)) => format!("over {length}"),
        (_, None) => "over all of the past".to_owned(),
    };
    let [above, below] = [past(one, above), past(other, below)];
    (above != below).then(|| format!("{above} and {below}"))
}

/// True if one filter has all conditions of another.
fn is_within(plan: &Plan, narrow: Option<usize>, wide: Option<usize>) -> bool {
    let conditions = |filter: Option<usize>| filter.map(|filter| &plan.filters[filter].0);
    let Some(wide) = conditions(wide) else { return true };
    conditions(narrow).is_some_and(|narrow| wide.iter().all(|one| narrow.contains(one)))
}
