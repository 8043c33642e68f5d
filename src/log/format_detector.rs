//! Format detection: determines format, members and unit from the first lines, which are buffered
//! until then, and encodes all lines after.

use std::borrow::Cow;

use crate::base::events::{EventSettings, Format};
use crate::base::time::TimeUnit;
use crate::tape::{Batch, BatchEncoder, Demand, Projection, Reason};

use super::flat::{Members, has_type};
use super::formats::{Encoding, Shape};
use super::line_encoder::{self, is_blank, origin, parts, text};
use super::lines::{Ahead, RawLine};
use super::numbering::Numbering;
use super::reading::{LineReader, ScanEnd, ScanLimit};
use super::table::csv::{self, Head, Table};

/// The events of a batch.
const BATCH_EVENTS: usize = 4096;
/// The bytes of lines that end a batch, however few events they are.
const BATCH_BYTES: usize = 8 * 1024 * 1024;
/// The lines without an event after which the default format is assumed.
const UNDETERMINED_LINES: usize = 1000;
/// The lines inspected before a common shape is accepted: a Metarank log may begin with lines that
/// are not events of its own but look like flat ones.
const DOUBTED_LINES: usize = 32;

/// Turns the lines of all logs into batches.
#[expect(clippy::struct_excessive_bools, reason = "three are switches, set before reading")]
pub(super) struct FormatDetector {
    demand: Demand,
    /// The settings, with the format once it is determined: all logs share it.
    settings: EventSettings,
    sources: usize,
    encoder: Option<BatchEncoder>,
    /// The shape so far; final once there is a line reader.
    shape: Option<Shape>,
    lines: Option<Box<dyn LineReader>>,
    /// Lines buffered until the shape is determined.
    undetermined: Vec<Undetermined>,
    /// The table reader of the current log, if it is a table.
    table: Option<Table>,
    /// The first line of the current log, with separator and number of cells, if it may be the
    /// header of a table without a time or a type; the next line decides.
    head: Option<(Undetermined, (String, usize))>,
    /// True before the first line of the current log.
    is_at_start: bool,
    /// The encoding of the current log, unless it is a table.
    pub(super) encoding: Encoding,
    /// The numbering of the events of a line.
    numbering: Numbering,
    /// The shape of the first log that has one.
    first: Option<(Encoding, Shape)>,
    /// True to scan lines before they are parsed.
    pub(super) scans: bool,
    /// True to hash scanned lines.
    pub(super) hashes: bool,
    /// The projection of flat events, if not all values are required.
    pub(super) projection: Option<Vec<Projection>>,
    /// True to keep the text of what is read.
    pub(super) keeps: bool,
    /// Bytes of lines since the last batch.
    bytes: usize,
}

/// A buffered line.
struct Undetermined {
    number: u32,
    line: Vec<u8>,
    /// The reason of its rejection, if it does not depend on the shape.
    fault: Option<Reason>,
}

/// The error of a table among Metarank's logs.
#[derive(Debug)]
pub(super) struct NotMetarank;

impl FormatDetector {
    pub(super) fn new(demand: Demand, sources: usize) -> Self {
        let mut settings = demand.settings.clone();
        if !settings.metadata.is_empty() {
            settings.format = Some(Format::Flat);
        }
        Self {
            settings,
            demand,
            sources,
            encoder: None,
            shape: None,
            lines: None,
            undetermined: Vec::new(),
            table: None,
            head: None,
            is_at_start: true,
            encoding: Encoding::Json,
            numbering: Numbering::default(),
            first: None,
            scans: true,
            hashes: true,
            projection: None,
            keeps: false,
            bytes: 0,
        }
    }

    /// The detector of a file of metadata with these settings, beside that of the logs.
    pub(super) fn for_file(&self, settings: EventSettings) -> Self {
        let demand = Demand { settings, ..Demand::default() };
        Self { scans: self.scans, hashes: self.hashes, ..Self::new(demand, 1) }
    }

    /// Takes the encoder, with which the files of metadata are read before the logs.
    pub(super) fn take_encoder(&mut self) -> BatchEncoder {
        self.bytes = 0;
        let encoder = self.encoder.take();
        encoder.unwrap_or_else(|| {
            encoder_of(&self.demand, Format::Flat, self.sources, self.projection.take(), self.keeps)
        })
    }

    /// Lends an encoder, or gives one back.
    pub(super) fn set_encoder(&mut self, encoder: BatchEncoder) {
        self.encoder = Some(encoder);
    }

    pub(super) fn is_full(&self) -> bool {
        self.encoder.as_ref().is_some_and(|encoder| encoder.len() >= BATCH_EVENTS)
            || (self.encoder.is_some() && self.bytes >= BATCH_BYTES)
    }

    /// The shape of the first events.
    pub(super) const fn first(&self) -> Option<&(Encoding, Shape)> {
        self.first.as_ref()
    }

