//! The store: bytes under keys, in atomic batches, durable. It knows nothing of what its bytes
//! mean.
//!
//! sled keeps ordered pairs of bytes. What it cannot do cheaply, atomic commits of hundreds of
//! thousands of records, is built above it as a log-structured merge tree:
//!
//! * A commit sorts its records and packs them into checksummed chunks of about 24 KiB, keyed by
//!   the number of a new *segment* and the chunk's first key (`chunk`); waits until they are
//!   durable; then publishes the segment by one write of the *manifest*, and waits again. A process
//!   that is killed at any point leaves the state before or after; whatever the manifest does not
//!   name is garbage, removed on opening.
//! * Four segments of similar size are merged into one by the commit that would add to them
//!   (`segments`). So their number grows with the logarithm of the size, and a record is rewritten
//!   a few times at most. A read takes the newest segment that has the key; a scan merges them
//!   (`merge`).
//! * On opening every live chunk is verified. A damaged database is set aside as `data.corrupt-1`
//!   and so on, and replaced by an empty one: everything in it can be computed again from the log.
//!   The manifest begins with the format's number; a newer format is refused, an older one
//!   replaced.
//! * The first error poisons the store: nothing more is read or written until it is opened again.
//!   sled's handle is then leaked on purpose, since closing it can block for ever on a full disk.
//!
//! `folder` is the directory with its lock: a store belongs to one config and its logs, and to one
//! process at a time. `private_files` keeps other users out of it. `pages` is the interface that
//! segments require of the database; `sled` alone names the crate. `sealed` is the one file beside
//! the database, for the column cache: too large to go through it, and cheap to lose.

mod chunk;
mod error;
mod folder;
mod manifest;
mod memory;
mod merge;
mod pages;
mod private_files;
mod sealed;
mod segments;
mod sled;

pub use self::error::StoreError;
pub use self::folder::{default_folder, make_home_private};
pub use self::memory::MemoryStore;
pub use self::sealed::{Sealed, columns_file, profile_file, sweep, write_sealed};
pub use self::sled::{SledStore, open};

/// A batch of changes. Deletes apply first, then puts in order: the later put of a key wins, and a
/// key that is deleted and put is put.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Batch {
    /// Keys and their new values.
    pub puts: Vec<(Vec<u8>, Vec<u8>)>,
    /// Keys to delete; absent ones are ignored.
    pub deletes: Vec<Vec<u8>>,
}

impl Batch {
    /// True if it changes nothing.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.puts.is_empty() && self.deletes.is_empty()
    }
}

/// Bytes under keys. Reads see the state after some complete commit. After a failed call every
/// further one fails with [`StoreError::Failed`]; committed data is there when the store is opened
/// again.
pub trait Store: Send {
    /// Visits the committed pairs with a key prefix, in key order.
    fn scan(&self, prefix: &[u8], visit: &mut dyn FnMut(&[u8], &[u8])) -> Result<(), StoreError> {
        self.scan_from(prefix, prefix, &mut |key, value| {
            visit(key, value);
            true
        })
    }

    /// The same, from the key `from` on, until `visit` returns false.
    fn scan_from(
        &self,
        prefix: &[u8],
        from: &[u8],
        visit: &mut dyn FnMut(&[u8], &[u8]) -> bool,
    ) -> Result<(), StoreError>;

    /// The committed value of a key.
    fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, StoreError>;

    /// Commits the batch durably and atomically. If it fails, all or nothing of the batch is there
    /// when the store is opened again.
    fn commit(&mut self, batch: Batch) -> Result<(), StoreError>;
}
