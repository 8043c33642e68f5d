//! A profile in words: what the command and the workbench say of it alike.

use crate::base::Millis;
use crate::base::escape::printable;
use crate::base::events::EventSettings;
use crate::base::quantity::{counted, grouped, value};
use crate::base::text_width::cut;
use crate::log::{Detected, Outcome};

use super::field::Kind;
use super::numbers::Numbers;
use super::report::{Field, Profile, Type};
use super::times::Jump;
use super::values::Scalar;

/// The most values that are shown of a field, and the widest one.
const TOP: usize = 5;
const VALUE: usize = 24;
/// The part of a field's values that its most frequent one must be, to be shown.
const LEAST: u64 = 100;
/// The part of its type's span that a field must be missing at an end of it for that to be told.
const LACKS: i64 = 20;

/// The format, and what was taken for the time and for the type.
#[must_use]
pub fn form(detected: &Detected, outcomes: &[Outcome], settings: &EventSettings) -> String {
    let mut parts = vec![detected.form(outcomes)];
    if !detected.timestamp.is_empty() {
        let unit = detected.unit.map_or_else(String::new, |unit| format!(" in {}", unit.name()));
        parts.push(format!("time from `{}`{unit}", detected.timestamp));
    }
    parts.extend(detected.times.clone());
    if detected.unit.is_none() && settings.times.zone.is_none() && !detected.timestamp.is_empty() {
        parts.push("texts without a zone are of UTC".to_owned());
    }
    parts.push(match &detected.kind {
        Some(kind) => format!("type from `{kind}`"),
        None if settings.yields.says_types() => "types as the config says".to_owned(),
        None => "no member has a type".to_owned(),
    });
    parts.join("; ")
}

/// The order of the events: how many are late, and by how much.
#[must_use]
pub fn order(profile: &Profile) -> String {
    let Some(late) = &profile.late else { return "by time".to_owned() };
    let [_, p50, p95] = late.by;
    format!(
        "{} ({}) late, half of them by {} or more, 5% by {}, at most {}",
        counted(late.events as usize, "event"),
        percent(late.events, profile.events),
        about(p50),
        about(p95),
        about(late.most.0),
    )
}

/// A jump of the clock: how far, between which times, and where.
#[must_use]
pub fn jump(profile: &Profile, jump: &Jump) -> String {
    let alone = if jump.went_back { ", alone" } else { "" };
    format!(
        "{}, from {} to {} ({}{alone})",
        about(jump.span()),
        jump.from,
        jump.to,
        place(profile, jump.line),
    )
}

/// `line 12`; with several logs also which one.
#[must_use]
pub fn place(profile: &Profile, line: u64) -> String {
    let (log, number) = profile.place(line);
    if profile.logs.len() > 1 {
        format!("line {} of {log}", grouped(number))
    } else {
        format!("line {}", grouped(number))
    }
}

/// A span of time in its two largest units.
#[must_use]
pub fn about(span: Millis) -> String {
    const UNITS: [i64; 4] = [86_400_000, 3_600_000, 60_000, 1_000];
    let unit = UNITS.iter().position(|unit| span.0 >= *unit);
    let rounded = match unit {
        Some(place) => UNITS.get(place + 1).map_or(span.0, |next| span.0 / next * next),
        None => span.0,
    };
    Millis(rounded).to_string()
}

/// The kinds, the most frequent first; with shares if there are several.
#[must_use]
pub fn kinds(field: &Field) -> String {
    let short = |kind: Kind| if kind == Kind::Whole { "whole" } else { kind.name() };
    let mut kinds = field.kinds.clone();
    kinds.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    let all: u64 = kinds.iter().map(|(_, count)| count).sum();
    let of = |(kind, count): &(Kind, u64)| format!("{} {}", short(*kind), percent(*count, all));
    match kinds.as_slice() {
        [] => String::new(),
        [(kind, _)] => short(*kind).to_owned(),
        [first, second] => format!("{}, {}", of(first), of(second)),
        [first, rest @ ..] => format!("{}, {} others", of(first), rest.len()),
    }
}

