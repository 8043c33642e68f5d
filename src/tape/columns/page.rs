//! The sealed pages of a column: resident for good, or in a buffer pool that may spill them.

use std::io;
use std::ops::{Deref, Range};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use super::buffer_pool::{BufferPool, Evict};
use super::cell::Cell;

/// A sealed page: numbers that are final, shared by all versions of their column.
#[derive(Clone, Debug)]
pub(super) enum Page<T: Cell> {
    /// Resident, without a memory limit.
    Resident(Arc<Vec<T>>),
    /// In a buffer pool.
    Pooled(Arc<PooledPage<T>>),
}

impl<T: Cell> Page<T> {
    /// A page of the pool, if there is one.
    pub(super) fn new(cells: Vec<T>, pool: Option<&Arc<BufferPool>>) -> Self {
        match pool {
            None => Self::Resident(Arc::new(cells)),
            Some(pool) => Self::Pooled(PooledPage::admitted(cells, pool)),
        }
    }

    /// A number; `blank` if the page cannot be read.
    #[inline]
    pub(super) fn get(&self, at: usize, blank: T) -> T {
        match self {
            Self::Resident(cells) => cells[at],
            Self::Pooled(page) => page.with_cells(blank, |cells| cells[at]),
        }
    }

    /// A range of the page.
    pub(super) fn slice(&self, range: Range<usize>, blank: T) -> PageGuard<'_, T> {
        match self {
            Self::Resident(cells) => PageGuard::Here(&cells[range]),
            Self::Pooled(page) => PageGuard::Page(page.with_cells(blank, Arc::clone), range),
        }
    }
}

/// A range of a column, readable as a slice.
#[derive(Debug)]
pub enum PageGuard<'s, T> {
    /// Borrowed from the tail, or from a page that stays resident for good.
    Here(&'s [T]),
    /// In a page of a buffer pool, which stays resident meanwhile.
    Page(Arc<Vec<T>>, Range<usize>),
    /// Copied from several pages.
    Copied(Vec<T>),
}

impl<T> Deref for PageGuard<'_, T> {
    type Target = [T];

    #[inline]
    fn deref(&self) -> &[T] {
        match self {
            Self::Here(cells) => cells,
            Self::Page(cells, range) => &cells[range.clone()],
            Self::Copied(cells) => cells,
        }
    }
}

/// A page of a buffer pool.
pub(super) struct PooledPage<T: Cell> {
    held: Mutex<Held<T>>,
    used: AtomicBool,
    length: usize,
    pool: Arc<BufferPool>,
}

/// The location of a page: resident, spilled, or both.
struct Held<T> {
    cells: Option<Arc<Vec<T>>>,
    place: Option<u64>,
}

impl<T: Cell> PooledPage<T> {
    /// A page that is admitted to its pool.
    fn admitted(cells: Vec<T>, pool: &Arc<BufferPool>) -> Arc<Self> {
        let length = cells.len();
        let held = Held { cells: Some(Arc::new(cells)), place: None };
        let page = Arc::new(Self {
            held: Mutex::new(held),
            used: AtomicBool::new(true),
            length,
            pool: Arc::clone(pool),
        });
        pool.count(page.memory());
        page.admit();
        page
    }

    fn admit(self: &Arc<Self>) {
        self.pool.admit(Arc::downgrade(self) as Weak<dyn Evict>);
    }

    const fn memory(&self) -> usize {
        self.length * size_of::<T>()
    }

    fn held(&self) -> MutexGuard<'_, Held<T>> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Applies `read` to the numbers; they are read from the file if they are spilled.
    fn with_cells<R>(self: &Arc<Self>, blank: T, read: impl FnOnce(&Arc<Vec<T>>) -> R) -> R {
        self.used.store(true, Ordering::Relaxed);
        let mut held = self.held();
        if let Some(cells) = &held.cells {
            return read(cells);
        }
        let bytes = held.place.and_then(|place| self.pool.read(place, self.length * T::BYTES));
        let cells = bytes.map(|bytes| T::get(&bytes)).filter(|cells| cells.len() == self.length);
        let Some(cells) = cells else { return read(&Arc::new(vec![blank; self.length])) };
        let cells = Arc::new(cells);
        let seen = read(&cells);
        held.cells = Some(cells);
        self.pool.count(self.memory());
        drop(held);
        // Last, since admission may evict this page.
        self.admit();
        seen
    }
}

impl<T: Cell> Evict for PooledPage<T> {
    fn take_used_bit(&self) -> bool {
        self.used.swap(false, Ordering::Relaxed)
    }

    fn evict(&self, pool: &BufferPool) -> io::Result<()> {
        let Ok(mut held) = self.held.try_lock() else { return Ok(()) };
        let Some(cells) = &held.cells else { return Ok(()) };
        if held.place.is_none() {
            let mut bytes = Vec::with_capacity(self.length * T::BYTES);
            T::put(cells, &mut bytes);
            held.place = Some(pool.write(&bytes)?);
        }
        held.cells = None;
        pool.remove(self.memory());
        Ok(())
    }

    fn is_resident(&self) -> bool {
        self.held.try_lock().map_or(true, |held| held.cells.is_some())
    }
}

impl<T: Cell> Drop for PooledPage<T> {
    fn drop(&mut self) {
        let memory = self.memory();
        let held = self.held.get_mut().unwrap_or_else(PoisonError::into_inner);
        if held.cells.is_some() {
            self.pool.remove(memory);
        }
        if let Some(place) = held.place {
            self.pool.free(place, self.length * T::BYTES);
        }
    }
}

impl<T: Cell> std::fmt::Debug for PooledPage<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("PooledPage").field("length", &self.length).finish_non_exhaustive()
    }
}
