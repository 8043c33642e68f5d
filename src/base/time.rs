//! Event time in milliseconds since the epoch, UTC, and its forms in event logs: texts and numbers.

use std::fmt;

use chrono::{DateTime, NaiveDate, NaiveDateTime, SecondsFormat, Utc};

use super::duration::Millis;

/// A moment of event time: milliseconds since 1970-01-01T00:00Z.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(pub i64);

/// The unit of a numeric time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TimeUnit {
    /// Seconds.
    Seconds,
    /// Milliseconds.
    Millis,
    /// Microseconds.
    Micros,
    /// Nanoseconds.
    Nanos,
}

/// The reason why something is not a time, as in "the time …".
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TimeError {
    /// Neither ISO 8601 nor digits.
    #[error("is neither ISO 8601 nor a number")]
    Unreadable,
    /// Outside the years accepted in event logs.
    #[error("is outside 1971–2099")]
    OutOfRange,
    /// A number whose digits are a date, without a given unit: `20141021`, `2014102103`,
    /// `14102103`.
    #[error("is a date written as a number")]
    Date,
}

/// Numbers that may be a date with an hour or minute and would be accepted as times: seconds of
/// 2032 to 2036 and milliseconds of 1976. Others are too small or too large.
const DATES: std::ops::RangeInclusive<i64> = 1_971_010_100..=209_912_312_359;

/// 1971-01-01 and 2100-01-01: the first accepted moment, and the first behind them.
const EARLIEST: i64 = 31_536_000_000;
const LATEST: i64 = 4_102_444_800_000;

impl TimeUnit {
    /// The unit inferred from a number's size: below 1e11 seconds, below 1e14 milliseconds, below
    /// 1e17 microseconds, else nanoseconds.
    #[must_use]
    pub fn of(number: f64) -> Self {
        match number.abs() {
            size if size < 1e11 => Self::Seconds,
            size if size < 1e14 => Self::Millis,
            size if size < 1e17 => Self::Micros,
            _ => Self::Nanos,
        }
    }

    /// The same for a whole number, which is not converted to a float: just below a bound the float
    /// would be the bound.
    #[must_use]
    pub const fn of_whole(number: i128) -> Self {
        let size = number.unsigned_abs();
        if size <= u64::MAX as u128 { Self::of_size(size as u64) } else { Self::Nanos }
    }

    const fn of_size(size: u64) -> Self {
        match size {
            0..100_000_000_000 => Self::Seconds,
            100_000_000_000..100_000_000_000_000 => Self::Millis,
            100_000_000_000_000..100_000_000_000_000_000 => Self::Micros,
            _ => Self::Nanos,
        }
    }

    /// The same for a text; `None` if it is not a number.
    #[must_use]
    pub fn of_text(text: &str) -> Option<Self> {
        let text = text.trim();
        let whole = text.parse().ok().map(Self::of_whole);
        whole.or_else(|| text.parse().ok().map(Self::of))
    }

    /// The unit's name in the config.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Seconds => "s",
            Self::Millis => "ms",
            Self::Micros => "us",
            Self::Nanos => "ns",
        }
    }
}

impl Timestamp {
    /// The time of a number in `unit`, or else in the unit inferred from its size. Fractions of a
    /// millisecond are rounded down.
    pub fn from_number(number: f64, unit: Option<TimeUnit>) -> Result<Self, TimeError> {
        if !number.is_finite() {
            return Err(TimeError::Unreadable);
        }
        let millis = match unit.unwrap_or_else(|| TimeUnit::of(number)) {
            TimeUnit::Seconds => number * 1e3,
            TimeUnit::Millis => number,
            TimeUnit::Micros => number / 1e3,
            TimeUnit::Nanos => number / 1e6,
        };
        Self(millis.floor() as i64).believable()
    }

    /// The time of a whole number, exactly.
    ///
    /// Without a unit, the digits of a date are an error: `20141021`, also with hour, minute and
    /// second.
    pub fn from_integer(number: i64, unit: Option<TimeUnit>) -> Result<Self, TimeError> {
        let time = Self::counted(number, unit);
        let is_suspect = unit.is_none() && (time.is_err() || DATES.contains(&number));
        if is_suspect && is_date(number) { Err(TimeError::Date) } else { time }
    }

