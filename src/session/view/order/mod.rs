//! The order of rows: filtered and sorted over all keys, and kept until what it depends on changes.
//! While event time plays, an order of many rows is renewed now and then, not with every frame. A new
//! one is a task ([`RankingTask`]), and until it is done the one before is shown.

pub(in crate::session) mod collate;
pub(in crate::session) mod ranking;
pub(in crate::session) mod ranking_task;

use std::time::{Duration, Instant};

use crate::base::{Deadline, Step, Task, Timestamp};
use crate::plan::{OutputId, ScopeId};

use super::output_filter::OutputFilter;
use crate::session::protocol::{Selected, Viewport};
use crate::session::replay::Replay;
use ranking::{Place, Ranking, Wanted};
use ranking_task::RankingTask;

/// Policy of orders.
struct OrderTuning {
    /// So many rows are sorted for every frame while event time plays.
    few_rows: usize,
    /// The time after which a larger order is renewed then.
    renewal_time: Duration,
    /// The time that a snapshot may wait for an order of few rows: they never lag behind.
    few_rows_wait: Duration,
    /// The same for more.
    wait: Duration,
}

const TUNING: OrderTuning = OrderTuning {
    few_rows: 500,
    renewal_time: Duration::from_millis(700),
    few_rows_wait: Duration::from_secs(1),
    wait: Duration::from_millis(8),
};

/// The order that is shown, and the next one.
#[derive(Default)]
pub(super) struct Order {
    shown: Option<Ranking>,
    /// The task that makes the next one, and the fraction of it that is done.
    next: Option<(RankingTask, f32)>,
    ranked_at: Option<Instant>,
    is_outdated: bool,
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

    /// Whether the next one is not done, or the cursor has moved since.
    pub(super) const fn is_outdated(&self) -> bool {
        self.is_outdated || self.next.is_some()
    }

    /// The fraction of the next one that is done, 0 to 1, if there is one.
    pub(super) fn progress(&self) -> Option<f64> {
        self.next.as_ref().map(|(_, done)| f64::from(*done))
    }

    /// The moment that the order is as of, if it is not renewed with every frame.
    pub(super) fn ordered_at(&self, playing: bool) -> Option<Timestamp> {
        let is_large = |shown: &&Ranking| shown.len() > TUNING.few_rows;
        let shown = self.shown.as_ref().filter(|shown| playing && is_large(shown));
        shown.map(|shown| shown.as_of)
    }

    /// Renews the order if it must be, for as long as a snapshot can wait. Returns whether there is
    /// one of the viewport's layout and of the outputs that are shown.
    pub(super) fn update(
        &mut self,
        replay: &Replay,
        viewport: &Viewport,
        hiding: &OutputFilter,
        playing: bool,
    ) -> bool {
        // An order for another viewport is of no use; one for an earlier event is finished first,
        // or a table that takes long would never be sorted while someone steps.
        self.next.take_if(|(next, _)| !next.wanted().is(viewport, hiding));
        if self.is_due(replay, viewport, hiding, playing) {
            let new = || RankingTask::new(replay, Wanted::new(viewport, hiding));
            let mut next = self.next.take().map_or_else(new, |(next, _)| next);
            let is_large = next.rows(replay) > TUNING.few_rows;
            let wait = if is_large { TUNING.wait } else { TUNING.few_rows_wait };
            match next.step(replay, &Deadline::after(replay.clock(), wait)) {
                Step::Pending(done) => self.next = Some((next, done)),
                Step::Done(ranking) => {
                    self.shown = Some(ranking);
                    self.ranked_at = Some(replay.clock().now());
                }
            }
        }
        let is_behind = self.shown.as_ref().is_some_and(|shown| !shown.is_at_cursor(replay));
        self.is_outdated = is_behind && !playing;
        self.shown.as_ref().is_some_and(|shown| shown.serves(viewport, hiding))
    }

    fn is_due(
        &self,
        replay: &Replay,
        viewport: &Viewport,
        hiding: &OutputFilter,
        playing: bool,
    ) -> bool {
        let same = self.shown.as_ref().filter(|shown| shown.wanted.is(viewport, hiding));
        let Some(shown) = same.filter(|_| self.next.is_none()) else { return true };
        let age = |at: Instant| replay.clock().now().saturating_duration_since(at);
        let is_recent = self.ranked_at.is_some_and(|at| age(at) < TUNING.renewal_time);
        let may_wait = playing && is_recent && shown.len() > TUNING.few_rows;
        !(may_wait || shown.is_at_cursor(replay))
    }

    /// Where the selected row is in the order.
    pub(super) fn find(&self, replay: &Replay, selected: &Selected) -> usize {
        let last = self.len().saturating_sub(1);
        let nearest = selected.row.min(last);
        let (Some(shown), Some(key)) = (&self.shown, &selected.key) else { return nearest };
        let (plan, index) = (replay.plan(), replay.index());
        let slot = |scope: ScopeId| index.find(scope, &key.0);
        let found = if let Some(scope) = shown.scope {
            slot(scope).map(|slot| (None, slot))
        } else {
            // A row of the long layout is identified by its output too.
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