/// What is telling of the values: their span in time if it is not that of the type, quantiles of
/// numbers, the most frequent ones, or an example.
#[must_use]
pub fn values(field: &Field, of: &Type) -> String {
    let mut parts = Vec::new();
    parts.extend(seen(field, of));
    let few = field.distinct <= TOP as u64;
    let scalars: u64 = field.kinds.iter().filter(|it| it.0.is_scalar()).map(|it| it.1).sum();
    // A value that hardly any event has says nothing of the others.
    let worth = (scalars / LEAST).max(2 + field.off);
    if let Some(Numbers { least, at: [p5, p50, p95], most, .. }) = field.numbers
        && !few
    {
        let is_whole = field.kinds.iter().all(|(kind, _)| *kind != Kind::Number);
        let estimate = |number: f64| value(if is_whole { number.round() } else { number });
        let [p5, p50, p95] = [p5, p50, p95].map(estimate);
        let (least, most) = (value(least), value(most));
        parts.push(format!("{least} … {p5} … {p50} … {p95} … {most}"));
    } else if field.top.first().is_some_and(|(_, count)| few || *count >= worth) {
        let about = if field.off == 0 { "" } else { "~" };
        let top =
            field.top.iter().take(TOP).map(|(value, count)| {
                format!("{} {about}{}", scalar(value), percent(*count, scalars))
            });
        parts.push(top.collect::<Vec<_>>().join(", "));
    } else if let Some(example) = &field.example {
        parts.push(format!("such as {}", printable(example)));
    }
    parts.retain(|part| !part.is_empty());
    parts.join("; ")
}

/// Since when or until when the field is there, if that is not as long as its type.
fn seen(field: &Field, of: &Type) -> Option<String> {
    let ((first, last), (begin, end)) = (field.seen?, of.span?);
    let least = end.since(begin).0 / LACKS;
    let is_late = first.since(begin).0 > least;
    let is_early = end.since(last).0 > least;
    match (is_late, is_early) {
        _ if field.events < 10 => None,
        (true, true) => Some(format!("from {first} to {last}")),
        (true, false) => Some(format!("since {first}")),
        (false, true) => Some(format!("until {last}")),
        (false, false) => None,
    }
}

/// A value for people; texts that could be something else are in quotes.
#[must_use]
pub fn scalar(value: &Scalar) -> String {
    match value {
        Scalar::Text(text) => {
            let is_word = !text.is_empty()
                && text.parse::<f64>().is_err()
                && !matches!(&**text, "true" | "false" | "null")
                && !text.contains([',', ' ', '"']);
            let text = cut(&printable(text), VALUE);
            if is_word { text } else { format!("\"{text}\"") }
        }
        Scalar::Integer(whole) => whole.to_string(),
        Scalar::Number(number) => number.to_string(),
        Scalar::Bool(flag) => flag.to_string(),
    }
}

/// A share in at most five characters: `100%`, `98.2%`, `<0.1%`.
#[must_use]
pub fn percent(part: u64, all: u64) -> String {
    if part == all {
        return if all == 0 { "0%".to_owned() } else { "100%".to_owned() };
    }
    let percent = part as f64 / all.max(1) as f64 * 100.0;
    match percent {
        _ if part == 0 => "0%".to_owned(),
        ..0.1 => "<0.1%".to_owned(),
        99.9.. => "99.9%".to_owned(),
        _ => format!("{percent:.1}%"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_are_never_rounded_to_all_or_nothing() {
        for (part, all, want) in [
            (0, 0, "0%"),
            (0, 9, "0%"),
            (9, 9, "100%"),
            (1, 3, "33.3%"),
            (1, 100_000, "<0.1%"),
            (99_999, 100_000, "99.9%"),
        ] {
            assert_eq!(percent(part, all), want);
        }
    }

    #[test]
    fn a_text_that_is_no_word_is_in_quotes() {
        for (text, want) in
            [("a", "a"), ("36", "\"36\""), ("", "\"\""), ("a, b", "\"a, b\""), ("true", "\"true\"")]
        {
            assert_eq!(scalar(&Scalar::Text(text.into())), want);
        }
    }
}
