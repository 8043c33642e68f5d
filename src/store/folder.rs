//! The folder of a store: its name, its lock, and what is set aside in it.
//!
//! `counterscope.lock` is held while the store is open and marks the folder as a store's; `data`
//! holds the database; `data.corrupt-1` and on are set aside. Only the owner may read any of it,
//! since states hold data of the log. A damaged database can open as an empty one, so
//! `data/established` marks one that is not new.

use std::ffi::OsStr;
use std::fs::{self, File, TryLockError};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::time::Duration;

use xxhash_rust::xxh3::Xxh3;

use super::{StoreError, private_files};

const LOCK: &str = "counterscope.lock";
const DATA: &str = "data";
const ESTABLISHED: &str = "established";

/// How often, and with which pause, this process waits for a lock of its own to be released.
const TRIES: u32 = 25;
const PAUSE: Duration = Duration::from_millis(20);

/// The most characters of file names in a default folder's name.
const STEM_LETTERS: usize = 40;

/// The default folder for a config and its logs, below `state_home` (the user's state directory):
/// its name begins with the files' names and ends with a hash of their absolute paths. The order of
/// the logs matters, since it breaks ties in time.
#[must_use]
pub fn default_folder(state_home: &Path, config: &Path, logs: &[PathBuf]) -> PathBuf {
    let mut hash = Xxh3::new();
    let mut stem = String::new();
    for path in std::iter::once(config).chain(logs.iter().map(PathBuf::as_path)) {
        let whole = fs::canonicalize(path)
            .or_else(|_| std::path::absolute(path))
            .unwrap_or_else(|_| path.to_path_buf());
        let bytes = whole.as_os_str().as_encoded_bytes();
        hash.update(&(bytes.len() as u64).to_le_bytes());
        hash.update(bytes);
        let name = path.file_name().unwrap_or(OsStr::new("unnamed")).to_string_lossy();
        let name = name.split('.').find(|part| !part.is_empty()).unwrap_or("unnamed");
        let plain = |letter: char| if letter.is_alphanumeric() { letter } else { '-' };
        stem.extend(name.chars().map(plain).chain(['-']));
    }
    let stem: String = stem.chars().take(STEM_LETTERS).collect();
    let name = format!("{}-{:016x}", stem.trim_end_matches('-'), hash.digest());
    home(state_home).join(name)
}

/// The parent of all default folders.
fn home(state_home: &Path) -> PathBuf {
    state_home.join("counterscope")
}

/// Removes the rights of others to the parent of the default folders, if it exists.
pub fn make_home_private(state_home: &Path) {
    private_files::tighten_one(&home(state_home));
}

/// A folder that this process holds exclusively, until it is dropped.
#[derive(Debug)]
pub(super) struct Folder {
    path: PathBuf,
    _lock: File,
}

impl Folder {
    /// Creates the folder if it is missing, and locks it.
    pub(super) fn claim(path: &Path) -> Result<Self, StoreError> {
        let fault = |source: io::Error| match source.kind() {
            io::ErrorKind::AlreadyExists => StoreError::NotAFolder { path: path.to_path_buf() },
            _ => StoreError::from_io(path, "opened", source),
        };
        private_files::create_folder(path).map_err(fault)?;
        let lock_path = path.join(LOCK);
        if !lock_path.exists() && fs::read_dir(path).map_err(fault)?.next().is_some() {
            return Err(StoreError::Foreign { path: path.to_path_buf() });
        }
        if lock_path.is_dir() {
            set_aside(&lock_path).map_err(fault)?;
        }
        let mut lock =
            private_files::options().read(true).truncate(false).open(&lock_path).map_err(fault)?;
        let mut left = TRIES;
        loop {
            match lock.try_lock() {
                Ok(()) => break,
                Err(TryLockError::WouldBlock) => {
                    let owner = fs::read_to_string(&lock_path).ok();
                    let pid = owner.and_then(|text| text.trim().parse().ok());
                    // A program that this process starts holds the lock, too, until it runs.
                    if pid != Some(std::process::id()) || left == 0 {
                        return Err(StoreError::InUse { path: path.to_path_buf(), pid });
                    }
                    left -= 1;
                    // A pause: nothing is ever sent on this channel.
                    let _ = crossbeam_channel::never::<()>().recv_timeout(PAUSE);
                }
                Err(TryLockError::Error(source)) => return Err(fault(source)),
            }
        }
        lock.set_len(0).map_err(fault)?;
        writeln!(lock, "{}", std::process::id()).map_err(fault)?;
        private_files::tighten(path);
        Ok(Self { path: path.to_path_buf(), _lock: lock })
    }

