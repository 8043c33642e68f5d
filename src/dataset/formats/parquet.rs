//! The Parquet writer: typed columns, in row groups that bound the memory.

use std::io;
use std::mem::take;
use std::sync::Arc;

use bytes::Bytes;
use parquet::basic::{Compression, LogicalType, Repetition, TimeUnit, Type as Physical};
use parquet::data_type::{ByteArray, ByteArrayType, DoubleType, Int64Type};
use parquet::errors::{ParquetError, Result as Encoded};
use parquet::file::properties::WriterProperties;
use parquet::file::writer::{SerializedColumnWriter, SerializedFileWriter};
use parquet::schema::types::{Type, TypePtr};

use super::{Content, Format, KeyForm};
use crate::dataset::cell::{self, Cell, Column, Kind, Writer};

pub(super) const FORMAT: Format = Format {
    name: "parquet",
    title: "Parquet",
    doc: "Compressed columns, binary; not to a terminal",
    is_binary: true,
    contents: &[Content::Values, Content::Rows],
    keys: KeyForm::Columns,
    make: |out, columns| Box::new(Parquet::new(out, columns)),
};

/// The most rows of a row group, and the most cells: those of a group are buffered.
const GROUP: usize = 64 << 10;
const GROUP_CELLS: usize = 4 << 20;
/// The bytes of text that end a row group, however few its rows.
const GROUP_BYTES: usize = 64 << 20;

/// Writes rows as Parquet.
struct Parquet<W> {
    out: W,
    columns: Vec<Column>,
    /// The cells of rows that are not encoded yet, per column.
    cells: Vec<Cells>,
    /// The column of the next cell.
    at: usize,
    /// The rows in `cells`, and the bytes of their texts.
    rows: usize,
    bytes: usize,
    /// The rows of a row group.
    group: usize,
    /// The encoder; created for the first rows. It encodes into memory, from where bytes are copied
    /// out, because it must be `Send` and the output need not be.
    encoder: Option<SerializedFileWriter<Vec<u8>>>,
}

/// Cells of one column.
struct Cells {
    values: Values,
    /// 1 for each cell that is present, 0 for one that is missing; `None` if none may be.
    present: Option<Vec<i16>>,
}

/// The values of the cells that are present.
enum Values {
    Whole(Vec<i64>),
    Number(Vec<f64>),
    /// All texts, one after the other, and where each ends.
    Text(Vec<u8>, Vec<usize>),
}

impl<W: io::Write> Parquet<W> {
    /// A writer of rows with these columns.
    fn new(out: W, columns: &[Column]) -> Self {
        Self {
            out,
            columns: columns.to_vec(),
            cells: columns.iter().map(Cells::new).collect(),
            at: 0,
            rows: 0,
            bytes: 0,
            group: (GROUP_CELLS / columns.len().max(1)).clamp(1, GROUP),
            encoder: None,
        }
    }

    /// Encodes the buffered rows as a row group, and writes it.
    fn encode(&mut self) -> io::Result<()> {
        let mut encoder = if let Some(encoder) = self.encoder.take() {
            encoder
        } else {
            let schema = schema(&self.columns).map_err(fault)?;
            SerializedFileWriter::new(Vec::new(), schema, Arc::new(properties())).map_err(fault)?
        };
        if self.rows > 0 {
            group(&mut encoder, &mut self.cells).map_err(fault)?;
            (self.rows, self.bytes) = (0, 0);
        }
        let ready = encoder.inner_mut();
        self.out.write_all(ready)?;
        ready.clear();
        self.encoder = Some(encoder);
        Ok(())
    }
}

impl<W: io::Write> Writer for Parquet<W> {
    fn cell(&mut self, cell: Cell<'_>) {
        if let Some(cells) = self.cells.get_mut(self.at) {
            self.bytes += cells.push(cell);
            self.at += 1;
        }
    }

    fn end_row(&mut self) -> io::Result<()> {
        self.at = 0;
        self.rows += 1;
        if self.rows < self.group && self.bytes < GROUP_BYTES { Ok(()) } else { self.encode() }
    }

    fn end(&mut self) -> io::Result<()> {
        // Without rows the file still has columns.
        self.encode()?;
        if let Some(encoder) = self.encoder.take() {
            self.out.write_all(&encoder.into_inner().map_err(fault)?)?;
        }
        self.out.flush()
    }
}

impl Cells {
    fn new(column: &Column) -> Self {
        let values = match column.kind {
            Kind::Whole | Kind::Time => Values::Whole(Vec::new()),
            Kind::Number => Values::Number(Vec::new()),
            Kind::Text | Kind::List => Values::Text(Vec::new(), Vec::new()),
        };
        Self { values, present: column.is_optional.then(Vec::new) }
    }

