//! I/O errors of logs. A rejected line is not an error; see [`crate::tape::Rejections`].

use std::io;

/// The reason why a log cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum LogError {
    /// The file cannot be opened.
    #[error("cannot open the log `{name}`: {source}; check the path and that you may read it")]
    Open {
        /// The log, as it was given.
        name: String,
        /// The system's error.
        source: io::Error,
    },
    /// A file of metadata cannot be read.
    #[error("in `metadata` of the config: {0}")]
    Metadata(Box<Self>),
    /// The path is a directory.
    #[error("the log `{name}` is a directory; name the files in it, for example `{}/*.ndjson`", name.trim_end_matches('/'))]
    Directory {
        /// The log, as it was given.
        name: String,
    },
    /// Reading failed after the file was opened.
    #[error(
        "cannot read the log `{name}` behind byte {at}: {source}; check the disk and try again"
    )]
    Read {
        /// The log, as it was given.
        name: String,
        /// The bytes of the file read before.
        at: u64,
        /// The system's error.
        source: io::Error,
    },
    /// More lines than a tape can number.
    #[error("the logs hold more than 4,294,967,295 lines, at `{name}`; split them and open a part")]
    TooManyLines {
        /// The log that exceeded the number.
        name: String,
    },
    /// Standard input is given more than once.
    #[error("standard input (`-`) can be read once only; name it once among the logs")]
    StandardInputTwice,
    /// A table, whose rows are flat events, among logs read as Metarank's.
    #[error(
        "the log `{name}` is {encoding}, whose rows are flat events, but Metarank's are being \
         read; remove `format: metarank` from the config, or do not mix the two among the logs"
    )]
    NotMetarank {
        /// The log, as it was given.
        name: String,
        /// Its encoding.
        encoding: &'static str,
    },
    /// A compressed or piped Parquet log, which must be held in memory, is too large.
    #[error(
        "the log `{name}` is compressed or piped Parquet of more than 1 GiB, which would have to be \
         held in memory; write it to a file, decompressed"
    )]
    TooLarge {
        /// The log, as it was given.
        name: String,
    },
    /// A file with Parquet's magic bytes that is not valid Parquet.
    #[error("cannot read the log `{name}` as Parquet: {fault}; it may be cut off or damaged")]
    Parquet {
        /// The log, as it was given.
        name: String,
        /// What is invalid.
        fault: String,
    },
    /// Decompressing the log takes more memory than is allowed.
    #[error(
        "the log `{name}` is compressed by zstd with a window of more than 128 MiB (`--long`), \
         which is not supported; compress it again: `zstd -dc --long=31 FILE | zstd -o NEW`"
    )]
    Window {
        /// The log, as it was given.
        name: String,
    },
    /// A Parquet file is compressed with a codec that is not supported.
    #[error(
        "the log `{name}` is Parquet compressed with {codec}, which is not supported; write it with \
         Snappy, gzip or Zstandard, or uncompressed"
    )]
    Codec {
        /// The log, as it was given.
        name: String,
        /// The codec.
        codec: &'static str,
    },
    /// The reader thread has ended.
    #[error("reading the log stopped: an internal error in its reader")]
    Lost,
    /// The build lacks Parquet.
    #[error(
        "the log `{name}` is Parquet, which this build does not read; build with the feature \
         `parquet`, or convert the log to CSV"
    )]
    NoParquet {
        /// The log, as it was given.
        name: String,
    },
}

impl LogError {
    /// The same error of a file of metadata, which the config names.
    pub(super) fn of_metadata(self) -> Self {
        Self::Metadata(Box::new(self))
    }
}
