//! The values in view. Plain data.

use crate::base::{Key, Timestamp};

use super::super::protocol::Layout;

/// The values in view.
#[derive(Clone, Debug, PartialEq)]
pub struct Values {
    /// The layout that the rows are of.
    pub layout: Layout,
    /// The index of the first row here, in the current order.
    pub first_row: usize,
    /// How many rows pass the filter.
    pub total_rows: usize,
    /// How many rows there are without the filter.
    pub unfiltered_rows: usize,
    /// The index (in the scope's outputs) of the first column of the rows' cells (wide layout).
    pub first_column: usize,
    /// Where the selected row is in the current order.
    pub selected_row: usize,
    /// The rows.
    pub rows: Vec<Row>,
}

/// A row of values.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    /// The key.
    pub key: Key,
    /// The key's last write, as of the cursor.
    pub last_write: Option<Timestamp>,
    /// Wide: a cell for each column in view. Long: a single cell.
    pub cells: Vec<Cell>,
    /// Long layout: which output this row is.
    pub output: Option<LongOutput>,
}

/// Which output a row of the long layout is.
#[derive(Clone, Debug, PartialEq)]
pub struct LongOutput {
    /// The output's name.
    pub name: String,
    /// The feature's kind, in the language's word.
    pub kind: &'static str,
    /// The scope, as the config writes it.
    pub scope: String,
    /// The served value.
    pub served: Reading,
    /// The value over the replayed time, oldest first; empty where it is not computed.
    pub history: Vec<Option<f64>>,
}

/// A live value, and how the last move (step, seek, reload, slice of playing) changed it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Cell {
    /// The live value.
    pub reading: Reading,
    /// New value minus old one, where both were values and differ.
    pub change: Option<f64>,
}

/// What is read for a key: a number, or one of the ways in which there is none.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Reading {
    /// A number; zero is a number.
    Value(f64),
    /// The key was written, but there is no value: no divisor, nothing to average.
    NoData,
    /// The key was written once, and its time to live has passed.
    Expired,
    /// No event of the feature has had this key.
    NeverSeen,
}

impl Reading {
    /// The number, if it is one.
    #[must_use]
    pub const fn number(self) -> Option<f64> {
        match self {
            Self::Value(number) => Some(number),
            Self::NoData | Self::Expired | Self::NeverSeen => None,
        }
    }
}
