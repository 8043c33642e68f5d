//! The tape: a log's events as columns in memory, in the order in which they are applied, with
//! metadata joined and synthetic impressions in their places. It must not know files, formats,
//! plans or engines.
//!
//! An *event* is a line of the log. A *row* is a step of the replay: each event is one row, and
//! may be followed by rows that it brings about (the impressions that it releases). The cursor
//! counts events; the engine applies rows.

/// What a row is.
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
    /// One item of the ranking before it, only on request: not counted; for data sets that read
    /// features for each listed item.
    Listed,
}

impl RowKind {
    /// Whether features count rows of this kind.
    #[must_use]
    pub const fn is_counted(self) -> bool {
        matches!(self, Self::Event | Self::Impression)
    }
}
