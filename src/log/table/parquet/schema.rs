//! The schema of a Parquet file: structs, lists and scalars, found by their dotted paths.

use std::ops::Range;

use parquet::basic::{ConvertedType, LogicalType, Repetition, TimeUnit, Type as Physical};
use parquet::schema::types::{SchemaDescriptor, Type};

use crate::log::flat::{Step, first_step};

/// A column of the file, or a field of a struct.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Field {
    pub(super) name: String,
    pub(super) kind: Kind,
    /// Its leaves, the columns as they are stored.
    pub(super) leaves: Range<usize>,
    /// The least definition level at which it is not null.
    pub(super) level: i16,
}

/// The type of a field.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Scalar(Scalar),
    Struct(Vec<Field>),
    /// A list of such elements.
    List(Box<Field>),
    Map,
    /// A list or a map that is not built as the format prescribes.
    Invalid,
}

/// The meaning of a stored value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Scalar {
    Bool,
    /// An integer of this many bits.
    Signed(u8),
    Unsigned(u8),
    Half,
    Float,
    Double,
    /// A decimal with this many digits after the point, 1,000 at most.
    Decimal(i32),
    /// Text, which must be UTF-8.
    Text,
    /// Bytes: some writers do not mark text as UTF-8.
    Bytes,
    /// Bytes of a fixed length, such as a UUID.
    Fixed,
    /// Days since the epoch.
    Date,
    /// A moment or a time of day, in units of which so many make a millisecond.
    Timestamp(i64),
    TimeOfDay(i64),
    /// What clocks of some zone show, as the moment at which clocks of UTC show it, in such units.
    LocalTime(i64),
    /// A type without a value here.
    Other,
}

/// The columns of a file.
pub(super) fn fields(schema: &SchemaDescriptor) -> Vec<Field> {
    let mut leaves = 0;
    let columns = schema.root_schema().get_fields().iter();
    columns.map(|column| field(column, 0, &mut leaves)).collect()
}

/// The column at a dotted path: one of that very name, or else one in a struct.
pub(super) fn find<'f>(fields: &'f [Field], path: &str) -> Option<&'f Field> {
    let named = |name: &str| fields.iter().find(|field| field.name == name);
    named(path).or_else(|| {
        let (outer, inner) = path.split_once('.')?;
        let Kind::Struct(fields) = &named(outer)?.kind else { return None };
        find(fields, inner)
    })
}

/// The list that a path with brackets leads into, and the step into it.
pub(super) fn find_list<'f, 'p>(
    fields: &'f [Field],
    path: &'p str,
) -> Option<(&'f Field, Step<'p>)> {
    let named = |name: &str| fields.iter().find(|field| field.name == name);
    if let Some(step) = first_step(path) {
        return named(step.name).filter(|list| list.element().is_some()).zip(Some(step));
    }
    let (outer, inner) = path.split_once('.')?;
    let Kind::Struct(fields) = &named(outer)?.kind else { return None };
    find_list(fields, inner)
}

impl Field {
    /// The elements, if it is a list.
    pub(super) fn element(&self) -> Option<&Self> {
        match &self.kind {
            Kind::List(element) => Some(element),
            _ => None,
        }
    }

    /// The members, if it is a struct.
    pub(super) fn members(&self) -> &[Self] {
        match &self.kind {
            Kind::Struct(members) => members,
            _ => &[],
        }
    }
}

fn repetition(node: &Type) -> Repetition {
    let info = node.get_basic_info();
    if info.has_repetition() { info.repetition() } else { Repetition::REQUIRED }
}

/// A field whose parent is not null from the definition level `above` on; its leaves follow those
/// that are counted in `leaves`.
fn field(node: &Type, above: i16, leaves: &mut usize) -> Field {
    let first = *leaves;
    let repetition = repetition(node);
    let level = above + i16::from(repetition == Repetition::OPTIONAL);
    let within = level + i16::from(repetition == Repetition::REPEATED);
    let kind = kind(node, within, leaves);
    let field =
        |kind, level| Field { name: node.name().to_owned(), kind, leaves: first..*leaves, level };
    match repetition {
        Repetition::REPEATED => field(Kind::List(Box::new(field(kind, within))), level),
        _ => field(kind, level),
    }
}

/// The type of a node, whatever its repetition.
fn kind(node: &Type, level: i16, leaves: &mut usize) -> Kind {
    if node.is_primitive() {
        *leaves += 1;
        return Kind::Scalar(scalar(node));
    }
    let first = *leaves;
    let within: Vec<Field> =
        node.get_fields().iter().map(|inner| field(inner, level, leaves)).collect();
    match node.get_basic_info().converted_type() {
        ConvertedType::LIST => {
            *leaves = first;
            let element = element(node, level, leaves);
            *leaves = within.last().map_or(first, |last| last.leaves.end);
            element.map_or(Kind::Invalid, |element| Kind::List(Box::new(element)))
        }
        ConvertedType::MAP | ConvertedType::MAP_KEY_VALUE => Kind::Map,
        _ => Kind::Struct(within),
    }
}

