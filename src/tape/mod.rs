//! The tape: a log's events as columns, in the order in which they are applied, with metadata
//! joined and synthetic impressions inserted.
//!
//! An *event* is an accepted line of the log. A *row* is a step of the replay: each event is one
//! row, possibly followed by rows that it causes (impressions that it releases). The cursor counts
//! events; the engine applies rows.
//!
//! * `encode`: lines to self-contained batches; every value becomes a number. [`BatchEncoder`].
//! * `arrange`: batches to rows: order, joins, duplicates, impressions. [`TapeWriter::extend`].
//! * `columns`: what is stored: rows, dictionaries, pages and their buffer pool. [`PagedColumn`].
//! * `writer` appends; `access` is the read side; `demand` is what a plan needs of a log, and the
//!   layout that follows; `codec` the column cache; `add_columns` extends a tape by a second read;
//!   `rejection` counts the lines that are no events, `contents` the others.
//!
//! **Versions.** A tape grows while it is read. Columns and dictionaries are sealed pages and
//! segments, which never change, and a tail. A [`TapeWriter`] appends to the newest version; who
//! holds an older one (a partition on the worker pool, the writer of the column cache, a query)
//! reads what was there when it was taken. A batch that comes while a version is held costs a copy
//! of the tails and a pointer per page, whatever the length of the log; otherwise nothing is copied.
//! An index of its keys has versions in the same way.
//!
//! **What is final.** With `order: log` and one log each row is final as it comes. With
//! `order: time` a line that is older than one before it is late: it waits for the end of the log,
//! which arranges all rows again if there is any ([`Arrangement::Reordered`]). Until then the rows
//! up to the time of the oldest late line are final as far as the log is read; [`Tape::final_events`]
//! tells how many. The lines of several logs with `order: log` wait likewise, until all are read.
//! A source that is idle releases nothing that waits: whoever follows a log without an end reads it
//! in its own order. Metadata is joined as of each line, so a row never changes when metadata comes
//! later. Where impressions are made the newest line is held back until the next one, since it may
//! be the last, which releases what is still open; and a log that turns out to hold impressions
//! itself is arranged again without made ones.
//!
//! A [streaming](TapeWriter::streaming) tape drops its rows after each batch, for one replay in
//! little memory. A tape must not know files, formats, plans or engines.

mod access;
mod add_columns;
mod arrange;
mod codec;
mod columns;
mod contents;
mod demand;
mod encode;
mod ids;
mod rejection;
mod row_kind;
mod writer;

use std::sync::Arc;

use arrange::reorder_buffer::Waiting;
use columns::rows::Rows;

pub use codec::FORMAT;
pub use columns::buffer_pool::{BufferPool, IoFault, Spill};
pub use columns::cell::Cell;
pub use columns::dictionary::{AsDatum, Column, Datum, DatumRef};
pub use columns::page::PageGuard;
pub use columns::paged::{PagedColumn, Storage};
pub use contents::{ArrivalCounts, Contents, FileCounts, JoinCounts, Joined, Unattached};
pub use demand::{Demand, Layout};
pub use encode::batch::{Arrival, Batch, Mark, Parties, TIMELESS};
pub use encode::encoder::BatchEncoder;
pub use encode::predicate::Predicate;
pub use encode::projection::Projection;
pub use encode::records::{ReadEvent, Record, Rejected};
pub use ids::AcceptedIds;
pub use rejection::{Duplicate, Example, Reason, Rejections};
pub use row_kind::RowKind;
pub use writer::TapeWriter;

/// The status of synthetic impressions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ImpressionsStatus {
    /// Made from rankings; this many so far.
    Made(u64),
    /// Disabled by the config.
    Disabled,
    /// Not counted by any feature.
    Unused,
    /// The log has no rankings: it is not in Metarank's format, or no line of it is read yet.
    NotMetarank,
    /// The log holds events of that type itself.
    InLog,
}

/// The effect of the end of a log on the rows before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Arrangement {
    /// Unchanged; events may have been appended.
    Unchanged,
    /// Reordered: an engine that has applied rows must start over.
    Reordered,
}

/// A log's events as columns. A clone is another version, and shares all that is sealed.
#[derive(Clone, Debug)]
pub struct Tape {
    demand: Demand,
    rows: Rows,
    types: Arc<Vec<String>>,
    rejections: Rejections,
    contents: Contents,
    reordered: u64,
    impressions: ImpressionsStatus,
    /// What waits for the end of the log.
    waiting: Waiting,
    finished: bool,
    /// The storage of the columns.
    storage: Storage,
}

impl Tape {
    /// A tape without rows.
    fn empty(demand: Demand, storage: Storage) -> Self {
        let settings = &demand.settings;
        let impressions = if !settings.impressions.enabled {
            ImpressionsStatus::Disabled
        } else if !settings.impressions.used {
            ImpressionsStatus::Unused
        } else {
            ImpressionsStatus::NotMetarank
        };
        Self {
            rows: Rows::new(demand.attributes.len(), settings.order, &storage)
                .numbered(settings.yields.several())
                .with_arrivals(settings.known.is_some()),
            types: Arc::default(),
            rejections: Rejections::default(),
            contents: Contents::default(),
            reordered: 0,
            impressions,
            waiting: Waiting::default(),
            finished: false,
            demand,
            storage,
        }
    }
}
