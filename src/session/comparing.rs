//! What a save of the config did to the values: outputs added, changed and removed, how many
//! keys' values moved, and the largest move.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::fmt::Write as _;
use std::sync::Arc;

use crate::base::{Key, quantity};
use crate::engine::{At, Index};
use crate::plan::identity::of_output;
use crate::plan::{OutputId, Plan, Read, ScopeId, StateId};

use super::replay::Replay;
use super::snapshot::{Change, Effect};

/// How many values are compared at most; beyond it the counts are of those compared.
const COMPARED: usize = 2_000_000;

/// The values before a change, as far as it may move them.
pub(super) struct Before {
    added: Vec<String>,
    changed: Vec<String>,
    removed: Vec<String>,
    values: Vec<Values>,
}

/// One output's values.
struct Values {
    output: String,
    places: Places,
    before: Vec<Option<f64>>,
}

/// Where values lie.
enum Places {
    /// At these slots of a scope that has the same ones afterwards.
    Slots(Arc<[u32]>),
    /// At these keys.
    Keys(Vec<Key>),
}

impl Before {
    /// Notes what the plan will change. `same_tape` says that the tape stays the same, and so the
    /// slots of the scopes that stay.
    pub(super) fn new(replay: &Replay, plan: &Plan, same_tape: bool) -> Self {
        let old = replay.plan();
        let name = |output: &crate::plan::Output| output.name.clone();
        let (known, wanted) = (places(old), places(plan));
        let added = plan.outputs.iter().filter(|output| !known.contains_key(output.name.as_str()));
        let removed =
            old.outputs.iter().filter(|output| !wanted.contains_key(output.name.as_str()));
        let mut changed = Vec::new();
        let mut values = Vec::new();
        let mut left = COMPARED;
        let mut written = Written::default();
        for (number, output) in old.outputs.iter().enumerate() {
            let Some(&new) = wanted.get(output.name.as_str()) else { continue };
            if of_output(old, OutputId(number)) == of_output(plan, OutputId(new)) {
                continue;
            }
            changed.push(output.name.clone());
            let same_slots = same_tape && scope_meaning(old, number) == scope_meaning(plan, new);
            let slots = written.of(replay, OutputId(number), &mut left);
            let before = live(replay, OutputId(number), &slots);
            let places = if same_slots {
                Places::Slots(slots)
            } else {
                let scope = old.scope_of(OutputId(number));
                Places::Keys(slots.iter().map(|slot| replay.index().key(scope, *slot)).collect())
            };
            values.push(Values { output: output.name.clone(), places, before });
        }
        Self {
            added: added.map(name).collect(),
            changed,
            removed: removed.map(name).collect(),
            values,
        }
    }

    /// Compares with the values that there are now.
    pub(super) fn compare(self, replay: &Replay) -> Change {
        let plan = replay.plan();
        let places = places(plan);
        // For each scope and slot, and for keys that are no longer there, whether a value moved.
        let mut moved: BTreeMap<ScopeId, Vec<bool>> = BTreeMap::new();
        let mut gone = HashSet::new();
        let mut largest: Option<(f64, Effect)> = None;
        let (engine, index) = (replay.engine(), replay.index());
        let as_of = engine.clock().unwrap_or_default();
        for old in &self.values {
            let Some(&number) = places.get(old.output.as_str()) else {
                continue;
            };
            let output = OutputId(number);
            let scope = plan.scope_of(output);
            let moved = moved.entry(scope).or_insert_with(|| vec![false; index.keys(scope)]);
            let after = match &old.places {
                Places::Slots(slots) => live(replay, output, slots),
                Places::Keys(keys) => {
                    let found = keys.iter().map(|key| find(plan, index, scope, key));
                    let live = |slot| engine.live(index, output, At::Slot(slot), as_of);
                    found.map(|slot| slot.and_then(live)).collect()
                }
            };
            for (place, (before, after)) in old.before.iter().zip(after).enumerate() {
                if *before == after {
                    continue;
                }
                let slot = match &old.places {
                    Places::Slots(slots) => Some(slots[place]),
                    Places::Keys(keys) => find(plan, index, scope, &keys[place]),
                };
                match (slot.and_then(|slot| moved.get_mut(slot as usize)), &old.places) {
                    (Some(moved), _) => *moved = true,
                    (None, Places::Keys(keys)) => _ = gone.insert((scope, &keys[place])),
                    (None, Places::Slots(_)) => {}
                }
                let size = match (*before, after) {
                    (Some(before), Some(after)) => {
                        (after - before).abs() / before.abs().max(after.abs())
                    }
                    _ => 0.0,
                };
                let beats = |(held, effect): &(f64, Effect)| {
                    let step = |a: Option<f64>, b: Option<f64>| {
                        (a.unwrap_or(0.0) - b.unwrap_or(0.0)).abs()
                    };
                    (size, step(*before, after)) > (*held, step(effect.before, effect.after))
                };
                if largest.as_ref().is_none_or(beats) {
                    let key = match &old.places {
                        Places::Slots(slots) => index.key(scope, slots[place]),
                        Places::Keys(keys) => keys[place].clone(),
                    };
                    let effect = Effect { output: old.output.clone(), key, before: *before, after };
                    largest = Some((size, effect));
                }
            }
        }
        let slots = moved.values().flatten().filter(|moved| **moved).count();
        Change {
            added: self.added,
            changed: self.changed,
            removed: self.removed,
            keys_moved: slots + gone.len(),
            largest: largest.map(|(_, effect)| effect),
            ..Change::default()
        }
    }
}

