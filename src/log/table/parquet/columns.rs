//! Parquet columns: the levels and values of some rows, and the datum of each row.

use chrono::{Days, NaiveDate};
use parquet::column::reader::ColumnReader;
use parquet::data_type::{ByteArray, FixedLenByteArray, Int96};
use parquet::errors::{ParquetError, Result};
use parquet::file::reader::RowGroupReader;
use parquet::schema::types::SchemaDescriptor;

use crate::base::Timestamp;
use crate::base::time_rules::LocalZone;
use crate::tape::Datum;

use super::schema::{Field, Kind, Scalar};

/// The most bytes of a decimal that is read: 154 digits. The file may claim any number, and turning
/// them into digits takes the square of it.
const MAX_DECIMAL_BYTES: usize = 64;

/// A column of scalars, or of lists of them; the rows of a batch are read one after the other.
///
/// A row has one level, or one for each element of its list, the first of which has the repetition
/// level 0. Only at the leaf's greatest definition level is there a value.
pub(super) struct Column {
    /// The leaf that is read.
    pub(super) leaf: usize,
    /// The reader of the current row group.
    reader: Option<ColumnReader>,
    scalar: Scalar,
    /// The zone of local times; `None`: UTC.
    zone: Option<LocalZone>,
    is_list: bool,
    /// The least definition level at which the column is not null.
    level: i16,
    /// The definition level at which there is a value.
    full: i16,
    /// The greatest repetition level: above 0 in lists.
    repeats: i16,
    definitions: Vec<i16>,
    repetitions: Vec<i16>,
    values: Values,
    /// The level and the value that come next.
    next_level: usize,
    next_value: usize,
}

/// The definition levels of a list: the least ones at which it is not null, and at which one of its
/// elements is not.
#[derive(Clone, Copy)]
pub(super) struct ListLevels {
    pub(super) list: i16,
    pub(super) element: i16,
}

/// What a column has of an element of a list.
pub(super) struct Element<'a> {
    /// False for an element that is null.
    pub(super) is_there: bool,
    pub(super) value: Option<Datum<'a>>,
}

/// The values of a batch, without nulls.
enum Values {
    Bool(Vec<bool>),
    Int32(Vec<i32>),
    Int64(Vec<i64>),
    Int96(Vec<Int96>),
    Float(Vec<f32>),
    Double(Vec<f64>),
    Bytes(Vec<ByteArray>),
    Fixed(Vec<FixedLenByteArray>),
}

impl Column {
    /// The column of a field; `None` for structs and maps, which have no value.
    pub(super) fn new(
        field: &Field,
        schema: &SchemaDescriptor,
        zone: Option<LocalZone>,
    ) -> Option<Self> {
        let (scalar, is_list) = match &field.kind {
            Kind::Scalar(scalar) => (*scalar, false),
            Kind::List(element) => match element.kind {
                Kind::Scalar(scalar) => (scalar, true),
                _ => (Scalar::Other, true),
            },
            Kind::Struct(_) | Kind::Map | Kind::Invalid => return None,
        };
        let column = Self::without_values(field, schema)?;
        Some(Self { scalar, zone, is_list, ..column })
    }

    /// The levels of a field's first leaf; `None` for a struct without members.
    pub(super) fn without_values(field: &Field, schema: &SchemaDescriptor) -> Option<Self> {
        let leaf = field.leaves.clone().next()?;
        Some(Self {
            leaf,
            reader: None,
            scalar: Scalar::Other,
            zone: None,
            is_list: false,
            level: field.level,
            full: schema.column(leaf).max_def_level(),
            repeats: schema.column(leaf).max_rep_level(),
            definitions: Vec::new(),
            repetitions: Vec::new(),
            values: Values::Bool(Vec::new()),
            next_level: 0,
            next_value: 0,
        })
    }

    /// True if a row may have several values.
    pub(super) const fn has_lists(&self) -> bool {
        self.repeats > 0
    }

