//! The samples of a side that have not expired: what is told of those that contribute, and which of
//! them are not in the window. Of the samples themselves none are kept, but for those that are listed,
//! and for the weights of a decay.

use crate::base::{Deadline, Millis, Timestamp};
use crate::engine::{CountedRows, InputRows, NotCounted};
use crate::plan::{self, Plan, Shape, Term};

use super::half_weight::HalfWeight;
use super::listing::{Contributions, Listed, ListedRow, Listing};
use super::moments::Moments;
use super::reasons::{Groups, Newest};
use super::rolling::RollingTable;
use super::rows::{Taken, Weights, left};
use super::window::Rolling;

/// Samples since the key expired last.
pub(super) struct Held {
    term: Term,
    as_of: Timestamp,
    shape: Shape,
    listing: Listing,
    /// What they add up to, if contributions add up.
    weights: Weights,
    has_number: bool,
    /// Those that did not come late, and the newest of them.
    count: u64,
    newest: Newest,
    contributions: u64,
    total: f64,
    half_weight: Option<HalfWeight>,
    listed: Listed,
    /// Those that are not in the window.
    outside: Groups,
    moments: Moments,
    rolling: Option<RollingTable>,
}

impl Held {
    /// None, of a term as of a moment. Contributions to a side over all keys are not listed.
    pub(super) fn new(plan: &Plan, term: Term, as_of: Timestamp, listing: Listing) -> Self {
        let state = &plan.states[term.state.0];
        let weights = Weights::of(state);
        let fades = matches!(state.shape, Shape::Decay { .. }) && weights.add_up();
        Self {
            term,
            as_of,
            shape: state.shape,
            listing,
            weights,
            has_number: plan.inputs[state.input.0].takes == plan::Takes::Number,
            count: 0,
            newest: Newest::default(),
            contributions: 0,
            total: 0.0,
            half_weight: fades.then(HalfWeight::default),
            listed: Listed::new(listing),
            outside: Groups::new(term.state),
            moments: Moments::new(term.window, as_of),
            rolling: RollingTable::new(plan, term, as_of),
        }
    }

    /// Adds a sample, which may have no part in the value for a reason.
    pub(super) fn add(
        &mut self,
        of: InputRows<'_>,
        taken: &Taken,
        lack: Option<&NotCounted<'_>>,
        groups: &mut Groups,
    ) {
        if let Some(rolling) = &mut self.rolling {
            rolling.add(taken);
        }
        if let Some(late @ NotCounted::Late(_)) = lack {
            groups.add(of, taken.row, late);
            return;
        }
        self.count += 1;
        self.newest.add(taken.row);
        if !matches!(lack, Some(NotCounted::BeforeWindow(_))) {
            self.moments.add(taken.sample.time);
        }
        match lack {
            Some(reason) => self.outside.add(of, taken.row, reason),
            None => self.contribute(taken),
        }
    }

    /// Adds rows that a count takes.
    pub(super) fn add_counted(&mut self, of: InputRows<'_>, rows: CountedRows<'_>) {
        if let Some(rolling) = &mut self.rolling {
            rolling.add_counted(rows);
        }
        self.count += rows.count() as u64;
        self.newest.add_all(rows);
        if rows.before_window().is_some() {
            self.outside.add_before_window(of, rows);
            return;
        }
        self.moments.add_all(rows);
        let is_listed = self.listing.most > 0;
        if self.half_weight.is_none() && !is_listed {
            self.contributions += rows.count() as u64;
            self.total += rows.count() as f64;
            return;
        }
        for (row, time) in rows.rows().zip(rows.times()) {
            let weight = left(self.shape, time, self.as_of);
            if let Some(half) = &mut self.half_weight {
                half.add(time, weight);
            }
            if is_listed {
                self.listed.add(weight, row, (weight, self.total));
            }
            self.contributions += 1;
            self.total += weight;
        }
    }

    fn contribute(&mut self, taken: &Taken) {
        self.contributions += 1;
        let weight = taken.weight(self.weights, self.shape, self.as_of);
        let before = self.total;
        self.total += weight.unwrap_or_default();
        if let (Some(half), Some(weight)) = (&mut self.half_weight, weight) {
            half.add(taken.sample.time, weight);
        }
        if self.listing.most > 0 {
            // What is no number has no size: the newest come first.
            let size = weight.or_else(|| self.has_number.then(|| taken.sample.number()));
            let weights = (weight.unwrap_or_default(), before);
            self.listed.add(size.unwrap_or_default(), taken.row, weights);
        }
    }

    /// The key has expired, by so much: none of them is held any more.
    pub(super) fn expire(&mut self, of: InputRows<'_>, by: Millis, groups: &mut Groups) {
        groups.add_expired(of, (self.count, &self.newest), by);
        *self = Self::new(of.plan, self.term, self.as_of, self.listing);
    }

    /// Once all are added: looks for how old the newer half of the weight is, until the deadline.
    /// Returns whether that is known.
    pub(super) fn step(&mut self, deadline: &Deadline) -> bool {
        self.half_weight.as_mut().is_none_or(|half| half.step(deadline))
    }

    /// What is told of those that contribute, none of them listed.
    pub(super) fn contributions(&self) -> Contributions {
        Contributions {
            count: self.contributions,
            total: self.weights.add_up().then_some(self.total),
            half_weight: self.half_weight.as_ref().and_then(|half| half.age(self.as_of)),
            listed: Vec::new(),
        }
    }

    /// What the window without buckets holds.
    pub(super) fn rolling(&mut self, plan: &Plan) -> Option<Rolling> {
        self.rolling.as_mut().map(|rolling| rolling.read(plan))
    }

    /// The moments at which samples enter the window or leave it.
    pub(super) const fn moments(&self) -> &Moments {
        &self.moments
    }

    /// The rows that are to be listed, in their order; and those that are not in the window.
    pub(super) fn take(&mut self) -> (Vec<ListedRow>, Groups) {
        let listed = std::mem::replace(&mut self.listed, Listed::new(self.listing));
        let outside = std::mem::replace(&mut self.outside, Groups::new(self.term.state));
        (listed.into_rows(), outside)
    }

    /// The bytes that are held.
    pub(super) fn bytes(&self) -> usize {
        let half_weight = self.half_weight.as_ref().map_or(0, HalfWeight::bytes);
        half_weight + self.listed.bytes() + self.moments.bytes()
    }
}