    /// Appends a cell; one that the column cannot hold is missing. Returns the bytes of its text.
    fn push(&mut self, cell: Cell<'_>) -> usize {
        let mut bytes = 0;
        let is_present = match (&mut self.values, cell) {
            (Values::Whole(numbers), Cell::Whole(number)) => {
                numbers.push(number);
                true
            }
            (Values::Number(numbers), Cell::Number(number) | Cell::Quoted(number)) => {
                numbers.push(number);
                true
            }
            (Values::Number(numbers), Cell::Whole(number)) => {
                numbers.push(number as f64);
                true
            }
            (Values::Text(texts, ends), Cell::Text(text)) => {
                texts.extend_from_slice(text.as_bytes());
                ends.push(texts.len());
                bytes = text.len();
                true
            }
            (Values::Text(texts, ends), Cell::List(list)) => {
                let array = cell::array(list);
                texts.extend_from_slice(array.as_bytes());
                ends.push(texts.len());
                bytes = array.len();
                true
            }
            (Values::Text(texts, ends), Cell::Key(parts)) => {
                let before = texts.len();
                for (number, (_, text)) in parts.iter().enumerate() {
                    texts.extend_from_slice(if number == 0 { b"" } else { b" " });
                    texts.extend_from_slice(text.as_bytes());
                }
                ends.push(texts.len());
                bytes = texts.len() - before;
                true
            }
            _ => false,
        };
        if let Some(present) = &mut self.present {
            present.push(i16::from(is_present));
        }
        bytes
    }

    /// Writes the cells as a column chunk, and removes them.
    fn write(&mut self, column: &mut SerializedColumnWriter<'_>) -> Encoded<()> {
        let present = self.present.as_deref();
        match &mut self.values {
            Values::Whole(numbers) => {
                column.typed::<Int64Type>().write_batch(numbers, present, None)?;
                numbers.clear();
            }
            Values::Number(numbers) => {
                column.typed::<DoubleType>().write_batch(numbers, present, None)?;
                numbers.clear();
            }
            Values::Text(texts, ends) => {
                let (texts, mut start) = (Bytes::from(take(texts)), 0);
                let cut = |end| {
                    let text = ByteArray::from(texts.slice(start..end));
                    start = end;
                    text
                };
                let texts: Vec<ByteArray> = ends.drain(..).map(cut).collect();
                column.typed::<ByteArrayType>().write_batch(&texts, present, None)?;
            }
        }
        if let Some(present) = &mut self.present {
            present.clear();
        }
        Ok(())
    }
}

/// Encodes the cells of all columns as a row group.
fn group(encoder: &mut SerializedFileWriter<Vec<u8>>, cells: &mut [Cells]) -> Encoded<()> {
    let mut group = encoder.next_row_group()?;
    for cells in cells {
        if let Some(mut column) = group.next_column()? {
            cells.write(&mut column)?;
            column.close()?;
        }
    }
    group.close()?;
    Ok(())
}

fn schema(columns: &[Column]) -> Encoded<TypePtr> {
    let field = |column: &Column| {
        let (physical, logical) = match column.kind {
            Kind::Whole => (Physical::INT64, None),
            Kind::Time => (Physical::INT64, Some(LogicalType::timestamp(true, TimeUnit::MILLIS))),
            Kind::Number => (Physical::DOUBLE, None),
            Kind::Text => (Physical::BYTE_ARRAY, Some(LogicalType::String)),
            Kind::List => (Physical::BYTE_ARRAY, Some(LogicalType::Json)),
        };
        let repetition =
            if column.is_optional { Repetition::OPTIONAL } else { Repetition::REQUIRED };
        Type::primitive_type_builder(&column.name, physical)
            .with_logical_type(logical)
            .with_repetition(repetition)
            .build()
            .map(Arc::new)
    };
    let fields: Vec<TypePtr> = columns.iter().map(field).collect::<Encoded<_>>()?;
    Ok(Arc::new(Type::group_type_builder("schema").with_fields(fields).build()?))
}

/// Texts repeat, and so do counts: both are dictionary-encoded, the default.
fn properties() -> WriterProperties {
    WriterProperties::builder()
        .set_created_by(concat!("counterscope ", env!("CARGO_PKG_VERSION")).to_owned())
        .set_compression(Compression::SNAPPY)
        .build()
}

fn fault(error: ParquetError) -> io::Error {
    io::Error::other(error)
}

