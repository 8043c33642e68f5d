//! Parquet columns: resolution of dotted paths, and the values of a column.

use arrow_array::cast::AsArray;
use arrow_array::types::{
    ArrowPrimitiveType, Date32Type, Decimal128Type, Decimal256Type, DecimalType, Float16Type,
    Float32Type, Float64Type, Int8Type, Int16Type, Int32Type, Int64Type, Time32MillisecondType,
    Time64MicrosecondType, Time64NanosecondType, TimestampMicrosecondType,
    TimestampMillisecondType, TimestampNanosecondType, UInt8Type, UInt16Type, UInt32Type,
    UInt64Type,
};
use arrow_array::{Array, ArrayRef, RecordBatch};
use arrow_schema::{DataType, Fields, TimeUnit as Unit};
use chrono::{Days, NaiveDate};

use crate::tape::Datum;

/// A column found by its path.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Located<'f> {
    /// Its index at each level.
    pub(super) places: Vec<usize>,
    /// Its leaves in the file.
    pub(super) leaves: std::ops::Range<usize>,
    pub(super) kind: &'f DataType,
}

/// The column at a dotted path: one of that very name, or else one in a struct.
pub(super) fn find<'f>(fields: &'f Fields, path: &str) -> Option<Located<'f>> {
    let index = |name: &str| fields.iter().position(|field| field.name() == name);
    let before = |index: usize| -> usize {
        fields.iter().take(index).map(|field| leaves(field.data_type())).sum()
    };
    if let Some(index) = index(path) {
        let kind = fields[index].data_type();
        let first = before(index);
        return Some(Located { places: vec![index], leaves: first..first + leaves(kind), kind });
    }
    let (outer, inner) = path.split_once('.')?;
    let index = index(outer)?;
    let DataType::Struct(fields) = fields[index].data_type() else { return None };
    let mut found = find(fields, inner)?;
    found.places.insert(0, index);
    let first = before(index);
    found.leaves = first + found.leaves.start..first + found.leaves.end;
    Some(found)
}

/// The number of leaves of a column of this type.
fn leaves(kind: &DataType) -> usize {
    match kind {
        DataType::Struct(fields) => fields.iter().map(|field| leaves(field.data_type())).sum(),
        DataType::List(element) | DataType::Map(element, _) => leaves(element.data_type()),
        _ => 1,
    }
}

/// A column of a batch, within its structs.
pub(super) struct Column<'b> {
    structs: Vec<&'b ArrayRef>,
    values: &'b ArrayRef,
}

impl<'b> Column<'b> {
    pub(super) fn of(batch: &'b RecordBatch, places: &[usize]) -> Option<Self> {
        let (first, inner) = places.split_first()?;
        let mut structs = Vec::new();
        let mut values = batch.columns().get(*first)?;
        for place in inner {
            structs.push(values);
            values = values.as_struct_opt()?.columns().get(*place)?;
        }
        Some(Self { structs, values })
    }

    pub(super) fn value(&self, row: usize) -> Option<Datum<'b>> {
        if self.structs.iter().any(|outer| outer.is_null(row)) {
            return None;
        }
        let Some(list) = self.values.as_list_opt::<i32>() else { return scalar(self.values, row) };
        if list.is_null(row) {
            return None;
        }
        let [start, end] = [list.value_offsets()[row], list.value_offsets()[row + 1]];
        let elements = list.values();
        let elements = (start as usize..end as usize).filter_map(|place| scalar(elements, place));
        Some(Datum::List(elements.collect()))
    }
}

