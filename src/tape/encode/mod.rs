//! Encoding: log lines to self-contained batches of numbers.
//!
//! A reader hands values to a [`BatchEncoder`](encoder::BatchEncoder), which replaces each by the
//! id of a dictionary entry, and returns every few thousand lines as a [`Batch`](batch::Batch):
//! cells, new dictionary entries, new types, rejections. A batch needs nothing of the encoder, so
//! it can be sent to another thread.
//!
//! * `interner`: equal data, equal ids. Keeps 96 bits of hash per distinct value, a cache line per
//!   bucket, in segments of 32 KiB that split when full (extendible hashing).
//! * `pending`: the interning queue. Values are hashed now and interned by the thousand, so that
//!   the cache misses of their buckets overlap. A text of up to 15 bytes (`InlineStr`) is queued,
//!   hashed and compared as one number.
//! * `projection` and `predicate`: pushdown. A replay that asks for few outputs states beforehand
//!   which columns of which event types it requires, and which values can pass a filter; everything
//!   else is encoded as missing. A held tape has all values.
//! * `records` and `keep`: the text of what was read, on request.
//!
//! Identities (item, user, session, ranking) are joined by text. One that is written as a number
//! therefore interns its text as well, and the batch carries the pair as an alias.

pub(super) mod batch;
pub(super) mod encoder;
mod interner;
mod keep;
mod metadata;
mod pending;
pub(super) mod predicate;
pub(super) mod projection;
pub(super) mod records;
