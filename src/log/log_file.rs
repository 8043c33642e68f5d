//! One log in its encoding, read batch by batch into a detector's encoder.

use super::LogError;
use super::format_detector::{FormatDetector, NotMetarank};
use super::formats::Encoding;
use super::lines::Lines;
use super::objects::{self, Objects};
use super::source::Source;
#[cfg(feature = "parquet")]
use super::table::parquet::Rows;
use super::unreadable::Opening;

/// A log in its encoding. All begin as lines; the first bytes decide.
pub(super) enum Log {
    Lines(Box<Lines>),
    Objects(Box<Objects>),
    #[cfg(feature = "parquet")]
    Rows(Box<Rows>),
}

impl Log {
    /// A log before its first bytes are read.
    pub(super) fn new(source: Source) -> Self {
        Self::Lines(Box::new(Lines::new(source)))
    }

    /// Reads so many bytes at a time, a character at least, of a log that is not begun and is text.
    pub(super) fn set_block(&mut self, bytes: usize) {
        if let Self::Lines(lines) = self {
            lines.chunk = bytes.max(4);
        }
    }

    pub(super) fn source(&self) -> &Source {
        match self {
            Self::Lines(lines) => &lines.source,
            Self::Objects(objects) => &objects.source,
            #[cfg(feature = "parquet")]
            Self::Rows(rows) => &rows.source,
        }
    }

    /// Its encoding; that of a table in CSV, which begins as lines, is the detector's to tell.
    pub(super) const fn encoding(&self) -> Encoding {
        match self {
            Self::Lines(_) => Encoding::Json,
            Self::Objects(_) => Encoding::Objects,
            #[cfg(feature = "parquet")]
            Self::Rows(_) => Encoding::Parquet,
        }
    }

    /// The begin of the log.
    pub(super) fn opening(&self) -> Opening<'_> {
        match self {
            #[cfg(feature = "parquet")]
            Self::Rows(rows) => rows.opening(),
            log => Opening::Bytes(log.source().opening()),
        }
    }

    /// The bytes of the file that were read.
    pub(super) fn position(&self) -> u64 {
        match self {
            #[cfg(feature = "parquet")]
            Self::Rows(rows) => rows.position(),
            log => log.source().position(),
        }
    }

    /// Reads on until a batch is full; returns whether the log has ended. Its lines are numbered on
    /// from `next_line`.
    pub(super) fn read_on(
        &mut self,
        next_line: &mut Option<u32>,
        detector: &mut FormatDetector,
    ) -> Result<bool, LogError> {
        if let Self::Lines(lines) = self
            && !lines.is_begun()
        {
            detector.encoding = Encoding::Json;
            if let Some(encoding) = Encoding::of(lines.source.head()?) {
                *self = Self::table(encoding, lines, detector)?;
            } else if objects::are_in(&mut lines.source)? {
                detector.encoding = Encoding::Objects;
                let mut objects = Objects::new(lines.take_source());
                objects.chunk = lines.chunk;
                *self = Self::Objects(Box::new(objects));
            }
        }
        match self {
            Self::Lines(lines) => {
                while !detector.is_full() {
                    if let (Some(number), Some(ahead)) = (*next_line, lines.ahead()) {
                        let ran = detector.run(number, ahead);
                        *next_line = Some(number + ran.lines);
                        lines.consume(ran.bytes);
                        if ran.lines > 0 {
                            continue;
                        }
                    }
                    let Some(line) = lines.next()? else {
                        lines.release();
                        return Ok(true);
                    };
                    let Some(number) = *next_line else {
                        let name = lines.source.name().to_owned();
                        return Err(LogError::TooManyLines { name });
                    };
                    *next_line = number.checked_add(1);
                    if let Err(NotMetarank) = detector.line(number, &line) {
                        let name = lines.source.name().to_owned();
                        return Err(LogError::NotMetarank { name, encoding: Encoding::Csv.name() });
                    }
                }
                Ok(false)
            }
            Self::Objects(objects) => read_objects(objects, next_line, detector),
            #[cfg(feature = "parquet")]
            Self::Rows(rows) => rows.read_on(next_line, detector),
        }
    }

    #[cfg(feature = "parquet")]
    fn table(
        encoding: Encoding,
        lines: &mut Lines,
        detector: &mut FormatDetector,
    ) -> Result<Self, LogError> {
        let source = lines.take_source();
        let name = source.name().to_owned();
        Rows::open(source, detector)?
            .map(|rows| Self::Rows(Box::new(rows)))
            .map_err(|NotMetarank| LogError::NotMetarank { name, encoding: encoding.name() })
    }

    #[cfg(not(feature = "parquet"))]
    fn table(_: Encoding, lines: &mut Lines, _: &mut FormatDetector) -> Result<Self, LogError> {
        Err(LogError::NoParquet { name: lines.source.name().to_owned() })
    }
}

/// Reads on in a log of objects that do not stand one on a line. `next_line` is the line where the
/// next of them begins, or a line before it.
fn read_objects(
    objects: &mut Objects,
    next_line: &mut Option<u32>,
    detector: &mut FormatDetector,
) -> Result<bool, LogError> {
    let pass = |line: &mut Option<u32>, breaks: u32| {
        *line = line.and_then(|line| line.checked_add(breaks));
    };
    while !detector.is_full() {
        let passed = objects.take_breaks();
        pass(next_line, passed);
        if let (Some(number), Some(ahead)) = (*next_line, objects.ahead()) {
            let ran = detector.run_objects(number, ahead);
            pass(next_line, ran.lines);
            objects.consume(ran.bytes);
            if ran.bytes > 0 {
                continue;
            }
        }
        let Some(object) = objects.next()? else {
            pass(next_line, objects.end());
            return Ok(true);
        };
        pass(next_line, object.breaks);
        let Some(number) = *next_line else {
            return Err(LogError::TooManyLines { name: objects.source.name().to_owned() });
        };
        detector.object(number, &object.text);
    }
    Ok(false)
}