/// Where each output stands.
fn places(plan: &Plan) -> HashMap<&str, usize> {
    plan.outputs.iter().enumerate().map(|(place, output)| (output.name.as_str(), place)).collect()
}

/// Where outputs are written. Those that read one state, over several windows, are so at the same
/// slots.
#[derive(Default)]
struct Written(HashMap<StateId, Arc<[u32]>>);

impl Written {
    /// The slots where an output is written, among the first `left` keys; so many fewer are left
    /// then.
    fn of(&mut self, replay: &Replay, output: OutputId, left: &mut usize) -> Arc<[u32]> {
        let (engine, index) = (replay.engine(), replay.index());
        let plan = engine.plan();
        let all = index.keys(plan.scope_of(output));
        let keys = all.min(*left);
        *left -= keys;
        let is_written = |slot: &u32| engine.is_written(index, output, *slot);
        let slots = || (0..keys as u32).filter(is_written).collect();
        match &plan.outputs[output.0].read {
            Read::State(term) if keys == all => {
                Arc::clone(self.0.entry(term.state).or_insert_with(slots))
            }
            _ => slots(),
        }
    }
}

/// The values of an output at these slots.
fn live(replay: &Replay, output: OutputId, slots: &[u32]) -> Vec<Option<f64>> {
    let engine = replay.engine();
    let as_of = engine.clock().unwrap_or_default();
    let mut values = Vec::with_capacity(slots.len());
    engine.live_all(replay.index(), output, slots, as_of, &mut values);
    values
}

/// The slot of a key of an earlier plan.
fn find(plan: &Plan, index: &Index, scope: ScopeId, key: &Key) -> Option<u32> {
    let fits = key.0.len() == plan.scopes[scope.0].attributes.len();
    fits.then(|| index.find(scope, key.0.iter().map(String::as_str))).flatten()
}

/// What tells an output's scope from others in any plan.
fn scope_meaning(plan: &Plan, output: usize) -> (bool, Vec<&str>) {
    let scope = plan.scope_of(OutputId(output));
    (plan.scopes[scope.0].explode, plan.key_attributes(scope).collect())
}

/// What to say of a change, in one line.
pub(super) fn words(version: u32, change: &Change) -> String {
    let mut text = format!("config v{version} applied in {} ms: ", change.took.as_millis().max(1));
    let parts: Vec<String> =
        [("changed", &change.changed), ("added", &change.added), ("removed", &change.removed)]
            .iter()
            .filter(|(_, outputs)| !outputs.is_empty())
            .map(|(word, outputs)| format!("{} {word}", outputs.len()))
            .collect();
    if parts.is_empty() {
        text.push_str("no value changed its meaning");
        return text;
    }
    text.push_str(&parts.join(", "));
    if change.changed.is_empty() {
        return text;
    }
    let keys = if change.keys_moved == 1 { "key" } else { "keys" };
    let count = quantity::grouped(change.keys_moved as u64);
    write!(text, "; {count} {keys} moved").unwrap_or_default();
    if let Some(effect) = &change.largest {
        let value = |value: Option<f64>| value.map_or_else(|| "none".to_owned(), quantity::value);
        write!(
            text,
            ", most {} of {}: {} → {}",
            effect.output,
            effect.key,
            value(effect.before),
            value(effect.after)
        )
        .unwrap_or_default();
    }
    text
}
