//! The tape: a log's events as columns in memory, in the order in which they are applied, with
//! metadata joined and synthetic impressions in their places. It must not know files, formats,
//! plans or engines.
//!
//! An *event* is a line of the log that was accepted. A *row* is a step of the replay: each event
//! is one row, and may be followed by rows that it brings about (the impressions that it
//! releases). The cursor counts events; the engine applies rows.
//!
//! A [`BatchEncoder`] makes [`Batch`]es of lines; [`Tape::extend`] arranges them while more are read;
//! [`Tape::finish`] ends the log. What has been arranged stays as it is, unless `finish` says
//! otherwise.

mod access;
mod add_columns;
mod arrange;
mod codec;
mod columns;
mod contents;
mod demand;
mod encode;
mod rejection;

use std::sync::Arc;

use crate::base::events::Order;

use arrange::Arranger;
use arrange::fast_path::InOrderFastPath;
use arrange::reorder_buffer::{Place, ReorderBuffer};
use columns::rows::Rows;

pub use codec::FORMAT;
pub use columns::buffer_pool::{BufferPool, IoFault, Spill};
pub use columns::dictionary::{Column, Datum, DatumRef, Given};
pub use columns::paged::{Cell, PageGuard, PagedColumn};
pub use contents::{Contents, Unattached};
pub use demand::{Demand, Layout};
pub use encode::batch::{Batch, Mark, Parties};
pub use encode::encoder::BatchEncoder;
pub use encode::predicate::Predicate;
pub use encode::projection::Use;
pub use rejection::{Example, Reason, Rejections};

/// What a row is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum RowKind {
    /// An interaction, or a flat log's event: counted.
    Event,
    /// A synthetic impression: counted; belongs to the event that released it.
    Impression,
    /// Metadata of an item: not counted.
    Item,
    /// Metadata of a user: not counted.
    User,
    /// A ranking: not counted.
    Ranking,
    /// One item of the ranking before it, only on request: not counted; for data sets that read
    /// features for each listed item.
    Listed,
}

impl RowKind {
    /// Whether features count rows of this kind.
    #[must_use]
    pub const fn is_counted(self) -> bool {
        matches!(self, Self::Event | Self::Impression)
    }
}

/// Whether impressions are made from rankings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ImpressionsStatus {
    /// They are; this many so far.
    Made(u64),
    /// The config turns them off.
    Disabled,
    /// No feature counts them.
    Unused,
    /// The log has no rankings: it is not in Metarank's format, or no line of it is read yet.
    NotMetarank,
    /// The log holds events of that type itself.
    InLog,
}

/// What the end of the log did to the rows that were there before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Arrangement {
    /// They stand; events may have been added behind them.
    AsItStood,
    /// They changed: whoever has applied rows must start over.
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
    /// What is needed until the log ends.
    loading: Option<ReorderBuffer>,
    finished: bool,
    /// Where rows may be that find no room in memory.
    pager: Option<Arc<BufferPool>>,
}

impl Tape {
    /// An empty tape for a log that is about to be read.
    #[must_use]
    pub fn new(demand: Demand) -> Self {
        Self::paged(demand, None)
    }

    /// The same; of its rows, only so many are in memory as the pager allows, if there is one.
    #[must_use]
    pub fn paged(demand: Demand, pager: Option<Arc<BufferPool>>) -> Self {
        let settings = &demand.settings;
        let impressions = if !settings.impressions.enabled {
            ImpressionsStatus::Disabled
        } else if !settings.impressions.used {
            ImpressionsStatus::Unused
        } else {
            ImpressionsStatus::NotMetarank
        };
        Self {
            rows: Rows::new(demand.attributes.len(), settings.order, pager.as_ref()),
            types: Vec::new(),
            rejections: Rejections::default(),
            contents: Contents::default(),
            reordered: 0,
            impressions,
            loading: None,
            finished: false,
            demand,
            pager,
        }
    }

    /// An empty tape whose rows will be forgotten again and again while the log is read, by
    /// [`pass`](Self::pass): for one replay from the log's begin to its end, in little memory.
    /// Such a tape cannot put lines in order: see [`needs_reorder`](Self::must_be_whole).
    #[must_use]
    pub fn streaming(demand: Demand) -> Self {
        let mut tape = Self::new(demand);
        tape.rows.is_passing = true;
        tape
    }

    /// Whether it is a [passing](Self::passing) one.
    #[must_use]
    pub const fn passes(&self) -> bool {
        self.rows.is_passing
    }

    /// Whether events must change their places, which takes all of them at once. What a passing
    /// tape has given until then does not hold: the log must be read again, to a tape that keeps
    /// its rows.
    #[must_use]
    pub fn needs_reorder(&self) -> bool {
        self.loading.as_ref().is_some_and(ReorderBuffer::must_start_over)
    }

