//! After every snapshot: the numbers of an output's column have as many decimals as the one that
//! needs most, and never fewer than before.

use std::sync::Arc;

use crate::session::protocol::Layout;
use crate::session::snapshot::{Reading, Snapshot};

use super::super::model::Model;

/// Takes the numbers in view into account.
pub(super) fn note(model: &mut Model, snapshot: &Snapshot) {
    let values = &snapshot.values;
    match values.layout {
        Layout::Wide(scope) => {
            let Some(scope) = snapshot.source.scopes.get(scope) else { return };
            for (place, column) in scope.columns.iter().skip(values.first_column).enumerate() {
                let cells = values.rows.iter().filter_map(|row| row.cells.get(place));
                note_output(model, &column.output, cells.map(|cell| &cell.reading));
            }
        }
        Layout::Long => {
            for row in &values.rows {
                if let Some(output) = &row.output {
                    note_output(model, &output.name, row.cells.iter().map(|cell| &cell.reading));
                }
            }
        }
    }
}

fn note_output<'r>(model: &mut Model, output: &str, readings: impl Iterator<Item = &'r Reading>) {
    let grown = model.decimals.grown(output, readings.filter_map(Reading::number));
    if let Some(decimals) = grown {
        Arc::make_mut(&mut model.decimals).set(output, decimals);
    }
}