    fn counted(number: i64, unit: Option<TimeUnit>) -> Result<Self, TimeError> {
        let millis = match unit.unwrap_or_else(|| TimeUnit::of_size(number.unsigned_abs())) {
            TimeUnit::Seconds => number.checked_mul(1000).ok_or(TimeError::OutOfRange)?,
            TimeUnit::Millis => number,
            TimeUnit::Micros => number.div_euclid(1000),
            TimeUnit::Nanos => number.div_euclid(1_000_000),
        };
        Self(millis).believable()
    }

    /// Parses ISO 8601 / RFC 3339 text (a missing zone is UTC), a date alone, or digits.
    pub fn parse(text: &str, unit: Option<TimeUnit>) -> Result<Self, TimeError> {
        Self::parse_in(text, unit, |local| local)
    }

    /// Parses like [`parse`](Self::parse); `of_local` makes the moment of a time without a zone,
    /// which it gets as the moment at which clocks of UTC show it.
    pub fn parse_in(
        text: &str,
        unit: Option<TimeUnit>,
        of_local: impl Fn(Self) -> Self,
    ) -> Result<Self, TimeError> {
        let text = text.trim();
        if let Some((time, is_local)) = common(text.as_bytes()) {
            return if is_local { of_local(time) } else { time }.believable();
        }
        if let Ok(number) = text.parse::<i64>() {
            return Self::from_integer(number, unit);
        }
        if let Ok(zoned) = DateTime::parse_from_rfc3339(text) {
            return Self(zoned.timestamp_millis()).believable();
        }
        for format in ["%Y-%m-%dT%H:%M:%S%.f%#z", "%Y-%m-%d %H:%M:%S%.f%#z"] {
            if let Ok(zoned) = DateTime::parse_from_str(text, format) {
                return Self(zoned.timestamp_millis()).believable();
            }
        }
        let bare = text.strip_suffix('Z').or_else(|| text.strip_suffix(" UTC")).unwrap_or(text);
        let moment = |naive: NaiveDateTime| {
            let time = Self(naive.and_utc().timestamp_millis());
            if bare.len() == text.len() { of_local(time) } else { time }.believable()
        };
        for format in
            ["%Y-%m-%dT%H:%M:%S%.f", "%Y-%m-%d %H:%M:%S%.f", "%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M"]
        {
            if let Ok(naive) = NaiveDateTime::parse_from_str(bare, format) {
                return moment(naive);
            }
        }
        if let Ok(date) = NaiveDate::parse_from_str(bare, "%Y-%m-%d") {
            let midnight = date.and_hms_opt(0, 0, 0).ok_or(TimeError::Unreadable)?;
            return moment(midnight);
        }
        match text.parse::<f64>() {
            Ok(number) => Self::from_number(number, unit),
            Err(_) => Err(TimeError::Unreadable),
        }
    }

    /// The time itself, if it is in the years accepted in event logs.
    pub const fn believable(self) -> Result<Self, TimeError> {
        if self.0 >= EARLIEST && self.0 < LATEST { Ok(self) } else { Err(TimeError::OutOfRange) }
    }

    /// True if it is on the same day as another moment, in UTC.
    #[must_use]
    pub const fn is_on_day_of(self, other: Self) -> bool {
        self.0.div_euclid(Millis::DAY.0) == other.0.div_euclid(Millis::DAY.0)
    }

    /// The moment `span` later.
    #[must_use]
    pub const fn plus(self, span: Millis) -> Self {
        Self(self.0.saturating_add(span.0))
    }

    /// The span from `earlier` to this moment; negative when `earlier` is later.
    #[must_use]
    pub const fn since(self, earlier: Self) -> Millis {
        Millis(self.0.saturating_sub(earlier.0))
    }

    /// The moment in a format of chrono's `strftime`; in ISO 8601 if it is out of range.
    #[must_use]
    pub fn format(self, pattern: &str) -> String {
        match DateTime::<Utc>::from_timestamp_millis(self.0) {
            Some(moment) => moment.format(pattern).to_string(),
            None => format!("{}ms", self.0),
        }
    }
}

/// True if digits are a date of 1971 to 2099, alone or with an hour, minute, second and
/// milliseconds. The year may have two digits if the date is alone or with an hour.
fn is_date(number: i64) -> bool {
    date_of(number).is_some()
}

/// The date at the start of digits; see [`is_date`].
fn date_of(number: i64) -> Option<NaiveDate> {
    match number {
        100_101..=991_231 => short_date(number),
        10_000_000..=99_999_999 => {
            full_date(number).or_else(|| short_date(time_before(number, &[24])))
        }
        1_000_000_000..=9_999_999_999 => full_date(time_before(number, &[24])),
        100_000_000_000..=999_999_999_999 => full_date(time_before(number, &[60, 24])),
        10_000_000_000_000..=99_999_999_999_999 => full_date(time_before(number, &[60, 60, 24])),
        10_000_000_000_000_000..=99_999_999_999_999_999 => {
            full_date(time_before(number / 1000, &[60, 60, 24]))
        }
        _ => None,
    }
}

