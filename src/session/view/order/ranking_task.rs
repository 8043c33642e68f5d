//! Ranking: the task that collects the rows that pass the filter with their sort keys, at the cursor
//! and in slices, and sorts them, on the worker pool if they are many.

use std::mem::{replace, take};

use crate::base::{Deadline, Step, Task};
use crate::engine::{At, Freshness, OutputValue};
use crate::plan::{OutputId, Plan, ScopeId};

use super::collate::{beginning, contains, natural};
use super::ranking::{Packed, Ranking, Wanted, pack};
use crate::session::protocol::{Layout, Sort, SortBy};
use crate::session::replay::Replay;
use crate::session::threads::worker_pool::{Computation, Panicked, WorkerPool};
use crate::session::view::as_of;
use crate::session::view::source::shown_scopes;

/// The keys read between two checks of the deadline.
const KEYS_PER_CHECK: usize = 16;
/// The rows added after which it is checked sooner: in the long layout a key has a row for each
/// output.
const ROWS_PER_CHECK: usize = 64;
/// So many rows are sorted at once: that takes less than a millisecond.
const ROWS_SORTED_AT_ONCE: usize = 8192;

/// The outputs of a scope whose rows are collected.
struct ScopeOutputs {
    scope: ScopeId,
    outputs: Vec<OutputId>,
    /// Which outputs' own names pass the filter.
    named: Vec<bool>,
    /// Of outputs that are written together, one.
    distinct: Vec<OutputId>,
}

/// A row with its sort key.
type Keyed<K> = (K, Packed);

/// What is done next.
enum Stage {
    /// Collecting keys by their text: the index of a scope, and a slot.
    CollectKeys(Vec<Keyed<Vec<u8>>>),
    /// The keys are sorted by their text.
    SortKeys(Computation<Vec<Packed>>),
    /// Collecting rows, of keys in this order or else in that of their slots.
    CollectRows(Option<Vec<Packed>>),
    /// The rows are sorted.
    SortRows(Computation<Vec<Packed>>),
}

/// An order in progress.
pub(in crate::session::view) struct RankingTask {
    ranking: Ranking,
    /// The filter in lower case.
    filter: String,
    scopes: Vec<ScopeOutputs>,
    stage: Stage,
    /// The next key: the index of a scope and a slot.
    at: (usize, u32),
    rows: Vec<Keyed<u64>>,
    /// The keys read in this stage, and their number.
    done: usize,
    keys: usize,
}

/// Sorts rows by their keys; rows with equal keys keep their order.
fn sort<K: Ord + Send + 'static>(
    pool: &WorkerPool,
    mut rows: Vec<Keyed<K>>,
) -> Computation<Vec<Packed>> {
    let is_short = rows.len() <= ROWS_SORTED_AT_ONCE;
    let work = move || {
        rows.sort_by(|(a, _), (b, _)| a.cmp(b));
        rows.into_iter().map(|(_, row)| row).collect()
    };
    if is_short { Computation::at_once(work) } else { pool.compute(work) }
}

impl Task for RankingTask {
    /// The replay, whose cursor may have moved since.
    type Context<'c> = &'c Replay;
    type Output = Ranking;

    fn step(&mut self, replay: &Replay, deadline: &Deadline) -> Step<Self::Output> {
        let pool = replay.pool();
        loop {
            match replace(&mut self.stage, Stage::CollectRows(None)) {
                Stage::CollectKeys(mut keys) => {
                    if !self.collect_keys(replay, &mut keys, deadline) {
                        self.stage = Stage::CollectKeys(keys);
                        break;
                    }
                    (self.at, self.done) = ((0, 0), 0);
                    self.stage = Stage::SortKeys(sort(pool, keys));
                }
                Stage::SortKeys(sorting) => match sorting.poll() {
                    Step::Done(Ok(keys)) => self.stage = Stage::CollectRows(Some(keys)),
                    Step::Done(Err(Panicked)) => return self.restart(replay),
                    Step::Pending(_) => {
                        self.stage = Stage::SortKeys(sorting);
                        break;
                    }
                },
                Stage::CollectRows(order) => {
                    if !self.collect_rows(replay, order.as_deref(), deadline) {
                        self.stage = Stage::CollectRows(order);
                        break;
                    }
                    if order.is_some() {
                        let rows = take(&mut self.ranking.rows);
                        return Step::Done(self.finish(rows));
                    }
                    self.stage = Stage::SortRows(sort(pool, take(&mut self.rows)));
                }
                Stage::SortRows(sorting) => match sorting.poll() {
                    Step::Done(Ok(rows)) => return Step::Done(self.finish(rows)),
                    Step::Done(Err(Panicked)) => return self.restart(replay),
                    Step::Pending(_) => {
                        self.stage = Stage::SortRows(sorting);
                        break;
                    }
                },
            }
        }
        Step::Pending(self.progress())
    }
}

