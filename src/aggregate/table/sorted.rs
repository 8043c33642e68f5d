//! Adding sorted samples: adjacent samples of a slot are added to its cell in one go.

use std::ops::Range;

use crate::aggregate::packed::Moment;
use crate::aggregate::{Cell, Sample, Samples};

use super::{PREFETCHED, Shared, Table, Written};

impl<C: Cell> Table<C> {
    /// Adds a range of samples, run by run of equal slots.
    pub(super) fn add_in_order(&mut self, samples: &Samples, range: Range<usize>, position: usize) {
        let mut memo = C::Memo::default();
        let mut rest = range;
        while !rest.is_empty() {
            // The cells of several slots are prefetched together.
            let mut heads = [(0, Sample::one(0, 0)); PREFETCHED];
            let mut runs = [const { 0..0 }; PREFETCHED];
            let mut many = 0;
            while many < PREFETCHED && !rest.is_empty() {
                let run = samples.of_one_slot(&rest);
                rest.start = run.end;
                heads[many] = (samples.slot(run.start), samples.get(run.start));
                runs[many] = run;
                many += 1;
            }
            self.find(&heads[..many], &mut memo);
            for ((slot, _), run) in heads[..many].iter().zip(runs) {
                self.add_run(*slot, samples, run, &mut memo, position);
            }
        }
    }

    /// Adds samples of one slot.
    fn add_run(
        &mut self,
        slot: u32,
        samples: &Samples,
        run: Range<usize>,
        memo: &mut C::Memo,
        position: usize,
    ) {
        let Shared { form, pool } = &mut self.shared;
        let place = self.slots.find(slot);
        let mut held = place.map(|place| *self.slots.at(slot, place));
        let mut rest = run;
        while !rest.is_empty() {
            let (mut cell, before) = match held {
                None => (C::default(), None),
                Some(held) => (held.cell, Some(held.at.get())),
            };
            let is_alive = |before: i64, clock: i64| clock - before < self.ttl;
            let before = before.filter(|before| is_alive(*before, samples.clock(rest.start)));
            if before.is_none() {
                cell.release(pool);
            }
            // Samples up to the next that finds the key expired are added together.
            let mut at = Moment::new(samples.clock(rest.start));
            let mut end = rest.start + 1;
            while end < rest.end && is_alive(at.get(), samples.clock(end)) {
                at = Moment::new(samples.clock(end));
                end += 1;
            }
            cell.add_all(pool, *form, memo, before, samples, rest.start..end);
            held = Some(Written { at, cell });
            rest.start = end;
        }
        match (held, place) {
            (Some(held), Some(place)) => *self.slots.at_mut(slot, place, position) = held,
            (Some(held), None) => {
                self.slots.occupy(slot, position, || held);
            }
            (None, _) => {}
        }
    }
}
