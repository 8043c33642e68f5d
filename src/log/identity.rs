//! The identity of log files: detects changes without reading them again.

use std::cmp::Ordering;
use std::fs::{self, File, Metadata};
use std::io::{Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use xxhash_rust::xxh3::Xxh3;

use crate::base::Timestamp;

/// The bytes hashed at either end of a file.
const END: u64 = 64 * 1024;
/// The samples between the two ends, and the bytes of each.
const SAMPLES: u64 = 32;
const SAMPLE: u64 = 4 * 1024;
/// The granularity of file times: two writes within it can have equal times.
const TICK: Duration = Duration::from_millis(50);

/// The metadata of a file: another stamp means another file, or other bytes. It has the time of the
/// last change, which nobody can set, if the platform has one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stamp {
    /// The size in bytes.
    pub size: u64,
    /// The modification time, which a program can set.
    modified: Duration,
    /// The time of the last change of bytes, name or rights.
    changed: Duration,
    /// The device and inode.
    file: (u64, u64),
    /// The mode, owner, group and number of links: a change of these alone leaves the bytes
    /// unchanged.
    rights: (u32, u32, u32, u64),
}

/// The change of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Difference {
    /// The file has more bytes.
    Grown,
    /// The file has fewer bytes.
    Cut,
    /// The bytes were written again.
    Rewritten,
    /// Another file has the name, or a pipe, a device or a directory.
    Replaced,
    /// No regular file has the name.
    Deleted,
}

impl Stamp {
    /// The stamp of the regular file at a path; `None` if there is none.
    #[must_use]
    pub fn of(path: &Path) -> Option<Self> {
        Self::from(&fs::metadata(path).ok()?)
    }

    fn from(metadata: &Metadata) -> Option<Self> {
        let modified = since_epoch(metadata.modified().ok().filter(|_| metadata.is_file())?)?;
        let size = metadata.len();
        #[cfg(unix)]
        {
            use std::os::unix::fs::MetadataExt as _;
            let nanos = metadata.ctime_nsec().try_into().unwrap_or_default();
            Some(Self {
                size,
                modified,
                changed: Duration::new(metadata.ctime().try_into().ok()?, nanos),
                file: (metadata.dev(), metadata.ino()),
                rights: (metadata.mode(), metadata.uid(), metadata.gid(), metadata.nlink()),
            })
        }
        #[cfg(not(unix))]
        Some(Self { size, modified, changed: modified, file: (0, 0), rights: (0, 0, 0, 0) })
    }

    /// The change of the file since it had this stamp; `None` if its bytes are the same. A change
    /// of rights, owner or links alone is none.
    #[must_use]
    pub fn difference(&self, now: Option<Self>) -> Option<Difference> {
        let Some(now) = now else { return Some(Difference::Deleted) };
        if self.file != now.file {
            return Some(Difference::Replaced);
        }
        match now.size.cmp(&self.size) {
            Ordering::Greater => Some(Difference::Grown),
            Ordering::Less => Some(Difference::Cut),
            Ordering::Equal if self.modified != now.modified => Some(Difference::Rewritten),
            // A program can set the modification time, but not the change time.
            Ordering::Equal if self.changed != now.changed && self.rights == now.rights => {
                Some(Difference::Rewritten)
            }
            Ordering::Equal => None,
        }
    }
}

/// The identity of logs: their paths, their [stamps](Stamp), and a hash of both ends of each and of
/// some samples between.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Identity {
    hash: u128,
    changed: Duration,
}

impl Identity {
    /// The identity of logs, in order; `None` if one has none: standard input, pipes, missing
    /// files.
    #[must_use]
    pub fn of(paths: &[PathBuf]) -> Option<Self> {
        let mut hash = Xxh3::new();
        let mut changed = Duration::ZERO;
        for path in paths {
            changed = changed.max(take(path, &mut hash)?);
        }
        Some(Self { hash: hash.digest128(), changed })
    }

    /// The identity as a number, stable across runs.
    #[must_use]
    pub const fn number(&self) -> u128 {
        self.hash
    }

    /// True if every change after this wall time is certain to change the identity. A log modified
    /// a moment ago could change again within the same file time.
    #[must_use]
    pub fn is_settled_at(&self, now: Timestamp) -> bool {
        i128::from(now.0) > (self.changed + TICK).as_millis() as i128
    }
}

/// Hashes one log; returns its modification time.
fn take(path: &Path, hash: &mut Xxh3) -> Option<Duration> {
    let whole = fs::canonicalize(path).ok()?;
    // A pipe is not opened: that would block until there is a writer.
    Stamp::of(&whole)?;
    let mut file = File::open(&whole).ok()?;
    let stamp = Stamp::from(&file.metadata().ok()?)?;
    let name = whole.as_os_str().as_encoded_bytes();
    for number in [name.len() as u64, stamp.size, stamp.file.0, stamp.file.1] {
        hash.update(&number.to_le_bytes());
    }
    hash.update(name);
    for time in [stamp.modified, stamp.changed] {
        hash.update(&time.as_nanos().to_le_bytes());
    }
    let samples = (1..=SAMPLES).map(|number| (stamp.size / (SAMPLES + 1) * number, SAMPLE));
    let ends = [(0, END), (stamp.size.saturating_sub(END), END)];
    for (from, length) in ends.into_iter().chain(samples) {
        let mut bytes = Vec::new();
        file.seek(SeekFrom::Start(from)).ok()?;
        file.by_ref().take(length).read_to_end(&mut bytes).ok()?;
        hash.update(&bytes);
    }
    Some(stamp.modified.max(stamp.changed))
}

