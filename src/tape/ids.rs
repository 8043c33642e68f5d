//! The ids of accepted events: whether an event is a duplicate of another one.

use std::collections::HashMap;

use foldhash::fast::FixedState;

use crate::base::Millis;

/// The ids of accepted events, with their times and what is noted of each.
#[derive(Clone, Debug)]
pub struct AcceptedIds<T> {
    span: i64,
    /// By periods of the span: no period contains two times of one id.
    accepted: HashMap<(u128, i64), (i64, T), FixedState>,
}

impl<T: Copy> AcceptedIds<T> {
    /// No ids yet; an id that was accepted is a duplicate within a span before and after.
    #[must_use]
    pub fn new(span: Millis) -> Self {
        Self { span: span.0.max(1), accepted: HashMap::default() }
    }

    /// Judges an event: of a duplicate the time and the note of the event that was there first; any
    /// other one is accepted, with a note.
    pub fn judge(&mut self, id: u128, time: i64, note: T) -> Option<(i64, T)> {
        let period = self.period(time);
        // A late event may precede or follow what was accepted.
        let original = (period - 1..=period + 1)
            .filter_map(|near| self.accepted.get(&(id, near)))
            .find(|(accepted, _)| time.abs_diff(*accepted) < self.span.unsigned_abs())
            .copied();
        if original.is_none() {
            self.accepted.insert((id, period), (time, note));
        }
        original
    }

    /// The period that a time is in. An event has its original in it or in one beside it.
    #[must_use]
    pub const fn period(&self, time: i64) -> i64 {
        time.div_euclid(self.span)
    }

    /// The number of ids.
    #[must_use]
    pub fn len(&self) -> usize {
        self.accepted.len()
    }

    /// True if there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.accepted.is_empty()
    }

    /// Forgets the ids of earlier periods; returns the latest of which one is forgotten.
    pub fn forget_before(&mut self, first: i64) -> Option<i64> {
        let mut latest = None;
        self.accepted.retain(|(_, period), _| {
            let stays = *period >= first;
            if !stays {
                latest = latest.max(Some(*period));
            }
            stays
        });
        latest
    }

    /// Forgets all ids.
    pub fn clear(&mut self) {
        self.accepted.clear();
    }

    /// The bytes that they take.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.accepted.capacity() * size_of::<((u128, i64), (i64, T))>()
    }
}
