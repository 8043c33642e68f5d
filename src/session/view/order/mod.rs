//! Which rows there are, and in what order: filtered and sorted over all keys, kept until what
//! it depends on changes. While event time runs an order of many rows is renewed now and then,
//! not with every frame. A new one is made in slices, and until it is there the
//! one before stands.

pub(in crate::session) mod collate;
pub(in crate::session) mod ranking;
pub(in crate::session) mod sorter;

use std::time::{Duration, Instant};

use crate::base::{Timestamp, clock};
use crate::plan::{OutputId, ScopeId};

use super::output_filter::OutputFilter;
use crate::session::protocol::{Selected, Viewport};
use crate::session::replay::Replay;
use ranking::{Place, Ranking, RankingTask, Wanted};

/// How many rows are sorted for every frame while event time runs.
const FEW: usize = 500;
/// How often a larger order is renewed then.
const RENEWED: Duration = Duration::from_millis(700);
/// How long it may take to sort few rows: they are never shown in half an order.
const WHOLE: Duration = Duration::from_secs(1);
/// How long a snapshot may wait for a new order of more.
const SLICE: Duration = Duration::from_millis(8);

/// The rows in their order.
#[derive(Default)]
pub(super) struct Order {
    shown: Option<Ranking>,
    making: Option<RankingTask>,
    made_at: Option<Instant>,
    outdated: bool,
}

impl Order {
    /// How many rows there are.
    pub(super) fn len(&self) -> usize {
        self.shown.as_ref().map_or(0, Ranking::len)
    }

    /// The rows from one on.
    pub(super) fn from(&self, first: usize) -> impl Iterator<Item = Place> {
        self.shown.iter().flat_map(move |shown| shown.from(first))
    }

    /// The outputs that are columns, in the wide layout.
    pub(super) fn columns(&self) -> &[OutputId] {
        self.shown.as_ref().map_or(&[], |shown| shown.columns.as_slice())
    }

    /// The scope shown, in the wide layout.
    pub(super) fn scope(&self) -> Option<ScopeId> {
        self.shown.as_ref()?.scope
    }

    /// How many rows there are without the filter.
    pub(super) fn unfiltered(&self) -> usize {
        self.shown.as_ref().map_or(0, |shown| shown.unfiltered)
    }

    /// Whether there is more to do: an order is being made, or the cursor has moved since.
    pub(super) const fn is_outdated(&self) -> bool {
        self.outdated || self.making.is_some()
    }

    /// How much of a new order is made, 0 to 1, while one is being made.
    pub(super) fn share(&self) -> Option<f64> {
        self.making.as_ref().map(RankingTask::share)
    }

    /// The moment that the order is as of, where it is not renewed with every frame.
    pub(super) fn ordered_at(&self, playing: bool) -> Option<Timestamp> {
        let shown = self.shown.as_ref().filter(|shown| playing && shown.len() > FEW);
        shown.map(|shown| shown.as_of)
    }

    /// Makes the order anew if it must be, for as long as a snapshot can wait. `false` while there
    /// is none of this look's layout and of the outputs that are shown.
    pub(super) fn update(
        &mut self,
        replay: &Replay,
        look: &Viewport,
        hiding: &OutputFilter,
        playing: bool,
    ) -> bool {
        // An order for another look is of no use; one for an earlier event is finished first, or
        // a table that takes long would never be sorted while someone steps.
        self.making.take_if(|making| !making.wanted().is(look, hiding));
        if self.is_due(replay, look, hiding, playing) {
            let making = self.making.take();
            let new = || RankingTask::new(replay, Wanted::new(look, hiding));
            let mut making = making.unwrap_or_else(new);
            let slice = if making.rows(replay) > FEW { SLICE } else { WHOLE };
            if making.work(replay, clock::instant() + slice) {
                self.shown = Some(making.into_ranking());
                self.made_at = Some(clock::instant());
            } else {
                self.making = Some(making);
            }
        }
        let behind = self.shown.as_ref().is_some_and(|shown| !shown.stands_at(replay));
        self.outdated = behind && !playing;
        self.shown.as_ref().is_some_and(|shown| shown.serves(look, hiding))
    }

    fn is_due(
        &self,
        replay: &Replay,
        look: &Viewport,
        hiding: &OutputFilter,
        playing: bool,
    ) -> bool {
        let same = self.shown.as_ref().filter(|shown| shown.wanted.is(look, hiding));
        let Some(shown) = same.filter(|_| self.making.is_none()) else { return true };
        let recent = self.made_at.is_some_and(|at| at.elapsed() < RENEWED);
        let may_wait = playing && recent && shown.len() > FEW;
        !(may_wait || shown.stands_at(replay))
    }

    /// Where the selected row is in the order.
    pub(super) fn find(&self, replay: &Replay, selected: &Selected) -> usize {
        let last = self.len().saturating_sub(1);
        let nearest = selected.row.min(last);
        let (Some(shown), Some(key)) = (&self.shown, &selected.key) else { return nearest };
        let (plan, index) = (replay.plan(), replay.index());
        let slot = |scope: ScopeId| {
            let fits = plan.scopes[scope.0].attributes.len() == key.0.len();
            index.find(scope, key.0.iter().map(String::as_str)).filter(|_| fits)
        };
        let found = if let Some(scope) = shown.scope {
            slot(scope).map(|slot| (None, slot))
        } else {
            // A row of the long layout is told by its output too.
            let name = selected.output.as_ref();
            let output = name.and_then(|name| plan.outputs.iter().position(|o| o.name == *name));
            output
                .map(OutputId)
                .and_then(|output| Some((Some(output), slot(plan.scope_of(output))?)))
        };
        let Some((output, slot)) = found else { return nearest };
        let is_it = |(of, at): Place| at == slot && output.is_none_or(|output| output == of);
        // Most often it is still where it was.
        if shown.from(selected.row).next().is_some_and(is_it) {
            return selected.row;
        }
        shown.position(is_it).unwrap_or(nearest)
    }
}
