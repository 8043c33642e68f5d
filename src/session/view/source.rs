//! What is loaded: the plan's scopes and their outputs, as columns.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::engine::states_of;
use crate::plan::{Entry, Feature, OutputId, Plan, ScopeId, Types};

use crate::session::snapshot::{Column, EntryInfo, EntryOutput, ScopeInfo, Source};

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
        is_list: plan.most_listed(output).is_some(),
        types: types(plan, output),
        description: feature.description.clone(),
    }
}

/// The event types that an output counts at its own keys; empty if it counts all.
fn types(plan: &Plan, output: OutputId) -> Vec<String> {
    let mut types = BTreeSet::new();
    for side in plan.sides(output).iter().filter(|side| !side.is_global) {
        match &plan.inputs[plan.states[side.term.state.0].input.0].types {
            Types::All => return Vec::new(),
            Types::Only(names) => types.extend(names.iter().cloned()),
        }
    }
    types.into_iter().collect()
}

/// What is loaded with this plan; names of files stay.
pub(in super::super) fn source(plan: &Plan, before: &Source) -> Source {
    let shown = shown_scopes(plan);
    let mut columns = vec![Vec::new(); plan.scopes.len()];
    for output in (0..plan.outputs.len()).map(OutputId) {
        columns[plan.scope_of(output).0].push(column(plan, output));
    }
    let mut fields = plan.attributes.clone();
    fields.sort_unstable();
    let scopes = shown.iter().map(|scope| ScopeInfo {
        name: plan.scope_name(*scope),
        attributes: plan.key_attributes(*scope).map(str::to_owned).collect(),
        columns: std::mem::take(&mut columns[scope.0]),
    });
    Source {
        features: plan.features.len(),
        scopes: scopes.collect(),
        hidden: 0,
        entries: entries(plan, &shown),
        fields: fields.into(),
        ..before.clone()
    }
}

/// The config's entries that have outputs.
fn entries(plan: &Plan, scopes: &[ScopeId]) -> Arc<[EntryInfo]> {
    let mut features: Vec<Vec<&Feature>> = vec![Vec::new(); plan.entries.len()];
    for feature in &plan.features {
        if let Some(of_entry) = features.get_mut(feature.entry) {
            of_entry.push(feature);
        }
    }
    let with_outputs = plan.entries.iter().zip(features).filter_map(|(entry, features)| {
        let kind = features.first()?.kind.name();
        let mut states = BTreeSet::new();
        let mut outputs = Vec::new();
        for feature in features {
            let scope = scopes.iter().position(|scope| *scope == feature.scope);
            for output in feature.outputs.clone().map(OutputId) {
                states.extend(states_of(plan, output));
                let name = plan.outputs[output.0].name.clone();
                outputs.push(EntryOutput { name, scope: scope.unwrap_or(0) });
            }
        }
        let Entry { name, line, is_matrix } = entry.clone();
        let states = states.len();
        Some(EntryInfo { name, line, is_matrix, kind, states, outputs })
    });
    with_outputs.filter(|entry| !entry.outputs.is_empty()).collect()
}
