//! Which rows there are, and in what order: filtered and sorted over all keys, kept until what
//! it depends on changes. While event time runs the order is renewed now and then, not with
//! every frame, so that rows can be read.

use std::cmp::Ordering;
use std::time::{Duration, Instant};

use crate::base::clock;
use crate::engine::At;
use crate::plan::{OutputId, Plan, ScopeId};

use super::super::protocol::{Layout, Look, Selected, Sort, SortBy};
use super::super::replay::Replay;
use super::as_of;
use super::source::{outputs, shown_scopes};

/// How often the order is renewed while event time runs.
const RENEWED: Duration = Duration::from_millis(700);

/// A row: the output that it is of (its scope's first in the wide layout), and the key's slot.
pub(super) type Place = (OutputId, u32);

/// The rows in their order.
#[derive(Default)]
pub(super) struct Order {
    made_for: Option<(Layout, String, Sort)>,
    cursor: usize,
    made_at: Option<Instant>,
    outdated: bool,
    rows: Vec<Place>,
    /// The outputs that are columns (wide) or that rows are of (long).
    outputs: Vec<OutputId>,
    scope: Option<ScopeId>,
    unfiltered: usize,
}

impl Order {
    pub(super) fn rows(&self) -> &[Place] {
        &self.rows
    }

    /// The outputs that are columns, in the wide layout.
    pub(super) fn columns(&self) -> &[OutputId] {
        &self.outputs
    }

    /// The scope shown, in the wide layout.
    pub(super) const fn scope(&self) -> Option<ScopeId> {
        self.scope
    }

    /// How many rows there are without the filter.
    pub(super) const fn unfiltered(&self) -> usize {
        self.unfiltered
    }

    /// Whether the cursor has moved since the order was made.
    pub(super) const fn is_outdated(&self) -> bool {
        self.outdated
    }

    /// Makes the order anew if it must be.
    pub(super) fn update(&mut self, replay: &Replay, look: &Look, playing: bool) {
        let cursor = replay.cursor();
        let same = self.made_for.as_ref().is_some_and(|(layout, filter, sort)| {
            (*layout, filter, *sort) == (look.layout, &look.filter, look.sort)
        });
        let recent = self.made_at.is_some_and(|at| at.elapsed() < RENEWED);
        if same && (self.cursor == cursor || (playing && recent)) {
            self.outdated = self.cursor != cursor && !playing;
            return;
        }
        self.outdated = false;
        self.cursor = cursor;
        self.made_for = Some((look.layout, look.filter.clone(), look.sort));
        self.make(replay, look);
        self.made_at = Some(clock::instant());
    }

    fn make(&mut self, replay: &Replay, look: &Look) {
        let plan = replay.plan();
        let scopes = shown_scopes(plan);
        self.rows.clear();
        self.outputs.clear();
        self.scope = None;
        self.unfiltered = 0;
        match look.layout {
            Layout::Wide(number) => {
                let Some(scope) = scopes.get(number.min(scopes.len().saturating_sub(1))) else {
                    return;
                };
                self.scope = Some(*scope);
                self.outputs = outputs(plan, *scope).collect();
                self.add(replay, *scope, &look.filter, false);
            }
            Layout::Long => {
                for scope in scopes {
                    self.add(replay, scope, &look.filter, true);
                }
                self.outputs = (0..plan.outputs.len()).map(OutputId).collect();
            }
        }
        self.sort(replay, look);
    }

    /// Adds the keys of a scope that are written: once, or for each of its outputs.
    fn add(&mut self, replay: &Replay, scope: ScopeId, filter: &str, each: bool) {
        let plan = replay.plan();
        let (engine, index) = (replay.engine(), replay.index());
        let filter = filter.to_lowercase();
        let outputs: Vec<OutputId> = outputs(plan, scope).collect();
        let Some(first) = outputs.first() else { return };
        let named: Vec<bool> = outputs
            .iter()
            .map(|output| plan.outputs[output.0].name.to_lowercase().contains(&filter))
            .collect();
        let representative = distinct(plan, &outputs);
        for slot in 0..index.keys(scope) as u32 {
            let written = |output: &&OutputId| engine.is_written(index, **output, slot);
            if !representative.iter().any(|output| written(&output)) {
                continue;
            }
            let mut passes = filter.is_empty();
            if !passes {
                index.key_texts(scope, slot, |text| passes |= contains(text, &filter));
            }
            if !each {
                self.unfiltered += 1;
                if passes {
                    self.rows.push((*first, slot));
                }
                continue;
            }
            for (output, named) in outputs.iter().zip(&named).filter(|(output, _)| written(output))
            {
                self.unfiltered += 1;
                if passes || *named {
                    self.rows.push((*output, slot));
                }
            }
        }
    }

