//! Parquet: one row per event; only the required columns are decoded.

mod chunks;
mod columns;

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use arrow_array::RecordBatchReader;
use arrow_schema::{DataType, FieldRef, Fields};
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::{
    ArrowReaderOptions, ParquetRecordBatchReader, ParquetRecordBatchReaderBuilder,
};
use parquet::basic::Compression;
use parquet::errors::ParquetError;
use parquet::file::metadata::ParquetMetaData;
use xxhash_rust::xxh3::Xxh3;

use crate::base::guard::guarded;
use crate::base::time::TimeUnit;
use crate::tape::Reason;

use crate::log::LogError;
use crate::log::flat::{Found, Members, Wanted};
use crate::log::format_detector::{FormatDetector, NotMetarank};
use crate::log::formats::Encoding;
use crate::log::line::{Origin, unit_of};
use crate::log::source::{Contents, Source};
use crate::log::unreadable::Opening;

use chunks::{Chunks, Place};
use columns::{Column, find};

/// The rows per batch.
const ROWS: usize = 4096;

/// A Parquet log.
pub(in crate::log) struct Rows {
    pub(in crate::log) source: Source,
    batches: ParquetRecordBatchReader,
    wanted: Wanted,
    /// Per required value that exists, its column.
    columns: Vec<(usize, Vec<usize>)>,
    /// Milliseconds, if the time column has a time type.
    unit: Option<TimeUnit>,
    /// The hash state of the file, part of each row's hash.
    file: Xxh3,
    /// The names of the columns, shown beside a rejected row.
    names: String,
    /// The fields of the schema.
    fields: Fields,
    read: u64,
    total: u64,
    failed: Arc<AtomicBool>,
}

impl Rows {
    /// Opens a Parquet log.
    pub(in crate::log) fn open(
        mut source: Source,
        detector: &mut FormatDetector,
    ) -> Result<Result<Self, NotMetarank>, LogError> {
        let failed = Arc::new(AtomicBool::new(false));
        let place = match source.whole()? {
            Contents::File(file) => Place::File { file, length: source.size() },
            Contents::Memory(bytes) => Place::Memory(bytes.into()),
        };
        let chunks = Chunks { place, failed: Arc::clone(&failed) };
        let name = source.name().to_owned();
        let fault = |fault: ParquetError| LogError::Parquet {
            name: name.clone(),
            fault: fault.to_string(),
        };
        let damage = |fault| LogError::Parquet { name: name.clone(), fault };
        let file = chunks.identity().map_err(fault)?;
        // The Arrow schema in the file would only bring less precise types.
        let options = ArrowReaderOptions::new().with_skip_arrow_metadata(true);
        let open = || ParquetRecordBatchReaderBuilder::try_new_with_options(chunks, options);
        let builder = guarded(open).map_err(damage)?.map_err(fault)?;
        let fields = builder.schema().fields().clone();
        let total = u64::try_from(builder.metadata().file_metadata().num_rows()).unwrap_or(0);

        let has = |path: &str| find(&fields, path).is_some();
        let members = Members::of(detector.settings(), has)
            .unwrap_or_else(|| Members::usual(detector.settings()));
        let Ok((settings, encoder)) = detector.begin_table(Encoding::Parquet, &members) else {
            return Ok(Err(NotMetarank));
        };
        let wanted = Wanted::new(settings, &members, encoder.layout());
        let is_time = find(&fields, &members.timestamp)
            .is_some_and(|found| matches!(found.kind, DataType::Timestamp(..)));
        let unit = if is_time { Some(TimeUnit::Millis) } else { settings.unit };

        let found = wanted.paths().filter_map(|(_, path)| find(&fields, path));
        let leaves: Vec<usize> = found.flat_map(|found| found.leaves).collect();
        if let Some(codec) = foreign(builder.metadata(), &leaves) {
            return Err(LogError::Codec { name, codec });
        }
        let mask = ProjectionMask::leaves(builder.parquet_schema(), leaves);
        let builder = builder.with_projection(mask).with_batch_size(ROWS);
        let batches = guarded(|| builder.build()).map_err(damage)?.map_err(fault)?;
        let schema = batches.schema();
        let columns = wanted
            .paths()
            .filter_map(|(number, path)| Some((number, find(schema.fields(), path)?.places)))
            .collect();
        let names: Vec<_> = fields.iter().map(|field| field.name().as_str()).collect();
        let names = format!("a row of the columns {}", names.join(", "));
        Ok(Ok(Self {
            source,
            batches,
            wanted,
            columns,
            unit,
            file,
            names,
            fields,
            read: 0,
            total,
            failed,
        }))
    }

