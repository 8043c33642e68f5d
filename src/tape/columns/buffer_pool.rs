//! The buffer pool: bounds the memory of pages, and spills the least recently used ones to a file.

use std::collections::BTreeMap;
use std::fmt;
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

/// The default length of a page: enough rows to apply at once, and a few megabytes over all
/// columns.
const CELLS: usize = 32_768;

/// A file for spilled pages, used by nobody else.
pub trait Spill: Read + Write + Seek + Send {}

impl<S: Read + Write + Seek + Send> Spill for S {}

/// Opens the spill file, once.
type Open = Box<dyn FnOnce() -> io::Result<Box<dyn Spill>> + Send>;

/// An I/O fault of the pool.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum IoFault {
    /// A write failed, in words: all pages stay resident, beyond the limit.
    Write(String),
    /// A read failed, in words: the page reads as missing values since.
    Read(String),
}

/// A pool of pages, shared by all threads that read them.
pub struct BufferPool {
    /// Numbers per page.
    cells: usize,
    /// The limit of resident bytes.
    limit: AtomicUsize,
    bytes: AtomicUsize,
    has_spilled: AtomicBool,
    /// The clock of eviction: resident pages (and some evicted ones), and its hand.
    ring: Mutex<(Vec<Weak<dyn Evict>>, usize)>,
    file: Mutex<PageFile>,
    fault: Mutex<Option<IoFault>>,
}

/// A page that can be evicted.
pub(super) trait Evict: Send + Sync {
    /// Takes the used bit: true if the page was used since the last call.
    fn take_used_bit(&self) -> bool;

    /// Evicts the page unless it is locked. Fails if it cannot be written; then it stays.
    fn evict(&self, pool: &BufferPool) -> io::Result<()>;

    /// True if the page is resident.
    fn is_resident(&self) -> bool;
}

struct PageFile {
    open: Option<Open>,
    file: Option<Box<dyn Spill>>,
    end: u64,
    /// Free places of the file, by length.
    free: BTreeMap<usize, Vec<u64>>,
}

fn lock<T: ?Sized>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl BufferPool {
    /// A pool with a limit in bytes; `open` opens the spill file when it is first needed.
    pub fn new(
        limit: usize,
        open: impl FnOnce() -> io::Result<Box<dyn Spill>> + Send + 'static,
    ) -> Arc<Self> {
        Self::with_page_cells(CELLS, limit, open)
    }

    /// The same, with so many numbers per page, or more up to a power of two.
    pub fn with_page_cells(
        cells: usize,
        limit: usize,
        open: impl FnOnce() -> io::Result<Box<dyn Spill>> + Send + 'static,
    ) -> Arc<Self> {
        let file =
            PageFile { open: Some(Box::new(open)), file: None, end: 0, free: BTreeMap::new() };
        Arc::new(Self {
            cells: cells.max(1).next_power_of_two(),
            limit: AtomicUsize::new(limit),
            bytes: AtomicUsize::new(0),
            has_spilled: AtomicBool::new(false),
            ring: Mutex::new((Vec::new(), 0)),
            file: Mutex::new(file),
            fault: Mutex::new(None),
        })
    }

    /// Numbers per page.
    #[must_use]
    pub const fn cells(&self) -> usize {
        self.cells
    }

    /// The limit of resident bytes.
    #[must_use]
    pub fn limit(&self) -> usize {
        self.limit.load(Ordering::Relaxed)
    }

    /// The resident bytes.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.bytes.load(Ordering::Relaxed)
    }

    /// The bytes of the file, free places included.
    #[must_use]
    pub fn file_bytes(&self) -> u64 {
        lock(&self.file).end
    }

    /// About the bytes of all pages, resident or spilled; those that are both count twice.
    #[must_use]
    pub fn all_bytes(&self) -> u64 {
        self.file_bytes() + self.bytes() as u64
    }

    /// True if any page was spilled.
    #[must_use]
    pub fn has_spilled(&self) -> bool {
        self.has_spilled.load(Ordering::Relaxed)
    }

    /// The first fault; a read fault takes precedence over a write fault.
    #[must_use]
    pub fn fault(&self) -> Option<IoFault> {
        lock(&self.fault).clone()
    }

    /// Sets the limit, and evicts down to it.
    pub fn set_limit(&self, limit: usize) {
        self.limit.store(limit, Ordering::Relaxed);
        self.make_room();
    }

    /// Counts a page that becomes resident; it must be [admitted](Self::admit) then.
    pub(in crate::tape) fn count(&self, bytes: usize) {
        self.bytes.fetch_add(bytes, Ordering::Relaxed);
    }

    /// Admits a resident page, and evicts others for it.
    pub(super) fn admit(&self, page: Weak<dyn Evict>) {
        lock(&self.ring).0.push(page);
        self.make_room();
    }

    /// Counts a page that is no longer resident.
    pub(super) fn remove(&self, bytes: usize) {
        self.bytes.fetch_sub(bytes, Ordering::Relaxed);
    }

    /// Evicts pages down to the limit; a used one gets a second chance.
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
            if !page.take_used_bit()
                && let Err(error) = page.evict(self)
            {
                self.fail(IoFault::Write(error.to_string()));
            }
            if page.is_resident() {
                *hand += 1;
            } else {
                pages.swap_remove(*hand);
            }
        }
    }

    /// Writes a page, and returns its place. Fails at once after a fault.
    pub(super) fn write(&self, bytes: &[u8]) -> io::Result<u64> {
        if let Some(IoFault::Write(words) | IoFault::Read(words)) = self.fault() {
            return Err(io::Error::other(words));
        }
        let place = lock(&self.file).write(bytes)?;
        self.has_spilled.store(true, Ordering::Relaxed);
        Ok(place)
    }

    /// Reads a page; a fault is remembered.
    pub(in crate::tape) fn read(&self, place: u64, bytes: usize) -> Option<Vec<u8>> {
        let read = lock(&self.file).read(place, bytes);
        read.inspect_err(|error| self.fail(IoFault::Read(error.to_string()))).ok()
    }

    /// Frees the place of a page.
    pub(in crate::tape) fn free(&self, place: u64, bytes: usize) {
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
        f.debug_struct("BufferPool")
            .field("cells", &self.cells)
            .field("limit", &self.limit())
            .field("bytes", &self.bytes())
            .field("fault", &self.fault())
            .finish_non_exhaustive()
    }
}