    fn sort(&mut self, replay: &Replay, look: &Look) {
        let plan = replay.plan();
        let (engine, index) = (replay.engine(), replay.index());
        let as_of = as_of(replay);
        let wide = matches!(look.layout, Layout::Wide(_));
        let key = |place: &Place| index.key(plan.scope_of(place.0), place.1);
        match look.sort.by {
            SortBy::Key => self.rows.sort_by_cached_key(|place| natural(&key(place).to_string())),
            SortBy::Column(column) => {
                let column = self.outputs.get(column).copied();
                let value = |(output, slot): &Place| {
                    let output = if wide { column.unwrap_or(*output) } else { *output };
                    engine.live(index, output, At::Slot(*slot), as_of)
                };
                let mut valued: Vec<(Option<f64>, Place)> =
                    self.rows.iter().map(|place| (value(place), *place)).collect();
                // Rows without a value stay last in either direction.
                valued.sort_by(|(a, _), (b, _)| match (a, b) {
                    (Some(a), Some(b)) if look.sort.descending => b.total_cmp(a),
                    (Some(a), Some(b)) => a.total_cmp(b),
                    (a, b) => a.is_none().cmp(&b.is_none()),
                });
                self.rows = valued.into_iter().map(|(_, place)| place).collect();
                return;
            }
            SortBy::Recent => {
                self.rows
                    .sort_by_cached_key(|(output, slot)| engine.last_write(index, *output, *slot));
            }
        }
        if look.sort.descending {
            self.rows.reverse();
        }
    }

    /// Where the selected row is in the order.
    pub(super) fn find(&self, replay: &Replay, selected: &Selected) -> usize {
        let last = self.rows.len().saturating_sub(1);
        let plan = replay.plan();
        let Some(key) = &selected.key else { return selected.row.min(last) };
        let is_it = |(output, slot): &Place| {
            let scope = plan.scope_of(*output);
            let named = selected.output.as_ref().filter(|_| self.scope.is_none());
            if named.is_some_and(|name| plan.outputs[output.0].name != *name) {
                return false;
            }
            let mut parts = key.0.iter();
            let mut same = true;
            replay.index().key_texts(scope, *slot, |text| {
                same &= parts.next().is_some_and(|part| part == text);
            });
            same && parts.next().is_none()
        };
        // Most often it is still where it was.
        if self.rows.get(selected.row).is_some_and(is_it) {
            return selected.row;
        }
        self.rows.iter().position(is_it).unwrap_or(selected.row.min(last))
    }
}

/// Of outputs that are written together, one: a feature's outputs share their writes, and follow
/// each other.
fn distinct(plan: &Plan, outputs: &[OutputId]) -> Vec<OutputId> {
    let mut distinct = outputs.to_vec();
    distinct.dedup_by_key(|output| plan.outputs[output.0].feature);
    distinct
}

/// Whether a text contains another, which is in lower case, whatever its own case.
fn contains(text: &str, lower: &str) -> bool {
    if text.is_ascii() && lower.is_ascii() {
        let (text, lower) = (text.as_bytes(), lower.as_bytes());
        return text.windows(lower.len()).any(|part| part.eq_ignore_ascii_case(lower));
    }
    text.to_lowercase().contains(lower)
}

/// A text so that its numbers compare as numbers: `item2` before `item10`.
fn natural(text: &str) -> Vec<Piece> {
    let mut pieces = Vec::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let digits = first.is_ascii_digit();
        let end = rest.find(|c: char| c.is_ascii_digit() != digits).unwrap_or(rest.len());
        let (piece, tail) = rest.split_at(end);
        let number = piece.parse::<u64>().ok().filter(|_| digits);
        pieces.push(number.map_or_else(|| Piece::Text(piece.to_lowercase()), Piece::Number));
        rest = tail;
    }
    pieces
}

/// A run of digits, or of anything else.
#[derive(Debug, PartialEq, Eq)]
enum Piece {
    Number(u64),
    Text(String),
}

impl Ord for Piece {
    fn cmp(&self, other: &Self) -> Ordering {
        match (self, other) {
            (Self::Number(a), Self::Number(b)) => a.cmp(b),
            (Self::Text(a), Self::Text(b)) => a.cmp(b),
            (Self::Number(_), Self::Text(_)) => Ordering::Less,
            (Self::Text(_), Self::Number(_)) => Ordering::Greater,
        }
    }
}

impl PartialOrd for Piece {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_in_keys_sort_as_numbers() {
        let mut keys = ["p10", "p9", "P1", "10", "q", "p"];
        keys.sort_by_cached_key(|key| natural(key));
        assert_eq!(keys, ["10", "p", "P1", "p9", "p10", "q"]);
    }

    #[test]
    fn a_filter_ignores_case() {
        assert!(contains("Item-B7", "m-b"));
        assert!(contains("Ärger", "ärg"));
        assert!(!contains("abc", "abcd"));
    }
}
