//! Parquet: one row per event; only the required columns are decoded.

mod chunks;
mod columns;
mod schema;

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use parquet::basic::Compression;
use parquet::column::reader::ColumnReader;
use parquet::errors::{ParquetError, Result as Parquet};
use parquet::file::metadata::ParquetMetaData;
use parquet::file::reader::{FileReader as _, SerializedFileReader};
use xxhash_rust::xxh3::Xxh3;

use crate::base::guard::guarded;
use crate::base::time::TimeUnit;
use crate::base::time_rules::TimeRules;
use crate::tape::Reason;

use crate::log::LogError;
use crate::log::flat::{Found, Members, Wanted};
use crate::log::format_detector::{FormatDetector, NotMetarank};
use crate::log::formats::Encoding;
use crate::log::line::{Origin, unit_of};
use crate::log::source::{Contents, Source};
use crate::log::unreadable::Opening;

use chunks::{Chunks, Place};
use columns::Column;
use schema::{Field, Kind, Scalar, find, find_in_list};

/// The most rows per batch.
const ROWS: usize = 4096;

/// A Parquet log.
pub(in crate::log) struct Rows {
    pub(in crate::log) source: Source,
    reader: SerializedFileReader<Chunks>,
    /// The next row group.
    group: usize,
    /// The rows of the current row group that are not read yet.
    left: usize,
    wanted: Wanted,
    /// Per required value that exists, its column and the reader of the current row group.
    columns: Vec<(usize, Column, Option<ColumnReader>)>,
    /// How values are read as times: as milliseconds if the time column has a time type.
    times: TimeRules,
    /// The hash state of the file, part of each row's hash.
    file: Xxh3,
    /// The names of the columns, shown beside a rejected row.
    names: String,
    /// The columns of the file.
    fields: Vec<Field>,
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
        let open = || SerializedFileReader::new(chunks);
        let reader = guarded(open).map_err(damage)?.map_err(fault)?;
        let metadata = reader.metadata().file_metadata();
        let fields = guarded(|| schema::fields(metadata.schema_descr())).map_err(damage)?;
        let total = u64::try_from(metadata.num_rows()).unwrap_or(0);

        let has = |path: &str| find(&fields, path).is_some();
        let members = Members::of(detector.settings(), has)
            .unwrap_or_else(|| Members::usual(detector.settings()));
        let Ok((settings, encoder)) = detector.begin_table(Encoding::Parquet, &members) else {
            return Ok(Err(NotMetarank));
        };
        let wanted = Wanted::new(settings, &members, encoder.layout());
        let time = members.timestamp.as_deref().and_then(|time| find(&fields, time));
        let times = match time.map(|found| &found.kind) {
            Some(Kind::Scalar(Scalar::Timestamp(_) | Scalar::LocalTime(_))) => {
                TimeRules::in_unit(TimeUnit::Millis)
            }
            _ => settings.times.clone(),
        };

        let in_list = |path| find_in_list(&fields, path).map(|(field, level)| (field, Some(level)));
        let find_any =
            |path| find(&fields, path).map(|field| (field, None)).or_else(|| in_list(path));
        let found: Vec<(usize, (&Field, Option<i16>))> =
            wanted.paths().filter_map(|(number, path)| Some((number, find_any(path)?))).collect();
        let leaves = found.iter().flat_map(|(_, (field, _))| field.leaves.clone());
        let leaves: Vec<usize> = leaves.collect();
        if let Some(codec) = foreign(reader.metadata(), &leaves) {
            return Err(LogError::Codec { name, codec });
        }
        let (schema, zone) = (metadata.schema_descr(), settings.times.zone);
        let columns = found
            .into_iter()
            .filter_map(|(number, (field, list))| {
                let column = Column::new(field, schema, zone)?;
                let column = match list {
                    Some(level) => column.in_list(level),
                    None => column,
                };
                Some((number, column, None))
            })
            .collect();
        let names: Vec<&str> = fields.iter().map(|field| field.name.as_str()).collect();
        let names = format!("a row of the columns {}", names.join(", "));
        Ok(Ok(Self {
            source,
            reader,
            group: 0,
            left: 0,
            wanted,
            columns,
            times,
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
        let of_objects = |kind: &Kind| match kind {
            Kind::List(element) => matches!(**element, Kind::Struct(_)),
            Kind::Map => true,
            _ => false,
        };
        let name = |field: &Field| field.name.clone();
        let lists = self.fields.iter().filter(|field| of_objects(&field.kind));
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
        let rows = match guarded(|| {
            read(&self.reader, &mut self.group, &mut self.left, &mut self.columns)
        }) {
            Ok(Ok(0)) => return Ok(true),
            Ok(Ok(rows)) => rows,
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
        for _ in 0..rows {
            let number = next_line.ok_or_else(too_many)?;
            *next_line = number.checked_add(1);
            // So can its values: a byte array that a page has left without bytes.
            let (wanted, columns) = (&self.wanted, &mut self.columns);
            let Ok(found) = guarded(move || {
                let mut found = wanted.nothing();
                for (number, column, _) in columns {
                    if let Some(value) = column.next() {
                        found.set(*number, value);
                    }
                }
                found
            }) else {
                encoder.reject(Reason::DamagedStream, number, b"");
                return Ok(true);
            };
            let time = found.time_and_type()[0];
            inferred = inferred.or_else(|| unit_of(time?, &self.times));
            let origin = Origin {
                number,
                hash: hash(&self.file, &found, self.read),
                times: &self.times,
                dedup: settings.dedup.is_some(),
                sub: 0,
                shares: 0,
            };
            self.read += 1;
            let text = self.names.as_bytes();
            if let Err(reason) = found.record(&self.wanted, origin, text, encoder) {
                encoder.reject(reason, number, text);
            }
        }
        if let Some(unit) = inferred {
            detector.set_unit(Encoding::Parquet, unit);
        }
        Ok(false)
    }
}

/// Reads the next rows of all columns, across row groups; returns their number, 0 at the end.
fn read(
    reader: &SerializedFileReader<Chunks>,
    next_group: &mut usize,
    left: &mut usize,
    columns: &mut [(usize, Column, Option<ColumnReader>)],
) -> Parquet<usize> {
    columns.iter_mut().for_each(|(_, column, _)| column.clear());
    let mut rows = 0;
    while rows < ROWS {
        if *left == 0 {
            if *next_group >= reader.num_row_groups() {
                break;
            }
            let group = reader.get_row_group(*next_group)?;
            *next_group += 1;
            *left = usize::try_from(group.metadata().num_rows())?;
            for (_, column, reader) in columns.iter_mut() {
                *reader = Some(group.get_column_reader(column.leaf)?);
            }
            continue;
        }
        let more = (ROWS - rows).min(*left);
        for (_, column, reader) in columns.iter_mut() {
            if let Some(reader) = reader {
                column.read(reader, more)?;
            }
        }
        *left -= more;
        rows += more;
    }
    columns.iter().try_for_each(|(_, column, _)| column.check())?;
    Ok(rows)
}

/// The hash of a row. It must not depend on which columns are read: the footer, with sizes, offsets
/// and statistics of all columns, stands for the others. `file` is the state after the footer.
fn hash(file: &Xxh3, found: &Found<'_>, row: u64) -> u64 {
    let mut hash = file.clone();
    hash.update(&row.to_le_bytes());
    for value in found.time_and_type() {
        let text = value.and_then(|datum| datum.to_value().key_text());
        hash.update(text.unwrap_or_default().as_bytes());
        hash.update(&[0]);
    }
    hash.digest()
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
