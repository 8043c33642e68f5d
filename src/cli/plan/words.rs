//! The parts of a plan in words.

use crate::base::{Comparison, Value};
use crate::plan::{Condition, Filter, Input, Plan, ScopeId, Shape, State, Types};

/// A grouping key: `item`, `[user, author]`, `tags, each` where lists count for each element.
pub(super) fn scope(plan: &Plan, scope: ScopeId) -> String {
    let each = if plan.scopes[scope.0].explode { ", each" } else { "" };
    format!("{}{each}", plan.scope_name(scope))
}

/// The key that a state is held by: that of its input, or all of its keys as one.
pub(super) fn key(plan: &Plan, input: &Input) -> String {
    let scope = scope(plan, input.scope);
    if input.rolled_up { format!("{scope}, all keys") } else { scope }
}

/// Which events an input counts: `watch where watch_time > 30`.
pub(super) fn events(plan: &Plan, input: &Input) -> String {
    let types = match &input.types {
        Types::All => "any event".to_owned(),
        Types::Only(names) => names.join(" or "),
    };
    match input.filter {
        Some(number) => format!("{types} where {}", filter(plan, &plan.filters[number])),
        None => types,
    }
}

/// What a state computes: `sum of watch_time, half-life 1d`.
pub(super) fn state(plan: &Plan, state: &State) -> String {
    let value = plan.inputs[state.input.0].value;
    let value = value.map_or_else(String::new, |value| format!(" of {}", plan.attributes[value.0]));
    let past = match state.shape {
        Shape::Lifetime => String::new(),
        Shape::Ring { bucket, held } => format!(", {held} × {bucket}"),
        Shape::Rolling { span } => format!(", exactly {span}"),
        Shape::Decay { half_life } => format!(", half-life {half_life}"),
    };
    format!("{}{value}{past}", state.aggregate)
}

/// A filter: `country = de, seconds > 30`.
pub(super) fn filter(plan: &Plan, filter: &Filter) -> String {
    let conditions: Vec<String> = filter.0.iter().map(|one| condition(plan, one)).collect();
    conditions.join(", ")
}

fn condition(plan: &Plan, condition: &Condition) -> String {
    match condition {
        Condition::Attribute(attribute, test) => {
            let name = &plan.attributes[attribute.0];
            match test {
                Comparison::In(any) => match any.as_slice() {
                    [one] => format!("{name} = {}", scalar(one)),
                    several => format!("{name} in {}", scalars(several)),
                },
                Comparison::NotIn(none) => format!("{name} not in {}", scalars(none)),
                Comparison::Different(other) => format!("{name} ≠ {}", scalar(other)),
                Comparison::Greater(bound) => format!("{name} > {}", scalar(bound)),
                Comparison::AtLeast(bound) => format!("{name} ≥ {}", scalar(bound)),
                Comparison::Less(bound) => format!("{name} < {}", scalar(bound)),
                Comparison::AtMost(bound) => format!("{name} ≤ {}", scalar(bound)),
                Comparison::Exists(true) => format!("{name} exists"),
                Comparison::Exists(false) => format!("{name} is missing"),
            }
        }
        Condition::Any(filters) => {
            let each: Vec<String> = filters.iter().map(|one| filter(plan, one)).collect();
            format!("({})", each.join(" or "))
        }
        Condition::Not(inner) => format!("not ({})", filter(plan, inner)),
    }
}

fn scalars(values: &[Value]) -> String {
    let each: Vec<String> = values.iter().map(scalar).collect();
    format!("[{}]", each.join(", "))
}

/// Text that could be taken for something else stands in quotes.
fn scalar(value: &Value) -> String {
    match value {
        Value::Text(text) if text.chars().all(|c| c.is_alphabetic() || c == '_') => text.clone(),
        Value::Text(text) => format!("{text:?}"),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use crate::plan::lower::compile;

    use super::*;

    #[test]
    fn inputs_and_states_read_as_sentences() {
        let text = "features:\n- name: a\n  type: counter\n  scope: [tag, user]\n  explode: true\n  \
                    interaction: [watch, view]\n  aggregate: sum\n  value: seconds\n  \
                    half_life: 1d\n  where: {a: [x, '7', 7], b: {gt: 1.5, le: 9, exists: true}, \
                    any: [{c: {ne: z}}, {d: {not_in: [true], lt: 3}}], not: {e: {exists: false, ge: \
                    'p q'}}}\n- {name: b, type: counter, scope: global, windows: 7d, bucket: 1d}\n\
                    - {name: c, type: counter, scope: u, windows: 7d, bucket: 1d, window: rolling}\n";
        let plan = compile("test", text).0.unwrap();
        let [first, second, third] = plan.states.as_slice() else { panic!("{:?}", plan.states) };
        let input = &plan.inputs[first.input.0];
        assert_eq!(
            events(&plan, input),
            "view or watch where a in [x, \"7\", 7], b > 1.5, b ≤ 9, b exists, \
             (c ≠ z or d not in [true], d < 3), not (e is missing, e ≥ \"p q\")"
        );
        assert_eq!(key(&plan, input), "[tag, user], each");
        assert_eq!(state(&plan, first), "sum of seconds, half-life 1d");
        assert_eq!(events(&plan, &plan.inputs[second.input.0]), "any event");
        assert_eq!(state(&plan, second), "count, 7 × 1d");
        assert_eq!(state(&plan, third), "count, exactly 7d");
    }
}
