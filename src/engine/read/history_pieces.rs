//! Pieces of a history: one for each change of the value, or, if there are too many, one for
//! several consecutive changes.

use crate::base::Timestamp;

/// The most pieces kept.
const MOST: usize = 1 << 16;

/// Consecutive changes of a value.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Piece {
    /// The moment of the first change.
    pub from: Timestamp,
    /// The moment of the last change.
    pub to: Timestamp,
    /// The events applied at the last change.
    pub events: usize,
    /// The lowest and the highest value; `None` if there was none.
    pub range: Option<(f64, f64)>,
    /// The last value.
    pub last: Option<f64>,
}

/// The pieces of a history, in order.
#[derive(Default)]
pub(in crate::engine) struct Pieces(Vec<Piece>);

impl Pieces {
    /// Adds a value; one equal to the last adds nothing.
    pub(in crate::engine) fn add(&mut self, events: usize, at: i64, value: Option<f64>) {
        let same = |last: &Piece| last.last.map(f64::to_bits) == value.map(f64::to_bits);
        if self.0.last().is_some_and(same) {
            return;
        }
        if self.0.len() == MOST {
            self.0 = self.0.chunks(2).map(|two| two[0].merge(two[two.len() - 1])).collect();
        }
        let (at, range) = (Timestamp(at), value.map(|value| (value, value)));
        self.0.push(Piece { from: at, to: at, events, range, last: value });
    }

    /// The pieces.
    pub(in crate::engine) fn all(&self) -> &[Piece] {
        &self.0
    }
}

/// Of the pieces of a history, those that lie entirely before a position.
#[must_use]
pub fn pieces_until(pieces: &[Piece], events: usize, as_of: Timestamp) -> &[Piece] {
    &pieces[..pieces.partition_point(|piece| piece.events <= events && piece.to <= as_of)]
}

impl Piece {
    /// Merges two pieces.
    fn merge(self, later: Self) -> Self {
        Self { from: self.from, range: span(self.range, later.range), ..later }
    }
}

/// The union of two ranges of values.
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
        let all = pieces_until(pieces.all(), changes, Timestamp(i64::MAX));
        assert_eq!(all.len(), pieces.0.len());
        assert_eq!(all.iter().fold(None, |sum, piece| span(sum, piece.range)), Some((0.0, 1e9)));
        assert!(all.is_sorted_by(|a, b| a.to < b.from && a.events < b.events));
        let early = pieces_until(pieces.all(), 777, Timestamp(i64::MAX));
        assert!(early.iter().all(|piece| piece.range.is_some_and(|(_, high)| high < 1e9)));
    }
}
