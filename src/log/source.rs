//! A log's bytes, unpacked: files and embedded data, plain, gzip or zstd, told apart by their
//! first bytes and never by a name. It must not know lines.

use std::borrow::Cow;
use std::fs::File;
use std::io::{self, Chain, Cursor, Read};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use flate2::read::MultiGzDecoder;

use super::LogError;

/// How a log is packed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Compression {
    /// Not at all.
    #[default]
    None,
    /// gzip, of one or more members.
    Gzip,
    /// Zstandard, of one or more frames.
    Zstd,
}

impl Compression {
    /// Its name: `gzip`; `none` for none.
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

/// What stands for standard input among the paths of logs.
pub(super) const STANDARD_INPUT: &str = "-";
/// How many of the first unpacked bytes are looked at.
const HEAD: usize = 4;
/// How many of the first unpacked bytes are kept to say what a log is that cannot be read.
const OPENING: usize = 16 * 1024;
/// What the decoder of Zstandard says of a window that is larger than it may be.
const WINDOW: &str = "Frame requires too much memory for decoding";
/// The largest log that is kept in memory as a whole, unpacked.
#[cfg(feature = "parquet")]
pub(super) const LARGEST_WHOLE: u64 = 1 << 30;

/// One log.
pub(super) struct Source {
    name: String,
    bytes: Box<dyn Read + Send>,
    /// The file, where it can be read from any place.
    #[cfg(feature = "parquet")]
    file: Option<Arc<File>>,
    /// The size as it lies; 0 for a pipe.
    size: u64,
    gauge: Arc<Gauge>,
    compression: Option<Compression>,
    /// The first unpacked bytes that were looked at and not yet read.
    head: Vec<u8>,
    /// Whether the packed stream is damaged right behind the head.
    damaged: bool,
    /// The first unpacked bytes that were read.
    opening: Vec<u8>,
}

/// A log that can be read from any place.
#[cfg(feature = "parquet")]
pub(super) enum Whole {
    /// As it lies.
    File(Arc<File>),
    /// Unpacked.
    Memory(Vec<u8>),
}

/// What was read of the packed bytes.
#[derive(Debug, Default)]
struct Gauge {
    read: AtomicU64,
    failed: AtomicBool,
}

/// Counts what passes, and remembers whether it was the machine that failed.
struct Gauged<R> {
    inner: R,
    gauge: Arc<Gauge>,
}

impl<R: Read> Read for Gauged<R> {
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

/// What reading came to.
pub(super) enum Piece {
    /// So many bytes; 0 at the end.
    Bytes(usize),
    /// The packed stream is damaged or ends too early: there is no more.
    Damaged,
}

impl Source {
    /// Opens a file.
    pub(super) fn open(path: &Path) -> Result<Self, LogError> {
        let name = path.display().to_string();
        let open = |source| LogError::Open { name: name.clone(), source };
        let file = File::open(path).map_err(open)?;
        let metadata = file.metadata().map_err(open)?;
        if metadata.is_dir() {
            return Err(LogError::Directory { name });
        }
        let file = Arc::new(file);
        let source = Self::new(name, metadata.len(), Arc::clone(&file));
        #[cfg(feature = "parquet")]
        let source = Self { file: metadata.is_file().then_some(file), ..source };
        Ok(source)
    }

    /// What is piped into the program.
    pub(super) fn standard_input() -> Self {
        Self::new("standard input".to_owned(), 0, io::stdin())
    }

    /// Data that is in memory.
    pub(super) fn in_memory(name: &str, data: Cow<'static, [u8]>) -> Self {
        Self::new(name.to_owned(), data.len() as u64, Cursor::new(data))
    }

    fn new(name: String, size: u64, bytes: impl Read + Send + 'static) -> Self {
        let gauge = Arc::new(Gauge::default());
        let bytes = Box::new(Gauged { inner: bytes, gauge: Arc::clone(&gauge) });
        Self {
            name,
            bytes,
            #[cfg(feature = "parquet")]
            file: None,
            size,
            gauge,
            compression: None,
            head: Vec::new(),
            damaged: false,
            opening: Vec::new(),
        }
    }