    /// The path of the database.
    pub(super) fn data(&self) -> PathBuf {
        self.path.join(DATA)
    }

    /// Creates the folder of the database, unless something is there.
    pub(super) fn make_data(&self) -> io::Result<()> {
        match private_files::create_folder(&self.data()) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
            made => made,
        }
    }

    /// Removes the rights of others to the files of the database, which sets no modes.
    pub(super) fn tighten(&self) {
        private_files::tighten(&self.data());
    }

    /// True if the database was once created completely.
    pub(super) fn is_established(&self) -> io::Result<bool> {
        self.data().join(ESTABLISHED).try_exists()
    }

    /// Marks the database as created completely.
    pub(super) fn establish(&self) -> io::Result<()> {
        private_files::create_file(&self.data().join(ESTABLISHED))?.sync_all()
    }

    /// Removes snapshots that sled was writing when it ended: they are redundant, and a truncated
    /// one prevents opening.
    pub(super) fn remove_partial_snapshots(&self) -> io::Result<()> {
        let entries = match fs::read_dir(self.data()) {
            Ok(entries) => entries,
            Err(error)
                if matches!(
                    error.kind(),
                    io::ErrorKind::NotFound | io::ErrorKind::NotADirectory
                ) =>
            {
                return Ok(());
            }
            Err(error) => return Err(error),
        };
        for entry in entries {
            let path = entry?.path();
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            if name.starts_with("snap.") && name.ends_with(".generating") {
                if path.is_dir() { fs::remove_dir_all(&path)? } else { fs::remove_file(&path)? }
            }
        }
        Ok(())
    }

    /// Sets the database aside; returns its new path.
    pub(super) fn set_aside(&self) -> io::Result<PathBuf> {
        set_aside(&self.data())
    }

    /// Removes the database.
    pub(super) fn clear(&self) -> io::Result<()> {
        fs::remove_dir_all(self.data())
    }
}

/// Sets a file or a folder aside under a new name; returns the new path.
pub(super) fn set_aside(path: &Path) -> io::Result<PathBuf> {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let mut number = 1;
    loop {
        let aside = path.with_file_name(format!("{name}.corrupt-{number}"));
        if !aside.try_exists()? {
            fs::rename(path, &aside)?;
            return Ok(aside);
        }
        number += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_default_folder_belongs_to_one_config_and_its_logs() {
        let name = |config: &str, logs: &[&str]| {
            let logs: Vec<PathBuf> = logs.iter().map(PathBuf::from).collect();
            let folder = default_folder(Path::new("state"), Path::new(config), &logs);
            assert_eq!(folder.parent(), Some(Path::new("state/counterscope")));
            folder.file_name().unwrap().to_str().unwrap().to_owned()
        };
        let one = name("configs/ctr.yaml", &["logs/big log.ndjson.gz"]);
        assert!(one.starts_with("ctr-big-log-"), "{one}");
        assert_eq!(one, name("configs/ctr.yaml", &["logs/big log.ndjson.gz"]));
        assert_ne!(one, name("other/ctr.yaml", &["logs/big log.ndjson.gz"]));
        assert_ne!(name("a", &["b", "c"]), name("a", &["c", "b"]));
        let long = name(&"long".repeat(60), &[".hidden", ".."]);
        assert!(long.len() <= STEM_LETTERS + 17, "{long}");
    }

    #[test]
    fn a_folder_is_held_by_one_and_only_if_it_is_a_stores() {
        let place = tempfile::tempdir().unwrap();
        let path = place.path().join("a/b");
        let first = Folder::claim(&path).unwrap();
        let pid = Some(std::process::id());
        let second = Folder::claim(&path);
        assert!(matches!(second, Err(StoreError::InUse { pid: found, .. }) if found == pid));
        drop(first);
        Folder::claim(&path).unwrap();

        fs::write(place.path().join("notes.txt"), "mine").unwrap();
        assert!(matches!(Folder::claim(place.path()), Err(StoreError::Foreign { .. })));
        let file = place.path().join("notes.txt");
        assert!(matches!(Folder::claim(&file), Err(StoreError::NotAFolder { .. })));
        assert!(matches!(Folder::claim(&file.join("x")), Err(StoreError::NotAFolder { .. })));
    }
}
