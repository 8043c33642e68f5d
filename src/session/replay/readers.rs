//! Readers: work on the worker pool that reads the events and their keys. Before these change, all
//! readers are cancelled and waited for, a unit of work at most.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use crossbeam_channel::{Receiver, Sender, bounded};

use super::partition_replay::ReplayInput;
use crate::session::threads::worker_pool::{Computation, WorkerPool, catch_panic};

type Work = Box<dyn FnOnce(&AtomicBool) + Send>;

/// The readers of a replay.
pub(in crate::session) struct Readers {
    shared: Arc<Shared>,
    /// Each reader holds a clone: when all are dropped, the channel is disconnected.
    token: Sender<()>,
    ended: Receiver<()>,
}

#[derive(Default)]
struct Shared {
    /// The work that nobody has begun.
    waiting: Mutex<VecDeque<Work>>,
    is_cancelled: AtomicBool,
}

impl Shared {
    fn waiting(&self) -> std::sync::MutexGuard<'_, VecDeque<Work>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Default for Readers {
    fn default() -> Self {
        let (token, ended) = bounded(0);
        Self { shared: Arc::default(), token, ended }
    }
}

impl Readers {
    /// Begins to read on the pool. `read` is to return soon after it is cancelled, which the flag
    /// tells. The computation fails if it is cancelled before it has begun.
    pub(in crate::session) fn spawn<T: Send + 'static>(
        &self,
        pool: &WorkerPool,
        input: ReplayInput,
        read: impl FnOnce(&ReplayInput, &AtomicBool) -> T + Send + 'static,
    ) -> Computation<T> {
        let (sender, computation) = Computation::pending();
        let token = self.token.clone();
        self.shared.waiting().push_back(Box::new(move |is_cancelled| {
            let result = catch_panic(|| read(&input, is_cancelled));
            drop((input, token));
            // Nobody waits for it if the computation was dropped.
            let _ = sender.send(result);
        }));
        let shared = Arc::clone(&self.shared);
        pool.spawn(move || {
            let work = shared.waiting().pop_front();
            if let Some(work) = work {
                work(&shared.is_cancelled);
            }
        });
        computation
    }

    /// Cancels all readers, and waits for those that have begun.
    pub(in crate::session) fn cancel_and_join(&mut self, wait: Duration) {
        let Self { shared, token, ended } = std::mem::take(self);
        shared.is_cancelled.store(true, Ordering::Relaxed);
        shared.waiting().clear();
        drop(token);
        // Nothing is sent: the wait ends when the last reader has dropped its token.
        let _ = ended.recv_timeout(wait);
    }
}

#[cfg(test)]
mod tests {
    use std::thread::yield_now;

    use super::*;
    use crate::base::{Clock, Step};
    use crate::session::threads::worker_pool::Panicked;
    use crate::tape::{Demand, TapeWriter};

    #[test]
    fn cancelled_readers_release_the_events() {
        let (pool, mut readers) = (WorkerPool::new(2), Readers::default());
        let tape = TapeWriter::new(Demand::default()).into_tape();
        let (index, clock) = (Arc::default(), Clock::default());
        let input = ReplayInput { tape: Arc::clone(&tape), index, clock };
        let (begin, has_begun) = bounded(1);
        let begun = readers.spawn(&pool, input.clone(), move |_, is_cancelled| {
            begin.send(()).unwrap();
            while !is_cancelled.load(Ordering::Relaxed) {
                yield_now();
            }
            7
        });
        // The pool has one thread: this one waits.
        let waiting = readers.spawn(&pool, input, |_, _| 8);
        has_begun.recv().unwrap();
        assert_eq!(Arc::strong_count(&tape), 3);
        readers.cancel_and_join(Duration::from_secs(60));
        assert_eq!(Arc::strong_count(&tape), 1);
        let result = |computation: &Computation<i32>| loop {
            if let Step::Done(result) = computation.poll() {
                return result;
            }
        };
        assert_eq!(result(&begun), Ok(7));
        assert_eq!(result(&waiting), Err(Panicked));
    }
}
