//! Columns: what a tape stores, and where it lies.
//!
//! `rows` holds time, kind and type of each row, which rows belong to which event, and a
//! [`Column`](dictionary::Column) per attribute: a dictionary of distinct values, and the value id
//! of each row (0 is missing). Fingerprints and clocks are kept every 1,024 events, so that a
//! prefix is compared, and a moment found, without scanning.
//!
//! Each column of numbers is a [`PagedColumn`](paged::PagedColumn). Without a memory limit it is
//! one list, and reading costs what reading a list costs. With `--max-memory` it is cut into pages
//! of 32,768 numbers, all but the tail final. A [`BufferPool`](buffer_pool::BufferPool), shared by
//! all tapes and indexes of a session, keeps as many pages resident as it may (clock replacement)
//! and spills the others to an unnamed file. A page is written once, read on demand, and its place
//! is reused when its column is gone.
//!
//! A reader asks for a range and gets a [`PageGuard`](paged::PageGuard): a slice of the list, of a
//! page that stays resident for as long, or a copy if the range spans pages. The engine ends its
//! batches at page ends. Threads share pages; one page is locked at a time, never while another is
//! read.
//!
//! A page that cannot be written stays resident, and the pool reports an
//! [`IoFault`](buffer_pool::IoFault), which ends the reading of the log. One that cannot be read
//! back reads as missing values, and the fault stops the session: nothing more is applied or
//! stored.

pub(super) mod buffer_pool;
pub(super) mod dictionary;
pub(super) mod paged;
pub(super) mod rows;
