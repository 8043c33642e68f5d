//! The places that a person types: `14:05`, `+30s`, `-5m`, a date, a number. It must not know
//! where the answer goes.

use crate::base::{Millis, Timestamp};

/// The moment that `text` means. Times of day are of the day of `now`, days without a year of its
/// year; `+` and `-` count from it.
/// `Err` says in words what can be typed.
pub fn time(text: &str, now: Option<Timestamp>) -> Result<Timestamp, String> {
    let text = text.trim();
    if text.is_empty() {
        return Err("a time, please: 14:05, +30s, -5m, 2026-03-02T14:05".into());
    }
    let from = || now.ok_or_else(|| "there is no event to count from yet".to_owned());
    if let Some(span) = text.strip_prefix('+') {
        return Ok(from()?.plus(span_of(span)?));
    }
    if let Some(span) = text.strip_prefix('-') {
        return Ok(from()?.plus(Millis(-span_of(span)?.0)));
    }
    if let Some(time_of_day) = time_of_day(text) {
        let midnight = from()?.bucket(Millis::DAY) * Millis::DAY.0;
        return Ok(Timestamp(midnight).plus(time_of_day));
    }
    if is_day_of_year(text) {
        // As the header and the timeline write it: the year is the one of the clock.
        return Timestamp::parse(&format!("{}-{text}", from()?.format("%Y")), None)
            .map_err(|_| format!("`{text}` is no day; try 03-02, 03-02 14:05"));
    }
    Timestamp::parse(text, None)
        .map_err(|_| format!("`{text}` is no time; try 14:05, +30s, -5m, 2026-03-02T14:05"))
}

/// The event number that `text` means; `1,204` and `#1204` are read too.
pub fn event(text: &str) -> Result<usize, String> {
    let digits = text.trim().trim_start_matches('#').replace([',', '_', ' '], "");
    digits.parse().map_err(|_| format!("`{}` is no event number", text.trim()))
}

/// The share of the log that `text` means, 0 to 100.
pub fn percent(text: &str) -> Result<f64, String> {
    let digits = text.trim().trim_end_matches('%').trim_end();
    match digits.parse::<f64>() {
        Ok(share) if (0.0..=100.0).contains(&share) => Ok(share),
        _ => Err(format!("`{}` is no number from 0 to 100", text.trim())),
    }
}

/// `03-02`, or `03-02` with a time behind it.
fn is_day_of_year(text: &str) -> bool {
    let (day, rest) = text.split_at_checked(5).unwrap_or((text, ""));
    let digits = |part: &str| part.len() == 2 && part.bytes().all(|byte| byte.is_ascii_digit());
    day.split_once('-').is_some_and(|(month, day)| digits(month) && digits(day))
        && (rest.is_empty() || rest.starts_with([' ', 'T']))
}

fn span_of(text: &str) -> Result<Millis, String> {
    text.trim().parse().map_err(|error| format!("`{text}` {error}; try 30s, 5m, 1h30m, 7d"))
}

/// `14:05`, `14:05:30` or `14:05:30.250`, since midnight.
fn time_of_day(text: &str) -> Option<Millis> {
    ["%H:%M", "%H:%M:%S%.f"]
        .iter()
        .find_map(|format| chrono::NaiveTime::parse_from_str(text, format).ok())
        .map(|time| Millis((time - chrono::NaiveTime::MIN).num_milliseconds()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_people_type() {
        let now = Timestamp::parse("2026-03-02T14:03:27.418Z", None).unwrap();
        for (text, want) in [
            ("14:05", "2026-03-02T14:05:00.000Z"),
            (" 00:00:01.5 ", "2026-03-02T00:00:01.500Z"),
            ("+30s", "2026-03-02T14:03:57.418Z"),
            ("-1h30m", "2026-03-02T12:33:27.418Z"),
            ("2026-03-01", "2026-03-01T00:00:00.000Z"),
            ("2026-03-01T08:00", "2026-03-01T08:00:00.000Z"),
            ("03-01", "2026-03-01T00:00:00.000Z"),
            ("03-01 08:00", "2026-03-01T08:00:00.000Z"),
        ] {
            assert_eq!(time(text, Some(now)).map(|t| t.to_string()), Ok(want.to_owned()), "{text}");
        }
        assert_eq!(event("#1,204"), Ok(1204));
        assert_eq!(percent("36.7 %"), Ok(36.7));
    }

    #[test]
    fn says_what_can_be_typed() {
        assert!(time("", None).unwrap_err().contains("14:05"));
        assert!(time("+5 parsecs", Some(Timestamp(0))).unwrap_err().contains("unknown unit"));
        assert!(time("14:05", None).unwrap_err().contains("no event"));
        assert!(time("13-01", Some(Timestamp(0))).unwrap_err().contains("no day"));
        assert!(time("noon", Some(Timestamp(0))).unwrap_err().contains("`noon`"));
        assert!(event("-3").is_err());
        assert!(percent("101").is_err() && percent("NaN").is_err());
    }
}
