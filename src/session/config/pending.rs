//! A plan on its way: one that was read and waits to be applied, and one that is being applied.

use std::sync::Arc;
use std::time::Instant;

use crate::config::Document;
use crate::plan::Plan;

use super::value_diff::ValueDiff;
use crate::session::replay::Replay;

/// A plan that was read and is to be applied.
pub(in crate::session) struct PendingPlan {
    pub(in crate::session) plan: Arc<Plan>,
    /// What it was made of.
    pub(in crate::session) document: Arc<Document>,
    /// Its text: what is on disk may have changed again by the time that it is applied.
    pub(in crate::session) text: Arc<str>,
    pub(in crate::session) read_at: Instant,
}

/// A plan that is the replay's, but not all of its values are there.
pub(in crate::session) struct AppliedPlan {
    pub(in crate::session) plan: PendingPlan,
    /// The values before it, as far as it may move them.
    pub(in crate::session) before: ValueDiff,
    /// Whether its values are there only once the cursor is where it goes.
    pub(in crate::session) waits_for_cursor: bool,
    /// Whether its events are of another log than those before.
    pub(in crate::session) other_log: bool,
}

impl AppliedPlan {
    /// The plan is about to be the replay's: notes the values that it may move. `same_tape` says
    /// that the events stay the same.
    pub(in crate::session) fn new(
        replay: &Replay,
        plan: PendingPlan,
        same_tape: bool,
        other_log: bool,
    ) -> Self {
        let before = ValueDiff::new(replay, &plan.plan, same_tape);
        Self { plan, before, waits_for_cursor: !same_tape, other_log }
    }

    /// Whether its values are there.
    pub(in crate::session) fn is_complete(&self, replay: &Replay) -> bool {
        !replay.is_filling() && (!self.waits_for_cursor || replay.is_idle())
    }
}
