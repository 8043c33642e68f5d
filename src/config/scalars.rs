//! The reader of single members: texts, words, numbers, durations, and lists of them. A value of
//! the wrong kind is a fault that names what the member takes.

use std::ops::Range;

use crate::base::duration::DurationError;
use crate::base::{Millis, Zone};
use crate::diagnostic::{Faults, codes, nearest};

use super::document::{Length, Spanned};
use super::members::Slot;
use super::node::{Node, Value};
use super::vocabulary::{Kind, MOST_LISTED};

/// The longest duration allowed: a thousand years of 365 days.
const LONGEST: Millis = Millis(365_000 * Millis::DAY.0);

/// The largest number of buckets in a window.
pub(super) const MOST_BUCKETS: u32 = 1_000_000;

impl<'n> Slot<'n> {
    /// A text that is not empty. Where an event type or an attribute is expected, whole numbers and
    /// booleans are read as text, since logs have such names too.
    pub(super) fn text(&self, faults: &mut Faults) -> Option<Spanned<String>> {
        self.text_of(self.node, faults)
    }

    /// One of the words of the member's table.
    pub(super) fn word(&self, faults: &mut Faults) -> Option<Spanned<&'static str>> {
        let Kind::Word(words) = self.member.kind else { return None };
        let written = self.text(faults)?;
        if let Some(word) = words.iter().find(|word| **word == written.value) {
            return Some(Spanned { value: *word, span: written.span });
        }
        let help = match nearest(&written.value, words.iter().copied()) {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("write one of {}", words.join(", ")),
        };
        let message = format!("`{}` cannot be `{}`", self.written(), written.value);
        faults.add(codes::UNKNOWN_WORD.at(written.span, message).help(help));
        None
    }

    /// True if it is one of the words of the member's table.
    pub(super) fn is_word(&self) -> bool {
        let Kind::Word(words) = self.member.kind else { return false };
        self.node.scalar_text().is_some_and(|text| words.contains(&text.as_str()))
    }

    /// A time zone by its name in the IANA database;
    /// `also` is what else may be written, for the help.
    pub(super) fn zone(&self, also: &str, faults: &mut Faults) -> Option<Spanned<Zone>> {
        let written = self.text(faults)?;
        if let Some(value) = Zone::named(&written.value) {
            return Some(Spanned { value, span: written.span });
        }
        let near = Zone::resembling(&written.value)
            .map(Zone::name)
            .or_else(|| nearest(&written.value, Zone::all().map(Zone::name)));
        let help = match near {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("write a name of the IANA database, such as `Europe/Berlin`{also}"),
        };
        let message = format!("there is no time zone `{}`", written.value);
        faults.add(codes::UNKNOWN_WORD.at(written.span, message).help(help));
        None
    }

    /// `true` or `false`.
    pub(super) fn flag(&self, faults: &mut Faults) -> Option<bool> {
        if let Value::Bool(flag) = self.node.value {
            return Some(flag);
        }
        self.refuse(self.node, faults);
        None
    }

    /// A finite number; for a weight it must be greater than zero.
    pub(super) fn number(&self, faults: &mut Faults) -> Option<f64> {
        let number = match self.node.value {
            Value::Integer(number) => number as f64,
            Value::Float(number) => number,
            _ => {
                self.refuse(self.node, faults);
                return None;
            }
        };
        let is_weight = matches!(self.member.kind, Kind::Weight);
        if number.is_finite() && (!is_weight || number > 0.0) {
            return Some(number);
        }
        let message = format!("`{}` takes {}", self.written(), self.member.kind.takes());
        let help = format!("write a number such as `{}: 10`", self.written());
        faults.add(codes::BAD_NUMBER.at(self.node.span.clone(), message).help(help));
        None
    }

    /// A duration; greater than zero if the member requires it.
    pub(super) fn duration(&self, faults: &mut Faults) -> Option<Spanned<Millis>> {
        let value = self.duration_of(self.node, faults)?;
        Some(Spanned { value, span: self.node.span.clone() })
    }

    /// The elements of a list, or a single value as a list of one. The flag is true for a list.
    pub(super) fn elements(&self, faults: &mut Faults) -> Option<(&'n [Node], bool)> {
        match &self.node.value {
            Value::List(elements) if elements.is_empty() => {
                let message = format!("`{}` is an empty list", self.written());
                let help = format!("it takes {}", self.member.kind.takes());
                faults.add(codes::WRONG_KIND.at(self.node.span.clone(), message).help(help));
                None
            }
            Value::List(elements) => Some((elements, true)),
            _ => Some((std::slice::from_ref(self.node), false)),
        }
    }

    /// Durations: a list, or one.
    pub(super) fn durations(&self, faults: &mut Faults) -> Option<Vec<Length<Millis>>> {
        let (elements, is_list) = self.elements(faults)?;
        let read = elements.iter().filter_map(|node| {
            let value = self.duration_of(node, faults)?;
            Some(length(node, value, is_list))
        });
        let read: Vec<_> = read.collect();
        (read.len() == elements.len()).then_some(read)
    }

    /// Windows in buckets: a list, or one. Whole numbers, or durations that are multiples of the
    /// bucket if the member takes durations.
    pub(super) fn windows(
        &self,
        bucket: Option<Millis>,
        faults: &mut Faults,
    ) -> Option<Vec<Length<u32>>> {
        let (elements, is_list) = self.elements(faults)?;
        let read: Vec<_> = elements
            .iter()
            .filter_map(|node| {
                let value = self.buckets_of(node, bucket, faults)?;
                Some(length(node, value, is_list))
            })
            .collect();
        (read.len() == elements.len()).then_some(read)
    }

    /// Percentiles in thousandths: a list of numbers from 0 to 100, or one.
    pub(super) fn percentiles(&self, faults: &mut Faults) -> Option<Spanned<Vec<Length<u32>>>> {
        let (elements, is_list) = self.elements(faults)?;
        let mut read = Vec::new();
        for node in elements {
            let number = match node.value {
                Value::Integer(number) => number as f64,
                Value::Float(number) => number,
                _ => {
                    self.refuse(node, faults);
                    continue;
                }
            };
            let thousandths = (number * 1000.0).round();
            let is_whole = (number * 1000.0 - thousandths).abs() < 1e-6;
            if !(0.0..=100.0).contains(&number) || !is_whole {
                let message = format!("`{}` takes numbers from 0 to 100", self.written());
                let help = "write `percentile: [50, 95]`; 99.9 and 99.999 are as fine as it gets";
                let fault = codes::BAD_NUMBER.at(self.place_of(node), message);
                faults.add(fault.help(help));
                continue;
            }
            let suffix = is_list.then(|| format!("p{}", thousandths / 1000.0));
            read.push(Length { value: thousandths as u32, suffix, span: self.place_of(node) });
        }
        let span = self.node.span.clone();
        (read.len() == elements.len()).then_some(Spanned { value: read, span })
    }

    /// The most values of a list.
    pub(super) fn most(&self, faults: &mut Faults) -> Option<Spanned<u32>> {
        let Value::Integer(number) = self.node.value else {
            self.refuse(self.node, faults);
            return None;
        };
        let span = self.node.span.clone();
        let most = u32::try_from(number).ok().filter(|most| (1..=MOST_LISTED).contains(most));
        if most.is_none() {
            let message = format!("`{}` is from 1 to {MOST_LISTED}", self.written());
            let help = "write how many values are listed, such as `k: 3`";
            faults.add(codes::BAD_NUMBER.at(self.place_of(self.node), message).help(help));
        }
        most.map(|value| Spanned { value, span })
    }

    /// The member's name as the config writes it.
    pub(super) fn written(&self) -> String {
        self.key.scalar_text().unwrap_or_else(|| self.member.name.to_owned())
    }

    /// Reports that a value is not of the kind that the member takes.
    pub(super) fn refuse(&self, node: &Node, faults: &mut Faults) {
        let name = self.written();
        let takes = self.member.kind.takes();
        let message = match node.value {
            Value::Null => format!("`{name}` has no value"),
            _ => format!("`{name}` takes {takes}, not {}", node.kind()),
        };
        let help = match (&node.value, self.member.kind) {
            (Value::Null, _) => format!("it takes {takes}; or remove it"),
            (
                Value::Integer(_) | Value::Float(_) | Value::Bool(_),
                Kind::Name | Kind::Operand | Kind::Text,
            ) => {
                let text = node.scalar_text().unwrap_or_default();
                format!("put it in quotes if it is meant: `{name}: \"{text}\"`")
            }
            (Value::Text(text), Kind::Number | Kind::Weight | Kind::Counts | Kind::Percentiles)
                if text.parse::<f64>().is_ok() =>
            {
                format!("write the number without quotes: `{name}: {text}`")
            }
            _ => format!("write `{name}` with {takes}"),
        };
        faults.add(codes::WRONG_KIND.at(self.place_of(node), message).help(help));
    }

    pub(super) fn text_of(&self, node: &Node, faults: &mut Faults) -> Option<Spanned<String>> {
        let of_an_event = matches!(
            self.member.kind,
            Kind::Attribute
                | Kind::EventType
                | Kind::Flags
                | Kind::Attributes
                | Kind::Interaction
                | Kind::Interactions
                | Kind::Scope
        );
        let text = match &node.value {
            Value::Text(text) => text.clone(),
            Value::Integer(_) | Value::Bool(_) if of_an_event => node.scalar_text()?,
            _ => {
                self.refuse(node, faults);
                return None;
            }
        };
        if text.trim().is_empty() {
            let message = format!("`{}` is empty", self.written());
            let help = format!("it takes {}", self.member.kind.takes());
            faults.add(codes::WRONG_KIND.at(self.place_of(node), message).help(help));
            return None;
        }
        Some(Spanned { value: text, span: node.span.clone() })
    }

    fn duration_of(&self, node: &Node, faults: &mut Faults) -> Option<Millis> {
        let name = self.written();
        let at = self.place_of(node);
        let text = match &node.value {
            Value::Text(text) => text.clone(),
            Value::Integer(number) => number.to_string(),
            Value::Float(number) => number.to_string(),
            Value::Null | Value::Bool(_) | Value::List(_) | Value::Map(_) | Value::Tagged => {
                self.refuse(node, faults);
                return None;
            }
        };
        let duration = match closed_up(&text).parse::<Millis>() {
            Ok(duration) => duration,
            Err(error) => {
                let help = match error {
                    DurationError::NoUnit => format!(
                        "write the unit: `{name}: {text}s` for seconds, `{text}m` for minutes, \
                         `{text}h` for hours, `{text}d` for days"
                    ),
                    _ => "write numbers with the units ms, s, m, h, d, w: `500ms`, `24h`, `1h30m`"
                        .to_owned(),
                };
                let message = format!("`{text}` is not a duration: {error}");
                faults.add(codes::BAD_DURATION.at(at, message).help(help));
                return None;
            }
        };
        if duration > LONGEST {
            let message = format!("`{name}` is longer than a thousand years");
            let help = "write a shorter one, such as `365d`";
            faults.add(codes::BAD_DURATION.at(at, message).help(help));
            return None;
        }
        if !duration.is_positive() && !matches!(self.member.kind, Kind::Duration) {
            let message = format!("`{name}` must be longer than 0s");
            let help = format!("write a duration such as `{name}: 24h`");
            faults.add(codes::BAD_DURATION.at(at, message).help(help));
            return None;
        }
        Some(duration)
    }

    fn buckets_of(&self, node: &Node, bucket: Option<Millis>, faults: &mut Faults) -> Option<u32> {
        let at = node.span.clone();
        let takes_durations = matches!(self.member.kind, Kind::Windows);
        let count = match &node.value {
            Value::Integer(count) => *count,
            Value::Text(_) if takes_durations => {
                let span = self.duration_of(node, faults)?;
                // Without a bucket, which is a fault of its own, there is nothing to check.
                let bucket = bucket?;
                if span.0 % bucket.0 != 0 {
                    let whole = (span.0 / bucket.0).max(1);
                    let message = format!("{span} is not a whole number of buckets of {bucket}");
                    let help = format!(
                        "write a multiple of the bucket, such as `{}`, or a smaller `bucket`",
                        Millis(whole * bucket.0)
                    );
                    faults.add(codes::BAD_NUMBER.at(at, message).help(help));
                    return None;
                }
                i128::from(span.0 / bucket.0)
            }
            Value::Float(_) => {
                let message = format!("`{}` takes whole numbers of buckets", self.written());
                let help = "write a whole number, or choose a smaller `bucket`";
                faults.add(codes::BAD_NUMBER.at(at, message).help(help));
                return None;
            }
            _ => {
                self.refuse(node, faults);
                return None;
            }
        };
        let fits = u32::try_from(count).ok().filter(|n| (1..=MOST_BUCKETS).contains(n));
        let Some(count) = fits else {
            let bound =
                if count < 1 { "1 or more".to_owned() } else { format!("{MOST_BUCKETS} or less") };
            let message = format!("`{}` must be {bound}, got {count}", self.written());
            let help = format!("write a number from 1 to {MOST_BUCKETS}, or a larger `bucket`");
            faults.add(codes::BAD_NUMBER.at(at, message).help(help));
            return None;
        };
        if bucket.is_some_and(|bucket| bucket.0.saturating_mul(i64::from(count)) > LONGEST.0) {
            let message =
                format!("a window of {count} buckets of this length is longer than 1000 years");
            let help = "write a smaller number, or a smaller `bucket`";
            faults.add(codes::BAD_NUMBER.at(at, message).help(help));
            return None;
        }
        Some(count)
    }

    fn place_of(&self, node: &Node) -> Range<usize> {
        if node.span.is_empty() { self.key.span.clone() } else { node.span.clone() }
    }
}

