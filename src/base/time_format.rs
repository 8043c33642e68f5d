//! The format of a log's times in the words of `strftime`: `%Y%m%d%H`, `%d/%b/%Y:%H:%M:%S %z`.

use std::borrow::Cow;
use std::fmt::Write as _;

use chrono::format::{Fixed, Item, Numeric, Pad, Parsed, StrftimeItems, parse};
use chrono::{DateTime, FixedOffset, NaiveDateTime, Utc};

use super::time::{TimeError, Timestamp};

/// The format of a time.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct TimeFormat {
    pattern: String,
    items: Vec<Item<'static>>,
    /// Per part between blanks, the number of its digits if it consists of digits alone, whose
    /// leading zeros a number lacks; otherwise 0.
    digits: Vec<usize>,
}

/// The reason why a pattern is not the format of a time, as in "the format …".
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FormatError {
    /// A word that `strftime` does not have.
    #[error("has `{0}`, which means nothing")]
    Unknown(String),
    /// The abbreviation of a zone, of which several zones can have the same.
    #[error("has `%Z`, and the abbreviation of a zone does not say how far it is from UTC")]
    Abbreviation,
    /// No day.
    #[error("does not say which day it is")]
    NoDay,
    /// An hour of which it is not known in which half of the day it is, or the like.
    #[error("does not say which time of the day it is")]
    NoTimeOfDay,
}

/// 2034-11-22T23:45:56.789Z, which no two parts of have in common: what is written of it must be
/// readable.
const SAMPLE: i64 = 2_047_851_956_789;

impl TimeFormat {
    /// The format that a pattern describes.
    pub fn new(pattern: &str) -> Result<Self, FormatError> {
        let mut items = Vec::new();
        for item in StrftimeItems::new(pattern) {
            match item {
                Item::Error => return Err(FormatError::Unknown(unknown_word(pattern))),
                Item::Fixed(Fixed::TimezoneName) => return Err(FormatError::Abbreviation),
                item => items.push(item.to_owned()),
            }
        }
        let mut format = Self { pattern: pattern.to_owned(), items, digits: Vec::new() };
        let sample = DateTime::<Utc>::from_timestamp_millis(SAMPLE).ok_or(FormatError::NoDay)?;
        let mut written = String::new();
        let items = format.items.iter();
        let _ = write!(written, "{}", sample.fixed_offset().format_with_items(items));
        let parsed = format.parsed(&written).map_err(|_| FormatError::NoDay)?;
        if parsed.timestamp().is_none() {
            parsed.to_naive_date().map_err(|_| FormatError::NoDay)?;
            parsed.to_naive_time().map_err(|_| FormatError::NoTimeOfDay)?;
        }
        let parts = pattern.split_whitespace().map(|part| digits(part, &sample));
        format.digits = parts.collect();
        Ok(format)
    }

    /// The pattern.
    #[must_use]
    pub fn pattern(&self) -> &str {
        &self.pattern
    }

    /// The local time that a text shows, and its offset from UTC if it has one.
    pub fn read(&self, text: &str) -> Result<(NaiveDateTime, Option<FixedOffset>), TimeError> {
        let parsed =
            self.parsed(&self.padded(0, text.trim())).map_err(|_| TimeError::Unreadable)?;
        let offset = parsed.offset();
        let local = parsed.to_naive_datetime_with_offset(offset.unwrap_or(0));
        let local = local.map_err(|_| TimeError::Unreadable)?;
        // Seconds since the epoch are in UTC.
        let offset = offset.or(parsed.timestamp().map(|_| 0));
        Ok((local, offset.and_then(FixedOffset::east_opt)))
    }

    /// The text of a whole number that is the n-th word of a time, with the leading zeros that it
    /// lacks.
    #[must_use]
    pub fn text_of(&self, part: usize, number: i128) -> String {
        let width = self.digits.get(part).copied().unwrap_or(0);
        format!("{number:0width$}")
    }

