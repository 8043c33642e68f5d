//! The rules by which a log's values are times.

use std::borrow::Cow;
use std::fmt;

use chrono::FixedOffset;

use super::time::{TimeError, TimeUnit, Timestamp};
use super::time_format::{TimeFormat, as_utc};
use super::{Millis, Zone};

/// The zone of times that have none.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum LocalZone {
    /// A zone whose clocks may be put forward and back. Of a time that they show twice it is the
    /// first one; one that they leave out is taken as if they had not been put forward yet.
    Named(Zone),
    /// A fixed time ahead of UTC.
    Ahead(Millis),
}

impl LocalZone {
    /// The zone of an offset such as `+02:00`.
    #[must_use]
    pub fn of_offset(text: &str) -> Option<Self> {
        let offset: FixedOffset = text.parse().ok()?;
        Some(Self::Ahead(Millis(i64::from(offset.local_minus_utc()) * 1000)))
    }

    /// The moment of a local time, which is given as clocks of UTC would show it.
    #[must_use]
    pub fn moment(self, local: Timestamp) -> Timestamp {
        match self {
            Self::Named(zone) => zone.moment(local),
            Self::Ahead(ahead) => local.plus(Millis(-ahead.0)),
        }
    }
}

/// The name, or the offset: `Europe/Berlin`, `+02:00`.
impl fmt::Display for LocalZone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Named(zone) => f.write_str(zone.name()),
            Self::Ahead(ahead) => match FixedOffset::east_opt((ahead.0 / 1000) as i32) {
                Some(offset) => write!(f, "{offset}"),
                None => write!(f, "{ahead}"),
            },
        }
    }
}

/// How values are read as times; by default in all ways of [`Timestamp::parse`].
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct TimeRules {
    /// The unit of numbers; `None`: inferred from their size.
    pub unit: Option<TimeUnit>,
    /// The format of texts and of the digits of numbers.
    pub format: Option<TimeFormat>,
    /// The zone of texts that name none; `None`: UTC.
    pub zone: Option<LocalZone>,
    /// The members that follow that of the time, behind a blank each (flat logs).
    pub parts: Vec<String>,
}

impl TimeRules {
    /// Numbers in this unit.
    #[must_use]
    pub const fn in_unit(unit: TimeUnit) -> Self {
        Self { unit: Some(unit), format: None, zone: None, parts: Vec::new() }
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
        if let Some(zone) = &self.zone {
            words.push(format!("of {zone} where they have no zone"));
        }
        (!words.is_empty()).then(|| format!("times {}", words.join(", ")))
    }

    /// The text of a whole number that is the n-th word of a time.
    #[must_use]
    pub fn digits(&self, part: usize, whole: i128) -> String {
        match &self.format {
            None => whole.to_string(),
            Some(format) => format.text_of(part, whole),
        }
    }

    /// A text that is the n-th word of a time.
    #[must_use]
    pub fn padded<'t>(&self, part: usize, text: &'t str) -> Cow<'t, str> {
        let text = text.trim();
        self.format.as_ref().map_or(Cow::Borrowed(text), |format| format.padded(part, text))
    }

    /// The time of a text.
    #[inline]
    pub fn text(&self, text: &str) -> Result<Timestamp, TimeError> {
        match (&self.format, &self.zone) {
            (None, None) => Timestamp::parse(text, self.unit),
            (None, Some(zone)) => Timestamp::parse_in(text, self.unit, |local| zone.moment(local)),
            (Some(format), _) => self.by_format(format, text),
        }
    }

    /// The time of a whole number.
    #[inline]
    pub fn integer(&self, whole: i128) -> Result<Timestamp, TimeError> {
        match &self.format {
            None => {
                let whole = i64::try_from(whole).map_err(|_| TimeError::OutOfRange)?;
                Timestamp::from_integer(whole, self.unit)
            }
            Some(format) => self.by_format(format, &format.text_of(0, whole)),
        }
    }

    /// The time of a number that is not whole.
    pub fn number(&self, number: f64) -> Result<Timestamp, TimeError> {
        match &self.format {
            None => Timestamp::from_number(number, self.unit),
            Some(format) => self.by_format(format, &number.to_string()),
        }
    }

    #[cold]
    fn by_format(&self, format: &TimeFormat, text: &str) -> Result<Timestamp, TimeError> {
        let (local, offset) = format.read(text)?;
        let local = as_utc(local);
        let ahead = offset.map(|offset| Millis(i64::from(offset.local_minus_utc()) * 1000));
        match ahead.map(LocalZone::Ahead).or(self.zone) {
            Some(zone) => zone.moment(local),
            None => local,
        }
        .believable()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_without_a_zone_is_of_the_one_that_is_said() {
        let rules = |zone: &str, format: Option<&str>| TimeRules {
            zone: LocalZone::of_offset(zone).or(Zone::named(zone).map(LocalZone::Named)),
            format: format.map(|pattern| TimeFormat::new(pattern).unwrap()),
            ..TimeRules::default()
        };
        for (zone, format, text, utc) in [
            ("Europe/Berlin", None, "2024-06-10 06:29", "2024-06-10T04:29:00Z"),
            ("Europe/Berlin", None, "2024-01-10", "2024-01-09T23:00:00Z"),
            ("Europe/Berlin", None, "2024-06-10T06:29:00Z", "2024-06-10T06:29:00Z"),
            ("Europe/Berlin", None, "2024-06-10 06:29:00 UTC", "2024-06-10T06:29:00Z"),
            ("Europe/Berlin", None, "2024-06-10T06:29:00+05:00", "2024-06-10T01:29:00Z"),
            ("Europe/Berlin", None, "1718000963", "2024-06-10T06:29:23Z"),
            // Shown twice, and left out.
            ("Europe/Berlin", None, "2024-10-27T02:30:00", "2024-10-27T00:30:00Z"),
            ("Europe/Berlin", None, "2024-03-31T02:30:00", "2024-03-31T01:30:00Z"),
            ("+02:00", None, "2024-01-10T01:00:00", "2024-01-09T23:00:00Z"),
            ("-0730", Some("%Y%m%d%H"), "2024011001", "2024-01-10T08:30:00Z"),
            (
                "Europe/Berlin",
                Some("%d/%m/%Y %H:%M %z"),
                "10/06/2024 06:00 +0100",
                "2024-06-10T05:00:00Z",
            ),
            ("Europe/Berlin", Some("%s"), "1718000963", "2024-06-10T06:29:23Z"),
        ] {
            let want = Timestamp::parse(utc, None);
            assert_eq!(rules(zone, format).text(text), want, "{zone}: {text}");
        }
        assert_eq!(LocalZone::of_offset("+02:00").unwrap().to_string(), "+02:00");
        assert_eq!(LocalZone::of_offset("Berlin"), None);
    }
}
