//! Read access to a tape: row by row, or by ranges, which are fast within a page.

use std::ops::RangeBounds;
use std::path::Path;
use std::sync::Arc;

use crate::base::Timestamp;

use super::demand::NO_TYPE;
use super::{
    BufferPool, Column, Contents, Demand, FileCounts, ImpressionsStatus, PageGuard, Rejections,
    RowKind, Storage, Tape,
};

impl Tape {
    /// True once the log has ended.
    #[must_use]
    pub const fn is_finished(&self) -> bool {
        self.finished
    }

    /// The demand that the tape was loaded for.
    #[must_use]
    pub const fn demand(&self) -> &Demand {
        &self.demand
    }

    /// The number of arranged events: the largest cursor.
    #[must_use]
    pub const fn events(&self) -> usize {
        self.rows.events()
    }

    /// The number of rows of these events.
    #[must_use]
    pub const fn rows(&self) -> usize {
        self.rows.times.len()
    }

    /// The row after the last one of the first `events` events.
    #[must_use]
    pub fn end_row(&self, events: usize) -> usize {
        self.rows.end_row(events)
    }

    /// The index, from 0, of the event that a row belongs to.
    #[must_use]
    pub fn row_event(&self, row: usize) -> usize {
        self.rows.row_event(row)
    }

