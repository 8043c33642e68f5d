//! Events that become a row each, with nothing but their own fields: most flat logs. They go into
//! the columns as they come, batch by batch; those that are out of place wait here for the log's
//! end. It must not know joins, impressions or duplicates.

use crate::base::events::Order;

use crate::tape::columns::rows::Rows;
use crate::tape::demand::{Demand, Layout};
use crate::tape::encode::batch::{Batch, Line};

/// Lines that came too late for their place.
#[derive(Clone, Debug)]
pub(in crate::tape) struct InOrderFastPath {
    order: Order,
    /// The newest time arranged, which no later one may fall behind.
    newest: i64,
    late: Vec<Line>,
    /// The cells of the late lines, as many a line as there are columns.
    cells: Vec<u32>,
}

impl InOrderFastPath {
    /// `None` where lines need more than being put in order.
    pub(in crate::tape) fn new(demand: &Demand, layout: &Layout, sources: usize) -> Option<Self> {
        let order = demand.settings.order;
        let merges = order == Order::Log && sources > 1;
        let is_plain = !layout.has_parties() && demand.settings.dedup.is_none() && !merges;
        is_plain.then(|| Self { order, newest: i64::MIN, late: Vec::new(), cells: Vec::new() })
    }

    /// Appends the lines of a batch, but for those that must wait.
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
                self.late.push(*line);
                self.cells.extend_from_slice(batch.cells(number));
            }
        }
    }

    /// Whether lines wait: then rows will change their places.
    pub(in crate::tape) const fn has_late(&self) -> bool {
        !self.late.is_empty()
    }

    /// The bytes of memory that those take.
    pub(in crate::tape) const fn bytes(&self) -> usize {
        self.late.capacity() * size_of::<Line>() + self.cells.capacity() * size_of::<u32>()
    }

    /// Puts those that waited in their places.
    pub(in crate::tape) fn finish(self, rows: &mut Rows) {
        if self.has_late() {
            rows.merge(&self.late, &self.cells);
        }
    }
}

fn is_sorted(lines: &[Line]) -> bool {
    lines.is_sorted_by_key(|line| line.time)
}
