//! From the lines of all logs to one recorder: what the first lines tell is found out here, and
//! lines that came before wait until it is. It must not know files, nor any format's members.

use xxhash_rust::xxh3::xxh3_64;

use crate::base::events::{EventSettings, Format};
use crate::base::time::TimeUnit;
use crate::tape::{Batch, BatchEncoder, Demand, Reason, Use};

use super::flat::Members;
use super::formats::{Encoding, Shape};
use super::line::{LineError, Origin, explain};
use super::lines::{Ahead, RawLine};
use super::reading::{LineReader, ScanEnd, ScanLimit};
use super::table::csv::{Head, Table};

/// How many events make a batch.
const BATCH_EVENTS: usize = 4096;
/// How many bytes of lines make a batch, however few the events.
const BATCH_BYTES: usize = 8 * 1024 * 1024;
/// What some programs write at the beginning of a file.
const BYTE_ORDER_MARK: &str = "\u{feff}";
/// How many lines may go by without an event before the format is taken for granted.
const UNTOLD_LINES: usize = 1000;
/// How many lines are looked at before a shape that many objects have is believed: a Metarank log
/// may begin with lines that are no events of its own, but look like others.
const DOUBTED_LINES: usize = 32;

/// What turns lines into batches.
pub(super) struct FormatDetector {
    demand: Demand,
    /// The settings, with the format once it is settled: all logs have one.
    settings: EventSettings,
    sources: usize,
    recorder: Option<BatchEncoder>,
    /// What lines have told so far; settled once there are `lines`.
    shape: Option<Shape>,
    lines: Option<Box<dyn LineReader>>,
    /// Lines that came before the shape was settled.
    untold: Vec<Undetermined>,
    /// The table that the current log is, if it is one.
    table: Option<Table>,
    /// Whether no line of the current log was looked at.
    is_fresh: bool,
    /// What the first log that told anything told.
    first: Option<(Encoding, Shape)>,
    /// Whether lines are scanned before they are parsed.
    pub(super) scans: bool,
    /// Whether lines that are scanned get hashes.
    pub(super) hashes: bool,
    /// What is used of flat events, if not all.
    pub(super) uses: Option<Vec<Use>>,
    /// Bytes of lines since the last batch.
    bytes: usize,
}

/// A line that came before the shape was settled.
struct Undetermined {
    number: u32,
    line: Vec<u8>,
    /// Why it is no event, if that does not depend on the shape.
    fault: Option<Reason>,
}

/// Rows of a table came where Metarank's events are read.
#[derive(Debug)]
pub(super) struct NotMetarank;

impl FormatDetector {
    pub(super) fn new(demand: Demand, sources: usize) -> Self {
        Self {
            settings: demand.settings.clone(),
            demand,
            sources,
            recorder: None,
            shape: None,
            lines: None,
            untold: Vec::new(),
            table: None,
            is_fresh: true,
            first: None,
            scans: true,
            hashes: true,
            uses: None,
            bytes: 0,
        }
    }

    pub(super) fn is_full(&self) -> bool {
        self.recorder.as_ref().is_some_and(|recorder| recorder.len() >= BATCH_EVENTS)
            || (self.recorder.is_some() && self.bytes >= BATCH_BYTES)
    }

    /// What the first events told, once there are any.
    pub(super) const fn first(&self) -> Option<&(Encoding, Shape)> {
        self.first.as_ref()
    }

    /// Takes as many of the lines ahead as are what nearly all lines are: written like those
    /// before. The others must come one by one. The first has this number.
    pub(super) fn run(&mut self, number: u32, ahead: Ahead<'_>) -> ScanEnd {
        let (Some(lines), Some(recorder)) = (&mut self.lines, &mut self.recorder) else {
            return ScanEnd::default();
        };
        if self.table.is_some() || self.is_fresh {
            return ScanEnd::default();
        }
        let most = BATCH_EVENTS.saturating_sub(recorder.len()) as u32;
        let lot = ScanLimit {
            first: origin(&self.settings, number),
            // The numbers must not be used up on the way.
            most: most.min(u32::MAX - number),
            hashes: self.hashes,
        };
        let ran = lines.run(ahead, lot, recorder);
        self.bytes += ran.bytes;
        ran
    }

    /// Takes the next line of the logs.
    pub(super) fn line(&mut self, number: u32, line: &RawLine<'_>) -> Result<(), NotMetarank> {
        let (line, text) = match *line {
            RawLine::Text(text) => {
                let text = text.strip_prefix(BYTE_ORDER_MARK).unwrap_or(text);
                (text.as_bytes(), Ok(text))
            }
            RawLine::Bytes(line) => (line, Err(Reason::NotUtf8)),
            RawLine::TooLong(line) => (line, Err(Reason::LineTooLong)),
            RawLine::Damaged(line) => (line, Err(Reason::DamagedStream)),
        };
        self.bytes += line.len();
        if let (Some(table), Some(recorder)) = (&mut self.table, &mut self.recorder) {
            table.line(number, line, text.err(), &self.settings, recorder);
            if let Some(unit) = table.unit() {
                self.tell_unit(Encoding::Csv, unit);
            }
            return Ok(());
        }
        if text.is_ok_and(is_blank) {
            return Ok(());
        }
        if std::mem::take(&mut self.is_fresh)
            && let Some(head) = text.ok().and_then(|text| Head::of(&self.settings, text))
        {
            let (settings, recorder) = self.begin_table(Encoding::Csv, &head.members)?;
            self.table = Some(Table::new(&head, settings, recorder.layout()));
            return Ok(());
        }
        if let (Some(lines), Some(recorder)) = (&mut self.lines, &mut self.recorder) {
            read(lines.as_mut(), &self.settings, number, line, text, recorder);
            return Ok(());
        }
        let settings = &self.settings;
        if let Some(shape) = text.ok().and_then(|text| Shape::of(settings, text))
            && (self.shape.is_none() || shape.is_certain(settings))
        {
            self.shape = Some(shape);
        }
        self.untold.push(Undetermined { number, line: line.to_vec(), fault: text.err() });
        let lines = self.untold.len();
        let is_told = match &self.shape {
            Some(shape) => shape.is_certain(settings) || lines >= DOUBTED_LINES,
            None => lines >= UNTOLD_LINES,
        };
        if is_told || self.bytes >= BATCH_BYTES {
            self.begin();
        }
        Ok(())
    }

