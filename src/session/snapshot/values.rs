//! The values in view. Plain data.

use crate::base::{Key, Timestamp};

use super::super::protocol::Layout;

pub use crate::engine::{OutputValue, Reading};

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
    /// While a new order is being made: the share of it that is done, 0 to 1. The rows here are in
    /// the order before.
    pub ordering: Option<f64>,
    /// The moment that the order is as of, where that is not the one of the values: a large table is
    /// not sorted in every frame while event time runs.
    pub ordered_at: Option<Timestamp>,
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
#[derive(Clone, Debug, PartialEq)]
pub struct Cell {
    /// The live value.
    pub reading: Reading,
    /// New value minus old one, where both were numbers and differ.
    pub change: Option<f64>,
}
