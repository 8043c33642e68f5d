//! Bytes under keys, in atomic batches: what outlives the process. It must not know what a
//! feature is, nor what its bytes mean.
//!
//! A store is kept as *segments*: each commit writes one sorted run of its records, packed into
//! chunks, and then publishes it with a single write of the *manifest*, which names the segments
//! that are live. Whatever the manifest does not name is garbage of a commit that was cut short,
//! and is removed when the store is opened. The database underneath is named in one file.

mod chunk;
mod error;
mod folder;
mod manifest;
mod memory;
mod merge;
mod pages;
mod private;
mod sealed;
mod segments;
mod sled;

pub use self::error::StoreError;
pub use self::folder::{default_folder, make_home_private};
pub use self::memory::MemoryStore;
pub use self::sealed::{Sealed, columns_file, sweep, write_sealed};
pub use self::sled::{SledStore, open};

/// What a commit changes. Deletes are taken first, then puts in their order: of two puts of one
/// key the later stands, and a key that is both deleted and put is put.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Batch {
    /// Keys and their new values.
    pub puts: Vec<(Vec<u8>, Vec<u8>)>,
    /// Keys that are to be gone; those that are not there do no harm.
    pub deletes: Vec<Vec<u8>>,
}

impl Batch {
    /// Whether it changes nothing.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.puts.is_empty() && self.deletes.is_empty()
    }
}

/// Bytes under keys. What is read is always the state after some whole commit. After a call
/// that failed every further one fails with [`StoreError::Failed`]; what was committed is found
/// when the store is opened again.
pub trait Store: Send {
    /// Visits the committed pairs whose key starts with `prefix`, in the order of the keys.
    fn scan(&self, prefix: &[u8], visit: &mut dyn FnMut(&[u8], &[u8])) -> Result<(), StoreError> {
        self.scan_from(prefix, prefix, &mut |key, value| {
            visit(key, value);
            true
        })
    }

    /// The same, but for those before `from`, and until `visit` says by `false` that it is enough.
    fn scan_from(
        &self,
        prefix: &[u8],
        from: &[u8],
        visit: &mut dyn FnMut(&[u8], &[u8]) -> bool,
    ) -> Result<(), StoreError>;

    /// The committed value of a key.
    fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, StoreError>;

    /// Makes the batch durable, all of it or nothing. Of a batch whose commit failed, all or
    /// nothing is found when the store is opened again.
    fn commit(&mut self, batch: Batch) -> Result<(), StoreError>;
}
