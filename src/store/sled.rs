//! sled as the database of the segments. No other file names sled.
//!
//! sled reports some errors by panicking, so every call into it is guarded: an I/O error must not
//! end the program with the terminal in raw mode.

use std::io;
use std::path::Path;
use std::time::Duration;

use crate::base::panic_guard::guarded;

use super::folder::Folder;
use super::manifest;
use super::pages::{PageError, Pages, Pair};
use super::segments::{Fault, Segmented};
use super::{Batch, Store, StoreError};

/// How often, and with which pause, opening waits for a handle that is being closed.
const CLOSE_TRIES: u32 = 100;
const CLOSE_PAUSE: Duration = Duration::from_millis(20);
/// The bytes of sled's cache; the store reads almost everything once, in order.
const CACHE_BYTES: u64 = 16 << 20;
/// The most characters shown of a panic's message.
const REASON_LETTERS: usize = 120;

/// A durable store in a folder, held exclusively.
#[derive(Debug)]
pub struct SledStore {
    // Order of dropping: the database closes before the folder is unlocked.
    segments: Segmented<SledPages>,
    folder: Folder,
}

/// Opens the store in `folder`, creating it if it is missing. A damaged store, or one of an older
/// format, is replaced by an empty one, with a notice.
pub fn open(folder: &Path) -> Result<(SledStore, Vec<String>), StoreError> {
    let claimed = Folder::claim(folder)?;
    let io_fault = |source| StoreError::from_io(folder, "opened", source);
    claimed.remove_partial_snapshots().map_err(io_fault)?;
    let mut notices = Vec::new();
    let segments = match open_data(&claimed, folder) {
        Ok(segments) => segments,
        Err(Fault::Damaged(reason)) => {
            let aside = claimed.set_aside().map_err(io_fault)?;
            notices.push(format!(
                "the store in {} was damaged ({reason}): it is set aside as {}, and built anew from the log",
                folder.display(),
                aside.display()
            ));
            open_data(&claimed, folder).map_err(|fault| last_word(folder, fault))?
        }
        Err(Fault::Older) => {
            claimed.clear().map_err(io_fault)?;
            notices.push(format!(
                "the store in {} was of an older format: it is built anew from the log",
                folder.display()
            ));
            open_data(&claimed, folder).map_err(|fault| last_word(folder, fault))?
        }
        Err(fault) => return Err(last_word(folder, fault)),
    };
    claimed.tighten();
    Ok((SledStore { segments, folder: claimed }, notices))
}

fn open_data(claimed: &Folder, folder: &Path) -> Result<Segmented<SledPages>, Fault> {
    let config = sled::Config::new()
        .path(claimed.data())
        .cache_capacity(CACHE_BYTES)
        // Commits flush when they must; periodic flushes only add writes.
        .flush_every_ms(None);
    let established = claimed.is_established().map_err(damage_or_io)?;
    claimed.make_data().map_err(Fault::Io)?;
    let pages = SledPages(open_when_closed(&config)?);
    let segments = Segmented::open(pages, folder, established)?;
    if !established {
        claimed.establish().map_err(Fault::Io)?;
    }
    Ok(segments)
}

/// Opens sled's files. The folder's own lock is held, so if sled's is not free, its threads are
/// about to release it after a handle was closed: waits for them.
fn open_when_closed(config: &sled::Config) -> Result<sled::Db, PageError> {
    let mut left = CLOSE_TRIES;
    loop {
        match caught(|| config.open()) {
            Err(PageError::Io(error)) if left > 0 && error.to_string().contains("acquire lock") => {
                left -= 1;
                // A pause: nothing is ever sent on this channel.
                let _ = crossbeam_channel::never::<()>().recv_timeout(CLOSE_PAUSE);
            }
            opened => return opened,
        }
    }
}

fn damage_or_io(error: io::Error) -> Fault {
    if is_damage(error.kind()) { Fault::Damaged(error.to_string()) } else { Fault::Io(error) }
}