    /// Scans as many of the lines ahead as look like those before; the others must be passed to
    /// [`line`](Self::line). `number` is that of the first line.
    pub(super) fn run(&mut self, number: u32, ahead: Ahead<'_>) -> ScanEnd {
        let (Some(lines), Some(encoder)) = (&mut self.lines, &mut self.encoder) else {
            return ScanEnd::default();
        };
        // Line numbers must not overflow, be each byte a line.
        let may_overflow = number.checked_add(ahead.length as u32).is_none();
        if self.table.is_some() || self.is_at_start || self.head.is_some() || may_overflow {
            return ScanEnd::default();
        }
        let limit = ScanLimit {
            first: origin(&self.settings, number),
            events: BATCH_EVENTS,
            hashes: self.hashes,
        };
        let first = encoder.len();
        let ran = lines.run(ahead, limit, encoder);
        if self.keeps {
            encoder.keep_lines(&ahead.block[..ran.bytes], number, first);
        }
        self.bytes += ran.bytes;
        ran
    }

    /// Scans as many of the objects ahead as look like those before; the next must be passed to
    /// [`object`](Self::object). `number` is that of the line where the text begins.
    pub(super) fn run_objects(&mut self, number: u32, ahead: &str) -> ScanEnd {
        let (Some(lines), Some(encoder), false) = (&mut self.lines, &mut self.encoder, self.keeps)
        else {
            return ScanEnd::default();
        };
        let limit = ScanLimit {
            first: origin(&self.settings, number),
            events: BATCH_EVENTS,
            hashes: self.hashes,
        };
        let ran = lines.run_objects(ahead, limit, &mut self.numbering, encoder);
        self.bytes += ran.bytes;
        ran
    }

    /// Reads the next object of a log in which they do not stand one on a line.
    pub(super) fn object(&mut self, number: u32, object: &RawLine<'_>) {
        let (line, text) = parts(object, true);
        self.bytes += line.len();
        self.plain(number, line, text);
    }

    /// Reads the next line.
    pub(super) fn line(&mut self, number: u32, line: &RawLine<'_>) -> Result<(), NotMetarank> {
        // Of a record's first line the splitter strips a mark; within a cell it is text.
        let (line, text) = parts(line, self.table.is_none());
        self.bytes += line.len();
        if self.table.is_some() {
            self.record(number, line, text.err());
            return Ok(());
        }
        if text.is_ok_and(is_blank) {
            return Ok(());
        }
        // A first line that is no text may be a record of a table without a header.
        if std::mem::take(&mut self.is_at_start)
            && (text.is_ok() || self.settings.dialect.columns.is_some())
        {
            let first = &*text.map_or_else(|_| String::from_utf8_lossy(line), Cow::Borrowed);
            if let Some(head) = Head::of(&self.settings, first) {
                let (settings, encoder) = self.begin_table(Encoding::Csv, &head.members)?;
                let mut table = Table::new(&head, settings, encoder.layout());
                if encoder.keeps_records() {
                    table.keep_records(&head);
                }
                self.table = Some(table);
                if head.is_named {
                    self.record(number, line, text.err());
                }
                return Ok(());
            }
            if let Some(cells) = csv::names(first, &self.settings.dialect) {
                let line = line.to_vec();
                self.head = Some((Undetermined { number, line, fault: None }, cells));
                return Ok(());
            }
        }
        if let Some((head, cells)) = self.head.take()
            && !text.is_ok_and(|text| csv::is_record(text, &cells, &self.settings.dialect))
        {
            self.plain(head.number, &head.line, self::text(&head.line, None));
        }
        self.plain(number, line, text);
        Ok(())
    }

    /// Reads a line of the current table: its bytes, and the reason if they are not text.
    fn record(&mut self, number: u32, line: &[u8], fault: Option<Reason>) {
        if let (Some(table), Some(encoder)) = (&mut self.table, &mut self.encoder) {
            table.line(number, line, fault, &self.settings, encoder);
            if let Some(unit) = table.unit() {
                self.set_unit(Encoding::Csv, unit);
            }
        }
    }

    /// True if the current log is a table in CSV.
    pub(super) const fn is_in_csv(&self) -> bool {
        self.table.is_some()
    }

    /// Reads a line that is not part of a table.
    fn plain(&mut self, number: u32, line: &[u8], text: Result<&str, Reason>) {
        if let (Some(lines), Some(encoder)) = (&mut self.lines, &mut self.encoder) {
            let numbering = (&self.settings, &mut self.numbering);
            line_encoder::read(lines.as_mut(), numbering, (number, line), text, encoder);
            return;
        }
        let settings = &self.settings;
        if let Some(shape) = text.ok().and_then(|text| Shape::of(settings, text))
            && self.shape.as_ref().is_none_or(|known| known.gives_way_to(&shape, settings))
        {
            self.shape = Some(shape);
        }
        self.undetermined.push(Undetermined { number, line: line.to_vec(), fault: text.err() });
        let lines = self.undetermined.len();
        let is_told = match &self.shape {
            Some(shape) => shape.is_certain(settings) || lines >= DOUBTED_LINES,
            None => lines >= UNDETERMINED_LINES,
        };
        if is_told || self.bytes >= BATCH_BYTES {
            self.begin();
        }
    }

