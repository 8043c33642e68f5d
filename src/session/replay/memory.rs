//! Memory of a replay: what its parts take, and the limits of checkpoints and other copies.

use crate::engine::{Engine, Limits};

use super::Replay;
use super::backfill::Backfill;
use super::prefetch::Prefetcher;

impl Replay {
    /// Sets the limits of checkpoints, and drops those that there are.
    pub fn limit_checkpoints(&mut self, limits: Limits) {
        self.checkpointing.reset(limits);
    }

    /// The same, and drops all other copies of the states.
    pub(in crate::session) fn limit_copies(&mut self, limits: Limits) {
        self.limit_checkpoints(limits);
        if limits.bytes == 0 {
            self.checkpointing.checkpoints_mut().mark_too_large();
        }
        self.checkpointing.release();
        self.seek.release();
        self.recycler.release();
        self.parallel.release();
        self.prefetcher = None;
    }

    /// The bytes of memory that events and keys take, pages apart.
    #[must_use]
    pub fn fixed_bytes(&self) -> usize {
        self.tape.bytes() + self.tape.reorder_bytes() + self.index.bytes()
    }

    /// The bytes of memory that all states take, checkpoints apart.
    #[must_use]
    pub fn state_bytes(&self) -> usize {
        let backfill = self.backfill.as_ref().map_or(0, Backfill::bytes);
        let prefetched = self.prefetcher.as_ref().and_then(Prefetcher::engine);
        self.engine.bytes()
            + backfill
            + self.parallel.bytes()
            + self.checkpointing.backfill_bytes()
            + prefetched.map_or(0, Engine::bytes)
            + self.recycler.bytes()
            + self.undo_log.bytes()
    }

    /// The bytes of memory that checkpoints take.
    #[must_use]
    pub fn checkpoint_bytes(&self) -> usize {
        self.checkpoints().bytes()
    }

    /// The most bytes that a copy of the states may take.
    #[must_use]
    pub const fn copy_limit(&self) -> usize {
        self.checkpoints().limits().bytes
    }

    /// Whether the states are known to take more.
    #[must_use]
    pub const fn is_too_large_to_copy(&self) -> bool {
        self.checkpoints().too_large()
    }
}