impl RankingTask {
    pub(in crate::session::view) fn new(replay: &Replay, wanted: Wanted) -> Self {
        let (plan, index) = (replay.plan(), replay.index());
        let all = shown_scopes(plan);
        let filter = wanted.filter.to_lowercase();
        let (scope, shown) = match wanted.layout {
            Layout::Long => (None, all),
            Layout::Wide(number) => {
                let scope = all.get(number.min(all.len().saturating_sub(1))).copied();
                (scope, scope.into_iter().collect())
            }
        };
        let outputs_of = |scope: ScopeId| {
            let outputs = wanted.hiding.outputs(scope);
            let name = |output: &OutputId| plan.outputs[output.0].name.as_str();
            let named = outputs.iter().map(|output| contains(name(output), &filter)).collect();
            ScopeOutputs { scope, named, distinct: distinct(plan, &outputs), outputs }
        };
        let scopes: Vec<ScopeOutputs> =
            shown.into_iter().map(outputs_of).filter(|scope| !scope.outputs.is_empty()).collect();
        let columns = match (scope, scopes.first()) {
            (Some(_), Some(only)) => only.outputs.clone(),
            _ => Vec::new(),
        };
        let stage = match wanted.sort.by {
            SortBy::Key => Stage::CollectKeys(Vec::new()),
            SortBy::Column(_) | SortBy::Recent => Stage::CollectRows(None),
        };
        let keys = scopes.iter().map(|scope| index.keys(scope.scope)).sum();
        let (cursor, as_of) = (replay.cursor(), as_of(replay));
        let ranking =
            Ranking { wanted, cursor, as_of, rows: Vec::new(), columns, scope, unfiltered: 0 };
        Self { ranking, filter, scopes, stage, at: (0, 0), rows: Vec::new(), done: 0, keys }
    }

    pub(in crate::session::view) const fn wanted(&self) -> &Wanted {
        &self.ranking.wanted
    }

    /// How many rows there are at most: in the long layout one for each key and output.
    pub(in crate::session::view) fn rows(&self, replay: &Replay) -> usize {
        if self.ranking.scope.is_some() {
            return self.keys;
        }
        let rows =
            |of: &ScopeOutputs| replay.index().keys(of.scope).saturating_mul(of.outputs.len());
        self.scopes.iter().map(rows).fold(0, usize::saturating_add)
    }

    /// Starts again: the rows were lost.
    fn restart(&mut self, replay: &Replay) -> Step<Ranking> {
        *self = Self::new(replay, self.ranking.wanted.clone());
        Step::Pending(0.0)
    }

    /// The fraction that is done, 0 to 1: collecting counts as much as sorting.
    fn progress(&self) -> f32 {
        let collected = self.done as f32 / self.keys.max(1) as f32;
        match self.stage {
            Stage::CollectKeys(_) | Stage::CollectRows(None) => collected / 2.0,
            Stage::SortKeys(_) | Stage::SortRows(_) => 0.5,
            Stage::CollectRows(Some(_)) => 0.5 + collected / 2.0,
        }
    }

    /// The order, of sorted rows.
    fn finish(&mut self, rows: Vec<Packed>) -> Ranking {
        let columns = take(&mut self.ranking.columns);
        let mut ranking = Ranking { rows, columns, ..self.ranking.clone() };
        let Sort { by, descending } = ranking.wanted.sort;
        // Values are sorted in descending order by their keys, because rows without one stay last.
        if descending && !matches!(by, SortBy::Column(_)) {
            ranking.rows.reverse();
        }
        ranking
    }

