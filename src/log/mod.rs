//! Event files → events: the only place where logs are opened and their formats read. It must
//! not know plans or engines, nor how the tape arranges what it is given.
//!
//! A [`Reader`] goes through the logs line by line, or row by row, and makes batches for a
//! [`Tape`](crate::tape::Tape). It is made to run on a thread of its own while the batches before
//! are applied. Formats are listed in one table, in `formats.rs`.

mod error;
mod exact;
mod flat;
mod formats;
mod identity;
mod intake;
mod json;
mod line;
mod lines;
mod metarank;
mod outcome;
#[cfg(feature = "parquet")]
mod reader;
mod reading;
mod source;
mod table;
mod unreadable;

pub use error::LogError;
pub use formats::Encoding;
pub use identity::{Difference, Identity, Stamp};
pub use lines::LONGEST_LINE;
pub use outcome::Outcome;
pub use reader::{Detected, Progress, Reader};
pub use source::Compression;
pub use unreadable::{ListOfObjects, Unreadable};
