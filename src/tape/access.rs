//! What is read of a tape. Rows are read one by one or some at once; where they lie in pages, those
//! of one page at once are read quickly. It must not change a tape.

use std::ops::RangeBounds;
use std::sync::Arc;

use crate::base::Timestamp;

use super::arrange::reorder_buffer::ReorderBuffer;
use super::encode::batch;
use super::{
    BufferPool, Column, Contents, Demand, ImpressionsStatus, PageGuard, Rejections, RowKind, Tape,
};

impl Tape {
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

    /// The times of some rows in milliseconds. The rows must exist.
    #[must_use]
    pub fn times(&self, rows: impl RangeBounds<usize>) -> PageGuard<'_, i64> {
        self.rows.times.slice(rows)
    }

    /// The time of a row in milliseconds. The row must exist.
    #[must_use]
    pub fn time(&self, row: usize) -> i64 {
        self.rows.times.get(row)
    }

    /// What a row is. The row must exist.
    #[must_use]
    pub fn kind(&self, row: usize) -> RowKind {
        self.rows.kinds.get(row)
    }

    /// What some rows are. The rows must exist.
    #[must_use]
    pub fn kinds(&self, rows: impl RangeBounds<usize>) -> PageGuard<'_, RowKind> {
        self.rows.kinds.slice(rows)
    }

    /// The types of some rows, indices into [`type_names`](Self::type_names), and beyond them for
    /// rows that are not counted. The rows must exist.
    #[must_use]
    pub fn type_ids(&self, rows: impl RangeBounds<usize>) -> PageGuard<'_, u16> {
        self.rows.types.slice(rows)
    }

    /// The type of a counted row, an index into [`type_names`](Self::type_names); `None` for
    /// rows that are not counted. The row must exist.
    #[must_use]
    pub fn type_id(&self, row: usize) -> Option<u16> {
        Some(self.rows.types.get(row)).filter(|id| *id != batch::NO_TYPE)
    }

    /// How far rows from one on lie together: what is read of them is read quickly.
    #[must_use]
    pub fn together(&self, row: usize) -> usize {
        self.rows.times.piece_end(row)
    }

    /// Where rows may be that find no room in memory.
    #[must_use]
    pub const fn pager(&self) -> Option<&Arc<BufferPool>> {
        self.pager.as_ref()
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

    /// What the lines are that were read.
    #[must_use]
    pub const fn contents(&self) -> &Contents {
        &self.contents
    }

    /// The types of the log's own events with their counts, the most frequent first.
    #[must_use]
    pub fn types_by_count(&self) -> Vec<(&str, u64)> {
        let names = self.types.iter().enumerate();
        let counted = names.map(|(place, name)| (name.as_str(), self.contents.events_of(place)));
        let mut types: Vec<_> = counted.filter(|(_, count)| *count > 0).collect();
        types.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
        types
    }

    /// The lines that are no events.
    #[must_use]
    pub const fn rejections(&self) -> &Rejections {
        &self.rejections
    }

    /// Memory that is needed only while the log is read, in bytes.
    #[must_use]
    pub fn loading_bytes(&self) -> usize {
        self.loading.as_ref().map_or(0, ReorderBuffer::bytes)
    }

    /// Calls `visit` with the time of each event in milliseconds, in their order.
    pub fn visit_times(&self, visit: impl FnMut(i64)) {
        self.rows.visit_times(visit);
    }

    /// Memory held, in bytes, besides that of pages; what is needed only while loading is left out.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.rows.bytes() + self.types.iter().map(String::capacity).sum::<usize>()
    }
}
