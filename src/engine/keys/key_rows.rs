//! The rows of a key: [`KeyIndex`]'s methods that build, cache and search posting lists.

use crate::base::Deadline;
use std::sync::{Arc, MutexGuard, PoisonError};

use crate::plan::ScopeId;

use super::KeyIndex;
use super::postings::{BuildPostings, Postings, RowSearches, RowsCache, RowsOf, ScanForKey};

impl KeyIndex {
    /// The posting list of a key; built on the first call.
    pub fn rows_of(&self, scope: ScopeId, slot: u32) -> RowsOf {
        loop {
            if let Some(known) = self.prepare_rows(scope, slot, &Deadline::never()) {
                return known;
            }
        }
    }

    /// Builds the posting list of a key until the deadline; `None` if it is not complete yet.
    pub fn prepare_rows(&self, scope: ScopeId, slot: u32, deadline: &Deadline) -> Option<RowsOf> {
        if self.pool.is_some() {
            // Posting lists of all keys would take as much memory as a column.
            return self.seek_rows(scope, slot, deadline).map(RowsOf::Found);
        }
        Some(RowsOf::Of(self.build_postings(scope, deadline)?, slot))
    }

    fn build_postings(&self, scope: ScopeId, deadline: &Deadline) -> Option<Arc<Postings>> {
        let (rows, keys) = (self.rows, self.keys(scope));
        let (mut known, mut searches) = self.searches(scope);
        if let Some(known) = known.postings.as_ref().filter(|p| p.tape_rows() == rows) {
            return Some(Arc::clone(known));
        }
        let begun = searches.gather.take().filter(|(of, it)| *of == scope && it.is_of(keys, rows));
        let mut gather = begun.map_or_else(|| BuildPostings::new(keys, rows), |(_, it)| it);
        if !gather.go_on(|rows| self.slots_of(scope, rows), deadline) {
            searches.gather = Some((scope, gather));
            return None;
        }
        let made = Arc::new(gather.finish());
        known.postings = Some(Arc::clone(&made));
        Some(made)
    }

    /// The cached posting lists of a scope, and the searches under way.
    fn searches(&self, scope: ScopeId) -> (MutexGuard<'_, RowsCache>, MutexGuard<'_, RowSearches>) {
        let known = self.scopes[scope.0].known.lock().unwrap_or_else(PoisonError::into_inner);
        (known, self.searches.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn seek_rows(&self, scope: ScopeId, slot: u32, deadline: &Deadline) -> Option<Arc<[u32]>> {
        let rows = self.rows;
        let (mut known, mut searches) = self.searches(scope);
        let same = |(of, n, _): &&(u32, usize, Arc<[u32]>)| (*of, *n) == (slot, rows);
        if let Some((_, _, found)) = known.found.as_ref().filter(same) {
            return Some(Arc::clone(found));
        }
        let begun = searches.seek.take().filter(|(of, it)| *of == scope && it.is_of(slot, rows));
        let mut seek = begun.map_or_else(|| ScanForKey::new(slot, rows), |(_, it)| it);
        if !seek.go_on(|rows| self.slots_of(scope, rows), deadline) {
            searches.seek = Some((scope, seek));
            return None;
        }
        let found: Arc<[u32]> = seek.finish().into();
        known.found = Some((slot, rows, Arc::clone(&found)));
        Some(found)
    }
}