    /// The values of the batch, nulls included, if a row may have several.
    pub(super) const fn elements(&self) -> usize {
        self.repetitions.len()
    }

    /// Begins a row group.
    pub(super) fn begin(&mut self, group: &dyn RowGroupReader) -> Result<()> {
        self.reader = Some(group.get_column_reader(self.leaf)?);
        Ok(())
    }

    /// Removes the rows of the batch before.
    pub(super) fn clear(&mut self) {
        self.definitions.clear();
        self.repetitions.clear();
        self.values.clear();
        (self.next_level, self.next_value) = (0, 0);
    }

    /// Adds the next `rows` rows of the row group. An error if there are fewer.
    pub(super) fn read(&mut self, rows: usize) -> Result<()> {
        let Some(reader) = &mut self.reader else { return Ok(()) };
        macro_rules! read {
            ($reader:ident, $kind:ident) => {{
                if !matches!(self.values, Values::$kind(_)) {
                    self.values = Values::$kind(Vec::new());
                }
                let Values::$kind(values) = &mut self.values else { return Ok(()) };
                let levels = (&mut self.definitions, &mut self.repetitions);
                $reader.read_records(rows, Some(levels.0), Some(levels.1), values)?.0
            }};
        }
        let read = match reader {
            ColumnReader::BoolColumnReader(reader) => read!(reader, Bool),
            ColumnReader::Int32ColumnReader(reader) => read!(reader, Int32),
            ColumnReader::Int64ColumnReader(reader) => read!(reader, Int64),
            ColumnReader::Int96ColumnReader(reader) => read!(reader, Int96),
            ColumnReader::FloatColumnReader(reader) => read!(reader, Float),
            ColumnReader::DoubleColumnReader(reader) => read!(reader, Double),
            ColumnReader::ByteArrayColumnReader(reader) => read!(reader, Bytes),
            ColumnReader::FixedLenByteArrayColumnReader(reader) => read!(reader, Fixed),
        };
        if read < rows {
            return Err(ParquetError::EOF(format!("{read} of {rows} rows in a column")));
        }
        Ok(())
    }

    /// An error if a text of the batch is not UTF-8.
    pub(super) fn check(&self) -> Result<()> {
        match &self.values {
            Values::Bytes(texts) if self.scalar == Scalar::Text => {
                texts.iter().try_for_each(|text| text.as_utf8().map(drop))
            }
            _ => Ok(()),
        }
    }

    /// The datum of the next row; `None` for nulls, for types other than text, number, boolean and
    /// time, and for decimals that are too long.
    pub(super) fn next(&mut self) -> Option<Datum<'_>> {
        let first = self.next_level;
        let definition = |at: usize| self.definitions.get(at).copied().unwrap_or(self.full);
        if !self.is_list {
            self.next_level += 1;
            if definition(first) < self.full {
                return None;
            }
            self.next_value += 1;
            return self.values.datum(self.next_value - 1, self.scalar, self.zone);
        }
        let length = self.levels_of_row();
        self.next_level += length;
        if definition(first) < self.level {
            return None;
        }
        let present = (first..first + length).filter(|at| definition(*at) == self.full).count();
        let values = self.next_value..self.next_value + present;
        self.next_value += present;
        Some(Datum::List(
            values.filter_map(|at| self.values.datum(at, self.scalar, self.zone)).collect(),
        ))
    }

    /// The number of levels of the next row.
    fn levels_of_row(&self) -> usize {
        let further = self.repetitions.get(self.next_level + 1..).unwrap_or_default();
        1 + further.iter().take_while(|repetition| **repetition > 0).count()
    }

    /// The elements of the next row's list, which is in no other list; `None` if there is no list.
    pub(super) fn next_elements(&mut self, list: ListLevels) -> Option<Vec<Element<'_>>> {
        let (first, length) = (self.next_level, self.levels_of_row());
        self.next_level += length;
        let Self { definitions, repetitions, values, next_value, full, .. } = self;
        let values = &*values;
        let definition = |at: usize| definitions.get(at).copied().unwrap_or(*full);
        if definition(first) <= list.list {
            return (definition(first) == list.list).then(Vec::new);
        }
        let mut elements = Vec::new();
        let mut at = first;
        while at < first + length {
            // Deeper repetitions are of a list within the element.
            let deeper = repetitions.get(at + 1..first + length).unwrap_or_default();
            let end = at + 1 + deeper.iter().take_while(|repetition| **repetition > 1).count();
            let present = (at..end).filter(|at| definition(*at) == *full).count();
            let mut found = (*next_value..*next_value + present)
                .filter_map(|at| values.datum(at, self.scalar, self.zone));
            let value = if !self.is_list {
                found.next()
            } else if definition(at) < self.level {
                None
            } else {
                Some(Datum::List(found.collect()))
            };
            *next_value += present;
            elements.push(Element { is_there: definition(at) >= list.element, value });
            at = end;
        }
        Some(elements)
    }
}

