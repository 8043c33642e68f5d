//! Comparison of the values of two plans: which outputs a plan adds, changes and removes, how many
//! values differ, at how many keys there are new ones or none any more, and the largest move.
//!
//! Only the values of outputs whose meaning changed can differ. Those before the change are read
//! when a [`Comparison`] is created, so that their engine may go; those after it when it is
//! finished.
//!
//! At most [`MOST_COMPARED`] values are read on the old side and as many on the new one, output by
//! output and key by key in the order of their slots. Keys beyond count as neither changed nor new
//! nor gone, but, once per output, as values that were not compared. So do new keys of which one
//! cannot tell whether they had a value, since the old side has keys beyond and other slots.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use xxhash_rust::xxh3::xxh3_64;

use crate::base::{Key, TextList, Timestamp};
use crate::plan::identity::of_output;
use crate::plan::{Output, OutputId, Plan, Read, ScopeId, StateId};

use super::Engine;
use super::keys::KeyIndex;
use super::read::{At, Freshness};

/// The most values that are read on each side of a comparison.
pub const MOST_COMPARED: usize = 2_000_000;

/// The values of a plan: its engine, the index of its keys, and the moment of reading.
#[derive(Clone, Copy)]
pub struct Side<'e> {
    /// The engine, which has the plan.
    pub engine: &'e Engine,
    /// The index of the plan's keys.
    pub index: &'e KeyIndex,
    /// The moment of reading.
    pub as_of: Timestamp,
}

/// The difference between two plans and their values.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct PlanDiff {
    /// The names of outputs that only the new plan has.
    pub added: Vec<String>,
    /// The names of outputs whose meaning differs.
    pub changed: Vec<String>,
    /// The names of outputs that only the old plan has.
    pub removed: Vec<String>,
    /// Over the changed outputs, the values that differ, live or served, at keys that have values
    /// on both sides.
    pub values_changed: usize,
    /// The keys that have values only on the new side.
    pub keys_new: usize,
    /// The keys that have values only on the old side.
    pub keys_gone: usize,
    /// The values that were not compared, since there are too many: see [`MOST_COMPARED`].
    pub not_compared: usize,
    /// The largest move of a number, by the distance of both values; a missing value is 0.
    pub largest: Option<ValueMove>,
}

/// A value that differs.
#[derive(Clone, Debug, PartialEq)]
pub struct ValueMove {
    /// The name of the output.
    pub output: String,
    /// The key.
    pub key: Key,
    /// The value of the old side.
    pub before: Option<f64>,
    /// The value of the new side.
    pub after: Option<f64>,
}

/// A comparison of which one side is read.
pub struct Comparison {
    added: Vec<String>,
    changed: Vec<String>,
    removed: Vec<String>,
    values: Vec<OutputValues>,
    /// The most values to read of the other side.
    most: usize,
}

/// The values of one output on the old side.
struct OutputValues {
    output: String,
    /// True if it is a list on one side: lists differ, and do not move.
    is_list: bool,
    keys: Keys,
    before: Vec<Pair>,
    /// The values that were not read.
    unread: usize,
}

/// A live value and the served one; of a list a number that tells lists apart.
type Pair = [Option<f64>; 2];

/// The keys of values.
enum Keys {
    /// Slots of a scope that is the same on both sides.
    Slots(Arc<[u32]>),
    Texts(Vec<Key>),
}

/// The values at a key, over the outputs that are compared.
#[derive(Clone, Copy, Default)]
struct Found {
    /// The number of values that differ.
    changed: u32,
    /// True if there is a value on the old side.
    had: bool,
    /// True if there is a value on the new side.
    has: bool,
}

impl Comparison {
    /// Compares the plan of `old` with a new one, and reads the values that may differ. With
    /// `same_tape`, both sides are of one tape, and so have the same slots in scopes that mean the
    /// same.
    #[must_use]
    pub fn new(old: Side<'_>, plan: &Plan, same_tape: bool) -> Self {
        Self::with_most(old, plan, same_tape, MOST_COMPARED)
    }

