//! Parquet: one row per event; only the required columns are decoded.

mod chunks;
mod columns;
mod lists;
mod schema;
mod whole;

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use parquet::basic::Compression;
use parquet::errors::{ParquetError, Result as Parquet};
use parquet::file::metadata::ParquetMetaData;
use parquet::file::reader::{FileReader as _, SerializedFileReader};
use xxhash_rust::xxh3::Xxh3;

use crate::base::panic_guard::guarded;
use crate::base::time::TimeUnit;
use crate::base::time_rules::TimeRules;
use crate::tape::Reason;

use crate::log::LogError;
use crate::log::flat::{ElementValues, Found, Members, Wanted, within_each};
use crate::log::format_detector::{FormatDetector, NotMetarank};
use crate::log::formats::Encoding;
use crate::log::line::{Origin, unit_of};
use crate::log::source::{Contents, Source};
use crate::log::unreadable::{ListOfObjects, Opening};

use chunks::{Chunks, Place};
use columns::Column;
use lists::ListColumns;
use schema::{Field, Kind, Scalar, find, find_list};
use whole::WholeRows;

/// The most rows per batch.
const ROWS: usize = 4096;
/// The elements of lists that end a batch, however few rows they are in.
const ELEMENTS: usize = 64 * 1024;

/// A Parquet log.
pub(in crate::log) struct Rows {
    pub(in crate::log) source: Source,
    reader: SerializedFileReader<Chunks>,
    /// The next row group.
    group: usize,
    /// The rows of the current row group that are not read yet.
    left: usize,
    wanted: Wanted,
    columns: Columns,
    /// How values are read as times: as milliseconds if the time column has a time type.
    times: TimeRules,
    /// The same of the times at which lines were there.
    arrivals: TimeRules,
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

/// The columns that are read.
struct Columns {
    /// Per required value that a column holds, the column.
    plain: Vec<(usize, Column)>,
    lists: Vec<ListColumns>,
    /// All columns, if rows are kept.
    whole: Option<WholeRows>,
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

        let each = detector.settings().yields.each.clone();
        let has = |path: &str| column_of(&fields, path, each.as_deref()).is_some();
        let members = Members::of(detector.settings(), has)
            .unwrap_or_else(|| Members::usual(detector.settings()));
        let Ok((settings, encoder)) = detector.begin_table(Encoding::Parquet, &members) else {
            return Ok(Err(NotMetarank));
        };
        let wanted = Wanted::new(settings, &members, encoder.layout());
        let keeps = encoder.keeps_records();
        // A column of times is read as such, whatever is said of others.
        let rules = |member: Option<&str>| {
            let column = member.and_then(|name| column_of(&fields, name, each.as_deref()));
            match column.map(|column| &column.kind) {
                Some(Kind::Scalar(Scalar::Timestamp(_) | Scalar::LocalTime(_))) => {
                    TimeRules::in_unit(TimeUnit::Millis)
                }
                _ => settings.times.clone(),
            }
        };
        let times = match settings.times.parts.as_slice() {
            [] => rules(members.timestamp.as_deref()),
            _ => settings.times.clone(),
        };
        let arrivals = rules(settings.known.as_deref());

