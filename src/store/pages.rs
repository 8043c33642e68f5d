//! What the segments need of a database: ordered keys, single writes, and a barrier. It must not
//! know what is kept in them.

use std::io;

/// A key and its value.
pub(super) type Pair = (Vec<u8>, Vec<u8>);

/// A fault of the database.
#[derive(Debug)]
pub(super) enum PageError {
    /// What it reads back is not what was written.
    Damaged(String),
    /// The machine failed.
    Io(io::Error),
}

/// Ordered keys and values. Writes may become durable in any order, each whole or not at all,
/// until `flush` returns.
pub(super) trait Pages: Send {
    /// The value of a key.
    fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, PageError>;
    /// The first pair whose key is at or after `key`.
    fn at_or_after(&self, key: &[u8]) -> Result<Option<Pair>, PageError>;
    /// The last pair whose key is at or before `key`.
    fn at_or_before(&self, key: &[u8]) -> Result<Option<Pair>, PageError>;
    /// Writes a pair.
    fn insert(&self, key: &[u8], value: Vec<u8>) -> Result<(), PageError>;
    /// Removes a pair.
    fn remove(&self, key: &[u8]) -> Result<(), PageError>;
    /// Returns when everything written before is durable.
    fn flush(&self) -> Result<(), PageError>;
}

/// A database in memory that can lose its power: only what was flushed is sure to remain.
#[cfg(test)]
pub(super) mod fallible {
    use std::collections::BTreeMap;
    use std::sync::{Arc, Mutex};

    use super::*;

    /// Writes that are not yet flushed; `None` is a removal.
    type Pending = Vec<(Vec<u8>, Option<Vec<u8>>)>;

    #[derive(Debug, Default)]
    struct Disk {
        durable: BTreeMap<Vec<u8>, Vec<u8>>,
        seen: BTreeMap<Vec<u8>, Vec<u8>>,
        pending: Pending,
        operations_left: Option<usize>,
    }

    #[derive(Clone, Debug, Default)]
    pub(in super::super) struct FalliblePages(Arc<Mutex<Disk>>);

    impl FalliblePages {
        /// Every write, removal and flush after so many fails.
        pub(in super::super) fn fail_after(&self, operations: usize) {
            self.0.lock().unwrap().operations_left = Some(operations);
        }

        /// The power goes and comes back: of the unflushed writes those remain that `keep` says,
        /// asked by their number.
        pub(in super::super) fn restart(&self, keep: impl Fn(usize) -> bool) {
            let mut disk = self.0.lock().unwrap();
            let pending = std::mem::take(&mut disk.pending);
            for (number, (key, value)) in pending.into_iter().enumerate() {
                if !keep(number) {
                    continue;
                }
                match value {
                    Some(value) => disk.durable.insert(key, value),
                    None => disk.durable.remove(&key),
                };
            }
            disk.seen = disk.durable.clone();
            disk.operations_left = None;
        }

        /// Changes the bytes on the disk behind the store's back.
        pub(in super::super) fn tamper(
            &self,
            change: impl FnOnce(&mut BTreeMap<Vec<u8>, Vec<u8>>),
        ) {
            change(&mut self.0.lock().unwrap().seen);
        }

        pub(in super::super) fn keys(&self) -> usize {
            self.0.lock().unwrap().seen.len()
        }

        fn write(&self, key: &[u8], value: Option<Vec<u8>>) -> Result<(), PageError> {
            let mut disk = self.0.lock().unwrap();
            disk.spend()?;
            match value.clone() {
                Some(value) => disk.seen.insert(key.to_vec(), value),
                None => disk.seen.remove(key),
            };
            disk.pending.push((key.to_vec(), value));
            Ok(())
        }
    }

    impl Disk {
        fn spend(&mut self) -> Result<(), PageError> {
            match &mut self.operations_left {
                None => Ok(()),
                Some(0) => Err(PageError::Io(io::ErrorKind::StorageFull.into())),
                Some(left) => {
                    *left -= 1;
                    Ok(())
                }
            }
        }
    }

    impl Pages for FalliblePages {
        fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, PageError> {
            Ok(self.0.lock().unwrap().seen.get(key).cloned())
        }

        fn at_or_after(&self, key: &[u8]) -> Result<Option<Pair>, PageError> {
            let disk = self.0.lock().unwrap();
            Ok(disk.seen.range(key.to_vec()..).next().map(|(k, v)| (k.clone(), v.clone())))
        }

        fn at_or_before(&self, key: &[u8]) -> Result<Option<Pair>, PageError> {
            let disk = self.0.lock().unwrap();
            Ok(disk.seen.range(..=key.to_vec()).next_back().map(|(k, v)| (k.clone(), v.clone())))
        }

        fn insert(&self, key: &[u8], value: Vec<u8>) -> Result<(), PageError> {
            self.write(key, Some(value))
        }

        fn remove(&self, key: &[u8]) -> Result<(), PageError> {
            self.write(key, None)
        }

        fn flush(&self) -> Result<(), PageError> {
            let mut disk = self.0.lock().unwrap();
            disk.spend()?;
            disk.durable = disk.seen.clone();
            disk.pending.clear();
            Ok(())
        }
    }
}
