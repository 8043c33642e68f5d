//! Durations of event time in milliseconds, and their text form.

use std::fmt;
use std::str::FromStr;

/// A span of event time in milliseconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Millis(pub i64);

/// The units of the text form, largest first, with their lengths in milliseconds.
pub const UNITS: [(&str, i64); 6] = [
    ("w", 7 * 86_400_000),
    ("d", 86_400_000),
    ("h", 3_600_000),
    ("m", 60_000),
    ("s", 1_000),
    ("ms", 1),
];

impl Millis {
    /// The empty duration.
    pub const ZERO: Self = Self(0);
    /// A day of 24 hours.
    pub const DAY: Self = Self(86_400_000);

    /// True if it is longer than zero.
    #[must_use]
    pub const fn is_positive(self) -> bool {
        self.0 > 0
    }

    /// A span in its one or two largest units, in at most seven characters for spans under a
    /// thousand days: `118ms`, `1.2s`, `43m`, `4m12s`, `89d23h`.
    #[must_use]
    pub fn brief(self) -> String {
        const UNITS: [(&str, u64); 4] =
            [("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1_000)];
        let sign = if self.0 < 0 { "-" } else { "" };
        let millis = self.0.unsigned_abs();
        if millis < 1_000 {
            return format!("{sign}{millis}ms");
        }
        if millis < 10_000 && !millis.is_multiple_of(1_000) {
            return format!("{sign}{}.{}s", millis / 1_000, millis % 1_000 / 100);
        }
        let at = UNITS.iter().position(|(_, length)| millis >= *length).unwrap_or(UNITS.len() - 1);
        let (unit, length) = UNITS[at];
        let (whole, rest) = (millis / length, millis % length);
        match UNITS.get(at + 1) {
            Some((minor, length)) if rest >= *length && whole < 100 => {
                format!("{sign}{whole}{unit}{}{minor}", rest / length)
            }
            _ => format!("{sign}{whole}{unit}"),
        }
    }
}

/// The reason why a text is not a duration, as in "`x` is not a duration: …".
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DurationError {
    /// The text is empty.
    #[error("empty")]
    Empty,
    /// A number without a unit.
    #[error("a number without a unit")]
    NoUnit,
    /// An unknown unit.
    #[error("unknown unit {0:?}")]
    UnknownUnit(String),
    /// A text in place of a number.
    #[error("a number must come first")]
    NoNumber,
    /// Longer than `i64` milliseconds.
    #[error("too long")]
    TooLong,
}

/// Parses `500ms`, `60s`, `10m`, `24h`, `7d`, `2w` and compounds such as `1h30m`.
impl FromStr for Millis {
    type Err = DurationError;

    fn from_str(text: &str) -> Result<Self, DurationError> {
        let mut rest = text.trim();
        if rest.is_empty() {
            return Err(DurationError::Empty);
        }
        let mut total: i64 = 0;
        while !rest.is_empty() {
            let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
            let (number, tail) = rest.split_at(digits);
            if number.is_empty() {
                return Err(DurationError::NoNumber);
            }
            let letters = tail.bytes().take_while(u8::is_ascii_alphabetic).count();
            let (unit, tail) = tail.split_at(letters);
            if unit.is_empty() {
                let sign = tail.split_whitespace().next().map(str::to_owned);
                return Err(sign.map_or(DurationError::NoUnit, DurationError::UnknownUnit));
            }
            let known = UNITS.iter().find(|(name, _)| *name == unit);
            let (_, length) = known.ok_or_else(|| DurationError::UnknownUnit(unit.to_owned()))?;
            let number: i64 = number.parse().map_err(|_| DurationError::TooLong)?;
            total = number
                .checked_mul(*length)
                .and_then(|part| total.checked_add(part))
                .ok_or(DurationError::TooLong)?;
            rest = tail;
        }
        Ok(Self(total))
    }
}

/// The shortest exact form: ninety minutes as `1h30m`, seven days as `7d`, zero as `0s`.
impl fmt::Display for Millis {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0 == 0 {
            return f.write_str("0s");
        }
        if self.0 < 0 {
            f.write_str("-")?;
        }
        let mut rest = self.0.unsigned_abs();
        for (name, length) in &UNITS[1..] {
            let length = length.unsigned_abs();
            if rest >= length {
                write!(f, "{}{name}", rest / length)?;
                rest %= length;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_the_language_writes() {
        for (text, millis) in [
            ("500ms", 500),
            ("60s", 60_000),
            ("10m", 600_000),
            ("24h", 86_400_000),
            ("2w", 1_209_600_000),
            ("1h30m", 5_400_000),
            ("0s", 0),
        ] {
            assert_eq!(text.parse(), Ok(Millis(millis)), "{text}");
        }
    }

    #[test]
    fn says_what_is_wrong() {
        assert_eq!("".parse::<Millis>(), Err(DurationError::Empty));
        assert_eq!("10".parse::<Millis>(), Err(DurationError::NoUnit));
        for (text, unit) in
            [("5 parsecs", "parsecs"), ("5y", "y"), ("1h24hours", "hours"), ("1.5h", ".5h")]
        {
            let fault = Err(DurationError::UnknownUnit(unit.to_owned()));
            assert_eq!(text.parse::<Millis>(), fault, "{text}");
        }
        assert_eq!("-5m".parse::<Millis>(), Err(DurationError::NoNumber));
        assert_eq!("99999999999999999999d".parse::<Millis>(), Err(DurationError::TooLong));
    }

    #[test]
    fn writes_what_it_reads() {
        for text in ["500ms", "1m", "1h30m", "7d", "14d", "0s"] {
            assert_eq!(text.parse::<Millis>().unwrap().to_string(), text);
        }
    }

    #[test]
    fn spans_say_no_more_than_a_person_wants() {
        for (millis, text) in [
            (0, "0ms"),
            (118, "118ms"),
            (1_250, "1.2s"),
            (5_000, "5s"),
            (43 * 60_000, "43m"),
            (252_000, "4m12s"),
            (89 * 86_400_000 + 23 * 3_600_000 + 59, "89d23h"),
            (400 * 86_400_000 + 23 * 3_600_000, "400d"),
            (-600, "-600ms"),
        ] {
            assert_eq!(Millis(millis).brief(), text);
        }
        assert!(!Millis(i64::MIN).brief().is_empty());
    }
}
