//! The samples of a side replayed through tables of one key: what the value was before and after each
//! listed contribution, and what a window without buckets would hold.

use crate::aggregate::{self, StateTable};
use crate::base::{Deadline, Millis, Timestamp};
use crate::engine::InputRows;
use crate::plan::{Shape, Takes, Window, WindowKind};

use super::event::{EventRef, looked_at};
use super::listing::Contribution;
use super::rows::{STRETCH, SideRows, Weights};
use super::window::{Rolling, WindowPart};

/// A replay in slices.
pub(super) struct Replayed {
    /// The next sample.
    next: usize,
    /// The listed rows, ascending, each with its place in the list, and the next of them.
    places: Vec<(usize, usize)>,
    place: usize,
    listed: Vec<(usize, Contribution)>,
    /// A table like the state's; `None` if nothing is listed.
    own: Option<Box<dyn StateTable>>,
    rolling: Option<RollingTable>,
}

/// A table of a rolling window.
struct RollingTable {
    table: Box<dyn StateTable>,
    window: Window,
    span: Millis,
    offset: Millis,
    /// Whether samples are compared with those before them, also with one before the window.
    compares: bool,
    /// The interval of the window.
    from: Timestamp,
    to: Timestamp,
}

impl Replayed {
    /// The replay of a side's samples, once their fates are known. `listed` are the rows to be
    /// listed, in their order.
    pub(super) fn new(
        of: InputRows<'_>,
        rows: &SideRows,
        listed: Vec<usize>,
        window: Option<&WindowPart>,
    ) -> Self {
        let state = rows.state(of.plan);
        let mut places: Vec<(usize, usize)> = listed.into_iter().zip(0..).collect();
        places.sort_unstable();
        let own = if places.is_empty() { None } else { rows.table(of.plan, state.shape) };
        let has_buckets = window.is_some_and(|window| window.bucket.is_some());
        let rolling =
            if has_buckets && !state.is_list() { RollingTable::new(of, rows) } else { None };
        Self { next: 0, places, place: 0, listed: Vec::new(), own, rolling }
    }

    /// Goes on until the deadline. Returns whether all samples are replayed.
    pub(super) fn step(
        &mut self,
        of: InputRows<'_>,
        rows: &SideRows,
        weights: Weights,
        deadline: &Deadline,
    ) -> bool {
        if self.own.is_none() && self.rolling.is_none() {
            return true;
        }
        let (plan, state) = (of.plan, rows.state(of.plan));
        let extent = rows.term.window.extent(rows.as_of);
        let looked_at = looked_at(of, state.input);
        let has_number = plan.inputs[state.input.0].takes == Takes::Number;
        while let Some(stretch) = rows.taken().get(self.next..).filter(|rest| !rest.is_empty()) {
            let stretch = &stretch[..stretch.len().min(STRETCH)];
            self.next += stretch.len();
            for taken in stretch.iter().filter(|taken| rows.is_held(taken)) {
                if let Some(rolling) = &mut self.rolling
                    && rolling.takes(taken.sample.time)
                {
                    // What came late for buckets may be in time for it.
                    taken.add_to(rolling.table.as_mut());
                }
                let Some(own) = &mut self.own else { continue };
                let place = self.places.get(self.place);
                let Some((row, place)) = place.copied().filter(|(row, _)| *row == taken.row())
                else {
                    taken.add_to(own.as_mut());
                    continue;
                };
                self.place += 1;
                let before = rows.read(plan, own.as_ref(), extent);
                taken.add_to(own.as_mut());
                let contribution = Contribution {
                    event: EventRef::new(of, row, &looked_at),
                    value: has_number.then(|| taken.sample.number()),
                    weight: taken.weight(weights, state.shape, rows.as_of),
                    before,
                    after: rows.read(plan, own.as_ref(), extent),
                };
                self.listed.push((place, contribution));
            }
            if deadline.has_passed() {
                return false;
            }
        }
        true
    }

    /// What the window without buckets holds.
    pub(super) fn rolling(&self, of: InputRows<'_>, rows: &SideRows) -> Option<Rolling> {
        let it = self.rolling.as_ref()?;
        let value = rows.read(of.plan, it.table.as_ref(), it.window.extent(rows.as_of));
        Some(Rolling { span: it.span, offset: it.offset, value })
    }

    /// The listed contributions, in their order.
    pub(super) fn into_listed(mut self) -> Vec<Contribution> {
        self.listed.sort_unstable_by_key(|(place, _)| *place);
        self.listed.into_iter().map(|(_, contribution)| contribution).collect()
    }
}

impl RollingTable {
    /// The table of a window of the same length and offset that has no buckets.
    fn new(of: InputRows<'_>, rows: &SideRows) -> Option<Self> {
        let Window::Buckets { count, buckets, offset, .. } = rows.term.window else { return None };
        let span = Millis(i64::from(count).saturating_mul(buckets.length().0));
        let offset = offset.saturating_mul(buckets.length().0);
        let window = Window::Buckets { kind: WindowKind::Rolling, count, buckets, offset };
        let held = Millis(span.0.saturating_add(offset));
        let table = rows.table(of.plan, Shape::Rolling { span: held })?;
        let (from, to) = window.interval(rows.as_of)?;
        let aggregate = aggregate::definition(rows.state(of.plan).aggregate);
        let compares = aggregate.is_some_and(|known| known.is_of_one_key);
        Some(Self { table, window, span, offset: Millis(offset), compares, from, to })
    }

    /// Whether a sample of some time has a part in the value.
    fn takes(&self, time: i64) -> bool {
        (self.compares || time >= self.from.0) && time < self.to.0
    }
}