    /// The same, with another limit of the values that are read on each side.
    #[must_use]
    pub fn with_most(old: Side<'_>, plan: &Plan, same_tape: bool, most: usize) -> Self {
        let (engine, index) = (old.engine, old.index);
        let own = engine.plan();
        let (known, wanted) = (numbers(own), numbers(plan));
        let only = |outputs: &[Output], others: &HashMap<&str, usize>| -> Vec<String> {
            let names = outputs.iter().map(|output| &output.name);
            names.filter(|name| !others.contains_key(name.as_str())).cloned().collect()
        };
        let mut changed = Vec::new();
        let mut values = Vec::new();
        let mut written = WrittenSlots::new(most);
        for (number, output) in own.outputs.iter().enumerate() {
            let Some(&new) = wanted.get(output.name.as_str()) else { continue };
            let id = OutputId(number);
            if of_output(own, id) == of_output(plan, OutputId(new)) {
                continue;
            }
            changed.push(output.name.clone());
            let is_list = [(&**own, id), (plan, OutputId(new))]
                .into_iter()
                .any(|(plan, output)| plan.most_listed(output).is_some());
            let (slots, unread) = written.of(old, id);
            let before = pairs(old, id, &slots);
            let keys = if same_tape && scope_meaning(own, id) == scope_meaning(plan, OutputId(new))
            {
                Keys::Slots(slots)
            } else {
                let scope = own.scope_of(id);
                Keys::Texts(slots.iter().map(|slot| index.key(scope, *slot)).collect())
            };
            values.push(OutputValues {
                output: output.name.clone(),
                is_list,
                keys,
                before,
                unread,
            });
        }
        Self {
            added: only(&plan.outputs, &known),
            changed,
            removed: only(&own.outputs, &wanted),
            values,
            most,
        }
    }

    /// Compares with the values of the new plan.
    #[must_use]
    pub fn finish(self, new: Side<'_>) -> PlanDiff {
        let (plan, index) = (new.engine.plan(), new.index);
        let numbers = numbers(plan);
        let mut found: BTreeMap<ScopeId, Vec<Found>> = BTreeMap::new();
        // Keys that had values and are keys of the new side no more.
        let mut lost = HashSet::new();
        let mut largest = Largest::default();
        let mut written = WrittenSlots::new(self.most);
        let mut not_compared = 0;
        for old in &self.values {
            let Some(&number) = numbers.get(old.output.as_str()) else { continue };
            let output = OutputId(number);
            let scope = plan.scope_of(output);
            let found =
                found.entry(scope).or_insert_with(|| vec![Found::default(); index.keys(scope)]);
            let mut before: Vec<(u32, Pair)> = Vec::with_capacity(old.before.len());
            match &old.keys {
                Keys::Slots(slots) => {
                    before.extend(slots.iter().copied().zip(old.before.iter().copied()));
                }
                Keys::Texts(keys) => {
                    for (key, pair) in keys.iter().zip(&old.before) {
                        if let Some(slot) = index.find(scope, &key.0) {
                            before.push((slot, *pair));
                        } else if is_there(*pair) {
                            lost.insert((scope, key));
                            if !old.is_list {
                                largest.take(&old.output, *pair, [None; 2], || key.clone());
                            }
                        }
                    }
                    before.sort_unstable_by_key(|(slot, _)| *slot);
                }
            }
            let (now, mut unread) = written.of(new, output);
            let mut slots: Vec<u32> = before.iter().map(|(slot, _)| *slot).collect();
            if old.unread == 0 || matches!(old.keys, Keys::Slots(_)) {
                slots.extend(&*now);
                slots.sort_unstable();
                slots.dedup();
            } else {
                // The first slots are not those of the old side: a key may be among those unread.
                unread += now.iter().filter(|slot| slots.binary_search(slot).is_err()).count();
            }
            not_compared += unread.max(old.unread);
            let after = pairs(new, output, &slots);
            let mut before = before.into_iter().peekable();
            for (slot, after) in slots.into_iter().zip(after) {
                let known = before.next_if(|(known, _)| *known == slot);
                let before = known.map_or([None; 2], |(_, pair)| pair);
                let Some(found) = found.get_mut(slot as usize) else { continue };
                found.had |= is_there(before);
                found.has |= is_there(after);
                if before != after {
                    found.changed += 1;
                    if !old.is_list {
                        largest.take(&old.output, before, after, || index.key(scope, slot));
                    }
                }
            }
        }
        let at =
            |is_it: fn(&Found) -> bool| found.values().flatten().filter(move |found| is_it(found));
        PlanDiff {
            values_changed: at(|key| key.had && key.has).map(|key| key.changed as usize).sum(),
            keys_new: at(|key| key.has && !key.had).count(),
            keys_gone: at(|key| key.had && !key.has).count() + lost.len(),
            not_compared,
            largest: largest.0.map(|(_, moved)| moved),
            ..self.without_values()
        }
    }