fn length<T>(node: &Node, value: T, is_list: bool) -> Length<T> {
    let written = node.scalar_text().map(|text| closed_up(text.trim()));
    Length { value, suffix: written.filter(|_| is_list), span: node.span.clone() }
}

/// A duration without the space that some write between number and unit (`24 h`).
fn closed_up(text: &str) -> String {
    let mut closed = String::with_capacity(text.len());
    for part in text.split_whitespace() {
        let between = |c: Option<char>| c.is_some_and(|c| c.is_ascii_digit());
        // Two numbers stay separate: `1 0s` is not ten seconds.
        if between(closed.chars().last()) && between(part.chars().next()) {
            closed.push(' ');
        }
        closed.push_str(part);
    }
    closed
}

#[cfg(test)]
mod tests {
    use super::super::members::Members;
    use super::super::vocabulary::Member;
    use super::*;

    /// Reads the member `m` of a kind from a text, and tells the value or the codes of the faults.
    fn read<T>(
        kind: Kind,
        text: &str,
        reader: impl Fn(&Slot<'_>, &mut Faults) -> Option<T>,
    ) -> Result<T, Vec<&'static str>> {
        let member =
            Member { name: "m", other_name: None, kind, required: false, summary: "for the test" };
        let table: &'static [Member] = Box::leak(Box::new([member]));
        let root = Node::read(&format!("m: {text}")).unwrap();
        let mut faults = Faults::default();
        let members = Members::read(&root, "the test", &[table], &mut faults).unwrap();
        let value = reader(&members.get("m").unwrap(), &mut faults);
        let codes: Vec<_> = faults.into_vec().iter().map(|fault| fault.code).collect();
        match value {
            Some(value) if codes.is_empty() => Ok(value),
            _ => Err(codes),
        }
    }

