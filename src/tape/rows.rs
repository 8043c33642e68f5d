//! What has been arranged: a column for each attribute, and which rows belong to which event. It
//! must not know joins or impressions.

use crate::base::Timestamp;
use crate::base::events::Order;

use super::RowKind;
use super::batch::Line;
use super::dictionary::Column;

/// Rows in applied order, and the events that they belong to.
#[derive(Clone, Debug, Default)]
pub(super) struct Rows {
    pub(super) times: Vec<i64>,
    pub(super) kinds: Vec<RowKind>,
    pub(super) types: Vec<u16>,
    /// A column for each demanded attribute, then those of the hidden dictionaries, which have
    /// values but no rows.
    pub(super) columns: Vec<Column>,
    /// For each event, its line.
    pub(super) lines: Vec<u32>,
    /// For each event, the hash of its line.
    pub(super) hashes: Vec<u64>,
    /// After each [`STRIDE`] events, the fingerprint of the events up to there.
    pub(super) fingerprints: Vec<u64>,
    /// The fingerprint of all events.
    pub(super) fingerprint: u64,
    /// For each event, the newest time up to it; empty where events are in order of time, since
    /// the clock is then the event's own time.
    pub(super) clocks: Vec<i64>,
    /// Whether rows are forgotten again and again, so that nobody asks for fingerprints.
    pub(super) is_passing: bool,
    /// The newest time of events that were forgotten; `i64::MIN` if there were none.
    clock_before: i64,
    pub(super) order: Order,
    /// For each event, the row after its last; empty while each event is one row.
    pub(super) ends: Vec<u32>,
    /// For each row, its event; empty while each event is one row.
    pub(super) owners: Vec<u32>,
}

/// How many events lie between two fingerprints that are kept.
pub(super) const STRIDE: usize = 1024;

impl Rows {
    pub(super) fn new(columns: usize, order: Order) -> Self {
        Self {
            columns: vec![Column::default(); columns],
            order,
            clock_before: i64::MIN,
            ..Self::default()
        }
    }

    /// Forgets all rows, but not what their numbers stand for. The room that they took is kept
    /// for others.
    pub(super) fn clear(&mut self) {
        self.times.clear();
        self.kinds.clear();
        self.types.clear();
        self.lines.clear();
        self.hashes.clear();
        self.fingerprints.clear();
        self.fingerprint = 0;
        self.clocks.clear();
        self.clock_before = i64::MIN;
        self.ends.clear();
        self.owners.clear();
        self.columns.iter_mut().for_each(|column| column.ids.clear());
    }

    /// Forgets all rows as [`clear`](Self::clear) does, but not that there were some: the clock
    /// goes on from theirs.
    pub(super) fn pass(&mut self) {
        let clock = self.clock(self.events()).map_or(self.clock_before, |clock| clock.0);
        self.clear();
        self.clock_before = clock;
    }

    /// Begins the next event; its rows are pushed after this.
    pub(super) fn begin_event(&mut self, line: &Line) {
        self.record(line.hash);
        if self.order == Order::Log {
            let clock = self.clocks.last().copied().unwrap_or(self.clock_before);
            self.clocks.push(clock.max(line.time));
        }
        self.lines.push(line.number);
        if !self.ends.is_empty() {
            self.ends.push(self.times.len() as u32);
        }
    }

    fn record(&mut self, hash: u64) {
        self.hashes.push(hash);
        if self.is_passing {
            return;
        }
        self.fingerprint = fold(self.fingerprint, hash);
        if self.hashes.len().is_multiple_of(STRIDE) {
            self.fingerprints.push(self.fingerprint);
        }
    }

    /// Appends events of one row each, whose numbers lie in `cells`, as many a line as there are
    /// columns. No event before them may have had more rows than one.
    pub(super) fn extend(&mut self, lines: &[Line], cells: &[u32]) {
        self.times.extend(lines.iter().map(|line| line.time));
        self.kinds.extend(lines.iter().map(|line| line.kind));
        self.types.extend(lines.iter().map(|line| line.type_id));
        self.lines.extend(lines.iter().map(|line| line.number));
        self.record_all(lines);
        if self.order == Order::Log {
            let mut clock = self.clocks.last().copied().unwrap_or(self.clock_before);
            self.clocks.extend(lines.iter().map(|line| {
                clock = clock.max(line.time);
                clock
            }));
        }
        let width = self.columns.len();
        for (number, column) in self.columns.iter_mut().enumerate() {
            column.ids.extend(cells.chunks_exact(width).map(|cells| cells[number]));
        }
    }

    fn record_all(&mut self, lines: &[Line]) {
        self.hashes.extend(lines.iter().map(|line| line.hash));
        if self.is_passing {
            return;
        }
        for (number, line) in (1..).zip(lines) {
            self.fingerprint = fold(self.fingerprint, line.hash);
            if (self.hashes.len() - lines.len() + number).is_multiple_of(STRIDE) {
                self.fingerprints.push(self.fingerprint);
            }
        }
    }

