//! The tape: a log's events as columns, in the order in which they are applied, with metadata
//! joined and synthetic impressions inserted.
//!
//! An *event* is an accepted line of the log. A *row* is a step of the replay: each event is one
//! row, possibly followed by rows that it causes (impressions that it releases). The cursor counts
//! events; the engine applies rows.
//!
//! * `encode`: lines to self-contained batches; every value becomes a number. [`BatchEncoder`].
//! * `arrange`: batches to rows: order, joins, duplicates, impressions. [`Tape::extend`].
//! * `columns`: what is stored: rows, dictionaries, pages and their buffer pool. [`PagedColumn`].
//! * `demand` is what a plan needs of a log, and the layout that follows; `access` the read side;
//!   `codec` the column cache; `add_columns` extends a tape by a second read; `rejection` counts
//!   the lines that are no events, `contents` the others.
//!
//! Rows stay as they are once arranged, unless [`Tape::finish`] returns [`Arrangement::Reordered`].
//! A [streaming](Tape::streaming) tape drops its rows after each batch, for one replay in little
//! memory. A tape must not know files, formats, plans or engines.

mod access;
mod add_columns;
mod arrange;
mod codec;
mod columns;
mod contents;
mod demand;
mod encode;
mod rejection;
mod row_kind;

use std::sync::Arc;

use crate::base::events::Order;

use arrange::Arranger;
use arrange::fast_path::InOrderFastPath;
use arrange::reorder_buffer::{Place, ReorderBuffer};
use columns::rows::Rows;

pub use codec::FORMAT;
pub use columns::buffer_pool::{BufferPool, IoFault, Spill};
pub use columns::dictionary::{AsDatum, Column, Datum, DatumRef};
pub use columns::paged::{Cell, PageGuard, PagedColumn};
pub use contents::{Contents, Unattached};
pub use demand::{Demand, Layout};
pub use encode::batch::{Batch, Mark, Parties};
pub use encode::encoder::BatchEncoder;
pub use encode::predicate::Predicate;
pub use encode::projection::Projection;
pub use rejection::{Example, Reason, Rejections};
pub use row_kind::RowKind;

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

/// A log's events as columns.
#[derive(Clone, Debug)]
pub struct Tape {
    demand: Demand,
    rows: Rows,
    types: Vec<String>,
    rejections: Rejections,
    contents: Contents,
    reordered: u64,
    impressions: ImpressionsStatus,
    /// The reorder buffer, until the log ends.
    reorder: Option<ReorderBuffer>,
    finished: bool,
    /// The buffer pool of the columns, if memory is bounded.
    pool: Option<Arc<BufferPool>>,
}

impl Tape {
    /// An empty tape for a log.
    #[must_use]
    pub fn new(demand: Demand) -> Self {
        Self::paged(demand, None)
    }

    /// An empty tape whose columns lie in a buffer pool, if there is one.
    #[must_use]
    pub fn paged(demand: Demand, pool: Option<Arc<BufferPool>>) -> Self {
        let settings = &demand.settings;
        let impressions = if !settings.impressions.enabled {
            ImpressionsStatus::Disabled
        } else if !settings.impressions.used {
            ImpressionsStatus::Unused
        } else {
            ImpressionsStatus::NotMetarank
        };
        Self {
            rows: Rows::new(demand.attributes.len(), settings.order, pool.as_ref()),
            types: Vec::new(),
            rejections: Rejections::default(),
            contents: Contents::default(),
            reordered: 0,
            impressions,
            reorder: None,
            finished: false,
            demand,
            pool,
        }
    }

    /// An empty tape for one replay from the start of a log to its end, in little memory: rows are
    /// dropped again and again by [`drain`](Self::drain). It cannot reorder: see
    /// [`needs_reorder`](Self::needs_reorder).
    #[must_use]
    pub fn streaming(demand: Demand) -> Self {
        let mut tape = Self::new(demand);
        tape.rows.is_streaming = true;
        tape
    }

    /// True if the tape is a [streaming](Self::streaming) one.
    #[must_use]
    pub const fn is_streaming(&self) -> bool {
        self.rows.is_streaming
    }

    /// True if events must be reordered, for which all of them must be in memory. What a streaming
    /// tape has yielded so far is then void: the log must be read again into a held tape.
    #[must_use]
    pub fn needs_reorder(&self) -> bool {
        self.reorder.as_ref().is_some_and(ReorderBuffer::must_rearrange)
    }

    /// True if events would have to be reordered, but the reorder buffer was dropped for want of
    /// memory: further lines are not arranged.
    #[must_use]
    pub fn reorder_exceeds_memory(&self) -> bool {
        self.reorder.as_ref().is_some_and(|reorder| reorder.order_is_final && reorder.rearranges)
    }