    /// A text that is the n-th word of a time: if it is all digits, with the leading zeros that it
    /// lacks, as a number would have them.
    #[must_use]
    pub fn padded<'t>(&self, part: usize, text: &'t str) -> Cow<'t, str> {
        let width = self.digits.get(part).copied().unwrap_or(0);
        let is_number = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        if is_number && text.len() < width {
            Cow::Owned(format!("{text:0>width$}"))
        } else {
            Cow::Borrowed(text)
        }
    }

    /// The parts of a time. What is smaller than the parts that the format has is 0, and of a month
    /// alone it is the first day.
    fn parsed(&self, text: &str) -> chrono::ParseResult<Parsed> {
        let mut parsed = Parsed::new();
        parse(&mut parsed, text, self.items.iter())?;
        if parsed.timestamp().is_some() {
            return Ok(parsed);
        }
        if parsed.month().is_some() && parsed.day().is_none() {
            parsed.set_day(1)?;
        }
        if parsed.hour_div_12().is_none() && parsed.hour_mod_12().is_none() {
            parsed.set_hour(0)?;
        }
        if parsed.minute().is_none() {
            parsed.set_minute(0)?;
        }
        Ok(parsed)
    }
}

/// The number of digits that a pattern describes; 0 if it describes anything else.
fn digits(pattern: &str, sample: &DateTime<Utc>) -> usize {
    let is_fixed = |item: Item<'_>| match item {
        Item::Numeric(Numeric::Timestamp | Numeric::Nanosecond, _) => false,
        // A fraction without a point.
        Item::Numeric(_, Pad::Zero) | Item::Fixed(Fixed::Internal(_)) => true,
        _ => false,
    };
    let is_plain = StrftimeItems::new(pattern).all(is_fixed);
    let text = if is_plain { sample.format(pattern).to_string() } else { String::new() };
    if text.bytes().all(|byte| byte.is_ascii_digit()) { text.len() } else { 0 }
}

/// The first word of a pattern that means nothing.
fn unknown_word(pattern: &str) -> String {
    let mut at = 0;
    while let Some(found) = pattern[at..].find('%') {
        at += found;
        let rest = &pattern[at..];
        // A word has at most a sign, a point, a digit and a letter behind the percent sign.
        let ends = rest.char_indices().map(|(end, c)| end + c.len_utf8()).skip(1).take(4);
        let word = ends.map(|end| &rest[..end]).find(|word| is_known(word));
        match word {
            Some(word) => at += word.len(),
            None => return rest.chars().take(2).collect(),
        }
    }
    pattern.to_owned()
}

fn is_known(word: &str) -> bool {
    StrftimeItems::new(word).all(|item| item != Item::Error)
}

/// The pattern that was probably meant by one in the letters of another language: `%Y%m%d%H` for
/// `yyyyMMddHH`.
#[must_use]
pub fn translated(pattern: &str) -> Option<String> {
    let words = [
        ("yyyy", "%Y"),
        ("YYYY", "%Y"),
        ("yy", "%y"),
        ("YY", "%y"),
        ("MMM", "%b"),
        ("MM", "%m"),
        ("dd", "%d"),
        ("DD", "%d"),
        ("HH", "%H"),
        ("hh", "%H"),
        ("mm", "%M"),
        ("ss", "%S"),
        ("SSS", "%3f"),
        ("SS", "%S"),
    ];
    let mut translated = String::new();
    let mut rest = pattern;
    while let Some(c) = rest.chars().next() {
        if let Some((word, by)) = words.iter().find(|(word, _)| rest.starts_with(word)) {
            translated.push_str(by);
            rest = &rest[word.len()..];
        } else {
            translated.push(c);
            rest = &rest[c.len_utf8()..];
        }
    }
    (translated != pattern && TimeFormat::new(&translated).is_ok()).then_some(translated)
}

