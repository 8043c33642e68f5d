//! The writer thread: it owns the store and commits one batch while the replay goes on.

use std::path::Path;
use std::thread::{Builder, JoinHandle};
use std::time::Instant;

use crossbeam_channel::{Receiver, Sender, bounded};

use crate::base::clock;
use crate::store::{self, Store, StoreError};

use super::commit::Commit;
use super::tuning::TUNING;

/// The outcome of a commit: why it failed, in words.
pub(in crate::session) type Outcome = Result<(), String>;

/// A store that is written by its thread.
pub(in crate::session) struct StoreWriter {
    outgoing: Option<Sender<Commit>>,
    outcomes: Receiver<Outcome>,
    thread: Option<JoinHandle<()>>,
    /// Since when a commit is on its way.
    pending: Option<Instant>,
    /// Whether the thread may never end.
    failed: bool,
}

/// Opens the store of a folder; with it what is worth saying of that.
pub(in crate::session) fn open(folder: &Path) -> Result<(Box<dyn Store>, Vec<String>), StoreError> {
    let (store, notices) = store::open(folder)?;
    Ok((Box::new(store), notices))
}

impl StoreWriter {
    /// Takes a store over.
    #[must_use]
    pub(in crate::session) fn new(mut store: Box<dyn Store>) -> Self {
        let (outgoing, incoming) = bounded::<Commit>(1);
        let (outcome, outcomes) = bounded(1);
        let write = move || {
            for commit in incoming {
                let committed = commit.apply(&mut *store).map_err(|error| error.to_string());
                if outcome.send(committed).is_err() {
                    return;
                }
            }
        };
        let thread = Builder::new().name("store".to_owned()).spawn(write).ok();
        Self { outgoing: Some(outgoing), outcomes, thread, pending: None, failed: false }
    }

    /// Hands a commit over: one at a time.
    pub(in crate::session) fn write(&mut self, commit: Commit) {
        // A thread that is gone is found out by its outcome, which does not come.
        self.pending = Some(clock::instant());
        if let Some(outgoing) = &self.outgoing {
            let _ = outgoing.send(commit);
        }
    }

    /// Where the outcome of the commit comes from that is on its way, if one is.
    pub(in crate::session) fn outcomes(&self) -> Option<&Receiver<Outcome>> {
        self.pending.is_some().then_some(&self.outcomes)
    }

    /// This came from there, or nothing, since the thread has ended. Returns the outcome.
    pub(in crate::session) fn settle(&mut self, received: Option<Outcome>) -> Outcome {
        self.pending = None;
        let lost = || Err("the thread that writes the store has ended".to_owned());
        let outcome = received.unwrap_or_else(lost);
        self.failed |= outcome.is_err();
        outcome
    }
}

/// Waits for a commit that is on its way, as long as one may take.
impl Drop for StoreWriter {
    fn drop(&mut self) {
        if let Some(since) = self.pending {
            let left = TUNING.commit_timeout.saturating_sub(clock::instant() - since);
            self.failed |= !matches!(self.outcomes.recv_timeout(left), Ok(Ok(())));
        }
        self.outgoing = None;
        // A thread that failed may never end; it has nothing left to write.
        if let Some(thread) = self.thread.take().filter(|_| !self.failed) {
            // A panic in there has been reported as the loss of its outcome.
            let _ = thread.join();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use crate::store::{Batch, MemoryStore};

    use super::*;

    /// A store that takes so many commits, and then fails in its own way.
    struct Failing {
        store: MemoryStore,
        takes: usize,
        fails: fn() -> Result<(), StoreError>,
    }

    impl Store for Failing {
        fn scan_from(
            &self,
            prefix: &[u8],
            from: &[u8],
            visit: &mut dyn FnMut(&[u8], &[u8]) -> bool,
        ) -> Result<(), StoreError> {
            self.store.scan_from(prefix, from, visit)
        }

        fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, StoreError> {
            self.store.get(key)
        }

        fn commit(&mut self, batch: Batch) -> Result<(), StoreError> {
            if self.takes == 0 {
                return (self.fails)();
            }
            self.takes -= 1;
            self.store.commit(batch)
        }
    }

    fn writer(takes: usize, fails: fn() -> Result<(), StoreError>) -> StoreWriter {
        StoreWriter::new(Box::new(Failing { store: MemoryStore::default(), takes, fails }))
    }

    fn commits(writer: &mut StoreWriter) -> Outcome {
        writer.write(Commit::of(Batch { puts: vec![(vec![1], vec![2])], deletes: vec![] }, true));
        let received = writer.outcomes().unwrap().recv().ok();
        writer.settle(received)
    }

    #[test]
    fn a_commit_comes_to_its_outcome() {
        let full = || Err(StoreError::Full { path: PathBuf::from("state") });
        let mut writer = writer(2, full);
        assert_eq!((commits(&mut writer), commits(&mut writer)), (Ok(()), Ok(())));
        assert!(writer.outcomes().is_none());
        let words = commits(&mut writer).unwrap_err();
        assert!(words.contains("is full") && words.contains("--ephemeral"), "{words}");
    }

    #[test]
    fn a_thread_that_is_gone_is_an_outcome_and_not_waited_for() {
        let mut writer = writer(0, || panic!("a fault of the database"));
        let words = commits(&mut writer).unwrap_err();
        assert!(words.contains("has ended"), "{words}");
    }
}
