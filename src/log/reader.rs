//! The reader of one or several logs: lines in, batches out.

use std::borrow::Cow;
use std::path::{Path, PathBuf};

use crate::base::events::EventSettings;
use crate::tape::{Demand, Projection};

use super::LogError;
use super::event_source::{Detected, EventSource, Next, Progress};
use super::format_detector::FormatDetector;
use super::log_file::Log;
use super::metadata_file::MetadataFile;
use super::outcome::{Outcome, Tally};
use super::source::{STANDARD_INPUT, Source};

/// Reads logs one after the other, in the order given; before them, the files of metadata that
/// events are joined with.
pub struct Reader {
    files: Vec<MetadataFile>,
    /// The current one of them.
    current_file: usize,
    /// The number of their next line.
    next_file_line: Option<u32>,
    logs: Vec<Log>,
    /// The tally of each log.
    tallies: Vec<Tally>,
    /// The current log.
    current: usize,
    /// The number of the next line; `None` once they are used up.
    next_line: Option<u32>,
    detector: FormatDetector,
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
        let files = MetadataFile::open_all(settings, Source::open)?;
        Ok(Self::new(sources, files, settings, attributes))
    }

    /// Opens log files again. What has the place of one since, a pipe or a device, might never end:
    /// it is an error.
    pub fn open_again(
        paths: &[PathBuf],
        settings: &EventSettings,
        attributes: &[String],
    ) -> Result<Self, LogError> {
        let sources = paths.iter().map(|path| Source::open_regular(path));
        let sources = sources.collect::<Result<_, _>>()?;
        let files = MetadataFile::open_all(settings, Source::open_regular)?;
        Ok(Self::new(sources, files, settings, attributes))
    }

    /// A log in memory, such as one embedded in the program.
    #[must_use]
    pub fn embedded(
        name: &str,
        data: impl Into<Cow<'static, [u8]>>,
        settings: &EventSettings,
        attributes: &[String],
    ) -> Self {
        Self::new(vec![Source::in_memory(name, data.into())], Vec::new(), settings, attributes)
    }

    /// Reads the files of metadata from memory, by their paths. Call before reading.
    pub fn with_metadata(
        mut self,
        settings: &EventSettings,
        data: impl Fn(&Path) -> Vec<u8>,
    ) -> Result<Self, LogError> {
        let open = |path: &Path| {
            Ok(Source::in_memory(&path.display().to_string(), Cow::Owned(data(path))))
        };
        self.files = MetadataFile::open_all(settings, open)?;
        Ok(self)
    }

    fn new(
        sources: Vec<Source>,
        files: Vec<MetadataFile>,
        settings: &EventSettings,
        attributes: &[String],
    ) -> Self {
        let demand =
            Demand { settings: settings.clone(), attributes: attributes.to_vec(), listed: false };
        let detector = FormatDetector::new(demand, sources.len());
        let tallies = vec![Tally::default(); sources.len()];
        let logs = sources.into_iter().map(Log::new).collect();
        Self {
            files,
            current_file: 0,
            next_file_line: Some(0),
            logs,
            tallies,
            current: 0,
            next_line: Some(0),
            detector,
        }
    }

    /// Keeps the text of what is read in the batches, see
    /// [`Batch::records`](crate::tape::Batch::records). Call before reading.
    #[must_use]
    pub fn keep_records(mut self) -> Self {
        self.detector.keeps = true;
        self
    }

    /// Reads JSON lines with the parser alone, without the scanner: same result, slower; for tests
    /// and benches. Call before reading.
    #[must_use]
    pub fn parse_only(mut self) -> Self {
        self.detector.scans = false;
        self
    }

    /// Reads text so many bytes at a time, four at least: same result, slower; for tests. Call
    /// before reading.
    #[must_use]
    pub fn in_blocks(mut self, bytes: usize) -> Self {
        self.logs.iter_mut().for_each(|log| log.set_block(bytes));
        self
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
        while let Some(file) = self.files.get_mut(self.current_file) {
            let (batch, has_ended) = file.read_on(&mut self.next_file_line, &mut self.detector)?;
            if has_ended {
                (self.current_file, self.next_file_line) = (self.current_file + 1, Some(0));
            }
            if let Some(batch) = batch {
                return Ok(Next::Batch(Box::new(batch)));
            }
        }
        while self.current < self.logs.len() {
            let source = self.current;
            self.tallies[source].begin(self.next_line);
            let has_ended = self.logs[source].read_on(&mut self.next_line, &mut self.detector)?;
            self.tallies[source].is_csv |= self.detector.is_in_csv();
            if has_ended {
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
        let settings = self.detector.settings();
        let of = |(log, tally): (&Log, &Tally)| tally.outcome(log, settings);
        let files = self.files.iter().map(MetadataFile::outcome);
        let mut outcomes: Vec<_> = self.logs.iter().zip(&self.tallies).map(of).collect();
        // What the config says of tables is for any of the logs.
        if outcomes.len() > 1 && self.tallies.iter().any(|tally| tally.is_csv) {
            outcomes.iter_mut().for_each(|outcome| outcome.unheeded.clear());
        }
        outcomes.extend(files);
        outcomes
    }

    fn detected(&self) -> Option<Detected> {
        let (encoding, shape) = self.detector.first()?;
        Some(Detected {
            format: shape.format,
            format_name: shape.name(),
            timestamp: shape.members.timestamp.clone().unwrap_or_default(),
            kind: shape.members.kind.clone(),
            unit: shape.unit,
            times: self
                .detector
                .settings()
                .times
                .words(shape.members.timestamp.as_deref().unwrap_or_default()),
            encoding: *encoding,
            compression: self.logs.first()?.source().compression().unwrap_or_default(),
        })
    }
}