    /// The columns, and which of them are lists of objects.
    pub(in crate::log) fn opening(&self) -> Opening<'_> {
        let of_objects = |kind: &DataType| match kind {
            DataType::List(element) => matches!(element.data_type(), DataType::Struct(_)),
            DataType::Map(..) => true,
            _ => false,
        };
        let name = |field: &FieldRef| field.name().clone();
        let lists = self.fields.iter().filter(|field| of_objects(field.data_type()));
        Opening::Columns {
            names: self.fields.iter().map(name).collect(),
            lists: lists.map(name).collect(),
        }
    }

    /// The bytes of the file that are decoded, approximately.
    pub(in crate::log) fn position(&self) -> u64 {
        let fraction = u128::from(self.source.size()) * u128::from(self.read.min(self.total));
        (fraction / u128::from(self.total.max(1))) as u64
    }

    /// Reads the next rows, numbered as lines; returns whether the end was reached.
    pub(in crate::log) fn read_on(
        &mut self,
        next_line: &mut Option<u32>,
        detector: &mut FormatDetector,
    ) -> Result<bool, LogError> {
        let Some((settings, encoder)) = detector.recording() else { return Ok(true) };
        let too_many = || LogError::TooManyLines { name: self.source.name().to_owned() };
        // The decoder can panic on damaged pages.
        let batch = match guarded(|| self.batches.next().transpose()) {
            Ok(Ok(None)) => return Ok(true),
            Ok(Ok(Some(batch))) => batch,
            Ok(Err(error)) if self.failed.load(Ordering::Relaxed) => {
                return Err(LogError::Read {
                    name: self.source.name().to_owned(),
                    at: self.position(),
                    source: io::Error::other(error),
                });
            }
            Ok(Err(_)) | Err(_) => {
                let number = next_line.ok_or_else(too_many)?;
                *next_line = number.checked_add(1);
                encoder.reject(Reason::DamagedStream, number, b"");
                return Ok(true);
            }
        };
        let mut inferred = None;
        let columns: Vec<_> = self
            .columns
            .iter()
            .filter_map(|(number, places)| Some((*number, Column::of(&batch, places)?)))
            .collect();
        for row in 0..batch.num_rows() {
            let number = next_line.ok_or_else(too_many)?;
            *next_line = number.checked_add(1);
            let mut found = self.wanted.nothing();
            for (number, column) in &columns {
                if let Some(value) = column.value(row) {
                    found.set(*number, value);
                }
            }
            let time = found.time_and_type()[0].as_ref();
            inferred = inferred.or_else(|| self.unit.or_else(|| unit_of(time?, None)));
            let origin = Origin {
                number,
                hash: self.hash(&found, self.read),
                unit: self.unit,
                dedup: settings.dedup.is_some(),
            };
            self.read += 1;
            if let Err(reason) = found.record(origin, encoder) {
                encoder.reject(reason, number, self.names.as_bytes());
            }
        }
        if let Some(unit) = inferred {
            detector.set_unit(Encoding::Parquet, unit);
        }
        Ok(false)
    }

    /// The hash of a row. It must not depend on which columns are read: the footer, with sizes,
    /// offsets and statistics of all columns, stands for the others.
    fn hash(&self, found: &Found<'_>, row: u64) -> u64 {
        let mut hash = self.file.clone();
        hash.update(&row.to_le_bytes());
        for value in found.time_and_type() {
            let text = value.as_ref().and_then(|datum| datum.to_value().key_text());
            hash.update(text.unwrap_or_default().as_bytes());
            hash.update(&[0]);
        }
        hash.digest()
    }
}

/// The first codec of some leaves that is not supported.
fn foreign(metadata: &ParquetMetaData, leaves: &[usize]) -> Option<&'static str> {
    let chunks = metadata.row_groups().iter().flat_map(|group| group.columns().iter().enumerate());
    let wanted = chunks.filter(|(leaf, _)| leaves.contains(leaf));
    wanted.map(|(_, chunk)| chunk.compression()).find_map(|codec| match codec {
        Compression::UNCOMPRESSED
        | Compression::SNAPPY
        | Compression::GZIP(_)
        | Compression::ZSTD(_) => None,
        Compression::LZO => Some("LZO"),
        Compression::BROTLI(_) => Some("Brotli"),
        Compression::LZ4 | Compression::LZ4_RAW => Some("LZ4"),
    })
}
