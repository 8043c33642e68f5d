//! The source of a log's bytes, decompressed: files and embedded data, plain, gzip or zstd,
//! recognised by magic bytes and never by name.

use std::borrow::Cow;
use std::fs::File;
use std::io::{self, Chain, Cursor, Read};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use crate::base::regular_file;

use super::LogError;
use super::gzip::{Gzip, TRAILING};

/// The compression of a log.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Compression {
    /// None.
    #[default]
    None,
    /// gzip, of one or more members.
    Gzip,
    /// Zstandard, of one or more frames.
    Zstd,
}

impl Compression {
    /// The name: `gzip`; `none` for none.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Gzip => "gzip",
            Self::Zstd => "zstd",
        }
    }

    fn of(head: &[u8]) -> Self {
        match head {
            [0x1f, 0x8b, ..] => Self::Gzip,
            // A frame, or a skippable frame before it.
            [0x28, 0xb5, 0x2f, 0xfd] | [0x50..=0x5f, 0x2a, 0x4d, 0x18] => Self::Zstd,
            _ => Self::None,
        }
    }
}

/// The path that stands for standard input.
pub(super) const STANDARD_INPUT: &str = "-";
/// The decompressed bytes that are inspected.
const HEAD: usize = 4;
/// The most of the first decompressed bytes that are kept, to say what an unreadable log is.
const OPENING: usize = 16 * 1024;
/// The message of the Zstandard decoder for a window that exceeds its limit.
const WINDOW: &str = "Frame requires too much memory for decoding";
/// Its message for bytes behind a frame that are no other frame.
const NO_FRAME: &str = "Unknown frame descriptor";
/// The most bytes that are decompressed into memory.
#[cfg(feature = "parquet")]
pub(super) const LARGEST_WHOLE: u64 = 1 << 30;

/// One log.
pub(super) struct Source {
    name: String,
    bytes: Box<dyn Read + Send>,
    /// The file, if it is seekable and plain.
    #[cfg(feature = "parquet")]
    file: Option<Arc<File>>,
    /// The size of the file; 0 for a pipe.
    size: u64,
    gauge: Arc<ByteCount>,
    compression: Option<Compression>,
    /// The first decompressed bytes, inspected and not yet read.
    head: Vec<u8>,
    /// How many of these bytes are read.
    head_read: usize,
    /// True if the compressed stream is damaged behind the head.
    damaged: bool,
    /// The error of the system behind the head.
    failed: Option<LogError>,
    /// True if the compressed data has an end, and something else follows.
    has_trailing: bool,
    /// The first decompressed bytes that were read, up to [`OPENING`].
    opening: Vec<u8>,
}

/// The contents of a log, for random access.
#[cfg(feature = "parquet")]
pub(super) enum Contents {
    /// The plain file.
    File(Arc<File>),
    /// The decompressed bytes.
    Memory(Vec<u8>),
}

/// The number of compressed bytes read.
#[derive(Debug, Default)]
struct ByteCount {
    read: AtomicU64,
    failed: AtomicBool,
}

/// Counts bytes, and remembers whether the system failed.
struct CountingReader<R> {
    inner: R,
    gauge: Arc<ByteCount>,
}

impl<R: Read> Read for CountingReader<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self.inner.read(buffer) {
            Ok(count) => {
                self.gauge.read.fetch_add(count as u64, Ordering::Relaxed);
                Ok(count)
            }
            Err(error) => {
                if error.kind() != io::ErrorKind::Interrupted {
                    self.gauge.failed.store(true, Ordering::Relaxed);
                }
                Err(error)
            }
        }
    }
}

/// The result of a read.
pub(super) enum Chunk {
    /// The number of bytes; 0 at the end.
    Bytes(usize),
    /// The compressed stream is damaged or truncated: nothing follows.
    Damaged,
}

impl Source {
    /// Opens a file, a pipe or a device.
    pub(super) fn open(path: &Path) -> Result<Self, LogError> {
        Self::open_by(|path| File::open(path), path)
    }

    /// Opens a regular file, without waiting; anything else is an error.
    pub(super) fn open_regular(path: &Path) -> Result<Self, LogError> {
        Self::open_by(regular_file::open, path)
    }

    fn open_by(
        open: impl FnOnce(&Path) -> io::Result<File>,
        path: &Path,
    ) -> Result<Self, LogError> {
        let name = path.display().to_string();
        let fault = |source| LogError::Open { name: name.clone(), source };
        let file = open(path).map_err(fault)?;
        let metadata = file.metadata().map_err(fault)?;
        if metadata.is_dir() {
            return Err(LogError::Directory { name });
        }
        let file = Arc::new(file);
        let source = Self::new(name, metadata.len(), Arc::clone(&file));
        #[cfg(feature = "parquet")]
        let source = Self { file: metadata.is_file().then_some(file), ..source };
        Ok(source)
    }

    /// Standard input.
    pub(super) fn standard_input() -> Self {
        Self::new("standard input".to_owned(), 0, io::stdin())
    }

    /// Data that is in memory.
    pub(super) fn in_memory(name: &str, data: Cow<'static, [u8]>) -> Self {
        Self::new(name.to_owned(), data.len() as u64, Cursor::new(data))
    }

    fn new(name: String, size: u64, bytes: impl Read + Send + 'static) -> Self {
        let gauge = Arc::new(ByteCount::default());
        let bytes = Box::new(CountingReader { inner: bytes, gauge: Arc::clone(&gauge) });
        Self {
            name,
            bytes,
            #[cfg(feature = "parquet")]
            file: None,
            size,
            gauge,
            compression: None,
            head: Vec::new(),
            head_read: 0,
            damaged: false,
            failed: None,
            has_trailing: false,
            opening: Vec::new(),
        }
    }

