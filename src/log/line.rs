//! Parts of lines in all formats: time, id, and the reasons of rejection.

use xxhash_rust::xxh3::xxh3_128;

use crate::base::time::{TimeError, TimeUnit};
use crate::base::time_rules::TimeRules;
use crate::base::{Timestamp, Value};
use crate::tape::{Arrival, Datum, DatumRef, Mark, Reason, TIMELESS};

use super::json::value::is_readable;

/// The origin of a line.
#[derive(Clone, Copy, Debug)]
pub(super) struct Origin<'r> {
    /// The line number, from 0.
    pub(super) number: u32,
    /// The hash of its bytes, if hashes are required.
    pub(super) hash: u64,
    /// How values are read as times.
    pub(super) times: &'r TimeRules,
    /// How a value is read as the time at which the line was there.
    pub(super) arrivals: &'r TimeRules,
    /// True if ids are required, for deduplication.
    pub(super) dedup: bool,
    /// The number of its next event, from 0.
    pub(super) sub: u32,
    /// The first event of those that share the id.
    pub(super) shares: u32,
}

/// The error of a line.
#[derive(Debug)]
pub(super) enum LineError {
    /// Rejected for its content.
    Reason(Reason),
    /// Rejected for its syntax; [`explain`] finds the reason.
    Json,
}

impl From<Reason> for LineError {
    fn from(reason: Reason) -> Self {
        Self::Reason(reason)
    }
}

impl From<serde_json::Error> for LineError {
    fn from(_: serde_json::Error) -> Self {
        Self::Json
    }
}

impl Origin<'_> {
    /// The mark of a line with this time and id.
    pub(super) fn mark(
        self,
        time: Option<DatumRef<'_>>,
        id: Option<DatumRef<'_>>,
    ) -> Result<Mark, Reason> {
        let time = read_time(time.ok_or(Reason::NoTimestamp)?, self.times)?;
        let id = id.filter(|_| self.dedup).and_then(hash_id);
        let Self { number: line, hash, sub, shares, .. } = self;
        Ok(Mark { time, line, hash, id, sub, shares })
    }
}

impl Origin<'_> {
    /// The mark of a line with a time that may have further parts.
    pub(super) fn mark_of<'d>(
        self,
        time: Option<DatumRef<'d>>,
        parts: impl Iterator<Item = Option<DatumRef<'d>>>,
        id: Option<DatumRef<'_>>,
    ) -> Result<Mark, Reason> {
        if self.times.parts.is_empty() {
            return self.mark(time, id);
        }
        let parts = parts.take(self.times.parts.len());
        let time = joined(std::iter::once(time).chain(parts), self.times)?;
        self.mark(Some(DatumRef::Text(&time)), id)
    }
}

impl Origin<'_> {
    /// When the line was there, by the value that says so.
    pub(super) fn arrival(self, value: Option<DatumRef<'_>>) -> Arrival {
        match value.map(|value| read_time(value, self.arrivals)) {
            Some(Ok(time)) => Arrival::Time(time),
            Some(Err(_)) => Arrival::Unreadable,
            None => Arrival::Missing,
        }
    }

    /// The mark of a line of metadata that were known before all events.
    pub(super) const fn timeless(self) -> Mark {
        let Self { number: line, hash, sub, shares, .. } = self;
        Mark { time: TIMELESS, line, hash, id: None, sub, shares }
    }
}

/// Parses a time.
fn read_time(value: DatumRef<'_>, rules: &TimeRules) -> Result<Timestamp, Reason> {
    let time = match value {
        DatumRef::Text(text) => rules.text(text),
        DatumRef::Integer(whole) => rules.integer(whole.into()),
        DatumRef::Float(number) => rules.number(number),
        DatumRef::Other(Datum::Integer(whole)) => rules.integer(*whole),
        DatumRef::Bool(_) | DatumRef::Other(_) => Err(TimeError::Unreadable),
    };
    time.map_err(|error| match error {
        TimeError::Unreadable => Reason::UnreadableTime,
        TimeError::OutOfRange => Reason::TimeOutOfRange,
        TimeError::Date => Reason::DateAsNumber,
    })
}

