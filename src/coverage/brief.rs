//! The notes of a replay about a config that does not fit its log, without a second look at the
//! events: types that no event has, and entries that count nothing. At most a few sentences.

use std::collections::BTreeSet;

use crate::base::Value;
use crate::base::escape::printable;
use crate::base::quantity::counted;
use crate::diagnostic::nearest;
use crate::engine::{Engine, is_always_text, states_of};
use crate::log::Member;
use crate::plan::{Feature, Input, InputId, OutputId, Plan, Takes, Types};
use crate::tape::{ImpressionsStatus, Tape};

use super::counts::own_inputs;
use super::kinds::remedy;
use super::missing::meant;

/// The most sentences.
const MOST: usize = 5;
/// The most characters of a name.
const LONGEST: usize = 80;

/// The sentences for a log that was replayed to its end; `members` are those of its first events.
#[must_use]
pub fn notes(plan: &Plan, tape: &Tape, engine: &Engine, members: &[Member]) -> Vec<String> {
    let mut there: Vec<&str> = tape.types_by_count().into_iter().map(|(name, _)| name).collect();
    if there.is_empty() {
        // An empty log lacks everything.
        return Vec::new();
    }
    if matches!(tape.impressions(), ImpressionsStatus::Made(1..)) {
        // Impressions are made, and are not lines of the log.
        there.push(&plan.events.impressions.name);
    }
    let named = plan.inputs.iter().filter_map(|input| match &input.types {
        Types::Only(types) => Some(types),
        Types::All => None,
    });
    let named: BTreeSet<&String> = named.flatten().collect();
    let unseen = named.into_iter().filter(|name| !there.contains(&name.as_str()));
    let of_types = unseen.map(|name| {
        let near = nearest(name, there.iter().copied());
        format!("no event is of type `{}`{}", short(name), did_you_mean(near))
    });
    let empty = Empty { plan, tape, engine, members, there: &there };
    let entries = (0..plan.entries.len()).filter_map(|entry| empty.entry(entry));
    let mut notes: Vec<String> = of_types.chain(entries).take(MOST + 1).collect();
    if notes.len() > MOST {
        notes.truncate(MOST);
        notes.push("… run `counterscope check CONFIG LOG` for more".to_owned());
    }
    notes
}

/// The faults of values that are texts in every event that was applied, where an aggregate takes
/// numbers: what is wrong, and what to do. Of the features of which `wanted` outputs are read.
#[must_use]
pub fn always_text(
    plan: &Plan,
    tape: &Tape,
    engine: &Engine,
    wanted: &dyn Fn(OutputId) -> bool,
) -> Vec<(String, String)> {
    let mut inputs: BTreeSet<InputId> = BTreeSet::new();
    for output in (0..plan.outputs.len()).map(OutputId).filter(|output| wanted(*output)) {
        let states = states_of(plan, output).into_iter();
        inputs.extend(states.map(|state| plan.states[state.0].input));
    }
    let mut faults = Vec::new();
    for feature in &plan.features {
        for input in own_inputs(plan, feature) {
            let Input { value: Some(value), takes: Takes::Number, .. } = plan.inputs[input.0]
            else {
                continue;
            };
            let (tally, kinds) = (engine.tallies().inputs[input.0], engine.refused(input));
            // Features that mean the same are one fault, and so are those of a matrix.
            if !is_always_text(tally.taken, kinds) || !inputs.remove(&input) {
                continue;
            }
            let values = tape.column(value.0).values();
            let example = values.iter().find(|value| matches!(value, Value::Text(_)));
            let (attribute, Some(example)) = (&plan.attributes[value.0], example) else { continue };
            let what = format!(
                "`{}` (line {} of the config) has no value: of {} none has a number in `{}`, \
                 which is {kinds} in each that has it",
                short(&plan.entries[feature.entry].name),
                feature.line,
                counted(tally.no_value as usize, "event"),
                short(attribute),
            );
            faults.push((what, remedy(attribute, example)));
        }
    }
    faults
}

/// The search for entries that count nothing.
struct Empty<'e> {
    plan: &'e Plan,
    tape: &'e Tape,
    engine: &'e Engine,
    members: &'e [Member],
    /// The types that events have.
    there: &'e [&'e str],
}

impl Empty<'_> {
    /// The sentence that none of an entry's features counts anything, although there are events of
    /// its types.
    fn entry(&self, entry: usize) -> Option<String> {
        let mut features = self.plan.features.iter().filter(|it| it.entry == entry).peekable();
        let first = *features.peek()?;
        let inputs: BTreeSet<InputId> =
            features.flat_map(|feature| own_inputs(self.plan, feature)).collect();
        let counts = |input: &InputId| {
            let states = self.plan.states.iter().enumerate();
            states
                .filter(|(_, state)| state.input == *input)
                .any(|(state, _)| !self.engine.is_empty(crate::plan::StateId(state)))
        };
        if !inputs.iter().any(|input| self.is_of_a_type(*input)) || inputs.iter().any(counts) {
            return None;
        }
        let name = short(&self.plan.entries[entry].name);
        let lacks = self.lacks(first);
        let why = match lacks {
            Some((attribute, near)) => {
                format!(": the first events have no `{}`{}", short(attribute), did_you_mean(near))
            }
            None => "; `counterscope check CONFIG LOG` says why".to_owned(),
        };
        Some(format!("`{name}` counted nothing, though there are events of its types{why}"))
    }

    /// True if there are events of an input's types.
    fn is_of_a_type(&self, input: InputId) -> bool {
        match &self.plan.inputs[input.0].types {
            Types::All => true,
            Types::Only(types) => types.iter().any(|name| self.there.contains(&name.as_str())),
        }
    }

    /// An attribute of a feature that no event has had, and that the first events lack as well,
    /// with the attribute that is probably meant.
    fn lacks(&self, feature: &Feature) -> Option<(&str, Option<&str>)> {
        if self.members.is_empty() {
            return None;
        }
        let plan = self.plan;
        let mut named = Vec::new();
        for input in own_inputs(plan, feature) {
            let input = &plan.inputs[input.0];
            named.extend(plan.scopes[input.scope.0].attributes.iter().copied());
            named.extend(input.value);
            if let Some(filter) = input.filter {
                plan.filters[filter].attributes(&mut |attribute| named.push(attribute));
            }
        }
        named.into_iter().find_map(|attribute| {
            let name = plan.attributes[attribute.0].as_str();
            let is_there = self.members.iter().any(|member| member.path == name)
                || !self.tape.column(attribute.0).values().is_empty();
            // The identities of Metarank's events are not members of their own.
            let is_own = ["item", "user", "session", "ranking"].contains(&name);
            (!is_there && !is_own).then(|| (name, meant(name, &[], self.members)))
        })
    }
}

fn did_you_mean(near: Option<&str>) -> String {
    near.map_or_else(String::new, |near| format!("; did you mean `{}`?", short(near)))
}

/// A name without control characters, cut to a line.
fn short(name: &str) -> String {
    let head: String = name.chars().take(LONGEST).collect();
    let end = if name.chars().nth(LONGEST).is_some() { "…" } else { "" };
    format!("{}{end}", printable(&head))
}
