//! Room for pages: columns that grow with the log are cut into pages, and where these take more
//! memory than they may, those that were not used for longest lie in a file of their own. It must
//! not know what is in a page, nor where the file is.

use std::collections::BTreeMap;
use std::fmt;
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

/// How many numbers a page has, where nothing else is said: several times as many as a replay
/// applies at once, and a few megabytes of all columns together.
const CELLS: usize = 32_768;

/// What pages are written to: nobody else may write there.
pub trait Spill: Read + Write + Seek + Send {}

impl<S: Read + Write + Seek + Send> Spill for S {}

/// Opens what pages are written to, once.
type Open = Box<dyn FnOnce() -> io::Result<Box<dyn Spill>> + Send>;

/// Why pages are not where they should be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum IoFault {
    /// One could not be written, in words: all are still in memory, which holds more than it may.
    Write(String),
    /// One could not be read again, in words: what has been read since is not what there was.
    Read(String),
}

/// The memory of pages, and the file of those that are not in memory. Used by all threads that
/// read pages.
pub struct BufferPool {
    /// How many numbers a page has.
    cells: usize,
    /// The most bytes that pages may hold in memory.
    limit: AtomicUsize,
    bytes: AtomicUsize,
    begun: AtomicBool,
    /// All pages that are in memory, and some that are not any more; and whose turn is next.
    ring: Mutex<(Vec<Weak<dyn Evict>>, usize)>,
    file: Mutex<PageFile>,
    fault: Mutex<Option<IoFault>>,
}

/// A page that may be asked to leave the memory.
pub(in crate::tape) trait Evict: Send + Sync {
    /// Whether it was used since this was asked last.
    fn was_used(&self) -> bool;

    /// Leaves the memory if it is there and nobody is busy with it. Fails where it cannot be
    /// written; then it stays.
    fn leave(&self, pager: &BufferPool) -> io::Result<()>;

    /// Whether it is in memory.
    fn is_here(&self) -> bool;
}

struct PageFile {
    open: Option<Open>,
    file: Option<Box<dyn Spill>>,
    end: u64,
    /// Places of pages that are gone, by their length.
    free: BTreeMap<usize, Vec<u64>>,
}