impl Values {
    fn clear(&mut self) {
        match self {
            Self::Bool(values) => values.clear(),
            Self::Int32(values) => values.clear(),
            Self::Int64(values) => values.clear(),
            Self::Int96(values) => values.clear(),
            Self::Float(values) => values.clear(),
            Self::Double(values) => values.clear(),
            Self::Bytes(values) => values.clear(),
            Self::Fixed(values) => values.clear(),
        }
    }

    /// The datum of a value.
    fn datum(&self, at: usize, scalar: Scalar, zone: Option<LocalZone>) -> Option<Datum<'_>> {
        let whole = |number: i64| match scalar {
            Scalar::Signed(bits) => {
                let unused = 64_u32.saturating_sub(bits.into());
                Some(Datum::Integer((number << unused >> unused).into()))
            }
            Scalar::Unsigned(bits) => {
                let unused = 64_u32.saturating_sub(bits.into());
                Some(Datum::Integer((number.cast_unsigned() << unused >> unused).into()))
            }
            Scalar::Timestamp(in_one) | Scalar::TimeOfDay(in_one) => {
                Some(Datum::Integer(number.div_euclid(in_one).into()))
            }
            Scalar::LocalTime(in_one) => {
                let local = Timestamp(number.div_euclid(in_one));
                Some(Datum::Integer(zone.map_or(local, |zone| zone.moment(local)).0.into()))
            }
            Scalar::Date => date(number),
            Scalar::Decimal(scale) => decimal(&number.to_string(), scale),
            _ => None,
        };
        match self {
            Self::Bool(flags) => flags.get(at).map(|flag| Datum::Bool(*flag)),
            Self::Int32(numbers) => whole((*numbers.get(at)?).into()),
            Self::Int64(numbers) => whole(*numbers.get(at)?),
            Self::Int96(moments) => whole(moments.get(at)?.to_nanos()),
            // By way of its text: 0.1 stays 0.1 when widened to 64 bits.
            Self::Float(numbers) => {
                numbers.get(at)?.to_string().parse().ok().and_then(Datum::number)
            }
            Self::Double(numbers) => Datum::number(*numbers.get(at)?),
            Self::Bytes(texts) => bytes(texts.get(at)?.data(), scalar),
            Self::Fixed(texts) => bytes(texts.get(at)?.data(), scalar),
        }
    }
}

fn bytes(bytes: &[u8], scalar: Scalar) -> Option<Datum<'_>> {
    match scalar {
        Scalar::Text | Scalar::Bytes => std::str::from_utf8(bytes).ok().map(Datum::text),
        Scalar::Fixed => {
            let digits: Vec<String> = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
            Some(Datum::Text(digits.concat().into()))
        }
        Scalar::Half => Datum::number(half(u16::from_le_bytes(bytes.try_into().ok()?))),
        Scalar::Decimal(scale) if bytes.len() <= MAX_DECIMAL_BYTES => {
            decimal(&digits(bytes), scale)
        }
        _ => None,
    }
}

