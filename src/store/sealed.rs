//! Sealed files: one file beside the database, written and read as a whole, for data that is too
//! large to go through the database and can be computed again.
//!
//! Layout: a mark, then blocks: the length (4 bytes), a checksum of the bytes seeded with the
//! block's number (8 bytes), the bytes. A block of length 0 is the last one: a file without it is
//! truncated. All little-endian.
//!
//! A file is written under another name and renamed once it is durable, so that a reader finds the
//! old one or the new one.

use std::fs::{self, File};
use std::io::{self, BufReader, Read, Write};
use std::path::{Path, PathBuf};

use xxhash_rust::xxh3::xxh3_64_with_seed;

use super::folder::set_aside;
use super::private_files;

const MARK: &[u8; 8] = b"cssealed";
/// The bytes of a block.
const BLOCK: usize = 256 * 1024;
const UNFINISHED: &str = "new";

/// The path of the column cache in a store's folder.
#[must_use]
pub fn columns_file(folder: &Path) -> PathBuf {
    folder.join("columns")
}

/// The path of the profile of the log in a store's folder.
#[must_use]
pub fn profile_file(folder: &Path) -> PathBuf {
    folder.join("profile")
}

/// Removes what a killed process left half written, and moves a folder aside that lies where the
/// file is to be. Only for the holder of the store.
pub fn sweep(path: &Path) -> io::Result<()> {
    if path.is_dir() {
        set_aside(path)?;
    }
    match fs::remove_file(unfinished(path)) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

/// Replaces a file by what `fill` writes, if that is at most `limit` bytes and `fill` returns true.
/// Otherwise, and after an error, neither the old nor the new file exists. Returns whether it does.
pub fn write_sealed(
    path: &Path,
    limit: u64,
    fill: impl FnOnce(&mut dyn Write) -> io::Result<bool>,
) -> io::Result<bool> {
    let written = try_to_write(path, limit, fill);
    if !matches!(written, Ok(true)) {
        // A file that cannot be removed either is recognised as stale or truncated by its reader.
        let _ = fs::remove_file(unfinished(path));
        let _ = fs::remove_file(path);
    }
    written
}

fn try_to_write(
    path: &Path,
    limit: u64,
    fill: impl FnOnce(&mut dyn Write) -> io::Result<bool>,
) -> io::Result<bool> {
    let file = private_files::create_file(&unfinished(path))?;
    let mut sealer =
        Sealer { file, block: Vec::with_capacity(BLOCK), number: 0, left: Some(limit) };
    sealer.file.write_all(MARK)?;
    match fill(&mut sealer) {
        Ok(true) => {}
        Ok(false) => return Ok(false),
        Err(_) if sealer.left.is_none() => return Ok(false),
        Err(error) => return Err(error),
    }
    sealer.flush()?;
    sealer.seal()?;
    sealer.file.sync_all()?;
    drop(sealer);
    fs::rename(unfinished(path), path)?;
    sync_folder(path)?;
    Ok(true)
}

fn unfinished(path: &Path) -> PathBuf {
    path.with_extension(UNFINISHED)
}

/// Makes a rename durable. Where folders cannot be opened as files, the system does it.
fn sync_folder(path: &Path) -> io::Result<()> {
    if cfg!(unix)
        && let Some(folder) = path.parent()
    {
        File::open(folder)?.sync_all()?;
    }
    Ok(())
}

struct Sealer {
    file: File,
    block: Vec<u8>,
    number: u64,
    /// The bytes still allowed; `None` once they were exceeded.
    left: Option<u64>,
}

impl Sealer {
    fn seal(&mut self) -> io::Result<()> {
        let length = self.block.len() as u32;
        let checksum = xxh3_64_with_seed(&self.block, self.number);
        self.file.write_all(&length.to_le_bytes())?;
        self.file.write_all(&checksum.to_le_bytes())?;
        self.file.write_all(&self.block)?;
        self.block.clear();
        self.number += 1;
        Ok(())
    }
}

impl Write for Sealer {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let taken = bytes.len().min(BLOCK - self.block.len());
        self.left = self.left.and_then(|left| left.checked_sub(taken as u64));
        if self.left.is_none() {
            return Err(io::ErrorKind::FileTooLarge.into());
        }
        self.block.extend_from_slice(&bytes[..taken]);
        if self.block.len() == BLOCK {
            self.seal()?;
        }
        Ok(taken)
    }

    fn flush(&mut self) -> io::Result<()> {
        if self.block.is_empty() { Ok(()) } else { self.seal() }
    }
}

/// A sealed file being read. Every byte is verified before it is returned; damage is
/// [`io::ErrorKind::InvalidData`].
#[derive(Debug)]
pub struct Sealed {
    file: BufReader<File>,
    block: Vec<u8>,
    given: usize,
    number: u64,
    size: u64,
    ended: bool,
}

