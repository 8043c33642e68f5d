//! The listing: which contributions are listed, and in what order.

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

/// The rows that are listed, while they are collected.
pub(super) struct Listed {
    listing: Listing,
    /// What a row is ordered by, and the row.
    rows: Vec<(f64, usize)>,
}

impl Listed {
    pub(super) const fn new(listing: Listing) -> Self {
        Self { listing, rows: Vec::new() }
    }

    pub(super) fn add(&mut self, size: f64, row: usize) {
        let by = match self.listing.order {
            Order::Newest => 0.0,
            Order::Largest => size.abs(),
        };
        self.rows.push((by, row));
        if self.rows.len() > self.listing.most.saturating_mul(2).max(1024) {
            self.cut();
        }
    }

    /// Puts the rows in order, and drops those that are too many.
    fn cut(&mut self) {
        self.rows.sort_by(|one, other| other.0.total_cmp(&one.0).then(other.1.cmp(&one.1)));
        self.rows.truncate(self.listing.most);
    }

    /// The rows, in order.
    pub(super) fn into_rows(mut self) -> Vec<usize> {
        self.cut();
        self.rows.into_iter().map(|(_, row)| row).collect()
    }
}