    /// Drains a [streaming](Self::streaming) tape after its rows were applied: rows and events
    /// count from 0 again, clock and dictionaries stay.
    pub fn drain(&mut self) {
        self.rows.drain();
    }

    /// Appends a batch: arranges the lines that are in order, buffers the others until
    /// [`finish`](Self::finish). No effect on a finished tape.
    pub fn extend(&mut self, mut batch: Batch) {
        if self.finished {
            return;
        }
        let reorder = match &mut self.reorder {
            Some(reorder) => reorder,
            none => {
                let arranger = Arranger::new(&self.demand, batch.layout.clone());
                let hidden = batch.layout.dictionaries.saturating_sub(self.rows.columns.len());
                self.rows.columns.extend((0..hidden).map(|_| Column::new(None)));
                if arranger.makes_impressions() {
                    self.impressions = ImpressionsStatus::Made(0);
                }
                let fast_path = InOrderFastPath::new(&self.demand, &batch.layout, batch.sources);
                none.insert(ReorderBuffer::new(arranger, fast_path))
            }
        };
        for (dictionary, value) in batch.values.drain(..) {
            self.rows.columns[dictionary].push(value);
        }
        for (dictionary, id, text) in batch.text_aliases.drain(..) {
            reorder.arranger.alias(dictionary, id, text);
        }
        self.types.append(&mut batch.types);
        self.rejections.merge(std::mem::take(&mut batch.rejections));
        if reorder.arranger.makes_impressions()
            && batch.lines.iter().any(|line| line.type_id == demand::IMPRESSION)
        {
            reorder.rearranges |= reorder.arranger.impressions_made() > 0;
            reorder.arranger.stop_impressions();
            self.impressions = ImpressionsStatus::InLog;
        }

        let order = self.demand.settings.order;
        let newest = reorder.newest_of(batch.source);
        let late = self.contents.count(&batch.lines, self.types.len(), newest);
        if order == Order::Time {
            self.reordered += late;
        }
        if let Some(fast_path) = &mut reorder.fast_path {
            fast_path.extend(&mut self.rows, &batch);
            return;
        }
        let merges = order == Order::Log && batch.sources > 1;
        reorder.rearranges |= merges;
        let keeps = !self.rows.is_streaming
            && (reorder.rearranges || order == Order::Time || reorder.arranger.makes_impressions());
        let lines = batch.lines.len() as u32;
        reorder.keep(batch);
        if !merges {
            let batch = reorder.batches.len() as u32 - 1;
            for line in 0..lines {
                let refused = (&mut self.rejections, &mut self.contents);
                reorder.push(Place { batch, line }, order, &mut self.rows, refused);
            }
        }
        // The reorder buffer takes as much memory as the rows: once rows spill, it is dropped, and
        // the order is final.
        reorder.order_is_final |=
            !reorder.rearranges && self.pool.as_ref().is_some_and(|p| p.has_spilled());
        if !keeps || reorder.order_is_final {
            reorder.drop_batches();
        }
        self.contents.unattached = reorder.arranger.unattached();
        if let ImpressionsStatus::Made(made) = &mut self.impressions {
            *made = reorder.arranger.impressions_made();
        }
    }

    /// Ends the log: closes open rankings, which may add impressions to the last event, and
    /// rearranges all rows if a line came too late.
    pub fn finish(&mut self) -> Arrangement {
        self.finished = true;
        let Some(mut reorder) = self.reorder.take() else { return Arrangement::Unchanged };
        let had_rows = !self.rows.times.is_empty();
        let rearranges = reorder.must_rearrange() && !reorder.order_is_final;
        if let Some(fast_path) = reorder.fast_path.take() {
            fast_path.finish(&mut self.rows);
            self.rows.shrink();
            return if rearranges && had_rows {
                Arrangement::Reordered
            } else {
                Arrangement::Unchanged
            };
        }
        if rearranges {
            let order = self.demand.settings.order;
            self.rows.clear();
            self.rejections.forget(Reason::DuplicateId);
            self.contents.duplicates.clear();
            reorder.arranger.reset();
            reorder.held = None;
            reorder.newest = i64::MIN;
            let places = match order {
                Order::Time => reorder.by_time(),
                Order::Log => reorder.merged(),
            };
            for place in places {
                let refused = (&mut self.rejections, &mut self.contents);
                reorder.push(place, order, &mut self.rows, refused);
            }
        }
        reorder.release_held(&mut self.rows, true);
        self.contents.unattached = reorder.arranger.unattached();
        if let ImpressionsStatus::Made(made) = &mut self.impressions {
            *made = reorder.arranger.impressions_made();
        }
        self.rows.columns.truncate(self.demand.attributes.len());
        self.rows.shrink();
        if rearranges && had_rows { Arrangement::Reordered } else { Arrangement::Unchanged }
    }
}
