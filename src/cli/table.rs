//! Tables for people: numbers short and aligned, keys as the screen shows them.

pub(super) use comfy_table::Table;
use comfy_table::{CellAlignment, ContentArrangement, presets};

use crate::base::{Key, quantity};

/// A table of values that grows row by row.
pub(super) struct ValueTable(Table);

impl ValueTable {
    /// A table with its head line.
    pub(super) fn new() -> Self {
        Self(plain(&["FEATURE", "KEY", "VALUE", "SERVED"], &[2, 3]))
    }

    /// Adds the value of a feature for a key.
    pub(super) fn row(&mut self, output: &str, key: &Key, live: Option<f64>, served: Option<f64>) {
        let text = |value: Option<f64>| value.map_or_else(|| "–".to_owned(), quantity::value);
        self.0.add_row([output.to_owned(), key.to_string(), text(live), text(served)]);
    }

    /// The lines of the table, without blanks at their ends.
    pub(super) fn lines(&self) -> Vec<String> {
        lines(&self.0)
    }
}

/// A table without lines between its cells; the columns of these numbers are aligned to the right.
pub(super) fn plain(head: &[&str], numbers: &[usize]) -> Table {
    let mut table = Table::new();
    table
        .load_style(presets::NOTHING)
        .set_content_arrangement(ContentArrangement::Disabled)
        .set_header(head.iter().copied());
    for number in numbers {
        if let Some(column) = table.column_mut(*number) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    table
}

/// The lines of a table, without blanks at their ends.
pub(super) fn lines(table: &Table) -> Vec<String> {
    table.lines().map(|line| line.trim_end().to_owned()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_short_and_aligned() {
        let mut table = ValueTable::new();
        let key = |text: &str| Key(vec![text.to_owned()]);
        table.row("clicks_7", &key("p1"), Some(1204.0), Some(1200.0));
        table.row("ctr", &Key(vec![]), Some(1.0 / 3.0), None);
        assert_eq!(
            table.lines(),
            [
                " FEATURE   KEY     VALUE  SERVED",
                " clicks_7  p1      1,204   1,200",
                " ctr       (all)  0.3333       –",
            ]
        );
    }
}