/// The date of 1971 to 2099 in eight digits.
fn full_date(digits: i64) -> Option<NaiveDate> {
    let (year, month, day) = (digits / 10_000, digits / 100 % 100, digits % 100);
    let of = |part: i64| u32::try_from(part).unwrap_or(0);
    let year = i32::try_from(year).ok().filter(|year| (1971..2100).contains(year))?;
    NaiveDate::from_ymd_opt(year, of(month), of(day))
}

/// The date of 1971 to 2070 in six digits.
fn short_date(digits: i64) -> Option<NaiveDate> {
    let century = if digits > 710_000 { 19_000_000 } else { 20_000_000 };
    full_date(century + digits)
}

/// The format of a date in digits, in the words of `strftime`: `%Y%m%d` for `20141021`.
#[must_use]
pub fn format_of_digits(text: &str) -> Option<&'static str> {
    let text = text.trim();
    let number = text.parse().ok()?;
    date_of(number)?;
    Some(match text.len() {
        6 => "%y%m%d",
        8 if full_date(number).is_none() => "%y%m%d%H",
        8 => "%Y%m%d",
        10 => "%Y%m%d%H",
        12 => "%Y%m%d%H%M",
        14 => "%Y%m%d%H%M%S",
        _ => "%Y%m%d%H%M%S%3f",
    })
}

/// The date and time in digits without separators, in ISO 8601: `2014-10-21` for `20141021` and
/// `141021`, `2014-10-21T03:00Z` for `2014102103` and `14102103`.
#[must_use]
pub fn date_in_digits(text: &str) -> Option<String> {
    let text = text.trim();
    let number = text.parse().ok()?;
    let date = date_of(number)?.to_string();
    let clock = match text.len() {
        8 if full_date(number).is_none() => text.get(6..)?,
        length => text.get(8.min(length)..)?,
    };
    let parts = [clock.get(..2), clock.get(2..4), clock.get(4..6), clock.get(6..9)];
    Some(match parts {
        [None, ..] => date,
        [Some(hour), None, ..] => format!("{date}T{hour}:00Z"),
        [Some(hour), Some(minute), None, _] => format!("{date}T{hour}:{minute}Z"),
        [Some(hour), Some(minute), Some(second), None] => {
            format!("{date}T{hour}:{minute}:{second}Z")
        }
        [Some(hour), Some(minute), Some(second), Some(millis)] => {
            format!("{date}T{hour}:{minute}:{second}.{millis}Z")
        }
    })
}

/// The date before a time of day whose parts, from the last to the first, are below these bounds; 0
/// if they are not.
fn time_before(number: i64, bounds: &[i64]) -> i64 {
    bounds.iter().fold(number, |rest, bound| if rest % 100 < *bound { rest / 100 } else { 0 })
}

/// The time in the most common forms, `2024-06-10T06:29:23.494Z` and `2024-06-10 06:29:23`: with up to
/// nine digits of a fraction or none; true if it names no zone. `None` for other forms, which are
/// parsed elsewhere.
fn common(text: &[u8]) -> Option<(Timestamp, bool)> {
    let (date, rest) = text.split_first_chunk::<10>()?;
    let (time, behind) = rest.split_first_chunk::<9>()?;
    let number = |digits: &[u8]| {
        digits.iter().try_fold(0, |sum, digit| {
            digit.is_ascii_digit().then(|| sum * 10 + i64::from(digit - b'0'))
        })
    };
    let [y0, y1, y2, y3, b'-', m0, m1, b'-', d0, d1] = *date else { return None };
    let [b'T' | b' ', h0, h1, b':', n0, n1, b':', s0, s1] = *time else { return None };
    let year = number(&[y0, y1, y2, y3])?;
    let (month, day) = (number(&[m0, m1])?, number(&[d0, d1])?);
    let (hour, minute, second) = (number(&[h0, h1])?, number(&[n0, n1])?, number(&[s0, s1])?);
    let utc = behind.strip_suffix(b"Z");
    let nanos = match utc.unwrap_or(behind) {
        [] => 0,
        [b'.', digits @ ..] if (1..=9).contains(&digits.len()) => {
            number(digits)? * 10_i64.pow(9 - digits.len() as u32)
        }
        _ => return None,
    };
    let is_leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let days = match month {
        2 => 28 + i64::from(is_leap),
        4 | 6 | 9 | 11 => 30,
        1..=12 => 31,
        _ => return None,
    };
    if day < 1 || day > days || hour > 23 || minute > 59 || second > 59 {
        return None;
    }
    // A year that starts in March ends with the leap day.
    let (year, month) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    let leaps = year.div_euclid(4) - year.div_euclid(100) + year.div_euclid(400);
    // The days from the first of March of year 0 to the epoch.
    let days = 365 * year + leaps + (153 * month + 2) / 5 + day - 1 - 719_468;
    let seconds = ((days * 24 + hour) * 60 + minute) * 60 + second;
    Some((Timestamp(seconds * 1000 + nanos / 1_000_000), utc.is_none()))
}

