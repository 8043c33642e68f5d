//! What a window of buckets would hold that had none.

use crate::aggregate;
use crate::base::{Millis, Timestamp};
use crate::engine::CountedRows;
use crate::plan::{Plan, Shape, Term, Window, WindowKind};

use super::rows::{Table, Taken, Weights};
use super::window::Rolling;

/// A table of a rolling window.
pub(super) struct RollingTable {
    term: Term,
    as_of: Timestamp,
    /// The samples; of a count only how many there are.
    table: Option<Table>,
    count: u64,
    window: Window,
    span: Millis,
    offset: Millis,
    /// Whether samples are compared with those before them, also with one before the window.
    compares: bool,
    /// The interval of the window.
    from: Timestamp,
    to: Timestamp,
}

impl RollingTable {
    /// The table of a window of the same length and offset as a term's that has no buckets; `None`
    /// where that has none, or where the value is a list.
    pub(super) fn new(plan: &Plan, term: Term, as_of: Timestamp) -> Option<Self> {
        let Window::Buckets { kind, count, buckets, offset } = term.window else { return None };
        let state = &plan.states[term.state.0];
        if kind == WindowKind::Rolling || state.is_list() {
            return None;
        }
        let span = Millis(i64::from(count).saturating_mul(buckets.length().0));
        let offset = offset.saturating_mul(buckets.length().0);
        let window = Window::Buckets { kind: WindowKind::Rolling, count, buckets, offset };
        let held = Millis(span.0.saturating_add(offset));
        let is_count = Weights::of(state).total_is_value();
        let table = if is_count {
            None
        } else {
            Some(Table::new(plan, &term, Shape::Rolling { span: held })?)
        };
        let (from, to) = window.interval(as_of)?;
        let aggregate = aggregate::definition(state.aggregate);
        let compares = aggregate.is_some_and(|known| known.is_of_one_key);
        let (count, offset) = (0, Millis(offset));
        Some(Self { term, as_of, table, count, window, span, offset, compares, from, to })
    }

    /// Adds what has a part in its value. What came late for buckets may be in time for it.
    pub(super) fn add(&mut self, taken: &Taken) {
        let time = taken.sample.time;
        if (self.compares || time >= self.from.0) && time < self.to.0 {
            match &mut self.table {
                Some(table) => table.add(taken),
                None => self.count += u64::from(taken.times()),
            }
        }
    }

    /// Adds rows that a count takes.
    pub(super) fn add_counted(&mut self, rows: CountedRows<'_>) {
        let (window, (first, last)) = (self.from.0..self.to.0, rows.span());
        if last < window.start || first >= window.end {
            return;
        }
        self.count += rows.times().filter(|time| window.contains(time)).count() as u64;
    }

    /// What the window holds.
    pub(super) fn read(&mut self, plan: &Plan) -> Rolling {
        let extent = self.window.extent(self.as_of);
        let value = match &mut self.table {
            Some(table) => table.read(plan, &self.term, (extent, self.as_of)),
            None => Some(self.count as f64),
        };
        Rolling { span: self.span, offset: self.offset, value }
    }
}
