//! Recycling of engines: the last one that was replaced gives its tables to the next copy, and
//! others are dropped a table at a time, when there is time.

use crate::engine::{DropQueue, Engine};

/// A recycled engine, and the queue of those to drop.
#[derive(Default)]
pub(in crate::session) struct Recycler {
    recycled: Option<Engine>,
    drops: DropQueue,
}

impl Recycler {
    /// Takes an engine that is not needed any more, for its tables. The one before is dropped later.
    pub(in crate::session) fn recycle(&mut self, engine: Engine) {
        if let Some(before) = self.recycled.replace(engine) {
            self.drops.take(before);
        }
    }

    /// Takes the recycled engine out.
    pub(in crate::session) const fn take(&mut self) -> Option<Engine> {
        self.recycled.take()
    }

    /// Queues an engine to be dropped.
    pub(in crate::session) fn drop_later(&mut self, engine: Engine) {
        self.drops.take(engine);
    }

    /// The queue of tables to drop.
    pub(in crate::session) const fn drops(&mut self) -> &mut DropQueue {
        &mut self.drops
    }

    /// Drops a table of the queue. Returns whether there was one.
    pub(in crate::session) fn drop_one(&mut self) -> bool {
        self.drops.drop_one()
    }

    /// Queues the recycled engine to be dropped too: it is of another plan.
    pub(in crate::session) fn retire(&mut self) {
        if let Some(engine) = self.recycled.take() {
            self.drops.take(engine);
        }
    }

    /// Drops the recycled engine at once: memory is short.
    pub(in crate::session) fn release(&mut self) {
        self.recycled = None;
    }

    /// The bytes of memory that the recycled engine takes.
    pub(in crate::session) fn bytes(&self) -> usize {
        self.recycled.as_ref().map_or(0, Engine::bytes)
    }
}
