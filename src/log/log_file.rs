//! One log in its encoding, read batch by batch into a detector's encoder.

use super::LogError;
use super::format_detector::{FormatDetector, NotMetarank};
use super::formats::Encoding;
use super::lines::Lines;
use super::source::Source;
#[cfg(feature = "parquet")]
use super::table::parquet::Rows;
use super::unreadable::Opening;

/// A log in its encoding. All begin as lines; the first bytes decide.
pub(super) enum Log {
    Lines(Box<Lines>),
    #[cfg(feature = "parquet")]
    Rows(Box<Rows>),
}

impl Log {
    /// A log before its first bytes are read.
    pub(super) fn new(source: Source) -> Self {
        Self::Lines(Box::new(Lines::new(source)))
    }

    pub(super) fn source(&self) -> &Source {
        match self {
            Self::Lines(lines) => &lines.source,
            #[cfg(feature = "parquet")]
            Self::Rows(rows) => &rows.source,
        }
    }

    /// The begin of the log.
    pub(super) fn opening(&self) -> Opening<'_> {
        match self {
            Self::Lines(lines) => Opening::Bytes(lines.source.opening()),
            #[cfg(feature = "parquet")]
            Self::Rows(rows) => rows.opening(),
        }
    }

    /// The bytes of the file that were read.
    pub(super) fn position(&self) -> u64 {
        match self {
            Self::Lines(lines) => lines.source.position(),
            #[cfg(feature = "parquet")]
            Self::Rows(rows) => rows.position(),
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
            && let Some(encoding) = Encoding::of(lines.source.head()?)
        {
            *self = Self::table(encoding, lines, detector)?;
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
