//! The writer of a tape: appends batches of a log to its newest version.
//!
//! Who holds the tape keeps the version that there was. What only the writer needs (the reorder
//! buffer, the state of joins) is no part of a version, so it is never copied.

use std::ops::Deref;
use std::sync::Arc;

use crate::base::events::Order;

use super::arrange::Arranger;
use super::arrange::fast_path::InOrderFastPath;
use super::arrange::reorder_buffer::{Place, ReorderBuffer, Waiting};
use super::columns::dictionary::Column;
use super::demand::{self, Demand};
use super::encode::batch::Batch;
use super::rejection::Reason;
use super::{Arrangement, BufferPool, ImpressionsStatus, Storage, Tape};

/// The writer of a tape, which reads like its newest version.
#[derive(Clone, Debug)]
pub struct TapeWriter {
    tape: Arc<Tape>,
    /// The reorder buffer, until the log ends.
    reorder: Option<ReorderBuffer>,
    /// True if nothing more is appended.
    has_ended: bool,
}

impl TapeWriter {
    /// An empty tape for a log.
    #[must_use]
    pub fn new(demand: Demand) -> Self {
        Self::paged(demand, None)
    }

    /// An empty tape whose columns lie in a buffer pool, if there is one.
    #[must_use]
    pub fn paged(demand: Demand, pool: Option<Arc<BufferPool>>) -> Self {
        Self::stored(demand, Storage::of(pool))
    }

    /// An empty tape for one replay from the start of a log to its end, in little memory: rows are
    /// dropped again and again by [`drain`](Self::drain). It cannot reorder: see
    /// [`Tape::needs_reorder`].
    #[must_use]
    pub fn streaming(demand: Demand) -> Self {
        Self::stored(demand, Storage::List)
    }

    fn stored(demand: Demand, storage: Storage) -> Self {
        let tape = Arc::new(Tape::empty(demand, storage));
        Self { tape, reorder: None, has_ended: false }
    }

    /// The writer of a tape that is complete: nothing can be appended.
    #[must_use]
    pub const fn complete(tape: Arc<Tape>) -> Self {
        Self { tape, reorder: None, has_ended: true }
    }

    /// The newest version alone.
    #[must_use]
    pub fn into_tape(self) -> Arc<Tape> {
        self.tape
    }

    /// Drains a [streaming](Self::streaming) tape after its rows were applied: rows and events
    /// count from 0 again, clock and dictionaries stay.
    pub fn drain(&mut self) {
        Arc::make_mut(&mut self.tape).rows.drain();
    }

    /// Appends a batch: arranges the lines that are in order, buffers the others until
    /// [`finish`](Self::finish). No effect after that.
    pub fn extend(&mut self, batch: Batch) {
        if self.has_ended {
            return;
        }
        let tape = Arc::make_mut(&mut self.tape);
        let reorder = self.reorder.get_or_insert_with(|| begin(tape, &batch));
        take(tape, reorder, batch);
        tape.waiting = reorder.waiting();
    }

    /// Ends the log: closes open rankings, which may add impressions to the last event, and
    /// rearranges all rows if a line came too late.
    pub fn finish(&mut self) -> Arrangement {
        self.has_ended = true;
        let tape = Arc::make_mut(&mut self.tape);
        tape.finished = true;
        tape.waiting = Waiting::default();
        let Some(mut reorder) = self.reorder.take() else { return Arrangement::Unchanged };
        let had_rows = !tape.rows.times.is_empty();
        let rearranges = reorder.must_rearrange() && !reorder.order_is_final;
        if let Some(fast_path) = reorder.fast_path.take() {
            fast_path.finish(&mut tape.rows);
        } else {
            if rearranges {
                rearrange(tape, &mut reorder);
            }
            reorder.release_held(&mut tape.rows, true);
            count_joins(tape, &reorder.arranger);
            if let ImpressionsStatus::Made(made) = &mut tape.impressions {
                *made = reorder.arranger.impressions_made();
            }
            tape.rows.columns.truncate(tape.demand.attributes.len());
        }
        tape.rows.shrink();
        if rearranges && had_rows { Arrangement::Reordered } else { Arrangement::Unchanged }
    }

    /// Adds columns; see [`Tape::add_columns`].
    pub fn add_columns(&mut self, other: Tape, wanted: &[String]) -> bool {
        Arc::make_mut(&mut self.tape).add_columns(other, wanted)
    }
}

impl Deref for TapeWriter {
    type Target = Arc<Tape>;

    fn deref(&self) -> &Arc<Tape> {
        &self.tape
    }
}

