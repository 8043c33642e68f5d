//! The reader of one or several logs: lines in, batches out. It must not know any format, nor
//! what becomes of a batch.

use std::path::PathBuf;

use xxhash_rust::xxh3::xxh3_64;

use crate::base::events::{EventSettings, Format};
use crate::base::time::TimeUnit;
use crate::tape::{Batch, Demand, Reason, Recorder};

use super::LogError;
use super::formats::Shape;
use super::line::{LineReader, Origin, Refusal, explain};
use super::lines::{Lines, RawLine};
use super::source::{Compression, Source};

/// How many events make a batch.
const BATCH_EVENTS: usize = 4096;
/// How many bytes of lines make a batch, however few the events.
const BATCH_BYTES: usize = 8 * 1024 * 1024;
/// What some programs write at the beginning of a file.
const BYTE_ORDER_MARK: &[u8] = "\u{feff}".as_bytes();
/// How many lines may go by without an event before the format is taken for granted.
const UNTOLD_LINES: usize = 1000;
/// How many lines are looked at before a shape that many objects have is believed: a Metarank log
/// may begin with lines that are no events of its own, but look like others.
const DOUBTED_LINES: usize = 32;

/// How far a log is read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Progress {
    /// Bytes read, as they lie: compressed ones of a compressed log.
    pub bytes: u64,
    /// All bytes, as they lie; 0 where that is not known, as for a pipe.
    pub total_bytes: u64,
    /// Lines read, blank and rejected ones included.
    pub lines: u64,
}

/// What was found out about a log from its first event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Detected {
    /// The format.
    pub format: Format,
    /// The format's name, as the config writes it.
    pub format_name: &'static str,
    /// The member with the time.
    pub timestamp: String,
    /// The member with the type.
    pub kind: String,
    /// The unit of the first time, if it is a number.
    pub unit: Option<TimeUnit>,
    /// How the first log is packed.
    pub compression: Compression,
}

/// Reads logs one after the other, in the order in which they are given.
pub struct Reader {
    logs: Vec<Lines>,
    /// The log that is being read.
    current: usize,
    /// The number of the next line; `None` when the numbers are used up.
    next_line: Option<u32>,
    intake: Intake,
}

/// What turns lines into batches.
struct Intake {
    demand: Demand,
    sources: usize,
    /// What lines have told so far; settled once there is `reading`.
    shape: Option<Shape>,
    reading: Option<Reading>,
    /// Lines that came before the shape was settled.
    untold: Vec<Untold>,
    /// Bytes of lines since the last batch.
    bytes: usize,
}

/// A line that came before the shape was settled.
struct Untold {
    number: u32,
    line: Vec<u8>,
    /// Why it is no event, if that does not depend on the shape.
    fault: Option<Reason>,
}

/// What there is once the shape is settled.
struct Reading {
    lines: Box<dyn LineReader>,
    recorder: Recorder,
}

impl Reader {
    /// Opens log files. Nothing is read yet; files that are missing or directories are faults.
    pub fn open(
        paths: &[PathBuf],
        settings: &EventSettings,
        attributes: &[String],
    ) -> Result<Self, LogError> {
        let sources = paths.iter().map(|path| Source::open(path)).collect::<Result<_, _>>()?;
        Ok(Self::new(sources, settings, attributes))
    }

    /// A log that is part of the program.
    #[must_use]
    pub fn embedded(
        name: &str,
        data: &'static [u8],
        settings: &EventSettings,
        attributes: &[String],
    ) -> Self {
        Self::new(vec![Source::embedded(name, data)], settings, attributes)
    }

    fn new(sources: Vec<Source>, settings: &EventSettings, attributes: &[String]) -> Self {
        let demand =
            Demand { settings: settings.clone(), attributes: attributes.to_vec(), listed: false };
        let intake = Intake {
            demand,
            sources: sources.len(),
            shape: None,
            reading: None,
            untold: Vec::new(),
            bytes: 0,
        };
        let logs = sources.into_iter().map(Lines::new).collect();
        Self { logs, current: 0, next_line: Some(0), intake }
    }

    /// The next lines of a log, about 4,096 events; `None` at the end of the last one. A batch
    /// may hold nothing but rejections.
    pub fn next_batch(&mut self) -> Result<Option<Batch>, LogError> {
        while let Some(log) = self.logs.get_mut(self.current) {
            let source = self.current;
            while !self.intake.is_full() {
                let Some(line) = log.next()? else {
                    log.release();
                    self.current += 1;
                    break;
                };
                let Some(number) = self.next_line else { break };
                self.next_line = number.checked_add(1);
                self.intake.line(number, &line);
            }
            if self.next_line.is_none() {
                let name = log.source.name().to_owned();
                return Err(LogError::TooManyLines { name });
            }
            if self.current > source {
                self.intake.end(self.current == self.logs.len());
            }
            // A batch is of one log, so the end of a log is the end of a batch.
            if let Some(batch) = self.intake.take(source) {
                return Ok(Some(batch));
            }
        }
        Ok(None)
    }

