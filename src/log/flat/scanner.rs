//! The scanner of flat events: the required members, at the speed of memory.

use std::ops::Range;

use crate::log::json::scan::{Cursor, NeedsParser, Raw};
use crate::log::line::{Origin, type_text};
use crate::log::reading;
use crate::tape::{BatchEncoder, DatumRef};

use super::event::Wanted;
use super::object::{Inner, Object};
use super::scanned::{Found, Kept, Scanned};

/// Scans flat events that look like those before.
pub(super) struct Scanner {
    /// The members of the line.
    line: Object,
    /// What is required within them.
    inner: Inner,
    found: Found,
    /// The number of attributes among the values; time, type and id follow.
    attributes: usize,
}

impl Scanner {
    pub(super) fn new(wanted: &Wanted) -> Self {
        let mut inner = Inner::new(wanted.paths.len());
        let line = Object::new(&wanted.root(), 0, 0, &mut inner);
        let found = Found::new(inner.values);
        Self { line, inner, found, attributes: wanted.attributes }
    }

    /// The values of the line, so many, and the elements of the list of events, if it has one.
    pub(super) fn found<'s>(
        &'s self,
        block: &'s str,
        count: usize,
    ) -> (Scanned<'s>, Option<impl ExactSizeIterator<Item = Option<Scanned<'s>>>>) {
        self.found.of(block, count)
    }
}

#[expect(clippy::inline_always, reason = "the loop over lines keeps its cursor in registers")]
impl reading::Scanner for Scanner {
    #[inline(always)]
    fn scan(&mut self, cursor: &mut Cursor<'_>, block: &str) -> Result<(), NeedsParser> {
        let Self { line, inner, found, .. } = self;
        found.begin_line(!inner.is_empty());
        cursor.detached(|cursor| line.read(inner, found, cursor, block))
    }

    #[inline(always)]
    fn record(
        &self,
        block: &str,
        (line, _): (Origin<'_>, Range<usize>),
        encoder: &mut BatchEncoder,
    ) -> Result<(), NeedsParser> {
        let Found { values, parsed, .. } = &self.found;
        let (attributes, own) = values.split_at_checked(self.attributes).ok_or(NeedsParser)?;
        let [time, kind, id] = own.first_chunk().copied().ok_or(NeedsParser)?;
        let datum = |raw: Raw| raw.datum(block, parsed);
        let id = if line.dedup { datum(id) } else { None };
        let mark = line.mark(datum(time), id).map_err(|_| NeedsParser)?;
        let fields = attributes.iter().enumerate();
        let fields = fields.filter(|(_, raw)| !raw.is_missing());
        let fields = fields.map(|(number, raw)| (number, Kept { raw: *raw, block, parsed }));
        match datum(kind).ok_or(NeedsParser)? {
            DatumRef::Text(kind) => encoder.event(mark, kind, fields),
            kind => {
                let kind = type_text(kind).map_err(|_| NeedsParser)?;
                encoder.event(mark, &kind, fields)
            }
        }
        .map_err(|_| NeedsParser)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::events::{EventSettings, Format, Yields};
    use crate::log::flat::Members;
    use crate::log::reading::Scanner as _;
    use crate::tape::{Demand, Layout};

    /// Whether the line is scanned, by a scanner that has seen none and by one that has.
    fn scans(line: &str) -> bool {
        let yields = Yields { each: Some("a.items".to_owned()), ..Yields::default() };
        let settings = EventSettings { yields, ..EventSettings::default() };
        let names = ["l", "l[].v", "l[0].m[k=x].v", "l[k=x].o.p", "v"];
        let attributes = names.map(str::to_owned).to_vec();
        let demand = Demand { attributes, ..Demand::default() };
        let members = Members::usual(&settings);
        let wanted = Wanted::new(&settings, &members, &Layout::new(&demand, Format::Flat));
        let mut scanner = Scanner::new(&wanted);
        let scanned = [(); 3].map(|()| {
            let mut cursor = Cursor::new(line.as_bytes());
            scanner.scan(&mut cursor, line).is_ok() && cursor.at() == line.len()
        });
        assert!(scanned.iter().all(|again| *again == scanned[0]), "{line}");
        scanned[0]
    }

    #[test]
    fn lists_are_scanned_and_what_is_unclear_is_left_to_the_parser() {
        for line in [
            r#"{"ts":1,"l":[],"a":{"items":[]}}"#,
            r#"{"l":[{"v":1,"m":[{"k":"x","v":"y"}]},{"k":"x","o":{"p":[1]},"u":[[{}]]}],"ts":1}"#,
            r#"{"l":[ 1 , "x" ,null, [ [ ] ] , {"v":"\u0061"} ],"v":12345678901234567890123}"#,
            r#"{"l":{"v":1},"a":[1]}"#,
            r#"{"a":{"items":[{"v":1,"type":"x"},{"v":1},5,[{"v":1}]]},"type":"y"}"#,
        ] {
            assert!(scans(line), "{line}");
        }
        for line in [
            r#"{"l":[1,]}"#,
            r#"{"l":[1 2]}"#,
            r#"{"l":[{"v":1]}"#,
            r#"{"l":[{"v":1}"#,
            r#"{"l":[NaN]}"#,
            r#"{"l":[1e999]}"#,
            r#"{"l":[{"v":1,"v":2}]}"#,
            r#"{"l":[{"\u0076":1}]}"#,
            r#"{"l":[1],"l":[2]}"#,
            r#"{"a":{"items":{}}}"#,
            r#"{"a":{"items":"x"}}"#,
            r#"{"a":{"items":[{}]},"a.items":[{}]}"#,
            r#"{"a":{"items":[{}]},"a.items":1}"#,
        ] {
            assert!(!scans(line), "{line}");
        }
    }
}
