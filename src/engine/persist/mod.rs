//! Persistence: engines as records of a [`Store`](crate::store::Store), and back.
//!
//! A state is stored under its *identity*, the hash of what it means, in segments of 1,024 slots.
//! Keys are stored beside it, in segments too, so that a stored slot is found again whatever number
//! its key has after the log is read anew. A store therefore survives renamed features, and edits
//! of the config that leave a state's meaning alone.
//!
//! * `format`: record keys and the [`StoreHeader`](format::StoreHeader) (position, fingerprint of
//!   the events applied, which states there are).
//! * `writer`: [`IncrementalWriter`](writer::IncrementalWriter) makes batches of what changed since
//!   the last batch: new keys, and the segments that were written since (each table knows when a
//!   segment last changed). A batch is true at one position. Its source is a checkpoint, which does
//!   not change and is encoded on the store's thread; without room for a copy it is the live
//!   engine, which must not move meanwhile. Keys never change, so they are encoded while the replay
//!   goes on.
//! * `reader`: [`RestoreTask`](reader::RestoreTask) reads records in slices, maps stored slots to
//!   the index's slots, and yields an engine at the stored position, with the states that the plan
//!   needs beyond it. If the header's fingerprint does not match the tape, nothing is restored.
//!
//! When to write is the session's business (write-behind), how to commit the store's.

pub(super) mod format;
pub(super) mod reader;
pub(super) mod writer;
