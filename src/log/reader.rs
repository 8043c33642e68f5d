//! The reader of one or several logs: lines in, batches out. It must not know any format, nor
//! what becomes of a batch.

use std::borrow::Cow;
use std::path::{Path, PathBuf};

use crate::base::events::{EventSettings, Format};
use crate::base::time::TimeUnit;
use crate::tape::{Batch, Demand, Use};

use super::LogError;
use super::formats::Encoding;
use super::intake::{FormatDetector, NotMetarank};
use super::lines::Lines;
use super::outcome::{Outcome, Tally};
use super::source::{Compression, STANDARD_INPUT, Source};
#[cfg(feature = "parquet")]
use super::table::parquet::Rows;
use super::unreadable::Opening;

/// How far a log is read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Progress {
    /// Bytes read, as they lie: compressed ones of a compressed log.
    pub bytes: u64,
    /// All bytes, as they lie; 0 where that is not known, as for a pipe.
    pub total_bytes: u64,
    /// Lines read, blank and rejected ones included.
    pub lines: u64,
    /// The bytes of memory that the reader needs to know values again: they grow with the number
    /// of distinct values.
    pub held: usize,
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
    /// How the first log that told anything is written.
    pub encoding: Encoding,
    /// How the first log is packed.
    pub compression: Compression,
}

/// Reads logs one after the other, in the order in which they are given.
pub struct Reader {
    logs: Vec<Log>,
    /// What is counted of each.
    tallies: Vec<Tally>,
    /// The log that is being read.
    current: usize,
    /// The number of the next line; `None` when the numbers are used up.
    next_line: Option<u32>,
    intake: FormatDetector,
}

/// A log by how it is read. All begin as lines; the first bytes tell better.
enum Log {
    Lines(Box<Lines>),
    #[cfg(feature = "parquet")]
    Rows(Box<Rows>),
}

impl Log {
    fn source(&self) -> &Source {
        match self {
            Self::Lines(lines) => &lines.source,
            #[cfg(feature = "parquet")]
            Self::Rows(rows) => &rows.source,
        }
    }

    /// How it begins.
    fn opening(&self) -> Opening<'_> {
        match self {
            Self::Lines(lines) => Opening::Bytes(lines.source.opening()),
            #[cfg(feature = "parquet")]
            Self::Rows(rows) => rows.opening(),
        }
    }

    /// How many of the bytes, as they lie, were read.
    fn position(&self) -> u64 {
        match self {
            Self::Lines(lines) => lines.source.position(),
            #[cfg(feature = "parquet")]
            Self::Rows(rows) => rows.position(),
        }
    }
}

impl Reader {
    /// Opens log files; `-` is standard input. Nothing is read yet; files that are missing or
    /// directories are faults.
    pub fn open(
        paths: &[PathBuf],
        settings: &EventSettings,
        attributes: &[String],
    ) -> Result<Self, LogError> {
        let is_input = |path: &&PathBuf| path.as_path() == Path::new(STANDARD_INPUT);
        if paths.iter().filter(is_input).count() > 1 {
            return Err(LogError::StandardInputTwice);
        }
        let open = |path: &PathBuf| {
            if is_input(&path) { Ok(Source::standard_input()) } else { Source::open(path) }
        };
        let sources = paths.iter().map(open).collect::<Result<_, _>>()?;
        Ok(Self::new(sources, settings, attributes))
    }

    /// A log that is in memory, such as one that is part of the program.
    #[must_use]
    pub fn embedded(
        name: &str,
        data: impl Into<Cow<'static, [u8]>>,
        settings: &EventSettings,
        attributes: &[String],
    ) -> Self {
        Self::new(vec![Source::in_memory(name, data.into())], settings, attributes)
    }

    fn new(sources: Vec<Source>, settings: &EventSettings, attributes: &[String]) -> Self {
        let demand =
            Demand { settings: settings.clone(), attributes: attributes.to_vec(), listed: false };
        let intake = FormatDetector::new(demand, sources.len());
        let tallies = vec![Tally::default(); sources.len()];
        let logs =
            sources.into_iter().map(|source| Log::Lines(Box::new(Lines::new(source)))).collect();
        Self { logs, tallies, current: 0, next_line: Some(0), intake }
    }

    /// Reads JSON lines with the parser alone, without the scanner that is in front of it. What is
    /// read is the same, only slower: for tests and benches. To be said before anything is read.
    #[must_use]
    pub fn parse_only(mut self) -> Self {
        self.intake.scans = false;
        self
    }

