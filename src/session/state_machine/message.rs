//! The messages of a session: what comes in, and what it asks to have done.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Instant;

use crate::session::config::edits::ConfigWrite;
use crate::session::config::source::ConfigRead;
use crate::session::ingest::column_cache::Columns;
use crate::session::ingest::line_reading::{LineRequest, ReadMembers};
use crate::session::ingest::linting::{LintRequest, Linted};
use crate::session::ingest::profiling::{ProfileEvent, ProfileRequest};
use crate::session::ingest::reader_event::{ReadRequest, ReaderEvent, ReaderId};
use crate::session::ingest::stamps::Stamps;
use crate::session::persistence::commit::Commit;
use crate::session::protocol::Command;
use crate::session::query::{Answer, Query, Ticket};
use crate::session::snapshot::Snapshot;
use crate::store::Store;

/// What comes into a session.
pub enum Input {
    /// Nothing: a slice of work is due.
    Nothing,
    /// A command of the screen.
    Command(Command),
    /// A query of a client.
    Query(Ticket, Query),
    /// An edit of the config was written, or could not be, in words.
    ConfigWritten(Result<(), String>),
    /// Something happened where the config is.
    ConfigTouched,
    /// The config was read, and these are the stamps of the logs now.
    Config(ConfigRead, Stamps),
    /// The config cannot be watched, in words.
    Unwatched(String),
    /// A reader of the log has brought something.
    Reader(ReaderId, ReaderEvent),
    /// These are the stamps of the logs now.
    Stamps(Stamps),
    /// The line of an event was read back, or could not be.
    Line(Box<LineRequest>, ReadMembers),
    /// The reading of the log's profile has brought something.
    Profile(ProfileEvent),
    /// Lints have looked at the log.
    Linted(Linted),
    /// A commit was made, or could not be, in words.
    Committed(Result<(), String>),
    /// The column cache was written, or could not be, in words.
    ColumnsWritten(Result<(), String>),
}

/// What a session asks to have done. Where an answer is expected, it is an [`Input`].
pub enum Effect {
    /// Read the config, and whether it was asked for; answered by [`Input::Config`].
    ReadConfig {
        /// The files of which stamps are taken beside it.
        files: Vec<PathBuf>,
        /// Whether the user asked for it.
        asked: bool,
    },
    /// Write an edit of the config; answered by [`Input::ConfigWritten`]. What is written where
    /// there was nothing is the config from now on.
    WriteConfig(ConfigWrite),
    /// Start to read the log, in place of a reader of the same kind; answered by
    /// [`Input::Reader`], again and again.
    ReadLog(Box<ReadRequest>),
    /// Stop a reader.
    StopReading(ReaderId),
    /// Read the line of an event back, in place of one that is being read back; answered by
    /// [`Input::Line`].
    ReadLine(Box<LineRequest>),
    /// Read the profile of the log, in place of one that is being read; answered by
    /// [`Input::Profile`], again and again.
    ReadProfile(Box<ProfileRequest>),
    /// Let lints look at the log, while no others do; answered by [`Input::Linted`].
    Lint(Box<LintRequest>),
    /// Stop the lints that look. Their [`Input::Linted`] still comes, once they have ended.
    StopLints,
    /// Take the stamps of the logs and of what they are joined with; answered by
    /// [`Input::Stamps`].
    StampFiles(Vec<PathBuf>),
    /// Keep this store, to which commits go from now on.
    OpenStore(Box<dyn Store>),
    /// Commit this, after all before; answered by [`Input::Committed`].
    Commit(Commit),
    /// Write the column cache; answered by [`Input::ColumnsWritten`].
    WriteColumns(Columns),
    /// Show this.
    Publish(Arc<Snapshot>),
    /// Answer a query.
    Answer(Ticket, Answer),
    /// The session is over.
    Quit,
}

/// The outcome of a step.
pub struct Step {
    /// What is to be done, in this order.
    pub effects: Vec<Effect>,
    /// When the next step is due if nothing comes in; `None` if never.
    pub due: Option<Instant>,
}
