//! The cascade click model: which of a ranking's items were seen, told from the lowest one that
//! was interacted with (Craswell et al., "An experimental comparison of click position-bias
//! models", WSDM 2008). It must not know columns or texts.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap};

use foldhash::fast::FixedState;

/// A ranking that may still be interacted with, or has just been closed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::tape) struct Open {
    /// Its time.
    pub(in crate::tape) time: i64,
    /// Its own id, and whose it was.
    pub(in crate::tape) ranking: u32,
    pub(in crate::tape) user: u32,
    pub(in crate::tape) session: u32,
    /// What it lists, from the first place down.
    pub(in crate::tape) items: Box<[u32]>,
    /// Its own time or that of its newest interaction.
    last: i64,
    /// How many of its items were seen, as far as known.
    seen: usize,
}

impl Open {
    /// The items down to the lowest one that was interacted with; none without an interaction.
    pub(in crate::tape) fn seen(&self) -> &[u32] {
        &self.items[..self.seen]
    }
}

/// The rankings that are open.
#[derive(Clone, Debug, Default)]
pub(in crate::tape) struct Cascade {
    session: i64,
    /// By the number of the ranking's key.
    open: HashMap<u32, Open, FixedState>,
    /// When each is to be looked at again, at the latest; stale entries are put right when met.
    due: BinaryHeap<Reverse<(i64, u32)>>,
    /// Those that are closed and not yet fetched.
    closed: Vec<Open>,
}

impl Cascade {
    /// Rankings are closed after a silence of `session` milliseconds.
    pub(in crate::tape) fn new(session: i64) -> Self {
        Self { session, ..Self::default() }
    }

    /// Forgets all rankings.
    pub(in crate::tape) fn clear(&mut self) {
        *self = Self::new(self.session);
    }

    /// Closes what has been silent for the session's length at this clock.
    pub(in crate::tape) fn tick(&mut self, clock: i64) {
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

    /// Closes all, at the end of the log.
    pub(in crate::tape) fn end(&mut self) {
        self.due.clear();
        // The order in which a hash map yields them does not matter: whoever fetches them sorts.
        self.closed.extend(std::mem::take(&mut self.open).into_values());
    }

    /// Opens a ranking. One with the same key that is still open must be closed before.
    pub(in crate::tape) fn open(&mut self, key: u32, ranking: Open) {
        self.due.push(Reverse((ranking.last.saturating_add(self.session), key)));
        self.open.insert(key, ranking);
    }

    /// Closes a ranking, if it is open.
    pub(in crate::tape) fn close(&mut self, key: u32) {
        self.closed.extend(self.open.remove(&key));
    }

    /// Attaches an interaction to an open ranking; `false` if there is none with this key.
    /// `is_item` tells whether a listed item is the one that was interacted with.
    pub(in crate::tape) fn attach(
        &mut self,
        key: u32,
        time: i64,
        is_item: impl Fn(u32) -> bool,
    ) -> bool {
        let Some(open) = self.open.get_mut(&key) else { return false };
        open.last = open.last.max(time);
        if let Some(place) = open.items.iter().position(|item| is_item(*item)) {
            open.seen = open.seen.max(place + 1);
        }
        true
    }

    /// The rankings closed since the last call, in no particular order.
    pub(in crate::tape) fn take_closed(&mut self) -> Vec<Open> {
        std::mem::take(&mut self.closed)
    }
}

impl Open {
    /// A ranking without interactions.
    pub(in crate::tape) fn new(
        time: i64,
        [ranking, user, session]: [u32; 3],
        items: Box<[u32]>,
    ) -> Self {
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
