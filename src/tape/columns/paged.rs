//! A paged column: numbers that grow with the log, in one list, or in pages of a buffer pool.

use std::io;
use std::ops::{Bound, Deref, Range, RangeBounds};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError, Weak};

use super::buffer_pool::{BufferPool, Evict};

/// A number of a column, with its byte form.
pub trait Cell: Copy + PartialEq + Send + Sync + 'static {
    /// The bytes of a number.
    const BYTES: usize;

    /// Appends numbers in byte form.
    fn put(cells: &[Self], bytes: &mut Vec<u8>);

    /// Reads numbers in byte form.
    fn get(bytes: &[u8]) -> Vec<Self>;
}

macro_rules! number {
    ($($number:ty),*) => {$(
        impl Cell for $number {
            const BYTES: usize = size_of::<Self>();

            fn put(cells: &[Self], bytes: &mut Vec<u8>) {
                let before = bytes.len();
                bytes.resize(before + size_of_val(cells), 0);
                let (places, _) = bytes[before..].as_chunks_mut();
                for (place, cell) in places.iter_mut().zip(cells) {
                    *place = cell.to_le_bytes();
                }
            }

            fn get(bytes: &[u8]) -> Vec<Self> {
                let (cells, _) = bytes.as_chunks();
                cells.iter().map(|cell| Self::from_le_bytes(*cell)).collect()
            }
        }
    )*};
}

number!(u16, u32, u64, i64);

/// A number per row or event. The last ones, the tail, are always resident, so that new ones can be
/// appended.
#[derive(Clone, Debug)]
pub struct PagedColumn<T: Cell> {
    /// The pages before the tail, of equal length.
    pages: Vec<Arc<Page<T>>>,
    /// The numbers in them.
    sealed: usize,
    tail: Vec<T>,
    /// `None` keeps everything in the tail.
    pool: Option<Arc<BufferPool>>,
    /// The number read where a page cannot be read.
    blank: T,
}

/// A page: numbers that are final.
struct Page<T: Cell> {
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

/// A range of a column, readable as a slice.
#[derive(Debug)]
pub enum PageGuard<'s, T> {
    /// Borrowed from the tail.
    Here(&'s [T]),
    /// In a page, which stays resident meanwhile.
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

impl<T: Cell> PagedColumn<T> {
    /// An empty column. Without a pool it is one list, and slices cost nothing. `blank` is read
    /// where a page cannot be read, which the pool reports.
    #[must_use]
    pub const fn new(pool: Option<Arc<BufferPool>>, blank: T) -> Self {
        Self { pages: Vec::new(), sealed: 0, tail: Vec::new(), pool, blank }
    }

    /// An empty column in the same pool.
    #[must_use]
    pub fn empty_like(&self) -> Self {
        Self::new(self.pool.clone(), self.blank)
    }

    /// The count of numbers.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.sealed + self.tail.len()
    }

    /// True if there are no numbers.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// A number. It must exist.
    #[inline]
    #[must_use]
    pub fn get(&self, at: usize) -> T {
        match at.checked_sub(self.sealed) {
            Some(at) => self.tail[at],
            None => self.get_sealed(at),
        }
    }

    #[cold]
    fn get_sealed(&self, at: usize) -> T {
        let page = &self.pages[at / self.piece_cells()];
        page.with_cells(self.blank, |cells| cells[at % self.piece_cells()])
    }

    /// The number, if it exists.
    #[inline]
    #[must_use]
    pub fn try_get(&self, at: usize) -> Option<T> {
        (at < self.len()).then(|| self.get(at))
    }

    /// The last number.
    #[must_use]
    pub fn last(&self) -> Option<T> {
        // Sealing never empties the tail.
        self.tail.last().copied()
    }

    /// The last number, to be changed.
    pub fn last_mut(&mut self) -> Option<&mut T> {
        self.tail.last_mut()
    }

    /// A range of numbers, which must exist. Fast within one page.
    #[must_use]
    pub fn slice(&self, range: impl RangeBounds<usize>) -> PageGuard<'_, T> {
        let from = match range.start_bound() {
            Bound::Included(from) => *from,
            Bound::Excluded(before) => before + 1,
            Bound::Unbounded => 0,
        };
        let to = match range.end_bound() {
            Bound::Included(last) => last + 1,
            Bound::Excluded(to) => *to,
            Bound::Unbounded => self.len(),
        };
        match from.checked_sub(self.sealed) {
            Some(from) => PageGuard::Here(&self.tail[from..to - self.sealed]),
            None => self.slice_sealed(from..to),
        }
    }

