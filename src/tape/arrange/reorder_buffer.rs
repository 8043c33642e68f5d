//! The reorder buffer of a log that is being read: its lines as read, and the order in which they
//! are arranged.

use crate::base::events::Order;

use super::Arranger;
use super::fast_path::InOrderFastPath;
use crate::tape::columns::rows::Rows;
use crate::tape::contents::Contents;
use crate::tape::encode::batch::{Arrival, Batch, Line};
use crate::tape::rejection::Rejections;

/// The lines as read, while they may have to be arranged again.
#[derive(Clone, Debug)]
pub(in crate::tape) struct ReorderBuffer {
    /// The fast path; if present, nothing else of the buffer is used.
    pub(in crate::tape) fast_path: Option<InOrderFastPath>,
    pub(in crate::tape) arranger: Arranger,
    pub(in crate::tape) batches: Vec<Batch>,
    /// The newest time arranged; older lines are late.
    pub(in crate::tape) newest: i64,
    /// Of the lines of that time, when the last one was there.
    newest_arrival: i64,
    /// Per source, the newest time read.
    newest_of: Vec<i64>,
    /// True if all lines must be arranged again at the end.
    pub(in crate::tape) rearranges: bool,
    /// Then the time up to which rows stay as they are.
    stays_until: i64,
    /// The last admitted line, held back since it may release the log's last impressions.
    pub(in crate::tape) held: Option<Place>,
    /// True if the lines were dropped for want of memory: the arranged order is final.
    pub(in crate::tape) order_is_final: bool,
    /// The bytes of memory of the lines.
    bytes: usize,
}

/// What waits for the end of the log, as a version of the tape tells it.
#[derive(Clone, Copy, Debug)]
pub(in crate::tape) struct Waiting {
    /// True if rows will be arranged again.
    pub(in crate::tape) must_rearrange: bool,
    /// True if the lines for it were dropped.
    pub(in crate::tape) order_is_final: bool,
    /// The time up to which no line that waits belongs before a row.
    pub(in crate::tape) stays_until: i64,
    /// The bytes of memory of the lines.
    pub(in crate::tape) bytes: usize,
}

impl Default for Waiting {
    /// Nothing.
    fn default() -> Self {
        Self { must_rearrange: false, order_is_final: false, stays_until: i64::MAX, bytes: 0 }
    }
}

/// The place of a line: the index of its batch, and its index in it.
#[derive(Clone, Copy, Debug)]
pub(in crate::tape) struct Place {
    pub(in crate::tape) batch: u32,
    pub(in crate::tape) line: u32,
}

impl ReorderBuffer {
    pub(in crate::tape) const fn new(
        arranger: Arranger,
        fast_path: Option<InOrderFastPath>,
    ) -> Self {
        Self {
            fast_path,
            arranger,
            batches: Vec::new(),
            newest: i64::MIN,
            newest_arrival: i64::MIN,
            newest_of: Vec::new(),
            rearranges: false,
            stays_until: i64::MAX,
            held: None,
            order_is_final: false,
            bytes: 0,
        }
    }

    /// Keeps a batch.
    pub(in crate::tape) fn keep(&mut self, batch: Batch) {
        self.bytes += bytes(&batch);
        self.batches.push(batch);
    }

    /// The bytes of memory held.
    pub(in crate::tape) fn bytes(&self) -> usize {
        self.bytes
            + self.arranger.bytes()
            + self.fast_path.as_ref().map_or(0, InOrderFastPath::bytes)
    }

    /// True if arranged rows will be reordered.
    pub(in crate::tape) fn must_rearrange(&self) -> bool {
        self.rearranges || self.fast_path.as_ref().is_some_and(InOrderFastPath::has_late)
    }

    /// Notes that all lines must be arranged again at the end, since some belong behind this time.
    pub(in crate::tape) fn rearrange_from(&mut self, time: i64) {
        self.rearranges = true;
        self.stays_until = self.stays_until.min(time);
    }

    /// What waits for the end of the log.
    pub(in crate::tape) fn waiting(&self) -> Waiting {
        let late = self.fast_path.as_ref().map(InOrderFastPath::oldest_late);
        Waiting {
            must_rearrange: self.must_rearrange(),
            order_is_final: self.order_is_final,
            stays_until: late.unwrap_or(self.stays_until),
            bytes: self.bytes(),
        }
    }

    /// Drops the batches, except for the line held back.
    pub(in crate::tape) fn drop_batches(&mut self) {
        let held = self.held.as_mut().map(|held| {
            let batch = self.batches.swap_remove(held.batch as usize);
            held.batch = 0;
            batch
        });
        self.batches.clear();
        self.batches.extend(held);
        self.bytes = self.batches.iter().map(bytes).sum();
    }

    /// The newest time read from a source.
    pub(in crate::tape) fn newest_of(&mut self, source: usize) -> &mut i64 {
        if self.newest_of.len() <= source {
            self.newest_of.resize(source + 1, i64::MIN);
        }
        &mut self.newest_of[source]
    }