    /// The next key in the order of slots: the index of a scope, and a slot.
    fn next_key(&mut self, replay: &Replay) -> Option<(usize, u32)> {
        loop {
            let (scope, slot) = self.at;
            let keys = replay.index().keys(self.scopes.get(scope)?.scope) as u32;
            if slot < keys {
                self.at.1 += 1;
                self.done += 1;
                return Some((scope, slot));
            }
            self.at = (scope + 1, 0);
        }
    }

    /// Collects the keys that are written, with their text. Returns whether all are collected.
    fn collect_keys(
        &mut self,
        replay: &Replay,
        keys: &mut Vec<Keyed<Vec<u8>>>,
        deadline: &Deadline,
    ) -> bool {
        loop {
            for _ in 0..KEYS_PER_CHECK {
                let Some((scope, slot)) = self.next_key(replay) else { return true };
                let of = &self.scopes[scope];
                if of.is_written(replay, slot) {
                    let text = natural(&replay.index().key(of.scope, slot).to_string());
                    keys.push((text, (scope as u32, slot)));
                }
            }
            if deadline.has_passed() {
                return false;
            }
        }
    }

    /// Collects rows. Returns whether all are collected.
    fn collect_rows(
        &mut self,
        replay: &Replay,
        order: Option<&[Packed]>,
        deadline: &Deadline,
    ) -> bool {
        loop {
            let rows = self.ranking.unfiltered;
            for _ in 0..KEYS_PER_CHECK {
                let next = match order {
                    None => self.next_key(replay),
                    Some(order) => {
                        let next = order.get(self.done).copied();
                        self.done += 1;
                        next.map(|(scope, slot)| (scope as usize, slot))
                    }
                };
                let Some((scope, slot)) = next else { return true };
                self.add_key(replay, scope, slot);
                if self.ranking.unfiltered - rows >= ROWS_PER_CHECK {
                    break;
                }
            }
            if deadline.has_passed() {
                return false;
            }
        }
    }

    /// Adds the rows of a key: one, or one for each output that is written.
    fn add_key(&mut self, replay: &Replay, scope: usize, slot: u32) {
        let of = &self.scopes[scope];
        if !of.is_written(replay, slot) {
            return;
        }
        let (engine, index) = (replay.engine(), replay.index());
        let mut passes = self.filter.is_empty();
        if !passes {
            index.key_texts(of.scope, slot, |text| passes |= contains(text, &self.filter));
        }
        let Sort { by, descending } = self.ranking.wanted.sort;
        let mut add = |output: OutputId, read: OutputId| match by {
            SortBy::Key => self.ranking.rows.push(pack((output, slot))),
            SortBy::Column(_) => {
                let value =
                    engine.value(index, read, At::Slot(slot), as_of(replay), Freshness::Live);
                let is_wide = self.ranking.scope.is_some();
                let key = match value {
                    None => u64::MAX,
                    Some(OutputValue::Number(number)) => by_number(number, descending),
                    Some(OutputValue::List(list)) if is_wide => {
                        by_text(&list.to_string(), descending)
                    }
                    Some(OutputValue::List(list)) => {
                        behind_numbers(by_text(&list.to_string(), descending))
                    }
                };
                self.rows.push((key, pack((output, slot))));
            }
            SortBy::Recent => {
                let write = if self.ranking.scope.is_some() {
                    let each = of.distinct.iter();
                    each.filter_map(|output| engine.last_write(index, *output, slot)).max()
                } else {
                    engine.last_write(index, output, slot)
                };
                let write = write.map_or(0, |write| ordered(write.0).saturating_add(1));
                self.rows.push((write, pack((output, slot))));
            }
        };
        if self.ranking.scope.is_some() {
            self.ranking.unfiltered += 1;
            let first = of.outputs[0];
            let column = match by {
                SortBy::Column(column) => of.outputs.get(column).copied().unwrap_or(first),
                SortBy::Key | SortBy::Recent => first,
            };
            if passes {
                add(first, column);
            }
            return;
        }
        for (output, named) in of.outputs.iter().zip(&of.named) {
            if engine.is_written(index, *output, slot) {
                self.ranking.unfiltered += 1;
                if passes || *named {
                    add(*output, *output);
                }
            }
        }
    }
}

