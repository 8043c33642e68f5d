//! The age of the newer half of a weight, whatever the order in which the parts come.

use std::collections::BinaryHeap;

use crate::base::{Deadline, Millis, Timestamp};

/// The fewest parts of a run that is over.
const RUN: usize = 4096;
/// The parts between two checks of the deadline.
const STRETCH: usize = 512;

/// The parts of a weight, in runs that are ascending by time: a single one, unless some come late.
#[derive(Default)]
pub(super) struct HalfWeight {
    runs: Vec<Vec<(i64, f64)>>,
    whole: f64,
    /// The newest time that is left of each run, and the run; and the weight that is taken.
    newest: Option<BinaryHeap<(i64, usize)>>,
    taken: f64,
    reached: Option<i64>,
}

impl HalfWeight {
    /// Adds a part.
    pub(super) fn add(&mut self, time: i64, weight: f64) {
        self.whole += weight.abs();
        if self.runs.is_empty() {
            self.runs.push(Vec::new());
        }
        let last = self.runs.len() - 1;
        let run = &mut self.runs[last];
        if run.last().is_none_or(|(before, _)| *before <= time) {
            run.push((time, weight.abs()));
        } else if run.len() < RUN {
            let place = run.partition_point(|(before, _)| *before <= time);
            run.insert(place, (time, weight.abs()));
        } else {
            self.runs.push(vec![(time, weight.abs())]);
        }
    }

    /// Takes parts, the newest first, until they are half of the weight or the deadline has passed.
    /// Returns whether it is known how old they are.
    pub(super) fn step(&mut self, deadline: &Deadline) -> bool {
        let runs = &mut self.runs;
        let time = |runs: &[Vec<(i64, f64)>], run: usize| runs[run].last().map(|(time, _)| *time);
        let newest = self.newest.get_or_insert_with(|| {
            (0..runs.len()).filter_map(|run| Some((time(runs, run)?, run))).collect()
        });
        let mut count = 0_usize;
        while let Some((mut at, run)) = newest.pop() {
            // Mostly there is one run, or the next part is of the same one.
            loop {
                if self.reached.is_some() && self.taken >= self.whole / 2.0 {
                    return true;
                }
                self.taken += runs[run].pop().map_or(0.0, |(_, weight)| weight);
                self.reached = Some(at);
                count += 1;
                let Some(next) = time(runs, run) else { break };
                let is_stopped = count.is_multiple_of(STRETCH) && deadline.has_passed();
                if is_stopped || newest.peek().is_some_and(|other| (next, run) < *other) {
                    newest.push((next, run));
                    if is_stopped {
                        return false;
                    }
                    break;
                }
                at = next;
            }
        }
        true
    }

    /// The age of the oldest part that was taken; `None` if there was none.
    pub(super) fn age(&self, as_of: Timestamp) -> Option<Millis> {
        self.reached.map(|time| Millis(as_of.0 - time))
    }

    /// The bytes that are held.
    pub(super) fn bytes(&self) -> usize {
        let parts: usize = self.runs.iter().map(Vec::capacity).sum();
        parts * size_of::<(i64, f64)>()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The age by sorting.
    fn sorted(parts: &[(i64, f64)], as_of: i64) -> Option<Millis> {
        let mut parts = parts.to_vec();
        parts.sort_by_key(|(time, _)| -time);
        let half = parts.iter().map(|(_, weight)| weight.abs()).sum::<f64>() / 2.0;
        let mut sum = 0.0;
        let reached = parts.iter().find(|(_, weight)| {
            sum += weight.abs();
            sum >= half
        });
        reached.map(|(time, _)| Millis(as_of - time))
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        /// In any order, and in slices of any number, it is the age that sorting finds.
        #[test]
        fn the_age_is_that_of_the_sorted_parts(
            late in prop::collection::vec((0..9_000i64, 0u8..50), 0..20_000),
        ) {
            let times = late.iter().zip(0..);
            let parts: Vec<(i64, f64)> = times
                .map(|((late, often), time)| {
                    // Whole numbers, which add up to the same in any order.
                    let is_late = *often == 0 || time > 15_000;
                    (if is_late { time - late } else { time }, (late % 7 - 3) as f64)
                })
                .collect();
            let mut half = HalfWeight::default();
            parts.iter().for_each(|(time, weight)| half.add(*time, *weight));
            prop_assert!(half.runs.len() <= 1 + parts.len() / RUN);
            while !half.step(&Deadline::passed()) {}
            prop_assert_eq!(half.age(Timestamp(20_000)), sorted(&parts, 20_000));
        }
    }
}
