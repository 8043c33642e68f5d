//! Failures of a command, and their exit codes.

use std::io;
use std::process::ExitCode;

use crate::dataset::{Content, Format, PassError};
use crate::log::LogError;

use super::output::note;
use super::spool::TemporaryFile;

/// The exit code of a config with faults.
pub(super) const FAULTS: u8 = 1;
/// The exit code of usage errors and I/O errors.
pub(super) const USAGE: u8 = 2;
/// The exit code of a complete output although a part of the logs was lost.
pub(super) const LOST: u8 = 3;

/// The reason why a command fails.
#[derive(Debug)]
pub(super) enum Failure {
    /// The config has faults, or a test of it fails, which has been reported.
    Faults,
    /// A usage error or an I/O error.
    Said {
        /// What is wrong.
        message: String,
        /// What to do.
        hint: Option<String>,
    },
    /// A part of the logs was lost, which has been reported. The output is complete apart from it.
    Lost,
    /// The reader of stdout has closed it.
    Closed,
    /// A signal asked the program to end.
    #[cfg(feature = "workbench")]
    Signal(i32),
}

impl Failure {
    /// A failure with a message.
    pub(super) fn usage(message: impl Into<String>) -> Self {
        Self::Said { message: message.into(), hint: None }
    }

    /// An output format that a terminal cannot show.
    pub(super) fn binary_on_terminal(format: &Format, content: Content) -> Self {
        let failure = Self::usage(format!("{} is binary, and stdout is a terminal", format.title));
        failure.hint(format!("write it to a file, with `> {}.{}`", content.name(), format.name))
    }

    /// The failure with a hint on what to do.
    pub(super) fn hint(self, hint: impl Into<String>) -> Self {
        match self {
            Self::Said { message, .. } => Self::Said { message, hint: Some(hint.into()) },
            other => other,
        }
    }

    /// Reports the failure on stderr; returns its exit code.
    pub(super) fn report(self) -> ExitCode {
        match self {
            Self::Closed => ExitCode::SUCCESS,
            Self::Faults => ExitCode::from(FAULTS),
            Self::Lost => ExitCode::from(LOST),
            // The exit code that shells expect after a signal.
            #[cfg(feature = "workbench")]
            Self::Signal(number) => ExitCode::from(u8::try_from(128 + number).unwrap_or(u8::MAX)),
            Self::Said { message, hint } => {
                note(format!("error: {message}"));
                if let Some(hint) = hint {
                    note(format!("help: {hint}"));
                }
                ExitCode::from(USAGE)
            }
        }
    }
}

/// An error of stdout, or of the temporary file in which rows are buffered.
impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        let is_temporary = matches!(error.get_ref(), Some(inner) if inner.is::<TemporaryFile>());
        match error.kind() {
            _ if is_temporary => {
                Self::usage(format!("cannot write a temporary file for the rows: {error}")).hint(
                    "rows wait in the system's directory for temporary files until the log is \
                     known to be in time order; make room there, or set TMPDIR to another one",
                )
            }
            io::ErrorKind::BrokenPipe => Self::Closed,
            _ => Self::usage(format!("cannot write the output: {error}")),
        }
    }
}

impl From<PassError> for Failure {
    fn from(error: PassError) -> Self {
        let failure = Self::usage(error.to_string());
        match error {
            PassError::Log(_) => failure,
            PassError::Memory { whole: true, .. } => failure.hint(
                "allow more with --max-memory, sort the log by time, or write `order: log` under \
                 `events` in the config to count events in the order of the log",
            ),
            PassError::Memory { whole: false, .. } => failure.hint(
                "allow more with --max-memory, or count fewer keys; `counterscope plan CONFIG LOG` \
                 shows what each state takes",
            ),
        }
    }
}

impl From<LogError> for Failure {
    fn from(error: LogError) -> Self {
        Self::usage(error.to_string())
    }
}
