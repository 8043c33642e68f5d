//! What stands in one place of a row, and what every writer of rows does with it. It must not
//! know where rows come from.

use std::io::{self, Write as _};

/// What stands in one place of a row.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Cell<'a> {
    /// No value.
    Missing,
    /// A whole number: a line's number, a time in milliseconds.
    Whole(i64),
    /// A feature's value.
    Number(f64),
    /// A text.
    Text(&'a str),
    /// A key: the names of its attributes and their texts.
    Key(&'a [(&'a str, &'a str)]),
}

impl Cell<'_> {
    /// A feature's value, or its absence.
    #[must_use]
    pub fn value(value: Option<f64>) -> Self {
        value.filter(|value| value.is_finite()).map_or(Self::Missing, Self::Number)
    }
}

/// Writes rows of one shape. The names of the columns are given when it is made.
pub trait Writer {
    /// Writes a row: a cell for each column.
    fn row(&mut self, cells: &[Cell<'_>]) -> io::Result<()>;
}

/// The shortest text that reads back as the same number; whole numbers as integers.
/// Memory does not refuse to be written.
pub(super) fn number(out: &mut Vec<u8>, number: f64) {
    // Above 2^53 neighbouring integers are the same float: digits would promise too much.
    const EXACT: f64 = 9_007_199_254_740_992.0;
    if number.fract() == 0.0 && number.abs() < EXACT {
        whole(out, number as i64);
    } else if number.abs() < 1e-5 || number.abs() >= 1e16 {
        let _ = write!(out, "{number:e}");
    } else {
        let _ = write!(out, "{number}");
    }
}

/// The digits of a whole number.
pub(super) fn whole(out: &mut Vec<u8>, number: i64) {
    let _ = write!(out, "{number}");
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(value: f64) -> String {
        let mut out = Vec::new();
        number(&mut out, value);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn numbers_are_written_shortest() {
        for (value, expected) in [
            (0.0, "0"),
            (-0.0, "0"),
            (12.0, "12"),
            (-3.0, "-3"),
            (0.1, "0.1"),
            (1.0 / 3.0, "0.3333333333333333"),
            (6.796_578_610_962_52e-69, "6.79657861096252e-69"),
            (1e300, "1e300"),
            (9_007_199_254_740_991.0, "9007199254740991"),
        ] {
            assert_eq!(text(value), expected);
        }
    }

    #[test]
    fn what_is_no_number_is_missing() {
        assert_eq!(Cell::value(Some(f64::NAN)), Cell::Missing);
        assert_eq!(Cell::value(Some(f64::INFINITY)), Cell::Missing);
        assert_eq!(Cell::value(None), Cell::Missing);
    }

    proptest::proptest! {
        #[test]
        fn numbers_read_back_as_themselves(bits: u64) {
            let value = f64::from_bits(bits);
            if value.is_finite() {
                let back: f64 = text(value).parse().unwrap();
                proptest::prop_assert!(back.to_bits() == bits || (value == 0.0 && back == 0.0));
                let json: f64 = serde_json::from_str(&text(value)).unwrap();
                proptest::prop_assert!((json - value).abs() <= value.abs() * 1e-15);
            }
        }
    }
}
