//! How long the worker waits for something to come in: by what there is to do, to show and to look
//! after.

use std::time::Duration;

use crate::base::clock;

use super::Worker;
use crate::session::ingest::column_cache::ColumnCache;

/// How often a busy worker shows where it is.
pub(super) const BUSY_FRAME: Duration = Duration::from_millis(33);

impl Worker {
    /// How long to wait for something to come in while there is something to do or to show.
    pub(in crate::session) fn until_frame(&self, busy: bool) -> Duration {
        if busy || self.prepares {
            return Duration::ZERO;
        }
        let due = self.shown_at + self.frame();
        due.saturating_duration_since(clock::instant())
    }

    pub(in crate::session) fn frame(&self) -> Duration {
        let quiet = self.replay.is_idle()
            && self.loading.is_none()
            && !self.storing.is_restoring()
            && !self.player.is_playing();
        if quiet { Duration::ZERO } else { BUSY_FRAME }
    }

    /// How long to wait for something to come in while there is nothing to do.
    pub(in crate::session) fn idle(&self) -> Duration {
        let due = [self.configuring.due(), self.log_watch.due()].into_iter().flatten().min();
        let due = due.map(|due| due.saturating_duration_since(clock::instant()));
        self.idle_for().min(due.unwrap_or(Duration::MAX))
    }

    fn idle_for(&self) -> Duration {
        if self.player.is_playing() || self.loading.is_some() || self.rereading.is_some() {
            BUSY_FRAME
        } else if self.columns.as_ref().is_some_and(ColumnCache::is_busy)
            || self.storing.is_busy()
            || (self.storing.is_ready() && self.is_behind())
        {
            Duration::from_millis(100)
        } else {
            Duration::from_secs(3600)
        }
    }
}