    /// The difference between the plans alone, where values cannot be compared.
    #[must_use]
    pub fn without_values(self) -> PlanDiff {
        let Self { added, changed, removed, .. } = self;
        PlanDiff { added, changed, removed, ..PlanDiff::default() }
    }
}

/// The largest move so far, and its size.
#[derive(Default)]
struct Largest(Option<(f64, ValueMove)>);

impl Largest {
    fn take(&mut self, output: &str, before: Pair, after: Pair, key: impl Fn() -> Key) {
        for (before, after) in before.into_iter().zip(after) {
            let step = (after.unwrap_or(0.0) - before.unwrap_or(0.0)).abs();
            if before != after && self.0.as_ref().is_none_or(|(held, _)| step > *held) {
                let moved = ValueMove { output: output.to_owned(), key: key(), before, after };
                self.0 = Some((step, moved));
            }
        }
    }
}

fn is_there(pair: Pair) -> bool {
    pair.iter().any(Option::is_some)
}

/// The numbers of outputs by name.
fn numbers(plan: &Plan) -> HashMap<&str, usize> {
    plan.outputs.iter().enumerate().map(|(number, output)| (output.name.as_str(), number)).collect()
}

/// The slots at which outputs are written, up to a limit over all of them. Outputs that read one
/// state, over several windows, are written at the same slots.
struct WrittenSlots {
    remaining: usize,
    of_states: HashMap<StateId, Arc<[u32]>>,
}

impl WrittenSlots {
    fn new(most: usize) -> Self {
        Self { remaining: most, of_states: HashMap::new() }
    }

    /// The slots at which an output is written, among as many of its first keys as may be read, and
    /// the number of keys beyond.
    fn of(&mut self, side: Side<'_>, output: OutputId) -> (Arc<[u32]>, usize) {
        let (engine, index) = (side.engine, side.index);
        let plan = engine.plan();
        let all = index.keys(plan.scope_of(output));
        let keys = all.min(self.remaining);
        self.remaining -= keys;
        let is_written = |slot: &u32| engine.is_written(index, output, *slot);
        let slots = || (0..keys as u32).filter(is_written).collect();
        match &plan.outputs[output.0].read {
            Read::State(term) if keys == all => {
                (Arc::clone(self.of_states.entry(term.state).or_insert_with(slots)), 0)
            }
            _ => (slots(), all - keys),
        }
    }
}

/// The values of an output at these slots.
fn pairs(side: Side<'_>, output: OutputId, slots: &[u32]) -> Vec<Pair> {
    let Side { engine, index, as_of } = side;
    let plan = engine.plan();
    if plan.most_listed(output).is_some() {
        let number = |list: TextList| xxh3_64(list.texts().join("\0").as_bytes()) as f64;
        let pair = |slot: &u32| {
            let at = At::Slot(*slot);
            [Freshness::Live, Freshness::Served]
                .map(|freshness| engine.list(index, output, at, as_of, freshness).map(number))
        };
        return slots.iter().map(pair).collect();
    }
    let mut live = Vec::with_capacity(slots.len());
    engine.live_all(index, output, slots, as_of, &mut live);
    let is_served = plan.features[plan.outputs[output.0].feature.0].refresh.is_positive();
    let served = |slot: u32| engine.served(index, output, At::Slot(slot), as_of);
    let pair =
        |(live, slot): (Option<f64>, &u32)| [live, if is_served { served(*slot) } else { live }];
    live.into_iter().zip(slots).map(pair).collect()
}

