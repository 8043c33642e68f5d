//! A value over time as it was read, in pieces: one for each change, or, where there are too many,
//! one for some changes that follow each other.

use crate::base::Timestamp;

/// How many pieces are kept at most.
const MOST: usize = 1 << 16;

/// Values that were read one after the other.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Piece {
    /// When the first was read.
    pub from: Timestamp,
    /// When the last was.
    pub to: Timestamp,
    /// How many events were applied then.
    pub events: usize,
    /// The lowest and the highest; `None` where there was no value.
    pub range: Option<(f64, f64)>,
    /// The last one.
    pub last: Option<f64>,
}

/// The pieces, in order.
#[derive(Default)]
pub(in crate::engine) struct Pieces(Vec<Piece>);

impl Pieces {
    /// Adds a value that was read; one that did not change adds nothing.
    pub(in crate::engine) fn add(&mut self, events: usize, at: i64, value: Option<f64>) {
        let same = |last: &Piece| last.last.map(f64::to_bits) == value.map(f64::to_bits);
        if self.0.last().is_some_and(same) {
            return;
        }
        if self.0.len() == MOST {
            self.0 = self.0.chunks(2).map(|two| two[0].with(two[two.len() - 1])).collect();
        }
        let (at, range) = (Timestamp(at), value.map(|value| (value, value)));
        self.0.push(Piece { from: at, to: at, events, range, last: value });
    }

    /// The pieces that lie before a position as a whole.
    pub(in crate::engine) fn until(&self, events: usize, as_of: Timestamp) -> &[Piece] {
        &self.0[..self.0.partition_point(|piece| piece.events <= events && piece.to <= as_of)]
    }
}

impl Piece {
    /// Both as one.
    fn with(self, later: Self) -> Self {
        Self { from: self.from, range: span(self.range, later.range), ..later }
    }
}

/// What two ranges of values cover together.
#[must_use]
pub fn span(one: Option<(f64, f64)>, other: Option<(f64, f64)>) -> Option<(f64, f64)> {
    match (one, other) {
        (Some(one), Some(other)) => Some((one.0.min(other.0), one.1.max(other.1))),
        _ => one.or(other),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn many_changes_keep_their_extremes_and_their_order() {
        let mut pieces = Pieces::default();
        let changes = 5 * MOST;
        for n in 0..changes {
            let value = if n == 777 { 1e9 } else { (n % 10) as f64 };
            pieces.add(n + 1, n as i64 * 10, Some(value));
        }
        assert!(pieces.0.len() <= MOST);
        let all = pieces.until(changes, Timestamp(i64::MAX));
        assert_eq!(all.len(), pieces.0.len());
        assert_eq!(all.iter().fold(None, |sum, piece| span(sum, piece.range)), Some((0.0, 1e9)));
        assert!(all.is_sorted_by(|a, b| a.to < b.from && a.events < b.events));
        let early = pieces.until(777, Timestamp(i64::MAX));
        assert!(early.iter().all(|piece| piece.range.is_some_and(|(_, high)| high < 1e9)));
    }
}