        let (schema, zone) = (metadata.schema_descr(), settings.times.zone);
        let plain = wanted.paths().filter_map(|(number, path)| {
            Some((number, Column::new(find(&fields, path)?, schema, zone)?))
        });
        let columns = Columns {
            plain: plain.collect(),
            lists: ListColumns::of(&wanted, &fields, schema, zone),
            whole: keeps.then(|| WholeRows::new(&fields, schema, zone)),
        };
        if let Some(codec) = foreign(reader.metadata(), &columns.leaves()) {
            return Err(LogError::Codec { name, codec });
        }
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
            arrivals,
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
        let list = |field: &Field| {
            let members = field.element()?.members();
            let is_named = |names: &[&str]| members.iter().find(|it| names.contains(&&*it.name));
            let key = is_named(&["key", "name"]).map(|key| key.name.as_str());
            let value = is_named(&["value"]).map(|value| match value.members() {
                // Of a union any member.
                [first, ..] => format!("value.{}", first.name),
                [] => "value".to_owned(),
            });
            let named = key.zip(value.as_deref());
            (!members.is_empty()).then(|| ListOfObjects::of_structs(&field.name, named))
        };
        Opening::Columns {
            names: self.fields.iter().map(|field| field.name.clone()).collect(),
            lists: self.fields.iter().filter_map(list).collect(),
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
            let Ok((found, elements)) = guarded(move || {
                let mut found = wanted.nothing();
                let elements = columns.next(&mut found);
                (found, elements)
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
                arrivals: &self.arrivals,
                dedup: settings.dedup.is_some(),
                sub: 0,
                shares: 0,
            };
            self.read += 1;
            let (text, first) = (self.names.as_bytes(), encoder.len());
            let recorded = found.record(&self.wanted, elements.as_deref(), (origin, text), encoder);
            if let Err(reason) = recorded {
                encoder.reject(reason, number, text);
            }
            if let Some(whole) = &mut self.columns.whole {
                let Ok(text) = guarded(|| whole.next()) else {
                    encoder.reject(Reason::DamagedStream, number, b"");
                    return Ok(true);
                };
                encoder.keep_record(text, first);
            }
        }
        if let Some(unit) = inferred {
            detector.set_unit(Encoding::Parquet, unit);
        }
        Ok(false)
    }
}

impl Columns {
    /// Does something with each column.
    fn each(&mut self, mut act: impl FnMut(&mut Column) -> Parquet<()>) -> Parquet<()> {
        let Self { plain, lists, whole } = self;
        let in_lists = lists.iter_mut().flat_map(ListColumns::columns_mut);
        plain.iter_mut().map(|(_, column)| column).chain(in_lists).try_for_each(&mut act)?;
        whole.as_mut().map_or(Ok(()), |whole| whole.each(&mut act))
    }

    fn all(&self) -> impl Iterator<Item = &Column> {
        let in_lists = self.lists.iter().flat_map(ListColumns::columns);
        let whole = self.whole.iter().flat_map(WholeRows::columns);
        self.plain.iter().map(|(_, column)| column).chain(in_lists).chain(whole)
    }

    /// The leaves that are read.
    fn leaves(&self) -> Vec<usize> {
        self.all().map(|column| column.leaf).collect()
    }

    /// Sets the values of the next row. Returns the elements of its list of events, if it has one.
    fn next<'c>(&'c mut self, found: &mut Found<'c>) -> Option<Vec<ElementValues<'c>>> {
        for (number, column) in &mut self.plain {
            if let Some(value) = column.next() {
                found.set(*number, value);
            }
        }
        let mut elements = None;
        for list in &mut self.lists {
            elements = list.next(found).or(elements);
        }
        elements
    }
}

/// The column at a path, as of an event: in an element of the list of events, in the row, or in a
/// list by brackets.
fn column_of<'f>(fields: &'f [Field], path: &str, each: Option<&str>) -> Option<&'f Field> {
    let in_element = || {
        let members = find(fields, each?)?.element()?.members();
        let inner = within_each(path, each?).and_then(|inner| find(members, inner));
        inner.or_else(|| find(members, path))
    };
    let in_list = || {
        let (list, step) = find_list(fields, path)?;
        let element = list.element()?;
        step.rest.map_or(Some(element), |rest| find(element.members(), rest))
    };
    in_element().or_else(|| find(fields, path)).or_else(in_list)
}

/// Reads the next rows of all columns, across row groups; returns their number, 0 at the end.
fn read(
    reader: &SerializedFileReader<Chunks>,
    next_group: &mut usize,
    left: &mut usize,
    columns: &mut Columns,
) -> Parquet<usize> {
    columns.each(|column| {
        column.clear();
        Ok(())
    })?;
    let mut rows = 0;
    let has_lists = columns.all().any(Column::has_lists);
    while rows < ROWS && columns.all().all(|column| column.elements() < ELEMENTS) {
        if *left == 0 {
            if *next_group >= reader.num_row_groups() {
                break;
            }
            let group = reader.get_row_group(*next_group)?;
            *next_group += 1;
            *left = usize::try_from(group.metadata().num_rows())?;
            columns.each(|column| column.begin(&*group))?;
            continue;
        }
        // How long lists are only reading tells: rather as many rows again than all at once.
        let most = if has_lists { (rows + 1).min(ROWS - rows) } else { ROWS - rows };
        let more = most.min(*left);
        columns.each(|column| column.read(more))?;
        *left -= more;
        rows += more;
    }
    columns.each(|column| column.check())?;
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
