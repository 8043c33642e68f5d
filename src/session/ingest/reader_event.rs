//! The events of a log's reader, and the request that starts one. Plain data: the reader runs
//! elsewhere.

use std::sync::Arc;

use crate::engine::KeyIndex;
use crate::plan::Plan;
use crate::tape::{Batch, BufferPool, Demand, Tape};

use super::column_cache::CacheKey;
use super::log_report::Known;
use super::stamps::Stamps;

/// A reader of the log. A session has one of each kind at most.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReaderId {
    /// The one that a session starts with.
    First,
    /// One that reads the log again for a config that needs more of it, by its number.
    Again(u32),
}

/// What a reader is to read.
pub struct ReadRequest {
    /// Its name in what it brings.
    pub id: ReaderId,
    /// What is read of the log.
    pub(in crate::session) demand: Demand,
    /// What that serves together with what is there: the columns are cached under its name.
    pub(in crate::session) whole: Demand,
    /// The plan whose keys events get that are read from the column cache, and where those events
    /// are that find no room in memory; `None` where the log itself must be read.
    pub(in crate::session) cached: Option<(Arc<Plan>, Option<Arc<BufferPool>>)>,
}

/// What a reader brings, in this order.
pub enum ReaderEvent {
    /// It is about to open the logs, of which the system says this.
    Started(Stamps),
    /// All events at once, from the column cache, and their keys under the plan. Nothing follows.
    CachedColumns(Box<(Tape, KeyIndex)>),
    /// The column cache is damaged, in words: the log is read.
    Damaged(String),
    /// Lines, and how far the log is read.
    Batch(Box<Batch>, ReadProgress),
    /// All that is there is read; more may come.
    Idle,
    /// The log has ended; the name under which its columns can be cached, and what is known of it.
    End(Option<CacheKey>, Box<Known>),
    /// It could not be read on; what was brought stands. The words say why.
    Failed(String),
}

impl ReaderEvent {
    /// What a reader that has ended without an event stands for.
    pub(in crate::session) fn lost() -> Self {
        Self::Failed("reading the log stopped: an internal error in its reader".to_owned())
    }

    /// Whether nothing follows.
    #[must_use]
    pub const fn is_last(&self) -> bool {
        matches!(self, Self::CachedColumns(_) | Self::End(..) | Self::Failed(_))
    }
}

/// How far a log is read.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct ReadProgress {
    /// The share of its bytes, 0 to 1.
    pub done: f64,
    /// The bytes of memory that the reader holds; see [`Progress::held`](crate::log::Progress).
    pub held: usize,
}