    /// Whether events would have to change their places, and the lines to do so are given up since
    /// not all of them fit in memory with the rows: what is read from here on is not arranged.
    #[must_use]
    pub fn reorder_exceeds_memory(&self) -> bool {
        self.loading.as_ref().is_some_and(|loading| loading.order_is_final && loading.anew)
    }

    /// Forgets the rows of a [passing](Self::passing) tape, which must be applied: rows and events
    /// are counted from 0 again, the clock and the values' numbers go on.
    pub fn pass(&mut self) {
        self.rows.pass();
    }

    /// Appends lines, and arranges those that are in order. The others wait for
    /// [`finish`](Self::finish). A tape that is finished takes no more.
    pub fn extend(&mut self, mut batch: Batch) {
        if self.finished {
            return;
        }
        let loading = match &mut self.loading {
            Some(loading) => loading,
            none => {
                let arranger = Arranger::new(&self.demand, batch.layout.clone());
                let hidden = batch.layout.dictionaries.saturating_sub(self.rows.columns.len());
                self.rows.columns.extend((0..hidden).map(|_| Column::new(None)));
                if arranger.makes_impressions() {
                    self.impressions = ImpressionsStatus::Made(0);
                }
                let plain = InOrderFastPath::new(&self.demand, &batch.layout, batch.sources);
                none.insert(ReorderBuffer::new(arranger, plain))
            }
        };
        for (dictionary, value) in batch.values.drain(..) {
            self.rows.columns[dictionary].push(value);
        }
        for (dictionary, id, text) in batch.text_aliases.drain(..) {
            loading.arranger.same(dictionary, id, text);
        }
        self.types.append(&mut batch.types);
        self.rejections.merge(std::mem::take(&mut batch.rejections));
        if loading.arranger.makes_impressions()
            && batch.lines.iter().any(|line| line.type_id == encode::batch::IMPRESSION)
        {
            loading.anew |= loading.arranger.impressions_made() > 0;
            loading.arranger.stop_impressions();
            self.impressions = ImpressionsStatus::InLog;
        }

        let order = self.demand.settings.order;
        let newest = loading.newest_of(batch.source);
        let late = self.contents.count(&batch.lines, self.types.len(), newest);
        if order == Order::Time {
            self.reordered += late;
        }
        if let Some(plain) = &mut loading.plain {
            plain.extend(&mut self.rows, &batch);
            return;
        }
        let merges = order == Order::Log && batch.sources > 1;
        loading.anew |= merges;
        let keeps = !self.rows.is_passing
            && (loading.anew || order == Order::Time || loading.arranger.makes_impressions());
        let lines = batch.lines.len() as u32;
        loading.keep(batch);
        if !merges {
            let batch = loading.batches.len() as u32 - 1;
            for line in 0..lines {
                let refused = (&mut self.rejections, &mut self.contents);
                loading.offer(Place { batch, line }, order, &mut self.rows, refused);
            }
        }
        // Lines that may yet change their places take as much memory as rows: where there is not
        // enough for both, they must not.
        loading.order_is_final |=
            !loading.anew && self.pager.as_ref().is_some_and(|p| p.has_begun());
        if !keeps || loading.order_is_final {
            loading.forget_batches();
        }
        self.contents.unattached = loading.arranger.unattached();
        if let ImpressionsStatus::Made(made) = &mut self.impressions {
            *made = loading.arranger.impressions_made();
        }
    }

    /// Ends the log: closes the rankings that are open, which may add impressions to the last
    /// event, and arranges all anew if anything came too late for its place.
    pub fn finish(&mut self) -> Arrangement {
        self.finished = true;
        let Some(mut loading) = self.loading.take() else { return Arrangement::AsItStood };
        let had_rows = !self.rows.times.is_empty();
        let anew = loading.must_start_over() && !loading.order_is_final;
        if let Some(plain) = loading.plain.take() {
            plain.finish(&mut self.rows);
            self.rows.shrink();
            return if anew && had_rows { Arrangement::Reordered } else { Arrangement::AsItStood };
        }
        if anew {
            let order = self.demand.settings.order;
            self.rows.clear();
            self.rejections.forget(Reason::DuplicateId);
            self.contents.repeated.clear();
            loading.arranger.reset();
            loading.held = None;
            loading.newest = i64::MIN;
            let places = match order {
                Order::Time => loading.by_time(),
                Order::Log => loading.merged(),
            };
            for place in places {
                let refused = (&mut self.rejections, &mut self.contents);
                loading.offer(place, order, &mut self.rows, refused);
            }
        }
        loading.release_held(&mut self.rows, true);
        self.contents.unattached = loading.arranger.unattached();
        if let ImpressionsStatus::Made(made) = &mut self.impressions {
            *made = loading.arranger.impressions_made();
        }
        self.rows.columns.truncate(self.demand.attributes.len());
        self.rows.shrink();
        if anew && had_rows { Arrangement::Reordered } else { Arrangement::AsItStood }
    }
}