    /// Puts events of one row each in their places by time and, at one time, by line: those that
    /// are here and those of `lines`, neither of which need be in order. Their numbers lie in
    /// `cells`, as many a line as there are columns.
    pub(super) fn merge(&mut self, lines: &[Line], cells: &[u32]) {
        self.extend(lines, cells);
        let mut order: Vec<u32> = (0..self.lines.len() as u32).collect();
        order.sort_by_key(|at| {
            let at = *at as usize;
            (self.times[at], self.lines[at])
        });
        gather(&mut self.times, &order);
        gather(&mut self.kinds, &order);
        gather(&mut self.types, &order);
        gather(&mut self.lines, &order);
        self.columns.iter_mut().for_each(|column| gather(&mut column.ids, &order));
        let mut hashes = std::mem::take(&mut self.hashes);
        gather(&mut hashes, &order);
        self.fingerprints.clear();
        self.fingerprint = 0;
        hashes.into_iter().for_each(|hash| self.record(hash));
    }

    /// Appends a row to the event that was begun last, and its numbers to the columns.
    pub(super) fn push(
        &mut self,
        kind: RowKind,
        type_id: u16,
        time: i64,
        ids: impl Iterator<Item = u32>,
    ) {
        let events = self.lines.len();
        if self.ends.is_empty() && self.times.len() >= events {
            // The first event of more than one row: until now each was one.
            let rows = self.times.len() as u32;
            self.ends = (1..=rows).collect();
            self.owners = (0..rows).collect();
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

    pub(super) const fn events(&self) -> usize {
        self.lines.len()
    }

    pub(super) fn end_row(&self, events: usize) -> usize {
        let events = events.min(self.events());
        match events.checked_sub(1).and_then(|last| self.ends.get(last)) {
            Some(end) => *end as usize,
            None => events,
        }
    }

    pub(super) fn row_event(&self, row: usize) -> usize {
        self.owners.get(row).map_or(row, |event| *event as usize)
    }

    pub(super) fn line(&self, row: usize) -> u64 {
        self.lines.get(self.row_event(row)).copied().map_or(0, u64::from)
    }

    pub(super) fn fingerprint(&self, events: usize) -> u64 {
        let events = events.min(self.events());
        if events == self.events() {
            return self.fingerprint;
        }
        let strides = events / STRIDE;
        let before = strides.checked_sub(1).map_or(0, |stride| self.fingerprints[stride]);
        self.hashes[strides * STRIDE..events]
            .iter()
            .fold(before, |folded, hash| fold(folded, *hash))
    }

    pub(super) fn clock(&self, events: usize) -> Option<Timestamp> {
        let last = events.min(self.events()).checked_sub(1)?;
        Some(Timestamp(match self.order {
            Order::Log => self.clocks[last],
            Order::Time => self.times[self.end_row(last)],
        }))
    }

    /// How many events there are before the clock would pass `time`.
    pub(super) fn events_at(&self, time: Timestamp) -> usize {
        let (mut low, mut high) = (0, self.events());
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

    /// Gives back memory that was reserved for rows to come.
    pub(super) fn shrink(&mut self) {
        self.times.shrink_to_fit();
        self.kinds.shrink_to_fit();
        self.types.shrink_to_fit();
        self.lines.shrink_to_fit();
        self.hashes.shrink_to_fit();
        self.fingerprints.shrink_to_fit();
        self.clocks.shrink_to_fit();
        self.ends.shrink_to_fit();
        self.owners.shrink_to_fit();
        for column in &mut self.columns {
            column.ids.shrink_to_fit();
            column.values.shrink_to_fit();
        }
    }

    pub(super) fn bytes(&self) -> usize {
        let words = self.lines.capacity() + self.ends.capacity() + self.owners.capacity();
        let longs = self.times.capacity() + self.hashes.capacity() + self.clocks.capacity();
        words * size_of::<u32>()
            + longs * size_of::<u64>()
            + self.kinds.capacity() * size_of::<RowKind>()
            + self.types.capacity() * size_of::<u16>()
            + self.columns.iter().map(Column::bytes).sum::<usize>()
    }
}

/// Puts values in another order: each where `order` has its place.
fn gather<T: Copy>(values: &mut Vec<T>, order: &[u32]) {
    *values = order.iter().map(|at| values[*at as usize]).collect();
}

/// The fingerprint of a sequence of lines, one line longer.
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
        let mut rows = Rows::new(1, Order::Time);
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
        let mut rows = Rows::new(0, Order::Log);
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
            let mut rows = Rows::new(0, Order::Time);
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
