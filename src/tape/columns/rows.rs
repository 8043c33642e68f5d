//! The arranged rows: a column per attribute, and which rows belong to which event.

use crate::base::Timestamp;
use crate::base::events::Order;
use crate::base::segmented::SegmentedVec;

use super::cell::Cell;
use super::dictionary::Column;
use super::paged::{PagedColumn, Storage};
use crate::tape::demand::NO_TYPE;
use crate::tape::encode::batch::{Arrival, Line};
use crate::tape::row_kind::RowKind;

/// Rows in applied order, and their events.
#[derive(Clone, Debug)]
pub(in crate::tape) struct Rows {
    pub(in crate::tape) times: PagedColumn<i64>,
    pub(in crate::tape) kinds: PagedColumn<RowKind>,
    pub(in crate::tape) types: PagedColumn<u16>,
    /// A column per demanded attribute, then those of hidden dictionaries, which have values but no
    /// rows.
    pub(in crate::tape) columns: Vec<Column>,
    /// Per event, its line.
    pub(in crate::tape) lines: PagedColumn<u32>,
    /// Per event, its number among those of its line; empty where a line is one event.
    pub(in crate::tape) subs: PagedColumn<u32>,
    /// True if a line may be several events.
    has_subs: bool,
    /// Per event, when its line was there, [`UNKNOWN`] where it does not say; empty unless that is
    /// asked for.
    pub(in crate::tape) arrivals: PagedColumn<i64>,
    has_arrivals: bool,
    /// Per event, the hash of its line.
    pub(in crate::tape) hashes: PagedColumn<u64>,
    /// The fingerprint after every [`STRIDE`] events.
    pub(in crate::tape) fingerprints: SegmentedVec<u64>,
    /// The fingerprint of all events.
    pub(in crate::tape) fingerprint: u64,
    /// Per event, the clock; empty while events are in order of time, since the clock is then the
    /// event's own time.
    pub(in crate::tape) clocks: PagedColumn<i64>,
    /// The clock after every [`STRIDE`] events, as an index for searches by time.
    pub(in crate::tape) strides: SegmentedVec<i64>,
    /// True for a streaming tape, which has no fingerprints.
    pub(in crate::tape) is_streaming: bool,
    /// The clock of the drained events; `i64::MIN` if there were none.
    clock_before: i64,
    pub(in crate::tape) order: Order,
    /// Per event, the row after its last; empty while each event is one row.
    pub(in crate::tape) ends: PagedColumn<u32>,
    /// Per row, its event; empty while each event is one row.
    pub(in crate::tape) owners: PagedColumn<u32>,
}

/// The time of a line that does not say when it was there.
const UNKNOWN: i64 = i64::MIN;
/// The events between two kept fingerprints.
pub(in crate::tape) const STRIDE: usize = 1024;

impl Rows {
    pub(in crate::tape) fn new(columns: usize, order: Order, storage: &Storage) -> Self {
        Self {
            times: PagedColumn::new(storage, 0),
            kinds: PagedColumn::new(storage, RowKind::Event),
            types: PagedColumn::new(storage, NO_TYPE),
            columns: (0..columns).map(|_| Column::new(storage)).collect(),
            lines: PagedColumn::new(storage, 0),
            subs: PagedColumn::new(storage, 0),
            has_subs: false,
            arrivals: PagedColumn::new(storage, UNKNOWN),
            has_arrivals: false,
            hashes: PagedColumn::new(storage, 0),
            fingerprints: SegmentedVec::new(),
            fingerprint: 0,
            clocks: PagedColumn::new(storage, 0),
            strides: SegmentedVec::new(),
            is_streaming: matches!(storage, Storage::List),
            clock_before: i64::MIN,
            order,
            ends: PagedColumn::new(storage, 0),
            owners: PagedColumn::new(storage, 0),
        }
    }

    /// Rows of which several may be of one line.
    pub(in crate::tape) fn numbered(self, has_subs: bool) -> Self {
        Self { has_subs, ..self }
    }

    /// Rows of which it is asked when their lines were there.
    pub(in crate::tape) fn with_arrivals(self, has_arrivals: bool) -> Self {
        Self { has_arrivals, ..self }
    }

