//! How the numbers of a side are written.

use crate::base::quantity::{quoted, value as number};
use crate::explain::Side;

/// The form of a value's numbers: those of events may be ids, which have no separators.
pub(super) type Form = fn(f64) -> String;

/// The form of a side's numbers.
pub(super) fn form(side: &Side) -> Form {
    if side.is_quoted { quoted } else { number }
}