    fn slice_sealed(&self, range: Range<usize>) -> PageGuard<'_, T> {
        let cells = self.piece_cells();
        let number = range.start / cells;
        if range.end <= (number + 1) * cells {
            let page = self.pages[number].cells(self.blank);
            return PageGuard::Page(page, range.start - number * cells..range.end - number * cells);
        }
        let mut copied = Vec::with_capacity(range.len());
        self.visit(range, |cells| copied.extend_from_slice(cells));
        PageGuard::Copied(copied)
    }

    /// Visits the numbers of a range, page by page, in order.
    pub fn visit(&self, range: Range<usize>, mut visit: impl FnMut(&[T])) {
        let mut at = range.start;
        while at < range.end {
            let end = self.piece_end(at).min(range.end);
            visit(&self.slice(at..end));
            at = end;
        }
    }

    /// The end of the page that a number lies in.
    #[must_use]
    pub fn piece_end(&self, at: usize) -> usize {
        if at >= self.sealed {
            self.len()
        } else {
            let cells = self.piece_cells();
            (at / cells + 1) * cells
        }
    }

    /// The most numbers that lie in one page.
    #[must_use]
    pub fn piece_cells(&self) -> usize {
        self.pool.as_ref().map_or(usize::MAX, |pool| pool.cells())
    }

    /// Appends a number.
    #[inline]
    pub fn push(&mut self, cell: T) {
        self.tail.push(cell);
        if self.pool.is_some() {
            self.seal();
        }
    }

    /// Appends numbers.
    #[inline]
    pub fn extend(&mut self, cells: impl IntoIterator<Item = T>) {
        if self.pool.is_none() {
            self.tail.extend(cells);
            return;
        }
        let mut cells = cells.into_iter();
        loop {
            let room = (self.piece_cells() + 1).saturating_sub(self.tail.len()).max(1);
            let before = self.tail.len();
            self.tail.extend(cells.by_ref().take(room));
            if self.tail.len() - before < room {
                return;
            }
            self.seal();
        }
    }

    /// Appends a list of numbers.
    pub fn append(&mut self, cells: Vec<T>) {
        if self.pool.is_none() && self.tail.is_empty() {
            self.tail = cells;
        } else {
            self.extend(cells);
        }
    }

    /// Appends equal numbers, and lends them to be changed.
    pub fn grow(&mut self, by: usize, cell: T) -> &mut [T] {
        self.seal();
        let before = self.tail.len();
        self.tail.resize(before + by, cell);
        &mut self.tail[before..]
    }

    /// Seals full pages.
    fn seal(&mut self) {
        let Some(pool) = &self.pool else { return };
        let cells = pool.cells();
        // The last number may still change.
        while self.tail.len() > cells {
            let sealed: Vec<T> = self.tail.drain(..cells).collect();
            self.pages.push(Page::admitted(sealed, pool));
            self.sealed += cells;
        }
    }

    /// Clears the column, and keeps the tail's allocation.
    pub fn clear(&mut self) {
        self.pages.clear();
        self.sealed = 0;
        self.tail.clear();
    }

    /// Releases reserved memory.
    pub fn shrink(&mut self) {
        self.tail.shrink_to_fit();
    }

    /// The bytes of memory held, besides pages, which the pool counts.
    #[must_use]
    pub const fn bytes(&self) -> usize {
        self.tail.capacity() * size_of::<T>()
    }
}

impl<T: Cell> PartialEq for PagedColumn<T> {
    fn eq(&self, other: &Self) -> bool {
        self.len() == other.len() && *self.slice(..) == *other.slice(..)
    }
}

impl<T: Cell> Page<T> {
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

    fn held(&self) -> std::sync::MutexGuard<'_, Held<T>> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The numbers; read from the file if they are spilled.
    fn cells(self: &Arc<Self>, blank: T) -> Arc<Vec<T>> {
        self.with_cells(blank, Arc::clone)
    }

