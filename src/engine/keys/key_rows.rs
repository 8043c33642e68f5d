//! The rows of a key: [`KeyIndex`]'s methods that build, cache and search posting lists.

use std::sync::{Arc, MutexGuard, PoisonError};

use crate::base::{Deadline, Step, Task};
use crate::plan::ScopeId;

use super::KeyIndex;
use super::postings::{BuildPostings, RowSearches, RowsCache, RowsOf, ScanForKey};

impl KeyIndex {
    /// The posting list of a key; built on the first call.
    pub fn rows_of(&self, scope: ScopeId, slot: u32) -> RowsOf {
        loop {
            if let Step::Done(known) = self.prepare_rows(scope, slot, &Deadline::never()) {
                return known;
            }
        }
    }

    /// Builds the posting list of a key until the deadline, and goes on from where an earlier call
    /// stopped.
    pub fn prepare_rows(&self, scope: ScopeId, slot: u32, deadline: &Deadline) -> Step<RowsOf> {
        if self.storage.pool().is_some() {
            // Posting lists of all keys would take as much memory as a column.
            return self.scan_for_key(scope, slot, deadline);
        }
        self.build_postings(scope, slot, deadline)
    }

    fn build_postings(&self, scope: ScopeId, slot: u32, deadline: &Deadline) -> Step<RowsOf> {
        let (rows, keys) = (self.rows, self.keys(scope));
        let (mut known, mut searches) = self.searches(scope);
        if let Some(known) = known.postings.as_ref().filter(|p| p.tape_rows() == rows) {
            return Step::Done(RowsOf::Of(Arc::clone(known), slot));
        }
        let begun = searches.build.take().filter(|(of, it)| *of == scope && it.is_of(keys, rows));
        let mut build = begun.map_or_else(|| BuildPostings::new(keys, rows), |(_, it)| it);
        match build.step(&|rows| self.slots_of(scope, rows), deadline) {
            Step::Pending(done) => {
                searches.build = Some((scope, build));
                Step::Pending(done)
            }
            Step::Done(built) => {
                let built = Arc::new(built);
                known.postings = Some(Arc::clone(&built));
                Step::Done(RowsOf::Of(built, slot))
            }
        }
    }

    /// The cached posting lists of a scope, and the searches under way.
    fn searches(&self, scope: ScopeId) -> (MutexGuard<'_, RowsCache>, MutexGuard<'_, RowSearches>) {
        let known = self.scopes[scope.0].known.lock().unwrap_or_else(PoisonError::into_inner);
        (known, self.searches.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn scan_for_key(&self, scope: ScopeId, slot: u32, deadline: &Deadline) -> Step<RowsOf> {
        let rows = self.rows;
        let (mut known, mut searches) = self.searches(scope);
        let same = |(of, n, _): &&(u32, usize, Arc<[u32]>)| (*of, *n) == (slot, rows);
        if let Some((_, _, found)) = known.found.as_ref().filter(same) {
            return Step::Done(RowsOf::Found(Arc::clone(found)));
        }
        let begun = searches.scan.take().filter(|(of, it)| *of == scope && it.is_of(slot, rows));
        let mut scan = begun.map_or_else(|| ScanForKey::new(slot, rows), |(_, it)| it);
        match scan.step(&|rows| self.slots_of(scope, rows), deadline) {
            Step::Pending(done) => {
                searches.scan = Some((scope, scan));
                Step::Pending(done)
            }
            Step::Done(found) => {
                let found: Arc<[u32]> = found.into();
                known.found = Some((slot, rows, Arc::clone(&found)));
                Step::Done(RowsOf::Found(found))
            }
        }
    }
}
