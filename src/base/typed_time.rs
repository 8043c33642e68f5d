//! Moments as people type them: in all forms of event logs, and in shorter ones that are completed
//! from a known moment: `14:05`, `03-02`, `+30s`.

use chrono::{DateTime, NaiveTime, Utc};

use super::time::{self, TimeError};
use super::{Buckets, Millis, Timestamp};

/// Examples of what can be typed, with and without a known moment.
const RELATIVE: &str = "09:00, +9h, 2026-03-02T09:00";
const ABSOLUTE: &str = "2026-03-02, 2026-03-02T09:00, 1772442000";

/// Parses a moment. Times of day are on the day of `now`, days without a year in its year; `+` and
/// `-` are relative to it. `Err` is a message with examples.
pub fn moment(text: &str, now: Option<Timestamp>) -> Result<Timestamp, String> {
    let text = text.trim();
    let examples = if now.is_some() { RELATIVE } else { ABSOLUTE };
    if text.is_empty() {
        return Err(format!("type a time: {examples}"));
    }
    let from = || now.ok_or_else(|| format!("{text} needs a day. Try {ABSOLUTE}"));
    for (sign, direction) in [("+", 1), ("-", -1)] {
        if let Some(span) = text.strip_prefix(sign) {
            let span = span.trim();
            let span: Millis = span.parse().map_err(|error| {
                format!("{span} is not a duration: {error}. Try 30s, 5m, 1h30m, 7d")
            })?;
            let moment = from()?.plus(Millis(span.0.saturating_mul(direction)));
            return moment.believable().map_err(|error| format!("the time {text} {error}"));
        }
    }
    if let Some(Clock { since_midnight, zone }) = Clock::parse(text) {
        let local = from()?.plus(zone);
        let days = Buckets::of(Millis::DAY);
        let midnight = Timestamp(days.start(days.number(local.0)));
        return Ok(midnight.plus(since_midnight).plus(Millis(-zone.0)));
    }
    let dated = match text.as_bytes() {
        // The form of the header and the timeline; the year is that of the known moment.
        [_, _, b'-', _, _, rest @ ..]
            if !rest.first().is_some_and(u8::is_ascii_alphanumeric)
                || rest.first() == Some(&b'T') =>
        {
            format!("{}-{text}", from()?.format("%Y"))
        }
        _ => text.to_owned(),
    };
    let error = match Timestamp::parse(&dated, None) {
        Ok(moment) => return Ok(moment),
        Err(error) => error,
    };
    date_and_clock(&dated).ok_or_else(|| match error {
        TimeError::OutOfRange => format!("the time {text} {error}"),
        TimeError::Date => {
            let written = time::date_in_digits(text).unwrap_or_default();
            format!("the time {text} {error}; separate its parts: {written}")
        }
        TimeError::Unreadable => format!("not a time: {text}. Try {examples}"),
    })
}

/// A day and a time of day, which may lack seconds or minutes.
fn date_and_clock(text: &str) -> Option<Timestamp> {
    let (day, clock) = text.split_at_checked(10)?;
    let midnight = Timestamp::parse(day, None).ok()?;
    let Clock { since_midnight, zone } = Clock::parse(clock.strip_prefix(['T', ' '])?)?;
    midnight.plus(since_midnight).plus(Millis(-zone.0)).believable().ok()
}

/// A time of day.
struct Clock {
    since_midnight: Millis,
    /// The offset of its zone from UTC.
    zone: Millis,
}

impl Clock {
    /// Parses `9`, `09:00`, `09:00:30.250`, all with `Z`, `UTC` or an offset such as `+02:00`.
    fn parse(text: &str) -> Option<Self> {
        // `03-02` is a day; an hour alone may only have a positive offset.
        let sign = text.find('+').or_else(|| text.find('-').filter(|at| text[..*at].contains(':')));
        let (clock, zone) = if let Some(at) = sign {
            (&text[..at], offset(&text[at..])?)
        } else {
            let bare = text.strip_suffix('Z').or_else(|| text.strip_suffix("UTC"));
            (bare.unwrap_or(text), Millis(0))
        };
        let clock = clock.trim_end();
        let is_hour = (1..=2).contains(&clock.len()) && clock.bytes().all(|b| b.is_ascii_digit());
        let clock = if is_hour { format!("{clock}:00") } else { clock.to_owned() };
        let time = ["%H:%M", "%H:%M:%S%.f"]
            .iter()
            .find_map(|format| NaiveTime::parse_from_str(&clock, format).ok())?;
        let since_midnight = Millis((time - NaiveTime::MIN).num_milliseconds());
        Some(Self { since_midnight, zone })
    }
}

