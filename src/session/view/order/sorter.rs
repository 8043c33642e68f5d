//! A sort that is done in slices: runs of a few thousand rows are sorted as they come in, and then
//! merged, two neighbours at a time, for as long as there is time. Equal rows stay in the order in
//! which they came. It must not know what rows are.

use std::collections::VecDeque;
use std::iter::Peekable;
use std::time::Instant;
use std::vec::IntoIter;

use crate::base::clock;

/// The rows of a run: sorting one takes a millisecond or so.
const RUN: usize = 8 * 1024;
/// How many rows are merged between two looks at the clock.
const MERGED: usize = 4 * 1024;

type Run<K, P> = Vec<(K, P)>;

/// Rows on their way into order.
#[derive(Debug)]
pub(in crate::session::view) struct Sorter<K, P> {
    open: Run<K, P>,
    /// Runs that are to be merged, and those that this round has merged.
    runs: VecDeque<Run<K, P>>,
    merged: VecDeque<Run<K, P>>,
    merge: Option<Merge<K, P>>,
    /// How often a row was moved, and how often one will have been at most; once all are in.
    moves: Option<(usize, usize)>,
}

/// Two runs that are becoming one.
#[derive(Debug)]
struct Merge<K, P> {
    first: Peekable<IntoIter<(K, P)>>,
    second: Peekable<IntoIter<(K, P)>>,
    into: Run<K, P>,
}

impl<K: Ord, P> Sorter<K, P> {
    pub(in crate::session::view) const fn new() -> Self {
        Self {
            open: Vec::new(),
            runs: VecDeque::new(),
            merged: VecDeque::new(),
            merge: None,
            moves: None,
        }
    }

    /// Adds a row.
    pub(in crate::session::view) fn push(&mut self, key: K, row: P) {
        self.open.push((key, row));
        if self.open.len() == RUN {
            self.close();
        }
    }

    fn close(&mut self) {
        let mut run = std::mem::take(&mut self.open);
        run.sort_by(|(a, _), (b, _)| a.cmp(b));
        self.runs.push_back(run);
    }

    /// Brings the rows further into order; `true` once they are. Called when all rows are in.
    pub(in crate::session::view) fn work(&mut self, until: Instant) -> bool {
        if !self.open.is_empty() {
            self.close();
        }
        if self.moves.is_none() {
            let rounds = self.runs.len().max(1).next_power_of_two().ilog2() as usize;
            self.moves = Some((0, self.runs.iter().map(Vec::len).sum::<usize>() * rounds));
        }
        loop {
            if let Some(merge) = &mut self.merge {
                let done = merge.step();
                if let Some((moved, _)) = &mut self.moves {
                    *moved += MERGED;
                }
                if done {
                    let merge = self.merge.take();
                    self.merged.extend(merge.map(|merge| merge.into));
                }
                if clock::instant() >= until {
                    return false;
                }
                continue;
            }
            match (self.runs.pop_front(), self.runs.pop_front()) {
                (Some(first), Some(second)) => self.merge = Some(Merge::new(first, second)),
                (Some(last), None) => self.merged.push_back(last),
                (None, _) if self.merged.len() > 1 => {
                    std::mem::swap(&mut self.runs, &mut self.merged);
                }
                (None, _) => return true,
            }
        }
    }

    /// The share of the merging that is done, 0 to 1.
    pub(in crate::session::view) fn share(&self) -> f64 {
        let (moved, all) = self.moves.unwrap_or_default();
        (moved as f64 / all.max(1) as f64).min(1.0)
    }

    /// The rows, once [`Self::work`] is done.
    pub(in crate::session::view) fn into_rows(mut self) -> impl Iterator<Item = P> {
        self.merged.pop_front().unwrap_or_default().into_iter().map(|(_, row)| row)
    }
}

impl<K: Ord, P> Merge<K, P> {
    fn new(first: Run<K, P>, second: Run<K, P>) -> Self {
        let into = Vec::with_capacity(first.len() + second.len());
        Self { first: first.into_iter().peekable(), second: second.into_iter().peekable(), into }
    }

    /// Merges some rows; `true` once all are.
    fn step(&mut self) -> bool {
        for _ in 0..MERGED {
            let next = match (self.first.peek(), self.second.peek()) {
                (Some((a, _)), Some((b, _))) if b < a => self.second.next(),
                (Some(_), _) => self.first.next(),
                (None, _) => self.second.next(),
            };
            match next {
                Some(row) => self.into.push(row),
                None => return true,
            }
        }
        false
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Sorts in as many slices as it takes, each as short as it can be.
    fn sorted(keys: impl Iterator<Item = u64>) -> (Vec<(u64, usize)>, usize) {
        let mut sorter = Sorter::new();
        for (i, key) in keys.enumerate() {
            sorter.push(key, (key, i));
        }
        let mut slices = 1;
        while !sorter.work(clock::instant()) {
            slices += 1;
        }
        (sorter.into_rows().collect(), slices)
    }

    #[test]
    fn slices_sort_as_one_stable_sort_does() {
        for count in [0, 1, 2, RUN - 1, RUN, RUN + 1, 5 * RUN + 17] {
            let keys = (0..count as u64).map(|n| n.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 52);
            let mut want: Vec<(u64, usize)> = keys.clone().zip(0..).collect();
            want.sort_by_key(|(key, _)| *key);
            let (got, slices) = sorted(keys);
            assert_eq!(got, want, "{count}");
            assert_eq!(slices > 1, count > RUN, "{count}");
        }
    }
}