    /// The times of a range of rows in milliseconds. The rows must exist.
    #[must_use]
    pub fn times(&self, rows: impl RangeBounds<usize>) -> PageGuard<'_, i64> {
        self.rows.times.slice(rows)
    }

    /// The time of a row in milliseconds. The row must exist.
    #[must_use]
    pub fn time(&self, row: usize) -> i64 {
        self.rows.times.get(row)
    }

    /// The kind of a row. The row must exist.
    #[must_use]
    pub fn kind(&self, row: usize) -> RowKind {
        self.rows.kinds.get(row)
    }

    /// The kinds of a range of rows. The rows must exist.
    #[must_use]
    pub fn kinds(&self, rows: impl RangeBounds<usize>) -> PageGuard<'_, RowKind> {
        self.rows.kinds.slice(rows)
    }

    /// The types of a range of rows, indices into [`type_names`](Self::type_names); beyond them for
    /// rows that are not counted. The rows must exist.
    #[must_use]
    pub fn type_ids(&self, rows: impl RangeBounds<usize>) -> PageGuard<'_, u16> {
        self.rows.types.slice(rows)
    }

    /// The type of a counted row, an index into [`type_names`](Self::type_names); `None` for
    /// rows that are not counted. The row must exist.
    #[must_use]
    pub fn type_id(&self, row: usize) -> Option<u16> {
        Some(self.rows.types.get(row)).filter(|id| *id != NO_TYPE)
    }

    /// The end of the page that a row lies in: a range up to there is read without a copy.
    #[must_use]
    pub fn page_end(&self, row: usize) -> usize {
        self.rows.times.piece_end(row)
    }

    /// The storage of the columns; those of an index of the tape have the same.
    #[must_use]
    pub const fn storage(&self) -> &Storage {
        &self.storage
    }

    /// True if rows are dropped again and again; see [`TapeWriter`](super::TapeWriter::streaming).
    #[must_use]
    pub const fn is_streaming(&self) -> bool {
        self.rows.is_streaming
    }

    /// The buffer pool of the columns, if memory is bounded.
    #[must_use]
    pub const fn pool(&self) -> Option<&Arc<BufferPool>> {
        self.storage.pool()
    }

    /// The names of the types, including that of synthetic impressions if any may be made.
    #[must_use]
    pub fn type_names(&self) -> &[String] {
        &self.types
    }

    /// The line, from 0, of the event that a row belongs to; over several logs, lines are counted
    /// through.
    #[must_use]
    pub fn line(&self, row: usize) -> u64 {
        self.rows.line(row)
    }

    /// The number, from 0, of the event that a row belongs to, among those of its line; `None`
    /// where a line is one event.
    #[must_use]
    pub fn sub(&self, row: usize) -> Option<u64> {
        self.rows.sub(row)
    }

    /// When the line of a row's event was there, as it says itself; `None` where it does not, or the
    /// config names no member for it.
    #[must_use]
    pub fn arrival(&self, row: usize) -> Option<Timestamp> {
        self.rows.arrival(row)
    }

    /// The column of an attribute, an index into the demanded ones. The attribute must exist.
    #[must_use]
    pub fn column(&self, attribute: usize) -> &Column {
        &self.rows.columns[attribute]
    }

    /// The newest time among the first `events` events; `None` before the first.
    #[must_use]
    pub fn clock(&self, events: usize) -> Option<Timestamp> {
        self.rows.clock(events)
    }

    /// The clock once the event of a row came, where the row's time is known.
    #[must_use]
    #[inline]
    pub fn row_clock(&self, row: usize, time: i64) -> i64 {
        self.rows.row_clock(row, time)
    }

    /// The number of events before the first one that moves the clock past `time`.
    #[must_use]
    pub fn events_at(&self, time: Timestamp) -> usize {
        self.rows.events_at(time)
    }

    /// The fingerprint: a hash of the lines of the first `events` events in applied order, equal
    /// (but for chance) exactly if the same lines come in the same order. 0 for none, and on a
    /// [streaming](super::TapeWriter::streaming) tape. Stable across runs.
    #[must_use]
    pub fn fingerprint(&self, events: usize) -> u64 {
        self.rows.fingerprint(events)
    }

    /// The status of synthetic impressions.
    #[must_use]
    pub const fn impressions(&self) -> ImpressionsStatus {
        self.impressions
    }

    /// The number of lines that are older than a line before them in the same log and were sorted;
    /// 0 if events are applied as they lie.
    #[must_use]
    pub const fn reordered(&self) -> u64 {
        self.reordered
    }

    /// The contents of the log as far as it is read.
    #[must_use]
    pub const fn contents(&self) -> &Contents {
        &self.contents
    }

    /// The number of events to be counted: lines of metadata of a flat log, which are steps of a
    /// replay too, do not belong to them.
    #[must_use]
    pub fn events_without_metadata(&self) -> u64 {
        match self.contents.lines_of(RowKind::Metadata) {
            0 => self.events() as u64,
            _ => self.types_by_count().iter().map(|(_, count)| count).sum(),
        }
    }

    /// The files of metadata that were read, by their paths as the config names them.
    pub fn metadata_files(&self) -> impl Iterator<Item = (String, &FileCounts)> {
        let files = &self.contents.joins().files;
        let counts = move |(number, path): (usize, &Path)| {
            Some((path.display().to_string(), files.get(number)?))
        };
        self.demand.settings.metadata.files().filter_map(counts)
    }

    /// The event types of the log with their counts, the most frequent first.
    #[must_use]
    pub fn types_by_count(&self) -> Vec<(&str, u64)> {
        let names = self.types.iter().enumerate();
        let counted = names.map(|(place, name)| (name.as_str(), self.contents.events_of(place)));
        let mut types: Vec<_> = counted.filter(|(_, count)| *count > 0).collect();
        types.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
        types
    }

    /// The rejected lines.
    #[must_use]
    pub const fn rejections(&self) -> &Rejections {
        &self.rejections
    }

    /// The number of events that are final as far as the log is read: no line that waits for its
    /// end belongs before them. With `order: time` a line that comes later may still be older.
    #[must_use]
    pub fn final_events(&self) -> usize {
        if self.waiting.must_rearrange && !self.waiting.order_is_final {
            self.events_at(Timestamp(self.waiting.stays_until))
        } else {
            self.events()
        }
    }

    /// True if events must be reordered, for which all of them must be in memory. What a streaming
    /// tape has yielded so far is then void: the log must be read again into a held tape.
    #[must_use]
    pub const fn needs_reorder(&self) -> bool {
        self.waiting.must_rearrange
    }

    /// True if events would have to be reordered, but the reorder buffer was dropped for want of
    /// memory: further lines are not arranged.
    #[must_use]
    pub const fn reorder_exceeds_memory(&self) -> bool {
        self.waiting.order_is_final && self.waiting.must_rearrange
    }

    /// The bytes of the reorder buffer, which lasts until the log ends.
    #[must_use]
    pub const fn reorder_bytes(&self) -> usize {
        self.waiting.bytes
    }

    /// Visits the time of each event in milliseconds, in order.
    pub fn visit_times(&self, visit: impl FnMut(i64)) {
        self.rows.visit_times(visit);
    }

    /// The bytes of memory held, besides pages and the reorder buffer.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.rows.bytes() + self.types.iter().map(String::capacity).sum::<usize>()
    }
}