    pub(super) fn name(&self) -> &str {
        &self.name
    }

    /// The size as it lies, in bytes; 0 for a pipe.
    pub(super) const fn size(&self) -> u64 {
        self.size
    }

    /// How many of the bytes, as they lie, were read.
    pub(super) fn position(&self) -> u64 {
        self.gauge.read.load(Ordering::Relaxed)
    }

    /// How it is packed; known once something was read.
    pub(super) const fn compression(&self) -> Option<Compression> {
        self.compression
    }

    /// The first unpacked bytes, four of them unless the log is shorter. To be looked at before
    /// anything is read.
    pub(super) fn head(&mut self) -> Result<&[u8], LogError> {
        if self.compression.is_none() {
            self.unpack().map_err(|error| self.fault(error))?;
            let mut head = [0; HEAD];
            let mut length = 0;
            while length < HEAD {
                match self.stream(&mut head[length..])? {
                    Piece::Bytes(0) => break,
                    Piece::Bytes(count) => length += count,
                    Piece::Damaged => {
                        self.damaged = true;
                        break;
                    }
                }
            }
            self.head = head[..length].to_vec();
        }
        Ok(&self.head)
    }

    /// The first unpacked bytes, some thousands, once they were read.
    pub(super) fn opening(&self) -> &[u8] {
        &self.opening
    }

    /// Reads unpacked bytes into the buffer, which must not be empty.
    pub(super) fn read(&mut self, buffer: &mut [u8]) -> Result<Piece, LogError> {
        let piece = self.read_on(buffer)?;
        if let Piece::Bytes(count) = piece
            && self.opening.len() < OPENING
        {
            let kept = count.min(OPENING - self.opening.len());
            self.opening.extend_from_slice(&buffer[..kept]);
        }
        Ok(piece)
    }

    fn read_on(&mut self, buffer: &mut [u8]) -> Result<Piece, LogError> {
        let head = self.head()?;
        if !head.is_empty() {
            let count = head.len().min(buffer.len());
            buffer[..count].copy_from_slice(&head[..count]);
            self.head.drain(..count);
            return Ok(Piece::Bytes(count));
        }
        if self.damaged { Ok(Piece::Damaged) } else { self.stream(buffer) }
    }

    /// The whole log: the file itself, or the unpacked bytes as far as they can be read.
    #[cfg(feature = "parquet")]
    pub(super) fn whole(&mut self) -> Result<Whole, LogError> {
        self.head()?;
        if let (Some(Compression::None), Some(file)) = (self.compression, &self.file) {
            return Ok(Whole::File(Arc::clone(file)));
        }
        let mut whole = Vec::new();
        let mut buffer = vec![0; 256 * 1024];
        while let Piece::Bytes(count @ 1..) = self.read(&mut buffer)? {
            if (whole.len() + count) as u64 > LARGEST_WHOLE {
                return Err(LogError::TooLarge { name: self.name.clone() });
            }
            whole.extend_from_slice(&buffer[..count]);
        }
        Ok(Whole::Memory(whole))
    }

    fn stream(&mut self, buffer: &mut [u8]) -> Result<Piece, LogError> {
        loop {
            match self.bytes.read(buffer) {
                Ok(count) => return Ok(Piece::Bytes(count)),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) if self.gauge.failed.load(Ordering::Relaxed) => {
                    return Err(self.fault(error));
                }
                Err(error) if error.to_string() == WINDOW => {
                    return Err(LogError::Window { name: self.name.clone() });
                }
                Err(_) => return Ok(Piece::Damaged),
            }
        }
    }

    /// Looks at the first bytes, and puts the decoder that they ask for in front.
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
            Compression::Gzip => Box::new(MultiGzDecoder::new(all)),
            Compression::Zstd => Box::new(zstd::Decoder::new(all)?),
        };
        self.compression = Some(compression);
        Ok(())
    }

    fn fault(&self, source: io::Error) -> LogError {
        LogError::Read { name: self.name.clone(), at: self.position(), source }
    }
}