    /// Clears the rows; dictionaries and allocations stay.
    pub(in crate::tape) fn clear(&mut self) {
        self.times.clear();
        self.kinds.clear();
        self.types.clear();
        self.lines.clear();
        self.subs.clear();
        self.arrivals.clear();
        self.hashes.clear();
        self.fingerprints = SegmentedVec::new();
        self.fingerprint = 0;
        self.clocks.clear();
        self.strides = SegmentedVec::new();
        self.clock_before = i64::MIN;
        self.ends.clear();
        self.owners.clear();
        self.columns.iter_mut().for_each(|column| column.ids.clear());
    }

    /// Drains the rows: like [`clear`](Self::clear), but the clock continues.
    pub(in crate::tape) fn drain(&mut self) {
        let clock = self.clock(self.events()).map_or(self.clock_before, |clock| clock.0);
        self.clear();
        self.clock_before = clock;
    }

    /// Begins an event; its rows follow.
    pub(in crate::tape) fn begin_event(&mut self, line: &Line) {
        self.mark();
        self.record(line.hash);
        if self.order == Order::Log {
            let clock = self.clocks.last().unwrap_or(self.clock_before);
            self.clocks.push(clock.max(line.time));
        }
        self.lines.push(line.number);
        if self.has_subs {
            self.subs.push(line.sub);
        }
        if !self.ends.is_empty() {
            self.ends.push(self.times.len() as u32);
        }
    }

    /// Says when the line of the last event was there, if that is asked for.
    pub(in crate::tape) fn note_arrival(&mut self, arrival: Option<Arrival>) {
        if self.has_arrivals {
            self.arrivals.push(match arrival {
                Some(Arrival::Time(time)) => time.0,
                _ => UNKNOWN,
            });
        }
    }

    /// Appends the hash of a line.
    pub(in crate::tape) fn record(&mut self, hash: u64) {
        self.hashes.push(hash);
        if self.is_streaming {
            return;
        }
        self.fingerprint = fold(self.fingerprint, hash);
        if self.hashes.len().is_multiple_of(STRIDE) {
            self.fingerprints.push(self.fingerprint);
        }
    }

    /// Appends events of one row each; `cells` has a value id per column and line. No earlier event
    /// may have more than one row.
    pub(in crate::tape) fn extend(&mut self, lines: &[Line], cells: &[u32]) {
        self.times.extend(lines.iter().map(|line| line.time));
        self.kinds.extend(lines.iter().map(|line| line.kind));
        self.types.extend(lines.iter().map(|line| line.type_id));
        self.lines.extend(lines.iter().map(|line| line.number));
        if self.has_subs {
            self.subs.extend(lines.iter().map(|line| line.sub));
        }
        self.record_all(lines);
        if self.order == Order::Log {
            let mut clock = self.clocks.last().unwrap_or(self.clock_before);
            self.clocks.extend(lines.iter().map(|line| {
                clock = clock.max(line.time);
                clock
            }));
        }
        let width = self.columns.len();
        for (number, column) in self.columns.iter_mut().enumerate() {
            column.ids.extend(cells.chunks_exact(width).map(|cells| cells[number]));
        }
        self.mark();
    }

    /// Extends the index by time over complete events.
    pub(in crate::tape) fn mark(&mut self) {
        while !self.is_streaming && (self.strides.len() + 1) * STRIDE <= self.events() {
            let events = (self.strides.len() + 1) * STRIDE;
            let Some(clock) = self.clock(events) else { return };
            self.strides.push(clock.0);
        }
    }

    fn record_all(&mut self, lines: &[Line]) {
        self.hashes.extend(lines.iter().map(|line| line.hash));
        if self.is_streaming {
            return;
        }
        for (number, line) in (1..).zip(lines) {
            self.fingerprint = fold(self.fingerprint, line.hash);
            if (self.hashes.len() - lines.len() + number).is_multiple_of(STRIDE) {
                self.fingerprints.push(self.fingerprint);
            }
        }
    }

    /// Appends a row to the last event.
    pub(in crate::tape) fn push(
        &mut self,
        kind: RowKind,
        type_id: u16,
        time: i64,
        ids: impl Iterator<Item = u32>,
    ) {
        let events = self.lines.len();
        if self.ends.is_empty() && self.times.len() >= events {
            // The first event with several rows: until now each was one row.
            let rows = self.times.len() as u32;
            self.ends.extend(1..=rows);
            self.owners.extend(0..rows);
        }
        self.times.push(time);
        self.kinds.push(kind);
        self.types.push(type_id);
        for (column, id) in self.columns.iter_mut().zip(ids) {
            column.ids.push(id);
        }
        if let Some(end) = self.ends.last_mut() {
            *end = self.times.len() as u32;
            self.owners.push(events as u32 - 1);
        }
    }

