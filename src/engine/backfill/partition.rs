//! A plan's states, divided: each share comes to an event on its own, and all together are the
//! engine there, bit for bit. It must not know who brings them there, or why.
//!
//! What an event does to a state depends on nothing but that state, its input and the clock; only
//! what is served is read from others. So a share holds whole inputs, and one of them all inputs
//! that something served is read from. Fewer states at a time also stay in the processor's cache
//! for more events: shares take less time than the whole, even one after the other.

use std::sync::Arc;

use crate::plan::{InputId, Plan, StateId};

use crate::engine::{Engine, apply};

/// With so many shares none is much of the whole, and looking at each event so often is not either.
const MOST: usize = 16;

/// Some of a plan's inputs, with their states.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Partition {
    /// For each input, whether it is among them.
    inputs: Vec<bool>,
    /// Whether what is served is as well.
    serves: bool,
}

impl Partition {
    /// Whether what is served belongs to it.
    pub(in crate::engine) const fn serves(&self) -> bool {
        self.serves
    }

    /// Whether a state belongs to it.
    pub(in crate::engine) fn holds(&self, plan: &Plan, state: usize) -> bool {
        self.inputs[plan.states[state].input.0]
    }
}

impl Engine {
    /// The states that it has, divided by their inputs into shares of about the same work, the
    /// largest first.
    #[must_use]
    pub fn shares(&self) -> Vec<Arc<Partition>> {
        let inputs = self.plan.inputs.len();
        let weigh = |input: InputId| {
            let states = self.program.states[input.0].iter();
            states.filter(|state| self.tables[state.0].is_some()).count()
        };
        let used = (0..inputs).map(InputId).filter(|input| weigh(*input) > 0);
        let (together, mut alone): (Vec<InputId>, Vec<InputId>) =
            used.partition(|input| self.program.lockstep[input.0]);
        alone.sort_by_key(|input| std::cmp::Reverse(weigh(*input)));
        let served = (!together.is_empty()).then_some(together);
        let units = served.into_iter().chain(alone.into_iter().map(|input| vec![input]));
        let mut shares: Vec<(usize, Partition)> = Vec::new();
        for unit in units {
            let serves = self.program.lockstep[unit[0].0];
            if shares.len() < MOST {
                shares.push((0, Partition { inputs: vec![false; inputs], serves }));
            }
            let lightest = shares.iter_mut().rev().min_by_key(|(weight, _)| *weight);
            let Some((weight, share)) = lightest else { continue };
            for input in unit {
                *weight += 1 + weigh(input);
                share.inputs[input.0] = true;
            }
        }
        shares.sort_by_key(|(weight, _)| std::cmp::Reverse(*weight));
        shares.into_iter().map(|(_, share)| Arc::new(share)).collect()
    }

    /// Its states, share by share; an engine of another plan has none for them.
    #[must_use]
    pub fn divide(mut self, plan: &Arc<Plan>, shares: &[Arc<Partition>]) -> Vec<Self> {
        if !Arc::ptr_eq(&self.plan, plan) {
            return Vec::new();
        }
        let divided = shares.iter().map(|share| {
            let mut part = self.without_state();
            self.give(&mut part, share);
            part
        });
        divided.collect()
    }

    /// The engine whose [shares](Self::divide) these are, all at the same event; `None` if there
    /// are none.
    #[must_use]
    pub fn join(parts: Vec<(Self, Arc<Partition>)>) -> Option<Self> {
        let mut whole = parts.first()?.0.without_state();
        for (mut part, share) in parts {
            part.give(&mut whole, &share);
        }
        Some(whole)
    }

    /// Gives another engine of the same plan the states of a share.
    fn give(&mut self, other: &mut Self, share: &Partition) {
        for state in (0..self.tables.len()).map(StateId) {
            if share.holds(&self.plan, state.0) {
                other.tables[state.0] = self.tables[state.0].take();
            }
        }
        let inputs = share.inputs.iter().enumerate().filter(|(_, held)| **held);
        for (input, _) in inputs {
            other.tallies.inputs[input] = self.tallies.inputs[input];
        }
        if share.serves {
            other.served = std::mem::replace(&mut self.served, vec![None; other.served.len()]);
        }
        other.scratch = apply::Scratch::default();
    }
}
