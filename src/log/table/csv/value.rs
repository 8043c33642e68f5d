//! The data in cells of CSV, which have no types.

use crate::tape::Datum;

/// The datum that a cell looks like; `None` for an empty one.
pub(super) fn value(cell: &str) -> Option<Datum<'_>> {
    match cell {
        "" => None,
        "true" | "True" | "TRUE" => Some(Datum::Bool(true)),
        "false" | "False" | "FALSE" => Some(Datum::Bool(false)),
        _ => Some(match Datum::of_number(cell) {
            Some(number) if !is_hash(cell) => number,
            _ => Datum::text(cell),
        }),
    }
}

/// The datum that a cell is as a time in a format of its own: one with a point is its text, since a
/// number does not keep the digits behind it. A whole number with `.0` behind it, as pandas writes
/// those beside missing ones, is a number.
pub(super) fn formatted<'c>(cell: &'c str, value: Datum<'c>) -> Datum<'c> {
    if cell.contains('.') && !cell.ends_with(".0") { Datum::text(cell) } else { value }
}

/// Whether a number is rather a hash such as `17e00012`: digits on both sides of an `e`, without
/// the point or the sign that programs write, and more of them than in `1e20`.
fn is_hash(number: &str) -> bool {
    let is_digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    number.split_once(['e', 'E']).is_some_and(|(mantissa, exponent)| {
        (mantissa.len() > 1 || exponent.len() > 3) && is_digits(mantissa) && is_digits(exponent)
    })
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
            ("1e20", Some(Value::Integer(10_i128.pow(20)))),
            ("12e+3", Some(Value::Integer(12_000))),
            ("1.2e3", Some(Value::Integer(1_200))),
            ("17e00012", text("17e00012")),
            ("170E0011", text("170E0011")),
            ("1e000012", text("1e000012")),
            ("NaN", text("NaN")),
            ("inf", text("inf")),
            ("1 ", text("1 ")),
            ("12ab", text("12ab")),
            ("12é", text("12é")),
        ] {
            assert_eq!(value(cell).map(|datum| datum.to_value()), want, "{cell:?}");
        }
        for (cell, want) in [
            ("20240320102231.123", text("20240320102231.123")),
            ("20240320102231.000", text("20240320102231.000")),
            ("10.30", text("10.30")),
            ("20240320.0", Some(Value::Integer(20_240_320))),
            ("20240320", Some(Value::Integer(20_240_320))),
        ] {
            let datum = value(cell).map(|value| formatted(cell, value).to_value());
            assert_eq!(datum, want, "{cell:?}");
        }
        let nines = |count| "9".repeat(count);
        let most = Value::Integer(10_i128.pow(38) - 1);
        assert_eq!(value(&nines(38)).map(|datum| datum.to_value()), Some(most));
        for long in [nines(39), format!("-{}", nines(39)), nines(60)] {
            assert_eq!(value(&long).map(|datum| datum.to_value()), text(&long));
        }
    }
}