fn lock<T: ?Sized>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl BufferPool {
    /// Room for `limit` bytes; the others go to what `open` opens when it is first needed.
    pub fn new(
        limit: usize,
        open: impl FnOnce() -> io::Result<Box<dyn Spill>> + Send + 'static,
    ) -> Arc<Self> {
        Self::with_pages_of(CELLS, limit, open)
    }

    /// The same with pages of so many numbers, one at least.
    pub fn with_pages_of(
        cells: usize,
        limit: usize,
        open: impl FnOnce() -> io::Result<Box<dyn Spill>> + Send + 'static,
    ) -> Arc<Self> {
        let file =
            PageFile { open: Some(Box::new(open)), file: None, end: 0, free: BTreeMap::new() };
        Arc::new(Self {
            cells: cells.max(1),
            limit: AtomicUsize::new(limit),
            bytes: AtomicUsize::new(0),
            begun: AtomicBool::new(false),
            ring: Mutex::new((Vec::new(), 0)),
            file: Mutex::new(file),
            fault: Mutex::new(None),
        })
    }

    /// How many numbers a page has.
    #[must_use]
    pub const fn cells(&self) -> usize {
        self.cells
    }

    /// The most bytes that pages may hold in memory.
    #[must_use]
    pub fn limit(&self) -> usize {
        self.limit.load(Ordering::Relaxed)
    }

    /// The bytes that pages hold in memory.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.bytes.load(Ordering::Relaxed)
    }

    /// The bytes of the file: of pages that are there, and of places of those that are gone.
    #[must_use]
    pub fn file_bytes(&self) -> u64 {
        lock(&self.file).end
    }

    /// About how many bytes all pages have, in memory and in the file; those that are in both, or
    /// gone, count too.
    #[must_use]
    pub fn all_bytes(&self) -> u64 {
        self.file_bytes() + self.bytes() as u64
    }

    /// Whether any page was written to the file.
    #[must_use]
    pub fn has_begun(&self) -> bool {
        self.begun.load(Ordering::Relaxed)
    }

    /// What went wrong; of a write and a read the read, and of several the first.
    #[must_use]
    pub fn fault(&self) -> Option<IoFault> {
        lock(&self.fault).clone()
    }

    /// Sets how many bytes pages may hold in memory; those that are too many leave it.
    pub fn set_limit(&self, limit: usize) {
        self.limit.store(limit, Ordering::Relaxed);
        self.make_room();
    }

    /// A page comes to memory; it must be [admitted](Self::admit) then.
    pub(in crate::tape) fn count(&self, bytes: usize) {
        self.bytes.fetch_add(bytes, Ordering::Relaxed);
    }

    /// Takes a page in that has come to memory, and makes room for it.
    pub(in crate::tape) fn admit(&self, page: Weak<dyn Evict>) {
        lock(&self.ring).0.push(page);
        self.make_room();
    }

    /// A page is no longer in memory.
    pub(in crate::tape) fn dismiss(&self, bytes: usize) {
        self.bytes.fetch_sub(bytes, Ordering::Relaxed);
    }

    /// Sends pages away until the others have room. Each that was used since it was looked at last
    /// is passed over once.
    fn make_room(&self) {
        let mut ring = lock(&self.ring);
        let (pages, hand) = &mut *ring;
        let mut looks = 2 * pages.len();
        while looks > 0 && self.bytes() > self.limit() {
            looks -= 1;
            if *hand >= pages.len() {
                *hand = 0;
            }
            let Some(page) = pages.get(*hand) else { return };
            let Some(page) = page.upgrade() else {
                pages.swap_remove(*hand);
                continue;
            };
            if !page.was_used()
                && let Err(error) = page.leave(self)
            {
                self.fail(IoFault::Write(error.to_string()));
            }
            if page.is_here() {
                *hand += 1;
            } else {
                pages.swap_remove(*hand);
            }
        }
    }

    /// Writes a page; returns where it lies. After a fault nothing more is written.
    pub(in crate::tape) fn write(&self, bytes: &[u8]) -> io::Result<u64> {
        if let Some(IoFault::Write(words) | IoFault::Read(words)) = self.fault() {
            return Err(io::Error::other(words));
        }
        let place = lock(&self.file).write(bytes)?;
        self.begun.store(true, Ordering::Relaxed);
        Ok(place)
    }

    /// Reads a page of so many bytes again. A fault is remembered.
    pub(in crate::tape) fn read(&self, place: u64, bytes: usize) -> Option<Vec<u8>> {
        let read = lock(&self.file).read(place, bytes);
        read.inspect_err(|error| self.fail(IoFault::Read(error.to_string()))).ok()
    }

    /// A page of so many bytes is gone: its place is free.
    pub(in crate::tape) fn forget(&self, place: u64, bytes: usize) {
        lock(&self.file).free.entry(bytes).or_default().push(place);
    }

    fn fail(&self, fault: IoFault) {
        let mut known = lock(&self.fault);
        match (&*known, &fault) {
            (None, _) | (Some(IoFault::Write(_)), IoFault::Read(_)) => *known = Some(fault),
            _ => {}
        }
    }
}

impl PageFile {
    fn file(&mut self) -> io::Result<&mut dyn Spill> {
        if let Some(open) = self.open.take() {
            self.file = Some(open()?);
        }
        match &mut self.file {
            Some(file) => Ok(&mut **file),
            None => Err(io::Error::other("there is no file")),
        }
    }

    fn write(&mut self, bytes: &[u8]) -> io::Result<u64> {
        let free = self.free.get_mut(&bytes.len()).and_then(Vec::pop);
        let place = free.unwrap_or(self.end);
        let file = self.file()?;
        file.seek(SeekFrom::Start(place))?;
        file.write_all(bytes)?;
        file.flush()?;
        self.end = self.end.max(place + bytes.len() as u64);
        Ok(place)
    }

    fn read(&mut self, place: u64, bytes: usize) -> io::Result<Vec<u8>> {
        let mut page = vec![0; bytes];
        let file = self.file()?;
        file.seek(SeekFrom::Start(place))?;
        file.read_exact(&mut page)?;
        Ok(page)
    }
}

impl fmt::Debug for BufferPool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pager")
            .field("cells", &self.cells)
            .field("limit", &self.limit())
            .field("bytes", &self.bytes())
            .field("fault", &self.fault())
            .finish_non_exhaustive()
    }
}