fn last_word(folder: &Path, fault: Fault) -> StoreError {
    let path = folder.to_path_buf();
    match fault {
        Fault::Newer(found) => StoreError::Newer { path, found, known: manifest::FORMAT },
        Fault::Io(source) => StoreError::from_io(folder, "opened", source),
        Fault::Damaged(reason) => StoreError::Corrupt { path, reason },
        Fault::Older => StoreError::Corrupt { path, reason: "an older format came back".into() },
    }
}

impl Store for SledStore {
    fn scan_from(
        &self,
        prefix: &[u8],
        from: &[u8],
        visit: &mut dyn FnMut(&[u8], &[u8]) -> bool,
    ) -> Result<(), StoreError> {
        self.segments.scan_from(prefix, from, visit)
    }

    fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, StoreError> {
        self.segments.get(key)
    }

    fn commit(&mut self, batch: Batch) -> Result<(), StoreError> {
        let committed = self.segments.commit(batch);
        self.folder.tighten();
        committed
    }
}

/// The one tree that is used: sled is atomic within a tree only.
#[derive(Debug)]
struct SledPages(sled::Db);

impl SledPages {
    /// Calls sled. After an error the handle is never dropped: closing waits for writes that a full
    /// disk never accepts, and the process would hang instead of reporting the error.
    fn call<T>(&self, call: impl FnOnce(&sled::Db) -> sled::Result<T>) -> Result<T, PageError> {
        caught(|| call(&self.0)).inspect_err(|_| std::mem::forget(self.0.clone()))
    }
}

impl Pages for SledPages {
    fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, PageError> {
        Ok(self.call(|db| db.get(key))?.map(|value| value.to_vec()))
    }

    fn at_or_after(&self, key: &[u8]) -> Result<Option<Pair>, PageError> {
        Ok(self.call(|db| db.range(key..).next().transpose())?.map(owned))
    }

    fn at_or_before(&self, key: &[u8]) -> Result<Option<Pair>, PageError> {
        Ok(self.call(|db| db.range(..=key).next_back().transpose())?.map(owned))
    }

    fn insert(&self, key: &[u8], value: Vec<u8>) -> Result<(), PageError> {
        self.call(|db| db.insert(key, value)).map(drop)
    }

    fn remove(&self, key: &[u8]) -> Result<(), PageError> {
        self.call(|db| db.remove(key)).map(drop)
    }

    fn flush(&self) -> Result<(), PageError> {
        self.call(|db| db.flush()).map(drop)
    }
}

fn owned((key, value): (sled::IVec, sled::IVec)) -> Pair {
    (key.to_vec(), value.to_vec())
}

/// Calls into sled, and classifies its panics and errors as damage or I/O. sled reports some damage
/// as an I/O error, or as a directory in the place of a file.
fn caught<T>(call: impl FnOnce() -> sled::Result<T>) -> Result<T, PageError> {
    match guarded(call) {
        Ok(Ok(value)) => Ok(value),
        Ok(Err(sled::Error::Io(error))) if !is_damage(error.kind()) => Err(PageError::Io(error)),
        Ok(Err(error)) => Err(PageError::Damaged(damage(&error))),
        Err(said) => {
            let line = said.lines().next().unwrap_or_default();
            let reason: String = line.chars().take(REASON_LETTERS).collect();
            Err(PageError::Damaged(reason))
        }
    }
}

/// What an error of sled says of its files, in words for people.
fn damage(error: &sled::Error) -> String {
    match error {
        sled::Error::Corruption { .. } => "a part of its database is not what was written".into(),
        sled::Error::CollectionNotFound(_) => "a table of its database is missing".into(),
        sled::Error::Io(error) => error.to_string(),
        sled::Error::Unsupported(what) => format!("its database is not supported: {what}"),
        sled::Error::ReportableBug(_) => "its database is inconsistent".into(),
    }
}

