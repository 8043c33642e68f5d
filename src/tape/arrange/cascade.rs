//! The cascade click model: the items of a ranking that were seen are those down to the lowest one
//! with an interaction (Craswell et al., "An experimental comparison of click position-bias
//! models", WSDM 2008).

use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap};

use foldhash::fast::FixedState;

/// A ranking that is open, or was just closed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Open {
    /// Its time.
    pub(super) time: i64,
    /// Its id, user and session.
    pub(super) ranking: u32,
    pub(super) user: u32,
    pub(super) session: u32,
    /// The listed items, from the first position down.
    pub(super) items: Box<[u32]>,
    /// The time of the ranking or of its newest interaction.
    last: i64,
    /// The number of items seen so far.
    seen: usize,
}

impl Open {
    /// The items that were seen.
    pub(super) fn seen(&self) -> &[u32] {
        &self.items[..self.seen]
    }
}

/// The open rankings.
#[derive(Clone, Debug, Default)]
pub(super) struct Cascade {
    session: i64,
    /// By the key of the ranking.
    open: HashMap<u32, Open, FixedState>,
    /// When to check each at the latest; stale entries are corrected when popped.
    due: BinaryHeap<Reverse<(i64, u32)>>,
    /// Closed and not yet taken.
    closed: Vec<Open>,
}

impl Cascade {
    /// A model that closes rankings after `session` milliseconds of silence.
    pub(super) fn new(session: i64) -> Self {
        Self { session, ..Self::default() }
    }

    /// Drops all rankings.
    pub(super) fn clear(&mut self) {
        *self = Self::new(self.session);
    }

    /// Closes the rankings that have been silent for the session's length at this clock.
    pub(super) fn tick(&mut self, clock: i64) {
        while let Some(Reverse((due, key))) = self.due.peek().copied()
            && due <= clock
        {
            self.due.pop();
            let Some(open) = self.open.get(&key) else { continue };
            let due = open.last.saturating_add(self.session);
            if due > clock {
                self.due.push(Reverse((due, key)));
            } else if let Some(open) = self.open.remove(&key) {
                self.closed.push(open);
            }
        }
    }

    /// Closes all rankings, at the end of the log.
    pub(super) fn end(&mut self) {
        self.due.clear();
        // The hash map's order does not matter: the caller sorts.
        self.closed.extend(std::mem::take(&mut self.open).into_values());
    }

    /// Opens a ranking. An open one with the same key must be closed before.
    pub(super) fn open(&mut self, key: u32, ranking: Open) {
        self.due.push(Reverse((ranking.last.saturating_add(self.session), key)));
        self.open.insert(key, ranking);
    }

    /// Closes a ranking, if it is open.
    pub(super) fn close(&mut self, key: u32) {
        self.closed.extend(self.open.remove(&key));
    }

    /// Attaches an interaction to an open ranking; false if there is none with this key. `is_item`
    /// is true for the item interacted with.
    pub(super) fn attach(&mut self, key: u32, time: i64, is_item: impl Fn(u32) -> bool) -> bool {
        let Some(open) = self.open.get_mut(&key) else { return false };
        open.last = open.last.max(time);
        if let Some(place) = open.items.iter().position(|item| is_item(*item)) {
            open.seen = open.seen.max(place + 1);
        }
        true
    }

    /// Takes the rankings closed since the last call, in no particular order.
    pub(super) fn take_closed(&mut self) -> Vec<Open> {
        std::mem::take(&mut self.closed)
    }
}

impl Open {
    /// A ranking without interactions.
    pub(super) fn new(time: i64, [ranking, user, session]: [u32; 3], items: Box<[u32]>) -> Self {
        Self { time, ranking, user, session, items, last: time, seen: 0 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ranking(time: i64) -> Open {
        Open::new(time, [1, 0, 0], Box::new([10, 11, 12, 13]))
    }

    fn seen(cascade: &mut Cascade) -> Vec<Vec<u32>> {
        cascade.take_closed().iter().map(|open| open.seen().to_vec()).collect()
    }

    #[test]
    fn closes_when_the_session_has_passed_since_the_last_interaction() {
        let mut cascade = Cascade::new(100);
        cascade.open(1, ranking(0));
        assert!(cascade.attach(1, 50, |item| item == 11));
        for clock in [100, 149] {
            cascade.tick(clock);
            assert!(cascade.take_closed().is_empty(), "{clock}");
        }
        cascade.tick(150);
        assert_eq!(seen(&mut cascade), [vec![10, 11]]);
        assert!(!cascade.attach(1, 150, |_| true), "it is closed");
    }

    #[test]
    fn the_lowest_place_counts_whatever_the_order_of_clicks() {
        let mut cascade = Cascade::new(100);
        cascade.open(1, ranking(0));
        cascade.attach(1, 1, |item| item == 12);
        cascade.attach(1, 2, |item| item == 10);
        cascade.attach(1, 3, |item| item == 99);
        cascade.end();
        assert_eq!(seen(&mut cascade), [vec![10, 11, 12]]);
    }

    #[test]
    fn without_an_interaction_on_a_listed_item_nothing_was_seen() {
        let mut cascade = Cascade::new(100);
        cascade.open(1, ranking(0));
        cascade.open(2, ranking(0));
        cascade.attach(2, 1, |_| false);
        cascade.end();
        assert_eq!(seen(&mut cascade), [vec![], Vec::<u32>::new()]);
    }

    #[test]
    fn a_late_interaction_does_not_close_early() {
        let mut cascade = Cascade::new(100);
        cascade.open(1, ranking(1_000));
        cascade.attach(1, 500, |item| item == 10);
        cascade.tick(1_050);
        assert!(cascade.take_closed().is_empty());
    }

    #[test]
    fn a_ranking_that_is_opened_again_has_its_own_time() {
        let mut cascade = Cascade::new(100);
        cascade.open(1, ranking(0));
        cascade.attach(1, 1, |item| item == 10);
        cascade.close(1);
        cascade.open(1, ranking(50));
        assert_eq!(seen(&mut cascade), [vec![10]]);
        cascade.tick(100);
        assert!(cascade.take_closed().is_empty(), "the new one has its own time");
        cascade.tick(150);
        assert_eq!(seen(&mut cascade).len(), 1);
    }
}
