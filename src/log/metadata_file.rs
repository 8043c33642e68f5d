//! Files of metadata: logs of any kind whose lines say something about entities that events are
//! joined with.

use std::path::Path;

use crate::base::events::{Dialect, EventSettings, Format, Order, Yields};
use crate::base::metadata::Metadata;
use crate::tape::Batch;

use super::LogError;
use super::format_detector::FormatDetector;
use super::log_file::Log;
use super::outcome::{Outcome, Tally};
use super::source::Source;
use super::unreadable::Member;

/// The type that is given to the lines, so that none is looked for.
const TYPE: &str = "metadata";

/// A file of metadata.
pub(super) struct MetadataFile {
    log: Log,
    settings: EventSettings,
    detector: Option<FormatDetector>,
    tally: Tally,
}

impl MetadataFile {
    /// Opens the files that the settings name.
    pub(super) fn open_all(
        settings: &EventSettings,
        open: impl Fn(&Path) -> Result<Source, LogError>,
    ) -> Result<Vec<Self>, LogError> {
        let files = settings.metadata.files();
        let file = |(number, path): (usize, &Path)| {
            let source = open(path).map_err(LogError::of_metadata)?;
            Ok(Self {
                log: Log::new(source),
                settings: settings_of(settings, number),
                detector: None,
                tally: Tally::default(),
            })
        };
        files.map(file).collect()
    }

    /// Reads on until a batch is full, with the encoder of the logs; returns the batch, and whether
    /// the file has ended.
    pub(super) fn read_on(
        &mut self,
        next_line: &mut Option<u32>,
        logs: &mut FormatDetector,
    ) -> Result<(Option<Batch>, bool), LogError> {
        let Self { log, settings, detector, tally } = self;
        let detector = detector.get_or_insert_with(|| logs.for_file(settings.clone()));
        tally.begin(*next_line);
        detector.set_encoder(logs.take_encoder());
        let has_ended = log.read_on(next_line, detector).map_err(LogError::of_metadata)?;
        tally.is_csv |= detector.is_in_csv();
        if has_ended {
            detector.end(true);
            tally.has_pending = detector.has_pending();
        }
        let mut encoder = detector.take_encoder();
        let batch = (!encoder.is_empty())
            .then(|| encoder.take_file_metadata(settings.metadata.of_file.unwrap_or_default()));
        logs.set_encoder(encoder);
        if let Some(batch) = &batch {
            tally.take(batch);
        }
        Ok((batch, has_ended))
    }

    /// The outcome of the file.
    pub(super) fn outcome(&self) -> Outcome {
        let (outcome, metadata) =
            (self.tally.outcome(&self.log, &self.settings), &self.settings.metadata);
        let number = metadata.of_file.and_then(|number| metadata.sources.get(number));
        let entity = number.and_then(|source| metadata.entities.get(source.entity));
        let Some(name) = entity.map(|entity| entity.name.clone()) else { return outcome };
        // As attributes name them.
        let member = |member: Member| Member { path: format!("{name}.{}", member.path), ..member };
        let members = outcome.members.into_iter().map(member).collect();
        Outcome { members, lists: Vec::new(), entity: Some(name), ..outcome }
    }
}

/// The settings by which the file of a source is read.
fn settings_of(settings: &EventSettings, number: usize) -> EventSettings {
    EventSettings {
        format: Some(Format::Flat),
        kind: None,
        id: None,
        order: Order::Log,
        dedup: None,
        known: None,
        // What the config says of tables is for the logs.
        dialect: Dialect::default(),
        yields: Yields { constant: Some(TYPE.to_owned()), ..Yields::default() },
        metadata: Metadata { of_file: Some(number), ..settings.metadata.clone() },
        ..settings.clone()
    }
}