/// RFC 3339 with milliseconds: `2026-03-02T14:03:27.418Z`.
impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match DateTime::<Utc>::from_timestamp_millis(self.0) {
            Some(moment) => f.write_str(&moment.to_rfc3339_opts(SecondsFormat::Millis, true)),
            None => write!(f, "{}ms", self.0),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::time_format::TimeFormat;
    use super::*;

    #[test]
    fn reads_every_way_of_writing_a_time() {
        let want = Timestamp(1_718_000_963_494);
        for text in [
            "2024-06-10T06:29:23.494Z",
            "2024-06-10T06:29:23.494",
            "2024-06-10 06:29:23.494",
            "2024-06-10T08:29:23.494+02:00",
            "2024-06-10 08:29:23.494+0200",
            "1718000963494",
            "1718000963494000",
            "1718000963.494",
        ] {
            assert_eq!(Timestamp::parse(text, None), Ok(want), "{text}");
        }
        assert_eq!(Timestamp::parse("1718000963", None), Ok(Timestamp(1_718_000_963_000)));
        assert_eq!(Timestamp::parse("2024-06-10", None), Ok(Timestamp(1_717_977_600_000)));
        assert_eq!(want.to_string(), "2024-06-10T06:29:23.494Z");
    }

    #[test]
    fn the_common_form_is_read_as_any_other() {
        let by_chrono = |text: &str| {
            if let Ok(time) = DateTime::parse_from_rfc3339(text) {
                return Some((Timestamp(time.timestamp_millis()), false));
            }
            let formats = ["%Y-%m-%dT%H:%M:%S%.f", "%Y-%m-%d %H:%M:%S%.f"];
            let read = |format| NaiveDateTime::parse_from_str(text, format).ok();
            let local = formats.into_iter().find_map(read)?;
            Some((Timestamp(local.and_utc().timestamp_millis()), true))
        };
        let day = |n: i64| NaiveDate::default() + chrono::Days::new(n as u64);
        for n in (0..50_000).step_by(7).chain(10_950..11_100) {
            for (between, end) in [("T", "Z"), (" ", ""), ("T", ""), (" ", "Z")] {
                let (day, hour, millis) = (day(n), n % 24, n % 1000);
                let text = format!("{day}{between}{hour:02}:07:59.{millis:03}{end}");
                assert_eq!(common(text.as_bytes()), by_chrono(&text), "{text}");
                assert!(common(text.as_bytes()).is_some(), "{text}");
            }
        }
        for text in [
            "0000-01-01T00:00:00Z",
            "9999-12-31T23:59:59.999999999Z",
            "2024-02-29T00:00:00.5Z",
            "2023-02-29T00:00:00Z",
            "1900-02-29T00:00:00Z",
            "2000-02-29T00:00:00Z",
            "2024-13-01T00:00:00Z",
            "2024-00-01T00:00:00Z",
            "2024-04-31T00:00:00Z",
            "2024-06-00T00:00:00Z",
            "2024-06-10T24:00:00Z",
            "2024-06-10T23:60:00Z",
            "2024-06-10T23:59:60Z",
            "2024-06-10T23:59:59.Z",
            "2024-06-10T23:59:59.0000000001Z",
            "2024-06-10T23:59:59",
            "2024-06-10 23:59:59.",
            "2024-06-10 23:59:60",
            "2024-06-10  23:59:59",
            "2024-06-10T23:59:59+02:00",
            "2024-06-1xT23:59:59Z",
        ] {
            let common = common(text.as_bytes());
            assert!(common.is_none() || common == by_chrono(text), "{text}");
        }
    }

    #[test]
    fn rejects_what_no_event_means() {
        assert_eq!(Timestamp::parse("yesterday", None), Err(TimeError::Unreadable));
        assert_eq!(Timestamp::parse("0", None), Err(TimeError::OutOfRange));
        assert_eq!(Timestamp::parse("2150-01-01T00:00:00Z", None), Err(TimeError::OutOfRange));
        assert_eq!(Timestamp::from_number(f64::NAN, None), Err(TimeError::Unreadable));
    }

    #[test]
    fn the_unit_changes_exactly_at_its_bounds() {
        use TimeUnit::{Micros, Millis, Nanos, Seconds};
        for (bound, below, above) in [
            (100_000_000_000, Seconds, Millis),
            (100_000_000_000_000, Millis, Micros),
            (100_000_000_000_000_000, Micros, Nanos),
        ] {
            for (number, want) in [(bound - 1, below), (bound, above), (bound + 1, above)] {
                assert_eq!(TimeUnit::of_whole(number), want, "{number}");
                assert_eq!(TimeUnit::of_whole(-number), want, "{number}");
                assert_eq!(TimeUnit::of_text(&format!(" {number}")), Some(want), "{number}");
                let (written, fixed) = (number as i64, Some(want));
                let time = Timestamp::from_integer(written, fixed);
                assert_eq!(Timestamp::from_integer(written, None), time, "{number}");
                assert_eq!(Timestamp::parse(&number.to_string(), None), time, "{number}");
            }
            assert_eq!(TimeUnit::of(bound as f64), above);
        }
        assert_eq!(TimeUnit::of_text("99999999999.5"), Some(Seconds));
        assert_eq!(TimeUnit::of_text("2024-06-10"), None);
    }

    #[test]
    fn a_date_in_digits_is_no_number_of_seconds() {
        for date in [
            "20141021",
            "2014102100",
            "2014102123",
            "201410212359",
            "20141021235959",
            "20141021235959999",
            "2024022912",
            "14102103",
            "20101123",
            "991231",
            "141021",
        ] {
            assert_eq!(Timestamp::parse(date, None), Err(TimeError::Date), "{date}");
            let written = date_in_digits(date).unwrap();
            let day = written.get(..10).unwrap();
            assert!(Timestamp::parse(day, None).is_ok(), "{written}");
        }
        for (digits, written) in [
            ("20141021", "2014-10-21"),
            ("141021", "2014-10-21"),
            ("991231", "1999-12-31"),
            ("14102103", "2014-10-21T03:00Z"),
            ("2014102103", "2014-10-21T03:00Z"),
            ("201410210359", "2014-10-21T03:59Z"),
            ("20141021035958", "2014-10-21T03:59:58Z"),
            ("20141021035958123", "2014-10-21T03:59:58.123Z"),
        ] {
            assert_eq!(date_in_digits(digits).as_deref(), Some(written), "{digits}");
            let format = TimeFormat::new(format_of_digits(digits).unwrap()).unwrap();
            let (local, _) = format.read(digits).unwrap();
            let read = Timestamp(local.and_utc().timestamp_millis());
            assert_eq!(Ok(read), Timestamp::parse(written, None), "{digits}");
        }
        for digits in ["14102124", "141321", "140230", "1718000000", "click"] {
            assert_eq!(date_in_digits(digits), None, "{digits}");
        }
        // Seconds of our days, and digits that are no date.
        for (number, millis) in [
            ("1234567890", 1_234_567_890_000),
            ("1718000000", 1_718_000_000_000),
            ("1970123123", 1_970_123_123_000),
            ("2014102124", 2_014_102_124_000),
            ("2014130100", 2_014_130_100_000),
            ("2023022900", 2_023_022_900_000),
            ("201410212360", 201_410_212_360),
            ("1718000000000", 1_718_000_000_000),
        ] {
            assert_eq!(Timestamp::parse(number, None), Ok(Timestamp(millis)), "{number}");
        }
        let seconds = Timestamp::parse("2014102100", Some(TimeUnit::Seconds));
        assert_eq!(seconds, Ok(Timestamp(2_014_102_100_000)));
        // Hours and months out of range.
        assert_eq!(Timestamp::parse("14102124", None), Err(TimeError::OutOfRange));
        assert_eq!(Timestamp::parse("141321", None), Err(TimeError::OutOfRange));
    }

    #[test]
    fn a_fixed_unit_wins_over_size() {
        assert_eq!(
            Timestamp::parse("99999999999", Some(TimeUnit::Millis)),
            Ok(Timestamp(99_999_999_999))
        );
    }
}
