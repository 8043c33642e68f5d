//! Cells of a row, and the interface and text output that the writers share.

use std::collections::BTreeSet;
use std::io;
use std::ops::Range;

use crate::base::{TextList, escape};

/// A cell: the value in one column of a row.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Cell<'a> {
    /// No value.
    Missing,
    /// An integer: a line number, a time in milliseconds.
    Whole(i64),
    /// A feature's value.
    Number(f64),
    /// A feature's value that is that of one event, which may be an id.
    Quoted(f64),
    /// A text.
    Text(&'a str),
    /// A list of texts.
    List(&'a [String]),
    /// A key: the names of its attributes, with their texts.
    Key(&'a [(&'a str, &'a str)]),
}

impl Cell<'_> {
    /// A feature's value that is a list, which may be missing.
    #[must_use]
    pub fn list(list: Option<&TextList>) -> Cell<'_> {
        list.map_or(Cell::Missing, |list| Cell::List(list.texts()))
    }

    /// A feature's value that is that of one event, if `is_quoted`; it may be missing.
    #[must_use]
    pub fn value_of(value: Option<f64>, is_quoted: bool) -> Self {
        match Self::value(value) {
            Self::Number(number) if is_quoted => Self::Quoted(number),
            cell => cell,
        }
    }

    /// A feature's value, which may be missing.
    #[must_use]
    pub fn value(value: Option<f64>) -> Self {
        value.filter(|value| value.is_finite()).map_or(Self::Missing, Self::Number)
    }
}

/// The kind of a column's cells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Integers.
    Whole,
    /// Times: whole numbers of milliseconds since 1970, UTC.
    Time,
    /// Features' values.
    Number,
    /// Texts or keys.
    Text,
    /// Lists of texts. Formats without lists write each as the text of a JSON array.
    List,
}

/// A column of rows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Column {
    /// Its name.
    pub name: String,
    /// The kind of its cells.
    pub kind: Kind,
    /// True if cells may be missing.
    pub is_optional: bool,
}

impl Column {
    /// A column without missing cells.
    pub fn full(name: impl Into<String>, kind: Kind) -> Self {
        Self { name: name.into(), kind, is_optional: false }
    }

    /// A column with optional cells.
    pub fn optional(name: impl Into<String>, kind: Kind) -> Self {
        Self { name: name.into(), kind, is_optional: true }
    }
}

/// Gives each column whose name is taken, by one of these or by a column before it, the name with
/// the first number from 2 that no column has. Returns the names that had to change, old and new.
pub fn tell_apart(fixed: &[&str], columns: &mut [Column]) -> Vec<(String, String)> {
    let fixed = fixed.iter().map(|name| (*name).to_owned());
    let mut seen: BTreeSet<String> = fixed.collect();
    let mut all = seen.clone();
    all.extend(columns.iter().map(|column| column.name.clone()));
    let mut changed = Vec::new();
    for column in columns {
        if seen.insert(column.name.clone()) {
            continue;
        }
        let mut others = (2..).map(|number| format!("{}_{number}", column.name));
        let Some(other) = others.find(|other| !all.contains(other)) else { continue };
        all.insert(other.clone());
        let before = std::mem::replace(&mut column.name, other.clone());
        changed.push((before, other));
    }
    changed
}