/// The offset from UTC: `+02:00`, `-0530`, `+2`.
fn offset(text: &str) -> Option<Millis> {
    let (sign, digits) = text.split_at(1);
    let digits = match digits.len() {
        1 => format!("0{digits}:00"),
        2 => format!("{digits}:00"),
        _ => digits.to_owned(),
    };
    let example = format!("2000-01-01T00:00:00{sign}{digits}");
    let read = DateTime::parse_from_str(&example, "%Y-%m-%dT%H:%M:%S%#z").ok()?;
    let utc = read.with_timezone(&Utc).naive_utc();
    Some(Millis((read.naive_local() - utc).num_milliseconds()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_people_type() {
        let now = Timestamp::parse("2026-03-02T14:03:27.418Z", None).unwrap();
        for (text, want) in [
            ("14:05", "2026-03-02T14:05:00.000Z"),
            ("9", "2026-03-02T09:00:00.000Z"),
            ("09:00Z", "2026-03-02T09:00:00.000Z"),
            ("09:00+02:00", "2026-03-02T07:00:00.000Z"),
            ("23:30-0700", "2026-03-03T06:30:00.000Z"),
            (" 00:00:01.5 ", "2026-03-02T00:00:01.500Z"),
            ("+30s", "2026-03-02T14:03:57.418Z"),
            ("+9h", "2026-03-02T23:03:27.418Z"),
            ("-1h30m", "2026-03-02T12:33:27.418Z"),
            ("2026-03-01", "2026-03-01T00:00:00.000Z"),
            ("2026-03-01T08", "2026-03-01T08:00:00.000Z"),
            ("2026-03-01T08:00", "2026-03-01T08:00:00.000Z"),
            ("2026-03-01 08:00Z", "2026-03-01T08:00:00.000Z"),
            ("2026-03-01T08:00+02:00", "2026-03-01T06:00:00.000Z"),
            ("2026-03-01 08:00:00.25 UTC", "2026-03-01T08:00:00.250Z"),
            ("2026-03-01T08:00:00-05:30", "2026-03-01T13:30:00.000Z"),
            ("1772355600", "2026-03-01T09:00:00.000Z"),
            ("1772355600250", "2026-03-01T09:00:00.250Z"),
            ("03-01", "2026-03-01T00:00:00.000Z"),
            ("03-01 08:00", "2026-03-01T08:00:00.000Z"),
            ("03-01T08:00:30Z", "2026-03-01T08:00:30.000Z"),
        ] {
            let read = moment(text, Some(now)).map(|t| t.to_string());
            assert_eq!(read, Ok(want.to_owned()), "{text}");
            if text.starts_with("20") || text.starts_with("177") {
                assert_eq!(moment(text, None).map(|t| t.to_string()), Ok(want.to_owned()));
            }
        }
    }

    #[test]
    fn a_time_with_an_offset_is_of_the_day_there() {
        let now = Timestamp::parse("2026-03-02T23:30:00Z", None).unwrap();
        let read = moment("00:15+02:00", Some(now)).unwrap();
        assert_eq!(read.to_string(), "2026-03-02T22:15:00.000Z");
    }

    #[test]
    fn says_what_can_be_typed() {
        let now = Some(Timestamp(1_772_442_000_000));
        let wrong = |text, now| moment(text, now).unwrap_err();
        assert_eq!(wrong("9h", now), "not a time: 9h. Try 09:00, +9h, 2026-03-02T09:00");
        assert!(wrong("9h", None).contains("1772442000"));
        assert!(wrong("", now).contains("09:00"));
        for (text, why) in [
            ("+5", "5 is not a duration: a number without a unit. "),
            ("- 5 parsecs", "5 parsecs is not a duration: unknown unit \"parsecs\". "),
            ("+5€", "5€ is not a duration: unknown unit \"€\". "),
        ] {
            assert_eq!(wrong(text, now), format!("{why}Try 30s, 5m, 1h30m, 7d"));
        }
        for (text, written) in [("20240610", "2024-06-10"), ("2024061006", "2024-06-10T06:00Z")] {
            let said = wrong(text, None);
            assert!(said.ends_with(&format!("separate its parts: {written}")), "{said}");
        }
        for text in ["14:05", "+5m", "03-02"] {
            assert!(wrong(text, None).contains("2026-03-02T09:00"), "{text}");
        }
        for text in ["13-01", "25:00", "noon", "2026-13-01", "09:00+99:00", "2026-03-01Tx", "09:0é"]
        {
            assert!(wrong(text, now).contains(&format!("not a time: {text}")), "{text}");
        }
        for text in ["2150-01-01", "+99999999d", "-60000d"] {
            assert!(wrong(text, now).contains("1971–2099"), "{text}");
        }
    }
}