/// True if an I/O error means that sled's files are not as sled wrote them.
const fn is_damage(kind: io::ErrorKind) -> bool {
    use io::ErrorKind::{
        AlreadyExists, InvalidData, InvalidInput, IsADirectory, NotADirectory, UnexpectedEof,
    };
    matches!(
        kind,
        AlreadyExists | InvalidData | InvalidInput | IsADirectory | NotADirectory | UnexpectedEof
    )
}

#[cfg(test)]
mod tests {
    use std::panic;
    use std::path::PathBuf;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::{fs, thread};

    use xxhash_rust::xxh3::xxh3_64_with_seed;

    use crate::base::panic_guard::is_guarded;

    use super::*;

    fn put(store: &mut SledStore, key: &str, value: &[u8]) {
        let puts = vec![(key.as_bytes().to_vec(), value.to_vec())];
        store.commit(Batch { puts, deletes: vec![] }).unwrap();
    }

    fn is_empty(store: &SledStore) -> bool {
        let mut pairs = 0;
        store.scan(b"", &mut |_, _| pairs += 1).unwrap();
        pairs == 0
    }

    #[test]
    fn what_is_committed_is_there_again() {
        let place = tempfile::tempdir().unwrap();
        let folder = place.path().join("new/store");
        let large = vec![7; 3_000_000];
        for round in 0..6u8 {
            let (mut store, notices) = open(&folder).unwrap();
            assert_eq!(notices, Vec::<String>::new());
            if round > 0 {
                assert_eq!(store.get(b"round").unwrap(), Some(vec![round - 1]));
                assert_eq!(store.get(b"large").unwrap().as_ref(), Some(&large));
            }
            put(&mut store, "large", &large);
            put(&mut store, "round", &[round]);
        }
    }

    #[test]
    fn one_process_at_a_time() {
        let place = tempfile::tempdir().unwrap();
        let (store, _) = open(place.path()).unwrap();
        assert!(matches!(open(place.path()), Err(StoreError::InUse { .. })));
        drop(store);
        open(place.path()).unwrap();
    }

    #[test]
    fn damage_is_reported_in_plain_words() {
        let corruption = sled::Error::Corruption { at: None, bt: () };
        let missing = sled::Error::CollectionNotFound(sled::IVec::from(b"a"));
        for error in [corruption, missing, sled::Error::ReportableBug("assertion at {:?}".into())] {
            let Err(PageError::Damaged(said)) = caught::<()>(|| Err(error)) else { panic!() };
            assert!(said.contains("its database"), "{said}");
            assert!(!said.contains(['(', '{', ':']), "{said}");
        }
    }

    #[test]
    fn a_damaged_store_is_set_aside() {
        let place = tempfile::tempdir().unwrap();
        for (round, damaged) in [(1, 0..4_096), (2, 0..usize::MAX)] {
            let (mut store, _) = open(place.path()).unwrap();
            assert!(is_empty(&store));
            put(&mut store, "key", &vec![1; 100_000]);
            drop(store);
            let file = place.path().join("data/db");
            let mut bytes = fs::read(&file).unwrap();
            let end = damaged.end.min(bytes.len());
            bytes[damaged.start..end].fill(0x5a);
            fs::write(&file, bytes).unwrap();

            let (store, notices) = open(place.path()).unwrap();
            assert!(is_empty(&store));
            let aside = format!("data.corrupt-{round}");
            assert!(notices.len() == 1 && notices[0].contains(&aside), "{notices:?}");
            assert!(place.path().join(aside).is_dir());
        }
    }

