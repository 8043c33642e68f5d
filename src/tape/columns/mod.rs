//! Columns: what a tape stores, and where it lies.
//!
//! `rows` holds time, kind and type of each row, which rows belong to which event, and a
//! [`Column`](dictionary::Column) per attribute: a dictionary of distinct values, and the value id
//! of each row (0 is missing). Fingerprints and clocks are kept every 1,024 events, so that a
//! prefix is compared, and a moment found, without scanning.
//!
//! Each column of numbers is a [`PagedColumn`](paged::PagedColumn): sealed pages (`page`), which
//! are final and shared by all versions of the column, and a tail. A page has 65,536 numbers, in
//! memory. With `--max-memory` it has 32,768, and a [`BufferPool`](buffer_pool::BufferPool), shared
//! by all tapes and indexes of a session, keeps as many pages resident as it may (clock
//! replacement) and spills the others to an unnamed file. A page is written once, read on demand,
//! and its place is reused when its column is gone. A streaming tape seals nothing. The values of a
//! dictionary lie in segments in the same way ([`SegmentedVec`](crate::base::segmented)).
//!
//! A reader asks for a range and gets a [`PageGuard`](page::PageGuard): a slice of the tail, of a
//! page that stays resident for as long, or a copy if the range spans pages. The engine ends its
//! batches at page ends, so that a row costs no look at pages. Threads share pages; one page is
//! locked at a time, never while another is read.
//!
//! A page that cannot be written stays resident, and the pool reports an
//! [`IoFault`](buffer_pool::IoFault), which ends the reading of the log. One that cannot be read
//! back reads as missing values, and the fault stops the session: nothing more is applied or
//! stored.

pub(super) mod buffer_pool;
pub(super) mod cell;
pub(super) mod dictionary;
pub(super) mod page;
pub(super) mod paged;
pub(super) mod rows;
