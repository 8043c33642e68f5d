//! Notes and faults about Metarank's own parts of a config, where its server behaves differently
//! from what a reader expects.

use std::collections::BTreeMap;

use crate::base::quantity::listed;
use crate::config::{Body, Document};
use crate::diagnostic::{Diagnostic, Faults, codes, nearest};
use crate::plan::Plan;

/// Models that name something that is not a feature: Metarank refuses to start.
pub(super) fn references(document: &Document, plan: &Plan, found: &mut Faults) {
    // An invalid feature has its own faults.
    if document.mentions.is_empty() || !document.broken.is_empty() {
        return;
    }
    let counters = plan.features.iter().map(|feature| feature.name.as_str());
    let known: Vec<&str> = counters.chain(document.others.iter().map(String::as_str)).collect();
    let outputs: BTreeMap<&str, &str> = plan
        .outputs
        .iter()
        .map(|output| (output.name.as_str(), plan.features[output.feature.0].name.as_str()))
        .collect();
    for mention in &document.mentions {
        let (model, name) = (&mention.model, mention.feature.as_str());
        if known.contains(&name) {
            continue;
        }
        let (message, help) = match outputs.get(name) {
            Some(feature) => (
                format!("the model `{model}` names `{name}`, an output of the feature `{feature}`"),
                format!("a model names features: write `{feature}`"),
            ),
            None => (
                format!("the model `{model}` names `{name}`, and there is no such feature"),
                match nearest(name, known.iter().copied()) {
                    Some(near) => format!("did you mean `{near}`?"),
                    None => {
                        "declare it, or leave it out: Metarank does not start without it".to_owned()
                    }
                },
            ),
        };
        found.add(codes::MODEL_REFERENCE.at(mention.span.clone(), message).help(help));
    }
}

/// The most names listed in a note.
const LISTED: usize = 8;

/// Reports rates without `refresh` in a config with parts that only Metarank has.
pub(super) fn refresh(document: &Document, _plan: &Plan, found: &mut Faults) {
    if document.is_metarank
        && let Some(note) = rates_without_refresh(document)
    {
        found.add(note);
    }
}

/// A note on rates without `refresh`: a Metarank server has its own default for them.
#[must_use]
pub fn rates_without_refresh(document: &Document) -> Option<Diagnostic> {
    let is_silent = |feature: &&crate::config::Feature| {
        matches!(feature.body, Body::Rate { .. }) && feature.refresh.is_none()
    };
    let rates: Vec<_> = document.features.iter().filter(is_silent).collect();
    let first = rates.first()?;
    let names: Vec<&str> = rates.iter().map(|rate| rate.name.value.as_str()).collect();
    let names = listed(&names, LISTED);
    let message = format!(
        "a rate without `refresh` is served live here, and refreshed once an hour by Metarank: {names}"
    );
    let help = "write `refresh: 1h` to see what its server answers, or `refresh: 0s`";
    Some(codes::METARANK_REFRESH.at(first.name.span.clone(), message).help(help))
}