    pub(in crate::tape) const fn events(&self) -> usize {
        self.lines.len()
    }

    pub(in crate::tape) fn end_row(&self, events: usize) -> usize {
        let events = events.min(self.events());
        match events.checked_sub(1).and_then(|last| self.ends.try_get(last)) {
            Some(end) => end as usize,
            None => events,
        }
    }

    pub(in crate::tape) fn row_event(&self, row: usize) -> usize {
        self.owners.try_get(row).map_or(row, |event| event as usize)
    }

    pub(in crate::tape) fn line(&self, row: usize) -> u64 {
        self.lines.try_get(self.row_event(row)).map_or(0, u64::from)
    }

    /// The number of a row's event among those of its line; `None` where a line is one event.
    pub(in crate::tape) fn sub(&self, row: usize) -> Option<u64> {
        self.subs.try_get(self.row_event(row)).map(u64::from)
    }

    /// The number of events that must have a number within their line.
    pub(in crate::tape) const fn numbered_events(&self) -> usize {
        if self.has_subs { self.events() } else { 0 }
    }

    /// When the line of a row was there; `None` where it does not say, or that is not asked for.
    pub(in crate::tape) fn arrival(&self, row: usize) -> Option<Timestamp> {
        let arrival =
            self.arrivals.try_get(self.row_event(row)).filter(|arrival| *arrival != UNKNOWN)?;
        Some(Timestamp(arrival))
    }

    /// The number of events that must have a time of arrival, or none that is.
    pub(in crate::tape) const fn events_with_arrivals(&self) -> usize {
        if self.has_arrivals { self.events() } else { 0 }
    }

    pub(in crate::tape) fn fingerprint(&self, events: usize) -> u64 {
        let events = events.min(self.events());
        if events == self.events() {
            return self.fingerprint;
        }
        let strides = events / STRIDE;
        let before = strides.checked_sub(1).map_or(0, |stride| self.fingerprints[stride]);
        self.hashes
            .slice(strides * STRIDE..events)
            .iter()
            .fold(before, |folded, hash| fold(folded, *hash))
    }

    pub(in crate::tape) fn clock(&self, events: usize) -> Option<Timestamp> {
        let last = events.min(self.events()).checked_sub(1)?;
        Some(Timestamp(match self.order {
            Order::Log => self.clocks.get(last),
            Order::Time => self.times.get(self.end_row(last)),
        }))
    }

    /// The clock once the event of a row came, where the row's time is known.
    #[inline]
    pub(in crate::tape) fn row_clock(&self, row: usize, time: i64) -> i64 {
        if matches!(self.order, Order::Time) && self.owners.is_empty() {
            return time;
        }
        self.clock(self.row_event(row) + 1).map_or(time, |clock| clock.0)
    }

    /// The number of events before the clock passes `time`.
    pub(in crate::tape) fn events_at(&self, time: Timestamp) -> usize {
        let stride = self.strides.partition_point(|clock| *clock <= time.0);
        let mut low = stride * STRIDE;
        let mut high = if stride < self.strides.len() { low + STRIDE } else { self.events() };
        while low < high {
            let middle = low.midpoint(high);
            if self.clock(middle + 1).is_some_and(|clock| clock <= time) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        low
    }

    /// Visits the time of each event, in order.
    pub(in crate::tape) fn visit_times(&self, mut visit: impl FnMut(i64)) {
        if self.ends.is_empty() {
            self.times
                .visit(0..self.times.len(), |times| times.iter().copied().for_each(&mut visit));
            return;
        }
        let mut first = 0;
        self.ends.visit(0..self.ends.len(), |ends| {
            for end in ends {
                visit(self.times.try_get(first).unwrap_or_default());
                first = *end as usize;
            }
        });
    }

    /// Releases reserved memory.
    pub(in crate::tape) fn shrink(&mut self) {
        self.times.shrink();
        self.kinds.shrink();
        self.types.shrink();
        self.lines.shrink();
        self.subs.shrink();
        self.arrivals.shrink();
        self.hashes.shrink();
        self.fingerprints.shrink();
        self.clocks.shrink();
        self.ends.shrink();
        self.owners.shrink();
        self.columns.iter_mut().for_each(Column::shrink);
    }

    /// The bytes of memory held, besides pages.
    pub(in crate::tape) fn bytes(&self) -> usize {
        self.times.bytes()
            + self.kinds.bytes()
            + self.types.bytes()
            + self.lines.bytes()
            + self.subs.bytes()
            + self.arrivals.bytes()
            + self.hashes.bytes()
            + self.clocks.bytes()
            + self.ends.bytes()
            + self.owners.bytes()
            + self.columns.iter().map(Column::bytes).sum::<usize>()
    }
}

/// Every kind, at its discriminant.
pub(in crate::tape) const KINDS: [RowKind; 7] = [
    RowKind::Event,
    RowKind::Impression,
    RowKind::Item,
    RowKind::User,
    RowKind::Ranking,
    RowKind::Listed,
    RowKind::Metadata,
];

impl Cell for RowKind {
    const BYTES: usize = 1;