/// The time at which clocks of UTC show a local time.
pub(super) fn as_utc(local: NaiveDateTime) -> Timestamp {
    Timestamp(local.and_utc().timestamp_millis())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(pattern: &str, text: &str) -> Result<Timestamp, TimeError> {
        let (local, offset) = TimeFormat::new(pattern).unwrap().read(text)?;
        Ok(Timestamp(as_utc(local).0 - offset.map_or(0, |o| i64::from(o.local_minus_utc()) * 1000)))
    }

    #[test]
    fn reads_what_the_pattern_says() {
        for (pattern, text, time) in [
            ("%Y%m%d%H", "2014102103", "2014-10-21T03:00:00Z"),
            ("%y%m%d%H", "14102103", "2014-10-21T03:00:00Z"),
            ("%Y%m%d%H%M", "201410210359", "2014-10-21T03:59:00Z"),
            ("%Y%m%d", " 20141021 ", "2014-10-21T00:00:00Z"),
            ("%Y%m", "201410", "2014-10-01T00:00:00Z"),
            ("%d/%m/%Y %H:%M", "21/10/2014 03:59", "2014-10-21T03:59:00Z"),
            ("%d/%b/%Y:%H:%M:%S %z", "10/Oct/2000:13:55:36 -0700", "2000-10-10T20:55:36Z"),
            ("%m/%d/%Y %I:%M:%S %p", "10/21/2014 3:05:07 PM", "2014-10-21T15:05:07Z"),
            ("%Y-%m-%d %H:%M:%S%.f UTC", "2014-10-21 03:04:05.678 UTC", "2014-10-21T03:04:05.678Z"),
            ("%Y-%j", "2014-294", "2014-10-21T00:00:00Z"),
            ("%a %b %d %H:%M:%S %z %Y", "Tue Oct 21 03:04:05 +0200 2014", "2014-10-21T01:04:05Z"),
            ("%s", "1413860645", "2014-10-21T03:04:05Z"),
        ] {
            let want = Timestamp::parse(time, None);
            assert_eq!(read(pattern, text), want, "{pattern}: {text}");
        }
        for (pattern, text) in [
            ("%Y%m%d%H", "20141021"),
            ("%Y%m%d%H", "2014102199"),
            ("%Y-%m-%d", "2014-02-30"),
            ("%Y-%m-%d", "2014-02-03T00"),
            ("%Y-%m-%d", ""),
        ] {
            assert_eq!(read(pattern, text), Err(TimeError::Unreadable), "{pattern}: {text}");
        }
    }

    #[test]
    fn a_number_gets_the_zeros_that_it_lacks() {
        let format = TimeFormat::new("%y%m%d%H").unwrap();
        assert_eq!(format.text_of(0, 9_102_103), "09102103");
        assert_eq!(TimeFormat::new("%s").unwrap().text_of(0, 7), "7");
        let parts = TimeFormat::new("%Y-%m-%d %H%M").unwrap();
        assert_eq!([0, 1, 2].map(|part| parts.text_of(part, 7)), ["7", "0007", "7"]);
        let texts = ["7", "0007", "12345", "07:30", ""];
        let padded = texts.map(|text| parts.padded(1, text).into_owned());
        assert_eq!(padded, ["0007", "0007", "12345", "07:30", ""]);
        assert_eq!(read("%y%m%d%H", "9102103"), read("%y%m%d%H", "09102103"));
    }

    #[test]
    fn what_is_no_format_is_told() {
        let unknown = |word: &str| FormatError::Unknown(word.to_owned());
        for (pattern, error) in [
            ("%Y-%m-%d %Q", unknown("%Q")),
            ("%Y%", unknown("%")),
            ("%Y-%m-%d %H:%M %Z", FormatError::Abbreviation),
            ("yyyyMMdd", FormatError::NoDay),
            ("", FormatError::NoDay),
            ("%H:%M", FormatError::NoDay),
            ("%d/%m %H:%M", FormatError::NoDay),
            ("%Y-%m-%d %I:%M", FormatError::NoTimeOfDay),
        ] {
            assert_eq!(TimeFormat::new(pattern), Err(error), "{pattern}");
        }
        assert_eq!(translated("yyyyMMddHH").as_deref(), Some("%Y%m%d%H"));
        assert_eq!(translated("YYYY-MM-DD HH:mm:ss").as_deref(), Some("%Y-%m-%d %H:%M:%S"));
        assert_eq!(translated("soon"), None);
    }
}