    /// Reads without taking hashes of the lines, for a replay whose lines are not compared with
    /// those of another: [`Tape::fingerprint`](crate::tape::Tape::fingerprint) means nothing then.
    /// To be said before anything is read.
    #[must_use]
    pub fn without_hashes(mut self) -> Self {
        self.intake.hashes = false;
        self
    }

    /// Reads of flat events only the values that are used, for a replay that asks for no others;
    /// see [`BatchEncoder::only`](crate::tape::Recorder::only). To be said before anything is read.
    #[must_use]
    pub fn only(mut self, uses: &[Use]) -> Self {
        self.intake.uses = Some(uses.to_vec());
        self
    }

    /// The next lines of a log, about 4,096 events; `None` at the end of the last one. A batch
    /// may hold nothing but rejections.
    pub fn next_batch(&mut self) -> Result<Option<Batch>, LogError> {
        while self.current < self.logs.len() {
            let source = self.current;
            self.tallies[source].begin(self.next_line);
            if self.read_on()? {
                self.current += 1;
                self.intake.end(self.current == self.logs.len());
                self.tallies[source].waited = self.intake.waits();
            }
            // A batch is of one log, so the end of a log is the end of a batch.
            if let Some(batch) = self.intake.take(source) {
                self.tallies[source].take(&batch);
                return Ok(Some(batch));
            }
        }
        Ok(None)
    }

    /// Reads on in the current log; whether it has ended.
    fn read_on(&mut self) -> Result<bool, LogError> {
        let log = &mut self.logs[self.current];
        let intake = &mut self.intake;
        if let Log::Lines(lines) = log
            && !lines.is_begun()
            && let Some(encoding) = Encoding::of(lines.source.head()?)
        {
            *log = Self::table(encoding, lines, intake)?;
        }
        match log {
            Log::Lines(lines) => {
                while !intake.is_full() {
                    if let (Some(number), Some(ahead)) = (self.next_line, lines.ahead()) {
                        let ran = intake.run(number, ahead);
                        self.next_line = Some(number + ran.lines);
                        lines.pass(ran.bytes);
                        if ran.lines > 0 {
                            continue;
                        }
                    }
                    let Some(line) = lines.next()? else {
                        lines.release();
                        return Ok(true);
                    };
                    let Some(number) = self.next_line else {
                        let name = lines.source.name().to_owned();
                        return Err(LogError::TooManyLines { name });
                    };
                    self.next_line = number.checked_add(1);
                    if let Err(NotMetarank) = intake.line(number, &line) {
                        let name = lines.source.name().to_owned();
                        return Err(LogError::NotMetarank { name, encoding: Encoding::Csv.name() });
                    }
                }
                Ok(false)
            }
            #[cfg(feature = "parquet")]
            Log::Rows(rows) => rows.read_on(&mut self.next_line, intake),
        }
    }

    #[cfg(feature = "parquet")]
    fn table(
        encoding: Encoding,
        lines: &mut Lines,
        intake: &mut FormatDetector,
    ) -> Result<Log, LogError> {
        let source = lines.take_source();
        let name = source.name().to_owned();
        Rows::open(source, intake)?
            .map(|rows| Log::Rows(Box::new(rows)))
            .map_err(|NotMetarank| LogError::NotMetarank { name, encoding: encoding.name() })
    }

    #[cfg(not(feature = "parquet"))]
    fn table(_: Encoding, lines: &mut Lines, _: &mut FormatDetector) -> Result<Log, LogError> {
        Err(LogError::NoParquet { name: lines.source.name().to_owned() })
    }

    /// How far the logs are read.
    #[must_use]
    pub fn progress(&self) -> Progress {
        Progress {
            bytes: self.logs.iter().map(Log::position).sum(),
            total_bytes: self.logs.iter().map(|log| log.source().size()).sum(),
            lines: self.next_line.map_or(1 << 32, u64::from),
            held: self.intake.recorder_bytes(),
        }
    }

    /// What became of each log, once all are read.
    #[must_use]
    pub fn outcomes(&self) -> Vec<Outcome> {
        let of = |(log, tally): (&Log, &Tally)| {
            tally.outcome(log.source().name(), &log.opening(), self.intake.settings())
        };
        self.logs.iter().zip(&self.tallies).map(of).collect()
    }

    /// What the first events told; `None` before the first batch.
    #[must_use]
    pub fn detected(&self) -> Option<Detected> {
        let (encoding, shape) = self.intake.first()?;
        Some(Detected {
            format: shape.format,
            format_name: shape.name(),
            timestamp: shape.members.timestamp.clone(),
            kind: shape.members.kind.clone(),
            unit: shape.unit,
            encoding: *encoding,
            compression: self.logs.first()?.source().compression().unwrap_or_default(),
        })
    }
}
