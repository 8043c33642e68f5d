//! Whether logs are still the files that were read, without reading them again. It must not know
//! what lies in them.

use std::fs::{self, File};
use std::io::{Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use xxhash_rust::xxh3::Xxh3;

use crate::base::Timestamp;

/// The bytes at either end of a file that are looked at.
const END: u64 = 64 * 1024;
/// What the clock of a file system may jump over: two writes within this time can leave the same
/// time of change.
const TICK: Duration = Duration::from_millis(50);

/// What tells logs from other logs: their places, sizes and times of change, and what stands at
/// either end of each.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Identity {
    hash: u128,
    changed: Duration,
}

impl Identity {
    /// The identity of these logs, in their order; `None` where one cannot be told: standard
    /// input, pipes, files that are not there.
    #[must_use]
    pub fn of(paths: &[PathBuf]) -> Option<Self> {
        let mut hash = Xxh3::new();
        let mut changed = Duration::ZERO;
        for path in paths {
            changed = changed.max(take(path, &mut hash)?);
        }
        Some(Self { hash: hash.digest128(), changed })
    }

    /// The identity as a number that is the same with every run.
    #[must_use]
    pub const fn number(&self) -> u128 {
        self.hash
    }

    /// Whether every change of the logs after this wall time is sure to make them others. Logs
    /// that were changed a moment ago may be changed again at what reads as the same time.
    #[must_use]
    pub fn is_settled_at(&self, now: Timestamp) -> bool {
        i128::from(now.0) > (self.changed + TICK).as_millis() as i128
    }
}

/// Takes one log in; returns when it was changed last.
fn take(path: &Path, hash: &mut Xxh3) -> Option<Duration> {
    let whole = fs::canonicalize(path).ok()?;
    let mut file = File::open(&whole).ok()?;
    let metadata = file.metadata().ok().filter(fs::Metadata::is_file)?;
    let changed = since_epoch(metadata.modified().ok()?)?;
    let name = whole.as_os_str().as_encoded_bytes();
    for number in [name.len() as u64, metadata.len()] {
        hash.update(&number.to_le_bytes());
    }
    hash.update(name);
    hash.update(&changed.as_nanos().to_le_bytes());
    for from in [0, metadata.len().saturating_sub(END)] {
        let mut bytes = Vec::new();
        file.seek(SeekFrom::Start(from)).ok()?;
        file.by_ref().take(END).read_to_end(&mut bytes).ok()?;
        hash.update(&bytes);
    }
    Some(changed)
}

fn since_epoch(time: SystemTime) -> Option<Duration> {
    time.duration_since(UNIX_EPOCH).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whatever_becomes_of_a_log_is_seen() {
        let place = tempfile::tempdir().unwrap();
        let paths = ["a", "b"].map(|name| place.path().join(name));
        let write = |bytes: &[u8]| fs::write(&paths[0], bytes).unwrap();
        let touch = |seconds| {
            let time = UNIX_EPOCH + Duration::from_secs(seconds);
            File::options().append(true).open(&paths[0]).unwrap().set_modified(time).unwrap();
        };
        let of = |paths: &[PathBuf]| Identity::of(paths).unwrap().number();
        assert_eq!(Identity::of(&paths), None, "not there");
        assert_eq!(Identity::of(&["-".into()]), None);
        assert_eq!(Identity::of(&[place.path().to_owned()]), None, "a folder");

        write(&vec![b'x'; 200_000]);
        fs::write(&paths[1], "b").unwrap();
        touch(1_000);
        let known = of(&paths[..1]);
        assert_eq!(of(&paths[..1]), known);
        assert_ne!(of(&paths), of(&[paths[1].clone(), paths[0].clone()]), "their order");
        touch(1_001);
        assert_ne!(of(&paths[..1]), known, "the time of change");
        for (at, length) in [(3, 200_000), (199_990, 200_000), (0, 200_001)] {
            let mut bytes = vec![b'x'; length];
            bytes[at] = b'y';
            write(&bytes);
            touch(1_000);
            assert_ne!(of(&paths[..1]), known, "{at} of {length}");
        }
        let identity = Identity::of(&paths[..1]).unwrap();
        assert!(!identity.is_settled_at(Timestamp(1_000_020)));
        assert!(identity.is_settled_at(Timestamp(1_000_060)));
    }
}