    pub(super) fn name(&self) -> &str {
        &self.name
    }

    /// The size of the file in bytes; 0 for a pipe.
    pub(super) const fn size(&self) -> u64 {
        self.size
    }

    /// The bytes of the file that were read.
    pub(super) fn position(&self) -> u64 {
        self.gauge.read.load(Ordering::Relaxed)
    }

    /// The compression; known once anything was read.
    pub(super) const fn compression(&self) -> Option<Compression> {
        self.compression
    }

    /// The first decompressed bytes, four unless the log is shorter. Call before reading.
    pub(super) fn head(&mut self) -> Result<&[u8], LogError> {
        if self.compression.is_none() {
            self.unpack().map_err(|error| self.fault(error))?;
            let mut head = [0; HEAD];
            let mut length = 0;
            while length < HEAD {
                match self.stream(&mut head[length..])? {
                    Chunk::Bytes(0) => break,
                    Chunk::Bytes(count) => length += count,
                    Chunk::Damaged => {
                        self.damaged = true;
                        break;
                    }
                }
            }
            self.head = head[..length].to_vec();
        }
        Ok(&self.head)
    }

    /// The first decompressed bytes, so many unless the log is shorter. Call before reading.
    pub(super) fn peek(&mut self, most: usize) -> Result<&[u8], LogError> {
        self.head()?;
        let mut head = std::mem::take(&mut self.head);
        let mut length = head.len();
        head.resize(most.max(length), 0);
        while length < head.len() && !self.damaged && self.failed.is_none() {
            match self.stream(&mut head[length..]) {
                Ok(Chunk::Bytes(0)) => break,
                Ok(Chunk::Bytes(count)) => length += count,
                Ok(Chunk::Damaged) => self.damaged = true,
                Err(fault) => self.failed = Some(fault),
            }
        }
        head.truncate(length);
        self.head = head;
        Ok(&self.head)
    }

    /// The first decompressed bytes that were read, up to [`OPENING`].
    pub(super) fn opening(&self) -> &[u8] {
        &self.opening
    }

    /// True if what was read is whole, and what follows the end of the compressed data was not read.
    pub(super) const fn has_trailing(&self) -> bool {
        self.has_trailing
    }

    /// Reads decompressed bytes into a buffer, which must not be empty.
    pub(super) fn read(&mut self, buffer: &mut [u8]) -> Result<Chunk, LogError> {
        let chunk = self.read_on(buffer)?;
        if let Chunk::Bytes(count) = chunk
            && self.opening.len() < OPENING
        {
            let kept = count.min(OPENING - self.opening.len());
            self.opening.extend_from_slice(&buffer[..kept]);
        }
        Ok(chunk)
    }

    fn read_on(&mut self, buffer: &mut [u8]) -> Result<Chunk, LogError> {
        let read = self.head_read;
        let head = &self.head()?[read..];
        if !head.is_empty() {
            let count = head.len().min(buffer.len());
            buffer[..count].copy_from_slice(&head[..count]);
            self.head_read += count;
            if self.head_read == self.head.len() {
                (self.head, self.head_read) = (Vec::new(), 0);
            }
            return Ok(Chunk::Bytes(count));
        }
        if let Some(fault) = self.failed.take() {
            return Err(fault);
        }
        if self.damaged { Ok(Chunk::Damaged) } else { self.stream(buffer) }
    }

    /// The whole log: the file itself, or as many decompressed bytes as can be read.
    #[cfg(feature = "parquet")]
    pub(super) fn whole(&mut self) -> Result<Contents, LogError> {
        self.head()?;
        if let (Some(Compression::None), Some(file)) = (self.compression, &self.file) {
            return Ok(Contents::File(Arc::clone(file)));
        }
        let mut whole = Vec::new();
        let mut buffer = vec![0; 256 * 1024];
        while let Chunk::Bytes(count @ 1..) = self.read(&mut buffer)? {
            if (whole.len() + count) as u64 > LARGEST_WHOLE {
                return Err(LogError::TooLarge { name: self.name.clone() });
            }
            whole.extend_from_slice(&buffer[..count]);
        }
        Ok(Contents::Memory(whole))
    }

    fn stream(&mut self, buffer: &mut [u8]) -> Result<Chunk, LogError> {
        loop {
            match self.bytes.read(buffer) {
                Ok(count) => return Ok(Chunk::Bytes(count)),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) if self.gauge.failed.load(Ordering::Relaxed) => {
                    return Err(self.fault(error));
                }
                Err(error) if error.to_string() == WINDOW => {
                    return Err(LogError::Window { name: self.name.clone() });
                }
                Err(error) => {
                    self.has_trailing |= [TRAILING, NO_FRAME].contains(&error.to_string().as_str());
                    return Ok(Chunk::Damaged);
                }
            }
        }
    }

    /// Inspects the first bytes, and chooses the decoder.
    fn unpack(&mut self) -> io::Result<()> {
        let mut head = [0; 4];
        let mut length = 0;
        while length < head.len() {
            match self.bytes.read(&mut head[length..]) {
                Ok(0) => break,
                Ok(count) => length += count,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        let bytes = std::mem::replace(&mut self.bytes, Box::new(io::empty()));
        let head = head[..length].to_vec();
        let compression = Compression::of(&head);
        let all: Chain<_, _> = Cursor::new(head).chain(bytes);
        self.bytes = match compression {
            Compression::None => Box::new(all),
            Compression::Gzip => Box::new(Gzip::new(all)),
            Compression::Zstd => Box::new(zstd::Decoder::new(all)?),
        };
        self.compression = Some(compression);
        Ok(())
    }

    fn fault(&self, source: io::Error) -> LogError {
        LogError::Read { name: self.name.clone(), at: self.position(), source }
    }
}