/// The reorder buffer of a log that begins with this batch.
fn begin(tape: &mut Tape, batch: &Batch) -> ReorderBuffer {
    let arranger = Arranger::new(&tape.demand, batch.layout.clone());
    let hidden = batch.layout.dictionaries.saturating_sub(tape.rows.columns.len());
    tape.rows.columns.extend((0..hidden).map(|_| Column::new(&Storage::default())));
    if arranger.makes_impressions() {
        tape.impressions = ImpressionsStatus::Made(0);
    }
    let fast_path = InOrderFastPath::new(&tape.demand, &batch.layout, batch.sources);
    ReorderBuffer::new(arranger, fast_path)
}

/// Takes a batch in.
fn take(tape: &mut Tape, reorder: &mut ReorderBuffer, mut batch: Batch) {
    for (dictionary, value) in batch.values.drain(..) {
        tape.rows.columns[dictionary].push(value);
    }
    for (dictionary, id, text) in batch.text_aliases.drain(..) {
        reorder.arranger.alias(dictionary, id, text);
    }
    if !batch.types.is_empty() {
        Arc::make_mut(&mut tape.types).append(&mut batch.types);
    }
    if batch.layout.has_entities() {
        tape.contents.joins.count(&batch);
    }
    if batch.is_of_file {
        tape.contents.joins.count_file(&mut batch);
        reorder.arranger.put_file_metadata(&batch, tape.demand.settings.order);
        return;
    }
    tape.rejections.merge(std::mem::take(&mut batch.rejections));
    if reorder.arranger.makes_impressions()
        && batch.lines.iter().any(|line| line.type_id == demand::IMPRESSION)
    {
        if reorder.arranger.impressions_made() > 0 {
            reorder.rearrange_from(i64::MIN);
        }
        reorder.arranger.stop_impressions();
        tape.impressions = ImpressionsStatus::InLog;
    }

    tape.contents.arrivals.count(&batch.lines, &batch.arrivals);
    let order = tape.demand.settings.order;
    let newest = reorder.newest_of(batch.source);
    let has_duplicates = tape.demand.settings.dedup.is_some();
    let late = tape.contents.count(&batch.lines, tape.types.len(), newest, !has_duplicates);
    if order == Order::Time {
        tape.reordered += late;
    }
    if let Some(fast_path) = &mut reorder.fast_path {
        fast_path.extend(&mut tape.rows, &batch);
        return;
    }
    let merges = order == Order::Log && batch.sources > 1;
    if merges {
        reorder.rearrange_from(i64::MIN);
    }
    let keeps = !tape.rows.is_streaming
        && (reorder.rearranges || order == Order::Time || reorder.arranger.makes_impressions());
    let lines = batch.lines.len() as u32;
    reorder.keep(batch);
    if !merges {
        let batch = reorder.batches.len() as u32 - 1;
        for line in 0..lines {
            let refused = (&mut tape.rejections, &mut tape.contents);
            reorder.push(Place { batch, line }, order, &mut tape.rows, refused);
        }
    }
    // The reorder buffer takes as much memory as the rows: once rows spill, it is dropped, and
    // the order is final.
    reorder.order_is_final |=
        !reorder.rearranges && tape.pool().is_some_and(|pool| pool.has_spilled());
    if !keeps || reorder.order_is_final {
        reorder.drop_batches();
    }
    count_joins(tape, &reorder.arranger);
    if let ImpressionsStatus::Made(made) = &mut tape.impressions {
        *made = reorder.arranger.impressions_made();
    }
}

/// Counts what the arranged events are joined with.
fn count_joins(tape: &mut Tape, arranger: &Arranger) {
    tape.contents.unattached = arranger.unattached();
    let joined = &mut tape.contents.joins.events;
    joined.clear();
    joined.extend_from_slice(arranger.named_entities());
}

/// Arranges all lines again, in their order.
fn rearrange(tape: &mut Tape, reorder: &mut ReorderBuffer) {
    let order = tape.demand.settings.order;
    tape.rows.clear();
    tape.rejections.forget(Reason::DuplicateId);
    if tape.demand.settings.dedup.is_some() {
        tape.contents.forget_admitted();
    }
    reorder.arranger.reset();
    reorder.rewind();
    let places = match order {
        Order::Time => reorder.by_time(),
        Order::Log => reorder.merged(),
    };
    for place in places {
        let refused = (&mut tape.rejections, &mut tape.contents);
        reorder.push(place, order, &mut tape.rows, refused);
    }
}
