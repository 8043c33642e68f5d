//! A paged column: numbers that grow with the log, in sealed pages and a tail.

use std::ops::{Bound, Range, RangeBounds};
use std::sync::Arc;

use super::buffer_pool::BufferPool;
use super::cell::Cell;
use super::page::{Page, PageGuard};

/// The numbers of a page without a memory limit, as a power of two.
const BITS: u32 = 16;

/// The storage of columns.
#[derive(Clone, Debug, Default)]
pub enum Storage {
    /// One list, for a replay that drops its rows again and again.
    List,
    /// Pages of 65,536 numbers.
    #[default]
    Pages,
    /// Pages of a buffer pool, which bounds their memory.
    Pool(Arc<BufferPool>),
}

impl Storage {
    /// Pages of the pool, if there is one.
    #[must_use]
    pub fn of(pool: Option<Arc<BufferPool>>) -> Self {
        pool.map_or(Self::Pages, Self::Pool)
    }

    /// The buffer pool, if memory is bounded.
    #[must_use]
    pub const fn pool(&self) -> Option<&Arc<BufferPool>> {
        match self {
            Self::Pool(pool) => Some(pool),
            Self::List | Self::Pages => None,
        }
    }

    /// The numbers of a page, as a power of two; those of a list never fill one.
    fn bits(&self) -> u32 {
        match self {
            Self::List => usize::BITS - 1,
            Self::Pages => BITS,
            Self::Pool(pool) => pool.cells().trailing_zeros(),
        }
    }
}

/// A number per row or event. Those of the tail are always resident, so that new ones can be
/// appended. A clone shares the pages and copies the tail.
#[derive(Clone, Debug)]
pub struct PagedColumn<T: Cell> {
    /// The pages before the tail, of equal length.
    pages: Vec<Page<T>>,
    /// The numbers in them.
    sealed: usize,
    tail: Vec<T>,
    storage: Storage,
    /// The numbers of a page, as a power of two.
    bits: u32,
    /// The number read where a page cannot be read.
    blank: T,
}

impl<T: Cell> PagedColumn<T> {
    /// An empty column. `blank` is read where a page cannot be read, which the pool reports.
    #[must_use]
    pub fn new(storage: &Storage, blank: T) -> Self {
        let (storage, bits) = (storage.clone(), storage.bits());
        Self { pages: Vec::new(), sealed: 0, tail: Vec::new(), storage, bits, blank }
    }

    /// An empty column of the same storage.
    #[must_use]
    pub fn empty_like(&self) -> Self {
        Self::new(&self.storage, self.blank)
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

    /// A number of a sealed page. Apart, so that reading the tail is compiled in place.
    #[inline(never)]
    fn get_sealed(&self, at: usize) -> T {
        self.pages[at >> self.bits].get(self.within(at), self.blank)
    }

    /// The place of a number within its page.
    #[inline]
    const fn within(&self, at: usize) -> usize {
        at & ((1 << self.bits) - 1)
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
    #[inline]
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
        if range.end <= self.piece_end(range.start) {
            let from = self.within(range.start);
            return self.pages[range.start >> self.bits]
                .slice(from..from + range.len(), self.blank);
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
    pub const fn piece_end(&self, at: usize) -> usize {
        if at >= self.sealed { self.len() } else { ((at >> self.bits) + 1) << self.bits }
    }

    /// The most numbers that lie in one page.
    #[must_use]
    pub const fn piece_cells(&self) -> usize {
        1 << self.bits
    }

    /// Appends a number.
    #[inline]
    pub fn push(&mut self, cell: T) {
        self.tail.push(cell);
        if self.tail.len() > self.piece_cells() {
            self.seal();
        }
    }

    /// Appends numbers.
    #[inline]
    pub fn extend(&mut self, cells: impl IntoIterator<Item = T>) {
        let mut cells = cells.into_iter();
        loop {
            let room = (self.piece_cells() + 1).saturating_sub(self.tail.len()).max(1);
            if cells.size_hint().1.is_some_and(|most| most <= room) {
                self.tail.extend(cells);
                return self.seal();
            }
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
        if self.tail.len() == self.piece_cells() && !cells.is_empty() {
            let full = std::mem::take(&mut self.tail);
            self.push_page(full);
        }
        if self.tail.is_empty() && cells.len() <= self.piece_cells() {
            self.tail = cells;
        } else {
            self.extend(cells);
        }
    }

    /// Appends equal numbers, and gives them to be changed.
    pub fn grow(&mut self, by: usize, cell: T) -> &mut [T] {
        self.seal();
        let before = self.tail.len();
        self.tail.resize(before + by, cell);
        &mut self.tail[before..]
    }

    /// Seals full pages.
    #[inline]
    fn seal(&mut self) {
        // The last number may still change, so one at least stays in the tail.
        let pages = self.tail.len().saturating_sub(1) >> self.bits;
        if pages > 0 {
            self.seal_pages(pages);
        }
    }

    #[cold]
    fn seal_pages(&mut self, pages: usize) {
        let cells = self.piece_cells();
        let mut full = std::mem::take(&mut self.tail);
        // Another page will follow, and what is appended at once may exceed it.
        self.tail.reserve(cells + cells / 8);
        self.tail.extend_from_slice(&full[pages * cells..]);
        if pages == 1 {
            full.truncate(cells);
            full.shrink_to_fit();
            return self.push_page(full);
        }
        for page in full[..pages * cells].chunks_exact(cells) {
            self.push_page(page.to_vec());
        }
    }

    fn push_page(&mut self, cells: Vec<T>) {
        self.sealed += cells.len();
        self.pages.push(Page::new(cells, self.storage.pool()));
    }

    /// Clears the column, and keeps the tail's allocation.
    pub fn clear(&mut self) {
        self.pages.clear();
        self.sealed = 0;
        self.tail.clear();
    }

    /// Releases reserved memory.
    pub fn shrink(&mut self) {
        self.pages.shrink_to_fit();
        self.tail.shrink_to_fit();
    }

    /// The bytes of memory held, besides the pages that a pool counts.
    #[must_use]
    pub const fn bytes(&self) -> usize {
        let pages = if self.storage.pool().is_none() { self.sealed } else { 0 };
        (pages + self.tail.capacity()) * size_of::<T>()
    }
}

impl<T: Cell> PartialEq for PagedColumn<T> {
    fn eq(&self, other: &Self) -> bool {
        self.len() == other.len() && *self.slice(..) == *other.slice(..)
    }
}

#[cfg(test)]
mod tests {
    use std::io::{self, Cursor, Read, Seek, SeekFrom, Write};

    use proptest::prelude::*;

    use super::super::buffer_pool::{IoFault, Spill};
    use super::*;

    /// The memory of four pages of sixteen `u32`.
    const ROOM: usize = 256;

    fn pool() -> Arc<BufferPool> {
        BufferPool::with_page_cells(16, ROOM, || Ok(Box::new(Cursor::new(Vec::new()))))
    }

    fn filled(pool: &Arc<BufferPool>, count: u32) -> PagedColumn<u32> {
        let mut column = PagedColumn::new(&Storage::Pool(Arc::clone(pool)), u32::MAX);
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
            let mut columns = [0, 1].map(|_| PagedColumn::new(&Storage::Pool(Arc::clone(&pool)), 0));
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
}