impl ScopeOutputs {
    /// Whether any of its outputs is written at a key.
    fn is_written(&self, replay: &Replay, slot: u32) -> bool {
        let (engine, index) = (replay.engine(), replay.index());
        self.distinct.iter().any(|output| engine.is_written(index, *output, slot))
    }
}

/// Of outputs that are written together, one: a feature's outputs share their writes, and follow
/// each other.
fn distinct(plan: &Plan, outputs: &[OutputId]) -> Vec<OutputId> {
    let mut distinct = outputs.to_vec();
    distinct.dedup_by_key(|output| plan.outputs[output.0].feature);
    distinct
}

/// A whole number that sorts as a text does by how it begins, and before a missing value.
fn by_text(text: &str, descending: bool) -> u64 {
    let up = u64::from_be_bytes(beginning(text)) >> 1;
    if descending { (u64::MAX >> 1) - up } else { up }
}

/// The same behind all numbers, by the first six letters.
fn behind_numbers(text: u64) -> u64 {
    // No number that is finite has these bits.
    (0xFFF << 52 | text >> 11).min(u64::MAX - 1)
}

/// A whole number that sorts as a number does.
fn by_number(value: f64, descending: bool) -> u64 {
    let bits = value.to_bits() as i64;
    let up = ordered(bits ^ (((bits >> 63) as u64) >> 1) as i64);
    if descending { !up } else { up }
}

