//! Partitions of an engine's states by input. Each is replayed to an event independently; merged,
//! they are the engine there, bit for bit.
//!
//! An event's effect on a state depends on that state, its input and the clock only; served values
//! alone are read from several states. So a partition holds whole inputs, and one of them all
//! inputs behind served values. Fewer states at a time also stay cached for more events: partitions
//! take less time than the whole, even one after the other.

use std::sync::Arc;

use crate::plan::{InputId, Plan, StateId};

use crate::engine::{Engine, apply};

/// The most partitions: more would scan each event too often.
const MOST: usize = 16;

/// A set of a plan's inputs, with their states.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Partition {
    /// Per input, whether it belongs.
    inputs: Vec<bool>,
    /// Whether the served values belong.
    serves: bool,
}

impl Partition {
    /// True if the served values belong to it.
    pub(in crate::engine) const fn serves(&self) -> bool {
        self.serves
    }

    /// True if a state belongs to it.
    pub(in crate::engine) fn holds(&self, plan: &Plan, state: usize) -> bool {
        self.inputs[plan.states[state].input.0]
    }
}

impl Engine {
    /// Partitions of the states held, of about equal work, the largest first.
    #[must_use]
    pub fn partitions(&self) -> Vec<Arc<Partition>> {
        let inputs = self.plan.inputs.len();
        let weigh = |input: InputId| {
            let states = self.program.states[input.0].iter();
            states.filter(|state| self.tables[state.0].is_some()).count()
        };
        let used = (0..inputs).map(InputId).filter(|input| weigh(*input) > 0);
        let (together, mut alone): (Vec<InputId>, Vec<InputId>) =
            used.partition(|input| self.program.refreshing[input.0]);
        alone.sort_by_key(|input| std::cmp::Reverse(weigh(*input)));
        let served = (!together.is_empty()).then_some(together);
        let units = served.into_iter().chain(alone.into_iter().map(|input| vec![input]));
        let mut partitions: Vec<(usize, Partition)> = Vec::new();
        for unit in units {
            let serves = self.program.refreshing[unit[0].0];
            if partitions.len() < MOST {
                partitions.push((0, Partition { inputs: vec![false; inputs], serves }));
            }
            let lightest = partitions.iter_mut().rev().min_by_key(|(weight, _)| *weight);
            let Some((weight, partition)) = lightest else { continue };
            for input in unit {
                *weight += 1 + weigh(input);
                partition.inputs[input.0] = true;
            }
        }
        partitions.sort_by_key(|(weight, _)| std::cmp::Reverse(*weight));
        partitions.into_iter().map(|(_, partition)| Arc::new(partition)).collect()
    }

    /// Splits the states by partition; an engine of another plan yields none.
    #[must_use]
    pub fn split(mut self, plan: &Arc<Plan>, partitions: &[Arc<Partition>]) -> Vec<Self> {
        if !Arc::ptr_eq(&self.plan, plan) {
            return Vec::new();
        }
        let divided = partitions.iter().map(|partition| {
            let mut part = self.without_state();
            self.move_partition(&mut part, partition);
            part
        });
        divided.collect()
    }

    /// Merges [partitions](Self::split), all at the same event; `None` for no parts.
    #[must_use]
    pub fn merge(parts: Vec<(Self, Arc<Partition>)>) -> Option<Self> {
        let mut whole = parts.first()?.0.without_state();
        for (mut part, partition) in parts {
            part.move_partition(&mut whole, &partition);
        }
        Some(whole)
    }

    /// Moves the states of a partition to another engine of the same plan.
    fn move_partition(&mut self, other: &mut Self, partition: &Partition) {
        for state in (0..self.tables.len()).map(StateId) {
            if partition.holds(&self.plan, state.0) {
                other.tables[state.0] = self.tables[state.0].take();
            }
        }
        let inputs = partition.inputs.iter().enumerate().filter(|(_, held)| **held);
        for (input, _) in inputs {
            other.tallies.inputs[input] = self.tallies.inputs[input];
            other.refused[input] = self.refused[input];
        }
        if partition.serves {
            other.served = std::mem::replace(&mut self.served, vec![None; other.served.len()]);
        }
        other.scratch = apply::Scratch::default();
    }
}
