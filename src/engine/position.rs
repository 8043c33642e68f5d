//! Where an engine stands on the tape, and what became of the rows before. It must not know states.

/// Where an engine stands on the tape.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Position {
    /// How many events are applied.
    pub events: usize,
    /// How many rows are applied.
    pub rows: usize,
    /// The newest event time applied; `i64::MIN` before the first.
    pub clock: i64,
}

/// What became of the rows applied so far.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tallies {
    /// Counted rows: events and impressions.
    pub applied: u64,
    /// Events that were older than the clock when they came.
    pub late: u64,
    /// Synthetic impressions.
    pub impressions: u64,
    /// For each input of the plan.
    pub inputs: Vec<InputTally>,
}

/// What an input did with the counted rows of its types.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct InputTally {
    /// Samples taken.
    pub taken: u64,
    /// Rows that passed the filter and lack an attribute of the key.
    pub no_key: u64,
    /// Rows that passed the filter and whose value is missing or no number.
    pub no_value: u64,
}
