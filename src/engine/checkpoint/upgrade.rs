//! Checkpoints across plans: migration, and backfill of the states that they miss afterwards.

use std::sync::Arc;

use super::set::{Checkpoints, Entry};
use crate::engine::{DropQueue, Engine, Migration, MissingStates};

impl Checkpoints {
    /// Migrates all checkpoints to another plan; states that they lack are
    /// [missing](Self::missing).
    pub fn migrate(&mut self, migration: &Migration, drops: &mut DropQueue) {
        let entries = std::mem::take(&mut self.entries).into_iter();
        self.entries = entries
            .filter_map(|mut entry| {
                // One that has a reader is dropped: waiting for it would block.
                let engine = Arc::get_mut(&mut entry.engine)?;
                engine.migrate(migration, drops);
                entry.is_complete = engine.missing().is_empty();
                entry.is_measured &= migration.keeps_all();
                Some(entry).filter(|_| !migration.is_empty())
            })
            .collect();
        self.full = false;
        self.no_room_near = false;
        self.too_large = false;
    }

    /// The states missing in any checkpoint, and the position of the first incomplete one.
    #[must_use]
    pub fn missing(&self) -> Option<(MissingStates, usize)> {
        let incomplete = self.entries.iter().filter(|entry| !entry.is_complete);
        incomplete
            .map(|entry| (entry.engine.missing(), entry.events()))
            .reduce(|(all, first), (missing, _)| (all.and(&missing), first))
    }

    /// The position of the first incomplete checkpoint.
    #[must_use]
    pub fn first_incomplete(&self) -> Option<usize> {
        self.entries.iter().find(|entry| !entry.is_complete).map(Entry::events)
    }

    /// Measures one checkpoint whose size is unknown since a migration. Returns whether there was
    /// one.
    pub fn measure(&mut self) -> bool {
        let Some(entry) = self.entries.iter_mut().find(|entry| !entry.is_measured) else {
            return false;
        };
        entry.bytes = entry.engine.bytes();
        entry.is_measured = true;
        self.full = false;
        self.no_room_near = false;
        true
    }

    /// Backfills the checkpoint at the position of `backfill`. Over budget, evicts.
    pub fn backfill_from(&mut self, backfill: &Engine) {
        let events = backfill.position().events;
        if let Ok(place) = self.entries.binary_search_by_key(&events, Entry::events) {
            let entry = &mut self.entries[place];
            let Some(engine) = Arc::get_mut(&mut entry.engine) else {
                self.entries.remove(place);
                return;
            };
            engine.backfill_from(backfill);
            entry.is_complete = true;
            entry.bytes = entry.engine.bytes();
            entry.is_measured = true;
            while self.bytes() > self.limits.bytes {
                let Some((place, _)) = self.eviction_victim() else { break };
                self.entries.remove(place);
            }
        }
    }
}
