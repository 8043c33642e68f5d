//! The reader of one or several logs: lines in, batches out.

use std::borrow::Cow;
use std::path::{Path, PathBuf};

use crate::base::events::EventSettings;
use crate::tape::{Demand, Projection};

use super::LogError;
use super::event_source::{Detected, EventSource, Next, Progress};
use super::format_detector::{FormatDetector, NotMetarank};
use super::formats::Encoding;
use super::lines::Lines;
use super::outcome::{Outcome, Tally};
use super::source::{STANDARD_INPUT, Source};
#[cfg(feature = "parquet")]
use super::table::parquet::Rows;
use super::unreadable::Opening;

/// Reads logs one after the other, in the order given.
pub struct Reader {
    logs: Vec<Log>,
    /// The tally of each log.
    tallies: Vec<Tally>,
    /// The current log.
    current: usize,
    /// The number of the next line; `None` once they are used up.
    next_line: Option<u32>,
    detector: FormatDetector,
}

/// A log in its encoding. All begin as lines; the first bytes decide.
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

    /// The begin of the log.
    fn opening(&self) -> Opening<'_> {
        match self {
            Self::Lines(lines) => Opening::Bytes(lines.source.opening()),
            #[cfg(feature = "parquet")]
            Self::Rows(rows) => rows.opening(),
        }
    }

    /// The bytes of the file that were read.
    fn position(&self) -> u64 {
        match self {
            Self::Lines(lines) => lines.source.position(),
            #[cfg(feature = "parquet")]
            Self::Rows(rows) => rows.position(),
        }
    }
}

impl Reader {
    /// Opens log files; `-` is standard input. Reads nothing yet; missing files and directories are
    /// errors.
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

    /// Opens log files again. What has the place of one since, a pipe or a device, might never end:
    /// it is an error.
    pub fn open_again(
        paths: &[PathBuf],
        settings: &EventSettings,
        attributes: &[String],
    ) -> Result<Self, LogError> {
        let sources = paths.iter().map(|path| Source::open_regular(path));
        Ok(Self::new(sources.collect::<Result<_, _>>()?, settings, attributes))
    }

    /// A log in memory, such as one embedded in the program.
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
        let detector = FormatDetector::new(demand, sources.len());
        let tallies = vec![Tally::default(); sources.len()];
        let logs =
            sources.into_iter().map(|source| Log::Lines(Box::new(Lines::new(source)))).collect();
        Self { logs, tallies, current: 0, next_line: Some(0), detector }
    }

    /// Reads JSON lines with the parser alone, without the scanner: same result, slower; for tests
    /// and benches. Call before reading.
    #[must_use]
    pub fn parse_only(mut self) -> Self {
        self.detector.scans = false;
        self
    }

    /// Reads on in the current log; returns whether it has ended.
    fn read_on(&mut self) -> Result<bool, LogError> {
        let log = &mut self.logs[self.current];
        let detector = &mut self.detector;
        if let Log::Lines(lines) = log
            && !lines.is_begun()
            && let Some(encoding) = Encoding::of(lines.source.head()?)
        {
            *log = Self::table(encoding, lines, detector)?;
        }
        match log {
            Log::Lines(lines) => {
                while !detector.is_full() {
                    if let (Some(number), Some(ahead)) = (self.next_line, lines.ahead()) {
                        let ran = detector.run(number, ahead);
                        self.next_line = Some(number + ran.lines);
                        lines.consume(ran.bytes);
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
                    if let Err(NotMetarank) = detector.line(number, &line) {
                        let name = lines.source.name().to_owned();
                        return Err(LogError::NotMetarank { name, encoding: Encoding::Csv.name() });
                    }
                }
                Ok(false)
            }
            #[cfg(feature = "parquet")]
            Log::Rows(rows) => rows.read_on(&mut self.next_line, detector),
        }
    }

    #[cfg(feature = "parquet")]
    fn table(
        encoding: Encoding,
        lines: &mut Lines,
        detector: &mut FormatDetector,
    ) -> Result<Log, LogError> {
        let source = lines.take_source();
        let name = source.name().to_owned();
        Rows::open(source, detector)?
            .map(|rows| Log::Rows(Box::new(rows)))
            .map_err(|NotMetarank| LogError::NotMetarank { name, encoding: encoding.name() })
    }

    #[cfg(not(feature = "parquet"))]
    fn table(_: Encoding, lines: &mut Lines, _: &mut FormatDetector) -> Result<Log, LogError> {
        Err(LogError::NoParquet { name: lines.source.name().to_owned() })
    }
}

impl EventSource for Reader {
    /// Reads without hashing lines, and flat events with the values required only; see
    /// [`BatchEncoder::only`](crate::tape::BatchEncoder::only).
    fn narrow(&mut self, projections: &[Projection]) {
        self.detector.hashes = false;
        self.detector.projection = Some(projections.to_vec());
    }

    /// A batch of about 4,096 events, or the end of the last log.
    fn next(&mut self) -> Result<Next, LogError> {
        while self.current < self.logs.len() {
            let source = self.current;
            self.tallies[source].begin(self.next_line);
            if self.read_on()? {
                self.current += 1;
                self.detector.end(self.current == self.logs.len());
                self.tallies[source].has_pending = self.detector.has_pending();
            }
            // A batch belongs to one log, so the end of a log ends a batch.
            if let Some(batch) = self.detector.take(source) {
                self.tallies[source].take(&batch);
                return Ok(Next::Batch(Box::new(batch)));
            }
        }
        Ok(Next::End)
    }

    /// Nothing: files that are read once are never idle.
    fn wait(&mut self) {}

    fn progress(&self) -> Progress {
        Progress {
            bytes: self.logs.iter().map(Log::position).sum(),
            total_bytes: self.logs.iter().map(|log| log.source().size()).sum(),
            lines: self.next_line.map_or(1 << 32, u64::from),
            held: self.detector.encoder_bytes(),
        }
    }

    fn outcomes(&self) -> Vec<Outcome> {
        let of = |(log, tally): (&Log, &Tally)| {
            let source = log.source();
            let (opening, settings) = (log.opening(), self.detector.settings());
            tally.outcome(source.name(), &opening, source.has_trailing(), settings)
        };
        self.logs.iter().zip(&self.tallies).map(of).collect()
    }

    fn detected(&self) -> Option<Detected> {
        let (encoding, shape) = self.detector.first()?;
        Some(Detected {
            format: shape.format,
            format_name: shape.name(),
            timestamp: shape.members.timestamp.clone(),
            kind: shape.members.kind.clone(),
            unit: shape.unit,
            times: self.detector.settings().times.words(&shape.members.timestamp),
            encoding: *encoding,
            compression: self.logs.first()?.source().compression().unwrap_or_default(),
        })
    }
}