    fn put(cells: &[Self], bytes: &mut Vec<u8>) {
        bytes.extend(cells.iter().map(|kind| *kind as u8));
    }

    fn get(bytes: &[u8]) -> Vec<Self> {
        bytes.iter().filter_map(|kind| KINDS.get(usize::from(*kind)).copied()).collect()
    }
}

/// The fingerprint, extended by a line.
fn fold(before: u64, line: u64) -> u64 {
    xxhash_rust::xxh3::xxh3_64_with_seed(&line.to_le_bytes(), before)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(time: i64, hash: u64) -> Line {
        Line::stub(time, hash)
    }

    #[test]
    fn events_of_one_row_and_of_several() {
        let mut rows = Rows::new(1, Order::Time, &Storage::Pages);
        let events = [(10, 1), (20, 1), (20, 3), (30, 1), (40, 2)];
        for (time, count) in events {
            rows.begin_event(&line(time, 0));
            for i in 0..count {
                rows.push(RowKind::Event, 0, time - i, [7].into_iter());
            }
        }
        let ends: Vec<_> = (0..=6).map(|events| rows.end_row(events)).collect();
        assert_eq!(ends, [0, 1, 2, 5, 6, 8, 8]);
        let owners: Vec<_> = (0..8).map(|row| rows.row_event(row)).collect();
        assert_eq!(owners, [0, 1, 2, 2, 2, 3, 4, 4]);
        assert_eq!(rows.clock(0), None);
        assert_eq!(rows.clock(3), Some(Timestamp(20)), "the event's time, not its last row's");
        for (time, events) in [(9, 0), (10, 1), (19, 1), (20, 3), (39, 4), (40, 5), (99, 5)] {
            assert_eq!(rows.events_at(Timestamp(time)), events, "{time}");
        }
    }

    #[test]
    fn in_order_of_the_log_the_clock_never_moves_back() {
        let mut rows = Rows::new(0, Order::Log, &Storage::Pages);
        for time in [10, 30, 20, 25, 40] {
            rows.begin_event(&line(time, 0));
            rows.push(RowKind::Event, 0, time, std::iter::empty());
        }
        let clocks: Vec<_> = (1..=5).map(|events| rows.clock(events).unwrap().0).collect();
        assert_eq!(clocks, [10, 30, 30, 30, 40]);
        assert_eq!(rows.events_at(Timestamp(30)), 4);
        assert_eq!(rows.events_at(Timestamp(29)), 1);
    }

    #[test]
    fn a_fingerprint_is_of_lines_in_their_order() {
        let of = |hashes: &[u64]| {
            let mut rows = Rows::new(0, Order::Time, &Storage::Pages);
            for hash in hashes {
                rows.begin_event(&line(0, *hash));
                rows.push(RowKind::Event, 0, 0, std::iter::empty());
            }
            rows.fingerprint(hashes.len())
        };
        assert_eq!(of(&[]), 0);
        assert_eq!(of(&[1, 2, 3]), of(&[1, 2, 3]));
        assert_ne!(of(&[1, 2, 3]), of(&[1, 3, 2]));
        assert_ne!(of(&[1, 2]), of(&[1, 2, 2]));
    }
}
