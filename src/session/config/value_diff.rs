//! What a save of the config did to the values: outputs added, changed and removed, how many
//! values are others, at how many keys there are new ones or none any more, and the largest move.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::fmt::Write as _;
use std::sync::Arc;

use crate::base::{Key, quantity};
use crate::diagnostic::{Report, Severity};
use crate::engine::{At, KeyIndex};
use crate::plan::identity::of_output;
use crate::plan::{OutputId, Plan, Read, ScopeId, StateId};

use crate::session::replay::Replay;
use crate::session::snapshot::{Change, Config, Effect, Tone};

/// How many values are compared at most; beyond it the counts are of those compared, and keys that
/// may have had a value before count as none of the new ones.
const COMPARED: usize = 2_000_000;

/// The values before a change, as far as it may move them.
pub(in crate::session) struct ValueDiff {
    added: Vec<String>,
    changed: Vec<String>,
    removed: Vec<String>,
    values: Vec<Values>,
}

/// One output's values.
struct Values {
    output: String,
    places: Places,
    before: Vec<Pair>,
    /// Whether all values are here: nowhere else was one.
    is_whole: bool,
}

/// A live value and the served one.
type Pair = [Option<f64>; 2];

/// Where values lie.
enum Places {
    /// At these slots of a scope that has the same ones afterwards.
    Slots(Arc<[u32]>),
    /// At these keys.
    Keys(Vec<Key>),
}

/// What is found at a key, over the outputs that are compared.
#[derive(Clone, Copy, Default)]
struct Found {
    /// How many values are others.
    changed: u32,
    /// Whether there was a value before, and is one now.
    had: bool,
    has: bool,
}

/// The largest move so far, by what lies between both values; no value counts as 0.
#[derive(Default)]
struct Largest(Option<(f64, Effect)>);

impl Largest {
    fn take(&mut self, output: &str, before: Pair, after: Pair, key: impl Fn() -> Key) {
        for (before, after) in before.into_iter().zip(after) {
            let step = (after.unwrap_or(0.0) - before.unwrap_or(0.0)).abs();
            if before != after && self.0.as_ref().is_none_or(|(held, _)| step > *held) {
                let effect = Effect { output: output.to_owned(), key: key(), before, after };
                self.0 = Some((step, effect));
            }
        }
    }
}

impl ValueDiff {
    /// Notes what the plan will change. `same_tape` says that the tape stays the same, and so the
    /// slots of the scopes that stay.
    pub(in crate::session) fn new(replay: &Replay, plan: &Plan, same_tape: bool) -> Self {
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
            let is_whole = replay.index().keys(old.scope_of(OutputId(number))) <= left;
            let slots = written.of(replay, OutputId(number), &mut left);
            let before = pairs(replay, OutputId(number), &slots);
            let places = if same_slots {
                Places::Slots(slots)
            } else {
                let scope = old.scope_of(OutputId(number));
                Places::Keys(slots.iter().map(|slot| replay.index().key(scope, *slot)).collect())
            };
            values.push(Values { output: output.name.clone(), places, before, is_whole });
        }
        Self {
            added: added.map(name).collect(),
            changed,
            removed: removed.map(name).collect(),
            values,
        }
    }

    /// Compares with the values that there are now.
    pub(in crate::session) fn compare(self, replay: &Replay) -> Change {
        let plan = replay.plan();
        let places = places(plan);
        let index = replay.index();
        let mut found: BTreeMap<ScopeId, Vec<Found>> = BTreeMap::new();
        // Keys that had values and are no keys any more.
        let mut lost = HashSet::new();
        let mut largest = Largest::default();
        let mut written = Written::default();
        let mut left = COMPARED;
        for old in &self.values {
            let Some(&number) = places.get(old.output.as_str()) else { continue };
            let output = OutputId(number);
            let scope = plan.scope_of(output);
            let found =
                found.entry(scope).or_insert_with(|| vec![Found::default(); index.keys(scope)]);
            let mut before: Vec<(u32, Pair)> = Vec::with_capacity(old.before.len());
            match &old.places {
                Places::Slots(slots) => {
                    before.extend(slots.iter().copied().zip(old.before.iter().copied()));
                }
                Places::Keys(keys) => {
                    for (key, pair) in keys.iter().zip(&old.before) {
                        if let Some(slot) = find(plan, index, scope, key) {
                            before.push((slot, *pair));
                        } else if is_there(*pair) {
                            lost.insert((scope, key));
                            largest.take(&old.output, *pair, [None; 2], || key.clone());
                        }
                    }
                    before.sort_unstable_by_key(|(slot, _)| *slot);
                }
            }
            let mut slots: Vec<u32> = before.iter().map(|(slot, _)| *slot).collect();
            // With other keys than before, what comes first now need not be what came first then.
            let is_known = old.is_whole || matches!(old.places, Places::Slots(_));
            let now = written.of(replay, output, &mut left);
            slots.extend(now.iter().filter(|_| is_known));
            slots.sort_unstable();
            slots.dedup();
            let after = pairs(replay, output, &slots);
            let mut before = before.into_iter().peekable();
            for (slot, after) in slots.into_iter().zip(after) {
                let known = before.next_if(|(known, _)| *known == slot);
                let before = known.map_or([None; 2], |(_, pair)| pair);
                let Some(found) = found.get_mut(slot as usize) else { continue };
                found.had |= is_there(before);
                found.has |= is_there(after);
                if before != after {
                    found.changed += 1;
                    largest.take(&old.output, before, after, || index.key(scope, slot));
                }
            }
        }
        let at =
            |is_it: fn(&Found) -> bool| found.values().flatten().filter(move |found| is_it(found));
        Change {
            added: self.added,
            changed: self.changed,
            removed: self.removed,
            values_changed: at(|key| key.had && key.has).map(|key| key.changed as usize).sum(),
            keys_new: at(|key| key.has && !key.had).count(),
            keys_gone: at(|key| key.had && !key.has).count() + lost.len(),
            largest: largest.0.map(|(_, effect)| effect),
            ..Change::default()
        }
    }

    /// What changes, where values cannot be compared: they are of other events now.
    pub(in crate::session) fn without_values(self) -> Change {
        let Self { added, changed, removed, .. } = self;
        Change { added, changed, removed, ..Change::default() }
    }
}