/// A float of 16 bits: a sign, 5 bits of exponent, 10 of fraction.
fn half(bits: u16) -> f64 {
    let fraction = f64::from(bits & 0x3ff) / 1024.0;
    let size = match bits >> 10 & 0x1f {
        0 => fraction * 2_f64.powi(-14),
        0x1f if fraction == 0.0 => f64::INFINITY,
        0x1f => f64::NAN,
        exponent => (1.0 + fraction) * 2_f64.powi(i32::from(exponent) - 15),
    };
    if bits >> 15 == 1 { -size } else { size }
}

/// The decimal digits of a big-endian two's complement number of any length.
fn digits(bytes: &[u8]) -> String {
    let is_negative = bytes.first().is_some_and(|byte| *byte >= 0x80);
    let mut rest = bytes.to_vec();
    if is_negative {
        let mut carry = true;
        for byte in rest.iter_mut().rev() {
            (*byte, carry) = (!*byte).overflowing_add(u8::from(carry));
        }
    }
    let mut digits = Vec::new();
    while rest.iter().any(|byte| *byte > 0) {
        let remainder = rest.iter_mut().fold(0_u16, |before, byte| {
            let number = before << 8 | u16::from(*byte);
            *byte = (number / 10) as u8;
            number % 10
        });
        digits.push(b'0' + remainder as u8);
    }
    if digits.is_empty() {
        digits.push(b'0');
    }
    if is_negative {
        digits.push(b'-');
    }
    digits.iter().rev().map(|digit| char::from(*digit)).collect()
}

/// A decimal by its digits without a point, as an exact integer if it is one.
fn decimal(digits: &str, scale: i32) -> Option<Datum<'static>> {
    let places = usize::try_from(scale).unwrap_or(0);
    let (sign, digits) = digits.strip_prefix('-').map_or(("", digits), |digits| ("-", digits));
    let digits = format!("{digits:0>width$}", width = places + 1);
    let (whole, fraction) = digits.split_at(digits.len() - places);
    if fraction.bytes().all(|digit| digit == b'0') {
        return Some(Datum::whole(&format!("{sign}{whole}")).into_owned());
    }
    format!("{sign}{whole}.{fraction}").parse().ok().and_then(Datum::number)
}

/// A date as ISO text.
fn date(days: i64) -> Option<Datum<'static>> {
    let epoch = NaiveDate::default();
    let span = Days::new(days.unsigned_abs());
    let date = if days < 0 { epoch.checked_sub_days(span) } else { epoch.checked_add_days(span) };
    Some(Datum::Text(date?.to_string().into()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_of_any_length_have_digits() {
        for number in [0, 1, -1, 127, -128, 1 << 70, i128::MIN, i128::MAX] {
            assert_eq!(digits(&number.to_be_bytes()), number.to_string());
        }
        assert_eq!(digits(&[]), "0");
        let mut long = vec![0xff; 32];
        assert_eq!(digits(&long), "-1");
        long[0] = 0x7f;
        assert!(
            digits(&long).starts_with("578960446186580977117854925043439539266349923328202820")
        );
    }

    #[test]
    fn decimals_have_a_point() {
        for (digits, scale, want) in [("12345", 2, 123.45), ("-5", 3, -0.005), ("10", 1, 1.0)] {
            let number = decimal(digits, scale).unwrap();
            assert_eq!(number.to_value().as_number(), Some(want), "{digits}");
        }
    }

    #[test]
    fn halves_are_widened() {
        for (bits, want) in [
            (0x3c00, 1.0),
            (0xc000, -2.0),
            (0x3555, 0.333_251_953_125),
            (1, 5.960_464_477_539_063e-8),
        ] {
            assert_eq!(half(bits).to_bits(), f64::to_bits(want), "{bits:#x}");
        }
        assert!(half(0x7c00).is_infinite() && half(0x7e00).is_nan());
    }
}