    /// Arranges the next line, or leaves it for the end.
    pub(in crate::tape) fn push(
        &mut self,
        place: Place,
        order: Order,
        rows: &mut Rows,
        (rejections, contents): (&mut Rejections, &mut Contents),
    ) {
        let batch = &self.batches[place.batch as usize];
        let line = &batch.lines[place.line as usize];
        let arrival = batch.arrivals.get(place.line as usize).copied();
        let arrived = arrived(arrival, line.time);
        if order == Order::Time && (line.time, arrived) < (self.newest, self.newest_arrival) {
            // Of the lines of one time, some of those before may have to follow it.
            let time = line.time - i64::from(arrival.is_some());
            self.rearrange_from(time);
            return;
        }
        let id = batch.ids.get(place.line as usize).copied().flatten();
        let (admitted, is_first) = match batch.shares.get(place.line as usize) {
            Some(shares) => self.arranger.admit_shared(id, line.time, (line.number, *shares)),
            None => (self.arranger.admit(id, line.time, line.number), true),
        };
        if let Err(original) = admitted {
            if is_first {
                rejections.add_duplicate(line.number, original, line.time);
            }
            contents.count_duplicate(line);
            return;
        }
        if self.arranger.dedups() {
            contents.admit(line);
        }
        (self.newest, self.newest_arrival) = (line.time, arrived);
        if self.arranger.makes_impressions() {
            let before = self.held.replace(place);
            self.arrange(before, rows, false);
        } else {
            self.release_held(rows, false);
            self.arrange(Some(place), rows, false);
        }
    }

    pub(in crate::tape) fn release_held(&mut self, rows: &mut Rows, last: bool) {
        let held = self.held.take();
        self.arrange(held, rows, last);
    }

    fn arrange(&mut self, place: Option<Place>, rows: &mut Rows, last: bool) {
        let Some(Place { batch, line }) = place else { return };
        let batch = &self.batches[batch as usize];
        let line = line as usize;
        let arrival = batch.arrivals.get(line).copied();
        self.arranger.arrange(rows, &batch.lines[line], (arrival, batch.cells(line)), last);
    }

    fn time(&self, place: Place) -> i64 {
        self.batches[place.batch as usize].lines[place.line as usize].time
    }

    /// The time of a line, and when it was there.
    fn times(&self, place: Place) -> (i64, i64) {
        let arrival = self.batches[place.batch as usize].arrivals.get(place.line as usize).copied();
        let time = self.time(place);
        (time, arrived(arrival, time))
    }

    /// All lines of one source, or of all, as read.
    fn places(&self, source: Option<usize>) -> Vec<Place> {
        self.batches
            .iter()
            .zip(0..)
            .filter(|(batch, _)| source.is_none_or(|source| batch.source == source))
            .flat_map(|(lines, batch)| {
                (0..lines.len() as u32).map(move |line| Place { batch, line })
            })
            .collect()
    }

    /// All lines by time; at equal time, by when they were there, then as read.
    pub(in crate::tape) fn by_time(&self) -> Vec<Place> {
        let mut places = self.places(None);
        places.sort_by_key(|place| self.times(*place));
        places
    }

    /// All lines, merged: always the oldest of the sources' next lines, at equal time that of the
    /// first source.
    pub(in crate::tape) fn merged(&self) -> Vec<Place> {
        let sources = self.batches.iter().map(|batch| batch.source + 1).max().unwrap_or(0);
        let mut heads: Vec<_> =
            (0..sources).map(|source| self.places(Some(source)).into_iter().peekable()).collect();
        let mut merged = Vec::new();
        loop {
            let next = heads
                .iter_mut()
                .filter_map(|head| head.peek().copied().map(|place| (self.time(place), head)))
                .min_by_key(|(time, _)| *time);
            let Some(place) = next.and_then(|(_, head)| head.next()) else { return merged };
            merged.push(place);
        }
    }
}

impl ReorderBuffer {
    /// Begins again with the first line.
    pub(in crate::tape) const fn rewind(&mut self) {
        self.held = None;
        (self.newest, self.newest_arrival) = (i64::MIN, i64::MIN);
    }
}

/// When a line of this time was there: at its own time, if it does not say.
const fn arrived(arrival: Option<Arrival>, time: i64) -> i64 {
    match arrival {
        Some(Arrival::Time(time)) => time.0,
        _ => time,
    }
}

/// The bytes of memory of a batch.
fn bytes(batch: &Batch) -> usize {
    let Batch { lines, cells, ids, shares, arrivals, .. } = batch;
    lines.capacity() * size_of::<Line>()
        + cells.capacity() * size_of::<u32>()
        + ids.capacity() * size_of::<Option<u128>>()
        + shares.capacity() * size_of::<u32>()
        + arrivals.capacity() * size_of::<Arrival>()
}