    fn files(folder: &Path) -> Vec<PathBuf> {
        let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
        let mut files: Vec<PathBuf> = entries
            .flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] })
            .collect();
        files.sort();
        files
    }

    fn noise(seed: u64) -> Vec<u8> {
        let word = |number: u64| xxh3_64_with_seed(&number.to_le_bytes(), seed);
        (0..4_000).flat_map(|number| word(number).to_le_bytes()).collect()
    }

    /// Damage found at opening or later is an error of the call that finds it. No panic escapes the
    /// guard.
    #[test]
    fn damage_is_an_error_whenever_it_is_found() {
        let heard = Arc::new(AtomicUsize::new(0));
        let report = panic::take_hook();
        let (count, thread) = (Arc::clone(&heard), thread::current().id());
        panic::set_hook(Box::new(move |panic| {
            if thread::current().id() == thread && !is_guarded() {
                count.fetch_add(1, Ordering::Relaxed);
            }
            report(panic);
        }));
        let place = tempfile::tempdir().unwrap();
        let made = place.path().join("made");
        let key = |number: u64| format!("key {number:03}").into_bytes();
        let config = |folder: &Path| sled::Config::new().path(folder).flush_every_ms(None);
        let pages = SledPages(config(&made).open().unwrap());
        for number in 0..60 {
            pages.insert(&key(number), noise(number)).unwrap();
            if number % 4 == 0 {
                pages.flush().unwrap();
            }
        }
        pages.flush().unwrap();
        drop(pages);
        let names = files(&made);
        let mut found_by_a_write = 0;
        for (name, cuts) in names.iter().flat_map(|name| [(name, false), (name, true)]) {
            let folder = place.path().join("damaged");
            fs::remove_dir_all(&folder).ok();
            for from in &names {
                let to = folder.join(from.strip_prefix(&made).unwrap());
                fs::create_dir_all(to.parent().unwrap()).unwrap();
                fs::copy(from, to).unwrap();
            }
            let target = folder.join(name.strip_prefix(&made).unwrap());
            let mut bytes = fs::read(&target).unwrap();
            if cuts {
                bytes.truncate(bytes.len() / 2);
            } else if let Some(byte) = bytes.get_mut(name.as_os_str().len() * 5) {
                *byte ^= 1;
            }
            fs::write(&target, &bytes).unwrap();
            let Ok(database) = caught(|| config(&folder).open()) else { continue };
            let pages = SledPages(database);
            let mut written = (0..60).map(|number| pages.insert(&key(number), noise(number)));
            match written.find_map(Result::err) {
                Some(PageError::Damaged(_)) => found_by_a_write += 1,
                Some(PageError::Io(error)) => panic!("{}: {error}", target.display()),
                None => {}
            }
        }
        assert!(found_by_a_write > 0, "{names:?}");
        assert_eq!(heard.load(Ordering::Relaxed), 0, "a panic was reported");
    }

    #[cfg(unix)]
    #[test]
    fn nobody_else_reads_a_store() {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        let assert_private = |folder: &Path| {
            for path in [folder.to_owned(), folder.join("data"), folder.join("data/blobs")] {
                assert_eq!(mode(&path), 0o700, "{}", path.display());
            }
            let files = files(folder);
            assert!(files.len() > 4, "{files:?}");
            for path in files {
                assert_eq!(mode(&path), 0o600, "{}", path.display());
            }
        };
        let place = tempfile::tempdir().unwrap();
        let folder = place.path().join("new/store");
        let (mut store, _) = open(&folder).unwrap();
        for round in 0..4 {
            put(&mut store, "key", &noise(round).repeat(8));
            assert_private(&folder);
        }
        assert_eq!(mode(&place.path().join("new")), 0o700);
        drop(store);
        // A store of an earlier version.
        fs::create_dir(folder.join("data.corrupt-1")).unwrap();
        for path in files(&folder) {
            fs::set_permissions(path, fs::Permissions::from_mode(0o644)).unwrap();
        }
        for name in ["", "data", "data/blobs", "data.corrupt-1"] {
            fs::set_permissions(folder.join(name), fs::Permissions::from_mode(0o755)).unwrap();
        }
        drop(open(&folder).unwrap());
        assert_private(&folder);
        assert_eq!(mode(&folder.join("data.corrupt-1")), 0o700);
    }

    #[test]
    fn a_folder_in_the_place_of_a_file_is_set_aside() {
        for name in ["data/db", "data/conf", "data/established", "counterscope.lock", "data"] {
            let place = tempfile::tempdir().unwrap();
            let (mut store, _) = open(place.path()).unwrap();
            put(&mut store, "key", &noise(1));
            drop(store);
            let path = place.path().join(name);
            if path.is_dir() {
                fs::remove_dir_all(&path).unwrap();
                fs::write(&path, "a file in the place of a folder").unwrap();
            } else {
                fs::remove_file(&path).unwrap();
                fs::create_dir(&path).unwrap();
            }
            let (mut store, _) =
                open(place.path()).unwrap_or_else(|error| panic!("{name}: {error}"));
            put(&mut store, "key", b"value");
            drop(store);
            let (store, notices) = open(place.path()).unwrap();
            assert_eq!(notices, Vec::<String>::new(), "{name}");
            assert_eq!(store.get(b"key").unwrap().unwrap(), b"value");
        }
    }

    #[test]
    fn a_damaged_tail_leaves_an_earlier_commit() {
        let place = tempfile::tempdir().unwrap();
        let (mut store, _) = open(place.path()).unwrap();
        for round in 0..40u8 {
            put(&mut store, "round", &vec![round; 30_000]);
        }
        drop(store);
        let file = place.path().join("data/db");
        let mut bytes = fs::read(&file).unwrap();
        let from = 600_000;
        bytes[from..].fill(0x5a);
        fs::write(&file, bytes).unwrap();
        let (store, _) = open(place.path()).unwrap();
        let value = store.get(b"round").unwrap().expect("the first commits lie before the damage");
        assert!(value[0] < 39 && value == vec![value[0]; 30_000], "{}", value[0]);
    }

    #[test]
    fn a_new_store_that_was_cut_short_is_made_again() {
        let place = tempfile::tempdir().unwrap();
        fs::create_dir(place.path().join("data")).unwrap();
        fs::write(place.path().join("counterscope.lock"), "").unwrap();
        drop(sled::open(place.path().join("data")).unwrap());
        let (store, notices) = open(place.path()).unwrap();
        assert!(is_empty(&store) && notices.is_empty(), "{notices:?}");
    }

    #[test]
    fn a_snapshot_that_was_cut_short_does_no_harm() {
        let place = tempfile::tempdir().unwrap();
        let (mut store, _) = open(place.path()).unwrap();
        put(&mut store, "key", b"value");
        drop(store);
        fs::write(place.path().join("data/snap.0000000000000017.generating"), b"torn").unwrap();
        let (store, notices) = open(place.path()).unwrap();
        assert_eq!(notices, Vec::<String>::new());
        assert_eq!(store.get(b"key").unwrap(), Some(b"value".to_vec()));
    }

    #[test]
    fn other_formats_are_refused_or_built_anew() {
        let place = tempfile::tempdir().unwrap();
        let rewrite = |format: u8| {
            let claimed = Folder::claim(place.path()).unwrap();
            let store = open_data(&claimed, place.path()).unwrap();
            let mut bytes = manifest::Manifest::default().encode();
            bytes[8] = format;
            drop(store);
            let config = sled::Config::new().path(claimed.data());
            let pages = SledPages(open_when_closed(&config).unwrap());
            pages.insert(b"M", bytes).unwrap();
            pages.flush().unwrap();
        };
        rewrite(u8::try_from(manifest::FORMAT).unwrap() + 1);
        assert!(matches!(open(place.path()), Err(StoreError::Newer { found: 2, known: 1, .. })));
        let claimed = Folder::claim(place.path()).unwrap();
        claimed.clear().unwrap();
        drop(claimed);
        rewrite(0);
        let (store, notices) = open(place.path()).unwrap();
        assert!(is_empty(&store) && notices[0].contains("older format"), "{notices:?}");
    }
}