    /// Applies `read` to the numbers.
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

impl<T: Cell> Evict for Page<T> {
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

impl<T: Cell> Drop for Page<T> {
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

impl<T: Cell> std::fmt::Debug for Page<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Page").field("length", &self.length).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::io::{Cursor, Read, Seek, SeekFrom, Write};

    use proptest::prelude::*;

    use super::super::buffer_pool::{IoFault, Spill};
    use super::*;

    /// The memory of four pages of sixteen `u32`.
    const ROOM: usize = 256;

    fn pool() -> Arc<BufferPool> {
        BufferPool::with_page_cells(16, ROOM, || Ok(Box::new(Cursor::new(Vec::new()))))
    }

    fn filled(pool: &Arc<BufferPool>, count: u32) -> PagedColumn<u32> {
        let mut column = PagedColumn::new(Some(Arc::clone(pool)), u32::MAX);
        column.extend(0..count);
        column
    }

    fn up_to(end: u32) -> Vec<u32> {
        (0..end).collect()
    }

    #[derive(Clone, Debug)]
    enum Deed {
        Push(u32),
        Extend(Vec<u32>),
        Grow(u8),
        ChangeLast(u32),
        Get(prop::sample::Index),
        PageGuard(prop::sample::Index, prop::sample::Index),
        Clear,
    }

    fn deed() -> impl Strategy<Value = Deed> {
        let index = any::<prop::sample::Index>;
        prop_oneof![
            4 => any::<u32>().prop_map(Deed::Push),
            4 => proptest::collection::vec(any::<u32>(), 0..90).prop_map(Deed::Extend),
            2 => (0..40u8).prop_map(Deed::Grow),
            2 => any::<u32>().prop_map(Deed::ChangeLast),
            6 => index().prop_map(Deed::Get),
            6 => (index(), index()).prop_map(|(a, b)| Deed::PageGuard(a, b)),
            1 => Just(Deed::Clear),
        ]
    }

    proptest! {
        #[test]
        fn a_column_in_pages_is_a_list(deeds in proptest::collection::vec((any::<bool>(), deed()), 0..60)) {
            let pool = pool();
            let mut columns = [0, 1].map(|_| PagedColumn::new(Some(Arc::clone(&pool)), 0));
            let mut lists = [Vec::new(), Vec::new()];
            for (which, deed) in deeds {
                let (column, list) = (&mut columns[usize::from(which)], &mut lists[usize::from(which)]);
                match deed {
                    Deed::Push(cell) => {
                        column.push(cell);
                        list.push(cell);
                    }
                    Deed::Extend(cells) => {
                        column.extend(cells.iter().copied());
                        list.extend(cells);
                    }
                    Deed::Grow(by) => {
                        let before = list.len();
                        list.resize(before + usize::from(by), 7);
                        let grown = column.grow(by.into(), 7);
                        for (place, cell) in grown.iter_mut().zip(&mut list[before..]) {
                            *place = before as u32;
                            *cell = before as u32;
                        }
                    }
                    Deed::ChangeLast(cell) => {
                        if let (Some(last), Some(known)) = (column.last_mut(), list.last_mut()) {
                            (*last, *known) = (cell, cell);
                        }
                    }
                    Deed::Get(at) if !list.is_empty() => {
                        let at = at.index(list.len());
                        prop_assert_eq!(column.get(at), list[at]);
                    }
                    Deed::Get(at) => prop_assert_eq!(column.try_get(at.index(9)), None),
                    Deed::PageGuard(a, b) => {
                        let (a, b) = (a.index(list.len() + 1), b.index(list.len() + 1));
                        let range = a.min(b)..a.max(b);
                        prop_assert_eq!(&*column.slice(range.clone()), &list[range]);
                    }
                    Deed::Clear => {
                        column.clear();
                        list.clear();
                    }
                }
                prop_assert_eq!((column.len(), column.last()), (list.len(), list.last().copied()));
                prop_assert!(pool.bytes() <= ROOM, "{} bytes", pool.bytes());
            }
            for (column, list) in columns.iter().zip(&lists) {
                prop_assert_eq!(&*column.slice(..), &list[..]);
            }
            prop_assert_eq!(pool.fault(), None);
            drop(columns);
            prop_assert_eq!(pool.bytes(), 0);
        }
    }

