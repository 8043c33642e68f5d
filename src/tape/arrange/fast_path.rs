//! The fast path for events that are one row each with only their own fields: most flat logs.
//! In-order lines are appended batch by batch; late ones are buffered and merged at the end of the
//! log.

use crate::base::events::Order;

use crate::tape::columns::rows::Rows;
use crate::tape::demand::{Demand, Layout};
use crate::tape::encode::batch::{Batch, Line};

/// The late lines.
#[derive(Clone, Debug)]
pub(in crate::tape) struct InOrderFastPath {
    order: Order,
    /// The newest time arranged; older lines are late.
    newest: i64,
    /// The oldest time of a late line; the greatest time if there is none.
    oldest_late: i64,
    late: Vec<Line>,
    /// The cells of the late lines, one per column and line.
    cells: Vec<u32>,
}

impl InOrderFastPath {
    /// `None` if the log needs joins, impressions, deduplication or a merge.
    pub(in crate::tape) fn new(demand: &Demand, layout: &Layout, sources: usize) -> Option<Self> {
        let order = demand.settings.order;
        let merges = order == Order::Log && sources > 1;
        let joins = layout.has_parties() || layout.has_entities();
        let is_plain =
            !joins && demand.settings.known.is_none() && demand.settings.dedup.is_none() && !merges;
        let (newest, oldest_late) = (i64::MIN, i64::MAX);
        is_plain.then(|| Self { order, newest, oldest_late, late: Vec::new(), cells: Vec::new() })
    }

    /// Appends the in-order lines of a batch, and buffers the late ones.
    pub(in crate::tape) fn extend(&mut self, rows: &mut Rows, batch: &Batch) {
        let lines = &batch.lines;
        let is_next = |line: &Line| self.order == Order::Log || line.time >= self.newest;
        if lines.first().is_some_and(is_next) && (self.order == Order::Log || is_sorted(lines)) {
            rows.extend(lines, &batch.cells);
            self.newest = lines.last().map_or(self.newest, |line| line.time);
            return;
        }
        for (number, line) in lines.iter().enumerate() {
            if line.time >= self.newest {
                self.newest = line.time;
                rows.extend(std::slice::from_ref(line), batch.cells(number));
            } else {
                self.oldest_late = self.oldest_late.min(line.time);
                self.late.push(*line);
                self.cells.extend_from_slice(batch.cells(number));
            }
        }
    }

    /// True if there are late lines: then rows will be reordered.
    pub(super) const fn has_late(&self) -> bool {
        !self.late.is_empty()
    }

    /// The oldest time of a late line; the greatest time if there is none.
    pub(super) const fn oldest_late(&self) -> i64 {
        self.oldest_late
    }

    /// The bytes of memory of the late lines.
    pub(in crate::tape) const fn bytes(&self) -> usize {
        self.late.capacity() * size_of::<Line>() + self.cells.capacity() * size_of::<u32>()
    }

    /// Merges the late lines.
    pub(in crate::tape) fn finish(self, rows: &mut Rows) {
        if self.has_late() {
            rows.merge(&self.late, &self.cells);
        }
    }
}

fn is_sorted(lines: &[Line]) -> bool {
    lines.is_sorted_by_key(|line| line.time)
}
