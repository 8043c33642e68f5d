//! The listing: which contributions are listed, and in what order.

use std::cmp::Ordering;

use crate::base::Millis;

use super::event::EventRef;

/// Which contributions are listed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Listing {
    /// The order.
    pub order: Order,
    /// The most that are listed.
    pub most: usize,
}

/// The order in which contributions are listed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Order {
    /// The newest first: the order of application, backward.
    #[default]
    Newest,
    /// The largest first: by what they add to the value, or by their own value if they do not add
    /// up.
    Largest,
}

/// The events that make the value of a side.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Contributions {
    /// Their number.
    pub count: u64,
    /// What their weights add up to, which is the side's value; `None` for aggregates of which the
    /// contributions determine the value, but do not add up to it.
    pub total: Option<f64>,
    /// For a decay, the age of the events that make the newer half of the weight.
    pub half_weight: Option<Millis>,
    /// Some of them, in the order asked for; none over all keys.
    pub listed: Vec<Contribution>,
}

/// One contribution.
#[derive(Clone, Debug, PartialEq)]
pub struct Contribution {
    /// The event.
    pub event: EventRef,
    /// The number that is aggregated; `None` for counts, and for values that are no numbers.
    pub value: Option<f64>,
    /// What it adds to the side's value, if contributions add up.
    pub weight: Option<f64>,
    /// The side's value as of the moment of reading, of the events before this one.
    pub before: Option<f64>,
    /// The same of them and this one.
    pub after: Option<f64>,
}

/// The rows that are listed, while they are collected: not many more than are listed are kept.
pub(super) struct Listed {
    listing: Listing,
    rows: Vec<ListedRow>,
}

/// A row that is listed.
#[derive(Clone, Copy)]
pub(super) struct ListedRow {
    pub(super) row: usize,
    /// What it adds to the value, and what those before it add: 0 if contributions do not add up.
    pub(super) weight: f64,
    pub(super) before: f64,
    /// What rows are ordered by.
    by: f64,
}

impl Listed {
    pub(super) const fn new(listing: Listing) -> Self {
        Self { listing, rows: Vec::new() }
    }

    /// Adds a row behind those before it, with its weight, and theirs.
    pub(super) fn add(&mut self, size: f64, row: usize, (weight, before): (f64, f64)) {
        let by = match self.listing.order {
            Order::Newest => 0.0,
            Order::Largest => size.abs(),
        };
        self.rows.push(ListedRow { row, weight, before, by });
        if self.rows.len() > self.most_kept() {
            self.cut();
        }
    }

    /// The most rows that are kept.
    fn most_kept(&self) -> usize {
        self.listing.most.saturating_mul(2).max(1024)
    }

    /// Drops the rows that are too many; the others are in no order then.
    fn cut(&mut self) {
        let most = self.listing.most;
        if self.rows.len() <= most {
            return;
        }
        let first = self.rows[0].by;
        if self.rows.iter().all(|row| row.by.total_cmp(&first).is_eq()) {
            // Mostly they are in this order already.
            self.rows.sort_unstable_by_key(|row| row.row);
            self.rows.drain(..self.rows.len() - most);
        } else {
            self.rows.select_nth_unstable_by(most, before);
            self.rows.truncate(most);
        }
    }

    /// The rows, in order.
    pub(super) fn into_rows(mut self) -> Vec<ListedRow> {
        self.cut();
        self.rows.sort_unstable_by(before);
        self.rows
    }

    /// The bytes that are held.
    pub(super) fn bytes(&self) -> usize {
        self.rows.capacity() * size_of::<ListedRow>()
    }
}

/// The order in which rows are listed: the largest first, of equal ones the newest.
fn before(one: &ListedRow, other: &ListedRow) -> Ordering {
    other.by.total_cmp(&one.by).then(other.row.cmp(&one.row))
}