impl Sealed {
    /// Opens a file; `None` if it does not exist.
    pub fn open(path: &Path) -> io::Result<Option<Self>> {
        let file = match File::open(path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            file => file?,
        };
        let size = file.metadata()?.len();
        let mut file = BufReader::with_capacity(1 << 16, file);
        let mut mark = [0; MARK.len()];
        file.read_exact(&mut mark).map_err(cut_short)?;
        if mark != *MARK {
            return Err(damaged());
        }
        Ok(Some(Self { file, block: Vec::new(), given: 0, number: 0, size, ended: false }))
    }

    /// The size of the file in bytes, a bound on its content.
    #[must_use]
    pub const fn size(&self) -> u64 {
        self.size
    }

    fn next_block(&mut self) -> io::Result<()> {
        let mut head = [0; 12];
        self.file.read_exact(&mut head).map_err(cut_short)?;
        let [a, b, c, d, checksum @ ..] = head;
        let length = u32::from_le_bytes([a, b, c, d]) as usize;
        if length > BLOCK {
            return Err(damaged());
        }
        self.block.resize(length, 0);
        self.given = 0;
        self.file.read_exact(&mut self.block).map_err(cut_short)?;
        if u64::from_le_bytes(checksum) != xxh3_64_with_seed(&self.block, self.number) {
            return Err(damaged());
        }
        self.number += 1;
        self.ended = length == 0;
        Ok(())
    }
}

impl Read for Sealed {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.given == self.block.len() && !self.ended {
            self.next_block()?;
        }
        let count = buffer.len().min(self.block.len() - self.given);
        buffer[..count].copy_from_slice(&self.block[self.given..self.given + count]);
        self.given += count;
        Ok(count)
    }
}

fn damaged() -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, "bytes are not as they were written")
}

fn cut_short(error: io::Error) -> io::Error {
    if error.kind() == io::ErrorKind::UnexpectedEof { damaged() } else { error }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn read(path: &Path) -> io::Result<Vec<u8>> {
        let mut bytes = Vec::new();
        Sealed::open(path)?.unwrap().read_to_end(&mut bytes)?;
        Ok(bytes)
    }

    fn write(path: &Path, bytes: &[u8]) -> bool {
        write_sealed(path, u64::MAX, |out| out.write_all(bytes).map(|()| true)).unwrap()
    }

    #[test]
    fn bytes_come_back_and_the_new_ones_replace_the_old() {
        let place = tempfile::tempdir().unwrap();
        let path = columns_file(place.path());
        assert!(Sealed::open(&path).unwrap().is_none());
        for length in [0, 1, BLOCK - 1, BLOCK, BLOCK + 1, 3 * BLOCK] {
            let bytes: Vec<u8> = (0..length).map(|i| (i * 7 + length) as u8).collect();
            assert!(write(&path, &bytes));
            assert!(read(&path).unwrap() == bytes, "{length}");
            assert_eq!(fs::read_dir(place.path()).unwrap().count(), 1);
        }
    }

    #[test]
    fn what_is_not_to_stay_leaves_nothing() {
        let place = tempfile::tempdir().unwrap();
        let path = columns_file(place.path());
        let gone = |path: &Path| fs::read_dir(path).unwrap().count() == 0;
        assert!(write(&path, b"old"));
        assert!(!write_sealed(&path, 9, |out| out.write_all(&[1; 10]).map(|()| true)).unwrap());
        assert!(gone(place.path()), "over the limit");
        assert!(!write_sealed(&path, 9, |out| out.write_all(b"new").map(|()| false)).unwrap());
        assert!(gone(place.path()), "given up");
        write_sealed(&path, 9, |_| Err(io::ErrorKind::StorageFull.into())).unwrap_err();
        assert!(gone(place.path()), "failed");
        fs::write(unfinished(&path), "half").unwrap();
        sweep(&path).unwrap();
        sweep(&path).unwrap();
        assert!(gone(place.path()), "cut short");
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn any_changed_or_missing_byte_is_noticed(at in 0..300_000usize, flip in 1..=255u8, cut: bool) {
            let place = tempfile::tempdir().unwrap();
            let path = columns_file(place.path());
            write(&path, &vec![5; 300_000]);
            let mut bytes = fs::read(&path).unwrap();
            if cut {
                bytes.truncate(at);
            } else {
                bytes[at] ^= flip;
            }
            fs::write(&path, bytes).unwrap();
            prop_assert_eq!(read(&path).unwrap_err().kind(), io::ErrorKind::InvalidData);
        }
    }

    #[test]
    fn exchanged_blocks_are_noticed() {
        let place = tempfile::tempdir().unwrap();
        let path = columns_file(place.path());
        let bytes: Vec<u8> = (0..2 * BLOCK).map(|i| (i / BLOCK) as u8).collect();
        write(&path, &bytes);
        let mut found = fs::read(&path).unwrap();
        let (first, second) = found[MARK.len()..].split_at_mut(BLOCK + 12);
        first.swap_with_slice(&mut second[..BLOCK + 12]);
        fs::write(&path, found).unwrap();
        read(&path).unwrap_err();
    }
}