    #[test]
    fn nothing_is_written_while_there_is_room() {
        let pool = BufferPool::with_page_cells(16, ROOM, || panic!("a file is opened"));
        let column = filled(&pool, 65);
        assert_eq!((pool.bytes(), pool.has_spilled()), (ROOM, false));
        assert_eq!(column.slice(..)[..], up_to(65)[..]);
    }

    #[test]
    fn places_of_pages_that_are_gone_are_used_again() {
        let pool = pool();
        let mut most = 0;
        for round in 0..20 {
            let column = filled(&pool, 1600);
            assert_eq!(column.get(3), 3);
            if round == 0 {
                most = pool.file_bytes();
            }
        }
        assert!(most > 6000, "{most} bytes of a hundred pages");
        assert_eq!(pool.file_bytes(), most);
    }

    #[test]
    fn less_room_sends_pages_away_at_once() {
        let pool = pool();
        let column = filled(&pool, 1600);
        pool.set_limit(64);
        assert!(pool.bytes() <= 64);
        assert_eq!(column.slice(..)[..], up_to(1600)[..]);
    }

    #[test]
    fn pages_are_read_by_several_threads_at_once() {
        let pool = pool();
        let column = filled(&pool, 4000);
        std::thread::scope(|scope| {
            for thread in 0..4 {
                let column = &column;
                scope.spawn(move || {
                    for at in (0..4000).cycle().skip(thread * 997).take(20_000) {
                        assert_eq!(column.get(at as usize), at);
                    }
                });
            }
        });
        assert!(pool.bytes() <= ROOM);
    }

    /// A file that takes so many bytes, and gives none or all of them.
    struct Faulty {
        file: Cursor<Vec<u8>>,
        takes: usize,
        gives: bool,
    }

    impl Write for Faulty {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            let taken = bytes.len().min(self.takes);
            if taken == 0 {
                return Err(io::ErrorKind::StorageFull.into());
            }
            self.takes -= taken;
            self.file.write(&bytes[..taken])
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    impl Read for Faulty {
        fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
            if self.gives { self.file.read(bytes) } else { Ok(0) }
        }
    }

    impl Seek for Faulty {
        fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
            self.file.seek(to)
        }
    }

    fn faulty(takes: usize, gives: bool) -> Arc<BufferPool> {
        let file = move || {
            let file = Cursor::new(Vec::new());
            Ok(Box::new(Faulty { file, takes, gives }) as Box<dyn Spill>)
        };
        BufferPool::with_page_cells(16, ROOM, file)
    }

    #[test]
    fn what_cannot_be_written_stays_in_memory() {
        let refused =
            BufferPool::with_page_cells(16, ROOM, || Err(io::ErrorKind::PermissionDenied.into()));
        // Three pages and a half find room in the file.
        for pool in [refused, faulty(224, true)] {
            let column = filled(&pool, 1600);
            assert!(matches!(pool.fault(), Some(IoFault::Write(_))), "{:?}", pool.fault());
            assert!(pool.bytes() > 80 * 64, "{} bytes", pool.bytes());
            assert_eq!(column.slice(..)[..], up_to(1600)[..]);
        }
    }

    #[test]
    fn what_cannot_be_read_is_blank_and_told() {
        let pool = faulty(usize::MAX, false);
        let column = filled(&pool, 1600);
        assert_eq!(pool.fault(), None);
        assert_eq!((column.get(1599), column.get(0)), (1599, u32::MAX));
        assert!(matches!(pool.fault(), Some(IoFault::Read(_))));
        assert_eq!(column.slice(3..20)[..], [u32::MAX; 17]);
    }

    #[test]
    fn numbers_come_back_from_bytes() {
        fn back<T: Cell>(cells: &[T]) -> bool {
            let mut bytes = vec![9];
            T::put(cells, &mut bytes);
            bytes.len() == 1 + cells.len() * T::BYTES && T::get(&bytes[1..]) == cells
        }
        assert!(back(&[0u16, 1, 0xff00]) && back(&[u32::MAX, 1]) && back::<u32>(&[]));
        assert!(back(&[u64::MAX, 1 << 40]) && back(&[i64::MIN, -1, 7]));
        assert!(back(&super::super::rows::KINDS));
    }
}
