//! Logs: opens event files and reads their formats. The only place that does; it must not know
//! plans or engines, nor how the tape arranges events.
//!
//! A [`Reader`] reads logs line by line, or row by row, into batches for a
//! [`Tape`](crate::tape::Tape), on a thread of its own while earlier batches are applied. Reading
//! is most of the work of a replay, so the path of a line has fast parts, each of which falls back
//! to a plain one:
//!
//! * `event_source` is the interface to whoever takes the events: a [`Reader`] is one source, a log that
//!   grows would be another.
//! * `source` decompresses (`gzip` member by member); `lines` splits blocks at line breaks and validates UTF-8 once per
//!   block.
//! * `objects` splits blocks at the ends of objects, where they do not stand one on a line.
//! * `format_detector` detects the format from the first lines (`formats` is the registry).
//! * `reading` lets a scanner run over the lines of a block while they look like those before; the
//!   line at which it stops goes to the parser, then the scanner goes on.
//! * `json` scans sixteen bytes at a time and predicts member names; `flat` and `metarank` have a
//!   `scanner` and a `parser` each, which accept the same lines with the same result (property
//!   tests and a fuzz target compare them). The parser alone decides why a line cannot be read; what
//!   the values of one mean, and why it is no event, is one piece of code for both (`flat::record`).
//! * `table` reads CSV and Parquet.
//! * `json::walk` goes through all of an object that was accepted, for a profile of the log; a reader
//!   that [keeps](Reader::keep_records) the texts hands them out with its batches.
//! * `outcome` sums up each log; `unreadable` describes one without any accepted line.
//! * `identity` tells equal logs from others, and how a file has changed.
//!
//! A replay that asks for few outputs narrows what is read ([`EventSource::narrow`]): lines are not
//! hashed, and values that it does not require are left out.

mod error;
mod event_source;
mod exact;
mod flat;
mod format_detector;
mod formats;
mod gzip;
mod identity;
mod json;
mod line;
mod line_encoder;
mod lines;
mod log_file;
mod metadata_file;
mod metarank;
mod numbering;
mod objects;
mod outcome;
mod reader;
mod reading;
mod source;
mod table;
mod unreadable;

pub use error::LogError;
pub use event_source::{Answer, Detected, EventSource, Next, Progress, read_to_end};
pub use formats::Encoding;
pub use identity::{Difference, Identity, Stamp};
pub use json::walk::{Token, Walk};
pub use lines::LONGEST_LINE;
pub use outcome::Outcome;
pub use reader::Reader;
pub use source::Compression;
pub use unreadable::{Guess, ListOfObjects, Member, Unreadable};
