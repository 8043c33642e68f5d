//! Whether an event counts for a feature, whatever the key and the moment of reading, and what
//! became of it in each feature.

use crate::base::Value;
use crate::engine::{InputRows, NotCounted};
use crate::plan::{OutputId, Plan, StateId};

use super::reasons::{words, written};

/// The states in which a feature, or one of its outputs, counts events under its own keys.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Counting {
    /// Each once, with its first part in the formula.
    sides: Vec<(String, StateId)>,
}

/// What became of an event in a feature.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// The feature.
    pub feature: String,
    /// Whether it counts the event.
    pub counts: bool,
    /// Why its sides do not count the event, with the part of each in the formula.
    pub reasons: Vec<(String, String)>,
}

impl Counting {
    /// Of a feature or of an output, by its name.
    #[must_use]
    pub fn of(plan: &Plan, name: &str) -> Option<Self> {
        if let Some(output) = plan.outputs.iter().position(|output| output.name == name) {
            return Some(Self::of_outputs(plan, std::iter::once(OutputId(output))));
        }
        let feature = plan.features.iter().find(|feature| feature.name == name)?;
        Some(Self::of_outputs(plan, feature.outputs.clone().map(OutputId)))
    }

    fn of_outputs(plan: &Plan, outputs: impl Iterator<Item = OutputId>) -> Self {
        let mut found: Vec<(String, StateId)> = Vec::new();
        for side in outputs.flat_map(|output| plan.sides(output)).filter(|side| !side.is_global) {
            if found.iter().all(|(_, known)| *known != side.term.state) {
                found.push((side.role, side.term.state));
            }
        }
        Self { sides: found }
    }

    /// Whether one of them takes an event, by its number from 0.
    #[must_use]
    pub fn counts(&self, of: InputRows<'_>, event: usize) -> bool {
        let mut rows = of.tape.end_row(event)..of.tape.end_row(event + 1);
        rows.any(|row| {
            let takes = |state: &StateId| of.taken(&of.plan.states[state.0], row).is_ok();
            self.sides.iter().any(|(_, state)| takes(state))
        })
    }
}

/// What became of an event, by its number from 0, in every feature of a plan.
#[must_use]
pub fn verdicts(of: InputRows<'_>, event: usize) -> Vec<Verdict> {
    let plan = of.plan;
    let verdict = |feature: &crate::plan::Feature| {
        let counting = Counting::of_outputs(plan, feature.outputs.clone().map(OutputId));
        // Impressions that it released are rows of their own, and are not what is asked about.
        let row = of.tape.end_row(event);
        let reasons = counting.sides.iter().filter_map(|(role, state)| {
            let state = &plan.states[state.0];
            let reason = of.taken(state, row).err()?;
            let said = words(plan, state, &reason);
            let stood = |value: Option<&Value>, wants_number| match value {
                Some(value) => format!(": {}", written(value, wants_number)),
                None => ": missing".to_owned(),
            };
            let more = match reason {
                NotCounted::Type(Some(kind)) => format!(": {kind}"),
                NotCounted::Filter(condition, value) if condition.attribute().is_some() => {
                    stood(value, false)
                }
                NotCounted::Value(_, value) => stood(value, true),
                NotCounted::Late(by) => format!(", by {by}"),
                _ => String::new(),
            };
            Some((role.clone(), said + &more))
        });
        Verdict {
            feature: feature.name.clone(),
            counts: counting.counts(of, event),
            reasons: reasons.collect(),
        }
    };
    plan.features.iter().map(verdict).collect()
}
