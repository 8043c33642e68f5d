//! Making an order of rows, in slices: gathering the rows that pass the filter, with what they are
//! sorted by, and sorting them. It must not know what is in view.

use std::time::Instant;

use crate::base::{Timestamp, clock};
use crate::engine::At;
use crate::plan::{OutputId, Plan, ScopeId};

use super::collate::{contains, natural};
use super::sorter::Sorter;
use crate::session::protocol::{Layout, Sort, SortBy, Viewport};
use crate::session::replay::Replay;
use crate::session::view::as_of;
use crate::session::view::output_filter::OutputFilter;
use crate::session::view::source::shown_scopes;

/// How many keys are looked at between two looks at the clock.
const KEYS: usize = 16;
/// How many rows are added at least before the clock is looked at sooner: in the long layout a key
/// has one for each output.
const ROWS: usize = 64;

/// A row: the output that it is of (its scope's first in the wide layout), and the key's slot.
pub(in crate::session::view) type Place = (OutputId, u32);

/// A row as it is kept: there are millions.
type Packed = (u32, u32);

const fn pack((output, slot): Place) -> Packed {
    (output.0 as u32, slot)
}

/// What an order depends on, besides the moment.
#[derive(Clone)]
pub(in crate::session::view) struct Wanted {
    layout: Layout,
    filter: String,
    sort: Sort,
    hiding: OutputFilter,
}

impl Wanted {
    pub(in crate::session::view) fn new(look: &Viewport, hiding: &OutputFilter) -> Self {
        let Viewport { layout, filter, sort, .. } = look;
        Self { layout: *layout, filter: filter.clone(), sort: *sort, hiding: hiding.clone() }
    }

    pub(in crate::session::view) fn is(&self, look: &Viewport, hiding: &OutputFilter) -> bool {
        (self.layout, &self.filter, self.sort) == (look.layout, &look.filter, look.sort)
            && self.hiding.is(hiding)
    }
}

/// Rows in their order.
pub(in crate::session::view) struct Ranking {
    pub(in crate::session::view) wanted: Wanted,
    /// How many events were applied when it was begun.
    cursor: usize,
    /// The moment that it is as of.
    pub(in crate::session::view) as_of: Timestamp,
    rows: Vec<Packed>,
    /// The outputs that are columns (wide); none in the long layout.
    pub(in crate::session::view) columns: Vec<OutputId>,
    /// The scope shown (wide).
    pub(in crate::session::view) scope: Option<ScopeId>,
    /// How many rows there are without the filter.
    pub(in crate::session::view) unfiltered: usize,
}

impl Ranking {
    pub(in crate::session::view) const fn len(&self) -> usize {
        self.rows.len()
    }

    /// The rows from one on.
    pub(in crate::session::view) fn from(&self, first: usize) -> impl Iterator<Item = Place> {
        let rows = self.rows.get(first..).unwrap_or_default();
        rows.iter().map(|(output, slot)| (OutputId(*output as usize), *slot))
    }

    /// The first row that is of a key's slot, and of an output where that matters.
    pub(in crate::session::view) fn position(&self, of: impl Fn(Place) -> bool) -> Option<usize> {
        self.from(0).position(of)
    }

    /// Whether the cursor is where it was.
    pub(in crate::session::view) fn stands_at(&self, replay: &Replay) -> bool {
        (self.cursor, self.as_of) == (replay.cursor(), as_of(replay))
    }

    /// Whether rows are of this look's layout, and of the outputs that are shown.
    pub(in crate::session::view) fn serves(&self, look: &Viewport, hiding: &OutputFilter) -> bool {
        self.wanted.layout == look.layout && self.wanted.hiding.is(hiding)
    }
}

/// The outputs of one scope, as they are gathered.
struct Gathered {
    scope: ScopeId,
    outputs: Vec<OutputId>,
    /// Which outputs' own names pass the filter.
    named: Vec<bool>,
    /// Of outputs that are written together, one.
    distinct: Vec<OutputId>,
}

/// What is being done.
enum Stage {
    /// Sorting keys by their text: an index of a scope, and a slot.
    Keys(Box<Sorter<Vec<u8>, Packed>>),
    /// Gathering rows, of keys in this order or else as they lie.
    Rows(Option<Vec<Packed>>),
    /// Sorting rows.
    Sort,
}