    /// The settings, with the format once it is settled.
    pub(super) const fn settings(&self) -> &EventSettings {
        &self.settings
    }

    /// Begins to read rows of a table with these members: the settings and the recorder for them.
    pub(super) fn begin_table(
        &mut self,
        encoding: Encoding,
        members: &Members,
    ) -> Result<(&EventSettings, &mut BatchEncoder), NotMetarank> {
        if self.settings.format == Some(Format::Metarank) {
            return Err(NotMetarank);
        }
        self.settings.format = Some(Format::Flat);
        if !self.untold.is_empty() {
            // An earlier log told nothing; now it is known to be flat at least.
            self.begin();
        }
        let shape = Shape { format: Format::Flat, members: members.clone(), unit: None };
        self.first.get_or_insert((encoding, shape));
        let recorder = self.recorder.get_or_insert_with(|| {
            recorder(&self.demand, Format::Flat, self.sources, self.uses.take())
        });
        Ok((&self.settings, recorder))
    }

    /// Takes down the unit of a table's times, if the first log is a table.
    pub(super) fn tell_unit(&mut self, encoding: Encoding, unit: TimeUnit) {
        if let Some((first, shape)) = &mut self.first
            && *first == encoding
        {
            shape.unit.get_or_insert(unit);
        }
    }

    /// What rows are recorded with, once [`begin_table`](Self::begin_table) has been called.
    #[cfg(feature = "parquet")]
    pub(super) const fn recording(&mut self) -> Option<(&EventSettings, &mut BatchEncoder)> {
        match &mut self.recorder {
            Some(recorder) => Some((&self.settings, recorder)),
            None => None,
        }
    }

    /// Begins to read lines, of the shape that was told or of the usual one; those first that
    /// have waited.
    fn begin(&mut self) {
        let shape = self.shape.take().unwrap_or_else(|| Shape::usual(&self.settings));
        self.settings.format = Some(shape.format);
        let recorder = self.recorder.get_or_insert_with(|| {
            recorder(&self.demand, shape.format, self.sources, self.uses.take())
        });
        let mut lines = shape.reader(&self.settings, recorder.layout(), self.scans);
        for Undetermined { number, line, fault } in std::mem::take(&mut self.untold) {
            let text = text(&line, fault);
            read(lines.as_mut(), &self.settings, number, &line, text, recorder);
        }
        self.lines = Some(lines);
        self.first.get_or_insert((Encoding::Json, shape));
    }

    /// A log has ended: a shape that one of its lines told is doubted no longer. After the last
    /// log, lines that have waited in vain are read as well as they can be.
    pub(super) fn end(&mut self, is_last: bool) {
        self.is_fresh = true;
        if let (Some(mut table), Some(recorder)) = (self.table.take(), &mut self.recorder) {
            table.end(&self.settings, recorder);
        }
        if self.lines.is_none() && (self.shape.is_some() || is_last && !self.untold.is_empty()) {
            self.begin();
        }
    }

    /// Whether lines wait since nothing has told yet what they are.
    pub(super) const fn waits(&self) -> bool {
        !self.untold.is_empty()
    }

    /// The bytes of memory that the recorder takes.
    pub(super) fn recorder_bytes(&self) -> usize {
        self.recorder.as_ref().map_or(0, BatchEncoder::bytes)
    }

    /// The lines since the last batch, if there are any.
    pub(super) fn take(&mut self, source: usize) -> Option<Batch> {
        let recorder = self.recorder.as_mut()?;
        self.bytes = 0;
        (!recorder.is_empty()).then(|| recorder.take(source))
    }
}

/// A recorder for logs of a format that keeps what is used, or all.
fn recorder(
    demand: &Demand,
    format: Format,
    sources: usize,
    uses: Option<Vec<Use>>,
) -> BatchEncoder {
    let recorder = BatchEncoder::new(demand, format, sources);
    match uses {
        Some(uses) => recorder.only(uses),
        None => recorder,
    }
}

/// Reads a line: its text, or why it has none.
fn read(
    lines: &mut dyn LineReader,
    settings: &EventSettings,
    number: u32,
    line: &[u8],
    text: Result<&str, Reason>,
    recorder: &mut BatchEncoder,
) {
    let origin = Origin { hash: xxh3_64(line), ..origin(settings, number) };
    let read = text.and_then(|text| {
        lines.read(text, origin, recorder).map_err(|refusal| match refusal {
            LineError::Reason(reason) => reason,
            LineError::Json => explain(text),
        })
    });
    if let Err(reason) = read {
        recorder.reject(reason, number, line);
    }
}

/// What is known of a line before it is read.
fn origin(settings: &EventSettings, number: u32) -> Origin {
    Origin { number, hash: 0, unit: settings.unit, dedup: settings.dedup.is_some() }
}

/// A line's text, or why it has none.
fn text(line: &[u8], fault: Option<Reason>) -> Result<&str, Reason> {
    match fault {
        None => std::str::from_utf8(line).map_err(|_| Reason::NotUtf8),
        Some(fault) => Err(fault),
    }
}

fn is_blank(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_whitespace())
}