/// The type of the elements of a group that is marked as a list, by the format's rules for what
/// older writers have written.
fn element(list: &Type, level: i16, leaves: &mut usize) -> Option<Field> {
    let first = *leaves;
    let [repeated] = list.get_fields() else { return None };
    if repetition(repeated) != Repetition::REPEATED || repetition(list) == Repetition::REPEATED {
        return None;
    }
    let level = level + 1;
    if repeated.is_primitive() {
        let kind = kind(repeated, level, leaves);
        return Some(Field {
            name: repeated.name().to_owned(),
            kind,
            leaves: first..*leaves,
            level,
        });
    }
    let marked = repeated.get_basic_info();
    let is_list = marked.converted_type() == ConvertedType::LIST
        || marked.logical_type_ref() == Some(&LogicalType::List);
    match repeated.get_fields() {
        [item]
            if is_list
                || repetition(item) == Repetition::REPEATED
                || !(repeated.name() == "array"
                    || repeated.name().strip_suffix("_tuple") == Some(list.name())) =>
        {
            Some(field(item, level, leaves))
        }
        // The repeated group is the element itself.
        items => {
            let kind = Kind::Struct(items.iter().map(|item| field(item, level, leaves)).collect());
            Some(Field { name: repeated.name().to_owned(), kind, leaves: first..*leaves, level })
        }
    }
}

/// The most digits after the point of a decimal that is read.
const MAX_SCALE: i32 = 1000;

fn scalar(node: &Type) -> Scalar {
    let info = node.get_basic_info();
    let (logical, converted) = (info.logical_type_ref(), info.converted_type());
    let scale = match (logical, converted) {
        (Some(LogicalType::Decimal(decimal)), _) => Some(decimal.scale),
        (None, ConvertedType::DECIMAL) => Some(node.get_scale()),
        _ => None,
    };
    let decimal = scale.map(|scale| match scale {
        ..=MAX_SCALE => Scalar::Decimal(scale),
        _ => Scalar::Other,
    });
    match node.get_physical_type() {
        Physical::BOOLEAN => Scalar::Bool,
        Physical::FLOAT => Scalar::Float,
        Physical::DOUBLE => Scalar::Double,
        Physical::INT96 => Scalar::Timestamp(1_000_000),
        _ if decimal.is_some() => decimal.unwrap_or(Scalar::Other),
        Physical::INT32 => match (logical, converted) {
            (None, ConvertedType::NONE | ConvertedType::INT_32) => Scalar::Signed(32),
            (None, ConvertedType::INT_16) => Scalar::Signed(16),
            (None, ConvertedType::INT_8) => Scalar::Signed(8),
            (None, ConvertedType::UINT_32) => Scalar::Unsigned(32),
            (None, ConvertedType::UINT_16) => Scalar::Unsigned(16),
            (None, ConvertedType::UINT_8) => Scalar::Unsigned(8),
            (Some(LogicalType::Integer(integer)), _) => {
                match (integer.bit_width, integer.is_signed) {
                    (bits @ (8 | 16 | 32), true) => Scalar::Signed(bits.unsigned_abs()),
                    (bits @ (8 | 16 | 32), false) => Scalar::Unsigned(bits.unsigned_abs()),
                    _ => Scalar::Other,
                }
            }
            (Some(LogicalType::Date), _) | (None, ConvertedType::DATE) => Scalar::Date,
            (Some(LogicalType::Time(time)), _) if time.unit == TimeUnit::MILLIS => {
                Scalar::TimeOfDay(1)
            }
            (None, ConvertedType::TIME_MILLIS) => Scalar::TimeOfDay(1),
            _ => Scalar::Other,
        },
        Physical::INT64 => match (logical, converted) {
            (None, ConvertedType::NONE | ConvertedType::INT_64) => Scalar::Signed(64),
            (None, ConvertedType::UINT_64) => Scalar::Unsigned(64),
            (Some(LogicalType::Integer(integer)), _) if integer.bit_width == 64 => {
                if integer.is_signed { Scalar::Signed(64) } else { Scalar::Unsigned(64) }
            }
            (Some(LogicalType::Timestamp(moment)), _) => {
                let in_one = per_milli(moment.unit);
                if moment.is_adjusted_to_u_t_c {
                    Scalar::Timestamp(in_one)
                } else {
                    Scalar::LocalTime(in_one)
                }
            }
            (Some(LogicalType::Time(time)), _) if time.unit != TimeUnit::MILLIS => {
                Scalar::TimeOfDay(per_milli(time.unit))
            }
            (None, ConvertedType::TIMESTAMP_MILLIS) => Scalar::Timestamp(1),
            (None, ConvertedType::TIMESTAMP_MICROS) => Scalar::Timestamp(1000),
            (None, ConvertedType::TIME_MICROS) => Scalar::TimeOfDay(1000),
            _ => Scalar::Other,
        },
        Physical::BYTE_ARRAY => match (logical, converted) {
            (Some(LogicalType::String | LogicalType::Json), _)
            | (None, ConvertedType::UTF8 | ConvertedType::JSON) => Scalar::Text,
            _ => Scalar::Bytes,
        },
        Physical::FIXED_LEN_BYTE_ARRAY => match (logical, converted) {
            (Some(LogicalType::Float16), _) => Scalar::Half,
            (None, ConvertedType::INTERVAL) => Scalar::Other,
            _ => Scalar::Fixed,
        },
    }
}

const fn per_milli(unit: TimeUnit) -> i64 {
    match unit {
        TimeUnit::MILLIS => 1,
        TimeUnit::MICROS => 1000,
        TimeUnit::NANOS => 1_000_000,
    }
}
