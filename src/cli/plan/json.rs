//! The plan as one JSON object, for programs; nothing is shortened.

use serde_json::{Value, json};

use crate::plan::{Approximation, ErrorKind, OutputId, Plan, Shape, Types, describe};

use super::{OfScope, Outline};

/// The whole plan.
pub(super) fn json(outline: &Outline<'_>) -> Value {
    let mut whole = json!({
        "scopes": scopes(outline),
        "features": features(outline.plan),
        "inputs": inputs(outline.plan),
        "states": states(outline),
    });
    if let Some(log) = &outline.log {
        whole["log"] = json!({
            "events": log.events,
            "bytes": log.held.states.iter().map(|held| held.bytes).sum::<usize>(),
            "served_bytes": log.held.served,
        });
    }
    whole
}

fn scopes(outline: &Outline<'_>) -> Vec<Value> {
    let each = outline.scopes().into_iter().map(|OfScope { scope, features, outputs, states }| {
        let attributes: Vec<&str> = outline.plan.key_attributes(scope).collect();
        let mut one = json!({
            "attributes": attributes,
            "explode": outline.plan.scopes[scope.0].explode,
            "features": features,
            "outputs": outputs,
            "states": states.len(),
        });
        if let Some(log) = &outline.log {
            one["keys"] = log.held.keys[scope.0].into();
            one["bytes"] = outline.bytes(states).into();
        }
        one
    });
    each.collect()
}

fn features(plan: &Plan) -> Vec<Value> {
    let each = plan.features.iter().map(|feature| {
        let outputs = &plan.outputs[feature.outputs.clone()];
        json!({
            "name": feature.name,
            "type": feature.kind.name(),
            "line": feature.line,
            "scope": feature.scope.0,
            "refresh": feature.refresh.to_string(),
            "ttl": feature.ttl.to_string(),
            "outputs": outputs.iter().map(|output| output.name.as_str()).collect::<Vec<_>>(),
        })
    });
    each.collect()
}

fn inputs(plan: &Plan) -> Vec<Value> {
    let each = plan.inputs.iter().map(|input| {
        json!({
            "scope": input.scope.0,
            "all_keys": input.rolled_up,
            "types": match &input.types {
                Types::All => None,
                Types::Only(types) => Some(types),
            },
            "where": input.filter.map(|filter| describe::filter(plan, &plan.filters[filter])),
            "value": input.value.map(|value| plan.attributes[value.0].as_str()),
        })
    });
    each.collect()
}

fn states(outline: &Outline<'_>) -> Vec<Value> {
    let plan = outline.plan;
    let each = plan.states.iter().enumerate().map(|(number, state)| {
        let cost = outline.costs[number];
        let name = |OutputId(output): &OutputId| plan.outputs[*output].name.as_str();
        let mut one = json!({
            "input": state.input.0,
            "aggregate": state.aggregate,
            "past": past(state.shape),
            "ttl": state.ttl.to_string(),
            "identity": format!("{:032x}", state.identity.0),
            "key_bytes": { "fixed": cost.fixed, "part": cost.part, "parts": cost.parts },
            "outputs": outline.readers[number].iter().map(name).collect::<Vec<_>>(),
        });
        if cost.most != Some(0) {
            one["key_bytes"]["most"] = cost.most.into();
        }
        if let Some(Approximation { exact_to, error, kind }) = state.approximation() {
            let member = match kind {
                ErrorKind::Standard => "standard_error",
                ErrorKind::Largest => "largest_error",
                ErrorKind::OfAll => "largest_error_of_counts",
            };
            one["approximation"] = json!({ "exact_to": exact_to, member: error });
        }
        if let Some(log) = &outline.log {
            one["keys"] = log.held.states[number].keys.into();
            one["bytes"] = log.held.states[number].bytes.into();
        }
        one
    });
    each.collect()
}

fn past(shape: Shape) -> Value {
    match shape {
        Shape::Lifetime => json!({ "kind": "lifetime" }),
        Shape::Ring { buckets, held } => {
            let length = buckets.length().to_string();
            let mut past = json!({ "kind": "buckets", "bucket": length, "held": held });
            if let Some(zone) = buckets.zone() {
                past["timezone"] = zone.name().into();
            }
            if let Some(weekday) = buckets.weekday() {
                past["from"] = weekday.name().into();
            }
            past
        }
        Shape::Rolling { span } => json!({ "kind": "events", "span": span.to_string() }),
        Shape::Decay { half_life } => {
            json!({ "kind": "decay", "half_life": half_life.to_string() })
        }
    }
}
