//! A commit: a batch of records on its way to the store.

use crate::engine::BatchBuilder;
use crate::store::{Batch, Store, StoreError};

/// A batch that is to be committed. What is left of it to encode is encoded where it is committed.
pub struct Commit(Source);

enum Source {
    Builder(Box<BatchBuilder>),
    #[cfg(test)]
    Batch(Batch, bool),
}

impl Commit {
    /// The commit of a batch that needs the engine no more.
    pub(in crate::session) const fn new(builder: Box<BatchBuilder>) -> Self {
        Self(Source::Builder(builder))
    }

    /// The commit of records, which may replace all that there is.
    #[cfg(test)]
    pub(in crate::session) const fn of(batch: Batch, replaces: bool) -> Self {
        Self(Source::Batch(batch, replaces))
    }

    /// Commits it to a store, in one atomic batch.
    pub fn apply(self, store: &mut dyn Store) -> Result<(), StoreError> {
        let (mut batch, replaces): (Batch, bool) = match self.0 {
            Source::Builder(builder) => builder.finish(),
            #[cfg(test)]
            Source::Batch(batch, replaces) => (batch, replaces),
        };
        if replaces {
            let mut stale = Vec::new();
            store.scan(&[], &mut |key, _| stale.push(key.to_vec()))?;
            batch.deletes.append(&mut stale);
        }
        store.commit(batch)
    }
}
