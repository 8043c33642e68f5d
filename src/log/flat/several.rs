//! The scanner of lines that have one type or flags, say when they were there, or may be metadata:
//! values as the scanner of plain events finds them, encoded as what they mean.

use std::cell::Cell;
use std::ops::Range;

use crate::log::json::scan::{Cursor, NeedsParser};
use crate::log::line::Origin;
use crate::log::reading;
use crate::tape::{BatchEncoder, Reason};

use super::event::{OwnValues, Wanted};
use super::line_types::{Flag, LineTypes, Row};
use super::metadata::MetadataRules;
use super::scanner::Scanner;

/// The lines without a set flag that are left to the parser, which keeps them as examples.
const EXAMPLES: u32 = 3;

/// Scans flat events of which one line may yield several.
pub(super) struct SeveralScanner {
    scanner: Scanner,
    types: LineTypes,
    metadata: MetadataRules,
    is_timeless: bool,
    own: OwnValues,
    /// The lines without a set flag so far, up to [`EXAMPLES`].
    unset: Cell<u32>,
}

impl SeveralScanner {
    pub(super) fn new(scanner: Scanner, wanted: &Wanted) -> Self {
        let (types, metadata) = (wanted.types.clone(), wanted.metadata.clone());
        let (is_timeless, own) = (wanted.is_timeless(), wanted.own.clone());
        Self { scanner, types, metadata, is_timeless, own, unset: Cell::new(0) }
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
        line: Origin,
        encoder: &mut BatchEncoder,
    ) -> Result<(), NeedsParser> {
        let (fields, own) = self.scanner.values(block).ok_or(NeedsParser)?;
        let of = |range: &Range<usize>| {
            own.get(range.clone()).unwrap_or_default().iter().map(|kept| kept.datum())
        };
        let datum = |number: usize| own.get(number).and_then(|kept| kept.datum());
        let mark = || {
            if self.is_timeless {
                return Ok(line.timeless());
            }
            line.mark_of(datum(0), of(&self.own.parts), datum(2))
        };
        if let Some(arrival) = self.own.arrival {
            encoder.note_arrival(line.arrival(datum(arrival)));
        }
        if !self.metadata.is_empty() {
            let value = |number| self.scanner.value(block, number);
            match self.metadata.record(mark, &value, &fields, encoder) {
                Ok(false) => {}
                Ok(true) => return Ok(()),
                Err(_) => return Err(NeedsParser),
            }
        }
        let mark = mark().map_err(|_| NeedsParser)?;
        let flags = || of(&self.own.flags);
        let is = |flag: Flag| flags().any(|value| Flag::of(value) == flag);
        if is(Flag::Unclear) {
            return Err(NeedsParser);
        }
        if self.types.row == Row::None && !is(Flag::Set) {
            if self.unset.get() < EXAMPLES {
                self.unset.set(self.unset.get() + 1);
                return Err(NeedsParser);
            }
            encoder.reject(Reason::NoFlag, line.number, b"");
            return Ok(());
        }
        let before = encoder.len();
        let recorded = self.types.record((mark, datum(1)), fields, flags(), b"", encoder);
        match recorded {
            // Some of the line is encoded: the parser would do so again.
            Err(reason) if encoder.len() > before => {
                encoder.reject(reason, line.number, b"");
                Ok(())
            }
            recorded => recorded.map_err(|_| NeedsParser),
        }
    }
}
