//! The rows of a log, each a JSON object, as NDJSON, as JSON that is no lines, as CSV tables and as a
//! Parquet file.

use std::fmt::Write as _;

use serde_json::{Map, Value as Json};

pub(super) type Row = Map<String, Json>;

/// How rows are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Encoding {
    Json,
    /// A list of objects, two on a line.
    List,
    /// Objects over several lines.
    Pretty,
    Csv,
    /// A table without a head, with `::` between its cells.
    Columns,
    #[cfg(feature = "parquet")]
    Parquet,
}

impl Encoding {
    /// All those that can write rows, of which some hold lists or not.
    pub(super) fn all(has_lists: bool) -> Vec<Self> {
        let mut all = vec![Self::Json, Self::List, Self::Pretty];
        if !has_lists {
            all.extend([Self::Csv, Self::Columns]);
        }
        #[cfg(feature = "parquet")]
        all.push(Self::Parquet);
        all
    }

    pub(super) fn write(self, rows: &[Row]) -> Encoded {
        let mut text = String::new();
        let mut begins = Vec::new();
        let mut events = Row::new();
        match self {
            Self::Json | Self::Pretty => {
                for row in rows {
                    begins.push(text.matches('\n').count() as u64);
                    let row = Json::Object(row.clone());
                    let row = if self == Self::Json { row.to_string() } else { format!("{row:#}") };
                    writeln!(text, "{row}").unwrap();
                }
            }
            Self::List => {
                let line = |rows: &[Row]| {
                    let row = |row: &Row| Json::Object(row.clone()).to_string();
                    rows.iter().map(row).collect::<Vec<_>>().join(", ")
                };
                let lines: Vec<String> = rows.chunks(2).map(line).collect();
                text = format!("[{}]\n", lines.join(",\n"));
                begins.extend((0..rows.len() as u64).map(|row| row / 2));
            }
            Self::Csv => {
                let (head, records) = table(rows, ",");
                text = format!("{}\n{records}", head.join(","));
                begins.extend(1..=rows.len() as u64);
            }
            Self::Columns => {
                let (head, records) = table(rows, "::");
                events.insert("columns".to_owned(), head.into());
                events.insert("separator".to_owned(), "::".into());
                text = records;
                begins.extend(0..rows.len() as u64);
            }
            #[cfg(feature = "parquet")]
            Self::Parquet => {
                let begins = (0..rows.len() as u64).collect();
                return Encoded { bytes: parquet::file(rows), begins, events };
            }
        }
        Encoded { bytes: text.into_bytes(), begins, events }
    }
}

/// Rows that are written.
pub(super) struct Encoded {
    pub(super) bytes: Vec<u8>,
    /// The line on which each row begins.
    pub(super) begins: Vec<u64>,
    /// What the config says of it.
    pub(super) events: Row,
}

/// The scalars of an object, by their dotted paths.
fn flatten(prefix: &str, object: &Row, cells: &mut Vec<(String, String)>) {
    for (name, value) in object {
        let path = format!("{prefix}{name}");
        match value {
            Json::Object(inner) => flatten(&format!("{path}."), inner, cells),
            // An empty cell: the column is there.
            Json::Null => cells.push((path, String::new())),
            Json::String(text) => cells.push((path, text.clone())),
            scalar => cells.push((path, scalar.to_string())),
        }
    }
}

/// The names of the columns, and the records. Cells hold nothing that would need quotes.
fn table(rows: &[Row], separator: &str) -> (Vec<String>, String) {
    let cells = |row: &Row| {
        let mut cells = Vec::new();
        flatten("", row, &mut cells);
        cells
    };
    let rows: Vec<Vec<(String, String)>> = rows.iter().map(cells).collect();
    let mut head: Vec<String> = rows.iter().flatten().map(|(path, _)| path.clone()).collect();
    head.sort_unstable();
    head.dedup();
    let mut text = String::new();
    for row in &rows {
        let cell = |path: &String| {
            let found = row.iter().find(|(known, _)| known == path);
            found.map_or("", |(_, cell)| cell.as_str())
        };
        text.push_str(&head.iter().map(cell).collect::<Vec<_>>().join(separator));
        text.push('\n');
    }
    (head, text)
}