/// An order being made.
pub(in crate::session::view) struct RankingTask {
    ranking: Ranking,
    /// The filter in lower case.
    filter: String,
    scopes: Vec<Gathered>,
    stage: Stage,
    /// The next key to look at: an index of a scope and a slot, or a place in the order of keys.
    at: (usize, u32),
    sorter: Sorter<u64, Packed>,
    done: usize,
    keys: usize,
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
        let gathered = |scope: ScopeId| {
            let outputs = wanted.hiding.outputs(scope);
            let name = |output: &OutputId| plan.outputs[output.0].name.as_str();
            let named = outputs.iter().map(|output| contains(name(output), &filter)).collect();
            Gathered { scope, named, distinct: distinct(plan, &outputs), outputs }
        };
        let scopes: Vec<Gathered> =
            shown.into_iter().map(gathered).filter(|scope| !scope.outputs.is_empty()).collect();
        let columns = match (scope, scopes.first()) {
            (Some(_), Some(only)) => only.outputs.clone(),
            _ => Vec::new(),
        };
        let stage = match wanted.sort.by {
            SortBy::Key => Stage::Keys(Box::new(Sorter::new())),
            SortBy::Column(_) | SortBy::Recent => Stage::Rows(None),
        };
        let keys = scopes.iter().map(|scope| index.keys(scope.scope)).sum();
        let (cursor, as_of) = (replay.cursor(), as_of(replay));
        let ranking =
            Ranking { wanted, cursor, as_of, rows: Vec::new(), columns, scope, unfiltered: 0 };
        Self { ranking, filter, scopes, stage, at: (0, 0), sorter: Sorter::new(), done: 0, keys }
    }

    pub(in crate::session::view) const fn wanted(&self) -> &Wanted {
        &self.ranking.wanted
    }

    /// How many rows there are at most: in the long layout one for each key and output.
    pub(in crate::session::view) fn rows(&self, replay: &Replay) -> usize {
        if self.ranking.scope.is_some() {
            return self.keys;
        }
        let rows = |of: &Gathered| replay.index().keys(of.scope).saturating_mul(of.outputs.len());
        self.scopes.iter().map(rows).fold(0, usize::saturating_add)
    }

    /// The share that is done, 0 to 1: gathering counts as much as sorting does.
    pub(in crate::session::view) fn share(&self) -> f64 {
        let gathered = self.done as f64 / self.keys.max(1) as f64;
        match self.stage {
            Stage::Keys(_) | Stage::Rows(None) => gathered / 2.0,
            Stage::Rows(Some(_)) => 0.5 + gathered / 2.0,
            Stage::Sort => 0.5 + self.sorter.share() / 2.0,
        }
    }

    /// Goes on until then; `true` once the order is made.
    pub(in crate::session::view) fn work(&mut self, replay: &Replay, until: Instant) -> bool {
        loop {
            match std::mem::replace(&mut self.stage, Stage::Sort) {
                Stage::Keys(mut sorter) => {
                    if !self.add_keys(replay, &mut sorter, until) || !sorter.work(until) {
                        self.stage = Stage::Keys(sorter);
                        return false;
                    }
                    self.stage = Stage::Rows(Some(sorter.into_rows().collect()));
                    (self.at, self.done) = ((0, 0), 0);
                }
                Stage::Rows(order) => {
                    if !self.add_rows(replay, order.as_deref(), until) {
                        self.stage = Stage::Rows(order);
                        return false;
                    }
                }
                Stage::Sort => {
                    if self.ranking.wanted.sort.by == SortBy::Key {
                        return true;
                    }
                    return self.sorter.work(until);
                }
            }
        }
    }

    /// The order, once it is made.
    pub(in crate::session::view) fn into_ranking(mut self) -> Ranking {
        let Sort { by, descending } = self.ranking.wanted.sort;
        if by != SortBy::Key {
            self.ranking.rows = self.sorter.into_rows().collect();
        }
        // Values turn their order by themselves, because rows without one stay last.
        if descending && !matches!(by, SortBy::Column(_)) {
            self.ranking.rows.reverse();
        }
        self.ranking
    }

    /// The next key as it lies: an index of a scope, and a slot.
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

    /// Adds the keys that are written, to be sorted by their text; `true` once all are in.
    fn add_keys(
        &mut self,
        replay: &Replay,
        sorter: &mut Sorter<Vec<u8>, Packed>,
        until: Instant,
    ) -> bool {
        loop {
            for _ in 0..KEYS {
                let Some((scope, slot)) = self.next_key(replay) else { return true };
                let of = &self.scopes[scope];
                if of.is_written(replay, slot) {
                    let text = natural(&replay.index().key(of.scope, slot).to_string());
                    sorter.push(text, (scope as u32, slot));
                }
            }
            if clock::instant() >= until {
                return false;
            }
        }
    }

    /// Adds rows; `true` once all are in.
    fn add_rows(&mut self, replay: &Replay, order: Option<&[Packed]>, until: Instant) -> bool {
        loop {
            let rows = self.ranking.unfiltered;
            for _ in 0..KEYS {
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
                if self.ranking.unfiltered - rows >= ROWS {
                    break;
                }
            }
            if clock::instant() >= until {
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
                let value = engine.live(index, read, At::Slot(slot), as_of(replay));
                self.sorter.push(by_value(value, descending), pack((output, slot)));
            }
            SortBy::Recent => {
                let write = if self.ranking.scope.is_some() {
                    let each = of.distinct.iter();
                    each.filter_map(|output| engine.last_write(index, *output, slot)).max()
                } else {
                    engine.last_write(index, output, slot)
                };
                let write = write.map_or(0, |write| ordered(write.0).saturating_add(1));
                self.sorter.push(write, pack((output, slot)));
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

impl Gathered {
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

/// A number that sorts as a value does, and a missing value behind all others.
fn by_value(value: Option<f64>, descending: bool) -> u64 {
    let Some(value) = value else { return u64::MAX };
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
    use super::*;

    #[test]
    fn values_sort_as_numbers_and_missing_ones_last() {
        let values = [
            Some(-1e300),
            Some(-2.0),
            Some(-0.0),
            Some(0.0),
            Some(1e-9),
            Some(7.0),
            Some(1e300),
            None,
        ];
        let up: Vec<u64> = values.iter().map(|value| by_value(*value, false)).collect();
        assert!(up.is_sorted_by(|a, b| a < b), "{up:?}");
        let down: Vec<u64> = values[..7].iter().map(|value| by_value(*value, true)).collect();
        assert!(down.is_sorted_by(|a, b| a > b), "{down:?}");
        assert!(down.iter().all(|key| *key < by_value(None, true)));
    }
}