/// The value of a row; `None` for nulls, and for types other than text, number, boolean and time.
fn scalar(values: &ArrayRef, row: usize) -> Option<Datum<'_>> {
    if values.is_null(row) {
        return None;
    }
    let millis = |units: i64, in_one: i64| Some(Datum::Integer(units.div_euclid(in_one).into()));
    match values.data_type() {
        DataType::Boolean => Some(Datum::Bool(values.as_boolean().value(row))),
        DataType::Utf8 => Some(Datum::text(values.as_string::<i32>().value(row))),
        // Some writers do not mark text as UTF-8.
        DataType::Binary => {
            std::str::from_utf8(values.as_binary::<i32>().value(row)).ok().map(Datum::text)
        }
        DataType::FixedSizeBinary(_) => {
            let bytes = values.as_fixed_size_binary().value(row).iter();
            let digits: Vec<String> = bytes.map(|byte| format!("{byte:02x}")).collect();
            Some(Datum::Text(digits.concat().into()))
        }
        DataType::Int8 => Some(whole::<Int8Type>(values, row)),
        DataType::Int16 => Some(whole::<Int16Type>(values, row)),
        DataType::Int32 => Some(whole::<Int32Type>(values, row)),
        DataType::Int64 => Some(whole::<Int64Type>(values, row)),
        DataType::UInt8 => Some(whole::<UInt8Type>(values, row)),
        DataType::UInt16 => Some(whole::<UInt16Type>(values, row)),
        DataType::UInt32 => Some(whole::<UInt32Type>(values, row)),
        DataType::UInt64 => Some(whole::<UInt64Type>(values, row)),
        DataType::Float16 => Datum::number(at::<Float16Type>(values, row).to_f64()),
        DataType::Float32 => {
            // By way of its text: 0.1 stays 0.1 when widened to 64 bits.
            at::<Float32Type>(values, row).to_string().parse().ok().and_then(Datum::number)
        }
        DataType::Float64 => Datum::number(at::<Float64Type>(values, row)),
        DataType::Decimal128(..) => decimal::<Decimal128Type>(values, row),
        DataType::Decimal256(..) => decimal::<Decimal256Type>(values, row),
        DataType::Timestamp(Unit::Millisecond, _) => {
            millis(at::<TimestampMillisecondType>(values, row), 1)
        }
        DataType::Timestamp(Unit::Microsecond, _) => {
            millis(at::<TimestampMicrosecondType>(values, row), 1000)
        }
        DataType::Timestamp(Unit::Nanosecond, _) => {
            millis(at::<TimestampNanosecondType>(values, row), 1_000_000)
        }
        DataType::Time32(Unit::Millisecond) => {
            millis(at::<Time32MillisecondType>(values, row).into(), 1)
        }
        DataType::Time64(Unit::Microsecond) => {
            millis(at::<Time64MicrosecondType>(values, row), 1000)
        }
        DataType::Time64(Unit::Nanosecond) => {
            millis(at::<Time64NanosecondType>(values, row), 1_000_000)
        }
        DataType::Date32 => date(at::<Date32Type>(values, row)),
        _ => None,
    }
}

fn at<T: ArrowPrimitiveType>(values: &ArrayRef, row: usize) -> T::Native {
    values.as_primitive::<T>().value(row)
}

fn whole<T: ArrowPrimitiveType<Native: Into<i128>>>(values: &ArrayRef, row: usize) -> Datum<'_> {
    Datum::Integer(at::<T>(values, row).into())
}

/// A decimal, as an exact integer if it is one.
fn decimal<T: DecimalType>(values: &ArrayRef, row: usize) -> Option<Datum<'_>> {
    let text = values.as_primitive::<T>().value_as_string(row);
    let (whole, fraction) = text.split_once('.').unwrap_or((&text, ""));
    if fraction.bytes().all(|digit| digit == b'0') {
        return Some(Datum::whole(whole).into_owned());
    }
    text.parse().ok().and_then(Datum::number)
}

/// A date as ISO text.
fn date(days: i32) -> Option<Datum<'static>> {
    let epoch = NaiveDate::default();
    let span = Days::new(days.unsigned_abs().into());
    let date = if days < 0 { epoch.checked_sub_days(span) } else { epoch.checked_add_days(span) };
    Some(Datum::Text(date?.to_string().into()))
}
