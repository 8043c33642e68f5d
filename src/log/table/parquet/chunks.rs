//! Random access to the bytes of a Parquet file.

use std::fs::File;
use std::io::{self, BufReader, Read, Seek, SeekFrom};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use bytes::{Buf, Bytes};
use parquet::errors::{ParquetError, Result};
use parquet::file::reader::{ChunkReader, Length};
use xxhash_rust::xxh3::Xxh3;

/// The tail of a file: the length of the footer, and the magic bytes.
const TAIL: u64 = 8;

/// The bytes of a file, from any place.
pub(super) struct Chunks {
    pub(super) place: Place,
    /// True if the system failed, not the file.
    pub(super) failed: Arc<AtomicBool>,
}

pub(super) enum Place {
    File { file: Arc<File>, length: u64 },
    Memory(Bytes),
}

impl Chunks {
    /// A hash of the file: its length and its footer.
    pub(super) fn identity(&self) -> Result<Xxh3> {
        let tail = self.get_bytes(self.len().saturating_sub(TAIL), TAIL as usize)?;
        let footer = tail.slice(..4).get_u32_le();
        let start = self.len().saturating_sub(TAIL + u64::from(footer));
        let mut hash = Xxh3::new();
        hash.update(&self.len().to_le_bytes());
        hash.update(&self.get_bytes(start, (self.len() - start) as usize)?);
        Ok(hash)
    }

    fn check<T>(&self, result: io::Result<T>) -> Result<T> {
        result.map_err(|error| {
            self.failed.store(true, Ordering::Relaxed);
            ParquetError::External(Box::new(error))
        })
    }
}

impl Length for Chunks {
    fn len(&self) -> u64 {
        match &self.place {
            Place::File { length, .. } => *length,
            Place::Memory(bytes) => bytes.len() as u64,
        }
    }
}

impl ChunkReader for Chunks {
    type T = Box<dyn Read + Send>;

    fn get_read(&self, start: u64) -> Result<Self::T> {
        if start > self.len() {
            return Err(ParquetError::EOF(format!("nothing at byte {start}")));
        }
        match &self.place {
            Place::File { file, .. } => {
                let mut file = self.check(file.try_clone())?;
                self.check(file.seek(SeekFrom::Start(start)))?;
                Ok(Box::new(BufReader::new(file)))
            }
            Place::Memory(bytes) => Ok(Box::new(bytes.slice(start as usize..).reader())),
        }
    }

    fn get_bytes(&self, start: u64, length: usize) -> Result<Bytes> {
        // Lengths come from the file, and may exceed it or the memory.
        if start.checked_add(length as u64).is_none_or(|end| end > self.len()) {
            return Err(ParquetError::EOF(format!("no {length} bytes at byte {start}")));
        }
        match &self.place {
            Place::File { .. } => {
                let mut bytes = Vec::with_capacity(length);
                let read = self.get_read(start)?.take(length as u64).read_to_end(&mut bytes);
                self.check(read)?;
                if bytes.len() < length {
                    return Err(ParquetError::EOF(format!("no {length} bytes at byte {start}")));
                }
                Ok(bytes.into())
            }
            Place::Memory(bytes) => Ok(bytes.slice(start as usize..start as usize + length)),
        }
    }
}
