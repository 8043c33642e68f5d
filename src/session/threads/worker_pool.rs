//! The worker pool: threads that work beside the session's thread. They are started on first use;
//! with `--threads 1` there are none, and the caller does all work itself.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use crossbeam_channel::{Receiver, Sender, bounded};
use rayon::{ThreadPool, ThreadPoolBuilder};

use crate::base::Step;

/// The longest wait for a result of the pool within a slice.
pub(in crate::session) const RESULT_WAIT: Duration = Duration::from_millis(1);

/// The pool of a session or a replay. Its clones share the threads.
#[derive(Clone)]
pub(in crate::session) struct WorkerPool {
    /// The threads that work, the caller's among them.
    threads: usize,
    pool: Arc<OnceLock<Option<ThreadPool>>>,
}

/// A task of the pool panicked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::session) struct Panicked;

impl WorkerPool {
    /// A pool of so many threads, the caller's among them.
    pub(in crate::session) fn new(threads: usize) -> Self {
        Self { threads, pool: Arc::default() }
    }

    /// The threads of the pool; `None` if there are none, or they cannot be started.
    fn pool(&self) -> Option<&ThreadPool> {
        let others = self.threads.checked_sub(1).filter(|others| *others > 0)?;
        let start = || {
            let builder = ThreadPoolBuilder::new().num_threads(others);
            builder.thread_name(|number| format!("pool-{number}")).build().ok()
        };
        self.pool.get_or_init(start).as_ref()
    }

    /// True if the pool has threads: otherwise the caller does all work.
    pub(in crate::session) fn has_threads(&self) -> bool {
        self.pool().is_some()
    }

    /// Runs `work` on the pool, if there is one.
    pub(in crate::session) fn spawn(&self, work: impl FnOnce() + Send + 'static) {
        if let Some(pool) = self.pool() {
            pool.spawn(work);
        }
    }
}

/// A computation on the pool, over data of its own. Dropped before it has begun, it is not done.
pub(in crate::session) struct Computation<T> {
    is_cancelled: Arc<AtomicBool>,
    result: Receiver<Result<T, Panicked>>,
}

impl WorkerPool {
    /// Begins a computation on the pool; without one it is done at once.
    pub(in crate::session) fn compute<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Computation<T> {
        let Some(pool) = self.pool() else { return Computation::at_once(work) };
        let (sender, computation) = Computation::pending();
        let is_cancelled = Arc::clone(&computation.is_cancelled);
        pool.spawn(move || {
            if !is_cancelled.load(Ordering::Relaxed) {
                // Nobody waits for it if the computation was dropped.
                let _ = sender.send(catch_panic(work));
            }
        });
        computation
    }
}

impl<T> Computation<T> {
    /// A computation whose result is to be sent. If the sender is dropped, it fails.
    pub(in crate::session) fn pending() -> (Sender<Result<T, Panicked>>, Self) {
        let (sender, result) = bounded(1);
        (sender, Self { is_cancelled: Arc::default(), result })
    }

    /// One that is done at once.
    pub(in crate::session) fn at_once(work: impl FnOnce() -> T) -> Self {
        let (sender, computation) = Self::pending();
        let _ = sender.send(Ok(work()));
        computation
    }

    /// The result, if it comes within a millisecond. To be taken once.
    pub(in crate::session) fn poll(&self) -> Step<Result<T, Panicked>> {
        if let Ok(result) = self.result.try_recv() {
            return Step::Done(result);
        }
        match self.result.recv_timeout(RESULT_WAIT) {
            Ok(result) => Step::Done(result),
            Err(error) if error.is_timeout() => Step::Pending(0.0),
            Err(_) => Step::Done(Err(Panicked)),
        }
    }
}

impl<T> Drop for Computation<T> {
    fn drop(&mut self) {
        self.is_cancelled.store(true, Ordering::Relaxed);
    }
}

/// Runs `work` on a thread of the pool, where a panic must not pass on: rayon would end the
/// process.
pub(in crate::session) fn catch_panic<T>(work: impl FnOnce() -> T) -> Result<T, Panicked> {
    catch_unwind(AssertUnwindSafe(work)).map_err(|_| Panicked)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn result<T>(computation: &Computation<T>) -> Result<T, Panicked> {
        loop {
            if let Step::Done(result) = computation.poll() {
                return result;
            }
        }
    }

    #[test]
    fn a_computation_runs_on_the_pool_or_at_once() {
        let name = || std::thread::current().name().map(str::to_owned);
        let pool = WorkerPool::new(2);
        assert_eq!(result(&pool.compute(name)), Ok(Some("pool-0".to_owned())));
        assert_eq!(result(&WorkerPool::new(1).compute(name)), Ok(name()));
        assert_eq!(result(&Computation::at_once(name)), Ok(name()));
    }

    #[test]
    fn a_panic_on_the_pool_is_a_result() {
        let pool = WorkerPool::new(2);
        assert_eq!(result(&pool.compute(|| panic!("a fault"))), Err::<(), _>(Panicked));
        assert_eq!(result(&pool.compute(|| 7)), Ok(7), "its thread works on");
    }
}