    #[test]
    fn durations() {
        let duration = |kind, text: &str| read(kind, text, |s, f| Some(s.duration(f)?.value.0));
        for (text, want) in [("24h", 86_400_000), ("24 h", 86_400_000), ("1h 30m", 5_400_000)] {
            assert_eq!(duration(Kind::Positive, text), Ok(want), "{text}");
        }
        assert_eq!(duration(Kind::Duration, "0s"), Ok(0));
        assert_eq!(duration(Kind::Positive, "365000d"), Ok(LONGEST.0));
        for text in ["0s", "60", "1.5h", "-1h", "1 0s", "soon", "365001d", "99999999999999w"] {
            assert_eq!(duration(Kind::Positive, text), Err(vec!["bad-duration"]), "{text}");
        }
        for text in ["", "true", "[1h]", "{a: 1h}", "!mine 1h"] {
            assert_eq!(duration(Kind::Positive, text), Err(vec!["wrong-kind"]), "{text}");
        }
    }

    #[test]
    fn windows() {
        let hour = Some(Millis(3_600_000));
        let windows = |kind, text: &str| {
            read(kind, text, |slot, faults| {
                let lengths = slot.windows(hour, faults)?;
                Some(lengths.into_iter().map(|l| (l.value, l.suffix)).collect::<Vec<_>>())
            })
        };
        let named = |n: u32, suffix: &str| (n, Some(suffix.to_owned()));
        assert_eq!(windows(Kind::Counts, "[7, 30]"), Ok(vec![named(7, "7"), named(30, "30")]));
        assert_eq!(windows(Kind::Counts, "7"), Ok(vec![(7, None)]));
        assert_eq!(windows(Kind::Windows, "[1d, 2]"), Ok(vec![named(24, "1d"), named(2, "2")]));
        assert_eq!(windows(Kind::Windows, "1 d"), Ok(vec![(24, None)]));
        for text in ["0", "-1", "1.5", "1000001", "[1, 0]", "99999999999999999999999"] {
            assert_eq!(windows(Kind::Counts, text), Err(vec!["bad-number"]), "{text}");
        }
        assert_eq!(windows(Kind::Windows, "90m"), Err(vec!["bad-number"]));
        assert_eq!(windows(Kind::Windows, "0s"), Err(vec!["bad-duration"]));
        for text in ["", "[]", "1h", "true", "{a: 1}"] {
            assert_eq!(windows(Kind::Counts, text), Err(vec!["wrong-kind"]), "{text}");
        }
        let every = windows(Kind::Counts, "[0, x, 1.5]");
        assert_eq!(every, Err(vec!["bad-number", "wrong-kind", "bad-number"]));
    }

    #[test]
    fn numbers_words_and_texts() {
        let number = |kind, text: &str| read(kind, text, |s, f| Some(s.number(f)?.to_string()));
        assert_eq!(number(Kind::Weight, "0.5"), Ok("0.5".to_owned()));
        assert_eq!(number(Kind::Number, "-2"), Ok("-2".to_owned()));
        for text in ["0", "-1", ".inf", ".nan"] {
            assert_eq!(number(Kind::Weight, text), Err(vec!["bad-number"]), "{text}");
        }
        assert_eq!(number(Kind::Weight, "'1'"), Err(vec!["wrong-kind"]));
        let word =
            |text: &str| read(Kind::Word(&["time", "log"]), text, |s, f| Some(s.word(f)?.value));
        assert_eq!(word("log"), Ok("log"));
        assert_eq!(word("lgo"), Err(vec!["unknown-word"]));
        let text = |kind, text: &str| read(kind, text, |s, f| Some(s.text(f)?.value));
        assert_eq!(text(Kind::Interaction, "7"), Ok("7".to_owned()));
        assert_eq!(text(Kind::Name, "7"), Err(vec!["wrong-kind"]));
        assert_eq!(text(Kind::Name, "' '"), Err(vec!["wrong-kind"]));
    }
}