/// Writes rows of fixed columns, cell by cell, so that no row is held. Output is buffered: without
/// [`end`](Self::end) the last rows are lost.
pub trait Writer {
    /// Writes the cell of the next column.
    fn cell(&mut self, cell: Cell<'_>);
    /// Ends a row, which must be complete.
    fn end_row(&mut self) -> io::Result<()>;
    /// Flushes the output. Nothing may follow.
    fn end(&mut self) -> io::Result<()>;

    /// A note for people on what the output lacks, once it is written.
    fn note(&self) -> Option<String> {
        None
    }

    /// Writes a row: a cell for each column.
    fn row(&mut self, cells: &[Cell<'_>]) -> io::Result<()> {
        cells.iter().for_each(|cell| self.cell(*cell));
        self.end_row()
    }
}

/// The bytes of text per write.
const PIECE: usize = 64 << 10;

/// Buffered lines of text.
pub(super) struct Lines<W> {
    out: W,
    /// The text that is not written yet.
    pub(super) text: Vec<u8>,
    /// The last number and its place in the text: live and served values are mostly equal, so that
    /// the digits are copied.
    last: (f64, Range<usize>),
}

impl<W: io::Write> Lines<W> {
    pub(super) const fn new(out: W) -> Self {
        Self { out, text: Vec::new(), last: (0.0, 0..0) }
    }

    /// Adds a number.
    pub(super) fn number(&mut self, number: f64) {
        let begin = self.text.len();
        if self.last.0.to_bits() == number.to_bits() && !self.last.1.is_empty() {
            self.text.extend_from_within(self.last.1.clone());
            return;
        }
        match integer(number) {
            Some(integer) => whole(&mut self.text, integer),
            None => fraction(&mut self.text, number),
        }
        self.last = (number, begin..self.text.len());
    }

    /// Ends a line.
    pub(super) fn end_line(&mut self) -> io::Result<()> {
        self.text.push(b'\n');
        if self.text.len() >= PIECE { self.write() } else { Ok(()) }
    }

    /// Flushes the text.
    pub(super) fn end(&mut self) -> io::Result<()> {
        self.write()?;
        self.out.flush()
    }

    fn write(&mut self) -> io::Result<()> {
        let written = self.out.write_all(&self.text);
        self.text.clear();
        self.last = (0.0, 0..0);
        written
    }
}

/// The number as an integer, if that identifies it.
fn integer(number: f64) -> Option<i64> {
    // Above 2^53 neighbouring integers are the same float: digits would promise too much precision.
    const EXACT: f64 = 9_007_199_254_740_992.0;
    let integer = number as i64;
    // `+ 0.0` turns a negative zero into zero, and changes nothing else.
    let is_one = number.abs() < EXACT && (integer as f64).total_cmp(&(number + 0.0)).is_eq();
    is_one.then_some(integer)
}

/// The shortest text that parses to the same number.
fn fraction(out: &mut Vec<u8>, number: f64) {
    let mut buffer = zmij::Buffer::new();
    let text = buffer.format(number);
    // Large exponents have a sign.
    let (digits, exponent) = text.split_once("e+").unwrap_or((text, ""));
    out.extend_from_slice(digits.strip_suffix(".0").unwrap_or(digits).as_bytes());
    if !exponent.is_empty() {
        out.push(b'e');
        out.extend_from_slice(exponent.as_bytes());
    }
}

/// The digits of an integer.
pub(super) fn whole(out: &mut Vec<u8>, number: i64) {
    out.extend_from_slice(itoa::Buffer::new().format(number).as_bytes());
}

/// A list as the text of a JSON array, which every program can read again.
pub(super) fn array(list: &[String]) -> String {
    escape::json(&serde_json::Value::from(list).to_string()).into_owned()
}

/// True if a text contains a marked byte. Does not stop early, which is faster for short texts such
/// as keys.
pub(super) fn has_any(text: &str, marked: &[bool; 256]) -> bool {
    text.bytes().fold(false, |found, byte| found | marked[usize::from(byte)])
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What the standard library writes, with an exponent where the digits alone would be many.
    fn plainly(number: f64) -> String {
        if number.fract() == 0.0 && number.abs() < 9_007_199_254_740_992.0 {
            (number as i64).to_string()
        } else if number.abs() < 1e-5 || number.abs() >= 1e16 {
            format!("{number:e}")
        } else {
            number.to_string()
        }
    }

    fn text(value: f64) -> String {
        let mut lines = Lines::new(io::sink());
        lines.number(value);
        let once = lines.text.len();
        lines.number(value);
        // The second time it may be copied.
        assert_eq!(lines.text[..once], lines.text[once..]);
        lines.text.truncate(once);
        String::from_utf8(lines.text).unwrap()
    }

    #[test]
    fn columns_of_one_name_are_told_apart() {
        let column = |name: &str| Column::optional(name, Kind::Number);
        let mut columns = ["seq", "a", "a", "a_2", "seq_2", "b"].map(column);
        let changed = tell_apart(&["seq", "timestamp"], &mut columns);
        let names: Vec<&str> = columns.iter().map(|column| column.name.as_str()).collect();
        assert_eq!(names, ["seq_3", "a", "a_3", "a_2", "seq_2", "b"]);
        let pair = |before: &str, after: &str| (before.to_owned(), after.to_owned());
        assert_eq!(changed, [pair("seq", "seq_3"), pair("a", "a_3")]);
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
            (9_007_199_254_740_992.0, "9007199254740992"),
            (-1e15 - 0.5, "-1000000000000000.5"),
            (9_999_999_999_999_998.0, "9999999999999998"),
            (1e16, "1e16"),
            (1e-5, "0.00001"),
            (0.000_012_5, "0.0000125"),
            (9.999e-6, "9.999e-6"),
            (5e-324, "5e-324"),
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

    #[test]
    fn lines_are_written_in_pieces_and_none_is_lost() {
        let mut out = Vec::new();
        let mut lines = Lines::new(&mut out);
        for _ in 0..PIECE {
            lines.number(0.5);
            lines.end_line().unwrap();
        }
        lines.text.extend_from_slice(b"last");
        assert!(lines.text.len() < PIECE);
        lines.end().unwrap();
        assert_eq!(String::from_utf8(out).unwrap(), "0.5\n".repeat(PIECE) + "last");
    }

    proptest::proptest! {
        #[test]
        fn numbers_take_the_form_that_the_standard_library_gives_them(
            bits: u64,
            places in 0_i32..25,
        ) {
            // Any number at all, and those of the sizes that features have. A last digit that
            // could as well be the next is not always the same.
            for value in [f64::from_bits(bits), bits as f64 / 10_f64.powi(places)] {
                if value.is_finite() {
                    let (short, plain) = (text(value), plainly(value));
                    let digit = short.bytes().zip(plain.bytes()).filter(|(a, b)| a != b).count();
                    proptest::prop_assert!(
                        short.len() == plain.len() && digit <= 1,
                        "{} is not {}", short, plain
                    );
                    proptest::prop_assert_eq!(short.parse(), Ok(value));
                }
            }
        }

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
