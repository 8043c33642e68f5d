//! The position of an engine on the tape, and the tallies of the rows before it.

/// The position of an engine on the tape.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Position {
    /// Events applied.
    pub events: usize,
    /// Rows applied.
    pub rows: usize,
    /// The newest event time applied; `i64::MIN` before the first.
    pub clock: i64,
}

/// Tallies of the rows applied so far.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tallies {
    /// Counted rows: events and impressions.
    pub applied: u64,
    /// Late events: older than the clock when they were applied.
    pub late: u64,
    /// Synthetic impressions.
    pub impressions: u64,
    /// For each input of the plan.
    pub inputs: Vec<InputTally>,
}

/// The tally of one input, over the counted rows of its types.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct InputTally {
    /// Samples taken.
    pub taken: u64,
    /// Rows that passed the filter but lack an attribute of the key.
    pub no_key: u64,
    /// Rows that passed the filter but whose value is missing or not a number.
    pub no_value: u64,
}
