//! States that need more memory than is allowed.

use crate::base::quantity::{bytes, grouped};
use crate::config::Document;
use crate::diagnostic::{Diagnostic, codes};
use crate::plan::{OutputId, StateId};

use super::Replayed;

/// The warning that keys and states take more than so many bytes at the end of a log, at the feature
/// that takes most.
#[must_use]
pub fn beyond(document: &Document, replayed: Replayed<'_>, limit: u64) -> Option<Diagnostic> {
    let Replayed { plan, index, engine, .. } = replayed;
    let (keys, states) = (index.bytes() as u64, engine.bytes() as u64);
    if keys + states <= limit {
        return None;
    }
    let held: Vec<(usize, usize)> =
        (0..plan.states.len()).map(|state| engine.held(StateId(state))).collect();
    let largest = |outputs: std::ops::Range<usize>| {
        let sides = outputs.flat_map(|output| plan.sides(OutputId(output)));
        sides.map(|side| held[side.term.state.0]).max()
    };
    let features = document.features.iter().zip(&plan.features);
    let features = features.filter_map(|(declared, feature)| {
        Some((declared, feature, largest(feature.outputs.clone())?))
    });
    // Of equal ones the first.
    let (declared, feature, (most, slots)) =
        features.rev().max_by_key(|(_, _, (bytes, _))| *bytes)?;
    let message = format!(
        "{} of states and {} of keys are more than the {} that are allowed; `{}` has the largest \
         state: {} for {} keys",
        bytes(states),
        bytes(keys),
        bytes(limit),
        feature.name,
        bytes(most as u64),
        grouped(slots as u64),
    );
    let help = "write fewer or longer buckets, a `ttl` by which silent keys are dropped, or a scope \
                with fewer keys";
    Some(codes::BEYOND_MEMORY.at(declared.name.span.clone(), message).help(help))
}