fn since_epoch(time: SystemTime) -> Option<Duration> {
    time.duration_since(UNIX_EPOCH).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn touch(path: &Path, seconds: u64) {
        let time = UNIX_EPOCH + Duration::from_secs(seconds);
        File::options().append(true).open(path).unwrap().set_modified(time).unwrap();
    }

    /// Waits until a next change of the file gets a new change time.
    fn wait(path: &Path) {
        let other = path.with_extension("other");
        loop {
            fs::write(&other, "").unwrap();
            let [file, other] = [path, &other].map(|path| Stamp::of(path).unwrap().changed);
            if other > file {
                break;
            }
        }
    }

    #[test]
    fn whatever_becomes_of_a_log_is_seen() {
        let place = tempfile::tempdir().unwrap();
        let paths = ["a", "b"].map(|name| place.path().join(name));
        let of = |paths: &[PathBuf]| Identity::of(paths).unwrap().number();
        assert_eq!(Identity::of(&paths), None, "not there");
        assert_eq!(Identity::of(&["-".into()]), None);
        assert_eq!(Identity::of(&[place.path().to_owned()]), None, "a folder");

        fs::write(&paths[0], vec![b'x'; 400_000]).unwrap();
        fs::write(&paths[1], "b").unwrap();
        touch(&paths[0], 1_000);
        let known = of(&paths[..1]);
        assert_eq!(of(&paths[..1]), known);
        assert_ne!(of(&paths), of(&[paths[1].clone(), paths[0].clone()]), "their order");
        let mut seen = vec![known];
        for (at, length) in [(3, 400_000), (399_990, 400_000), (0, 400_001), (150_000, 400_000)] {
            wait(&paths[0]);
            let mut bytes = vec![b'x'; length];
            bytes[at] = b'y';
            fs::write(&paths[0], bytes).unwrap();
            touch(&paths[0], 1_000);
            let now = of(&paths[..1]);
            assert!(!seen.contains(&now), "{at} of {length}");
            seen.push(now);
        }
        touch(&paths[0], 1_001);
        assert!(!seen.contains(&of(&paths[..1])), "the time of writing");
    }

    #[test]
    fn a_log_that_was_changed_just_now_is_not_settled() {
        let identity = |changed| Identity { hash: 0, changed: Duration::from_millis(changed) };
        assert!(!identity(1_000_000).is_settled_at(Timestamp(1_000_020)));
        assert!(identity(1_000_000).is_settled_at(Timestamp(1_000_060)));
    }

    #[test]
    fn what_became_of_a_file_has_a_name() {
        let place = tempfile::tempdir().unwrap();
        let path = place.path().join("log");
        let write = |bytes: &str| fs::write(&path, bytes).unwrap();
        write("abc");
        touch(&path, 1_000);
        let known = Stamp::of(&path).unwrap();
        let difference = || known.difference(Stamp::of(&path));
        assert_eq!(difference(), None);
        wait(&path);
        File::options().append(true).open(&path).unwrap().set_len(9).unwrap();
        assert_eq!(difference(), Some(Difference::Grown));
        write("a");
        assert_eq!(difference(), Some(Difference::Cut));
        write("xyz");
        assert_eq!(difference(), Some(Difference::Rewritten));
        if cfg!(unix) {
            touch(&path, 1_000);
            assert_eq!(difference(), Some(Difference::Rewritten), "with its time kept");
            fs::rename(&path, place.path().join("old")).unwrap();
            write("abc");
            touch(&path, 1_000);
            assert_eq!(difference(), Some(Difference::Replaced));
        }
        fs::remove_file(&path).unwrap();
        assert_eq!(difference(), Some(Difference::Deleted));
    }

    #[cfg(unix)]
    #[test]
    fn other_rights_and_names_are_no_other_bytes() {
        use std::os::unix::fs::PermissionsExt as _;
        let place = tempfile::tempdir().unwrap();
        let path = place.path().join("log");
        fs::write(&path, "abc").unwrap();
        let known = Stamp::of(&path).unwrap();
        wait(&path);
        fs::set_permissions(&path, fs::Permissions::from_mode(0o400)).unwrap();
        assert_eq!(known.difference(Stamp::of(&path)), None);
        fs::hard_link(&path, place.path().join("other name")).unwrap();
        assert_eq!(known.difference(Stamp::of(&path)), None);
    }
}