/// The text of a time of several parts, with a blank between them.
fn joined<'d>(
    parts: impl Iterator<Item = Option<DatumRef<'d>>>,
    rules: &TimeRules,
) -> Result<String, Reason> {
    let mut text = String::new();
    for (number, part) in parts.enumerate() {
        if number > 0 {
            text.push(' ');
        }
        // The words of the format that the parts before it are.
        let words = text.split_whitespace().count();
        match part.ok_or(Reason::NoTimestamp)? {
            DatumRef::Text(part) => text.push_str(&rules.padded(words, part)),
            DatumRef::Integer(whole) => text.push_str(&rules.digits(words, whole.into())),
            DatumRef::Other(Datum::Integer(whole)) => text.push_str(&rules.digits(words, *whole)),
            DatumRef::Float(number) => text.push_str(&number.to_string()),
            DatumRef::Bool(_) | DatumRef::Other(_) => return Err(Reason::UnreadableTime),
        }
    }
    Ok(text)
}

/// The unit of a time: the given one, or the one inferred from its size. `None` for a time that is
/// not a number, and for a date, which has a format or would need a unit.
pub(super) fn unit_of(value: &Datum<'_>, rules: &TimeRules) -> Option<TimeUnit> {
    if !rules.counts_units() {
        return None;
    }
    let inferred = match value {
        Datum::Text(text) => TimeUnit::of_text(text),
        Datum::Integer(whole) => Some(TimeUnit::of_whole(*whole)),
        Datum::Float(number) => Some(TimeUnit::of(*number)),
        Datum::Bool(_) | Datum::List(_) => None,
    };
    let is_date = read_time(value.borrowed(), rules) == Err(Reason::DateAsNumber);
    let inferred = inferred.filter(|_| !is_date)?;
    Some(rules.unit.unwrap_or(inferred))
}

/// The text of a type, which may be a number or a boolean. A list is not a type.
pub(super) fn type_text(kind: DatumRef<'_>) -> Result<String, Reason> {
    match kind.to_value() {
        Value::List(_) => Err(Reason::NoType),
        scalar => scalar.key_text().ok_or(Reason::NoType),
    }
}

/// The hash of an id's text, so that `36` and `"36"` are equal.
fn hash_id(id: DatumRef<'_>) -> Option<u128> {
    match id {
        DatumRef::Text(text) => Some(xxh3_128(text.as_bytes())),
        other => other.to_value().key_text().map(|text| xxh3_128(text.as_bytes())),
    }
}

/// The reason why a line cannot be parsed.
pub(super) fn explain(text: &str) -> Reason {
    if !is_readable(text) {
        Reason::InvalidJson
    } else if text.trim_start().starts_with('{') {
        Reason::WrongShape
    } else {
        Reason::NotAnObject
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_explained_by_its_text() {
        for (text, reason) in [
            ("{\"a\":1", Reason::InvalidJson),
            ("{\"a\":1} x", Reason::InvalidJson),
            ("12abc", Reason::InvalidJson),
            ("{\"fields\":1e999}", Reason::InvalidJson),
            ("{\"fields\":\"\\ud800\"}", Reason::InvalidJson),
            ("[1]", Reason::NotAnObject),
            (" \"text\"", Reason::NotAnObject),
            ("{\"fields\":3}", Reason::WrongShape),
        ] {
            assert_eq!(explain(text), reason, "{text}");
        }
    }

    #[test]
    fn the_unit_is_told_by_size() {
        let plain = TimeRules::default();
        assert_eq!(unit_of(&Datum::text("1718000000926"), &plain), Some(TimeUnit::Millis));
        assert_eq!(unit_of(&Datum::Integer(1_718_000_000), &plain), Some(TimeUnit::Seconds));
        assert_eq!(unit_of(&Datum::text("2024-06-10T06:29:23Z"), &plain), None);
        let date = Datum::Integer(2_014_102_103);
        assert_eq!(unit_of(&date, &plain), None);
        assert_eq!(unit_of(&date, &TimeRules::in_unit(TimeUnit::Seconds)), Some(TimeUnit::Seconds));
    }
}
