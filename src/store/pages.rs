//! The database that segments require: ordered keys, single writes, and a barrier.

use std::io;

/// A key and its value.
pub(super) type Pair = (Vec<u8>, Vec<u8>);

/// An error of the database.
#[derive(Debug)]
pub(super) enum PageError {
    /// The data read is not what was written.
    Damaged(String),
    /// An I/O error.
    Io(io::Error),
}

/// Ordered keys and values. Until `flush` returns, writes become durable in any order, each whole
/// or not at all.
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
    /// A barrier: returns once everything written before is durable.
    fn flush(&self) -> Result<(), PageError>;
}

/// A database in memory that simulates power loss: only what was flushed is certain to remain.
#[cfg(test)]
pub(super) mod fallible {
    use std::collections::BTreeMap;
    use std::sync::{Arc, Mutex};

    use super::*;

    /// Unflushed writes; `None` is a removal.
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
        /// Lets every operation after so many fail.
        pub(in super::super) fn fail_after(&self, operations: usize) {
            self.0.lock().unwrap().operations_left = Some(operations);
        }

        /// Simulates power loss: of the unflushed writes those remain for whose number `keep` is
        /// true.
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

        /// Changes stored bytes, as a damaged disk would.
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
