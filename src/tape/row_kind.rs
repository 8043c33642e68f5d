//! The kinds of rows.

/// The kind of a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum RowKind {
    /// An interaction, or a flat log's event: counted.
    Event,
    /// A synthetic impression: counted; belongs to the event that released it.
    Impression,
    /// Metadata of an item: not counted.
    Item,
    /// Metadata of a user: not counted.
    User,
    /// A ranking: not counted.
    Ranking,
    /// One item of the ranking before it: not counted; only on demand, for data sets that read
    /// features per listed item.
    Listed,
    /// Metadata in a flat log: not counted.
    Metadata,
}

impl RowKind {
    /// True if features count rows of this kind.
    #[must_use]
    pub const fn is_counted(self) -> bool {
        matches!(self, Self::Event | Self::Impression)
    }
}
