//! The Parquet writer: typed columns, in row groups that bound the memory.

use std::io;
use std::sync::Arc;

use arrow_array::builder::{
    Float64Builder, Int64Builder, StringBuilder, TimestampMillisecondBuilder,
};
use arrow_array::{ArrayRef, RecordBatch};
use arrow_schema::{DataType, Field, Schema, SchemaRef, TimeUnit};
use parquet::arrow::ArrowWriter;
use parquet::basic::Compression;
use parquet::errors::ParquetError;
use parquet::file::properties::WriterProperties;

use super::{Content, Format, KeyForm};
use crate::dataset::cell::{Cell, Column, Kind, Writer};

pub(super) const FORMAT: Format = Format {
    name: "parquet",
    title: "Parquet",
    doc: "Compressed columns, binary; not to a terminal",
    is_binary: true,
    contents: &[Content::Values, Content::Rows],
    keys: KeyForm::Columns,
    make: |out, columns| Box::new(Parquet::new(out, columns)),
};

/// The rows of a row group.
const GROUP: usize = 64 << 10;
/// The bytes that end a row group, however few its rows.
const GROUP_BYTES: usize = 64 << 20;
/// The rows that are encoded at a time, and the most cells.
const BATCH: usize = 8 << 10;
const BATCH_CELLS: usize = 1 << 20;
const UTC: &str = "UTC";

/// Writes rows as Parquet.
struct Parquet<W> {
    out: W,
    schema: SchemaRef,
    /// The cells of rows that are not encoded yet.
    cells: Vec<Cells>,
    /// The column of the next cell.
    at: usize,
    /// The rows in `cells`.
    rows: usize,
    batch: usize,
    /// The encoder; created for the first rows. It encodes into memory, from where bytes are copied
    /// out, because it must be `Send` and the output need not be.
    encoder: Option<ArrowWriter<Vec<u8>>>,
}

/// Cells of one column.
enum Cells {
    Whole(Int64Builder),
    Time(TimestampMillisecondBuilder),
    Number(Float64Builder),
    Text(StringBuilder),
}

impl<W: io::Write> Parquet<W> {
    /// A writer of rows with these columns.
    fn new(out: W, columns: &[Column]) -> Self {
        let fields: Vec<Field> = columns
            .iter()
            .map(|column| Field::new(&column.name, data_type(column.kind), column.is_optional))
            .collect();
        Self {
            out,
            schema: Arc::new(Schema::new(fields)),
            cells: columns.iter().map(|column| Cells::new(column.kind)).collect(),
            at: 0,
            rows: 0,
            batch: (BATCH_CELLS / columns.len().max(1)).clamp(1, BATCH),
            encoder: None,
        }
    }

    /// Encodes the buffered rows, and writes what is complete.
    fn encode(&mut self) -> io::Result<()> {
        let mut encoder = match self.encoder.take() {
            Some(encoder) => encoder,
            None => ArrowWriter::try_new(Vec::new(), Arc::clone(&self.schema), Some(properties()))
                .map_err(fault)?,
        };
        let columns: Vec<ArrayRef> = self.cells.iter_mut().map(Cells::finish).collect();
        self.rows = 0;
        let batch = RecordBatch::try_new(Arc::clone(&self.schema), columns);
        encoder.write(&batch.map_err(io::Error::other)?).map_err(fault)?;
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
            cells.push(cell);
            self.at += 1;
        }
    }

    fn end_row(&mut self) -> io::Result<()> {
        self.at = 0;
        self.rows += 1;
        if self.rows < self.batch { Ok(()) } else { self.encode() }
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
    fn new(kind: Kind) -> Self {
        match kind {
            Kind::Whole => Self::Whole(Int64Builder::new()),
            Kind::Time => {
                Self::Time(TimestampMillisecondBuilder::new().with_data_type(data_type(kind)))
            }
            Kind::Number => Self::Number(Float64Builder::new()),
            Kind::Text => Self::Text(StringBuilder::new()),
        }
    }

    /// Appends a cell; one that the column cannot hold is missing.
    fn push(&mut self, cell: Cell<'_>) {
        match (self, cell) {
            (Self::Whole(cells), Cell::Whole(number)) => cells.append_value(number),
            (Self::Whole(cells), _) => cells.append_null(),
            (Self::Time(cells), Cell::Whole(time)) => cells.append_value(time),
            (Self::Time(cells), _) => cells.append_null(),
            (Self::Number(cells), Cell::Number(number)) => cells.append_value(number),
            (Self::Number(cells), Cell::Whole(number)) => cells.append_value(number as f64),
            (Self::Number(cells), _) => cells.append_null(),
            (Self::Text(cells), Cell::Text(text)) => cells.append_value(text),
            (Self::Text(cells), Cell::Key(parts)) => {
                let texts: Vec<&str> = parts.iter().map(|(_, text)| *text).collect();
                cells.append_value(texts.join(" "));
            }
            (Self::Text(cells), _) => cells.append_null(),
        }
    }

    /// Takes the cells as an array.
    fn finish(&mut self) -> ArrayRef {
        match self {
            Self::Whole(cells) => Arc::new(cells.finish()),
            Self::Time(cells) => Arc::new(cells.finish()),
            Self::Number(cells) => Arc::new(cells.finish()),
            Self::Text(cells) => Arc::new(cells.finish()),
        }
    }
}

fn data_type(kind: Kind) -> DataType {
    match kind {
        Kind::Whole => DataType::Int64,
        Kind::Time => DataType::Timestamp(TimeUnit::Millisecond, Some(UTC.into())),
        Kind::Number => DataType::Float64,
        Kind::Text => DataType::Utf8,
    }
}

/// Texts repeat, and so do counts: both are dictionary-encoded, the default.
fn properties() -> WriterProperties {
    WriterProperties::builder()
        .set_created_by(concat!("counterscope ", env!("CARGO_PKG_VERSION")).to_owned())
        .set_compression(Compression::SNAPPY)
        .set_max_row_group_row_count(Some(GROUP))
        .set_max_row_group_bytes(Some(GROUP_BYTES))
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
    use bytes::Bytes;
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
        let rows = GROUP + BATCH + 1;
        let file = ParquetRecordBatchReaderBuilder::try_new(Bytes::from(written(rows))).unwrap();
        let groups: Vec<i64> =
            file.metadata().row_groups().iter().map(RowGroupMetaData::num_rows).collect();
        assert_eq!(groups, [GROUP as i64, BATCH as i64 + 1]);
        let schema = Arc::clone(file.schema());
        let types: Vec<(&str, &DataType, bool)> = schema
            .fields()
            .iter()
            .map(|field| (field.name().as_str(), field.data_type(), field.is_nullable()))
            .collect();
        let time = DataType::Timestamp(TimeUnit::Millisecond, Some("UTC".into()));
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
    fn wide_rows_wait_in_small_batches() {
        let many: Vec<Column> =
            (0..10_000).map(|n| Column::optional(n.to_string(), Kind::Number)).collect();
        let writer = Parquet::new(io::sink(), &many);
        assert!(writer.batch * many.len() <= BATCH_CELLS);
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
