//! The machine's faults while a log is read. A line that is no event is none of them; see
//! [`crate::tape::Rejections`].

use std::io;

/// Why a log cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum LogError {
    /// The file does not open.
    #[error("cannot open the log `{name}`: {source}; check the path and that you may read it")]
    Open {
        /// The log, as it was given.
        name: String,
        /// What the machine says.
        source: io::Error,
    },
    /// A directory was given.
    #[error("the log `{name}` is a directory; name the files in it, for example `{name}/*.ndjson`")]
    Directory {
        /// The log, as it was given.
        name: String,
    },
    /// The file opened, but reading it failed.
    #[error(
        "cannot read the log `{name}` behind byte {at}: {source}; check the disk and try again"
    )]
    Read {
        /// The log, as it was given.
        name: String,
        /// How many of the file's bytes were read before.
        at: u64,
        /// What the machine says.
        source: io::Error,
    },
    /// There are more lines than a tape can number.
    #[error("the logs hold more than 4,294,967,295 lines, at `{name}`; split them and open a part")]
    TooManyLines {
        /// The log in which the number was passed.
        name: String,
    },
    /// Standard input was named more than once.
    #[error("standard input (`-`) can be read once only; name it once among the logs")]
    StandardInputTwice,
    /// Rows of a table, which are flat events, where Metarank's are expected.
    #[error(
        "the log `{name}` is {encoding}, whose rows are flat events, but Metarank's are being \
         read; remove `format: metarank` from the config, or do not mix the two among the logs"
    )]
    NotMetarank {
        /// The log, as it was given.
        name: String,
        /// How it is written.
        encoding: &'static str,
    },
    /// A packed or piped log has to be held in memory, and is too large for that.
    #[error(
        "the log `{name}` is packed or piped Parquet of more than 1 GiB, which would have to be \
         held in memory; write it to a file and unpack it there"
    )]
    TooLarge {
        /// The log, as it was given.
        name: String,
    },
    /// The file begins as Parquet, but cannot be opened as such.
    #[error("cannot read the log `{name}` as Parquet: {fault}; it may be cut off or damaged")]
    Parquet {
        /// The log, as it was given.
        name: String,
        /// What is wrong with it.
        fault: String,
    },
    /// A log that is packed so that unpacking it takes more memory than it may.
    #[error(
        "the log `{name}` is packed by zstd with a window of more than 128 MiB (`--long`), which \
         is not supported; pack it again: `zstd -dc --long=31 FILE | zstd -o NEW`"
    )]
    Window {
        /// The log, as it was given.
        name: String,
    },
    /// A Parquet file whose pages are packed with a codec that is not there.
    #[error(
        "the log `{name}` is Parquet packed with {codec}, which is not supported; write it with \
         Snappy, gzip or Zstandard, or unpacked"
    )]
    Codec {
        /// The log, as it was given.
        name: String,
        /// The codec.
        codec: &'static str,
    },
    /// The thread that reads the log is gone.
    #[error("reading the log stopped: an internal error in its reader")]
    Lost,
    /// The program was built without Parquet.
    #[error(
        "the log `{name}` is Parquet, which this build does not read; build with the feature \
         `parquet`, or convert the log to CSV"
    )]
    NoParquet {
        /// The log, as it was given.
        name: String,
    },
}
