//! Tables: logs in CSV and Parquet. A row is a flat event, a column an attribute.
//!
//! `csv` recognises a table by its header, a line that names the members of an event, with one of
//! four separators between them, or takes columns and separator from the config. `csv-core` splits records into cells; a cell has no type, so it is
//! read as the number or text that it looks like. A quoted cell may span lines, up to 1 MiB. If a
//! record turns out invalid, its first line alone is rejected and the others are read again: an
//! unclosed quote does not swallow the rest of the log.
//!
//! `parquet` decodes the required columns only, in batches of 4,096 rows; a dotted path is a column
//! of that very name or a field of a struct. Parquet needs random access, so a compressed or piped
//! log is held in memory, up to 1 GiB. The decoder can panic on damaged pages: that is caught, and
//! counted as a damaged stream. A row's hash, for fingerprints, is made of the file's footer and
//! the row's number, time and type, so that it does not depend on which columns are read.

pub(super) mod csv;
#[cfg(feature = "parquet")]
pub(super) mod parquet;
