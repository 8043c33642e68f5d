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
}
