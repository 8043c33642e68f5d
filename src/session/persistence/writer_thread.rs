//! Writing behind: a thread that owns the store and commits one batch while the replay goes on.

use std::path::Path;
use std::thread::{Builder, JoinHandle};
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, RecvTimeoutError, Sender, bounded};

use crate::base::clock;
use crate::store::{self, Batch, Store, StoreError};

/// How long a commit may take. On a full disk the database under the store can wait for ever.
const PATIENCE: Duration = Duration::from_secs(20);

/// Makes a batch; with it whether all that the store holds beside the batch is to go.
type Records = Box<dyn FnOnce() -> (Batch, bool) + Send>;

/// A store that is written behind.
pub(in crate::session) struct StoreWriter {
    outgoing: Option<Sender<Records>>,
    outcomes: Receiver<Result<(), StoreError>>,
    thread: Option<JoinHandle<()>>,
    /// Since when a batch is on its way.
    pending: Option<Instant>,
    /// Whether a write failed: nothing is written any more.
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
        let (outgoing, incoming) = bounded::<Records>(1);
        let (outcome, outcomes) = bounded(1);
        let write = move || {
            for records in incoming {
                if outcome.send(commit(&mut *store, records())).is_err() {
                    return;
                }
            }
        };
        let thread = Builder::new().name("store".to_owned()).spawn(write).ok();
        Self { outgoing: Some(outgoing), outcomes, thread, pending: None, failed: false }
    }

    /// Whether a batch is on its way.
    #[must_use]
    pub(in crate::session) const fn is_busy(&self) -> bool {
        self.pending.is_some()
    }

    /// Whether it can take a batch now.
    #[must_use]
    pub(in crate::session) const fn is_ready(&self) -> bool {
        self.pending.is_none() && !self.failed
    }

    /// Hands over what makes a batch; it is made on the store's thread. The second value that it
    /// gives tells whether all that the store holds beside the batch is to go. Call it only when
    /// [`StoreWriter::is_ready`].
    pub(in crate::session) fn write(
        &mut self,
        records: impl FnOnce() -> (Batch, bool) + Send + 'static,
    ) {
        // A thread that is gone is found out by its outcome, which does not come.
        self.pending = Some(clock::instant());
        if let Some(outgoing) = &self.outgoing {
            let _ = outgoing.send(Box::new(records));
        }
    }

    /// Looks whether the last batch is written; an error is returned once, and nothing is
    /// written after it.
    pub(in crate::session) fn poll(&mut self) -> Option<String> {
        match self.outcomes.recv_timeout(Duration::ZERO) {
            Err(RecvTimeoutError::Timeout) if self.pending?.elapsed() < PATIENCE => None,
            outcome => self.settle(outcome),
        }
    }

    fn settle(
        &mut self,
        outcome: Result<Result<(), StoreError>, RecvTimeoutError>,
    ) -> Option<String> {
        self.pending.take()?;
        let error = match outcome {
            Ok(outcome) => outcome.err()?.to_string(),
            Err(RecvTimeoutError::Timeout) => {
                format!("the store has not answered for {} s", PATIENCE.as_secs())
            }
            Err(RecvTimeoutError::Disconnected) => {
                "the thread that writes the store has ended".to_owned()
            }
        };
        self.failed = true;
        Some(error)
    }

    /// Waits until the last batch is written, as long as a commit may take.
    pub(in crate::session) fn wait(&mut self) -> Option<String> {
        let left = PATIENCE.saturating_sub(self.pending?.elapsed());
        let outcome = self.outcomes.recv_timeout(left);
        self.settle(outcome)
    }
}

impl Drop for StoreWriter {
    fn drop(&mut self) {
        self.wait();
        self.outgoing = None;
        // A thread that failed may never end; it has nothing left to write.
        if let Some(thread) = self.thread.take().filter(|_| !self.failed) {
            // A panic in there has been reported as the loss of its outcome.
            let _ = thread.join();
        }
    }
}

fn commit(store: &mut dyn Store, (mut batch, replaces): (Batch, bool)) -> Result<(), StoreError> {
    if replaces {
        let mut stale = Vec::new();
        store.scan(&[], &mut |key, _| stale.push(key.to_vec()))?;
        batch.deletes.append(&mut stale);
    }
    store.commit(batch)
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use crate::store::MemoryStore;

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

    fn keeping(takes: usize, fails: fn() -> Result<(), StoreError>) -> StoreWriter {
        StoreWriter::new(Box::new(Failing { store: MemoryStore::default(), takes, fails }))
    }

    fn batch() -> (Batch, bool) {
        (Batch { puts: vec![(vec![1], vec![2])], deletes: vec![] }, true)
    }

    #[test]
    fn a_failed_write_is_told_once_and_is_the_last() {
        let full = || Err(StoreError::Full { path: PathBuf::from("state") });
        let mut keeping = keeping(2, full);
        for _ in 0..2 {
            assert!(keeping.is_ready());
            keeping.write(batch);
            assert!(keeping.is_busy() && !keeping.is_ready());
            assert_eq!(keeping.wait(), None);
        }
        keeping.write(batch);
        let told = keeping.wait().unwrap();
        assert!(told.contains("is full") && told.contains("--ephemeral"), "{told}");
        assert!(!keeping.is_ready() && !keeping.is_busy());
        assert_eq!((keeping.poll(), keeping.wait()), (None, None));
    }

    #[test]
    fn a_thread_that_is_gone_is_told_once_and_not_waited_for() {
        let mut keeping = keeping(0, || panic!("a fault of the database"));
        keeping.write(batch);
        let told = loop {
            if let Some(told) = keeping.poll() {
                break told;
            }
        };
        assert!(told.contains("has ended"), "{told}");
        assert!(!keeping.is_ready() && !keeping.is_busy());
        assert_eq!((keeping.poll(), keeping.wait()), (None, None));
    }
}