    /// How far the logs are read.
    #[must_use]
    pub fn progress(&self) -> Progress {
        Progress {
            bytes: self.logs.iter().map(|log| log.source.position()).sum(),
            total_bytes: self.logs.iter().map(|log| log.source.size()).sum(),
            lines: self.next_line.map_or(1 << 32, u64::from),
        }
    }

    /// What the first events told; `None` before the first batch.
    #[must_use]
    pub fn detected(&self) -> Option<Detected> {
        self.intake.reading.as_ref()?;
        let shape = self.intake.shape.as_ref()?;
        Some(Detected {
            format: shape.format,
            format_name: shape.name(),
            timestamp: shape.members.timestamp.clone(),
            kind: shape.members.kind.clone(),
            unit: shape.unit,
            compression: self.logs.first()?.source.compression().unwrap_or_default(),
        })
    }
}

impl Intake {
    fn is_full(&self) -> bool {
        let events = self.reading.as_ref().map_or(0, |reading| reading.recorder.len());
        events >= BATCH_EVENTS || (self.reading.is_some() && self.bytes >= BATCH_BYTES)
    }

    /// Takes the next line of the logs.
    fn line(&mut self, number: u32, line: &RawLine<'_>) {
        let (line, fault) = match *line {
            RawLine::Whole(line) => (line.strip_prefix(BYTE_ORDER_MARK).unwrap_or(line), None),
            RawLine::TooLong(line) => (line, Some(Reason::LineTooLong)),
            RawLine::Damaged(line) => (line, Some(Reason::DamagedStream)),
        };
        self.bytes += line.len();
        let text = text(line, fault);
        if text.is_ok_and(is_blank) {
            return;
        }
        if let Some(reading) = &mut self.reading {
            reading.line(&self.demand, number, line, text);
            return;
        }
        let settings = &self.demand.settings;
        if let Some(shape) = text.ok().and_then(|text| Shape::of(settings, text))
            && (self.shape.is_none() || shape.is_certain(settings))
        {
            self.shape = Some(shape);
        }
        self.untold.push(Untold { number, line: line.to_vec(), fault: text.err() });
        let lines = self.untold.len();
        let is_told = match &self.shape {
            Some(shape) => shape.is_certain(settings) || lines >= DOUBTED_LINES,
            None => lines >= UNTOLD_LINES,
        };
        if is_told || self.bytes >= BATCH_BYTES {
            self.begin();
        }
    }

    /// Begins to read lines, of the shape that was told or of the usual one; those first that
    /// have waited.
    fn begin(&mut self) {
        let settings = &self.demand.settings;
        let shape = self.shape.take().unwrap_or_else(|| Shape::usual(settings));
        let recorder = Recorder::new(&self.demand, shape.format, self.sources);
        let lines = shape.reader(settings, recorder.layout());
        let mut reading = Reading { lines, recorder };
        for Untold { number, line, fault } in std::mem::take(&mut self.untold) {
            reading.line(&self.demand, number, &line, text(&line, fault));
        }
        self.reading = Some(reading);
        self.shape = Some(shape);
    }

    /// A log has ended: a shape that one of its lines told is doubted no longer. After the last
    /// log, lines that have waited in vain are read as well as they can be.
    fn end(&mut self, is_last: bool) {
        if self.reading.is_none() && (self.shape.is_some() || is_last && !self.untold.is_empty()) {
            self.begin();
        }
    }

    /// The lines since the last batch, if there are any.
    fn take(&mut self, source: usize) -> Option<Batch> {
        let reading = self.reading.as_mut()?;
        self.bytes = 0;
        (!reading.recorder.is_empty()).then(|| reading.recorder.take(source))
    }
}

impl Reading {
    /// Reads a line: its text, or why it has none.
    fn line(&mut self, demand: &Demand, number: u32, line: &[u8], text: Result<&str, Reason>) {
        let settings = &demand.settings;
        let read = |text: &str, reading: &mut Self| {
            let origin = Origin {
                number,
                hash: xxh3_64(line),
                unit: settings.unit,
                dedup: settings.dedup.is_some(),
            };
            reading.lines.read(text, origin, &mut reading.recorder).map_err(|refusal| match refusal
            {
                Refusal::Reason(reason) => reason,
                Refusal::Json => explain(text),
            })
        };
        if let Err(reason) = text.and_then(|text| read(text, self)) {
            self.recorder.reject(reason, number, line);
        }
    }
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
