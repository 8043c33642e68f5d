//! The scanner of lines that may be anything but one event of the type that they name: values as
//! the scanner of plain events finds them, recorded as those that the parser finds.

use std::ops::Range;

use crate::log::json::scan::{Cursor, NeedsParser};
use crate::log::line::Origin;
use crate::log::lines::trim;
use crate::log::reading;
use crate::tape::BatchEncoder;

use super::event::Wanted;
use super::scanner::Scanner;

/// Scans lines that yield other events than one of the type that they name: several, of their
/// flags or of the elements of a list, those of one type, and metadata.
pub(super) struct SeveralScanner {
    scanner: Scanner,
    wanted: Wanted,
}

impl SeveralScanner {
    pub(super) const fn new(scanner: Scanner, wanted: Wanted) -> Self {
        Self { scanner, wanted }
    }
}

impl reading::Scanner for SeveralScanner {
    #[inline]
    fn scan(&mut self, cursor: &mut Cursor<'_>, block: &str) -> Result<(), NeedsParser> {
        self.scanner.scan(cursor, block)
    }

    fn record(
        &self,
        block: &str,
        (line, text): (Origin<'_>, Range<usize>),
        encoder: &mut BatchEncoder,
    ) -> Result<(), NeedsParser> {
        let text = trim(block.as_bytes().get(text).unwrap_or_default());
        let (values, elements) = self.scanner.found(block, self.wanted.paths.len());
        // What is recorded is what the parser finds too, and so is the reason if it is rejected.
        if let Err(reason) = self.wanted.record(&values, elements, (line, text), encoder) {
            encoder.reject(reason, line.number, text);
        }
        Ok(())
    }
}
