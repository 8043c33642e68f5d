//! The workbench without its terminal: commands and queries in, plain snapshots and answers out. It
//! must not know ratatui, crossterm or stdout.
//!
//! `state_machine` is the session, without threads, files and channels, made of `replay`,
//! `playback`, `config`, `ingest`, `persistence`, `memory`, `view` and `query`. `threads` has the
//! thread that drives it, the ports that carry out what it asks to have done, and the worker pool.

use std::path::PathBuf;
use std::thread::JoinHandle;

use crate::base::Timestamp;
use crate::store::StoreError;

mod config;
mod ingest;
mod memory;
mod opening;
mod persistence;
mod playback;
pub mod protocol;
pub mod query;
pub mod replay;
pub mod snapshot;
mod speed;
pub mod state_machine;
mod threads;
mod view;

pub use config::edits::ConfigWrite;
pub use config::source::{ConfigRead, ConfigSource};
pub use ingest::column_cache::Columns;
pub use ingest::line_reading::{LineRequest, ReadMembers};
pub use ingest::linting::{LintRequest, Linted};
pub use ingest::log_reading::LogReading;
pub use ingest::log_report::Known;
pub use ingest::profiling::{ProfileEvent, ProfileRequest};
pub use ingest::reader_event::{ReadProgress, ReadRequest, ReaderEvent, ReaderId};
pub use ingest::source::LogSource;
pub use ingest::stamps::Stamps;
pub use opening::{Opened, Opening};
pub use persistence::commit::Commit;

use protocol::{Link, Speed};
use query::QueryHandle;

/// What a session works on.
#[derive(Clone, Debug)]
pub struct Setup {
    /// The features.
    pub config: ConfigSource,
    /// The events.
    pub log: LogSource,
    /// The folder that states are kept in; `None` keeps nothing.
    pub store: Option<PathBuf>,
    /// How fast event time runs while playing.
    pub speed: Speed,
    /// Where to start.
    pub start: Start,
    /// The most memory that events, keys, states and their copies may take, in bytes. Events that
    /// find no room lie in a temporary file, in the store's folder if there is one.
    pub max_memory: Option<usize>,
    /// How many threads may work on long ways over the log.
    pub threads: usize,
}

/// Where a session starts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Start {
    /// After the last event.
    End,
    /// Before the first event, playing.
    Playing,
    /// At a moment, after the last event at or before it.
    At(Timestamp),
    /// The same, playing.
    PlayingAt(Timestamp),
}

/// Why a session could not start. Faults in a config are none: the session shows them.
#[derive(Debug, thiserror::Error)]
pub enum SessionError {
    /// The config cannot be read.
    #[error("the config {name} cannot be read: {source}")]
    Config {
        /// The config's name.
        name: String,
        /// What the machine says.
        source: std::io::Error,
    },
    /// The store cannot be opened.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The worker's thread could not be started.
    #[error("no thread could be started: {0}")]
    Thread(std::io::Error),
}

/// A running session: its ui's end, and its thread. Wait for the thread once the ui has sent
/// [`protocol::Command::Quit`], or its last states may not be written.
#[derive(Debug)]
pub struct Running {
    /// The ui's end.
    pub link: Link,
    /// What clients beside the ui ask for values.
    pub queries: QueryHandle,
    /// The worker.
    pub worker: JoinHandle<()>,
}

/// Starts a session.
pub fn start(setup: Setup) -> Result<Running, SessionError> {
    threads::worker::start(setup)
}
