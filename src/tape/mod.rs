//! The tape: a log's events as columns in memory, in the order in which they are applied, with
//! metadata joined and synthetic impressions in their places. It must not know files, formats,
//! plans or engines.
//!
//! An *event* is a line of the log that was accepted. A *row* is a step of the replay: each event
//! is one row, and may be followed by rows that it brings about (the impressions that it
//! releases). The cursor counts events; the engine applies rows.
//!
//! A [`Recorder`] makes [`Batch`]es of lines; [`Tape::extend`] arranges them while more are read;
//! [`Tape::finish`] ends the log. What has been arranged stays as it is, unless `finish` says
//! otherwise.

mod arrange;
mod batch;
mod cascade;
mod demand;
mod dictionary;
mod gain;
mod interner;
mod joins;
mod keep;
mod known;
mod loading;
mod pending;
mod plain;
mod rejection;
mod rows;
mod uses;

use crate::base::Timestamp;
use crate::base::events::Order;

use arrange::Arranger;
use loading::{Loading, Place};
use plain::Plain;
use rows::Rows;

pub use batch::{Batch, Mark, Parties, Recorder};
pub use demand::{Demand, Layout};
pub use dictionary::{Column, Datum, DatumRef, Given};
pub use keep::FORMAT;
pub use rejection::{Example, Reason, Rejections};
pub use uses::Use;

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
    reordered: u64,
    impressions: ImpressionsStatus,
    /// What is needed until the log ends.
    loading: Option<Loading>,
    finished: bool,
}

impl Tape {
    /// An empty tape for a log that is about to be read.
    #[must_use]
    pub fn new(demand: Demand) -> Self {
        let settings = &demand.settings;
        let impressions = if !settings.impressions.enabled {
            ImpressionsStatus::Disabled
        } else if !settings.impressions.used {
            ImpressionsStatus::Unused
        } else {
            ImpressionsStatus::NotMetarank
        };
        Self {
            rows: Rows::new(demand.attributes.len(), settings.order),
            types: Vec::new(),
            rejections: Rejections::default(),
            reordered: 0,
            impressions,
            loading: None,
            finished: false,
            demand,
        }
    }

    /// An empty tape whose rows will be forgotten again and again while the log is read, by
    /// [`pass`](Self::pass): for one replay from the log's begin to its end, in little memory.
    /// Such a tape cannot put lines in order: see [`must_be_whole`](Self::must_be_whole).
    #[must_use]
    pub fn passing(demand: Demand) -> Self {
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
    pub fn must_be_whole(&self) -> bool {
        self.loading.as_ref().is_some_and(Loading::must_start_over)
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
                self.rows.columns.resize(batch.layout.dictionaries, Column::default());
                if arranger.makes_impressions() {
                    self.impressions = ImpressionsStatus::Made(0);
                }
                let plain = Plain::new(&self.demand, &batch.layout, batch.sources);
                none.insert(Loading::new(arranger, plain))
            }
        };
        for (dictionary, value) in batch.values.drain(..) {
            self.rows.columns[dictionary].values.push(value);
        }
        for (dictionary, id, text) in batch.twins.drain(..) {
            loading.arranger.same(dictionary, id, text);
        }
        self.types.append(&mut batch.types);
        self.rejections.merge(std::mem::take(&mut batch.rejections));
        if loading.arranger.makes_impressions()
            && batch.lines.iter().any(|line| line.type_id == batch::IMPRESSION)
        {
            loading.anew |= loading.arranger.impressions_made() > 0;
            loading.arranger.stop_impressions();
            self.impressions = ImpressionsStatus::InLog;
        }

        let order = self.demand.settings.order;
        if order == Order::Time {
            self.reordered += loading.out_of_place(&batch);
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
        loading.batches.push(batch);
        if !merges {
            let batch = loading.batches.len() as u32 - 1;
            for line in 0..lines {
                loading.offer(Place { batch, line }, order, &mut self.rows, &mut self.rejections);
            }
        }
        if !keeps {
            loading.forget_batches();
        }
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
        let anew = loading.must_start_over();
        if let Some(plain) = loading.plain.take() {
            plain.finish(&mut self.rows);
            self.rows.shrink();
            return if anew && had_rows { Arrangement::Reordered } else { Arrangement::AsItStood };
        }
        if anew {
            let order = self.demand.settings.order;
            self.rows.clear();
            self.rejections.forget(Reason::DuplicateId);
            loading.arranger.reset();
            loading.held = None;
            loading.newest = i64::MIN;
            let places = match order {
                Order::Time => loading.by_time(),
                Order::Log => loading.merged(),
            };
            for place in places {
                loading.offer(place, order, &mut self.rows, &mut self.rejections);
            }
        }
        loading.release_held(&mut self.rows, true);
        if let ImpressionsStatus::Made(made) = &mut self.impressions {
            *made = loading.arranger.impressions_made();
        }
        self.rows.columns.truncate(self.demand.attributes.len());
        self.rows.shrink();
        if anew && had_rows { Arrangement::Reordered } else { Arrangement::AsItStood }
    }