#[cfg(feature = "parquet")]
mod parquet {
    use std::sync::Arc;

    use arrow_array::types::Int32Type;
    use arrow_array::{
        Array as _, ArrayRef, BooleanArray, Float64Array, Int64Array, ListArray, RecordBatch,
        StringArray, StructArray,
    };
    use arrow_schema::{Field, Fields};
    use parquet::arrow::ArrowWriter;
    use serde_json::Value as Json;

    use super::Row;

    /// A file whose columns are what their values are: all of one kind.
    pub(super) fn file(rows: &[Row]) -> Vec<u8> {
        let objects: Vec<Json> = rows.iter().cloned().map(Json::Object).collect();
        let columns: Vec<(String, ArrayRef)> =
            members(&objects.iter().map(Some).collect::<Vec<_>>());
        let batch = RecordBatch::try_from_iter_with_nullable(
            columns.into_iter().map(|(name, values)| (name, values, true)),
        )
        .unwrap();
        let mut writer = ArrowWriter::try_new(Vec::new(), batch.schema(), None).unwrap();
        writer.write(&batch).unwrap();
        writer.into_inner().unwrap()
    }

    /// The columns of the members that any of some objects has.
    fn members(objects: &[Option<&Json>]) -> Vec<(String, ArrayRef)> {
        let mut names: Vec<&String> = objects
            .iter()
            .flatten()
            .filter_map(|object| object.as_object())
            .flat_map(|it| it.keys())
            .collect();
        names.sort_unstable();
        names.dedup();
        let column = |name: &String| {
            let values = objects.iter().map(|object| object.and_then(|object| object.get(name)));
            (name.clone(), array(&values.collect::<Vec<_>>()))
        };
        names.into_iter().map(column).collect()
    }

    fn array(values: &[Option<&Json>]) -> ArrayRef {
        let values: Vec<Option<&Json>> =
            values.iter().map(|value| value.filter(|value| !value.is_null())).collect();
        let all = |is: fn(&Json) -> bool| values.iter().flatten().all(|value| is(value));
        let each = || values.iter().copied();
        if all(Json::is_string) {
            return Arc::new(each().map(|v| v?.as_str()).collect::<StringArray>());
        }
        if all(Json::is_boolean) {
            return Arc::new(each().map(|v| v?.as_bool()).collect::<BooleanArray>());
        }
        if all(Json::is_i64) {
            return Arc::new(each().map(|v| v?.as_i64()).collect::<Int64Array>());
        }
        if all(Json::is_number) {
            return Arc::new(each().map(|v| v?.as_f64()).collect::<Float64Array>());
        }
        if all(Json::is_object) {
            let columns = members(&values);
            let field = |(name, column): &(String, ArrayRef)| {
                Field::new(name, column.data_type().clone(), true)
            };
            let fields: Fields = columns.iter().map(field).collect();
            let columns = columns.into_iter().map(|(_, column)| column).collect();
            let there: Vec<bool> = each().map(|value| value.is_some()).collect();
            return Arc::new(StructArray::new(fields, columns, Some(there.into())));
        }
        assert!(all(Json::is_array), "values of several kinds: {values:?}");
        let elements: Vec<Option<&Json>> = values
            .iter()
            .flatten()
            .filter_map(|value| value.as_array())
            .flatten()
            .map(Some)
            .collect();
        let elements = array(&elements);
        // A list of the same lengths has the same offsets.
        let length = |value: Option<&Json>| Some(vec![Some(0); value?.as_array()?.len()]);
        let same = ListArray::from_iter_primitive::<Int32Type, _, _>(each().map(length));
        let field = Arc::new(Field::new("item", elements.data_type().clone(), true));
        Arc::new(ListArray::new(field, same.offsets().clone(), elements, same.nulls().cloned()))
    }
}