#[cfg(test)]
mod tests {
    use arrow_array::Array as _;
    use arrow_array::cast::AsArray as _;
    use arrow_array::types::{Float64Type, Int64Type, TimestampMillisecondType};
    use arrow_schema::DataType;
    use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
    use parquet::file::metadata::RowGroupMetaData;

    use super::*;

    fn columns() -> [Column; 5] {
        [
            Column::full("seq", Kind::Whole),
            Column::full("time", Kind::Time),
            Column::optional("user", Kind::Text),
            Column::optional("clicks", Kind::Number),
            Column::full("key", Kind::Text),
        ]
    }

    /// Numbers that repeat and numbers that do not, some of them missing.
    fn value(row: usize) -> Option<f64> {
        match row % 4 {
            0 => None,
            1 => Some((row % 50) as f64),
            _ => Some(row as f64 / 7.0),
        }
    }

    fn text(row: usize) -> Option<String> {
        (!row.is_multiple_of(3)).then(|| format!("u\u{17c}{}", row % 1_000))
    }

    fn written(rows: usize) -> Vec<u8> {
        let mut out = Vec::new();
        let mut writer = Parquet::new(&mut out, &columns());
        for row in 0..rows {
            let user = text(row);
            writer
                .row(&[
                    Cell::Whole(row as i64),
                    Cell::Whole(1_700_000_000_000 + row as i64),
                    user.as_deref().map_or(Cell::Missing, Cell::Text),
                    Cell::value(value(row)),
                    Cell::Key(&[("user", "u"), ("item", "i")]),
                ])
                .unwrap();
        }
        writer.end().unwrap();
        out
    }

    #[test]
    fn what_is_written_reads_back() {
        let rows = GROUP + 1001;
        let file = ParquetRecordBatchReaderBuilder::try_new(Bytes::from(written(rows))).unwrap();
        let groups: Vec<i64> =
            file.metadata().row_groups().iter().map(RowGroupMetaData::num_rows).collect();
        assert_eq!(groups, [GROUP as i64, 1001]);
        let schema = Arc::clone(file.schema());
        let types: Vec<(&str, &DataType, bool)> = schema
            .fields()
            .iter()
            .map(|field| (field.name().as_str(), field.data_type(), field.is_nullable()))
            .collect();
        let time = DataType::Timestamp(arrow_schema::TimeUnit::Millisecond, Some("UTC".into()));
        assert_eq!(
            types,
            [
                ("seq", &DataType::Int64, false),
                ("time", &time, false),
                ("user", &DataType::Utf8, true),
                ("clicks", &DataType::Float64, true),
                ("key", &DataType::Utf8, false),
            ]
        );
        let mut row = 0;
        for batch in file.build().unwrap() {
            let batch = batch.unwrap();
            let seq = batch.column(0).as_primitive::<Int64Type>();
            let times = batch.column(1).as_primitive::<TimestampMillisecondType>();
            let users = batch.column(2).as_string::<i32>();
            let clicks = batch.column(3).as_primitive::<Float64Type>();
            let keys = batch.column(4).as_string::<i32>();
            for at in 0..batch.num_rows() {
                assert_eq!(seq.value(at), row as i64);
                assert_eq!(times.value(at), 1_700_000_000_000 + row as i64);
                assert_eq!(users.is_valid(at).then(|| users.value(at).to_owned()), text(row));
                assert_eq!(clicks.is_valid(at).then(|| clicks.value(at)), value(row));
                assert_eq!(keys.value(at), "u i");
                row += 1;
            }
        }
        assert_eq!(row, rows);
    }

    #[test]
    fn without_rows_there_are_columns() {
        let file = ParquetRecordBatchReaderBuilder::try_new(Bytes::from(written(0))).unwrap();
        assert_eq!(file.schema().fields().len(), 5);
        assert_eq!(file.build().unwrap().count(), 0);
    }

    #[test]
    fn wide_rows_make_small_groups() {
        let many: Vec<Column> =
            (0..10_000).map(|n| Column::optional(n.to_string(), Kind::Number)).collect();
        let writer = Parquet::new(io::sink(), &many);
        assert!(writer.group * many.len() <= GROUP_CELLS);
    }

    #[test]
    fn rows_are_handed_on_before_the_end() {
        let mut out = Vec::new();
        let mut writer = Parquet::new(&mut out, &columns()[..1]);
        for row in 0..2 * GROUP {
            writer.row(&[Cell::Whole(row as i64)]).unwrap();
        }
        // Without its end: what was written is there, the head and the first group.
        drop(writer);
        assert!(out.starts_with(b"PAR1") && out.len() > GROUP, "{}", out.len());
    }
}