    /// Whether the log has ended.
    #[must_use]
    pub const fn is_finished(&self) -> bool {
        self.finished
    }

    /// What was wanted of the log.
    #[must_use]
    pub const fn demand(&self) -> &Demand {
        &self.demand
    }

    /// How many events are arranged: the largest cursor.
    #[must_use]
    pub const fn events(&self) -> usize {
        self.rows.events()
    }

    /// How many rows they are.
    #[must_use]
    pub const fn rows(&self) -> usize {
        self.rows.times.len()
    }

    /// How many rows are applied once so many events are; 0 for none.
    #[must_use]
    pub fn end_row(&self, events: usize) -> usize {
        self.rows.end_row(events)
    }

    /// The index, from 0, of the event that a row belongs to.
    #[must_use]
    pub fn row_event(&self, row: usize) -> usize {
        self.rows.row_event(row)
    }

    /// The time of each row in milliseconds.
    #[must_use]
    pub fn times(&self) -> &[i64] {
        &self.rows.times
    }

    /// What a row is. The row must exist.
    #[must_use]
    pub fn kind(&self, row: usize) -> RowKind {
        self.rows.kinds[row]
    }

    /// What each row is.
    #[must_use]
    pub fn kinds(&self) -> &[RowKind] {
        &self.rows.kinds
    }

    /// The type of each row, an index into [`type_names`](Self::type_names), and beyond them for
    /// rows that are not counted.
    #[must_use]
    pub fn type_ids(&self) -> &[u16] {
        &self.rows.types
    }

    /// The type of a counted row, an index into [`type_names`](Self::type_names); `None` for
    /// rows that are not counted. The row must exist.
    #[must_use]
    pub fn type_id(&self, row: usize) -> Option<u16> {
        Some(self.rows.types[row]).filter(|id| *id != batch::NO_TYPE)
    }

    /// The names of the types; of the made impressions too, where any may be made.
    #[must_use]
    pub fn type_names(&self) -> &[String] {
        &self.types
    }

    /// The line of the event that a row belongs to, from 0; over several logs, lines are counted
    /// through in the order of the logs.
    #[must_use]
    pub fn line(&self, row: usize) -> u64 {
        self.rows.line(row)
    }

    /// The values of an attribute, an index into the demanded ones. The attribute must exist.
    #[must_use]
    pub fn column(&self, attribute: usize) -> &Column {
        &self.rows.columns[attribute]
    }

    /// The newest time among the first `events` events; `None` before the first.
    #[must_use]
    pub fn clock(&self, events: usize) -> Option<Timestamp> {
        self.rows.clock(events)
    }

    /// How many events are applied when the clock stands at `time`: all those before the first
    /// that would move it past.
    #[must_use]
    pub fn events_at(&self, time: Timestamp) -> usize {
        self.rows.events_at(time)
    }

    /// A hash of the lines of the first `events` events in applied order, equal exactly (but for
    /// chance) if the same lines come in the same order. 0 for none, and on a
    /// [passing](Self::passing) tape. Stable across runs.
    #[must_use]
    pub fn fingerprint(&self, events: usize) -> u64 {
        self.rows.fingerprint(events)
    }

    /// Whether impressions are made, and if not, why.
    #[must_use]
    pub const fn impressions(&self) -> ImpressionsStatus {
        self.impressions
    }

    /// How many lines are older than a line before them in the same log, and so have been sorted;
    /// 0 where events are applied as they lie.
    #[must_use]
    pub const fn reordered(&self) -> u64 {
        self.reordered
    }

    /// The lines that are no events.
    #[must_use]
    pub const fn rejections(&self) -> &Rejections {
        &self.rejections
    }

    /// Memory held, in bytes; what is needed only while loading is left out.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.rows.bytes() + self.types.iter().map(String::capacity).sum::<usize>()
    }
}
