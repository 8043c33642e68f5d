//! What is loaded: the plan's scopes and their outputs, as columns.

use crate::plan::{OutputId, Plan, ScopeId};

use super::super::snapshot::{Column, ScopeInfo, Source};

/// The outputs of a scope, in the config's order.
pub(super) fn outputs(plan: &Plan, scope: ScopeId) -> impl Iterator<Item = OutputId> {
    (0..plan.outputs.len()).map(OutputId).filter(move |output| plan.scope_of(*output) == scope)
}

/// The scopes that have outputs, in the order in which the config first uses them.
pub(super) fn shown_scopes(plan: &Plan) -> Vec<ScopeId> {
    let mut scopes = Vec::new();
    for feature in &plan.features {
        if !feature.outputs.is_empty() && !scopes.contains(&feature.scope) {
            scopes.push(feature.scope);
        }
    }
    scopes
}

/// An output as a column.
pub(super) fn column(plan: &Plan, output: OutputId) -> Column {
    let declared = &plan.outputs[output.0];
    let feature = &plan.features[declared.feature.0];
    Column {
        output: declared.name.clone(),
        feature: feature.name.clone(),
        kind: feature.kind.name(),
        description: feature.description.clone(),
    }
}

/// What is loaded with this plan; names of files stay.
pub(in super::super) fn source(plan: &Plan, before: &Source) -> Source {
    let scopes = shown_scopes(plan).into_iter().map(|scope| ScopeInfo {
        name: plan.scope_name(scope),
        attributes: plan.key_attributes(scope).map(str::to_owned).collect(),
        columns: outputs(plan, scope).map(|output| column(plan, output)).collect(),
    });
    Source { features: plan.features.len(), scopes: scopes.collect(), ..before.clone() }
}
