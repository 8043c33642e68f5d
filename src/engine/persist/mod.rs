//! Engines as records of a store, and back: the format, the incremental writer, the reader.

pub(in crate::engine) mod format;
pub(in crate::engine) mod reader;
pub(in crate::engine) mod writer;
