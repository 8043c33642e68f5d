//! The data in cells of CSV, which have no types.

use crate::tape::Datum;

/// The datum that a cell looks like; `None` for an empty one.
pub(super) fn value(cell: &str) -> Option<Datum<'_>> {
    match cell {
        "" => None,
        "true" | "True" | "TRUE" => Some(Datum::Bool(true)),
        "false" | "False" | "FALSE" => Some(Datum::Bool(false)),
        _ => Some(Datum::of_number(cell).unwrap_or(Datum::text(cell))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::Value;

    #[test]
    fn a_cell_is_what_it_looks_like() {
        let text = |text: &str| Some(Value::Text(text.to_owned()));
        for (cell, want) in [
            ("", None),
            ("36", Some(Value::Integer(36))),
            ("-7", Some(Value::Integer(-7))),
            ("0", Some(Value::Integer(0))),
            ("36.0", Some(Value::Integer(36))),
            ("0.5", Some(Value::Float(0.5))),
            ("-1.5e-3", Some(Value::Float(-0.0015))),
            ("18446744073709551616", Some(Value::Integer(1 << 64))),
            ("True", Some(Value::Bool(true))),
            ("false", Some(Value::Bool(false))),
            ("yes", text("yes")),
            ("007", text("007")),
            ("+1", text("+1")),
            ("1.", text("1.")),
            (".5", text(".5")),
            ("1e", text("1e")),
            ("-", text("-")),
            ("1e999", text("1e999")),
            ("NaN", text("NaN")),
            ("inf", text("inf")),
            ("1 ", text("1 ")),
            ("12ab", text("12ab")),
            ("12é", text("12é")),
        ] {
            assert_eq!(value(cell).map(|datum| datum.to_value()), want, "{cell:?}");
        }
        let nines = |count| "9".repeat(count);
        let most = Value::Integer(10_i128.pow(38) - 1);
        assert_eq!(value(&nines(38)).map(|datum| datum.to_value()), Some(most));
        for long in [nines(39), format!("-{}", nines(39)), nines(60)] {
            assert_eq!(value(&long).map(|datum| datum.to_value()), text(&long));
        }
    }
}