/// What distinguishes the scope of an output from others in any plan.
fn scope_meaning(plan: &Plan, output: OutputId) -> (bool, Vec<&str>) {
    let scope = plan.scope_of(output);
    (plan.scopes[scope.0].explode, plan.key_attributes(scope).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dataset::Run;
    use crate::engine::demand;
    use crate::log::Reader;
    use crate::plan::lower::compile;

    /// Five users, `u0` to `u4`, of whom `u3` alone views; `u4` has no item.
    const LOG: &str = r#"
        {"ts": 1e9, "type": "click", "user": "u0", "item": "i0"}
        {"ts": 1e9, "type": "click", "user": "u1", "item": "i0"}
        {"ts": 1e9, "type": "click", "user": "u2", "item": "i1"}
        {"ts": 1e9, "type": "view", "user": "u3", "item": "i0"}
        {"ts": 1e9, "type": "view", "user": "u3", "item": "i0"}
        {"ts": 1e9, "type": "click", "user": "u4"}
        {"ts": 1e9, "type": "click", "user": "u2", "item": "i1"}
    "#;

    fn feature(name: &str, members: &str) -> String {
        format!("  - {{name: {name}, type: counter, {members}}}\n")
    }

    /// Compares the values of two lists of features at the end of the log.
    fn diff([old, new]: [&[String]; 2], same_tape: bool, most: usize) -> PlanDiff {
        let text = |features: &[String]| format!("features:\n{}", features.concat());
        let plan = |text: &str| Arc::new(compile("test", text).0.unwrap());
        // One tape for both plans.
        let whole = plan(&text(&[feature("a", "scope: user"), feature("b", "scope: item")]));
        let log = LOG.trim().as_bytes();
        let reader = Reader::embedded("log", log, &whole.events, &whole.attributes);
        let run =
            Run::load(Arc::clone(&whole), demand(&whole, false), reader, &mut |_| {}).unwrap();
        let [old, new] = [old, new].map(|features| {
            let plan = plan(&text(features));
            let index = KeyIndex::new(&plan, run.tape(), None);
            let mut engine = Engine::new(plan);
            engine.apply(run.tape(), &index, run.tape().events());
            (engine, index)
        });
        let as_of = run.tape().clock(run.tape().events()).unwrap();
        let [old, new] = [&old, &new].map(|(engine, index)| Side { engine, index, as_of });
        Comparison::with_most(old, new.engine.plan(), same_tape, most).finish(new)
    }

    fn named(names: &[&str]) -> Vec<String> {
        names.iter().map(|name| (*name).to_owned()).collect()
    }

    #[test]
    fn only_outputs_that_mean_something_else_are_compared() {
        let old = [
            feature("kept", "scope: user"),
            feature("counted", "scope: user, interaction: click"),
            feature("dropped", "scope: item"),
        ];
        let new = [
            feature("counted", "scope: user, interaction: [click, view]"),
            feature("kept", "scope: user"),
            feature("more", "scope: user, interaction: view"),
        ];
        let found = diff([&old, &new], true, MOST_COMPARED);
        assert_eq!(found.added, named(&["more"]));
        assert_eq!(found.changed, named(&["counted"]));
        assert_eq!(found.removed, named(&["dropped"]));
        // `u3` has its first value: two views.
        assert_eq!((found.values_changed, found.keys_new, found.keys_gone), (0, 1, 0));
        let moved = found.largest.clone().unwrap();
        assert_eq!((moved.key.to_string().as_str(), moved.after), ("u3", Some(2.0)));
        // By their texts, keys are the same.
        assert_eq!(diff([&old, &new], false, MOST_COMPARED), found);
    }

    #[test]
    fn keys_of_another_scope_are_others() {
        let old = [feature("counted", "scope: user")];
        let new = [feature("counted", "scope: item")];
        let found = diff([&old, &new], true, MOST_COMPARED);
        assert_eq!((found.values_changed, found.keys_new, found.keys_gone), (0, 2, 5));
        assert_eq!(found.not_compared, 0);
    }

    #[test]
    fn values_beyond_the_limit_are_told_as_not_compared() {
        let users = [feature("first", "scope: user"), feature("second", "scope: user")];
        // Another time to live is another meaning; the values stay.
        let longer = users.clone().map(|feature| feature.replace("user", "user, ttl: 9d"));
        let items = users.clone().map(|feature| feature.replace("user", "item"));
        let counts = |old: &[String], new: &[String], most: usize| {
            let found = diff([old, new], true, most);
            assert_eq!((found.changed, found.values_changed), (named(&["first", "second"]), 0));
            (found.keys_new, found.keys_gone, found.not_compared)
        };
        assert_eq!(counts(&users, &longer, 10), (0, 0, 0));
        assert_eq!(counts(&users, &longer, 7), (0, 0, 3));
        // New keys are read up to the limit, too.
        assert_eq!(counts(&items, &users, 3), (3, 2, 2 + 5));
        // No key is new that may be among those beyond.
        assert_eq!(counts(&users, &items, 4), (0, 4, 2 + 5));
    }
}