fn is_there(pair: Pair) -> bool {
    pair.iter().any(Option::is_some)
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
fn pairs(replay: &Replay, output: OutputId, slots: &[u32]) -> Vec<Pair> {
    let (engine, index, plan) = (replay.engine(), replay.index(), replay.plan());
    let as_of = replay.as_of().unwrap_or_default();
    let mut live = Vec::with_capacity(slots.len());
    engine.live_all(index, output, slots, as_of, &mut live);
    let is_served = plan.features[plan.outputs[output.0].feature.0].refresh.0 > 0;
    let served = |slot: u32| engine.served(index, output, At::Slot(slot), as_of);
    let pair =
        |(live, slot): (Option<f64>, &u32)| [live, if is_served { served(*slot) } else { live }];
    live.into_iter().zip(slots).map(pair).collect()
}

/// The slot of a key of an earlier plan.
fn find(plan: &Plan, index: &KeyIndex, scope: ScopeId, key: &Key) -> Option<u32> {
    let fits = key.0.len() == plan.scopes[scope.0].attributes.len();
    fits.then(|| index.find(scope, key.0.iter().map(String::as_str))).flatten()
}

/// What tells an output's scope from others in any plan.
fn scope_meaning(plan: &Plan, output: usize) -> (bool, Vec<&str>) {
    let scope = plan.scope_of(OutputId(output));
    (plan.scopes[scope.0].explode, plan.key_attributes(scope).collect())
}

/// What to say of a change, in one line; what is wrong with the config in spite of it comes first.
fn words(version: u32, change: &Change, warnings: Option<&str>) -> String {
    let mut text = format!("v{version} applied in {} ms", change.took.as_millis().max(1));
    match warnings {
        Some(warnings) => {
            let _ = write!(text, " · {warnings} · ");
        }
        None => text.push_str(": "),
    }
    let outputs: Vec<String> =
        [("changed", &change.changed), ("added", &change.added), ("removed", &change.removed)]
            .iter()
            .filter(|(_, outputs)| !outputs.is_empty())
            .map(|(word, outputs)| format!("{} {word}", outputs.len()))
            .collect();
    if outputs.is_empty() {
        text.push_str("no feature changed");
    } else {
        text.push_str(&outputs.join(", "));
    }
    if change.other_log {
        text.push_str("; the log changed and was read again, values are not compared");
        return text;
    }
    if change.changed.is_empty() {
        return text;
    }
    let _ = write!(text, "; {}", change.moved(false));
    if let Some(effect) = &change.largest {
        let value = |value: Option<f64>| value.map_or_else(|| "–".to_owned(), quantity::value);
        let Effect { output, key, .. } = effect;
        let (before, after) = (value(effect.before), value(effect.after));
        let _ = write!(text, "; largest: {output}{{{key}}} {before} → {after}");
    }
    text
}

/// What to say of the last change, and of the warnings of the text in use.
pub(in crate::session) fn told(config: &Config, used: &str) -> Option<(Tone, String)> {
    let change = config.change.as_ref()?;
    let is_of_use = !config.stale && *config.text == *used;
    let warnings = first_warning(&config.report).filter(|_| is_of_use);
    let tone = if warnings.is_some() { Tone::Warning } else { Tone::Good };
    Some((tone, words(config.version, change, warnings.as_deref())))
}

/// How many warnings there are, and the first of them: `2 warnings: no event is of type buyy`.
fn first_warning(report: &Report) -> Option<String> {
    let mut warnings = report.diagnostics.iter().filter(|it| it.severity == Severity::Warning);
    let first = &warnings.next()?.message;
    Some(format!("{}: {first}", quantity::counted(warnings.count() + 1, "warning")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_largest_move_is_by_what_lies_between_the_values() {
        let mut largest = Largest::default();
        let mut take = |output: &str, before: Option<f64>, after: Option<f64>| {
            largest.take(output, [before; 2], [after; 2], || Key(vec!["k".into()]));
        };
        take("gone", Some(3.0), None);
        take("common", Some(1000.0), Some(900.0));
        take("new", None, Some(40.0));
        take("same", Some(1e6), Some(1e6));
        let (step, effect) = largest.0.unwrap();
        assert_eq!((step, effect.output.as_str()), (100.0, "common"));
        assert_eq!((effect.before, effect.after), (Some(1000.0), Some(900.0)));
    }
}