/// A whole number without a sign that sorts as one with a sign does.
const fn ordered(number: i64) -> u64 {
    (number as u64) ^ (1 << 63)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::fmt::Write as _;
    use std::sync::Arc;
    use std::time::Duration;

    use super::*;
    use crate::base::{Clock, ManualClock};
    use crate::engine::demand;
    use crate::log::{EventSource, Reader};
    use crate::plan::lower::compile;
    use crate::session::protocol::Viewport;
    use crate::session::snapshot::Source;
    use crate::session::view::output_filter::OutputFilter;

    /// A replay at the end of a log with so many items, whose counts and writes have ties.
    fn replay(items: usize, threads: usize) -> Replay {
        let config = "events: {format: flat, order: log}\nfeatures:\n  - {name: c, type: interaction_count, interaction: c, scope: item}\n  - {name: d, type: interaction_count, interaction: d, scope: item}\n";
        let plan = Arc::new(compile("config", config).0.unwrap());
        let mut text = String::new();
        for number in 0..items * 3 / 2 {
            let item = number.wrapping_mul(7919) % items;
            let (kind, time) = (["c", "d"][number % 5 / 4], 1_700_000_000 + number / 3);
            writeln!(
                text,
                "{{\"timestamp\": {time}, \"event\": \"{kind}\", \"item\": \"i{item}\"}}"
            )
            .unwrap();
        }
        let mut replay = Replay::new(Arc::clone(&plan), demand(&plan, false));
        replay.set_threads(threads, None);
        let mut reader = Reader::embedded("log", text.into_bytes(), &plan.events, &plan.attributes);
        while let Some(batch) = reader.next_batch().unwrap() {
            replay.extend(batch);
        }
        replay.finish();
        replay.seek_to(replay.tape().events());
        while !replay.is_idle() {
            replay.work(&Deadline::never());
        }
        replay
    }

    fn rank(replay: &Replay, viewport: &Viewport, slice: impl Fn() -> Deadline) -> Vec<Packed> {
        let names = Arc::new(BTreeSet::new());
        let hiding = OutputFilter::new(replay.plan(), &Arc::new(Source::default()), &names);
        let mut task = RankingTask::new(replay, Wanted::new(viewport, &hiding));
        loop {
            if let Step::Done(ranking) = task.step(replay, &slice()) {
                return ranking.rows;
            }
        }
    }

    #[test]
    fn any_slicing_on_any_threads_ranks_alike() {
        let clock = Clock::from(&ManualClock::ticking(Duration::from_nanos(1)));
        for items in [0, 1, 70, ROWS_SORTED_AT_ONCE + 9] {
            let (alone, pooled) = (replay(items, 1), replay(items, 2));
            for by in [SortBy::Key, SortBy::Column(0), SortBy::Column(1), SortBy::Recent] {
                for (descending, layout) in
                    [(false, Layout::Wide(0)), (true, Layout::Wide(0)), (true, Layout::Long)]
                {
                    let sort = Sort { by, descending };
                    let viewport =
                        Viewport { layout, sort, filter: "7".to_owned(), ..Viewport::default() };
                    let whole = rank(&alone, &viewport, Deadline::never);
                    let slice = || Deadline::after(&clock, Duration::from_nanos(9));
                    assert_eq!(rank(&alone, &viewport, slice), whole);
                    assert_eq!(rank(&pooled, &viewport, slice), whole);
                    let all = Viewport { filter: String::new(), ..viewport };
                    let rows = rank(&pooled, &all, slice);
                    assert_eq!(rows, rank(&alone, &all, Deadline::never));
                    if layout == Layout::Wide(0) && by == SortBy::Column(0) {
                        let (engine, index) = (alone.engine(), alone.index());
                        let value = |(_, slot): &Packed| {
                            let at = At::Slot(*slot);
                            let last = if descending { f64::MIN } else { f64::MAX };
                            engine.live(index, OutputId(0), at, as_of(&alone)).unwrap_or(last)
                        };
                        let up = |a: &Packed, b: &Packed| {
                            let by_value = value(a).total_cmp(&value(b));
                            let by_value = if descending { by_value.reverse() } else { by_value };
                            by_value.then(a.1.cmp(&b.1)).is_lt()
                        };
                        assert!(rows.is_sorted_by(up), "equal values in the order of slots");
                    }
                }
            }
        }
    }

    #[test]
    fn numbers_sort_before_missing_values() {
        let values = [-1e300, -2.0, -0.0, 0.0, 1e-9, 7.0, 1e300];
        let up: Vec<u64> = values.iter().map(|value| by_number(*value, false)).collect();
        assert!(up.is_sorted_by(|a, b| a < b) && up.iter().all(|key| *key < u64::MAX), "{up:?}");
        let down: Vec<u64> = values.iter().map(|value| by_number(*value, true)).collect();
        assert!(down.is_sorted_by(|a, b| a > b) && down.iter().all(|key| *key < u64::MAX));
    }

    #[test]
    fn texts_sort_by_how_they_begin_before_missing_values() {
        let texts = ["", "7", "9, 10", "10, 9", "Apple", "apples", "b", "\u{10ffff}\u{10ffff}"];
        let up: Vec<u64> = texts.iter().map(|text| by_text(text, false)).collect();
        assert!(up.is_sorted_by(|a, b| a < b) && up.iter().all(|key| *key < u64::MAX), "{up:?}");
        let down: Vec<u64> = texts.iter().map(|text| by_text(text, true)).collect();
        assert!(down.is_sorted_by(|a, b| a > b) && down.iter().all(|key| *key < u64::MAX));
        assert_eq!(by_text("APPLE", false), by_text("apple", false));
    }

    #[test]
    fn texts_sort_behind_numbers_and_before_missing_values() {
        for descending in [false, true] {
            let mut texts = ["", "7", "apple", "b", "\u{10ffff}\u{10ffff}"];
            if descending {
                texts.reverse();
            }
            let keys = texts.map(|text| behind_numbers(by_text(text, descending)));
            assert!(keys.is_sorted_by(|a, b| a < b) && keys.iter().all(|key| *key < u64::MAX));
            let numbers = [f64::MIN, -1.0, 0.0, f64::MAX].map(|it| by_number(it, descending));
            assert!(numbers.iter().all(|number| *number < keys[0]), "{numbers:?} {keys:?}");
        }
    }
}
