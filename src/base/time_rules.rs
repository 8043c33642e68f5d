//! The rules by which a log's values are times.

use super::time::{TimeError, TimeUnit, Timestamp};
use super::time_format::{TimeFormat, as_utc};

/// How values are read as times; by default in all ways of [`Timestamp::parse`].
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct TimeRules {
    /// The unit of numbers; `None`: inferred from their size.
    pub unit: Option<TimeUnit>,
    /// The format of texts and of the digits of numbers.
    pub format: Option<TimeFormat>,
    /// The members that follow that of the time, behind a blank each (flat logs).
    pub parts: Vec<String>,
}

impl TimeRules {
    /// Numbers in this unit.
    #[must_use]
    pub const fn in_unit(unit: TimeUnit) -> Self {
        Self { unit: Some(unit), format: None, parts: Vec::new() }
    }

    /// True if the size of a number says what its unit is, unless the unit is given.
    #[must_use]
    pub const fn counts_units(&self) -> bool {
        self.format.is_none() && self.parts.is_empty()
    }

    /// The rules in words: `times of date and hour, by %Y-%m-%d %H`. `None` if there are none
    /// but the unit.
    #[must_use]
    pub fn words(&self, timestamp: &str) -> Option<String> {
        let mut words = Vec::new();
        if !self.parts.is_empty() {
            let all = std::iter::once(timestamp).chain(self.parts.iter().map(String::as_str));
            words.push(format!("of {}", all.collect::<Vec<_>>().join(" and ")));
        }
        if let Some(format) = &self.format {
            words.push(format!("by {}", format.pattern()));
        }
        (!words.is_empty()).then(|| format!("times {}", words.join(", ")))
    }

    /// The text of a whole number that is the n-th part of a time.
    #[must_use]
    pub fn digits(&self, part: usize, whole: i64) -> String {
        match &self.format {
            None => whole.to_string(),
            Some(format) => format.text_of(part, whole),
        }
    }

    /// The time of a text.
    #[inline]
    pub fn text(&self, text: &str) -> Result<Timestamp, TimeError> {
        match &self.format {
            None => Timestamp::parse(text, self.unit),
            Some(format) => by_format(format, text),
        }
    }

    /// The time of a whole number.
    #[inline]
    pub fn integer(&self, whole: i64) -> Result<Timestamp, TimeError> {
        match &self.format {
            None => Timestamp::from_integer(whole, self.unit),
            Some(format) => by_format(format, &format.text_of(0, whole)),
        }
    }

    /// The time of a number that is not whole.
    pub fn number(&self, number: f64) -> Result<Timestamp, TimeError> {
        match &self.format {
            None => Timestamp::from_number(number, self.unit),
            Some(format) => by_format(format, &number.to_string()),
        }
    }
}

#[cold]
fn by_format(format: &TimeFormat, text: &str) -> Result<Timestamp, TimeError> {
    let (local, offset) = format.read(text)?;
    let ahead = offset.map_or(0, |offset| i64::from(offset.local_minus_utc()) * 1000);
    Timestamp(as_utc(local).0 - ahead).believable()
}