    /// The settings, with the format once it is determined.
    pub(super) const fn settings(&self) -> &EventSettings {
        &self.settings
    }

    /// Begins a table with these members: returns the settings and the encoder for its rows.
    pub(super) fn begin_table(
        &mut self,
        encoding: Encoding,
        members: &Members,
    ) -> Result<(&EventSettings, &mut BatchEncoder), NotMetarank> {
        if self.settings.format == Some(Format::Metarank) {
            return Err(NotMetarank);
        }
        self.settings.format = Some(Format::Flat);
        if !self.undetermined.is_empty() {
            // A table decides an undetermined format: flat.
            self.begin();
        }
        let shape = Shape { format: Format::Flat, members: members.clone(), unit: None };
        self.first.get_or_insert((encoding, shape));
        let encoder = self.encoder.get_or_insert_with(|| {
            encoder_of(&self.demand, Format::Flat, self.sources, self.projection.take(), self.keeps)
        });
        Ok((&self.settings, encoder))
    }

    /// Sets the unit of a table's times, if the first log is a table.
    pub(super) fn set_unit(&mut self, encoding: Encoding, unit: TimeUnit) {
        if let Some((first, shape)) = &mut self.first
            && *first == encoding
        {
            shape.unit.get_or_insert(unit);
        }
    }

    /// The settings and the encoder of the current table, after [`begin_table`](Self::begin_table).
    #[cfg(feature = "parquet")]
    pub(super) const fn recording(&mut self) -> Option<(&EventSettings, &mut BatchEncoder)> {
        match &mut self.encoder {
            Some(encoder) => Some((&self.settings, encoder)),
            None => None,
        }
    }

    /// Begins to read lines in the shape determined, or the default one; the buffered lines first.
    fn begin(&mut self) {
        let shape = self.shape.take().unwrap_or_else(|| Shape::usual(&self.settings));
        self.settings.format = Some(shape.format);
        let encoder = self.encoder.get_or_insert_with(|| {
            encoder_of(&self.demand, shape.format, self.sources, self.projection.take(), self.keeps)
        });
        let mut lines = shape.reader(&self.settings, encoder.layout(), self.scans);
        for Undetermined { number, line, fault } in std::mem::take(&mut self.undetermined) {
            let text = text(&line, fault);
            let numbering = (&self.settings, &mut self.numbering);
            line_encoder::read(lines.as_mut(), numbering, (number, &line), text, encoder);
        }
        self.lines = Some(lines);
        self.first.get_or_insert((self.encoding, shape));
    }

    /// Ends a log: a shape that one of its lines implied is now accepted. After the last log, and
    /// where the config names the members, buffered lines are read as well as possible.
    pub(super) fn end(&mut self, is_last: bool) {
        self.is_at_start = true;
        if let (Some(mut table), Some(encoder)) = (self.table.take(), &mut self.encoder) {
            table.end(&self.settings, encoder);
        }
        if let Some((head, _)) = self.head.take() {
            self.plain(head.number, &head.line, text(&head.line, None));
        }
        let has_default = is_last || self.names_members();
        if self.lines.is_none()
            && (self.shape.is_some() || has_default && !self.undetermined.is_empty())
        {
            self.begin();
        }
    }

    /// True if the config names the members of events, so that a log with metadata alone does not
    /// have to wait for another one to tell them.
    fn names_members(&self) -> bool {
        let settings = &self.settings;
        let names_type = settings.kind.is_some() || !has_type(settings);
        !settings.metadata.is_empty() && settings.timestamp.is_some() && names_type
    }

    /// True if lines are pending because the format is not determined yet.
    pub(super) const fn has_pending(&self) -> bool {
        !self.undetermined.is_empty()
    }

    /// The bytes of memory of the encoder.
    pub(super) fn encoder_bytes(&self) -> usize {
        self.encoder.as_ref().map_or(0, BatchEncoder::bytes)
    }

    /// Takes the lines since the last batch, if there are any.
    pub(super) fn take(&mut self, source: usize) -> Option<Batch> {
        let encoder = self.encoder.as_mut()?;
        self.bytes = 0;
        (!encoder.is_empty()).then(|| encoder.take(source))
    }
}

/// An encoder for a format, with a projection if not all values are required.
fn encoder_of(
    demand: &Demand,
    format: Format,
    sources: usize,
    projection: Option<Vec<Projection>>,
    keeps: bool,
) -> BatchEncoder {
    let mut encoder = BatchEncoder::new(demand, format, sources);
    if keeps {
        encoder.keep_records();
    }
    match projection {
        Some(projection) => encoder.only(projection),
        None => encoder,
    }
}
